// The least that claims drops: inotify, rename, read. What the relay is measured against.
// usage: bare STRATEGY DIRECTORY NAME      prints `ready`, then `NANOSECONDS LINE` for each line taken, until SIGTERM
//   close  at the event that a writer closed: rename, read, unlink. Asks nothing about other writers.
//   first  at any event: rename; read when a read lease shows that nobody writes any more.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { pending_limit = 4096 };
static int drop, claims;
static unsigned pending[pending_limit], pending_count, next;
static volatile sig_atomic_t ended;

static void die(const char *what) {
  fprintf(stderr, "bare: %s: %s\n", what, strerror(errno));
  exit(1);
}

static void on_signal(int number) { (void)number; ended = 1; }

// take: false where somebody may still write it.
static int take(unsigned number, int asks) {
  char name[16];
  static char text[1 << 16];
  snprintf(name, sizeof name, "%u", number);
  int file = openat(claims, name, O_RDONLY | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC);
  if (file < 0) die("open");
  if (asks && fcntl(file, F_SETLEASE, F_RDLCK)) {
    if (errno != EAGAIN) die("lease");
    close(file);
    return 0;
  }
  ssize_t size = read(file, text, sizeof text - 1);
  if (size < 0) die("read");
  struct timespec time;
  clock_gettime(CLOCK_REALTIME, &time);
  text[size] = 0;
  for (char *line = text, *end; *line; line = end) {
    end = line + strcspn(line, "\n");
    printf("%lld %.*s\n", time.tv_sec * 1000000000ll + time.tv_nsec, (int)(end - line), line);
    if (*end) end++;
  }
  unlinkat(claims, name, 0);
  close(file);
  return 1;
}

static void take_pending(int asks) {
  unsigned kept = 0;
  for (unsigned i = 0; i < pending_count; i++)
    if (!take(pending[i], asks)) pending[kept++] = pending[i];
  pending_count = kept;
}

static void claim(const char *name) {
  char to[16];
  while (pending_count < pending_limit) {
    snprintf(to, sizeof to, "%u", next);
    if (renameat2(drop, name, claims, to, RENAME_NOREPLACE)) {
      if (errno != ENOENT) die("rename");
      return;
    }
    pending[pending_count++] = next++;
  }
}

int main(int count, char **arguments) {
  int first = count == 4 && !strcmp(arguments[1], "first");
  if (count != 4 || (!first && strcmp(arguments[1], "close"))) {
    fputs("usage: bare close|first DIRECTORY NAME\n", stderr);
    return 64;
  }
  // Without SA_RESTART: a signal ends the wait.
  sigaction(SIGTERM, &(struct sigaction){.sa_handler = on_signal}, NULL);
  signal(SIGIO, SIG_IGN);
  char path[4096];
  snprintf(path, sizeof path, "%s/.bare", arguments[2]);
  if (mkdir(path, 0700) && errno != EEXIST) die(path);
  drop = open(arguments[2], O_PATH | O_DIRECTORY | O_CLOEXEC);
  claims = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
  int watch = inotify_init1(IN_CLOEXEC);
  if (drop < 0 || claims < 0 || watch < 0) die("start");
  if (inotify_add_watch(watch, arguments[2], (first ? IN_CREATE : 0) | IN_CLOSE_WRITE | IN_MOVED_TO) < 0) die("watch");
  if (first && inotify_add_watch(watch, path, IN_CLOSE_WRITE) < 0) die("watch");
  setvbuf(stdout, NULL, _IOFBF, 1 << 20);
  puts("ready");
  fflush(stdout);
  static char events[1 << 16] __attribute__((aligned(8)));
  while (!ended) {
    struct pollfd wait = {watch, POLLIN, 0};
    int ready = poll(&wait, 1, pending_count ? 2 : 200);
    if (ready > 0 && read(watch, events, sizeof events) < 0 && errno != EINTR) die("events");
    if (first || ready > 0) claim(arguments[3]);
    take_pending(first);
  }
  fflush(stdout);
  return 0;
}
