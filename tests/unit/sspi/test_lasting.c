/*
 * What contexts of NTLM are good for once they stand, alone and inside Negotiate: order, levels, what a caller must look
 * at himself, what is left of secrets, datagrams. Numbers are those of docs/wire/sspi-abuse.md.
 */
#include <string.h>
#include <support/hex.h>
#include <support/sspi.h>

enum { R = 4, Q = 8, P = 0x10, TEXT = 24, TOKEN = 16 };

static const char *const packages[] = { "NTLM", "Negotiate" };
static const char text[TEXT + 1] = "a text of 24 octets here";

typedef struct talk {
    sspi_rig r;
    edge e[2];
} talk;

typedef struct wire {
    uint8_t token[TOKEN], text[TEXT];
    bool sealed;
} wire;

static void start(talk *t, const char *package)
{
    memset(t, 0, sizeof *t);
    sspi_rig_init(&t->r, "[negotiate]\nntlm = yes\n");
    sspi_rig_acquire(&t->r, package);
    for (size_t i = 0; i < 2; i++)
        edge_init(&t->e[i]);
}

static void end(talk *t)
{
    sspi_rig_clear(&t->r);
    for (size_t i = 0; i < 2; i++)
        edge_clear(&t->e[i]);
}

static SECURITY_STATUS make(talk *t, CtxtHandle *from, bool seal, ULONG number, wire *ret)
{
    SecBuffer b[2] = { { TOKEN, SECBUFFER_TOKEN, edge_last(&t->e[0], TOKEN) },
                       { TEXT, SECBUFFER_DATA, edge_copy(&t->e[1], text, TEXT) } };
    SecBufferDesc list = { SECBUFFER_VERSION, 2, b };
    SECURITY_STATUS st = seal ? EncryptMessage(from, 0, &list, number) : MakeSignature(from, 0, &list, number);
    if (st)
        return st;
    memcpy(ret->token, b[0].pvBuffer, TOKEN);
    memcpy(ret->text, b[1].pvBuffer, TEXT);
    ret->sealed = seal;
    return SEC_E_OK;
}

static SECURITY_STATUS take(talk *t, CtxtHandle *to, ULONG number, const wire *w)
{
    SecBuffer b[2] = { { TOKEN, SECBUFFER_TOKEN, edge_copy(&t->e[0], w->token, TOKEN) },
                       { TEXT, SECBUFFER_DATA, edge_copy(&t->e[1], w->text, TEXT) } };
    SecBufferDesc list = { SECBUFFER_VERSION, 2, b };
    SECURITY_STATUS st = w->sealed ? DecryptMessage(to, &list, number, NULL) : VerifySignature(to, &list, number, NULL);
    if (w->sealed)
        assert_int_equal(memcmp(b[1].pvBuffer, text, TEXT) == 0, !st);
    return st;
}

/* ---- 13, 14, 16: order, and which way [CR-6, CR-7] ---- */

static void order(void **state)
{
    (void)state;
    const ULONG asked[] = { R | P, Q | P };
    for (size_t p = 0; p < 4; p++)
        for (int seal = 0; seal < 2; seal++) {
            talk t;
            wire m[3];
            start(&t, packages[p % 2]);
            assert_true(sspi_shake(&t.r, asked[p / 2], 0));
            CtxtHandle *c = &t.r.c, *s = &t.r.s;
            for (size_t i = 0; i < 3; i++)
                assert_int_equal(make(&t, c, seal, 0, &m[i]), SEC_E_OK);
            assert_int_equal(take(&t, c, 0, &m[0]), SEC_E_MESSAGE_ALTERED); /* back to its sender */
            assert_int_equal(take(&t, s, 0, &m[1]), SEC_E_OUT_OF_SEQUENCE); /* a gap */
            assert_int_equal(take(&t, s, 0, &m[0]), SEC_E_OK);
            assert_int_equal(take(&t, s, 0, &m[0]), SEC_E_OUT_OF_SEQUENCE); /* again */
            assert_int_equal(take(&t, s, 0, &m[2]), SEC_E_OUT_OF_SEQUENCE); /* swapped */
            assert_int_equal(take(&t, s, 0, &m[1]), SEC_E_OK);
            assert_int_equal(take(&t, s, 0, &m[2]), SEC_E_OK);
            for (size_t i = 0; i < 3; i++)
                assert_int_equal(take(&t, s, 0, &m[i]), SEC_E_OUT_OF_SEQUENCE);
            assert_int_equal(make(&t, s, seal, 0, &m[0]), SEC_E_OK);
            assert_int_equal(take(&t, c, 0, &m[0]), SEC_E_OK);
            end(&t);
        }
}

/* Integrity, and no more: signatures are made and verified, nothing is encrypted. [CR-8, CR-16] */
static void signing(void **state)
{
    (void)state;
    for (size_t p = 0; p < 2; p++) {
        talk t;
        wire m;
        start(&t, packages[p]);
        assert_true(sspi_shake(&t.r, ISC_REQ_INTEGRITY, 0));
        assert_false(t.r.c_ret & ISC_RET_CONFIDENTIALITY || t.r.s_ret & ASC_RET_CONFIDENTIALITY);
        for (int way = 0; way < 2; way++) {
            CtxtHandle *from = way ? &t.r.s : &t.r.c, *to = way ? &t.r.c : &t.r.s;
            assert_int_equal(make(&t, from, true, 0, &m), SEC_E_QOP_NOT_SUPPORTED);
            assert_int_equal(make(&t, from, false, 0, &m), SEC_E_OK);
            m.text[5] ^= 2;
            assert_int_equal(take(&t, to, 0, &m), SEC_E_MESSAGE_ALTERED);
            m.text[5] ^= 2;
            assert_int_equal(take(&t, to, 0, &m), SEC_E_OK);
        }
        end(&t);
    }
}

/* ---- 22: what was asked for is not what one has ---- */

static void required_and_returned(void **state)
{
    (void)state;
    enum { ASKED = ISC_REQ_MUTUAL_AUTH | ISC_REQ_DELEGATE | P | ISC_REQ_INTEGRITY };
    for (size_t p = 0; p < 2; p++) {
        talk t;
        SecPkgContext_Flags flags;
        start(&t, packages[p]);
        assert_true(sspi_shake(&t.r, ASKED, 0)); /* the caller decides: no failure [CR-3] */
        assert_int_equal(t.r.c_ret & ASKED, P | ISC_RET_INTEGRITY);
        assert_int_equal(QueryContextAttributesA(&t.r.c, SECPKG_ATTR_FLAGS, &flags), SEC_E_OK);
        assert_int_equal(flags.Flags, t.r.c_ret);
        end(&t);
    }
    talk t;
    start(&t, "NTLM");
    assert_true(sspi_shake(&t.r, ASKED | ISC_REQ_NULL_SESSION, ASC_REQ_ALLOW_NULL_SESSION));
    assert_int_equal(t.r.c_ret & ASKED, 0);
    end(&t);
}

/* ---- 26: memory that is not ours, or no more ---- */

static void foreign_blocks(void **state)
{
    (void)state;
    talk t;
    SecPkgContext_NamesA names;
    uint64_t mine[8] = { 0 };
    start(&t, "NTLM");
    assert_true(sspi_shake(&t.r, P, 0));
    assert_int_equal(QueryContextAttributesA(&t.r.s, SECPKG_ATTR_NAMES, &names), SEC_E_OK);
    assert_int_equal(FreeContextBuffer(NULL), SEC_E_INVALID_HANDLE);
    assert_int_equal(FreeContextBuffer(mine), SEC_E_INVALID_HANDLE);
    assert_int_equal(FreeContextBuffer(mine + 1), SEC_E_INVALID_HANDLE);
    assert_int_equal(FreeContextBuffer((void *)(uintptr_t)-1), SEC_E_INVALID_HANDLE);
    assert_int_equal(FreeContextBuffer(names.sUserName + 1), SEC_E_INVALID_HANDLE); /* inside of one */
    assert_int_equal(FreeContextBuffer(&t.r.c), SEC_E_INVALID_HANDLE);
    assert_string_equal(names.sUserName, "DOM\\User");
    assert_int_equal(FreeContextBuffer(names.sUserName), SEC_E_OK);
    assert_int_equal(FreeContextBuffer(names.sUserName), SEC_E_INVALID_HANDLE); /* and again */
    end(&t);
}

/* ---- 32: what is left in memory; the rig looks for the password in both its forms ---- */

static void nothing_left(void **state)
{
    (void)state;
    static uint8_t hash[16], key[2][16];
    unhex("a4f49c406510bdcab6824ee7c30fd852", hash, sizeof hash); /* [MS-NLMP 4.2.2.1.2] */
    for (size_t p = 0; p < 2; p++) {
        talk t;
        wire m;
        SecPkgContext_SessionKey k;
        memset(&t, 0, sizeof t);
        start(&t, packages[p]);
        test_env_secret(&t.r.t, hash, sizeof hash);
        assert_true(sspi_shake(&t.r, P, 0));
        assert_int_equal(QueryContextAttributesA(&t.r.c, SECPKG_ATTR_SESSION_KEY, &k), SEC_E_OK);
        assert_int_equal(k.SessionKeyLength, 16);
        memcpy(key[p], k.SessionKey, 16);
        test_env_secret(&t.r.t, key[p], 16);
        assert_int_equal(FreeContextBuffer(k.SessionKey), SEC_E_OK);
        /* the credential goes first: its contexts stay good */
        assert_int_equal(FreeCredentialsHandle(&t.r.client), SEC_E_OK);
        assert_int_equal(FreeCredentialsHandle(&t.r.server), SEC_E_OK);
        assert_int_equal(atomic_load(&t.r.t.leaks), 0);
        t.r.client = t.r.server = (CredHandle){ 0, 0 };
        assert_int_equal(make(&t, &t.r.c, true, 0, &m), SEC_E_OK);
        assert_int_equal(take(&t, &t.r.s, 0, &m), SEC_E_OK);
        end(&t);
    }
}

/* ---- 33: datagrams ---- */

enum { DATAGRAM = ISC_REQ_DATAGRAM | P | ISC_REQ_INTEGRITY };
_Static_assert((int)ISC_REQ_DATAGRAM == (int)ASC_REQ_DATAGRAM, "the same on both sides");

/* A context of datagrams; its first message is made before there is any token, and may be lost. */
static void establish(talk *t, wire *ret_first)
{
    sspi_rig *r = &t->r;
    r->n_to_server = 0;
    assert_int_equal(sspi_client_leg(r, DATAGRAM), SEC_I_CONTINUE_NEEDED);
    assert_int_equal(r->n_to_server, 0);
    assert_int_equal(make(t, &r->c, true, 7, ret_first), SEC_E_OK);
    assert_int_equal(sspi_server_leg(r, ASC_REQ_DATAGRAM), SEC_I_CONTINUE_NEEDED);
    assert_int_equal(sspi_client_leg(r, DATAGRAM), SEC_E_OK);
    assert_int_equal(sspi_server_leg(r, ASC_REQ_DATAGRAM), SEC_E_OK);
}

static void datagrams(void **state)
{
    (void)state;
    talk t;
    wire first, second, again, other;
    start(&t, "NTLM");
    sspi_rig *r = &t.r;
    establish(&t, &first);
    assert_int_equal(make(&t, &r->c, true, 8, &second), SEC_E_OK);
    assert_int_equal(take(&t, &r->s, 8, &second), SEC_E_OK);              /* the first is late, or was lost */
    assert_int_equal(take(&t, &r->s, 9, &second), SEC_E_OUT_OF_SEQUENCE); /* not the number it says */
    assert_int_equal(take(&t, &r->s, 7, &first), SEC_E_OK);
    sspi_rig_reset(r);
    /* once more, with the same credentials: what was sealed with the old keys is nothing now, whatever its number */
    establish(&t, &again);
    assert_memory_not_equal(again.text, first.text, TEXT);
    for (ULONG number = 0; number < 12; number++) {
        SECURITY_STATUS st = take(&t, &r->s, number, &first);
        assert_true(st == SEC_E_MESSAGE_ALTERED || st == SEC_E_OUT_OF_SEQUENCE);
        assert_int_not_equal(take(&t, &r->s, number, &second), SEC_E_OK);
    }
    assert_int_equal(take(&t, &r->s, 7, &first), SEC_E_MESSAGE_ALTERED);
    assert_int_equal(take(&t, &r->s, 7, &again), SEC_E_OK);
    assert_int_equal(make(&t, &r->s, true, 1, &other), SEC_E_OK);
    assert_int_equal(take(&t, &r->c, 1, &other), SEC_E_OK);
    /* and the old tokens do not bring the old keys back */
    uint8_t old[4096];
    ULONG n = r->n_to_server;
    assert_true(n && n <= sizeof old);
    memcpy(old, r->to_server, n);
    sspi_rig_reset(r);
    r->n_to_server = 0;
    assert_int_equal(sspi_server_leg(r, ASC_REQ_DATAGRAM), SEC_I_CONTINUE_NEEDED);
    memcpy(r->to_server, old, n);
    r->n_to_server = n;
    assert_int_equal(sspi_server_leg(r, ASC_REQ_DATAGRAM), SEC_E_LOGON_DENIED);
    end(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(order),          cmocka_unit_test(signing),      cmocka_unit_test(required_and_returned),
        cmocka_unit_test(foreign_blocks), cmocka_unit_test(nothing_left), cmocka_unit_test(datagrams),
    };
    return cmocka_run_group_tests_name("sspi/lasting", tests, NULL, NULL);
}
