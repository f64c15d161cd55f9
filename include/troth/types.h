/* troth/types.h: small types that several headers share. */
#ifndef TROTH_TYPES_H
#define TROTH_TYPES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <troth/env.h>
#include <troth/status.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Borrowed octets: a view into somebody else's memory. data may be NULL when len is 0. */
typedef struct troth_bytes {
    const uint8_t *data;
    size_t len;
} troth_bytes;

/* Owned octets; len is also what was allocated. */
typedef struct troth_block {
    uint8_t *data;
    size_t len;
} troth_block;

typedef enum troth_role { TROTH_INITIATOR, TROTH_ACCEPTOR } troth_role;

/* What protects the data of a stream or call. Ordered: a higher one satisfies a demand for a lower one. */
typedef enum troth_level { TROTH_LEVEL_NONE, TROTH_LEVEL_SIGN, TROTH_LEVEL_ENCRYPT } troth_level;

/* How far the acceptor may act as the initiator. Ordered. [MS-NNS 3.1.1] */
typedef enum troth_impersonation { TROTH_IDENTIFY = 1, TROTH_IMPERSONATE, TROTH_DELEGATION } troth_impersonation;

/*
 * Requirements asked of a context, and attributes it turned out to have: one numbering of our own, mapped at the edges
 * to ISC/ASC, GSS, NTLM and RPC numbers and never passed through as one of them. Attributes are final only when the
 * context is complete.
 */
typedef uint32_t troth_flags;
enum {
    TROTH_F_INTEGRITY = 1u << 0,       /* messages can be signed                                              */
    TROTH_F_CONFIDENTIALITY = 1u << 1, /* messages can be encrypted                                           */
    TROTH_F_REPLAY = 1u << 2,          /* a repeated message is detected; implies integrity                   */
    TROTH_F_SEQUENCE = 1u << 3,        /* a message out of order is detected; implies integrity               */
    TROTH_F_MUTUAL = 1u << 4,          /* the acceptor was authenticated, too                                 */
    TROTH_F_DELEGATE = 1u << 5,        /* the acceptor may act as the initiator elsewhere; needs mutual       */
    TROTH_F_IDENTIFY = 1u << 6,        /* the acceptor may know who the initiator is, but not act as it       */
    TROTH_F_ANONYMOUS = 1u << 7,       /* the initiator has no identity; on an acceptor: allowed              */
    TROTH_F_DCE_STYLE = 1u << 8,       /* three legs, tokens without RFC 2743 framing                         */
    TROTH_F_DATAGRAM = 1u << 9,        /* context kind: the caller numbers messages, any may be lost          */
    TROTH_F_CONNECTION = 1u << 10,     /* context kind: the caller frames messages (the default)              */
    TROTH_F_STREAM = 1u << 11,         /* context kind: records                                               */
    TROTH_F_EXTENDED_ERROR = 1u << 12, /* on failure, make a token that tells the peer                        */
    TROTH_F_SESSION_KEY = 1u << 13,    /* a fresh session key                                                 */
    TROTH_F_NO_INTEGRITY = 1u << 14,   /* requirement only: overrides integrity                               */
    TROTH_F_GUEST = 1u << 15,          /* attribute only: the identity is a guest                             */
    TROTH_F_BOUND = 1u << 16           /* attribute only: channel bindings were given by both and are equal   */
};

#ifdef __cplusplus
}
#endif

#endif
