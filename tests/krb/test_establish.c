/* Establishing: requirements and attributes, identities, delegation, bindings, names. */
#include <krb/krb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SIGN (TROTH_F_MUTUAL | TROTH_F_REPLAY | TROTH_F_SEQUENCE | TROTH_F_INTEGRITY)
#define SEAL (SIGN | TROTH_F_CONFIDENTIALITY)

typedef struct matrix_row {
    const char *name;
    troth_flags require, want; /* of those that the row is about, on both sides */
} matrix_row;

static const matrix_row matrix[] = {
    { "nothing", 0, 0 },
    { "integrity", TROTH_F_INTEGRITY, TROTH_F_INTEGRITY },
    { "confidentiality carries integrity", TROTH_F_CONFIDENTIALITY, TROTH_F_CONFIDENTIALITY | TROTH_F_INTEGRITY },
    { "replay implies integrity", TROTH_F_REPLAY, TROTH_F_REPLAY | TROTH_F_INTEGRITY },
    { "sequence implies integrity", TROTH_F_SEQUENCE, TROTH_F_SEQUENCE | TROTH_F_INTEGRITY },
    { "mutual", TROTH_F_MUTUAL, TROTH_F_MUTUAL },
    { "sign", SIGN, SIGN },
    { "seal", SEAL, SEAL },
    { "no integrity wins", TROTH_F_INTEGRITY | TROTH_F_REPLAY | TROTH_F_NO_INTEGRITY, 0 },
    { "identify", TROTH_F_IDENTIFY | SEAL, TROTH_F_IDENTIFY | SEAL },
    { "dce style turns mutual on", TROTH_F_DCE_STYLE | TROTH_F_INTEGRITY,
      TROTH_F_DCE_STYLE | TROTH_F_INTEGRITY | TROTH_F_MUTUAL },
    { "delegate without mutual is nothing", TROTH_F_DELEGATE, 0 },
};

static void test_matrix(void **state)
{
    (void)state;
    krb_pair p;
    krb_pair_init(&p);
    for (const matrix_row *r = matrix; r < matrix + sizeof matrix / sizeof *matrix; r++) {
        troth_context_options init = krb_init_options(r->require), accept = krb_accept_options();
        if (!krb_pair_run(&p, &init, &accept))
            fail_msg("%s: not established", r->name);
        troth_flags about = ~(troth_flags)TROTH_F_CONNECTION;
        troth_flags i = troth_context_facts(p.init).attributes & about,
                    a = troth_context_facts(p.accept).attributes & about;
        if (i != r->want || a != r->want)
            fail_msg("%s: initiator %x, acceptor %x, wanted %x", r->name, i, a, r->want);
        krb_pair_reset(&p);
    }
    krb_pair_clear(&p);
}

static void test_facts(void **state)
{
    (void)state;
    krb_pair p;
    krb_pair_open(&p, SEAL);
    troth_facts i = troth_context_facts(p.init), a = troth_context_facts(p.accept);
    assert_int_equal(i.mech, TROTH_MECH_KERBEROS);
    assert_int_equal(i.outer, TROTH_MECH_KERBEROS);
    assert_string_equal(a.peer.name, "alice@EXAMPLE.TEST");
    assert_string_equal(a.peer.account, "alice");
    assert_string_equal(a.peer.authority, "EXAMPLE.TEST");
    assert_string_equal(a.self.name, "svc/localhost@EXAMPLE.TEST");
    assert_string_equal(i.self.name, "alice@EXAMPLE.TEST");
    assert_string_equal(i.peer.name, "svc/localhost@EXAMPLE.TEST");
    assert_string_equal(i.detail, "aes256-cts-hmac-sha1-96");
    assert_string_equal(a.detail, "aes256-cts-hmac-sha1-96");
    assert_int_equal(i.legs, 2);
    uint64_t now = p.t.env.wall(&p.t), hour = 36000000000u;
    assert_true(i.expiry > now + 20 * hour && i.expiry <= now + 24 * hour);
    assert_true(a.expiry > now + 20 * hour && a.expiry <= now + 25 * hour);
    troth_bytes ki, ka;
    assert_int_equal(troth_context_session_key(p.init, &ki), TROTH_OK);
    assert_int_equal(troth_context_session_key(p.accept, &ka), TROTH_OK);
    assert_int_equal(ki.len, 32);
    assert_int_equal(ka.len, 32);
    assert_memory_equal(ki.data, ka.data, 32);
    krb_pair_clear(&p);
}

/* Without mutual authentication nobody has shown who answered. */
static void test_peer_unknown_without_mutual(void **state)
{
    (void)state;
    krb_pair p;
    krb_pair_open(&p, TROTH_F_INTEGRITY);
    assert_string_equal(troth_context_facts(p.init).peer.name, "");
    assert_string_equal(troth_context_facts(p.accept).peer.name, "alice@EXAMPLE.TEST");
    assert_int_equal(p.n_tokens, 1);
    krb_pair_clear(&p);
}

/* The octets on the wire say what they are: RFC 2743 framing and an AP-REQ, or a bare one for DCE style. */
static void test_token_forms(void **state)
{
    (void)state;
    static const uint8_t krb5[] = { 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x12, 0x01, 0x02, 0x02, 0x01, 0x00 };
    krb_pair p;
    krb_pair_open(&p, SEAL);
    assert_int_equal(p.tokens[0].data[0], 0x60);
    assert_memory_equal(p.tokens[0].data + 4, krb5, sizeof krb5);
    assert_int_equal(p.n_tokens, 2);
    krb_pair_reset(&p);
    troth_context_options init = krb_init_options(SEAL | TROTH_F_DCE_STYLE), accept = krb_accept_options();
    assert_true(krb_pair_run(&p, &init, &accept));
    assert_int_equal(p.n_tokens, 3);
    assert_int_equal(p.tokens[0].data[0], 0x6e);
    assert_int_equal(p.tokens[1].data[0], 0x6f);
    assert_int_equal(p.tokens[2].data[0], 0x6f);
    krb_pair_clear(&p);
}

typedef struct delegation_row {
    const char *target;
    uint32_t policy;
    bool want;
} delegation_row;

/* In the lab HTTP/localhost is ok-as-delegate and svc/localhost is not. [CR-4] */
static void test_delegation(void **state)
{
    (void)state;
    static const delegation_row rows[] = { { "HTTP/localhost", 0, true },
                                           { "svc/localhost", 0, false },
                                           { "svc/localhost", TROTH_POLICY_DELEGATE_ANY, true } };
    krb_pair p;
    krb_pair_init(&p);
    for (const delegation_row *r = rows; r < rows + 3; r++) {
        troth_context_options init = krb_init_options(SEAL | TROTH_F_DELEGATE), accept = krb_accept_options();
        init.target = r->target;
        init.policy = r->policy;
        assert_true(krb_pair_run(&p, &init, &accept));
        troth_cred *cred = NULL, *again = NULL;
        bool i = troth_context_facts(p.init).attributes & TROTH_F_DELEGATE;
        bool a = troth_context_facts(p.accept).attributes & TROTH_F_DELEGATE;
        troth_status st = troth_context_delegated(p.accept, &cred);
        if (i != r->want || a != r->want || st != (r->want ? TROTH_OK : TROTH_NO_CRED))
            fail_msg("%s %x: initiator %d, acceptor %d, %s", r->target, r->policy, i, a, troth_status_name(st));
        if (cred) { /* and it initiates as alice, after its context has gone */
            assert_int_equal(troth_context_delegated(p.accept, &again), TROTH_OK);
            assert_ptr_equal(cred, again);
            troth_cred_unref(again);
            krb_pair_reset(&p);
            troth_cred *client = p.client;
            p.client = cred;
            init = krb_init_options(SIGN);
            assert_true(krb_pair_run(&p, &init, &accept));
            assert_string_equal(troth_context_facts(p.accept).peer.name, "alice@EXAMPLE.TEST");
            assert_false(troth_context_facts(p.accept).attributes & TROTH_F_CONFIDENTIALITY);
            p.client = client;
            krb_pair_reset(&p);
            troth_cred_unref(cred);
        }
        krb_pair_reset(&p);
    }
    krb_pair_clear(&p);
}

typedef struct bindings_row {
    const char *init, *accept;
    bool require;
    troth_status want;
    bool bound;
} bindings_row;

static void test_bindings(void **state)
{
    (void)state;
    static const bindings_row rows[] = {
        { "tls-server-end-point:abc", "tls-server-end-point:abc", false, TROTH_OK, true },
        { "tls-server-end-point:abc", "tls-server-end-point:abc", true, TROTH_OK, true },
        { "tls-server-end-point:abc", "tls-server-end-point:abd", false, TROTH_BAD_BINDINGS, false },
        { "", "tls-server-end-point:abc", false, TROTH_OK, false },
        { "", "tls-server-end-point:abc", true, TROTH_BAD_BINDINGS, false },
        { "tls-server-end-point:abc", "", false, TROTH_OK, false },
        { "tls-server-end-point:abc", "", true, TROTH_BAD_BINDINGS, false },
        { "", "", true, TROTH_BAD_BINDINGS, false },
    };
    krb_pair p;
    krb_pair_init(&p);
    for (const bindings_row *r = rows; r < rows + sizeof rows / sizeof *rows; r++) {
        troth_context_options init = krb_init_options(SIGN), accept = krb_accept_options();
        init.bindings = (troth_bytes){ (const uint8_t *)r->init, strlen(r->init) };
        accept.bindings = (troth_bytes){ (const uint8_t *)r->accept, strlen(r->accept) };
        accept.policy = r->require ? TROTH_POLICY_REQUIRE_BINDINGS : 0;
        bool ok = krb_pair_run(&p, &init, &accept);
        troth_status st = troth_context_error(p.accept)->code;
        bool bound = troth_context_facts(p.accept).attributes & TROTH_F_BOUND;
        if (ok != !r->want || st != r->want || bound != r->bound)
            fail_msg("row %zu: %s, bound %d", (size_t)(r - rows), troth_status_name(st), bound);
        krb_pair_reset(&p);
    }
    krb_pair_clear(&p);
}

static void test_target_forms(void **state)
{
    (void)state;
    static const char *const targets[] = { "svc/localhost", "svc@localhost", "svc/localhost@EXAMPLE.TEST" };
    krb_pair p;
    krb_pair_init(&p);
    for (size_t i = 0; i < 3; i++) {
        troth_context_options init = krb_init_options(SIGN), accept = krb_accept_options();
        init.target = targets[i];
        assert_true(krb_pair_run(&p, &init, &accept));
        assert_string_equal(troth_context_facts(p.accept).self.name, "svc/localhost@EXAMPLE.TEST");
        krb_pair_reset(&p);
    }
    krb_pair_clear(&p);
}

/* Keytab and password initiate, too, and the user's own cache is not touched by that. */
static void test_initiator_credentials(void **state)
{
    (void)state;
    const char *password = lab_secret("bob.password");
    const troth_cred_source sources[] = {
        { .mech = "kerberos", .kind = TROTH_CRED_KEYTAB, .path = lab_file("bob.keytab"), .principal = "bob" },
        { .mech = "kerberos", .kind = TROTH_CRED_KEYTAB, .path = lab_file("bob.keytab") },
        { .mech = "kerberos",
          .kind = TROTH_CRED_PASSWORD,
          .principal = "bob@EXAMPLE.TEST",
          .secret = { (const uint8_t *)password, strlen(password) } },
    };
    setenv("KRB5CCNAME", lab_file("nobody.ccache"), 1);
    for (size_t i = 0; i < sizeof sources / sizeof *sources; i++) {
        krb_pair p;
        troth_context_options init = krb_init_options(SEAL), accept = krb_accept_options();
        krb_pair_init_with(&p, &sources[i], NULL);
        assert_true(krb_pair_run(&p, &init, &accept));
        assert_string_equal(troth_context_facts(p.accept).peer.name, "bob@EXAMPLE.TEST");
        krb_pair_clear(&p);
        FILE *f = fopen(lab_file("nobody.ccache"), "re");
        assert_null(f);
    }
    char ccache[600];
    snprintf(ccache, sizeof ccache, "FILE:%s", lab_file("alice.ccache"));
    setenv("KRB5CCNAME", ccache, 1);
}

static void test_default_credentials(void **state)
{
    (void)state;
    troth_cred_source def = { .mech = "kerberos", .kind = TROTH_CRED_DEFAULT };
    troth_cred_source one = {
        .mech = "kerberos", .kind = TROTH_CRED_KEYTAB, .path = lab_file("service.keytab"), .principal = "svc/localhost"
    };
    krb_pair p;
    troth_context_options init = krb_init_options(SEAL), accept = krb_accept_options();
    krb_pair_init_with(&p, &def, &def);
    assert_true(krb_pair_run(&p, &init, &accept));
    krb_pair_clear(&p);
    krb_pair_init_with(&p, &def, &one);
    assert_true(krb_pair_run(&p, &init, &accept));
    krb_pair_clear(&p);
}

/* Whatever the machine's GSS configuration lists, no plugin came into this process. Runs last. */
static void test_no_plugin(void **state)
{
    (void)state;
    char line[1024];
    FILE *f = fopen("/proc/self/maps", "re");
    assert_non_null(f);
    while (fgets(line, sizeof line, f))
        assert_null(strstr(line, "gssntlmssp"));
    fclose(f);
}

/* A credential keeps the name of its last target: contexts with several in turn, and one begun before another's. */
static void test_targets_in_turn(void **state)
{
    (void)state;
    static const char *const targets[] = { "svc/localhost",
                                           "HTTP/localhost",
                                           "HTTP/localhost",
                                           "svc@localhost",
                                           "svc/localhost@EXAMPLE.TEST",
                                           "host/localhost",
                                           "svc/localhost" },
                             *const names[] = { "svc/localhost@EXAMPLE.TEST",  "HTTP/localhost@EXAMPLE.TEST",
                                                "HTTP/localhost@EXAMPLE.TEST", "svc/localhost@EXAMPLE.TEST",
                                                "svc/localhost@EXAMPLE.TEST",  "host/localhost@EXAMPLE.TEST",
                                                "svc/localhost@EXAMPLE.TEST" };
    krb_pair p;
    krb_pair_init(&p);
    troth_context_options early = krb_init_options(SEAL), accept = krb_accept_options();
    troth_context *begun = NULL;
    troth_block first = { 0 };
    early.target = targets[5];
    assert_int_equal(troth_context_new(p.client, &early, &begun), TROTH_OK);
    assert_int_equal(krb_leg(&p.t.env, &begun, NULL, &first), TROTH_STEP_MORE);
    for (size_t i = 0; i < sizeof targets / sizeof *targets; i++) {
        troth_context_options init = krb_init_options(SEAL);
        init.target = targets[i];
        if (!krb_pair_run(&p, &init, &accept))
            fail_msg("%s: not established", targets[i]);
        assert_string_equal(troth_context_facts(p.init).peer.name, names[i]);
        assert_string_equal(troth_context_facts(p.accept).self.name, names[i]);
        krb_pair_reset(&p);
    }
    troth_block answer = { 0 }, none = { 0 };
    assert_int_equal(troth_context_new(p.server, &accept, &p.accept), TROTH_OK);
    assert_int_equal(krb_leg(&p.t.env, &p.accept, &first, &answer), TROTH_STEP_DONE);
    assert_int_equal(krb_leg(&p.t.env, &begun, &answer, &none), TROTH_STEP_DONE);
    assert_string_equal(troth_context_facts(begun).peer.name, names[5]);
    troth_context_free(begun);
    troth_mem_drop(&p.t.env, &first);
    troth_mem_drop(&p.t.env, &answer);
    troth_mem_drop(&p.t.env, &none);
    krb_pair_clear(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_matrix),
        cmocka_unit_test(test_facts),
        cmocka_unit_test(test_peer_unknown_without_mutual),
        cmocka_unit_test(test_token_forms),
        cmocka_unit_test(test_delegation),
        cmocka_unit_test(test_bindings),
        cmocka_unit_test(test_target_forms),
        cmocka_unit_test(test_targets_in_turn),
        cmocka_unit_test(test_initiator_credentials),
        cmocka_unit_test(test_default_credentials),
        cmocka_unit_test(test_no_plugin),
    };
    return krb_run("establish", tests, sizeof tests / sizeof *tests);
}
