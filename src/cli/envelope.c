#include <cli/envelope.h>

enum { SIZED_ENVELOPE = 0x06, FAULT = 0x08 };

size_t troth_cli_envelope_head(uint8_t ret[1 + TROTH_CLI_SIZE_MAX], uint8_t type, uint32_t size)
{
    size_t n = 0;
    ret[n++] = type;
    for (; size >= 0x80; size >>= 7)
        ret[n++] = (uint8_t)(size & 0x7f) | 0x80;
    ret[n++] = (uint8_t)size;
    return n;
}

static troth_status take_type(troth_cli_answer *a, uint8_t octet)
{
    if (octet != SIZED_ENVELOPE && octet != FAULT)
        return TROTH_MALFORMED;
    a->type = octet;
    a->part = TROTH_ANSWER_SIZE;
    return TROTH_OK;
}

static troth_status take_size(troth_cli_answer *a, uint8_t octet)
{
    if (a->shift == 28 && octet > 0x07)
        return TROTH_MALFORMED;
    a->left |= (uint32_t)(octet & 0x7f) << a->shift;
    a->shift += 7;
    if (octet & 0x80)
        return TROTH_OK;
    if (a->left == 0)
        return TROTH_MALFORMED;
    if (a->left > (a->type == FAULT ? TROTH_CLI_FAULT_MAX : TROTH_CLI_ENVELOPE_MAX))
        return TROTH_LIMIT;
    a->part = a->type == FAULT ? TROTH_ANSWER_FAULT : TROTH_ANSWER_ENVELOPE;
    return TROTH_OK;
}

/* The text of a fault goes to a terminal: nothing unprintable passes. */
static troth_status take_fault(troth_cli_answer *a, uint8_t octet)
{
    a->fault[a->fault_len++] = octet < 0x20 || octet > 0x7e ? '?' : (char)octet;
    a->fault[a->fault_len] = 0;
    return --a->left ? TROTH_OK : TROTH_PEER_REFUSED;
}

static troth_status take_octet(troth_cli_answer *a, uint8_t octet)
{
    switch (a->part) {
    case TROTH_ANSWER_TYPE:
        return take_type(a, octet);
    case TROTH_ANSWER_SIZE:
        return take_size(a, octet);
    case TROTH_ANSWER_FAULT:
        return take_fault(a, octet);
    case TROTH_ANSWER_ENVELOPE:
    case TROTH_ANSWER_DONE:
        break;
    }
    return TROTH_OK; /* what comes behind the envelope is not looked at */
}

troth_status troth_cli_answer_take(troth_cli_answer *a, troth_bytes data, troth_bytes *ret_content, size_t *ret_used)
{
    *ret_content = (troth_bytes){ 0 };
    size_t at = 0;
    while (at < data.len && a->part != TROTH_ANSWER_ENVELOPE) {
        troth_status st = take_octet(a, data.data[at++]);
        if (st)
            return st;
    }
    if (a->part == TROTH_ANSWER_ENVELOPE) {
        size_t n = data.len - at < a->left ? data.len - at : a->left;
        *ret_content = (troth_bytes){ data.data + at, n };
        a->left -= (uint32_t)n;
        at += n;
        if (a->left == 0)
            a->part = TROTH_ANSWER_DONE;
    }
    *ret_used = at;
    return TROTH_OK;
}
