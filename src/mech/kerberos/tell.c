/* Tokens in words, for traces. */
#include <der/frame.h>
#include <mech/kerberos/inner.h>

void troth_krb_tell(const troth_context *c, const void *impl, troth_bytes token, troth_trace_token *ret)
{
    troth_oid mech;
    troth_bytes inner;
    (void)c, (void)impl;
    if (troth_frame_read(token, &mech, &inner) || inner.len < 2 || inner.data[1])
        return;
    switch (inner.data[0]) { /* TOK_ID [RFC 4121 4.1] */
    case 1:
        ret->message = "AP-REQ";
        break;
    case 2:
        ret->message = "AP-REP";
        break;
    case 3:
        ret->message = "KRB-ERROR";
        break;
    default:
        break;
    }
}
