/* PDUs in: read, held back while what they name is busy, and handed to the association's machine. */
#include <rpc_co/server.h>

/* Where a sec_trailer may begin at the earliest. In a bind its padding may reach into the list, as Windows takes it. */
enum { BIND_FIXED = 24, AUTH3_FIXED = 20 };

static troth_status read_trailer(troth_co_arrival *a, size_t body_at)
{
    const troth_co_hdr *h = &a->pdu->hdr;
    a->secured = h->auth_length;
    if (!a->secured)
        return TROTH_OK;
    a->misaligned = (h->frag_length - h->auth_length) % 4; /* 8 octets in front of the token change nothing */
    return troth_co_trailer_read(a->pdu->data, h, body_at, &a->trailer);
}

/* The body up to its trailer. */
static troth_reader body(const troth_co_arrival *a)
{
    size_t end = a->secured ? a->trailer.at : a->pdu->hdr.frag_length;
    return troth_reader_of(a->pdu->data + TROTH_CO_HDR, end - TROTH_CO_HDR, a->pdu->hdr.order);
}

static troth_status read_bind(const troth_co_server *s, troth_co_arrival *a)
{
    troth_status st = read_trailer(a, BIND_FIXED);
    if (st)
        return st;
    if (a->secured && a->trailer.auth_pad_length && s->profile == TROTH_RPC_STRICT)
        return TROTH_MALFORMED; /* newer Windows demands none, older ones took it */
    troth_reader r = body(a);
    return troth_co_bind_read(&r, &a->bind);
}

static troth_status read_request(troth_co_arrival *a)
{
    const troth_co_hdr *h = &a->pdu->hdr;
    troth_reader r = troth_reader_of(a->pdu->data + TROTH_CO_HDR, (size_t)h->frag_length - TROTH_CO_HDR, h->order);
    troth_status st = troth_co_request_read(&r, h, &a->request);
    return st ? st : read_trailer(a, a->request.stub_at);
}

static uint8_t request_event(uint8_t flags)
{
    switch (flags & (TROTH_PFC_FIRST_FRAG | TROTH_PFC_LAST_FRAG)) {
    case TROTH_PFC_FIRST_FRAG | TROTH_PFC_LAST_FRAG:
        return TROTH_CO_SA_ON_REQUEST;
    case TROTH_PFC_FIRST_FRAG:
        return TROTH_CO_SA_ON_FIRST;
    case TROTH_PFC_LAST_FRAG:
        return TROTH_CO_SA_ON_LAST;
    default:
        return TROTH_CO_SA_ON_MIDDLE;
    }
}

/* Read the PDU and tell which event it is. */
static uint8_t read_pdu(const troth_co_server *s, troth_co_arrival *a)
{
    a->read = true;
    switch (a->pdu->hdr.ptype) {
    case TROTH_CO_BIND:
        a->why = read_bind(s, a);
        return a->why ? TROTH_CO_SA_ON_MALFORMED : a->secured ? TROTH_CO_SA_ON_SECURE_BIND : TROTH_CO_SA_ON_BIND;
    case TROTH_CO_ALTER_CONTEXT:
        a->why = read_bind(s, a);
        return a->why ? TROTH_CO_SA_ON_MALFORMED : a->secured ? TROTH_CO_SA_ON_SECURE_ALTER : TROTH_CO_SA_ON_ALTER;
    case TROTH_CO_AUTH3:
        a->why = read_trailer(a, AUTH3_FIXED);
        return a->why ? TROTH_CO_SA_ON_MALFORMED : TROTH_CO_SA_ON_AUTH3;
    case TROTH_CO_REQUEST:
        a->why = read_request(a);
        return a->why ? TROTH_CO_SA_ON_MALFORMED : request_event(a->pdu->hdr.flags);
    case TROTH_CO_CO_CANCEL:
        a->why = read_trailer(a, TROTH_CO_HDR);
        return a->why ? TROTH_CO_SA_ON_MALFORMED : TROTH_CO_SA_ON_CO_CANCEL;
    case TROTH_CO_ORPHANED:
        a->why = read_trailer(a, TROTH_CO_HDR);
        return a->why ? TROTH_CO_SA_ON_MALFORMED : TROTH_CO_SA_ON_ORPHANED;
    default:
        return TROTH_CO_SA_ON_OTHER;
    }
}

/* ---- what waits ---- */

static bool stepping(const troth_co_context *x)
{
    return x && x->fsm.state == TROTH_CO_CTX_STEPPING;
}

/* The context that a request without verifier may come to run as. */
static const troth_co_context *implied(const troth_co_server *s)
{
    const troth_co_context *only = troth_co_context_only(&s->conn);
    if (only || s->identity.state != TROTH_CO_DI_CONNECT)
        return only;
    return troth_co_context_find(&s->conn, s->default_id);
}

/* Too many calls run, too much is unsent, or the client may have one call only and sends the next one early. */
static bool crowded(const troth_co_server *s)
{
    return s->conn.calls >= s->max_calls || troth_co_full(&s->conn) || (!s->conn.concurrent && s->conn.calls);
}

/* While a leg runs, what names its context waits; before the bind is answered, everything does. */
static bool must_wait(const troth_co_server *s, uint8_t event, const troth_co_arrival *a)
{
    switch (event) {
    case TROTH_CO_SA_ON_MALFORMED:
        return s->assoc.state == TROTH_CO_SA_BINDING;
    case TROTH_CO_SA_ON_REQUEST:
    case TROTH_CO_SA_ON_FIRST:
    case TROTH_CO_SA_ON_MIDDLE:
    case TROTH_CO_SA_ON_LAST:
        if (s->incoming) /* its first fragment has decided */
            return false;
        if (crowded(s))
            return true;
        if (!a->secured && stepping(implied(s)))
            return true;
        break;
    case TROTH_CO_SA_ON_ALTER:
    case TROTH_CO_SA_ON_SECURE_ALTER: /* who does not read our answers gets no more of them */
        if (troth_co_full(&s->conn))
            return true;
        break;
    default:
        break;
    }
    return s->assoc.state == TROTH_CO_SA_BINDING ||
           (a->secured && stepping(troth_co_context_find(&s->conn, a->trailer.auth_context_id)));
}

static troth_status hold(troth_co_server *s, const troth_co_pdu *pdu)
{
    troth_status st = troth_mem_keep(s->conn.env, pdu->data, pdu->len, &s->held);
    if (st) {
        troth_co_end(&s->conn, st, 0, "MS-RPCE 3.3.1.5.4: a PDU that waits");
        return st;
    }
    s->held_hdr = pdu->hdr;
    s->holds = true;
    return TROTH_OK;
}

/* ---- to the machine ---- */

static void step(troth_co_server *s, uint8_t event, const troth_co_arrival *a)
{
    troth_status st = troth_fsm_step(&s->assoc, event, s, a);
    (void)st; /* the connection's error tells */
    if (!s->conn.closed)
        troth_co_call_run(s);
}

static void process(troth_co_server *s, troth_co_pdu *pdu)
{
    troth_co_arrival a = { .pdu = pdu };
    uint8_t event = read_pdu(s, &a);
    if (!must_wait(s, event, &a))
        step(s, event, &a);
    else if (hold(s, pdu))
        return;
}

void troth_co_server_resume(troth_co_server *s)
{
    if (!s->holds || s->conn.closed)
        return;
    troth_co_pdu pdu = { s->held.data, s->held.len, s->held_hdr };
    troth_co_arrival a = { .pdu = &pdu };
    uint8_t event = read_pdu(s, &a);
    if (must_wait(s, event, &a))
        return;
    s->holds = false;
    troth_mem_drop(s->conn.env, &s->past);
    s->past = s->held; /* an event may view it */
    s->held = (troth_block){ NULL, 0 };
    step(s, event, &a);
}

static bool may_take(const troth_co_server *s)
{
    return !s->conn.closed && !s->holds && !s->conn.n_events;
}

size_t troth_co_server_take(troth_co_server *s, uint8_t *bytes, size_t n)
{
    size_t used = 0, part;
    troth_co_pdu pdu;
    while (used < n && may_take(s)) {
        troth_status st = troth_co_gather(&s->conn, bytes + used, n - used, &part, &pdu);
        used += part;
        if (st == TROTH_AGAIN)
            break;
        if (!st) {
            process(s, &pdu);
            continue;
        }
        troth_co_arrival a = { .pdu = &pdu, .why = st };
        if (st == TROTH_NO_MEMORY)
            troth_co_end(&s->conn, st, 0, "C706 12.6.3.1");
        else
            step(s, TROTH_CO_SA_ON_MALFORMED, &a);
    }
    return used;
}
