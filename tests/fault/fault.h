/*
 * fault/fault.h: one thing fails in a whole conversation (credential, handshake, a message each way), and then the next
 * one, until nothing is left to fail. After each: the side where it failed says what it was, the other one ends with an
 * error or the end of the stream, nothing is held, and no secret lies in what was released.
 */
#ifndef TESTS_FAULT_H
#define TESTS_FAULT_H
#include <support/rpc_pair.h>

/*
 * Each allocation; each job, which comes back un-run, or is run without memory, or is refused by the pool; octets of
 * output, behind which the connection breaks. Prints a line for each side.
 */
void fault_row(real_mech mech, real_wire wire);

/* ---- the conversation of RPC: fault_rpc.c ---- */
/*
 * A bind with its legs, a second context, calls with fragments both ways, a handle, a fault, a call that is answered late,
 * the end. settle carries octets until nothing moves. True: all of it went as it should.
 */
bool fault_rpc_talk(rpc_pair *r, void (*settle)(void *self), void *self);
/* Whether some other word than the connection's end told of a failure of a side. */
bool fault_rpc_told(const rpc_pair *r, int side, troth_status want);
#endif
