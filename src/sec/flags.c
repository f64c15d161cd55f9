#include <sec/flags.h>

/* clang-format off */
static const struct rule {
    troth_flags if_any, set, clear;
} rules[] = {
    /* when any of these is asked                set                    clear */
    { TROTH_F_REPLAY | TROTH_F_SEQUENCE,         TROTH_F_INTEGRITY,     0 },
    { TROTH_F_CONFIDENTIALITY,                   TROTH_F_INTEGRITY,     0 },
    { TROTH_F_NO_INTEGRITY,                      0,                     TROTH_F_INTEGRITY | TROTH_F_REPLAY | TROTH_F_SEQUENCE },
};
/* clang-format on */

troth_status troth_flags_complete(troth_flags require, troth_flags *ret)
{
    troth_flags kind = require & (TROTH_F_DATAGRAM | TROTH_F_CONNECTION | TROTH_F_STREAM);
    if (kind & (kind - 1)) /* more than one bit */
        return TROTH_UNSUPPORTED;
    for (const struct rule *r = rules; r < rules + sizeof rules / sizeof *rules; r++)
        if (require & r->if_any)
            require = (require | r->set) & ~r->clear;
    if (!(require & TROTH_F_MUTUAL))
        require &= ~(troth_flags)TROTH_F_DELEGATE;
    *ret = kind ? require : require | TROTH_F_CONNECTION;
    return TROTH_OK;
}
