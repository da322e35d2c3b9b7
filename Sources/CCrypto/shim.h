#pragma once
// SHA-256 by its own functions: they are deprecated in favour of EVP, which needs OpenSSL's providers, and with them 5 MB
// of library to load at every start.
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/sha.h>
