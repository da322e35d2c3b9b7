// Sends one hook after the other over a Unix socket and counts the answers.
// usage: hooks SOCKET CONNECTIONS SECONDS kept|fresh
// `kept` sends all over its connections, `fresh` opens one for each request, as curl does. Prints rate=N a second.
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

static const char request[] =
    "POST /hook?event=PreToolUse HTTP/1.1\r\nHost: localhost\r\nUser-Agent: bench\r\nAccept: */*\r\n"
    "Content-Type: application/json\r\nContent-Length: 98\r\n\r\n"
    "{\"session_id\":\"0123456789\",\"hook_event_name\":\"PreToolUse\",\"tool_name\":\"Bash\",\"tool_input\":{\"c\":1}}";

static struct sockaddr_un address = {.sun_family = AF_UNIX};

static void fail(const char *what) {
  perror(what);
  exit(1);
}

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec + time.tv_nsec / 1e9;
}

static int begin(int epoll) {
  int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof address) < 0) fail("connect");
  struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};
  if (epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) < 0) fail("epoll_ctl");
  if (write(fd, request, sizeof request - 1) != (ssize_t)(sizeof request - 1)) fail("write");
  return fd;
}

int main(int count, char **arguments) {
  if (count != 5 || strlen(arguments[1]) >= sizeof address.sun_path) return 64;
  strcpy(address.sun_path, arguments[1]);
  int connections = atoi(arguments[2]), fresh = strcmp(arguments[4], "fresh") == 0;
  double seconds = atof(arguments[3]);
  int epoll = epoll_create1(EPOLL_CLOEXEC);
  for (int i = 0; i < connections; i++) begin(epoll);
  double start = now(), end = start + seconds, time = start;
  long answers = 0;
  while ((time = now()) < end) {
    struct epoll_event events[64];
    int ready = epoll_wait(epoll, events, 64, 1000);
    for (int i = 0; i < ready; i++) {
      char answer[4096];
      int fd = events[i].data.fd;
      ssize_t got = read(fd, answer, sizeof answer);
      // An answer is small and comes whole; a server that sends its head by itself is read on.
      if (got <= 0) fail("read");
      if (!memmem(answer, got, "\r\n\r\n", 4)) continue;
      if (memcmp(answer, "HTTP/1.", 7) != 0 || memcmp(answer + 9, "200", 3) != 0) {
        fprintf(stderr, "%.*s\n", (int)got, answer);
        return 1;
      }
      answers++;
      if (fresh) {
        close(fd);
        begin(epoll);
      } else if (write(fd, request, sizeof request - 1) != (ssize_t)(sizeof request - 1)) {
        fail("write");
      }
    }
  }
  printf("rate=%.1f\n", answers / (time - start));
}
