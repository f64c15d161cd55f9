/* Keying material for what runs over a stream, and the authorities that a server names. */
#include <mech/tls/inner.h>
#include <sspi/context.h>
#include <unit/sspi/schan.h>

typedef struct keys {
    DWORD n;
    uint8_t octets[TROTH_KEYING_MAX];
} keys;

static SECURITY_STATUS set(schan *s, int side, const char *label, size_t n_label, const char *value, size_t n_value,
                           DWORD n)
{
    char *at = (char *)schan_copy(label, n_label);
    uint8_t *context = value ? schan_copy(value, n_value) : NULL;
    SecPkgContext_KeyingMaterialInfo i = { (WORD)n_label, at, (WORD)n_value, context, n };
    SECURITY_STATUS st = SetContextAttributesA(&s->h[side], SECPKG_ATTR_KEYING_MATERIAL_INFO, &i, sizeof i);
    free(at); /* nothing of it is needed any more */
    free(context);
    return st;
}

static SECURITY_STATUS get(schan *s, int side, keys *ret)
{
    SecPkgContext_KeyingMaterial k = { 0 };
    SECURITY_STATUS st = QueryContextAttributesA(&s->h[side], SECPKG_ATTR_KEYING_MATERIAL, &k);
    if (st) {
        assert_null(k.pbKeyingMaterial);
        return st;
    }
    ret->n = k.cbKeyingMaterial;
    memcpy(ret->octets, k.pbKeyingMaterial, k.cbKeyingMaterial);
    assert_int_equal(FreeContextBuffer(k.pbKeyingMaterial), SEC_E_OK);
    return SEC_E_OK;
}

/* Both sides have the same for the same label, context value and length, and for no other. */
static void same_on_both_sides(void **state)
{
    (void)state;
    static const struct {
        const char *label, *value;
        DWORD n;
    } uses[] = { { "EXPERIMENTAL one", NULL, 32 },
                 { "EXPERIMENTAL two", NULL, 32 },
                 { "EXPERIMENTAL one", "value", 32 },
                 { "EXPERIMENTAL one", "valuf", 32 },
                 { "EXPERIMENTAL one", NULL, 33 },
                 { "E", NULL, TROTH_KEYING_MAX },
                 { "E", NULL, 1 } };
    enum { USES = sizeof uses / sizeof *uses };
    static keys k[2][USES];
    for (int v = 0; v < 2; v++) {
        schan s;
        schan_open(&s, v ? SP_PROT_TLS1_3_CLIENT : SP_PROT_TLS1_2_CLIENT);
        for (size_t i = 0; i < USES; i++) {
            const char *value = uses[i].value;
            for (int side = 0; side < 2; side++) {
                assert_int_equal(
                    set(&s, side, uses[i].label, strlen(uses[i].label) + 1, value, value ? 5 : 0, uses[i].n), SEC_E_OK);
                assert_int_equal(get(&s, side, &k[side][i]), SEC_E_OK);
                schan_say(&s, side, "on");
            }
            assert_int_equal(k[0][i].n, uses[i].n);
            assert_memory_equal(k[0][i].octets, k[1][i].octets, uses[i].n);
            for (size_t other = 0; other < i && uses[i].n >= 32 && uses[other].n >= 32; other++)
                assert_int_equal(!memcmp(k[0][i].octets, k[0][other].octets, 32), v == 0 && i == 4 && other == 0);
        }
        schan_clear(&s);
    }
}

/* The same connection's, by OpenSSL's own interface. [RFC 5705 4: no context value is not an empty one] */
static void as_openssl_has_it(void **state)
{
    (void)state;
    for (int v = 0; v < 2; v++) {
        schan s;
        troth_sspi_context *c;
        keys k;
        uint8_t want[48], empty[48];
        schan_open(&s, v ? SP_PROT_TLS1_3_CLIENT : SP_PROT_TLS1_2_CLIENT);
        assert_int_equal(set(&s, 1, "EXPORTER-tests", 15, NULL, 0, 48), SEC_E_OK);
        assert_int_equal(get(&s, 1, &k), SEC_E_OK);
        assert_int_equal(troth_sspi_context_find(&s.h[0], &c), SEC_E_OK);
        SSL *ssl = ((troth_tls *)c->engine->impl)->ssl;
        assert_int_equal(SSL_export_keying_material(ssl, want, 48, "EXPORTER-tests", 14, NULL, 0, 0), 1);
        assert_int_equal(SSL_export_keying_material(ssl, empty, 48, "EXPORTER-tests", 14, empty, 0, 1), 1);
        troth_sspi_context_release(c);
        assert_memory_equal(k.octets, want, 48);
        assert_int_equal(memcmp(k.octets, empty, 48) == 0, v); /* 1.3 does not tell the two apart [RFC 8446 7.5] */
        schan_clear(&s);
    }
}

/* What is no wish, and what cannot be met; the wish before stays. */
static void refused(void **state)
{
    (void)state;
    schan s;
    keys k;
    schan_open(&s, SP_PROT_TLS1_2_CLIENT);
    assert_int_equal(get(&s, 0, &k), SEC_E_INVALID_PARAMETER); /* nobody has said what for */
    assert_int_equal(set(&s, 0, "good", 5, NULL, 0, 20), SEC_E_OK);
    assert_int_equal(set(&s, 0, "label", 5, NULL, 0, 32), SEC_E_INVALID_PARAMETER); /* without its NUL */
    assert_int_equal(set(&s, 0, "la\0el", 6, NULL, 0, 32), SEC_E_INVALID_PARAMETER);
    assert_int_equal(set(&s, 0, "", 1, NULL, 0, 32), SEC_E_INVALID_PARAMETER);
    assert_int_equal(set(&s, 0, "", 0, NULL, 0, 32), SEC_E_INVALID_PARAMETER);
    assert_int_equal(set(&s, 0, "label", 6, "x", 0, 32), SEC_E_INVALID_PARAMETER);
    assert_int_equal(set(&s, 0, "label", 6, NULL, 4, 32), SEC_E_INVALID_PARAMETER);
    assert_int_equal(set(&s, 0, "label", 6, NULL, 0, 0), SEC_E_INVALID_PARAMETER);
    assert_int_equal(set(&s, 0, "label", 6, NULL, 0, TROTH_KEYING_MAX + 1), SEC_E_INVALID_PARAMETER);
    SecPkgContext_KeyingMaterialInfo i = { 6, NULL, 0, NULL, 32 };
    assert_int_equal(SetContextAttributesA(&s.h[0], SECPKG_ATTR_KEYING_MATERIAL_INFO, &i, sizeof i),
                     SEC_E_INVALID_PARAMETER);
    assert_int_equal(SetContextAttributesA(&s.h[0], SECPKG_ATTR_KEYING_MATERIAL_INFO, NULL, sizeof i),
                     SEC_E_INVALID_PARAMETER);
    assert_int_equal(SetContextAttributesA(&s.h[0], SECPKG_ATTR_KEYING_MATERIAL_INFO, &i, sizeof i - 1),
                     SEC_E_INVALID_PARAMETER);
    assert_int_equal(SetContextAttributesA(&s.h[0], SECPKG_ATTR_KEYING_MATERIAL, &i, sizeof i),
                     SEC_E_UNSUPPORTED_FUNCTION);
    assert_int_equal(get(&s, 0, &k), SEC_E_OK);
    assert_int_equal(k.n, 20);
    static const char *const tls[] = { "client finished", "server finished", "master secret", "key expansion" };
    for (size_t n = 0; n < sizeof tls / sizeof *tls; n++) { /* labels of TLS's own PRF [RFC 5705 4] */
        assert_int_equal(set(&s, 0, tls[n], strlen(tls[n]) + 1, NULL, 0, 32), SEC_E_OK);
        assert_int_equal(get(&s, 0, &k), SEC_E_INVALID_PARAMETER);
    }
    schan_say(&s, 0, "on");
    schan_clear(&s);
}

/* Windows' programs say what for before the end of the handshake; there is nothing to be had before it. */
static void early(void **state)
{
    (void)state;
    schan s;
    static keys a, b;
    schan_usual(&s, 0);
    schan_acquire(&s);
    assert_int_equal(schan_call(&s, 0, SCHAN_ROOM), SEC_I_CONTINUE_NEEDED);
    assert_int_equal(set(&s, 0, "early", 6, NULL, 0, 64), SEC_E_OK);
    assert_int_equal(get(&s, 0, &a), SEC_E_INVALID_HANDLE);
    assert_true(schan_shake(&s));
    assert_int_equal(set(&s, 1, "early", 6, NULL, 0, 64), SEC_E_OK);
    assert_int_equal(get(&s, 0, &a), SEC_E_OK);
    assert_int_equal(get(&s, 1, &b), SEC_E_OK);
    assert_memory_equal(a.octets, b.octets, 64);
    schan_clear(&s);
}

/* Nothing of it is left in memory that was released, and the n-th allocation may fail. */
static void secret(void **state)
{
    (void)state;
    schan s;
    static keys k, again;
    schan_open(&s, 0);
    assert_int_equal(set(&s, 0, "a secret", 9, NULL, 0, 64), SEC_E_OK);
    assert_int_equal(get(&s, 0, &k), SEC_E_OK);
    test_env_secret(&s.w.t, k.octets, 64);
    size_t n = 1;
    for (SECURITY_STATUS st = SEC_E_INSUFFICIENT_MEMORY; st; n++) {
        s.w.t.fail_at = s.w.t.allocs + n;
        st = set(&s, 0, "a secret", 9, NULL, 0, 64);
        if (!st)
            st = get(&s, 0, &again);
        s.w.t.fail_at = 0;
        assert_true(!st || st == SEC_E_INSUFFICIENT_MEMORY);
    }
    assert_true(n > 2);
    assert_memory_equal(again.octets, k.octets, 64);
    schan_clear(&s);
}

/* ---- ISSUER_LIST_EX ---- */

static void issuers(void **state)
{
    (void)state;
    for (int v = 0; v < 4; v++) {
        schan s;
        bool asks = v & 2;
        SecPkgContext_IssuerListInfoEx l = { (PCERT_NAME_BLOB)&s, 77 };
        schan_usual(&s, v & 1 ? SP_PROT_TLS1_3_CLIENT : SP_PROT_TLS1_2_CLIENT);
        s.req[1] = asks ? ASC_REQ_MUTUAL_AUTH : 0;
        schan_acquire(&s);
        assert_true(schan_shake(&s));
        assert_int_equal(QueryContextAttributesA(&s.h[1], SECPKG_ATTR_ISSUER_LIST_EX, &l), SEC_E_UNSUPPORTED_FUNCTION);
        assert_int_equal(l.cIssuers, 77);
        assert_int_equal(QueryContextAttributesA(&s.h[0], SECPKG_ATTR_ISSUER_LIST_EX, &l), SEC_E_OK);
        assert_int_equal(l.cIssuers, asks);
        if (asks) {
            uint8_t *der = NULL;
            int n = i2d_X509_NAME(X509_get_subject_name(s.w.pair[TLS_CA].cert), &der);
            assert_int_equal(l.aIssuers[0].cbData, n);
            assert_memory_equal(l.aIssuers[0].pbData, der, (size_t)n);
            OPENSSL_free(der);
            assert_int_equal(FreeContextBuffer(l.aIssuers), SEC_E_OK);
        } else {
            assert_null(l.aIssuers);
        }
        schan_clear(&s);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(same_on_both_sides),
        cmocka_unit_test(as_openssl_has_it),
        cmocka_unit_test(refused),
        cmocka_unit_test(early),
        cmocka_unit_test(secret),
        cmocka_unit_test(issuers),
    };
    return cmocka_run_group_tests_name("sspi/schannel_keys", tests, NULL, NULL);
}
