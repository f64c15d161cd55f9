/* troth/nmf.h: records of the .NET Message Framing protocol [MC-NMF 2.2], read as they come in and written. */
#ifndef TROTH_NMF_H
#define TROTH_NMF_H

#include <troth/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Record types. [MC-NMF 2.2.1] */
typedef enum troth_nmf_type {
    TROTH_NMF_VERSION = 0x00,
    TROTH_NMF_MODE = 0x01,
    TROTH_NMF_VIA = 0x02,
    TROTH_NMF_KNOWN_ENCODING = 0x03,
    TROTH_NMF_EXTENSIBLE_ENCODING = 0x04,
    TROTH_NMF_UNSIZED_ENVELOPE = 0x05,
    TROTH_NMF_SIZED_ENVELOPE = 0x06,
    TROTH_NMF_END = 0x07,
    TROTH_NMF_FAULT = 0x08,
    TROTH_NMF_UPGRADE_REQUEST = 0x09,
    TROTH_NMF_UPGRADE_RESPONSE = 0x0a,
    TROTH_NMF_PREAMBLE_ACK = 0x0b,
    TROTH_NMF_PREAMBLE_END = 0x0c
} troth_nmf_type;

/* Octets of payload at most; 0 = the default in brackets. [MC-NMF 3.1.4.1 MaxSize] */
typedef struct troth_nmf_limits {
    uint32_t via;          /* [2,048]                        */
    uint32_t content_type; /* Extensible Encoding [256]      */
    uint32_t upgrade;      /* upgrade protocol name [256]    */
    uint32_t fault;        /* [256]                          */
    uint32_t envelope;     /* of a sized envelope [0x7fffffff, all that the size can say] */
    uint32_t chunk;        /* of an unsized envelope [0x7fffffff] */
} troth_nmf_limits;

/*
 * A piece of a record. A record comes as one piece or several, as its octets come; one without payload is one empty
 * piece. Nothing is copied and nothing allocated: whoever needs a payload whole gathers it.
 *
 * type   of the record
 * size   octets of payload in all; of the current chunk for an unsized envelope
 * data   the piece: a view into what was read
 * first  the record begins with this piece
 * chunk  unsized envelope: a chunk begins with this piece
 * last   the record ends with this piece (of an unsized envelope: the empty one of the terminator)
 */
typedef struct troth_nmf_piece {
    troth_nmf_type type;
    uint32_t size;
    troth_bytes data;
    bool first, chunk, last;
} troth_nmf_piece;

/* An incremental reader, in the caller's storage; nothing to release. */
typedef struct troth_nmf_reader {
    troth_nmf_limits limits;
    uint8_t state, type, shift;
    bool first, chunk, chunks;
    uint32_t size, left;
    troth_status st;
} troth_nmf_reader;

/* limits may be NULL. */
void troth_nmf_reader_init(troth_nmf_reader *r, const troth_nmf_limits *limits);
/*
 * Read up to the end of the next piece, never past the end of a record.
 *
 * ret_used  octets consumed; always set
 * ret       set only on TROTH_OK; its view lives as long as bytes does
 *
 * TROTH_OK         a piece
 * TROTH_AGAIN      all n octets were consumed, no piece yet
 * TROTH_MALFORMED  unknown record type, size of 0, of more than five octets or with an empty last octet, an envelope
 *                  without a chunk: sticks
 * TROTH_LIMIT      the size is over its limit: sticks; troth_nmf_reader_type tells of which record
 */
TROTH_MUST_CHECK troth_status troth_nmf_read(troth_nmf_reader *r, const uint8_t *bytes, size_t n, size_t *ret_used,
                                             troth_nmf_piece *ret);
/* The type of the record begun or read last. */
troth_nmf_type troth_nmf_reader_type(const troth_nmf_reader *r);
/* True when nothing of a record has been read yet, so that the stream may end here. */
bool troth_nmf_reader_between(const troth_nmf_reader *r);

enum { TROTH_NMF_HEAD_MAX = 6 };
/*
 * Write what stands in front of a record's payload: its type and, for the types that have one, its size (1 to
 * 0x7fffffff). For an unsized envelope the size of the first chunk. Answers the octets written.
 */
size_t troth_nmf_head(troth_nmf_type type, uint32_t size, uint8_t ret[TROTH_NMF_HEAD_MAX]);
/* Write a size alone, as in front of the second and later chunks; at most five octets. [MC-NMF 2.2.2] */
size_t troth_nmf_size(uint32_t size, uint8_t ret[TROTH_NMF_HEAD_MAX]);

#ifdef __cplusplus
}
#endif

#endif
