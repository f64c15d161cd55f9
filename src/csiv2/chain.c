/* The outlines of certificates and X.501 names. [RFC 5280 4.1; X.501 9.2] */
#include <csiv2/names.h>
#include <der/der.h>
#include <string.h>

enum { SET = 0x31 };

/* Take the next element whole, with its head. */
static troth_bytes whole(troth_reader *r)
{
    const uint8_t *from = r->at;
    troth_der_skip(r);
    return r->st ? (troth_bytes){ NULL, 0 } : (troth_bytes){ from, (size_t)(r->at - from) };
}

static troth_bytes whole_sequence(troth_reader *r)
{
    if (troth_der_peek(r) != TROTH_DER_SEQUENCE)
        troth_read_fail(r, troth_read_left(r) ? TROTH_MALFORMED : TROTH_TRUNCATED);
    return whole(r);
}

/* A TBSCertificate up to its subject. */
static troth_status read_names(troth_bytes certificate, troth_bytes *ret_issuer, troth_bytes *ret_subject)
{
    troth_reader r = troth_reader_of(certificate.data, certificate.len, TROTH_BE);
    troth_reader cert = troth_der_open(&r, TROTH_DER_SEQUENCE);
    troth_reader tbs = troth_der_open(&cert, TROTH_DER_SEQUENCE);
    (void)whole_sequence(&cert);                             /* signatureAlgorithm */
    (void)troth_der_read_bytes(&cert, TROTH_DER_BIT_STRING); /* signature          */
    if (troth_der_peek(&tbs) == TROTH_DER_CONTEXT_0)         /* version            */
        troth_der_skip(&tbs);
    (void)troth_der_read_bytes(&tbs, TROTH_DER_INTEGER); /* serialNumber       */
    (void)whole_sequence(&tbs);                          /* signature          */
    troth_bytes issuer = whole_sequence(&tbs);
    (void)whole_sequence(&tbs); /* validity           */
    troth_bytes subject = whole_sequence(&tbs);
    (void)whole_sequence(&tbs); /* subjectPublicKeyInfo */
    troth_status st = troth_read_end(&r);
    if (!st)
        st = troth_read_end(&cert);
    if (!st)
        st = tbs.st; /* extensions may follow */
    if (st)
        return st;
    *ret_issuer = issuer;
    *ret_subject = subject;
    return TROTH_OK;
}

troth_status troth_csi_cert_chain_read(troth_bytes octets, troth_bytes *ret, size_t *ret_n)
{
    troth_reader r = troth_reader_of(octets.data, octets.len, TROTH_BE);
    troth_reader chain = troth_der_open(&r, TROTH_DER_SEQUENCE);
    troth_bytes wanted = { NULL, 0 }, issuer = wanted, subject = wanted;
    troth_status st = troth_read_end(&r);
    size_t n = 0;
    for (; !st && troth_read_left(&chain); n++) {
        if (n == TROTH_CSI_CHAIN_MAX)
            return TROTH_LIMIT;
        ret[n] = whole_sequence(&chain);
        st = chain.st ? chain.st : read_names(ret[n], &issuer, &subject);
        if (!st && n && (subject.len != wanted.len || memcmp(subject.data, wanted.data, wanted.len) != 0))
            return TROTH_MALFORMED;
        wanted = issuer;
    }
    if (st)
        return st;
    if (!n)
        return TROTH_MALFORMED;
    *ret_n = n;
    return TROTH_OK;
}

troth_status troth_csi_cert_subject(troth_bytes certificate, troth_bytes *ret)
{
    troth_bytes issuer;
    return read_names(certificate, &issuer, ret);
}

troth_status troth_csi_dn_check(troth_bytes octets)
{
    if (octets.len > TROTH_CSI_DN_MAX)
        return TROTH_LIMIT;
    troth_reader r = troth_reader_of(octets.data, octets.len, TROTH_BE);
    troth_reader name = troth_der_open(&r, TROTH_DER_SEQUENCE);
    troth_status st = troth_read_end(&r);
    while (!st && troth_read_left(&name)) {
        troth_reader rdn = troth_der_open(&name, SET);
        do {
            troth_reader pair = troth_der_open(&rdn, TROTH_DER_SEQUENCE);
            (void)troth_oid_read(&pair);
            troth_der_skip(&pair);
            st = troth_read_end(&pair);
        } while (!st && troth_read_left(&rdn));
        if (!st)
            st = troth_read_end(&rdn);
    }
    return st ? st : troth_read_end(&name);
}
