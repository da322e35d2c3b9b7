#pragma once
#include <errno.h>

// The one place where errno is read: a call gives its result, or the negated errno.
#define RESULT(call)                      \
  __extension__({                         \
    __typeof__(call) value_ = (call);     \
    value_ < 0 ? (__typeof__(call))-errno : value_; \
  })
