/*
 * sspi/cert.h: certificates and stores of callers'. Each is one block with all that belongs to it, so that it is told from
 * what is none of ours, and wiped whole.
 */
#ifndef TROTH_SSPI_CERT_H
#define TROTH_SSPI_CERT_H

#include <stdatomic.h>
#include <troth/sspi.h>
#include <troth/types.h>
#include <troth/win/wincrypt.h>

/* shown is first: a pointer to it is one to the whole. pem, key and secret lie behind it; key.len 0 = within pem. */
typedef struct troth_sspi_cert {
    CERT_CONTEXT shown;
    atomic_uint refs;
    bool has_key;
    troth_bytes pem, key, secret;
} troth_sspi_cert;

typedef struct troth_sspi_store {
    atomic_uint refs;
    troth_bytes pem;
} troth_sspi_store;

/* What a caller's pointer is; NULL = none of ours. Good as long as the caller's reference. */
const troth_sspi_cert *troth_sspi_cert_find(const CERT_CONTEXT *shown);
const troth_sspi_store *troth_sspi_store_find(const void *store);
/* A certificate without a key, one reference; NULL = no memory. */
const CERT_CONTEXT *troth_sspi_cert_of_der(troth_bytes der);

#endif
