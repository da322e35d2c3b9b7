// A C face over simdjson's DOM parser: one look at a message, which says what the deciding fields are and nothing else.
// Texts lie in the parser and stay valid until its next call.
#pragma once
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// The address is an integer, so that the structs hold no pointer and only the one place that reads text is unsafe.
struct sl_text {
  uint64_t address;  // 0: absent
  uint64_t length;
};

enum {
  SL_JSON_OBJECT = 0,
  SL_JSON_INVALID = 1,
  SL_JSON_NOT_OBJECT = 2,
  SL_JSON_DUPLICATE = 3,
  SL_JSON_TOO_DEEP = 4,
  SL_JSON_NO_MEMORY = 5,
};
enum { SL_KIND_ABSENT = 0, SL_KIND_STRING, SL_KIND_INTEGER, SL_KIND_UNSIGNED, SL_KIND_NULL, SL_KIND_OBJECT, SL_KIND_ARRAY, SL_KIND_OTHER };

struct sl_message {
  int32_t verdict;
  int32_t id_kind, method_kind, params_kind, type_kind, content_kind, jsonrpc_kind;
  int32_t jsonrpc_is_2, has_result, has_error, has_envelope, member_count;
  int64_t id_integer;
  uint64_t id_unsigned;
  struct sl_text id, method, type, content, error;  // those that are strings
  struct sl_text name, uri;   // params.name, params.uri where they are strings
  struct sl_text duplicate;   // the key that stood twice
  // Keys that a reader which folds case takes for one of those that decide: at the top, for params.name, for params.uri.
  struct sl_text twin, name_twin, uri_twin;
};

struct sl_envelope {
  int32_t verdict;                       // SL_JSON_OBJECT, SL_JSON_INVALID (not of the envelope's shape), SL_JSON_DUPLICATE
  uint64_t message_offset, message_length;  // the inner message's own bytes; length 0 when there is none
  struct sl_text claim, reply, canary, control, proof, sha256;
  int32_t has_origin, origin_has_uid;
  int64_t origin_uid, origin_gid, origin_mode, origin_time;  // gid and mode are -1 where they were left out
  struct sl_text origin_attestation, origin_path, origin_program;
};

// What opens a session or gives a request up: the members of messages of the protocol, not of the envelope around them.
struct sl_session {
  int32_t id_kind;  // params.requestId
  int64_t id_integer;
  uint64_t id_unsigned, id_length;
  int32_t has_result;                                       // result is an object
  int32_t tools_change, prompts_change, resources_change;  // result.capabilities.NAME.listChanged is true
};

struct sl_json_parser;
struct sl_json_parser *sl_json_parser_new(void);
void sl_json_parser_free(struct sl_json_parser *);
/// Validates one whole JSON text strictly (RFC 8259, UTF-8, no duplicate member at the top level, in params or in an
/// envelope) and reads the members that decide.
void sl_json_admit(struct sl_json_parser *, const uint8_t *bytes, uint64_t length, struct sl_message *out);
/// Reads the envelope of a text that sl_json_admit accepted and found to have one.
void sl_json_open_envelope(struct sl_json_parser *, const uint8_t *bytes, uint64_t length, struct sl_envelope *out);

/// Reads what a bridge must know of a text that sl_json_admit accepted; an id that is a string is copied to `text`, and
/// one that is longer than `capacity` counts as absent.
void sl_json_read_session(const uint8_t *bytes, uint64_t length, struct sl_session *out, uint8_t *text,
                          uint64_t capacity);

/// The index of the first such byte, -1 when there is none (memchr(3)).
int64_t sl_find_byte(const uint8_t *bytes, uint64_t length, uint8_t byte);

#ifdef __cplusplus
}
#endif
