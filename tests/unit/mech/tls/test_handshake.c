/* Handshakes: versions, ciphers, application protocols, server names, and the octets cut in every way. */
#include <mech/tls/inner.h>
#include <string.h>
#include <support/test.h>
#include <support/tls.h>

static void shakes(tls_talk *t, const char *detail_begins)
{
    assert_int_equal(tls_shake(&t->e), TROTH_OK);
    for (int i = 0; i < 2; i++) {
        troth_facts f = troth_context_facts(t->e.c[i]);
        assert_int_equal(f.mech, TROTH_MECH_TLS);
        assert_memory_equal(f.detail, detail_begins, strlen(detail_begins));
        troth_flags all =
            TROTH_F_INTEGRITY | TROTH_F_CONFIDENTIALITY | TROTH_F_REPLAY | TROTH_F_SEQUENCE | TROTH_F_STREAM;
        assert_int_equal(f.attributes & all, all);
        assert_false(f.attributes & (TROTH_F_CONNECTION | TROTH_F_DATAGRAM));
    }
    tls_say(&t->e, TROTH_INITIATOR, "hello");
    tls_say(&t->e, TROTH_ACCEPTOR, "and hello");
}

static void versions(void **state)
{
    static const struct {
        uint16_t client[2], server[2];
        const char *detail; /* NULL = none in common */
    } rows[] = {
        { { 0, 0 }, { 0, 0 }, "TLSv1.3 TLS_AES_256_GCM_SHA384" },
        { { 0, 0x0303 }, { 0, 0 }, "TLSv1.2 ECDHE-ECDSA-AES" },
        { { 0, 0 }, { 0, 0x0303 }, "TLSv1.2 ECDHE-ECDSA-AES" },
        { { 0x0304, 0 }, { 0, 0 }, "TLSv1.3 " },
        { { 0x0304, 0 }, { 0, 0x0303 }, NULL },
        { { 0, 0x0303 }, { 0x0304, 0 }, NULL },
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        tls_talk t;
        tls_talk_init(&t);
        t.config[0].min_version = rows[i].client[0], t.config[0].max_version = rows[i].client[1];
        t.config[1].min_version = rows[i].server[0], t.config[1].max_version = rows[i].server[1];
        tls_talk_begin(&t, TLS_NO_FILE, TLS_SERVER);
        if (rows[i].detail) {
            shakes(&t, rows[i].detail);
        } else {
            assert_int_equal(tls_shake(&t.e), TROTH_NO_MECH);
            assert_int_equal(troth_context_error(t.e.c[1])->wire, 70); /* protocol_version */
            assert_true(t.e.in[0].len > 5);                            /* which the client is told */
            tls_leg(&t.e, TROTH_INITIATOR, false);
            assert_int_equal(t.e.step[0], TROTH_STEP_ERROR);
            assert_int_equal(troth_context_error(t.e.c[0])->code, TROTH_PEER_REFUSED);
            assert_int_equal(troth_context_error(t.e.c[0])->wire, 70);
        }
        tls_talk_end(&t);
    }
}

static void other_versions_cannot_be_had(void **state)
{
    static const uint16_t bad[][2] = { { 0x0301, 0 }, { 0x0302, 0x0303 }, { 0, 0x0305 }, { 0x0304, 0x0303 } };
    (void)state;
    tls_world w;
    tls_world_open(&w);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        troth_tls_config c = { .min_version = bad[i][0], .max_version = bad[i][1] };
        troth_cred_unref(tls_cred(&w, TROTH_USE_INITIATE, TLS_NO_FILE, TLS_CA, &c, TROTH_INVALID));
    }
    tls_world_close(&w);
}

static void rsa(void **state)
{
    (void)state;
    for (uint16_t v = 0x0303; v <= 0x0304; v++) {
        tls_talk t;
        tls_talk_init(&t);
        t.config[0].max_version = v;
        tls_talk_begin(&t, TLS_NO_FILE, TLS_SERVER_RSA);
        shakes(&t, v == 0x0304 ? "TLSv1.3 " : "TLSv1.2 ECDHE-RSA-AES");
        tls_talk_end(&t);
    }
}

/* However the octets arrive, the same comes out of it, and a leg is counted only when it is answered. */
static void cut_everywhere(void **state)
{
    (void)state;
    for (uint16_t v = 0x0303; v <= 0x0304; v++) {
        tls_talk t;
        tls_talk_init(&t);
        t.config[0].max_version = v;
        t.opts[1].policy = TROTH_POLICY_REQUIRE_CERT;
        tls_talk_begin(&t, TLS_CLIENT, TLS_SERVER_RSA);
        for (size_t chunk = 1; chunk < 4000; chunk += chunk < 40 ? 1 : 173) {
            t.e.chunk = chunk;
            tls_close(&t.e);
            t.e.chunk = chunk;
            tls_open(&t.w, &t.e, t.cred[0], t.cred[1], &t.opts[0], &t.opts[1]);
            shakes(&t, v == 0x0304 ? "TLSv1.3" : "TLSv1.2");
            troth_facts f = troth_context_facts(t.e.c[1]);
            assert_true(f.legs <= 5);
        }
        tls_talk_end(&t);
    }
}

/* A client may send data right behind its Finished: the leg leaves it, as an acceptor it is the first thing to open. */
static void early_data_is_left(void **state)
{
    (void)state;
    for (uint16_t v = 0x0303; v <= 0x0304; v++) {
        tls_talk t;
        uint8_t room[64];
        size_t n;
        bool closed;
        tls_talk_init(&t);
        t.config[0].max_version = v;
        tls_talk_begin(&t, TLS_NO_FILE, TLS_SERVER);
        tls_leg(&t.e, TROTH_INITIATOR, true);
        tls_leg(&t.e, TROTH_ACCEPTOR, false);
        tls_leg(&t.e, TROTH_INITIATOR, false);
        troth_role last = TROTH_ACCEPTOR; /* who takes the last token */
        if (v == 0x0303) {
            tls_leg(&t.e, TROTH_ACCEPTOR, false);
            last = TROTH_INITIATOR;
        }
        assert_int_equal(t.e.step[!last], TROTH_STEP_DONE);
        assert_int_equal(tls_send(&t.e, !last, "early", 5), TROTH_OK);
        assert_int_equal(tls_send(&t.e, !last, "bird", 4), TROTH_OK);
        size_t all = t.e.in[last].len;
        tls_leg(&t.e, last, false);
        assert_int_equal(t.e.step[last], TROTH_STEP_DONE);
        assert_int_not_equal(t.e.in[last].len, 0);
        assert_true(t.e.in[last].len < all);
        assert_int_equal(tls_receive(&t.e, last, room, sizeof room, &n, &closed), TROTH_OK);
        assert_int_equal(n, 9);
        assert_memory_equal(room, "earlybird", 9);
        tls_talk_end(&t);
    }
}

/* An incomplete record moves nothing: offered again with the rest, it is as if it had come at once. */
static void incomplete_records_move_nothing(void **state)
{
    (void)state;
    tls_talk t;
    tls_talk_init(&t);
    tls_talk_begin(&t, TLS_NO_FILE, TLS_SERVER);
    tls_leg(&t.e, TROTH_INITIATOR, true);
    tls_stream *in = &t.e.in[TROTH_ACCEPTOR];
    size_t whole = in->len;
    for (size_t have = 0; have < whole; have++) {
        troth_bytes part = { in->data, have };
        assert_int_equal(troth_context_token_need(t.e.c[1], part), have < 5 ? 5 - have : whole - have);
    }
    for (size_t have = 0; have < whole; have += 11) { /* although it was told so: many more times than there are legs */
        in->len = have;
        tls_leg(&t.e, TROTH_ACCEPTOR, false);
        assert_int_equal(t.e.step[1], TROTH_STEP_MORE);
        assert_int_equal(in->len, have);
        assert_string_equal(troth_context_state(t.e.c[1]), "half open");
    }
    in->len = whole;
    assert_int_equal(troth_context_token_need(t.e.c[1], (troth_bytes){ in->data, whole + 1 }), 0);
    tls_leg(&t.e, TROTH_ACCEPTOR, false);
    tls_leg(&t.e, TROTH_INITIATOR, false);
    tls_leg(&t.e, TROTH_ACCEPTOR, false);
    assert_int_equal(t.e.step[1], TROTH_STEP_DONE);
    tls_say(&t.e, TROTH_INITIATOR, "hello");
    tls_talk_end(&t);
}

static void protocols(void **state)
{
    static const struct {
        const char *client, *server, *want; /* want NULL = refused */
    } rows[] = {
        { "\2h2\10http/1.1", "\2h2", "h2" },
        { "\2h2\10http/1.1", "\10http/1.1\2h2", "http/1.1" }, /* the server's order */
        { "\2h2", "", "" },
        { "", "\2h2", "" },
        { "\2h2", "\2h3", NULL },
    };
    (void)state;
    for (size_t i = 0; i < 2 * sizeof rows / sizeof *rows; i++) {
        tls_talk t;
        troth_bytes got = { 0 };
        const char *const alpn[] = { rows[i / 2].client, rows[i / 2].server }, *want = rows[i / 2].want;
        tls_talk_init(&t);
        t.config[1].max_version = i % 2 ? 0x0304 : 0x0303;
        for (int k = 0; k < 2; k++)
            t.opts[k].alpn = (troth_bytes){ (const uint8_t *)alpn[k], strlen(alpn[k]) };
        tls_talk_begin(&t, TLS_NO_FILE, TLS_SERVER);
        assert_int_equal(tls_shake(&t.e), want ? TROTH_OK : TROTH_NO_MECH);
        if (!want)
            assert_int_equal(troth_context_error(t.e.c[1])->wire, 120); /* no_application_protocol */
        for (int k = 0; want && k < 2; k++) {
            assert_int_equal(troth_context_query(t.e.c[k], TROTH_QUERY_PROTOCOL, &got), TROTH_OK);
            assert_int_equal(got.len, strlen(want));
            if (got.len)
                assert_memory_equal(got.data, want, got.len);
        }
        tls_talk_end(&t);
    }
}

static int chooses_its_own(SSL *ssl, const unsigned char **ret, unsigned char *ret_len, const unsigned char *theirs,
                           unsigned n, void *self)
{
    (void)ssl, (void)theirs, (void)n, (void)self;
    *ret = (const unsigned char *)"h9";
    *ret_len = 2;
    return SSL_TLSEXT_ERR_OK;
}

/* A server may not choose what was not offered. [RFC 7301 3.1] */
static void a_protocol_not_offered(void **state)
{
    (void)state;
    tls_talk t;
    tls_talk_init(&t);
    t.opts[0].alpn = (troth_bytes){ (const uint8_t *)"\2h2", 3 };
    tls_talk_begin(&t, TLS_NO_FILE, TLS_SERVER);
    const troth_tls_cred *server = t.e.c[1]->part->element;
    SSL_CTX_set_alpn_select_cb(server->ctx[TROTH_ACCEPTOR], chooses_its_own, NULL);
    assert_int_not_equal(tls_shake(&t.e), TROTH_OK);
    assert_int_equal(t.e.step[0], TROTH_STEP_ERROR);
    assert_int_equal(troth_context_error(t.e.c[0])->code, TROTH_MALFORMED);
    tls_talk_end(&t);
}

static void protocol_lists_are_checked(void **state)
{
    static const char *const bad[] = { "\3h2", "\2h2\5", "h2h2h2" };
    (void)state;
    tls_talk t;
    tls_talk_init(&t);
    tls_talk_begin(&t, TLS_NO_FILE, TLS_SERVER);
    for (size_t i = 0; i <= sizeof bad / sizeof *bad; i++) {
        troth_context *c;
        troth_context_options o = t.opts[0];
        o.mech = "tls";
        o.alpn = (troth_bytes){ (const uint8_t *)"\0", 1 };
        if (i)
            o.alpn = (troth_bytes){ (const uint8_t *)bad[i - 1], strlen(bad[i - 1]) };
        assert_int_equal(troth_context_new(t.cred[0], &o, &c), TROTH_INVALID);
    }
    tls_talk_end(&t);
}

/* A server that was given its name refuses whoever asks for another one, or for none. */
static void server_names(void **state)
{
    static const struct {
        const char *target, *ours;
        troth_status want;
    } rows[] = {
        { "server.test", NULL, TROTH_OK },
        { "server.test", "HTTP/Server.Test", TROTH_OK },
        { "server.test", "x.wild.test", TROTH_TARGET_UNKNOWN },
        { "127.0.0.1", "server.test", TROTH_TARGET_UNKNOWN }, /* an address is never named [RFC 6066 3] */
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        tls_talk t;
        tls_talk_init(&t);
        t.opts[0].target = rows[i].target;
        t.opts[1].target = rows[i].ours;
        tls_talk_begin(&t, TLS_NO_FILE, TLS_SERVER);
        assert_int_equal(tls_shake(&t.e), rows[i].want);
        if (rows[i].want)
            assert_int_equal(troth_context_error(t.e.c[1])->wire, 112); /* unrecognized_name */
        else
            assert_string_equal(troth_context_facts(t.e.c[1]).self.name, "server.test");
        tls_talk_end(&t);
    }
}

/* What is no TLS at all. */
static void garbage(void **state)
{
    static const char *const inputs[] = { "GET / HTTP/1.1\r\n\r\n",
                                          "\x80\x2e\1\3\3....................................",
                                          "\x16\x03\x01\xff\xff....",
                                          "\x17\x03\x03\x00\x04....",
                                          "\x16\x03\x01\x00\x04\x02\x01\x01\x01",
                                          "\x15\x03\x03\x00\x02\x02\x28" };
    (void)state;
    for (size_t i = 0; i < sizeof inputs / sizeof *inputs; i++) {
        tls_talk t;
        tls_talk_init(&t);
        tls_talk_begin(&t, TLS_NO_FILE, TLS_SERVER);
        size_t n = i == 3 || i == 4 ? 9 : i == 5 ? 7 : strlen(inputs[i]);
        tls_stream_put(&t.e.in[1], inputs[i], n);
        assert_int_equal(troth_context_token_need(t.e.c[1], (troth_bytes){ t.e.in[1].data, n }), 0);
        tls_leg(&t.e, TROTH_ACCEPTOR, false);
        assert_int_equal(t.e.step[1], TROTH_STEP_ERROR);
        troth_status st = troth_context_error(t.e.c[1])->code;
        assert_true(st == TROTH_MALFORMED || st == TROTH_UNEXPECTED || st == TROTH_LIMIT || st == TROTH_PEER_REFUSED);
        tls_leg(&t.e, TROTH_ACCEPTOR, false); /* and it stays so */
        assert_int_equal(t.e.step[1], TROTH_STEP_ERROR);
        assert_int_equal(troth_context_error(t.e.c[1])->code, st);
        tls_talk_end(&t);
    }
}

static void options(void **state)
{
    (void)state;
    tls_talk t;
    troth_context *c;
    tls_talk_init(&t);
    tls_talk_begin(&t, TLS_NO_FILE, TLS_SERVER);
    troth_context_options o = t.opts[0];
    o.mech = "tls";
    o.require = TROTH_F_DATAGRAM;
    assert_int_equal(troth_context_new(t.cred[0], &o, &c), TROTH_UNSUPPORTED);
    o.require = TROTH_F_STREAM;
    o.target = NULL; /* anybody's certificate would do */
    assert_int_equal(troth_context_new(t.cred[0], &o, &c), TROTH_INVALID);
    o.target = "svc/";
    assert_int_equal(troth_context_new(t.cred[0], &o, &c), TROTH_INVALID);
    o.role = TROTH_ACCEPTOR;
    o.target = NULL;
    assert_int_equal(troth_context_new(t.cred[0], &o, &c), TROTH_NO_CRED);
    uint8_t token[16], data[4] = { 0 };
    troth_segment seg = { TROTH_SEG_DATA, data, 4 };
    troth_message m = { &seg, 1, token, sizeof token, 0 };
    troth_bytes key;
    shakes(&t, "TLS");
    assert_int_equal(troth_context_protect(t.e.c[0], TROTH_FORM_SEAL, &m, 1, NULL), TROTH_UNSUPPORTED);
    assert_int_equal(troth_context_session_key(t.e.c[0], &key), TROTH_UNSUPPORTED);
    assert_int_equal(troth_context_facts(t.e.c[0]).expiry % 10000000, 0);
    assert_int_not_equal(troth_context_facts(t.e.c[0]).expiry, UINT64_MAX);
    tls_talk_end(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(versions),
        cmocka_unit_test(other_versions_cannot_be_had),
        cmocka_unit_test(rsa),
        cmocka_unit_test(cut_everywhere),
        cmocka_unit_test(early_data_is_left),
        cmocka_unit_test(incomplete_records_move_nothing),
        cmocka_unit_test(protocols),
        cmocka_unit_test(a_protocol_not_offered),
        cmocka_unit_test(protocol_lists_are_checked),
        cmocka_unit_test(server_names),
        cmocka_unit_test(garbage),
        cmocka_unit_test(options),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
