#pragma once
#include <cstddef>
#include <cstdint>

// Integers of more than 64 bits are valid JSON, and the parser refuses them. Each becomes another number of the same
// length in the parser's own copy: whoever means something by it reads the original bytes. False where there is none.
bool replace_large_integers(uint8_t *bytes, size_t length);
