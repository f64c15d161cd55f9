#include <fuzz.h>
#include <troth/nmf.h>

/* The first octet splits the rest; how the octets come must not change what is read. */
static size_t run(const uint8_t *p, size_t n, size_t split, troth_status *ret, size_t *ret_octets)
{
    troth_nmf_reader r;
    troth_nmf_piece piece;
    size_t pieces_last = 0, at = 0;
    troth_nmf_reader_init(&r, NULL);
    troth_status st = TROTH_AGAIN;
    while (at < n && (!st || st == TROTH_AGAIN)) {
        size_t used = 0, give = n - at < split ? n - at : split;
        st = troth_nmf_read(&r, p + at, give, &used, &piece);
        fuzz_demand(used <= give && (used || st));
        fuzz_demand(st != TROTH_AGAIN || used == give);
        at += used;
        if (st)
            continue;
        fuzz_view(piece.data, p, n);
        *ret_octets += piece.data.len;
        pieces_last += piece.last;
    }
    *ret = st == TROTH_AGAIN ? TROTH_OK : st;
    return pieces_last;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (!size)
        return 0;
    uint8_t *p = fuzz_copy(data + 1, size - 1);
    troth_status whole, parts;
    size_t a = 0, b = 0;
    size_t n = run(p, size - 1, size, &whole, &a), m = run(p, size - 1, data[0] % 16u + 1, &parts, &b);
    fuzz_demand(n == m && whole == parts && a == b);
    free(p);
    return 0;
}
