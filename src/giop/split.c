#include <giop/frags.h>

enum {
    AT_MINOR = 5,
    AT_FLAGS = 6,
    AT_TYPE = 7,
    AT_REQUEST_ID = 12,
    HDR_1_2 = 16,
    PIECE_MIN = 64,
    FLAG_LITTLE = 1,
    FLAG_MORE = 2
};

/* The message up to n, with more to come. */
static void put_first(troth_writer *w, troth_bytes message, size_t n)
{
    size_t start = w->len;
    troth_write_bytes(w, message.data, n);
    if (w->st)
        return;
    w->base[start + AT_FLAGS] |= FLAG_MORE;
    troth_giop_finish(w, start);
}

/* What stands from `from` to `to`, as a Fragment. */
static void put_fragment(troth_writer *w, troth_bytes message, size_t from, size_t to, bool more)
{
    size_t start = w->len;
    uint8_t minor = message.data[AT_MINOR];
    troth_giop_hdr_write(w, minor, TROTH_GIOP_FRAGMENT, more);
    if (minor >= 2)
        troth_write_bytes(w, message.data + AT_REQUEST_ID, 4);
    troth_write_bytes(w, message.data + from, to - from);
    troth_giop_finish(w, start);
}

/* Only where it was cut before: what each piece aligned from its own start may not move against that. */
static void split_1_1(troth_writer *w, troth_bytes message, const troth_giop_cuts *cuts)
{
    put_first(w, message, cuts->at[0]);
    for (uint16_t i = 0; i < cuts->n; i++) {
        bool more = i + 1 < cuts->n;
        put_fragment(w, message, cuts->at[i], more ? cuts->at[i + 1] : message.len, more);
    }
}

static void split_1_2(troth_writer *w, troth_bytes message, size_t piece)
{
    piece &= ~(size_t)7;
    put_first(w, message, piece);
    for (size_t at = piece; at < message.len;) {
        size_t n = message.len - at;
        if (n > piece - HDR_1_2)
            n = piece - HDR_1_2;
        put_fragment(w, message, at, at + n, at + n < message.len);
        at += n;
    }
}

static bool cuts_fit(const troth_giop_cuts *cuts, size_t len)
{
    size_t last = TROTH_GIOP_HDR;
    for (uint16_t i = 0; i < cuts->n; i++) {
        if (cuts->at[i] < last || cuts->at[i] > len)
            return false;
        last = cuts->at[i];
    }
    return true;
}

static bool can_be_cut(uint8_t type)
{
    return type == TROTH_GIOP_REQUEST || type == TROTH_GIOP_REPLY || type == TROTH_GIOP_LOCATE_REQUEST ||
           type == TROTH_GIOP_LOCATE_REPLY;
}

void troth_giop_split(troth_writer *w, troth_bytes message, size_t piece, const troth_giop_cuts *cuts)
{
    uint8_t minor = message.data[AT_MINOR];
    w->order = message.data[AT_FLAGS] & FLAG_LITTLE ? TROTH_LE : TROTH_BE;
    if ((piece && piece < PIECE_MIN) || (cuts && !cuts_fit(cuts, message.len)))
        troth_write_fail(w, TROTH_INVALID);
    if (w->st)
        return;
    if (minor == 1 && cuts && cuts->n)
        split_1_1(w, message, cuts);
    else if (minor >= 2 && piece && message.len > piece && can_be_cut(message.data[AT_TYPE]))
        split_1_2(w, message, piece);
    else
        troth_write_bytes(w, message.data, message.len);
}

troth_status troth_giop_cuts_move(const troth_giop_cuts *cuts, size_t body, size_t rest, size_t new_rest,
                                  troth_giop_cuts *ret)
{
    troth_giop_cuts moved = { 0 };
    for (uint16_t i = 0; i < cuts->n; i++) {
        if (cuts->at[i] >= body)
            moved.at[moved.n++] = cuts->at[i] - rest + new_rest;
        else if (cuts->at[i] % 8 != TROTH_GIOP_HDR % 8)
            return TROTH_UNSUPPORTED;
    }
    *ret = moved;
    return TROTH_OK;
}
