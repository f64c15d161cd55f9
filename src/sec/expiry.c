#include <sec/expiry.h>

enum { TICKS = 10000 }; /* of 100 ns in a millisecond */

uint64_t troth_expiry_left(const troth_env *env, uint64_t expiry)
{
    if (expiry == UINT64_MAX)
        return UINT64_MAX;
    uint64_t wall = env->wall(env->self);
    return wall >= expiry ? 0 : (expiry - wall - 1) / TICKS + 1;
}
