/* Numbers of the wire and their names: fault statuses, levels, providers, syntaxes. */
#include <rpc/call.h>
#include <string.h>
#include <strings.h>
#include <troth/rpc.h>

typedef struct number_name {
    uint32_t number;
    const char *name;
} number_name;

/* [C706 appendix E; MS-ERREF 2.2] */
static const number_name faults[] = {
    { TROTH_RPC_S_ACCESS_DENIED, "RPC_S_ACCESS_DENIED" },
    { TROTH_RPC_S_NO_CALL_ACTIVE, "RPC_S_NO_CALL_ACTIVE" },
    { TROTH_RPC_S_CANNOT_SUPPORT, "RPC_S_CANNOT_SUPPORT" },
    { TROTH_RPC_S_BAD_STUB_DATA, "RPC_X_BAD_STUB_DATA" },
    { TROTH_RPC_S_SEC_PKG_ERROR, "RPC_S_SEC_PKG_ERROR" },
    { TROTH_NCA_S_COMM_FAILURE, "nca_s_comm_failure" },
    { TROTH_NCA_S_OP_RNG_ERROR, "nca_s_op_rng_error" },
    { TROTH_NCA_S_UNK_IF, "nca_s_unk_if" },
    { TROTH_NCA_S_WRONG_BOOT_TIME, "nca_s_wrong_boot_time" },
    { TROTH_NCA_S_YOU_CRASHED, "nca_s_you_crashed" },
    { TROTH_NCA_S_PROTO_ERROR, "nca_s_proto_error" },
    { TROTH_NCA_S_OUT_ARGS_TOO_BIG, "nca_s_out_args_too_big" },
    { TROTH_NCA_S_SERVER_TOO_BUSY, "nca_s_server_too_busy" },
    { TROTH_NCA_S_UNSUPPORTED_TYPE, "nca_s_unsupported_type" },
    { TROTH_NCA_S_FAULT_CANCEL, "nca_s_fault_cancel" },
    { TROTH_NCA_S_FAULT_CONTEXT_MISMATCH, "nca_s_fault_context_mismatch" },
    { TROTH_NCA_S_FAULT_REMOTE_NO_MEMORY, "nca_s_fault_remote_no_memory" },
    { TROTH_NCA_S_INVALID_PRES_CONTEXT_ID, "nca_s_invalid_pres_context_id" },
    { TROTH_NCA_S_UNSUPPORTED_AUTHN_LEVEL, "nca_s_unsupported_authn_level" },
    { TROTH_NCA_S_FAULT_UNSPEC, "nca_s_fault_unspec" },
};

/* The name that is shown comes first. */
static const number_name levels[] = {
    { TROTH_RPC_LEVEL_NONE, "none" },       { TROTH_RPC_LEVEL_CONNECT, "connect" },
    { TROTH_RPC_LEVEL_CALL, "call" },       { TROTH_RPC_LEVEL_PKT, "packet" },
    { TROTH_RPC_LEVEL_PKT, "pkt" },         { TROTH_RPC_LEVEL_INTEGRITY, "integrity" },
    { TROTH_RPC_LEVEL_INTEGRITY, "sign" },  { TROTH_RPC_LEVEL_PRIVACY, "privacy" },
    { TROTH_RPC_LEVEL_PRIVACY, "encrypt" }, { TROTH_RPC_LEVEL_PRIVACY, "seal" },
};

static const number_name auth_types[] = {
    { TROTH_RPC_AUTH_NONE, "none" },         { TROTH_RPC_AUTH_SPNEGO, "spnego" },
    { TROTH_RPC_AUTH_NTLM, "ntlm" },         { TROTH_RPC_AUTH_SCHANNEL, "schannel" },
    { TROTH_RPC_AUTH_KERBEROS, "kerberos" }, { TROTH_RPC_AUTH_NETLOGON, "netlogon" },
    { TROTH_RPC_AUTH_DEFAULT, "default" },
};

#define COUNT(a) (sizeof(a) / sizeof *(a))

static const char *name_of(const number_name *row, size_t n, uint32_t number)
{
    for (; n; n--, row++) {
        if (row->number == number)
            return row->name;
    }
    return NULL;
}

const char *troth_rpc_fault_name(uint32_t status)
{
    return name_of(faults, COUNT(faults), status);
}

const char *troth_rpc_level_name(troth_rpc_level level)
{
    const char *name = name_of(levels, COUNT(levels), (uint32_t)level);
    return name ? name : level == TROTH_RPC_LEVEL_DEFAULT ? "default" : "unknown";
}

const char *troth_rpc_auth_type_name(troth_rpc_auth_type type)
{
    const char *name = name_of(auth_types, COUNT(auth_types), (uint32_t)type);
    return name ? name : "unknown";
}

bool troth_rpc_level_parse(const char *text, troth_rpc_level *ret)
{
    for (size_t i = 0; i < COUNT(levels); i++) {
        if (!strcasecmp(text, levels[i].name)) {
            *ret = (troth_rpc_level)levels[i].number;
            return true;
        }
    }
    return false;
}

/* [C706 appendix I; MS-RPCE 2.2.5.1] */
static const troth_rpc_syntax ndr = {
    { { 0x8a, 0x88, 0x5d, 0x04, 0x1c, 0xeb, 0x11, 0xc9, 0x9f, 0xe8, 0x08, 0x00, 0x2b, 0x10, 0x48, 0x60 } }, 2, 0
};
static const troth_rpc_syntax ndr64 = {
    { { 0x71, 0x71, 0x05, 0x33, 0xbe, 0xba, 0x49, 0x37, 0x83, 0x19, 0xb5, 0xdb, 0xef, 0x9c, 0xcc, 0x36 } }, 1, 0
};

const troth_rpc_syntax *troth_rpc_transfer_syntax(unsigned transfer)
{
    return transfer == TROTH_RPC_NDR64 ? &ndr64 : &ndr;
}

unsigned troth_rpc_transfer_of(const troth_rpc_syntax *s)
{
    if (troth_rpc_syntax_equal(s, &ndr))
        return TROTH_RPC_NDR;
    return troth_rpc_syntax_equal(s, &ndr64) ? TROTH_RPC_NDR64 : 0;
}

bool troth_rpc_syntax_equal(const troth_rpc_syntax *a, const troth_rpc_syntax *b)
{
    return troth_uuid_equal(&a->uuid, &b->uuid) && a->major == b->major && a->minor == b->minor;
}

/* A decimal number of one to five digits; NULL when there is none below 65,536, else what stands behind it. */
static const char *number16(const char *at, uint16_t *ret)
{
    uint32_t v = 0;
    size_t n = 0;
    for (; n < 5 && at[n] >= '0' && at[n] <= '9'; n++)
        v = v * 10 + (uint32_t)(at[n] - '0');
    if (!n || v > UINT16_MAX)
        return NULL;
    *ret = (uint16_t)v;
    return at + n;
}

troth_status troth_rpc_syntax_parse(const char *text, troth_rpc_syntax *ret)
{
    troth_rpc_syntax s = { .major = 0 };
    char uuid[TROTH_UUID_TEXT];
    size_t n = strnlen(text, sizeof uuid - 1);
    memcpy(uuid, text, n);
    uuid[n] = 0;
    if (troth_uuid_parse(uuid, &s.uuid))
        return TROTH_MALFORMED;
    text += n;
    if (*text == '@') {
        text = number16(text + 1, &s.major);
        if (text && *text == '.')
            text = number16(text + 1, &s.minor);
    }
    if (!text || *text)
        return TROTH_MALFORMED;
    *ret = s;
    return TROTH_OK;
}

bool troth_rpc_status_forbidden(uint32_t status)
{
    static const uint32_t forbidden[] = { 0x00000000, 0x80000001, 0x80000002, 0x80000003, 0xc0000005,
                                          0xc0000006, 0xc000001d, 0xc0000096, 0xc00000aa, 0xc00000fd,
                                          0xc0000194, 0xc0000235, 0xc0000409, 0xc0000420 };
    for (size_t i = 0; i < sizeof forbidden / sizeof *forbidden; i++) {
        if (status == forbidden[i])
            return true;
    }
    return false;
}
