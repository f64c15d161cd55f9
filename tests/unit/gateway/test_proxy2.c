#include <arpa/inet.h>
#include <host/address.h>
#include <netinet/in.h>
#include <string.h>
#include <support/hex.h>
#include <support/test.h>
#include <troth/gateway.h>

/* By hand from the PROXY protocol's text 2.2 and docs/wire/proxy-tlv.md. */
static const char expected[] = "0d0a0d0a000d0a515549540a 21 11 0070"
                               "c0000201 c0000202 c350 2328"
                               "e0 0061 01"
                               "01 0012 616c696365404558414d504c452e54455354"
                               "02 0005 616c696365"
                               "03 000c 4558414d504c452e54455354"
                               "04 0008 6b65726265726f73"
                               "05 0006 73706e65676f"
                               "06 0001 02"
                               "07 0004 0000001f"
                               "08 0001 01"
                               "09 0008 0000000000000007"
                               "0a 0003 6e6e73";

static troth_event kerberos(void)
{
    return (troth_event){ .kind = TROTH_EV_ESTABLISHED,
                          .facts = { .outer = TROTH_MECH_SPNEGO,
                                     .mech = TROTH_MECH_KERBEROS,
                                     .attributes = TROTH_F_INTEGRITY | TROTH_F_CONFIDENTIALITY | TROTH_F_REPLAY |
                                                   TROTH_F_SEQUENCE | TROTH_F_MUTUAL,
                                     .peer = { "alice@EXAMPLE.TEST", "alice", "EXAMPLE.TEST" } },
                          .level = TROTH_LEVEL_ENCRYPT,
                          .impersonation = TROTH_IDENTIFY };
}

static troth_addr at(const char *text)
{
    troth_address a;
    troth_addr sa;
    assert_int_equal(troth_address_read(text, &a), TROTH_OK);
    assert_int_equal(troth_address_numeric(&a, &sa), TROTH_OK);
    return sa;
}

static void test_exact(void **state)
{
    troth_addr peer = at("192.0.2.1:50000"), local = at("192.0.2.2:9000");
    troth_event ev = kerberos();
    const troth_proxy_header h = { &peer, &local, "nns", 7, &ev, 0 };
    uint8_t want[512], got[512];
    size_t n, m = unhex(expected, want, sizeof want);
    (void)state;
    assert_int_equal(troth_proxy2_write(&h, got, sizeof got, &n), TROTH_OK);
    assert_int_equal(n, m);
    assert_memory_equal(got, want, m);
    for (size_t room = 0; room < m; room++) /* any smaller room is refused, and not written over */
        assert_int_equal(troth_proxy2_write(&h, got, room, &n), TROTH_NO_SPACE);
    assert_int_equal(troth_proxy2_write(&h, got, m, &n), TROTH_OK);
}

static void test_families(void **state)
{
    static const struct {
        const char *peer, *local;
        uint8_t family;
        size_t len;
    } rows[] = { { "[2001:db8::1]:1", "[2001:db8::2]:2", 0x21, 36 },
                 { "unix:/a", "unix:/b", 0x31, 216 },
                 { "192.0.2.1:1", "[2001:db8::2]:2", 0x00, 0 } };
    (void)state;
    for (size_t i = 0; i < 3; i++) {
        troth_addr peer = at(rows[i].peer), local = at(rows[i].local);
        troth_event ev = kerberos();
        const troth_proxy_header h = { &peer, &local, "nns", 7, &ev, 0xe1 };
        uint8_t out[512];
        size_t n;
        assert_int_equal(troth_proxy2_write(&h, out, sizeof out, &n), TROTH_OK);
        assert_int_equal(out[13], rows[i].family);
        assert_int_equal(out[14] << 8 | out[15], (int)n - 16);
        assert_int_equal(out[16 + rows[i].len], 0xe1); /* the TLV stands right behind the addresses */
    }
}

static void test_anonymous_has_no_principal(void **state)
{
    troth_addr none = { 0 };
    troth_event ev = kerberos();
    uint8_t out[512];
    size_t n;
    (void)state;
    ev.facts.attributes = TROTH_F_ANONYMOUS;
    const troth_proxy_header h = { &none, &none, "nns", 7, &ev, 0 };
    assert_int_equal(troth_proxy2_write(&h, out, sizeof out, &n), TROTH_OK);
    assert_int_equal(out[20], 0x04); /* the first sub-TLV is the mechanism */
    assert_null(memmem(out, n, "alice", 5));
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_exact), cmocka_unit_test(test_families),
                                        cmocka_unit_test(test_anonymous_has_no_principal) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
