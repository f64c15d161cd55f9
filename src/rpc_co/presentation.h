/* rpc_co/presentation.h: the Table of Presentation Contexts of a connection. [MS-RPCE 3.3.1.5.6, 3.3.3.5.5] */
#ifndef TROTH_RPC_CO_PRESENTATION_H
#define TROTH_RPC_CO_PRESENTATION_H

#include <rpc/server.h>
#include <rpc_co/pdu.h>

enum { TROTH_CO_PRESENTED_PER_INTERFACE = 4000 };

/* minor: of the version that the client asked for. */
typedef struct troth_co_presented {
    const troth_rpc_interface *interface;
    uint16_t p_cont_id, minor;
    uint8_t transfer;
} troth_co_presented;

/* Sorted by p_cont_id, so that a large table costs 16 octets a row and a look-up no more than 16 comparisons. */
typedef struct troth_co_presentation {
    const troth_env *env;
    troth_co_presented *rows;
    size_t n, cap;
} troth_co_presentation;

/*
 * What became of the elements of one bind or alter_context: nothing is in the table before troth_co_present_commit.
 *
 * accepted  new is to be added
 */
typedef struct troth_co_presenting {
    troth_co_result results[255];
    uint8_t n;
    bool accepted, added, has_features;
    uint8_t features;
    troth_co_presented row;
} troth_co_presenting;

void troth_co_presentation_clear(troth_co_presentation *t);
/* NULL = none. */
const troth_co_presented *troth_co_presentation_find(const troth_co_presentation *t, uint16_t p_cont_id);
/*
 * Judge the elements, in order: at most one is accepted, the first that fits.
 *
 * features  bind-time features that we agree to; is_bind: elements that propose them count as such
 *
 * TROTH_OK; TROTH_MALFORMED (an element without transfer syntax); TROTH_UNEXPECTED (an id that is known, with another
 * abstract or transfer syntax; or features twice); TROTH_LIMIT (too many contexts)
 */
TROTH_MUST_CHECK troth_status troth_co_present(const troth_co_presentation *t, const troth_rpc_server *s,
                                               const troth_co_bind *bind, bool is_bind, uint8_t features,
                                               troth_co_presenting *ret);
/* Add what was accepted. TROTH_OK or TROTH_NO_MEMORY. */
TROTH_MUST_CHECK troth_status troth_co_present_commit(troth_co_presentation *t, const troth_co_presenting *p);

#endif
