/*
 * A complete context written down: what was agreed on, the session key that all others come from, and where both
 * directions stand. Keys are derived anew, because what is derived need not be believed.
 */
#include <mech/ntlm/impl.h>
#include <string.h>

enum { LONGEST = 4096 };

static void put_side(const troth_ntlm_side *s, troth_writer *w)
{
    troth_write_u64(w, s->seq);
    troth_write_bytes(w, s->rc4.s, sizeof s->rc4.s);
    troth_write_u8(w, s->rc4.i);
    troth_write_u8(w, s->rc4.j);
}

static void take_side(troth_ntlm_side *s, troth_reader *r)
{
    s->seq = troth_read_u64(r);
    const uint8_t *stream = troth_read_bytes(r, sizeof s->rc4.s);
    if (stream)
        memcpy(s->rc4.s, stream, sizeof s->rc4.s);
    s->rc4.i = troth_read_u8(r);
    s->rc4.j = troth_read_u8(r);
}

troth_status troth_ntlm_export(const void *impl, troth_writer *w)
{
    const troth_ntlm *n = impl;
    const char *target = n->client_target ? n->client_target : "";
    size_t len = strlen(target);
    troth_write_u32(w, n->flags);
    troth_write_bytes(w, n->exported, sizeof n->exported);
    put_side(&n->channel.send, w);
    put_side(&n->channel.recv, w);
    troth_write_u16(w, (uint16_t)len);
    troth_write_bytes(w, target, len);
    return len <= LONGEST ? TROTH_OK : TROTH_LIMIT;
}

static troth_status take_target(troth_ntlm *n, troth_reader *r)
{
    uint16_t len = troth_read_u16(r);
    if (r->st || !len)
        return r->st;
    const uint8_t *at = troth_read_bytes(r, len);
    if (r->st)
        return r->st;
    if (len > LONGEST || memchr(at, 0, len))
        return TROTH_MALFORMED;
    n->client_target = troth_mem_new(n->c->env, len + 1u);
    if (!n->client_target)
        return TROTH_NO_MEMORY;
    memcpy(n->client_target, at, len);
    return TROTH_OK;
}

troth_status troth_ntlm_import(troth_context *c, troth_reader *r, void **ret_impl)
{
    bool initiator = c->opts.role == TROTH_INITIATOR;
    uint32_t flags = troth_read_u32(r);
    const uint8_t *exported = troth_read_bytes(r, sizeof((troth_ntlm *)0)->exported);
    troth_flags had = c->attributes;
    if (r->st)
        return r->st;
    troth_ntlm *n = troth_mem_new(c->env, sizeof *n);
    if (!n)
        return TROTH_NO_MEMORY;
    *ret_impl = n;
    n->c = c;
    troth_fsm_init(&n->fsm, initiator ? &troth_ntlm_client_fsm : &troth_ntlm_server_fsm, c->env);
    memcpy(n->exported, exported, sizeof n->exported);
    troth_ntlm_established(n, flags, initiator ? TROTH_NTLM_CLIENT : TROTH_NTLM_SERVER);
    c->attributes = had; /* bindings and what else the exchange itself showed */
    take_side(&n->channel.send, r);
    take_side(&n->channel.recv, r);
    return take_target(n, r);
}
