#include <sec/window.h>

static bool seen(const troth_window *w, uint64_t seq)
{
    return w->bits[seq / 64 % (TROTH_WINDOW_BITS / 64)] >> seq % 64 & 1;
}

troth_status troth_window_check(const troth_window *w, troth_flags flags, uint64_t seq)
{
    if (seq == UINT64_MAX)
        return TROTH_LIMIT;
    if (!(flags & (TROTH_F_REPLAY | TROTH_F_SEQUENCE)))
        return TROTH_OK;
    bool old = seq < w->next && (w->next - seq > TROTH_WINDOW_BITS - 64 || seen(w, seq));
    if (old)
        return TROTH_REPLAY;
    return flags & TROTH_F_SEQUENCE && seq != w->next ? TROTH_OUT_OF_ORDER : TROTH_OK;
}

void troth_window_take(troth_window *w, uint64_t seq)
{
    const uint64_t words = TROTH_WINDOW_BITS / 64;
    if (seq >= w->next) { /* words between the old top and the new one hold numbers of a turn ago */
        uint64_t from = w->next ? (w->next - 1) / 64 + 1 : 1, to = seq / 64;
        if (to >= words && from < to - words + 1)
            from = to - words + 1;
        for (uint64_t word = from; word <= to; word++)
            w->bits[word % words] = 0;
        w->next = seq + 1;
    } else if (w->next - seq > TROTH_WINDOW_BITS - 64) {
        return;
    }
    w->bits[seq / 64 % words] |= UINT64_C(1) << seq % 64;
}
