/* Actions of the association: binding, security contexts, presentation contexts. */
#include <rpc_co/client.h>

enum { FIRST_AND_LAST = TROTH_PFC_FIRST_FRAG | TROTH_PFC_LAST_FRAG, MUST_RECV_FRAG = 1432 /* C706 12.6.2 */ };

/* ---- what was agreed ---- */

bool troth_co_client_has_token(void *self, const void *arg)
{
    const troth_co_leg *leg = arg;
    (void)self;
    return leg->token.len != 0;
}

/* Whose number of legs is odd, and known to be: auth3, which is never answered. [MS-RPCE 3.3.1.5.2.1, 2.2.1.1.7] */
bool troth_co_client_last_by_auth3(void *self, const void *arg)
{
    const troth_co_leg *leg = arg;
    (void)self;
    return leg->token.len && leg->ctx->auth_type == TROTH_RPC_AUTH_NTLM;
}

bool troth_co_client_brings_token(void *self, const void *arg)
{
    const troth_co_answer *a = arg;
    (void)self;
    return a->token.len != 0;
}

/* Nothing more to say on either side: else the server owes us a token, which is a protocol error. */
bool troth_co_client_complete(void *self, const void *arg)
{
    const troth_co_client *c = self;
    (void)arg;
    return c->building->fsm.state == TROTH_CO_CTX_OPEN;
}

/*
 * A negotiation is complete for us with our own mechListMIC, and the acceptor says that it is for it, too, in a token that
 * nobody needs: it is neither signed nor believed.
 */
bool troth_co_client_spnego_over(void *self, const void *arg)
{
    const troth_co_client *c = self;
    return troth_co_client_complete(self, arg) && c->building->auth_type == TROTH_RPC_AUTH_SPNEGO;
}

/* ---- PDUs out ---- */

/* "The first bind or alter_context that carries authentication information" at a level that signs. [3.3.1.5.2.2] */
static bool asks_header_sign(const troth_co_client *c, const troth_co_context *x)
{
    return x && !c->asked_header_sign && !c->opts.no_header_signing && x->auth_level >= TROTH_RPC_LEVEL_PKT;
}

static void write_trailer(troth_writer *w, const troth_co_context *x, troth_bytes token)
{
    const troth_co_trailer t = { .auth_type = x->auth_type,
                                 .auth_level = x->auth_level,
                                 .auth_context_id = x->auth_context_id };
    troth_co_trailer_write(w, &t);
    troth_write_bytes(w, token.data, token.len);
}

static troth_status put(troth_co_client *c, troth_writer *w, size_t token_len)
{
    if (!w->st && (w->len > TROTH_CO_BIND_MAX || token_len > UINT16_MAX))
        troth_write_fail(w, TROTH_LIMIT);
    if (!w->st)
        troth_co_hdr_patch(w->base, (uint16_t)w->len, (uint16_t)token_len);
    return troth_co_put(&c->c, w);
}

static void write_elems(troth_writer *w, const troth_co_client *c)
{
    const troth_co_negotiation *n = &c->nego;
    troth_co_proposal elems[TROTH_CO_ELEMS];
    troth_rpc_syntax features =
        troth_co_features_syntax(TROTH_RPC_FEATURE_MULTIPLEXING | TROTH_RPC_FEATURE_KEEP_ON_ORPHAN);
    uint8_t k = 0;
    for (; k < n->n_elems; k++)
        elems[k] = (troth_co_proposal){ .p_cont_id = n->elems[k]->p_cont_id,
                                        .abstract = n->elems[k]->abstract,
                                        .transfer = troth_rpc_transfer_syntax(n->elems[k]->transfer),
                                        .n_transfer = 1 };
    if (n->features) { /* a p_cont_id that nothing else will have */
        elems[k] = (troth_co_proposal){
            .p_cont_id = UINT16_MAX, .abstract = elems[0].abstract, .transfer = &features, .n_transfer = 1
        };
        k++;
    }
    uint16_t size = c->opts.max_frag;
    troth_co_bind_write(w, size, size, c->opts.group, elems, k);
}

/* A bind or alter_context, of a security context or of none. */
static troth_status propose(troth_co_client *c, uint8_t ptype, const troth_co_context *x, troth_bytes token)
{
    if (c->next_call_id > TROTH_CO_CLIENT_CALL_ID_MAX)
        return TROTH_LIMIT;
    c->nego.header_sign = asks_header_sign(c, x);
    c->nego.call_id = c->next_call_id++;
    c->nego.since = c->c.now;
    uint8_t flags = FIRST_AND_LAST | TROTH_PFC_CONC_MPX;
    if (c->nego.header_sign)
        flags |= TROTH_PFC_SUPPORT_HEADER_SIGN;
    troth_writer w = troth_co_begin(&c->c);
    const troth_co_hdr h = { .ptype = ptype, .flags = flags, .call_id = c->nego.call_id };
    troth_co_hdr_write(&w, &h);
    write_elems(&w, c);
    if (x)
        write_trailer(&w, x, token);
    troth_status st = put(c, &w, x ? token.len : 0);
    if (!st && c->nego.header_sign)
        c->asked_header_sign = true;
    return st;
}

static troth_status send_unsecure(troth_co_client *c, uint8_t ptype, const troth_co_presentation *p)
{
    bool bind = ptype == TROTH_CO_BIND;
    troth_co_presentation *own = troth_co_client_presentation(c, &p->abstract, p->transfer);
    troth_status st = own ? troth_co_client_propose(c, own, bind) : TROTH_NO_MEMORY;
    return st ? st : propose(c, ptype, NULL, (troth_bytes){ NULL, 0 });
}

troth_status troth_co_client_send_bind(void *self, const void *arg)
{
    return send_unsecure(self, TROTH_CO_BIND, arg);
}

troth_status troth_co_client_send_alter(void *self, const void *arg)
{
    return send_unsecure(self, TROTH_CO_ALTER_CONTEXT, arg);
}

/* A bind needs an interface: what the owner named, or mgmt, which every server has. [C706 appendix Q] */
static troth_co_presentation *lead_of(troth_co_client *c)
{
    static const troth_rpc_syntax mgmt = { .uuid = { { 0xaf, 0xa8, 0xbd, 0x80, 0x7d, 0x8a, 0x11, 0xc9, 0xbe, 0xf4, 0x08,
                                                       0x00, 0x2b, 0x10, 0x29, 0x89 } },
                                           .major = 1 };
    if (!c->lead)
        c->lead = troth_co_client_presentation(c, &mgmt, TROTH_RPC_NDR);
    return c->lead;
}

static troth_status send_secure(troth_co_client *c, uint8_t ptype, const troth_co_leg *leg)
{
    troth_co_presentation *p = lead_of(c);
    troth_status st = p ? troth_co_client_propose(c, p, ptype == TROTH_CO_BIND) : TROTH_NO_MEMORY;
    return st ? st : propose(c, ptype, leg->ctx, leg->token);
}

troth_status troth_co_client_send_secure_bind(void *self, const void *arg)
{
    return send_secure(self, TROTH_CO_BIND, arg);
}

troth_status troth_co_client_send_secure_alter(void *self, const void *arg)
{
    return send_secure(self, TROTH_CO_ALTER_CONTEXT, arg);
}

troth_status troth_co_client_established(void *self, const void *arg)
{
    troth_co_client *c = self;
    (void)arg;
    troth_co_context *x = c->building;
    troth_event ev = { .kind = TROTH_EV_ESTABLISHED, .id = x->id, .facts = troth_co_context_facts(x) };
    if (x->auth_level >= TROTH_RPC_LEVEL_PRIVACY)
        ev.level = TROTH_LEVEL_ENCRYPT;
    else if (x->auth_level >= TROTH_RPC_LEVEL_PKT)
        ev.level = TROTH_LEVEL_SIGN;
    if (ev.facts.attributes & TROTH_F_DELEGATE)
        ev.impersonation = TROTH_DELEGATION;
    else
        ev.impersonation = ev.facts.attributes & TROTH_F_IDENTIFY ? TROTH_IDENTIFY : TROTH_IMPERSONATE;
    c->building = NULL;
    return troth_co_tell(&c->c, &ev);
}

/* It has the call_id of what it follows; whether it was liked shows with the first request. [MS-RPCE 2.2.2.10] */
troth_status troth_co_client_send_auth3(void *self, const void *arg)
{
    troth_co_client *c = self;
    const troth_co_leg *leg = arg;
    if (leg->token.len > TROTH_CO_AUTH3_TOKEN)
        return TROTH_LIMIT;
    troth_writer w = troth_co_begin(&c->c);
    const troth_co_hdr h = { .ptype = TROTH_CO_AUTH3, .flags = FIRST_AND_LAST, .call_id = c->nego.call_id };
    troth_co_hdr_write(&w, &h);
    troth_write_zeros(&w, 4);
    write_trailer(&w, leg->ctx, leg->token);
    troth_status st = put(c, &w, leg->token.len);
    return st ? st : troth_co_client_established(self, NULL);
}

/* ---- a context's legs ---- */

troth_status troth_co_client_first_leg(void *self, const void *arg)
{
    troth_co_client *c = self;
    troth_co_context *x = c->building = (troth_co_context *)(uintptr_t)arg;
    c->to_open = x->answer_with.more;
    x->answer_with.more = NULL;
    c->nego.since = c->c.now;
    return troth_co_context_leg(x, (troth_bytes){ NULL, 0 });
}

static troth_status next_leg(troth_co_client *c, const troth_co_answer *a)
{
    return troth_co_context_leg(c->building, a->token);
}

/* ---- answers ---- */

/* Agreed once, it holds for every context, and is not taken back. [MS-RPCE 3.3.1.5.2.2] */
static troth_status header_sign(troth_co_client *c, const troth_co_answer *a)
{
    if (!c->nego.header_sign)
        return TROTH_OK;
    if (a->flags & TROTH_PFC_SUPPORT_HEADER_SIGN)
        c->c.header_signing = true;
    return c->c.header_signing || !c->opts.strict ? TROTH_OK : TROTH_DOWNGRADE;
}

static troth_status take_bind(troth_co_client *c, const troth_co_answer *a)
{
    troth_co_ack ack = a->ack;
    uint16_t theirs = ack.max_recv_frag;
    if (theirs < MUST_RECV_FRAG)
        return TROTH_MALFORMED;
    if (c->opts.group && ack.assoc_group_id != c->opts.group)
        return TROTH_UNEXPECTED; /* handles of the group would not be good here */
    troth_status st = header_sign(c, a);
    if (!st)
        st = troth_co_client_results(c, &ack);
    if (!st && (c->c.features & c->opts.require_features) != c->opts.require_features)
        st = TROTH_UNSUPPORTED;
    if (st)
        return st;
    c->c.max_frag = theirs < c->opts.max_frag ? theirs : c->opts.max_frag;
    c->c.group = ack.assoc_group_id;
    c->c.concurrent = a->flags & TROTH_PFC_CONC_MPX;
    c->c.bound = true;
    return TROTH_OK;
}

/* Sizes, group and CONC_MPX of an alter_context_resp say nothing. */
static troth_status take_alter(troth_co_client *c, const troth_co_answer *a)
{
    troth_co_ack ack = a->ack;
    troth_status st = header_sign(c, a);
    return st ? st : troth_co_client_results(c, &ack);
}

troth_status troth_co_client_take_ack(void *self, const void *arg)
{
    return take_bind(self, arg);
}

troth_status troth_co_client_take_ack_leg(void *self, const void *arg)
{
    troth_status st = take_bind(self, arg);
    return st ? st : next_leg(self, arg);
}

troth_status troth_co_client_take_ack_established(void *self, const void *arg)
{
    troth_status st = take_bind(self, arg);
    return st ? st : troth_co_client_established(self, NULL);
}

troth_status troth_co_client_take_resp(void *self, const void *arg)
{
    return take_alter(self, arg);
}

troth_status troth_co_client_take_resp_leg(void *self, const void *arg)
{
    troth_status st = take_alter(self, arg);
    return st ? st : next_leg(self, arg);
}

troth_status troth_co_client_take_resp_established(void *self, const void *arg)
{
    troth_status st = take_alter(self, arg);
    return st ? st : troth_co_client_established(self, NULL);
}
