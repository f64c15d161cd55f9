/*
 * fault/fault.h: one thing fails in a whole conversation (credential, handshake, a message each way), and then the next
 * one, until nothing is left to fail. After each: the side where it failed says what it was, the other one ends with an
 * error or the end of the stream, nothing is held, and no secret lies in what was released.
 */
#ifndef TESTS_FAULT_H
#define TESTS_FAULT_H
#include <support/real.h>

/*
 * Each allocation; each job, which comes back un-run, or is run without memory, or is refused by the pool; each octet of
 * output, behind which the connection breaks. Prints a line for each side.
 */
void fault_row(real_mech mech, real_wire wire);
#endif
