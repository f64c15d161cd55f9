/* Two contexts over fake mechanisms, and a wire between them on which a test may tamper. */
#ifndef TESTS_PAIR_H
#define TESTS_PAIR_H
#include <mech/spnego/negotiation.h>
#include <mech/spnego/spnego.h>
#include <string.h>
#include <support/env.h>
#include <support/fake_mech.h>
#include <support/test.h>

enum { PAIR_TOKENS = 12, PAIR_ROOM = 2048 };

typedef struct side {
    fake_mech krb, ntlm;
    const troth_mech *list[3];
    troth_mech_table table;
    const char *sources[2]; /* NULL = one fewer */
    troth_context_options opts;
    troth_cred *cred;
    troth_context *c;
    troth_step last;
} side;

typedef struct pair {
    test_env t;
    side cl, sv;
    uint8_t token[PAIR_TOKENS][PAIR_ROOM]; /* as they went over the wire, from 1 */
    size_t len[PAIR_TOKENS], n;
    void (*tamper)(struct pair *p, unsigned number, uint8_t *token, size_t *len);
} pair;

static inline void side_init(side *s, troth_role role)
{
    fake_mech_init(&s->krb, TROTH_MECH_KERBEROS);
    fake_mech_init(&s->ntlm, TROTH_MECH_NTLM);
    s->list[0] = &troth_mech_spnego, s->list[1] = &s->krb.mech, s->list[2] = &s->ntlm.mech;
    s->table = (troth_mech_table){ s->list, 3 };
    s->sources[0] = "kerberos", s->sources[1] = "ntlm";
    s->opts = (troth_context_options){ .role = role,
                                       .mech = "spnego",
                                       .require = TROTH_F_INTEGRITY | TROTH_F_CONFIDENTIALITY | TROTH_F_SEQUENCE |
                                                  TROTH_F_REPLAY };
}

static inline void pair_init(pair *p)
{
    memset(p, 0, sizeof *p);
    test_env_init(&p->t);
    p->t.seed = 4178;
    test_env_secret(&p->t, "correct horse", 13);
    side_init(&p->cl, TROTH_INITIATOR);
    side_init(&p->sv, TROTH_ACCEPTOR);
}

/* Acquire and construct; a status for tests that starve it of memory. */
static inline troth_status side_open(pair *p, side *s)
{
    troth_cred_source src[2];
    size_t n = 0;
    for (; n < 2 && s->sources[n]; n++)
        src[n] = (troth_cred_source){ .mech = s->sources[n],
                                      .kind = TROTH_CRED_PASSWORD,
                                      .principal = s->opts.role == TROTH_INITIATOR ? "alice" : "svc",
                                      .secret = { (const uint8_t *)"correct horse", 13 } };
    troth_cred_use use = s->opts.role == TROTH_INITIATOR ? TROTH_USE_INITIATE : TROTH_USE_ACCEPT;
    troth_job *job = NULL;
    troth_status st = troth_cred_new(&p->t.env, &s->table, use, src, n, &s->cred);
    if (!st)
        st = troth_cred_job(s->cred, 0, &job);
    if (st)
        return st;
    troth_job_run(job);
    troth_job_free(job);
    st = troth_cred_ready(s->cred, NULL);
    return st ? st : troth_context_new(s->cred, &s->opts, &s->c);
}

static inline void pair_close(pair *p)
{
    troth_context_free(p->cl.c);
    troth_context_free(p->sv.c);
    troth_cred_unref(p->cl.cred);
    troth_cred_unref(p->sv.cred);
    p->cl.c = p->sv.c = NULL;
    p->cl.cred = p->sv.cred = NULL;
    test_env_check(&p->t);
}

/* One leg; the token is kept as number n+1 when there is one. */
static inline bool side_step(pair *p, side *s, troth_bytes in)
{
    troth_writer w = troth_writer_growing(&p->t.env, PAIR_ROOM, TROTH_BE);
    s->last = troth_context_step(s->c, in, &w);
    bool made = w.len != 0;
    assert_true(p->n + 1 < PAIR_TOKENS || !made);
    if (made) {
        p->n++;
        memcpy(p->token[p->n], w.base, w.len);
        p->len[p->n] = w.len;
        if (p->tamper)
            p->tamper(p, (unsigned)p->n, p->token[p->n], &p->len[p->n]);
    }
    troth_writer_clear(&w);
    return made;
}

/* Exchange tokens until one has none to send, or one that is not wanted any more would be delivered. */
static inline void pair_run(pair *p)
{
    side *s = &p->cl, *peer = &p->sv;
    bool made = side_step(p, s, (troth_bytes){ NULL, 0 });
    while (made && troth_context_may_step(peer->c)) {
        side *was = s;
        s = peer, peer = was;
        /* a copy of its own size, so that the sanitizer sees any over-read */
        troth_block copy;
        assert_int_equal(troth_mem_keep(&p->t.env, p->token[p->n], p->len[p->n], &copy), TROTH_OK);
        made = side_step(p, s, (troth_bytes){ copy.data, copy.len });
        troth_mem_drop(&p->t.env, &copy);
    }
}

/* Open both and exchange. */
static inline void pair_go(pair *p)
{
    assert_int_equal(side_open(p, &p->cl), TROTH_OK);
    assert_int_equal(side_open(p, &p->sv), TROTH_OK);
    pair_run(p);
}

static inline void one_message(troth_context *from, troth_context *to, troth_form form)
{
    char text[] = "a message";
    uint8_t token[256];
    troth_segment seg = { TROTH_SEG_DATA, (uint8_t *)text, sizeof text };
    troth_message m = { .segs = &seg, .n_segs = 1, .token = token, .token_len = sizeof token };
    assert_int_equal(troth_context_protect(from, form, &m, 1, NULL), TROTH_OK);
    assert_int_equal(troth_context_unprotect(to, form, &m, 1, NULL), TROTH_OK);
    assert_string_equal(text, "a message");
}

/* Both sides are complete with this mechanism, and their keys agree. */
static inline void pair_works(pair *p, troth_mech_id mech)
{
    assert_int_equal(p->cl.last, TROTH_STEP_DONE);
    assert_int_equal(p->sv.last, TROTH_STEP_DONE);
    troth_facts a = troth_context_facts(p->cl.c), b = troth_context_facts(p->sv.c);
    assert_int_equal(a.mech, mech);
    assert_int_equal(b.mech, mech);
    assert_int_equal(a.outer, TROTH_MECH_SPNEGO);
    assert_string_equal(b.peer.account, "alice");
    one_message(p->cl.c, p->sv.c, TROTH_FORM_SEAL);
    one_message(p->sv.c, p->cl.c, TROTH_FORM_WRAP);
    one_message(p->cl.c, p->sv.c, TROTH_FORM_MIC);
}

/* The server refused with this status, and told the client so. */
static inline void server_refused(pair *p, troth_status why)
{
    troth_neg_resp r;
    assert_int_equal(p->sv.last, TROTH_STEP_ERROR);
    assert_string_equal(troth_status_name(troth_context_error(p->sv.c)->code), troth_status_name(why));
    assert_int_equal(troth_neg_read_resp((troth_bytes){ p->token[p->n], p->len[p->n] }, &r), TROTH_OK);
    assert_int_equal(r.negState, TROTH_NEG_REJECT);
    assert_false(troth_context_complete(p->sv.c));
}

static inline void client_refused(pair *p, troth_status why)
{
    assert_int_equal(p->cl.last, TROTH_STEP_ERROR);
    assert_string_equal(troth_status_name(troth_context_error(p->cl.c)->code), troth_status_name(why));
    assert_false(troth_context_complete(p->cl.c));
}

static inline troth_neg_resp resp_of(pair *p, size_t number)
{
    troth_neg_resp r;
    assert_int_equal(troth_neg_read_resp((troth_bytes){ p->token[number], p->len[number] }, &r), TROTH_OK);
    return r;
}

static inline troth_neg_init init_of(pair *p, size_t number)
{
    troth_neg_init r;
    assert_int_equal(troth_neg_read_init((troth_bytes){ p->token[number], p->len[number] }, &r), TROTH_OK);
    return r;
}

/* Write a changed message over the one on the wire. */
static inline void put_resp(uint8_t *token, size_t *len, const troth_neg_resp *r)
{
    uint8_t made[PAIR_ROOM];
    troth_writer w = troth_writer_over(made, sizeof made, TROTH_BE);
    troth_neg_write_resp(&w, r);
    assert_int_equal(w.st, TROTH_OK);
    memcpy(token, made, *len = w.len);
}

static inline void put_init(uint8_t *token, size_t *len, troth_neg_init *t)
{
    uint8_t made[PAIR_ROOM], list[512];
    troth_writer l = troth_writer_over(list, sizeof list, TROTH_BE);
    troth_neg_write_mech_types(&l, t->mechs, t->n_mechs);
    t->mechTypes = (troth_bytes){ list, l.len };
    troth_writer w = troth_writer_over(made, sizeof made, TROTH_BE);
    troth_neg_write_init(&w, t);
    assert_int_equal(w.st, TROTH_OK);
    memcpy(token, made, *len = w.len);
}
#endif
