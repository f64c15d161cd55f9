/* Deadlines of the client's end. [MS-RPCE 3.3.2.2] */
#include <rpc_co/client.h>

static uint64_t after(uint64_t t, uint64_t ms)
{
    return t > UINT64_MAX - ms ? UINT64_MAX : t + ms;
}

static uint64_t sooner(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

static bool negotiating(const troth_co_client *c)
{
    return c->assoc.state != TROTH_CO_CA_ESTABLISHED && c->assoc.state != TROTH_CO_CA_NEGOTIATED &&
           c->assoc.state != TROTH_CO_CA_DISCARD && c->assoc.state != TROTH_CO_CA_CLOSED;
}

/* A reply that has begun must go on; one that has not may take call_ms from the request's last octet. */
static uint64_t deadline_of(const troth_co_client *c, const troth_co_client_call *call)
{
    if (call->fsm.state == TROTH_CO_CC_RECEIVE_PDU)
        return after(call->since, c->opts.half_open_ms);
    if (call->fsm.state != TROTH_CO_CC_DISPATCHED || !c->opts.call_ms || c->sent < call->ends_at)
        return UINT64_MAX;
    return after(call->since, c->opts.call_ms);
}

static uint64_t calls_deadline(const troth_co_client *c)
{
    uint64_t at = UINT64_MAX;
    if (!c->opts.call_ms && !c->n_receiving)
        return at;
    for (const troth_co_client_call *call = c->flying.head; call; call = call->next)
        at = sooner(at, deadline_of(c, call));
    return at;
}

static bool idle(const troth_co_client *c)
{
    return c->opts.idle_ms && !c->c.calls && !negotiating(c);
}

uint64_t troth_co_client_deadline(const troth_co_client *c)
{
    if (c->c.closed)
        return UINT64_MAX;
    uint64_t at = sooner(calls_deadline(c), troth_co_rest_at(&c->c, c->active));
    if (negotiating(c))
        at = sooner(at, after(c->nego.since, c->opts.half_open_ms));
    if (troth_co_gathering(&c->c))
        at = sooner(at, after(c->c.last_in, c->opts.half_open_ms));
    if (idle(c))
        at = sooner(at, after(c->active, c->opts.idle_ms));
    return at;
}

/* A call whose time is over is given up; where the server cannot be told so, the connection ends. */
static bool expire_calls(troth_co_client *c)
{
    const troth_error late = { .code = TROTH_TIMEOUT, .where = "MS-RPCE 3.3.2.6.1" };
    for (troth_co_client_call *call = c->flying.head, *next; call; call = next) {
        next = call->next;
        if (c->c.now < deadline_of(c, call))
            continue;
        troth_co_client_step_call(call, TROTH_CO_CC_ON_TIMEOUT, &late);
        if (!troth_co_client_call_orphaned(call)) {
            troth_co_client_step(c, TROTH_CO_CA_ON_CLOSE, &late);
            return true;
        }
    }
    return false;
}

void troth_co_client_expire(troth_co_client *c)
{
    troth_error why = { .code = TROTH_TIMEOUT, .where = "MS-RPCE 3.3.2.2.2" };
    if (c->c.closed || c->c.now < troth_co_client_deadline(c) || expire_calls(c))
        return;
    bool late = negotiating(c) && c->c.now >= after(c->nego.since, c->opts.half_open_ms);
    late |= troth_co_gathering(&c->c) && c->c.now >= after(c->c.last_in, c->opts.half_open_ms);
    if (!late && idle(c) && c->c.now >= after(c->active, c->opts.idle_ms)) {
        late = true;
        why = (troth_error){ .where = "MS-RPCE 3.3.2.6.2" }; /* nobody misses it */
    }
    if (late) {
        if (c->building && why.code)
            troth_co_warn(&c->c, c->building->id, &why);
        troth_co_client_step(c, TROTH_CO_CA_ON_CLOSE, &why);
    }
    if (c->c.now >= troth_co_rest_at(&c->c, c->active))
        troth_co_rest(&c->c);
}
