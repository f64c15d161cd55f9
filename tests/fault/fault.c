#include <fault/fault.h>
#include <stdio.h>
#include <string.h>
#include <support/test.h>

enum { BUSY = 1000, MENDED = 2 };

typedef enum kind { NOTHING, MEMORY, JOB_UNRUN, JOB_STARVED, JOB_REFUSED, SEND } kind;

static const char *const kind_names[] = { "nothing",     "allocation", "job un-run", "job without memory",
                                          "job refused", "send" };

/* What is to fail, and what came of it. */
typedef struct run {
    rpc_pair rig; /* streams use its inner half only */
    kind what;
    int side;
    size_t n;             /* 1 = the first allocation or job; octets that still pass, of a send */
    size_t jobs, sent[2]; /* on that side; on both                                              */
    size_t mended;
    bool hit, broken, told[2];
    bool complete; /* every message arrived                                          */
} run;

static run *current; /* for the jobs' hook, which is handed a peer only */

/* ---- what fails ---- */

static bool is_job_fault(const run *u)
{
    return u->what == JOB_UNRUN || u->what == JOB_STARVED || u->what == JOB_REFUSED;
}

static void run_job(rig_peer *p, troth_job *job)
{
    run *u = current;
    real_side *s = &u->rig.r.side[u->side];
    bool ours = p == &s->peer;
    u->jobs += ours;
    if (!ours || !is_job_fault(u) || u->jobs != u->n) {
        troth_job_run(job);
        return;
    }
    u->hit = true;
    if (u->what == JOB_STARVED) {
        size_t before = s->env.allocs;
        s->env.dry = true;
        troth_job_run(job);
        s->env.dry = false;
        u->hit = s->env.allocs != before;        /* a leg without a token may need none */
    } else if (u->what == JOB_REFUSED && p->e) { /* it comes back to an endpoint that was closed meanwhile */
        troth_endpoint_close(p->e, TROTH_LIMIT);
    }
}

/* Show the other side what one has sent; false when nothing moved. */
static bool carry(run *u, int from)
{
    rig_peer *p = &u->rig.r.side[from].peer, *to = &u->rig.r.side[!from].peer;
    size_t limit = u->what == SEND && from == u->side ? u->n : SIZE_MAX;
    bool moved = false;
    troth_bytes out;
    while (p->e && !u->told[from] && troth_endpoint_out(p->e, &out, NULL) == TROTH_OK) {
        size_t n = out.len < limit - u->sent[from] ? out.len : limit - u->sent[from];
        if (to->e && !to->closed)
            assert_true(rig_feed(to, out.data, n) == n || to->closed);
        u->sent[from] += n;
        moved = true;
        if (n < out.len) {
            u->hit = u->told[from] = true;
            rig_feed_end(to);
            troth_endpoint_close(p->e, TROTH_CLOSED);
        } else {
            troth_endpoint_sent(p->e, n);
        }
        rig_events(p);
    }
    return moved;
}

/* A side that is closed, or never came to be, closes its connection. */
static bool hang_up(run *u, int from)
{
    rig_peer *p = &u->rig.r.side[from].peer, *to = &u->rig.r.side[!from].peer;
    if (u->told[from] || (p->e && !p->closed))
        return false;
    u->told[from] = true;
    if (to->e)
        rig_feed_end(to);
    return true;
}

static void settle(run *u)
{
    unsigned turns = 0;
    while (carry(u, REAL_CLIENT) + carry(u, REAL_SERVER) + hang_up(u, REAL_CLIENT) + hang_up(u, REAL_SERVER))
        assert_true(++turns < BUSY);
    for (int side = 0; side < 2; side++)
        if (u->rig.r.side[side].peer.e)
            real_learn_key(&u->rig.r, side);
}

/* ---- the conversation ---- */

static void say(run *u, int side, const char *text)
{
    size_t used;
    rig_peer *p = &u->rig.r.side[side].peer;
    troth_order_msg order = { .kind = TROTH_ORDER_DATA, .data = { (const uint8_t *)text, strlen(text) } };
    troth_status st = troth_endpoint_submit(p->e, &order, 0, &used);
    rig_events(p);
    assert_true(!st || p->closed);
}

static bool both(const run *u, bool established)
{
    const rig_peer *c = &u->rig.r.side[REAL_CLIENT].peer, *s = &u->rig.r.side[REAL_SERVER].peer;
    return c->e && s->e && !c->closed && !s->closed && !c->end && !s->end &&
           (!established || (c->established && s->established));
}

/* Over a stream: a message each way. */
static bool talk(run *u)
{
    const rig_peer *c = &u->rig.r.side[REAL_CLIENT].peer, *s = &u->rig.r.side[REAL_SERVER].peer;
    settle(u);
    if (both(u, false) && s->established) {
        (void)real_welcome(&u->rig.r);
        settle(u);
    }
    if (both(u, true)) {
        say(u, REAL_CLIENT, "from the client");
        settle(u);
    }
    if (both(u, true)) {
        say(u, REAL_SERVER, "the server's answer");
        settle(u);
    }
    if (!both(u, true) || s->got_len != 15 || c->got_len != 19)
        return false;
    assert_memory_equal(s->got, "from the client", 15);
    assert_memory_equal(c->got, "the server's answer", 19);
    return true;
}

static void settle_run(void *self)
{
    settle(self);
}

static bool is_rpc(const run *u)
{
    return u->rig.r.wire == REAL_RPC;
}

static void converse(run *u)
{
    for (int side = 1; side >= 0; side--) {
        real_side *s = &u->rig.r.side[side];
        s->peer.run_job = run_job;
        s->st = TROTH_OK;
        if ((!s->cred && real_acquire(&u->rig.r, side, run_job)) || real_open(&u->rig.r, side))
            continue;
        rig_events(&s->peer);
    }
    u->complete = is_rpc(u) ? fault_rpc_talk(&u->rig, settle_run, u) : talk(u);
}

/* ---- what must be the case afterwards ---- */

static troth_status expected(const run *u)
{
    const real_side *s = &u->rig.r.side[u->side];
    switch (u->what) {
    case MEMORY:
    case JOB_STARVED:
        return TROTH_NO_MEMORY;
    case JOB_UNRUN:
        return s->peer.e ? TROTH_MECHANISM : TROTH_NO_CRED;
    case JOB_REFUSED:
        return s->peer.e ? TROTH_LIMIT : TROTH_NO_CRED;
    default:
        return TROTH_CLOSED;
    }
}

static void check_failed(run *u)
{
    const real_side *s = &u->rig.r.side[u->side], *other = &u->rig.r.side[!u->side];
    troth_status got = s->peer.e ? s->peer.error.code : s->st;
    char what[128];
    snprintf(what, sizeof what, "%s, %s, %s, %s %zu", real_mech_name(u->rig.r.mech), real_wire_name(u->rig.r.wire),
             u->side ? "server" : "client", kind_names[u->what], u->n);
    if (u->complete && is_rpc(u) && u->what == MEMORY) { /* tried again, and had */
        u->mended++;
        return;
    }
    if (u->complete)
        fail_msg("%s: and nobody noticed", what);
    if (s->peer.e && !s->peer.closed)
        fail_msg("%s: the side itself goes on", what);
    if (got != expected(u) && !(is_rpc(u) && fault_rpc_told(&u->rig, u->side, expected(u))))
        fail_msg("%s: %s at %s, not %s", what, troth_status_name(got), s->peer.e ? s->peer.error.where : "start",
                 troth_status_name(expected(u)));
    if (s->peer.e && s->peer.error.code && !*s->peer.error.where)
        fail_msg("%s: the error does not say where", what);
    bool ended = other->peer.closed ? is_rpc(u) || other->peer.error.code != TROTH_OK /* any time is right for RPC */
                                    : other->peer.end && !other->peer.end_authentic;
    if (other->peer.e && !ended)
        fail_msg("%s: the other side hangs: %s", what, troth_status_name(other->peer.error.code));
}

/* One conversation. Answers whether the fault came to pass; the world is left for the next one. */
static bool once(run *u, kind what, int side, size_t n)
{
    real_side *s = &u->rig.r.side[side];
    u->what = what;
    u->side = side;
    u->n = n;
    u->jobs = u->sent[0] = u->sent[1] = 0;
    u->hit = u->complete = u->told[0] = u->told[1] = false;
    current = u;
    size_t before = s->env.allocs;
    s->env.fail_at = what == MEMORY ? before + n : 0;
    converse(u);
    bool hit = u->hit || (what == MEMORY && s->env.allocs >= s->env.fail_at);
    s->env.fail_at = 0;
    if (hit)
        check_failed(u);
    else if (!u->complete)
        fail_msg("%s, %s: %s at %s, %s at %s, and nothing was made to fail", real_mech_name(u->rig.r.mech),
                 real_wire_name(u->rig.r.wire), troth_status_name(u->rig.r.side[0].peer.error.code),
                 u->rig.r.side[0].peer.error.where, troth_status_name(u->rig.r.side[1].peer.error.code),
                 u->rig.r.side[1].peer.error.where);
    return hit;
}

static void begin(run *u, real_mech mech, real_wire wire)
{
    memset(u, 0, sizeof *u);
    if (wire == REAL_RPC)
        rpc_pair_real(&u->rig, mech, TROTH_RPC_LEVEL_PRIVACY);
    else
        real_init(&u->rig.r, mech, wire, TROTH_LEVEL_ENCRYPT);
}

/* Each in a world of its own, credentials included. */
static size_t each(real_mech mech, real_wire wire, kind what, int side)
{
    size_t n = 0, mended = 0;
    bool reached = true;
    while (reached) {
        run u;
        begin(&u, mech, wire);
        u.rig.r.by_password = true;
        reached = once(&u, what, side, ++n) || (is_job_fault(&u) && u.jobs >= n);
        mended += u.mended;
        rpc_pair_end(&u.rig);
    }
    assert_true(mended <= MENDED);
    return n - 1;
}

/* A long conversation is cut everywhere in its beginning, and then here and there. */
static size_t next_octet(const run *u, size_t octet)
{
    return octet + (is_rpc(u) && octet >= 600 ? 41 : 1);
}

/* Octets behind which the connection breaks, the ends of messages among them; the credentials are there. */
static size_t each_octet(real_mech mech, real_wire wire, int side)
{
    run u;
    begin(&u, mech, wire);
    assert_false(once(&u, NOTHING, side, 0));
    size_t total = u.sent[side], cuts = 0;
    rpc_pair_disconnect(&u.rig);
    for (size_t octet = 0; octet < total; octet = next_octet(&u, octet), cuts++) {
        size_t before = u.rig.r.side[0].env.blocks + u.rig.r.side[1].env.blocks;
        (void)once(&u, SEND, side, octet);
        rpc_pair_disconnect(&u.rig);
        assert_int_equal(u.rig.r.side[0].env.blocks + u.rig.r.side[1].env.blocks, before);
    }
    rpc_pair_end(&u.rig);
    return cuts;
}

void fault_row(real_mech mech, real_wire wire)
{
    for (int side = 0; side < 2; side++) {
        size_t allocs = each(mech, wire, MEMORY, side), jobs = each(mech, wire, JOB_UNRUN, side);
        size_t starved = each(mech, wire, JOB_STARVED, side), refused = each(mech, wire, JOB_REFUSED, side);
        size_t octets = each_octet(mech, wire, side);
        assert_true(allocs > 10 && jobs >= 2 && starved == jobs && refused == jobs && octets > 100);
        print_message("| %-15s | %-7s | %s | %3zu allocations | %zu jobs x 3 | %4zu sends cut |\n",
                      real_mech_name(mech), real_wire_name(wire), side ? "server" : "client", allocs, jobs, octets);
    }
}
