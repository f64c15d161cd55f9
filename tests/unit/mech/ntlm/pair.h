/* pair.h: two ends of an NTLM exchange in memory, for the tests of this directory. */
#ifndef TESTS_NTLM_PAIR_H
#define TESTS_NTLM_PAIR_H
#include <mech/ntlm/impl.h>
#include <mech/ntlm/ntlm.h>
#include <stdlib.h>
#include <string.h>
#include <support/env.h>
#include <support/test.h>

/* MD4 of "Password" in UTF-16 [MS-NLMP 4.2.2.1.2] */
#define PASSWORD_HASH "\xa4\xf4\x9c\x40\x65\x10\xbd\xca\xb6\x82\x4e\xe7\xc3\x0f\xd8\x52"

static const troth_mech *const pair_mechs[] = { &troth_mech_ntlm };
static const troth_mech_table pair_table = { pair_mechs, 1 };

/* The accounts of these tests: User and Üser, whose password is Password. */
static inline troth_status pair_lookup(void *self, const char *user, const char *domain, uint8_t ret[16])
{
    (void)self, (void)domain;
    if (!strcmp(user, "Gone"))
        return TROTH_NO_AUTHORITY;
    if (strcasecmp(user, "User") && strcmp(user, "Üser"))
        return TROTH_DENIED;
    memcpy(ret, PASSWORD_HASH, 16);
    return TROTH_OK;
}

typedef struct pair {
    test_env t;
    troth_status st; /* of making creds and contexts */
    troth_cred *ccred, *scred;
    troth_context *client, *server;
    troth_writer tokens[3]; /* NEGOTIATE, CHALLENGE, AUTHENTICATE */
    troth_step cstep, sstep;
} pair;

/* What an exchange differs by; zeros are the plain case. */
typedef struct pair_options {
    troth_flags crequire, srequire;
    const char *user, *password, *domain, *target, *own_target, *cbind, *sbind;
    uint32_t policy;
    bool anonymous;
    const troth_cred_source *ssource, *csource;
} pair_options;

static inline troth_status pair_cred(pair *p, troth_cred_use use, const troth_cred_source *src, troth_cred **ret)
{
    troth_job *job;
    troth_cred *cred;
    troth_status st = troth_cred_new(&p->t.env, &pair_table, use, src, 1, &cred);
    if (st)
        return st;
    st = troth_cred_job(cred, 1, &job);
    if (!st) {
        troth_job_run(job);
        troth_job_free(job);
        st = troth_cred_ready(cred, NULL);
    }
    if (st)
        troth_cred_unref(cred);
    else
        *ret = cred;
    return st;
}

static inline troth_bytes pair_text(const char *s)
{
    return (troth_bytes){ (const uint8_t *)s, s ? strlen(s) : 0 };
}

/* p->t must be initialised. */
static inline void pair_open(pair *p, const pair_options *o)
{
    const troth_cred_source c = { .mech = "ntlm",
                                  .kind = o->anonymous ? TROTH_CRED_ANONYMOUS : TROTH_CRED_PASSWORD,
                                  .principal = o->user ? o->user : "User",
                                  .domain = o->domain ? o->domain : "Domain",
                                  .host = "COMPUTER",
                                  .secret = pair_text(o->password ? o->password : "Password") };
    const troth_cred_source s = { .mech = "ntlm",
                                  .kind = TROTH_CRED_LOOKUP,
                                  .domain = "Domain",
                                  .host = "SERVER",
                                  .dns_host = "server.example.test",
                                  .lookup = pair_lookup };
    const troth_context_options co = { .role = TROTH_INITIATOR,
                                       .mech = "ntlm",
                                       .require = o->crequire,
                                       .target = o->target,
                                       .bindings = pair_text(o->cbind) };
    const troth_context_options so = { .role = TROTH_ACCEPTOR,
                                       .mech = "ntlm",
                                       .require = o->srequire | (o->crequire & TROTH_F_DATAGRAM),
                                       .target = o->own_target,
                                       .bindings = pair_text(o->sbind),
                                       .policy = o->policy };
    for (size_t i = 0; i < 3; i++)
        p->tokens[i] = troth_writer_growing(&p->t.env, 65535, TROTH_LE);
    p->st = pair_cred(p, TROTH_USE_INITIATE, o->csource ? o->csource : &c, &p->ccred);
    if (!p->st)
        p->st = pair_cred(p, TROTH_USE_ACCEPT, o->ssource ? o->ssource : &s, &p->scred);
    if (!p->st)
        p->st = troth_context_new(p->ccred, &co, &p->client);
    if (!p->st)
        p->st = troth_context_new(p->scred, &so, &p->server);
}

static inline void pair_close(pair *p)
{
    for (size_t i = 0; i < 3; i++)
        troth_writer_clear(&p->tokens[i]);
    troth_context_free(p->client);
    troth_context_free(p->server);
    troth_cred_unref(p->ccred);
    troth_cred_unref(p->scred);
}

static inline troth_bytes pair_token(const pair *p, size_t i)
{
    return (troth_bytes){ p->tokens[i].len ? p->tokens[i].base : NULL, p->tokens[i].len };
}

/* Up to the AUTHENTICATE, which lies in tokens[2] for the taking. */
static inline void pair_half(pair *p)
{
    p->cstep = p->sstep = TROTH_STEP_ERROR;
    if (p->st)
        return;
    p->cstep = troth_context_step(p->client, (troth_bytes){ 0 }, &p->tokens[0]);
    if (p->cstep == TROTH_STEP_MORE)
        p->sstep = troth_context_step(p->server, pair_token(p, 0), &p->tokens[1]);
    if (p->sstep == TROTH_STEP_MORE)
        p->cstep = troth_context_step(p->client, pair_token(p, 1), &p->tokens[2]);
}

/* Give the server an AUTHENTICATE. */
static inline void pair_finish(pair *p, troth_bytes token)
{
    troth_writer none = troth_writer_growing(&p->t.env, 65535, TROTH_LE);
    if (p->cstep == TROTH_STEP_DONE)
        p->sstep = troth_context_step(p->server, token, &none);
    assert_int_equal(none.len, 0);
    troth_writer_clear(&none);
}

static inline void pair_run(pair *p)
{
    pair_half(p);
    pair_finish(p, pair_token(p, 2));
}

/* One message from one end to the other. */
static inline troth_status pair_send(troth_context *from, troth_context *to, troth_form form, uint64_t seq)
{
    uint8_t data[] = "attack at dawn", token[16];
    troth_segment seg = { TROTH_SEG_DATA, data, sizeof data };
    troth_message m = { &seg, 1, token, sizeof token, seq };
    troth_status st = troth_context_protect(from, form, &m, 1, NULL);
    if (!st)
        st = troth_context_unprotect(to, form, &m, 1, NULL);
    if (!st)
        assert_memory_equal(data, "attack at dawn", sizeof data);
    return st;
}
#endif
