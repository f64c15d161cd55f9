#include <base/writer.h>
#include <nns/errpayload.h>

void troth_nns_errpayload_write(uint32_t code, troth_nns_error_layout layout, uint8_t ret[TROTH_NNS_ERROR_LEN])
{
    troth_writer w = troth_writer_over(ret, TROTH_NNS_ERROR_LEN, TROTH_LE);
    troth_write_u32(&w, layout == TROTH_NNS_ERROR_BE ? 0 : code);
    if (layout == TROTH_NNS_ERROR_LE) {
        troth_write_u32(&w, code & 0x80000000u ? 0xffffffffu : 0); /* an int, widened to 64 bits */
    } else {
        w.order = TROTH_BE;
        troth_write_u32(&w, code);
    }
}

static bool filler(uint32_t v)
{
    return v == 0 || v == 0xffffffffu;
}

static bool plausible(uint32_t v)
{
    return v == TROTH_NNS_TRUST_FAILURE || v >> 16 == 0x8009;
}

uint32_t troth_nns_errpayload_read(troth_bytes payload)
{
    troth_reader r = troth_reader_of(payload.data, payload.len, TROTH_LE);
    uint32_t first = troth_read_u32(&r);
    troth_reader again = r;
    uint32_t last_le = troth_read_u32(&r);
    again.order = TROTH_BE;
    uint32_t last_be = troth_read_u32(&again);
    if (r.st)
        return 0;
    if (filler(first))
        return plausible(last_le) && !plausible(last_be) ? last_le : last_be;
    if (filler(last_le) || first == last_be)
        return first;
    return last_le; /* none of the writers known: ErrorCode as the text lays it */
}

uint32_t troth_nns_wire_code(troth_status why)
{
    switch (why) {
    case TROTH_TOO_LOW:
    case TROTH_BAD_BINDINGS:
    case TROTH_TARGET_UNKNOWN:
        return TROTH_NNS_TRUST_FAILURE;
    default:
        return troth_status_hresult(why);
    }
}
