/* What a complete handshake came to. */
#include <mech/tls/inner.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

uint64_t troth_tls_time(const ASN1_TIME *time)
{
    struct tm tm;
    if (!time || ASN1_TIME_to_tm(time, &tm) != 1)
        return UINT64_MAX;
    time_t t = timegm(&tm);
    return t < 0 ? 0 : (uint64_t)t * 10000000u;
}

static void until(troth_context *c, const X509 *cert)
{
    uint64_t end = cert ? troth_tls_time(X509_get0_notAfter(cert)) : UINT64_MAX;
    if (end < c->expiry)
        c->expiry = end;
}

/* Early releases of OpenSSL 3.0 took any answer; ours must be one of what we offered. [RFC 7301 3.1] */
static bool protocol_is_ours(const troth_tls *t)
{
    const unsigned char *chosen;
    unsigned n;
    troth_bytes ours = t->c->opts.alpn;
    SSL_get0_alpn_selected(t->ssl, &chosen, &n);
    if (!n)
        return true;
    for (size_t at = 0; at < ours.len; at += 1u + ours.data[at])
        if (ours.data[at] == n && troth_ct_equal(ours.data + at + 1, chosen, n))
            return true;
    return false;
}

/* The holder of the client's certificate, on the server. It was mapped before, or the handshake had failed. */
static troth_status name_client(troth_tls *t, const X509 *cert)
{
    troth_tls_holder h;
    troth_status st = troth_tls_map(&t->cred->config, cert, &h);
    return st ? st : troth_context_set_peer(t->c, h.style, h.account, h.authority);
}

static troth_status name_self(troth_tls *t, bool sent)
{
    char subject[TLS_NAME];
    if (t->c->opts.role == TROTH_INITIATOR) {
        bool named = sent && troth_tls_subject(SSL_get_certificate(t->ssl), subject);
        return named ? troth_context_set_self(t->c, TROTH_NAME_AT, subject, NULL) : TROTH_OK;
    }
    const char *asked = SSL_get_servername(t->ssl, TLSEXT_NAMETYPE_host_name);
    return asked ? troth_context_set_self(t->c, TROTH_NAME_AT, asked, NULL) : TROTH_OK;
}

static troth_status name_both(troth_tls *t, const X509 *peer, bool sent)
{
    troth_context *c = t->c;
    bool initiator = c->opts.role == TROTH_INITIATOR;
    bool verified = peer && !t->verdict && !(c->opts.policy & TROTH_POLICY_UNVERIFIED);
    c->attributes = TROTH_F_INTEGRITY | TROTH_F_CONFIDENTIALITY | TROTH_F_REPLAY | TROTH_F_SEQUENCE | TROTH_F_STREAM;
    if (verified)
        c->attributes |= TROTH_F_MUTUAL;
    if (initiator ? !sent : !verified)
        c->attributes |= TROTH_F_ANONYMOUS;
    troth_status st = name_self(t, sent);
    if (!st && verified)
        st = initiator ? troth_context_set_peer(c, TROTH_NAME_AT, t->host, NULL) : name_client(t, peer);
    return st;
}

troth_status troth_tls_established(troth_tls *t)
{
    const X509 *peer = SSL_get0_peer_certificate(t->ssl), *own = SSL_get_certificate(t->ssl);
    bool initiator = t->c->opts.role == TROTH_INITIATOR, sent = own && (!initiator || t->asked);
    if (initiator && !protocol_is_ours(t))
        return troth_tls_fail(t, TROTH_MALFORMED, "RFC 7301 3.1: not among those offered");
    troth_status st = name_both(t, peer, sent);
    if (st)
        return troth_tls_fail(t, st, "TLS identity");
    until(t->c, peer);
    until(t->c, sent ? own : NULL);
    snprintf(t->detail, sizeof t->detail, "%s %s", SSL_get_version(t->ssl), SSL_get_cipher_name(t->ssl));
    t->c->detail = t->detail;
    return TROTH_OK;
}
