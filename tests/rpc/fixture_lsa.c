/*
 * lsarpc: LsarOpenPolicy, LsarOpenPolicy2, LsarClose, LsarGetUserName. A policy is a handle and nothing more; it lives in
 * the association group. [MS-LSAD 3.1.4.4, 3.1.4.9.4; MS-LSAT 3.1.4.4]
 */
#include <fixture_stubs.h>
#include <string.h>
#include <troth/ndr.h>

enum { POLICY = 1, STATUS_SUCCESS = 0, NAME_MAX_UNITS = 256, TEXT_UNITS = 512 };

static void put_status(troth_ndr_out *out, troth_rpc_call *c, uint32_t status)
{
    troth_ndr_put_u32(out, status);
    troth_ndr_reply(out, c);
}

/* What is asked for, ObjectAttributes and DesiredAccess, makes no difference to a policy that has no content. */
static void open_policy(void *self, troth_rpc_call *c)
{
    troth_rpc_handle h;
    (void)self;
    if (troth_rpc_handle_new(c, POLICY, troth_rpc_call_server(c), NULL, &h)) {
        troth_rpc_call_fault(c, TROTH_NCA_S_FAULT_REMOTE_NO_MEMORY);
        return;
    }
    troth_ndr_out out = troth_ndr_out_for(c);
    troth_ndr_put_handle(&out, &h);
    put_status(&out, c, STATUS_SUCCESS);
}

static void close_policy(void *self, troth_rpc_call *c)
{
    static const troth_rpc_handle null;
    troth_ndr_in in = troth_ndr_in_of(troth_rpc_call_request(c));
    troth_rpc_handle h = troth_ndr_get_handle(&in);
    (void)self;
    if (troth_ndr_end(&in)) {
        troth_rpc_call_fault(c, TROTH_RPC_S_BAD_STUB_DATA);
    } else if (!troth_rpc_handle_close(c, POLICY, &h)) {
        troth_rpc_call_fault(c, TROTH_NCA_S_FAULT_CONTEXT_MISMATCH);
    } else {
        troth_ndr_out out = troth_ndr_out_for(c);
        troth_ndr_put_handle(&out, &null);
        put_status(&out, c, STATUS_SUCCESS);
    }
}

/* An RPC_UNICODE_STRING behind its referent; the names of a test realm are ASCII. [MS-DTYP 2.3.10] */
static void put_unicode_string(troth_ndr_out *out, const char *text)
{
    size_t units = strlen(text) < TEXT_UNITS ? strlen(text) : TEXT_UNITS;
    troth_ndr_put_pointer(out, true);
    troth_ndr_put_align(out, out->ndr64 ? 8 : 4);
    troth_ndr_put_u16(out, (uint16_t)(2 * units)); /* Length */
    troth_ndr_put_u16(out, (uint16_t)(2 * units)); /* MaximumLength */
    troth_ndr_put_pointer(out, true);
    troth_ndr_put_count(out, units);
    troth_ndr_put_count(out, 0);
    troth_ndr_put_count(out, units);
    for (size_t i = 0; i < units; i++)
        troth_ndr_put_u16(out, (uint8_t)text[i]);
}

static void get_user_name(void *self, troth_rpc_call *c)
{
    troth_ndr_in in = troth_ndr_in_of(troth_rpc_call_request(c));
    const troth_identity *who = &troth_rpc_call_caller(c)->facts.peer;
    bool known = who->account && *who->account;
    (void)self;
    if (troth_ndr_get_pointer(&in))
        (void)troth_ndr_get_string16(&in, NAME_MAX_UNITS); /* SystemName */
    bool user_name = troth_ndr_get_pointer(&in); /* must be null, as the specification says; not judged here */
    bool domain_wanted = !user_name && troth_ndr_get_pointer(&in);
    if (user_name || in.st) {
        troth_rpc_call_fault(c, TROTH_RPC_S_BAD_STUB_DATA);
        return;
    }
    troth_ndr_out out = troth_ndr_out_for(c);
    put_unicode_string(&out, known ? who->account : "ANONYMOUS LOGON");
    troth_ndr_put_pointer(&out, domain_wanted);
    if (domain_wanted)
        put_unicode_string(&out, known ? who->authority : "NT AUTHORITY");
    put_status(&out, c, STATUS_SUCCESS);
}

static const troth_rpc_handler ops[] = {
    [0] = close_policy, [6] = open_policy, [44] = open_policy, [45] = get_user_name
};

const troth_rpc_interface fixture_lsarpc = {
    .name = "lsarpc",
    .syntax = { { { 0x12, 0x34, 0x57, 0x78, 0x12, 0x34, 0xab, 0xcd, 0xef, 0x00, 0x01, 0x23, 0x45, 0x67, 0x89, 0xab } },
                0,
                0 },
    .transfer = TROTH_RPC_NDR | TROTH_RPC_NDR64,
    .ops = ops,
    .n_ops = sizeof ops / sizeof *ops,
};
