/* troth/nns.h: .NET NegotiateStream [MS-NNS], client and server, as endpoints. */
#ifndef TROTH_NNS_H
#define TROTH_NNS_H

#include <troth/endpoint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* How the 8 octets of a HandshakeError carry the code: .NET up to 7 reads big-endian, 8 and later little-endian. */
typedef enum troth_nns_error_layout {
    TROTH_NNS_ERROR_BOTH,
    TROTH_NNS_ERROR_BE,
    TROTH_NNS_ERROR_LE
} troth_nns_error_layout;

/*
 * What a stream is to be. Strings and octets are copied; 0 means the default in brackets.
 *
 * env            borrowed for the endpoint's life
 * cred           acquired; the endpoint takes a reference
 * mech           "spnego", "kerberos", "ntlm" [spnego]
 * target         client: the SPN, may be NULL only for NTLM; server: NULL or the SPN that an NTLM client must name
 * level          required at least [NONE is meant as NONE]
 * impersonation  client: granted to the server; server: required at least [IDENTIFY]
 * policy         TROTH_POLICY_ bits; a server with "spnego" accepts raw tokens only with TROTH_POLICY_RAW_TOKENS
 * limits         of the context
 * error_layout   server and client: of the HandshakeErrors we send [TROTH_NNS_ERROR_BOTH]
 * frame_plain    plaintext octets of one data frame we send, 1..64,512 [64,512]
 * handshake_ms   milliseconds until an unfinished handshake ends [10,000]
 * idle_ms        milliseconds without data in either direction until the stream ends [0 = never]
 * out_max        octets of output held before submit answers TROTH_AGAIN [262,144]
 * transport      may be NULL; its bindings become the context's
 * allow_anonymous  server: a client without an identity is accepted
 *
 * An order of data with len 0 but data not NULL sends one empty protected frame, which the peer verifies and drops; on
 * an unprotected stream, and with data NULL, nothing is sent.
 *
 * The level of an established stream is what was negotiated, never what was asked: a stream whose context has neither
 * integrity nor confidentiality carries raw octets both ways, every other one frames. A client that asks for NONE with
 * "spnego" uses raw NTLM if its credential has it, as 3.1.4.1 demands.
 */
typedef struct troth_nns_options {
    const troth_env *env;
    troth_cred *cred;
    const char *mech, *target;
    troth_level level;
    troth_impersonation impersonation;
    uint32_t policy;
    troth_limits limits;
    troth_nns_error_layout error_layout;
    size_t frame_plain;
    uint64_t handshake_ms, idle_ms;
    size_t out_max;
    const troth_transport *transport;
    bool allow_anonymous;
} troth_nns_options;

/*
 * Make a client; its first event is the job of the first leg.                            [MS-NNS 3.1]
 *
 * opts  borrowed during the call
 * now   monotonic milliseconds, the same clock as in all later calls
 * ret   set only on TROTH_OK; free with troth_endpoint_free
 *
 * TROTH_OK, TROTH_INVALID (an option out of bounds), TROTH_NO_CRED (not acquired, or not for this mechanism and role),
 * TROTH_NO_MEMORY
 */
TROTH_MUST_CHECK troth_status troth_nns_client_new(const troth_nns_options *opts, uint64_t now, troth_endpoint **ret);
/* Make a server; it waits for the client's first handshake frame. As above.             [MS-NNS 3.2] */
TROTH_MUST_CHECK troth_status troth_nns_server_new(const troth_nns_options *opts, uint64_t now, troth_endpoint **ret);

#ifdef __cplusplus
}
#endif

#endif
