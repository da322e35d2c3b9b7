// Times the start of a program, COUNT times, one after the other; prints the median in microseconds.
//   starts reply COUNT MESSAGE PROGRAM...  MESSAGE and a newline on standard input; from start to exit with one line printed
//   starts ready COUNT - PROGRAM...        from start to the line "ready"; then SIGTERM, and its end is waited for
// A run that prints something else, prints nothing or ends with another status is an error: exit 1.
#define _GNU_SOURCE
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;
enum { patience_ms = 10000 };

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * 1e6 + time.tv_nsec / 1e3;
}

static int compare(const void *left, const void *right) {
  double a = *(const double *)left, b = *(const double *)right;
  return (a > b) - (a < b);
}

// read_output: reads until a newline (until the end when `all`), at most `size` bytes; the bytes read.
static size_t read_output(int output, char *text, size_t size, int all) {
  size_t used = 0;
  struct pollfd wait = {.fd = output, .events = POLLIN};
  while (used < size && (all || !memchr(text, '\n', used))) {
    if (poll(&wait, 1, patience_ms) <= 0) break;
    ssize_t got = read(output, text + used, size - used);
    if (got <= 0) break;
    used += got;
  }
  return used;
}

// measure: one start; microseconds, or -1.
static double measure(char **program, const char *message, int for_ready) {
  int input[2], output[2];
  if (pipe2(input, O_CLOEXEC) || pipe2(output, O_CLOEXEC)) return -1;
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, input[0], 0);
  posix_spawn_file_actions_adddup2(&actions, output[1], 1);
  pid_t child;
  double begun = now();
  int failed = posix_spawnp(&child, program[0], &actions, NULL, program, environ);
  posix_spawn_file_actions_destroy(&actions);
  close(input[0]);
  close(output[1]);
  if (failed) {
    fprintf(stderr, "starts: %s: %s\n", program[0], strerror(failed));
    close(input[1]);
    close(output[0]);
    return -1;
  }
  char text[65536];
  double took;
  int status = 0, fine;
  if (for_ready) {
    size_t used = read_output(output[0], text, sizeof text, 0);
    took = now() - begun;
    fine = used >= 6 && !memcmp(text, "ready\n", 6);
    kill(child, fine ? SIGTERM : SIGKILL);
    waitpid(child, &status, 0);
  } else {
    size_t size = strlen(message);
    fine = write(input[1], message, size) == (ssize_t)size && write(input[1], "\n", 1) == 1;
    close(input[1]);
    input[1] = -1;
    size_t used = read_output(output[0], text, sizeof text, 1);
    if (used == 0) kill(child, SIGKILL);
    waitpid(child, &status, 0);
    took = now() - begun;
    fine = fine && status == 0 && used > 1 && memchr(text, '\n', used) == text + used - 1;
  }
  if (input[1] >= 0) close(input[1]);
  close(output[0]);
  if (!fine) fprintf(stderr, "starts: %s: unexpected output or status %#x\n", program[0], status);
  return fine ? took : -1;
}

int main(int count, char **arguments) {
  int times = count > 4 ? atoi(arguments[2]) : 0;
  int for_ready = count > 4 && !strcmp(arguments[1], "ready");
  if (times < 1 || (!for_ready && strcmp(arguments[1], "reply"))) {
    fputs("usage: starts reply|ready COUNT MESSAGE PROGRAM...\n", stderr);
    return 64;
  }
  signal(SIGPIPE, SIG_IGN);
  double *all = calloc(times, sizeof *all);
  for (int i = 0; i < times; i++) {
    all[i] = measure(arguments + 4, arguments[3], for_ready);
    if (all[i] < 0) return 1;
  }
  qsort(all, times, sizeof *all, compare);
  printf("median_us=%.0f\n", all[times / 2]);
  return 0;
}
