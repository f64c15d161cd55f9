/* Kerberos contexts that go on in another process, and what a failure is called. Each encryption type is a realm's. */
#include <sspi/context.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <support/carry.h>
#include <support/lab.h>
#include <support/sspi.h>
#include <support/vectors.h>

enum { SEAL = ISC_REQ_CONFIDENTIALITY | ISC_REQ_REPLAY_DETECT | ISC_REQ_SEQUENCE_DETECT };

static char *config(void)
{
    static char text[512];
    snprintf(text, sizeof text, "[kerberos]\nkeytab = %s\nccache = FILE:%s\n", lab_file("service.keytab"),
             lab_file("alice.ccache"));
    return text;
}

/* Whether messages are protected by our code: with what MIT's library protects, nothing can be exported. */
static bool ours(void)
{
    const char *e = getenv("TROTH_LAB_ENCTYPE");
    return !e || strncmp(e, "aes", 3) == 0;
}

static void start(sspi_rig *r, carry *k, const char *package)
{
    sspi_rig_init(r, config());
    carry_init(k);
    r->target = "svc/localhost";
    assert_int_equal(sspi_acquire(package, SECPKG_CRED_OUTBOUND, NULL, &r->client), SEC_E_OK);
    assert_int_equal(sspi_acquire(package, SECPKG_CRED_INBOUND, NULL, &r->server), SEC_E_OK);
}

static void end(sspi_rig *r, carry *k)
{
    sspi_rig_clear(r);
    carry_clear(k);
}

static void mid_stream(const char *package, ULONG isc, ULONG asc)
{
    static uint8_t key[32];
    sspi_rig r;
    carry k;
    carried m[2], other[2];
    SecPkgContext_SessionKey session;
    SecPkgContext_NamesA names;
    start(&r, &k, package);
    assert_true(sspi_shake(&r, isc, asc));
    assert_int_equal(QueryContextAttributesA(&r.c, SECPKG_ATTR_SESSION_KEY, &session), SEC_E_OK);
    memcpy(key, session.SessionKey, session.SessionKeyLength);
    assert_int_equal(FreeContextBuffer(session.SessionKey), SEC_E_OK);
    test_env_secret(&r.t, key, session.SessionKeyLength);
    for (int i = 0; i < 3; i++)
        carry_talk(&r.c, &r.s, m);
    if (!ours()) {
        SecBuffer b;
        SecPkgContext_TrothError e;
        assert_int_equal(carry_export(&r.c, SECPKG_CONTEXT_EXPORT_DELETE_OLD, &b), SEC_E_UNSUPPORTED_FUNCTION);
        assert_int_equal(QueryContextAttributesA(&r.c, SECPKG_ATTR_TROTH_ERROR, &e), SEC_E_OK);
        assert_string_equal(e.Where, "export: the mechanism");
        carry_talk(&r.c, &r.s, m);
        end(&r, &k);
        return;
    }
    for (int side = 0; side < 2; side++) {
        carry_over(package, side ? &r.s : &r.c);
        assert_int_equal(carry_open(&r.s, &m[0]), SEC_E_OUT_OF_SEQUENCE); /* seen before, by either */
        assert_int_equal(carry_open(&r.c, &m[1]), SEC_E_OUT_OF_SEQUENCE);
        carry_talk(&r.c, &r.s, other);
        carry_talk(&r.c, &r.s, m);
        assert_int_equal(carry_open(&r.s, &other[0]), SEC_E_OUT_OF_SEQUENCE);
    }
    assert_int_equal(QueryContextAttributesA(&r.s, SECPKG_ATTR_NAMES, &names), SEC_E_OK);
    assert_non_null(strstr(names.sUserName, "alice@"));
    assert_int_equal(FreeContextBuffer(names.sUserName), SEC_E_OK);
    end(&r, &k);
}

static void kerberos(void **state)
{
    (void)state;
    mid_stream("Kerberos", SEAL, 0);
    mid_stream("Kerberos", SEAL | ISC_REQ_MUTUAL_AUTH, 0);
}

static void dce_style(void **state)
{
    (void)state;
    mid_stream("Kerberos", SEAL | ISC_REQ_USE_DCE_STYLE, ASC_REQ_USE_DCE_STYLE);
}

static void negotiate(void **state)
{
    (void)state;
    mid_stream("Negotiate", SEAL | ISC_REQ_MUTUAL_AUTH, 0);
}

/* With replay detection alone a window is what remembers: lost messages may come late, but once. */
static void window(void **state)
{
    sspi_rig r;
    carry k;
    carried m[6];
    (void)state;
    if (!ours()) /* nothing to carry: see mid_stream */
        return;
    start(&r, &k, "Kerberos");
    assert_true(sspi_shake(&r, ISC_REQ_CONFIDENTIALITY | ISC_REQ_REPLAY_DETECT, 0));
    for (int i = 0; i < 6; i++)
        assert_int_equal(carry_seal(&r.c, 0, &m[i]), SEC_E_OK);
    assert_int_equal(carry_open(&r.s, &m[3]), SEC_E_OK);
    assert_int_equal(carry_open(&r.s, &m[1]), SEC_E_OK);
    carry_over("Kerberos", &r.s);
    assert_int_equal(carry_open(&r.s, &m[3]), SEC_E_OUT_OF_SEQUENCE);
    assert_int_equal(carry_open(&r.s, &m[1]), SEC_E_OUT_OF_SEQUENCE);
    assert_int_equal(carry_open(&r.s, &m[5]), SEC_E_OK);
    assert_int_equal(carry_open(&r.s, &m[0]), SEC_E_OK);
    assert_int_equal(carry_open(&r.s, &m[0]), SEC_E_OUT_OF_SEQUENCE);
    end(&r, &k);
}

/* A blob ends with its context, which ends with its ticket. */
static void ends_with_the_context(void **state)
{
    sspi_rig r;
    carry k;
    SecBuffer b;
    CtxtHandle h;
    (void)state;
    if (!ours()) /* nothing to carry: see mid_stream */
        return;
    start(&r, &k, "Kerberos");
    assert_true(sspi_shake(&r, SEAL, 0));
    assert_int_equal(carry_export(&r.c, 0, &b), SEC_E_OK);
    r.t.wall = (uint64_t)(r.c_expiry.QuadPart - 116444736000000000);
    assert_int_equal(carry_import("Kerberos", &b, &h), SEC_E_CONTEXT_EXPIRED);
    assert_int_equal(FreeContextBuffer(b.pvBuffer), SEC_E_OK);
    assert_int_equal(carry_export(&r.c, 0, &b), SEC_E_CONTEXT_EXPIRED);
    r.t.wall = 0;
    end(&r, &k);
}

/* GSS-API's own words, for Kerberos alone and inside a negotiation. */
static void words(void **state)
{
    (void)state;
    static const char *const packages[] = { "Kerberos", "Negotiate" };
    for (size_t i = 0; i < 2; i++) {
        sspi_rig r;
        carry k;
        SecPkgContext_TrothError e;
        start(&r, &k, packages[i]);
        assert_int_equal(sspi_client_leg(&r, ISC_REQ_MUTUAL_AUTH), SEC_I_CONTINUE_NEEDED);
        assert_int_equal(sspi_server_leg(&r, 0), SEC_E_OK);
        assert_int_equal(QueryContextAttributesA(&r.s, SECPKG_ATTR_TROTH_ERROR, &e), SEC_E_OK);
        assert_string_equal(e.GssText, "");  /* nothing has failed */
        r.to_client[r.n_to_client - 3] ^= 1; /* the end of the AP-REP, or of what is around it */
        if (sspi_client_leg(&r, ISC_REQ_MUTUAL_AUTH) >= 0)
            fail();
        assert_int_equal(QueryContextAttributesA(&r.c, SECPKG_ATTR_TROTH_ERROR, &e), SEC_E_OK);
        assert_int_equal(e.Status, r.c_status);
        assert_int_not_equal(e.GssMajor, 0);
        assert_int_not_equal(e.GssMinor, 0);
        assert_non_null(strstr(e.GssText, "Decrypt integrity check failed"));
        end(&r, &k);
    }
}

/* What the engine writes down, by prefixes and with flipped bits: made or refused, never a leak or an overrun. */
static void mutated(const uint8_t *at, size_t n, void *arg)
{
    const sspi_rig *r = arg;
    troth_context *made = NULL;
    if (troth_context_import(&r->t.env, troth_mechs_default(), (troth_bytes){ at, n }, &made))
        assert_null(made);
    troth_context_free(made);
}

static void edited_state(void **state)
{
    sspi_rig r;
    carry k;
    troth_sspi_context *c;
    troth_block text;
    carried m[2];
    (void)state;
    if (!ours())
        return;
    start(&r, &k, "Kerberos");
    assert_true(sspi_shake(&r, SEAL | ISC_REQ_MUTUAL_AUTH, 0));
    carry_talk(&r.c, &r.s, m);
    assert_int_equal(troth_sspi_context_find(&r.s, &c), SEC_E_OK);
    assert_int_equal(troth_context_export(c->engine, &text), TROTH_OK);
    troth_sspi_context_release(c);
    troth_context *again; /* nothing is lost: what it becomes is written down alike */
    troth_block same;
    assert_int_equal(
        troth_context_import(&r.t.env, troth_mechs_default(), (troth_bytes){ text.data, text.len }, &again), TROTH_OK);
    assert_int_equal(troth_context_export(again, &same), TROTH_OK);
    assert_int_equal(same.len, text.len);
    assert_memory_equal(same.data, text.data, text.len);
    troth_mem_drop(&r.t.env, &same);
    troth_context_free(again);
    for (size_t n = 0; n < text.len; n++) {
        troth_context *made;
        assert_int_not_equal(
            troth_context_import(&r.t.env, troth_mechs_default(), (troth_bytes){ text.data, n }, &made), TROTH_OK);
    }
    vectors_mutate(text.data, text.len, mutated, &r);
    troth_mem_drop(&r.t.env, &text);
    end(&r, &k);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(kerberos),
                                        cmocka_unit_test(dce_style),
                                        cmocka_unit_test(negotiate),
                                        cmocka_unit_test(window),
                                        cmocka_unit_test(ends_with_the_context),
                                        cmocka_unit_test(words),
                                        cmocka_unit_test(edited_state) };
    return cmocka_run_group_tests_name("krb/sspi_export", tests, NULL, NULL);
}
