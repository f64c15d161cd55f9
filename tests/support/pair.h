/* support/pair.h: two contexts of any mechanism that talk to each other in memory, leg by leg through jobs. */
#ifndef TESTS_PAIR_H
#define TESTS_PAIR_H
#include <troth/sec.h>

/*
 * One leg of *c through a job of its own. token: the peer's, its memory of env moves; becomes the token for the peer.
 * first: there is no peer's token yet. TROTH_OK: see ret_step; else no job could be made, or no memory for the copy.
 */
troth_status pair_leg(const troth_env *env, troth_context **c, bool first, troth_block *token, troth_step *ret_step);
/*
 * Run the exchange to its end. TROTH_OK: both are complete. Else the status of the side that failed, or
 * TROTH_MECHANISM when both wait. ret_tokens (may be NULL) counts tokens that changed hands.
 */
troth_status pair_shake(const troth_env *env, troth_context **i, troth_context **a, unsigned *ret_tokens);
/* Make an initiator and an acceptor of options that differ in role only; fails the test when that fails. */
void pair_make(troth_cred *ci, troth_cred *ca, const troth_context_options *opts, troth_context **i, troth_context **a);
#endif
