/* support/sspi_states.h: docs/wire/sspi-states.md, read; and each call brought against each state of a context. */
#ifndef TESTS_SSPI_STATES_H
#define TESTS_SSPI_STATES_H
#include <support/sspi.h>

enum { STATES_CALLS = 48, STATES_STATES = 16, STATES_EXCEPTIONS = 64, STATES_WORDS = 32 };

/* The page. Strings point into text. */
typedef struct sspi_states {
    char *text;
    const char *words[STATES_WORDS][2]; /* word, name of a status */
    size_t n_words;
    const char *states[STATES_STATES];
    size_t n_states;
    const char *calls[STATES_CALLS];
    const char *cells[STATES_CALLS][STATES_STATES];
    size_t n_calls;
    const char *exceptions[STATES_EXCEPTIONS][4]; /* call, state, package, word */
    size_t n_exceptions;
} sspi_states;

void sspi_states_read(sspi_states *s);
/* The same with the table of Schannel's answers. */
void sspi_states_read_streams(sspi_states *s);
void sspi_states_free(sspi_states *s);
/* The word of a cell, for a package as the page calls it ("Negotiate over NTLM"). */
const char *sspi_states_word(const sspi_states *s, size_t call, size_t state, const char *package);
/* The status of a word; `same` is the one that failed the context. */
SECURITY_STATUS sspi_states_status(const sspi_states *s, const char *word, SECURITY_STATUS same);

/*
 * What the product is run with. name is the page's for it; isc and asc must make an exchange of which both sides are half
 * open at some time, and grant confidentiality.
 */
typedef struct sspi_product {
    const char *name, *package;
    ULONG isc, asc, datagram; /* datagram: ISC_REQ bits of a context that is usable at once; 0 = there is none */
    ULONG signature, trailer; /* octets of a message's token */
    void (*start)(sspi_rig *r, const char *package);
} sspi_product;

/* All cells; fails the test with each one that is wrong. */
void sspi_product_run(const sspi_product *p);

#endif
