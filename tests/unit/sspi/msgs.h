/*
 * msgs.h: two NTLM contexts behind handles, and buffers that end where memory ends, so that one octet too far is a
 * crash. For the tests of messages.
 */
#ifndef TESTS_SSPI_MSGS_H
#define TESTS_SSPI_MSGS_H
#include <sspi/context.h>
#include <sspi/process.h>
#include <support/edge.h>
#include <unit/mech/ntlm/pair.h>

/* ---- two contexts ---- */

typedef struct talk {
    pair p;
    CtxtHandle h[2]; /* client, server */
    edge e[4];
} talk;

enum { SIGN = TROTH_F_INTEGRITY, SEAL = TROTH_F_INTEGRITY | TROTH_F_CONFIDENTIALITY };

/* Put an engine's context behind a handle; it moves. */
static inline troth_sspi_context *talk_wrap(troth_role role, troth_context **engine, CtxtHandle *ret)
{
    troth_sspi_context *c;
    assert_int_equal(troth_sspi_context_new(troth_sspi_package_named("NTLM"), role, &c), TROTH_OK);
    c->engine = *engine;
    *engine = NULL;
    assert_int_equal(troth_sspi_handle_new(&troth_sspi_process_get()->handles, TROTH_SSPI_CONTEXT, &c->head, ret),
                     TROTH_OK);
    return c;
}

static inline void talk_init(talk *t)
{
    memset(t, 0, sizeof *t);
    test_env_init(&t->p.t);
    assert_int_equal(troth_sspi_process_restart(&t->p.t.env), TROTH_OK);
    for (size_t i = 0; i < 4; i++)
        edge_init(&t->e[i]);
}

static inline void talk_open(talk *t, troth_flags level)
{
    talk_init(t);
    pair_open(&t->p, &(pair_options){ .crequire = level, .srequire = level });
    pair_run(&t->p);
    assert_int_equal(t->p.cstep, TROTH_STEP_DONE);
    assert_int_equal(t->p.sstep, TROTH_STEP_DONE);
    troth_sspi_context_opened(talk_wrap(TROTH_INITIATOR, &t->p.client, &t->h[0]));
    troth_sspi_context_opened(talk_wrap(TROTH_ACCEPTOR, &t->p.server, &t->h[1]));
}

static inline troth_context *talk_engine(const CtxtHandle *h)
{
    troth_sspi_context *c;
    assert_int_equal(troth_sspi_context_find(h, &c), SEC_E_OK);
    troth_context *e = c->engine;
    troth_sspi_context_release(c);
    return e;
}

static inline void talk_close(talk *t)
{
    for (size_t i = 0; i < 4; i++)
        edge_clear(&t->e[i]);
    pair_close(&t->p);
    assert_int_equal(troth_sspi_process_restart(troth_env_posix()), TROTH_OK);
    test_env_check(&t->p.t);
}

/* ---- messages ---- */

static inline SecBuffer buf(uint32_t type, void *p, size_t n)
{
    return (SecBuffer){ (ULONG)n, type, p };
}

#define LIST(b) (&(SecBufferDesc){ SECBUFFER_VERSION, sizeof(b) / sizeof *(b), (b) })

/* The plain list: a token of 16 octets in e[0], n octets of text in e[1]. */
static inline void plain_list(talk *t, size_t n, SecBuffer b[2])
{
    b[0] = buf(SECBUFFER_TOKEN, edge_last(&t->e[0], 16), 16);
    b[1] = buf(SECBUFFER_DATA, edge_last(&t->e[1], n), n);
    memset(b[1].pvBuffer, 't', n);
}

/* One message that must pass, either way: the proof that what was refused before has broken nothing. */
static inline void talk_goes_on(talk *t)
{
    for (int way = 0; way < 2; way++) {
        SecBuffer b[2];
        ULONG qop = 7;
        plain_list(t, 50, b);
        assert_int_equal(MakeSignature(&t->h[way], 0, LIST(b), 0), SEC_E_OK);
        assert_int_equal(VerifySignature(&t->h[!way], LIST(b), 0, &qop), SEC_E_OK);
        assert_int_equal(qop, 7);
    }
}

#endif
