#include "CLinux.h"

#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "result.h"

// ---- Landlock (landlock(7)); by number, since the headers of the oldest supported release lack the newer fields

#define CREATE_RULESET 444
#define ADD_RULE 445
#define RESTRICT_SELF 446
#define VERSION 1U
#define PATH_BENEATH 1

int sl_landlock_abi(void) { return RESULT((int)syscall(CREATE_RULESET, NULL, 0, VERSION)); }
int sl_landlock_create(uint64_t files, uint64_t network, uint64_t scopes) {
  // Older kernels take the longer structure as long as what they do not know is zero.
  struct {
    uint64_t files, network, scopes;
  } attributes = {files, network, scopes};
  return RESULT((int)syscall(CREATE_RULESET, &attributes, sizeof attributes, 0));
}
int sl_landlock_allow(int ruleset, int path, uint64_t access) {
  struct {
    uint64_t access;
    int32_t path;
  } __attribute__((packed)) rule = {access, path};
  return RESULT((int)syscall(ADD_RULE, ruleset, PATH_BENEATH, &rule, 0));
}
int sl_landlock_restrict(int ruleset) { return RESULT((int)syscall(RESTRICT_SELF, ruleset, 0)); }

// ---- privileges

int sl_not_dumpable(void) { return RESULT(prctl(PR_SET_DUMPABLE, 0, 0, 0, 0)); }
int sl_has_no_new_privileges(void) { return RESULT(prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0)); }
int sl_is_dumpable(void) { return RESULT(prctl(PR_GET_DUMPABLE, 0, 0, 0, 0)); }
int sl_seccomp_mode(void) { return RESULT(prctl(PR_GET_SECCOMP, 0, 0, 0, 0)); }
int sl_capabilities(uint64_t *effective) {
  struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
  struct __user_cap_data_struct sets[2];
  int result = RESULT((int)syscall(SYS_capget, &header, sets));
  if (result >= 0) *effective = sets[0].effective | (uint64_t)sets[1].effective << 32;
  return result;
}
int sl_keep_capabilities(uint64_t kept) {
  struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
  struct __user_cap_data_struct sets[2];
  int result = RESULT((int)syscall(SYS_capget, &header, sets));
  if (result < 0) return result;
  for (int capability = 0; capability < 64; capability++) {
    if (kept >> capability & 1) continue;
    // EINVAL: the kernel knows no more of them. EPERM: without CAP_SETPCAP the bounding set stays, which
    // no_new_privs makes harmless.
    if (prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) < 0 && errno == EINVAL) break;
  }
  result = RESULT(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0));
  if (result < 0) return result;
  for (int half = 0; half < 2; half++) {
    sets[half].permitted &= (uint32_t)(kept >> (32 * half));
    sets[half].effective = sets[half].permitted;
    sets[half].inheritable = 0;
  }
  return RESULT((int)syscall(SYS_capset, &header, sets));
}

// ---- what the kernel offers, and what it refuses

int sl_offers_peer_pidfd(void) {
  int ends[2];
  int result = RESULT(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends));
  if (result < 0) return result;
  int pidfd = sl_peer_pidfd(ends[0]);
  close(ends[0]);
  close(ends[1]);
  if (pidfd < 0) return pidfd;
  close(pidfd);
  return 1;
}
int sl_try_network(void) {
  int fd = RESULT(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (fd >= 0) close(fd);
  return fd < 0 ? fd : 0;
}
int sl_try_exec(void) {
  // No such file, so that nothing runs where it is not refused.
  return RESULT(execve("", (char *const[]){NULL}, (char *const[]){NULL}));
}
