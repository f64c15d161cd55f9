/*
 * giop/rewrite.h: other service contexts for a message whose body nobody here understands.
 *
 * A body's alignment counts from the start of the message, so it may be moved by multiples of 8 only. In 1.2 the list
 * stands in front of a gap to 8: the gap is made anew. In 1.0 and 1.1 the list stands in front of everything, which is
 * 4-aligned behind it: where its length changed by 4 modulo 8, a context of ours with four zeros goes behind the others
 * (TROTH_GIOP_PADDING: receivers ignore ids that they do not know). One of ours that comes in is taken out again, so
 * that a chain of us adds no more than one.
 */
#ifndef TROTH_GIOP_REWRITE_H
#define TROTH_GIOP_REWRITE_H

#include <giop/giop.h>

/*
 * Write a whole Request or Reply with another list of contexts.
 *
 * message   whole and unfragmented; span is what reading it said
 * contexts  the list to be written; padding contexts in it are left out
 * w         growing or the caller's; its order becomes the message's. On failure it holds what must not be sent
 *
 * Statuses are the writer's. [CORBA 15.4.2, 15.4.3]
 */
void troth_giop_rewrite(troth_writer *w, troth_bytes message, const troth_giop_span *span,
                        const troth_giop_contexts *contexts);

#endif
