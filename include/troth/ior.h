/*
 * troth/ior.h: interoperable object references: their profiles and tagged components, as views, and their text.
 * [CORBA 13.6, 15.7.2]
 */
#ifndef TROTH_IOR_H
#define TROTH_IOR_H

#include <troth/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/* What a reference may have; more is TROTH_LIMIT. */
enum {
    TROTH_IOR_PROFILES_MAX = 16,
    TROTH_IOR_COMPONENTS_MAX = 32,
    TROTH_IOR_OCTETS_MAX = 65536 /* of a reference as octets */
};

/* Tags of profiles. */
enum { TROTH_TAG_INTERNET_IOP = 0, TROTH_TAG_MULTIPLE_COMPONENTS = 1 };

/* Tags of components that matter to security. [CORBA 13.6.6, 24.5] */
enum {
    TROTH_TAG_ORB_TYPE = 0,
    TROTH_TAG_CODE_SETS = 1,
    TROTH_TAG_ALTERNATE_IIOP_ADDRESS = 3,
    TROTH_TAG_SSL_SEC_TRANS = 20,
    TROTH_TAG_CSI_SEC_MECH_LIST = 33,
    TROTH_TAG_NULL_TAG = 34,
    TROTH_TAG_SECIOP_SEC_TRANS = 35,
    TROTH_TAG_TLS_SEC_TRANS = 36
};

/* A profile or a component: a tag, and octets that only this tag gives a meaning. Views. */
typedef struct troth_ior_tagged {
    uint32_t tag;
    troth_bytes data;
} troth_ior_tagged;

/* A reference. No profiles and an empty type: the nil reference. Views into the octets that were read. */
typedef struct troth_ior {
    troth_bytes type_id; /* a repository id, without its NUL */
    uint32_t n_profiles;
    troth_ior_tagged profiles[TROTH_IOR_PROFILES_MAX];
} troth_ior;

/* The body of a TAG_INTERNET_IOP profile. Views. */
typedef struct troth_iiop_profile {
    uint8_t major, minor; /* 1.0 has no components */
    troth_bytes host;     /* without its NUL */
    uint16_t port;        /* 0: only by an address in a component */
    troth_bytes object_key;
    uint32_t n_components;
    troth_ior_tagged components[TROTH_IOR_COMPONENTS_MAX];
} troth_iiop_profile;

/* What troth_ior_edit changes in every IIOP profile. All borrowed. */
typedef struct troth_ior_changes {
    const char *host; /* NULL: host and port stay as they are */
    uint16_t port;
    const uint32_t *drop; /* tags of components to leave out */
    size_t n_drop;
    const troth_ior_tagged *set; /* components: each replaces all of its tag, or is added */
    size_t n_set;
} troth_ior_changes;

/*
 * Read "IOR:" and its hexadecimal digits; white space around the text is passed over.
 *
 * text     a string
 * out      cap octets of the caller's; TROTH_IOR_OCTETS_MAX is always enough
 * ret_len  set only on TROTH_OK: octets written
 *
 * TROTH_OK, TROTH_MALFORMED (no such text), TROTH_LIMIT (longer than any we read), TROTH_NO_SPACE
 */
TROTH_MUST_CHECK troth_status troth_ior_unhex(const char *text, uint8_t *out, size_t cap, size_t *ret_len);
/*
 * Write octets as "IOR:" and hexadecimal digits with a NUL: 4 + 2 * octets.len + 1 characters.
 *
 * TROTH_OK, TROTH_NO_SPACE
 */
TROTH_MUST_CHECK troth_status troth_ior_hex(troth_bytes octets, char *ret, size_t cap);
/*
 * Read a reference from the encapsulation that a stringified one holds; profiles are not looked into.
 *
 * octets  borrowed as long as ret is used
 * ret     set only on TROTH_OK
 *
 * TROTH_OK, TROTH_TRUNCATED, TROTH_MALFORMED, TROTH_LIMIT
 */
TROTH_MUST_CHECK troth_status troth_ior_read(troth_bytes octets, troth_ior *ret);
/*
 * Read the body of a TAG_INTERNET_IOP profile. What a minor version above ours has behind the components is passed over.
 *
 * TROTH_OK, TROTH_TRUNCATED, TROTH_MALFORMED, TROTH_LIMIT, TROTH_UNSUPPORTED (no version 1)
 */
TROTH_MUST_CHECK troth_status troth_iiop_profile_read(troth_bytes data, troth_iiop_profile *ret);
/* Read the components of a TAG_MULTIPLE_COMPONENTS profile into ret, of at most cap. Statuses as above. */
TROTH_MUST_CHECK troth_status troth_ior_components_read(troth_bytes data, troth_ior_tagged *ret, uint32_t cap,
                                                        uint32_t *ret_n);
/* The first component of a tag; NULL = none. */
const troth_ior_tagged *troth_ior_find(const troth_ior_tagged *components, size_t n, uint32_t tag);
/*
 * Write a reference with changes in every IIOP profile: components that are not named, profiles of other tags and the
 * object key are kept octet by octet. A profile of version 1.0 has no components and is given none.
 *
 * env   memory for ret, to be freed with troth_ior_free
 * ret   an encapsulation, in the byte order of the machine-independent choice, big-endian; set only on TROTH_OK
 *
 * TROTH_OK, TROTH_UNSUPPORTED (components to set, and no profile that could hold them), TROTH_LIMIT, TROTH_NO_MEMORY,
 * what troth_iiop_profile_read says
 */
TROTH_MUST_CHECK troth_status troth_ior_edit(const troth_env *env, const troth_ior *ior,
                                             const troth_ior_changes *changes, troth_block *ret);
void troth_ior_free(const troth_env *env, troth_block *octets);

#ifdef __cplusplus
}
#endif

#endif
