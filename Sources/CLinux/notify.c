#include "CLinux.h"

#include <dlfcn.h>
#include <errno.h>
#include <stdlib.h>

// libsystemd brings six libraries with it, which every start would pay for: it is loaded where a service manager asked
// to be told, and nowhere else.
int sl_notify(const char *state) {
  const char *address = getenv("NOTIFY_SOCKET");
  if (!address || !*address) return 0;
  static int (*notify)(int, const char *);
  if (!notify) {
    void *library = dlopen("libsystemd.so.0", RTLD_NOW | RTLD_LOCAL);
    if (library) notify = (int (*)(int, const char *))dlsym(library, "sd_notify");
    if (!notify) return -ENOENT;
  }
  int result = notify(0, state);
  return result < 0 ? result : 1;
}
