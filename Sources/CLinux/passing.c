#include "CLinux.h"

#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "result.h"

// SCM_MAX_FD of the kernel: most descriptors in one message (unix(7)).
#define MOST_DESCRIPTORS 253

union control {
  struct cmsghdr header;
  char bytes[CMSG_SPACE(sizeof(int) * MOST_DESCRIPTORS)];
};

int sl_packet_pair(int out[2]) { return RESULT(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, out)); }

int64_t sl_send_passing(int fd, const void *buffer, uint64_t count, const int *descriptors, unsigned descriptor_count) {
  if (descriptor_count > MOST_DESCRIPTORS) return -EINVAL;
  union control control;
  struct iovec part = {.iov_base = (void *)buffer, .iov_len = count};
  struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
  if (descriptor_count) {
    memset(&control, 0, sizeof control);
    message.msg_control = control.bytes;
    message.msg_controllen = CMSG_SPACE(sizeof(int) * descriptor_count);
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof(int) * descriptor_count);
    memcpy(CMSG_DATA(header), descriptors, sizeof(int) * descriptor_count);
  }
  return RESULT(sendmsg(fd, &message, MSG_NOSIGNAL | MSG_DONTWAIT));
}

int64_t sl_receive_passed(int fd, void *buffer, uint64_t capacity, int descriptors[MOST_DESCRIPTORS], unsigned *descriptor_count) {
  union control control;
  struct iovec part = {.iov_base = buffer, .iov_len = capacity};
  struct msghdr message = {
      .msg_iov = &part, .msg_iovlen = 1, .msg_control = control.bytes, .msg_controllen = sizeof control.bytes};
  *descriptor_count = 0;
  int64_t count = RESULT(recvmsg(fd, &message, MSG_CMSG_CLOEXEC | MSG_DONTWAIT));
  if (count < 0) return count;
  for (struct cmsghdr *header = CMSG_FIRSTHDR(&message); header; header = CMSG_NXTHDR(&message, header)) {
    if (header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS) continue;
    unsigned found = (unsigned)((header->cmsg_len - CMSG_LEN(0)) / sizeof(int));
    for (unsigned i = 0; i < found; i++) {
      int passed;
      memcpy(&passed, CMSG_DATA(header) + i * sizeof(int), sizeof passed);
      if (*descriptor_count < MOST_DESCRIPTORS)
        descriptors[(*descriptor_count)++] = passed;
      else
        close(passed);
    }
  }
  if (message.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) {
    for (unsigned i = 0; i < *descriptor_count; i++) close(descriptors[i]);
    *descriptor_count = 0;
    return -EMSGSIZE;
  }
  return count;
}

static int option(int fd, int name, int *out) {
  socklen_t length = sizeof *out;
  return RESULT(getsockopt(fd, SOL_SOCKET, name, out, &length));
}
int sl_socket_kind(int fd, struct sl_socket_kind *out) {
  int domain = 0, type = 0;
  int result = option(fd, SO_DOMAIN, &domain);
  if (result >= 0) result = option(fd, SO_TYPE, &type);
  if (result >= 0) result = option(fd, SO_ACCEPTCONN, &out->is_listening);
  if (result < 0) return result;
  out->is_unix = domain == AF_UNIX;
  out->is_stream = type == SOCK_STREAM;
  return 0;
}
int sl_socket_path(int fd, char *out, unsigned capacity) {
  struct sockaddr_un address;
  socklen_t length = sizeof address;
  memset(&address, 0, sizeof address);
  int result = RESULT(getsockname(fd, (struct sockaddr *)&address, &length));
  if (result < 0) return result;
  if (length <= offsetof(struct sockaddr_un, sun_path) || !address.sun_path[0]) return 0;
  size_t count = strnlen(address.sun_path, sizeof address.sun_path);
  if (count > capacity) return -ENAMETOOLONG;
  memcpy(out, address.sun_path, count);
  return (int)count;
}
