/* The n-th allocation fails, for every n of credentials, handshake and one message; and no secret stays behind. */
#include <krb/krb.h>
#include <stdio.h>
#include <string.h>

#define SEAL (TROTH_F_MUTUAL | TROTH_F_REPLAY | TROTH_F_SEQUENCE | TROTH_F_CONFIDENTIALITY)

/* Everything that allocates: both credentials, the exchange, a message of many segments, the delegated credential. */
static troth_status whole(krb_pair *p, const troth_cred_source *client)
{
    troth_cred_source service = { .mech = "kerberos", .kind = TROTH_CRED_KEYTAB, .path = lab_file("service.keytab") };
    troth_context_options init = krb_init_options(SEAL | TROTH_F_DELEGATE), accept = krb_accept_options();
    init.target = "HTTP/localhost";
    troth_status st = krb_acquire(&p->t.env, TROTH_USE_INITIATE, client, &p->client);
    if (!st)
        st = krb_acquire(&p->t.env, TROTH_USE_ACCEPT, &service, &p->server);
    if (st)
        return st;
    if (!krb_pair_run(p, &init, &accept))
        return TROTH_NO_MEMORY;
    uint8_t data[20] = "twenty octets of it", token[128];
    troth_segment segs[10];
    for (size_t i = 0; i < 10; i++)
        segs[i] = (troth_segment){ TROTH_SEG_DATA, data + 2 * i, 2 };
    troth_message m = { segs, 10, token, sizeof token, 0 };
    st = troth_context_protect(p->init, TROTH_FORM_SEAL, &m, 1, NULL);
    if (!st)
        st = troth_context_unprotect(p->accept, TROTH_FORM_SEAL, &m, 1, NULL);
    troth_cred *delegated = NULL;
    if (!st)
        st = troth_context_delegated(p->accept, &delegated);
    troth_cred_unref(delegated);
    return st;
}

static void every_failure(const char *name, const troth_cred_source *client)
{
    size_t n = 1;
    for (;; n++) {
        krb_pair p;
        memset(&p, 0, sizeof p);
        test_env_init(&p.t);
        p.t.fail_at = n;
        if (client->secret.data)
            test_env_secret(&p.t, client->secret.data, client->secret.len);
        troth_status st = whole(&p, client);
        bool reached = atomic_load(&p.t.allocs) >= n;
        if (reached != (st == TROTH_NO_MEMORY))
            fail_msg("%s: allocation %zu of %zu: %s", name, n, (size_t)atomic_load(&p.t.allocs), troth_status_name(st));
        uint8_t key[32];
        troth_bytes k;
        if (p.init && !troth_context_session_key(p.init, &k)) {
            memcpy(key, k.data, sizeof key);
            test_env_secret(&p.t, key, sizeof key);
        }
        krb_pair_clear(&p);
        if (!reached)
            break;
    }
    print_message("%s: %zu allocations, each failed once\n", name, n - 1);
}

static void test_ccache(void **state)
{
    (void)state;
    char ccache[600];
    snprintf(ccache, sizeof ccache, "FILE:%s", lab_file("alice.ccache"));
    troth_cred_source src = { .mech = "kerberos", .kind = TROTH_CRED_CCACHE, .path = ccache };
    every_failure("ccache", &src);
}

static void test_password(void **state)
{
    (void)state;
    const char *password = lab_secret("alice.password");
    troth_cred_source src = { .mech = "kerberos",
                              .kind = TROTH_CRED_PASSWORD,
                              .principal = "alice",
                              .secret = { (const uint8_t *)password, strlen(password) } };
    every_failure("password", &src);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_ccache), cmocka_unit_test(test_password) };
    return krb_run("fault", tests, sizeof tests / sizeof *tests);
}
