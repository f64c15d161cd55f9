/*
 * csiv2/sas.h: the four messages of the security attribute service, as the octets of service context 15. [CORBA 24.2]
 *
 * A message is an encapsulation: its byte order is its own, and so is its alignment. What is read is views; what is
 * kept of it is its keeper's to copy.
 */
#ifndef TROTH_CSIV2_SAS_H
#define TROTH_CSIV2_SAS_H

#include <giop/cdr.h>
#include <troth/csi.h>

/* MsgType; 2 and 3 are nobody's. */
typedef enum troth_sas_type {
    TROTH_SAS_ESTABLISH_CONTEXT = 0,
    TROTH_SAS_COMPLETE_ESTABLISH_CONTEXT = 1,
    TROTH_SAS_CONTEXT_ERROR = 4,
    TROTH_SAS_MESSAGE_IN_CONTEXT = 5
} troth_sas_type;

enum {
    TROTH_SAS_AUTHORIZATION_MAX = 16, /* elements of an authorization token */
    TROTH_SAS_OCTETS_MAX = 131072     /* of a message; a Kerberos token may carry a PAC of half of that */
};

/* ContextError, major_status; minor_status is always 1. [CORBA 24.3.5] */
enum {
    TROTH_SAS_INVALID_EVIDENCE = 1,
    TROTH_SAS_INVALID_MECHANISM = 2,
    TROTH_SAS_CONFLICTING_EVIDENCE = 3,
    TROTH_SAS_NO_CONTEXT = 4,
    TROTH_SAS_MINOR = 1
};

/* AuthorizationElementType: 20 bits of whose it is, 12 of what it is. The IDL's literal value of the only one is short
 * of that by 12 bits; both are taken. */
#define TROTH_SAS_X509_ATTRIBUTE_CERT_CHAIN       UINT32_C(0x4f4d0001)
#define TROTH_SAS_X509_ATTRIBUTE_CERT_CHAIN_SHORT UINT32_C(0x0004f4d1)

/* An AuthorizationElement. */
typedef struct troth_sas_authorization {
    uint32_t the_type;
    troth_bytes the_element;
} troth_sas_authorization;

/* An IdentityToken: a kind of troth/csi.h, or one that we do not know, whose octets are kept. */
typedef struct troth_sas_identity {
    uint32_t type;
    troth_bytes octets; /* empty for ABSENT and ANONYMOUS, whose boolean means nothing */
} troth_sas_identity;

typedef struct troth_sas_establish {
    uint32_t n_authorization;
    troth_sas_authorization authorization_token[TROTH_SAS_AUTHORIZATION_MAX];
    troth_sas_identity identity_token;
    troth_bytes client_authentication_token; /* empty = none */
} troth_sas_establish;

typedef struct troth_sas_complete {
    bool context_stateful;
    troth_bytes final_context_token;
} troth_sas_complete;

typedef struct troth_sas_error {
    int32_t major_status, minor_status;
    troth_bytes error_token;
} troth_sas_error;

typedef struct troth_sas_in_context {
    bool discard_context;
} troth_sas_in_context;

/* A SASContextBody. */
typedef struct troth_sas_message {
    troth_sas_type type;
    uint64_t client_context_id;
    union {
        troth_sas_establish establish;
        troth_sas_complete complete;
        troth_sas_error error;
        troth_sas_in_context in_context;
    };
} troth_sas_message;

/* What peers do that the text does not allow; each is for listed peers only. */
typedef struct troth_sas_quirks {
    bool trailing_octets; /* take octets behind the message */
    bool loose_booleans;  /* take any octet but 0 as TRUE */
} troth_sas_quirks;

/*
 * Read the octets of a service context 15.
 *
 * quirks  NULL: none
 * ret     set only on TROTH_OK
 *
 * TROTH_OK         whole and in order; which of the four it is and what it says is for others to judge
 * TROTH_TRUNCATED, TROTH_MALFORMED   no such message
 * TROTH_LIMIT      longer than TROTH_SAS_OCTETS_MAX, or more authorization elements than we look at
 */
TROTH_MUST_CHECK troth_status troth_sas_read(troth_bytes data, const troth_sas_quirks *quirks, troth_sas_message *ret);
/* Write one as an encapsulation, in the writer's order and aligned from where it begins. */
void troth_sas_write(troth_writer *w, const troth_sas_message *m);
/* "EstablishContext"; never NULL. */
const char *troth_sas_type_name(troth_sas_type type);
/* "conflicting evidence"; never NULL. */
const char *troth_sas_major_name(int32_t major_status);

#endif
