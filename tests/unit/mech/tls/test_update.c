/* What a peer may ask for after the handshake: new keys, which it gets, and other things, which it does not. */
#include <mech/tls/inner.h>
#include <string.h>
#include <support/test.h>
#include <support/tls.h>

static void begin(tls_talk *t, uint16_t version)
{
    tls_talk_init(t);
    t->config[1].max_version = version;
    tls_talk_begin(t, TLS_CLIENT, TLS_SERVER);
    assert_int_equal(tls_shake(&t->e), TROTH_OK);
}

static troth_tls *inside(tls_talk *t, int side)
{
    return t->e.c[side]->impl;
}

/* One record at a side; the octets that it wants to send. */
static size_t open_one(tls_talk *t, int side, size_t want_plain)
{
    troth_record r = { 0 };
    tls_stream *in = &t->e.in[side];
    assert_int_equal(troth_context_record_open(t->e.c[side], (troth_bytes){ in->data, in->len }, &r), TROTH_OK);
    assert_int_equal(r.plain.len, want_plain);
    assert_false(r.closed);
    tls_stream_drop(in, r.used);
    tls_stream_put(&t->e.in[!side], r.send.data, r.send.len);
    return r.send.len;
}

/* KeyUpdate: a record without plaintext, answered at once when the peer asks for it. [RFC 8446 4.6.3] */
static void key_updates(void **state)
{
    (void)state;
    for (int i = 0; i < 8; i++) {
        tls_talk t;
        int from = i & 1, ask = i >> 1 & 1;
        begin(&t, 0);
        for (int round = 0; round < 3; round++) {
            assert_int_equal(
                SSL_key_update(inside(&t, from)->ssl, ask ? SSL_KEY_UPDATE_REQUESTED : SSL_KEY_UPDATE_NOT_REQUESTED),
                1);
            assert_int_equal(tls_send(&t.e, (troth_role)from, "x", 1), TROTH_OK);
            size_t answer = open_one(&t, !from, 0);
            assert_int_equal(answer != 0, ask);
            assert_int_equal(open_one(&t, !from, 1), 0);
            if (ask)
                assert_int_equal(open_one(&t, from, 0), 0);
            assert_int_equal(t.e.in[0].len + t.e.in[1].len, 0);
            tls_say(&t.e, (troth_role)from, "on");
            tls_say(&t.e, (troth_role)!from, "and on");
        }
        tls_talk_end(&t);
    }
}

/* No answer to a KeyUpdate once we have ended our direction. */
static void no_key_update_after_the_end(void **state)
{
    (void)state;
    tls_talk t;
    troth_bytes b;
    begin(&t, 0);
    assert_int_equal(troth_context_record_close(t.e.c[1], &b), TROTH_OK);
    assert_int_equal(SSL_key_update(inside(&t, 0)->ssl, SSL_KEY_UPDATE_REQUESTED), 1);
    assert_int_equal(tls_send(&t.e, TROTH_INITIATOR, "x", 1), TROTH_OK);
    assert_int_equal(open_one(&t, 1, 0), 0);
    assert_int_equal(open_one(&t, 1, 1), 0);
    tls_talk_end(&t);
}

/* Before a key has protected too many records, we change it ourselves. [RFC 8446 5.5] */
static void keys_are_changed_in_time(void **state)
{
    (void)state;
    for (uint16_t v = 0x0303; v <= 0x0304; v++) {
        tls_talk t;
        begin(&t, v);
        inside(&t, 0)->until_rekey = 3;
        unsigned controls = 0;
        for (int i = 0; i < 6; i++) {
            assert_int_equal(tls_send(&t.e, TROTH_INITIATOR, "x", 1), TROTH_OK);
            troth_bytes in = { t.e.in[1].data, t.e.in[1].len };
            size_t first = 5u + ((size_t)in.data[3] << 8 | in.data[4]);
            if (first < in.len) {
                controls++;
                assert_int_equal(open_one(&t, 1, 0), 0);
            }
            assert_int_equal(open_one(&t, 1, 1), 0);
        }
        assert_int_equal(controls, v == 0x0304);
        tls_talk_end(&t);
    }
}

/* Make a side begin a handshake anew, which ours never do; the record goes to the other one's stream. */
static void ask_again(tls_talk *t, int side)
{
    troth_tls *in = inside(t, side);
    troth_writer w = troth_writer_growing(&t->w.t.env, 65535, TROTH_BE);
    SSL_clear_options(in->ssl, SSL_OP_NO_RENEGOTIATION);
    assert_int_equal(SSL_renegotiate(in->ssl), 1);
    in->out = &w;
    (void)SSL_do_handshake(in->ssl);
    in->out = NULL;
    tls_stream_put(&t->e.in[!side], w.base, w.len);
    assert_true(w.len > 5);
    troth_writer_clear(&w);
}

/* TLS 1.2: whoever asks is told no, and the connection goes on as it was. [RFC 5746 4, RFC 5246 7.2.2] */
static void renegotiation(void **state)
{
    (void)state;
    for (int from = 0; from < 2; from++) {
        tls_talk t;
        troth_record r = { 0 };
        begin(&t, 0x0303);
        tls_say(&t.e, TROTH_INITIATOR, "before");
        unsigned legs = troth_context_facts(t.e.c[!from]).legs;
        ask_again(&t, from);
        tls_stream *in = &t.e.in[!from];
        assert_int_equal(troth_context_record_open(t.e.c[!from], (troth_bytes){ in->data, in->len }, &r), TROTH_OK);
        assert_int_equal(r.used, in->len);
        assert_int_equal(r.plain.len, 0);
        assert_int_equal(r.send.data[0], 21); /* an alert, and no hello */
        assert_int_equal(r.send.len, 5 + 8 + 2 + 16);
        troth_bytes b;
        assert_int_equal(troth_context_record_seal(t.e.c[!from], (troth_bytes){ (const uint8_t *)"x", 1 }, &b),
                         TROTH_OK);
        assert_int_equal(b.data[0], 23);
        assert_int_equal(troth_context_facts(t.e.c[!from]).legs, legs);
        tls_talk_end(&t);
    }
}

/* TLS 1.3: a client certificate is given in the handshake or not at all. [RFC 8446 4.6.2] */
static void authentication_afterwards(void **state)
{
    (void)state;
    tls_talk t;
    begin(&t, 0);
    SSL *server = inside(&t, 1)->ssl;
    SSL_set_verify(server, SSL_VERIFY_PEER, NULL);
    assert_int_equal(SSL_verify_client_post_handshake(server), 0); /* our client does not offer it */
    tls_say(&t.e, TROTH_INITIATOR, "on");
    tls_talk_end(&t);
}

/* A NewSessionTicket is taken and forgotten. */
static void tickets(void **state)
{
    (void)state;
    tls_talk t;
    begin(&t, 0);
    SSL *server = inside(&t, 1)->ssl;
    SSL_clear_options(server, SSL_OP_NO_TICKET);
    assert_int_equal(SSL_new_session_ticket(server), 1);
    assert_int_equal(tls_send(&t.e, TROTH_ACCEPTOR, "x", 1), TROTH_OK);
    assert_int_equal(open_one(&t, 0, 0), 0);
    assert_int_equal(open_one(&t, 0, 1), 0);
    tls_say(&t.e, TROTH_INITIATOR, "on");
    tls_talk_end(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(key_updates),
        cmocka_unit_test(no_key_update_after_the_end),
        cmocka_unit_test(keys_are_changed_in_time),
        cmocka_unit_test(renegotiation),
        cmocka_unit_test(authentication_afterwards),
        cmocka_unit_test(tickets),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
