/* The conversation of RPC that everything is made to fail in. */
#include <fault/fault.h>
#include <string.h>
#include <support/test.h>

enum { STUB = 7000, SOURCED = 9000 };

typedef struct talk {
    rpc_pair *r;
    void (*settle)(void *self);
    void *self;
} talk;

static bool alive(const talk *t)
{
    const rig_peer *c = rpc_pair_client(t->r), *s = rpc_pair_server(t->r);
    return c->e && s->e && !c->closed && !s->closed;
}

/* An owner who has been refused something, or whose call fails, ends it. */
static bool give_up(const talk *t, troth_status st)
{
    rig_peer *c = rpc_pair_client(t->r);
    if (c->e && !c->closed) {
        troth_endpoint_close(c->e, st);
        rig_events(c);
    }
    t->settle(t->self);
    return false;
}

static bool go_on(const talk *t, troth_status st)
{
    if (st)
        return give_up(t, st);
    t->settle(t->self);
    return alive(t);
}

static bool open_context(const talk *t, uint64_t id)
{
    if (!go_on(t, rpc_pair_open(t->r, id)))
        return give_up(t, TROTH_CLOSED);
    bool open = t->r->established[REAL_CLIENT] == id && t->r->established[REAL_SERVER] == id;
    return open || give_up(t, TROTH_CLOSED);
}

/* n octets back, or a fault. */
static bool expect(const talk *t, uint64_t id, uint32_t fault, const void *stub, size_t n)
{
    const rpc_pair_reply *reply = rpc_pair_reply_of(t->r, id);
    bool good = reply && !reply->error.code && reply->fault == fault && reply->n == n;
    if (good && stub)
        assert_memory_equal(reply->stub, stub, n);
    return good || give_up(t, TROTH_CLOSED);
}

static bool call(const talk *t, uint64_t context, uint64_t id, uint16_t opnum, const void *stub, size_t n)
{
    return go_on(t, rpc_pair_call(t->r, context, id, opnum, stub, n)) || give_up(t, TROTH_CLOSED);
}

static bool calls(const talk *t)
{
    uint8_t stub[STUB], handle[PAIR_HANDLE];
    uint32_t n = SOURCED;
    for (size_t i = 0; i < STUB; i++)
        stub[i] = (uint8_t)(i * 5);
    if (!call(t, 1, 1, PAIR_ECHO, stub, STUB) || !expect(t, 1, 0, stub, STUB) || !call(t, 2, 2, PAIR_FAULT, stub, 8) ||
        !expect(t, 2, PAIR_FAULT_STATUS, NULL, 0) || !call(t, 2, 3, PAIR_SOURCE, &n, sizeof n) ||
        !expect(t, 3, 0, NULL, SOURCED) || !call(t, 1, 4, PAIR_OPEN, NULL, 0) || !expect(t, 4, 0, NULL, PAIR_HANDLE))
        return false;
    memcpy(handle, rpc_pair_reply_of(t->r, 4)->stub, PAIR_HANDLE);
    if (!call(t, 1, 5, PAIR_USE, handle, PAIR_HANDLE) || !expect(t, 5, 0, "!", 1) ||
        !call(t, 1, 6, PAIR_KEEP, NULL, 0) || !go_on(t, rpc_pair_call_plain(t->r, 2, 7, stub, 600)) ||
        !expect(t, 7, 0, stub, 600) || !go_on(t, rpc_pair_order(t->r, TROTH_ORDER_CANCEL, 6)))
        return give_up(t, TROTH_CLOSED);
    return true;
}

/* Also when the connection has died meanwhile. */
static void answer_kept(const talk *t)
{
    for (unsigned i = 0; i < t->r->n_kept; i++)
        rpc_pair_answer(t->r, i);
    t->r->n_kept = 0;
    t->settle(t->self);
}

bool fault_rpc_talk(rpc_pair *r, void (*settle)(void *self), void *self)
{
    const talk t = { r, settle, self };
    r->rundowns = r->handles = 0;
    settle(self);
    bool good = alive(&t) && open_context(&t, 1) && open_context(&t, 2) && calls(&t);
    answer_kept(&t);
    good = good && expect(&t, 6, 0, NULL, 0) && !rpc_pair_order(r, TROTH_ORDER_END, 0);
    settle(self);
    const rig_peer *c = rpc_pair_client(r), *s = rpc_pair_server(r);
    if (c->e && !c->closed)
        give_up(&t, TROTH_CLOSED);
    assert_int_equal(r->rundowns, s->e ? r->handles : 0);
    return good && c->closed && s->closed && !c->error.code && !s->error.code;
}

bool fault_rpc_told(const rpc_pair *r, int side, troth_status want)
{
    const rig_peer *c = &r->r.side[REAL_CLIENT].peer;
    if (r->warnings[side] && r->warning[side].code == want)
        return true;
    if (side == REAL_CLIENT && r->refused == want)
        return true;
    for (unsigned i = 0; i < r->n_replies && i < PAIR_REPLIES; i++) {
        if (side == REAL_CLIENT && r->replies[i].error.code == want)
            return true;
        if (side == REAL_SERVER && want == TROTH_NO_MEMORY && r->replies[i].fault == TROTH_NCA_S_FAULT_REMOTE_NO_MEMORY)
            return true;
    }
    return side == REAL_SERVER && want == TROTH_NO_MEMORY && c->closed &&
           c->error.wire == TROTH_NCA_S_FAULT_REMOTE_NO_MEMORY;
}
