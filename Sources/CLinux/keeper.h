// Of the starter: what a process does that keeps one program and all its descendants. All signals are blocked in it.
#pragma once

/// Prepares the calling process, a child of the service's.
int sl_become_keeper(int service);
/// Waits for the program, a child; ends it on SIGTERM, which the end of the service brings too, and then everything that
/// is left of it. Does not return: its exit status is the program's, or 128 plus the signal that ended that.
void sl_keep(int program) __attribute__((noreturn));
