/* support/giop.h: messages of GIOP, as tests make them. */
#ifndef TESTS_GIOP_H
#define TESTS_GIOP_H

#include <giop/giop.h>

/* A message of a test: version, order, contexts, and a body of doubles and strings whose places can be checked. */
typedef struct giop_case {
    uint8_t minor;
    troth_order order;
    bool reply;
    size_t n_sas;     /* octets of a context 15; 0 = none */
    size_t n_other;   /* octets of a context 1, in front of it */
    size_t operation; /* octets of the operation's name */
    bool body;
} giop_case;

/* Write it; answers its length. */
size_t giop_make(const giop_case *k, uint8_t *out, size_t cap);
/* Demand that the body of a message says what giop_make wrote, at its alignment; 0 contexts 15 unless told. */
void giop_check(const giop_case *k, troth_bytes message, uint32_t n_sas, size_t len_sas);

#endif
