#include "CSimdjson.h"

#include <cstring>
#include <new>
#include <string_view>

#include <simdjson.h>

using namespace simdjson;

// What a bridge must know of the few messages that open a session or give a request up. They are rare: each look has a
// parser of its own, and what it finds is copied out.

static int32_t list_changes(dom::object result, const char *capability) {
  dom::object capabilities, one;
  bool changes = false;
  if (result["capabilities"].get(capabilities) || capabilities[capability].get(one)) return 0;
  return !one["listChanged"].get(changes) && changes;
}

static void read_request_id(dom::object params, sl_session *out, uint8_t *text, uint64_t capacity) {
  dom::element id;
  if (params["requestId"].get(id)) return;
  std::string_view string;
  if (!id.get(string)) {
    if (string.size() > capacity) return;
    std::memcpy(text, string.data(), string.size());
    out->id_length = string.size();
    out->id_kind = SL_KIND_STRING;
  } else if (!id.get(out->id_integer)) {
    out->id_kind = SL_KIND_INTEGER;
  } else if (!id.get(out->id_unsigned)) {
    out->id_kind = SL_KIND_UNSIGNED;
  }
}

extern "C" void sl_json_read_session(const uint8_t *bytes, uint64_t length, struct sl_session *out, uint8_t *text,
                                     uint64_t capacity) {
  std::memset(out, 0, sizeof *out);
  try {
    dom::parser parser;
    dom::object root, inner;
    if (parser.parse(bytes, length, true).get(root)) return;
    if (!root["params"].get(inner)) read_request_id(inner, out, text, capacity);
    if (root["result"].get(inner)) return;
    out->has_result = 1;
    out->tools_change = list_changes(inner, "tools");
    out->prompts_change = list_changes(inner, "prompts");
    out->resources_change = list_changes(inner, "resources");
  } catch (const std::bad_alloc &) {
    std::memset(out, 0, sizeof *out);
  }
}
