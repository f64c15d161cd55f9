/* RFC 2743 3.2, CORBA 24.2.5: names, and the outlines of chains and distinguished names. */
#include <csiv2/gssup.h>
#include <csiv2/names.h>
#include <der/der.h>
#include <string.h>
#include <support/hex.h>
#include <support/test.h>
#include <support/vectors.h>

static troth_bytes of(const char *s)
{
    return (troth_bytes){ (const uint8_t *)s, strlen(s) };
}

static void says(troth_bytes b, const char *s)
{
    assert_int_equal(b.len, strlen(s));
    assert_memory_equal(b.data, s, b.len);
}

static void exported_mutant(const uint8_t *p, size_t n, void *arg)
{
    troth_bytes mech, name;
    troth_status st = troth_csi_exported_name_read((troth_bytes){ p, n }, &mech, &name);
    if (n < *(size_t *)arg)
        assert_int_not_equal(st, TROTH_OK);
    if (!st) {
        assert_true(troth_oid_valid((troth_oid){ mech.data, mech.len }));
        assert_true(mech.data >= p && name.data + name.len == p + n);
    }
}

static void test_exported(void **state)
{
    (void)state;
    uint8_t raw[64], out[64];
    size_t n = unhex("0401 0008 0606678102010101 00000007 64656661756c74", raw, sizeof raw);
    troth_bytes mech, name;
    assert_int_equal(troth_csi_exported_name_read((troth_bytes){ raw, n }, &mech, &name), TROTH_OK);
    assert_true(troth_oid_equal((troth_oid){ mech.data, mech.len }, troth_gssup_oid()));
    says(name, "default");
    for (int order = 0; order < 2; order++) { /* big-endian, whatever the stream around it is */
        troth_writer w = troth_writer_over(out, sizeof out, order ? TROTH_LE : TROTH_BE);
        troth_csi_exported_name_write(&w, troth_gssup_oid(), of("default"));
        assert_int_equal(w.len, n);
        assert_memory_equal(out, raw, n);
        assert_int_equal(w.order, order ? TROTH_LE : TROTH_BE);
    }
    vectors_mutate(raw, n, exported_mutant, &n);
    static const char *const bad[] = {
        "",                                         /* nothing                       */
        "0401 0000 00000001 61",                    /* no OID                        */
        "0401 0002 0600 00000001 61",               /* an empty one                  */
        "0401 ffff 0606678102010101 00000001 61",   /* longer than the name          */
        "0401 0007 0606678102010101 00000001 61",   /* its length is another         */
        "0401 0008 0406678102010101 00000001 61",   /* no OID's tag                  */
        "0402 0008 0606678102010101 00000001 61",   /* another token                 */
        "0401 0008 0606678102010101 00000002 61",   /* name too short                */
        "0401 0008 0606678102010101 00000001 6162", /* an octet behind it            */
        "0401 0008 0606678102010101 ffffffff 6162", /* longer than can be            */
        "0401 0009 060667810201010100 00000001 61", /* an octet behind the OID       */
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        n = unhex(bad[i], raw, sizeof raw);
        if (!troth_csi_exported_name_read((troth_bytes){ raw, n }, &mech, &name))
            fail_msg("accepted: %s", bad[i]);
    }
}

static void test_principal(void **state)
{
    (void)state;
    uint8_t raw[64];
    troth_bytes found;
    size_t n = unhex("00000000 00000013 0401 0008 0606678102010101 00000003 626f62", raw, sizeof raw);
    assert_int_equal(troth_csi_principal_name((troth_bytes){ raw, n }, true, &found), TROTH_OK);
    assert_ptr_equal(found.data, raw + 8);
    assert_int_equal(found.len, 19);
    assert_int_equal(troth_csi_principal_name((troth_bytes){ raw, n }, false, &found), TROTH_MALFORMED);
    assert_int_equal(troth_csi_principal_name((troth_bytes){ raw + 8, n - 8 }, false, &found), TROTH_OK);
    assert_int_equal(troth_csi_principal_name((troth_bytes){ raw + 8, n - 8 }, true, &found), TROTH_OK);
    assert_ptr_equal(found.data, raw + 8);
    assert_int_not_equal(troth_csi_principal_name((troth_bytes){ raw, 0 }, true, &found), TROTH_OK);
    n = unhex("01000000 13000000 0401 0008 0606678102010101 00000003 626f62 00", raw, sizeof raw);
    assert_int_equal(troth_csi_principal_name((troth_bytes){ raw, n }, true, &found), TROTH_MALFORMED);
}

static void test_scoped(void **state)
{
    (void)state;
    static const struct {
        const char *text, *name, *scope; /* scope NULL: none; name NULL: refused */
    } rows[] = {
        { "alice", "alice", NULL },
        { "alice@", "alice", "" },
        { "@default", "", "default" },
        { "alice@default", "alice", "default" },
        { "a@b@c", "a@b", "c" },
        { "a\\@b", "a\\@b", NULL },
        { "a\\@b@c\\\\", "a\\@b", "c\\\\" },
        { "a\\\\@b", "a\\\\", "b" },
        { "", NULL, NULL },
        { "a\\", NULL, NULL },
        { "a\\b", NULL, NULL },
        { "\xff", NULL, NULL },
        { "\xed\xa0\x80", NULL, NULL },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        troth_csi_scoped_name s;
        troth_status st = troth_csi_scoped_name_read(of(rows[i].text), &s);
        assert_int_equal(st, rows[i].name ? TROTH_OK : TROTH_MALFORMED);
        if (st)
            continue;
        says(s.name, rows[i].name);
        assert_int_equal(s.has_scope, rows[i].scope != NULL);
        if (rows[i].scope)
            says(s.scope, rows[i].scope);
    }
    troth_csi_scoped_name s;
    assert_int_equal(troth_csi_scoped_name_read((troth_bytes){ (const uint8_t *)"a\0b", 3 }, &s), TROTH_MALFORMED);
    static uint8_t big[1025];
    memset(big, 'a', sizeof big);
    assert_int_equal(troth_csi_scoped_name_read((troth_bytes){ big, 1025 }, &s), TROTH_LIMIT);
    uint8_t out[16];
    troth_writer w = troth_writer_over(out, sizeof out, TROTH_LE);
    troth_csi_escape(&w, of("a@b\\c"));
    says((troth_bytes){ out, w.len }, "a\\@b\\\\c");
    troth_writer_reset(&w);
    troth_csi_unescape(&w, of("a\\@b\\\\c"));
    says((troth_bytes){ out, w.len }, "a@b\\c");
}

/* An X.501 name with one attribute. */
static void put_name(troth_writer *w, const char *cn)
{
    uint8_t pair[64], set[64], rdn[64];
    troth_writer p = troth_writer_over(pair, sizeof pair, TROTH_BE), s = troth_writer_over(set, sizeof set, TROTH_BE),
                 r = troth_writer_over(rdn, sizeof rdn, TROTH_BE);
    troth_der_write_bytes(&p, TROTH_DER_OID, (troth_bytes){ (const uint8_t *)"\x55\x04\x03", 3 });
    troth_der_write_bytes(&p, 0x0c, of(cn));
    troth_der_write_bytes(&s, TROTH_DER_SEQUENCE, (troth_bytes){ pair, p.len });
    troth_der_write_bytes(&r, 0x31, (troth_bytes){ set, s.len });
    troth_der_write_bytes(w, TROTH_DER_SEQUENCE, (troth_bytes){ rdn, r.len });
}

/* What of a certificate its names need; nothing in it verifies. */
static void put_certificate(troth_writer *w, const char *subject, const char *issuer)
{
    static const uint8_t version[] = { 0xa0, 3, 2, 1, 2 }, serial[] = { 2, 1, 1 }, empty[] = { 0x30, 0 };
    static const uint8_t tail[] = { 0x30, 0, 3, 2, 0, 1 };
    uint8_t tbs[256], cert[300];
    troth_writer t = troth_writer_over(tbs, sizeof tbs, TROTH_BE), c = troth_writer_over(cert, sizeof cert, TROTH_BE);
    troth_write_bytes(&t, version, sizeof version);
    troth_write_bytes(&t, serial, sizeof serial);
    troth_write_bytes(&t, empty, 2); /* signature */
    put_name(&t, issuer);
    troth_write_bytes(&t, empty, 2); /* validity */
    put_name(&t, subject);
    troth_write_bytes(&t, empty, 2); /* subjectPublicKeyInfo */
    troth_der_write_bytes(&c, TROTH_DER_SEQUENCE, (troth_bytes){ tbs, t.len });
    troth_write_bytes(&c, tail, sizeof tail);
    troth_der_write_bytes(w, TROTH_DER_SEQUENCE, (troth_bytes){ cert, c.len });
}

static size_t wrap(const troth_writer *inner, uint8_t *out, size_t cap)
{
    troth_writer w = troth_writer_over(out, cap, TROTH_BE);
    troth_der_write_bytes(&w, TROTH_DER_SEQUENCE, (troth_bytes){ inner->base, inner->len });
    assert_int_equal(w.st, TROTH_OK);
    return w.len;
}

static void chain_mutant(const uint8_t *p, size_t n, void *arg)
{
    troth_bytes certs[TROTH_CSI_CHAIN_MAX];
    size_t count = 0;
    troth_status st = troth_csi_cert_chain_read((troth_bytes){ p, n }, certs, &count);
    if (n < *(size_t *)arg)
        assert_int_not_equal(st, TROTH_OK);
    assert_true(st || (count && count <= TROTH_CSI_CHAIN_MAX));
}

static void test_chain(void **state)
{
    (void)state;
    uint8_t body[4096], raw[4200];
    troth_bytes certs[TROTH_CSI_CHAIN_MAX];
    size_t count = 0;
    troth_writer w = troth_writer_over(body, sizeof body, TROTH_BE);
    put_certificate(&w, "alice", "middle");
    put_certificate(&w, "middle", "root");
    put_certificate(&w, "root", "root");
    size_t n = wrap(&w, raw, sizeof raw);
    assert_int_equal(troth_csi_cert_chain_read((troth_bytes){ raw, n }, certs, &count), TROTH_OK);
    assert_int_equal(count, 3);
    assert_true(certs[2].data + certs[2].len == raw + n);
    vectors_mutate(raw, n, chain_mutant, &n);
    raw[n] = 0; /* an octet behind */
    assert_int_equal(troth_csi_cert_chain_read((troth_bytes){ raw, n + 1 }, certs, &count), TROTH_MALFORMED);
    troth_writer_reset(&w); /* the wrong order */
    put_certificate(&w, "middle", "root");
    put_certificate(&w, "alice", "middle");
    n = wrap(&w, raw, sizeof raw);
    assert_int_equal(troth_csi_cert_chain_read((troth_bytes){ raw, n }, certs, &count), TROTH_MALFORMED);
    troth_writer_reset(&w);
    n = wrap(&w, raw, sizeof raw);
    assert_int_equal(troth_csi_cert_chain_read((troth_bytes){ raw, n }, certs, &count), TROTH_MALFORMED);
    for (int i = 0; i < TROTH_CSI_CHAIN_MAX + 1; i++)
        put_certificate(&w, "root", "root");
    n = wrap(&w, raw, sizeof raw);
    assert_int_equal(troth_csi_cert_chain_read((troth_bytes){ raw, n }, certs, &count), TROTH_LIMIT);
}

static void dn_mutant(const uint8_t *p, size_t n, void *arg)
{
    troth_status st = troth_csi_dn_check((troth_bytes){ p, n });
    if (n < *(size_t *)arg)
        assert_int_not_equal(st, TROTH_OK);
}

static void test_dn(void **state)
{
    (void)state;
    static uint8_t raw[TROTH_CSI_DN_MAX + 16];
    troth_writer w = troth_writer_over(raw, sizeof raw, TROTH_BE);
    put_name(&w, "alice");
    assert_int_equal(troth_csi_dn_check((troth_bytes){ raw, w.len }), TROTH_OK);
    vectors_mutate(raw, w.len, dn_mutant, &w.len);
    assert_int_equal(troth_csi_dn_check((troth_bytes){ raw, w.len + 1 }), TROTH_MALFORMED);
    assert_int_equal(troth_csi_dn_check((troth_bytes){ raw, TROTH_CSI_DN_MAX + 1 }), TROTH_LIMIT);
    assert_int_equal(troth_csi_dn_check((troth_bytes){ (const uint8_t *)"\x30\x00", 2 }), TROTH_OK);
    assert_int_equal(troth_csi_dn_check((troth_bytes){ (const uint8_t *)"\x30\x02\x31\x00", 4 }), TROTH_TRUNCATED);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_exported), cmocka_unit_test(test_principal),
                                        cmocka_unit_test(test_scoped), cmocka_unit_test(test_chain),
                                        cmocka_unit_test(test_dn) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
