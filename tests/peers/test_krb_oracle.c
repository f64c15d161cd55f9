/*
 * Our message protection against MIT's, in another process: every length from 0 to 299 and two large ones, both ways,
 * with the encryption type of the realm. What MIT rotates not at all comes to us rotated in all manners.
 */
#include <krb/krb.h>
#include <peers/peer.h>
#include <stdlib.h>
#include <string.h>

enum { BIG = 64512, ROOM = 65536, LENGTHS = 302 };

#define SEAL (TROTH_F_MUTUAL | TROTH_F_REPLAY | TROTH_F_SEQUENCE | TROTH_F_CONFIDENTIALITY)

typedef struct talk {
    krb_pair p; /* its credentials, and our one context */
    peer_link peer;
    troth_context *ours;
    bool initiator, dce;
} talk;

static const char *program;
static uint8_t plain[BIG], buffer[ROOM], other[ROOM];

static void start(talk *t, bool initiator, bool dce)
{
    troth_block in = { 0 }, out = { 0 };
    memset(t, 0, sizeof *t);
    t->initiator = initiator, t->dce = dce;
    krb_pair_init(&t->p);
    peer_start(&t->peer, program);
    troth_context_options o =
        initiator ? krb_init_options(SEAL | (dce ? TROTH_F_DCE_STYLE : 0u)) : krb_accept_options();
    assert_int_equal(troth_context_new(initiator ? t->p.client : t->p.server, &o, &t->ours), TROTH_OK);
    if (initiator)
        peer_ask(&t->peer, "accept", "krb5", "-", "-", NULL);
    else
        peer_ask(&t->peer, "init", "krb5", "svc/localhost", dce ? "103e" : "3e", "-", "-", NULL);
    assert_string_equal(t->peer.word[0], "ok");
    troth_step ours = TROTH_STEP_MORE;
    bool theirs = false, our_turn = initiator;
    for (int leg = 0; leg < 5 && (ours == TROTH_STEP_MORE || !theirs); leg++, our_turn = !our_turn) {
        if (our_turn) {
            ours = krb_leg(&t->p.t.env, &t->ours, leg ? &in : NULL, &out);
            assert_int_not_equal(ours, TROTH_STEP_ERROR);
            continue;
        }
        char *hex = peer_hex(out.data, out.len);
        troth_mem_drop(&t->p.t.env, &out);
        peer_ask(&t->peer, "step", hex, NULL);
        free(hex);
        theirs = strcmp(t->peer.word[0], "done") == 0;
        in = (troth_block){ buffer, peer_octets(&t->peer, 1, buffer, sizeof buffer) };
    }
    troth_mem_drop(&t->p.t.env, &out);
    assert_true(ours == TROTH_STEP_DONE && theirs);
    if (getenv("TROTH_LAB_ENCTYPE"))
        assert_string_equal(troth_context_facts(t->ours).detail, getenv("TROTH_LAB_ENCTYPE"));
}

static void stop(talk *t)
{
    troth_context_free(t->ours);
    peer_stop(&t->peer);
    krb_pair_clear(&t->p);
}

static size_t length_of(size_t i)
{
    return i < 300 ? i : i == 300 ? 4096 : BIG;
}

static void said_ok(talk *t, const char *conf, const char *text)
{
    assert_string_equal(t->peer.word[0], "ok");
    assert_string_equal(t->peer.word[1], conf);
    assert_string_equal(t->peer.word[2], text);
    assert_string_equal(t->peer.word[3], "0");
}

static troth_status open_stream(talk *t, troth_form form, uint8_t *p, size_t len, size_t n)
{
    uint8_t *copy = malloc(len ? len : 1);
    memcpy(copy, p, len);
    troth_segment seg = { TROTH_SEG_STREAM, copy, len };
    troth_message m = { &seg, 1, NULL, 0, 0 };
    troth_status st = troth_context_unprotect(t->ours, form, &m, 1, NULL);
    if (!st) {
        assert_int_equal(seg.len, n);
        assert_memory_equal(seg.data, plain, n);
    }
    free(copy);
    return st;
}

/* What gss_wrap gives is not rotated: do it as another sender might. */
static void rotate(uint8_t *token, size_t len, size_t rrc)
{
    size_t n = len - 16, by = rrc % n;
    memcpy(other, token + 16, n);
    for (size_t i = 0; i < n; i++)
        token[16 + (i + by) % n] = other[i];
    token[6] = (uint8_t)(rrc >> 8);
    token[7] = (uint8_t)rrc;
}

static void whole(talk *t, troth_form form, size_t n, size_t turn)
{
    static const size_t rrcs[] = { 0, 28, 12, 1, 16, 44, 500, 60000, 65535 };
    const char *conf = form == TROTH_FORM_SEAL ? "1" : "0";
    char *text = peer_hex(plain, n);
    size_t size = troth_context_token_size(t->ours, form, n);
    memcpy(buffer + size, plain, n);
    troth_segment seg = { TROTH_SEG_DATA, buffer + size, n };
    troth_message m = { &seg, 1, buffer, size, 0 };
    assert_int_equal(troth_context_protect(t->ours, form, &m, 1, NULL), TROTH_OK);
    char *hex = peer_hex(buffer, size + n);
    peer_ask(&t->peer, "unwrap", hex, NULL);
    said_ok(t, conf, text);
    peer_ask(&t->peer, "wrap", conf, text, NULL);
    assert_string_equal(t->peer.word[0], "ok");
    size_t len = peer_octets(&t->peer, 2, buffer, sizeof buffer);
    rotate(buffer, len, rrcs[turn % (sizeof rrcs / sizeof *rrcs)]);
    assert_int_equal(open_stream(t, form, buffer, len, n), TROTH_OK);
    free(hex), free(text);
}

/* Token apart, with octets signed only: our layout is the one that gss_wrap_iov gives without a trailer. */
static void apart(talk *t, troth_form form, size_t n)
{
    uint8_t token[256], theirs[256], around[] = "signed only";
    const char *conf = form == TROTH_FORM_SEAL ? "1" : "0";
    memcpy(buffer, plain, n);
    troth_segment segs[] = { { TROTH_SEG_SIGN_ONLY, around, sizeof around }, { TROTH_SEG_DATA, buffer, n } };
    troth_message m = { segs, 2, token, sizeof token, 0 };
    assert_int_equal(troth_context_protect(t->ours, form, &m, 1, NULL), TROTH_OK);
    char *header = peer_hex(token, m.token_len), *sides = peer_hex(around, sizeof around);
    char *sealed = peer_hex(buffer, n), *text = peer_hex(plain, n);
    peer_ask(&t->peer, "open", header, sides, sealed, NULL);
    said_ok(t, conf, text);
    peer_ask(&t->peer, "seal", conf, sides, text, NULL);
    assert_string_equal(t->peer.word[0], "ok");
    size_t len = peer_octets(&t->peer, 1, theirs, sizeof theirs);
    assert_int_equal(peer_octets(&t->peer, 2, buffer, sizeof buffer), n);
    assert_int_equal(len, m.token_len);
    theirs[2] ^= 1; /* SentByAcceptor; all else up to the number is the same */
    assert_memory_equal(theirs, token, 8);
    theirs[2] ^= 1;
    m.token = theirs;
    assert_int_equal(troth_context_unprotect(t->ours, form, &m, 1, NULL), TROTH_OK);
    assert_memory_equal(buffer, plain, n);
    free(header), free(sides), free(sealed), free(text);
}

static void mic(talk *t, size_t n)
{
    uint8_t token[256];
    troth_segment seg = { TROTH_SEG_DATA, plain, n };
    troth_message m = { &seg, 1, token, sizeof token, 0 };
    assert_int_equal(troth_context_protect(t->ours, TROTH_FORM_MIC, &m, 1, NULL), TROTH_OK);
    char *text = peer_hex(plain, n), *hex = peer_hex(token, m.token_len);
    peer_ask(&t->peer, "verify", text, hex, NULL);
    assert_string_equal(t->peer.word[0], "ok");
    assert_string_equal(t->peer.word[1], "0");
    peer_ask(&t->peer, "mic", text, NULL);
    m.token_len = peer_octets(&t->peer, 1, token, sizeof token);
    assert_int_equal(troth_context_unprotect(t->ours, TROTH_FORM_MIC, &m, 1, NULL), TROTH_OK);
    free(text), free(hex);
}

static void test_lengths(void **state)
{
    (void)state;
    for (int k = 0; k < 4; k++) {
        talk t;
        start(&t, k & 1, k & 2);
        for (size_t i = 0; i < LENGTHS; i++) {
            size_t n = length_of(i);
            mic(&t, n);
            for (troth_form form = TROTH_FORM_WRAP; form <= TROTH_FORM_SEAL; form++) {
                apart(&t, form, n);
                if (!t.dce)
                    whole(&t, form, n, i);
            }
        }
        stop(&t);
    }
}

static bool refused(troth_status st)
{
    return st == TROTH_BAD_MIC || st == TROTH_MALFORMED || st == TROTH_TRUNCATED || st == TROTH_NOT_SEALED;
}

/* MIT's token: altered at every octet, cut at every length, late. RRC is not signed, but here nothing divides it. */
static void test_altered(void **state)
{
    (void)state;
    talk t;
    start(&t, true, false);
    for (troth_form form = TROTH_FORM_WRAP; form <= TROTH_FORM_SEAL; form++) {
        char *text = peer_hex(plain, 21);
        peer_ask(&t.peer, "wrap", form == TROTH_FORM_SEAL ? "1" : "0", text, NULL);
        size_t len = peer_octets(&t.peer, 2, buffer, sizeof buffer);
        for (size_t i = 0; i < len; i++) {
            buffer[i] ^= (uint8_t)(1 << i % 8);
            assert_true(refused(open_stream(&t, form, buffer, len, 21)));
            buffer[i] ^= (uint8_t)(1 << i % 8);
            assert_true(refused(open_stream(&t, form, buffer, i, 21)));
        }
        assert_int_equal(open_stream(&t, form, buffer, len, 21), TROTH_OK);
        assert_int_equal(open_stream(&t, form, buffer, len, 21), TROTH_REPLAY);
        peer_ask(&t.peer, "wrap", "1", text, NULL); /* one that we never see */
        peer_ask(&t.peer, "wrap", form == TROTH_FORM_SEAL ? "1" : "0", text, NULL);
        len = peer_octets(&t.peer, 2, buffer, sizeof buffer);
        assert_int_equal(open_stream(&t, form, buffer, len, 21), TROTH_OUT_OF_ORDER);
        free(text);
    }
    stop(&t);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_lengths), cmocka_unit_test(test_altered) };
    program = argc > 1 ? argv[1] : "";
    for (size_t i = 0; i < sizeof plain; i++)
        plain[i] = (uint8_t)(i * 11 + 5);
    return krb_run("krb_oracle", tests, sizeof tests / sizeof *tests);
}
