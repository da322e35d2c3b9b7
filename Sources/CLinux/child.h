#pragma once
#include <stdint.h>

// Asks a child of one thread, as another user where `changes_user` is set: what `ask` answers (0, an errno, or a negated
// one), or the negated errno of what kept it from being asked.
int sl_ask_child(int changes_user, uint32_t uid, uint32_t gid, int (*ask)(const void *question), const void *question);
