/* net.tcp, client and server, in memory. [MC-NMF] */
#include <stdlib.h>
#include <string.h>
#include <support/hex.h>
#include <support/rig.h>
#include <support/test.h>

#define VIA "net.tcp://h/s"
/* Version, Mode, Via, Known Encoding as the client writes them by default */
#define PREAMBLE "000100 0102 020d 6e65742e7463703a2f2f682f73 0308"
#define UPGRADE  "09 15 6170706c69636174696f6e2f6e65676f7469617465"

static void connect_both(rig *r, const char *via)
{
    troth_endpoint *c = NULL, *s = NULL;
    troth_nettcp_options client = { .nns = r->client, .via = via }, server = { .nns = r->server };
    assert_int_equal(troth_nettcp_server_new(&server, 0, &s), TROTH_OK);
    rig_init(&r->s, s);
    assert_int_equal(troth_nettcp_client_new(&client, 0, &c), TROTH_OK);
    rig_init(&r->c, c);
}

static void check_got(const rig_peer *p, const char *hex)
{
    uint8_t want[512];
    size_t n = unhex(hex, want, sizeof want);
    if (p->got_len != n || memcmp(p->got, want, n) != 0)
        fail_msg("got %s, not %s", hexof(p->got, p->got_len), hex);
}

/* A client that writes the preamble itself; the server's owner answers PreambleAck. */
static void with_via(troth_level level, size_t cut)
{
    rig r;
    size_t used;
    rig_world(&r, TROTH_MECH_KERBEROS, level);
    connect_both(&r, VIA);
    rig_wire(&r.c, &r.s, cut);
    assert_true(r.s.established && !r.c.established);
    check_got(&r.s, PREAMBLE "0c");
    troth_order_msg early = { .kind = TROTH_ORDER_DATA, .data = { (const uint8_t *)"x", 1 } };
    assert_int_equal(troth_endpoint_submit(r.c.e, &early, 0, &used), TROTH_BAD_STATE);
    rig_say(&r.s, "\x0b\x06\x01z", 4); /* the Ack and an envelope in one frame: the Ack is ours, the rest the owner's */
    rig_wire(&r.c, &r.s, cut);
    assert_true(r.c.established);
    assert_int_equal(r.c.level, level);
    check_got(&r.c, "06017a");
    rig_say(&r.c, "\x06\x02hi\x07", 5);
    rig_wire(&r.c, &r.s, cut);
    check_got(&r.s, PREAMBLE "0c 06026869 07");
    rig_end(&r);
}

/* An owner with a preamble of its own, given in two parts, with all that follows. */
static void without_via(troth_level level, size_t cut, size_t split)
{
    uint8_t all[64];
    rig r;
    size_t n = unhex(PREAMBLE "0c 06026869 07", all, sizeof all);
    rig_world(&r, TROTH_MECH_KERBEROS, level);
    connect_both(&r, NULL);
    rig_say(&r.c, all, split);
    rig_wire(&r.c, &r.s, cut);
    rig_say(&r.c, all + split, n - split);
    rig_wire(&r.c, &r.s, cut);
    assert_true(r.s.established && r.c.established);
    check_got(&r.s, PREAMBLE "0c 06026869 07");
    rig_say(&r.s, "\x0b", 1);
    rig_say(&r.s, "\x07", 1);
    rig_wire(&r.c, &r.s, cut);
    check_got(&r.c, "0b07");
    rig_end(&r);
}

static void test_pass_through(void **state)
{
    (void)state;
    for (int level = 0; level < 3; level++) {
        for (size_t cut = 0; cut < 80; cut++) {
            with_via((troth_level)level, cut);
            without_via((troth_level)level, cut, 25);
        }
        for (size_t split = 0; split <= 28; split++)
            without_via((troth_level)level, 0, split);
    }
}

static void test_client_octets(void **state)
{
    (void)state;
    rig r;
    size_t mark = 0;
    rig_world(&r, TROTH_MECH_KERBEROS, TROTH_LEVEL_SIGN);
    troth_endpoint *c;
    troth_nettcp_options o = { .nns = r.client, .via = VIA };
    assert_int_equal(troth_nettcp_client_new(&o, 0, &c), TROTH_OK);
    rig_init(&r.c, c);
    rig_expect_sent(&r.c, &mark, PREAMBLE UPGRADE); /* and nothing of the handshake before the response */
    rig_feed_hex(&r.c, "0a");
    assert_true(rig_drain(&r.c) > 5);
    assert_int_equal(r.c.sent[mark], 0x16);
    rig_clear(&r.c);
    o.mode = TROTH_NMF_SINGLETON_UNSIZED;
    o.encoding = 1;
    assert_int_equal(troth_nettcp_client_new(&o, 0, &c), TROTH_OK);
    rig_init(&r.c, c);
    mark = 0;
    rig_expect_sent(&r.c, &mark, "000100 0101 020d 6e65742e7463703a2f2f682f73 0300" UPGRADE);
    rig_end(&r);
}

/* What a server answers to a preamble it does not want: the fault, its own error, nothing for the owner. */
static void test_server_faults(void **state)
{
    (void)state;
    static const struct {
        const char *hex, *fault;
        troth_status code;
    } cases[] = {
        { "000200", "UnsupportedVersion", TROTH_UNSUPPORTED },
        { "000101", "UnsupportedVersion", TROTH_UNSUPPORTED },
        { "0102", "InvalidRecordSequence", TROTH_UNEXPECTED },
        { "0d", "InvalidRecordSequence", TROTH_MALFORMED },
        { "000100 0103", "UnsupportedMode", TROTH_UNSUPPORTED },
        { "000100 0104", "UnsupportedMode", TROTH_UNSUPPORTED },
        { "000100 0100", "UnsupportedMode", TROTH_UNSUPPORTED },
        { "000100 000100", "InvalidRecordSequence", TROTH_UNEXPECTED },
        { "000100 0102 0200", "InvalidRecordSequence", TROTH_MALFORMED },
        { "000100 0102 028110", "ViaTooLong", TROTH_LIMIT },
        { "000100 0102 02ffffffff08", "InvalidRecordSequence", TROTH_MALFORMED },
        { "000100 0102 02ffffffff07", "ViaTooLong", TROTH_LIMIT },
        { "000100 0102 0203 612062", "EndpointNotFound", TROTH_MALFORMED },
        { "000100 0102 0203 616263", "EndpointNotFound", TROTH_MALFORMED },
        { "000100 0102 0203 613a62 0309", "ContentTypeInvalid", TROTH_UNSUPPORTED },
        { "000100 0102 0203 613a62 048102", "ContentTypeTooLong", TROTH_LIMIT },
        { "000100 0102 0203 613a62 0401 61", "ContentTypeInvalid", TROTH_UNSUPPORTED },
        { PREAMBLE "0c", "UpgradeInvalid", TROTH_TOO_LOW },
        { PREAMBLE "0903 616263", "UpgradeInvalid", TROTH_UNSUPPORTED },
        { PREAMBLE "0913 6170706c69636174696f6e2f73736c2d746c73", "UpgradeInvalid", TROTH_UNSUPPORTED },
        { PREAMBLE "098102", "UpgradeInvalid", TROTH_LIMIT },
        { PREAMBLE "0601", "InvalidRecordSequence", TROTH_AGAIN }, /* no payload yet */
        { PREAMBLE "060161", "InvalidRecordSequence", TROTH_UNEXPECTED },
        { PREAMBLE "0a", "InvalidRecordSequence", TROTH_UNEXPECTED },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        for (int bytewise = 0; bytewise < 2; bytewise++) {
            rig r;
            uint8_t raw[256];
            size_t n = unhex(cases[i].hex, raw, sizeof raw);
            rig_world(&r, TROTH_MECH_KERBEROS, TROTH_LEVEL_SIGN);
            connect_both(&r, VIA);
            if (bytewise)
                for (size_t k = 0; k < n; k++)
                    rig_feed(&r.s, raw + k, 1);
            else
                rig_feed(&r.s, raw, n);
            rig_drain(&r.s);
            assert_int_equal(r.s.got_len, 0);
            assert_int_equal(r.s.closed, cases[i].code != TROTH_AGAIN);
            if (r.s.closed) {
                char uri[128] = "http://schemas.microsoft.com/ws/2006/05/framing/faults/";
                strcat(uri, cases[i].fault);
                if (r.s.error.code != cases[i].code || r.s.sent_len != strlen(uri) + 2 || r.s.sent[0] != 8 ||
                    r.s.sent[1] != strlen(uri) || memcmp(r.s.sent + 2, uri, strlen(uri)) != 0)
                    fail_msg("%s: %s, sent %.*s", cases[i].hex, troth_status_name(r.s.error.code), (int)r.s.sent_len,
                             r.s.sent ? (char *)r.s.sent : "");
                assert_non_null(strstr(r.s.error.where, cases[i].fault));
                troth_bytes none;
                assert_int_equal(troth_endpoint_out(r.s.e, &none, NULL), TROTH_CLOSED);
            }
            rig_end(&r);
        }
    }
}

/* A fault is never answered. */
static void test_fault_unanswered(void **state)
{
    (void)state;
    rig r;
    size_t mark = 0;
    rig_world(&r, TROTH_MECH_KERBEROS, TROTH_LEVEL_SIGN);
    connect_both(&r, VIA);
    rig_feed_hex(&r.s, "0801 61");
    assert_true(r.s.closed);
    rig_expect_sent(&r.s, &mark, "");
    rig_end(&r);
}

/* What a client makes of a server's refusal. */
static void test_client_refused(void **state)
{
    (void)state;
    static const struct {
        const char *bytes;
        troth_status code;
        const char *where;
    } cases[] = {
        { "\x08\x45http://schemas.microsoft.com/ws/2006/05/framing/faults/UpgradeInvalid", TROTH_PEER_REFUSED,
          "MC-NMF 2.2.5 UpgradeInvalid" },
        { "\x08\x47http://schemas.microsoft.com/ws/2006/05/framing/faults/EndpointNotFound", TROTH_PEER_REFUSED,
          "MC-NMF 2.2.5 EndpointNotFound" },
        { "\x08\x03own", TROTH_PEER_REFUSED, "MC-NMF 2.2.5" },
        { "\x0b", TROTH_UNEXPECTED, NULL },
        { "\x16\x01", TROTH_MALFORMED, NULL },
        { "\x08\x81\x02", TROTH_LIMIT, NULL },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        rig r;
        rig_world(&r, TROTH_MECH_KERBEROS, TROTH_LEVEL_SIGN);
        connect_both(&r, VIA);
        rig_drain(&r.c);
        size_t mark = r.c.sent_len;
        rig_feed(&r.c, cases[i].bytes, strlen(cases[i].bytes));
        assert_true(r.c.closed);
        assert_int_equal(r.c.error.code, cases[i].code);
        if (cases[i].where)
            assert_string_equal(r.c.error.where, cases[i].where);
        rig_expect_sent(&r.c, &mark, "");
        rig_end(&r);
    }
}

/* A fault inside, instead of the PreambleAck, also cut in pieces. */
static void test_client_refused_inside(void **state)
{
    (void)state;
    for (size_t cut = 0; cut < 2; cut++) {
        rig r;
        rig_world(&r, TROTH_MECH_KERBEROS, TROTH_LEVEL_ENCRYPT);
        r.server.frame_plain = cut ? 9 : 0;
        connect_both(&r, VIA);
        rig_wire(&r.c, &r.s, 0);
        static const char fault[] = "\x08\x44http://schemas.microsoft.com/ws/2006/05/framing/faults/ServerTooBusy";
        rig_say(&r.s, fault, sizeof fault - 1);
        rig_wire(&r.c, &r.s, cut);
        assert_true(r.c.closed && !r.c.established);
        assert_int_equal(r.c.error.code, TROTH_PEER_REFUSED);
        assert_string_equal(r.c.error.where, "MC-NMF 2.2.5 ServerTooBusy");
        rig_end(&r);
    }
}

/* The stream inside fails: the client's level is below the server's, a ticket cannot be had, the peer goes. */
static void test_inner_failures(void **state)
{
    (void)state;
    rig r;
    rig_world(&r, TROTH_MECH_KERBEROS, TROTH_LEVEL_SIGN);
    r.server.level = TROTH_LEVEL_ENCRYPT;
    connect_both(&r, VIA);
    rig_wire(&r.c, &r.s, 0);
    assert_int_equal(r.s.error.code, TROTH_TOO_LOW);
    assert_int_equal(r.c.error.code, TROTH_PEER_TOO_LOW);
    assert_int_equal(r.s.got_len, 0);
    rig_end(&r);

    rig_world(&r, TROTH_MECH_KERBEROS, TROTH_LEVEL_SIGN);
    r.mech.fail_leg = 1;
    r.mech.fail_status = TROTH_TARGET_UNKNOWN;
    connect_both(&r, VIA);
    assert_true(r.c.closed);
    assert_int_equal(r.c.error.code, TROTH_TARGET_UNKNOWN);
    size_t mark = 0;
    rig_expect_sent(&r.c, &mark, PREAMBLE UPGRADE); /* no HandshakeError in the clear, where nobody expects it */
    rig_end(&r);

    static const char *const prefixes[] = { "", "00", "000100", "000100 0102 02", PREAMBLE, PREAMBLE UPGRADE };
    for (size_t i = 0; i < sizeof prefixes / sizeof *prefixes; i++) {
        rig_world(&r, TROTH_MECH_KERBEROS, TROTH_LEVEL_SIGN);
        connect_both(&r, VIA);
        rig_feed_hex(&r.s, prefixes[i]);
        rig_feed_end(&r.s);
        assert_true(r.s.closed);
        assert_int_equal(r.s.error.code, i == 1 || i == 3 ? TROTH_TRUNCATED : TROTH_CLOSED);
        rig_end(&r);
    }
}

static void test_deadlines(void **state)
{
    (void)state;
    for (int stage = 0; stage < 3; stage++) {
        rig r;
        rig_world(&r, TROTH_MECH_KERBEROS, TROTH_LEVEL_SIGN);
        r.server.handshake_ms = 500;
        connect_both(&r, VIA);
        if (stage == 1)
            rig_feed_hex(&r.s, PREAMBLE UPGRADE);
        if (stage == 2)
            rig_wire(&r.c, &r.s, 0); /* the client waits for the Ack */
        rig_peer *p = stage == 2 ? &r.c : &r.s;
        uint64_t at = stage == 2 ? 10000 : 500;
        assert_true(troth_endpoint_deadline(p->e) <= at);
        if (stage < 2) /* an established stream also wants to be trimmed */
            assert_int_equal(troth_endpoint_deadline(p->e), at);
        troth_endpoint_expire(p->e, at - 1);
        rig_events(p);
        assert_false(p->closed);
        troth_endpoint_expire(p->e, at);
        rig_events(p);
        assert_true(p->closed);
        assert_int_equal(p->error.code, TROTH_TIMEOUT);
        rig_end(&r);
    }
}

/* The idle clock of the stream inside is not set back by what had to wait for it. */
static void test_idle(void **state)
{
    (void)state;
    rig r;
    uint8_t all[64];
    size_t n = unhex(PREAMBLE "0c", all, sizeof all);
    rig_world(&r, TROTH_MECH_KERBEROS, TROTH_LEVEL_SIGN);
    r.client.idle_ms = 5000;
    connect_both(&r, NULL);
    rig_say(&r.c, all, n);
    r.c.now = r.s.now = 3000;
    rig_wire(&r.c, &r.s, 0);
    assert_true(r.c.established);
    check_got(&r.s, PREAMBLE "0c");
    troth_endpoint_expire(r.c.e, 7999);
    rig_events(&r.c);
    assert_false(r.c.closed);
    troth_endpoint_expire(r.c.e, 8000);
    rig_events(&r.c);
    assert_int_equal(r.c.error.code, TROTH_TIMEOUT);
    rig_end(&r);
}

/* The server takes no octet past the upgrade request for its own: the handshake may follow in the same piece. */
static void test_no_over_read(void **state)
{
    (void)state;
    rig r;
    uint8_t all[1024];
    rig_world(&r, TROTH_MECH_KERBEROS, TROTH_LEVEL_SIGN);
    connect_both(&r, VIA);
    size_t n = rig_drain(&r.c);
    memcpy(all, r.c.sent, n);
    rig_feed_hex(&r.c, "0a");
    size_t m = rig_drain(&r.c);
    memcpy(all + n, r.c.sent + n, m);
    rig_feed(&r.s, all, n + m);
    assert_true(r.s.established);
    rig_end(&r);
}

static void test_no_memory(void **state)
{
    (void)state;
    for (size_t n = 1, done = 0; !done; n++) {
        rig r;
        rig_world(&r, TROTH_MECH_KERBEROS, TROTH_LEVEL_ENCRYPT);
        r.env.fail_at = r.env.allocs + n;
        troth_endpoint *c = NULL, *s = NULL;
        troth_nettcp_options client = { .nns = r.client, .via = VIA }, server = { .nns = r.server };
        if (!troth_nettcp_server_new(&server, 0, &s))
            rig_init(&r.s, s);
        if (s && !troth_nettcp_client_new(&client, 0, &c))
            rig_init(&r.c, c);
        if (c) {
            rig_wire(&r.c, &r.s, 0);
            size_t used;
            troth_order_msg order = { .kind = TROTH_ORDER_DATA, .data = { (const uint8_t *)"\x0b", 1 } };
            troth_status st = troth_endpoint_submit(r.s.e, &order, 0, &used);
            rig_wire(&r.c, &r.s, 0);
            assert_true((!st && r.c.established) || r.c.closed || r.s.closed);
            done = r.env.allocs < r.env.fail_at;
            assert_true(!done || r.c.established);
        }
        rig_end(&r);
    }
}

static void test_memory_of_a_stranger(void **state)
{
    (void)state;
    rig r;
    uint8_t raw[2200] = { 0, 1, 0, 1, 2, 2, 0x80, 0x10, 'a', ':' };
    memset(raw + 10, 'v', 2046);
    rig_world(&r, TROTH_MECH_KERBEROS, TROTH_LEVEL_SIGN);
    size_t base = r.env.held;
    troth_endpoint *s;
    troth_nettcp_options server = { .nns = r.server };
    assert_int_equal(troth_nettcp_server_new(&server, 0, &s), TROTH_OK);
    rig_init(&r.s, s);
    for (size_t i = 0; i < 2056; i++) {
        assert_true(r.env.held - base <= 4096 + i);
        assert_int_equal(rig_feed(&r.s, raw + i, 1), 1);
        assert_false(r.s.closed);
    }
    rig_end(&r);
}

static void test_own_preamble_bad(void **state)
{
    (void)state;
    rig r;
    size_t used;
    rig_world(&r, TROTH_MECH_KERBEROS, TROTH_LEVEL_SIGN);
    connect_both(&r, NULL);
    troth_order_msg order = { .kind = TROTH_ORDER_DATA, .data = { (const uint8_t *)"\x00\x01\x00\x02\x01\x61", 6 } };
    assert_int_equal(troth_endpoint_submit(r.c.e, &order, 0, &used), TROTH_MALFORMED);
    rig_events(&r.c);
    assert_true(r.c.closed);
    rig_end(&r);
}

static void test_options(void **state)
{
    (void)state;
    rig r;
    troth_endpoint *e = NULL;
    static char via[2050];
    memset(via, 'v', sizeof via - 1);
    rig_world(&r, TROTH_MECH_KERBEROS, TROTH_LEVEL_SIGN);
    troth_nettcp_options o = { .nns = r.client, .via = via };
    assert_int_equal(troth_nettcp_client_new(&o, 0, &e), TROTH_INVALID);
    o.via = "";
    assert_int_equal(troth_nettcp_client_new(&o, 0, &e), TROTH_INVALID);
    o.via = VIA;
    o.mode = TROTH_NMF_SIMPLEX;
    assert_int_equal(troth_nettcp_client_new(&o, 0, &e), TROTH_INVALID);
    o.mode = TROTH_NMF_DUPLEX;
    o.encoding = 10;
    assert_int_equal(troth_nettcp_client_new(&o, 0, &e), TROTH_INVALID);
    rig_end(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pass_through),
        cmocka_unit_test(test_client_octets),
        cmocka_unit_test(test_server_faults),
        cmocka_unit_test(test_fault_unanswered),
        cmocka_unit_test(test_client_refused),
        cmocka_unit_test(test_client_refused_inside),
        cmocka_unit_test(test_inner_failures),
        cmocka_unit_test(test_deadlines),
        cmocka_unit_test(test_idle),
        cmocka_unit_test(test_no_over_read),
        cmocka_unit_test(test_no_memory),
        cmocka_unit_test(test_memory_of_a_stranger),
        cmocka_unit_test(test_own_preamble_bad),
        cmocka_unit_test(test_options),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
