/* What a server sends: read, compared with what was asked, verified, and only then an event of a machine. */
#include <rpc_co/client.h>
#include <string.h>

enum { FIRST_AND_LAST = TROTH_PFC_FIRST_FRAG | TROTH_PFC_LAST_FRAG, FAULT_STUB = 32 };

static void bad_pdu(troth_co_client *c, troth_status code, const char *where)
{
    const troth_error why = { .code = code, .where = where };
    troth_co_client_step(c, TROTH_CO_CA_ON_BAD_PDU, &why);
}

static troth_reader behind_header(const troth_co_pdu *pdu, size_t end)
{
    return troth_reader_of(pdu->data + TROTH_CO_HDR, end - TROTH_CO_HDR, pdu->hdr.order);
}

static bool same_trailer(const troth_co_trailer *t, const troth_co_context *x)
{
    return t->auth_type == x->auth_type && t->auth_level == x->auth_level && t->auth_context_id == x->auth_context_id;
}

/* ---- answers to bind and alter_context ---- */

static bool secure_awaited(const troth_co_client *c)
{
    return c->assoc.state == TROTH_CO_CA_WAIT_SECURE_BIND_ACK || c->assoc.state == TROTH_CO_CA_WAIT_SECURE_ALTER_RESP;
}

static bool answer_awaited(const troth_co_client *c)
{
    return secure_awaited(c) || c->assoc.state == TROTH_CO_CA_WAIT_BIND_ACK ||
           c->assoc.state == TROTH_CO_CA_WAIT_ALTER_RESP || c->assoc.state == TROTH_CO_CA_DISCARD;
}

/* Where the body ends; a trailer must be that of the context being built. [CVE-2015-5370] */
static troth_status answer_trailer(const troth_co_client *c, const troth_co_pdu *pdu, troth_bytes *ret_token,
                                   size_t *ret_end)
{
    *ret_end = pdu->len;
    if (!pdu->hdr.auth_length)
        return TROTH_OK;
    troth_co_trailer t;
    troth_status st = troth_co_trailer_read(pdu->data, &pdu->hdr, TROTH_CO_HDR, &t);
    if (st)
        return st;
    *ret_end = t.at - t.auth_pad_length;
    *ret_token = t.token;
    if (c->assoc.state == TROTH_CO_CA_DISCARD)
        return TROTH_OK;
    return secure_awaited(c) && same_trailer(&t, c->building) ? TROTH_OK : TROTH_UNEXPECTED;
}

static troth_status answer_read(const troth_co_client *c, const troth_co_pdu *pdu, troth_co_answer *ret)
{
    size_t end = 0;
    if (!answer_awaited(c) || pdu->hdr.call_id != c->nego.call_id)
        return TROTH_UNEXPECTED;
    if ((pdu->hdr.flags & FIRST_AND_LAST) != FIRST_AND_LAST)
        return TROTH_MALFORMED;
    ret->flags = pdu->hdr.flags;
    troth_status st = answer_trailer(c, pdu, &ret->token, &end);
    if (st)
        return st;
    troth_reader body = behind_header(pdu, end);
    return troth_co_ack_read(&body, &ret->ack);
}

static void take_answer(troth_co_client *c, const troth_co_pdu *pdu, uint8_t event)
{
    troth_co_answer a = { 0 };
    troth_status st = answer_read(c, pdu, &a);
    if (st)
        bad_pdu(c, st, event == TROTH_CO_CA_ON_BIND_ACK ? "C706 12.6.4.4 bind_ack" : "C706 12.6.4.2");
    else
        troth_co_client_step(c, event, &a);
}

static void take_nak(troth_co_client *c, const troth_co_pdu *pdu)
{
    uint16_t reason = 0;
    troth_reader body = behind_header(pdu, pdu->len);
    troth_status st = pdu->hdr.call_id == c->nego.call_id ? troth_co_nak_read(&body, &reason) : TROTH_UNEXPECTED;
    if (st)
        bad_pdu(c, st, "C706 12.6.4.5 bind_nak");
    else
        troth_co_client_step(c, TROTH_CO_CA_ON_BIND_NAK, &reason);
}

/* ---- replies ---- */

static troth_bytes stub_of(const troth_co_pdu *pdu, size_t stub_at)
{
    return (troth_bytes){ pdu->data + stub_at, pdu->len - stub_at };
}

/* Verified, or what need not be. A fault without a verifier is believed as a fault, as servers send no other. */
static troth_status verify(troth_co_client_call *call, troth_co_pdu *pdu, size_t stub_at, bool fault, troth_bytes *ret)
{
    troth_co_context *x = call->ctx;
    if (!pdu->hdr.auth_length) {
        if (x && x->auth_level >= TROTH_RPC_LEVEL_PKT && !fault)
            return TROTH_TOO_LOW;
        *ret = stub_of(pdu, stub_at);
        return TROTH_OK;
    }
    troth_co_trailer t;
    troth_status st = troth_co_trailer_read(pdu->data, &pdu->hdr, stub_at, &t);
    if (st)
        return st;
    if (!x)
        return TROTH_UNEXPECTED;
    if (!same_trailer(&t, x))
        return t.auth_level < x->auth_level ? TROTH_TOO_LOW : TROTH_UNEXPECTED;
    return troth_co_verify(x, pdu, &t, stub_at, ret);
}

static uint8_t event_of(uint8_t flags)
{
    switch (flags & FIRST_AND_LAST) {
    case FIRST_AND_LAST:
        return TROTH_CO_CC_ON_ONLY;
    case TROTH_PFC_FIRST_FRAG:
        return TROTH_CO_CC_ON_FIRST;
    case TROTH_PFC_LAST_FRAG:
        return TROTH_CO_CC_ON_LAST;
    default:
        return TROTH_CO_CC_ON_MIDDLE;
    }
}

static troth_co_fragment fragment_of(const troth_co_pdu *pdu, uint32_t alloc_hint)
{
    troth_co_fragment f = { .flags = pdu->hdr.flags, .alloc_hint = alloc_hint };
    memcpy(f.drep, pdu->hdr.drep, sizeof f.drep);
    return f;
}

/* p_cont_id and cancel_count are not believed: call_id says which call it is. [MS-RPCE 3.3.2.5.2] */
static void take_response(troth_co_client *c, troth_co_pdu *pdu)
{
    troth_co_response r;
    troth_reader in = behind_header(pdu, pdu->len);
    troth_status st = troth_co_response_read(&in, &r);
    troth_co_client_call *call = troth_co_client_call_find(c, pdu->hdr.call_id);
    if (!st && !call)
        st = TROTH_UNEXPECTED;
    if (st) {
        bad_pdu(c, st, "MS-RPCE 3.3.2.5.2");
        return;
    }
    troth_co_fragment f = fragment_of(pdu, r.alloc_hint);
    st = verify(call, pdu, r.stub_at, false, &f.stub);
    if (st)
        bad_pdu(c, st, "MS-RPCE 3.3.1.5.2.2");
    else
        troth_co_client_step_call(call, event_of(pdu->hdr.flags), &f);
}

static void take_fault(troth_co_client *c, troth_co_pdu *pdu)
{
    troth_co_fault r;
    troth_bytes ignored = { NULL, 0 }; /* the stub of a fault [MS-RPCE 2.2.2.8] */
    troth_reader in = behind_header(pdu, pdu->len);
    troth_status st = troth_co_fault_read(&in, &r);
    troth_co_client_call *call = troth_co_client_call_find(c, pdu->hdr.call_id);
    bool negotiation = answer_awaited(c) && pdu->hdr.call_id == c->nego.call_id;
    if (!st && !call && !negotiation)
        st = TROTH_UNEXPECTED;
    if (!st && call)
        st = verify(call, pdu, FAULT_STUB, true, &ignored);
    if (st) {
        bad_pdu(c, st, "C706 12.6.4.7 fault");
        return;
    }
    troth_co_fragment f = fragment_of(pdu, r.alloc_hint);
    f.status = r.status;
    if (call)
        troth_co_client_step_call(call, TROTH_CO_CC_ON_FAULT, &f);
    else
        troth_co_client_step(c, TROTH_CO_CA_ON_FAULT, &f);
}

void troth_co_client_take(troth_co_client *c, troth_co_pdu *pdu)
{
    switch (pdu->hdr.ptype) {
    case TROTH_CO_RESPONSE:
        take_response(c, pdu);
        break;
    case TROTH_CO_FAULT:
        take_fault(c, pdu);
        break;
    case TROTH_CO_BIND_ACK:
        take_answer(c, pdu, TROTH_CO_CA_ON_BIND_ACK);
        break;
    case TROTH_CO_ALTER_CONTEXT_RESP:
        take_answer(c, pdu, TROTH_CO_CA_ON_ALTER_RESP);
        break;
    case TROTH_CO_BIND_NAK:
        take_nak(c, pdu);
        break;
    case TROTH_CO_SHUTDOWN:
        troth_co_client_step(c, TROTH_CO_CA_ON_SHUTDOWN, NULL);
        break;
    default: /* what only a client sends, and what belongs to datagrams */
        bad_pdu(c, TROTH_UNEXPECTED, "C706 12.6.1 PTYPE");
        break;
    }
}
