/*
 * sspi/stream.h: Schannel, whose contexts are streams: what the calls do for it in place of what they do for others.
 * docs/internals/sspi-schannel.md tells the whole.
 */
#ifndef TROTH_SSPI_STREAM_H
#define TROTH_SSPI_STREAM_H

#include <sspi/config.h>
#include <sspi/leg.h>
#include <sspi/query.h>
#include <sspi/status.h>

/*
 * What EncryptMessage may make of a message, beside its octets. A record is 5 of header, 8 of nonce (1.2) or 1 of type
 * (1.3), 16 of tag; a KeyUpdate of our own in front of it 27; and what waited for it at most TROTH_SSPI_HELD.
 */
enum {
    TROTH_SSPI_STREAM_HEADER = 5,
    TROTH_SSPI_STREAM_TRAILER = 8 + 16 + 27 + TROTH_SSPI_HELD,
    TROTH_SSPI_STREAM_MESSAGE = 16384
};

static inline bool troth_sspi_is_stream(const troth_sspi_context *c)
{
    return c->package->id == TROTH_MECH_TLS;
}

/* ---- credentials ---- */

/* Fill in a credential of Schannel's from pAuthData: NULL, SCHANNEL_CRED or SCH_CREDENTIALS. */
SECURITY_STATUS troth_sspi_stream_acquire(troth_sspi_cred *c, const troth_sspi_config *config, const void *auth);
/* What a context of its first leg is made with: its credential; its policy; the application protocols, in opts.alpn's form. */
SECURITY_STATUS troth_sspi_stream_cred(const troth_sspi_leg *l, troth_sspi_cred *cred, troth_sspi_context *c);
uint32_t troth_sspi_stream_policy(const troth_sspi_leg *l, const troth_sspi_cred *cred, troth_sspi_context *c);
SECURITY_STATUS troth_sspi_stream_protocols(const troth_sspi_leg *l, troth_bytes *ret);

/* ---- lists of buffers ---- */

/* A buffer to be told in: EMPTY, or what it became in an earlier call. */
bool troth_sspi_stream_spare(const SecBuffer *b);
/* The n-th of them, from 0; NULL = there are fewer. */
SecBuffer *troth_sspi_stream_nth_spare(const SecBufferDesc *desc, size_t n);
/* Make a buffer say something; b NULL is legal. */
void troth_sspi_stream_say(SecBuffer *b, uint32_t type, void *p, size_t n);
/* What SECBUFFER_APPLICATION_PROTOCOLS holds for ALPN. SEC_E_OK, len 0 = nothing; SEC_E_INVALID_TOKEN */
SECURITY_STATUS troth_sspi_stream_alpn(troth_bytes list, troth_bytes *ret);

/* ---- legs, under leg ---- */

SECURITY_STATUS troth_sspi_stream_work(const troth_sspi_leg *l, troth_sspi_context *c);
/* A token that had waited was given: tell the rest of the input now. */
void troth_sspi_stream_told(const troth_sspi_leg *l, const troth_sspi_context *c);
/* A call on a complete context: what waits for the peer. */
SECURITY_STATUS troth_sspi_stream_flush(const troth_sspi_leg *l, troth_sspi_context *c);
SECURITY_STATUS troth_sspi_stream_control(troth_sspi_context *c, const SecBufferDesc *in);

/* ---- messages, under the lock of their direction ---- */

SECURITY_STATUS troth_sspi_stream_encrypt(troth_sspi_context *c, uint32_t qop, const SecBufferDesc *desc);
SECURITY_STATUS troth_sspi_stream_decrypt(troth_sspi_context *c, const SecBufferDesc *desc, uint32_t *ret_qop);
/* Keep octets for the peer until something is sent; under the lock of OUT. False: too many. */
bool troth_sspi_stream_hold(troth_sspi_context *c, troth_bytes bytes, size_t room);

/*
 * What a record or a flood has broken an open stream with, SEC_E_OK for any other context; under leg. ret may be NULL, and
 * is borrowed.
 */
SECURITY_STATUS troth_sspi_stream_broken(troth_sspi_context *c, const troth_error **ret);

/* ---- statuses ---- */

/* Of a failed handshake or record. */
SECURITY_STATUS troth_sspi_stream_status(troth_sspi_phase phase, const troth_error *e);
/* Of an X509_V_ERR_ number. */
SECURITY_STATUS troth_sspi_stream_verdict(uint32_t verdict);

/* SetContextAttributes, under leg; size = octets at buffer. */
SECURITY_STATUS troth_sspi_stream_set(troth_sspi_context *c, uint32_t number, const void *buffer, size_t size);
/* Answers of stream_keys.c's. */
SECURITY_STATUS troth_sspi_stream_keying(troth_sspi_query *q, void *ret);
SECURITY_STATUS troth_sspi_stream_issuers(troth_sspi_query *q, void *ret);
/* Ask the engine of a stream. */
SECURITY_STATUS troth_sspi_stream_ask(troth_sspi_query *q, troth_query what, troth_bytes *ret);

/* The attributes that are Schannel's own, or that it answers in its own way. */
extern const troth_sspi_attribute troth_sspi_stream_attributes[];
extern const size_t troth_sspi_n_stream_attributes;

#endif
