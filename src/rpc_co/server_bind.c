/* bind, alter_context and rpc_auth_3. [C706 12.6.4.3, 12.6.4.1; MS-RPCE 3.3.1.5.2.1, 3.3.1.5.3, 3.3.1.5.6] */
#include <rpc_co/provider.h>
#include <rpc_co/server.h>
#include <string.h>

static const char presenting_at[] = "MS-RPCE 3.3.1.5.6: p_context_elem";

/* ---- contexts that are being built ---- */

static troth_co_pending *pending_of(const troth_co_context *x)
{
    return x->answer_with.more;
}

static troth_co_pending *pending_add(troth_co_server *s, troth_co_context *x)
{
    troth_co_pending *p = troth_mem_new(s->conn.env, sizeof *p), **last = &s->pending;
    if (!p)
        return NULL;
    p->ctx = x;
    p->since = s->conn.now;
    while (*last) { /* few: each is a client's exchange in the making */
        p->prev = *last;
        last = &(*last)->next;
    }
    *last = p;
    x->answer_with.more = p;
    return p;
}

static void pending_drop(troth_co_server *s, troth_co_pending *p)
{
    if (p->prev)
        p->prev->next = p->next;
    else
        s->pending = p->next;
    if (p->next)
        p->next->prev = p->prev;
    p->ctx->answer_with.more = NULL;
    troth_mem_drop(s->conn.env, &p->answer);
    troth_mem_free(s->conn.env, p, sizeof *p);
}

void troth_co_pending_clear(troth_co_server *s)
{
    while (s->pending)
        pending_drop(s, s->pending);
}

bool troth_co_others_pending(void *self, const void *arg)
{
    const troth_co_server *s = self;
    const troth_co_leg *leg = arg;
    return s->pending && (s->pending->next || s->pending->ctx != leg->ctx);
}

bool troth_co_any_pending(void *self, const void *arg)
{
    (void)arg;
    return ((const troth_co_server *)self)->pending;
}

/* ---- the answer ---- */

static const char *port_of(const char *address)
{
    const char *colon = address ? strrchr(address, ':') : NULL;
    return colon ? colon + 1 : "";
}

static uint8_t flags_of(const troth_co_server *s, const troth_co_hdr *h)
{
    uint8_t flags = TROTH_PFC_FIRST_FRAG | TROTH_PFC_LAST_FRAG;
    if (h->flags & TROTH_PFC_SUPPORT_HEADER_SIGN && !s->no_header_signing)
        flags |= TROTH_PFC_SUPPORT_HEADER_SIGN;
    if (h->ptype == TROTH_CO_BIND && h->flags & TROTH_PFC_CONC_MPX)
        flags |= TROTH_PFC_CONC_MPX;
    return flags;
}

/* bind_ack or alter_context_resp, without sec_trailer and with lengths 0. */
static void compose(troth_co_server *s, const troth_co_hdr *h, const troth_co_presenting *p, troth_writer *w)
{
    bool bind = h->ptype == TROTH_CO_BIND;
    const char *port = bind ? port_of(s->local) : NULL; /* "the same as the primary endpoint address" [3.3.1.5.5] */
    troth_co_hdr head = { .ptype = bind ? TROTH_CO_BIND_ACK : TROTH_CO_ALTER_CONTEXT_RESP,
                          .flags = flags_of(s, h),
                          .call_id = h->call_id };
    troth_co_ack ack = { .max_xmit_frag = s->conn.max_frag,
                         .max_recv_frag = s->conn.max_frag,
                         .assoc_group_id = s->conn.group };
    if (port)
        ack.sec_addr = (troth_bytes){ (const uint8_t *)port, strlen(port) + 1 };
    troth_co_hdr_write(w, &head);
    troth_co_ack_write(w, &ack, p->results, p->n);
}

/* What was agreed holds from the answer on, for every context of the connection, and is never taken back. */
static troth_status put_answer(troth_co_server *s, troth_writer *w, uint8_t flags, size_t auth_length)
{
    if (!w->st && w->len > TROTH_CO_BIND_MAX)
        troth_write_fail(w, TROTH_LIMIT);
    if (!w->st)
        troth_co_hdr_patch(w->base, (uint16_t)w->len, (uint16_t)auth_length);
    troth_status st = troth_co_put(&s->conn, w);
    if (!st && flags & TROTH_PFC_SUPPORT_HEADER_SIGN)
        s->conn.header_signing = true;
    return st;
}

static troth_status send_plain(troth_co_server *s, const troth_co_hdr *h, const troth_co_presenting *p)
{
    troth_writer w = troth_co_begin(&s->conn);
    compose(s, h, p, &w);
    return put_answer(s, &w, flags_of(s, h), 0);
}

/* The answer waits for the leg's token. */
static troth_status keep(troth_co_server *s, const troth_co_hdr *h, const troth_co_presenting *p, troth_co_pending *to)
{
    troth_writer w = troth_co_begin(&s->conn);
    compose(s, h, p, &w);
    to->flags = flags_of(s, h);
    troth_mem_drop(s->conn.env, &to->answer);
    return troth_writer_take(&w, &to->answer);
}

/* ---- what is negotiated ---- */

static troth_status bad_list(troth_co_server *s, const troth_co_hdr *h, troth_status st)
{
    if (st == TROTH_LIMIT) /* also to an alter_context [3.3.3.5.5] */
        return troth_co_server_nak(s, h->call_id, TROTH_CO_NAK_LOCAL_LIMIT, st, "MS-RPCE 3.3.3.5.5");
    return troth_co_refuse_bind(s, h, TROTH_CO_NAK_NOT_SPECIFIED, TROTH_NCA_S_PROTO_ERROR, st, presenting_at);
}

static troth_status present(troth_co_server *s, const troth_co_arrival *a, troth_co_presenting *ret)
{
    const troth_co_hdr *h = &a->pdu->hdr;
    bool bind = h->ptype == TROTH_CO_BIND;
    uint8_t ours = s->no_features ? 0 : TROTH_RPC_FEATURE_MULTIPLEXING | TROTH_RPC_FEATURE_KEEP_ON_ORPHAN;
    if (!a->bind.n_context_elem) { /* Windows calls it unspecified */
        uint16_t reason = s->profile == TROTH_RPC_WINDOWS ? TROTH_CO_NAK_NOT_SPECIFIED : TROTH_CO_NAK_VERSION;
        return troth_co_refuse_bind(s, h, reason, TROTH_NCA_S_PROTO_ERROR, TROTH_MALFORMED, presenting_at);
    }
    troth_status st = troth_co_present(&s->presentation, s->server, &a->bind, bind, ours, ret);
    return st ? bad_list(s, h, st) : TROTH_OK;
}

/* The smaller of what the client offers, in multiples of 8, between what every peer takes and what we do. */
static uint16_t fragment_of(const troth_co_server *s, const troth_co_bind *b)
{
    uint16_t n = b->max_xmit_frag < b->max_recv_frag ? b->max_xmit_frag : b->max_recv_frag;
    if (n > s->conn.frag_cap)
        n = s->conn.frag_cap;
    if (n < TROTH_CO_FRAG_MIN)
        n = TROTH_CO_FRAG_MIN;
    return n & (uint16_t)~7u;
}

static troth_bytes host_of(const char *address)
{
    const char *colon = address ? strrchr(address, ':') : NULL;
    return (troth_bytes){ (const uint8_t *)address, colon ? (size_t)(colon - address) : address ? strlen(address) : 0 };
}

static troth_status join(troth_co_server *s, const troth_co_arrival *a)
{
    const troth_co_hdr *h = &a->pdu->hdr;
    troth_status st =
        troth_rpc_group_join(s->server, a->bind.assoc_group_id, host_of(s->peer), "ncacn_ip_tcp", &s->group);
    if (st)
        return troth_co_server_nak(s, h->call_id, TROTH_CO_NAK_NOT_SPECIFIED, st, "MS-RPCE 3.3.1.5.7");
    s->conn.group = troth_rpc_group_number(s->group);
    return TROTH_OK;
}

/* What the first bind settles. Sizes and group of an alter_context are ignored. */
static troth_status settle(troth_co_server *s, const troth_co_arrival *a, troth_co_presenting *p)
{
    troth_status st = present(s, a, p);
    if (!st)
        st = join(s, a);
    if (st)
        return st;
    s->conn.max_frag = fragment_of(s, &a->bind);
    s->conn.concurrent = a->pdu->hdr.flags & TROTH_PFC_CONC_MPX;
    s->conn.features = p->features;
    return TROTH_OK;
}

/* ---- bind and alter_context without security ---- */

troth_status troth_co_accept_bind(void *self, const void *arg)
{
    troth_co_server *s = self;
    const troth_co_arrival *a = arg;
    troth_co_presenting p;
    troth_status st = settle(s, a, &p);
    if (!st)
        st = troth_co_present_commit(&s->presentation, &p);
    if (!st)
        st = send_plain(s, &a->pdu->hdr, &p);
    s->conn.bound = !st;
    return st;
}

troth_status troth_co_answer_alter(void *self, const void *arg)
{
    troth_co_server *s = self;
    const troth_co_arrival *a = arg;
    troth_co_presenting p;
    troth_status st = present(s, a, &p);
    if (!st)
        st = troth_co_present_commit(&s->presentation, &p);
    return st ? st : send_plain(s, &a->pdu->hdr, &p);
}

/* ---- legs ---- */

static troth_status leg(troth_co_server *s, const troth_co_arrival *a, troth_co_context *x,
                        const troth_co_presenting *p)
{
    const troth_co_hdr *h = &a->pdu->hdr;
    troth_co_pending *to = pending_of(x) ? pending_of(x) : pending_add(s, x);
    if (!to)
        return TROTH_NO_MEMORY;
    x->answer_with.ptype = h->ptype;
    x->answer_with.call_id = h->call_id;
    troth_status st = p ? keep(s, h, p, to) : TROTH_OK;
    if (!st)
        st = troth_co_context_leg(x, a->trailer.token);
    return st;
}

/* A leg that cannot begin is a provider's error. */
static troth_status secure(troth_co_server *s, const troth_co_arrival *a, const troth_co_presenting *p)
{
    troth_co_context *x;
    troth_status st = troth_co_server_context(s, a, &x);
    if (!st)
        st = troth_co_present_commit(&s->presentation, p);
    if (st)
        return st;
    st = leg(s, a, x, p);
    if (!st)
        return TROTH_OK;
    s->server->count.contexts_refused++;
    return troth_co_refuse_bind(s, &a->pdu->hdr, TROTH_CO_NAK_CHECKSUM, TROTH_RPC_S_ACCESS_DENIED, st,
                                "MS-RPCE 3.3.1.5.2.1: a leg that cannot begin");
}

troth_status troth_co_begin_bind(void *self, const void *arg)
{
    troth_co_server *s = self;
    troth_co_presenting p;
    troth_status st = settle(s, arg, &p);
    return st ? st : secure(s, arg, &p);
}

troth_status troth_co_take_leg(void *self, const void *arg)
{
    troth_co_server *s = self;
    const troth_co_arrival *a = arg;
    troth_co_presenting p;
    if (a->trailer.auth_type == TROTH_RPC_AUTH_NONE) /* judged before the list, as Windows does */
        return troth_co_refuse_bind(s, &a->pdu->hdr, 0, TROTH_RPC_S_ACCESS_DENIED, TROTH_UNSUPPORTED,
                                    "MS-RPCE 3.3.3.5.3");
    troth_status st = present(s, a, &p);
    return st ? st : secure(s, a, &p);
}

/* One context too many, and the connection goes on without it: only in profile strict (CO-9). */
bool troth_co_past_limit(void *self, const void *arg)
{
    const troth_co_server *s = self;
    const troth_co_arrival *a = arg;
    return s->profile == TROTH_RPC_STRICT && troth_co_contexts(&s->conn) >= s->conn.max_contexts &&
           !troth_co_context_find(&s->conn, a->trailer.auth_context_id);
}

troth_status troth_co_refuse_context(void *self, const void *arg)
{
    troth_co_server *s = self;
    const troth_co_arrival *a = arg;
    troth_co_refusal r = { .status = TROTH_NCA_S_PROTO_ERROR,
                           .call_id = a->pdu->hdr.call_id,
                           .not_executed = true,
                           .goes_on = true,
                           .code = TROTH_LIMIT,
                           .where = "MS-RPCE 3.3.1.5.4: number of security contexts" };
    s->server->count.contexts_refused++;
    return troth_co_server_fault(s, &r);
}

/* ---- rpc_auth_3: the last leg, never answered ---- */

troth_status troth_co_take_auth3(void *self, const void *arg)
{
    troth_co_server *s = self;
    const troth_co_arrival *a = arg;
    const troth_co_trailer *t = &a->trailer;
    troth_co_context *x = a->secured ? troth_co_context_find(&s->conn, t->auth_context_id) : NULL;
    uint32_t status = TROTH_NCA_S_PROTO_ERROR;
    troth_status st = TROTH_UNEXPECTED;
    if (x && x->fsm.state == TROTH_CO_CTX_WAITING && t->token.len <= TROTH_CO_AUTH3_TOKEN) {
        if (t->auth_type != x->auth_type || troth_co_level_raise(t->auth_level) != x->auth_level)
            status = TROTH_NCA_S_FAULT_REMOTE_NO_MEMORY, st = TROTH_DENIED;
        else
            st = leg(s, a, x, NULL);
    }
    return st ? troth_co_refuse_bind(s, &a->pdu->hdr, 0, status, st, "MS-RPCE 2.2.2.10: rpc_auth_3") : TROTH_OK;
}

/* ---- legs that came back ---- */

static troth_status established(troth_co_server *s, const troth_co_context *x)
{
    troth_event ev = { .kind = TROTH_EV_ESTABLISHED,
                       .id = x->id,
                       .facts = troth_co_context_facts(x),
                       .level = troth_co_level_told(x->auth_level) };
    s->server->count.contexts++;
    return troth_co_tell(&s->conn, &ev);
}

/* A sec_trailer also around no token at all: peers expect one where they sent one, with auth_length 0. */
static troth_status complete(troth_co_server *s, const troth_co_leg *l, const troth_co_pending *p)
{
    troth_writer w = troth_co_begin(&s->conn);
    troth_co_trailer t = { .auth_type = l->ctx->auth_type,
                           .auth_level = l->ctx->auth_level,
                           .auth_context_id = l->ctx->auth_context_id };
    troth_write_bytes(&w, p->answer.data, p->answer.len);
    troth_co_trailer_write(&w, &t);
    troth_write_bytes(&w, l->token.data, l->token.len);
    return put_answer(s, &w, p->flags, l->token.len);
}

troth_status troth_co_answer_leg(void *self, const void *arg)
{
    troth_co_server *s = self;
    const troth_co_leg *l = arg;
    troth_co_pending *p = pending_of(l->ctx);
    troth_status st = TROTH_OK;
    if (l->ctx->answer_with.ptype != TROTH_CO_AUTH3)
        st = complete(s, l, p);
    s->conn.bound = s->conn.bound || !st;
    if (!st && l->result == TROTH_STEP_DONE) {
        st = established(s, l->ctx);
        pending_drop(s, p);
    }
    return st;
}

troth_status troth_co_leg_failed(void *self, const void *arg)
{
    troth_co_server *s = self;
    const troth_co_leg *l = arg;
    troth_co_context *x = l->ctx;
    troth_co_hdr h = { .ptype = x->answer_with.ptype, .call_id = x->answer_with.call_id };
    /* a capability that the level needs and that was not granted is the package's error [3.3.1.5.2.2] */
    uint32_t status = x->error.code == TROTH_TOO_LOW ? TROTH_RPC_S_SEC_PKG_ERROR : TROTH_RPC_S_ACCESS_DENIED;
    s->server->count.contexts_refused++;
    pending_drop(s, pending_of(x));
    return troth_co_refuse_bind(s, &h, TROTH_CO_NAK_CHECKSUM, status, x->error.code ? x->error.code : TROTH_MECHANISM,
                                x->error.where);
}

troth_status troth_co_leg_spoilt(void *self, const void *arg)
{
    troth_co_server *s = self;
    const troth_co_leg *l = arg;
    s->server->count.contexts_refused++;
    pending_drop(s, pending_of(l->ctx));
    troth_co_warn(&s->conn, l->ctx->id, &l->ctx->error);
    return TROTH_OK;
}
