/* nns/machines.h: the state machines of this module, for running and for printing. */
#ifndef TROTH_NNS_MACHINES_H
#define TROTH_NNS_MACHINES_H

#include <base/fsm.h>

extern const troth_fsm_spec troth_nns_client_fsm;    /* MS-NNS 3.1     */
extern const troth_fsm_spec troth_nns_server_fsm;    /* MS-NNS 3.2     */
extern const troth_fsm_spec troth_nettcp_client_fsm; /* MC-NMF 3.2.4.2 */
extern const troth_fsm_spec troth_nettcp_server_fsm; /* MC-NMF 3.3.4.2 */

/* Stream State. [MS-NNS 3.1.1.2, 3.2.1.2] */
enum {
    TROTH_NNS_UNINITIALIZED,
    TROTH_NNS_WAITING_FOR_HANDSHAKE_MESSAGE,
    TROTH_NNS_CREATING_SECURITY_TOKEN,
    TROTH_NNS_PROCESSING_FINAL_TOKEN, /* the server's text calls it ProcessingLastToken, too */
    TROTH_NNS_AUTHENTICATED,
    TROTH_NNS_CLOSED,
    TROTH_NNS_WAITING_FOR_HANDSHAKE_DONE, /* client only */
    TROTH_NNS_CLIENT_STATES,
    TROTH_NNS_SERVER_STATES = TROTH_NNS_WAITING_FOR_HANDSHAKE_DONE
};

enum {
    TROTH_NNS_ON_AUTHENTICATE, /* the application's invocation                                         */
    TROTH_NNS_ON_CONTINUE,     /* GSS_Init/Accept_sec_context: GSS_S_CONTINUE_NEEDED   arg: leg         */
    TROTH_NNS_ON_COMPLETE,     /* GSS_S_COMPLETE                                       arg: leg         */
    TROTH_NNS_ON_FAILED,       /* any other major_status                               arg: leg         */
    TROTH_NNS_ON_IN_PROGRESS,  /* a whole handshake frame                              arg: frame       */
    TROTH_NNS_ON_DONE,
    TROTH_NNS_ON_ERROR,
    TROTH_NNS_ON_UNKNOWN_ID,
    TROTH_NNS_ON_BAD_FRAME,   /* a frame, of handshake or data, of a forbidden size    arg: status      */
    TROTH_NNS_ON_DATA,        /* a whole data frame, or raw octets                     arg: payload     */
    TROTH_NNS_ON_SEND,        /* the application's data                                arg: plain       */
    TROTH_NNS_ON_PEER_CLOSED, /* end of the underlying connection                                       */
    TROTH_NNS_ON_CLOSE,       /* the application, or a deadline                        arg: status      */
    TROTH_NNS_EVENTS
};

/* Where the preamble of net.tcp stands; the names are ours, the order is that of MC-NMF 3.3.4.2 and 3.2.4.2. */
enum {
    TROTH_NETTCP_UPGRADING, /* the NegotiateStream handshake runs */
    TROTH_NETTCP_OPEN,
    TROTH_NETTCP_CLOSED,
    /* the server's */
    TROTH_NETTCP_READING_VERSION,
    TROTH_NETTCP_READING_MODE,
    TROTH_NETTCP_READING_VIA,
    TROTH_NETTCP_READING_ENCODING,
    TROTH_NETTCP_READING_UPGRADE,
    TROTH_NETTCP_READING_PREAMBLE_END, /* inside, protected */
    TROTH_NETTCP_SERVER_STATES,
    /* the client's */
    TROTH_NETTCP_WRITING_PREAMBLE = TROTH_NETTCP_CLOSED + 1,
    TROTH_NETTCP_READING_UPGRADE_RESPONSE,
    TROTH_NETTCP_READING_PREAMBLE_ACK, /* inside, protected */
    TROTH_NETTCP_CLIENT_STATES
};

enum {
    TROTH_NETTCP_ON_START,    /* the application's invocation                                  */
    TROTH_NETTCP_ON_PREAMBLE, /* the owner's own preamble is complete                          */
    TROTH_NETTCP_ON_VERSION,  /* a whole record                                 arg: record    */
    TROTH_NETTCP_ON_MODE,
    TROTH_NETTCP_ON_VIA,
    TROTH_NETTCP_ON_ENCODING,
    TROTH_NETTCP_ON_UPGRADE_REQUEST,
    TROTH_NETTCP_ON_UPGRADE_RESPONSE,
    TROTH_NETTCP_ON_PREAMBLE_END,
    TROTH_NETTCP_ON_PREAMBLE_ACK,
    TROTH_NETTCP_ON_FAULT,
    TROTH_NETTCP_ON_OTHER_RECORD,
    TROTH_NETTCP_ON_BAD_RECORD,   /* one that cannot be read                        arg: status    */
    TROTH_NETTCP_ON_SECURED,      /* the NegotiateStream is authenticated                          */
    TROTH_NETTCP_ON_INNER_CLOSED, /* it has ended                                   arg: error     */
    TROTH_NETTCP_ON_PEER_CLOSED,
    TROTH_NETTCP_ON_CLOSE, /* the application, or a deadline                 arg: status    */
    TROTH_NETTCP_EVENTS
};

#endif
