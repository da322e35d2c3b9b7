#include "CLinux.h"

#include <grp.h>
#include <pthread.h>
#include <pwd.h>
#include <sched.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#include "result.h"

// ---- time, randomness, accounts

static int64_t clock_ns(clockid_t id) {
  struct timespec t;
  clock_gettime(id, &t);
  return t.tv_sec * 1000000000LL + t.tv_nsec;
}
int64_t sl_monotonic_ns(void) { return clock_ns(CLOCK_MONOTONIC); }
int64_t sl_coarse_ns(void) { return clock_ns(CLOCK_REALTIME_COARSE); }
int64_t sl_realtime_ns(void) { return clock_ns(CLOCK_REALTIME); }
int64_t sl_boottime_ns(void) { return clock_ns(CLOCK_BOOTTIME); }
int sl_random(void *out, uint64_t count) {
  return (int)RESULT(getrandom(out, count, 0));  // whole for count <= 256, random(4)
}
int sl_user_named(const char *name, uint32_t *uid, uint32_t *gid) {
  struct passwd entry, *found = NULL;
  char buffer[16384];
  int result = getpwnam_r(name, &entry, buffer, sizeof buffer, &found);
  if (result) return -result;
  if (!found) return -ENOENT;
  *uid = found->pw_uid;
  *gid = found->pw_gid;
  return 0;
}
int sl_group_named(const char *name, uint32_t *gid) {
  struct group entry, *found = NULL;
  char buffer[65536];
  int result = getgrnam_r(name, &entry, buffer, sizeof buffer, &found);
  if (result) return -result;
  if (!found) return -ENOENT;
  *gid = found->gr_gid;
  return 0;
}
int sl_user_name(uint32_t uid, char *out, uint64_t capacity) {
  struct passwd entry, *found = NULL;
  char buffer[16384];
  int result = getpwuid_r(uid, &entry, buffer, sizeof buffer, &found);
  if (result) return -result;
  if (!found) return -ENOENT;
  size_t length = strlen(found->pw_name);
  if (length + 1 > capacity) return -ENOBUFS;
  memcpy(out, found->pw_name, length + 1);
  return (int)length;
}
int sl_group_members(uint32_t gid, uint32_t *out, unsigned capacity) {
  struct group entry, *found = NULL;
  static char buffer[1 << 20];  // asked for at start only, by one thread
  int result = getgrgid_r(gid, &entry, buffer, sizeof buffer, &found);
  if (result) return -result;
  if (!found) return 0;
  unsigned count = 0;
  for (char **name = found->gr_mem; *name && count < capacity; name++) {
    uint32_t uid, primary;
    if (sl_user_named(*name, &uid, &primary) == 0) out[count++] = uid;
  }
  return (int)count;
}
int sl_groups_of(const char *user, uint32_t gid, uint32_t *out, unsigned capacity) {
  int count = (int)capacity;
  return getgrouplist(user, gid, out, &count) < 0 ? -ENOBUFS : count;
}
const char *sl_error_text(int error) { return strerrordesc_np(error); }
const char *sl_error_name(int error) { return strerrorname_np(error); }
int sl_is_terminal(int fd) { return isatty(fd); }
int sl_terminal_width(int fd) {
  struct winsize size;
  int result = RESULT(ioctl(fd, TIOCGWINSZ, &size));
  return result < 0 ? result : size.ws_col;
}
int sl_terminal_height(int fd) {
  struct winsize size;
  int result = RESULT(ioctl(fd, TIOCGWINSZ, &size));
  return result < 0 ? result : size.ws_row;
}

struct thread_start {
  void (*body)(void *);
  void *context;
  char name[16];
};
static void *thread_main(void *raw) {
  struct thread_start start = *(struct thread_start *)raw;
  free(raw);
  pthread_setname_np(pthread_self(), start.name);
  start.body(start.context);
  return NULL;
}
int sl_thread_start(const char *name, void (*body)(void *), void *context) {
  struct thread_start *start = calloc(1, sizeof *start);
  if (!start) return -ENOMEM;
  start->body = body;
  start->context = context;
  snprintf(start->name, sizeof start->name, "%s", name);
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
  pthread_t thread;
  int result = pthread_create(&thread, &attributes, thread_main, start);
  pthread_attr_destroy(&attributes);
  if (result) free(start);
  return -result;
}
int sl_set_urgent(int urgent) {
  struct sched_param parameter = {.sched_priority = urgent ? 1 : 0};
  return RESULT(sched_setscheduler(0, urgent ? SCHED_FIFO : SCHED_OTHER, &parameter));
}
void sl_exit(int status) { _exit(status); }
