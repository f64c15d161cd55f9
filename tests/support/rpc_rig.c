#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <support/hex.h>
#include <support/rpc_rig.h>
#include <support/test.h>

/* ---- a peer ---- */

void rpc_peer_init(rpc_peer *p, troth_endpoint *e)
{
    memset(p, 0, sizeof *p);
    p->e = e;
}

void rpc_peer_clear(rpc_peer *p)
{
    if (p->e)
        troth_endpoint_free(p->e);
    troth_job_free(p->held);
    for (size_t i = 0; i < p->n_replies; i++)
        free(p->replies[i].stub);
    free(p->replies);
    free(p->sent);
    memset(p, 0, sizeof *p);
}

static void keep_reply(rpc_peer *p, const troth_event *ev)
{
    rpc_reply r = { .id = ev->id, .error = ev->error };
    if (ev->message) {
        assert_int_equal(ev->error.code, TROTH_OK);
        r.fault = ev->message->fault;
        r.not_executed = ev->message->not_executed;
        r.len = ev->message->stub.len;
        r.stub = malloc(r.len + 1);
        assert_non_null(r.stub);
        if (r.len)
            memcpy(r.stub, ev->message->stub.data, r.len);
    }
    p->replies = realloc(p->replies, (p->n_replies + 1) * sizeof r);
    assert_non_null(p->replies);
    p->replies[p->n_replies++] = r;
}

static void take(rpc_peer *p, const troth_event *ev)
{
    switch (ev->kind) {
    case TROTH_EV_ESTABLISHED:
        assert_true(p->n_established < RPC_IDS);
        p->established[p->n_established++] = ev->id;
        break;
    case TROTH_EV_REPLY:
        keep_reply(p, ev);
        break;
    case TROTH_EV_WARNING:
        p->n_warnings++;
        p->warning = ev->error;
        break;
    case TROTH_EV_CLOSED:
        p->closed = true;
        p->error = ev->error;
        break;
    default:
        break;
    }
}

void rpc_peer_events(rpc_peer *p)
{
    troth_event ev;
    while (troth_endpoint_event(p->e, &ev)) {
        assert_false(p->closed); /* CLOSED is the last */
        p->events++;
        if (ev.kind == TROTH_EV_JOB) {
            assert_null(p->held);
            p->held = ev.job;
            if (!p->hold_jobs)
                rpc_peer_step(p);
            continue;
        }
        if (ev.kind == TROTH_EV_CLOSED)
            p->closed = true, p->error = ev.error;
        if (p->event)
            p->event(p, &ev);
        else
            take(p, &ev);
    }
}

size_t rpc_peer_feed(rpc_peer *p, const void *bytes, size_t n)
{
    size_t at = 0;
    while (at < n) {
        size_t used = 0, left = n - at, before = p->events;
        uint8_t *copy = malloc(left);
        assert_non_null(copy);
        memcpy(copy, (const uint8_t *)bytes + at, left);
        troth_status st = troth_endpoint_feed(p->e, copy, left, NULL, p->now, &used);
        assert_true(used <= left);
        at += used;
        rpc_peer_events(p);
        free(copy);
        if (st) {
            assert_true(p->closed);
            break;
        }
        if (!used && p->events == before)
            break;
    }
    return at;
}

void rpc_peer_step(rpc_peer *p)
{
    troth_job *job = p->held;
    assert_non_null(job);
    p->held = NULL;
    troth_job_run(job);
    troth_endpoint_stepped(p->e, job, p->now);
    rpc_peer_events(p);
}

size_t rpc_peer_drain(rpc_peer *p)
{
    troth_bytes out;
    size_t moved = 0;
    while (troth_endpoint_out(p->e, &out, NULL) == TROTH_OK) {
        p->sent = realloc(p->sent, p->sent_len + out.len);
        assert_non_null(p->sent);
        memcpy(p->sent + p->sent_len, out.data, out.len);
        p->sent_len += out.len;
        moved += out.len;
        troth_endpoint_sent(p->e, out.len);
        rpc_peer_events(p);
    }
    return moved;
}

/* What has not been carried yet, cut; what the other one cannot take now stays. */
static size_t carry(rpc_peer *from, rpc_peer *to, size_t cut)
{
    rpc_peer_drain(from);
    size_t n = from->sent_len - from->sent_mark, at = 0;
    uint8_t *piece = malloc(n + 1);
    assert_non_null(piece);
    if (n)
        memcpy(piece, from->sent + from->sent_mark, n);
    while (at < n && !to->closed) {
        size_t part = cut == 1 ? 1 : cut && !at && cut < n ? cut : n - at, used = rpc_peer_feed(to, piece + at, part);
        at += used;
        if (used < part)
            break;
    }
    if (to->closed)
        at = n;
    from->sent_mark += at;
    free(piece);
    return at;
}

void rpc_wire(rpc_peer *a, rpc_peer *b, size_t cut)
{
    while (carry(a, b, cut) + carry(b, a, cut))
        ;
}

const rpc_reply *rpc_reply_of(const rpc_peer *p, uint64_t id)
{
    const rpc_reply *found = NULL;
    for (size_t i = 0; i < p->n_replies; i++) {
        if (p->replies[i].id != id)
            continue;
        assert_null(found); /* answered once */
        found = &p->replies[i];
    }
    return found;
}

static troth_status submit(rpc_peer *p, const troth_order_msg *o)
{
    size_t used = 0;
    troth_status st = troth_endpoint_submit(p->e, o, p->now, &used);
    rpc_peer_events(p);
    return st;
}

troth_status rpc_open(rpc_peer *p, uint64_t id, const troth_rpc_identity *who)
{
    const troth_order_msg o = { .kind = TROTH_ORDER_OPEN, .id = id, .identity = who };
    return submit(p, &o);
}

troth_status rpc_call(rpc_peer *p, uint64_t id, uint64_t context, uint16_t opnum, const void *stub, size_t n)
{
    const troth_rpc_message m = {
        .abstract = rpc_rig_syntax, .transfer = TROTH_RPC_NDR, .opnum = opnum, .drep = { 0x10 }, .stub = { stub, n }
    };
    const troth_order_msg o = { .kind = TROTH_ORDER_CALL, .id = id, .context = context, .message = &m };
    return submit(p, &o);
}

troth_status rpc_order(rpc_peer *p, troth_order_kind kind, uint64_t id)
{
    const troth_order_msg o = { .kind = kind, .id = id };
    return submit(p, &o);
}

/* ---- the interface ---- */

const troth_rpc_syntax rpc_rig_syntax = {
    { { 0x74, 0x65, 0x73, 0x74, 0x00, 0x01, 0x40, 0x02, 0x80, 0x03, 0x74, 0x72, 0x6f, 0x74, 0x68, 0x21 } }, 1, 0
};

static void echo(void *self, troth_rpc_call *c)
{
    (void)self;
    troth_rpc_call_reply(c, troth_rpc_call_request(c)->stub);
}

static void who(void *self, troth_rpc_call *c)
{
    char text[160];
    const troth_rpc_caller *caller = troth_rpc_call_caller(c);
    const char *name = caller->facts.peer.account ? caller->facts.peer.account : "";
    (void)self;
    int n = snprintf(text, sizeof text, "%s %s %u", name, troth_rpc_level_name(caller->level), caller->auth_context_id);
    troth_rpc_call_reply(c, (troth_bytes){ (const uint8_t *)text, (size_t)n });
}

static void wait_for_it(void *self, troth_rpc_call *c)
{
    rpc_rig *r = self;
    assert_true(r->n_waiting < sizeof r->waiting / sizeof *r->waiting);
    troth_bytes stub = troth_rpc_call_request(c)->stub;
    uint8_t *mine = troth_rpc_call_memory(c, 8);
    assert_true(mine && stub.len >= 4);
    memcpy(mine, stub.data, 4);
    r->waiting[r->n_waiting++] = c;
}

static uint32_t number(troth_rpc_call *c)
{
    troth_bytes stub = troth_rpc_call_request(c)->stub;
    uint32_t v = 0;
    assert_true(stub.len >= 4);
    memcpy(&v, stub.data, 4);
    return v;
}

static void fault(void *self, troth_rpc_call *c)
{
    (void)self;
    troth_rpc_call_fault(c, number(c));
}

static void big(void *self, troth_rpc_call *c)
{
    (void)self;
    size_t n = number(c);
    uint8_t *p = malloc(n + 1);
    assert_non_null(p);
    for (size_t i = 0; i < n; i++)
        p[i] = (uint8_t)(i * 31 + i / 251);
    troth_rpc_call_reply(c, (troth_bytes){ p, n });
    free(p);
}

void rpc_rig_answer(rpc_rig *r, size_t i)
{
    static const uint8_t done[] = "done";
    troth_rpc_call *c = r->waiting[i];
    assert_non_null(c);
    r->waiting[i] = NULL;
    troth_rpc_call_reply(c, (troth_bytes){ done, 4 });
    rpc_peer_events(&r->s);
}

/* ---- both ---- */

static troth_status lookup(void *self, const char *user, const char *domain, uint8_t ret_nt_hash[16])
{
    (void)self, (void)domain;
    if (strcasecmp(user, "alice") != 0)
        return TROTH_DENIED;
    unhex("a4f49c406510bdcab6824ee7c30fd852", ret_nt_hash, 16);
    return TROTH_OK;
}

static troth_cred *acquire(rpc_rig *r, troth_cred_use use)
{
    static const uint8_t password[] = "Password"; /* its NT hash is that of MS-NLMP 4.2.2.1.2 */
    bool accept = use == TROTH_USE_ACCEPT;
    troth_cred_source src = { .mech = "ntlm",
                              .kind = accept ? TROTH_CRED_LOOKUP : TROTH_CRED_PASSWORD,
                              .principal = accept ? NULL : "alice",
                              .domain = "DOM",
                              .host = "HOST",
                              .lookup = lookup };
    troth_cred *cred = NULL;
    troth_job *job = NULL;
    if (!accept)
        src.secret = (troth_bytes){ password, 8 };
    assert_int_equal(troth_cred_new(&r->env.env, troth_mechs_default(), use, &src, 1, &cred), TROTH_OK);
    assert_int_equal(troth_cred_job(cred, 0, &job), TROTH_OK);
    troth_job_run(job);
    assert_int_equal(troth_job_result(job), TROTH_STEP_DONE);
    troth_job_free(job);
    return cred;
}

void rpc_rig_init(rpc_rig *r, bool ntlm)
{
    memset(r, 0, sizeof *r);
    test_env_init(&r->env);
    r->env.seed = 7;
    fake_mech_init(&r->kerberos, TROTH_MECH_KERBEROS);
    r->kerberos.legs = 3;
    r->client_cred[0] = fake_cred(&r->kerberos, &r->env.env, TROTH_USE_INITIATE, "alice");
    r->server_cred[0] = fake_cred(&r->kerberos, &r->env.env, TROTH_USE_ACCEPT, NULL);
    r->client_cred[1] = acquire(r, TROTH_USE_INITIATE);
    r->server_cred[1] = acquire(r, TROTH_USE_ACCEPT);
    const troth_rpc_handler ops[] = { echo, who, wait_for_it, fault, big };
    memcpy(r->ops, ops, sizeof ops);
    r->interface = (troth_rpc_interface){ .name = "test",
                                          .syntax = rpc_rig_syntax,
                                          .transfer = TROTH_RPC_NDR | TROTH_RPC_NDR64,
                                          .ops = r->ops,
                                          .n_ops = 5,
                                          .self = r };
    assert_int_equal(troth_rpc_server_new(&r->env.env, TROTH_RPC_MGMT, &r->server), TROTH_OK);
    assert_int_equal(troth_rpc_server_register(r->server, &r->interface), TROTH_OK);
    r->client = (troth_rpc_co_client_options){ .env = &r->env.env };
    r->serve = (troth_rpc_co_server_options){
        .env = &r->env.env, .server = r->server, .cred = r->server_cred[ntlm], .policy = TROTH_POLICY_RAW_TOKENS
    };
}

void rpc_rig_connect(rpc_rig *r)
{
    troth_endpoint *c = NULL, *s = NULL;
    assert_int_equal(troth_rpc_co_server_new(&r->serve, 0, &s), TROTH_OK);
    rpc_peer_init(&r->s, s);
    assert_int_equal(troth_rpc_co_client_new(&r->client, 0, &c), TROTH_OK);
    rpc_peer_init(&r->c, c);
}

troth_rpc_identity rpc_rig_identity(const rpc_rig *r, troth_rpc_auth_type type, troth_rpc_level level)
{
    bool ntlm = type != TROTH_RPC_AUTH_KERBEROS;
    return (troth_rpc_identity){ .cred = r->client_cred[ntlm], .type = type, .level = level, .target = "svc/host" };
}

void rpc_rig_end(rpc_rig *r)
{
    rpc_peer_clear(&r->c);
    rpc_peer_clear(&r->s);
    for (size_t i = 0; i < r->n_waiting; i++) { /* answered into the void */
        if (r->waiting[i])
            troth_rpc_call_fault(r->waiting[i], 1);
    }
    troth_rpc_server_free(r->server);
    for (int i = 0; i < 2; i++) {
        troth_cred_unref(r->client_cred[i]);
        troth_cred_unref(r->server_cred[i]);
    }
    test_env_check(&r->env);
}
