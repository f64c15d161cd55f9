#include <troth/rpc.h>

bool troth_rpc_syntax_equal(const troth_rpc_syntax *a, const troth_rpc_syntax *b)
{
    return troth_uuid_equal(&a->uuid, &b->uuid) && a->major == b->major && a->minor == b->minor;
}
