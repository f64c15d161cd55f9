/*
 * troth/csi.h: what a CSIv2 target says of itself in its references: component 33, TAG_CSI_SEC_MECH_LIST, and the
 * transports it names. [CORBA 24.5]
 */
#ifndef TROTH_CSI_H
#define TROTH_CSI_H

#include <troth/ior.h>

#ifdef __cplusplus
extern "C" {
#endif

/* AssociationOptions. [CORBA 24.5.1.1] */
enum {
    TROTH_CSI_NO_PROTECTION = 1,
    TROTH_CSI_INTEGRITY = 2,
    TROTH_CSI_CONFIDENTIALITY = 4,
    TROTH_CSI_DETECT_REPLAY = 8,
    TROTH_CSI_DETECT_MISORDERING = 16,
    TROTH_CSI_ESTABLISH_TRUST_IN_TARGET = 32,
    TROTH_CSI_ESTABLISH_TRUST_IN_CLIENT = 64,
    TROTH_CSI_NO_DELEGATION = 128,
    TROTH_CSI_SIMPLE_DELEGATION = 256,
    TROTH_CSI_COMPOSITE_DELEGATION = 512,
    TROTH_CSI_IDENTITY_ASSERTION = 1024,
    TROTH_CSI_DELEGATION_BY_CLIENT = 2048
};

/* IdentityTokenType; supported_identity_types is the sum of those that a target takes. [CORBA 24.2.5] */
enum {
    TROTH_CSI_ITT_ABSENT = 0,
    TROTH_CSI_ITT_ANONYMOUS = 1,
    TROTH_CSI_ITT_PRINCIPAL_NAME = 2,
    TROTH_CSI_ITT_X509_CERT_CHAIN = 4,
    TROTH_CSI_ITT_DISTINGUISHED_NAME = 8
};

/* Of each kind in a list; more is TROTH_LIMIT. */
enum {
    TROTH_CSI_MECHS_MAX = 16,
    TROTH_CSI_ADDRESSES_MAX = 8,
    TROTH_CSI_AUTHORITIES_MAX = 8,
    TROTH_CSI_NAMINGS_MAX = 8
};

/* A TransportAddress. Port 0 and an empty host are as they came. */
typedef struct troth_csi_address {
    troth_bytes host;
    uint16_t port;
} troth_csi_address;

/* A ServiceConfiguration: who may speak for a client's privileges. */
typedef struct troth_csi_authority {
    uint32_t syntax;
    troth_bytes name;
} troth_csi_authority;

/* TLS_SEC_TRANS or SECIOP_SEC_TRANS, by the tag of its component. */
typedef struct troth_csi_transport {
    uint32_t tag; /* TROTH_TAG_NULL_TAG: none, or what the profile's own address gives */
    troth_bytes
        raw; /* the component's octets; all there is of tags that are not known. Not looked at by _write of known ones */
    uint16_t target_supports, target_requires;
    troth_bytes mech_oid, target_name; /* SECIOP only */
    uint32_t n_addresses;
    troth_csi_address addresses[TROTH_CSI_ADDRESSES_MAX];
} troth_csi_transport;

/* AS_ContextSec: authentication of the client, inside the message. */
typedef struct troth_csi_as {
    uint16_t target_supports, target_requires;
    troth_bytes client_authentication_mech; /* an OBJECT IDENTIFIER in DER, with its tag */
    troth_bytes target_name;                /* an exported name */
} troth_csi_as;

/* SAS_ContextSec: assertion of identities, and attributes. */
typedef struct troth_csi_sas {
    uint16_t target_supports, target_requires;
    uint32_t n_authorities;
    troth_csi_authority privilege_authorities[TROTH_CSI_AUTHORITIES_MAX];
    uint32_t n_namings;
    troth_bytes supported_naming_mechanisms[TROTH_CSI_NAMINGS_MAX];
    uint32_t supported_identity_types;
} troth_csi_sas;

/* A CompoundSecMech. */
typedef struct troth_csi_mech {
    uint16_t target_requires;
    troth_csi_transport transport;
    troth_csi_as as;
    troth_csi_sas sas;
} troth_csi_mech;

/* A CompoundSecMechList, preferred ones first. Everything is a view into the octets that were read. */
typedef struct troth_csi_mech_list {
    bool stateful;
    uint32_t n;
    troth_csi_mech mechs[TROTH_CSI_MECHS_MAX];
} troth_csi_mech_list;

/*
 * Read the contents of a component 33.
 *
 * data  borrowed as long as ret is used
 * ret   set only on TROTH_OK. About 12 KiB
 *
 * TROTH_OK, TROTH_TRUNCATED, TROTH_MALFORMED, TROTH_LIMIT
 */
TROTH_MUST_CHECK troth_status troth_csi_mech_list_read(troth_bytes data, troth_csi_mech_list *ret);
/*
 * Write the contents of a component 33, little-endian.
 *
 * list  target_requires of a mechanism is written as it stands; troth_csi_requires says what it ought to be
 * ret   set only on TROTH_OK; free with troth_ior_free
 *
 * TROTH_OK, TROTH_INVALID (a count above its maximum), TROTH_LIMIT, TROTH_NO_MEMORY
 */
TROTH_MUST_CHECK troth_status troth_csi_mech_list_make(const troth_env *env, const troth_csi_mech_list *list,
                                                       troth_block *ret);
/* What a mechanism requires in all: the sum of its three layers. [CORBA 24.5.1.3] */
uint16_t troth_csi_requires(const troth_csi_mech *m);
/* Read the contents of a component 36 or 35, by its tag; other tags leave only raw. Statuses as above. */
TROTH_MUST_CHECK troth_status troth_csi_transport_read(const troth_ior_tagged *component, troth_csi_transport *ret);

/*
 * Take the name out of a mechanism-independent exported name. [RFC 2743 3.2]
 *
 * exported   04 01, length and OID with its tag, length and name: nothing in front, nothing behind
 * ret_mech   the OID's contents octets, without its tag
 * ret_name   the mechanism's octets; may be empty
 *
 * TROTH_OK, TROTH_TRUNCATED, TROTH_MALFORMED
 */
TROTH_MUST_CHECK troth_status troth_csi_exported_name_read(troth_bytes exported, troth_bytes *ret_mech,
                                                           troth_bytes *ret_name);

#ifdef __cplusplus
}
#endif

#endif
