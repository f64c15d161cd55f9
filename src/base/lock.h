/* base/lock.h: the only place with a mutex. */
#ifndef TROTH_BASE_LOCK_H
#define TROTH_BASE_LOCK_H

#include <pthread.h>
#include <troth/types.h>

typedef struct troth_mutex {
    pthread_mutex_t m;
} troth_mutex;

/* One run of one function, whichever threads ask. Statically initialised. */
typedef struct troth_once {
    pthread_once_t o;
} troth_once;
#define TROTH_ONCE_INIT                                                                                                \
    {                                                                                                                  \
        PTHREAD_ONCE_INIT                                                                                              \
    }

/* TROTH_OK or TROTH_NO_MEMORY. */
TROTH_MUST_CHECK troth_status troth_mutex_init(troth_mutex *m);
void troth_mutex_clear(troth_mutex *m);
void troth_mutex_lock(troth_mutex *m);
void troth_mutex_unlock(troth_mutex *m);
/* Run fn unless that was done before; when it returns, fn has ended. */
void troth_once_run(troth_once *o, void (*fn)(void));

#endif
