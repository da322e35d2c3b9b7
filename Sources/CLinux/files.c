#include "CLinux.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/types.h>
#include <unistd.h>

#include "result.h"

// The same number on every architecture; older headers lack it.
#define SL_FCHMODAT2 452

// ---- descriptors and files

int sl_close(int fd) { return RESULT(close(fd)); }
int sl_openat(int dirfd, const char *path, int flags, unsigned mode) {
  return RESULT(openat(dirfd, path, flags | O_CLOEXEC, mode));
}
int sl_open_for_lookup(int dirfd, const char *name) {
  return RESULT(openat(dirfd, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
}
int sl_open_path(const char *path) { return RESULT(open(path, O_PATH | O_CLOEXEC)); }
int sl_mkdirat(int dirfd, const char *path, unsigned mode) { return RESULT(mkdirat(dirfd, path, mode)); }
int sl_unlinkat(int dirfd, const char *path, int remove_directory) {
  return RESULT(unlinkat(dirfd, path, remove_directory ? AT_REMOVEDIR : 0));
}
int sl_renameat(int from_dirfd, const char *from, int to_dirfd, const char *to, int no_replace) {
  return RESULT(renameat2(from_dirfd, from, to_dirfd, to, no_replace ? RENAME_NOREPLACE : 0));
}
int sl_linkat(int from_dirfd, const char *from, int to_dirfd, const char *to, int follow) {
  return RESULT(linkat(from_dirfd, from, to_dirfd, to, follow ? AT_SYMLINK_FOLLOW : 0));
}
int sl_mkfifoat(int dirfd, const char *path, unsigned mode) { return RESULT(mkfifoat(dirfd, path, mode)); }

// Anybody may set a file to a time that nanoseconds in 64 bits cannot hold (years before 1678 and after 2261).
static int64_t ns_of(struct timespec time) {
  int64_t result;
  if (__builtin_mul_overflow((int64_t)time.tv_sec, 1000000000LL, &result) ||
      __builtin_add_overflow(result, (int64_t)time.tv_nsec, &result))
    return time.tv_sec < 0 ? INT64_MIN : INT64_MAX;
  return result;
}

static int status_of(int result, const struct stat *s, struct sl_status *out) {
  if (result < 0) return result;
  *out = (struct sl_status){
      .device = s->st_dev, .inode = s->st_ino, .size = (uint64_t)s->st_size, .links = s->st_nlink,
      .mode = s->st_mode, .uid = s->st_uid, .gid = s->st_gid,
      .modified_ns = ns_of(s->st_mtim), .changed_ns = ns_of(s->st_ctim),
  };
  return 0;
}
int sl_fstat(int fd, struct sl_status *out) {
  struct stat s;
  int result = RESULT(fstat(fd, &s));
  return status_of(result, &s, out);
}
int sl_fstatat(int dirfd, const char *path, struct sl_status *out) {
  struct stat s;
  int result = RESULT(fstatat(dirfd, path, &s, AT_SYMLINK_NOFOLLOW));
  return status_of(result, &s, out);
}
int sl_statx_followed(int dirfd, const char *path, struct sl_status *out) {
  struct statx found = {0};
  int result = RESULT(statx(dirfd, path, AT_STATX_DONT_SYNC, STATX_BASIC_STATS, &found));
  struct stat s = {
      .st_dev = makedev(found.stx_dev_major, found.stx_dev_minor), .st_ino = found.stx_ino,
      .st_size = (off_t)found.stx_size, .st_nlink = found.stx_nlink, .st_mode = found.stx_mode,
      .st_uid = found.stx_uid, .st_gid = found.stx_gid,
      .st_mtim = {.tv_sec = found.stx_mtime.tv_sec, .tv_nsec = found.stx_mtime.tv_nsec},
      .st_ctim = {.tv_sec = found.stx_ctime.tv_sec, .tv_nsec = found.stx_ctime.tv_nsec},
  };
  return status_of(result, &s, out);
}
int sl_fchmod(int fd, unsigned mode) { return RESULT(fchmod(fd, mode)); }
int sl_open_entry(int dirfd, const char *name) {
  return RESULT(openat(dirfd, name, O_PATH | O_NOFOLLOW | O_CLOEXEC));
}
int sl_chmod_entry(int fd, unsigned mode) {
  struct stat s;
  int result = RESULT(fstat(fd, &s));
  if (result < 0) return result;
  if (S_ISLNK(s.st_mode)) return -ELOOP;
  // fchmodat2(2) came with Linux 6.6; before it proc(5) is the way from such a descriptor to its file.
  result = (int)RESULT(syscall(SL_FCHMODAT2, fd, "", mode, AT_EMPTY_PATH));
  if (result != -ENOSYS) return result;
  char path[40];
  snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
  return RESULT(chmod(path, mode));
}
int sl_chown_entry(int fd, uint32_t uid, uint32_t gid) { return RESULT(fchownat(fd, "", uid, gid, AT_EMPTY_PATH)); }
// fchmodat(2) follows links, so the name is opened first.
int sl_fchmodat(int dirfd, const char *path, unsigned mode) {
  int fd = sl_open_entry(dirfd, path);
  if (fd < 0) return fd;
  int result = sl_chmod_entry(fd, mode);
  close(fd);
  return result;
}
int sl_fchown(int fd, uint32_t uid, uint32_t gid) { return RESULT(fchown(fd, uid, gid)); }
int sl_fchownat(int dirfd, const char *path, uint32_t uid, uint32_t gid) {
  return RESULT(fchownat(dirfd, path, uid, gid, AT_SYMLINK_NOFOLLOW));
}
int sl_readlinkat(int dirfd, const char *path, char *buffer, uint64_t capacity) {
  return (int)RESULT(readlinkat(dirfd, path, buffer, capacity));
}
int64_t sl_read(int fd, void *buffer, uint64_t count) { return RESULT(read(fd, buffer, count)); }
int64_t sl_write(int fd, const void *buffer, uint64_t count) { return RESULT(write(fd, buffer, count)); }
int64_t sl_pread(int fd, void *buffer, uint64_t count, int64_t offset) {
  return RESULT(pread(fd, buffer, count, offset));
}
int64_t sl_pwrite(int fd, const void *buffer, uint64_t count, int64_t offset) {
  return RESULT(pwrite(fd, buffer, count, offset));
}
int64_t sl_splice_to_file(int pipe_fd, int file_fd, int64_t offset, uint64_t count) {
  off64_t position = offset;
  return RESULT(splice(pipe_fd, NULL, file_fd, &position, count, SPLICE_F_NONBLOCK | SPLICE_F_MOVE));
}
int sl_ftruncate(int fd, int64_t length) { return RESULT(ftruncate(fd, length)); }
int sl_allocate(int fd, uint64_t length) { return -posix_fallocate(fd, 0, (off_t)length); }
int sl_fsync(int fd) { return RESULT(fsync(fd)); }
int sl_fdatasync(int fd) { return RESULT(fdatasync(fd)); }
int sl_pending_bytes(int fd) {
  int pending = 0;
  int result = RESULT(ioctl(fd, FIONREAD, &pending));
  return result < 0 ? result : pending;
}
int sl_set_pipe_size(int fd, int size) { return RESULT(fcntl(fd, F_SETPIPE_SZ, size)); }
int sl_duplicate(int fd) {
  // A standard stream that sl_hold_standard_streams holds is closed to everybody.
  if (fd <= STDERR_FILENO) {
    int flags = fcntl(fd, F_GETFL);
    if (flags >= 0 && flags & O_PATH) return -EBADF;
  }
  return RESULT(fcntl(fd, F_DUPFD_CLOEXEC, 3));
}
int sl_set_flags(int fd, int close_on_exec, int nonblocking) {
  int result = close_on_exec ? RESULT(fcntl(fd, F_SETFD, FD_CLOEXEC)) : 0;
  if (result < 0) return result;
  int flags = RESULT(fcntl(fd, F_GETFL));
  if (flags < 0) return flags;
  return RESULT(fcntl(fd, F_SETFL, nonblocking ? flags | O_NONBLOCK : flags & ~O_NONBLOCK));
}
int sl_pipe(int out[2], int flags) { return RESULT(pipe2(out, flags | O_CLOEXEC)); }
int64_t sl_list(int dirfd, char *out, uint64_t capacity) {
  int fd = RESULT(openat(dirfd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (fd < 0) return fd;
  DIR *directory = fdopendir(fd);
  if (!directory) {
    int error = -errno;
    close(fd);
    return error;
  }
  uint64_t used = 0;
  struct dirent *entry;
  while ((entry = readdir(directory))) {
    if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, "..")) continue;
    size_t length = strlen(entry->d_name) + 1;
    if (used + length > capacity) {
      closedir(directory);
      return -ENOBUFS;
    }
    memcpy(out + used, entry->d_name, length);
    used += length;
  }
  closedir(directory);
  return (int64_t)used;
}

// ---- locks and leases

int sl_flock(int fd, int operation) { return RESULT(flock(fd, operation)); }
int sl_take_read_lease(int fd) { return RESULT(fcntl(fd, F_SETLEASE, F_RDLCK)); }
int sl_holds_read_lease(int fd) {
  int held = RESULT(fcntl(fd, F_GETLEASE));
  return held < 0 ? held : held == F_RDLCK;
}
int sl_release_lease(int fd) { return RESULT(fcntl(fd, F_SETLEASE, F_UNLCK)); }

// ---- memory

int sl_map_shared(int fd, uint64_t length, void **out) {
  void *address = mmap(NULL, length, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  if (address == MAP_FAILED) return RESULT(-1);
  *out = address;
  return 0;
}
int sl_unmap(void *address, uint64_t length) { return RESULT(munmap(address, length)); }
