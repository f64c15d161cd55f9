/* troth/nettcp.h: the net.tcp preamble [MC-NMF] that leads to a NegotiateStream, client and server, as endpoints. */
#ifndef TROTH_NETTCP_H
#define TROTH_NETTCP_H

#include <troth/nns.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Mode record [MC-NMF 2.2.3.2]. */
typedef enum troth_nmf_mode {
    TROTH_NMF_SINGLETON_UNSIZED = 1,
    TROTH_NMF_DUPLEX = 2,
    TROTH_NMF_SIMPLEX = 3,
    TROTH_NMF_SINGLETON_SIZED = 4
} troth_nmf_mode;

/*
 * What a net.tcp connection is to be; strings are copied.
 *
 * nns       the stream inside; its deadlines cover the preamble, too
 * via       client: the URI of the Via record, 1 to 2,048 octets. NULL: the owner's data begins with a preamble of its
 *           own (Version, Mode, Via, Encoding, no upgrade), and it receives the PreambleAck
 * mode      client with a via [TROTH_NMF_DUPLEX, also for 0]
 * encoding  client with a via: the known encoding, 0x00 to 0x08, plus 1; so 0 is the default [0x08, binary with session
 *           dictionary]
 *
 * The data of these endpoints, in both directions, is the record stream without the upgrade: Version, Mode, Via and
 * Encoding, then PreambleEnd or PreambleAck and all that follows, unchanged, so that either end can be an
 * unprotected net.tcp program. A client with a via writes the preamble and takes the PreambleAck itself: its owner's
 * first octet is what comes behind. A server's owner sees the preamble and answers PreambleAck itself.
 */
typedef struct troth_nettcp_options {
    troth_nns_options nns;
    const char *via;
    troth_nmf_mode mode;
    unsigned encoding;
} troth_nettcp_options;

/*
 * Make a client endpoint; its first output is the preamble up to the upgrade request.      [MC-NMF 3.2, 3.1.4.6]
 *
 * opts  borrowed during the call
 * now   monotonic milliseconds
 * ret   set only on TROTH_OK; free with troth_endpoint_free
 *
 * TROTH_OK, TROTH_INVALID (also a via, mode or encoding out of bounds), TROTH_NO_CRED, TROTH_NO_MEMORY
 */
TROTH_MUST_CHECK troth_status troth_nettcp_client_new(const troth_nettcp_options *opts, uint64_t now,
                                                      troth_endpoint **ret);
/* Make a server endpoint; it waits for the client's preamble. Otherwise as above.            [MC-NMF 3.3] */
TROTH_MUST_CHECK troth_status troth_nettcp_server_new(const troth_nettcp_options *opts, uint64_t now,
                                                      troth_endpoint **ret);

#ifdef __cplusplus
}
#endif

#endif
