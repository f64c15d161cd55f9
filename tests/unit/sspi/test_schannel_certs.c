/* Schannel's certificates: whose they are, whom they are believed, and what a refusal is called. */
#include <unit/sspi/schan.h>

/* ---- CERT_CONTEXT and stores ---- */

static void contexts(void **state)
{
    (void)state;
    schan s;
    PCCERT_CONTEXT cert, untouched = (PCCERT_CONTEXT)(uintptr_t)16;
    char path[96];
    schan_init(&s);
    cert = schan_cert(&s, TLS_SERVER);
    assert_int_equal(cert->dwCertEncodingType, X509_ASN_ENCODING);
    uint8_t *der = NULL;
    int n = i2d_X509(s.w.pair[TLS_SERVER].cert, &der);
    assert_int_equal(cert->cbCertEncoded, n);
    assert_memory_equal(cert->pbCertEncoded, der, (size_t)n);
    OPENSSL_free(der);
    assert_ptr_equal(CertDuplicateCertificateContext(cert), cert);
    assert_true(CertFreeCertificateContext(cert));
    assert_int_equal(cert->cbCertEncoded, n);
    assert_true(CertFreeCertificateContext(cert));
    assert_false(CertFreeCertificateContext(cert)); /* once too often, and what was never one */
    assert_false(CertFreeCertificateContext(untouched));
    assert_true(CertFreeCertificateContext(NULL));
    assert_null(CertDuplicateCertificateContext(untouched));
    assert_false(CertCloseStore(&s, 0));
    assert_int_equal(FreeContextBuffer((void *)(uintptr_t)untouched), SEC_E_INVALID_HANDLE);

    cert = untouched;
    snprintf(path, sizeof path, "%s/none", s.w.dir);
    assert_int_equal(troth_sspi_cert_from_files(path, NULL, NULL, &cert), SEC_E_NO_CREDENTIALS);
    assert_int_equal(troth_sspi_cert_from_files(s.w.path[TLS_SERVER], s.w.path[TLS_CLIENT], NULL, &cert),
                     SEC_E_UNKNOWN_CREDENTIALS); /* another's key */
    assert_int_equal(troth_sspi_cert_from_files(s.conf, NULL, NULL, &cert), SEC_E_UNKNOWN_CREDENTIALS);
    assert_int_equal(troth_sspi_cert_from_pem("no PEM", 6, NULL, &cert), SEC_E_UNKNOWN_CREDENTIALS);
    assert_int_equal(troth_sspi_cert_from_pem(NULL, 0, NULL, &cert), SEC_E_INVALID_PARAMETER);
    void *store = NULL;
    assert_int_equal(troth_sspi_store_from_pem("no PEM", 6, &store), SEC_E_UNKNOWN_CREDENTIALS);
    assert_ptr_equal(cert, untouched);
    assert_null(store);
    schan_clear(&s);
}

/* A locked key, in a file of its own; the password is a secret that is left nowhere. */
static void locked_key(void **state)
{
    (void)state;
    static const char password[] = "correct horse";
    schan s;
    char path[96];
    PCCERT_CONTEXT cert;
    schan_init(&s);
    test_env_secret(&s.w.t, password, sizeof password - 1);
    snprintf(path, sizeof path, "%s/locked", s.w.dir);
    const pki_pair *const chain[] = { &s.w.pair[TLS_SERVER] };
    pki_write(path, chain, 1, true, password);
    assert_int_equal(troth_sspi_cert_from_files(path, NULL, NULL, &cert), SEC_E_UNKNOWN_CREDENTIALS);
    assert_int_equal(troth_sspi_cert_from_files(path, NULL, "wrong", &cert), SEC_E_UNKNOWN_CREDENTIALS);
    assert_int_equal(troth_sspi_cert_from_files(path, NULL, password, &s.cert[1]), SEC_E_OK);
    s.wish[1].cCreds = 1;
    s.wish[1].paCred = &s.cert[1];
    schan_side(&s, 0, TLS_NO_FILE, TLS_CA);
    schan_acquire(&s);
    assert_true(CertFreeCertificateContext(s.cert[1])); /* credentials do not need it any more */
    s.cert[1] = NULL;
    assert_true(schan_shake(&s));
    schan_say(&s, 1, "unlocked");
    unlink(path);
    schan_clear(&s);
}

/* ---- credentials ---- */

static void refused_credentials(void **state)
{
    (void)state;
    schan s;
    CredHandle h = { 0, 0 };
    schan_init(&s);
    schan_side(&s, 1, TLS_SERVER, TLS_NO_FILE);
    const SCHANNEL_CRED good = s.wish[1];
    const struct {
        SCHANNEL_CRED wish;
        SECURITY_STATUS want;
    } cases[] = {
        { { .dwVersion = 3 }, SEC_E_UNKNOWN_CREDENTIALS },
        { { .dwVersion = 4 }, SEC_E_NO_CREDENTIALS }, /* a server without a certificate */
        { { .dwVersion = 4, .cCreds = 1 }, SEC_E_UNKNOWN_CREDENTIALS },
        { { .dwVersion = 4, .cCreds = 2, .paCred = good.paCred }, SEC_E_UNSUPPORTED_FUNCTION },
        { { .dwVersion = 4, .cCreds = 1, .paCred = good.paCred, .dwCredFormat = 1 }, SEC_E_UNKNOWN_CREDENTIALS },
        { { .dwVersion = 4, .cCreds = 1, .paCred = good.paCred, .hRootStore = &s }, SEC_E_UNKNOWN_CREDENTIALS },
        { { .dwVersion = 4, .cCreds = 1, .paCred = good.paCred, .cMappers = 1 }, SEC_E_UNSUPPORTED_FUNCTION },
        { { .dwVersion = 4, .cCreds = 1, .paCred = good.paCred, .cSupportedAlgs = 1 }, SEC_E_UNSUPPORTED_FUNCTION },
        { { .dwVersion = 4, .cCreds = 1, .paCred = good.paCred, .grbitEnabledProtocols = 0xC0 }, /* TLS 1.0 */
          SEC_E_ALGORITHM_MISMATCH },
        { { .dwVersion = 4, .cCreds = 1, .paCred = good.paCred, .grbitEnabledProtocols = SP_PROT_TLS1_3_CLIENT },
          SEC_E_ALGORITHM_MISMATCH },
        { { .dwVersion = 4, .cCreds = 1, .paCred = good.paCred, .dwMinimumCipherStrength = 257 },
          SEC_E_ALGORITHM_MISMATCH },
        { { .dwVersion = 4, .cCreds = 1, .paCred = good.paCred, .dwMaximumCipherStrength = 56 },
          SEC_E_ALGORITHM_MISMATCH },
        { { .dwVersion = 4, .cCreds = 1, .paCred = good.paCred, .dwMinimumCipherStrength = 256 },
          SEC_E_UNSUPPORTED_FUNCTION },
        { { .dwVersion = 4, .cCreds = 1, .paCred = good.paCred, .dwFlags = SCH_USE_DTLS_ONLY },
          SEC_E_UNSUPPORTED_FUNCTION },
        { { .dwVersion = 4, .cCreds = 1, .paCred = good.paCred, .dwFlags = SCH_CRED_REVOCATION_CHECK_CHAIN },
          SEC_E_UNSUPPORTED_FUNCTION },
        { { .dwVersion = 4,
            .cCreds = 1,
            .paCred = good.paCred,
            .dwFlags = SCH_CRED_MANUAL_CRED_VALIDATION | SCH_CRED_AUTO_CRED_VALIDATION },
          SEC_E_INVALID_PARAMETER },
        { { .dwVersion = 4,
            .cCreds = 1,
            .paCred = good.paCred,
            .dwMinimumCipherStrength = 128,
            .dwMaximumCipherStrength = 256,
            .grbitEnabledProtocols = SP_PROT_TLS1_2 | 0xC0,
            .dwFlags = SCH_USE_STRONG_CRYPTO | SCH_CRED_REVOCATION_CHECK_CHAIN | SCH_CRED_IGNORE_REVOCATION_OFFLINE },
          SEC_E_OK },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        SCHANNEL_CRED wish = cases[i].wish;
        SECURITY_STATUS st = schan_try(&wish, SECPKG_CRED_INBOUND, &h);
        if (st != cases[i].want)
            print_error("case %zu: %08x\n", i, (unsigned)st);
        assert_int_equal(st, cases[i].want);
        assert_int_equal(h.dwLower != 0, st == SEC_E_OK);
    }
    assert_int_equal(FreeCredentialsHandle(&h), SEC_E_OK);
    char path[96]; /* a certificate alone */
    const pki_pair *const alone[] = { &s.w.pair[TLS_SERVER] };
    snprintf(path, sizeof path, "%s/alone", s.w.dir);
    pki_write(path, alone, 1, false, NULL);
    PCCERT_CONTEXT no_key;
    assert_int_equal(troth_sspi_cert_from_files(path, NULL, NULL, &no_key), SEC_E_OK);
    unlink(path);
    SCHANNEL_CRED keyless = { .dwVersion = 4, .cCreds = 1, .paCred = &no_key };
    assert_int_equal(schan_try(&keyless, SECPKG_CRED_INBOUND, &h), SEC_E_NO_CREDENTIALS);
    assert_true(CertFreeCertificateContext(no_key));
    void *roots;
    assert_int_equal(troth_sspi_store_from_file(s.w.path[TLS_CA], &roots), SEC_E_OK);
    PCCERT_CONTEXT as_cert = roots; /* a store is no certificate */
    SCHANNEL_CRED mixed = { .dwVersion = 4, .cCreds = 1, .paCred = &as_cert };
    assert_int_equal(schan_try(&mixed, SECPKG_CRED_INBOUND, &h), SEC_E_UNKNOWN_CREDENTIALS);
    assert_true(CertCloseStore(roots, 0));
    schan_clear(&s);
}

/* The younger structure says what is off; and a certificate that came from a peer has no key. */
static void newer_structure(void **state)
{
    (void)state;
    schan s;
    CredHandle h = { 0, 0 };
    PCCERT_CONTEXT remote;
    SecPkgContext_ConnectionInfo info;
    schan_usual(&s, 0);
    TLS_PARAMETERS off = { .grbitDisabledProtocols = SP_PROT_TLS1_3 };
    SCH_CREDENTIALS wish = {
        .dwVersion = SCH_CREDENTIALS_VERSION, .hRootStore = s.roots[0], .cTlsParameters = 1, .pTlsParameters = &off
    };
    assert_int_equal(schan_try(&wish, SECPKG_CRED_OUTBOUND, &s.cred[0]), SEC_E_OK);
    assert_int_equal(schan_try(&s.wish[1], SECPKG_CRED_INBOUND, &s.cred[1]), SEC_E_OK);
    assert_true(schan_shake(&s));
    assert_int_equal(QueryContextAttributesA(&s.h[1], SECPKG_ATTR_CONNECTION_INFO, &info), SEC_E_OK);
    assert_int_equal(info.dwProtocol, SP_PROT_TLS1_2_SERVER);
    assert_int_equal(QueryContextAttributesA(&s.h[0], SECPKG_ATTR_REMOTE_CERT_CONTEXT, &remote), SEC_E_OK);
    assert_int_equal(remote->cbCertEncoded, s.cert[1]->cbCertEncoded);
    assert_memory_equal(remote->pbCertEncoded, s.cert[1]->pbCertEncoded, remote->cbCertEncoded);
    wish.cCreds = 1;
    wish.paCred = &remote;
    assert_int_equal(schan_try(&wish, SECPKG_CRED_OUTBOUND, &h), SEC_E_NO_CREDENTIALS);
    assert_true(CertFreeCertificateContext(remote));
    wish.cCreds = 0;
    off.grbitDisabledProtocols |= SP_PROT_TLS1_2;
    assert_int_equal(schan_try(&wish, SECPKG_CRED_OUTBOUND, &h), SEC_E_ALGORITHM_MISMATCH);
    off.grbitDisabledProtocols = 0;
    off.cDisabledCrypto = 1;
    assert_int_equal(schan_try(&wish, SECPKG_CRED_OUTBOUND, &h), SEC_E_UNSUPPORTED_FUNCTION);
    wish.cTlsParameters = 17;
    assert_int_equal(schan_try(&wish, SECPKG_CRED_OUTBOUND, &h), SEC_E_INVALID_PARAMETER);
    wish.pTlsParameters = NULL;
    wish.cTlsParameters = 1;
    assert_int_equal(schan_try(&wish, SECPKG_CRED_OUTBOUND, &h), SEC_E_INVALID_PARAMETER);
    schan_clear(&s);
}

/* Both sides narrowed to versions that they do not have in common. */
static void no_version(void **state)
{
    (void)state;
    schan s;
    schan_usual(&s, SP_PROT_TLS1_2_CLIENT);
    s.wish[1].grbitEnabledProtocols = SP_PROT_TLS1_3_SERVER;
    s.ask_alert = true;
    schan_acquire(&s);
    assert_false(schan_shake(&s));
    assert_int_equal(s.st[1], SEC_E_UNSUPPORTED_FUNCTION);
    tls_stream_put(&s.in[0], s.alert, s.n_alert);
    s.here[0] = s.in[0].len;
    assert_int_equal(schan_call(&s, 0, SCHAN_ROOM), SEC_E_UNSUPPORTED_FUNCTION);
    schan_clear(&s);
}

/* ---- the server's certificate ---- */

static void servers(void **state)
{
    (void)state;
    static const struct {
        tls_file own, trust;
        const char *target;
        SECURITY_STATUS client, server;
    } cases[] = {
        { TLS_SERVER, TLS_CA, "server.test", SEC_E_OK, SEC_E_OK },
        { TLS_SERVER, TLS_CA, "HTTP/a.wild.test:443", SEC_E_OK, SEC_E_OK },
        { TLS_SERVER, TLS_CA, "127.0.0.1", SEC_E_OK, SEC_E_OK },
        { TLS_SERVER, TLS_CA, "other.test", SEC_E_WRONG_PRINCIPAL, SEC_E_CERT_UNKNOWN },
        { TLS_SERVER, TLS_CA, "127.0.0.2", SEC_E_WRONG_PRINCIPAL, SEC_E_CERT_UNKNOWN },
        { TLS_SERVER_OTHER, TLS_CA, "server.test", SEC_E_UNTRUSTED_ROOT, SEC_E_UNTRUSTED_ROOT },
        { TLS_SERVER, TLS_OTHER_CA, "server.test", SEC_E_UNTRUSTED_ROOT, SEC_E_UNTRUSTED_ROOT },
        { TLS_SERVER_AS_CLIENT, TLS_CA, "server.test", SEC_E_CERT_WRONG_USAGE, SEC_E_CERT_UNKNOWN },
        { TLS_SERVER_LATER, TLS_CA, "server.test", SEC_E_CERT_EXPIRED, SEC_E_CERT_UNKNOWN },
    };
    schan s;
    schan_init(&s);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        schan_side(&s, 0, TLS_NO_FILE, cases[i].trust);
        schan_side(&s, 1, cases[i].own, TLS_NO_FILE);
        s.target = cases[i].target;
        s.ask_alert = true;
        schan_acquire(&s);
        bool ok = schan_shake(&s);
        if (s.st[0] != cases[i].client)
            print_error("case %zu: %08x\n", i, (unsigned)s.st[0]);
        assert_int_equal(s.st[0], cases[i].client);
        assert_int_equal(ok, !cases[i].client);
        if (!ok) { /* and the server hears of it */
            assert_int_equal(s.in[1].len, 0);
            tls_stream_put(&s.in[1], s.alert, s.n_alert);
            s.here[1] = s.in[1].len;
            assert_int_equal(schan_call(&s, 1, SCHAN_ROOM), cases[i].server);
        }
        schan_again(&s);
    }
    schan_clear(&s);
}

/* Time goes on between acquiring and connecting; an expired one of our own is not acquired at all. */
static void expired(void **state)
{
    (void)state;
    schan s;
    CredHandle h = { 0, 0 };
    schan_usual(&s, 0);
    schan_acquire(&s);
    s.w.t.wall = s.w.t.env.wall(s.w.t.env.self) + UINT64_C(7200) * 10000000;
    assert_false(schan_shake(&s));
    assert_int_equal(s.st[0], SEC_E_CERT_EXPIRED);
    s.w.t.wall = 0;
    PCCERT_CONTEXT old = schan_cert(&s, TLS_SERVER_EXPIRED);
    SCHANNEL_CRED wish = { .dwVersion = 4, .cCreds = 1, .paCred = &old };
    assert_int_equal(schan_try(&wish, SECPKG_CRED_INBOUND, &h), SEC_E_NO_CREDENTIALS);
    assert_true(CertFreeCertificateContext(old));
    schan_clear(&s);
}

/* The caller judges: by flag of the context, or of the credential. It is told what we think. [CR-5] */
static void manual(void **state)
{
    (void)state;
    schan s;
    schan_init(&s);
    for (int by = 0; by < 2; by++) {
        static const struct {
            tls_file own;
            const char *target;
            SECURITY_STATUS want;
        } cases[] = { { TLS_SERVER, "server.test", SEC_E_OK },
                      { TLS_SERVER, "other.test", SEC_E_WRONG_PRINCIPAL },
                      { TLS_SERVER, NULL, SEC_E_OK },
                      { TLS_SERVER_OTHER, "server.test", SEC_E_UNTRUSTED_ROOT } };
        for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
            SecPkgContext_TrothVerdict v;
            schan_side(&s, 0, TLS_NO_FILE, TLS_CA);
            schan_side(&s, 1, cases[i].own, TLS_NO_FILE);
            s.target = cases[i].target;
            s.req[0] = by ? ISC_REQ_MUTUAL_AUTH : ISC_REQ_MANUAL_CRED_VALIDATION;
            s.wish[0].dwFlags = by ? SCH_CRED_MANUAL_CRED_VALIDATION : 0;
            schan_acquire(&s);
            assert_true(schan_shake(&s));
            assert_true(s.ret[0] & ISC_RET_MANUAL_CRED_VALIDATION);
            assert_false(s.ret[0] & ISC_RET_MUTUAL_AUTH);
            assert_int_equal(QueryContextAttributesA(&s.h[0], SECPKG_ATTR_TROTH_VERDICT, &v), SEC_E_OK);
            assert_int_equal(v.Status, cases[i].want);
            assert_int_equal(v.Verdict != 0, cases[i].want != SEC_E_OK);
            schan_again(&s);
        }
    }
    schan_clear(&s);
}

/* ---- the client's ---- */

static void name_of(schan *s, const char *want, ULONG level)
{
    SecPkgContext_NamesA n;
    PTROTH_SSPI_TOKEN token;
    assert_int_equal(QueryContextAttributesA(&s->h[1], SECPKG_ATTR_NAMES, &n), SEC_E_OK);
    assert_string_equal(n.sUserName, want);
    assert_int_equal(FreeContextBuffer(n.sUserName), SEC_E_OK);
    assert_int_equal(QuerySecurityContextToken(&s->h[1], (void **)&token), SEC_E_OK);
    assert_int_equal(token->Level, level);
    assert_string_equal(token->Name, want);
    assert_int_equal(FreeContextBuffer(token), SEC_E_OK);
    assert_int_equal(ImpersonateSecurityContext(&s->h[1]), SEC_E_UNSUPPORTED_FUNCTION);
    assert_int_equal(ImpersonateSecurityContext(&s->h[0]), SEC_E_NO_IMPERSONATION);
}

/* MUTUAL_AUTH only for a client that is somebody. [CR-5] */
static void clients(void **state)
{
    (void)state;
    static const struct {
        const char *config;
        tls_file own;
        ULONG flags;
        const char *name; /* NULL = refused */
        SECURITY_STATUS want;
    } cases[] = {
        { "", TLS_CLIENT, 0, "CN=Alice,O=troth tests", SEC_E_OK },
        { "map = upn\n", TLS_CLIENT, 0, "alice@TEST", SEC_E_OK },
        { "map = UPN bob@TEST\nmap = email => DOM\\alice\n", TLS_CLIENT, 0, "DOM\\alice", SEC_E_OK },
        { "map = subject CN=Alice,O=troth tests => al@X\n", TLS_CLIENT, 0, "al@X", SEC_E_OK },
        { "map = upn bob@TEST\n", TLS_CLIENT, 0, NULL, SEC_E_LOGON_DENIED },
        { "map = upn bob@TEST\n", TLS_CLIENT, SCH_CRED_NO_SYSTEM_MAPPER, "CN=Alice,O=troth tests", SEC_E_OK },
        { "map = upn\n", TLS_CLIENT_OTHER, 0, NULL, SEC_E_UNTRUSTED_ROOT },
        { "map = upn\n", TLS_NO_FILE, 0, "", SEC_E_OK }, /* asked, and not demanded [CR-3] */
        { "map = upn\n", TLS_CLIENT, SCH_CRED_MANUAL_CRED_VALIDATION, "", SEC_E_OK },
        { "map = upn\n", TLS_CLIENT_OTHER, SCH_CRED_MANUAL_CRED_VALIDATION, "", SEC_E_OK },
    };
    schan s;
    schan_init(&s);
    for (int v = 0; v < 2; v++)
        for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
            char text[200];
            snprintf(text, sizeof text, "[schannel]\n%s", cases[i].config);
            schan_config(&s, text);
            schan_side(&s, 0, cases[i].own, TLS_CA);
            schan_side(&s, 1, TLS_SERVER, TLS_CA);
            s.wish[0].grbitEnabledProtocols = v ? SP_PROT_TLS1_3_CLIENT : SP_PROT_TLS1_2_CLIENT;
            s.wish[1].dwFlags = cases[i].flags;
            s.req[1] = ASC_REQ_MUTUAL_AUTH;
            s.ask_alert = true;
            schan_acquire(&s);
            bool ok = schan_shake(&s);
            if (ok != (cases[i].name != NULL))
                print_error("case %zu: %08x %08x\n", i, (unsigned)s.st[0], (unsigned)s.st[1]);
            assert_int_equal(ok, cases[i].name != NULL);
            assert_int_equal(s.st[1], cases[i].want);
            if (ok) {
                bool known = *cases[i].name;
                assert_int_equal((s.ret[1] & ASC_RET_MUTUAL_AUTH) != 0, known);
                assert_true(s.ret[1] & ASC_RET_CONFIDENTIALITY);
                name_of(&s, cases[i].name, known ? 2 : 0);
            }
            schan_again(&s);
        }
    schan_clear(&s);
}

/* A refusal comes to a client of TLS 1.3 that was done already: with its first message. */
static void refused_late(void **state)
{
    (void)state;
    schan s;
    uint8_t room[64];
    size_t n;
    schan_init(&s);
    schan_side(&s, 0, TLS_CLIENT_OTHER, TLS_CA);
    schan_side(&s, 1, TLS_SERVER, TLS_CA);
    s.req[1] = ASC_REQ_MUTUAL_AUTH | ASC_REQ_EXTENDED_ERROR;
    schan_acquire(&s);
    assert_false(schan_shake(&s));
    assert_int_equal(s.st[0], SEC_E_OK);
    assert_int_equal(s.st[1], SEC_E_UNTRUSTED_ROOT);
    tls_stream_put(&s.in[0], s.out, s.n_out);
    assert_int_equal(schan_take(&s, 0, s.in[0].len, room, &n), SEC_E_UNTRUSTED_ROOT);
    assert_int_equal(schan_take(&s, 0, s.in[0].len, room, &n), SEC_E_UNTRUSTED_ROOT);
    assert_int_equal(schan_send(&s, 0, "x", 1), SEC_E_UNTRUSTED_ROOT);
    schan_clear(&s);
}

/* ---- the configuration's ---- */

static void defaults(void **state)
{
    (void)state;
    schan s;
    char text[800];
    CredHandle h = { 0, 0 };
    schan_init(&s);
    assert_int_equal(schan_try(NULL, SECPKG_CRED_INBOUND, &h), SEC_E_NO_CREDENTIALS);
    snprintf(
        text, sizeof text,
        "[schannel]\ncertificate = %s\nkey = %s\nclient-certificate = %s\ntrust = %s\nclient-trust = %s\nmap = upn\n",
        s.w.path[TLS_SERVER], s.w.path[TLS_SERVER], s.w.path[TLS_CLIENT], s.w.path[TLS_CA], s.w.path[TLS_CA]);
    schan_config(&s, text);
    s.req[1] = ASC_REQ_MUTUAL_AUTH;
    static const struct {
        bool null;
        DWORD flags;
        ULONG req;
        const char *name;
    } cases[] = { { true, 0, 0, "alice@TEST" },
                  { false, 0, 0, "alice@TEST" },
                  { false, SCH_CRED_NO_DEFAULT_CREDS, 0, "" },
                  { true, 0, ISC_REQ_USE_SUPPLIED_CREDS, "" }, /* [CR-11] */
                  { true, 0, 0, "alice@TEST" } };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        s.wish[0].dwFlags = cases[i].flags;
        s.req[0] = cases[i].req;
        assert_int_equal(schan_try(cases[i].null ? NULL : &s.wish[0], SECPKG_CRED_BOTH, &s.cred[0]), SEC_E_OK);
        s.cred[1] = s.cred[0];
        assert_true(schan_shake(&s));
        assert_int_equal(s.ret[0] & ISC_RET_USED_SUPPLIED_CREDS, cases[i].req);
        name_of(&s, cases[i].name, *cases[i].name ? 2 : 0);
        assert_int_equal(FreeCredentialsHandle(&s.cred[0]), SEC_E_OK);
        schan_say(&s, 0, "contexts outlive their credentials");
        schan_reset(&s);
        s.cred[0] = s.cred[1] = (CredHandle){ 0, 0 };
    }
    static const char *const wrong[] = { "map = shoe\n",   "map =\n",           "map = upn =>\n",
                                         "map = sha256\n", "map = sha256 AB\n", "trust = x\ntrust = y\n",
                                         "root = x\n" };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        snprintf(text, sizeof text, "[schannel]\n%s", wrong[i]);
        schan_config(&s, text);
        assert_int_equal(schan_try(NULL, SECPKG_CRED_OUTBOUND, &h), SEC_E_NO_CREDENTIALS);
    }
    schan_config(&s, "[schannel]\ntrust = /nowhere\n");
    assert_int_equal(schan_try(NULL, SECPKG_CRED_OUTBOUND, &h), SEC_E_NO_CREDENTIALS);
    schan_clear(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(contexts),        cmocka_unit_test(locked_key), cmocka_unit_test(refused_credentials),
        cmocka_unit_test(newer_structure), cmocka_unit_test(no_version), cmocka_unit_test(servers),
        cmocka_unit_test(expired),         cmocka_unit_test(manual),     cmocka_unit_test(clients),
        cmocka_unit_test(refused_late),    cmocka_unit_test(defaults),
    };
    return cmocka_run_group_tests_name("sspi/schannel_certs", tests, NULL, NULL);
}
