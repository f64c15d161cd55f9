#include <der/der.h>
#include <der/frame.h>
#include <der/oid.h>
#include <fuzz.h>

/* Pass over elements, and look into each by its own tag. */
static void walk(const uint8_t *p, size_t n)
{
    troth_reader r = troth_reader_of(p, n, TROTH_BE);
    while (!r.st && troth_read_left(&r)) {
        troth_reader at = r;
        uint8_t tag = troth_der_peek(&r);
        fuzz_view(troth_der_read_bytes(&at, tag), p, n);
        at = r;
        fuzz_view(troth_der_read_explicit(&at, tag, TROTH_DER_OCTET_STRING), p, n);
        at = r;
        troth_oid oid = troth_oid_read(&at);
        char text[TROTH_OID_MAX * 4];
        if (!at.st)
            fuzz_demand(troth_oid_valid(oid) && troth_oid_format(oid, text, sizeof text) != TROTH_MALFORMED);
        troth_der_skip(&r);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t *p = fuzz_copy(data, size);
    walk(p, size);
    troth_oid mech;
    troth_bytes inner;
    if (!troth_frame_read((troth_bytes){ p, size }, &mech, &inner)) {
        fuzz_view((troth_bytes){ mech.der, mech.len }, p, size);
        fuzz_view(inner, p, size);
        fuzz_demand(troth_frame_size(mech, inner.len) == size);
        fuzz_demand(troth_frame_is((troth_bytes){ p, size }, mech));
    }
    free(p);
    return 0;
}
