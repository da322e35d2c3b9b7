// Legacy clients: they drop numbered messages at one path, each in its own process.
// usage: drops KIND PATH CLIENTS COUNT GAP_US SECONDS
//   x  creates the file and fails where one is there, until it is gone: nothing is ever overwritten
//   a  overwrites in one write     b  overwrites in four writes, 0.7 ms apart
//   c  renames into place          d  appends
// An upper-case letter pads messages to different lengths. Each client ends after COUNT messages (0: none) or SECONDS.
// A message carries its number four times and a checksum, so that a mix of two shows whatever it parses as. Prints
// `NANOSECONDS NUMBER` for each: when (CLOCK_REALTIME) the last close, or the rename, began.
#define _GNU_SOURCE
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static int64_t now(clockid_t clock) {
  struct timespec time;
  clock_gettime(clock, &time);
  return time.tv_sec * INT64_C(1000000000) + time.tv_nsec;
}

static void rest(long microseconds) {
  if (microseconds > 0) nanosleep(&(struct timespec){microseconds / 1000000, microseconds % 1000000 * 1000}, NULL);
}

static void die(const char *what) {
  fprintf(stderr, "drops: %s: %s\n", what, strerror(errno));
  _exit(1);
}

// checksum: FNV-1a, 32 bits.
static uint32_t checksum(const char *text) {
  uint32_t sum = 2166136261u;
  for (; *text; text++) sum = (sum ^ (unsigned char)*text) * 16777619u;
  return sum;
}

// compose: the message; `cuts` are the places between its four writes.
static size_t compose(char *text, size_t room, int client, unsigned number, int padded, size_t cuts[5]) {
  char id[32];
  snprintf(id, sizeof id, "%02d-%08u", client, number);
  int pad = padded ? (client * 37 + (int)(number % 7) * 11) % 120 : 0;
  int size = snprintf(text, room, "{\"method\":\"ping\",\"params\":{\"a\":\"%s\",\"b\":\"%s\",\"c\":\"%s\",\"d\":\"%s\","
                      "\"sum\":\"%08x\",\"pad\":\"%.*s\"}}\n", id, id, id, id, checksum(id), pad,
                      "........................................................................................"
                      "........................................");
  cuts[0] = 0;
  for (int i = 1; i < 4; i++) cuts[i] = 30 + 17 * i;
  cuts[4] = size;
  return size;
}

static void put(int file, const char *text, size_t size) {
  if (write(file, text, size) != (ssize_t)size) die("write");
}

// drop: one message; when its last step began.
static int64_t drop(char kind, const char *path, const char *draft, const char *text, const size_t cuts[5], int64_t end) {
  int file, flags = O_WRONLY | O_CREAT | O_CLOEXEC;
  int64_t begun;
  switch (kind) {
    case 'x':
      while ((file = open(path, flags | O_EXCL, 0644)) < 0) {
        if (errno != EEXIST) die(path);
        if (now(CLOCK_MONOTONIC) >= end) return 0;
        rest(20);
      }
      break;
    case 'c': file = open(draft, flags | O_TRUNC, 0644); break;
    case 'd': file = open(path, flags | O_APPEND, 0644); break;
    default: file = open(path, flags | O_TRUNC, 0644);
  }
  if (file < 0) die(path);
  if (kind == 'b')
    for (int i = 0; i < 4; i++) {
      if (i) rest(700);
      put(file, text + cuts[i], cuts[i + 1] - cuts[i]);
    }
  else put(file, text, cuts[4]);
  begun = now(CLOCK_REALTIME);
  close(file);
  if (kind == 'c') {
    begun = now(CLOCK_REALTIME);
    if (rename(draft, path)) die("rename");
  }
  return begun;
}

static void run(char letter, const char *path, int client, unsigned count, long gap, double seconds) {
  char draft[4096], text[512], *log = NULL;
  size_t cuts[5], used = 0, room = 0;
  char kind = tolower(letter);
  snprintf(draft, sizeof draft, "%s.%d", path, client);
  int64_t end = now(CLOCK_MONOTONIC) + (int64_t)(seconds * 1e9);
  unsigned seed = 1000 + client;
  for (unsigned number = 1; (!count || number <= count) && now(CLOCK_MONOTONIC) < end; number++) {
    compose(text, sizeof text, client, number, isupper(letter), cuts);
    int64_t begun = drop(kind, path, draft, text, cuts, end);
    if (!begun) break;
    if (room - used < 64 && !(log = realloc(log, room = room ? room * 2 : 1 << 20))) die("memory");
    used += sprintf(log + used, "%lld %02d-%08u\n", (long long)begun, client, number);
    // Not in step with the others, and with the rate asked for on average.
    if (gap) rest(gap / 2 + rand_r(&seed) % gap);
  }
  FILE *out = fdopen(1, "w");
  if (used && (fwrite(log, 1, used, out) != used || fflush(out))) die("output");
  _exit(0);
}

int main(int count, char **arguments) {
  int clients = count == 7 ? atoi(arguments[3]) : 0;
  if (clients < 1 || clients > 90 || !strchr("xabcdXABCD", arguments[1][0])) {
    fputs("usage: drops KIND PATH CLIENTS COUNT GAP_US SECONDS\n", stderr);
    return 64;
  }
  // Each client's lines stay together where the output is a file opened for appending.
  fcntl(1, F_SETFL, fcntl(1, F_GETFL) | O_APPEND);
  for (int client = 1; client <= clients; client++) {
    pid_t child = fork();
    if (child < 0) die("fork");
    if (!child)
      run(arguments[1][0], arguments[2], client, strtoul(arguments[4], NULL, 10), atol(arguments[5]), atof(arguments[6]));
  }
  int status, bad = 0;
  while (wait(&status) > 0) bad |= status != 0;
  return bad;
}
