/*
 * troth/iiop.h: GIOP connections with CSIv2, as endpoints. [CORBA 15, 24]
 *
 * An endpoint has a protected peer and, behind TROTH_ORDER_DATA and TROTH_EV_DATA, an ORB that knows nothing of CSIv2.
 * Both sides are octets of GIOP: what is ordered may be cut anywhere, what comes as an event is whole messages in order.
 *
 * A target stands in front of a server. Requests reach the ORB only once their security was found good, without service
 * context 15; each is an event TROTH_EV_CALL (id: the request id, data: the message, facts: who calls); everything else
 * that the ORB is to see is TROTH_EV_DATA. Whoever owns the endpoint gives both to the ORB alike. Its replies get the
 * answer to the evidence. What is refused is answered here, and told by TROTH_EV_WARNING (id: the request id).
 * Facts: peer is the caller, self who proved himself, detail "asserted" where these differ; TROTH_F_ANONYMOUS for nobody.
 * TROTH_EV_ESTABLISHED tells of every context for reuse (id: its client_context_id), and of every caller that is another
 * than the last one told.
 *
 * A client lends CSIv2 to an ORB that has none: requests get service context 15, replies lose it, a lost context is
 * established again and its request sent again, once.
 *
 * TROTH_ORDER_DATA answers TROTH_AGAIN also where requests wait for something else than output: offer the rest again after
 * feed and stepped, too. TROTH_ORDER_END is the end for a target; a client still gets its replies.
 *
 * In the other direction (requests from the target's ORB on a connection that is bidirectional) nothing is authenticated,
 * and service context 15 is taken out.
 */
#ifndef TROTH_IIOP_H
#define TROTH_IIOP_H

#include <troth/sas.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * The private service context in which a target tells its ORB who calls: an encapsulation of three strings (caller,
 * authenticated, mechanism's name) and an unsigned long of TROTH_F_ bits. One that comes from the peer is taken out, always.
 */
#define TROTH_IIOP_CALLER UINT32_C(0xfffff075)

/*
 * What an endpoint is to be. Strings are copied; 0 means the default in brackets.
 *
 * env            borrowed for the endpoint's life
 * message_max    octets of a message, put together [1,048,576]; a longer one closes the connection
 * unfinished_max  octets of all messages in fragments [4 x message_max]
 * fragment       messages of GIOP 1.2 to the peer are cut to this [as they came, or whole]
 * fragment_ms    for the last fragment of a message [30,000]
 * idle_ms        without a message in either direction [0 = never]
 * out_max        octets of output held before submit answers TROTH_AGAIN [1,048,576]
 * in_flight      requests without a reply [1,024]; more wait
 * tell_caller    target: add TROTH_IIOP_CALLER to requests
 * publish_host, publish_port, publish_component   target: references in forwarding replies are given this address and this
 *                component 33, so that clients come back here; NULL = left alone
 * resend_max     client: octets of requests kept to be sent again [4 x message_max]; what does not fit is not sent again
 */
typedef struct troth_iiop_options {
    const troth_env *env;
    uint32_t message_max, unfinished_max, fragment;
    uint64_t fragment_ms, idle_ms;
    size_t out_max;
    uint32_t in_flight;
    bool tell_caller;
    const char *publish_host;
    uint16_t publish_port;
    troth_bytes publish_component;
    size_t resend_max;
} troth_iiop_options;

/*
 * Make the target's end of a connection.
 *
 * target     outlives the endpoint
 * transport  copied
 * ret        set only on TROTH_OK; free with troth_endpoint_free
 *
 * TROTH_OK, TROTH_INVALID, TROTH_NO_MEMORY
 */
TROTH_MUST_CHECK troth_status troth_iiop_target_new(troth_sas_target *target, const troth_iiop_options *opts,
                                                    const troth_transport *transport, uint64_t now,
                                                    troth_endpoint **ret);
/*
 * Make the client's end of a connection. It may be given orders at once; TROTH_EV_ESTABLISHED comes when the first context
 * was answered.
 *
 * TROTH_OK, TROTH_INVALID, TROTH_NO_MEMORY, and what troth_sas_client_new says
 */
TROTH_MUST_CHECK troth_status troth_iiop_client_new(const troth_sas_client_options *sas, const troth_iiop_options *opts,
                                                    uint64_t now, troth_endpoint **ret);

#ifdef __cplusplus
}
#endif

#endif
