#include <stddef.h>
#include <stdint.h>

struct source {
  char *id, *name, *path;
  int64_t max;
  int fd, reopen, tree;
  int64_t length;
};

/* Prefix of all paths: a recorded tree. */
extern const char *root;
/* Readings go here. */
extern char *arena;

void fail(const char *what, const char *why);
void *allocate(void *old, size_t bytes);

/* Copies a process tree to the arena; bytes, or -errno. */
int64_t read_tree(const struct source *s, int64_t at);
