/*
 * troth/ndr.h: the transfer syntaxes NDR and NDR64, for stubs written by hand. [C706 14; MS-RPCE 2.2.4, 2.2.5]
 *
 * Both cursors are sticky: after the first failure gets give 0 and puts do nothing, so that st is looked at once, before
 * any value is used as a length, count, index or branch. Every item is aligned to its size from the start of the stub.
 */
#ifndef TROTH_NDR_H
#define TROTH_NDR_H

#include <troth/rpc.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Reading. */
typedef struct troth_ndr_in {
    const uint8_t *base, *at, *end;
    bool be, ndr64;
    troth_status st; /* TROTH_OK, TROTH_TRUNCATED, TROTH_MALFORMED */
} troth_ndr_in;

/* A cursor over a message's stub, in its transfer syntax and data representation. The stub must outlive it. */
troth_ndr_in troth_ndr_in_of(const troth_rpc_message *m);
size_t troth_ndr_left(const troth_ndr_in *n);
void troth_ndr_get_align(troth_ndr_in *n, size_t to); /* 1, 2, 4, 8 */
uint8_t troth_ndr_get_u8(troth_ndr_in *n);
uint16_t troth_ndr_get_u16(troth_ndr_in *n);
uint32_t troth_ndr_get_u32(troth_ndr_in *n);
uint64_t troth_ndr_get_u64(troth_ndr_in *n);
/* An enumeration: 2 octets in NDR, 4 in NDR64. */
uint32_t troth_ndr_get_enum(troth_ndr_in *n);
/* A conformance or variance count: 4 octets in NDR, 8 in NDR64; fails when it exceeds max. */
size_t troth_ndr_get_count(troth_ndr_in *n, size_t max);
/* A referent id: 4 octets in NDR, 8 in NDR64; false = null. */
bool troth_ndr_get_pointer(troth_ndr_in *n);
/* n_octets octets, not aligned, as a view; NULL when fewer are left. */
const uint8_t *troth_ndr_get_octets(troth_ndr_in *n, size_t n_octets);
/* A UUID, aligned to 4. */
troth_uuid troth_ndr_get_uuid(troth_ndr_in *n);
/* A context handle, aligned to 4. */
troth_rpc_handle troth_ndr_get_handle(troth_ndr_in *n);
/*
 * A conformant and varying string of 8-bit or 16-bit characters, with its terminator: maximum count, offset 0, actual
 * count, characters. The view holds the actual characters less the terminator, in the sender's order; at most max of
 * them.
 */
troth_bytes troth_ndr_get_string8(troth_ndr_in *n, size_t max);
troth_bytes troth_ndr_get_string16(troth_ndr_in *n, size_t max);
/* TROTH_OK when nothing failed; what is left over is legal (padding, a verification trailer). */
TROTH_MUST_CHECK troth_status troth_ndr_end(const troth_ndr_in *n);

/* Writing, always little-endian, into memory that grows up to a maximum. */
typedef struct troth_ndr_out {
    const troth_env *env;
    uint8_t *base;
    size_t len, cap, max;
    uint32_t referents;
    bool ndr64;
    troth_status st; /* TROTH_OK, TROTH_LIMIT, TROTH_NO_MEMORY, TROTH_MALFORMED (text that is not UTF-8) */
} troth_ndr_out;

/* A cursor for the answer to a call, in the call's transfer syntax. End with troth_ndr_reply or troth_ndr_out_clear. */
troth_ndr_out troth_ndr_out_for(troth_rpc_call *c);
/* A cursor for a request. transfer is TROTH_RPC_NDR or TROTH_RPC_NDR64; max in octets. */
troth_ndr_out troth_ndr_out_new(const troth_env *env, unsigned transfer, size_t max);
void troth_ndr_out_clear(troth_ndr_out *n);
/* What was written; valid until the next put. */
troth_bytes troth_ndr_out_bytes(const troth_ndr_out *n);
void troth_ndr_put_align(troth_ndr_out *n, size_t to);
void troth_ndr_put_u8(troth_ndr_out *n, uint8_t v);
void troth_ndr_put_u16(troth_ndr_out *n, uint16_t v);
void troth_ndr_put_u32(troth_ndr_out *n, uint32_t v);
void troth_ndr_put_u64(troth_ndr_out *n, uint64_t v);
void troth_ndr_put_enum(troth_ndr_out *n, uint32_t v);
void troth_ndr_put_count(troth_ndr_out *n, size_t v);
/* A fresh referent id, or null. */
void troth_ndr_put_pointer(troth_ndr_out *n, bool not_null);
void troth_ndr_put_octets(troth_ndr_out *n, const void *p, size_t n_octets);
void troth_ndr_put_uuid(troth_ndr_out *n, const troth_uuid *u);
void troth_ndr_put_handle(troth_ndr_out *n, const troth_rpc_handle *h);
/* As the gets; text is UTF-8, the terminator is added. */
void troth_ndr_put_string8(troth_ndr_out *n, const char *text);
void troth_ndr_put_string16(troth_ndr_out *n, const char *text);
/* Answer the call with what was written, or with a fault when writing failed, and release. */
void troth_ndr_reply(troth_ndr_out *n, troth_rpc_call *c);

#ifdef __cplusplus
}
#endif

#endif
