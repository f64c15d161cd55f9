/* der/oid.h: object identifiers, held as the contents octets of their DER. */
#ifndef TROTH_DER_OID_H
#define TROTH_DER_OID_H

#include <base/reader.h>

/* A DER-encoded OID, contents octets only; a view. */
typedef struct troth_oid {
    const uint8_t *der;
    size_t len;
} troth_oid;

/* Octets that an OID we take from a peer may have; the longest in use have 11. */
#define TROTH_OID_MAX 64

/* Tell whether two are the same. An empty one equals nothing. */
bool troth_oid_equal(troth_oid a, troth_oid b);
/* Tell whether the octets are an OID: whole subidentifiers without padding [X.690 8.19.2], at most TROTH_OID_MAX. */
bool troth_oid_valid(troth_oid oid);
/*
 * Write "1.2.840.113554.1.2.2" with a NUL.
 * TROTH_OK; TROTH_NO_SPACE; TROTH_MALFORMED (not an OID); TROTH_LIMIT (an arc above 2^64 - 1): ret is unspecified
 */
TROTH_MUST_CHECK troth_status troth_oid_format(troth_oid oid, char *ret, size_t cap);
/* Take an OBJECT IDENTIFIER element as a view; fails the reader when there is none, or when it is not valid. */
troth_oid troth_oid_read(troth_reader *r);

#endif
