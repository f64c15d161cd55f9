/* Our Kerberos against MIT's own gss_ calls in another process: both roles, all forms, bindings, DCE style. */
#include <krb/krb.h>
#include <peers/peer.h>
#include <stdlib.h>
#include <string.h>

enum { GSS_SIGN = 0x2e, GSS_SEAL = 0x3e, GSS_DCE = 0x1000, GSS_BOUND = 0x800, TOKEN = 65536 };

#define SIGN (TROTH_F_MUTUAL | TROTH_F_REPLAY | TROTH_F_SEQUENCE | TROTH_F_INTEGRITY)

typedef struct cell {
    troth_role role; /* ours */
    bool seal, dce;
    const char *bindings;
} cell;

typedef struct talk {
    krb_pair p; /* its credentials, and our one context */
    peer_link peer;
    troth_context *ours;
    const cell *cell;
} talk;

static const char *program;

static void start(talk *t, const cell *c)
{
    memset(t, 0, sizeof *t);
    t->cell = c;
    krb_pair_init(&t->p);
    peer_start(&t->peer, program);
    troth_context_options o = c->role == TROTH_INITIATOR ? krb_init_options(SIGN) : krb_accept_options();
    if (c->role == TROTH_INITIATOR)
        o.require |= (c->seal ? TROTH_F_CONFIDENTIALITY : 0u) | (c->dce ? TROTH_F_DCE_STYLE : 0u);
    o.bindings = (troth_bytes){ (const uint8_t *)c->bindings, strlen(c->bindings) };
    o.policy = *c->bindings && c->role == TROTH_ACCEPTOR ? TROTH_POLICY_REQUIRE_BINDINGS : 0;
    troth_cred *cred = c->role == TROTH_INITIATOR ? t->p.client : t->p.server;
    assert_int_equal(troth_context_new(cred, &o, &t->ours), TROTH_OK);
    char *bindings = peer_hex(c->bindings, strlen(c->bindings));
    if (c->role == TROTH_INITIATOR)
        peer_ask(&t->peer, "accept", "krb5", bindings, "-", NULL);
    else
        peer_ask(&t->peer, "init", "krb5", "svc/localhost", c->dce ? "103e" : "3e", bindings, "-", NULL);
    assert_string_equal(t->peer.word[0], "ok");
    free(bindings);
}

static void stop(talk *t)
{
    troth_context_free(t->ours);
    peer_stop(&t->peer);
    krb_pair_clear(&t->p);
}

/* Give a token to the peer; true when it is done. Its answer goes to out. */
static bool peer_step(talk *t, const troth_block *in, troth_block *out)
{
    static uint8_t token[TOKEN];
    char *hex = peer_hex(in->data, in->len);
    peer_ask(&t->peer, "step", hex, NULL);
    free(hex);
    if (strcmp(t->peer.word[0], "error") == 0)
        fail_msg("the peer: %s %s", t->peer.word[1], t->peer.word[2]);
    *out = (troth_block){ token, peer_octets(&t->peer, 1, token, sizeof token) };
    return strcmp(t->peer.word[0], "done") == 0;
}

static void establish(talk *t)
{
    troth_block in = { 0 }, out = { 0 };
    bool theirs = false;
    troth_step ours = TROTH_STEP_MORE;
    bool our_turn = t->cell->role == TROTH_INITIATOR;
    const troth_env *env = &t->p.t.env;
    for (int leg = 0; leg < 5 && (ours == TROTH_STEP_MORE || !theirs); leg++, our_turn = !our_turn) {
        if (our_turn) {
            ours = krb_leg(env, &t->ours, leg ? &in : NULL, &out);
            if (ours == TROTH_STEP_ERROR)
                fail_msg("ours: %s", troth_status_name(troth_context_error(t->ours)->code));
        } else {
            theirs = peer_step(t, &out, &in);
            troth_mem_drop(env, &out);
        }
    }
    troth_mem_drop(env, &out);
    assert_true(ours == TROTH_STEP_DONE && theirs);
}

/* What each side says the context is. */
static void compare(talk *t)
{
    troth_facts f = troth_context_facts(t->ours);
    peer_ask(&t->peer, "facts", NULL);
    assert_string_equal(t->peer.word[0], "facts");
    unsigned long got = strtoul(t->peer.word[1], NULL, 16);
    bool init = t->cell->role == TROTH_INITIATOR, seal = !init || t->cell->seal;
    assert_int_equal(got & 0x3e, seal ? GSS_SEAL : GSS_SIGN);
    assert_int_equal(!!(got & GSS_DCE), t->cell->dce);
    assert_int_equal(!!(f.attributes & TROTH_F_CONFIDENTIALITY), seal);
    assert_int_equal(!!(f.attributes & TROTH_F_DCE_STYLE), t->cell->dce);
    assert_int_equal(f.attributes & SIGN, SIGN);
    if (*t->cell->bindings)
        assert_true(init ? got & GSS_BOUND : f.attributes & TROTH_F_BOUND);
    assert_string_equal(t->peer.word[2], "alice@EXAMPLE.TEST");
    assert_string_equal(t->peer.word[3], "svc/localhost@EXAMPLE.TEST");
    assert_string_equal(init ? f.self.name : f.peer.name, "alice@EXAMPLE.TEST");
    assert_string_equal(init ? f.peer.name : f.self.name, "svc/localhost@EXAMPLE.TEST");
}

/* Ours to gss_unwrap: token in front of the data; gss_wrap's (no rotation) to ours as a stream. */
static void whole_messages(talk *t, troth_form form, uint8_t *data, size_t n)
{
    static uint8_t all[TOKEN + 128];
    size_t size = troth_context_token_size(t->ours, form, n);
    const char *conf = form == TROTH_FORM_SEAL ? "1" : "0";
    memcpy(all + size, data, n);
    troth_segment seg = { TROTH_SEG_DATA, all + size, n };
    troth_message m = { &seg, 1, all, size, 0 };
    assert_int_equal(troth_context_protect(t->ours, form, &m, 1, NULL), TROTH_OK);
    char *hex = peer_hex(all, size + n), *plain = peer_hex(data, n);
    peer_ask(&t->peer, "unwrap", hex, NULL);
    assert_string_equal(t->peer.word[0], "ok");
    assert_string_equal(t->peer.word[1], conf);
    assert_string_equal(t->peer.word[2], plain);
    assert_string_equal(t->peer.word[3], "0");
    peer_ask(&t->peer, "wrap", conf, plain, NULL);
    assert_string_equal(t->peer.word[0], "ok");
    size_t len = peer_octets(&t->peer, 2, all, sizeof all);
    assert_memory_equal(all + 6, "\0", 2); /* RRC 0 */
    seg = (troth_segment){ TROTH_SEG_STREAM, all, len };
    m = (troth_message){ &seg, 1, NULL, 0, 0 };
    assert_int_equal(troth_context_unprotect(t->ours, form, &m, 1, NULL), TROTH_OK);
    assert_int_equal(seg.len, n);
    assert_memory_equal(seg.data, data, n);
    free(hex), free(plain);
}

/* Token apart, and something that is signed only; the one way of DCE style. */
static void split_messages(talk *t, troth_form form, uint8_t *data, size_t n)
{
    static uint8_t text[TOKEN], token[256];
    uint8_t signed_only[] = "signed only";
    const char *conf = form == TROTH_FORM_SEAL ? "1" : "0";
    memcpy(text, data, n);
    troth_segment segs[] = { { TROTH_SEG_SIGN_ONLY, signed_only, sizeof signed_only }, { TROTH_SEG_DATA, text, n } };
    troth_message m = { segs, 2, token, sizeof token, 0 };
    assert_int_equal(troth_context_protect(t->ours, form, &m, 1, NULL), TROTH_OK);
    char *header = peer_hex(token, m.token_len), *around = peer_hex(signed_only, sizeof signed_only);
    char *sealed = peer_hex(text, n), *plain = peer_hex(data, n);
    peer_ask(&t->peer, "open", header, around, sealed, NULL);
    assert_string_equal(t->peer.word[0], "ok");
    assert_string_equal(t->peer.word[1], conf);
    assert_string_equal(t->peer.word[2], plain);
    assert_string_equal(t->peer.word[3], "0");
    peer_ask(&t->peer, "seal", conf, around, plain, NULL);
    assert_string_equal(t->peer.word[0], "ok");
    m.token_len = peer_octets(&t->peer, 1, token, sizeof token);
    assert_int_equal(peer_octets(&t->peer, 2, text, sizeof text), n);
    assert_int_equal(troth_context_unprotect(t->ours, form, &m, 1, NULL), TROTH_OK);
    assert_memory_equal(text, data, n);
    free(header), free(around), free(sealed), free(plain);
}

static void mics(talk *t, uint8_t *data, size_t n)
{
    uint8_t token[256];
    troth_segment seg = { TROTH_SEG_DATA, data, n };
    troth_message m = { &seg, 1, token, sizeof token, 0 };
    assert_int_equal(troth_context_protect(t->ours, TROTH_FORM_MIC, &m, 1, NULL), TROTH_OK);
    char *text = peer_hex(data, n), *mic = peer_hex(token, m.token_len);
    peer_ask(&t->peer, "verify", text, mic, NULL);
    assert_string_equal(t->peer.word[0], "ok");
    assert_string_equal(t->peer.word[1], "0");
    peer_ask(&t->peer, "mic", text, NULL);
    m.token_len = peer_octets(&t->peer, 1, token, sizeof token);
    assert_int_equal(troth_context_unprotect(t->ours, TROTH_FORM_MIC, &m, 1, NULL), TROTH_OK);
    free(text), free(mic);
}

static void run_cell(const cell *c)
{
    static uint8_t data[40000];
    static const size_t sizes[] = { 0, 1, 16, 1000, sizeof data };
    talk t;
    for (size_t i = 0; i < sizeof data; i++)
        data[i] = (uint8_t)(i * 13 + 1);
    start(&t, c);
    establish(&t);
    compare(&t);
    bool seal = c->role == TROTH_ACCEPTOR || c->seal;
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        mics(&t, data, sizes[i]);
        for (troth_form form = TROTH_FORM_WRAP; form <= (seal ? TROTH_FORM_SEAL : TROTH_FORM_WRAP); form++) {
            split_messages(&t, form, data, sizes[i]);
            if (!c->dce)
                whole_messages(&t, form, data, sizes[i]);
        }
    }
    stop(&t);
}

static void test_cells(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 16; i++) {
        const cell c = { i & 1 ? TROTH_ACCEPTOR : TROTH_INITIATOR, i & 2, i & 4,
                         i & 8 ? "tls-server-end-point:x" : "" };
        run_cell(&c);
    }
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_cells) };
    program = argc > 1 ? argv[1] : "";
    return krb_run("krb_mit", tests, 1);
}
