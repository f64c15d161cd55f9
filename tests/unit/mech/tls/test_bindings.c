/* What other layers are told of a connection, equal on both sides of it. */
#include <openssl/evp.h>
#include <sec/context.h>
#include <string.h>
#include <support/test.h>
#include <support/tls.h>

static void begin(tls_talk *t, uint16_t version, tls_file client)
{
    tls_talk_init(t);
    t->config[1].max_version = version;
    t->opts[1].require |= TROTH_F_MUTUAL;
    tls_talk_begin(t, client, TLS_SERVER);
    assert_int_equal(tls_shake(&t->e), TROTH_OK);
}

/* Both sides answer the same, twice, and it begins with its prefix. */
static size_t equal_on_both(tls_talk *t, troth_query what, const char *prefix, uint8_t *ret, size_t room)
{
    troth_bytes a, b, once_more;
    assert_int_equal(troth_context_query(t->e.c[0], what, &a), TROTH_OK);
    assert_int_equal(troth_context_query(t->e.c[1], what, &b), TROTH_OK);
    assert_int_equal(a.len, b.len);
    assert_true(a.len > strlen(prefix) && a.len <= room);
    assert_memory_equal(a.data, b.data, a.len);
    assert_memory_equal(a.data, prefix, strlen(prefix));
    tls_say(&t->e, TROTH_INITIATOR, "meanwhile");
    assert_int_equal(troth_context_query(t->e.c[0], what, &once_more), TROTH_OK);
    assert_ptr_equal(once_more.data, a.data);
    memcpy(ret, a.data, a.len);
    return a.len - strlen(prefix);
}

static void bindings(void **state)
{
    (void)state;
    for (uint16_t v = 0x0303; v <= 0x0304; v++) {
        tls_talk t;
        uint8_t got[2][128], digest[32];
        unsigned n;
        troth_bytes b;
        begin(&t, v, TLS_CLIENT);
        assert_int_equal(equal_on_both(&t, TROTH_QUERY_ENDPOINT_BINDINGS, "tls-server-end-point:", got[0], 128), 32);
        assert_int_equal(X509_digest(t.w.pair[TLS_SERVER].cert, EVP_sha256(), digest, &n), 1);
        assert_memory_equal(got[0] + strlen("tls-server-end-point:"), digest, 32);
        assert_int_equal(equal_on_both(&t, TROTH_QUERY_EXPORTER_BINDINGS, "tls-exporter:", got[0], 128), 32);
        if (v == 0x0303)
            assert_int_equal(equal_on_both(&t, TROTH_QUERY_UNIQUE_BINDINGS, "tls-unique:", got[1], 128), 12);
        else
            assert_int_equal(troth_context_query(t.e.c[0], TROTH_QUERY_UNIQUE_BINDINGS, &b), TROTH_UNSUPPORTED);
        tls_close(&t.e); /* on another connection they are others */
        tls_open(&t.w, &t.e, t.cred[0], t.cred[1], &t.opts[0], &t.opts[1]);
        assert_int_equal(tls_shake(&t.e), TROTH_OK);
        uint8_t other[128];
        size_t m = equal_on_both(&t, TROTH_QUERY_EXPORTER_BINDINGS, "tls-exporter:", other, 128);
        assert_memory_not_equal(other, got[0], m + strlen("tls-exporter:"));
        tls_talk_end(&t);
    }
}

/* The hash is the one of the certificate's signature. [RFC 5929 4.1] */
static void endpoint_hash(void **state)
{
    (void)state;
    tls_talk t;
    uint8_t got[128], digest[48];
    unsigned n;
    tls_talk_init(&t);
    tls_talk_begin(&t, TLS_NO_FILE, TLS_SERVER_RSA);
    assert_int_equal(tls_shake(&t.e), TROTH_OK);
    assert_int_equal(equal_on_both(&t, TROTH_QUERY_ENDPOINT_BINDINGS, "tls-server-end-point:", got, 128), 48);
    assert_int_equal(X509_digest(t.w.pair[TLS_SERVER_RSA].cert, EVP_sha384(), digest, &n), 1);
    assert_memory_equal(got + strlen("tls-server-end-point:"), digest, 48);
    tls_talk_end(&t);
}

static void certificates_and_numbers(void **state)
{
    (void)state;
    for (int with = 0; with < 2; with++) {
        tls_talk t;
        troth_bytes b, mine;
        begin(&t, 0, with ? TLS_CLIENT : TLS_NO_FILE);
        assert_int_equal(troth_context_query(t.e.c[0], TROTH_QUERY_PEER_CERTIFICATE, &b), TROTH_OK);
        assert_int_equal(troth_context_query(t.e.c[1], TROTH_QUERY_OWN_CERTIFICATE, &mine), TROTH_OK);
        assert_int_equal(b.len, mine.len);
        assert_memory_equal(b.data, mine.data, b.len);
        assert_int_equal(troth_context_query(t.e.c[1], TROTH_QUERY_PEER_CERTIFICATE, &b),
                         with ? TROTH_OK : TROTH_NO_CRED);
        assert_int_equal(troth_context_query(t.e.c[0], TROTH_QUERY_CIPHER, &b), TROTH_OK);
        assert_int_equal(b.len, 4);
        assert_memory_equal(b.data, ((uint8_t[]){ 3, 4, 0x13, 0x02 }), 4);
        assert_int_equal(troth_context_query(t.e.c[0], TROTH_QUERY_VERDICT, &b), TROTH_OK);
        assert_memory_equal(b.data, ((uint8_t[4]){ 0 }), 4);
        assert_int_equal(troth_context_query(t.e.c[0], (troth_query)99, &b), TROTH_UNSUPPORTED);
        tls_talk_end(&t);
    }
}

static void not_before_it_is_complete(void **state)
{
    (void)state;
    tls_talk t;
    troth_bytes b;
    tls_talk_init(&t);
    tls_talk_begin(&t, TLS_NO_FILE, TLS_SERVER);
    assert_int_equal(troth_context_query(t.e.c[0], TROTH_QUERY_CIPHER, &b), TROTH_BAD_STATE);
    tls_leg(&t.e, TROTH_INITIATOR, true);
    tls_leg(&t.e, TROTH_ACCEPTOR, false);
    for (int k = 0; k < 2; k++) {
        assert_int_equal(troth_context_query(t.e.c[k], TROTH_QUERY_ENDPOINT_BINDINGS, &b), TROTH_BAD_STATE);
        assert_int_equal(troth_context_record_seal(t.e.c[k], (troth_bytes){ (const uint8_t *)"x", 1 }, &b),
                         TROTH_BAD_STATE);
    }
    tls_talk_end(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bindings),
        cmocka_unit_test(endpoint_hash),
        cmocka_unit_test(certificates_and_numbers),
        cmocka_unit_test(not_before_it_is_complete),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
