#include <der/der.h>
#include <der/frame.h>

troth_status troth_frame_read(troth_bytes token, troth_oid *ret_mech, troth_bytes *ret_inner)
{
    troth_reader r = troth_reader_of(token.data, token.len, TROTH_BE);
    troth_reader frame = troth_der_open(&r, TROTH_DER_APPLICATION_0);
    troth_oid mech = troth_oid_read(&frame);
    troth_bytes inner = troth_read_rest(&frame);
    troth_status st = troth_read_end(&r);
    if (!st)
        st = troth_read_end(&frame);
    if (st)
        return st;
    *ret_mech = mech;
    *ret_inner = inner;
    return TROTH_OK;
}

/* A length in the short form, or in up to four octets. [X.690 8.1.3] */
static size_t read_length(troth_reader *r)
{
    size_t first = troth_read_u8(r), len = 0;
    if (first < 0x80)
        return first;
    if (first == 0x80 || first > 0x84)
        troth_read_fail(r, TROTH_MALFORMED);
    for (size_t i = 0; !r->st && i < (first & 0x7f); i++)
        len = len << 8 | troth_read_u8(r);
    return r->st ? 0 : len;
}

troth_status troth_frame_read_loose(troth_bytes token, troth_oid *ret_mech, troth_bytes *ret_inner)
{
    troth_reader r = troth_reader_of(token.data, token.len, TROTH_BE);
    uint8_t tag = troth_read_u8(&r);
    size_t len = read_length(&r);
    if (!r.st && tag != TROTH_DER_APPLICATION_0)
        return TROTH_MALFORMED;
    troth_reader frame = troth_read_sub(&r, r.st ? 0 : len);
    troth_oid mech = troth_oid_read(&frame);
    troth_bytes inner = troth_read_rest(&frame);
    troth_status st = troth_read_end(&r);
    if (!st)
        st = troth_read_end(&frame);
    if (st)
        return st;
    *ret_mech = mech;
    *ret_inner = inner;
    return TROTH_OK;
}

bool troth_frame_is(troth_bytes token, troth_oid mech)
{
    troth_oid found;
    troth_bytes inner;
    return !troth_frame_read(token, &found, &inner) && troth_oid_equal(found, mech);
}

size_t troth_frame_size(troth_oid mech, size_t inner)
{
    return troth_der_size(troth_der_size(mech.len) + inner);
}

void troth_frame_write_head(troth_writer *w, troth_oid mech, size_t inner)
{
    troth_der_write_head(w, TROTH_DER_APPLICATION_0, troth_der_size(mech.len) + inner);
    troth_der_write_bytes(w, TROTH_DER_OID, (troth_bytes){ mech.der, mech.len });
}
