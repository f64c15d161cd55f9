/* What the owner wants, and when it can be had. */
#include <rpc_co/client.h>
#include <string.h>

void troth_co_client_step(troth_co_client *c, uint8_t event, const void *arg)
{
    troth_status st = troth_fsm_step(&c->assoc, event, c, arg);
    (void)st; /* the connection has ended with it, and TROTH_EV_CLOSED tells */
}

void troth_co_client_step_call(troth_co_client_call *call, uint8_t event, const void *arg)
{
    troth_co_client *c = call->client;
    bool secure = call->ctx != NULL;
    troth_status st = troth_fsm_step(&call->fsm, event, call, arg);
    if (!st)
        return;
    troth_error why = { .code = st, .where = "MS-RPCE 3.3.2.5.2" };
    if (event == TROTH_CO_CC_ON_SEND) {
        why.where = "MS-RPCE 3.3.1.5.2.2";
        if (secure) /* the context cannot be used any more, if only because numbers are missing: CO-11 */
            troth_co_client_step(c, TROTH_CO_CA_ON_BROKEN, &why);
    } else {
        troth_co_client_step(c, TROTH_CO_CA_ON_BAD_PDU, &why);
    }
}

static bool is_bound(const troth_co_client *c)
{
    return c->assoc.state == TROTH_CO_CA_NEGOTIATED || c->assoc.state == TROTH_CO_CA_LEG ||
           c->assoc.state == TROTH_CO_CA_WAIT_ALTER_RESP || c->assoc.state == TROTH_CO_CA_WAIT_SECURE_ALTER_RESP;
}

static bool takes_orders(const troth_co_client *c)
{
    return !c->c.closed && !c->ending && c->assoc.state != TROTH_CO_CA_DISCARD;
}

/* One request at a time without CONC_MPX [MS-RPCE 3.3.2]; none while enough is unsent. */
static bool may_send(const troth_co_client *c, const troth_co_client_call *call)
{
    return is_bound(c) && call->presentation->accepted && (c->c.concurrent || !c->n_flying) && !troth_co_full(&c->c);
}

/* ---- what can be done now ---- */

static void lose_refused(troth_co_client *c)
{
    for (troth_co_client_call *call = c->waiting.head, *next; call; call = next) {
        next = call->next;
        if (call->presentation->refused.code)
            troth_co_client_step_call(call, TROTH_CO_CC_ON_LOST, &call->presentation->refused);
    }
    for (troth_co_presentation *p = c->presentations; p; p = p->next)
        p->refused.code = TROTH_OK;
}

static void send_ready(troth_co_client *c)
{
    for (troth_co_client_call *call = c->waiting.head, *next; call && is_bound(c); call = next) {
        next = call->next;
        const troth_bytes stub = { call->stub.data, call->stub.len };
        if (may_send(c, call))
            troth_co_client_step_call(call, TROTH_CO_CC_ON_SEND, &stub);
    }
}

/* A call without authentication is sent before a context begins: behind that, the server might take it for its own. */
static void open_next(troth_co_client *c)
{
    for (const troth_co_client_call *call = c->waiting.head; call; call = call->next) {
        if (!call->ctx)
            return;
    }
    troth_co_client_step(c, TROTH_CO_CA_ON_OPEN, c->to_open);
}

/* One bind or alter_context at a time, and on an exclusive connection none beside a call. */
static void negotiate(troth_co_client *c)
{
    bool first = c->assoc.state == TROTH_CO_CA_ESTABLISHED;
    if (!first && (c->assoc.state != TROTH_CO_CA_NEGOTIATED || (!c->c.concurrent && c->n_flying)))
        return;
    for (const troth_co_client_call *call = c->waiting.head; call; call = call->next) {
        if (!call->presentation->accepted) {
            troth_co_client_step(c, TROTH_CO_CA_ON_NEED, call->presentation);
            return;
        }
    }
    if (c->to_open && c->c.n_events < TROTH_CO_CLIENT_EVENTS_HELD)
        open_next(c);
}

static void finish(troth_co_client *c)
{
    const troth_error orderly = { .where = "C706 11.1.3 CLOSE_REQ" };
    bool drained = !troth_co_client_replies_awaited(c, NULL);
    if (c->assoc.state == TROTH_CO_CA_DISCARD && drained)
        troth_co_client_step(c, TROTH_CO_CA_ON_DRAINED, NULL);
    else if (c->ending && !c->c.calls && !c->building && !c->to_open)
        troth_co_client_step(c, TROTH_CO_CA_ON_CLOSE, &orderly);
}

void troth_co_client_pump(troth_co_client *c)
{
    if (!c->c.closed && c->assoc.state != TROTH_CO_CA_DISCARD) {
        lose_refused(c);
        send_ready(c);
        negotiate(c);
    }
    if (c->assoc.state == TROTH_CO_CA_DISCARD) {
        while (c->waiting.head)
            troth_co_client_step_call(c->waiting.head, TROTH_CO_CC_ON_LOST, &c->stopping);
    }
    if (!c->c.closed)
        finish(c);
    if (c->c.closed)
        troth_co_client_calls_lost(c, &c->c.error);
}

/* ---- a security context ---- */

static troth_co_context *context_of(const troth_co_client *c, uint64_t id)
{
    return troth_idtable_find_number(&c->by_id, id);
}

static bool valid_identity(const troth_order_msg *o)
{
    const troth_rpc_identity *who = o->identity;
    return o->id && who && who->cred && who->level >= TROTH_RPC_LEVEL_CONNECT &&
           who->level <= TROTH_RPC_LEVEL_PRIVACY &&
           (who->type == TROTH_RPC_AUTH_SPNEGO || who->type == TROTH_RPC_AUTH_NTLM ||
            who->type == TROTH_RPC_AUTH_KERBEROS) &&
           (who->target || who->type == TROTH_RPC_AUTH_NTLM);
}

/* CO-1; how many there may be (CO-7) is seen to by troth_co_context_new. */
static troth_status may_open(const troth_co_client *c)
{
    if (!troth_co_contexts(&c->c))
        return TROTH_OK;
    if (!c->c.bound)
        return TROTH_AGAIN;
    return c->c.features & TROTH_RPC_FEATURE_MULTIPLEXING ? TROTH_OK : TROTH_UNSUPPORTED;
}

static troth_status make_context(troth_co_client *c, const troth_order_msg *o)
{
    const troth_rpc_identity *who = o->identity;
    const troth_co_context_options x = {
        .cred = who->cred,
        .id = o->id,
        .auth_context_id = c->next_auth_context_id,
        .auth_type = (uint8_t)who->type,
        .auth_level = (uint8_t)(who->level == TROTH_RPC_LEVEL_CALL ? TROTH_RPC_LEVEL_PKT : who->level),
        .target = who->target,
        .require = who->require,
        .policy = who->policy,
        .limits = who->limits,
        .bindings = { c->bindings.data, c->bindings.len },
    };
    troth_co_context *made = NULL;
    troth_status st = troth_co_context_new(&c->c, &x, &made);
    if (st)
        return st == TROTH_UNSUPPORTED ? TROTH_NO_CRED : st;
    st = troth_idtable_add_number(&c->by_id, o->id, made);
    if (st) {
        troth_co_context_drop(made);
        return st;
    }
    c->next_auth_context_id++;
    if (c->to_open)
        c->last_to_open->answer_with.more = made;
    else
        c->to_open = made;
    c->last_to_open = made;
    return TROTH_OK;
}

static void lead_by(troth_co_client *c, const troth_rpc_message *m)
{
    if (m && !c->lead)
        c->lead = troth_co_client_presentation(c, &m->abstract,
                                               m->transfer == TROTH_RPC_NDR64 ? TROTH_RPC_NDR64 : TROTH_RPC_NDR);
}

static troth_status submit_open(troth_co_client *c, const troth_order_msg *o)
{
    if (!valid_identity(o))
        return TROTH_INVALID;
    if (c->c.n_events >= TROTH_CO_CLIENT_EVENTS_HELD)
        return TROTH_AGAIN;
    troth_status st = may_open(c);
    if (st)
        return st;
    if (context_of(c, o->id))
        return TROTH_INVALID;
    if (troth_cred_ready(o->identity->cred, NULL))
        return TROTH_NO_CRED;
    lead_by(c, o->message);
    return make_context(c, o);
}

/* ---- a call ---- */

static bool valid_message(const troth_rpc_message *m)
{
    return m && (m->transfer == TROTH_RPC_NDR || m->transfer == TROTH_RPC_NDR64) && m->stub.len <= INT32_MAX;
}

/* Without authentication only where there is none: a server may take such a call for one of a context: CO-4, CO-5. */
static troth_status context_for(troth_co_client *c, uint64_t id, troth_co_context **ret)
{
    *ret = NULL;
    if (!id)
        return troth_co_contexts(&c->c) ? TROTH_BAD_STATE : TROTH_OK;
    troth_co_context *x = context_of(c, id);
    if (!x || x == c->building || x->fsm.state != TROTH_CO_CTX_OPEN)
        return TROTH_BAD_STATE;
    *ret = x;
    return TROTH_OK;
}

static troth_status queue_call(troth_co_client *c, troth_co_client_call *call, const troth_rpc_message *m)
{
    troth_co_client_call_push(&c->waiting, call);
    if (may_send(c, call)) { /* nothing is copied */
        troth_co_client_step_call(call, TROTH_CO_CC_ON_SEND, &m->stub);
        return TROTH_OK;
    }
    troth_status st = m->stub.len ? troth_mem_keep(c->c.env, m->stub.data, m->stub.len, &call->stub) : TROTH_OK;
    if (st) {
        troth_co_client_call_unlink(&c->waiting, call);
        c->c.calls--;
        troth_co_client_call_release(c, call);
    }
    return st;
}

static troth_status submit_call(troth_co_client *c, const troth_order_msg *o)
{
    const troth_rpc_message *m = o->message;
    troth_co_context *x = NULL;
    if (!valid_message(m))
        return TROTH_INVALID;
    troth_status st = context_for(c, o->context, &x);
    if (st)
        return st;
    if (c->n_calls >= c->opts.max_calls || troth_co_full(&c->c) || c->c.n_events >= TROTH_CO_CLIENT_EVENTS_HELD)
        return TROTH_AGAIN;
    troth_co_presentation *p = troth_co_client_presentation(c, &m->abstract, m->transfer);
    troth_co_client_call *call = p ? troth_co_client_call_new(c) : NULL;
    if (!call)
        return TROTH_NO_MEMORY;
    if (!c->lead)
        c->lead = p;
    call->id = o->id;
    call->ctx = x;
    call->presentation = p;
    call->opnum = m->opnum;
    memcpy(call->drep, m->drep, sizeof call->drep);
    call->has_object = m->has_object;
    call->object = m->object;
    call->answer = (troth_rpc_message){ .abstract = m->abstract, .transfer = m->transfer, .opnum = m->opnum };
    return queue_call(c, call, m);
}

/* ---- the others ---- */

static troth_co_client_call *call_of(const troth_co_client_call_list *l, uint64_t id)
{
    troth_co_client_call *call = l->head;
    while (call && (call->id != id || troth_co_client_call_orphaned(call)))
        call = call->next;
    return call;
}

/* One that is answered already, or was never begun, needs no cancelling. */
static troth_status submit_cancel(troth_co_client *c, uint64_t id)
{
    troth_co_client_call *call = call_of(&c->flying, id);
    if (!call)
        call = call_of(&c->waiting, id);
    if (call)
        troth_co_client_step_call(call, TROTH_CO_CC_ON_CANCEL, NULL);
    return TROTH_OK;
}

troth_status troth_co_client_submit(troth_co_client *c, const troth_order_msg *order)
{
    if (!takes_orders(c) && order->kind != TROTH_ORDER_CANCEL)
        return TROTH_BAD_STATE;
    switch (order->kind) {
    case TROTH_ORDER_OPEN:
        return submit_open(c, order);
    case TROTH_ORDER_CALL:
        return submit_call(c, order);
    case TROTH_ORDER_CANCEL:
        return submit_cancel(c, order->id);
    case TROTH_ORDER_END:
        c->ending = true;
        return TROTH_OK;
    default:
        return TROTH_INVALID;
    }
}
