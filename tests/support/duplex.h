/* support/duplex.h: one thread protects while another one unprotects, on the same context. */
#ifndef TESTS_DUPLEX_H
#define TESTS_DUPLEX_H
#include <troth/sec.h>

enum { DUPLEX_MESSAGES = 4000 };

/* Both contexts in turn are the one with two threads. Fails the test unless each message arrives, in order and whole. */
void duplex_messages(troth_context *i, troth_context *a, troth_form form);
/* The same of records: one thread seals, another one opens. */
void duplex_records(troth_context *i, troth_context *a);
#endif
