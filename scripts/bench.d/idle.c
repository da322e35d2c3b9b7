// Connections that are there and silent: opens COUNT of them, has one ping answered on each, says "open COUNT" and holds
// them until its input ends. Then says how many of them the server had ended meanwhile: "ended N".
// usage: idle SOCKET COUNT
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static const char ping[] = "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\"}\n";

static void die(const char *what, int number) {
  fprintf(stderr, "idle: %s (connection %d): %s\n", what, number, strerror(errno));
  exit(1);
}

int main(int count, char **arguments) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  int wanted = count == 3 ? atoi(arguments[2]) : 0;
  if (wanted < 1 || strlen(arguments[1]) >= sizeof address.sun_path) {
    fputs("usage: idle SOCKET COUNT\n", stderr);
    return 64;
  }
  strcpy(address.sun_path, arguments[1]);
  struct rlimit limit;
  getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
  int *all = calloc(wanted, sizeof *all);
  if (!all) die("memory", 0);
  char reply[4096];
  for (int i = 0; i < wanted; i++) {
    all[i] = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (all[i] < 0 || connect(all[i], (struct sockaddr *)&address, sizeof address)) die("connect", i);
    if (send(all[i], ping, sizeof ping - 1, MSG_NOSIGNAL) < 0) die("send", i);
    errno = 0;
    ssize_t got = recv(all[i], reply, sizeof reply - 1, 0);
    reply[got > 0 ? got : 0] = 0;
    if (!strstr(reply, "\"result\"")) {
      fprintf(stderr, "idle: reply: %s\n", reply);
      die("no result", i);
    }
  }
  printf("open %d\n", wanted);
  fflush(stdout);
  while (read(0, reply, sizeof reply) > 0) continue;
  int ended = 0;
  for (int i = 0; i < wanted; i++) {
    ssize_t got = recv(all[i], reply, sizeof reply, MSG_DONTWAIT);
    if (got == 0 || (got < 0 && errno != EAGAIN)) ended++;
  }
  printf("ended %d\n", ended);
  return 0;
}
