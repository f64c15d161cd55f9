#include <fuzz.h>
#include <rpc_co/pdu.h>

/* What is read, written and read again is the same; this many elements are enough to show it. */
enum { MOST = 64, ROOM = 70000 };
static uint8_t room[ROOM];

static bool same(const troth_rpc_syntax *a, const troth_rpc_syntax *b)
{
    return troth_uuid_equal(&a->uuid, &b->uuid) && a->major == b->major && a->minor == b->minor;
}

static troth_reader written(const troth_writer *w)
{
    fuzz_demand(!w->st);
    return troth_reader_of(w->base, w->len, w->order);
}

static void binding(troth_reader body, const uint8_t *p, size_t n)
{
    static troth_rpc_syntax transfer[MOST][255];
    troth_co_proposal elems[MOST];
    troth_co_bind b, again;
    troth_co_elem e;
    if (troth_co_bind_read(&body, &b) || b.n_context_elem > MOST)
        return;
    uint8_t count = 0, bits;
    for (troth_co_bind at = b; troth_co_bind_next(&at, &e); count++) {
        fuzz_view((troth_bytes){ e.transfer, e.n_transfer_syn * 20u }, p, n);
        for (unsigned i = 0; i < e.n_transfer_syn; i++) {
            transfer[count][i] = troth_co_elem_transfer(&e, i);
            if (troth_co_features_of(&transfer[count][i], &bits))
                fuzz_demand(troth_co_features_syntax(bits).uuid.octets[8] == bits);
        }
        elems[count] = (troth_co_proposal){ e.p_cont_id, e.abstract, transfer[count], e.n_transfer_syn };
    }
    fuzz_demand(count == b.n_context_elem);
    troth_writer w = troth_writer_over(room, sizeof room, body.order);
    troth_co_bind_write(&w, b.max_xmit_frag, b.max_recv_frag, b.assoc_group_id, elems, count);
    troth_reader r = written(&w);
    fuzz_demand(!troth_co_bind_read(&r, &again) && !troth_read_left(&r) && again.n_context_elem == count);
    for (unsigned k = 0; troth_co_bind_next(&again, &e); k++) {
        fuzz_demand(e.p_cont_id == elems[k].p_cont_id && e.n_transfer_syn == elems[k].n_transfer);
        fuzz_demand(same(&e.abstract, &elems[k].abstract));
        for (unsigned i = 0; i < e.n_transfer_syn; i++) {
            troth_rpc_syntax s = troth_co_elem_transfer(&e, i);
            fuzz_demand(same(&s, &transfer[k][i]));
        }
    }
}

static void answer(troth_reader body, const uint8_t *p, size_t n)
{
    troth_co_result results[255], x;
    troth_co_ack a, again;
    if (troth_co_ack_read(&body, &a))
        return;
    fuzz_view(a.sec_addr, p, n);
    uint8_t count = 0;
    for (troth_co_ack at = a; troth_co_ack_next(&at, &x); count++)
        results[count] = x;
    fuzz_demand(count == a.n_results);
    troth_writer w = troth_writer_over(room, sizeof room, body.order);
    troth_co_ack_write(&w, &a, results, count);
    troth_reader r = written(&w);
    fuzz_demand(!troth_co_ack_read(&r, &again) && !troth_read_left(&r) && again.n_results == count);
    fuzz_demand(again.sec_addr.len == a.sec_addr.len && again.assoc_group_id == a.assoc_group_id);
    for (unsigned k = 0; troth_co_ack_next(&again, &x); k++)
        fuzz_demand(x.result == results[k].result && x.reason == results[k].reason &&
                    same(&x.transfer, &results[k].transfer));
}

static void verification(troth_bytes stub)
{
    troth_co_vt v, again;
    if (troth_co_vt_read(stub, &v))
        return;
    fuzz_demand(v.found ? v.at % 4 == 0 && v.at < stub.len : v.at == stub.len);
    if (!v.has_bitmask && !v.has_pcontext && !v.has_header2) /* unknown commands alone: none is written */
        return;
    troth_writer w = troth_writer_over(room, sizeof room, TROTH_BE);
    troth_co_vt_write(&w, 0, &v);
    fuzz_demand(!w.st && !troth_co_vt_read((troth_bytes){ room, w.len }, &again) && again.found && !again.at);
    fuzz_demand(again.has_bitmask == v.has_bitmask && again.has_pcontext == v.has_pcontext);
    fuzz_demand(again.has_header2 == v.has_header2 && again.bitmask == v.bitmask && again.call_id == v.call_id);
    fuzz_demand(again.opnum == v.opnum && same(&again.abstract, &v.abstract) && same(&again.transfer, &v.transfer));
}

static size_t request(troth_reader in, const troth_co_hdr *h, size_t end)
{
    troth_co_request q, again;
    troth_co_hdr g;
    if (troth_co_request_read(&in, h, &q) || q.stub_at > end)
        return end;
    troth_writer w = troth_writer_over(room, sizeof room, h->order);
    troth_co_request_write(&w, h->flags, h->call_id, &q);
    fuzz_demand(!w.st && w.len == q.stub_at);
    room[8] = room[9] = (uint8_t)w.len; /* in either order enough for the header */
    troth_reader r = written(&w);
    fuzz_demand(!troth_co_hdr_read(&r, &g) && g.flags == h->flags && g.call_id == h->call_id && g.order == h->order);
    fuzz_demand(!troth_co_request_read(&r, &g, &again) && !troth_read_left(&r) && again.opnum == q.opnum);
    fuzz_demand(again.p_cont_id == q.p_cont_id && again.alloc_hint == q.alloc_hint && again.has_object == q.has_object);
    fuzz_demand(!q.has_object || troth_uuid_equal(&again.object, &q.object));
    return q.stub_at;
}

static void others(troth_reader in, const troth_co_hdr *h)
{
    troth_reader copy = in;
    troth_co_response p;
    troth_co_fault f, again;
    uint16_t reason;
    fuzz_demand(troth_co_response_read(&copy, &p) || p.stub_at == 24);
    copy = in;
    fuzz_demand(troth_co_nak_read(&copy, &reason) == TROTH_OK || troth_read_left(&in) < 2);
    if (troth_co_fault_read(&in, &f))
        return;
    troth_writer w = troth_writer_over(room, sizeof room, h->order);
    troth_co_fault_write(&w, h->flags, h->call_id, &f);
    troth_reader r = written(&w);
    troth_co_hdr g;
    fuzz_demand(!troth_co_hdr_read(&r, &g) && g.frag_length == w.len && !troth_co_fault_read(&r, &again));
    fuzz_demand(again.status == f.status && again.p_cont_id == f.p_cont_id && again.cancel_count == f.cancel_count);
}

static void pdu(const uint8_t *p, size_t n)
{
    troth_reader in = troth_reader_of(p, n, TROTH_LE);
    troth_co_hdr h;
    if (troth_co_hdr_read(&in, &h) || h.frag_length > n)
        return;
    fuzz_demand(troth_co_ptype_name(h.ptype) != NULL);
    size_t end = h.frag_length;
    troth_co_trailer t;
    if (h.auth_length) {
        if (troth_co_trailer_read(p, &h, TROTH_CO_HDR, &t))
            return;
        fuzz_view(t.token, p, n);
        end = t.at - t.auth_pad_length;
    }
    troth_reader body = troth_reader_of(p + TROTH_CO_HDR, end - TROTH_CO_HDR, h.order);
    if (h.ptype == TROTH_CO_BIND || h.ptype == TROTH_CO_ALTER_CONTEXT)
        binding(body, p, n);
    else if (h.ptype == TROTH_CO_BIND_ACK || h.ptype == TROTH_CO_ALTER_CONTEXT_RESP)
        answer(body, p, n);
    else if (h.ptype == TROTH_CO_REQUEST) {
        size_t stub_at = request(body, &h, end);
        verification((troth_bytes){ p + stub_at, end - stub_at });
    } else
        others(body, &h);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t *p = fuzz_copy(data, size);
    pdu(p, size);
    verification((troth_bytes){ p, size }); /* a stub alone, too */
    free(p);
    return 0;
}
