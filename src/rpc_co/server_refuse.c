/* The wire's own answers to what is refused. [C706 12.6.4.5, 12.6.4.7; MS-RPCE 2.2.2.5, 3.3.3.5.7] */
#include <rpc_co/server.h>

enum { FAULT_HINT = 24 }; /* alloc_hint of a fault without stub, as peers send it */

static troth_status put_fault(troth_co_server *s, const troth_co_refusal *r)
{
    troth_writer w = troth_co_begin(&s->conn);
    troth_co_fault f = { .alloc_hint = FAULT_HINT, .p_cont_id = r->p_cont_id, .status = r->status };
    uint8_t flags = TROTH_PFC_FIRST_FRAG | TROTH_PFC_LAST_FRAG;
    troth_co_fault_write(&w, r->not_executed ? flags | TROTH_PFC_DID_NOT_EXECUTE : flags, r->call_id, &f);
    s->server->count.faults++;
    return troth_co_put(&s->conn, &w);
}

troth_status troth_co_server_fault(troth_co_server *s, const troth_co_refusal *r)
{
    troth_status st = put_fault(s, r); /* a fault has no verifier: what it says is no secret, and nobody believes it */
    troth_error e = { .code = st ? st : r->code, .wire = st ? 0 : r->status, .where = r->where };
    if (st || !r->goes_on) {
        troth_co_end_as(&s->conn, &e);
        return e.code;
    }
    if (e.code)
        troth_co_warn(&s->conn, r->call_id, &e);
    return TROTH_OK;
}

troth_status troth_co_server_nak(troth_co_server *s, uint32_t call_id, uint16_t reason, troth_status code,
                                 const char *where)
{
    troth_writer w = troth_co_begin(&s->conn);
    troth_co_nak_write(&w, call_id, reason);
    troth_status st = troth_co_put(&s->conn, &w);
    troth_co_end(&s->conn, st ? st : code, reason, where);
    return code;
}

troth_status troth_co_refuse_bind(troth_co_server *s, const troth_co_hdr *h, uint16_t reason, uint32_t status,
                                  troth_status code, const char *where)
{
    if (h->ptype == TROTH_CO_BIND)
        return troth_co_server_nak(s, h->call_id, reason, code, where);
    troth_co_refusal r = {
        .status = status, .call_id = h->call_id, .not_executed = true, .code = code, .where = where
    };
    return troth_co_server_fault(s, &r);
}

/* Octets that a PDU of its type has at least. */
static size_t least(uint8_t ptype)
{
    switch (ptype) {
    case TROTH_CO_REQUEST:
        return TROTH_CO_REQUEST_HDR;
    case TROTH_CO_BIND:
    case TROTH_CO_ALTER_CONTEXT:
        return TROTH_CO_HDR + 9;
    default:
        return TROTH_CO_HDR;
    }
}

static troth_status protocol_error(troth_co_server *s, const troth_co_hdr *h, bool not_executed, troth_status code,
                                   const char *where)
{
    troth_co_refusal r = { .status = TROTH_NCA_S_PROTO_ERROR,
                           .call_id = h->call_id,
                           .not_executed = not_executed,
                           .code = code,
                           .where = where };
    return troth_co_server_fault(s, &r);
}

troth_status troth_co_bad_pdu(void *self, const void *arg)
{
    troth_co_server *s = self;
    const troth_co_arrival *a = arg;
    const troth_co_hdr *h = &a->pdu->hdr;
    if (s->assoc.state == TROTH_CO_SA_ESTABLISHED) {
        bool at_odds = h->ptype == TROTH_CO_BIND && a->misaligned;
        return troth_co_server_nak(s, h->call_id, at_odds ? TROTH_CO_NAK_NOT_SPECIFIED : TROTH_CO_NAK_VERSION, a->why,
                                   "C706 12.6.4.5: first PDU");
    }
    if (h->frag_length < least(h->ptype)) { /* not even its own header is there: nothing that could be answered */
        troth_co_end(&s->conn, a->why, 0, "C706 12.6.3.1: frag_length");
        return a->why;
    }
    if (h->ptype == TROTH_CO_AUTH3 && a->read) /* its sec_trailer only: this is what Windows answers */
        return troth_co_refuse_bind(s, h, 0, TROTH_NCA_S_FAULT_REMOTE_NO_MEMORY, a->why, "MS-RPCE 2.2.2.11: auth3");
    /* of a request it does not say whether it ran, as Windows has it */
    return protocol_error(s, h, h->ptype != TROTH_CO_REQUEST, a->why, "MS-RPCE 3.3.3.5.7");
}

void troth_co_server_refuse(void *self, uint8_t event, const void *arg, troth_status why)
{
    troth_co_server *s = self;
    troth_status st = why;
    if (s->conn.closed) /* the action has said it all */
        return;
    if (event > TROTH_CO_SA_ON_MALFORMED || why != TROTH_UNEXPECTED) {
        troth_co_end(&s->conn, why, 0, "MS-RPCE 3.3.3");
        return;
    }
    const troth_co_hdr *h = &((const troth_co_arrival *)arg)->pdu->hdr;
    if (h->ptype == TROTH_CO_BIND)
        st = troth_co_server_nak(s, h->call_id, TROTH_CO_NAK_NOT_SPECIFIED, why, "MS-RPCE 3.3.3: second bind");
    else if (!s->conn.bound)
        st = troth_co_server_nak(s, h->call_id, TROTH_CO_NAK_VERSION, why, "MS-RPCE 3.3.3: first PDU");
    else
        st = protocol_error(s, h, true, why, "MS-RPCE 3.3.3: PTYPE in this state");
    (void)st; /* the connection has ended with it */
}

troth_status troth_co_peer_closed(void *self, const void *arg)
{
    troth_co_server *s = self;
    (void)arg;
    troth_status code = TROTH_OK;
    if (troth_co_gathering(&s->conn))
        code = TROTH_TRUNCATED;
    else if (s->incoming || s->pending || s->conn.calls)
        code = TROTH_CLOSED;
    troth_co_end(&s->conn, code, 0, "MS-RPCE 3.3.3.7.1");
    return TROTH_OK;
}

troth_status troth_co_close(void *self, const void *arg)
{
    troth_co_server *s = self;
    const troth_status *reason = arg;
    troth_co_end(&s->conn, *reason, 0, "MS-RPCE 3.3.3.2.1");
    return TROTH_OK;
}
