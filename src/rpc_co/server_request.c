/*
 * Requests, fragment by fragment. The first fragment decides: whose call, which context, which operation; of later ones
 * only call_id, drep and the verifier count. [C706 12.6.4.9; MS-RPCE 3.3.3.5]
 */
#include <rpc_co/server.h>
#include <string.h>

enum { OLD_CALLS = 150 }; /* 3.3.3.5.6 */

static const char fragments[] = "MS-RPCE 3.3.1.5.8: fragments of a request";

/* ---- refusals ---- */

static troth_co_refusal refusal(const troth_co_arrival *a, uint32_t status, troth_status code, const char *where)
{
    return (troth_co_refusal){ .status = status,
                               .call_id = a->pdu->hdr.call_id,
                               .p_cont_id = a->request.p_cont_id,
                               .code = code,
                               .where = where };
}

/* Refuse the call whose fragments come in, by its own ids. */
static troth_status refuse_call(troth_co_server *s, const troth_co_call *c, uint32_t status, troth_status code,
                                const char *where)
{
    troth_co_refusal r = {
        .status = status, .call_id = c->call_id, .p_cont_id = c->p_cont_id, .code = code, .where = where
    };
    return troth_co_server_fault(s, &r);
}

static troth_status bad_signature(troth_co_server *s, uint32_t call_id, uint16_t p_cont_id, troth_status code)
{
    troth_co_refusal r = { .status = TROTH_RPC_S_SEC_PKG_ERROR,
                           .call_id = call_id,
                           .p_cont_id = p_cont_id,
                           .code = code,
                           .where = "MS-RPCE 3.3.1.5.2.2: verifier of a request" };
    return troth_co_server_fault(s, &r);
}

/* ---- the stub of one fragment ---- */

/* At level connect a verifier says nothing, and may be missing. */
static bool verifies(const troth_co_context *x)
{
    return x && x->auth_level > TROTH_RPC_LEVEL_CONNECT;
}

static troth_bytes plain_stub(const troth_co_arrival *a)
{
    size_t at = a->request.stub_at, end = a->pdu->hdr.frag_length;
    if (a->secured) /* without its padding, which was seen to lie behind at */
        end = a->trailer.at - a->trailer.auth_pad_length;
    return (troth_bytes){ a->pdu->data + at, end - at };
}

static troth_status open_stub(const troth_co_arrival *a, troth_co_context *x, troth_bytes *ret)
{
    if (verifies(x))
        return troth_co_verify(x, a->pdu, &a->trailer, a->request.stub_at, ret);
    *ret = plain_stub(a);
    return TROTH_OK;
}

/* ---- the first fragment ---- */

/* What is refused is verified all the same, for the numbers that its peer counts its messages by. */
static troth_co_context *counting(troth_co_server *s, const troth_co_arrival *a)
{
    troth_co_context *x = a->secured ? troth_co_context_find(&s->conn, a->trailer.auth_context_id) : NULL;
    bool usable = x && x->fsm.state == TROTH_CO_CTX_OPEN && x->auth_type == a->trailer.auth_type &&
                  x->auth_level == a->trailer.auth_level;
    return usable && verifies(x) ? x : NULL;
}

static void pass_by(const troth_co_arrival *a, troth_co_context *x)
{
    troth_bytes stub;
    if (!x || !a->secured)
        return;
    troth_status st = troth_co_verify(x, a->pdu, &a->trailer, a->request.stub_at, &stub);
    (void)st; /* nobody reads it */
}

static bool last(const troth_co_arrival *a)
{
    return a->pdu->hdr.flags & TROTH_PFC_LAST_FRAG;
}

/* The connection goes on after a refusal: what is left of the request must find its call. */
static troth_status expect_rest(troth_co_server *s, const troth_co_arrival *a, troth_co_context *x)
{
    if (last(a) || s->conn.closed)
        return TROTH_OK;
    troth_co_call *c = troth_co_call_new(s, a, NULL, x);
    if (!c)
        return TROTH_NO_MEMORY;
    s->incoming = c;
    return troth_fsm_step(&c->fsm, TROTH_CO_SC_ON_REFUSE, c, NULL);
}

static troth_status unknown_interface(troth_co_server *s, const troth_co_arrival *a)
{
    troth_co_refusal r = refusal(a, TROTH_NCA_S_UNK_IF, TROTH_UNSUPPORTED, "MS-RPCE 3.3.3.1.1: p_cont_id");
    troth_co_context *x = counting(s, a);
    r.p_cont_id = 0;
    r.not_executed = r.goes_on = true;
    pass_by(a, x);
    troth_status st = troth_co_server_fault(s, &r);
    return st ? st : expect_rest(s, a, x);
}

/* Requests never count backwards; the same number again is harmless, and usual between a bind and a request. */
static troth_status check_order(troth_co_server *s, const troth_co_arrival *a)
{
    uint32_t call_id = a->pdu->hdr.call_id;
    if (s->called && call_id < s->call_id) {
        troth_co_refusal r =
            refusal(a, TROTH_NCA_S_PROTO_ERROR, TROTH_UNEXPECTED, "MS-RPCE 3.3.3.5.2: call_id of a request");
        r.p_cont_id = 0;
        return troth_co_server_fault(s, &r);
    }
    s->called = true;
    s->call_id = call_id;
    return TROTH_OK;
}

/* How large it will be is the client's word, and good for refusing only. [3.3.3.5.4] */
static troth_status check_size(troth_co_server *s, const troth_co_arrival *a, size_t len)
{
    if (len <= s->max_request && (last(a) || a->request.alloc_hint <= s->max_request))
        return TROTH_OK;
    troth_co_refusal r = refusal(a, TROTH_RPC_S_ACCESS_DENIED, TROTH_LIMIT, "MS-RPCE 3.3.3.5.4");
    return troth_co_server_fault(s, &r);
}

/* The call leaves the hand of its fragments: run when the machines stand still, or gone. */
static void finish(troth_co_server *s, troth_co_call *c)
{
    s->incoming = NULL;
    if (c->fsm.state == TROTH_CO_SC_COMPLETE)
        troth_co_call_free(c);
    else
        s->ready = c;
}

static troth_status denied_by_trailer(troth_co_server *s, troth_co_call *c)
{
    troth_co_refusal r = { .status = TROTH_RPC_S_ACCESS_DENIED,
                           .call_id = c->call_id,
                           .p_cont_id = c->p_cont_id,
                           .not_executed = true,
                           .goes_on = true,
                           .code = TROTH_DENIED,
                           .where = "MS-RPCE 2.2.2.13: verification trailer" };
    troth_co_call_free(c);
    s->incoming = NULL;
    return troth_co_server_fault(s, &r);
}

static bool same_syntax(const troth_rpc_message *m, const troth_co_vt *vt)
{
    return troth_rpc_syntax_equal(&vt->abstract, &m->abstract) &&
           troth_rpc_syntax_equal(&vt->transfer, troth_rpc_transfer_syntax(m->transfer));
}

/* What the client says it sent, under its signature, is what we took it for. [2.2.2.13] */
static bool trailer_agrees(const troth_co_server *s, const troth_co_call *c, const troth_co_vt *vt)
{
    const troth_rpc_message *m = &c->call.request;
    if (vt->has_bitmask && vt->bitmask & TROTH_CO_VT_HEADER_SIGN && !s->conn.header_signing && !s->no_header_signing)
        return false; /* it would have asked: somebody took that away */
    if (vt->has_pcontext && !same_syntax(m, vt))
        return false;
    return !vt->has_header2 ||
           (vt->ptype == TROTH_CO_REQUEST && vt->call_id == c->call_id && vt->p_cont_id == c->p_cont_id &&
            vt->opnum == m->opnum && !memcmp(vt->drep, m->drep, sizeof vt->drep));
}

/* The whole stub is there. */
static troth_status finish_stub(troth_co_server *s, troth_co_call *c)
{
    troth_co_vt vt;
    if (!c->verified || c->fsm.state == TROTH_CO_SC_COMPLETE) {
        finish(s, c);
        return TROTH_OK;
    }
    if (troth_co_vt_read(c->call.request.stub, &vt) || (vt.found && !trailer_agrees(s, c, &vt)))
        return denied_by_trailer(s, c);
    if (vt.found)
        c->call.request.stub.len = vt.at;
    finish(s, c);
    return TROTH_OK;
}

static troth_status begin_call(troth_co_server *s, const troth_co_arrival *a, const troth_co_presented *p,
                               troth_co_context *x, troth_bytes stub)
{
    troth_co_call *c = troth_co_call_new(s, a, p, x);
    if (!c)
        return TROTH_NO_MEMORY;
    s->incoming = c;
    troth_status st = troth_fsm_step(&c->fsm, last(a) ? TROTH_CO_SC_ON_LAST : TROTH_CO_SC_ON_FRAGMENT, c, &stub);
    if (st || !last(a))
        return st;
    return finish_stub(s, c);
}

static troth_status begin(troth_co_server *s, const troth_co_arrival *a, const troth_co_presented *p)
{
    troth_co_context *x;
    troth_bytes stub;
    troth_status st = troth_co_request_context(s, a, &x);
    if (st)
        return s->conn.closed ? st : expect_rest(s, a, counting(s, a));
    st = open_stub(a, x, &stub);
    if (st)
        return bad_signature(s, a->pdu->hdr.call_id, a->request.p_cont_id, st);
    st = check_order(s, a);
    if (!st)
        st = check_size(s, a, stub.len);
    return st ? st : begin_call(s, a, p, x, stub);
}

troth_status troth_co_take_request(void *self, const void *arg)
{
    troth_co_server *s = self;
    const troth_co_arrival *a = arg;
    const troth_co_presented *p = troth_co_presentation_find(&s->presentation, a->request.p_cont_id);
    if (a->pdu->hdr.flags & TROTH_PFC_PENDING_CANCEL) {
        troth_co_refusal r =
            refusal(a, TROTH_RPC_S_NO_CALL_ACTIVE, TROTH_UNEXPECTED, "C706 12.6.3.1 PFC_PENDING_CANCEL");
        r.p_cont_id = 0;
        r.not_executed = true;
        return troth_co_server_fault(s, &r);
    }
    return p ? begin(s, a, p) : unknown_interface(s, a);
}

/* ---- later fragments ---- */

static troth_status not_its_call(troth_co_server *s, const troth_co_arrival *a, const troth_co_call *c)
{
    troth_co_refusal r = refusal(a, TROTH_NCA_S_PROTO_ERROR, TROTH_UNEXPECTED, fragments);
    if (!s->conn.concurrent)
        return refuse_call(s, c, TROTH_NCA_S_PROTO_ERROR, TROTH_UNEXPECTED, fragments);
    r.p_cont_id = 0;
    return troth_co_server_fault(s, &r);
}

/* Its verifier, under the first fragment's context, whatever context it names itself. */
static troth_status open_later(troth_co_server *s, const troth_co_arrival *a, const troth_co_call *c, troth_bytes *ret)
{
    bool wants = verifies(c->ctx);
    if (wants != a->secured && (wants || !c->ctx)) /* at level connect either is right */
        return refuse_call(s, c, TROTH_NCA_S_PROTO_ERROR, TROTH_UNEXPECTED, fragments);
    troth_status st = open_stub(a, c->ctx, ret);
    return st ? bad_signature(s, c->call_id, c->p_cont_id, st) : TROTH_OK;
}

static troth_status step_later(troth_co_server *s, const troth_co_arrival *a, troth_co_call *c, troth_bytes stub)
{
    troth_status st = troth_fsm_step(&c->fsm, last(a) ? TROTH_CO_SC_ON_LAST : TROTH_CO_SC_ON_FRAGMENT, c, &stub);
    if (st == TROTH_LIMIT)
        return refuse_call(s, c, TROTH_RPC_S_ACCESS_DENIED, st, "MS-RPCE 3.3.3.5.4");
    if (st)
        return refuse_call(s, c, TROTH_NCA_S_FAULT_REMOTE_NO_MEMORY, st, fragments);
    return last(a) ? finish_stub(s, c) : TROTH_OK;
}

troth_status troth_co_take_later(void *self, const void *arg)
{
    troth_co_server *s = self;
    const troth_co_arrival *a = arg;
    troth_co_call *c = s->incoming;
    troth_bytes stub = { NULL, 0 };
    if (a->pdu->hdr.call_id != c->call_id)
        return not_its_call(s, a, c);
    if (c->fsm.state == TROTH_CO_SC_REFUSED) {
        pass_by(a, c->ctx);
        return step_later(s, a, c, stub);
    }
    troth_status st = open_later(s, a, c, &stub);
    if (st)
        return st;
    if (memcmp(a->pdu->hdr.drep, c->call.request.drep, sizeof c->call.request.drep))
        return refuse_call(s, c, TROTH_NCA_S_PROTO_ERROR, TROTH_UNEXPECTED, "C706 12.6.3.1: drep within a request");
    return step_later(s, a, c, stub);
}

/* A first fragment while another request comes in. What it is signed with is looked at first, as Windows does. */
troth_status troth_co_take_second(void *self, const void *arg)
{
    troth_co_server *s = self;
    const troth_co_arrival *a = arg;
    troth_co_call *c = s->incoming;
    troth_bytes stub;
    if (a->pdu->hdr.call_id != c->call_id)
        return not_its_call(s, a, c);
    troth_status st = open_later(s, a, c, &stub);
    return st ? st : refuse_call(s, c, TROTH_NCA_S_PROTO_ERROR, TROTH_UNEXPECTED, fragments);
}

/*
 * A later fragment of no request. One of an old call passes by (3.3.3.5.6); where calls are concurrent, Windows judges
 * it by its own words before it says so.
 */
troth_status troth_co_take_stray(void *self, const void *arg)
{
    troth_co_server *s = self;
    const troth_co_arrival *a = arg;
    troth_co_refusal r = refusal(a, TROTH_NCA_S_PROTO_ERROR, TROTH_UNEXPECTED, "MS-RPCE 3.3.3.5.6");
    uint32_t call_id = a->pdu->hdr.call_id;
    if (s->called && call_id < s->call_id && s->call_id - call_id < OLD_CALLS) {
        pass_by(a, counting(s, a));
        return TROTH_OK;
    }
    if (s->conn.concurrent) {
        troth_co_context *x;
        if (!troth_co_presentation_find(&s->presentation, a->request.p_cont_id)) {
            r.status = TROTH_NCA_S_UNK_IF;
            r.not_executed = r.goes_on = true;
            r.p_cont_id = 0;
            pass_by(a, counting(s, a));
            return troth_co_server_fault(s, &r);
        }
        troth_status st = troth_co_request_context(s, a, &x);
        if (st)
            return s->conn.closed ? st : TROTH_OK;
    } else {
        r.p_cont_id = 0;
    }
    return troth_co_server_fault(s, &r);
}

/* ---- co_cancel and orphaned ---- */

/* Peers may leave the verifier off; one that is there is right, or the PDU is nobody's. */
static bool authentic(troth_co_server *s, const troth_co_arrival *a)
{
    troth_co_context *x = counting(s, a);
    troth_bytes nothing;
    return !x || !troth_co_verify(x, a->pdu, &a->trailer, TROTH_CO_HDR, &nothing);
}

/* For a call that we do not know it is ignored; sent often, it costs its sender more than us. */
static troth_status tell(troth_co_server *s, const troth_co_arrival *a, uint8_t event)
{
    uint32_t call_id = a->pdu->hdr.call_id;
    troth_co_call *c = s->incoming && s->incoming->call_id == call_id ? s->incoming : troth_co_call_of(s, call_id);
    return authentic(s, a) && c ? troth_fsm_step(&c->fsm, event, c, NULL) : TROTH_OK;
}

troth_status troth_co_cancel(void *self, const void *arg)
{
    return tell(self, arg, TROTH_CO_SC_ON_CO_CANCEL);
}

troth_status troth_co_orphan(void *self, const void *arg)
{
    return tell(self, arg, TROTH_CO_SC_ON_ORPHANED);
}
