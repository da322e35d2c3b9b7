#include "CLinux.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "child.h"
#include "result.h"

int sl_is_immutable(int fd) {
  int flags = 0;
  int result = RESULT(ioctl(fd, FS_IOC_GETFLAGS, &flags));
  if (result < 0) return result;
  return (flags & FS_IMMUTABLE_FL) != 0;
}

int sl_set_immutable(int fd, int wanted) {
  int flags = 0;
  int result = RESULT(ioctl(fd, FS_IOC_GETFLAGS, &flags));
  if (result < 0) return result;
  flags = wanted ? flags | FS_IMMUTABLE_FL : flags & ~FS_IMMUTABLE_FL;
  return RESULT(ioctl(fd, FS_IOC_SETFLAGS, &flags));
}

int sl_make_socket_node(int dirfd, const char *name, unsigned mode) {
  return RESULT(mknodat(dirfd, name, S_IFSOCK | mode, 0));
}

// What a shell, cp(1) or mv(1) does to the name: 0 where it went through, or an errno.
struct attempt {
  int dirfd;
  const char *name, *temporary;
  int style;
};
static int attempt(const void *question) {
  const struct attempt *wanted = question;
  int dirfd = wanted->dirfd;
  const char *name = wanted->name, *temporary = wanted->temporary;
  const int common = O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;
  int fd = -1;
  switch (wanted->style) {
    case SL_WRITE_OVER: fd = openat(dirfd, name, common | O_CREAT | O_TRUNC, 0600); break;
    case SL_WRITE_BEHIND: fd = openat(dirfd, name, common | O_CREAT | O_APPEND, 0600); break;
    case SL_COPY_OVER: fd = openat(dirfd, name, common | O_TRUNC); break;
    default:
      fd = openat(dirfd, temporary, common | O_CREAT | O_EXCL, 0600);
      if (fd < 0) return errno;
      if (renameat(dirfd, temporary, dirfd, name) == 0) return 0;
      int error = errno;
      unlinkat(dirfd, temporary, 0);
      return error;
  }
  return fd < 0 ? errno : 0;
}

int sl_try_write(int change_user, uint32_t uid, uint32_t gid, int dirfd, const char *name, const char *temporary,
                 int style) {
  struct attempt wanted = {dirfd, name, temporary, style};
  return sl_ask_child(change_user, uid, gid, attempt, &wanted);
}
