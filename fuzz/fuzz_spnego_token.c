#include <fuzz.h>
#include <mech/spnego/token.h>

static void init(const uint8_t *p, size_t n)
{
    troth_neg_init t;
    if (troth_neg_read_init((troth_bytes){ p, n }, &t))
        return;
    fuzz_demand(troth_neg_is_framed((troth_bytes){ p, n }) && t.n_mechs <= TROTH_NEG_MECHS_MAX);
    for (size_t i = 0; i < t.n_mechs; i++)
        fuzz_view((troth_bytes){ t.mechs[i].der, t.mechs[i].len }, p, n);
    fuzz_view(t.mechTypes, p, n);
    fuzz_view(t.mechToken, p, n);
    fuzz_view(t.mechListMIC, p, n);
}

static void resp(const uint8_t *p, size_t n)
{
    troth_neg_resp t;
    if (troth_neg_read_resp((troth_bytes){ p, n }, &t))
        return;
    fuzz_view((troth_bytes){ t.supportedMech.der, t.supportedMech.len }, p, n);
    fuzz_view(t.responseToken, p, n);
    fuzz_view(t.mechListMIC, p, n);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t *p = fuzz_copy(data, size);
    init(p, size);
    resp(p, size);
    free(p);
    return 0;
}
