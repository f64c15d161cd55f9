/*
 * csiv2/iiop_requests.h: the requests of one direction of a connection that have no reply yet, by their id. Bounded, O(1),
 * hashed with a key of its own; an entry is found without a pointer to it, as entries move.
 */
#ifndef TROTH_CSIV2_IIOP_REQUESTS_H
#define TROTH_CSIV2_IIOP_REQUESTS_H

#include <csiv2/machines.h>
#include <giop/frags.h>

/* A message that is kept: what it is when whole, and where it was cut. */
typedef struct troth_iiop_held {
    troth_writer octets;
    troth_block cuts; /* of 1.1: size_t each */
} troth_iiop_held;

/*
 * minor, order       of the request, for an answer
 * locate             a LocateRequest
 * response_expected  always for a LocateRequest
 * establishes        its service context 15 is an EstablishContext
 * secured            client: it was sent with a service context 15
 * held               the message, until it was passed on; client: until its reply, for another sending
 */
typedef struct troth_iiop_request {
    bool used, locate, response_expected, establishes, secured;
    uint8_t minor;
    troth_fsm fsm;
    troth_order order;
    uint32_t request_id;
    troth_iiop_held held;
} troth_iiop_request;

typedef struct troth_iiop_requests {
    const troth_env *env;
    troth_iiop_request *slots;
    size_t n_slots, len, cancelled, max; /* n_slots: 0 or a power of two */
    uint8_t key[16];
} troth_iiop_requests;

/* Move an entry. TROTH_UNEXPECTED: there is no such arrow, and the entry is lost. */
TROTH_MUST_CHECK troth_status troth_iiop_request_on(troth_iiop_request *x, uint8_t event);

/* Allocates nothing. TROTH_OK, or what the environment's randomness failed with. */
TROTH_MUST_CHECK troth_status troth_iiop_requests_init(troth_iiop_requests *t, const troth_env *env, size_t max);
void troth_iiop_requests_clear(troth_iiop_requests *t);
/* The entry of an id, until the next _add or _remove; NULL = there is none. */
troth_iiop_request *troth_iiop_requests_find(const troth_iiop_requests *t, uint32_t request_id);
/* Add an entry. TROTH_OK; TROTH_UNEXPECTED: the id is in use; TROTH_LIMIT; TROTH_NO_MEMORY */
TROTH_MUST_CHECK troth_status troth_iiop_requests_add(troth_iiop_requests *t, uint32_t request_id,
                                                      troth_iiop_request **ret);
/* Take an entry out; what it holds is released. */
void troth_iiop_requests_remove(troth_iiop_requests *t, troth_iiop_request *x);
/* Mark one that was passed on as cancelled; what it holds is released. */
TROTH_MUST_CHECK troth_status troth_iiop_requests_cancel(troth_iiop_requests *t, troth_iiop_request *x);
/* Whether no other entry fits. Cancelled ones give way: a late reply is then one to nothing. */
bool troth_iiop_requests_full(troth_iiop_requests *t);
/* Whether one was passed on and has no reply yet; cancelled ones do not count. */
bool troth_iiop_requests_passed(const troth_iiop_requests *t);
/* Give back the memory of an empty table. */
void troth_iiop_requests_trim(troth_iiop_requests *t);

/*
 * Keep a copy of a message.
 *
 * spare  a growing writer whose memory is used, if it has some
 *
 * TROTH_OK, TROTH_LIMIT, TROTH_NO_MEMORY: nothing is held then
 */
TROTH_MUST_CHECK troth_status troth_iiop_hold(troth_iiop_held *h, const troth_env *env, const troth_giop_whole *message,
                                              troth_writer *spare);
/* The copy; cuts are written into ret_cuts, which it then views. */
troth_giop_whole troth_iiop_held_whole(const troth_iiop_held *h, troth_giop_cuts *ret_cuts);
/* Let go of the copy; its memory goes to the spare one, if that has none. */
void troth_iiop_release(troth_iiop_held *h, const troth_env *env, troth_writer *spare);

#endif
