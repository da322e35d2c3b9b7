#include "CLinux.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <spawn.h>
#include <sys/fsuid.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "child.h"
#include "result.h"

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
int sl_can_execute(const char *path) { return RESULT(faccessat(AT_FDCWD, path, X_OK, AT_EACCESS)); }
int sl_pidfd_open(int pid) { return (int)RESULT(syscall(SYS_pidfd_open, pid, 0)); }
int sl_wait(int pid, int *status, int no_hang) {
  int raw = 0;
  int result = RESULT(waitpid(pid, &raw, no_hang ? WNOHANG : 0));
  if (result > 0) *status = WIFEXITED(raw) ? WEXITSTATUS(raw) : 128 + WTERMSIG(raw);
  return result;
}
uint32_t sl_file_user(void) { return (uint32_t)setfsuid((uid_t)-1); }
uint32_t sl_file_group(void) { return (uint32_t)setfsgid((gid_t)-1); }
int sl_set_file_user(uint32_t uid, uint32_t gid) {
  // Neither says whether it went well: an id that is none changes nothing and gives the one in force.
  setfsgid(gid);
  setfsuid(uid);
  return (uint32_t)setfsgid((gid_t)-1) == gid && (uint32_t)setfsuid((uid_t)-1) == uid ? 0 : -EPERM;
}
int sl_get_groups(uint32_t *groups, unsigned capacity) { return RESULT(getgroups((int)capacity, groups)); }
int sl_set_groups(const uint32_t *groups, unsigned count) { return RESULT(setgroups(count, groups)); }
int sl_become(uint32_t uid, uint32_t gid, const uint32_t *groups, unsigned count) {
  int result = RESULT(setgroups(count, groups));
  if (result < 0 || (result = RESULT(setresgid(gid, gid, gid))) < 0) return result;
  return RESULT(setresuid(uid, uid, uid));
}
int sl_become_keeping(uint32_t uid, uint32_t gid, const uint32_t *groups, unsigned count, uint64_t kept) {
  // Cleared by the kernel at the next execve(2) only, and by us below.
  int result = RESULT(prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0));
  if (result < 0) return result;
  for (int capability = 0; capability < 64; capability++) {
    // The bounding set while CAP_SETPCAP is there; EINVAL: the kernel knows no more of them.
    if (!(kept >> capability & 1) && prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) < 0 && errno == EINVAL) break;
  }
  result = sl_become(uid, gid, groups, count);
  if (result >= 0) result = sl_keep_capabilities(kept);
  (void)prctl(PR_SET_KEEPCAPS, 0, 0, 0, 0);
  return result;
}
int sl_raise_open_files(void) {
  struct rlimit limit;
  int result = RESULT(getrlimit(RLIMIT_NOFILE, &limit));
  if (result < 0) return result;
  limit.rlim_cur = limit.rlim_max;
  return RESULT(setrlimit(RLIMIT_NOFILE, &limit));
}
int sl_no_new_privileges(void) { return RESULT(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)); }
int sl_no_core_dumps(void) {
  struct rlimit none = {0, 0};
  return RESULT(setrlimit(RLIMIT_CORE, &none));
}
void sl_hold_standard_streams(void) {
  for (int fd = 0; fd <= 2; fd++) {
    // The lowest free number is what open(2) takes: those below are open by now. Programs that we start close it.
    if (fcntl(fd, F_GETFD) < 0 && errno == EBADF && open("/", O_PATH | O_CLOEXEC) < 0) return;
  }
}
int sl_getpid(void) { return getpid(); }
int sl_stop_self(int is_paused) { return RESULT(kill(getpid(), is_paused ? SIGSTOP : SIGKILL)); }
uint32_t sl_geteuid(void) { return geteuid(); }
uint32_t sl_getegid(void) { return getegid(); }

struct attempt {
  const char *path;
  int kind;
};
static int attempt(const void *question) {
  const struct attempt *wanted = question;
  int fd = wanted->kind == 0 ? sl_unix_connect(AT_FDCWD, wanted->path, 1)
                             : RESULT(open(wanted->path, O_WRONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY));
  return fd < 0 ? -fd : 0;
}

int sl_try_as(uint32_t uid, uint32_t gid, const char *path, int kind) {
  struct attempt wanted = {path, kind};
  return sl_ask_child(1, uid, gid, attempt, &wanted);
}
