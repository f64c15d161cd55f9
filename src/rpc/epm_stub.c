#include <rpc/epm_stub.h>

troth_bytes troth_rpc_twr_get(troth_ndr_in *in)
{
    size_t max = troth_ndr_get_count(in, EPT_TOWER_MAX);
    uint32_t tower_length = troth_ndr_get_u32(in);
    if (!in->st && tower_length != max)
        in->st = TROTH_MALFORMED;
    if (in->st)
        return (troth_bytes){ NULL, 0 };
    const uint8_t *octets = troth_ndr_get_octets(in, tower_length);
    return (troth_bytes){ octets, octets ? tower_length : 0 };
}

void troth_rpc_twr_put(troth_ndr_out *out, const troth_rpc_tower *t)
{
    uint8_t octets[TROTH_RPC_TOWER_MAX];
    troth_writer w = troth_writer_over(octets, sizeof octets, TROTH_LE);
    troth_rpc_tower_write(&w, t);
    troth_ndr_put_count(out, w.len);
    troth_ndr_put_u32(out, (uint32_t)w.len);
    troth_ndr_put_octets(out, octets, w.len);
}
