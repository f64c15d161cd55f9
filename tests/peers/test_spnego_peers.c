/*
 * Our SPNEGO against MIT's, as initiator and as acceptor, over Kerberos and over NTLM (of gss-ntlmssp), signing and
 * sealing, with and without channel bindings. Which mechanism it was is read from the tokens and asked of both sides.
 *
 *   test_spnego_peers GSS_PEER      in the environment of `troth lab run --`; exit 77 where there is none
 */
#include <peers/peer.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <support/lab.h>
#include <support/pair.h>
#include <support/test.h>
#include <troth/sec.h>

enum { ROOM = 8192, CASES = 22 };
enum { GSS_DCE = 0x1000, GSS_INTEG = 0x20, GSS_CONF = 0x10, GSS_MUTUAL = 0x2, GSS_REPLAY = 0x4, GSS_SEQUENCE = 0x8 };

typedef struct test_case {
    bool ours_initiates, kerberos, seal, bindings;
    bool second; /* the initiator prefers the other mechanism */
    bool dce;    /* Kerberos in three legs                    */
} test_case;

static const char *program;
static const char application_data[] = "tls-server-end-point:0123456789abcdef0123456789abcdef";

/* ---- the peer ---- */

/* Say a command with octets; the answer begins with want, or the test fails. */
static void ask(peer_link *p, const char *want, const char *verb, const char *first, const void *octets, size_t n)
{
    char *hex = peer_hex(octets, n);
    if (first)
        peer_ask(p, verb, first, hex, NULL);
    else
        peer_ask(p, verb, hex, NULL);
    if (!p->word[0] || strcmp(p->word[0], want))
        fail_msg("the peer on \"%s\": %s %s %s", verb, p->word[0], p->word[1] ? p->word[1] : "",
                 p->word[2] ? p->word[2] : "");
    free(hex);
}

/* Whether the peer can play; a mechanism that it has not got is a skip of this case. */
static bool open_peer(peer_link *p, const test_case *t)
{
    char flags[16];
    unsigned want =
        GSS_MUTUAL | GSS_REPLAY | GSS_SEQUENCE | GSS_INTEG | (t->seal ? GSS_CONF : 0u) | (t->dce ? GSS_DCE : 0u);
    const char *mechs = t->kerberos ? "krb5" : "ntlm";
    if (t->second && !t->ours_initiates)
        mechs = t->kerberos ? "ntlm,krb5" : "krb5,ntlm";
    char *bindings = peer_hex(application_data, t->bindings ? sizeof application_data - 1 : 0);
    snprintf(flags, sizeof flags, "%x", want);
    peer_start(p, program);
    if (t->ours_initiates)
        peer_ask(p, "accept", "spnego", bindings, mechs, NULL);
    else
        peer_ask(p, "init", "spnego", "host@localhost", flags, bindings, mechs, NULL);
    free(bindings);
    if (!strcmp(p->word[0], "ok"))
        return true;
    print_message("the peer has no credential for %s: %s %s\n", mechs, p->word[1], p->word[2]);
    return false;
}

/* ---- our side ---- */

static size_t password(char *out, size_t cap)
{
    char path[512];
    snprintf(path, sizeof path, "%s/alice.password", getenv("TROTH_LAB"));
    FILE *f = fopen(path, "r");
    size_t n = f ? fread(out, 1, cap, f) : 0;
    if (f)
        fclose(f);
    return n && out[n - 1] == '\n' ? n - 1 : n;
}

static troth_cred_source our_source(const test_case *t, bool kerberos)
{
    static char secret[128];
    troth_cred_source s = { .mech = kerberos ? "kerberos" : "ntlm" };
    if (kerberos) {
        s.kind = t->ours_initiates ? TROTH_CRED_CCACHE : TROTH_CRED_KEYTAB;
        s.path = getenv(t->ours_initiates ? "KRB5CCNAME" : "KRB5_KTNAME");
    } else if (t->ours_initiates) {
        s.kind = TROTH_CRED_PASSWORD, s.principal = "alice", s.domain = "LAB", s.host = "CLIENT";
        s.secret = (troth_bytes){ (uint8_t *)secret, password(secret, sizeof secret) };
    } else {
        s.kind = TROTH_CRED_USER_FILE, s.domain = "LAB", s.host = "SERVER", s.path = getenv("TROTH_LAB_NTLM_USERS");
    }
    return s;
}

static troth_cred *our_cred(const test_case *t, troth_status *ret_st)
{
    bool both = t->second && t->ours_initiates;
    troth_cred_source s[2] = { our_source(t, both ? !t->kerberos : t->kerberos), our_source(t, t->kerberos) };
    troth_cred *cred = NULL;
    troth_job *job = NULL;
    *ret_st = troth_cred_new(troth_env_posix(), troth_mechs_default(),
                             t->ours_initiates ? TROTH_USE_INITIATE : TROTH_USE_ACCEPT, s, both ? 2 : 1, &cred);
    if (*ret_st || troth_cred_job(cred, 1, &job))
        return NULL;
    troth_job_run(job);
    troth_job_free(job);
    *ret_st = troth_cred_ready(cred, NULL);
    return cred;
}

static troth_context *our_context(const test_case *t, troth_cred *cred, const uint8_t *bindings, size_t n)
{
    troth_context_options o = { .role = t->ours_initiates ? TROTH_INITIATOR : TROTH_ACCEPTOR, .mech = "spnego" };
    o.require = TROTH_F_INTEGRITY | TROTH_F_MUTUAL | TROTH_F_REPLAY | TROTH_F_SEQUENCE;
    if (t->seal)
        o.require |= TROTH_F_CONFIDENTIALITY;
    if (t->dce)
        o.require |= TROTH_F_DCE_STYLE;
    o.target = t->ours_initiates ? "host@localhost" : NULL;
    o.bindings = (troth_bytes){ bindings, n };
    o.policy = t->bindings && !t->ours_initiates ? TROTH_POLICY_REQUIRE_BINDINGS : 0;
    troth_context *c = NULL;
    assert_int_equal(troth_context_new(cred, &o, &c), TROTH_OK);
    return c;
}

/* ---- the exchange ---- */

/* What the first SPNEGO token carries: the mechanism's own first octets. */
static bool carries(const uint8_t *token, size_t n, bool kerberos, bool dce)
{
    static const char oid[] = "\x06\x09\x2a\x86\x48\x86\xf7\x12\x01\x02\x02\x01"; /* RFC 4121 4.1: then TOK_ID 01 00 */
    /* in DCE style no frame: the OID stands in the list only, and the AP-REQ [APPLICATION 14] by itself */
    bool krb = memmem(token, n, oid, sizeof oid - 1 - dce) && (!dce || memmem(token, n, "\x6e\x82", 2)),
         ntlm = memmem(token, n, "NTLMSSP", 8);
    return krb == kerberos && ntlm != kerberos;
}

static unsigned establish(const test_case *t, troth_context **c, peer_link *p)
{
    static uint8_t octets[ROOM];
    const troth_env *env = troth_env_posix();
    troth_block token = { 0 };
    troth_step ours = TROTH_STEP_MORE;
    bool theirs = false, our_turn = t->ours_initiates;
    unsigned tokens = 0;
    for (; tokens < 12; our_turn = !our_turn) {
        if (our_turn) {
            assert_int_equal(pair_leg(env, c, !tokens, &token, &ours), TROTH_OK);
            const troth_error *e = troth_context_error(*c);
            if (ours == TROTH_STEP_ERROR)
                fail_msg("%s, %s, GSS %x %x", troth_status_name(e->code), e->where, e->gss_major, e->gss_minor);
        } else {
            char *hex = peer_hex(token.data, token.len);
            peer_ask(p, "step", hex, NULL);
            free(hex);
            if (!strcmp(p->word[0], "error"))
                fail_msg("the peer: %s %s", p->word[1], p->word[2]);
            theirs = !strcmp(p->word[0], "done");
            if (token.data)
                env->release(env->self, token.data, token.len);
            token = (troth_block){ NULL, peer_octets(p, 1, octets, sizeof octets) };
            if (token.len && (token.data = env->alloc(env->self, token.len)))
                memcpy(token.data, octets, token.len);
        }
        if (!tokens)
            assert_true(carries(token.data, token.len, t->kerberos != t->second, t->dce));
        tokens += token.len != 0;
        if (!token.len || (ours == TROTH_STEP_DONE && theirs))
            break;
    }
    if (token.data)
        env->release(env->self, token.data, token.len);
    assert_true(ours == TROTH_STEP_DONE && theirs);
    return tokens;
}

static void check_facts(const test_case *t, troth_context *c, peer_link *p)
{
    troth_facts f = troth_context_facts(c);
    assert_int_equal(f.mech, t->kerberos ? TROTH_MECH_KERBEROS : TROTH_MECH_NTLM);
    assert_true(f.attributes & TROTH_F_INTEGRITY);
    assert_int_equal(!!(f.attributes & TROTH_F_CONFIDENTIALITY), t->seal);
    if (t->bindings && t->kerberos && !t->ours_initiates)
        assert_true(f.attributes & TROTH_F_BOUND);
    peer_ask(p, "facts", NULL);
    assert_string_equal(p->word[0], "facts");
    assert_string_equal(p->word[4], t->kerberos ? "1.2.840.113554.1.2.2" : "1.3.6.1.4.1.311.2.2.10");
    if (t->ours_initiates)
        assert_non_null(strcasestr(p->word[2], "alice"));
    else
        assert_int_equal(strcasecmp(f.peer.account, "alice"), 0);
}

/* ---- messages: each form that the wires use ---- */

static void send_wrapped(troth_context *c, peer_link *p, const char *text, bool seal)
{
    static uint8_t buf[ROOM], got[ROOM];
    troth_form form = seal ? TROTH_FORM_SEAL : TROTH_FORM_WRAP;
    size_t n = strlen(text), room = troth_context_token_size(c, form, n);
    memcpy(buf + room, text, n);
    troth_segment seg = { TROTH_SEG_DATA, buf + room, n };
    troth_message m = { .segs = &seg, .n_segs = 1, .token = buf, .token_len = room };
    assert_int_equal(troth_context_protect(c, form, &m, 1, NULL), TROTH_OK);
    assert_int_equal(m.token_len, room);
    ask(p, "ok", "unwrap", NULL, buf, room + n);
    assert_string_equal(p->word[1], seal ? "1" : "0");
    assert_int_equal(peer_octets(p, 2, got, sizeof got), n);
    assert_memory_equal(got, text, n);
    assert_string_equal(p->word[3], "0");
}

static void receive_wrapped(troth_context *c, peer_link *p, const char *text, bool seal)
{
    static uint8_t buf[ROOM];
    ask(p, "ok", "wrap", seal ? "1" : "0", text, strlen(text));
    assert_string_equal(p->word[1], seal ? "1" : "0");
    troth_segment seg = { TROTH_SEG_STREAM, buf, peer_octets(p, 2, buf, sizeof buf) };
    troth_message m = { .segs = &seg, .n_segs = 1 };
    assert_int_equal(troth_context_unprotect(c, seal ? TROTH_FORM_SEAL : TROTH_FORM_WRAP, &m, 1, NULL), TROTH_OK);
    assert_int_equal(seg.len, strlen(text));
    assert_memory_equal(seg.data, text, seg.len);
}

static void exchange_mics(troth_context *c, peer_link *p, const char *text)
{
    static uint8_t token[ROOM];
    char copy[128];
    snprintf(copy, sizeof copy, "%s", text);
    troth_segment seg = { TROTH_SEG_DATA, (uint8_t *)copy, strlen(copy) };
    troth_message m = { .segs = &seg, .n_segs = 1, .token = token, .token_len = sizeof token };
    assert_int_equal(troth_context_protect(c, TROTH_FORM_MIC, &m, 1, NULL), TROTH_OK);
    char *hex = peer_hex(text, strlen(text));
    ask(p, "ok", "verify", hex, token, m.token_len);
    assert_string_equal(p->word[1], "0");
    ask(p, "ok", "mic", NULL, text, strlen(text));
    m.token_len = peer_octets(p, 1, token, sizeof token);
    assert_int_equal(troth_context_unprotect(c, TROTH_FORM_MIC, &m, 1, NULL), TROTH_OK);
    free(hex);
}

static void messages(const test_case *t, troth_context *c, peer_link *p)
{
    for (int i = 0; i < 3; i++) {
        /* gss-ntlmssp seals whatever it is asked, so that NTLM's signature is exchanged as a MIC */
        if (!t->dce && (t->kerberos || t->seal)) {
            send_wrapped(c, p, "from us to them", t->seal);
            receive_wrapped(c, p, "from them to us, somewhat longer", t->seal);
        }
        exchange_mics(c, p, "signed in both directions");
    }
}

/* ---- the matrix ---- */

static void run(void **state)
{
    const test_case *t = *state;
    peer_link p;
    troth_status st;
    if (!open_peer(&p, t)) {
        peer_stop(&p);
        skip();
    }
    troth_cred *cred = our_cred(t, &st);
    assert_int_equal(st, TROTH_OK);
    troth_context *c =
        our_context(t, cred, (const uint8_t *)application_data, t->bindings ? sizeof application_data - 1 : 0);
    unsigned tokens = establish(t, &c, &p);
    check_facts(t, c, &p);
    messages(t, c, &p);
    assert_int_equal(tokens, t->second ? (t->kerberos ? 5 : 6) : t->kerberos && !t->dce ? 2 : 4);
    troth_context_free(c);
    troth_cred_unref(cred);
    peer_stop(&p);
}

int main(int argc, char **argv)
{
    static test_case cases[CASES];
    static char names[CASES][64];
    struct CMUnitTest tests[CASES];
    int missing = lab_missing("test_spnego_peers");
    if (missing || argc != 2)
        return missing ? missing : 2;
    program = argv[1];
    for (unsigned i = 0; i < 16; i++)
        cases[i] = (test_case){ i & 8, !(i & 4), i & 2, i & 1, false, false };
    for (unsigned i = 0; i < 4; i++)
        cases[16 + i] = (test_case){ i & 2, i & 1, true, false, true, false };
    for (unsigned i = 0; i < 2; i++)
        cases[20 + i] = (test_case){ i & 1, true, true, false, false, true };
    for (size_t i = 0; i < CASES; i++) {
        const test_case *t = &cases[i];
        snprintf(names[i], sizeof names[i], "%s_%s_%s%s%s%s", t->ours_initiates ? "initiate" : "accept",
                 t->kerberos ? "kerberos" : "ntlm", t->seal ? "seal" : "sign", t->bindings ? "_bound" : "",
                 t->second ? "_second_choice" : "", t->dce ? "_dce_style" : "");
        tests[i] = (struct CMUnitTest){ names[i], run, NULL, NULL, &cases[i] };
    }
    return _cmocka_run_group_tests("spnego", tests, CASES, NULL, NULL);
}
