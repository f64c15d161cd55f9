#include <csiv2/gssup.h>
#include <csiv2/names.h>
#include <der/der.h>
#include <der/frame.h>

static const uint8_t gssup[] = { 0x67, 0x81, 0x02, 0x01, 0x01, 0x01 };
static const uint8_t krb5[] = { 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x12, 0x01, 0x02, 0x02 };

troth_oid troth_gssup_oid(void)
{
    return (troth_oid){ gssup, sizeof gssup };
}

troth_oid troth_csi_krb5_oid(void)
{
    return (troth_oid){ krb5, sizeof krb5 };
}

troth_status troth_csi_token_open(troth_bytes token, troth_oid *ret_mech, troth_bytes *ret_inner)
{
    return troth_frame_read_loose(token, ret_mech, ret_inner);
}

/* Up to 35 bits, the highest first; all but the last octet have their highest bit set. */
static uint64_t read_groups(troth_reader *r)
{
    uint64_t len = 0;
    uint8_t octet = 0x80;
    for (int i = 0; i < 5 && octet & 0x80; i++) {
        octet = troth_read_u8(r);
        len = len << 7 | (octet & 0x7f);
    }
    if (octet & 0x80)
        troth_read_fail(r, TROTH_MALFORMED);
    return len;
}

bool troth_csi_token_reframe(troth_bytes token, troth_writer *w)
{
    troth_reader r = troth_reader_of(token.data, token.len, TROTH_BE);
    uint8_t tag = troth_read_u8(&r);
    uint64_t len = read_groups(&r);
    if (r.st || tag != TROTH_DER_APPLICATION_0 || len < 0x80 || len != troth_read_left(&r))
        return false;
    troth_der_write_bytes(w, tag, troth_read_rest(&r));
    return true;
}

static troth_status check_text(troth_bytes text)
{
    if (text.len > TROTH_GSSUP_FIELD_MAX)
        return TROTH_LIMIT;
    return text.len && troth_csi_text_valid(text) ? TROTH_OK : TROTH_MALFORMED;
}

troth_status troth_gssup_read(troth_bytes token, troth_gssup *ret)
{
    troth_oid mech;
    troth_bytes inner;
    troth_status st = troth_csi_token_open(token, &mech, &inner);
    if (st)
        return st;
    if (!troth_oid_equal(mech, troth_gssup_oid()))
        return TROTH_NO_MECH;
    troth_cdr c = troth_cdr_encapsulation(inner);
    troth_gssup t;
    t.username = troth_cdr_octets(&c);
    t.password = troth_cdr_octets(&c);
    t.target_name = troth_cdr_octets(&c);
    st = troth_cdr_end(&c);
    if (!st)
        st = check_text(t.username);
    if (!st)
        st = check_text(t.password);
    if (!st && t.target_name.len > TROTH_GSSUP_FIELD_MAX)
        st = TROTH_LIMIT;
    if (!st)
        *ret = t;
    return st;
}

/* Octets of the encapsulation, whose fields are 4-aligned. */
static size_t inner_size(const troth_gssup *t)
{
    size_t at = 4;
    at = ((at + 4 + t->username.len) + 3) & ~(size_t)3;
    at = ((at + 4 + t->password.len) + 3) & ~(size_t)3;
    return at + 4 + t->target_name.len;
}

void troth_gssup_write(troth_writer *w, const troth_gssup *t)
{
    troth_frame_write_head(w, troth_gssup_oid(), inner_size(t));
    troth_cdr_out c = troth_cdr_out_encapsulation(w);
    troth_cdr_put_octets(&c, t->username);
    troth_cdr_put_octets(&c, t->password);
    troth_cdr_put_octets(&c, t->target_name);
}

troth_status troth_gssup_error_read(troth_bytes error_token, uint32_t *ret_code)
{
    troth_cdr c = troth_cdr_encapsulation(error_token);
    uint32_t code = troth_cdr_u32(&c);
    troth_status st = troth_cdr_end(&c);
    if (!st)
        *ret_code = code;
    return st;
}

void troth_gssup_error_write(troth_writer *w, uint32_t code)
{
    troth_cdr_out c = troth_cdr_out_encapsulation(w);
    troth_cdr_put_u32(&c, code);
}
