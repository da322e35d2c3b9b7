#include "keeper.h"

#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "result.h"

// ---- the keeper: the parent of one program and, by PR_SET_CHILD_SUBREAPER, of all that this leaves behind, so that its
// end is the end of them all, whatever they did to their sessions and process groups

// From SIGTERM to SIGKILL.
#define PATIENCE_NS 2000000000LL

// Signals the program's group, if the program is not reaped yet (until then its number is nobody else's), and every
// process that is our child now.
static void signal_all(int program, int number) {
  if (program > 0) (void)kill(-program, number);
  int list = open("/proc/thread-self/children", O_RDONLY | O_CLOEXEC);
  if (list < 0) return;
  char text[4096];
  ssize_t length;
  int pid = 0;
  while ((length = read(list, text, sizeof text)) > 0) {
    for (ssize_t i = 0; i < length; i++) {
      if (text[i] >= '0' && text[i] <= '9') {
        pid = pid * 10 + (text[i] - '0');
      } else {
        if (pid > 1 && pid != program) (void)kill(pid, number);
        pid = 0;
      }
    }
  }
  if (pid > 1 && pid != program) (void)kill(pid, number);
  close(list);
}

// Kills and reaps until nothing is left: what a process leaves behind when it is killed becomes our child in turn.
static int kill_all(int program) {
  int raw = 0, result = 128 + SIGKILL;
  for (;;) {
    signal_all(program, SIGKILL);
    int pid = waitpid(-1, &raw, 0);
    if (pid < 0 && errno == EINTR) continue;
    if (pid < 0) return result;
    if (pid == program) {
      result = WIFEXITED(raw) ? WEXITSTATUS(raw) : 128 + WTERMSIG(raw);
      program = 0;
    }
  }
}

// Reaps what was left to us and has ended; 1 when the program itself has ended, which is not reaped yet.
static int has_ended(int program) {
  for (;;) {
    siginfo_t info = {0};
    if (waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) < 0) return errno == ECHILD;
    if (!info.si_pid) return 0;
    if (info.si_pid == program) return 1;
    (void)waitpid(info.si_pid, NULL, WNOHANG);
  }
}

static int64_t nanoseconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * 1000000000LL + now.tv_nsec;
}

void sl_keep(int program) {
  sigset_t wanted;
  sigemptyset(&wanted);
  sigaddset(&wanted, SIGCHLD);
  sigaddset(&wanted, SIGTERM);
  int64_t end = 0;
  for (;;) {
    if (has_ended(program) || (end && nanoseconds() >= end)) _exit(kill_all(program));
    struct timespec limit = {.tv_nsec = 100000000};
    int number = end ? sigtimedwait(&wanted, NULL, &limit) : sigwaitinfo(&wanted, NULL);
    // Asked to end it, or the service itself has ended (PR_SET_PDEATHSIG).
    if (number == SIGTERM && !end) {
      signal_all(program, SIGTERM);
      end = nanoseconds() + PATIENCE_NS;
    }
  }
}

int sl_become_keeper(int service) {
  if (setpgid(0, 0) < 0 || prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) < 0 || prctl(PR_SET_PDEATHSIG, SIGTERM, 0, 0, 0) < 0)
    return -errno;
  (void)prctl(PR_SET_NAME, "sluice-keeper", 0, 0, 0);
  // It may have ended before we asked to be told.
  return getppid() == service ? 0 : -ESRCH;
}
