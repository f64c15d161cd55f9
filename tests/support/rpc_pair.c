#include <stdlib.h>
#include <string.h>
#include <support/rpc_pair.h>
#include <support/test.h>

static const char uuid[] = "5a1e2b3c-0000-4d5e-8f90-a1b2c3d4e5f6@1.0",
                  plain_uuid[] = "5a1e2b3c-0001-4d5e-8f90-a1b2c3d4e5f6@1.0";

/* ---- the server's operations ---- */

static void echo(void *self, troth_rpc_call *c)
{
    (void)self;
    troth_rpc_call_reply(c, troth_rpc_call_request(c)->stub);
}

static void fault(void *self, troth_rpc_call *c)
{
    (void)self;
    troth_rpc_call_fault(c, PAIR_FAULT_STATUS);
}

static void keep(void *self, troth_rpc_call *c)
{
    rpc_pair *r = self;
    assert_true(r->n_kept < PAIR_KEPT);
    r->kept[r->n_kept++] = c;
}

/* The request's views are gone by then. */
static void wake_up(void *self, troth_rpc_call *c)
{
    uint8_t *note = self;
    troth_rpc_call_reply(c, (troth_bytes){ note, 1 });
}

static void sleep_first(void *self, troth_rpc_call *c)
{
    (void)self;
    troth_bytes stub = troth_rpc_call_request(c)->stub;
    uint8_t *note = troth_rpc_call_memory(c, 1);
    if (!note || !stub.len) {
        troth_rpc_call_fault(c, TROTH_NCA_S_FAULT_REMOTE_NO_MEMORY);
        return;
    }
    *note = stub.data[0];
    troth_rpc_call_after(c, *note, wake_up, note);
}

static void source(void *self, troth_rpc_call *c)
{
    (void)self;
    troth_bytes stub = troth_rpc_call_request(c)->stub;
    uint32_t n = 0;
    if (stub.len >= sizeof n)
        memcpy(&n, stub.data, sizeof n);
    if (n > PAIR_SOURCE_MAX) {
        troth_rpc_call_fault(c, TROTH_RPC_S_BAD_STUB_DATA);
        return;
    }
    uint8_t *octets = calloc(1, n + (size_t)1);
    assert_non_null(octets);
    troth_rpc_call_reply(c, (troth_bytes){ octets, n });
    free(octets);
}

static void rundown(void *value)
{
    rpc_pair *r = value;
    r->rundowns++;
}

static void open_handle(void *self, troth_rpc_call *c)
{
    rpc_pair *r = self;
    troth_rpc_handle h;
    if (troth_rpc_handle_new(c, 1, r, rundown, &h)) {
        troth_rpc_call_fault(c, TROTH_NCA_S_FAULT_REMOTE_NO_MEMORY);
        return;
    }
    r->handles++;
    troth_rpc_call_reply(c, (troth_bytes){ (const uint8_t *)&h, sizeof h });
}

static void use_handle(void *self, troth_rpc_call *c)
{
    troth_bytes stub = troth_rpc_call_request(c)->stub;
    troth_rpc_handle h = { 0 };
    memcpy(&h, stub.data, stub.len < sizeof h ? stub.len : sizeof h);
    if (troth_rpc_handle_find(c, 1, &h) == self)
        troth_rpc_call_reply(c, (troth_bytes){ (const uint8_t *)"!", 1 });
    else
        troth_rpc_call_fault(c, TROTH_NCA_S_FAULT_CONTEXT_MISMATCH);
}

static const troth_rpc_handler handlers[PAIR_OPS] = { echo, fault, keep, sleep_first, source, open_handle, use_handle };

static void handle(void *self, troth_rpc_call *c)
{
    rpc_pair *r = self;
    r->handled++;
    if (r->look)
        r->look(r, c);
    handlers[troth_rpc_call_request(c)->opnum](r, c);
}

static const troth_rpc_handler ops[PAIR_OPS] = { handle, handle, handle, handle, handle, handle, handle };

/* ---- what owners are told ---- */

static int side_of(const rpc_pair *r, const rig_peer *p)
{
    return p == &r->r.side[REAL_SERVER].peer;
}

static void take_reply(rpc_pair *r, const troth_event *ev)
{
    rpc_pair_reply *to = &r->replies[r->n_replies++ % PAIR_REPLIES];
    free(to->stub);
    *to = (rpc_pair_reply){ .id = ev->id, .error = ev->error };
    r->n_lost += ev->error.code != TROTH_OK;
    if (!ev->message)
        return;
    to->fault = ev->message->fault;
    to->n = ev->message->stub.len;
    to->stub = malloc(to->n + 1);
    assert_non_null(to->stub);
    if (to->n)
        memcpy(to->stub, ev->message->stub.data, to->n);
}

/* The answer is the request, in its own representation. */
static void answer(rpc_pair *r, rig_peer *p, const troth_event *ev)
{
    troth_rpc_message m = *ev->message;
    size_t used, n = m.stub.len;
    uint8_t *copy = malloc(n + 1);
    assert_non_null(copy);
    if (n)
        memcpy(copy, m.stub.data, n);
    m.stub = (troth_bytes){ copy, n };
    r->handled++;
    troth_order_msg o = { .kind = TROTH_ORDER_REPLY, .id = ev->id, .message = &m };
    troth_status st = troth_endpoint_submit(p->e, &o, p->now, &used);
    (void)st; /* the endpoint's end tells */
    free(copy);
}

static void told(rig_peer *p, const troth_event *ev)
{
    rpc_pair *r = p->self;
    int side = side_of(r, p);
    switch (ev->kind) {
    case TROTH_EV_ESTABLISHED:
        p->established = true;
        r->established[side]++;
        break;
    case TROTH_EV_WARNING:
        r->warnings[side]++;
        r->warning[side] = ev->error;
        break;
    case TROTH_EV_REPLY:
        assert_int_equal(side, REAL_CLIENT);
        take_reply(r, ev);
        break;
    case TROTH_EV_CALL:
        assert_int_equal(side, REAL_SERVER);
        if (r->ignore_calls)
            r->handled++;
        else
            answer(r, p, ev);
        break;
    default:
        fail_msg("an event of kind %d", ev->kind);
    }
}

/* ---- making it ---- */

static troth_status open_side(real *w, int side, troth_endpoint **ret)
{
    rpc_pair *r = (rpc_pair *)w;
    rig_peer *p = &w->side[side].peer;
    p->told = told;
    p->self = r;
    if (side == REAL_CLIENT) {
        r->client.env = &w->side[side].env.env;
        r->who.cred = w->side[side].cred;
        return troth_rpc_co_client_new(&r->client, p->now, ret);
    }
    troth_status st = rpc_pair_serve(r);
    r->accept.env = &w->side[side].env.env;
    r->accept.server = r->server;
    r->accept.cred = w->side[side].cred;
    return st ? st : troth_rpc_co_server_new(&r->accept, p->now, ret);
}

static troth_status key_of(real *w, int side, troth_bytes *ret)
{
    return troth_rpc_co_session_key(w->side[side].peer.e, 1, ret);
}

static void prepare(rpc_pair *r)
{
    r->r.open = open_side;
    r->r.key = key_of;
    r->interface = (troth_rpc_interface){ .name = "rig",
                                          .transfer = TROTH_RPC_NDR | TROTH_RPC_NDR64,
                                          .min_level = TROTH_RPC_LEVEL_NONE,
                                          .ops = ops,
                                          .n_ops = PAIR_OPS,
                                          .self = r };
    r->plain = (troth_rpc_interface){ .name = "plain", .transfer = TROTH_RPC_NDR };
    assert_int_equal(troth_rpc_syntax_parse(uuid, &r->interface.syntax), TROTH_OK);
    assert_int_equal(troth_rpc_syntax_parse(plain_uuid, &r->plain.syntax), TROTH_OK);
}

void rpc_pair_fake(rpc_pair *r, troth_mech_id id)
{
    memset(r, 0, sizeof *r);
    r->r.wire = REAL_RPC;
    r->r.mech = id == TROTH_MECH_NTLM ? REAL_NTLM : REAL_KERBEROS;
    fake_mech_init(&r->mech, id);
    for (int side = 0; side < 2; side++) {
        test_env *t = &r->r.side[side].env;
        test_env_init(t);
        t->seed = 21 + (uint64_t)side;
        r->r.side[side].cred = fake_cred(&r->mech, &t->env, side ? TROTH_USE_ACCEPT : TROTH_USE_INITIATE, NULL);
    }
    r->who = (troth_rpc_identity){ .type = id == TROTH_MECH_NTLM ? TROTH_RPC_AUTH_NTLM : TROTH_RPC_AUTH_KERBEROS,
                                   .level = TROTH_RPC_LEVEL_PRIVACY,
                                   .target = "svc/host" };
    prepare(r);
}

void rpc_pair_real(rpc_pair *r, real_mech mech, troth_rpc_level level)
{
    static const troth_rpc_auth_type types[] = { TROTH_RPC_AUTH_KERBEROS, TROTH_RPC_AUTH_NTLM, TROTH_RPC_AUTH_SPNEGO,
                                                 TROTH_RPC_AUTH_SPNEGO };
    memset(r, 0, sizeof *r);
    real_init(&r->r, mech, REAL_RPC, TROTH_LEVEL_ENCRYPT);
    r->who = (troth_rpc_identity){ .type = types[mech], .level = level, .target = r->r.options[REAL_CLIENT].target };
    prepare(r);
}

troth_status rpc_pair_serve(rpc_pair *r)
{
    if (r->server)
        return TROTH_OK;
    troth_status st = troth_rpc_server_new(&r->r.side[REAL_SERVER].env.env, TROTH_RPC_MGMT, &r->server);
    if (!st)
        st = troth_rpc_server_register(r->server, &r->interface);
    if (!st)
        st = troth_rpc_server_register(r->server, &r->plain);
    if (st && r->server) {
        troth_rpc_server_free(r->server);
        r->server = NULL;
    }
    return st;
}

void rpc_pair_connect(rpc_pair *r)
{
    real_connect(&r->r);
}

rig_peer *rpc_pair_client(rpc_pair *r)
{
    return &r->r.side[REAL_CLIENT].peer;
}

rig_peer *rpc_pair_server(rpc_pair *r)
{
    return &r->r.side[REAL_SERVER].peer;
}

/* ---- orders ---- */

static troth_status submit(rpc_pair *r, const troth_order_msg *o)
{
    rig_peer *p = rpc_pair_client(r);
    size_t used;
    troth_status st = troth_endpoint_submit(p->e, o, p->now, &used);
    if (st)
        r->refused = st;
    rig_events(p);
    return st;
}

troth_status rpc_pair_open(rpc_pair *r, uint64_t id)
{
    troth_rpc_message m = { .abstract = r->interface.syntax, .transfer = TROTH_RPC_NDR };
    return submit(r, &(troth_order_msg){ .kind = TROTH_ORDER_OPEN, .id = id, .identity = &r->who, .message = &m });
}

static troth_status call(rpc_pair *r, const troth_rpc_interface *i, uint64_t context, uint64_t id, uint16_t opnum,
                         troth_bytes stub)
{
    troth_rpc_message m = {
        .abstract = i->syntax, .transfer = TROTH_RPC_NDR, .opnum = opnum, .drep = { 0x10 }, .stub = stub
    };
    return submit(r, &(troth_order_msg){ .kind = TROTH_ORDER_CALL, .id = id, .context = context, .message = &m });
}

troth_status rpc_pair_call(rpc_pair *r, uint64_t context, uint64_t id, uint16_t opnum, const void *stub, size_t n)
{
    return call(r, &r->interface, context, id, opnum, (troth_bytes){ stub, n });
}

troth_status rpc_pair_call_plain(rpc_pair *r, uint64_t context, uint64_t id, const void *stub, size_t n)
{
    return call(r, &r->plain, context, id, 0, (troth_bytes){ stub, n });
}

troth_status rpc_pair_order(rpc_pair *r, troth_order_kind kind, uint64_t id)
{
    return submit(r, &(troth_order_msg){ .kind = kind, .id = id });
}

void rpc_pair_run(rpc_pair *r, size_t cut)
{
    rig_wire(rpc_pair_client(r), rpc_pair_server(r), cut);
}

const rpc_pair_reply *rpc_pair_reply_of(const rpc_pair *r, uint64_t id)
{
    for (unsigned i = 0; i < r->n_replies && i < PAIR_REPLIES; i++)
        if (r->replies[i].id == id)
            return &r->replies[i];
    return NULL;
}

void rpc_pair_answer(rpc_pair *r, unsigned i)
{
    troth_rpc_call *c = r->kept[i];
    assert_non_null(c);
    r->kept[i] = NULL;
    troth_rpc_call_reply(c, (troth_bytes){ NULL, 0 });
    if (rpc_pair_server(r)->e)
        rig_events(rpc_pair_server(r));
}

/* ---- the end ---- */

void rpc_pair_disconnect(rpc_pair *r)
{
    real_disconnect(&r->r);
    for (unsigned i = 0; i < PAIR_REPLIES; i++)
        free(r->replies[i].stub);
    memset(r->replies, 0, sizeof r->replies);
    memset(r->established, 0, sizeof r->established);
    memset(r->warnings, 0, sizeof r->warnings);
    memset(r->warning, 0, sizeof r->warning);
    r->n_replies = r->n_lost = r->handled = 0;
    r->refused = TROTH_OK;
}

void rpc_pair_end(rpc_pair *r)
{
    rpc_pair_disconnect(r);
    troth_rpc_server_free(r->server);
    r->server = NULL;
    real_end(&r->r);
}
