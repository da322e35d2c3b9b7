#include "CLinux.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

#include "keeper.h"
#include "result.h"

// ---- the starter: a process forked before the sandbox is put on, which starts one fixed program on request

#define REQUEST_LIMIT 16384
#define VARIABLE_LIMIT 128

struct start {
  const struct sl_starter *spec;
  const char *environment[VARIABLE_LIMIT + 1];
  int streams[3];
  int error;  // of what the child could not do; it shares our memory until it execs
};
struct reply {
  int32_t pid, error;
};

static int is_variable_allowed(const struct sl_starter *spec, const char *variable) {
  for (const char *const *prefix = spec->prefixes; *prefix; prefix++)
    if (!strncmp(variable, *prefix, strlen(*prefix)) && strchr(variable, '=')) return 1;
  return 0;
}

// The fixed variables, then those of the request; -EINVAL where one is not of those that a request may set.
static int read_environment(const struct sl_starter *spec, const char *text, size_t length, struct start *start) {
  int count = 0;
  for (const char *const *fixed = spec->environment; *fixed; fixed++) {
    if (count == VARIABLE_LIMIT) return -E2BIG;
    start->environment[count++] = *fixed;
  }
  for (const char *end = text + length; text < end; text += strlen(text) + 1) {
    if (count == VARIABLE_LIMIT) return -E2BIG;
    if (!is_variable_allowed(spec, text)) return -EINVAL;
    start->environment[count++] = text;
  }
  start->environment[count] = NULL;
  return 0;
}

// A child on a stack of its own, in shared memory, that never returns: the sanitizers may not keep account of its calls.
// The thread sanitizer takes clone's place besides, and every child for one with memory of its own.
#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
int __clone(int (*run)(void *), void *stack, int flags, void *context, ...);
#define clone __clone
#endif
#if __has_feature(thread_sanitizer) || __has_feature(address_sanitizer)
__attribute__((disable_sanitizer_instrumentation))
#endif
#endif
static int run_child(void *context) {
  struct start *start = context;
  struct sigaction action = {.sa_handler = SIG_DFL};
  for (int number = 1; number < NSIG; number++) (void)sigaction(number, &action, NULL);
  sigset_t none;
  sigemptyset(&none);
  if (setpgid(0, 0) < 0) goto fail;
  for (int stream = 0; stream < 3; stream++)
    if (dup2(start->streams[stream], stream) < 0) goto fail;
  if (syscall(SYS_close_range, 3, ~0U, 0) < 0) goto fail;
  (void)sigprocmask(SIG_SETMASK, &none, NULL);
  execve(start->spec->path, (char *const *)start->spec->arguments, (char *const *)start->environment);
fail:
  start->error = -errno;
  _exit(127);
}

// As vfork. With CLONE_PARENT a child of our parent: it waits for it, has its exit status, and nobody else can reuse the
// pid before.
static struct reply start_program(struct start *start, int flags) {
  static char stack[65536] __attribute__((aligned(16)));
  int pid = RESULT(clone(run_child, stack + sizeof stack, CLONE_VM | CLONE_VFORK | SIGCHLD | flags, start));
  return pid < 0 ? (struct reply){0, pid} : (struct reply){pid, start->error};
}

static void send_reply(int socket, struct reply reply) {
  ssize_t sent;
  while ((sent = send(socket, &reply, sizeof reply, MSG_NOSIGNAL)) < 0 && errno == EINTR) {
  }
  if (sent < 0) _exit(1);
}

// Starts a keeper, a child of our parent, which starts the program as its own child and answers for it.
static void start_kept(int socket, struct start *start) {
  int service = getppid();
  int pid = (int)syscall(SYS_clone, (unsigned long)(CLONE_PARENT | SIGCHLD), NULL, NULL, NULL, 0UL);
  if (pid < 0) return send_reply(socket, (struct reply){0, -errno});
  if (pid) return;
  int result = sl_become_keeper(service);
  struct reply reply = result < 0 ? (struct reply){0, result} : start_program(start, 0);
  send_reply(socket, (struct reply){getpid(), reply.error});
  if (reply.error) _exit(127);
  // The socket, and the ends of the pipes, which must close with the program.
  (void)syscall(SYS_close_range, 3, ~0U, 0);
  sl_keep(reply.pid);
}

static void answer(int socket, const struct sl_starter *spec, char *request, size_t length, const int *streams,
                   int count) {
  struct reply reply = {0, -EINVAL};
  int is_known = request[0] == SL_STARTER_RUN || request[0] == SL_STARTER_KEEP;
  if (is_known && count == 3 && spec->path && (length == 1 || !request[length - 1])) {
    struct start start = {.spec = spec, .streams = {streams[0], streams[1], streams[2]}};
    int result = read_environment(spec, request + 1, length - 1, &start);
    if (result >= 0 && request[0] == SL_STARTER_KEEP) return start_kept(socket, &start);
    reply = result < 0 ? (struct reply){0, result} : start_program(&start, CLONE_PARENT);
  }
  send_reply(socket, reply);
}

static void serve(int socket, const struct sl_starter *spec) {
  static char request[REQUEST_LIMIT];
  for (;;) {
    union {
      struct cmsghdr header;
      char bytes[CMSG_SPACE(3 * sizeof(int))];
    } control;
    struct iovec part = {request, sizeof request};
    struct msghdr message = {
        .msg_iov = &part, .msg_iovlen = 1, .msg_control = control.bytes, .msg_controllen = sizeof control.bytes};
    ssize_t length = recvmsg(socket, &message, MSG_CMSG_CLOEXEC);
    if (length < 0 && errno == EINTR) continue;
    if (length <= 0) _exit(0);  // the server is gone
    int streams[3] = {-1, -1, -1};
    int count = 0;
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    if (header && header->cmsg_level == SOL_SOCKET && header->cmsg_type == SCM_RIGHTS) {
      count = (int)((header->cmsg_len - CMSG_LEN(0)) / sizeof(int));
      if (count > 3) _exit(1);
      memcpy(streams, CMSG_DATA(header), (size_t)count * sizeof(int));
    }
    if (message.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) {
      send_reply(socket, (struct reply){0, -EMSGSIZE});
    } else {
      answer(socket, spec, request, (size_t)length, streams, count);
    }
    for (int stream = 0; stream < count; stream++) close(streams[stream]);
  }
}

static void become_starter(int socket, const struct sl_starter *spec) {
  sigset_t all;
  sigfillset(&all);
  // A signal for the whole group is the server's to act on; the end of the server is ours.
  (void)sigprocmask(SIG_SETMASK, &all, NULL);
  (void)prctl(PR_SET_NAME, "sluice-starter", 0, 0, 0);
  int kept = fcntl(socket, F_DUPFD_CLOEXEC, 3);
  int null = open("/dev/null", O_RDWR | O_CLOEXEC);
  if (kept < 0 || null < 0) _exit(1);
  for (int stream = 0; stream < 3; stream++)
    if (dup2(null, stream) < 0) _exit(1);
  // Nothing of the server's stays open here: no lock, no socket, no end of a pipe.
  if (dup3(kept, 3, O_CLOEXEC) < 0 && errno != EINVAL) _exit(1);
  if (syscall(SYS_close_range, 4, ~0U, 0) < 0) _exit(1);
  serve(3, spec);
}

int sl_starter_begin(const struct sl_starter *spec, int *socket) {
  int ends[2];
  int result = RESULT(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends));
  if (result < 0) return result;
  // One that hangs (a program on a dead network filesystem) must not hang the server for ever.
  struct timeval patience = {.tv_sec = 10};
  (void)setsockopt(ends[0], SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  (void)setsockopt(ends[0], SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
  int pid = RESULT(fork());
  if (pid == 0) become_starter(ends[1], spec);
  close(ends[1]);
  if (pid < 0) {
    close(ends[0]);
    return pid;
  }
  *socket = ends[0];
  return pid;
}

int sl_starter_ask(int socket, const void *request, uint64_t length, const int *streams, unsigned count, int *pid) {
  union {
    struct cmsghdr header;
    char bytes[CMSG_SPACE(3 * sizeof(int))];
  } control = {0};
  if (count > 3) return -EINVAL;
  struct iovec part = {(void *)request, length};
  struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
  if (count) {
    message.msg_control = control.bytes;
    message.msg_controllen = CMSG_SPACE(count * sizeof(int));
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(count * sizeof(int));
    memcpy(CMSG_DATA(header), streams, count * sizeof(int));
  }
  ssize_t done;
  while ((done = sendmsg(socket, &message, MSG_NOSIGNAL)) < 0 && errno == EINTR) {
  }
  if (done < 0) return RESULT(-1);
  struct reply reply;
  while ((done = recv(socket, &reply, sizeof reply, 0)) < 0 && errno == EINTR) {
  }
  if (done < 0) return errno == EAGAIN ? -ETIMEDOUT : RESULT(-1);
  if (done != sizeof reply) return -EPIPE;
  *pid = reply.pid;
  return reply.error;
}
