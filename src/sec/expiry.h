/* sec/expiry.h: how long something is still good, for those that keep what a context told. */
#ifndef TROTH_SEC_EXPIRY_H
#define TROTH_SEC_EXPIRY_H

#include <troth/types.h>

/* Milliseconds, rounded up, until a Unix time in 100 ns; 0 = it has passed, UINT64_MAX = there is none. */
uint64_t troth_expiry_left(const troth_env *env, uint64_t expiry);

#endif
