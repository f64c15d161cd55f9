#include <csiv2/names.h>
#include <der/der.h>
#include <string.h>

/* Length of the sequence that begins here, and the bits that its first octet gives; 0 = none. [RFC 3629 4] */
static size_t sequence(uint8_t first, uint32_t *ret_bits)
{
    if (first < 0x80)
        return *ret_bits = first, 1;
    if (first >= 0xc2 && first < 0xe0)
        return *ret_bits = first & 0x1f, 2;
    if (first >= 0xe0 && first < 0xf0)
        return *ret_bits = first & 0x0f, 3;
    if (first >= 0xf0 && first < 0xf5)
        return *ret_bits = first & 0x07, 4;
    return 0;
}

bool troth_csi_text_valid(troth_bytes text)
{
    static const uint32_t least[] = { 0, 1, 0x80, 0x800, 0x10000 };
    for (size_t i = 0; i < text.len;) {
        uint32_t c = 0;
        size_t n = sequence(text.data[i], &c);
        if (!n || n > text.len - i)
            return false;
        for (size_t k = 1; k < n; k++) {
            if ((text.data[i + k] & 0xc0) != 0x80)
                return false;
            c = c << 6 | (text.data[i + k] & 0x3f);
        }
        if (c < least[n] || c > 0x10ffff || (c >= 0xd800 && c < 0xe000))
            return false;
        i += n;
    }
    return true;
}

troth_status troth_csi_exported_name_read(troth_bytes exported, troth_bytes *ret_mech, troth_bytes *ret_name)
{
    troth_reader r = troth_reader_of(exported.data, exported.len, TROTH_BE);
    uint16_t tok_id = troth_read_u16(&r);
    uint16_t n_oid = troth_read_u16(&r);
    if (!r.st && tok_id != 0x0401)
        troth_read_fail(&r, TROTH_MALFORMED);
    troth_reader held = troth_read_sub(&r, r.st ? 0 : n_oid);
    troth_oid mech = troth_oid_read(&held);
    uint32_t n_name = troth_read_u32(&r);
    troth_bytes name = { r.st ? NULL : troth_read_bytes(&r, n_name), n_name };
    troth_status st = troth_read_end(&r);
    if (!st)
        st = troth_read_end(&held);
    if (st)
        return st;
    *ret_mech = (troth_bytes){ mech.der, mech.len };
    *ret_name = name;
    return TROTH_OK;
}

void troth_csi_exported_name_write(troth_writer *w, troth_oid mech, troth_bytes name)
{
    troth_order order = w->order;
    if (name.len > TROTH_CSI_NAME_MAX)
        troth_write_fail(w, TROTH_LIMIT);
    w->order = TROTH_BE;
    troth_write_u16(w, 0x0401);
    troth_write_u16(w, (uint16_t)troth_der_size(mech.len));
    troth_der_write_bytes(w, TROTH_DER_OID, (troth_bytes){ mech.der, mech.len });
    troth_write_u32(w, (uint32_t)name.len);
    troth_write_bytes(w, name.data, name.len);
    w->order = order;
}

troth_status troth_csi_principal_name(troth_bytes octets, bool wrapped_too, troth_bytes *ret_exported)
{
    troth_bytes exported = octets, mech, name;
    if (wrapped_too && octets.len && octets.data[0] <= 1) {
        troth_cdr c = troth_cdr_encapsulation(octets);
        exported = troth_cdr_octets(&c);
        troth_status st = troth_cdr_end(&c);
        if (st)
            return st;
    }
    if (exported.len > TROTH_CSI_NAME_MAX)
        return TROTH_LIMIT;
    troth_status st = troth_csi_exported_name_read(exported, &mech, &name);
    if (!st)
        *ret_exported = exported;
    return st;
}

troth_status troth_csi_scoped_name_read(troth_bytes text, troth_csi_scoped_name *ret)
{
    size_t at = text.len; /* of the last @ that is not escaped */
    if (text.len > TROTH_CSI_NAME_MAX)
        return TROTH_LIMIT;
    if (!text.len || memchr(text.data, 0, text.len) || !troth_csi_text_valid(text))
        return TROTH_MALFORMED;
    for (size_t i = 0; i < text.len; i++) {
        if (text.data[i] == '@')
            at = i;
        if (text.data[i] != '\\')
            continue;
        i++;
        if (i == text.len || (text.data[i] != '@' && text.data[i] != '\\'))
            return TROTH_MALFORMED;
    }
    troth_csi_scoped_name s = { .name = { text.data, at }, .has_scope = at < text.len };
    if (s.has_scope)
        s.scope = (troth_bytes){ text.data + at + 1, text.len - at - 1 };
    *ret = s;
    return TROTH_OK;
}

void troth_csi_unescape(troth_writer *w, troth_bytes part)
{
    for (size_t i = 0; i < part.len; i++) {
        if (part.data[i] == '\\' && i + 1 < part.len)
            i++;
        troth_write_u8(w, part.data[i]);
    }
}

void troth_csi_escape(troth_writer *w, troth_bytes plain)
{
    for (size_t i = 0; i < plain.len; i++) {
        if (plain.data[i] == '@' || plain.data[i] == '\\')
            troth_write_u8(w, '\\');
        troth_write_u8(w, plain.data[i]);
    }
}
