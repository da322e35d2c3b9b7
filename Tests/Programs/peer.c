// A peer that does as its arguments say, one step each, over one connection (descriptor 3):
//   connect:PATH  send:TEXT  part:TEXT (no newline)  child-part:TEXT  read  wait  say:TEXT  exec:PATH  child-send:TEXT  handoff:TEXT  orphan  pass:TEXT  sleep
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

static void check(int good, const char *what) {
  if (good) return;
  perror(what);
  exit(1);
}
static void send_text(int fd, const char *text, const char *end) {
  char line[65536];
  int length = snprintf(line, sizeof line, "%s%s", text, end);
  check(send(fd, line, length, MSG_NOSIGNAL) == length, "send");
}
static void send_line(int fd, const char *text) { send_text(fd, text, "\n"); }
static void read_line(int fd, char *line, int capacity) {
  int length = 0;
  while (length < capacity - 1 && read(fd, line + length, 1) == 1 && line[length] != '\n') length++;
  line[length] = 0;
}
static void pass(int over, const char *text, const int *fds, int count) {
  char control[CMSG_SPACE(sizeof(int) * 16)];
  memset(control, 0, sizeof control);
  struct iovec vector = {.iov_base = (void *)text, .iov_len = strlen(text)};
  struct msghdr message = {.msg_iov = &vector, .msg_iovlen = 1, .msg_control = control,
                           .msg_controllen = CMSG_SPACE(sizeof(int) * count)};
  struct cmsghdr *header = CMSG_FIRSTHDR(&message);
  header->cmsg_level = SOL_SOCKET;
  header->cmsg_type = SCM_RIGHTS;
  header->cmsg_len = CMSG_LEN(sizeof(int) * count);
  memcpy(CMSG_DATA(header), fds, sizeof(int) * count);
  if (sendmsg(over, &message, MSG_NOSIGNAL) < 0) printf("refused\n");
  else printf("passed\n");
  fflush(stdout);
}
int main(int count, char **steps) {
  for (int i = 1; i < count; i++) {
    char *step = steps[i];
    char *text = strchr(step, ':');
    if (text) *text++ = 0;
    if (!strcmp(step, "connect")) {
      struct sockaddr_un address = {.sun_family = AF_UNIX};
      snprintf(address.sun_path, sizeof address.sun_path, "%s", text);
      int fd = socket(AF_UNIX, SOCK_STREAM, 0);
      check(fd >= 0 && !connect(fd, (struct sockaddr *)&address, sizeof address), "connect");
      if (fd != 3) check(dup2(fd, 3) == 3 && !close(fd), "dup2");
    } else if (!strcmp(step, "send")) {
      send_line(3, text);
    } else if (!strcmp(step, "part")) {
      send_text(3, text, "");
    } else if (!strcmp(step, "read")) {
      char line[65536];
      read_line(3, line, sizeof line);
      printf("%s\n", line);
      fflush(stdout);
    } else if (!strcmp(step, "wait")) {
      char line[256];
      read_line(0, line, sizeof line);
    } else if (!strcmp(step, "say")) {
      printf("%s\n", text);
      fflush(stdout);
    } else if (!strcmp(step, "exec")) {
      steps[i] = text;
      execv(text, steps + i);
      check(0, "exec");
    } else if (!strcmp(step, "child-send") || !strcmp(step, "child-part")) {
      pid_t child = fork();
      if (!child) {
        send_text(3, text, strcmp(step, "child-send") ? "" : "\n");
        _exit(0);
      }
      int status;
      check(waitpid(child, &status, 0) == child && !status, "child");
    } else if (!strcmp(step, "handoff")) {
      // To a process that never had it.
      int pair[2];
      check(!socketpair(AF_UNIX, SOCK_STREAM, 0, pair), "socketpair");
      pid_t child = fork();
      if (!child) {
        close(3);
        char byte, control[CMSG_SPACE(sizeof(int))];
        struct iovec vector = {.iov_base = &byte, .iov_len = 1};
        struct msghdr message = {.msg_iov = &vector, .msg_iovlen = 1, .msg_control = control,
                                 .msg_controllen = sizeof control};
        check(recvmsg(pair[1], &message, 0) == 1, "recvmsg");
        int fd;
        memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&message)), sizeof fd);
        send_line(fd, text);
        _exit(0);
      }
      int three = 3, status;
      pass(pair[0], "x", &three, 1);
      check(waitpid(child, &status, 0) == child && !status, "child");
    } else if (!strcmp(step, "orphan")) {
      // The child goes on, the process that connected ends; out of its group, whose number would stay taken.
      if (fork()) _exit(0);
      setsid();
      alarm(60);
    } else if (!strcmp(step, "pass")) {
      int fds[10];
      for (int k = 0; k < 10; k++) check((fds[k] = dup(0)) >= 0, "dup");
      pass(3, text, fds, 10);
    } else if (!strcmp(step, "sleep")) {
      pause();
    }
  }
  return 0;
}
