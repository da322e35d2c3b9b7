#include "CLinux.h"

#include <linux/magic.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/statvfs.h>
#include <sys/vfs.h>

#include "result.h"

int sl_mount_private(int dirfd, const char *options) {
  char path[64];
  // The directory that was checked is the one that is mounted on.
  snprintf(path, sizeof path, "/proc/self/fd/%d", dirfd);
  return RESULT(mount("tmpfs", path, "tmpfs", MS_NOEXEC | MS_NOSUID | MS_NODEV, options));
}
int sl_is_private(int dirfd) {
  struct statfs found;
  int result = RESULT(fstatfs(dirfd, &found));
  if (result < 0) return result;
  const unsigned long wanted = ST_NOEXEC | ST_NOSUID | ST_NODEV;
  return found.f_type == TMPFS_MAGIC && ((unsigned long)found.f_flags & wanted) == wanted;
}

int sl_space(int fd, struct sl_space *space) {
  struct statvfs found;
  int result = RESULT(fstatvfs(fd, &found));
  if (result < 0) return result;
  space->bytes = (uint64_t)found.f_bavail * found.f_frsize;
  space->inodes = found.f_favail;
  space->counts_inodes = found.f_files > 0;
  space->is_read_only = (found.f_flag & ST_RDONLY) != 0;
  return 0;
}
