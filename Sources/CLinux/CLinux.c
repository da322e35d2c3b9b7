#include "CLinux.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <pwd.h>
#include <signal.h>
#include <spawn.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

// The one place where errno is read.
#define RESULT(call)                      \
  __extension__({                         \
    __typeof__(call) value_ = (call);     \
    value_ < 0 ? (__typeof__(call))-errno : value_; \
  })

// ---- descriptors and files

int sl_close(int fd) { return RESULT(close(fd)); }
int sl_openat(int dirfd, const char *path, int flags, unsigned mode) {
  return RESULT(openat(dirfd, path, flags | O_CLOEXEC, mode));
}
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
int sl_fchmod(int fd, unsigned mode) { return RESULT(fchmod(fd, mode)); }
// fchmodat(2) follows links; the callers only use it on names in directories that nobody else can write to.
int sl_fchmodat(int dirfd, const char *path, unsigned mode) { return RESULT(fchmodat(dirfd, path, mode, 0)); }
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
  loff_t position = offset;
  return RESULT(splice(pipe_fd, NULL, file_fd, &position, count, SPLICE_F_NONBLOCK | SPLICE_F_MOVE));
}
int sl_ftruncate(int fd, int64_t length) { return RESULT(ftruncate(fd, length)); }
int sl_fsync(int fd) { return RESULT(fsync(fd)); }
int sl_fdatasync(int fd) { return RESULT(fdatasync(fd)); }
int sl_pending_bytes(int fd) {
  int pending = 0;
  int result = RESULT(ioctl(fd, FIONREAD, &pending));
  return result < 0 ? result : pending;
}
int sl_duplicate(int fd) { return RESULT(fcntl(fd, F_DUPFD_CLOEXEC, 3)); }
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

// ---- sockets

// A name is reached through its directory's descriptor, /proc/self/fd/N/NAME: the path that was checked is the path
// that is used, and sun_path's 108 bytes (unix(7)) never cut a long one.
static int unix_address(int dirfd, const char *name, struct sockaddr_un *address) {
  memset(address, 0, sizeof *address);
  address->sun_family = AF_UNIX;
  int length = dirfd == AT_FDCWD ? snprintf(address->sun_path, sizeof address->sun_path, "%s", name)
                                 : snprintf(address->sun_path, sizeof address->sun_path, "/proc/self/fd/%d/%s", dirfd, name);
  return length < 0 || (size_t)length >= sizeof address->sun_path ? -ENAMETOOLONG : 0;
}
int sl_unix_listen(int dirfd, const char *name, unsigned mode, uint32_t uid, uint32_t gid, int change_owner, int backlog) {
  struct sockaddr_un address;
  int result = unix_address(dirfd, name, &address);
  if (result < 0) return result;
  int fd = RESULT(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (fd < 0) return fd;
  // fchmod on the unbound socket sets the mode of the node that bind(2) creates (socket inode mode & ~umask), so there
  // is no moment with a wider one; the second call removes the umask's say.
  if ((result = RESULT(fchmod(fd, mode))) < 0 ||
      (result = RESULT(bind(fd, (struct sockaddr *)&address, sizeof address))) < 0)
    goto fail;
  if ((change_owner && (result = RESULT(fchownat(dirfd, name, uid, gid, AT_SYMLINK_NOFOLLOW))) < 0) ||
      (result = RESULT(fchmodat(dirfd, name, mode, 0))) < 0 || (result = RESULT(listen(fd, backlog))) < 0) {
    unlinkat(dirfd, name, 0);
    goto fail;
  }
  return fd;
fail:
  close(fd);
  return result;
}
int sl_unix_connect(int dirfd, const char *name, int nonblocking) {
  struct sockaddr_un address;
  int result = unix_address(dirfd, name, &address);
  if (result < 0) return result;
  int fd = RESULT(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | (nonblocking ? SOCK_NONBLOCK : 0), 0));
  if (fd < 0) return fd;
  result = RESULT(connect(fd, (struct sockaddr *)&address, sizeof address));
  if (result < 0) {
    close(fd);
    return result;
  }
  return fd;
}
int sl_accept(int fd) { return RESULT(accept4(fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK)); }
int sl_peer(int fd, struct sl_peer *out) {
  struct ucred credentials;
  socklen_t length = sizeof credentials;
  int result = RESULT(getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &credentials, &length));
  if (result < 0) return result;
  if (length != sizeof credentials || credentials.uid == (uid_t)-1) return -EPROTO;
  *out = (struct sl_peer){.pid = credentials.pid, .uid = credentials.uid, .gid = credentials.gid};
  return 0;
}
int sl_peer_groups(int fd, uint32_t *out, unsigned capacity) {
  socklen_t length = capacity * (socklen_t)sizeof(gid_t);
  int result = RESULT(getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, out, &length));
  return result < 0 ? result : (int)(length / sizeof(gid_t));
}
#ifndef SO_PEERPIDFD
#define SO_PEERPIDFD 77
#endif
int sl_peer_pidfd(int fd) {
  int pidfd = -1;
  socklen_t length = sizeof pidfd;
  int result = RESULT(getsockopt(fd, SOL_SOCKET, SO_PEERPIDFD, &pidfd, &length));
  return result < 0 ? result : pidfd;
}
int sl_shutdown_write(int fd) { return RESULT(shutdown(fd, SHUT_WR)); }
int64_t sl_send(int fd, const void *buffer, uint64_t count) {
  return RESULT(send(fd, buffer, count, MSG_NOSIGNAL));
}

// ---- readiness

int sl_epoll_create(void) { return RESULT(epoll_create1(EPOLL_CLOEXEC)); }
static int epoll_change(int epfd, int operation, int fd, uint32_t events, uint64_t data) {
  struct epoll_event event = {.events = events, .data.u64 = data};
  return RESULT(epoll_ctl(epfd, operation, fd, &event));
}
int sl_epoll_add(int epfd, int fd, uint32_t events, uint64_t data) {
  return epoll_change(epfd, EPOLL_CTL_ADD, fd, events, data);
}
int sl_epoll_modify(int epfd, int fd, uint32_t events, uint64_t data) {
  return epoll_change(epfd, EPOLL_CTL_MOD, fd, events, data);
}
int sl_epoll_remove(int epfd, int fd) { return epoll_change(epfd, EPOLL_CTL_DEL, fd, 0, 0); }
int sl_epoll_wait(int epfd, struct sl_event *out, int capacity, int timeout_ms) {
  struct epoll_event events[256];
  int count = RESULT(epoll_wait(epfd, events, capacity < 256 ? capacity : 256, timeout_ms));
  for (int i = 0; i < count; i++) out[i] = (struct sl_event){.events = events[i].events, .data = events[i].data.u64};
  return count;
}
int sl_eventfd(void) { return RESULT(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)); }
int sl_poll(int fd_a, int fd_b, short events, int timeout_ms, int *ready_a, int *ready_b) {
  struct pollfd polled[2] = {{.fd = fd_a, .events = events}, {.fd = fd_b, .events = events}};
  int count = RESULT(poll(polled, 2, timeout_ms));
  *ready_a = count > 0 ? polled[0].revents : 0;
  *ready_b = count > 0 ? polled[1].revents : 0;
  return count;
}

// ---- signals

int sl_signalfd(const int *signals, int count) {
  sigset_t set;
  sigemptyset(&set);
  for (int i = 0; i < count; i++) sigaddset(&set, signals[i]);
  int result = pthread_sigmask(SIG_BLOCK, &set, NULL);
  return result ? -result : RESULT(signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK));
}
int sl_ignore_signal(int signal_number) { return signal(signal_number, SIG_IGN) == SIG_ERR ? RESULT(-1) : 0; }
int sl_kill(int pid, int signal_number) { return RESULT(kill(pid, signal_number)); }

// ---- processes

// posix_spawn(3) with vfork semantics; glibc closes descriptors with close_range(2). Limits are set on the child by
// prlimit(2) right after the start: before that it can only run its own loader.
int sl_spawn(const struct sl_program *spec) {
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
  int result = posix_spawn_file_actions_init(&actions);
  if (result) return -result;
  if ((result = posix_spawnattr_init(&attributes))) {
    posix_spawn_file_actions_destroy(&actions);
    return -result;
  }
  sigset_t none, all;
  sigemptyset(&none);
  sigfillset(&all);
  pid_t pid = -1;
  (void)((result = posix_spawn_file_actions_adddup2(&actions, spec->input, 0)) ||
         (result = posix_spawn_file_actions_adddup2(&actions, spec->output, 1)) ||
         (result = posix_spawn_file_actions_adddup2(&actions, spec->error, 2)) ||
         (result = posix_spawn_file_actions_addclosefrom_np(&actions, 3)) ||
         (spec->directory && (result = posix_spawn_file_actions_addchdir_np(&actions, spec->directory))) ||
         (result = posix_spawnattr_setsigmask(&attributes, &none)) ||
         (result = posix_spawnattr_setsigdefault(&attributes, &all)) ||
         (result = posix_spawnattr_setpgroup(&attributes, 0)) ||
         (result = posix_spawnattr_setflags(
              &attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF)) ||
         (result = posix_spawn(&pid, spec->path, &actions, &attributes, (char *const *)spec->arguments,
                               (char *const *)spec->environment)));
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&actions);
  if (result) return -result;
  if (spec->address_space_limit) {
    struct rlimit limit = {spec->address_space_limit, spec->address_space_limit};
    (void)prlimit(pid, RLIMIT_AS, &limit, NULL);
  }
  if (spec->open_files_limit) {
    struct rlimit limit = {spec->open_files_limit, spec->open_files_limit};
    (void)prlimit(pid, RLIMIT_NOFILE, &limit, NULL);
  }
  return pid;
}
int sl_pidfd_open(int pid) { return (int)RESULT(syscall(SYS_pidfd_open, pid, 0)); }
int sl_wait(int pid, int *status, int no_hang) {
  int raw = 0;
  int result = RESULT(waitpid(pid, &raw, no_hang ? WNOHANG : 0));
  if (result > 0) *status = WIFEXITED(raw) ? WEXITSTATUS(raw) : 128 + WTERMSIG(raw);
  return result;
}
int sl_no_new_privileges(void) { return RESULT(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)); }
int sl_no_core_dumps(void) {
  struct rlimit none = {0, 0};
  return RESULT(setrlimit(RLIMIT_CORE, &none));
}
int sl_getpid(void) { return getpid(); }
uint32_t sl_geteuid(void) { return geteuid(); }
uint32_t sl_getegid(void) { return getegid(); }

int sl_try_as(uint32_t uid, uint32_t gid, const char *path, int kind) {
  int channel[2];
  int result = RESULT(pipe2(channel, O_CLOEXEC));
  if (result < 0) return result;
  pid_t pid = RESULT(fork());
  if (pid == 0) {
    int outcome = 0;
    gid_t only = gid;
    if (setgroups(1, &only) || setresgid(gid, gid, gid) || setresuid(uid, uid, uid)) {
      outcome = -errno;
    } else if (kind == 0) {
      int fd = sl_unix_connect(AT_FDCWD, path, 1);
      outcome = fd < 0 ? -fd : 0;
    } else {
      int fd = open(path, O_WRONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
      outcome = fd < 0 ? errno : 0;
    }
    ssize_t written = write(channel[1], &outcome, sizeof outcome);
    _exit(written == (ssize_t)sizeof outcome ? 0 : 1);
  }
  close(channel[1]);
  int outcome = -EIO;
  if (pid < 0) {
    outcome = pid;
  } else {
    if (read(channel[0], &outcome, sizeof outcome) != (ssize_t)sizeof outcome) outcome = -EIO;
    int status;
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
    }
  }
  close(channel[0]);
  return outcome;
}

// ---- time, randomness, accounts

static int64_t clock_ns(clockid_t id) {
  struct timespec t;
  clock_gettime(id, &t);
  return t.tv_sec * 1000000000LL + t.tv_nsec;
}
int64_t sl_monotonic_ns(void) { return clock_ns(CLOCK_MONOTONIC); }
int64_t sl_realtime_ns(void) { return clock_ns(CLOCK_REALTIME); }
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
void sl_exit(int status) { _exit(status); }
