// A stand-in for the server: takes what the relay sends, notes when it came, and answers that it is settled.
// usage: desk SOCKET      prints `ready`, then `NANOSECONDS LINE` for each line, until SIGTERM
#define _GNU_SOURCE
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

enum { room = 1 << 22 };
static volatile sig_atomic_t ended;

static void die(const char *what) {
  fprintf(stderr, "desk: %s: %s\n", what, strerror(errno));
  exit(1);
}

static void on_signal(int number) { (void)number; ended = 1; }

static void say(int relay, const char *text, size_t size) {
  while (size) {
    ssize_t sent = send(relay, text, size, MSG_NOSIGNAL);
    if (sent < 0 && errno != EINTR) die("send");
    if (sent > 0) text += sent, size -= sent;
  }
}

// settle: adds the answer for a line that has an id.
static size_t settle(const char *line, char *answer) {
  static const char *const keys[] = {"\"claim\":\"", "\"relay\":\"quarantined\",\"id\":\"", "\"relay\":\"gap\",\"id\":\""};
  for (int i = 0; i < 3; i++) {
    const char *id = strstr(line, keys[i]);
    if (!id) continue;
    id += strlen(keys[i]);
    return sprintf(answer, "{\"settled\":\"%.*s\"}\n", (int)strcspn(id, "\""), id);
  }
  return 0;
}

static void take(int relay) {
  static char text[room + 1], answers[room];
  static size_t used;
  ssize_t got = recv(relay, text + used, room - used, 0);
  if (got < 0 && errno == EINTR) return;
  if (got <= 0) die("the relay is gone");
  struct timespec time;
  clock_gettime(CLOCK_REALTIME, &time);
  used += got;
  char *line = text, *end;
  size_t answered = 0;
  while ((end = memchr(line, '\n', text + used - line))) {
    *end = 0;
    size_t more = settle(line, answers + answered);
    // A time without the relay is told like a message, and is none.
    if (more && !strstr(line, "\"relay\":\"gap\"")) printf("%lld %s\n", time.tv_sec * 1000000000ll + time.tv_nsec, line);
    answered += more;
    line = end + 1;
  }
  used -= line - text;
  memmove(text, line, used);
  if (answered) say(relay, answers, answered);
}

int main(int count, char **arguments) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  if (count != 2 || strlen(arguments[1]) >= sizeof address.sun_path) {
    fputs("usage: desk SOCKET\n", stderr);
    return 64;
  }
  strcpy(address.sun_path, arguments[1]);
  sigaction(SIGTERM, &(struct sigaction){.sa_handler = on_signal}, NULL);
  int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (listener < 0 || bind(listener, (struct sockaddr *)&address, sizeof address) || listen(listener, 1)) die("listen");
  setvbuf(stdout, NULL, _IOFBF, 1 << 20);
  puts("ready");
  fflush(stdout);
  int relay = accept(listener, NULL, NULL);
  if (relay < 0) die("accept");
  say(relay, "{\"hold\":false}\n", 15);
  struct pollfd wait = {relay, POLLIN, 0};
  while (!ended)
    if (poll(&wait, 1, 200) > 0) take(relay);
  fflush(stdout);
  return 0;
}
