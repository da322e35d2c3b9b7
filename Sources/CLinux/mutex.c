#include "CLinux.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>

int sl_mutex_make(void **out) {
  pthread_mutex_t *mutex = calloc(1, sizeof *mutex);
  if (!mutex) return -ENOMEM;
  pthread_mutexattr_t attributes;
  int result = pthread_mutexattr_init(&attributes);
  if (!result) {
    result = pthread_mutexattr_settype(&attributes, PTHREAD_MUTEX_ERRORCHECK);
    if (!result) result = pthread_mutexattr_setprotocol(&attributes, PTHREAD_PRIO_INHERIT);
    if (!result) result = pthread_mutex_init(mutex, &attributes);
    pthread_mutexattr_destroy(&attributes);
  }
  if (result) {
    free(mutex);
    return -result;
  }
  *out = mutex;
  return 0;
}

void sl_mutex_remove(void *mutex) {
  pthread_mutex_destroy(mutex);
  free(mutex);
}

int sl_mutex_lock(void *mutex) { return -pthread_mutex_lock(mutex); }
int sl_mutex_unlock(void *mutex) { return -pthread_mutex_unlock(mutex); }
