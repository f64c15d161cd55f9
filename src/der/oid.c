#include <der/der.h>
#include <der/oid.h>
#include <string.h>

bool troth_oid_equal(troth_oid a, troth_oid b)
{
    return a.len && a.len == b.len && !memcmp(a.der, b.der, a.len);
}

bool troth_oid_valid(troth_oid oid)
{
    if (!oid.len || oid.len > TROTH_OID_MAX || oid.der[oid.len - 1] & 0x80)
        return false;
    bool first = true; /* octet of a subidentifier */
    for (size_t i = 0; i < oid.len; i++) {
        if (first && oid.der[i] == 0x80) /* padding: the same OID would have two forms */
            return false;
        first = !(oid.der[i] & 0x80);
    }
    return true;
}

/* Append one arc in decimal, behind a dot unless it is the first. */
static bool put_arc(char *ret, size_t cap, size_t *len, uint64_t arc)
{
    char digits[24];
    size_t n = 0;
    do
        digits[n++] = (char)('0' + arc % 10);
    while (arc /= 10);
    if (*len + 1 + n + 1 > cap)
        return false;
    if (*len)
        ret[(*len)++] = '.';
    while (n)
        ret[(*len)++] = digits[--n];
    ret[*len] = 0;
    return true;
}

troth_status troth_oid_format(troth_oid oid, char *ret, size_t cap)
{
    if (!troth_oid_valid(oid))
        return TROTH_MALFORMED;
    uint64_t arc = 0;
    size_t len = 0;
    for (size_t i = 0; i < oid.len; i++) {
        if (arc >> 57)
            return TROTH_LIMIT;
        arc = arc << 7 | (oid.der[i] & 0x7f);
        if (oid.der[i] & 0x80)
            continue;
        if (!len) { /* the first subidentifier holds two arcs [X.690 8.19.4] */
            uint64_t root = arc < 80 ? arc / 40 : 2;
            if (!put_arc(ret, cap, &len, root))
                return TROTH_NO_SPACE;
            arc -= root * 40;
        }
        if (!put_arc(ret, cap, &len, arc))
            return TROTH_NO_SPACE;
        arc = 0;
    }
    return TROTH_OK;
}

troth_oid troth_oid_read(troth_reader *r)
{
    troth_bytes b = troth_der_read_bytes(r, TROTH_DER_OID);
    troth_oid oid = { b.data, b.len };
    if (!r->st && !troth_oid_valid(oid))
        troth_read_fail(r, TROTH_MALFORMED);
    return r->st ? (troth_oid){ NULL, 0 } : oid;
}
