/* csiv2/sas_client_machines.h: the client's machines, for running and for printing. */
#ifndef TROTH_CSIV2_SAS_CLIENT_MACHINES_H
#define TROTH_CSIV2_SAS_CLIENT_MACHINES_H

#include <base/fsm.h>

extern const troth_fsm_spec troth_sas_client_context_fsm; /* CORBA 24.3.2 */
extern const troth_fsm_spec troth_sas_client_request_fsm; /* CORBA 24.3.4 */

/* A context, as far as the client knows. What an assertion and the client's evidence make is one context. */
enum {
    TROTH_SAS_CX_NONE,         /* not established                                                     */
    TROTH_SAS_CX_MAKING,       /* its token is being made                                             */
    TROTH_SAS_CX_ESTABLISHING, /* EstablishContext with its id goes with every request                */
    TROTH_SAS_CX_ESTABLISHED,  /* MessageInContext does                                               */
    TROTH_SAS_CX_STATELESS,    /* EstablishContext with id 0 and fresh evidence goes with every request */
    TROTH_SAS_CX_REFUSED,      /* its evidence is not sent again                                      */
    TROTH_SAS_CX_STATES
};
enum {
    TROTH_SAS_CX_ON_BEGIN_STATELESS, /* the target, the transport or the owner has no use for stateful contexts          */
    TROTH_SAS_CX_ON_CALL,     /* a request that will be answered is to be sent               arg: placing         */
    TROTH_SAS_CX_ON_ONEWAY,   /* one that will not                                           arg: placing         */
    TROTH_SAS_CX_ON_TOKEN,    /* its token is there                                          arg: token           */
    TROTH_SAS_CX_ON_NO_TOKEN, /* there will be none                                          arg: token           */
    TROTH_SAS_CX_ON_STATEFUL, /* CompleteEstablishContext, context_stateful TRUE                                  */
    TROTH_SAS_CX_ON_NEGOTIATED_DOWN, /* CompleteEstablishContext, context_stateful FALSE                                 */
    TROTH_SAS_CX_ON_NOTHING,  /* a reply to an EstablishContext without service context 15                        */
    TROTH_SAS_CX_ON_FORWARD,  /* LOCATION_FORWARD to one likewise                                                 */
    TROTH_SAS_CX_ON_EVIDENCE, /* ContextError to an EstablishContext                         arg: heard           */
    TROTH_SAS_CX_ON_CONFLICT, /* ContextError 3 to the first one of a request                arg: heard           */
    TROTH_SAS_CX_ON_LOST,     /* ContextError to a MessageInContext                          arg: heard           */
    TROTH_SAS_CX_ON_ENDED,    /* a request with an EstablishContext ended without a reply                         */
    TROTH_SAS_CX_ON_CONTRADICTION, /* the peer cannot be believed                                 arg: heard           */
    TROTH_SAS_CX_EVENTS
};

/* A request. */
enum {
    TROTH_SAS_RQ_PLACING,
    TROTH_SAS_RQ_WAITING, /* for evidence                              */
    TROTH_SAS_RQ_READY,
    TROTH_SAS_RQ_DENIED,     /* must not be sent; the owner has to be told */
    TROTH_SAS_RQ_BARE,       /* sent without security attributes       */
    TROTH_SAS_RQ_ESTABLISH,  /* sent with EstablishContext, id not 0   */
    TROTH_SAS_RQ_ONCE,       /* sent with EstablishContext, id 0       */
    TROTH_SAS_RQ_IN_CONTEXT, /* sent with MessageInContext             */
    TROTH_SAS_RQ_ENDED,
    TROTH_SAS_RQ_STATES
};
enum {
    TROTH_SAS_RQ_ON_WAIT,
    TROTH_SAS_RQ_ON_MAY_GO,
    TROTH_SAS_RQ_ON_DENY,
    TROTH_SAS_RQ_ON_PLACE, /* its context has changed before it was sent                                 */
    TROTH_SAS_RQ_ON_BARE,  /* the owner takes it                                                         */
    TROTH_SAS_RQ_ON_ESTABLISH,
    TROTH_SAS_RQ_ON_ONCE,
    TROTH_SAS_RQ_ON_IN_CONTEXT,
    TROTH_SAS_RQ_ON_STATEFUL,        /* CompleteEstablishContext, context_stateful TRUE      arg: heard  */
    TROTH_SAS_RQ_ON_NEGOTIATED_DOWN, /* CompleteEstablishContext, context_stateful FALSE     arg: heard  */
    TROTH_SAS_RQ_ON_NOTHING,         /* a reply without service context 15                   arg: heard  */
    TROTH_SAS_RQ_ON_FORWARD,         /* LOCATION_FORWARD without service context 15          arg: heard  */
    TROTH_SAS_RQ_ON_ERROR,           /* ContextError                                         arg: heard  */
    TROTH_SAS_RQ_ON_CONFLICT,        /* ContextError 3                                       arg: heard  */
    TROTH_SAS_RQ_ON_CONTRADICTION,   /*                                                      arg: heard  */
    TROTH_SAS_RQ_ON_END,             /* the owner gives it up, or has been told                          */
    TROTH_SAS_RQ_EVENTS
};

#endif
