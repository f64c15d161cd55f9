/* base/writer.h: the bounded write cursor, over a caller's buffer or one that grows up to a maximum. */
#ifndef TROTH_BASE_WRITER_H
#define TROTH_BASE_WRITER_H

#include <base/reader.h>

/* After the first failure every put does nothing: check st once, at the end. */
typedef struct troth_writer {
    uint8_t *base;
    size_t len, cap, max;
    const troth_env *env; /* NULL: the caller's buffer, cap == max */
    troth_order order;
    troth_status st;
} troth_writer;

/* Write into cap octets of the caller's. Past them: TROTH_NO_SPACE. */
troth_writer troth_writer_over(void *p, size_t cap, troth_order order);
/* Write into memory of env that grows up to max octets (TROTH_LIMIT past it). End with _clear or _take. */
troth_writer troth_writer_growing(const troth_env *env, size_t max, troth_order order);
/* Wipe and release what was written. Legal on a cleared writer; a caller's buffer is not written to again. */
void troth_writer_clear(troth_writer *w);
/* Forget what was written and any failure, keep the memory. */
void troth_writer_reset(troth_writer *w);
/* Hand the octets over as a block of exactly len; the writer is empty afterwards. Growing writers only. */
TROTH_MUST_CHECK troth_status troth_writer_take(troth_writer *w, troth_block *ret);

void troth_write_u8(troth_writer *w, uint8_t v);
void troth_write_u16(troth_writer *w, uint16_t v);
void troth_write_u32(troth_writer *w, uint32_t v);
void troth_write_u64(troth_writer *w, uint64_t v);
void troth_write_bytes(troth_writer *w, const void *p, size_t n);
void troth_write_zeros(troth_writer *w, size_t n);
/*
 * Make room for n octets, counted as written, to be filled by the caller before the next call. NULL on failure, and for
 * no octets in a writer that has no memory yet.
 */
uint8_t *troth_write_room(troth_writer *w, size_t n);
/* Leave a hole of 2 or 4 octets and tell its offset, to be filled by the matching patch. */
size_t troth_write_hole16(troth_writer *w);
size_t troth_write_hole32(troth_writer *w);
void troth_write_patch16(troth_writer *w, size_t hole, uint16_t v);
void troth_write_patch32(troth_writer *w, size_t hole, uint32_t v);
void troth_write_fail(troth_writer *w, troth_status st);

#endif
