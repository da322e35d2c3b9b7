#include "CLinux.h"

#include <dirent.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "result.h"

// ---- who holds a lock of flock(2)

// The lock belongs to an open file, which children inherit, and /proc/locks names only the process that took it: with
// flock(1) one that ended at once. /proc/PID/fdinfo (proc(5)) says of each descriptor which locks its open file holds.

#define MOST_HOLDERS 8
#define NAME_LIMIT 64

struct wanted {
  unsigned major, minor;
  uint64_t inode;
};
// Those on the very device, and those of the same inode number: some filesystems show stat(2) another device.
struct found {
  int exact[MOST_HOLDERS], likely[MOST_HOLDERS];
  unsigned exact_count, likely_count;
};

static void add(int *list, unsigned *count, int pid) {
  for (unsigned each = 0; each < *count; each++)
    if (list[each] == pid) return;
  if (*count < MOST_HOLDERS) list[(*count)++] = pid;
}

// `1: FLOCK ADVISORY WRITE 17014 fe:00:333296 0 EOF`; one that waits has `->` in the second place. The taker, or 0.
static int taker(const char *line, const struct wanted *wanted, int *is_exact) {
  int pid;
  unsigned major, minor;
  uint64_t inode;
  if (sscanf(line, " %*d: FLOCK %*s %*s %d %x:%x:%" SCNu64, &pid, &major, &minor, &inode) != 4) return 0;
  if (inode != wanted->inode) return 0;
  *is_exact = major == wanted->major && minor == wanted->minor;
  return pid == 0 ? -1 : pid;
}

static void look_into(int directory, int pid, const struct wanted *wanted, struct found *found) {
  int infos = openat(directory, "fdinfo", O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
  DIR *stream = infos < 0 ? NULL : fdopendir(infos);
  if (!stream) {
    if (infos >= 0) close(infos);
    return;
  }
  for (struct dirent *entry; (entry = readdir(stream));) {
    if (entry->d_name[0] == '.') continue;
    int info = openat(dirfd(stream), entry->d_name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (info < 0) continue;
    // Locks stand near the beginning; only what watches much has more to say, and that holds none.
    char text[4096];
    ssize_t length = read(info, text, sizeof text - 1);
    close(info);
    text[length < 0 ? 0 : length] = 0;
    for (char *line = strstr(text, "lock:"); line; line = strstr(line + 5, "lock:")) {
      int is_exact = 0;
      if (!taker(line + 5, wanted, &is_exact)) continue;
      if (is_exact) add(found->exact, &found->exact_count, pid);
      else add(found->likely, &found->likely_count, pid);
    }
  }
  closedir(stream);
}

// Where nobody's descriptors show it: the process that took it, if it lives.
static void look_at_takers(int proc, const struct wanted *wanted, struct found *found) {
  int file = openat(proc, "locks", O_RDONLY | O_CLOEXEC);
  FILE *stream = file < 0 ? NULL : fdopen(file, "r");
  if (!stream) {
    if (file >= 0) close(file);
    return;
  }
  char line[256];
  while (fgets(line, sizeof line, stream)) {
    int is_exact = 0, pid = taker(line, wanted, &is_exact);
    if (pid <= 0) continue;
    if (is_exact) add(found->exact, &found->exact_count, pid);
    else add(found->likely, &found->likely_count, pid);
  }
  fclose(stream);
}

// The last component of its program's path, or the short name where the path may not be read; blanks and controls are
// replaced, since both are the process' own choice.
static void name_of(int directory, char name[NAME_LIMIT]) {
  char path[4097];
  ssize_t length = readlinkat(directory, "exe", path, sizeof path - 1);
  if (length <= 0) {
    int file = openat(directory, "comm", O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    length = file < 0 ? 0 : read(file, path, NAME_LIMIT);
    if (file >= 0) close(file);
    while (length > 0 && path[length - 1] == '\n') length--;
  }
  path[length < 0 ? 0 : length] = 0;
  const char *last = path[0] == '/' ? strrchr(path, '/') + 1 : path;
  snprintf(name, NAME_LIMIT, "%s", *last ? last : "?");
  for (char *each = name; *each; each++)
    if ((unsigned char)*each <= ' ' || *each == 0x7f) *each = '?';
}

static void tell(int proc, int pid, struct sl_look *look) {
  char number[16];
  snprintf(number, sizeof number, "%d", pid);
  int directory = openat(proc, number, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
  if (directory < 0) return;
  struct stat status;
  char name[NAME_LIMIT];
  name_of(directory, name);
  if (fstat(directory, &status) == 0) {
    size_t room = SL_LINK_LIMIT - look->link_length;
    int length = snprintf(look->text + look->link_length, room, "%d %u %s\n", pid, status.st_uid, name);
    if (length > 0 && (size_t)length < room) look->link_length += (uint32_t)length;
  }
  close(directory);
}

int sl_lock_holders(int file, struct sl_look *look) {
  look->link_length = look->stat_length = 0;
  struct stat status;
  if (fstat(file, &status) < 0) return -errno;
  if (!S_ISREG(status.st_mode)) return -EINVAL;
  struct wanted wanted = {major(status.st_dev), minor(status.st_dev), status.st_ino};
  DIR *proc = opendir("/proc");
  if (!proc) return -errno;
  struct found found = {0};
  for (struct dirent *entry; (entry = readdir(proc));) {
    int pid = atoi(entry->d_name);
    if (pid <= 0) continue;
    int directory = openat(dirfd(proc), entry->d_name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
    if (directory < 0) continue;
    look_into(directory, pid, &wanted, &found);
    close(directory);
  }
  if (!found.exact_count && !found.likely_count) look_at_takers(dirfd(proc), &wanted, &found);
  const int *list = found.exact_count ? found.exact : found.likely;
  unsigned count = found.exact_count ? found.exact_count : found.likely_count;
  for (unsigned each = 0; each < count; each++) tell(dirfd(proc), list[each], look);
  closedir(proc);
  return 0;
}
