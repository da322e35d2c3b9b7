// A C face over libmicrohttpd: requests of connections that somebody else accepted, on one thread, without listening.
//
// The library is loaded when a server wants it (dlopen(3)), since it brings GnuTLS with it, which every start would pay
// for. Texts that are lent stay valid until the call that lends them returns.
#pragma once
#include <stdint.h>

/// The library, with the one set of connections that it serves.
struct sl_http;
/// A connection whose request is being taken.
struct sl_http_request;

/// What is told about a connection; `owner` is what `sl_http_add` was given.
struct sl_http_calls {
  /// A request line was read: its target as it was sent, not decoded.
  void (*began)(void *owner, const char *target);
  /// The head is complete (the first call of a request), bytes of its body came, or (without bytes, any later call) it
  /// is complete. 0 goes on, -1 closes the connection. Called again after `sl_http_resume`.
  int (*took)(void *owner, struct sl_http_request *request, const char *method, const char *version,
              const uint8_t *bytes, uint64_t count);
  /// The request of `began` is over: its answer is out, or the connection ended before that.
  void (*ended)(void *owner);
  /// The last call: the connection's descriptor is closed after it.
  void (*closed)(void *owner);
};

/// Loads and starts it. Null with a sentence in `trouble` where that cannot be.
/// memory: bytes for the head of a request and of its answer, of each connection.
struct sl_http *sl_http_start(const struct sl_http_calls *calls, uint64_t memory, const char **trouble);
/// What to wait for: readable when `sl_http_run` has something to do (an epoll descriptor, which stays the library's).
int sl_http_descriptor(struct sl_http *http);
/// Serves a connected Unix socket from here on and closes the descriptor in every case; 0 where that is not possible.
int sl_http_add(struct sl_http *http, int descriptor, void *owner);
/// Does what there is to do; 1 where it has to be called again at once.
int sl_http_run(struct sl_http *http);

/// How often a header stands in the head, and its first value with its length.
unsigned sl_http_header(struct sl_http *http, struct sl_http_request *request, const char *name, const char **value,
                        uint64_t *length);
/// How many headers have a name that is no token (RFC 9110 section 5.6.2), such as one with a space before its colon.
unsigned sl_http_misnamed(struct sl_http *http, struct sl_http_request *request);
/// Bytes of the request's head.
uint64_t sl_http_head_size(struct sl_http *http, struct sl_http_request *request);

/// Calls nobody and reads nothing until `sl_http_resume`; only within `took`.
void sl_http_suspend(struct sl_http *http, struct sl_http_request *request);
/// Goes on with it at the next `sl_http_run`.
void sl_http_resume(struct sl_http *http, struct sl_http_request *request);

struct sl_http_answer {
  unsigned status;
  const void *body;
  uint64_t length;
  /// Values of headers; null leaves one out.
  const char *type, *retry_after, *allow;
  int closes;
};
/// Answers the request, within `took`; 0 where that is not possible.
int sl_http_answer(struct sl_http *http, struct sl_http_request *request, const struct sl_http_answer *answer);
