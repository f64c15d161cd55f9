/* csiv2/machines.h: the state machines of this module, for running and for printing. */
#ifndef TROTH_CSIV2_MACHINES_H
#define TROTH_CSIV2_MACHINES_H

#include <base/fsm.h>

extern const troth_fsm_spec troth_sas_request_fsm;  /* TSS, CORBA 24.3.3 */
extern const troth_fsm_spec troth_sas_entry_fsm;    /* CORBA 24.3.2      */
extern const troth_fsm_spec troth_iiop_request_fsm; /* CORBA 15.4, 24.3  */

/* A request on a target. */
enum {
    TROTH_SAS_R_WAIT,
    TROTH_SAS_R_CHECKING, /* a mechanism looks at its evidence          */
    TROTH_SAS_R_QUEUED,   /* behind a context whose evidence is pending */
    TROTH_SAS_R_ACCEPTED, /* the verdict has not been taken             */
    TROTH_SAS_R_REFUSED,  /* likewise                                   */
    TROTH_SAS_R_REPLY,    /* the servant has it                         */
    TROTH_SAS_R_ENDED,
    TROTH_SAS_R_STATES
};
enum {
    TROTH_SAS_R_ON_NO_SAS,     /* a request without service context 15             arg: arrival */
    TROTH_SAS_R_ON_ESTABLISH,  /* EstablishContext                                 arg: arrival */
    TROTH_SAS_R_ON_IN_CONTEXT, /* MessageInContext                                 arg: arrival */
    TROTH_SAS_R_ON_STRAY,      /* a target's message, or an unassigned MsgType     arg: arrival */
    TROTH_SAS_R_ON_GARBAGE,    /* no message                                       arg: arrival */
    TROTH_SAS_R_ON_SEVERAL,    /* more than one service context 15                 arg: arrival */
    TROTH_SAS_R_ON_BARRED,     /* the connection has used up its failures          arg: arrival */
    TROTH_SAS_R_ON_VERDICT,    /* on the evidence that it waits for                arg: arrival */
    TROTH_SAS_R_ON_TELL,       /* the owner takes the verdict                                   */
    TROTH_SAS_R_ON_ANSWERED,   /* the servant is done                                           */
    TROTH_SAS_R_ON_END,        /* no reply: served, or cancelled                                */
    TROTH_SAS_R_EVENTS
};

/* A context of a target, by its id. */
enum {
    TROTH_SAS_E_NEW,
    TROTH_SAS_E_PENDING,     /* its evidence is being looked at; it will be reusable        */
    TROTH_SAS_E_PASSING,     /* likewise, for the requests that wait for it and none after  */
    TROTH_SAS_E_ESTABLISHED, /* reusable                                                    */
    TROTH_SAS_E_LEAVING,     /* its id is free; requests in it run on                       */
    TROTH_SAS_E_GONE,
    TROTH_SAS_E_STATES
};
enum {
    TROTH_SAS_E_ON_ESTABLISH, /* EstablishContext with an id that is free                  */
    TROTH_SAS_E_ON_VALID,     /* its evidence is                              arg: finding */
    TROTH_SAS_E_ON_INVALID,   /* it is not, or nobody waits any longer                */
    TROTH_SAS_E_ON_USE,       /* a request begins in it                               */
    TROTH_SAS_E_ON_RELEASE,   /* one has ended                                        */
    TROTH_SAS_E_ON_DISCARD,   /* MessageInContext, discard_context                    */
    TROTH_SAS_E_ON_EXPIRE,    /* its time is up, or policy has changed its mind       */
    TROTH_SAS_E_EVENTS
};

/* A request of a connection. */
enum {
    TROTH_IIOP_NEW,
    TROTH_IIOP_OFFERED,   /* not even taken by who decides: too many wait; there is at most one */
    TROTH_IIOP_WAITING,   /* for a decision                                                     */
    TROTH_IIOP_PASSED,    /* passed on, for a reply                                             */
    TROTH_IIOP_CANCELLED, /* a reply may still come, for nobody                                 */
    TROTH_IIOP_LOST,
    TROTH_IIOP_STATES
};
enum {
    TROTH_IIOP_ON_HOLD,   /* its message is kept                             */
    TROTH_IIOP_ON_TAKEN,  /* by who decides                                  */
    TROTH_IIOP_ON_PASS,   /* it was put out                                  */
    TROTH_IIOP_ON_RESEND, /* its reply says that it did not run: once more   */
    TROTH_IIOP_ON_CANCEL, /* CancelRequest                                   */
    TROTH_IIOP_EVENTS
};

#endif
