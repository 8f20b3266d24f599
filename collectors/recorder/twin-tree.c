/* The part of the recorder's twin that follows a process tree. */
#define _GNU_SOURCE
#include "twin.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A whole file as text, in memory of its own; NULL with errno. */
static char *slurp(const char *path, int64_t *length) {
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return NULL;
  char *text = allocate(NULL, 65537);
  ssize_t n;
  for (*length = 0; (n = read(fd, text + *length, 65536)) > 0;) text = allocate(text, (size_t)(*length += n) + 65537);
  int why = errno;
  close(fd);
  if (n < 0) {
    free(text);
    errno = why;
    return NULL;
  }
  text[*length] = 0;
  return text;
}

static char *slurp_proc(int64_t *length, const char *format, long a, long b) {
  char path[4096], tail[128];
  snprintf(tail, sizeof tail, format, a, b);
  snprintf(path, sizeof path, "%s/proc/%s", root, tail);
  return slurp(path, length);
}

struct numbers {
  long *at;
  int n;
};

static void push(struct numbers *list, long number) {
  list->at = allocate(list->at, (size_t)(list->n + 1) * sizeof(long));
  list->at[list->n++] = number;
}

static int by_number(const void *a, const void *b) {
  long x = *(const long *)a, y = *(const long *)b;
  return (x > y) - (x < y);
}

static struct numbers numbers_in(const char *tail) {
  struct numbers list = {0};
  char path[4096];
  snprintf(path, sizeof path, "%s/proc%s", root, tail);
  DIR *folder = opendir(path);
  if (!folder) return list;
  for (struct dirent *entry; (entry = readdir(folder));)
    if (entry->d_name[strspn(entry->d_name, "0123456789")] == 0) push(&list, atol(entry->d_name));
  closedir(folder);
  if (list.n) qsort(list.at, (size_t)list.n, sizeof(long), by_number);
  return list;
}

static void push_children(struct numbers *queue, long pid) {
  char tail[64];
  int64_t length;
  snprintf(tail, sizeof tail, "/%ld/task", pid);
  struct numbers tasks = numbers_in(tail);
  for (int i = 0; i < tasks.n; i++) {
    char *text = slurp_proc(&length, "%ld/task/%ld/children", pid, tasks.at[i]);
    if (!text) continue;
    for (char *word = strtok(text, " \n"); word; word = strtok(NULL, " \n")) push(queue, atol(word));
    free(text);
  }
  free(tasks.at);
}

/* For kernels without the file `children`. */
static void push_children_by_scan(struct numbers *queue, long pid, const struct numbers *all) {
  int64_t length;
  for (int i = 0; i < all->n; i++) {
    char *text = slurp_proc(&length, "%ld/stat", all->at[i], 0);
    char *name_end = text ? strrchr(text, ')') : NULL;
    if (name_end && strlen(name_end) > 4 && atol(name_end + 4) == pid) push(queue, all->at[i]);
    free(text);
  }
}

/* /proc/PID/stat of the process in the pid file and of its descendants, parents first; whole lines up to the bound. */
int64_t read_tree(const struct source *s, int64_t at) {
  int64_t length, total;
  char *text = slurp(s->path, &length);
  if (!text) return -errno;
  long pid = atol(text);
  free(text);
  if (pid <= 0) return -EIO;
  text = slurp_proc(&total, "%ld/stat", pid, 0);
  if (!text) return -errno;
  if (total > s->max) return -ERANGE;
  memcpy(arena + at, text, (size_t)total);
  free(text);
  text = slurp_proc(&length, "%ld/task/%ld/children", pid, pid);
  struct numbers queue = {0}, all = text ? (struct numbers){0} : numbers_in("");
  int by_file = text != NULL, done = 0;
  free(text);
  push(&queue, pid);
  for (int parent = 0; parent < queue.n && !done; parent++) {
    int first = queue.n, kept = first;
    if (by_file) push_children(&queue, queue.at[parent]);
    else push_children_by_scan(&queue, queue.at[parent], &all);
    for (int i = first; i < queue.n && !done; i++) {
      text = slurp_proc(&length, "%ld/stat", queue.at[i], 0);
      if (!text) continue;
      if (total + length > s->max) done = 1;
      else {
        memcpy(arena + at + total, text, (size_t)length);
        total += length;
        queue.at[kept++] = queue.at[i];
      }
      free(text);
    }
    queue.n = kept;
  }
  free(queue.at);
  free(all.at);
  return total;
}
