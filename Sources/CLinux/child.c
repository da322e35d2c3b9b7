#include "child.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <sys/wait.h>
#include <unistd.h>

#include "result.h"

static int become(uint32_t uid, uint32_t gid) {
  gid_t only = gid;
  return setgroups(1, &only) || setresgid(gid, gid, gid) || setresuid(uid, uid, uid) ? -errno : 0;
}

int sl_ask_child(int changes_user, uint32_t uid, uint32_t gid, int (*ask)(const void *question), const void *question) {
  int channel[2];
  int result = RESULT(pipe2(channel, O_CLOEXEC));
  if (result < 0) return result;
  pid_t pid = RESULT(fork());
  if (pid == 0) {
    int outcome = changes_user ? become(uid, gid) : 0;
    if (outcome == 0) outcome = ask(question);
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
