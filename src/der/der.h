/*
 * der/der.h: a cursor for DER over troth_reader. [X.690 8 and 10]
 *
 * Definite lengths in their shortest form only, low tag numbers only. Nothing here calls itself: an element is opened
 * by the code that expects it, so that input cannot nest deeper than the code that reads it, and what is passed over is
 * passed over by its length, unread.
 */
#ifndef TROTH_DER_DER_H
#define TROTH_DER_DER_H

#include <base/writer.h>

enum {
    TROTH_DER_INTEGER = 0x02,
    TROTH_DER_BIT_STRING = 0x03,
    TROTH_DER_OCTET_STRING = 0x04,
    TROTH_DER_OID = 0x06,
    TROTH_DER_ENUMERATED = 0x0a,
    TROTH_DER_GENERAL_STRING = 0x1b,
    TROTH_DER_SEQUENCE = 0x30,
    TROTH_DER_APPLICATION_0 = 0x60, /* constructed */
    TROTH_DER_CONTEXT_0 = 0xa0      /* constructed; add the number, at most 30 */
};

/* The tag of the next element; 0 when nothing is left or the reader has failed. Nothing moves. */
uint8_t troth_der_peek(const troth_reader *r);
/*
 * Open the next element, which must have this tag: a child over its contents, which r passes over. The child is failed
 * when r is. Whoever opens a child ends it with troth_read_end.
 */
troth_reader troth_der_open(troth_reader *r, uint8_t tag);
/* Open an explicitly tagged element: outer holds exactly one element with the tag inner, whose contents the child is.
 */
troth_reader troth_der_open_explicit(troth_reader *r, uint8_t outer, uint8_t inner);
/* Take an element's contents as a view; empty on failure. */
troth_bytes troth_der_read_bytes(troth_reader *r, uint8_t tag);
/* Take the contents of an explicitly tagged element likewise. */
troth_bytes troth_der_read_explicit(troth_reader *r, uint8_t outer, uint8_t inner);
/* Pass over the next element, whatever its tag. */
void troth_der_skip(troth_reader *r);

/* Octets of a whole element with len octets of contents. */
size_t troth_der_size(size_t len);
/* Write tag and length; the contents follow. Lengths above 2^32 - 1 fail with TROTH_LIMIT. */
void troth_der_write_head(troth_writer *w, uint8_t tag, size_t len);
/* Write a whole element. */
void troth_der_write_bytes(troth_writer *w, uint8_t tag, troth_bytes contents);

#endif
