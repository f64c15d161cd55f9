/* The mechanism as the engine sees it. */
#include <mech/tls/inner.h>
#include <openssl/err.h>

/* Names behind one octet of length each, none of them empty. [RFC 7301 3.1] */
static bool names_are_well_formed(troth_bytes alpn)
{
    size_t at = 0;
    while (at < alpn.len && alpn.data[at])
        at += 1u + alpn.data[at];
    return at == alpn.len && alpn.len <= 65535;
}

static troth_status fits(const troth_context *c, const troth_tls_cred *cred)
{
    const troth_context_options *o = &c->opts;
    if (!cred->ctx[o->role])
        return TROTH_NO_CRED;
    if (o->require & TROTH_F_DATAGRAM)
        return TROTH_UNSUPPORTED; /* DTLS */
    if (!names_are_well_formed(o->alpn))
        return TROTH_INVALID;
    if (o->role == TROTH_INITIATOR && !o->target && !(o->policy & TROTH_POLICY_UNVERIFIED))
        return TROTH_INVALID; /* any host's certificate would do */
    return TROTH_OK;
}

static troth_status init(troth_context *c, void **ret_impl)
{
    const troth_tls_cred *cred = c->part->element;
    troth_status st = fits(c, cred);
    if (st)
        return st;
    troth_tls *t = troth_mem_new(c->env, sizeof *t);
    if (!t)
        return TROTH_NO_MEMORY;
    st = c->opts.target ? troth_tls_host(c->opts.target, t->host) : TROTH_OK;
    if (st) {
        troth_mem_free(c->env, t, sizeof *t);
        return st;
    }
    t->c = c;
    t->cred = cred;
    t->until_rekey = TLS_REKEY;
    t->sealed = troth_writer_growing(c->env, TLS_SEAL_MAX + (TLS_SEAL_MAX >> 7), TROTH_BE);
    t->reply = troth_writer_growing(c->env, 65536, TROTH_BE);
    *ret_impl = t;
    return TROTH_OK;
}

static void clear(troth_context *c, void *impl)
{
    troth_tls *t = impl;
    SSL_free(t->ssl);
    troth_writer_clear(&t->sealed);
    troth_writer_clear(&t->reply);
    troth_mem_drop(c->env, &t->plain);
    for (size_t i = 0; i < TLS_QUERIES; i++)
        troth_mem_drop(c->env, &t->answers[i]);
    troth_mem_free(c->env, t, sizeof *t);
}

/* The first leg: what an initiator begins with nothing, an acceptor with a ClientHello in a record. */
static troth_status begin(troth_tls *t, troth_bytes in)
{
    bool nothing = !in.data;
    if (nothing != (t->c->opts.role == TROTH_INITIATOR))
        return troth_tls_fail(t, TROTH_UNEXPECTED, "RFC 8446 2: the client speaks first");
    if (in.len && in.data[0] & 0x80) /* which OpenSSL would still read */
        return troth_tls_fail(t, TROTH_MALFORMED, "RFC 8446 5.1: no record");
    troth_status st = troth_tls_start(t);
    return st ? troth_tls_fail(t, st, "TLS connection") : TROTH_OK;
}

static troth_step step(troth_context *c, void *impl, troth_bytes in, troth_writer *out)
{
    troth_tls *t = impl;
    size_t whole = troth_tls_whole(in);
    if (!t->ssl && in.data && !in.len) {
        return TROTH_STEP_MORE; /* nothing has arrived yet */
    }
    if (!t->ssl && begin(t, in))
        return TROTH_STEP_ERROR;
    t->in = (troth_bytes){ in.data, whole };
    t->out = out;
    ERR_clear_error();
    int done = SSL_do_handshake(t->ssl);
    bool more = done != 1 && SSL_get_error(t->ssl, done) == SSL_ERROR_WANT_READ;
    size_t left = in.len - whole + t->in.len;
    t->in = (troth_bytes){ 0 };
    if (done != 1 && !more)
        (void)troth_tls_failed(t);
    t->out = NULL;
    ERR_clear_error();
    if ((done != 1 && !more) || (done == 1 && troth_tls_established(t)))
        return TROTH_STEP_ERROR;
    c->left = left;
    return more ? TROTH_STEP_MORE : TROTH_STEP_DONE;
}

const troth_mech troth_mech_tls = {
    .id = TROTH_MECH_TLS,
    .name = "tls",
    .kinds = 1u << TROTH_CRED_PEM | 1u << TROTH_CRED_DEFAULT,
    .can = TROTH_F_INTEGRITY | TROTH_F_CONFIDENTIALITY | TROTH_F_REPLAY | TROTH_F_SEQUENCE | TROTH_F_MUTUAL |
           TROTH_F_ANONYMOUS | TROTH_F_STREAM | TROTH_F_EXTENDED_ERROR,
    .duplex = TROTH_DUPLEX_LOCKED,
    .cred_acquire = troth_tls_cred_acquire,
    .cred_release = troth_tls_cred_release,
    .init = init,
    .clear = clear,
    .step = step,
    .tell = troth_tls_tell,
    .token_need = troth_tls_record_need,
    .record_need = troth_tls_record_need,
    .record_open = troth_tls_record_open,
    .record_seal = troth_tls_record_seal,
    .record_close = troth_tls_record_close,
    .query = troth_tls_query,
    .keying = troth_tls_keying,
};
