/* support/pki.h: keys and certificates made for the test that uses them, in files of a folder of its own. */
#ifndef TESTS_PKI_H
#define TESTS_PKI_H
#include <openssl/x509.h>
#include <stdbool.h>

typedef struct pki_pair {
    X509 *cert;
    EVP_PKEY *key;
} pki_pair;

/*
 * cn      the subject's commonName
 * san     as openssl.cnf writes subjectAltName ("DNS:a,IP:127.0.0.1,otherName:msUPN;UTF8:a@B"), NULL = none
 * usage   extendedKeyUsage, NULL = none
 * ca      it may issue
 * rsa     an RSA key of 2048 bits in place of an EC one
 * sha384  signed with SHA-384 in place of SHA-256
 * since, until   seconds from now; until 0 = an hour
 */
typedef struct pki_wish {
    const char *cn, *san, *usage;
    bool ca, rsa, sha384;
    long since, until;
} pki_wish;

/* Make one, issued by issuer (NULL = itself). Fails the test when it cannot. */
pki_pair pki_make(const pki_wish *wish, const pki_pair *issuer);
void pki_free(pki_pair *p);
/* Write certificates (n of them, the first one's key behind them unless there is none to write) in PEM form. */
void pki_write(const char *path, const pki_pair *const *pairs, size_t n, bool key, const char *password);
#endif
