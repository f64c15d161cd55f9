/* Tokens in words, for traces. */
#include <der/frame.h>
#include <mech/kerberos/inner.h>

/* TOK_ID in a framed token [RFC 4121 4.1], and the ASN.1 tag of a message that stands alone, in DCE style [RFC 4120 5]. */
static const struct word {
    uint8_t tok_id, tag;
    const char *message;
} words[] = { { 1, 0x6e, "AP-REQ" }, { 2, 0x6f, "AP-REP" }, { 3, 0x7e, "KRB-ERROR" } };

void troth_krb_tell(const troth_context *c, const void *impl, troth_bytes token, troth_trace_token *ret)
{
    troth_oid mech;
    troth_bytes inner = { NULL, 0 };
    (void)c, (void)impl;
    bool framed = !troth_frame_read(token, &mech, &inner) && inner.len >= 2 && !inner.data[1];
    for (const struct word *w = words; w < words + sizeof words / sizeof *words; w++) {
        if (framed ? inner.data[0] == w->tok_id : token.len && token.data[0] == w->tag)
            ret->message = w->message;
    }
}
