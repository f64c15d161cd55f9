/* Who am I: LsarGetUserName of the LSA interface, and nothing else of it. [MS-LSAT 3.1.4.4] */
#include <base/utf16.h>
#include <rpc/builtin.h>
#include <string.h>

enum { LSAR_GET_USER_NAME = 45, LSA_OPS };

enum {
    SYSTEM_NAME_MAX = 4096,     /* characters; ours, the text has no bound */
    UNICODE_STRING_MAX = 65534, /* octets: Length is 16 bits wide and even */
};

/* Pass over an RPC_UNICODE_STRING, whose content must be ignored. [MS-DTYP 2.3.10] */
static void skip_unicode_string(troth_ndr_in *in)
{
    troth_ndr_get_align(in, in->ndr64 ? 8 : 4);
    (void)troth_ndr_get_u16(in); /* Length        */
    (void)troth_ndr_get_u16(in); /* MaximumLength */
    if (!troth_ndr_get_pointer(in))
        return;
    size_t maximum = troth_ndr_get_count(in, UNICODE_STRING_MAX / 2);
    (void)troth_ndr_get_count(in, 0); /* offset */
    size_t actual = troth_ndr_get_count(in, maximum);
    (void)troth_ndr_get_octets(in, actual * 2);
}

static void put_unicode_string(troth_ndr_out *out, const char *text)
{
    troth_writer w = troth_writer_growing(out->env, UNICODE_STRING_MAX, TROTH_LE);
    troth_utf16_write(&w, (troth_bytes){ (const uint8_t *)text, strlen(text) });
    if (w.st && !out->st)
        out->st = w.st;
    troth_ndr_put_pointer(out, true);
    troth_ndr_put_align(out, out->ndr64 ? 8 : 4);
    troth_ndr_put_u16(out, (uint16_t)w.len);
    troth_ndr_put_u16(out, (uint16_t)w.len);
    troth_ndr_put_pointer(out, true);
    troth_ndr_put_count(out, w.len / 2);
    troth_ndr_put_count(out, 0);
    troth_ndr_put_count(out, w.len / 2);
    if (w.len)
        troth_ndr_put_octets(out, w.base, w.len);
    troth_writer_clear(&w);
}

/* Who nobody vouches for is the anonymous principal, under the name that Windows gives it [MS-DTYP 2.4.2.4]. */
static troth_identity identity_of(const troth_rpc_caller *caller)
{
    troth_identity who = caller->facts.peer;
    bool anonymous = caller->type == TROTH_RPC_AUTH_NONE || (caller->facts.attributes & TROTH_F_ANONYMOUS) ||
                     !who.account || !*who.account;
    if (anonymous)
        return (troth_identity){ .name = "", .account = "ANONYMOUS LOGON", .authority = "NT AUTHORITY" };
    if (!who.authority)
        who.authority = "";
    return who;
}

static void lsar_get_user_name(void *self, troth_rpc_call *c)
{
    (void)self;
    troth_ndr_in in = troth_ndr_in_of(troth_rpc_call_request(c));
    if (troth_ndr_get_pointer(&in)) /* SystemName */
        (void)troth_ndr_get_string16(&in, SYSTEM_NAME_MAX);
    if (troth_ndr_get_pointer(&in)) /* UserName: a reference to a unique pointer */
        skip_unicode_string(&in);
    bool with_domain = troth_ndr_get_pointer(&in); /* DomainName: a unique pointer to another one */
    if (with_domain && troth_ndr_get_pointer(&in))
        skip_unicode_string(&in);
    if (troth_rpc_stub_refused(&in, c))
        return;
    troth_identity who = identity_of(troth_rpc_call_caller(c));
    troth_ndr_out out = troth_ndr_out_for(c);
    put_unicode_string(&out, who.account);
    troth_ndr_put_pointer(&out, with_domain);
    if (with_domain)
        put_unicode_string(&out, who.authority);
    troth_ndr_put_u32(&out, 0); /* STATUS_SUCCESS */
    troth_ndr_reply(&out, c);
}

static const troth_rpc_handler ops[LSA_OPS] = { [LSAR_GET_USER_NAME] = lsar_get_user_name };

const troth_rpc_interface troth_rpc_whoami = {
    .name = "lsarpc",
    .syntax = { { { 0x12, 0x34, 0x57, 0x78, 0x12, 0x34, 0xab, 0xcd, 0xef, 0x00, 0x01, 0x23, 0x45, 0x67, 0x89, 0xab } },
                0,
                0 },
    .transfer = TROTH_RPC_NDR | TROTH_RPC_NDR64,
    .ops = ops,
    .n_ops = LSA_OPS,
};
