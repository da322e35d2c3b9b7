// The limit for any line server: epoll, no parsing, no checks. Answers each line with the same reply.
// usage: echo SOCKET; prints "ready" when clients can connect.
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static const char reply[] = "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{}}\n";
enum { reply_size = sizeof reply - 1, input_size = 65536 };
// Even an input of nothing but newlines is answered in full.
static char input[input_size], output[input_size * reply_size];

static int watch(int epoll, int descriptor) {
  struct epoll_event event = {.events = EPOLLIN, .data.fd = descriptor};
  return epoll_ctl(epoll, EPOLL_CTL_ADD, descriptor, &event);
}

static void answer(int peer) {
  ssize_t got = read(peer, input, sizeof input);
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (got <= 0) {
    close(peer);
    return;
  }
  size_t size = 0;
  for (char *next = input; (next = memchr(next, '\n', input + got - next)); next++) {
    memcpy(output + size, reply, reply_size);
    size += reply_size;
  }
  // The load keeps few replies in flight; a peer that does not read them is not worth a buffer here.
  for (size_t sent = 0; sent < size;) {
    ssize_t part = send(peer, output + sent, size - sent, MSG_NOSIGNAL);
    if (part > 0) sent += part;
    else if (errno != EAGAIN && errno != EINTR) break;
  }
}

int main(int count, char **arguments) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  if (count != 2 || strlen(arguments[1]) >= sizeof address.sun_path) {
    fputs("usage: echo SOCKET\n", stderr);
    return 64;
  }
  strcpy(address.sun_path, arguments[1]);
  unlink(arguments[1]);
  int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  int epoll = epoll_create1(EPOLL_CLOEXEC);
  if (bind(listener, (struct sockaddr *)&address, sizeof address) || listen(listener, 4096) || watch(epoll, listener)) {
    perror("echo");
    return 1;
  }
  puts("ready");
  fflush(stdout);
  for (;;) {
    struct epoll_event events[256];
    int ready = epoll_wait(epoll, events, 256, -1);
    for (int i = 0; i < ready; i++) {
      if (events[i].data.fd != listener) {
        answer(events[i].data.fd);
        continue;
      }
      for (int peer; (peer = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0;) watch(epoll, peer);
    }
  }
}
