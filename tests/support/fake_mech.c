#include <sec/context.h>
#include <stdio.h>
#include <string.h>
#include <support/fake_inner.h>
#include <support/test.h>

typedef struct fake_element {
    char account[64], authority[64];
    bool anonymous;
    fake_mech *f;
} fake_element;

typedef struct fake_token {
    unsigned number, legs;
    troth_flags flags;
    const uint8_t *key;
    uint32_t bindings;
    char account[64], authority[64], target[64];
} fake_token;

static fake_mech *fake_of(const troth_mech *m)
{
    return (fake_mech *)(uintptr_t)m;
}

/* ---- credentials ---- */

static void copy(char *to, size_t cap, const char *from)
{
    snprintf(to, cap, "%s", from ? from : "");
}

static troth_status acquire(troth_cred *cred, const troth_cred_source *src, void **ret_element, troth_error *err)
{
    fake_mech *f = NULL;
    for (size_t i = 0; i < cred->mechs->n; i++)
        if (!strcmp(cred->mechs->mechs[i]->name, src->mech))
            f = fake_of(cred->mechs->mechs[i]);
    assert_non_null(f);
    if (f->block)
        f->block(f->block_self, cred->use == TROTH_USE_ACCEPT ? TROTH_ACCEPTOR : TROTH_INITIATOR, 0);
    if (f->cred_status) {
        *err = (troth_error){ f->cred_status, f->fail_major, f->fail_minor, 0, "fake credential" };
        if (f->cred_complaint)
            troth_cred_complain(cred, src->path, 7, f->cred_complaint);
        return f->cred_status;
    }
    fake_element *e = troth_mem_new(cred->env, sizeof *e);
    if (!e)
        return TROTH_NO_MEMORY;
    e->f = f;
    e->anonymous = src->kind == TROTH_CRED_ANONYMOUS;
    copy(e->account, sizeof e->account, e->anonymous ? "" : src->principal ? src->principal : "alice");
    copy(e->authority, sizeof e->authority, e->anonymous ? "" : src->domain ? src->domain : "FAKE");
    troth_cred_until(cred, f->cred_expiry);
    atomic_fetch_add(&f->acquired, 1);
    *ret_element = e;
    return TROTH_OK;
}

static void cred_release(const troth_env *env, void *element)
{
    fake_element *e = element;
    atomic_fetch_add(&e->f->released, 1);
    troth_mem_free(env, e, sizeof *e);
}

/* ---- the exchange ---- */

static troth_status init(troth_context *c, void **ret_impl)
{
    fake_mech *f = fake_of(c->mech);
    fake_impl *impl = troth_mem_new(c->env, sizeof *impl);
    if (!impl)
        return TROTH_NO_MEMORY;
    impl->f = f;
    impl->env = c->env;
    impl->mechs = c->cred->mechs;
    impl->role = c->opts.role;
    impl->legs = f->legs;
    atomic_fetch_add(&f->inits, 1);
    *ret_impl = impl;
    return TROTH_OK;
}

static void clear(troth_context *c, void *p)
{
    fake_impl *impl = p;
    atomic_fetch_add(&impl->f->clears, 1);
    troth_mem_free(c->env, impl->records, sizeof *impl->records);
    troth_mem_free(c->env, impl, sizeof *impl);
}

static uint32_t bindings_sum(const troth_context *c)
{
    return c->opts.bindings.len ? fake_mix(2166136261u, c->opts.bindings.data, c->opts.bindings.len) | 1 : 0;
}

static troth_flags wanted(const troth_context *c, const fake_element *e)
{
    troth_flags want = c->opts.require;
    if (want & (TROTH_F_REPLAY | TROTH_F_SEQUENCE | TROTH_F_CONFIDENTIALITY))
        want |= TROTH_F_INTEGRITY;
    if (want & TROTH_F_NO_INTEGRITY)
        want &= ~(troth_flags)(TROTH_F_INTEGRITY | TROTH_F_CONFIDENTIALITY | TROTH_F_REPLAY | TROTH_F_SEQUENCE);
    if (e->anonymous)
        want |= TROTH_F_ANONYMOUS;
    return want & ~(troth_flags)(TROTH_F_NO_INTEGRITY | TROTH_F_GUEST | TROTH_F_BOUND);
}

static void put_text(troth_writer *out, const char *s)
{
    size_t n = s ? strnlen(s, 63) : 0;
    troth_write_u8(out, (uint8_t)n);
    troth_write_bytes(out, s, n);
}

static void put_token(troth_context *c, fake_impl *impl, const fake_element *e, troth_writer *out)
{
    if (impl->f->empty_token)
        return;
    troth_order was = out->order;
    out->order = TROTH_LE;
    troth_write_bytes(out, "FAKE", 4);
    troth_write_u8(out, (uint8_t)impl->leg);
    troth_write_u8(out, (uint8_t)impl->legs);
    troth_write_u32(out, impl->leg == 1 ? impl->proposed : impl->granted);
    troth_write_bytes(out, impl->key, 8);
    troth_write_u32(out, bindings_sum(c));
    put_text(out, e->account);
    put_text(out, e->authority);
    put_text(out, c->opts.role == TROTH_INITIATOR ? c->opts.target : "");
    troth_write_zeros(out, impl->f->pad);
    out->order = was;
}

static void get_text(troth_reader *r, char to[64])
{
    size_t n = troth_read_u8(r);
    const uint8_t *p = n < 64 ? troth_read_bytes(r, n) : NULL;
    if (!p)
        troth_read_fail(r, TROTH_MALFORMED);
    else if (n)
        memcpy(to, p, n);
    to[p ? n : 0] = 0;
}

static troth_status get_token(troth_bytes in, fake_token *ret)
{
    troth_reader r = troth_reader_of(in.data, in.len, TROTH_LE);
    const uint8_t *magic = troth_read_bytes(&r, 4);
    if (!magic)
        return TROTH_TRUNCATED;
    if (!memcmp(magic, "FERR", 4))
        return TROTH_PEER_REFUSED;
    if (memcmp(magic, "FAKE", 4) != 0)
        return TROTH_MALFORMED;
    ret->number = troth_read_u8(&r);
    ret->legs = troth_read_u8(&r);
    ret->flags = troth_read_u32(&r);
    ret->key = troth_read_bytes(&r, 8);
    ret->bindings = troth_read_u32(&r);
    get_text(&r, ret->account);
    get_text(&r, ret->authority);
    get_text(&r, ret->target);
    return r.st;
}

static troth_status check_first(troth_context *c, fake_impl *impl, const fake_token *t)
{
    uint32_t ours = bindings_sum(c);
    if ((ours && t->bindings && ours != t->bindings) ||
        (!t->bindings && (c->opts.policy & TROTH_POLICY_REQUIRE_BINDINGS)))
        return TROTH_BAD_BINDINGS;
    if (c->opts.target && *t->target && strcmp(c->opts.target, t->target) != 0)
        return TROTH_TARGET_UNKNOWN;
    if ((t->flags & TROTH_F_ANONYMOUS) && !(c->opts.require & TROTH_F_ANONYMOUS))
        return TROTH_DENIED;
    impl->legs = impl->f->endless ? 255 : t->legs;
    impl->granted = t->flags & impl->f->grant & impl->f->mech.can;
    if (ours && t->bindings)
        impl->granted |= TROTH_F_BOUND;
    memcpy(impl->key, t->key, 8);
    memcpy(impl->key + 8, t->key, 8);
    return TROTH_OK;
}

static troth_status take_token(troth_context *c, fake_impl *impl, const fake_token *t)
{
    troth_name_style style = impl->f->mech.id == TROTH_MECH_NTLM ? TROTH_NAME_BACKSLASH : TROTH_NAME_AT;
    if (t->number != impl->leg || t->number > t->legs || memcmp(impl->key, t->key, impl->leg > 1 ? 8 : 0) != 0)
        return TROTH_MALFORMED;
    troth_status st = TROTH_OK;
    if (impl->leg == 1)
        st = check_first(c, impl, t);
    else if (c->opts.role == TROTH_INITIATOR)
        impl->granted = t->flags;
    if (st)
        return st;
    if (impl->leg == 1) /* the acceptor now knows who; names are for the facts of a complete context */
        st = troth_context_set_peer(c, style, t->account, t->authority);
    else if (impl->leg == 2 && (impl->granted & TROTH_F_MUTUAL))
        st = troth_context_set_peer(c, style, t->account, t->authority);
    copy(impl->peer[0], sizeof impl->peer[0], t->account);
    copy(impl->peer[1], sizeof impl->peer[1], t->authority);
    return st;
}

static troth_status begin(troth_context *c, fake_impl *impl, const fake_element *e)
{
    impl->legs = impl->f->endless ? 255 : impl->f->legs;
    impl->proposed = wanted(c, e);
    impl->granted = impl->proposed & impl->f->grant & impl->f->mech.can;
    troth_status st = c->env->random(c->env->self, impl->key, 8);
    if (st)
        return st;
    memcpy(impl->key + 8, impl->key, 8);
    if (impl->f->empty_token && (impl->proposed & TROTH_F_DATAGRAM)) { /* usable before any token */
        c->attributes = impl->granted;
        impl->datagram = true;
    }
    return TROTH_OK;
}

static bool fails_at(const fake_impl *impl, unsigned leg)
{
    return impl->f->fail_leg == leg && impl->f->fail_role == impl->role;
}

static troth_step refuse(troth_context *c, fake_impl *impl, troth_status st, troth_writer *out)
{
    if (impl->f->fail_token)
        troth_write_bytes(out, "FERR", 4);
    return troth_context_fail(c, st, impl->f->fail_major, impl->f->fail_minor, "fake step");
}

static troth_step finish(troth_context *c, fake_impl *impl, const fake_element *e)
{
    troth_name_style style = impl->f->mech.id == TROTH_MECH_NTLM ? TROTH_NAME_BACKSLASH : TROTH_NAME_AT;
    troth_status st = troth_context_set_self(c, style, e->account, e->authority);
    if (st)
        return troth_context_fail(c, st, 0, 0, "fake step");
    c->attributes = impl->granted;
    c->expiry = impl->f->expiry;
    c->detail = "fake xor 64";
    impl->datagram = impl->granted & TROTH_F_DATAGRAM;
    return TROTH_STEP_DONE;
}

static troth_step step(troth_context *c, void *p, troth_bytes in, troth_writer *out)
{
    static const fake_element nobody;
    fake_impl *impl = p;
    const fake_element *e = c->part && c->part->element ? c->part->element : &nobody;
    atomic_fetch_add(&impl->f->steps, 1);
    bool first = !in.data && c->opts.role == TROTH_INITIATOR && !impl->leg;
    impl->leg++;
    if (impl->f->block)
        impl->f->block(impl->f->block_self, c->opts.role, impl->leg);
    if (fails_at(impl, impl->leg))
        return refuse(c, impl, impl->f->fail_status, out);
    troth_status st = first ? begin(c, impl, e) : TROTH_OK;
    if (!first) {
        fake_token t = { 0 };
        st = get_token(in, &t);
        if (!st)
            st = take_token(c, impl, &t);
        if (!st && impl->leg == impl->legs)
            return finish(c, impl, e);
        if (!st && fails_at(impl, ++impl->leg))
            st = impl->f->fail_status;
    }
    if (st)
        return refuse(c, impl, st, out);
    put_token(c, impl, e, out);
    return impl->leg == impl->legs ? finish(c, impl, e) : TROTH_STEP_MORE;
}

static bool sniff(troth_bytes token)
{
    return token.len >= 4 && !memcmp(token.data, "FAKE", 4);
}

static troth_status after_mech_list_mic(void *p)
{
    fake_impl *impl = p;
    atomic_fetch_add(&impl->f->deferred, 1);
    for (size_t i = 0; i < sizeof impl->key; i++)
        impl->key[i] ^= 0x5a; /* both sides must do it, or nothing verifies any more */
    return TROTH_OK;
}

/* ---- messages ---- */

static size_t token_size(const void *p, troth_form form, size_t data_len)
{
    (void)p, (void)form, (void)data_len;
    return FAKE_TOKEN;
}

static uint32_t checksum(const fake_impl *impl, bool from_initiator, troth_form form, uint32_t number,
                         const troth_segment *segs, size_t n)
{
    bool ntlm = impl->f->mech.id == TROTH_MECH_NTLM;
    uint8_t head[6] = { from_initiator, form == TROTH_FORM_MIC && ntlm ? TROTH_FORM_WRAP : (uint8_t)form };
    memcpy(head + 2, &number, 4);
    uint32_t sum = fake_mix(fake_mix(2166136261u, impl->key, sizeof impl->key), head, sizeof head);
    for (size_t i = 0; i < n; i++)
        sum = fake_mix(fake_mix(sum, &segs[i].len, sizeof segs[i].len), segs[i].data, segs[i].len);
    return sum;
}

static troth_status protect(void *p, troth_form form, troth_message *msg)
{
    fake_impl *impl = p;
    if (msg->token_len < FAKE_TOKEN)
        return TROTH_NO_SPACE;
    uint32_t most = impl->f->max_messages ? impl->f->max_messages : 0x7fffffff;
    uint32_t number = impl->datagram ? (uint32_t)msg->seq & 0x7fffffff : impl->next[0];
    if (!impl->datagram && number >= most)
        return TROTH_LIMIT;
    bool us = impl->role == TROTH_INITIATOR;
    uint32_t sum = checksum(impl, us, form, number, msg->segs, msg->n_segs);
    if (form == TROTH_FORM_SEAL)
        fake_encrypt(impl, us, number, msg->segs, msg->n_segs);
    fake_put32(msg->token, sum);
    fake_put32(msg->token + 4, number | (form == TROTH_FORM_SEAL ? 0x80000000u : 0));
    msg->token_len = FAKE_TOKEN;
    impl->next[0]++;
    return TROTH_OK;
}

static troth_status check_number(const fake_impl *impl, uint32_t number, uint64_t seq)
{
    if (impl->datagram)
        return number == ((uint32_t)seq & 0x7fffffff) ? TROTH_OK : TROTH_OUT_OF_ORDER;
    if (number < impl->next[1] && (impl->granted & (TROTH_F_REPLAY | TROTH_F_SEQUENCE)))
        return TROTH_REPLAY;
    if (number > impl->next[1] && (impl->granted & TROTH_F_SEQUENCE))
        return TROTH_OUT_OF_ORDER;
    return TROTH_OK;
}

static troth_status unprotect(void *p, troth_form form, troth_message *msg)
{
    fake_impl *impl = p;
    bool stream = msg->n_segs == 1 && msg->segs[0].kind == TROTH_SEG_STREAM;
    const uint8_t *token = stream ? msg->segs[0].data : msg->token;
    size_t room = stream ? msg->segs[0].len : msg->token_len;
    if (room < FAKE_TOKEN)
        return TROTH_TRUNCATED;
    if (!stream && room != FAKE_TOKEN)
        return TROTH_MALFORMED;
    troth_segment rest = stream ? (troth_segment){ TROTH_SEG_DATA, msg->segs[0].data + FAKE_TOKEN, room - FAKE_TOKEN }
                                : (troth_segment){ 0 };
    troth_segment *segs = stream ? &rest : msg->segs;
    size_t n = stream ? 1 : msg->n_segs;
    uint32_t word = fake_get32(token + 4), number = word & 0x7fffffff;
    bool sealed = word & 0x80000000u, them = impl->role == TROTH_ACCEPTOR;
    troth_form signed_as = sealed ? TROTH_FORM_SEAL : form == TROTH_FORM_SEAL ? TROTH_FORM_WRAP : form;
    if (sealed)
        fake_encrypt(impl, them, number, segs, n); /* XOR both ways; before the check, on purpose */
    if (stream)                                    /* narrowed before the check, too */
        msg->segs[0] = rest;
    if (fake_get32(token) != checksum(impl, them, signed_as, number, segs, n))
        return TROTH_BAD_MIC;
    if (sealed != (form == TROTH_FORM_SEAL))
        return sealed ? TROTH_BAD_MIC : TROTH_NOT_SEALED;
    troth_status st = check_number(impl, number, msg->seq);
    if (st)
        return st;
    impl->next[1] = number >= impl->next[1] ? number + 1 : impl->next[1];
    return TROTH_OK;
}

static troth_status session_key(const void *p, troth_bytes *ret)
{
    const fake_impl *impl = p;
    *ret = (troth_bytes){ impl->key, sizeof impl->key };
    return TROTH_OK;
}

static troth_status delegated(void *p, troth_cred **ret)
{
    fake_impl *impl = p;
    if (impl->role != TROTH_ACCEPTOR || !(impl->granted & TROTH_F_DELEGATE))
        return TROTH_NO_CRED;
    fake_element *e = troth_mem_new(impl->env, sizeof *e);
    if (!e)
        return TROTH_NO_MEMORY;
    e->f = impl->f;
    copy(e->account, sizeof e->account, impl->peer[0]);
    copy(e->authority, sizeof e->authority, impl->peer[1]);
    troth_status st = troth_cred_wrap(impl->env, impl->mechs, &impl->f->mech, e, impl->f->expiry, ret);
    if (st)
        troth_mem_free(impl->env, e, sizeof *e);
    else
        atomic_fetch_add(&impl->f->acquired, 1);
    return st;
}

/* ---- construction ---- */

void fake_mech_init(fake_mech *f, troth_mech_id id)
{
    static const uint8_t krb5[] = { 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x12, 0x01, 0x02, 0x02 };
    static const uint8_t ms_krb5[] = { 0x2a, 0x86, 0x48, 0x82, 0xf7, 0x12, 0x01, 0x02, 0x02 };
    static const uint8_t ntlm[] = { 0x2b, 0x06, 0x01, 0x04, 0x01, 0x82, 0x37, 0x02, 0x02, 0x0a };
    static const troth_oid krb5_oids[] = { { krb5, sizeof krb5 }, { ms_krb5, sizeof ms_krb5 } };
    static const troth_oid ntlm_oids[] = { { ntlm, sizeof ntlm } };
    bool is_ntlm = id == TROTH_MECH_NTLM;
    troth_flags can = (TROTH_F_EXTENDED_ERROR << 1) - 1;
    can |= TROTH_F_SESSION_KEY | TROTH_F_BOUND;
    if (is_ntlm)
        can &= ~(troth_flags)(TROTH_F_MUTUAL | TROTH_F_DELEGATE | TROTH_F_DCE_STYLE);
    memset(f, 0, sizeof *f);
    f->mech = (troth_mech){ .id = id,
                            .name = is_ntlm ? "ntlm" : "kerberos",
                            .kinds = ~0u,
                            .oids = is_ntlm ? ntlm_oids : krb5_oids,
                            .n_oids = is_ntlm ? 1 : 2,
                            .can = can,
                            .duplex = is_ntlm ? TROTH_DUPLEX_FREE : TROTH_DUPLEX_LOCKED,
                            .cred_acquire = acquire,
                            .cred_release = cred_release,
                            .init = init,
                            .clear = clear,
                            .step = step,
                            .sniff = sniff,
                            .after_mech_list_mic = is_ntlm ? after_mech_list_mic : NULL,
                            .token_size = token_size,
                            .protect = protect,
                            .unprotect = unprotect,
                            .session_key = session_key,
                            .delegated = delegated };
    f->list[0] = &f->mech;
    f->table = (troth_mech_table){ f->list, 1 };
    f->legs = is_ntlm ? 3 : 2;
    f->grant = can;
    f->expiry = f->cred_expiry = UINT64_MAX;
}

troth_cred *fake_cred(fake_mech *f, const troth_env *env, troth_cred_use use, const char *principal)
{
    troth_cred_source src = { .mech = f->mech.name,
                              .kind = principal ? TROTH_CRED_PASSWORD : TROTH_CRED_DEFAULT,
                              .principal = principal,
                              .path = "fake.conf" };
    troth_cred *cred = NULL;
    troth_job *job = NULL;
    assert_int_equal(troth_cred_new(env, &f->table, use, &src, 1, &cred), TROTH_OK);
    assert_int_equal(troth_cred_job(cred, 0, &job), TROTH_OK);
    troth_job_run(job);
    assert_int_equal(troth_job_result(job), TROTH_STEP_DONE);
    troth_job_free(job);
    return cred;
}
