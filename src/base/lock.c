#include <base/lock.h>

troth_status troth_mutex_init(troth_mutex *m)
{
    return pthread_mutex_init(&m->m, NULL) ? TROTH_NO_MEMORY : TROTH_OK;
}

void troth_mutex_clear(troth_mutex *m)
{
    pthread_mutex_destroy(&m->m);
}

void troth_mutex_lock(troth_mutex *m)
{
    pthread_mutex_lock(&m->m);
}

void troth_mutex_unlock(troth_mutex *m)
{
    pthread_mutex_unlock(&m->m);
}

void troth_once_run(troth_once *o, void (*fn)(void))
{
    (void)pthread_once(&o->o, fn); /* it fails for an invalid argument only */
}
