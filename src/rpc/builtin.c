#include <rpc/builtin.h>

bool troth_rpc_stub_refused(const troth_ndr_in *in, troth_rpc_call *c)
{
    if (!troth_ndr_end(in))
        return false;
    troth_rpc_call_fault(c, TROTH_RPC_S_BAD_STUB_DATA);
    return true;
}

void troth_rpc_reply_status(troth_rpc_call *c, uint32_t status)
{
    troth_ndr_out out = troth_ndr_out_for(c);
    troth_ndr_put_u32(&out, status);
    troth_ndr_reply(&out, c);
}
