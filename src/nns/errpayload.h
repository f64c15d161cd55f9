/* nns/errpayload.h: the eight octets of a HandshakeError, which no two writers lay out alike. [MS-NNS 2.2.1] */
#ifndef TROTH_NNS_ERRPAYLOAD_H
#define TROTH_NNS_ERRPAYLOAD_H

#include <nns/handshake.h>
#include <troth/nns.h>

/* "Authentication worked, but the level or the impersonation was not enough." */
#define TROTH_NNS_TRUST_FAILURE 0x000006feu

/*
 * Lay out a code. .NET up to 7 writes and reads a 64-bit big-endian number (the code in the last four octets), 8 and
 * later a 64-bit little-endian one (the code in the first four, the sign in the others). Each reader casts to 32 bits,
 * so one payload can serve both.
 */
void troth_nns_errpayload_write(uint32_t code, troth_nns_error_layout layout, uint8_t ret[TROTH_NNS_ERROR_LEN]);
/* Tell the code, whoever wrote it; 0 when the payload is too short to hold one. More than eight octets are ignored. */
uint32_t troth_nns_errpayload_read(troth_bytes payload);
/* The code by which a peer is told of a status. */
uint32_t troth_nns_wire_code(troth_status why);

#endif
