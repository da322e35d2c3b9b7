#include "CLinux.h"

#include <fcntl.h>
#include <string.h>
#include <sys/fanotify.h>
#include <unistd.h>

#include "result.h"

// Debian 12's headers know it; an older kernel answers EINVAL (5.17 has it).
#ifndef FAN_REPORT_TARGET_FID
#define FAN_REPORT_TARGET_FID 0x00001000
#endif

int sl_witness_open(void) {
  return RESULT(fanotify_init(
      FAN_CLASS_NOTIF | FAN_CLOEXEC | FAN_NONBLOCK | FAN_UNLIMITED_QUEUE | FAN_REPORT_DFID_NAME | FAN_REPORT_FID |
          FAN_REPORT_TARGET_FID,
      O_RDONLY | O_LARGEFILE | O_CLOEXEC));
}
int sl_witness_watch(int fd, int directory) {
  // The directory itself by its descriptor, which may be one for lookups only.
  char path[32] = "/proc/self/fd/";
  char digits[16];
  int count = 0;
  do digits[count++] = (char)('0' + directory % 10);
  while ((directory /= 10) > 0);
  for (size_t at = strlen(path); count > 0;) {
    path[at++] = digits[--count];
    path[at] = 0;
  }
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
