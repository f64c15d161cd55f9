/* mech/tls/tls.h: TLS 1.2 and 1.3 as a record mechanism, over OpenSSL. */
#ifndef TROTH_MECH_TLS_H
#define TROTH_MECH_TLS_H

#include <sec/mech.h>

extern const troth_mech troth_mech_tls;

/*
 * Look at a certificate in PEM form and at its private key, as a credential would.
 *
 * pem      the certificate, and its chain behind it
 * key      its key; len 0 = it stands in pem, if anywhere
 * secret   the key's password, len 0 = none
 * ret_der  the certificate in DER form; free with troth_mem_drop
 * ret_key  whether there is a key
 *
 * TROTH_OK; TROTH_BAD_CONFIG: no certificate, a key that cannot be read or is another one's; TROTH_NO_MEMORY
 */
TROTH_MUST_CHECK troth_status troth_tls_pem_look(const troth_env *env, troth_bytes pem, troth_bytes key,
                                                 troth_bytes secret, troth_block *ret_der, bool *ret_key);
/* How many certificates there are. TROTH_OK; TROTH_BAD_CONFIG: none, or one that cannot be read; TROTH_NO_MEMORY */
TROTH_MUST_CHECK troth_status troth_tls_pem_count(troth_bytes pem, size_t *ret);

#endif
