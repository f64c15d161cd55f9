/* csiv2/names.h: the names that identity tokens and targets carry. [RFC 2743 3.2; CORBA 24.2.5] */
#ifndef TROTH_CSIV2_NAMES_H
#define TROTH_CSIV2_NAMES_H

#include <der/oid.h>
#include <giop/cdr.h>
#include <troth/csi.h>

enum {
    TROTH_CSI_NAME_MAX = 1024, /* octets of an exported name, or of a user name */
    TROTH_CSI_CHAIN_MAX = 16,  /* certificates */
    TROTH_CSI_DN_MAX = 4096    /* octets of a distinguished name */
};

/* Whether octets are UTF-8 without a NUL. */
bool troth_csi_text_valid(troth_bytes text);

/* Write an exported name. A name above TROTH_CSI_NAME_MAX fails the writer with TROTH_LIMIT. */
void troth_csi_exported_name_write(troth_writer *w, troth_oid mech, troth_bytes name);
/*
 * Find the exported name in the octets of an ITTPrincipalName: they are one, or, from some peers, an encapsulation of
 * one as sequence<octet>. The first octet tells them apart: 4, or 0 and 1.
 *
 * wrapped_too  whether the second form is taken
 */
TROTH_MUST_CHECK troth_status troth_csi_principal_name(troth_bytes octets, bool wrapped_too, troth_bytes *ret_exported);

/*
 * A scoped user name, "name@scope": the last @ that is not escaped parts them; \@ and \\ are octets of a part. Parts are
 * views with their escapes still in them.
 */
typedef struct troth_csi_scoped_name {
    troth_bytes name, scope;
    bool has_scope; /* "name@" has an empty one */
} troth_csi_scoped_name;

/* TROTH_OK; TROTH_MALFORMED: no UTF-8, a NUL, another escape, nothing at all; TROTH_LIMIT */
TROTH_MUST_CHECK troth_status troth_csi_scoped_name_read(troth_bytes text, troth_csi_scoped_name *ret);
/* Write a part without its escapes, or with them. */
void troth_csi_unescape(troth_writer *w, troth_bytes part);
void troth_csi_escape(troth_writer *w, troth_bytes plain);

/*
 * Take the certificates of an ITTX509CertChain, subject first: each is certified by the next, by name. Nothing is
 * verified here.
 *
 * ret  TROTH_CSI_CHAIN_MAX views of whole certificates; ret_n set only on TROTH_OK and at least 1
 *
 * TROTH_OK, TROTH_TRUNCATED, TROTH_MALFORMED (no certificates, names that do not chain, octets behind), TROTH_LIMIT
 */
TROTH_MUST_CHECK troth_status troth_csi_cert_chain_read(troth_bytes octets, troth_bytes *ret, size_t *ret_n);
/* The subject of a certificate, an X.501 Name. */
TROTH_MUST_CHECK troth_status troth_csi_cert_subject(troth_bytes certificate, troth_bytes *ret);
/*
 * Write an X.501 Name of which troth_csi_dn_check has approved as RFC 2253 has it, without a NUL: the words in which the
 * subject of a TLS certificate is told, too. Text that is no text of its type, or has a NUL, is TROTH_MALFORMED.
 */
TROTH_MUST_CHECK troth_status troth_csi_dn_write(troth_writer *w, troth_bytes dn);
/* Whether octets are one X.501 Name of at most TROTH_CSI_DN_MAX, as far as its outline goes. */
TROTH_MUST_CHECK troth_status troth_csi_dn_check(troth_bytes octets);

#endif
