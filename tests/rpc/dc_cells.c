/* Cells: every provider, every level, header signing or not; identities side by side; big data. */
#include <dc_client.h>
#include <stdlib.h>
#include <string.h>

enum { MANY = 100, MEBIBYTE = 1 << 20, MANY_NAMES = 10000, ACCESS_DENIED = 8453 /* ERROR_DS_DRA_ACCESS_DENIED */ };

typedef struct cell {
    unsigned auth;
    troth_rpc_level level;
    bool header_signing;
} cell;

static bool context_is_right(dc_net *n, dc_conn *c, const cell *x, const dc_result *r)
{
    troth_bytes key;
    bool kerberos = dc_auths[x->auth].kerberos;
    bool signs = x->header_signing && x->level >= TROTH_RPC_LEVEL_PKT;
    if (r->error.code)
        return dc_fail_error(n, "context", &r->error);
    if (r->facts.mech != (kerberos ? TROTH_MECH_KERBEROS : TROTH_MECH_NTLM))
        return dc_fail(n, "context: by %s", troth_mech_id_name(r->facts.mech));
    if (kerberos && !(r->facts.attributes & TROTH_F_MUTUAL))
        return dc_fail(n, "context: the server is not authenticated");
    if (c->facts.header_signing != signs)
        return dc_fail(n, "header signing is %d, not %d", c->facts.header_signing, signs);
    if (!c->facts.group || !c->facts.bound || c->facts.contexts != 1)
        return dc_fail(n, "group %u, %u contexts", c->facts.group, c->facts.contexts);
    if (troth_rpc_co_session_key(c->e, 1, &key) || key.len < 16)
        return dc_fail(n, "context: no session key");
    return true;
}

static dc_conn *secured(dc_net *n, const dc_peer *p, const cell *x, unsigned user, uint16_t port)
{
    const troth_rpc_co_client_options o = dc_options(x->header_signing);
    const troth_rpc_identity who = dc_identity(p, user, x->auth, x->level);
    snprintf(n->note, sizeof n->note, "type=%d level=%d user=%s", who.type, who.level, p->users[user]);
    dc_conn *c = dc_connect(n, port, &o);
    return c && context_is_right(n, c, x, dc_open(n, c, 1, &who)) ? c : NULL;
}

/* At the DC: samr and dssetup want more than connect, drsuapi privacy; which it refuses is among the refusals. */
static bool calls_of_samba(dc_net *n, const dc_peer *p, const cell *x, const uint16_t ports[2])
{
    troth_rpc_handle h;
    dc_conn *c = secured(n, p, x, 0, ports[0]);
    if (!c || !dc_listening(n, c, 1))
        return false;
    if (x->level > TROTH_RPC_LEVEL_CONNECT && !(dc_samr_domains(n, c, 1, p->domain) && dc_listening(n, c, 1)))
        return false;
    c = secured(n, p, x, 0, ports[1]);
    if (!c || !dc_inquires(n, c, 1, &dc_drsuapi))
        return false;
    if (x->level > TROTH_RPC_LEVEL_CONNECT && !dc_role(n, c, 1, TROTH_RPC_NDR, p->domain))
        return false;
    if (x->level != TROTH_RPC_LEVEL_PRIVACY)
        return true;
    dc_request q = dc_drs_bind();
    return dc_drs_handle(n, dc_do(n, c, 1, &q), &h) &&
           dc_drs_crack(n, c, 1, &h, "SAMBATEST\\alice", "CN=alice,CN=Users,DC=samba,DC=test") &&
           dc_drs_unbind(n, c, 1, &h);
}

static bool calls_of_fixture(dc_net *n, const dc_peer *p, const cell *x, const uint16_t ports[2])
{
    const char *authority = dc_auths[x->auth].kerberos ? p->realm : p->domain;
    dc_conn *c = secured(n, p, x, 0, ports[0]);
    if (!c || !dc_listening(n, c, 1) || !dc_whoami(n, c, 1, p->users[0], authority))
        return false;
    c = secured(n, p, x, 0, ports[1]);
    return c && dc_role(n, c, 1, TROTH_RPC_NDR, p->domain) && dc_challenge(n, c, 1) &&
           dc_echo(n, c, 1, TROTH_RPC_NDR, 20000) && dc_whoami(n, c, 1, p->users[0], authority);
}

/* The endpoint mapper first, in a context of the same kind; then what it tells. */
static bool run_cell(dc_net *n, const dc_peer *p, const void *arg)
{
    const cell *x = arg;
    const troth_rpc_syntax *first = p->samba ? &dc_samr : &dc_lsarpc, *second = p->samba ? &dc_drsuapi : &dc_rpcecho;
    uint16_t ports[2];
    dc_conn *c = secured(n, p, x, 0, DC_EPM_PORT);
    if (!c || !dc_map(n, c, 1, first, &ports[0]) || !dc_map(n, c, 1, second, &ports[1]) || !dc_lookup(n, c, 1, first) ||
        !dc_inquires(n, c, 1, &dc_epm))
        return false;
    return p->samba ? calls_of_samba(n, p, x, ports) : calls_of_fixture(n, p, x, ports);
}

void dc_cells(dc_net *n, const dc_peer *p)
{
    char name[80];
    for (unsigned a = 0; a < DC_AUTHS; a++)
        for (troth_rpc_level l = TROTH_RPC_LEVEL_CONNECT; l <= TROTH_RPC_LEVEL_PRIVACY; l++)
            for (int hs = 1; hs >= 0; hs--) {
                const cell x = { a, l, hs };
                if (l == TROTH_RPC_LEVEL_CALL)
                    continue;
                snprintf(name, sizeof name, "cell_%s_%s_%s", dc_auths[a].name,
                         l == TROTH_RPC_LEVEL_PKT ? "packet" : troth_rpc_level_name(l), hs ? "headers" : "no_headers");
                dc_case(n, p, name, run_cell, &x);
            }
}

/* ---- many identities ---- */

typedef struct many {
    bool multiplexed;
} many;

static unsigned user_of(unsigned i)
{
    return i % DC_USERS;
}

/* drsuapi wants privacy; the fixture serves all levels next to each other. */
static bool add_identities(dc_net *n, const dc_peer *p)
{
    static const troth_rpc_level levels[] = { TROTH_RPC_LEVEL_CONNECT, TROTH_RPC_LEVEL_PKT, TROTH_RPC_LEVEL_INTEGRITY,
                                              TROTH_RPC_LEVEL_PRIVACY };
    for (unsigned i = 0; i < MANY; i++) {
        troth_rpc_level level = p->samba ? TROTH_RPC_LEVEL_PRIVACY : levels[i / DC_USERS / DC_AUTHS % 4];
        const troth_rpc_identity who = dc_identity(p, user_of(i), i / DC_USERS % DC_AUTHS, level);
        troth_status st = troth_rpc_client_identity(n->pool, i + 1, &who);
        if (st)
            return dc_fail(n, "identity %u: %s", i, troth_status_name(st));
    }
    return true;
}

/* All of them bind; then each asks for an object with a handle that another one of its user has: the administrator gets
 * it, the other does not. */
static bool round_of_samba(dc_net *n, const dc_peer *p)
{
    uint64_t ids[MANY];
    troth_rpc_handle h[MANY];
    for (unsigned i = 0; i < MANY; i++) {
        dc_request q = dc_drs_bind();
        ids[i] = dc_send(n, NULL, i + 1, &q);
    }
    for (unsigned i = 0; i < MANY; i++)
        if (!dc_drs_handle(n, dc_wait(n, ids[i]), &h[i]))
            return false;
    for (unsigned i = 0; i < MANY; i++) {
        dc_request q = dc_drs_changes(&h[(i + DC_USERS) % MANY], p->root, true);
        ids[i] = dc_send(n, NULL, i + 1, &q);
    }
    for (unsigned i = 0; i < MANY; i++) {
        uint32_t objects, status, want = user_of(i) ? 0 : ACCESS_DENIED;
        if (!dc_drs_objects(n, dc_wait(n, ids[i]), &objects, &status))
            return false;
        if (status != want || objects != user_of(i))
            return dc_fail(n, "identity %u: %u objects, status %u", i, objects, status);
    }
    return true;
}

static bool round_of_fixture(dc_net *n, const dc_peer *p)
{
    for (unsigned i = 0; i < MANY; i++) {
        bool kerberos = dc_auths[i / DC_USERS % DC_AUTHS].kerberos;
        if (!dc_whoami(n, NULL, i + 1, p->users[user_of(i)], kerberos ? p->realm : p->domain) ||
            !dc_challenge(n, NULL, MANY - i))
            return false;
    }
    return true;
}

/* One connection carries them all, or each has its own in one association group. */
static bool connections_are_right(dc_net *n, const many *m)
{
    unsigned want = m->multiplexed ? 1 : MANY;
    if (n->n_pool_conns != want)
        return dc_fail(n, "%u connections, not %u", n->n_pool_conns, want);
    for (const dc_conn *c = n->conns; c; c = c->next) {
        troth_rpc_co_facts f = troth_rpc_co_facts_of(c->e);
        bool bit = f.features & TROTH_RPC_FEATURE_MULTIPLEXING;
        if (c->closed || bit != m->multiplexed || f.contexts != MANY / want || !f.group ||
            f.group != troth_rpc_co_facts_of(n->conns->e).group)
            return dc_fail(n, "a connection with features %u, %u contexts, group %u", f.features, f.contexts, f.group);
    }
    return true;
}

static bool run_many(dc_net *n, const dc_peer *p, const void *arg)
{
    const many *m = arg;
    uint16_t port;
    troth_rpc_co_client_options o = dc_options(true);
    o.no_features = !m->multiplexed;
    o.context_budget = 64 << 20;
    if (!dc_port(n, p->samba ? &dc_drsuapi : &dc_lsarpc, &port))
        return false;
    snprintf(n->note, sizeof n->note, "type=* level=* user=%s,%s", p->users[0], p->users[1]);
    if (!dc_pool_new(n, port, &o) || !add_identities(n, p))
        return false;
    for (int i = 0; i < 2; i++)
        if (!(p->samba ? round_of_samba(n, p) : round_of_fixture(n, p)))
            return false;
    return connections_are_right(n, m);
}

void dc_many(dc_net *n, const dc_peer *p)
{
    dc_case(n, p, "contexts_100_on_one_connection", run_many, &(many){ true });
    dc_case(n, p, "connections_100_in_one_group", run_many, &(many){ false });
}

/* ---- big data ---- */

static bool big_of_samba(dc_net *n, const dc_peer *p, dc_conn *c)
{
    troth_rpc_handle h;
    uint32_t objects, status;
    char schema[128];
    snprintf(schema, sizeof schema, "CN=Schema,CN=Configuration,%s", p->root);
    dc_request q = dc_drs_bind();
    if (!dc_drs_handle(n, dc_do(n, c, 1, &q), &h))
        return false;
    q = dc_drs_changes(&h, schema, false);
    const dc_result *r = dc_do(n, c, 1, &q);
    if (!dc_drs_objects(n, r, &objects, &status))
        return false;
    if (status || objects < 100 || r->message.stub.len < MEBIBYTE)
        return dc_fail(n, "a reply of %zu octets, %u objects, status %u", r->message.stub.len, objects, status);
    return dc_drs_crack_many(n, c, 1, &h, MANY_NAMES) && dc_drs_unbind(n, c, 1, &h);
}

static bool run_big(dc_net *n, const dc_peer *p, const void *arg)
{
    const cell *x = arg;
    uint16_t port;
    if (!dc_port(n, p->samba ? &dc_drsuapi : &dc_rpcecho, &port))
        return false;
    dc_conn *c = secured(n, p, x, 1, port);
    if (!c)
        return false;
    return p->samba ? big_of_samba(n, p, c)
                    : dc_echo(n, c, 1, TROTH_RPC_NDR, MEBIBYTE) && dc_source(n, c, 1, 3 * MEBIBYTE) &&
                          dc_echo(n, c, 1, TROTH_RPC_NDR64, MEBIBYTE + 1);
}

void dc_big(dc_net *n, const dc_peer *p)
{
    static const cell cells[] = { { DC_NTLM, TROTH_RPC_LEVEL_PRIVACY, true },
                                  { DC_KERBEROS, TROTH_RPC_LEVEL_PRIVACY, false },
                                  { DC_SPNEGO_KERBEROS, TROTH_RPC_LEVEL_PRIVACY, true } };
    char name[80];
    for (size_t i = 0; i < sizeof cells / sizeof *cells; i++) {
        snprintf(name, sizeof name, "big_data_%s", dc_auths[cells[i].auth].name);
        dc_case(n, p, name, run_big, &cells[i]);
    }
}
