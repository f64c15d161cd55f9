/*
 * support/rpc_script.h: what a client does, told by its events alone: one context, a second one, calls in both, a cancel,
 * the end. A conversation that is recorded with it can be played to it again.
 */
#ifndef TESTS_RPC_SCRIPT_H
#define TESTS_RPC_SCRIPT_H
#include <support/rpc_pair.h>

/*
 * Options: small limits, so that a fuzzer finds them, and randomness that is the same each time. strange: profile windows,
 * and level connect.
 */
void rpc_script_limit(rpc_pair *r, bool strange);
/* secure: with contexts; else with calls of nobody. */
void rpc_script_begin(rpc_pair *r, bool secure);
/* After an event of the client. */
void rpc_script_told(rpc_pair *r, const troth_event *ev);
#endif
