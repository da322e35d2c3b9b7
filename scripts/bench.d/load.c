// Load on a line server: keeps DEPTH requests in flight on each of CONNECTIONS connections, from one thread, and looks at
// every reply: one line, one JSON object, a result and no error. Prints rate, median and 99th percentile of the time that
// a batch of DEPTH takes, and the number of bad replies.
// usage: load SOCKET CONNECTIONS DEPTH SECONDS MESSAGE
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

enum { line_limit = 1 << 20, sample_limit = 1 << 22 };

struct connection {
  int descriptor;
  int left;           // replies of the current batch that are still to come
  double begun;       // when the batch was sent
  size_t partial;     // bytes of an unfinished line in `line`
  char *line;
};

static char *batch;
static size_t batch_size;
static int depth;
static unsigned long good, bad;
static float *samples;
static size_t sample_count;

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec + time.tv_nsec / 1e9;
}

static void die(const char *what) {
  fprintf(stderr, "load: %s: %s\n", what, errno ? strerror(errno) : "connection closed");
  exit(1);
}

static void send_batch(struct connection *connection) {
  connection->left = depth;
  connection->begun = now();
  for (size_t sent = 0; sent < batch_size;) {
    ssize_t part = send(connection->descriptor, batch + sent, batch_size - sent, MSG_NOSIGNAL);
    if (part < 0 && errno != EINTR) die("send");
    if (part > 0) sent += part;
  }
}

// judge: a reply equal to the one last found good is good: the generator must not be what is measured.
static void judge(const char *line, size_t size) {
  static char known[256];
  static size_t known_size;
  if (size == known_size && !memcmp(line, known, size)) {
    good++;
    return;
  }
  int fine = size > 2 && line[0] == '{' && line[size - 1] == '}' && memmem(line, size, "\"result\"", 8) &&
             !memmem(line, size, "\"error\"", 7);
  if (fine) {
    good++;
    if (size <= sizeof known) {
      memcpy(known, line, size);
      known_size = size;
    }
  } else if (bad++ == 0) fprintf(stderr, "load: bad reply: %.*s\n", (int)(size < 200 ? size : 200), line);
}

static void take_line(struct connection *connection, const char *text, size_t size) {
  if (connection->partial) {
    if (connection->partial + size > line_limit) die("a reply over 1 MiB");
    memcpy(connection->line + connection->partial, text, size);
    text = connection->line;
    size += connection->partial;
    connection->partial = 0;
  }
  judge(text, size);
  if (--connection->left < 0) die("more replies than requests");
}

static void receive(struct connection *connection) {
  static char input[1 << 18];
  errno = 0;
  ssize_t got = recv(connection->descriptor, input, sizeof input, 0);
  if (got < 0 && errno == EINTR) return;
  if (got <= 0) die("recv");
  char *next = input, *end = input + got;
  for (char *newline; (newline = memchr(next, '\n', end - next)); next = newline + 1)
    take_line(connection, next, newline - next);
  if (next < end) {
    size_t rest = end - next;
    if (connection->partial + rest > line_limit) die("a reply over 1 MiB");
    memcpy(connection->line + connection->partial, next, rest);
    connection->partial += rest;
  }
  if (connection->left == 0) {
    if (sample_count < sample_limit) samples[sample_count++] = (now() - connection->begun) * 1e6;
    send_batch(connection);
  }
}

static int compare(const void *left, const void *right) {
  float a = *(const float *)left, b = *(const float *)right;
  return (a > b) - (a < b);
}

static double quantile(double part) { return sample_count ? samples[(size_t)((sample_count - 1) * part)] : 0; }

// run: serves events until the time is over; -1 when nothing came for 5 s.
static int run(int epoll, double seconds) {
  struct epoll_event events[256];
  double end = now() + seconds, heard = now();
  while (now() < end) {
    int ready = epoll_wait(epoll, events, 256, 100);
    if (ready > 0) heard = now();
    else if (now() - heard > 5) return -1;
    for (int i = 0; i < ready; i++) receive(events[i].data.ptr);
  }
  return 0;
}

int main(int count, char **arguments) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  int connections = count == 6 ? atoi(arguments[2]) : 0;
  depth = count == 6 ? atoi(arguments[3]) : 0;
  double seconds = count == 6 ? atof(arguments[4]) : 0;
  if (connections < 1 || depth < 1 || seconds <= 0 || strlen(arguments[1]) >= sizeof address.sun_path) {
    fputs("usage: load SOCKET CONNECTIONS DEPTH SECONDS MESSAGE\n", stderr);
    return 64;
  }
  strcpy(address.sun_path, arguments[1]);
  size_t message_size = strlen(arguments[5]);
  batch_size = (message_size + 1) * depth;
  batch = malloc(batch_size);
  samples = malloc(sample_limit * sizeof *samples);
  struct connection *all = calloc(connections, sizeof *all);
  int epoll = epoll_create1(EPOLL_CLOEXEC);
  if (!batch || !samples || !all || epoll < 0) die("set-up");
  for (int i = 0; i < depth; i++) {
    memcpy(batch + i * (message_size + 1), arguments[5], message_size);
    batch[(i + 1) * (message_size + 1) - 1] = '\n';
  }
  for (int i = 0; i < connections; i++) {
    struct connection *connection = all + i;
    connection->descriptor = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    connection->line = malloc(line_limit);
    if (!connection->line || connect(connection->descriptor, (struct sockaddr *)&address, sizeof address)) die("connect");
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = connection};
    epoll_ctl(epoll, EPOLL_CTL_ADD, connection->descriptor, &event);
  }
  for (int i = 0; i < connections; i++) send_batch(all + i);
  // The first tenth warms caches, allocators and threads and is not counted; its bad replies are.
  errno = 0;
  if (run(epoll, seconds / 10)) die("no reply for 5 s");
  good = sample_count = 0;
  double begun = now();
  if (run(epoll, seconds)) die("no reply for 5 s");
  double took = now() - begun;
  qsort(samples, sample_count, sizeof *samples, compare);
  printf("rate=%.0f p50_us=%.1f p99_us=%.1f bad=%lu\n", good / took, quantile(.5), quantile(.99), bad);
  return bad ? 1 : 0;
}
