/*
 * The recorder's twin in C: the yardstick of scripts/bench-recorder, never put on a measured host. It reads the same configuration and
 * writes the same bytes as recorder.pl (docs/recorder.md); a test holds both against each other on a recorded tree.
 *
 *   cc -O2 -o twin twin.c twin-tree.c && ./twin CONFIG [--root DIR] [--clock FILE]
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>
#include "twin.h"

#define GIGA INT64_C(1000000000)
#define TRAILER 16  /* room kept for "\ne stopped\n" */
#define SHORT 2048  /* a read of a seq_file this short has seen the end: it stops before the record that does not fit its page */
#define MAX_BUFFERS 2

struct buffer {
  char *path;
  int64_t bytes;
};

static struct source *sources;
static struct buffer buffers[MAX_BUFFERS];
static int count, buffer_count, buffer_next;
static char *kind, *rate, *status_path;
static int64_t period, offset;
const char *root = "";
static const char *clock_file;

/* The line has its room before `data`, readings follow it: both leave with one write. */
char *arena;
static int64_t data;
static struct timespec boot_start, real_start, boot_end;

static int out = -1, status_fd;
static int64_t out_at, room;
static volatile sig_atomic_t stop;
static char full[512];

static void on_stop(int signal) {
  (void)signal;
  stop = 1;
}

void fail(const char *what, const char *why) {
  fprintf(stderr, "recorder: %s: %s\n", what, why);
  exit(1);
}

void *allocate(void *old, size_t bytes) {
  void *p = realloc(old, bytes);
  if (!p) fail("memory", strerror(errno));
  return p;
}

static char *join(const char *a, const char *b) {
  char *s = allocate(NULL, strlen(a) + strlen(b) + 1);
  return strcat(strcpy(s, a), b);
}

/* --- configuration: one value a line, as collectors/recorder/kit.ts writes it --- */

static char *next_line(FILE *in) {
  char *line = NULL;
  size_t room_of_line = 0;
  ssize_t n = getline(&line, &room_of_line, in);
  if (n < 0) fail("configuration", "too short");
  if (n > 0 && line[n - 1] == '\n') line[n - 1] = 0;
  return line;
}

static void read_config(const char *file) {
  FILE *in = fopen(file, "r");
  if (!in) fail(file, strerror(errno));
  if (strcmp(next_line(in), "joulemark-recorder 1")) fail(file, "not a configuration of this version");
  kind = next_line(in);
  rate = next_line(in);
  period = atoll(next_line(in));
  status_path = next_line(in);
  buffer_count = atoi(next_line(in));
  if (buffer_count > MAX_BUFFERS) fail(file, "too many buffers");
  for (int i = 0; i < buffer_count; i++) {
    buffers[i].path = next_line(in);
    buffers[i].bytes = atoll(next_line(in));
  }
  count = atoi(next_line(in));
  sources = allocate(NULL, (size_t)(count + 1) * sizeof *sources);
  for (int i = 0; i < count; i++) {
    struct source *s = &sources[i];
    s->id = next_line(in);
    s->name = next_line(in);
    s->path = join(root, s->name);
    s->max = atoll(next_line(in));
    char *flags = next_line(in);
    s->reopen = strchr(flags, 'r') != NULL;
    s->tree = strchr(flags, 't') != NULL;
    s->fd = -1;
  }
  long long last;
  offset = fscanf(in, "%lld", &last) == 1 ? last : 0;
  fclose(in);
}

/* --- reading --- */

static int64_t read_whole(int fd, char *to, int64_t max) {
  int64_t got = 0;
  while (got < max) {
    ssize_t n = pread(fd, to + got, (size_t)(max - got), got);
    if (n < 0) return -errno;
    got += n;
    if (n < SHORT) break;
  }
  return got;
}

static int64_t read_source(struct source *s, int64_t at) {
  if (s->tree) return read_tree(s, at);
  if (s->fd < 0 && (s->fd = open(s->path, O_RDONLY | O_CLOEXEC)) < 0) return -errno;
  int64_t n = read_whole(s->fd, arena + at, s->max);
  if (n < 0 || s->reopen) {
    close(s->fd);
    s->fd = -1;
  }
  return n;
}

/* Reads every source, one behind the other; gives where they end. */
static int64_t gather(void) {
  int64_t at = data;
  for (int i = 0; i < count; i++) {
    int64_t n = sources[i].length = read_source(&sources[i], at);
    if (n > 0) at += n;
  }
  return at;
}

/* --- buffer --- */

static void say_status(const char *word, const char *rest) {
  char text[512];
  snprintf(text, sizeof text, "%s%s%s", word, *rest ? " " : "", rest);
  dprintf(status_fd, "%-127.127s\n", text);
  lseek(status_fd, 0, SEEK_SET);
}

static int next_buffer(void) {
  if (buffer_next == buffer_count) return 0;
  struct buffer *b = &buffers[buffer_next++];
  if (out >= 0) close(out);
  out = open(b->path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (out < 0) {
    snprintf(full, sizeof full, "%s: %s", b->path, strerror(errno));
    return 0;
  }
  out_at = 0;
  room = b->bytes - TRAILER;
  return 1;
}

/* Writes whole or not at all; goes on in the next buffer when this one is full. 0: all are full. */
static int emit(const char *from, int64_t n) {
  for (;;) {
    if (n <= room) {
      ssize_t wrote = write(out, from, (size_t)n);
      if (wrote == n) {
        out_at += n;
        room -= n;
        return 1;
      }
      snprintf(full, sizeof full, "%s", strerror(wrote < 0 ? errno : ENOSPC));
      if (ftruncate(out, out_at) == 0) lseek(out, out_at, SEEK_SET);
    } else snprintf(full, sizeof full, "bound reached");
    if (!next_buffer()) return 0;
    *full = 0;
  }
}

static int64_t in_micros(struct timespec t) { return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000; }
static int64_t in_nanos(struct timespec t) { return (int64_t)t.tv_sec * GIGA + t.tv_nsec; }

static int emit_tick(int64_t due, int64_t end) {
  char line[160 + 12 * (count + 1)];
  int n = snprintf(line, sizeof line, "\nt %" PRId64 " %" PRId64 " %" PRId64 " %" PRId64, due, in_micros(boot_start),
                   in_micros(real_start), in_micros(boot_end));
  for (int i = 0; i < count; i++) n += snprintf(line + n, sizeof line - (size_t)n, " %" PRId64, sources[i].length);
  line[n++] = '\n';
  memcpy(arena + data - n, line, (size_t)n);
  return emit(arena + data - n, end - data + n);
}

static int emit_header(void) {
  char *text;
  size_t n;
  FILE *to = open_memstream(&text, &n);
  fprintf(to, "joulemark-recording 1\nrecorder %s\nrate %s\nmono-resolution 1\nwall-resolution 1\nsources %d\n", kind, rate, count);
  for (int i = 0; i < count; i++) fprintf(to, "%s %s\n", sources[i].id, sources[i].name);
  fclose(to);
  int ok = emit(text, (int64_t)n);
  free(text);
  return ok;
}

/* --- ticks --- */

/* As recorder.pl does, and for the same reason; the C library has no sched_setattr. */
static void be_prompt(void) {
  struct {
    uint32_t size, policy;
    uint64_t flags;
    int32_t nice;
    uint32_t priority;
    uint64_t runtime, deadline, period;
  } fifo = {48, 1, 1, 0, 1, 0, 0, 0}, brief = {48, 0, 0, getpriority(PRIO_PROCESS, 0), 0, 100000, 0, 0};
  if (syscall(SYS_sched_setattr, 0, &fifo, 0) != 0) syscall(SYS_sched_setattr, 0, &brief, 0);
}

static void record(void) {
  be_prompt();
  clock_gettime(CLOCK_BOOTTIME, &boot_end);
  int64_t due = (in_nanos(boot_end) - offset) / period * period + offset, first = due + period;
  struct itimerspec times = {{period / GIGA, period % GIGA}, {first / GIGA, first % GIGA}};
  int timer = timerfd_create(CLOCK_BOOTTIME, TFD_CLOEXEC);
  if (timer < 0 || timerfd_settime(timer, TFD_TIMER_ABSTIME, &times, NULL)) fail("timer", strerror(errno));
  while (!stop) {
    uint64_t passed;
    if (read(timer, &passed, sizeof passed) < 0) {
      if (errno != EINTR) fail("timer", strerror(errno));
      continue;
    }
    due += (int64_t)passed * period;
    clock_gettime(CLOCK_BOOTTIME, &boot_start);
    clock_gettime(CLOCK_REALTIME, &real_start);
    int64_t end = gather();
    clock_gettime(CLOCK_BOOTTIME, &boot_end);
    if (!emit_tick(due / 1000, end)) return;
  }
}

static struct timespec from_micros(int64_t t) { return (struct timespec){t / 1000000, t % 1000000 * 1000}; }

/* Injected clock: one tick a line, `due mono wall end` in µs; no sleeping. */
static void replay(void) {
  FILE *in = fopen(clock_file, "r");
  if (!in) fail(clock_file, strerror(errno));
  int64_t due, mono, wall, end;
  while (!stop && fscanf(in, "%" SCNd64 "%" SCNd64 "%" SCNd64 "%" SCNd64, &due, &mono, &wall, &end) == 4) {
    boot_start = from_micros(mono);
    real_start = from_micros(wall);
    boot_end = from_micros(end);
    int64_t to = gather();
    if (!emit_tick(due, to)) break;
  }
  fclose(in);
}

int main(int argc, char **argv) {
  if (argc < 2 || argc % 2) fail("usage", "twin CONFIG [--root DIR] [--clock FILE]");
  for (int i = 2; i < argc; i += 2) *(strcmp(argv[i], "--root") ? &clock_file : &root) = argv[i + 1];
  read_config(argv[1]);
  data = 160 + 12 * (count + 1);
  int64_t size = data;
  for (int i = 0; i < count; i++) size += sources[i].max;
  arena = allocate(NULL, (size_t)size);
  struct sigaction ends = {.sa_handler = on_stop};
  sigaction(SIGTERM, &ends, NULL);
  sigaction(SIGINT, &ends, NULL);
  signal(SIGHUP, SIG_IGN);
  signal(SIGXFSZ, SIG_IGN);
  status_fd = open(status_path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (status_fd < 0) fail(status_path, strerror(errno));
  char pid[32];
  snprintf(pid, sizeof pid, "%d", getpid());
  say_status("running", pid);
  if (!next_buffer()) return say_status("failed", full), 1;
  if (emit_header()) {
    if (clock_file) replay();
    else record();
  }
  room += TRAILER;
  const char *trailer = *full ? "\ne full\n" : "\ne stopped\n";
  emit(trailer, (int64_t)strlen(trailer));
  if (*full) return say_status("full", full), 3;
  return say_status("stopped", ""), 0;
}
