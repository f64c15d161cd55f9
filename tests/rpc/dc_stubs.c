/* Requests and replies of the interfaces that both servers have, and of our fixture's. */
#include <ctype.h>
#include <dc_stubs.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_STUB = 4 << 20, MAX_NAME = 1024, ECHO_DATA = 1, ECHO_SOURCE = 3, LOOKUP_PAGES = 20 };

const troth_rpc_syntax dc_epm = {
    { { 0xe1, 0xaf, 0x83, 0x08, 0x5d, 0x1f, 0x11, 0xc9, 0x91, 0xa4, 0x08, 0x00, 0x2b, 0x14, 0xa0, 0xfa } }, 3, 0
};
const troth_rpc_syntax dc_mgmt = {
    { { 0xaf, 0xa8, 0xbd, 0x80, 0x7d, 0x8a, 0x11, 0xc9, 0xbe, 0xf4, 0x08, 0x00, 0x2b, 0x10, 0x29, 0x89 } }, 1, 0
};
const troth_rpc_syntax dc_samr = {
    { { 0x12, 0x34, 0x57, 0x78, 0x12, 0x34, 0xab, 0xcd, 0xef, 0x00, 0x01, 0x23, 0x45, 0x67, 0x89, 0xac } }, 1, 0
};
const troth_rpc_syntax dc_lsarpc = {
    { { 0x12, 0x34, 0x57, 0x78, 0x12, 0x34, 0xab, 0xcd, 0xef, 0x00, 0x01, 0x23, 0x45, 0x67, 0x89, 0xab } }, 0, 0
};
const troth_rpc_syntax dc_dssetup = {
    { { 0x39, 0x19, 0x28, 0x6a, 0xb1, 0x0c, 0x11, 0xd0, 0x9b, 0xa8, 0x00, 0xc0, 0x4f, 0xd9, 0x2e, 0xf5 } }, 0, 0
};
const troth_rpc_syntax dc_netlogon = {
    { { 0x12, 0x34, 0x56, 0x78, 0x12, 0x34, 0xab, 0xcd, 0xef, 0x00, 0x01, 0x23, 0x45, 0x67, 0xcf, 0xfb } }, 1, 0
};
const troth_rpc_syntax dc_drsuapi = {
    { { 0xe3, 0x51, 0x42, 0x35, 0x4b, 0x06, 0x11, 0xd1, 0xab, 0x04, 0x00, 0xc0, 0x4f, 0xc2, 0xdc, 0xd2 } }, 4, 0
};
const troth_rpc_syntax dc_rpcecho = {
    { { 0x60, 0xa1, 0x5e, 0xc5, 0x4d, 0xe8, 0x11, 0xd7, 0xa6, 0x37, 0x00, 0x50, 0x56, 0xa2, 0x01, 0x82 } }, 1, 0
};

dc_request dc_ask(const troth_rpc_syntax *s, uint16_t opnum, unsigned transfer)
{
    return (dc_request){ .m = { .abstract = *s, .transfer = transfer, .opnum = opnum, .drep = { 0x10 } },
                         .out = troth_ndr_out_new(troth_env_posix(), transfer, MAX_STUB) };
}

uint64_t dc_send(dc_net *n, dc_conn *c, uint64_t context, dc_request *q)
{
    if (q->out.st)
        abort(); /* a stub that cannot be written is our own mistake */
    q->m.stub = troth_ndr_out_bytes(&q->out);
    uint64_t id = n->pool ? dc_pool_begin(n, context, &q->m) : dc_begin(n, c, context, &q->m);
    troth_ndr_out_clear(&q->out);
    return id;
}

const dc_result *dc_do(dc_net *n, dc_conn *c, uint64_t context, dc_request *q)
{
    return dc_wait(n, dc_send(n, c, context, q));
}

bool dc_replied(dc_net *n, const char *what, const dc_result *r)
{
    if (r->error.code)
        return dc_fail_error(n, what, &r->error);
    return r->message.fault ? dc_fail(n, "%s: fault 0x%x", what, r->message.fault) : true;
}

uint32_t dc_last_status(const dc_result *r)
{
    size_t len = r->message.stub.len;
    const uint8_t *p = r->message.stub.data + len - 4;
    return len < 4 ? UINT32_MAX : p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

bool dc_text_is(troth_bytes utf16, const char *text)
{
    if (utf16.len != 2 * strlen(text))
        return false;
    for (size_t i = 0; text[i]; i++)
        if (utf16.data[2 * i + 1] || tolower(utf16.data[2 * i]) != tolower((unsigned char)text[i]))
            return false;
    return true;
}

static bool judge(dc_net *n, const char *what, const dc_result *r, const troth_ndr_in *in, bool good)
{
    if (troth_ndr_end(in))
        return dc_fail(n, "%s: a reply of %zu octets that does not parse", what, r->message.stub.len);
    return good ? true : dc_fail(n, "%s: not the reply that was to come", what);
}

/* ---- mgmt and the endpoint mapper ---- */

bool dc_listening(dc_net *n, dc_conn *c, uint64_t context)
{
    dc_request q = dc_ask(&dc_mgmt, 2, TROTH_RPC_NDR);
    const dc_result *r = dc_do(n, c, context, &q);
    if (!dc_replied(n, "is_server_listening", r))
        return false;
    troth_ndr_in in = troth_ndr_in_of(&r->message);
    uint32_t status = troth_ndr_get_u32(&in), listening = troth_ndr_get_u32(&in);
    return judge(n, "is_server_listening", r, &in, status == 0 && listening == 1);
}

/* The list of interfaces names this one. */
bool dc_inquires(dc_net *n, dc_conn *c, uint64_t context, const troth_rpc_syntax *present)
{
    dc_request q = dc_ask(&dc_mgmt, 0, TROTH_RPC_NDR);
    const dc_result *r = dc_do(n, c, context, &q);
    bool found = false;
    if (!dc_replied(n, "inq_if_ids", r))
        return false;
    troth_ndr_in in = troth_ndr_in_of(&r->message);
    (void)troth_ndr_get_pointer(&in);
    uint32_t count = troth_ndr_get_u32(&in);
    size_t max = troth_ndr_get_count(&in, MAX_NAME);
    for (size_t i = 0; i < max && !in.st; i++)
        (void)troth_ndr_get_pointer(&in);
    for (uint32_t i = 0; i < count && !in.st; i++) {
        troth_rpc_syntax s = { .uuid = troth_ndr_get_uuid(&in) };
        s.major = troth_ndr_get_u16(&in);
        s.minor = troth_ndr_get_u16(&in);
        found |= troth_rpc_syntax_equal(&s, present);
    }
    uint32_t status = troth_ndr_get_u32(&in);
    return judge(n, "inq_if_ids", r, &in, found && count == max && status == 0);
}

bool dc_map(dc_net *n, dc_conn *c, uint64_t context, const troth_rpc_syntax *s, uint16_t *ret_port)
{
    dc_request q = { .out = troth_ndr_out_new(troth_env_posix(), TROTH_RPC_NDR, MAX_NAME) };
    if (troth_rpc_epm_map_request(s, TROTH_RPC_NDR, &q.out, &q.m))
        abort();
    const dc_result *r = dc_do(n, c, context, &q);
    if (!dc_replied(n, "ept_map", r))
        return false;
    troth_status st = troth_rpc_epm_map_reply(&r->message, ret_port);
    if (st)
        return dc_fail(n, "ept_map: %s", troth_status_name(st));
    return *ret_port > 1024 ? true : dc_fail(n, "ept_map: port %u", *ret_port);
}

typedef struct sought {
    const troth_rpc_syntax *s;
    bool found;
} sought;

static void look(void *self, const troth_rpc_epm_entry *e)
{
    sought *x = self;
    x->found |= e->port != 0 && troth_rpc_syntax_equal(&e->syntax, x->s);
}

/* All entries, by as many pages as it takes, name this interface over TCP. */
bool dc_lookup(dc_net *n, dc_conn *c, uint64_t context, const troth_rpc_syntax *present)
{
    static const troth_rpc_handle null;
    sought x = { .s = present };
    troth_rpc_handle resume = null;
    troth_status st = TROTH_OK;
    for (int page = 0; !st && page < LOOKUP_PAGES; page++) {
        dc_request q = { .out = troth_ndr_out_new(troth_env_posix(), TROTH_RPC_NDR, MAX_NAME) };
        if (troth_rpc_epm_lookup_request(page ? &resume : NULL, TROTH_RPC_NDR, &q.out, &q.m))
            abort();
        const dc_result *r = dc_do(n, c, context, &q);
        if (!dc_replied(n, "ept_lookup", r))
            return false;
        st = troth_rpc_epm_lookup_reply(&r->message, look, &x, &resume);
        if (!st && memcmp(&resume, &null, sizeof null) == 0)
            break;
    }
    if (st && st != TROTH_NO_MECH)
        return dc_fail(n, "ept_lookup: %s", troth_status_name(st));
    return x.found ? true : dc_fail(n, "ept_lookup: the interface is not among the entries");
}

/* ---- samr ---- */

/* SamrConnect5: the server's handle. [MS-SAMR 3.1.5.1.1] */
static bool connect5(dc_net *n, dc_conn *c, uint64_t context, troth_rpc_handle *ret)
{
    dc_request q = dc_ask(&dc_samr, 64, TROTH_RPC_NDR);
    troth_ndr_put_pointer(&q.out, true);
    troth_ndr_put_string16(&q.out, "\\\\dc1");
    troth_ndr_put_u32(&q.out, 0x02000000); /* MAXIMUM_ALLOWED */
    for (int i = 0; i < 2; i++)
        troth_ndr_put_u32(&q.out, 1); /* InVersion, and the tag of its union */
    troth_ndr_put_u32(&q.out, 3);     /* Revision */
    troth_ndr_put_u32(&q.out, 0);
    const dc_result *r = dc_do(n, c, context, &q);
    if (!dc_replied(n, "SamrConnect5", r))
        return false;
    troth_ndr_in in = troth_ndr_in_of(&r->message);
    uint32_t version = troth_ndr_get_u32(&in), tag = troth_ndr_get_u32(&in);
    (void)troth_ndr_get_u32(&in), (void)troth_ndr_get_u32(&in);
    *ret = troth_ndr_get_handle(&in);
    return judge(n, "SamrConnect5", r, &in, troth_ndr_get_u32(&in) == 0 && version == 1 && tag == 1);
}

/* SamrEnumerateDomainsInSamServer names the domain and Builtin; then the handle is closed. [MS-SAMR 3.1.5.2.1] */
bool dc_samr_domains(dc_net *n, dc_conn *c, uint64_t context, const char *domain)
{
    troth_rpc_handle h;
    bool ours = false, builtin = false;
    if (!connect5(n, c, context, &h))
        return false;
    dc_request q = dc_ask(&dc_samr, 6, TROTH_RPC_NDR);
    troth_ndr_put_handle(&q.out, &h);
    troth_ndr_put_u32(&q.out, 0);
    troth_ndr_put_u32(&q.out, 65536);
    const dc_result *r = dc_do(n, c, context, &q);
    if (!dc_replied(n, "SamrEnumerateDomainsInSamServer", r))
        return false;
    troth_ndr_in in = troth_ndr_in_of(&r->message);
    (void)troth_ndr_get_u32(&in), (void)troth_ndr_get_pointer(&in);
    uint32_t count = troth_ndr_get_u32(&in);
    (void)troth_ndr_get_pointer(&in);
    size_t max = troth_ndr_get_count(&in, MAX_NAME);
    for (size_t i = 0; i < max && !in.st; i++) { /* RelativeId, Name without its characters */
        (void)troth_ndr_get_u32(&in), (void)troth_ndr_get_u32(&in);
        (void)troth_ndr_get_pointer(&in);
    }
    for (uint32_t i = 0; i < count && !in.st; i++) {
        size_t room = troth_ndr_get_count(&in, MAX_NAME), units = 0;
        (void)troth_ndr_get_count(&in, 0);
        units = troth_ndr_get_count(&in, room);
        troth_bytes name = { troth_ndr_get_octets(&in, 2 * units), 2 * units };
        ours |= !in.st && dc_text_is(name, domain);
        builtin |= !in.st && dc_text_is(name, "Builtin");
    }
    (void)troth_ndr_get_u32(&in);
    uint32_t status = troth_ndr_get_u32(&in);
    if (!judge(n, "SamrEnumerateDomainsInSamServer", r, &in, ours && builtin && status == 0))
        return false;
    q = dc_ask(&dc_samr, 1, TROTH_RPC_NDR);
    troth_ndr_put_handle(&q.out, &h);
    r = dc_do(n, c, context, &q);
    return dc_replied(n, "SamrCloseHandle", r) &&
           (r->message.stub.len == 24 && dc_last_status(r) == 0 ? true : dc_fail(n, "SamrCloseHandle did not"));
}

/* ---- dssetup, netlogon, lsarpc, rpcecho ---- */

/* DsRolerGetPrimaryDomainInformation, level 1: the flat name of the domain. [MS-DSSP 3.2.5.1] */
bool dc_role(dc_net *n, dc_conn *c, uint64_t context, unsigned transfer, const char *domain)
{
    dc_request q = dc_ask(&dc_dssetup, 0, transfer);
    troth_ndr_put_enum(&q.out, 1);
    const dc_result *r = dc_do(n, c, context, &q);
    if (!dc_replied(n, "DsRolerGetPrimaryDomainInformation", r))
        return false;
    troth_ndr_in in = troth_ndr_in_of(&r->message);
    (void)troth_ndr_get_pointer(&in);
    uint32_t level = troth_ndr_get_enum(&in);
    troth_ndr_get_align(&in, transfer == TROTH_RPC_NDR64 ? 8 : 4);
    uint32_t role = troth_ndr_get_enum(&in);
    (void)troth_ndr_get_u32(&in);
    for (int i = 0; i < 3; i++)
        (void)troth_ndr_get_pointer(&in);
    (void)troth_ndr_get_uuid(&in);
    troth_bytes name = troth_ndr_get_string16(&in, MAX_NAME);
    return judge(n, "DsRolerGetPrimaryDomainInformation", r, &in,
                 level == 1 && role == 5 && dc_text_is(name, domain) && dc_last_status(r) == 0);
}

/* NetrServerReqChallenge, which is not authenticated. [MS-NRPC 3.5.4.4.1] */
bool dc_challenge(dc_net *n, dc_conn *c, uint64_t context)
{
    dc_request q = dc_ask(&dc_netlogon, 4, TROTH_RPC_NDR);
    troth_ndr_put_pointer(&q.out, true);
    troth_ndr_put_string16(&q.out, "\\\\dc1");
    troth_ndr_put_string16(&q.out, "client");
    troth_ndr_put_octets(&q.out, "12345678", 8);
    const dc_result *r = dc_do(n, c, context, &q);
    if (!dc_replied(n, "NetrServerReqChallenge", r))
        return false;
    if (r->message.stub.len != 12 || dc_last_status(r) || memcmp(r->message.stub.data, "12345678", 8) == 0)
        return dc_fail(n, "NetrServerReqChallenge: not a challenge");
    return true;
}

/* LsarGetUserName. [MS-LSAT 3.1.4.4] */
bool dc_whoami(dc_net *n, dc_conn *c, uint64_t context, const char *user, const char *authority)
{
    const char *want[] = { user, authority };
    bool same = true;
    dc_request q = dc_ask(&dc_lsarpc, 45, TROTH_RPC_NDR);
    troth_ndr_put_pointer(&q.out, false); /* SystemName, UserName */
    troth_ndr_put_pointer(&q.out, false);
    troth_ndr_put_pointer(&q.out, true); /* DomainName: a pointer to a pointer */
    troth_ndr_put_pointer(&q.out, false);
    const dc_result *r = dc_do(n, c, context, &q);
    if (!dc_replied(n, "LsarGetUserName", r))
        return false;
    troth_ndr_in in = troth_ndr_in_of(&r->message);
    for (int i = 0; i < 2 && !in.st; i++) {
        (void)(troth_ndr_get_pointer(&in) && i && troth_ndr_get_pointer(&in));
        (void)troth_ndr_get_u16(&in), (void)troth_ndr_get_u16(&in);
        (void)troth_ndr_get_pointer(&in);
        size_t room = troth_ndr_get_count(&in, MAX_NAME);
        (void)troth_ndr_get_count(&in, 0);
        size_t units = troth_ndr_get_count(&in, room);
        troth_bytes name = { troth_ndr_get_octets(&in, 2 * units), 2 * units };
        same &= !in.st && dc_text_is(name, want[i]);
    }
    uint32_t status = troth_ndr_get_u32(&in);
    return judge(n, "LsarGetUserName", r, &in, same && status == 0);
}

/* What EchoData and SourceData send is a count and so many octets, each the low octet of its index. */
static bool is_data(dc_net *n, const char *what, const dc_result *r, size_t octets)
{
    troth_ndr_in in = troth_ndr_in_of(&r->message);
    size_t count = troth_ndr_get_count(&in, MAX_STUB);
    const uint8_t *p = in.st ? NULL : troth_ndr_get_octets(&in, count);
    for (size_t i = 0; p && i < count; i++)
        if (p[i] != (uint8_t)i)
            return dc_fail(n, "%s: octet %zu is wrong", what, i);
    return judge(n, what, r, &in, count == octets);
}

bool dc_echo(dc_net *n, dc_conn *c, uint64_t context, unsigned transfer, size_t octets)
{
    dc_request q = dc_ask(&dc_rpcecho, ECHO_DATA, transfer);
    troth_ndr_put_u32(&q.out, (uint32_t)octets);
    troth_ndr_put_count(&q.out, octets);
    for (size_t i = 0; i < octets; i++)
        troth_ndr_put_u8(&q.out, (uint8_t)i);
    const dc_result *r = dc_do(n, c, context, &q);
    return dc_replied(n, "EchoData", r) && is_data(n, "EchoData", r, octets);
}

bool dc_source(dc_net *n, dc_conn *c, uint64_t context, size_t octets)
{
    dc_request q = dc_ask(&dc_rpcecho, ECHO_SOURCE, TROTH_RPC_NDR);
    troth_ndr_put_u32(&q.out, (uint32_t)octets);
    const dc_result *r = dc_do(n, c, context, &q);
    return dc_replied(n, "SourceData", r) && is_data(n, "SourceData", r, octets);
}
