#include <sec/context.h>
#include <support/fake_inner.h>
#include <support/test.h>

static troth_status ready(fake_impl *impl)
{
    if (!impl->records)
        impl->records = troth_mem_new(impl->env, sizeof *impl->records);
    return impl->records ? TROTH_OK : TROTH_NO_MEMORY;
}

static uint32_t sum_of(const fake_impl *impl, bool from_initiator, uint32_t number, uint8_t kind, const uint8_t *body,
                       size_t n)
{
    const uint8_t head[2] = { from_initiator, kind };
    uint32_t sum = fake_mix(fake_mix(2166136261u, impl->key, sizeof impl->key), head, sizeof head);
    return fake_mix(fake_mix(sum, &number, sizeof number), body, n);
}

/* One record to at; octets written. */
static size_t make(fake_impl *impl, uint8_t *at, uint8_t kind, troth_bytes plain)
{
    bool us = impl->role == TROTH_INITIATOR;
    uint32_t number = impl->records->next[0]++;
    at[0] = (uint8_t)(plain.len >> 8);
    at[1] = (uint8_t)plain.len;
    at[2] = kind;
    fake_put32(at + 3, sum_of(impl, us, number, kind, plain.data, plain.len));
    if (plain.len)
        memcpy(at + FAKE_RECORD_HEAD, plain.data, plain.len);
    troth_segment body = { TROTH_SEG_DATA, at + FAKE_RECORD_HEAD, plain.len };
    fake_encrypt(impl, us, number, &body, 1);
    return FAKE_RECORD_HEAD + plain.len;
}

static size_t record_need(const void *p, troth_bytes bytes)
{
    (void)p;
    if (bytes.len < 2)
        return FAKE_RECORD_HEAD - bytes.len;
    size_t whole = FAKE_RECORD_HEAD + ((size_t)bytes.data[0] << 8 | bytes.data[1]);
    return bytes.len < whole ? whole - bytes.len : 0;
}

/* Decrypts before it verifies, as protect does, so that an engine that passes plaintext on is seen. */
static troth_status record_open(void *p, troth_bytes bytes, troth_record *ret)
{
    fake_impl *impl = p;
    if (record_need(impl, bytes))
        return bytes.len >= 2 && (bytes.data[0] << 8 | bytes.data[1]) > FAKE_RECORD ? TROTH_LIMIT : TROTH_AGAIN;
    size_t n = (size_t)bytes.data[0] << 8 | bytes.data[1];
    if (n > FAKE_RECORD)
        return TROTH_LIMIT;
    troth_status st = ready(impl);
    if (st)
        return st;
    fake_records *r = impl->records;
    bool them = impl->role == TROTH_ACCEPTOR;
    uint8_t kind = bytes.data[2];
    troth_segment body = { TROTH_SEG_DATA, r->plain, n };
    memcpy(r->plain, bytes.data + FAKE_RECORD_HEAD, n);
    fake_encrypt(impl, them, r->next[1], &body, 1);
    if (fake_get32(bytes.data + 3) != sum_of(impl, them, r->next[1], kind, r->plain, n))
        return TROTH_BAD_MIC;
    r->next[1]++;
    *ret = (troth_record){ .used = FAKE_RECORD_HEAD + n, .plain = { r->plain, n }, .closed = kind == FAKE_CLOSE };
    if (kind == FAKE_PING)
        ret->send = (troth_bytes){ r->out, make(impl, r->out, FAKE_PONG, (troth_bytes){ 0 }) };
    return TROTH_OK;
}

static troth_status record_seal(void *p, troth_bytes plain, troth_bytes *ret)
{
    fake_impl *impl = p;
    size_t len = 0;
    if (plain.len > 4 * FAKE_RECORD)
        return TROTH_LIMIT;
    troth_status st = ready(impl);
    if (st)
        return st;
    do {
        troth_bytes part = { plain.data, plain.len < FAKE_RECORD ? plain.len : FAKE_RECORD };
        len += make(impl, impl->records->out + len, FAKE_DATA, part);
        plain = (troth_bytes){ part.len ? plain.data + part.len : plain.data, plain.len - part.len };
    } while (plain.len);
    *ret = (troth_bytes){ impl->records->out, len };
    return TROTH_OK;
}

void fake_mech_records(fake_mech *f)
{
    f->mech.record_need = record_need;
    f->mech.record_open = record_open;
    f->mech.record_seal = record_seal;
}

troth_bytes fake_record_control(troth_context *c, fake_record_kind kind)
{
    fake_impl *impl = c->leaf->impl;
    assert_int_equal(ready(impl), TROTH_OK);
    return (troth_bytes){ impl->records->out, make(impl, impl->records->out, (uint8_t)kind, (troth_bytes){ 0 }) };
}
