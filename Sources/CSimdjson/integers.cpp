#include "integers.h"

#include <cstring>

bool replace_large_integers(uint8_t *bytes, size_t length) {
  auto is_digit = [](uint8_t byte) { return byte >= '0' && byte <= '9'; };
  bool found = false, in_string = false;
  for (size_t i = 0; i < length; i++) {
    if (in_string) {
      if (bytes[i] == '\\') i++;
      else if (bytes[i] == '"') in_string = false;
      continue;
    }
    if (bytes[i] == '"') in_string = true;
    if (!is_digit(bytes[i])) continue;
    size_t end = i;
    while (end < length && is_digit(bytes[end])) end++;
    uint8_t before = i ? bytes[i - 1] : ' ', after = end < length ? bytes[end] : ' ';
    // The integer part of a number, all of it; one that begins with 0 stays the error that it is.
    bool is_whole = before != '.' && before != '+' && before != 'e' && before != 'E' && after != '.' && after != 'e' &&
                    after != 'E' && !(before == '-' && i > 1 && (bytes[i - 2] == 'e' || bytes[i - 2] == 'E'));
    if (is_whole && bytes[i] != '0' && end - i >= 19) {
      bytes[i + 1] = 'e';
      std::memset(bytes + i + 2, '0', end - i - 2);
      found = true;
    }
    i = end - 1;
  }
  return found;
}
