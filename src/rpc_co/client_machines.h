/* rpc_co/client_machines.h: the client's two machines, for running and for printing. */
#ifndef TROTH_RPC_CO_CLIENT_MACHINES_H
#define TROTH_RPC_CO_CLIENT_MACHINES_H

#include <base/fsm.h>

extern const troth_fsm_spec troth_co_client_assoc_fsm; /* MS-RPCE 3.3.2, figure 18; C706 11.1.3   */
extern const troth_fsm_spec troth_co_client_call_fsm;  /* MS-RPCE 3.3.2.1.3, figure 19            */

/*
 * The connection, as far as binding and security go; calls have a machine of their own, so WAIT_RSP of figure 18 is not
 * here. Between a PDU's answer and the next PDU of the same context a leg runs: figure 18 has no state for that.
 */
enum {
    TROTH_CO_CA_ESTABLISHED,   /* the transport is there, nothing was sent                            */
    TROTH_CO_CA_FIRST_LEG,     /* ... and the token for a bind is being made                          */
    TROTH_CO_CA_WAIT_BIND_ACK, /* WAIT for UNSECURE_BIND_ACK                                          */
    TROTH_CO_CA_WAIT_SECURE_BIND_ACK,
    TROTH_CO_CA_NEGOTIATED,      /* CONTEXT_NEGOTIATED                                                  */
    TROTH_CO_CA_LEG,             /* bound, and a context's next token is being made                     */
    TROTH_CO_CA_WAIT_ALTER_RESP, /* for a presentation context                                         */
    TROTH_CO_CA_WAIT_SECURE_ALTER_RESP,
    TROTH_CO_CA_DISCARD, /* no further PDUs; replies that are awaited still come                */
    TROTH_CO_CA_CLOSED,
    TROTH_CO_CA_STATES
};
enum {
    TROTH_CO_CA_ON_NEED,     /* a call needs a presentation context           arg: presentation     */
    TROTH_CO_CA_ON_OPEN,     /* the owner wants a security context            arg: context          */
    TROTH_CO_CA_ON_MORE,     /* GSS_Init_sec_context: GSS_S_CONTINUE_NEEDED   arg: leg              */
    TROTH_CO_CA_ON_DONE,     /* GSS_S_COMPLETE                                arg: leg              */
    TROTH_CO_CA_ON_FAILED,   /* any other major_status, or CO-12              arg: leg              */
    TROTH_CO_CA_ON_BROKEN,   /* a context that stood could not protect        arg: error            */
    TROTH_CO_CA_ON_BIND_ACK, /* an answer to our PDU                          arg: answer           */
    TROTH_CO_CA_ON_ALTER_RESP,
    TROTH_CO_CA_ON_BIND_NAK, /*                                               arg: reason           */
    TROTH_CO_CA_ON_FAULT,    /*                                               arg: fault            */
    TROTH_CO_CA_ON_SHUTDOWN,
    TROTH_CO_CA_ON_BAD_PDU, /* what cannot be, at the level of PDUs or calls arg: error            */
    TROTH_CO_CA_ON_DRAINED, /* no reply is awaited any more                                        */
    TROTH_CO_CA_ON_PEER_CLOSED,
    TROTH_CO_CA_ON_CLOSE, /* the owner, or a deadline                      arg: error            */
    TROTH_CO_CA_EVENTS
};

/* Call State. [MS-RPCE 3.3.2.1.3] */
enum {
    TROTH_CO_CC_SEND_PDUS, /* nothing was sent yet: it waits for its turn                            */
    TROTH_CO_CC_DISPATCHED,
    TROTH_CO_CC_RECEIVE_PDU,
    TROTH_CO_CC_ORPHANED, /* the owner was told; what the server may still say of it is dropped     */
    TROTH_CO_CC_COMPLETE,
    TROTH_CO_CC_FAULT,
    TROTH_CO_CC_STATES
};
enum {
    TROTH_CO_CC_ON_SEND, /* its turn                                         arg: stub             */
    TROTH_CO_CC_ON_ONLY, /* a response, FIRST_FRAG and LAST_FRAG             arg: fragment         */
    TROTH_CO_CC_ON_FIRST,
    TROTH_CO_CC_ON_MIDDLE,
    TROTH_CO_CC_ON_LAST,
    TROTH_CO_CC_ON_FAULT,   /*                                                  arg: fragment         */
    TROTH_CO_CC_ON_CANCEL,  /* the owner's wish                                                       */
    TROTH_CO_CC_ON_TIMEOUT, /* Communication Time-Out                           arg: error            */
    TROTH_CO_CC_ON_LOST,    /* it will have no reply                            arg: error            */
    TROTH_CO_CC_EVENTS
};

#endif
