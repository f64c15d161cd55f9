/* cli/envelope.h: one sized envelope out, and what answers it [MC-NMF 2.2.4.3]. */
#ifndef TROTH_CLI_ENVELOPE_H
#define TROTH_CLI_ENVELOPE_H

#include <troth/types.h>

enum { TROTH_CLI_ENVELOPE_MAX = 16 << 20, TROTH_CLI_FAULT_MAX = 256, TROTH_CLI_SIZE_MAX = 5 };

/* Write a record's head: its type, and its size in groups of 7 bits, low ones first. Answers its octets. */
size_t troth_cli_envelope_head(uint8_t ret[1 + TROTH_CLI_SIZE_MAX], uint8_t type, uint32_t size);

typedef enum troth_cli_answer_part {
    TROTH_ANSWER_TYPE,
    TROTH_ANSWER_SIZE,
    TROTH_ANSWER_ENVELOPE,
    TROTH_ANSWER_FAULT,
    TROTH_ANSWER_DONE /* the envelope is complete */
} troth_cli_answer_part;

/* Reads the answer as it comes, in pieces of any size. All zero is the start. */
typedef struct troth_cli_answer {
    troth_cli_answer_part part;
    uint8_t type;
    uint32_t left;
    unsigned shift;
    char fault[TROTH_CLI_FAULT_MAX + 1];
    size_t fault_len;
} troth_cli_answer;

/*
 * Take the next octets.
 *
 * ret_content  the part of data that is content of the envelope, possibly empty
 * ret_used     octets taken; what is left comes behind that content and is to be given again
 *
 * TROTH_OK; TROTH_MALFORMED, TROTH_LIMIT; TROTH_PEER_REFUSED (a fault record is complete: fault holds its text)
 */
TROTH_MUST_CHECK troth_status troth_cli_answer_take(troth_cli_answer *a, troth_bytes data, troth_bytes *ret_content,
                                                    size_t *ret_used);

#endif
