#include <cli/bench_pair.h>
#include <string.h>

static void *counted_alloc(void *self, size_t n)
{
    troth_pair_meter *m = self;
    const troth_env *below = troth_env_posix();
    void *p = below->alloc(below->self, n);
    m->held += p ? n : 0;
    return p;
}

static void counted_release(void *self, void *p, size_t n)
{
    troth_pair_meter *m = self;
    const troth_env *below = troth_env_posix();
    m->held -= p ? n : 0;
    below->release(below->self, p, n);
}

static troth_status plain_random(void *self, uint8_t *out, size_t n)
{
    (void)self;
    return troth_env_posix()->random(troth_env_posix()->self, out, n);
}

static uint64_t plain_wall(void *self)
{
    (void)self;
    return troth_env_posix()->wall(troth_env_posix()->self);
}

void troth_pair_meter_init(troth_pair_meter *m)
{
    m->held = 0;
    m->env = (troth_env){
        .alloc = counted_alloc, .release = counted_release, .random = plain_random, .wall = plain_wall, .self = m
    };
}

/* Take all events of an end; jobs run here and now. Answers whether there was any. */
static bool take_events(troth_pair_end *x)
{
    bool any = false;
    troth_event ev;
    while (troth_endpoint_event(x->e, &ev)) {
        any = true;
        switch (ev.kind) {
        case TROTH_EV_JOB:
            troth_job_run(ev.job);
            troth_endpoint_stepped(x->e, ev.job, 0);
            break;
        case TROTH_EV_ESTABLISHED:
            x->open = true;
            x->facts = ev.facts;
            x->level = ev.level;
            break;
        case TROTH_EV_DATA:
            x->got += ev.data.len;
            break;
        case TROTH_EV_CLOSED:
            x->error = ev.error;
            if (!x->error.code)
                x->error = (troth_error){ .code = TROTH_CLOSED, .where = "bench" };
            break;
        default:
            break;
        }
    }
    return any;
}

/* Offer octets to an end until all are consumed; the buffer has to last that long. */
static void deliver(troth_pair_end *to, uint8_t *bytes, size_t n)
{
    size_t at = 0;
    while (at < n && !to->error.code) {
        size_t used = 0;
        troth_status st = troth_endpoint_feed(to->e, bytes + at, n - at, NULL, 0, &used);
        bool any = take_events(to);
        at += used;
        if (!st && (used || any))
            continue;
        if (!to->error.code)
            to->error = (troth_error){ .code = st ? st : TROTH_BAD_STATE, .where = "bench: octets left over" };
    }
}

static bool move(troth_pair_bench *pb, troth_pair_end *from, troth_pair_end *to)
{
    troth_bytes b;
    const troth_addr *ignored;
    if (troth_endpoint_out(from->e, &b, &ignored) != TROTH_OK)
        return false;
    size_t n = b.len < sizeof pb->buffer ? b.len : sizeof pb->buffer;
    memcpy(pb->buffer, b.data, n);
    troth_endpoint_sent(from->e, n);
    take_events(from);
    deliver(to, pb->buffer, n);
    return true;
}

/* Let both ends talk until neither has anything to say. */
static troth_status settle(troth_pair_bench *pb, troth_pair *p, troth_error *ret_err)
{
    bool more = true;
    while (more && !p->client.error.code && !p->server.error.code) {
        more = take_events(&p->client);
        more |= take_events(&p->server);
        more |= move(pb, &p->client, &p->server);
        more |= move(pb, &p->server, &p->client);
    }
    const troth_error *e = p->server.error.code ? &p->server.error : &p->client.error;
    if (e->code)
        *ret_err = *e;
    return e->code;
}

static troth_status make_ends(troth_pair_bench *pb, troth_pair *p)
{
    const troth_bench *b = pb->b;
    troth_nns_options o = { .env = &pb->client_meter.env,
                            .cred = b->client,
                            .mech = b->mech,
                            .target = b->spn,
                            .level = b->level,
                            .impersonation = TROTH_IDENTIFY };
    troth_status st = troth_cli_wire_new(b->wire, TROTH_INITIATOR, &o, NULL, 0, &p->client.e);
    if (st)
        return st;
    o.env = &pb->server_meter.env;
    o.cred = b->server;
    o.target = NULL;
    o.policy = strcmp(b->mech, "spnego") == 0 ? TROTH_POLICY_RAW_TOKENS : 0;
    return troth_cli_wire_new(b->wire, TROTH_ACCEPTOR, &o, NULL, 0, &p->server.e);
}

troth_status troth_pair_open(troth_pair_bench *pb, troth_pair *p, troth_error *ret_err)
{
    *p = (troth_pair){ 0 };
    *ret_err = (troth_error){ .where = "bench" };
    troth_status st = make_ends(pb, p);
    if (st)
        ret_err->code = st;
    else
        st = settle(pb, p, ret_err);
    if (!st && !(p->client.open && p->server.open))
        st = ret_err->code = TROTH_BAD_STATE;
    if (st)
        troth_pair_close(p);
    return st;
}

troth_status troth_pair_send(troth_pair_bench *pb, troth_pair *p, troth_bytes data, troth_error *ret_err)
{
    while (data.len) {
        troth_order_msg m = { .kind = TROTH_ORDER_DATA, .data = data };
        size_t used = 0;
        troth_status st = troth_endpoint_submit(p->client.e, &m, 0, &used);
        if (st && st != TROTH_AGAIN) {
            *ret_err = (troth_error){ .code = st, .where = "bench: submit" };
            return st;
        }
        data.data += used;
        data.len -= used;
        st = settle(pb, p, ret_err);
        if (st)
            return st;
    }
    return TROTH_OK;
}

void troth_pair_close(troth_pair *p)
{
    if (p->client.e)
        troth_endpoint_free(p->client.e);
    if (p->server.e)
        troth_endpoint_free(p->server.e);
    *p = (troth_pair){ 0 };
}
