/*
 * csiv2/gssup.h: user name and password as a GSS token. [CORBA 24.2.4.1]
 *
 * The token is framed as RFC 2743 3.1 has it; the inner token is an encapsulation of its own. Passwords are views into
 * the message: whoever holds the message wipes it.
 */
#ifndef TROTH_CSIV2_GSSUP_H
#define TROTH_CSIV2_GSSUP_H

#include <der/oid.h>
#include <giop/cdr.h>

enum { TROTH_GSSUP_FIELD_MAX = 1024 }; /* octets of a name or password */

/* An InitialContextToken. */
typedef struct troth_gssup {
    troth_bytes username, password; /* UTF-8, without a NUL */
    troth_bytes target_name;        /* an exported name, or empty */
} troth_gssup;

/* ErrorToken, error_code. [CORBA 24.2.4.1] */
enum { TROTH_GSSUP_UNSPECIFIED = 1, TROTH_GSSUP_NOUSER = 2, TROTH_GSSUP_BAD_PASSWORD = 3, TROTH_GSSUP_BAD_TARGET = 4 };

/* 2.23.130.1.1.1 */
troth_oid troth_gssup_oid(void);
/* 1.2.840.113554.1.2.2 */
troth_oid troth_csi_krb5_oid(void);

/*
 * Take a client authentication token apart: which mechanism it is of, and that mechanism's octets. The length of the
 * frame may be in more octets than it needs.
 *
 * TROTH_OK, TROTH_TRUNCATED, TROTH_MALFORMED (framing: invalid evidence)
 */
TROTH_MUST_CHECK troth_status troth_csi_token_open(troth_bytes token, troth_oid *ret_mech, troth_bytes *ret_inner);
/*
 * Write a token anew, framed as the text has it, whose length of 128 and more stands in groups of 7 bits, as JacORB has it.
 * Tells whether it was such a one; a failure is the writer's.
 */
bool troth_csi_token_reframe(troth_bytes token, troth_writer *w);
/*
 * Read a framed token of GSSUP.
 *
 * TROTH_OK         user name and password are there, are UTF-8 and have no NUL
 * TROTH_NO_MECH    a frame of another mechanism
 * TROTH_TRUNCATED, TROTH_MALFORMED (an empty name or password, too), TROTH_LIMIT (a field above TROTH_GSSUP_FIELD_MAX)
 */
TROTH_MUST_CHECK troth_status troth_gssup_read(troth_bytes token, troth_gssup *ret);
/* Write a framed token; the encapsulation inside is in the writer's order. */
void troth_gssup_write(troth_writer *w, const troth_gssup *t);
/* Read an ErrorToken. TROTH_OK, TROTH_TRUNCATED, TROTH_MALFORMED */
TROTH_MUST_CHECK troth_status troth_gssup_error_read(troth_bytes error_token, uint32_t *ret_code);
void troth_gssup_error_write(troth_writer *w, uint32_t code);

#endif
