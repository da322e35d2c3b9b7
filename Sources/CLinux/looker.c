#include "CLinux.h"

#include <fcntl.h>
#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <unistd.h>

#include "result.h"

// ---- the looker: a process forked before the sandbox is put on, which looks at processes through their directories

// Seconds after which a child that opens a program is killed: the program may lie with a file server that never answers.
#define PATIENCE 5
#define MOST_CHILDREN 8
#define PROCFS 0x9fa0

union control {
  struct cmsghdr header;
  char bytes[CMSG_SPACE(2 * sizeof(int))];
};
struct request {
  uint32_t kind, number;
};

static int pass(int socket, struct iovec part, const int *descriptors, unsigned count) {
  union control control = {0};
  struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
  if (count) {
    message.msg_control = control.bytes;
    message.msg_controllen = CMSG_SPACE(count * sizeof(int));
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(count * sizeof(int));
    memcpy(CMSG_DATA(header), descriptors, count * sizeof(int));
  }
  ssize_t sent;
  while ((sent = sendmsg(socket, &message, MSG_NOSIGNAL)) < 0 && errno == EINTR) {
  }
  return sent < 0 ? -errno : 0;
}

// Receives one message with up to two descriptors; the length, or a negated errno.
static ssize_t take(int socket, struct iovec part, int descriptors[2]) {
  union control control;
  struct msghdr message = {
      .msg_iov = &part, .msg_iovlen = 1, .msg_control = control.bytes, .msg_controllen = sizeof control.bytes};
  ssize_t length;
  while ((length = recvmsg(socket, &message, MSG_CMSG_CLOEXEC)) < 0 && errno == EINTR) {
  }
  if (length < 0) return -errno;
  struct cmsghdr *header = CMSG_FIRSTHDR(&message);
  if (header && header->cmsg_level == SOL_SOCKET && header->cmsg_type == SCM_RIGHTS)
    memcpy(descriptors, CMSG_DATA(header), header->cmsg_len - CMSG_LEN(0));
  return length;
}

static ssize_t length_of(const struct sl_look *look) {
  return (ssize_t)(offsetof(struct sl_look, text) + look->link_length + look->stat_length);
}

static int read_texts(int directory, struct sl_look *look) {
  ssize_t length = readlinkat(directory, "exe", look->text, SL_LINK_LIMIT);
  if (length < 0) return -errno;
  look->link_length = (uint32_t)length;
  int stat = openat(directory, "stat", O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
  if (stat < 0) return -errno;
  length = read(stat, look->text + look->link_length, SL_STAT_LIMIT);
  int error = length < 0 ? -errno : 0;
  close(stat);
  if (!error) look->stat_length = (uint32_t)length;
  return error;
}

static int is_process(int directory) {
  struct statfs found;
  return fstatfs(directory, &found) == 0 && found.f_type == PROCFS;
}

int sl_look_at(int directory, struct sl_look *look) {
  look->link_length = look->stat_length = 0;
  // Another process' "exe" is no name but a way into a file: nothing else of that name may be looked at.
  if (!is_process(directory)) return -EINVAL;
  int error = sl_statx_followed(directory, "exe", &look->file);
  return error < 0 ? error : read_texts(directory, look);
}

const char *sl_look_text(const struct sl_look *look) { return look->text; }

int sl_open_program(int directory, struct sl_look *look) {
  look->link_length = look->stat_length = 0;
  look->leads = 0;
  if (!is_process(directory)) return -EINVAL;
  int file = openat(directory, "exe", O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
  if (file < 0) return -errno;
  struct statfs system;
  int error = fstatfs(file, &system) < 0 ? -errno : sl_fstat(file, &look->file);
  if (!error) error = read_texts(directory, look);
  if (error < 0) {
    close(file);
    return error;
  }
  look->filesystem = (uint32_t)system.f_type;
  char path[SL_LINK_LIMIT + 1];
  memcpy(path, look->text, look->link_length);
  path[look->link_length] = 0;
  look->leads = path[0] == '/' && look->link_length < SL_LINK_LIMIT && sl_fstatat(AT_FDCWD, path, &look->named) == 0;
  return file;
}

// Opening may wait for a file server that a user runs, and looking through all processes takes its time: a child of its
// own does it, and not for long.
static int answer_in_child(struct request request, int object, int over, int *children) {
  while (*children > 0 && waitpid(-1, NULL, WNOHANG) > 0) (*children)--;
  if (*children >= MOST_CHILDREN) return -EAGAIN;
  pid_t child = fork();
  if (child < 0) return -errno;
  if (child > 0) {
    (*children)++;
    return 0;
  }
  sigset_t all;
  sigfillset(&all);
  (void)sigprocmask(SIG_UNBLOCK, &all, NULL);
  alarm(PATIENCE);
  static struct sl_look look;
  look = (struct sl_look){.number = request.number};
  int file = -1;
  int result = request.kind == SL_LOOK_OPEN ? (file = sl_open_program(object, &look)) : sl_lock_holders(object, &look);
  look.error = result < 0 ? result : 0;
  (void)pass(over, (struct iovec){&look, (size_t)length_of(&look)}, &file, file >= 0);
  _exit(0);
}

static void serve(int socket) {
  int children = 0;
  for (;;) {
    struct request request = {0, 0};
    int descriptors[2] = {-1, -1};
    ssize_t length = take(socket, (struct iovec){&request, sizeof request}, descriptors);
    if (length <= 0) _exit(0);  // the server is gone
    static struct sl_look look;
    look = (struct sl_look){.error = -EINVAL};
    int is_told = 0, takes_time = request.kind == SL_LOOK_OPEN || request.kind == SL_LOOK_LOCK;
    if (length == sizeof request && descriptors[0] >= 0) {
      look.number = request.number;
      if (request.kind == SL_LOOK) look.error = sl_look_at(descriptors[0], &look);
      if (takes_time && descriptors[1] >= 0) {
        look.error = answer_in_child(request, descriptors[0], descriptors[1], &children);
        is_told = look.error == 0;
      }
    }
    if (look.error < 0) look.link_length = look.stat_length = 0;
    int over = takes_time && descriptors[1] >= 0 ? descriptors[1] : socket;
    // A server that does not take its answers is none that could be told so.
    if (!is_told) (void)pass(over, (struct iovec){&look, (size_t)length_of(&look)}, NULL, 0);
    for (int each = 0; each < 2; each++)
      if (descriptors[each] >= 0) close(descriptors[each]);
  }
}

static void become_looker(int socket) {
  sigset_t all;
  sigfillset(&all);
  (void)sigprocmask(SIG_SETMASK, &all, NULL);
  // Left over from what the server set: its children are to be waited for here.
  (void)signal(SIGCHLD, SIG_DFL);
  (void)prctl(PR_SET_NAME, "sluice-looker", 0, 0, 0);
  int kept = fcntl(socket, F_DUPFD_CLOEXEC, 4);
  int null = open("/dev/null", O_RDWR | O_CLOEXEC);
  if (kept < 0 || null < 0) _exit(1);
  for (int stream = 0; stream < 3; stream++)
    if (dup2(null, stream) < 0) _exit(1);
  // Nothing of the server's stays open here: no lock, no socket, no end of a pipe.
  if (dup3(kept, 3, O_CLOEXEC) < 0) _exit(1);
  if (syscall(SYS_close_range, 4, ~0U, 0) < 0) _exit(1);
  serve(3);
}

int sl_looker_begin(int *socket) {
  int ends[2];
  int result = RESULT(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends));
  if (result < 0) return result;
  int pid = RESULT(fork());
  if (pid == 0) become_looker(ends[1]);
  close(ends[1]);
  if (pid > 0) result = RESULT(fcntl(ends[0], F_SETFL, O_NONBLOCK));
  if (pid < 0 || result < 0) {
    close(ends[0]);
    return pid < 0 ? pid : result;
  }
  *socket = ends[0];
  return pid;
}

int sl_looker_ask(int socket, uint32_t kind, uint32_t number, int object, int *answers) {
  struct request request = {kind, number};
  int descriptors[2] = {object, -1};
  unsigned count = 1;
  int ends[2] = {-1, -1};
  if (kind != SL_LOOK) {
    int result = RESULT(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends));
    if (result < 0) return result;
    descriptors[1] = ends[1];
    count = 2;
  }
  int result = pass(socket, (struct iovec){&request, sizeof request}, descriptors, count);
  if (ends[1] >= 0) close(ends[1]);
  if (result < 0 && ends[0] >= 0) close(ends[0]);
  *answers = result < 0 ? -1 : ends[0];
  return result;
}

int sl_looker_take(int socket, struct sl_look *look, int *file) {
  int descriptors[2] = {-1, -1};
  *file = -1;
  ssize_t length = take(socket, (struct iovec){look, sizeof *look}, descriptors);
  if (descriptors[1] >= 0) close(descriptors[1]);
  if (length == 0) length = -EPIPE;
  if (length > 0 && (length < (ssize_t)offsetof(struct sl_look, text) || look->link_length > SL_LINK_LIMIT ||
                     look->stat_length > SL_STAT_LIMIT || length != length_of(look)))
    length = -EPROTO;
  if (length < 0 && descriptors[0] >= 0) close(descriptors[0]);
  if (length < 0) return (int)length;
  *file = descriptors[0];
  return 0;
}
