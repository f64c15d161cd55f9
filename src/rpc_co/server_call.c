/* Calls: from the request's last fragment to its answer, which may outlive the connection. [MS-RPCE 3.3.3.1.5] */
#include <rpc_co/server.h>

/* ---- life ---- */

static void answer(troth_rpc_call *call, uint32_t fault, bool not_executed, troth_bytes stub);
static void after(troth_rpc_call *call, uint64_t ms, troth_rpc_handler fn, void *self);
static const troth_rpc_call_ops ops = { answer, after };

static troth_rpc_caller caller_of(const troth_co_server *s, const troth_co_context *x)
{
    troth_rpc_caller c = { .level = TROTH_RPC_LEVEL_NONE, .transport = &s->transport, .group = s->conn.group };
    const troth_identity nobody = { "", "", "" };
    c.facts = (troth_facts){ .peer = nobody, .self = nobody, .detail = "", .expiry = UINT64_MAX };
    if (!x)
        return c;
    c.type = x->auth_type;
    c.level = x->auth_level;
    c.auth_context_id = x->auth_context_id;
    c.facts = troth_co_context_facts(x);
    if (!x->sec || troth_context_session_key(x->sec, &c.session_key))
        c.session_key = (troth_bytes){ NULL, 0 };
    return c;
}

static troth_rpc_message message_of(const troth_co_arrival *a, const troth_co_presented *p)
{
    const troth_co_hdr *h = &a->pdu->hdr;
    troth_rpc_message m = { .opnum = a->request.opnum,
                            .has_object = a->request.has_object,
                            .object = a->request.object,
                            .maybe = h->flags & TROTH_PFC_MAYBE,
                            .drep = { h->drep[0], h->drep[1], h->drep[2], h->drep[3] } };
    if (p) {
        m.abstract = p->interface->syntax;
        m.abstract.minor = p->minor;
        m.transfer = p->transfer;
    }
    return m;
}

troth_co_call *troth_co_call_new(troth_co_server *s, const troth_co_arrival *a, const troth_co_presented *p,
                                 troth_co_context *ctx)
{
    troth_co_call *c = s->spare; /* one is kept, so that a call that is answered at once costs no memory */
    s->spare = NULL;
    if (!c)
        c = troth_mem_new(s->conn.env, sizeof *c);
    if (!c)
        return NULL;
    *c = (troth_co_call){ .call = { .ops = &ops,
                                    .env = s->conn.env,
                                    .server = s->server,
                                    .interface = p ? p->interface : NULL,
                                    .group = s->group,
                                    .request = message_of(a, p),
                                    .caller = caller_of(s, ctx) },
                          .server = s,
                          .ctx = ctx,
                          .verified = ctx && a->secured && ctx->auth_level > TROTH_RPC_LEVEL_CONNECT,
                          .call_id = a->pdu->hdr.call_id,
                          .p_cont_id = a->request.p_cont_id,
                          .drep = { 0x10 },
                          .stub = troth_writer_growing(s->conn.env, s->max_request, TROTH_LE),
                          .since = s->conn.now };
    troth_fsm_init(&c->fsm, &troth_co_server_call_fsm, s->conn.env);
    return c;
}

void troth_co_call_free(troth_co_call *c)
{
    troth_co_server *s = c->server;
    if (s && s->running == c)
        s->running = NULL;
    troth_rpc_call_clear(&c->call);
    troth_writer_clear(&c->stub);
    if (s && !s->spare && !s->left)
        s->spare = c;
    else
        troth_mem_free(c->call.env, c, sizeof *c);
}

static void link_call(troth_co_server *s, troth_co_call *c)
{
    c->prev = s->last_call;
    if (c->prev)
        c->prev->next = c;
    else
        s->calls = c;
    s->last_call = c;
    s->conn.calls++;
    s->conn.calls_begun++;
}

static void unlink_call(troth_co_server *s, troth_co_call *c)
{
    if (c->prev)
        c->prev->next = c->next;
    else
        s->calls = c->next;
    if (c->next)
        c->next->prev = c->prev;
    else
        s->last_call = c->prev;
    c->prev = c->next = NULL;
    s->conn.calls--;
}

troth_co_call *troth_co_call_find(const troth_co_server *s, uint64_t id)
{
    troth_co_call *c = s->calls;
    while (c && c->id != id)
        c = c->next;
    return c;
}

troth_co_call *troth_co_call_of(const troth_co_server *s, uint32_t call_id)
{
    troth_co_call *c = s->calls;
    while (c && c->call_id != call_id)
        c = c->next;
    return c;
}

/* ---- its machine ---- */

bool troth_co_call_maybe(void *self, const void *arg)
{
    (void)arg;
    return ((troth_co_call *)self)->call.request.maybe;
}

troth_status troth_co_call_keep(void *self, const void *arg)
{
    troth_co_call *c = self;
    const troth_bytes *stub = arg;
    troth_write_bytes(&c->stub, stub->data, stub->len);
    return c->stub.st;
}

/* A request in one PDU is read where it lies. */
troth_status troth_co_call_complete(void *self, const void *arg)
{
    troth_co_call *c = self;
    const troth_bytes *stub = arg;
    if (!c->stub.base) {
        c->call.request.stub = *stub;
        return TROTH_OK;
    }
    troth_status st = troth_co_call_keep(self, arg);
    c->call.request.stub = (troth_bytes){ c->stub.base, c->stub.len };
    return st;
}

troth_status troth_co_call_complete_cancelled(void *self, const void *arg)
{
    ((troth_co_call *)self)->call.cancelled = true;
    return troth_co_call_complete(self, arg);
}

troth_status troth_co_call_tell_cancel(void *self, const void *arg)
{
    (void)arg;
    ((troth_co_call *)self)->call.cancelled = true;
    return TROTH_OK;
}

static troth_status send_fault(troth_co_call *c, uint32_t status, bool not_executed)
{
    troth_co_refusal r = { .status = status,
                           .call_id = c->call_id,
                           .p_cont_id = c->p_cont_id,
                           .not_executed = not_executed,
                           .goes_on = true,
                           .where = "MS-RPCE 3.3.3.4.1" }; /* no refusal of ours */
    return troth_co_server_fault(c->server, &r);
}

static troth_status send_response(troth_co_call *c, troth_bytes stub)
{
    troth_co_outgoing m = { .ptype = TROTH_CO_RESPONSE,
                            .call_id = c->call_id,
                            .p_cont_id = c->p_cont_id,
                            .stub = stub,
                            .ctx = c->verified ? c->ctx : NULL,
                            .drep = c->drep };
    troth_status st = troth_co_send(&c->server->conn, &m);
    return st == TROTH_LIMIT ? send_fault(c, TROTH_NCA_S_OUT_ARGS_TOO_BIG, false) : st;
}

/* In the order in which handlers answer: a context's messages are numbered as they go out. [3.3.1.5.2.2] */
troth_status troth_co_server_call_send(void *self, const void *arg)
{
    troth_co_call *c = self;
    const troth_co_answer *a = arg;
    c->server->server->count.calls_out++;
    if (a->fault)
        return send_fault(c, a->fault, a->not_executed);
    return send_response(c, a->stub);
}

/* The connection takes its views with it. */
troth_status troth_co_call_forget(void *self, const void *arg)
{
    troth_co_call *c = self;
    const troth_identity nobody = { "", "", "" };
    (void)arg;
    c->call.group = NULL;
    c->call.caller.transport = NULL;
    c->call.caller.session_key = (troth_bytes){ NULL, 0 };
    c->call.caller.facts = (troth_facts){ .peer = nobody, .self = nobody, .detail = "", .expiry = UINT64_MAX };
    c->call.cancelled = true;
    c->ctx = NULL;
    c->server = NULL;
    return TROTH_OK;
}

/* What cannot be answered is no connection any more; what cannot be kept is refused by who feeds it. */
void troth_co_server_call_refuse(void *self, uint8_t event, const void *arg, troth_status why)
{
    troth_co_call *c = self;
    (void)arg;
    if (event != TROTH_CO_SC_ON_ANSWER || !c->server || c->server->conn.closed)
        return;
    troth_co_refusal r = { .status = TROTH_RPC_S_SEC_PKG_ERROR,
                           .call_id = c->call_id,
                           .p_cont_id = c->p_cont_id,
                           .code = why,
                           .where = "MS-RPCE 3.3.1.5.2.2: response" };
    troth_status st = troth_co_server_fault(c->server, &r);
    (void)st; /* the connection has ended with it */
}

/* ---- the handler's side ---- */

static void answer(troth_rpc_call *call, uint32_t fault, bool not_executed, troth_bytes stub)
{
    troth_co_call *c = (troth_co_call *)call;
    troth_co_server *s = c->server;
    troth_co_answer a = { fault, not_executed, stub };
    troth_status st = troth_fsm_step(&c->fsm, TROTH_CO_SC_ON_ANSWER, c, &a);
    (void)st; /* whatever came of it, the call is over */
    if (s)
        unlink_call(s, c);
    troth_co_call_free(c);
    if (s && !s->busy)
        troth_co_server_answered(s);
}

static void after(troth_rpc_call *call, uint64_t ms, troth_rpc_handler fn, void *self)
{
    troth_co_call *c = (troth_co_call *)call;
    if (!c->server)
        return;
    uint64_t now = c->server->conn.now;
    c->at = now > UINT64_MAX - ms ? UINT64_MAX : now + ms;
    c->fn = fn;
    c->fn_self = self;
}

static troth_co_call *earliest(const troth_co_server *s)
{
    troth_co_call *first = NULL;
    for (troth_co_call *c = s->calls; c; c = c->next)
        if (c->fn && (!first || c->at < first->at))
            first = c;
    return first;
}

uint64_t troth_co_call_next_due(const troth_co_server *s)
{
    const troth_co_call *c = earliest(s);
    return c ? c->at : UINT64_MAX;
}

void troth_co_call_due(troth_co_server *s, uint64_t now)
{
    for (troth_co_call *c = earliest(s); c && c->at <= now && !s->conn.closed; c = earliest(s)) {
        troth_rpc_handler fn = c->fn;
        c->fn = NULL; /* once; it may ask again */
        fn(c->fn_self, &c->call);
    }
}

/* Its views are over. Calls that nobody answers for long hold no requests, which a client makes as large as he likes. */
static void release_request(troth_co_call *c)
{
    c->call.request.stub = (troth_bytes){ NULL, 0 };
    troth_writer_clear(&c->stub);
}

void troth_co_call_release_shown(troth_co_server *s)
{
    if (s->released_id == s->last_id || s->conn.n_events)
        return;
    for (troth_co_call *c = s->last_call; c; c = c->prev)
        if (c->id > s->released_id)
            release_request(c);
    s->released_id = s->last_id;
}

void troth_co_call_run(troth_co_server *s)
{
    troth_co_call *c = s->ready;
    s->ready = NULL;
    if (!c)
        return;
    link_call(s, c);
    s->running = c;
    if (troth_rpc_call_dispatch(&c->call, s->min_level)) { /* the call may be gone now */
        if (s->running)
            release_request(c);
        s->running = NULL;
        return;
    }
    s->running = NULL;
    c->id = ++s->last_id;
    troth_event ev = { .kind = TROTH_EV_CALL, .id = c->id, .message = &c->call.request };
    troth_status st = troth_co_tell(&s->conn, &ev);
    if (st)
        answer(&c->call, TROTH_NCA_S_SERVER_TOO_BUSY, true, (troth_bytes){ NULL, 0 });
}

/* ---- the end of the connection ---- */

/* handled: somebody has it, and will answer. Who waits for us, or is the owner of the connection, never does. */
static void lose(troth_co_call *c, bool handled)
{
    bool answered = handled && !c->fn && !c->id;
    troth_status st = troth_fsm_step(&c->fsm, TROTH_CO_SC_ON_LOST, c, NULL);
    (void)st; /* a call that failed meanwhile is complete */
    if (!answered || c->fsm.state == TROTH_CO_SC_COMPLETE)
        troth_co_call_free(c);
}

void troth_co_calls_lost(troth_co_server *s)
{
    if (s->incoming)
        lose(s->incoming, false);
    if (s->ready)
        lose(s->ready, false);
    s->incoming = s->ready = NULL;
    while (s->calls) {
        troth_co_call *c = s->calls;
        unlink_call(s, c);
        lose(c, true);
    }
    if (s->spare)
        troth_mem_free(s->conn.env, s->spare, sizeof *s->spare);
    s->spare = NULL;
}
