/* The management interface [C706 Q; MS-RPCE 2.2.1.3]: what may be asked of any server by anybody. */
#include <rpc/builtin.h>
#include <string.h>

enum { INQ_IF_IDS, INQ_STATS, IS_SERVER_LISTENING, STOP_SERVER_LISTENING, INQ_PRINC_NAME, MGMT_OPS };

enum {
    STATS_MAX = 50,                   /* range of StatisticsCount */
    PRINC_NAME_MAX = 4096,            /* range of princ_name_size */
    ERROR_INSUFFICIENT_BUFFER = 0x7a, /* as Windows says it, and smbtorture demands */
    RPC_S_UNKNOWN_AUTHN_SERVICE = 0x6d3
};

static uint32_t shown(const troth_rpc_server *s)
{
    uint32_t n = 0;
    for (const troth_rpc_registered *r = s->interfaces; r; r = r->next)
        n += !r->interface->hidden;
    return n;
}

/* A pointer to rpc_if_id_vector_t, which is a conformant structure of pointers; their referents stand behind it. */
static void inq_if_ids(void *self, troth_rpc_call *c)
{
    (void)self;
    const troth_rpc_server *s = troth_rpc_call_server(c);
    uint32_t n = shown(s);
    troth_ndr_out out = troth_ndr_out_for(c);
    troth_ndr_put_pointer(&out, true);
    troth_ndr_put_count(&out, n);
    troth_ndr_put_u32(&out, n);
    for (uint32_t i = 0; i < n; i++)
        troth_ndr_put_pointer(&out, true);
    for (const troth_rpc_registered *r = s->interfaces; r; r = r->next) {
        if (r->interface->hidden)
            continue;
        troth_ndr_put_uuid(&out, &r->interface->syntax.uuid);
        troth_ndr_put_u16(&out, r->interface->syntax.major);
        troth_ndr_put_u16(&out, r->interface->syntax.minor);
    }
    troth_ndr_put_u32(&out, 0);
    troth_ndr_reply(&out, c);
}

static void inq_stats(void *self, troth_rpc_call *c)
{
    (void)self;
    troth_ndr_in in = troth_ndr_in_of(troth_rpc_call_request(c));
    uint32_t count = troth_ndr_get_u32(&in);
    if (!in.st && count > STATS_MAX)
        in.st = TROTH_MALFORMED;
    if (troth_rpc_stub_refused(&in, c))
        return;
    const troth_rpc_counters all = troth_rpc_server_count(troth_rpc_call_server(c));
    const uint64_t statistics[] = { all.calls_in, all.calls_out, all.pdus_in, all.pdus_out };
    if (count > sizeof statistics / sizeof *statistics)
        count = sizeof statistics / sizeof *statistics;
    troth_ndr_out out = troth_ndr_out_for(c);
    troth_ndr_put_u32(&out, count);
    troth_ndr_put_count(&out, count);
    for (uint32_t i = 0; i < count; i++)
        troth_ndr_put_u32(&out, (uint32_t)statistics[i]);
    troth_ndr_put_u32(&out, 0);
    troth_ndr_reply(&out, c);
}

static void is_server_listening(void *self, troth_rpc_call *c)
{
    (void)self;
    troth_ndr_out out = troth_ndr_out_for(c);
    troth_ndr_put_u32(&out, 0); /* status */
    troth_ndr_put_u32(&out, 1); /* the result: true */
    troth_ndr_reply(&out, c);
}

static void stop_server_listening(void *self, troth_rpc_call *c)
{
    (void)self;
    troth_rpc_reply_status(c, TROTH_RPC_S_ACCESS_DENIED);
}

/*
 * The name that authn_proto knows us by: the one that the caller's own context found us under. Who has none does not learn
 * what names there are.
 */
static const char *princ_name(const troth_rpc_caller *caller, uint32_t authn_proto)
{
    bool its_own = caller->type != TROTH_RPC_AUTH_NONE && authn_proto == (uint32_t)caller->type;
    bool kerberos = caller->facts.mech == TROTH_MECH_KERBEROS && authn_proto == TROTH_RPC_AUTH_KERBEROS;
    const char *name = caller->facts.self.name;
    return (its_own || kerberos) && name && *name ? name : NULL;
}

static void inq_princ_name(void *self, troth_rpc_call *c)
{
    (void)self;
    troth_ndr_in in = troth_ndr_in_of(troth_rpc_call_request(c));
    uint32_t authn_proto = troth_ndr_get_u32(&in);
    uint32_t princ_name_size = troth_ndr_get_u32(&in);
    if (!in.st && princ_name_size > PRINC_NAME_MAX)
        in.st = TROTH_MALFORMED;
    if (troth_rpc_stub_refused(&in, c))
        return;
    const char *name = princ_name(troth_rpc_call_caller(c), authn_proto);
    uint32_t status = name ? 0 : RPC_S_UNKNOWN_AUTHN_SERVICE;
    size_t n = name ? strlen(name) + 1 : 1;
    if (n > princ_name_size) {
        status = status ? status : ERROR_INSUFFICIENT_BUFFER;
        n = princ_name_size ? 1 : 0;
        name = NULL;
    }
    troth_ndr_out out = troth_ndr_out_for(c);
    troth_ndr_put_count(&out, princ_name_size);
    troth_ndr_put_count(&out, 0);
    troth_ndr_put_count(&out, n);
    troth_ndr_put_octets(&out, name ? name : "", n);
    troth_ndr_put_u32(&out, status);
    troth_ndr_reply(&out, c);
}

static const troth_rpc_handler ops[MGMT_OPS] = {
    [INQ_IF_IDS] = inq_if_ids,
    [INQ_STATS] = inq_stats,
    [IS_SERVER_LISTENING] = is_server_listening,
    [STOP_SERVER_LISTENING] = stop_server_listening,
    [INQ_PRINC_NAME] = inq_princ_name,
};

const troth_rpc_interface troth_rpc_mgmt = {
    .name = "mgmt",
    .syntax = { { { 0xaf, 0xa8, 0xbd, 0x80, 0x7d, 0x8a, 0x11, 0xc9, 0xbe, 0xf4, 0x08, 0x00, 0x2b, 0x10, 0x29, 0x89 } },
                1,
                0 },
    .transfer = TROTH_RPC_NDR | TROTH_RPC_NDR64,
    .ops = ops,
    .n_ops = MGMT_OPS,
};
