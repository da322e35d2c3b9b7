#include "CLinux.h"

#include <string.h>
#include <sys/socket.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "result.h"

// ---- what the kernel says of single messages, and of filesystems

#ifndef SO_PASSRIGHTS
#define SO_PASSRIGHTS 83
#endif
int sl_pass_credentials(int fd, int wanted) {
  return RESULT(setsockopt(fd, SOL_SOCKET, SO_PASSCRED, &wanted, sizeof wanted));
}
int sl_refuse_descriptors(int fd) {
  int wanted = 0;
  return RESULT(setsockopt(fd, SOL_SOCKET, SO_PASSRIGHTS, &wanted, sizeof wanted));
}
int64_t sl_receive(int fd, void *buffer, uint64_t count, struct sl_peer *sender) {
  // Room for the credentials, which the kernel puts first, and for no descriptor.
  union {
    struct cmsghdr header;
    char bytes[CMSG_SPACE(sizeof(struct ucred))];
  } control;
  struct iovec vector = {.iov_base = buffer, .iov_len = count};
  struct msghdr message = {
      .msg_iov = &vector, .msg_iovlen = 1, .msg_control = control.bytes, .msg_controllen = sizeof control.bytes};
  int64_t received = RESULT(recvmsg(fd, &message, MSG_CMSG_CLOEXEC));
  *sender = (struct sl_peer){.pid = 0, .uid = UINT32_MAX, .gid = UINT32_MAX};
  if (received < 0) return received;
  for (struct cmsghdr *part = CMSG_FIRSTHDR(&message); part; part = CMSG_NXTHDR(&message, part)) {
    if (part->cmsg_level != SOL_SOCKET) continue;
    if (part->cmsg_type == SCM_CREDENTIALS && part->cmsg_len == CMSG_LEN(sizeof(struct ucred))) {
      struct ucred credentials;
      memcpy(&credentials, CMSG_DATA(part), sizeof credentials);
      *sender = (struct sl_peer){.pid = credentials.pid, .uid = credentials.uid, .gid = credentials.gid};
    } else if (part->cmsg_type == SCM_RIGHTS) {
      for (size_t at = 0; at + sizeof(int) <= part->cmsg_len - CMSG_LEN(0); at += sizeof(int)) {
        int passed;
        memcpy(&passed, CMSG_DATA(part) + at, sizeof passed);
        close(passed);
      }
    }
  }
  return received;
}
int64_t sl_filesystem_type(int fd) {
  struct statfs found;
  int result = RESULT(fstatfs(fd, &found));
  return result < 0 ? result : (int64_t)(uint32_t)found.f_type;
}
