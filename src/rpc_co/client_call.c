/* Guards and actions of one call. */
#include <rpc_co/client.h>
#include <string.h>

static void fail(troth_co_client_call *call, troth_status code, const char *where)
{
    call->error = (troth_error){ .code = code, .where = where };
    troth_co_client_call_done(call);
}

/* ---- the request ---- */

/* Leave it off only with a single context, at level connect, as Windows does: CO-3. With more there is always one: CO-6. */
static troth_co_context *verifier_of(const troth_co_client_call *call)
{
    const troth_co_conn *conn = &call->client->c;
    if (!call->ctx || (call->ctx->auth_level == TROTH_RPC_LEVEL_CONNECT && troth_co_contexts(conn) == 1))
        return NULL;
    return call->ctx;
}

/*
 * What is to be told under the signature: once that we can sign headers, once what a presentation context stands for,
 * and where headers are not signed, what they said, with every request. [MS-RPCE 2.2.2.13.2 .. 2.2.2.13.4, <41> .. <43>]
 */
static bool verification(const troth_co_client_call *call, troth_co_vt *ret)
{
    const troth_co_client *c = call->client;
    const troth_co_presentation *p = call->presentation;
    if (!call->ctx || call->ctx->auth_level < TROTH_RPC_LEVEL_PKT)
        return false;
    troth_co_vt vt = { 0 };
    if (!c->vt_bitmask_sent) {
        vt.has_bitmask = true;
        vt.bitmask = c->asked_header_sign ? TROTH_CO_VT_HEADER_SIGN : 0;
    }
    if (!p->vt_sent) {
        vt.has_pcontext = true;
        vt.abstract = p->abstract;
        vt.transfer = *troth_rpc_transfer_syntax(p->transfer);
    }
    if (!c->c.header_signing && !call->ctx->whole_pdu) {
        vt.has_header2 = true;
        vt.ptype = TROTH_CO_REQUEST;
        memcpy(vt.drep, call->drep, sizeof vt.drep);
        vt.call_id = c->next_call_id;
        vt.p_cont_id = p->p_cont_id;
        vt.opnum = call->opnum;
    }
    *ret = vt;
    return vt.has_bitmask || vt.has_pcontext || vt.has_header2;
}

troth_status troth_co_client_call_send(void *self, const void *arg)
{
    troth_co_client_call *call = self;
    troth_co_client *c = call->client;
    const troth_bytes *stub = arg;
    troth_co_vt vt;
    bool with_vt = verification(call, &vt);
    if (c->next_call_id > TROTH_CO_CLIENT_CALL_ID_MAX)
        return TROTH_LIMIT;
    const troth_co_outgoing m = { .ptype = TROTH_CO_REQUEST,
                                  .call_id = c->next_call_id,
                                  .p_cont_id = call->presentation->p_cont_id,
                                  .opnum = call->opnum,
                                  .object = call->has_object ? &call->object : NULL,
                                  .stub = *stub,
                                  .ctx = verifier_of(call),
                                  .vt = with_vt ? &vt : NULL,
                                  .drep = call->drep };
    troth_status st = troth_co_send(&c->c, &m);
    if (st)
        return st;
    if (with_vt)
        c->vt_bitmask_sent = call->presentation->vt_sent = true;
    troth_mem_drop(c->c.env, &call->stub);
    troth_co_client_call_unlink(&c->waiting, call);
    call->call_id = c->next_call_id++;
    call->ends_at = c->sent + troth_queue_len(&c->c.out);
    troth_co_client_call_flies(call);
    return TROTH_OK;
}

/* ---- the reply ---- */

static void answered(troth_co_client_call *call, const troth_co_fragment *f, troth_bytes stub)
{
    call->answer.stub = stub;
    if (call->fsm.state == TROTH_CO_CC_DISPATCHED)
        memcpy(call->answer.drep, f->drep, sizeof f->drep);
    troth_co_client_call_done(call);
}

/* [MS-RPCE 3.3.2.5.2] */
static troth_status judge_hint(const troth_co_client_call *call, const troth_co_fragment *f, bool more)
{
    if (f->alloc_hint > INT32_MAX)
        return TROTH_MALFORMED;
    return more && f->alloc_hint > call->client->opts.max_reply ? TROTH_LIMIT : TROTH_OK;
}

troth_status troth_co_client_call_deliver(void *self, const void *arg)
{
    troth_co_client_call *call = self;
    const troth_co_fragment *f = arg;
    troth_status st = judge_hint(call, f, false);
    if (!st && f->stub.len > call->client->opts.max_reply)
        st = TROTH_LIMIT;
    if (!st)
        answered(call, f, f->stub);
    return st;
}

/* Memory grows with what has arrived, whatever alloc_hint says. */
troth_status troth_co_client_call_gather(void *self, const void *arg)
{
    troth_co_client_call *call = self;
    const troth_co_fragment *f = arg;
    troth_status st = judge_hint(call, f, true);
    if (!st && memcmp(f->drep, call->answer.drep, sizeof f->drep) != 0)
        st = TROTH_MALFORMED;
    return st ? st : troth_queue_put(&call->reply, f->stub.data, f->stub.len);
}

troth_status troth_co_client_call_begin(void *self, const void *arg)
{
    troth_co_client_call *call = self;
    const troth_co_fragment *f = arg;
    memcpy(call->answer.drep, f->drep, sizeof f->drep);
    troth_status st = troth_co_client_call_gather(self, arg);
    if (st)
        return st;
    call->since = call->client->c.now;
    call->counted = &call->client->n_receiving;
    ++*call->counted;
    return TROTH_OK;
}

troth_status troth_co_client_call_gather_deliver(void *self, const void *arg)
{
    troth_co_client_call *call = self;
    troth_status st = troth_co_client_call_gather(self, arg);
    if (!st)
        answered(call, arg, (troth_bytes){ troth_queue_at(&call->reply), troth_queue_len(&call->reply) });
    return st;
}

/* Statuses that no server may send. [MS-RPCE 3.3.3.5.1] */
bool troth_co_client_call_forbidden_status(void *self, const void *arg)
{
    static const uint32_t forbidden[] = { 0x00000000, 0x80000001, 0x80000002, 0x80000003, 0xc0000005,
                                          0xc0000006, 0xc000001d, 0xc0000096, 0xc00000aa, 0xc00000fd,
                                          0xc0000194, 0xc0000235, 0xc0000409, 0xc0000420 };
    const troth_co_fragment *f = arg;
    (void)self;
    for (size_t i = 0; i < sizeof forbidden / sizeof *forbidden; i++) {
        if (f->status == forbidden[i])
            return true;
    }
    return false;
}

troth_status troth_co_client_call_bad_status(void *self, const void *arg)
{
    (void)self, (void)arg;
    return TROTH_MALFORMED; /* the connection ends with it */
}

troth_status troth_co_client_call_fault(void *self, const void *arg)
{
    troth_co_client_call *call = self;
    const troth_co_fragment *f = arg;
    memcpy(call->answer.drep, f->drep, sizeof f->drep);
    call->answer.fault = f->status;
    call->answer.not_executed = f->flags & TROTH_PFC_DID_NOT_EXECUTE;
    troth_co_client_call_done(call);
    return TROTH_OK;
}

/* ---- cancelling, giving up ---- */

troth_status troth_co_client_call_cancel_unsent(void *self, const void *arg)
{
    troth_co_client_call *call = self;
    (void)arg;
    call->answer.fault = TROTH_NCA_S_FAULT_CANCEL;
    call->answer.not_executed = true;
    troth_co_client_call_done(call);
    return TROTH_OK;
}

/* co_cancel and orphaned are a header alone. [C706 12.6.4.6, 12.6.4.8] */
static troth_status put_bare(const troth_co_client_call *call, uint8_t ptype)
{
    troth_co_client *c = call->client;
    const troth_co_hdr h = { .ptype = ptype,
                             .flags = TROTH_PFC_FIRST_FRAG | TROTH_PFC_LAST_FRAG,
                             .frag_length = TROTH_CO_HDR,
                             .call_id = call->call_id };
    if (c->assoc.state == TROTH_CO_CA_DISCARD) /* nothing is sent any more */
        return TROTH_OK;
    troth_writer w = troth_co_begin(&c->c);
    troth_co_hdr_write(&w, &h);
    return troth_co_put(&c->c, &w);
}

troth_status troth_co_client_call_send_cancel(void *self, const void *arg)
{
    (void)arg;
    return put_bare(self, TROTH_CO_CO_CANCEL);
}

/* Without that feature a client must not keep the connection after an orphaned PDU. [MS-RPCE 3.3.1.5.10] */
bool troth_co_client_call_may_orphan(void *self, const void *arg)
{
    const troth_co_client_call *call = self;
    const troth_co_client *c = call->client;
    (void)arg;
    return c->c.features & TROTH_RPC_FEATURE_KEEP_ON_ORPHAN && c->n_orphans < TROTH_CO_CLIENT_ORPHANS &&
           c->assoc.state != TROTH_CO_CA_DISCARD;
}

/* The owner is told through a struct of its own; this one stays behind for what may still come. */
troth_status troth_co_client_call_orphan(void *self, const void *arg)
{
    troth_co_client_call *call = self;
    troth_co_client *c = call->client;
    const troth_error *why = arg;
    troth_co_client_call *told = troth_co_client_call_new(c);
    if (!told)
        return TROTH_NO_MEMORY;
    told->id = call->id;
    told->error = *why;
    troth_co_client_call_push(&c->done, told);
    c->c.calls -= 2; /* neither is the owner's any more */
    troth_status st = put_bare(call, TROTH_CO_ORPHANED);
    if (st)
        return st;
    if (call->counted)
        --*call->counted;
    call->counted = &c->n_orphans;
    ++*call->counted;
    troth_queue_clear(&call->reply);
    return TROTH_OK;
}

troth_status troth_co_client_call_drop(void *self, const void *arg)
{
    troth_co_client_call *call = self;
    (void)arg;
    troth_co_client_call_release(call->client, call);
    return TROTH_OK;
}

troth_status troth_co_client_call_lost(void *self, const void *arg)
{
    troth_co_client_call *call = self;
    const troth_error *why = arg;
    call->error = *why;
    if (!call->error.code) /* an orderly end is none for who waits */
        call->error.code = TROTH_CLOSED;
    troth_co_client_call_done(call);
    return TROTH_OK;
}

void troth_co_client_call_refuse(void *self, uint8_t event, const void *arg, troth_status why)
{
    troth_co_client_call *call = self;
    (void)arg;
    if (troth_co_client_call_orphaned(call))
        troth_co_client_call_release(call->client, call);
    else
        fail(call, why, event == TROTH_CO_CC_ON_SEND ? "MS-RPCE 3.3.1.5.2.2" : "MS-RPCE 3.3.2.5.2");
}
