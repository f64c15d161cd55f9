#include <rpc_co/pdu.h>
#include <string.h>

/* 6cb71c2c-9812-4540-: the bitmask's eight octets are the rest of the UUID, and the first of them is in use. */
static const uint8_t prefix[8] = { 0x6c, 0xb7, 0x1c, 0x2c, 0x98, 0x12, 0x45, 0x40 };

bool troth_co_features_of(const troth_rpc_syntax *s, uint8_t *ret_bits)
{
    if (memcmp(s->uuid.octets, prefix, sizeof prefix) != 0 || s->major != 1 || s->minor != 0)
        return false;
    *ret_bits = s->uuid.octets[sizeof prefix];
    return true;
}

troth_rpc_syntax troth_co_features_syntax(uint8_t bits)
{
    troth_rpc_syntax s = { .major = 1 };
    memcpy(s.uuid.octets, prefix, sizeof prefix);
    s.uuid.octets[sizeof prefix] = bits;
    return s;
}
