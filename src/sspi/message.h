/*
 * sspi/message.h: a caller's list of buffers as one message of the engine.
 *
 * The list is read once, on the stack, and nothing of it is written before the engine has answered: what it points to
 * stays the caller's, and no message costs an allocation.
 */
#ifndef TROTH_SSPI_MESSAGE_H
#define TROTH_SSPI_MESSAGE_H

#include <sspi/buffer.h>
#include <sspi/context.h>

/*
 * making        MakeSignature, EncryptMessage: a TOKEN to fill, and DATA
 * opening       VerifySignature: a TOKEN to read, and DATA
 * decrypting    DecryptMessage: the same, or one STREAM and the DATA that is to be found in it
 */
typedef enum troth_sspi_use { TROTH_SSPI_MAKING, TROTH_SSPI_OPENING, TROTH_SSPI_DECRYPTING } troth_sspi_use;

typedef struct troth_sspi_message {
    troth_segment segs[TROTH_SSPI_BUFFERS_MAX];
    troth_message msg; /* its segments are the above */
    SecBuffer *token, *padding, *stream, *found;
} troth_sspi_message;

/*
 * Read a list.
 *
 * mech   NTLM signs READONLY buffers, too; the others leave them out
 * clear  what is signed stays as it is: no segment of the message may be changed, not even wiped
 * ret    set only on SEC_E_OK; its segments stand in the caller's order
 *
 * SEC_E_OK; SEC_E_INVALID_TOKEN: not version 0, no TOKEN or two, no DATA, octets without memory, a TOKEN that may not be
 * written, a type that has no place in a message
 */
SECURITY_STATUS troth_sspi_message_read(const SecBufferDesc *desc, troth_sspi_use use, troth_mech_id mech, bool clear,
                                        troth_sspi_message *ret);
/* Tell the caller what was used: octets of the token, none of padding; after a stream, where its data is. */
void troth_sspi_message_made(const troth_sspi_message *m);
void troth_sspi_message_opened(const troth_sspi_message *m);
/* The mechanism that protects a context's messages. */
troth_mech_id troth_sspi_message_mech(const troth_sspi_context *c);

#endif
