/*
 * csiv2/sas_client.h: the client security service of one connection. [CORBA 24.3.2, 24.3.4]
 *
 * For every assertion there is one context, for every request one machine; docs/internals/sas-client.md is the picture.
 * A request is placed by its context: it waits for evidence, may be sent, or is denied. What is sent is written when it
 * is taken, so that it is what the context is by then. A reply moves its request first; the context hears of it only
 * when it is about the id that the context has now.
 */
#ifndef TROTH_CSIV2_SAS_CLIENT_H
#define TROTH_CSIV2_SAS_CLIENT_H

#include <base/fsm.h>
#include <base/idtable.h>
#include <csiv2/sas.h>
#include <csiv2/sas_client_machines.h>
#include <csiv2/sas_select.h>
#include <csiv2/sas_table.h>

enum {
    TROTH_SAS_CLIENT_CONTEXTS = 256,
    TROTH_SAS_CLIENT_WAITING = 1024,   /* requests that wait for evidence        */
    TROTH_SAS_CLIENT_REQUESTS = 65536, /* requests that have not ended           */
    TROTH_SAS_CLIENT_IDENTITY = 60000  /* octets of an asserted identity         */
};

typedef struct troth_sas_client_context troth_sas_client_context;
typedef struct troth_sas_client_request troth_sas_client_request;
typedef struct troth_sas_client_errand troth_sas_client_errand;

/* Requests in order of arrival. */
typedef struct troth_sas_client_line {
    troth_sas_client_request *first, *last;
    size_t n;
} troth_sas_client_line;

/*
 * One assertion, with the same evidence for all its requests, and so one id. [SAS-7]
 *
 * key      the type, big-endian, and the octets of the identity token
 * id       of the context that is being established or stands; 0 = none
 * token    the exact octets of client_authentication_token that go with id until Complete was seen
 * pending  requests in flight that carry an EstablishContext for id
 * passing  not in the table, since that is full: it goes with its last request
 */
struct troth_sas_client_context {
    troth_fsm fsm;
    troth_sas_client *client;
    troth_block key;
    uint64_t id;
    troth_block token;
    troth_sas_client_line waiting;
    size_t pending, requests;
    bool passing;
    troth_error error; /* why its evidence is not sent any more */
};

/*
 * One request.
 *
 * context  NULL: it has no security attributes
 * once     it goes stateless, with evidence of its own
 * token    that evidence, when it has one
 * sent_id  client_context_id of what was sent
 * again    how often it was sent again
 * on_next  what its context decided, as an event of its machine
 * fate     what its reply was found to be
 */
struct troth_sas_client_request {
    troth_sas_node node; /* first */
    troth_fsm fsm;
    troth_sas_client *client;
    troth_sas_client_context *context;
    uint64_t sent_id;
    bool response_expected, once;
    unsigned again;
    uint8_t on_next;
    troth_sas_fate fate;
    troth_block token;
    troth_sas_client_errand *job;
    troth_error error;
    troth_sas_client_line *line;
    troth_sas_client_request *prev, *next;
};

/* A token that is being made, for a context or for one request; for neither: nobody wants it any more. */
struct troth_sas_client_errand {
    uint64_t id;
    troth_job *job; /* until it is handed out */
    troth_sas_client_context *context;
    troth_sas_client_request *request;
    troth_sas_client_errand *next; /* of those that are not handed out */
};

struct troth_sas_client {
    const troth_env *env;
    troth_cred *cred;
    troth_block list; /* contents of component 33 */
    troth_csi_mech mech;
    bool has_mech, stateful, wrapped, silent;
    troth_mech_id authn; /* how the client proves itself inside messages */
    char *target;        /* whom to, for the mechanism                   */
    troth_block name;    /* unlisted: AS_ContextSec.target_name          */
    troth_sas_quirks quirks;
    size_t contexts_max;
    troth_block assertion; /* key of the context of requests that do not say otherwise */
    troth_idtable contexts, jobs;
    troth_sas_table requests;
    troth_sas_client_request *spare; /* memory for the next ones, so that a request costs no allocation */
    size_t n_spare;
    troth_sas_client_errand *first_job, *last_job;
    troth_sas_client_line ready;
    size_t waiting;
    uint64_t next_id, next_job;
    bool ids_wrapped;
    troth_writer out;
    troth_error error; /* the peer contradicted itself: it gets no evidence any more */
};

/* ---- what the context's machine is asked with ---- */

/* A request that wants to be sent; its on_next is set. */
typedef struct troth_sas_client_placing {
    troth_sas_client_request *request;
} troth_sas_client_placing;

/* A token that came of a job, to be taken; or why there is none. */
typedef struct troth_sas_client_token {
    troth_block *token;
    troth_error error;
} troth_sas_client_token;

/* A reply, as far as a machine wants to know. */
typedef struct troth_sas_client_heard {
    bool no_permission; /* NO_PERMISSION, COMPLETED_NO: the request did not run */
    troth_error error;
} troth_sas_client_heard;

/* ---- lines and requests (sas_client_line.c) ---- */

void troth_sas_client_line_put(troth_sas_client_line *line, troth_sas_client_request *r);
void troth_sas_client_line_leave(troth_sas_client_request *r);
/* Wipe and release; it stands nowhere afterwards, and its context goes too where nobody else keeps it. */
void troth_sas_client_request_free(troth_sas_client_request *r);
/* The same for one that is no longer in the table. */
void troth_sas_client_request_drop(troth_sas_client_request *r);
/* Memory for a request, from those that have gone; NULL = there is none. And giving back what is kept of those. */
troth_sas_client_request *troth_sas_client_request_memory(troth_sas_client *c);
void troth_sas_client_request_trim(troth_sas_client *c);

/* ---- contexts (sas_client_context.c) ---- */

/* The context of a key, made where there is none. TROTH_OK, TROTH_NO_MEMORY, TROTH_NO_ENTROPY */
TROTH_MUST_CHECK troth_status troth_sas_client_context_of(troth_sas_client *c, troth_bytes key,
                                                          troth_sas_client_context **ret);
void troth_sas_client_context_free(troth_sas_client_context *x);
/* Move the context's machine; what fails is a missing arrow or memory, and the context begins anew. */
TROTH_MUST_CHECK troth_status troth_sas_client_context_on(troth_sas_client_context *x, uint8_t event, const void *arg);
troth_bytes troth_sas_client_identity(const troth_sas_client_context *x, uint32_t *ret_type);
/* The peer contradicted itself: every context ends, for good. */
void troth_sas_client_distrust(troth_sas_client *c, const troth_error *why);

/* ---- evidence (sas_client_evidence.c) ---- */

/* The key of an assertion. TROTH_OK, TROTH_INVALID, TROTH_MALFORMED, TROTH_LIMIT, TROTH_NO_MEMORY */
TROTH_MUST_CHECK troth_status troth_sas_client_key(const troth_sas_client *c, const troth_sas_assertion *a,
                                                   troth_block *ret);
/* Begin to make a token, for a context or a request. */
TROTH_MUST_CHECK troth_status troth_sas_client_make(troth_sas_client *c, troth_sas_client_context *x,
                                                    troth_sas_client_request *r);
/* Take the token out of a job that has run. Anything but TROTH_OK: ret_error says why there is none. */
TROTH_MUST_CHECK troth_status troth_sas_client_made(troth_sas_client *c, troth_job *job, troth_block *ret,
                                                    troth_error *ret_error);

/* ---- placing and sending (sas_client_send.c) ---- */

/* What was shown last is no longer: there may be a password in it. */
void troth_sas_client_clean(troth_sas_client *c);
/* Ask the context what is to become of a request that is to be sent. */
void troth_sas_client_place(troth_sas_client_request *r);
/* Move a request's machine where that cannot fail. */
void troth_sas_client_request_on(troth_sas_client_request *r, uint8_t event);
/* All who wait for a context's token may go, or are denied with error (NULL = may go). */
void troth_sas_client_release(troth_sas_client_context *x, const troth_error *error);

#endif
