/*
 * giop/frags.h: messages in pieces, put together under a cap and cut again. [CORBA 15.4.9]
 *
 * In 1.2 a Fragment names its request, several messages may be in pieces at once, and every piece but the last is a
 * multiple of 8 long, so that alignment goes on over the cuts. In 1.1 a Fragment names nothing, only one message is in
 * pieces at a time, and each piece is aligned from its own start: such a message must be cut where it was cut before.
 */
#ifndef TROTH_GIOP_FRAGS_H
#define TROTH_GIOP_FRAGS_H

#include <giop/giop.h>

enum {
    TROTH_GIOP_CUTS_MAX = 64,     /* pieces of a message of 1.1 */
    TROTH_GIOP_UNFINISHED_MAX = 8 /* messages in pieces at once */
};

/* Where a message of 1.1 was cut: offsets in the whole, which holds no headers of fragments. */
typedef struct troth_giop_cuts {
    uint16_t n;
    size_t at[TROTH_GIOP_CUTS_MAX];
} troth_giop_cuts;

typedef struct troth_giop_frag_limits {
    uint32_t octets; /* of a whole message with its header; 0 = 1 MiB */
    uint32_t total;  /* of all unfinished messages; 0 = 4 MiB */
    uint32_t pieces; /* of a message; 0 = 4096 */
} troth_giop_frag_limits;

typedef struct troth_giop_unfinished {
    bool used, swallowed;
    uint8_t minor, type;
    uint32_t request_id; /* 1.2 */
    uint32_t pieces;
    uint64_t since;
    troth_writer octets;
} troth_giop_unfinished;

/* One direction of a connection. */
typedef struct troth_giop_frags {
    const troth_env *env;
    troth_giop_frag_limits limits;
    troth_giop_unfinished slots[TROTH_GIOP_UNFINISHED_MAX];
    troth_giop_cuts cuts; /* of the one of 1.1 that is unfinished, or was given last */
    troth_writer whole;   /* what was given last */
} troth_giop_frags;

/* A whole message. Views until the next call. */
typedef struct troth_giop_whole {
    troth_bytes octets;
    const troth_giop_cuts *cuts; /* NULL: not cut, or of 1.2, where cuts do not matter */
} troth_giop_whole;

/* limits NULL: the defaults. */
void troth_giop_frags_init(troth_giop_frags *f, const troth_env *env, const troth_giop_frag_limits *limits);
void troth_giop_frags_clear(troth_giop_frags *f);
/*
 * Take one message as it came.
 *
 * message  with its header, exactly; borrowed until the next call where it comes out whole at once
 * ret      set only on TROTH_OK: the message to look at
 *
 * TROTH_OK
 * TROTH_AGAIN       a piece, kept; or one of a message that is swallowed
 * TROTH_UNEXPECTED  a Fragment of no message, a second message with the id of an unfinished one, or one of 1.1 that
 *                   does not wait for the last fragment of the one before: close
 * TROTH_MALFORMED   a piece of 1.2 that is not a multiple of 8 long, a version unlike the first piece's: close
 * TROTH_LIMIT, TROTH_NO_MEMORY: close
 */
TROTH_MUST_CHECK troth_status troth_giop_frags_take(troth_giop_frags *f, troth_bytes message, uint64_t now,
                                                    troth_giop_whole *ret);
/*
 * Forget what came of an unfinished message, and swallow what still comes of it: its request was cancelled or refused.
 * Tells whether there was one. In 1.1, where a Fragment names nothing, any id means the unfinished one.
 */
bool troth_giop_frags_swallow(troth_giop_frags *f, uint32_t request_id);
/* When the first piece of the longest unfinished message came; false = none is unfinished. */
bool troth_giop_frags_oldest(const troth_giop_frags *f, uint64_t *ret_since);

/*
 * Write a whole message as pieces.
 *
 * piece   octets that none shall exceed, at least 64; 0 = any. For messages of 1.2 only
 * cuts    where one of 1.1 is cut; NULL = nowhere. What is of 1.0 is never cut
 *
 * Statuses are the writer's; TROTH_INVALID for a piece that is too short, and for cuts that are not in the message.
 */
void troth_giop_split(troth_writer *w, troth_bytes message, size_t piece, const troth_giop_cuts *cuts);
/*
 * Follow a rewriting of a message of 1.1.
 *
 * body            where the body stood: cuts in front of it go
 * rest, new_rest  where what is behind the service contexts stood, and stands now
 *
 * TROTH_OK; TROTH_UNSUPPORTED: a cut in the header had another alignment behind it than the whole has, so that the
 * header was not read as it was meant
 */
TROTH_MUST_CHECK troth_status troth_giop_cuts_move(const troth_giop_cuts *cuts, size_t body, size_t rest,
                                                   size_t new_rest, troth_giop_cuts *ret);

#endif
