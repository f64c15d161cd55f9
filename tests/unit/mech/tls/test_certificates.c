/* Who is let in: the server's certificate, the client's, and what happens without. */
#include <openssl/x509_vfy.h>
#include <sec/context.h>
#include <stdlib.h>
#include <string.h>
#include <support/test.h>
#include <support/tls.h>

/* The handshake fails at one side with st and tells the other one why, which ends with the peer's word. */
static void refused(tls_talk *t, troth_role by, troth_status st, uint32_t alert)
{
    (void)tls_shake(&t->e);
    assert_int_equal(t->e.step[by], TROTH_STEP_ERROR);
    const troth_error *e = troth_context_error(t->e.c[by]);
    assert_int_equal(e->code, st);
    assert_int_equal(e->wire, alert);
    assert_int_equal(troth_context_facts(t->e.c[by]).attributes, 0);
    assert_string_equal(troth_context_state(t->e.c[by]), "failed");
    /* a client of TLS 1.3 may be complete already: then it is a record that tells it */
    if (t->e.step[!by] == TROTH_STEP_DONE) {
        uint8_t room[64];
        size_t n;
        bool closed;
        assert_int_equal(tls_receive(&t->e, !by, room, sizeof room, &n, &closed), TROTH_PEER_REFUSED);
    } else {
        tls_leg(&t->e, !by, false);
        assert_int_equal(t->e.step[!by], TROTH_STEP_ERROR);
    }
    assert_int_equal(troth_context_error(t->e.c[!by])->code, TROTH_PEER_REFUSED);
    assert_int_equal(troth_context_error(t->e.c[!by])->wire, alert);
}

static void servers(void **state)
{
    static const struct {
        tls_file server;
        const char *target;
        troth_status want;
        uint32_t alert, minor;
    } rows[] = {
        { TLS_SERVER, "server.test", TROTH_OK, 0, 0 },
        { TLS_SERVER, "HTTP/SERVER.test:443", TROTH_OK, 0, 0 },
        { TLS_SERVER, "a.wild.test", TROTH_OK, 0, 0 },
        { TLS_SERVER, "127.0.0.1", TROTH_OK, 0, 0 },
        { TLS_SERVER, "a.b.wild.test", TROTH_WRONG_PRINCIPAL, 42, X509_V_ERR_HOSTNAME_MISMATCH },
        { TLS_SERVER, "wild.test", TROTH_WRONG_PRINCIPAL, 42, X509_V_ERR_HOSTNAME_MISMATCH },
        { TLS_SERVER, "server.test.evil", TROTH_WRONG_PRINCIPAL, 42, X509_V_ERR_HOSTNAME_MISMATCH },
        { TLS_SERVER, "Server", TROTH_WRONG_PRINCIPAL, 42, X509_V_ERR_HOSTNAME_MISMATCH }, /* the CN is no host */
        { TLS_SERVER, "127.0.0.2", TROTH_WRONG_PRINCIPAL, 42, X509_V_ERR_IP_ADDRESS_MISMATCH },
        { TLS_SERVER_OTHER, "server.test", TROTH_DENIED, 48, X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY },
        { TLS_SERVER_AS_CLIENT, "server.test", TROTH_DENIED, 43, X509_V_ERR_INVALID_PURPOSE },
    };
    (void)state;
    for (size_t i = 0; i < 2 * sizeof rows / sizeof *rows; i++) {
        tls_talk t;
        tls_talk_init(&t);
        t.opts[0].target = rows[i / 2].target;
        t.config[1].max_version = i % 2 ? 0x0303 : 0x0304;
        tls_talk_begin(&t, TLS_NO_FILE, rows[i / 2].server);
        if (rows[i / 2].want) {
            refused(&t, TROTH_INITIATOR, rows[i / 2].want, rows[i / 2].alert);
            assert_int_equal(troth_context_error(t.e.c[0])->gss_minor, rows[i / 2].minor);
        } else {
            assert_int_equal(tls_shake(&t.e), TROTH_OK);
            troth_facts f = troth_context_facts(t.e.c[0]);
            assert_true(f.attributes & TROTH_F_MUTUAL && f.attributes & TROTH_F_ANONYMOUS);
            assert_true(strstr(rows[i / 2].target, f.peer.name));
            f = troth_context_facts(t.e.c[1]);
            assert_true(!(f.attributes & TROTH_F_MUTUAL) && f.attributes & TROTH_F_ANONYMOUS);
            assert_string_equal(f.peer.name, "");
        }
        tls_talk_end(&t);
    }
}

/* The time is the environment's. An expired certificate of our own is not even loaded, so the clock moves meanwhile. */
static void times(void **state)
{
    (void)state;
    for (int late = 0; late < 2; late++) {
        tls_talk t;
        tls_talk_init(&t);
        uint64_t now = t.w.t.env.wall(&t.w.t);
        t.w.t.wall = late ? now - 5400ull * 10000000u : now;
        tls_talk_begin(&t, TLS_NO_FILE, late ? TLS_SERVER_EXPIRED : TLS_SERVER_LATER);
        t.w.t.wall = now;
        refused(&t, TROTH_INITIATOR, TROTH_CRED_EXPIRED, late ? 45 : 42);
        tls_talk_end(&t);
    }
    for (int late = 0; late < 2; late++) { /* good by the machine's clock, but not by ours; and the other way round */
        tls_talk t;
        tls_talk_init(&t);
        tls_talk_begin(&t, TLS_NO_FILE, late ? TLS_SERVER_LATER : TLS_SERVER);
        t.w.t.wall = t.w.t.env.wall(&t.w.t) + 5400ull * 10000000u;
        if (late)
            assert_int_equal(tls_shake(&t.e), TROTH_CRED_EXPIRED); /* it is the authority's certificate that is over */
        else
            refused(&t, TROTH_INITIATOR, TROTH_CRED_EXPIRED, 45);
        tls_talk_end(&t);
    }
    tls_talk t;
    tls_talk_init(&t);
    tls_talk_begin(&t, TLS_NO_FILE, TLS_SERVER);
    assert_int_equal(tls_shake(&t.e), TROTH_OK);
    uint64_t end = troth_context_facts(t.e.c[0]).expiry, now = t.w.t.env.wall(&t.w.t);
    assert_in_range((end - now) / 10000000u, 3500, 3601);
    tls_talk_end(&t);
}

typedef struct client_row {
    uint32_t policy;
    troth_flags require;
    tls_file client;
    troth_status want;
    uint32_t alert; /* TLS 1.3 */
    const char *name;
} client_row;

static void client(const client_row *r, uint16_t version)
{
    tls_talk t;
    tls_talk_init(&t);
    t.opts[1].policy = r->policy;
    t.opts[1].require |= r->require;
    t.config[1].max_version = version;
    t.w.t.wall = r->client == TLS_CLIENT_EXPIRED ? t.w.t.env.wall(&t.w.t) - 5400ull * 10000000u : 0;
    uint64_t now = t.w.t.wall + 5400ull * 10000000u;
    t.opts[0].policy = t.w.t.wall ? TROTH_POLICY_UNVERIFIED : 0;
    tls_talk_begin(&t, r->client, TLS_SERVER);
    t.w.t.wall = t.w.t.wall ? now : 0;
    if (r->want) {
        uint32_t alert = version == 0x0303 && r->alert == 116 ? 40 : r->alert;
        refused(&t, TROTH_ACCEPTOR, r->want, alert);
    } else {
        assert_int_equal(tls_shake(&t.e), TROTH_OK);
        troth_facts f = troth_context_facts(t.e.c[1]), mine = troth_context_facts(t.e.c[0]);
        bool named = r->name[0];
        assert_int_equal(!!(f.attributes & TROTH_F_MUTUAL), named);
        assert_int_equal(!!(f.attributes & TROTH_F_ANONYMOUS), !named);
        assert_int_equal(!!(mine.attributes & TROTH_F_ANONYMOUS), !named);
        assert_string_equal(f.peer.name, r->name);
        assert_string_equal(mine.self.name, r->name);
    }
    tls_talk_end(&t);
}

static void clients(void **state)
{
    static const char subject[] = "CN=Alice,O=troth tests";
    static const client_row rows[] = {
        { 0, 0, TLS_NO_FILE, TROTH_OK, 0, "" },
        { 0, 0, TLS_CLIENT, TROTH_OK, 0, "" }, /* not asked for */
        { 0, TROTH_F_MUTUAL, TLS_NO_FILE, TROTH_OK, 0, "" },
        { 0, TROTH_F_MUTUAL, TLS_CLIENT, TROTH_OK, 0, subject },
        { 0, TROTH_F_MUTUAL, TLS_CLIENT_OTHER, TROTH_DENIED, 48, NULL }, /* a wrong one is worse than none */
        { TROTH_POLICY_REQUIRE_CERT, 0, TLS_NO_FILE, TROTH_DENIED, 116, NULL },
        { TROTH_POLICY_REQUIRE_CERT, 0, TLS_CLIENT, TROTH_OK, 0, subject },
        { TROTH_POLICY_REQUIRE_CERT, 0, TLS_CLIENT_OTHER, TROTH_DENIED, 48, NULL },
        { TROTH_POLICY_REQUIRE_CERT, 0, TLS_CLIENT_EXPIRED, TROTH_CRED_EXPIRED, 45, NULL },
        { TROTH_POLICY_REQUIRE_CERT, 0, TLS_SERVER, TROTH_DENIED, 43, NULL }, /* a server's usage */
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        client(&rows[i], 0x0303);
        client(&rows[i], 0x0304);
    }
}

/* An acceptor that was not told whom to trust trusts nobody, whatever authorities the system has. */
static void nobody_is_trusted_by_default(void **state)
{
    (void)state;
    tls_talk t;
    tls_talk_init(&t);
    setenv("SSL_CERT_FILE", t.w.path[TLS_CA], 1); /* as if the system had it */
    t.config[1].trust_path = NULL;
    t.opts[1].require |= TROTH_F_MUTUAL;
    tls_talk_begin(&t, TLS_CLIENT, TLS_SERVER);
    refused(&t, TROTH_ACCEPTOR, TROTH_DENIED, 48);
    unsetenv("SSL_CERT_FILE");
    tls_talk_end(&t);
}

/* Rules make the name, and a client that none fits is told during the handshake. */
static void rules(void **state)
{
    static const troth_cert_rule fits[] = { { TROTH_CERT_UPN, "bob@TEST", "bob" },
                                            { TROTH_CERT_UPN, "alice@TEST", "DOM\\al" } };
    (void)state;
    for (int i = 0; i < 4; i++) {
        tls_talk t;
        tls_talk_init(&t);
        t.opts[1].require |= TROTH_F_MUTUAL;
        t.config[1].rules = fits;
        t.config[1].n_rules = i & 1 ? 2 : 1;
        t.config[1].max_version = i & 2 ? 0x0303 : 0x0304;
        tls_talk_begin(&t, TLS_CLIENT, TLS_SERVER);
        if (i & 1) {
            assert_int_equal(tls_shake(&t.e), TROTH_OK);
            troth_identity peer = troth_context_facts(t.e.c[1]).peer;
            assert_string_equal(peer.name, "DOM\\al");
            assert_string_equal(peer.account, "al");
            assert_string_equal(peer.authority, "DOM");
        } else {
            refused(&t, TROTH_ACCEPTOR, TROTH_DENIED, 42);
            assert_int_equal(troth_context_error(t.e.c[1])->gss_minor, X509_V_ERR_CERT_REJECTED);
        }
        tls_talk_end(&t);
    }
}

/* Where the owner judges, nobody is mutual and nobody has a name, but what was wrong can be asked for. */
static void unverified(void **state)
{
    static const uint8_t mismatch[] = { 0, 0, 0, X509_V_ERR_HOSTNAME_MISMATCH }, good[4] = { 0 };
    (void)state;
    for (int i = 0; i < 3; i++) {
        tls_talk t;
        troth_bytes b;
        tls_talk_init(&t);
        t.opts[0].policy = t.opts[1].policy = TROTH_POLICY_UNVERIFIED;
        t.opts[0].target = i == 0 ? "server.test" : i == 1 ? "elsewhere.test" : NULL;
        t.opts[1].require |= TROTH_F_MUTUAL;
        tls_talk_begin(&t, TLS_CLIENT_OTHER, TLS_SERVER);
        assert_int_equal(tls_shake(&t.e), TROTH_OK);
        for (int k = 0; k < 2; k++) {
            troth_facts f = troth_context_facts(t.e.c[k]);
            assert_false(f.attributes & TROTH_F_MUTUAL);
            assert_string_equal(f.peer.name, "");
            assert_int_equal(troth_context_query(t.e.c[k], TROTH_QUERY_PEER_CERTIFICATE, &b), TROTH_OK);
            assert_true(b.len > 200);
        }
        assert_int_equal(troth_context_query(t.e.c[0], TROTH_QUERY_VERDICT, &b), TROTH_OK);
        assert_memory_equal(b.data, i == 1 ? mismatch : good, 4);
        assert_int_equal(troth_context_query(t.e.c[1], TROTH_QUERY_VERDICT, &b), TROTH_OK);
        assert_int_equal(b.data[3], X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY);
        tls_talk_end(&t);
    }
}

static void files(void **state)
{
    (void)state;
    tls_world w;
    troth_tls_config c = { 0 };
    tls_world_open(&w);
    const pki_pair *const both[] = { &w.pair[TLS_SERVER] };
    struct {
        const char *path, *key, *trust, *secret;
        troth_cred_use use;
        troth_cred_kind kind;
        troth_status want;
    } rows[] = {
        { w.path[TLS_SERVER], NULL, NULL, NULL, TROTH_USE_BOTH, TROTH_CRED_PEM, TROTH_OK },
        { "/nonexistent", NULL, NULL, NULL, TROTH_USE_BOTH, TROTH_CRED_PEM, TROTH_BAD_CONFIG },
        { w.path[TLS_SERVER], w.path[TLS_CLIENT], NULL, NULL, TROTH_USE_ACCEPT, TROTH_CRED_PEM, TROTH_BAD_CONFIG },
        { w.path[TLS_SERVER], NULL, "/nonexistent", NULL, TROTH_USE_ACCEPT, TROTH_CRED_PEM, TROTH_BAD_CONFIG },
        { w.path[TLS_SERVER], NULL, w.dir, NULL, TROTH_USE_BOTH, TROTH_CRED_PEM, TROTH_OK },
        { NULL, NULL, NULL, NULL, TROTH_USE_ACCEPT, TROTH_CRED_PEM, TROTH_INVALID },
        { NULL, NULL, NULL, NULL, TROTH_USE_ACCEPT, TROTH_CRED_DEFAULT, TROTH_INVALID },
        { NULL, NULL, NULL, NULL, TROTH_USE_INITIATE, TROTH_CRED_DEFAULT, TROTH_OK },
        { w.path[TLS_SERVER_EXPIRED], NULL, NULL, NULL, TROTH_USE_ACCEPT, TROTH_CRED_PEM, TROTH_CRED_EXPIRED },
        { w.path[TLS_CLIENT], NULL, NULL, NULL, TROTH_USE_INITIATE, TROTH_CRED_PEM, TROTH_BAD_CONFIG },
        { w.path[TLS_CLIENT], NULL, NULL, "wrong", TROTH_USE_INITIATE, TROTH_CRED_PEM, TROTH_BAD_CONFIG },
        { w.path[TLS_CLIENT], NULL, NULL, "kEy-Pa55", TROTH_USE_INITIATE, TROTH_CRED_PEM, TROTH_OK },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        troth_cred *cred;
        troth_job *job;
        if (i == 9) /* from here on, a key with a password; nobody is asked for it at a terminal */
            pki_write(w.path[TLS_CLIENT], both, 1, true, "kEy-Pa55");
        c = (troth_tls_config){ .key_path = rows[i].key, .trust_path = rows[i].trust };
        const char *secret = rows[i].secret;
        troth_cred_source src = { .mech = "tls",
                                  .kind = rows[i].kind,
                                  .path = rows[i].path,
                                  .tls = &c,
                                  .secret = { (const uint8_t *)secret, secret ? strlen(secret) : 0 } };
        assert_int_equal(troth_cred_new(&w.t.env, &w.mechs, rows[i].use, &src, 1, &cred), TROTH_OK);
        assert_int_equal(troth_cred_job(cred, 1, &job), TROTH_OK);
        troth_job_run(job);
        troth_job_free(job);
        uint64_t end = 0;
        assert_int_equal(troth_cred_ready(cred, &end), rows[i].want);
        assert_int_equal(troth_cred_complaint(cred) != NULL, rows[i].want == TROTH_BAD_CONFIG);
        assert_int_equal(!rows[i].want && end != UINT64_MAX, !rows[i].want && rows[i].path);
        troth_cred_unref(cred);
    }
    tls_world_close(&w);
}

/* What the files held is what counts, whatever becomes of them. */
static void files_are_read_once(void **state)
{
    (void)state;
    tls_talk t;
    tls_talk_init(&t);
    t.opts[1].policy = TROTH_POLICY_REQUIRE_CERT;
    tls_talk_begin(&t, TLS_CLIENT, TLS_SERVER);
    for (int i = 0; i < TLS_N_FILES; i++)
        remove(t.w.path[i]);
    for (int i = 0; i < 3; i++) {
        tls_close(&t.e);
        tls_open(&t.w, &t.e, t.cred[0], t.cred[1], &t.opts[0], &t.opts[1]);
        assert_int_equal(tls_shake(&t.e), TROTH_OK);
    }
    tls_talk_end(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(servers), cmocka_unit_test(times),
        cmocka_unit_test(clients), cmocka_unit_test(nobody_is_trusted_by_default),
        cmocka_unit_test(rules),   cmocka_unit_test(unverified),
        cmocka_unit_test(files),   cmocka_unit_test(files_are_read_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
