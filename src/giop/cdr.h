/*
 * giop/cdr.h: common data representation over troth_reader and troth_writer. [CORBA 15.3]
 *
 * Every primitive stands at a multiple of its size, counted from where the stream begins: the first octet of a message,
 * or the byte order octet of an encapsulation. The octets of gaps are ignored, and written as zeros. As with the reader
 * below, the first failure sticks and every get after it gives 0 or nothing.
 */
#ifndef TROTH_GIOP_CDR_H
#define TROTH_GIOP_CDR_H

#include <base/writer.h>

/* A stream that is read. */
typedef struct troth_cdr {
    troth_reader r;
    const uint8_t *origin; /* alignment counts from here */
} troth_cdr;

/* A stream over octets whose first octet is the origin; reading begins at octet `at`, which lies within. */
troth_cdr troth_cdr_of(troth_bytes octets, size_t at, troth_order order);
/* An encapsulation: takes the byte order octet, which must be 0 or 1. [CORBA 15.3.3] */
troth_cdr troth_cdr_encapsulation(troth_bytes octets);

/* Octets from the origin to where the stream stands. */
size_t troth_cdr_at(const troth_cdr *c);
/* Pass over the gap in front of a primitive of n octets. */
void troth_cdr_align(troth_cdr *c, size_t n);
uint8_t troth_cdr_u8(troth_cdr *c);
uint16_t troth_cdr_u16(troth_cdr *c);
uint32_t troth_cdr_u32(troth_cdr *c);
uint64_t troth_cdr_u64(troth_cdr *c);
/* A boolean; another octet than 0 or 1 fails with TROTH_MALFORMED. */
bool troth_cdr_bool(troth_cdr *c);
/*
 * The count of a sequence whose elements have at least `least` octets each: fails with TROTH_MALFORMED where what is
 * left cannot hold so many, and with TROTH_LIMIT above max. 0 after a failure.
 */
uint32_t troth_cdr_count(troth_cdr *c, size_t least, uint32_t max);
/* sequence<octet>, as a view. */
troth_bytes troth_cdr_octets(troth_cdr *c);
/* A string without its NUL, as a view. A length of 0, no NUL at the end or one before it: TROTH_MALFORMED. */
troth_bytes troth_cdr_string(troth_cdr *c);
/* Demand that the stream was read without failure and to its end. */
TROTH_MUST_CHECK troth_status troth_cdr_end(const troth_cdr *c);

/* A stream that is written, into a writer that may hold something in front of it. */
typedef struct troth_cdr_out {
    troth_writer *w;
    size_t origin; /* of the writer's octets */
} troth_cdr_out;

/* What is written from here on, in the order of the writer. */
troth_cdr_out troth_cdr_out_of(troth_writer *w);
/* The same as an encapsulation: writes the byte order octet. */
troth_cdr_out troth_cdr_out_encapsulation(troth_writer *w);

void troth_cdr_put_align(troth_cdr_out *c, size_t n);
void troth_cdr_put_u8(troth_cdr_out *c, uint8_t v);
void troth_cdr_put_u16(troth_cdr_out *c, uint16_t v);
void troth_cdr_put_u32(troth_cdr_out *c, uint32_t v);
void troth_cdr_put_u64(troth_cdr_out *c, uint64_t v);
void troth_cdr_put_octets(troth_cdr_out *c, troth_bytes octets);
/* A string with its NUL behind it. */
void troth_cdr_put_string(troth_cdr_out *c, troth_bytes text);
/* A sequence<octet> whose contents are written next, as a stream of their own; tells the hole that _close fills. */
size_t troth_cdr_put_open(troth_cdr_out *c);
void troth_cdr_put_close(troth_cdr_out *c, size_t hole);

#endif
