#include <string.h>
#include <support/rpc_raw.h>
#include <support/test.h>

enum { LEGS = 3 };

void raw_init(raw *w, rpc_pair *r)
{
    troth_endpoint *e = NULL;
    memset(w, 0, sizeof *w);
    w->rig = r;
    w->call_id = 1;
    rig_peer *s = rpc_pair_server(r);
    assert_int_equal(r->r.open(&r->r, REAL_SERVER, &e), TROTH_OK);
    s->e = e;
    rig_events(s);
}

size_t raw_feed(raw *w)
{
    return w->not_fed ? 0 : rig_feed(rpc_pair_server(w->rig), w->pdu, w->n);
}

static troth_writer begin(raw *w)
{
    return troth_writer_over(w->pdu, sizeof w->pdu, TROTH_LE);
}

static size_t end(raw *w, const troth_writer *out, size_t auth_length)
{
    assert_int_equal(out->st, TROTH_OK);
    w->n = out->len;
    troth_co_hdr_patch(w->pdu, (uint16_t)w->n, (uint16_t)auth_length);
    return raw_feed(w);
}

static void write_trailer(const raw *w, troth_writer *out, uint8_t auth_level, uint32_t auth_context_id)
{
    troth_co_trailer t = { .auth_type = (uint8_t)w->rig->who.type,
                           .auth_level = auth_level,
                           .auth_context_id = auth_context_id };
    troth_co_trailer_write(out, &t);
}

/* As support/fake_mech.h describes it; 0 = none. */
static size_t write_token(troth_writer *out, uint8_t number)
{
    size_t before = out->len;
    if (!number)
        return 0;
    troth_write_bytes(out, (const uint8_t *)"FAKE", 4);
    troth_write_u8(out, number);
    troth_write_u8(out, LEGS);
    troth_write_u32(out, TROTH_F_INTEGRITY | TROTH_F_CONFIDENTIALITY | TROTH_F_REPLAY | TROTH_F_SEQUENCE);
    troth_write_bytes(out, (const uint8_t *)"KEYKEYKE", 8);
    troth_write_u32(out, 0);
    troth_write_bytes(out, (const uint8_t *)"\5alice\4FAKE\0", 12);
    return out->len - before;
}

size_t raw_bind(raw *w, uint8_t ptype, uint16_t p_cont_id, uint8_t token, uint8_t auth_level, uint32_t auth_context_id)
{
    troth_writer out = begin(w);
    troth_co_hdr h = { .ptype = ptype, .flags = RAW_ONLY | TROTH_PFC_CONC_MPX, .call_id = w->call_id++ };
    troth_rpc_syntax bits = troth_co_features_syntax(TROTH_RPC_FEATURE_MULTIPLEXING);
    const troth_rpc_syntax *syntax = w->syntax ? w->syntax : &w->rig->interface.syntax;
    const troth_co_proposal elems[] = {
        { p_cont_id, *syntax, troth_rpc_transfer_syntax(TROTH_RPC_NDR), 1 },
        { 0xfff0, *syntax, &bits, 1 },
    };
    size_t auth_length = 0;
    troth_co_hdr_write(&out, &h);
    troth_co_bind_write(&out, 5840, 5840, w->group, elems, w->features && ptype == TROTH_CO_BIND ? 2 : 1);
    if (token) {
        write_trailer(w, &out, auth_level, auth_context_id);
        auth_length = write_token(&out, token);
    }
    return end(w, &out, auth_length);
}

size_t raw_auth3(raw *w, uint8_t token, uint8_t auth_level, uint32_t auth_context_id)
{
    troth_writer out = begin(w);
    troth_co_hdr h = { .ptype = TROTH_CO_AUTH3, .flags = RAW_ONLY, .call_id = w->call_id++ };
    troth_co_hdr_write(&out, &h);
    troth_write_zeros(&out, 4);
    write_trailer(w, &out, auth_level, auth_context_id);
    size_t auth_length = write_token(&out, token);
    return end(w, &out, auth_length);
}

static void write_request(raw *w, troth_writer *out, uint8_t flags, const troth_co_request *q, size_t n)
{
    troth_co_request_write(out, flags, w->call_id, q);
    troth_write_zeros(out, n);
    if (flags & TROTH_PFC_LAST_FRAG)
        w->call_id++;
}

size_t raw_request(raw *w, uint8_t flags, uint16_t p_cont_id, uint16_t opnum, uint32_t alloc_hint, size_t n)
{
    troth_writer out = begin(w);
    troth_co_request q = { .alloc_hint = alloc_hint, .p_cont_id = p_cont_id, .opnum = opnum };
    write_request(w, &out, flags, &q, n);
    return end(w, &out, 0);
}

size_t raw_request_as(raw *w, uint16_t opnum, uint32_t auth_context_id, size_t n)
{
    static const uint8_t says_nothing[16] = { 1 };
    troth_writer out = begin(w);
    troth_co_request q = { .opnum = opnum };
    write_request(w, &out, RAW_ONLY, &q, n);
    write_trailer(w, &out, TROTH_RPC_LEVEL_CONNECT, auth_context_id);
    troth_write_bytes(&out, says_nothing, sizeof says_nothing);
    return end(w, &out, sizeof says_nothing);
}

size_t raw_header(raw *w, uint8_t ptype, uint32_t call_id)
{
    troth_writer out = begin(w);
    troth_co_hdr h = { .ptype = ptype, .flags = RAW_ONLY, .call_id = call_id };
    troth_co_hdr_write(&out, &h);
    return end(w, &out, 0);
}

void raw_context(raw *w, uint8_t ptype, uint32_t auth_context_id)
{
    unsigned before = w->rig->established[REAL_SERVER];
    raw_bind(w, ptype, 0, 1, TROTH_RPC_LEVEL_CONNECT, auth_context_id);
    raw_listen(w, NULL, NULL);
    raw_auth3(w, 3, TROTH_RPC_LEVEL_CONNECT, auth_context_id);
    assert_int_equal(w->rig->established[REAL_SERVER], before + 1);
}

size_t raw_listen(raw *w, uint8_t *ret_ptype, uint32_t *ret_status)
{
    rig_peer *s = rpc_pair_server(w->rig);
    size_t n = rig_drain(s), at = 0, last = 0;
    const uint8_t *p = s->sent ? s->sent + s->sent_len - n : NULL;
    while (at < n) {
        last = at;
        at += (size_t)p[at + 8] | (size_t)p[at + 9] << 8;
    }
    if (ret_ptype)
        *ret_ptype = n ? p[last + 2] : 255;
    if (ret_status && n && p[last + 2] == TROTH_CO_FAULT)
        memcpy(ret_status, p + last + 24, 4);
    s->sent_len = 0; /* nobody keeps it */
    return n;
}
