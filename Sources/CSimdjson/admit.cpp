#include "CSimdjson.h"

#include "integers.h"

#include <cstdlib>
#include <cstring>
#include <new>
#include <string_view>
#include <unordered_set>
#include <vector>

#include <simdjson.h>

using namespace simdjson;

namespace {

// Deeper texts are refused: recursion somewhere behind us would pay for them.
constexpr size_t max_depth = 256;

sl_text text_of(std::string_view view) { return {(uint64_t)(uintptr_t)view.data(), view.size()}; }

int32_t kind_of(dom::element value) {
  switch (value.type()) {
    case dom::element_type::STRING: return SL_KIND_STRING;
    case dom::element_type::INT64: return SL_KIND_INTEGER;
    case dom::element_type::UINT64: return SL_KIND_UNSIGNED;
    case dom::element_type::NULL_VALUE: return SL_KIND_NULL;
    case dom::element_type::OBJECT: return SL_KIND_OBJECT;
    case dom::element_type::ARRAY: return SL_KIND_ARRAY;
    default: return SL_KIND_OTHER;
  }
}

// The general case of has_duplicate, for objects of more members than are worth comparing one by one.
__attribute__((noinline)) bool has_duplicate_among_many(dom::object object, sl_text &out) {
  std::unordered_set<std::string_view> seen;
  for (auto field : object)
    if (!seen.insert(field.key).second) return out = text_of(field.key), true;
  return false;
}

// Keys as the parser reads them, escapes resolved, so that "meth\u006fd" and "method" are the same key.
bool has_duplicate(dom::object object, sl_text &out) {
  std::string_view few[16];
  size_t count = 0;
  for (auto field : object) {
    std::string_view key = field.key;
    if (count == 16) return has_duplicate_among_many(object, out);
    for (size_t i = 0; i < count; i++)
      if (few[i] == key) return out = text_of(key), true;
    few[count++] = key;
  }
  return false;
}

// Lengths are compared before bytes, and both are known here at compile time.
template <size_t size> bool is(std::string_view key, const char (&name)[size]) {
  return key.size() == size - 1 && std::memcmp(key.data(), name, size - 1) == 0;
}

// Members of a message that mean something, as bits; `many` stands for the others, once they were compared.
enum : unsigned {
  member_jsonrpc = 1, member_id = 2, member_method = 4, member_type = 8, member_content = 16, member_result = 32,
  member_error = 64, member_sluice = 128, member_params = 256, many = 512
};

// By length first: a name is compared with at most four others.
unsigned member_of(std::string_view key) {
  switch (key.size()) {
    case 2: return is(key, "id") ? member_id : 0;
    case 4: return is(key, "type") ? member_type : 0;
    case 5: return is(key, "error") ? member_error : 0;
    case 6:
      return is(key, "method")   ? member_method
             : is(key, "params") ? member_params
             : is(key, "result") ? member_result
             : is(key, "sluice") ? member_sluice
                                 : 0;
    case 7: return is(key, "jsonrpc") ? member_jsonrpc : is(key, "content") ? member_content : 0;
    default: return 0;
  }
}

// A name as a parser that folds case reads it (encoding/json of Go, for one): ASCII letters, and the long s, which folds
// to the only letter of ours that has such a twin.
struct folded_name {
  char text[8];
  size_t length = 0;
  explicit folded_name(std::string_view key) {
    for (size_t i = 0; i < key.size(); i++) {
      if (length == sizeof text) {
        length = 0;
        return;
      }
      unsigned char byte = (unsigned char)key[i];
      bool is_long_s = byte == 0xC5 && i + 1 < key.size() && (unsigned char)key[i + 1] == 0xBF;
      text[length++] = is_long_s ? 's' : (char)(byte >= 'A' && byte <= 'Z' ? byte | 0x20 : byte);
      i += is_long_s;
    }
  }
  std::string_view view() const { return {text, length}; }
};

}  // namespace

struct sl_json_parser {
  dom::parser dom;
  ondemand::parser ondemand;
  std::vector<uint8_t> padded;

  // A copy with the padding that simdjson reads past the end.
  bool load(const uint8_t *bytes, size_t length) {
    if (padded.size() < length + SIMDJSON_PADDING) padded.resize((length + SIMDJSON_PADDING) * 2);
    if (length) std::memcpy(padded.data(), bytes, length);
    std::memset(padded.data() + length, 0, SIMDJSON_PADDING);
    if (dom.capacity() >= length && dom.max_depth() == max_depth) return true;
    return dom.allocate(length < 4096 ? 4096 : length * 2, max_depth) == SUCCESS;
  }
};

// Of what `load` has copied.
static error_code parse(sl_json_parser *parser, size_t length, dom::element &root) {
  auto error = parser->dom.parse(parser->padded.data(), length, false).get(root);
  if (error != NUMBER_ERROR || !replace_large_integers(parser->padded.data(), length)) return error;
  return parser->dom.parse(parser->padded.data(), length, false).get(root);
}

extern "C" struct sl_json_parser *sl_json_parser_new(void) { return new (std::nothrow) sl_json_parser(); }
extern "C" void sl_json_parser_free(struct sl_json_parser *parser) { delete parser; }

static void admit(sl_json_parser *parser, const uint8_t *bytes, uint64_t length, sl_message *out) {
  if (!parser->load(bytes, length)) {
    out->verdict = SL_JSON_NO_MEMORY;
    return;
  }
  dom::element root;
  if (auto error = parse(parser, length, root)) {
    out->verdict = error == DEPTH_ERROR ? SL_JSON_TOO_DEEP
                   : error == MEMALLOC  ? SL_JSON_NO_MEMORY
                                        : SL_JSON_INVALID;
    return;
  }
  dom::object object;
  if (root.get(object)) {
    out->verdict = SL_JSON_NOT_OBJECT;
    return;
  }
  // One pass: names that mean something are told apart here, and each may come once; others are compared among
  // themselves.
  std::string_view others[16];
  size_t other_count = 0;
  unsigned seen = 0;
  for (auto field : object) {
    std::string_view key = field.key, value;
    dom::element element = field.value;
    out->member_count++;
    unsigned member = member_of(key);
    bool is_twice = seen & member;
    seen |= member;
    if (!member) {
      if (member_of(folded_name(key).view())) out->twin = text_of(key);
      for (size_t i = 0; i < other_count && !is_twice; i++) is_twice = others[i] == key;
      if (other_count < 16) others[other_count++] = key;
      // Once for all: what came before and what comes after.
      else if (!(seen & many) && has_duplicate_among_many(object, out->duplicate)) {
        out->verdict = SL_JSON_DUPLICATE;
        return;
      } else seen |= many;
    }
    if (is_twice) {
      out->duplicate = text_of(key);
      out->verdict = SL_JSON_DUPLICATE;
      return;
    }
    switch (member) {
      case member_jsonrpc:
        out->jsonrpc_kind = kind_of(element);
        if (!element.get(value)) out->jsonrpc_is_2 = value == "2.0";
        break;
      case member_id:
        out->id_kind = kind_of(element);
        if (!element.get(value)) out->id = text_of(value);
        if (out->id_kind == SL_KIND_INTEGER) out->id_integer = int64_t(element);
        if (out->id_kind == SL_KIND_UNSIGNED) out->id_unsigned = uint64_t(element);
        break;
      case member_method:
        out->method_kind = kind_of(element);
        if (!element.get(value)) out->method = text_of(value);
        break;
      case member_type:
        out->type_kind = kind_of(element);
        if (!element.get(value)) out->type = text_of(value);
        break;
      case member_content:
        out->content_kind = kind_of(element);
        if (!element.get(value)) out->content = text_of(value);
        break;
      case member_result: out->has_result = 1; break;
      case member_error:
        out->has_error = 1;
        if (!element.get(value)) out->error = text_of(value);
        break;
      case member_sluice: out->has_envelope = 1; break;
      case member_params: {
        out->params_kind = kind_of(element);
        dom::object params;
        if (element.get(params)) break;
        if (has_duplicate(params, out->duplicate)) {
          out->verdict = SL_JSON_DUPLICATE;
          return;
        }
        for (auto param : params) {
          if (is(param.key, "name") && !param.value.get(value)) out->name = text_of(value);
          if (is(param.key, "uri") && !param.value.get(value)) out->uri = text_of(value);
          auto folded = folded_name(param.key);
          if (folded.view() == "name" && !is(param.key, "name")) out->name_twin = text_of(param.key);
          if (folded.view() == "uri" && !is(param.key, "uri")) out->uri_twin = text_of(param.key);
        }
        break;
      }
    }
  }
}

extern "C" void sl_json_admit(struct sl_json_parser *parser, const uint8_t *bytes, uint64_t length,
                              struct sl_message *out) {
  std::memset(out, 0, sizeof *out);
  try {
    admit(parser, bytes, length, out);
  } catch (const std::bad_alloc &) {
    out->verdict = SL_JSON_NO_MEMORY;
  }
}

extern "C" int64_t sl_find_byte(const uint8_t *bytes, uint64_t length, uint8_t byte) {
  const void *found = length ? std::memchr(bytes, byte, length) : nullptr;
  return found ? (const uint8_t *)found - bytes : -1;
}

static bool read_origin(dom::object origin, sl_envelope *out) {
  out->has_origin = 1;
  // What is left out must not read as root's group, or as a mode that nobody else could write.
  out->origin_gid = out->origin_mode = -1;
  for (auto field : origin) {
    std::string_view value;
    bool read = true;
    if (field.key == "uid") {
      read = !field.value.get(out->origin_uid);
      out->origin_has_uid = read;
    } else if (field.key == "gid") {
      read = !field.value.get(out->origin_gid);
    } else if (field.key == "mode") {
      read = !field.value.get(out->origin_mode);
    } else if (field.key == "time") {
      read = !field.value.get(out->origin_time);
    } else if (field.key == "attestation") {
      if ((read = !field.value.get(value))) out->origin_attestation = text_of(value);
    } else if (field.key == "path") {
      if ((read = !field.value.get(value))) out->origin_path = text_of(value);
    } else if (field.key == "program") {
      if ((read = !field.value.get(value))) out->origin_program = text_of(value);
    } else {
      read = false;
    }
    if (!read) return false;
  }
  return true;
}

static bool open_envelope(sl_json_parser *parser, const uint8_t *bytes, uint64_t length, sl_envelope *out) {
  if (!parser->load(bytes, length)) return false;
  dom::element root;
  dom::object object;
  if (parse(parser, length, root) || root.get(object)) return false;
  bool has_message = false;
  for (auto field : object) {
    if (field.key == "message") {
      has_message = true;
      if (!field.value.is_object()) return false;
      continue;
    }
    dom::object facts;
    if (field.key != "sluice" || field.value.get(facts)) return false;
    sl_text twice;
    if (has_duplicate(facts, twice)) {
      out->verdict = SL_JSON_DUPLICATE;
      return true;
    }
    for (auto fact : facts) {
      std::string_view value;
      if (fact.key == "origin") {
        dom::object origin;
        if (fact.value.get(origin)) return false;
        if (has_duplicate(origin, twice)) {
          out->verdict = SL_JSON_DUPLICATE;
          return true;
        }
        if (!read_origin(origin, out)) return false;
        continue;
      }
      if (fact.value.get(value)) return false;
      if (fact.key == "claim") out->claim = text_of(value);
      else if (fact.key == "reply") out->reply = text_of(value);
      else if (fact.key == "canary") out->canary = text_of(value);
      else if (fact.key == "control") out->control = text_of(value);
      else if (fact.key == "proof") out->proof = text_of(value);
      else if (fact.key == "sha256") out->sha256 = text_of(value);
      else return false;
    }
  }
  if (!has_message) return true;
  // The inner message's own bytes: on-demand navigation of a text that is known to be valid JSON.
  ondemand::document document;
  ondemand::object inner;
  std::string_view raw;
  padded_string_view view(parser->padded.data(), length, parser->padded.size());
  if (parser->ondemand.iterate(view).get(document) || document["message"].get_object().get(inner) ||
      inner.raw_json().get(raw))
    return false;
  // raw_json() goes up to the next token: the white space in between is the envelope's.
  while (!raw.empty() && raw.back() != '}') raw.remove_suffix(1);
  out->message_offset = (uint64_t)((const uint8_t *)raw.data() - parser->padded.data());
  out->message_length = raw.size();
  return true;
}

extern "C" void sl_json_open_envelope(struct sl_json_parser *parser, const uint8_t *bytes, uint64_t length,
                                      struct sl_envelope *out) {
  std::memset(out, 0, sizeof *out);
  try {
    if (!open_envelope(parser, bytes, length, out)) out->verdict = SL_JSON_INVALID;
  } catch (const std::bad_alloc &) {
    out->verdict = SL_JSON_NO_MEMORY;
  }
}
