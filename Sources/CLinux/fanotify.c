#include "CLinux.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/fanotify.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "result.h"

// Debian 12's headers know it; an older kernel answers EINVAL (5.17 has it).
#ifndef FAN_REPORT_TARGET_FID
#define FAN_REPORT_TARGET_FID 0x00001000
#endif

static void sl_append_number(char *path, int number) {
  char digits[16];
  int count = 0;
  do digits[count++] = (char)('0' + number % 10);
  while ((number /= 10) > 0);
  for (size_t at = strlen(path); count > 0;) {
    path[at++] = digits[--count];
    path[at] = 0;
  }
}

int sl_witness_open(void) {
  return RESULT(fanotify_init(
      FAN_CLASS_NOTIF | FAN_CLOEXEC | FAN_NONBLOCK | FAN_UNLIMITED_QUEUE | FAN_REPORT_DFID_NAME | FAN_REPORT_FID |
          FAN_REPORT_TARGET_FID,
      O_RDONLY | O_LARGEFILE | O_CLOEXEC));
}
int sl_witness_watch(int fd, int directory) {
  // The directory itself by its descriptor, which may be one for lookups only.
  char path[32] = "/proc/self/fd/";
  sl_append_number(path, directory);
  return RESULT(fanotify_mark(
      fd, FAN_MARK_ADD | FAN_MARK_ONLYDIR, FAN_CLOSE_WRITE | FAN_EVENT_ON_CHILD, AT_FDCWD, path));
}

int sl_file_handle(int dirfd, const char *name, uint8_t *bytes, unsigned capacity) {
  union {
    struct file_handle handle;
    uint8_t room[sizeof(struct file_handle) + MAX_HANDLE_SZ];
  } space;
  space.handle.handle_bytes = MAX_HANDLE_SZ;
  int mount;
  int result = RESULT(name_to_handle_at(dirfd, name, &space.handle, &mount, 0));
  if (result < 0) return result;
  unsigned size = 8 + space.handle.handle_bytes;
  if (size > capacity) return -ENOBUFS;
  // As fanotify reports it: length, type, and the opaque bytes.
  memcpy(bytes, &space.handle, size);
  return (int)size;
}

// ---- the gate: each opening of a file waits for an answer

int sl_gate_open(void) {
  return RESULT(fanotify_init(
      FAN_CLASS_CONTENT | FAN_CLOEXEC | FAN_NONBLOCK | FAN_UNLIMITED_QUEUE,
      O_RDONLY | O_NONBLOCK | O_LARGEFILE | O_CLOEXEC));
}
int sl_gate_watch(int fd, int directory) {
  char path[32] = "/proc/self/fd/";
  sl_append_number(path, directory);
  return RESULT(fanotify_mark(
      fd, FAN_MARK_ADD | FAN_MARK_ONLYDIR, FAN_OPEN_PERM | FAN_CLOSE | FAN_EVENT_ON_CHILD, AT_FDCWD, path));
}
int sl_gate_allow(int fd, int event) {
  struct fanotify_response answer = {.fd = event, .response = FAN_ALLOW};
  return (int)RESULT(write(fd, &answer, sizeof answer));
}
int sl_empty_file(int file) {
  // By the descriptor's path and truncate(2): opening it for writing would wait for our own answer.
  char path[32] = "/proc/self/fd/";
  sl_append_number(path, file);
  return RESULT(truncate(path, 0));
}

static _Noreturn void watch_over(int pulse, int relay, int patience_ms) {
  struct pollfd ready = {.fd = pulse, .events = POLLIN};
  char beats[64];
  // Its start may take as long as it will: nobody waits for it before its first beat.
  while (poll(&ready, 1, -1) < 0) continue;
  for (;;) {
    int count = poll(&ready, 1, patience_ms);
    if (count < 0) continue;
    // No beat for so long: it is stopped or hangs, and everybody who opens a file waits for it. Its end frees them.
    if (count == 0) syscall(SYS_pidfd_send_signal, relay, SIGKILL, NULL, 0);
    if (count == 0 || read(pulse, beats, sizeof beats) <= 0) _exit(0);
  }
}
int sl_gate_guard(int patience_ms, int *pulse) {
  int ends[2];
  int result = RESULT(pipe2(ends, O_CLOEXEC | O_NONBLOCK));
  if (result < 0) return result;
  int relay = RESULT((int)syscall(SYS_pidfd_open, getpid(), 0));
  pid_t child = relay < 0 ? relay : RESULT(fork());
  if (child == 0) {
    // Nothing of the relay's is kept alive here but the relay's own number: its files, locks and the group are not ours.
    int away[2] = {fcntl(ends[0], F_DUPFD, 10), fcntl(relay, F_DUPFD, 10)};
    if (dup2(away[0], 3) < 0 || dup2(away[1], 4) < 0) _exit(1);
    syscall(SYS_close_range, 5, ~0U, 0);
    setsid();
    for (int number = 1; number < 32; number++) signal(number, number == SIGKILL ? SIG_DFL : SIG_IGN);
    prctl(PR_SET_NAME, "gate-guard");
    watch_over(3, 4, patience_ms);
  }
  close(ends[0]);
  if (relay >= 0) close(relay);
  if (child < 0) {
    close(ends[1]);
    return child;
  }
  *pulse = ends[1];
  return child;
}
