/* Credentials: certificate, key and trust, read once into an SSL_CTX for each role. */
#include <mech/tls/inner.h>
#include <openssl/err.h>
#include <openssl/x509.h>
#include <string.h>
#include <sys/stat.h>

/* Forward secrecy and authenticated encryption only; TLS 1.3 has no others. */
static const char ciphers[] = "ECDHE+AESGCM:ECDHE+CHACHA20";

static troth_status complain(troth_cred *cred, const char *path, const char *what)
{
    bool memory = ERR_GET_REASON(ERR_peek_last_error()) == ERR_R_MALLOC_FAILURE;
    ERR_clear_error();
    if (memory)
        return TROTH_NO_MEMORY;
    troth_cred_complain(cred, path, 0, what);
    return TROTH_BAD_CONFIG;
}

static troth_status load_files(troth_cred *cred, const troth_cred_source *src, const char *key, SSL_CTX *ctx)
{
    troth_status st = TROTH_OK;
    SSL_CTX_set_default_passwd_cb_userdata(ctx, (void *)(uintptr_t)&src->secret);
    if (SSL_CTX_use_certificate_chain_file(ctx, src->path) != 1)
        st = complain(cred, src->path, "no certificates in PEM form can be read");
    else if (SSL_CTX_use_PrivateKey_file(ctx, key, SSL_FILETYPE_PEM) != 1)
        st = complain(cred, key, "no private key of the certificate's can be read");
    SSL_CTX_set_default_passwd_cb_userdata(ctx, NULL);
    return st;
}

static troth_status load_own(troth_cred *cred, const troth_cred_source *src, const troth_tls_config *config,
                             SSL_CTX *ctx)
{
    troth_status st = TROTH_OK;
    if (src->path) {
        st = load_files(cred, src, config->key_path ? config->key_path : src->path, ctx);
    } else {
        const char *wrong = troth_tls_pem_own(ctx, config->cert_pem, config->key_pem, &src->secret);
        st = wrong ? complain(cred, "memory", wrong) : TROTH_OK;
    }
    if (st)
        return st;
    uint64_t end = troth_tls_time(X509_get0_notAfter(SSL_CTX_get0_certificate(ctx)));
    if (end <= cred->env->wall(cred->env->self))
        return TROTH_CRED_EXPIRED;
    troth_cred_until(cred, end);
    return TROTH_OK;
}

static troth_status load_trust(troth_cred *cred, const troth_tls_config *config, troth_role role, SSL_CTX *ctx)
{
    struct stat info;
    const char *path = config->trust_path;
    if (config->trust_pem.len)
        return troth_tls_pem_trust(ctx, config->trust_pem, role)
                   ? TROTH_OK
                   : complain(cred, "memory", "no certificates to trust can be read");
    if (!path && role == TROTH_ACCEPTOR)
        return TROTH_OK; /* who the public authorities vouch for is nobody in particular */
    if (!path)
        return SSL_CTX_set_default_verify_paths(ctx) == 1 ? TROTH_OK : TROTH_MECHANISM;
    bool folder = !stat(path, &info) && S_ISDIR(info.st_mode);
    if ((folder ? SSL_CTX_load_verify_dir(ctx, path) : SSL_CTX_load_verify_file(ctx, path)) != 1)
        return complain(cred, path, "no certificates to trust can be read");
    if (role == TROTH_INITIATOR || folder)
        return TROTH_OK;
    STACK_OF(X509_NAME) *names = SSL_load_client_CA_file(path); /* what clients choose their certificate by */
    if (!names)
        return complain(cred, path, "no certificates to trust can be read");
    SSL_CTX_set_client_CA_list(ctx, names);
    return TROTH_OK;
}

static troth_status set_versions(const troth_tls_config *config, SSL_CTX *ctx)
{
    int low = config->min_version ? config->min_version : TLS1_2_VERSION;
    int high = config->max_version ? config->max_version : TLS1_3_VERSION;
    if (low < TLS1_2_VERSION || high > TLS1_3_VERSION || low > high)
        return TROTH_INVALID;
    bool set = SSL_CTX_set_min_proto_version(ctx, low) == 1 && SSL_CTX_set_max_proto_version(ctx, high) == 1 &&
               SSL_CTX_set_cipher_list(ctx, ciphers) == 1;
    return set ? TROTH_OK : TROTH_MECHANISM;
}

/*
 * No tickets and no cache, so no resumption: it would carry an identity past the rules that made it, and a ticket's key
 * past forward secrecy.
 */
static troth_status set_manners(SSL_CTX *ctx)
{
    static const unsigned char id[] = "troth";
    SSL_CTX_set_options(ctx, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_TICKET | SSL_OP_NO_COMPRESSION |
                                 SSL_OP_CIPHER_SERVER_PREFERENCE);
    SSL_CTX_clear_mode(ctx, SSL_MODE_AUTO_RETRY); /* one record for each call */
    SSL_CTX_set_mode(ctx, SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_max_cert_list(ctx, 65535);
    SSL_CTX_set_default_passwd_cb(ctx, troth_tls_password);
    bool set = SSL_CTX_set_num_tickets(ctx, 0) == 1 && SSL_CTX_set_session_id_context(ctx, id, sizeof id - 1) == 1;
    return set ? TROTH_OK : TROTH_MECHANISM;
}

static troth_status make(troth_cred *cred, const troth_cred_source *src, const troth_tls_config *config,
                         troth_role role, troth_tls_cred *e)
{
    SSL_CTX *ctx = SSL_CTX_new(role == TROTH_INITIATOR ? TLS_client_method() : TLS_server_method());
    if (!ctx)
        return TROTH_NO_MEMORY;
    e->ctx[role] = ctx;
    troth_tls_hooks(ctx, role);
    troth_status st = set_manners(ctx);
    if (!st)
        st = set_versions(config, ctx);
    if (!st)
        st = load_trust(cred, config, role, ctx);
    if (!st && src->kind == TROTH_CRED_PEM)
        st = load_own(cred, src, config, ctx);
    return st;
}

troth_status troth_tls_cred_acquire(troth_cred *cred, const troth_cred_source *src, void **ret_element,
                                    troth_error *err)
{
    static const troth_tls_config nothing = { 0 };
    const troth_tls_config *config = src->tls ? src->tls : &nothing;
    bool own = src->kind == TROTH_CRED_PEM;
    err->where = "TLS credential";
    if (own != ((src->path != NULL) != (config->cert_pem.len != 0)) || (!own && !(cred->use & TROTH_USE_INITIATE)))
        return TROTH_INVALID; /* a server has a certificate, from one place, and nobody else has a path */
    troth_tls_cred *e = troth_mem_new(cred->env, sizeof *e);
    if (!e)
        return TROTH_NO_MEMORY;
    ERR_clear_error();
    troth_status st = troth_tls_rules_keep(cred->env, config, &e->config);
    e->pipe = troth_tls_pipe_new();
    if (!st && !e->pipe)
        st = TROTH_NO_MEMORY;
    if (!st && cred->use & TROTH_USE_INITIATE)
        st = make(cred, src, config, TROTH_INITIATOR, e);
    if (!st && cred->use & TROTH_USE_ACCEPT && own)
        st = make(cred, src, config, TROTH_ACCEPTOR, e);
    ERR_clear_error();
    if (st)
        troth_tls_cred_release(cred->env, e);
    else
        *ret_element = e;
    return st;
}

void troth_tls_cred_release(const troth_env *env, void *element)
{
    troth_tls_cred *e = element;
    SSL_CTX_free(e->ctx[TROTH_INITIATOR]);
    SSL_CTX_free(e->ctx[TROTH_ACCEPTOR]);
    BIO_meth_free(e->pipe);
    troth_tls_rules_drop(env, &e->config);
    troth_mem_free(env, e, sizeof *e);
}
