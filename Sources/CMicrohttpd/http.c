#include "CMicrohttpd.h"

#include <dlfcn.h>
#include <microhttpd.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

// Of 0.9.64 and later, in every release of the library's interface 12 (0.9.5x to 1.0).
#define FUNCTIONS(X)                                                                                                   \
  X(MHD_start_daemon) X(MHD_add_connection) X(MHD_run) X(MHD_get_timeout) X(MHD_get_daemon_info)                       \
  X(MHD_get_connection_info) X(MHD_get_connection_values_n) X(MHD_suspend_connection) X(MHD_resume_connection)         \
  X(MHD_create_response_from_buffer) X(MHD_add_response_header) X(MHD_queue_response) X(MHD_destroy_response)

struct sl_http {
#define DECLARE(name) __typeof__(&name) name;
  FUNCTIONS(DECLARE)
#undef DECLARE
  struct MHD_Daemon *daemon;
  struct sl_http_calls calls;
  void *added;  // the owner of the connection that is being added
};

// More connections than any table of ours lets in.
enum { CONNECTION_LIMIT = 1 << 17 };

static void *owner_of(struct sl_http *http, struct MHD_Connection *connection) {
  const union MHD_ConnectionInfo *found =
      http->MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
  return found ? found->socket_context : NULL;
}

static void *began(void *context, const char *target, struct MHD_Connection *connection) {
  struct sl_http *http = context;
  void *owner = owner_of(http, connection);
  if (owner) http->calls.began(owner, target);
  return NULL;
}

static enum MHD_Result took(void *context, struct MHD_Connection *connection, const char *url, const char *method,
                            const char *version, const char *bytes, size_t *count, void **request_context) {
  (void)url, (void)request_context;
  struct sl_http *http = context;
  void *owner = owner_of(http, connection);
  if (!owner) return MHD_NO;
  int result = http->calls.took(owner, (struct sl_http_request *)connection, method, version, (const uint8_t *)bytes,
                                *count);
  *count = 0;  // all of it was taken
  return result < 0 ? MHD_NO : MHD_YES;
}

static void ended(void *context, struct MHD_Connection *connection, void **request_context,
                  enum MHD_RequestTerminationCode why) {
  (void)request_context, (void)why;
  struct sl_http *http = context;
  void *owner = owner_of(http, connection);
  if (owner) http->calls.ended(owner);
}

static void changed(void *context, struct MHD_Connection *connection, void **owner,
                    enum MHD_ConnectionNotificationCode what) {
  (void)connection;
  struct sl_http *http = context;
  if (what == MHD_CONNECTION_NOTIFY_STARTED) {
    *owner = http->added;
    http->added = NULL;
  } else if (*owner) {
    void *last = *owner;
    *owner = NULL;
    http->calls.closed(last);
  }
}

struct sl_http *sl_http_start(const struct sl_http_calls *calls, uint64_t memory, const char **trouble) {
  void *library = dlopen("libmicrohttpd.so.12", RTLD_NOW | RTLD_LOCAL);
  if (!library) {
    *trouble = dlerror();
    return NULL;
  }
  struct sl_http *http = calloc(1, sizeof *http);
  if (!http) {
    *trouble = "no memory";
    return NULL;
  }
#define LOOK_UP(name)                                                                                                  \
  if (!(http->name = (__typeof__(&name))dlsym(library, #name))) {                                                      \
    *trouble = "it lacks " #name ": a release that is too old";                                                        \
    free(http);                                                                                                        \
    return NULL;                                                                                                       \
  }
  FUNCTIONS(LOOK_UP)
#undef LOOK_UP
  http->calls = *calls;
  http->daemon = http->MHD_start_daemon(
      MHD_USE_EPOLL | MHD_USE_NO_LISTEN_SOCKET | MHD_ALLOW_SUSPEND_RESUME, 0, NULL, NULL, took, http,
      MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)memory, MHD_OPTION_CONNECTION_LIMIT, (unsigned)CONNECTION_LIMIT,
      MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_URI_LOG_CALLBACK, began, http, MHD_OPTION_NOTIFY_COMPLETED, ended,
      http, MHD_OPTION_NOTIFY_CONNECTION, changed, http, MHD_OPTION_END);
  if (!http->daemon) {
    *trouble = "it does not start (MHD_start_daemon)";
    free(http);
    return NULL;
  }
  return http;
}

int sl_http_descriptor(struct sl_http *http) {
  const union MHD_DaemonInfo *found = http->MHD_get_daemon_info(http->daemon, MHD_DAEMON_INFO_EPOLL_FD);
  return found ? found->epoll_fd : -1;
}

int sl_http_add(struct sl_http *http, int descriptor, void *owner) {
  // Its family alone counts: the library sets options of TCP on sockets of any other.
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  http->added = owner;
  enum MHD_Result result =
      http->MHD_add_connection(http->daemon, descriptor, (const struct sockaddr *)&address, sizeof address);
  // Where it was never begun, nobody will be told of its end.
  int was_begun = http->added == NULL;
  http->added = NULL;
  return result == MHD_YES || was_begun;
}

int sl_http_run(struct sl_http *http) {
  if (http->MHD_run(http->daemon) != MHD_YES) return 0;
  MHD_UNSIGNED_LONG_LONG wait;
  return http->MHD_get_timeout(http->daemon, &wait) == MHD_YES && wait == 0;
}

struct search {
  const char *name, *value;
  uint64_t length;
  unsigned count;
};

static enum MHD_Result look(void *context, enum MHD_ValueKind kind, const char *key, size_t key_size,
                            const char *value, size_t value_size) {
  (void)kind;
  struct search *search = context;
  if (key_size != strlen(search->name) || strncasecmp(key, search->name, key_size) != 0) return MHD_YES;
  if (search->count++ == 0) {
    search->value = value ? value : "";
    search->length = value ? value_size : 0;
  }
  return MHD_YES;
}

unsigned sl_http_header(struct sl_http *http, struct sl_http_request *request, const char *name, const char **value,
                        uint64_t *length) {
  struct search search = {.name = name, .value = ""};
  http->MHD_get_connection_values_n((struct MHD_Connection *)request, MHD_HEADER_KIND, look, &search);
  *value = search.value;
  *length = search.length;
  return search.count;
}

static enum MHD_Result look_at_name(void *context, enum MHD_ValueKind kind, const char *key, size_t key_size,
                                    const char *value, size_t value_size) {
  (void)kind, (void)value, (void)value_size;
  static const char token[] = "!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
  unsigned *count = context;
  size_t length = 0;
  while (length < key_size && key[length] && strchr(token, key[length])) length++;
  if (length == 0 || length < key_size) (*count)++;
  return MHD_YES;
}

unsigned sl_http_misnamed(struct sl_http *http, struct sl_http_request *request) {
  unsigned count = 0;
  http->MHD_get_connection_values_n((struct MHD_Connection *)request, MHD_HEADER_KIND, look_at_name, &count);
  return count;
}

uint64_t sl_http_head_size(struct sl_http *http, struct sl_http_request *request) {
  const union MHD_ConnectionInfo *found = http->MHD_get_connection_info(
      (struct MHD_Connection *)request, MHD_CONNECTION_INFO_REQUEST_HEADER_SIZE);
  return found ? found->header_size : 0;
}

void sl_http_suspend(struct sl_http *http, struct sl_http_request *request) {
  http->MHD_suspend_connection((struct MHD_Connection *)request);
}
void sl_http_resume(struct sl_http *http, struct sl_http_request *request) {
  http->MHD_resume_connection((struct MHD_Connection *)request);
}

static void add_header(struct sl_http *http, struct MHD_Response *response, const char *name, const char *value) {
  if (value) http->MHD_add_response_header(response, name, value);
}

int sl_http_answer(struct sl_http *http, struct sl_http_request *request, const struct sl_http_answer *answer) {
  struct MHD_Response *response = http->MHD_create_response_from_buffer(
      answer->length, (void *)(uintptr_t)answer->body, MHD_RESPMEM_MUST_COPY);
  if (!response) return 0;
  add_header(http, response, "Content-Type", answer->type);
  add_header(http, response, "Retry-After", answer->retry_after);
  add_header(http, response, "Allow", answer->allow);
  if (answer->closes) add_header(http, response, "Connection", "close");
  enum MHD_Result result = http->MHD_queue_response((struct MHD_Connection *)request, answer->status, response);
  http->MHD_destroy_response(response);
  return result == MHD_YES;
}
