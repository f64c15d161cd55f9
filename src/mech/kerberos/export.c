/*
 * A complete context written down, where cfx.c protects its messages: base key, numbers and window. What MIT's library
 * protects by itself stays there, and so do delegated tickets.
 */
#include <mech/kerberos/inner.h>
#include <string.h>

enum { WINDOW_WORDS = TROTH_WINDOW_BITS / 64 };

troth_status troth_krb_export(const void *impl, troth_writer *w)
{
    const troth_krb *k = impl;
    const troth_cfx *x = k->cfx;
    if (!x || k->key_len != x->type->key) /* the key that GSS-API tells is the one that cfx.c was set up with */
        return TROTH_UNSUPPORTED;
    troth_write_u32(w, (uint32_t)x->type->number);
    troth_write_bytes(w, k->key, k->key_len);
    troth_write_u8(w, x->out.flags);
    troth_write_u8(w, x->dce);
    troth_write_u8(w, x->begun);
    troth_write_u32(w, x->detect);
    troth_write_u64(w, x->snd_seq);
    troth_write_u64(w, x->window.next);
    for (size_t i = 0; i < WINDOW_WORDS; i++)
        troth_write_u64(w, x->window.bits[i]);
    return TROTH_OK;
}

static troth_status take_cfx(troth_krb *k, const troth_krb_enctype *type, troth_reader *r)
{
    uint8_t flags = troth_read_u8(r), dce = troth_read_u8(r), begun = troth_read_u8(r);
    troth_cfx_setup s = { .env = k->c->env, .type = type, .key = k->key };
    uint64_t bits[WINDOW_WORDS];
    s.acceptor = k->c->opts.role == TROTH_ACCEPTOR;
    s.acceptor_subkey = (flags & TROTH_CFX_ACCEPTOR_SUBKEY) != 0;
    s.dce = dce != 0;
    s.detect = troth_read_u32(r);
    s.snd_seq = troth_read_u64(r);
    s.rcv_seq = troth_read_u64(r);
    for (size_t i = 0; i < WINDOW_WORDS; i++)
        bits[i] = troth_read_u64(r);
    if (r->st)
        return r->st;
    if (dce > 1 || begun > 1)
        return TROTH_MALFORMED;
    troth_cfx *made = troth_mem_new(s.env, sizeof *made);
    if (!made)
        return TROTH_NO_MEMORY;
    troth_cfx_init(made, &s);
    memcpy(made->window.bits, bits, sizeof bits);
    made->begun = begun != 0;
    k->cfx = made;
    return TROTH_OK;
}

troth_status troth_krb_import(troth_context *c, troth_reader *r, void **ret_impl)
{
    int32_t number = (int32_t)troth_read_u32(r);
    if (r->st)
        return r->st;
    const troth_krb_enctype *type = troth_krb_enctype_of(number);
    if (!type)
        return TROTH_MALFORMED;
    const uint8_t *key = troth_read_bytes(r, type->key);
    if (r->st)
        return r->st;
    troth_krb *k = troth_mem_new(c->env, sizeof *k);
    if (!k)
        return TROTH_NO_MEMORY;
    *ret_impl = k;
    k->c = c;
    k->key_len = type->key;
    memcpy(k->key, key, k->key_len);
    c->detail = troth_krb_enctype_name(number);
    troth_status st = take_cfx(k, type, r);
    return st ? st : troth_krb_measure(k);
}
