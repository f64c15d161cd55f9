#include <support/rpc_script.h>

enum { FIRST = 10, SECOND = 20, CALLS = 6, STUB = 2500 };

static const uint8_t octets[STUB] = { 1, 2, 3, 4, 5, 6, 7, 8 };

void rpc_script_limit(rpc_pair *r, bool strange)
{
    r->client.max_contexts = r->accept.max_contexts = 5;
    r->client.max_calls = r->accept.max_calls = 6;
    r->client.max_reply = r->accept.max_request = 32768;
    r->client.max_frag = r->accept.max_frag = 2048;
    r->client.call_ms = 50;
    r->accept.profile = strange ? TROTH_RPC_WINDOWS : TROTH_RPC_STRICT;
    r->client.strict = strange;
    r->who.level = strange ? TROTH_RPC_LEVEL_CONNECT : TROTH_RPC_LEVEL_PRIVACY;
    r->mech.legs = 3;
    r->r.side[REAL_CLIENT].env.seed = r->r.side[REAL_SERVER].env.seed = 1;
}

static void order(rpc_pair *r, const troth_order_msg *o)
{
    rig_peer *p = rpc_pair_client(r);
    size_t used;
    troth_status st = troth_endpoint_submit(p->e, o, p->now, &used);
    (void)st; /* a fuzzer's client may be anywhere */
}

static void open_context(rpc_pair *r, uint64_t id)
{
    troth_rpc_message m = { .abstract = r->interface.syntax, .transfer = TROTH_RPC_NDR };
    order(r, &(troth_order_msg){ .kind = TROTH_ORDER_OPEN, .id = id, .identity = &r->who, .message = &m });
}

static void call(rpc_pair *r, uint64_t context, uint64_t id, const troth_rpc_interface *i, size_t n)
{
    troth_rpc_message m = { .abstract = i->syntax,
                            .transfer = id % 2 && i->ops ? TROTH_RPC_NDR64 : TROTH_RPC_NDR,
                            .opnum = PAIR_ECHO,
                            .drep = { 0x10 },
                            .stub = { octets, n } };
    order(r, &(troth_order_msg){ .kind = TROTH_ORDER_CALL, .id = id, .context = context, .message = &m });
}

void rpc_script_begin(rpc_pair *r, bool secure)
{
    if (secure)
        open_context(r, 1);
    else
        call(r, 0, FIRST, &r->interface, 8);
}

void rpc_script_told(rpc_pair *r, const troth_event *ev)
{
    if (ev->kind == TROTH_EV_ESTABLISHED && ev->id == 1) {
        call(r, 1, FIRST, &r->interface, 8);
        open_context(r, 2);
    } else if (ev->kind == TROTH_EV_ESTABLISHED) {
        call(r, 2, SECOND, &r->interface, STUB);
        call(r, 1, FIRST + 1, &r->interface, 40);
    } else if (ev->kind == TROTH_EV_REPLY && ev->id < FIRST + CALLS) {
        uint64_t context = r->established[REAL_CLIENT] ? 1 : 0;
        call(r, context, ev->id + 2, ev->id % 3 ? &r->interface : &r->plain, (size_t)ev->id * 4);
        order(r, &(troth_order_msg){ .kind = TROTH_ORDER_CANCEL, .id = ev->id + 1 });
    } else if (ev->kind == TROTH_EV_REPLY) {
        order(r, &(troth_order_msg){ .kind = TROTH_ORDER_END });
    }
}
