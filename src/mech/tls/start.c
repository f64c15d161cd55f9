/* The beginning of a connection, and what OpenSSL asks us during the handshake. */
#include <mech/tls/inner.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <string.h>

static bool lenient(const troth_tls *t)
{
    return t->c->opts.policy & TROTH_POLICY_UNVERIFIED;
}

int troth_tls_judge(int ok, X509_STORE_CTX *store)
{
    const SSL *ssl = X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx());
    troth_tls *t = SSL_get_app_data(ssl);
    troth_tls_holder holder;
    int bad = ok ? X509_V_OK : X509_STORE_CTX_get_error(store);
    bool client = ok && !X509_STORE_CTX_get_error_depth(store) && t->c->opts.role == TROTH_ACCEPTOR;
    if (client && !lenient(t) && troth_tls_map(&t->cred->config, X509_STORE_CTX_get0_cert(store), &holder))
        bad = X509_V_ERR_CERT_REJECTED;
    if (bad && !t->verdict)
        t->verdict = bad;
    if (!bad || lenient(t))
        return 1;
    X509_STORE_CTX_set_error(store, bad);
    return 0;
}

/* Fatal alerts, in either direction. */
static void on_info(const SSL *ssl, int where, int what)
{
    troth_tls *t = SSL_get_app_data(ssl);
    if (!(where & SSL_CB_ALERT) || what >> 8 != SSL3_AL_FATAL)
        return;
    if ((where & SSL_CB_READ_ALERT) == SSL_CB_READ_ALERT)
        t->alert_in = (uint8_t)what;
    else
        t->alert_out = (uint8_t)what;
}

static int on_certificate_asked(SSL *ssl, void *self)
{
    troth_tls *t = SSL_get_app_data(ssl);
    (void)self;
    t->asked = true;
    return 1;
}

/* A server that was told its name is nobody else. [RFC 6066 3] */
static int on_server_name(SSL *ssl, int *alert, void *self)
{
    const troth_tls *t = SSL_get_app_data(ssl);
    const char *named = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
    (void)self;
    if (!t->host[0])
        return SSL_TLSEXT_ERR_OK;
    if (named && troth_tls_same(named, strlen(named), t->host, true))
        return SSL_TLSEXT_ERR_OK;
    *alert = SSL_AD_UNRECOGNIZED_NAME;
    return SSL_TLSEXT_ERR_ALERT_FATAL;
}

/* The first of ours that the client has, too. [RFC 7301 3.2] */
static int on_protocols(SSL *ssl, const unsigned char **ret, unsigned char *ret_len, const unsigned char *theirs,
                        unsigned n, void *self)
{
    const troth_tls *t = SSL_get_app_data(ssl);
    troth_bytes ours = t->c->opts.alpn;
    unsigned char *chosen;
    (void)self;
    if (!ours.len)
        return SSL_TLSEXT_ERR_NOACK;
    if (SSL_select_next_proto(&chosen, ret_len, ours.data, (unsigned)ours.len, theirs, n) != OPENSSL_NPN_NEGOTIATED)
        return SSL_TLSEXT_ERR_ALERT_FATAL;
    *ret = chosen;
    return SSL_TLSEXT_ERR_OK;
}

void troth_tls_hooks(SSL_CTX *ctx, troth_role role)
{
    SSL_CTX_set_info_callback(ctx, on_info);
    if (role == TROTH_INITIATOR) {
        SSL_CTX_set_cert_cb(ctx, on_certificate_asked, NULL);
        return;
    }
    SSL_CTX_set_tlsext_servername_callback(ctx, on_server_name);
    SSL_CTX_set_alpn_select_cb(ctx, on_protocols, NULL);
}

static bool expect_server(troth_tls *t, X509_VERIFY_PARAM *param)
{
    SSL_set_verify(t->ssl, SSL_VERIFY_PEER, troth_tls_judge);
    SSL_set_connect_state(t->ssl);
    troth_bytes alpn = t->c->opts.alpn;
    if (alpn.len && SSL_set_alpn_protos(t->ssl, alpn.data, (unsigned)alpn.len))
        return false;
    if (!t->host[0]) /* only where the owner judges */
        return true;
    X509_VERIFY_PARAM_set_hostflags(param, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    if (troth_tls_is_address(t->host))
        return X509_VERIFY_PARAM_set1_ip_asc(param, t->host) == 1;
    return X509_VERIFY_PARAM_set1_host(param, t->host, 0) == 1 && SSL_set_tlsext_host_name(t->ssl, t->host) == 1;
}

static bool expect_client(troth_tls *t)
{
    int mode = SSL_VERIFY_NONE;
    if (t->c->opts.policy & TROTH_POLICY_REQUIRE_CERT)
        mode = SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT;
    else if (t->c->opts.require & TROTH_F_MUTUAL)
        mode = SSL_VERIFY_PEER;
    SSL_set_verify(t->ssl, mode, troth_tls_judge);
    SSL_set_accept_state(t->ssl);
    return true;
}

troth_status troth_tls_start(troth_tls *t)
{
    enum { TICKS = 10000000 };
    troth_role role = t->c->opts.role;
    t->ssl = SSL_new(t->cred->ctx[role]);
    if (!t->ssl || !SSL_set_app_data(t->ssl, t) || !troth_tls_pipe_attach(t))
        return TROTH_NO_MEMORY;
    X509_VERIFY_PARAM *param = SSL_get0_param(t->ssl);
    X509_VERIFY_PARAM_set_time(param, (time_t)(t->c->env->wall(t->c->env->self) / TICKS));
    bool set = role == TROTH_INITIATOR ? expect_server(t, param) : expect_client(t);
    return set ? TROTH_OK : TROTH_MECHANISM;
}
