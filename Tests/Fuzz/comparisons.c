// Lets libFuzzer see how Swift compares strings.
//
// The compiler marks comparisons of integers for it; `==` of two strings ends in a function of the standard library,
// which has no marks, and a short string's bytes stand in registers, padded, where no part of the input is equal to them.
// So a magic word would be found by chance only. This takes that function's place and tells libFuzzer of both strings.
#include <dlfcn.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

void __sanitizer_weak_hook_memcmp(void *, const void *, const void *, size_t, int);
void __sanitizer_weak_hook_memmem(void *, const void *, size_t, const void *, size_t, void *);

struct text {
  char small[16];
  const char *bytes;
  size_t count;
};

// The layout of _StringGuts on 64-bit platforms (StringObject.swift of the standard library): a small string keeps its
// bytes in both words and its count in the last byte; a large one its count in the low 48 bits of the first word, and in
// the second the address of its storage, whose bytes begin 32 further.
static bool read(struct text *out, uint64_t first, uint64_t second) {
  if (second & 1ull << 61) {
    memcpy(out->small, &first, 8);
    memcpy(out->small + 8, &second, 8);
    out->bytes = out->small;
    out->count = second >> 56 & 15;
    return true;
  }
  bool is_contiguous = !(second & 1ull << 60) && first & 1ull << 60;
  out->count = first & 0xffffffffffffull;
  out->bytes = (const char *)((second & 0x0fffffffffffffffull) + 32);
  return is_contiguous;
}

#define COMPARE "$ss27_stringCompareWithSmolCheck__9expectingSbs11_StringGutsV_ADs01_G16ComparisonResultOtF"
typedef __attribute__((swiftcall)) bool comparison(uint64_t, uint64_t, uint64_t, uint64_t, uint8_t);

__attribute__((swiftcall, no_sanitize("address", "coverage"))) bool compare(
    uint64_t left, uint64_t left_object, uint64_t right, uint64_t right_object, uint8_t expected) __asm__(COMPARE);

bool compare(uint64_t left, uint64_t left_object, uint64_t right, uint64_t right_object, uint8_t expected) {
  static comparison *original;
  if (!original) original = (comparison *)dlsym(RTLD_NEXT, COMPARE);
  bool result = original(left, left_object, right, right_object, expected);
  struct text a, b;
  if (read(&a, left, left_object) && read(&b, right, right_object) && a.count && b.count) {
    size_t common = a.count < b.count ? a.count : b.count;
    if (common > 64) common = 64;
    int order = memcmp(a.bytes, b.bytes, common);
    void *caller = __builtin_return_address(0);
    if (order) __sanitizer_weak_hook_memcmp(caller, a.bytes, b.bytes, common, order);
    if (b.count <= 64) __sanitizer_weak_hook_memmem(caller, a.bytes, a.count, b.bytes, b.count, NULL);
  }
  return result;
}
