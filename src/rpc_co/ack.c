#include <rpc_co/pdu.h>

enum { FIRST_AND_LAST = TROTH_PFC_FIRST_FRAG | TROTH_PFC_LAST_FRAG };

/*
 * Octets that align what follows sec_addr to 4. The body begins at a multiple of 4 of the PDU, with 10 octets before the
 * address: an alter_context_resp without one has 2 octets of padding behind its length.
 */
static size_t padding(size_t sec_addr_len)
{
    return -(10 + sec_addr_len) & 3;
}

/* The order of a result's reason: of negotiate_ack it is an array of octets and has none. [MS-RPCE 2.2.2.15] */
static troth_order reason_order(uint16_t result, troth_order order)
{
    return result == TROTH_CO_NEGOTIATE_ACK ? TROTH_LE : order;
}

/* p_result_t. */
static troth_co_result result_read(troth_reader *r)
{
    troth_order order = r->order;
    troth_co_result x = { .result = troth_read_u16(r) };
    if (r->st)
        return x;
    r->order = reason_order(x.result, order);
    x.reason = troth_read_u16(r);
    r->order = order;
    x.transfer = troth_co_syntax_read(r);
    return x;
}

static void result_write(troth_writer *w, const troth_co_result *x)
{
    troth_order order = w->order;
    troth_write_u16(w, x->result);
    w->order = reason_order(x->result, order);
    troth_write_u16(w, x->reason);
    w->order = order;
    troth_co_syntax_write(w, &x->transfer);
}

troth_status troth_co_ack_read(troth_reader *body, troth_co_ack *ret)
{
    troth_co_ack a = { 0 };
    a.max_xmit_frag = troth_read_u16(body);
    a.max_recv_frag = troth_read_u16(body);
    a.assoc_group_id = troth_read_u32(body);
    uint16_t len = troth_read_u16(body);
    if (body->st)
        return body->st;
    a.sec_addr = (troth_bytes){ troth_read_bytes(body, len), len };
    (void)troth_read_bytes(body, padding(len));
    a.n_results = troth_read_u8(body);
    (void)troth_read_bytes(body, 3); /* reserved, reserved2 */
    if (body->st)
        return body->st;
    const uint8_t *first = body->at;
    for (unsigned i = 0; i < a.n_results && !body->st; i++)
        (void)result_read(body);
    if (body->st)
        return body->st;
    a.results = troth_reader_of(first, (size_t)(body->at - first), body->order);
    *ret = a;
    return TROTH_OK;
}

bool troth_co_ack_next(troth_co_ack *a, troth_co_result *ret)
{
    if (!troth_read_left(&a->results))
        return false;
    troth_co_result x = result_read(&a->results);
    if (a->results.st)
        return false;
    *ret = x;
    return true;
}

void troth_co_ack_write(troth_writer *w, const troth_co_ack *a, const troth_co_result *results, uint8_t n)
{
    if (a->sec_addr.len > UINT16_MAX) {
        troth_write_fail(w, TROTH_LIMIT);
        return;
    }
    troth_write_u16(w, a->max_xmit_frag);
    troth_write_u16(w, a->max_recv_frag);
    troth_write_u32(w, a->assoc_group_id);
    troth_write_u16(w, (uint16_t)a->sec_addr.len);
    troth_write_bytes(w, a->sec_addr.data, a->sec_addr.len);
    troth_write_zeros(w, padding(a->sec_addr.len));
    troth_write_u8(w, n);
    troth_write_zeros(w, 3);
    for (unsigned i = 0; i < n; i++)
        result_write(w, &results[i]);
}

void troth_co_nak_write(troth_writer *w, uint32_t call_id, uint16_t reason)
{
    const troth_co_hdr h = {
        .ptype = TROTH_CO_BIND_NAK, .flags = FIRST_AND_LAST, .frag_length = 24, .call_id = call_id
    };
    troth_co_hdr_write(w, &h);
    troth_write_u16(w, reason);
    troth_write_u8(w, 1); /* p_rt_versions_supported_t: 5.0 */
    troth_write_u8(w, 5);
    troth_write_u8(w, 0);
    troth_write_zeros(w, 3);
}

troth_status troth_co_nak_read(troth_reader *body, uint16_t *ret_reason)
{
    uint16_t reason = troth_read_u16(body);
    if (body->st)
        return body->st;
    *ret_reason = reason; /* versions, and extended error information [MS-RPCE 2.2.2.9], are not looked at */
    return TROTH_OK;
}
