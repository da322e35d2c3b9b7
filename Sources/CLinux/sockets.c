#include "CLinux.h"

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/timerfd.h>
#include <sys/un.h>
#include <unistd.h>

#include "result.h"

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
      (result = sl_fchmodat(dirfd, name, mode)) < 0 || (result = RESULT(listen(fd, backlog))) < 0) {
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
int sl_shutdown(int fd) { return RESULT(shutdown(fd, SHUT_RDWR)); }
int64_t sl_peek(int fd, void *buffer, uint64_t count) { return RESULT(recv(fd, buffer, count, MSG_PEEK)); }
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
int sl_timerfd(void) { return RESULT(timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK)); }
int sl_timerfd_set(int fd, int64_t deadline_ns) {
  struct itimerspec spec = {.it_value = {.tv_sec = deadline_ns / 1000000000, .tv_nsec = deadline_ns % 1000000000}};
  return RESULT(timerfd_settime(fd, TFD_TIMER_ABSTIME, &spec, NULL));
}
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
