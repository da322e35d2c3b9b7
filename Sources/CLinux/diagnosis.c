#include "CLinux.h"

#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <linux/unix_diag.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "result.h"

// sock_diag(7): the kernel's own list of Unix sockets, each name with its length, so that no name can pass for another's
// line as in /proc/net/unix.
int sl_unix_diagnosis(void) {
  int fd = RESULT(socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG));
  if (fd < 0) return fd;
  struct {
    struct nlmsghdr header;
    struct unix_diag_req request;
  } message = {
      .header = {.nlmsg_len = sizeof message, .nlmsg_type = SOCK_DIAG_BY_FAMILY, .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP},
      .request = {.sdiag_family = AF_UNIX, .udiag_states = ~0U, .udiag_show = UDIAG_SHOW_NAME},
  };
  struct sockaddr_nl kernel = {.nl_family = AF_NETLINK};
  int result = (int)RESULT(sendto(fd, &message, sizeof message, 0, (struct sockaddr *)&kernel, sizeof kernel));
  if (result < 0) {
    close(fd);
    return result;
  }
  return fd;
}
