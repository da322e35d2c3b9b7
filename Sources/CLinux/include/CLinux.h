// Linux system calls as plain ints. Every function returns a value >= 0, or the negated errno: errno itself is read in
// one macro (result.h) and nowhere else. No libc header is included here, so that no libc type leaks into Swift
// interfaces; what the Glibc module hides or cannot import (openat2-era flags, epoll, renameat2, pidfd, leases) is here.
#pragma once
#include <stdint.h>

struct sl_status {
  uint64_t device, inode, size, links;
  uint32_t mode, uid, gid;
  int64_t modified_ns, changed_ns;
};
struct sl_peer {
  int32_t pid;
  uint32_t uid, gid;
};
struct sl_event {
  uint32_t events;
  uint64_t data;
};

// Descriptors and files
int sl_close(int fd);
int sl_openat(int dirfd, const char *path, int flags, unsigned mode);
/// A directory for lookups only (O_PATH, never through a link): needs the right to search it, not to read it.
int sl_open_for_lookup(int dirfd, const char *name);
/// Whatever is at the path, for naming it to the kernel and nothing else (O_PATH).
int sl_open_path(const char *path);
int sl_mkdirat(int dirfd, const char *path, unsigned mode);
int sl_unlinkat(int dirfd, const char *path, int remove_directory);
int sl_renameat(int from_dirfd, const char *from, int to_dirfd, const char *to, int no_replace);
int sl_linkat(int from_dirfd, const char *from, int to_dirfd, const char *to, int follow);
int sl_mkfifoat(int dirfd, const char *path, unsigned mode);
int sl_fstat(int fd, struct sl_status *out);
int sl_fstatat(int dirfd, const char *path, struct sl_status *out);
/// stat of what a name leads to, from what the kernel knows already (AT_STATX_DONT_SYNC): asks no file server.
int sl_statx_followed(int dirfd, const char *path, struct sl_status *out);
/// f_type of fstatfs(2).
int64_t sl_filesystem_type(int fd);
int sl_fchmod(int fd, unsigned mode);
/// Of a name; -ELOOP for a symbolic link.
int sl_fchmodat(int dirfd, const char *path, unsigned mode);
/// A descriptor that stands for a name's object, of whatever kind, without opening it (O_PATH, O_NOFOLLOW).
int sl_open_entry(int dirfd, const char *name);
/// Of such a descriptor's object; -ELOOP for a symbolic link.
int sl_chmod_entry(int fd, unsigned mode);
int sl_chown_entry(int fd, uint32_t uid, uint32_t gid);
int sl_fchown(int fd, uint32_t uid, uint32_t gid);
int sl_fchownat(int dirfd, const char *path, uint32_t uid, uint32_t gid);
int sl_readlinkat(int dirfd, const char *path, char *buffer, uint64_t capacity);
int64_t sl_read(int fd, void *buffer, uint64_t count);
int64_t sl_write(int fd, const void *buffer, uint64_t count);
int64_t sl_pread(int fd, void *buffer, uint64_t count, int64_t offset);
int64_t sl_pwrite(int fd, const void *buffer, uint64_t count, int64_t offset);
int64_t sl_splice_to_file(int pipe_fd, int file_fd, int64_t offset, uint64_t count);
int sl_ftruncate(int fd, int64_t length);
/// Blocks for the first length bytes, posix_fallocate(3).
int sl_allocate(int fd, uint64_t length);
int sl_fsync(int fd);
int sl_fdatasync(int fd);
int sl_pending_bytes(int fd);
int sl_duplicate(int fd);
int sl_set_pipe_size(int fd, int size);
int sl_set_flags(int fd, int close_on_exec, int nonblocking);
int sl_pipe(int out[2], int flags);
/// Names of a directory, NUL-separated, at most capacity bytes; returns bytes used, -ENOBUFS when they do not fit.
int64_t sl_list(int dirfd, char *out, uint64_t capacity);

/// Mounts a tmpfs on a directory, without programs, devices and set-id bits (mount(2)); options as in tmpfs(5).
int sl_mount_private(int dirfd, const char *options);
/// Whether it lies on a tmpfs mounted without programs, devices and set-id bits.
int sl_is_private(int dirfd);
struct sl_space {
  uint64_t bytes;    // free for ordinary users
  uint64_t inodes;   // free for ordinary users
  int counts_inodes; // 0 where the filesystem has no fixed number of them
  int is_read_only;
};
/// fstatvfs(2).
int sl_space(int fd, struct sl_space *space);

// Locks and leases
enum { SL_LOCK_SHARED = 1, SL_LOCK_EXCLUSIVE = 2, SL_LOCK_UNLOCK = 8, SL_LOCK_NONBLOCK = 4 };
int sl_flock(int fd, int operation);
int sl_take_read_lease(int fd);
int sl_holds_read_lease(int fd);
int sl_release_lease(int fd);

// Memory
int sl_map_shared(int fd, uint64_t length, void **out);
int sl_unmap(void *address, uint64_t length);

// Sockets
int sl_unix_listen(int dirfd, const char *name, unsigned mode, uint32_t uid, uint32_t gid, int change_owner, int backlog);
int sl_unix_connect(int dirfd, const char *name, int nonblocking);
int sl_accept(int fd);
/// A netlink socket from which all Unix sockets can be read, sock_diag(7).
int sl_unix_diagnosis(void);
int sl_peer(int fd, struct sl_peer *out);
int sl_peer_groups(int fd, uint32_t *out, unsigned capacity);
int sl_peer_pidfd(int fd);
/// SO_PASSCRED: each read brings the credentials of who wrote it.
int sl_pass_credentials(int fd, int wanted);
/// SO_PASSRIGHTS off (Linux 6.16): whoever passes descriptors gets EPERM.
int sl_refuse_descriptors(int fd);
/// recvmsg(2) of bytes with their writer; pid 0 where the kernel names none. Passed descriptors are never installed.
int64_t sl_receive(int fd, void *buffer, uint64_t count, struct sl_peer *sender);
int sl_shutdown_write(int fd);
/// Both directions: the peer reads end of file, and whoever reads here does too.
int sl_shutdown(int fd);
/// recv(2) that leaves the bytes where they are.
int64_t sl_peek(int fd, void *buffer, uint64_t count);
int64_t sl_send(int fd, const void *buffer, uint64_t count);
/// Two connected ends that keep the bounds of messages (SOCK_SEQPACKET of unix(7)).
int sl_packet_pair(int out[2]);
/// Sends bytes and descriptors in one message (SCM_RIGHTS of unix(7)), without waiting.
int64_t sl_send_passing(int fd, const void *buffer, uint64_t count, const int *descriptors, unsigned descriptor_count);
/// Receives one message without waiting: 0 at end of file; -EMSGSIZE for one that does not fit, which is lost.
int64_t sl_receive_passed(int fd, void *buffer, uint64_t capacity, int descriptors[253], unsigned *descriptor_count);
struct sl_socket_kind {
  int is_unix, is_stream, is_listening;
};
/// What kind of socket it is; -ENOTSOCK for what is none.
int sl_socket_kind(int fd, struct sl_socket_kind *out);
/// The path it is bound to, without a NUL: its length, 0 where it has none.
int sl_socket_path(int fd, char *out, unsigned capacity);

// Readiness
enum { SL_IN = 1, SL_OUT = 4, SL_ERR = 8, SL_HUP = 16, SL_RDHUP = 0x2000 };
int sl_epoll_create(void);
int sl_epoll_add(int epfd, int fd, uint32_t events, uint64_t data);
int sl_epoll_modify(int epfd, int fd, uint32_t events, uint64_t data);
int sl_epoll_remove(int epfd, int fd);
int sl_epoll_wait(int epfd, struct sl_event *out, int capacity, int timeout_ms);
int sl_eventfd(void);
int sl_timerfd(void);
/// Nanoseconds of CLOCK_MONOTONIC; 0 disarms.
int sl_timerfd_set(int fd, int64_t deadline_ns);
int sl_poll(int fd_a, int fd_b, short events, int timeout_ms, int *ready_a, int *ready_b);

// Signals
int sl_signalfd(const int *signals, int count);
int sl_ignore_signal(int signal);
int sl_kill(int pid, int signal);

// Processes
struct sl_program {
  const char *path;
  const char *const *arguments;
  const char *const *environment;
  const char *directory;  // may be null
  int input, output, error;
  uint64_t address_space_limit, open_files_limit;  // 0: inherit
};
/// Starts a program in its own process group, signals reset, descriptors above 2 closed. Returns its pid; a failed exec
/// is returned as its negated errno.
int sl_spawn(const struct sl_program *spec);
/// 0 where the effective user may execute the file.
int sl_can_execute(const char *path);
int sl_pidfd_open(int pid);
int sl_wait(int pid, int *status, int no_hang);
int sl_no_new_privileges(void);
int sl_no_core_dumps(void);
/// Takes those of the numbers 0, 1 and 2 that are closed, with descriptors that can be neither read nor written: -EBADF, as
/// from closed ones (open(2), O_PATH).
void sl_hold_standard_streams(void);
int sl_not_dumpable(void);
int sl_has_no_new_privileges(void);
int sl_is_dumpable(void);
int sl_seccomp_mode(void);
int sl_capabilities(uint64_t *effective);
/// Drops every capability that is not in the mask from all sets, the bounding set too where that is permitted.
int sl_keep_capabilities(uint64_t kept);
int sl_getpid(void);
/// SIGKILL for ourselves, or SIGSTOP.
int sl_stop_self(int is_paused);
uint32_t sl_geteuid(void);
uint32_t sl_getegid(void);
/// Tries, in a forked child that has become uid:gid with no groups, to connect to a socket (kind 0) or to open a path
/// for writing (kind 1). Returns 0 when it could, the child's errno as a positive number when it was refused.
int sl_try_as(uint32_t uid, uint32_t gid, const char *path, int kind);

// Seals of paths
/// Whether FS_IMMUTABLE_FL is set: 1 or 0; -ENOTTY or -EOPNOTSUPP where the filesystem has no such flag.
int sl_is_immutable(int fd);
/// Needs CAP_LINUX_IMMUTABLE (ioctl_iflags(2)).
int sl_set_immutable(int fd, int wanted);
/// A socket's node without a socket (mknod(2)): opening it is ENXIO for everybody.
int sl_make_socket_node(int dirfd, const char *name, unsigned mode);
enum { SL_WRITE_OVER = 0, SL_WRITE_BEHIND = 1, SL_COPY_OVER = 2, SL_MOVE_OVER = 3 };
/// Tries, in a forked child that has become uid:gid where that is asked, what `>`, `>>`, cp(1) and mv(1) do to a name.
/// Returns 0 when it went through, the child's errno as a positive number when it was refused.
int sl_try_write(int change_user, uint32_t uid, uint32_t gid, int dirfd, const char *name, const char *temporary,
                 int style);

// The starter: forked before a sandbox is put on, it starts one fixed program on request, with variables whose names
// begin with one of the prefixes, as a child of the process that forked it.
enum {
  SL_STARTER_RUN = 'R',
  SL_STARTER_KEEP = 'K',  // below a keeper: its pid is answered, SIGTERM to it ends the program and all that it left
};
struct sl_starter {
  const char *path;  // may be null: nothing can be started
  const char *const *arguments;
  const char *const *environment;  // of every start
  const char *const *prefixes;     // of the variables that a request may add
};
/// Forks it and gives our end of its socket. To be called while the process has one thread. Returns its pid.
int sl_starter_begin(const struct sl_starter *spec, int *socket);
/// Asks for a start (R or K, then NUL-terminated variables; three descriptors). Returns 0, with the child's pid, or a negated
/// errno; a pid beside an error is a child to be reaped.
int sl_starter_ask(int socket, const void *request, uint64_t length, const int *streams, unsigned count, int *pid);

// The looker: forked before a sandbox is put on, it says what a process runs (ptrace access mode of proc(5), which
// Landlock refuses across its bounds). It is given the process' directory in /proc, held open, so no number can lie.
enum { SL_LOOK = 1, SL_LOOK_OPEN = 2, SL_LOOK_LOCK = 3, SL_LINK_LIMIT = 4096, SL_STAT_LIMIT = 2048 };
struct sl_look {
  uint32_t number;  // of the request
  int32_t error;    // negated errno
  uint32_t link_length, stat_length;
  struct sl_status file;   // that runs
  struct sl_status named;  // where the link's text leads, if `leads`
  uint32_t filesystem;     // f_type of fstatfs(2)
  uint32_t leads;
  char text[SL_LINK_LIMIT + SL_STAT_LIMIT];  // of the link "exe", then of "stat"
};
/// Status, link and stat of a process' program; `filesystem` and `named` are not looked up.
int sl_look_at(int directory, struct sl_look *look);
const char *sl_look_text(const struct sl_look *look);
/// As `sl_look`, with the program opened for reading: its descriptor. May wait for a file server.
int sl_open_program(int directory, struct sl_look *look);
/// Who holds a lock of flock(2) on a plain file: lines `PID UID NAME` in place of the link's text, eight at most.
int sl_lock_holders(int file, struct sl_look *look);
/// Forks it and gives our end of its socket, which does not block. To be called while there is one thread.
int sl_looker_begin(int *socket);
/// Asks; the answer to SL_LOOK comes over the socket, others over `answers`, which is the caller's to close.
int sl_looker_ask(int socket, uint32_t kind, uint32_t number, int object, int *answers);
/// Takes an answer: -EAGAIN where none is there yet. A descriptor that came with it is the caller's.
int sl_looker_take(int socket, struct sl_look *look, int *file);

// Landlock, landlock(7)
int sl_landlock_abi(void);
int sl_landlock_create(uint64_t files, uint64_t network, uint64_t scopes);
int sl_landlock_allow(int ruleset, int path, uint64_t access);
int sl_landlock_restrict(int ruleset);

// What the kernel offers and refuses: 1 or 0, or a negated errno
int sl_offers_peer_pidfd(void);
/// Makes an Internet socket and closes it: 0 where that is allowed.
int sl_try_network(void);
/// Tries execve(2) on a path that does not exist: -ENOENT where it is allowed.
int sl_try_exec(void);

// The service manager: sd_notify(3) of libsystemd, loaded when it is first needed. 1 when the manager was told, 0 when
// none listens, -ENOENT when one listens and there is no libsystemd.so.0. From one thread only.
int sl_notify(const char *state);

// Time, randomness, accounts
int64_t sl_monotonic_ns(void);
int64_t sl_realtime_ns(void);
int64_t sl_boottime_ns(void);
int64_t sl_coarse_ns(void);
int sl_random(void *out, uint64_t count);
int sl_user_named(const char *name, uint32_t *uid, uint32_t *gid);
int sl_group_named(const char *name, uint32_t *gid);
int sl_user_name(uint32_t uid, char *out, uint64_t capacity);
/// Whose rights this thread has on files (setfsuid(2)).
uint32_t sl_file_user(void);
uint32_t sl_file_group(void);
/// Takes that user's rights on files for this thread; whatever else root may do stays. -EPERM where it may not.
int sl_set_file_user(uint32_t uid, uint32_t gid);
/// The supplementary groups of all threads.
/* getgroups(2): how many there are; with a capacity of 0 only that. */
int sl_get_groups(uint32_t *groups, unsigned capacity);
int sl_set_groups(const uint32_t *groups, unsigned count);
int sl_group_members(uint32_t gid, uint32_t *out, unsigned capacity);
/// Becomes the user for good, with these groups; the calling process must be root and have one thread.
int sl_become(uint32_t uid, uint32_t gid, const uint32_t *groups, unsigned count);
/// As sl_become, and keeps these capabilities in force; all others go from every set.
int sl_become_keeping(uint32_t uid, uint32_t gid, const uint32_t *groups, unsigned count, uint64_t kept);
int sl_raise_open_files(void);
int sl_groups_of(const char *user, uint32_t gid, uint32_t *out, unsigned capacity);
const char *sl_error_text(int error);
const char *sl_error_name(int error);
int sl_is_terminal(int fd);
int sl_terminal_width(int fd);
int sl_terminal_height(int fd);
/// Makes a mutex in memory of its own. A thread that waits lends the holder its priority (PTHREAD_PRIO_INHERIT); one that
/// holds it already gets -EDEADLK (PTHREAD_MUTEX_ERRORCHECK). See pthread_mutexattr_setprotocol(3p).
int sl_mutex_make(void **out);
/// Nobody may hold it.
void sl_mutex_remove(void *mutex);
int sl_mutex_lock(void *mutex);
int sl_mutex_try_lock(void *mutex);
int sl_mutex_unlock(void *mutex);
/// Starts a detached thread; returns 0 or a negated errno.
int sl_thread_start(const char *name, void (*body)(void *), void *context);
/// The calling thread, and those that it starts, go before all ordinary ones (SCHED_FIFO), or no longer.
int sl_set_urgent(int urgent);
void sl_exit(int status);

// Watching who writes, fanotify(7): needs CAP_SYS_ADMIN, and Linux 5.17 for the identity of the file that was written
int sl_witness_open(void);
/// Asks for the closing of written files directly in a directory.
int sl_witness_watch(int fd, int directory);
/// Permission events of fanotify(7): whoever opens a file directly in a watched directory waits for an answer.
int sl_gate_open(void);
int sl_gate_watch(int fd, int directory);
/// Lets the opener go on whose event brought this descriptor.
int sl_gate_allow(int fd, int event);
/// truncate(2) to nothing, of an open file that need not be writable through the descriptor.
int sl_empty_file(int file);
/// Forks a process that kills this one when the pulse stays away for so long. To be called while there is one thread.
/// Gives the writing end of the pulse; returns the guard's pid.
int sl_gate_guard(int patience_ms, int *pulse);
/// The handle of a file (name_to_handle_at(2)) as events carry it: length, type, opaque bytes. Returns the size.
int sl_file_handle(int dirfd, const char *name, uint8_t *bytes, unsigned capacity);
