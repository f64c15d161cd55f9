/* netlogon's NetrServerReqChallenge [MS-NRPC 3.5.4.4.1] and dssetup's DsRolerGetPrimaryDomainInformation [MS-DSSP 3.2.5.1]. */
#include <fixture_stubs.h>
#include <string.h>
#include <troth/ndr.h>

enum { NAME_MAX_UNITS = 256, CHALLENGE = 8 };

/* The challenge is our own, so that the answer is not what was sent. */
static void req_challenge(void *self, troth_rpc_call *c)
{
    troth_ndr_in in = troth_ndr_in_of(troth_rpc_call_request(c));
    uint8_t challenge[CHALLENGE];
    (void)self;
    if (troth_ndr_get_pointer(&in))
        (void)troth_ndr_get_string16(&in, NAME_MAX_UNITS);          /* PrimaryName */
    troth_bytes name = troth_ndr_get_string16(&in, NAME_MAX_UNITS); /* ComputerName */
    (void)troth_ndr_get_octets(&in, CHALLENGE);                     /* ClientChallenge */
    if (troth_ndr_end(&in) || name.len == 0) {
        troth_rpc_call_fault(c, TROTH_RPC_S_BAD_STUB_DATA);
        return;
    }
    const troth_env *env = troth_env_posix();
    if (env->random(env->self, challenge, sizeof challenge)) {
        troth_rpc_call_fault(c, TROTH_NCA_S_FAULT_UNSPEC);
        return;
    }
    troth_ndr_out out = troth_ndr_out_for(c);
    troth_ndr_put_octets(&out, challenge, sizeof challenge);
    troth_ndr_put_u32(&out, 0); /* STATUS_SUCCESS */
    troth_ndr_reply(&out, c);
}

static const troth_rpc_handler netlogon_ops[] = { [4] = req_challenge };

const troth_rpc_interface fixture_netlogon = {
    .name = "netlogon",
    .syntax = { { { 0x12, 0x34, 0x56, 0x78, 0x12, 0x34, 0xab, 0xcd, 0xef, 0x00, 0x01, 0x23, 0x45, 0x67, 0xcf, 0xfb } },
                1,
                0 },
    .transfer = TROTH_RPC_NDR | TROTH_RPC_NDR64,
    .ops = netlogon_ops,
    .n_ops = sizeof netlogon_ops / sizeof *netlogon_ops,
};

/* A DSROLER_PRIMARY_DOMAIN_INFO_BASIC: a primary controller of a domain without directory names or GUID. */
static void put_basic(troth_ndr_out *out)
{
    enum { PRIMARY_DC = 5, DS_RUNNING = 1 };
    static const troth_uuid null_guid;
    troth_ndr_put_enum(out, PRIMARY_DC);
    troth_ndr_put_u32(out, DS_RUNNING);
    for (int i = 0; i < 3; i++)
        troth_ndr_put_pointer(out, i < 1); /* DomainNameFlat; no DomainNameDns, no DomainForestName */
    troth_ndr_put_uuid(out, &null_guid);
    troth_ndr_put_string16(out, "LAB");
}

static void domain_information(void *self, troth_rpc_call *c)
{
    enum { BASIC = 1, UPGRADE, OPERATION_STATE };
    troth_ndr_in in = troth_ndr_in_of(troth_rpc_call_request(c));
    uint32_t level = troth_ndr_get_enum(&in);
    (void)self;
    if (troth_ndr_end(&in) || level < BASIC || level > OPERATION_STATE) {
        troth_rpc_call_fault(c, TROTH_RPC_S_BAD_STUB_DATA);
        return;
    }
    troth_ndr_out out = troth_ndr_out_for(c);
    troth_ndr_put_pointer(&out, true);
    troth_ndr_put_enum(&out, level); /* the switch; in NDR the arm is aligned as itself, in NDR64 as the union */
    if (out.ndr64 || level != OPERATION_STATE)
        troth_ndr_put_align(&out, out.ndr64 ? 8 : 4);
    if (level == BASIC) {
        put_basic(&out);
    } else if (level == UPGRADE) {
        troth_ndr_put_u32(&out, 0);  /* OperationState */
        troth_ndr_put_enum(&out, 0); /* PreviousServerState */
    } else {
        troth_ndr_put_enum(&out, 0); /* DSROLE_OPERATION_STATE: idle */
    }
    troth_ndr_put_u32(&out, 0); /* ERROR_SUCCESS */
    troth_ndr_reply(&out, c);
}

static const troth_rpc_handler dssetup_ops[] = { domain_information };

const troth_rpc_interface fixture_dssetup = {
    .name = "dssetup",
    .syntax = { { { 0x39, 0x19, 0x28, 0x6a, 0xb1, 0x0c, 0x11, 0xd0, 0x9b, 0xa8, 0x00, 0xc0, 0x4f, 0xd9, 0x2e, 0xf5 } },
                0,
                0 },
    .transfer = TROTH_RPC_NDR | TROTH_RPC_NDR64,
    .ops = dssetup_ops,
    .n_ops = 1,
};

const troth_rpc_interface fixture_echo_entry = {
    .name = "rpcecho",
    .syntax = { { { 0x60, 0xa1, 0x5e, 0xc5, 0x4d, 0xe8, 0x11, 0xd7, 0xa6, 0x37, 0x00, 0x50, 0x56, 0xa2, 0x01, 0x82 } },
                1,
                0 },
    .transfer = TROTH_RPC_NDR | TROTH_RPC_NDR64,
};
