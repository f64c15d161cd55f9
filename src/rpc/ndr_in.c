/* Reading stubs. One bounds check, in take(); everything else is built on it. [C706 14; MS-RPCE 2.2.5] */
#include <base/uuid.h>
#include <troth/ndr.h>

static void fail(troth_ndr_in *n, troth_status st)
{
    if (!n->st)
        n->st = st; /* the first failure sticks */
}

/* A view of n_octets octets behind the padding that aligns them to `to`; NULL when fewer are left. */
static const uint8_t *take(troth_ndr_in *n, size_t to, size_t n_octets)
{
    size_t off = n->st ? 0 : (size_t)(n->at - n->base), left = troth_ndr_left(n);
    size_t pad = (to - off % to) % to;
    if (pad > left || n_octets > left - pad)
        fail(n, TROTH_TRUNCATED);
    if (n->st)
        return NULL;
    n->at += pad + n_octets;
    return n->at - n_octets;
}

static uint64_t number(troth_ndr_in *n, size_t width)
{
    const uint8_t *p = take(n, width, width);
    uint64_t v = 0;
    for (size_t i = 0; p && i < width; i++)
        v = v << 8 | p[n->be ? i : width - 1 - i];
    return v;
}

troth_ndr_in troth_ndr_in_of(const troth_rpc_message *m)
{
    static const uint8_t nothing[1];
    const uint8_t *base = m->stub.data ? m->stub.data : nothing;
    troth_ndr_in n = { .base = base, .at = base, .end = base + (m->stub.data ? m->stub.len : 0) };
    n.be = (m->drep[0] & 0xf0) != 0x10;
    n.ndr64 = m->transfer == TROTH_RPC_NDR64;
    if (n.ndr64 && n.be) /* its data representation is always little-endian [MS-RPCE 2.2.5] */
        fail(&n, TROTH_MALFORMED);
    return n;
}

size_t troth_ndr_left(const troth_ndr_in *n)
{
    return n->st ? 0 : (size_t)(n->end - n->at);
}

void troth_ndr_get_align(troth_ndr_in *n, size_t to)
{
    (void)take(n, to, 0);
}

uint8_t troth_ndr_get_u8(troth_ndr_in *n)
{
    return (uint8_t)number(n, 1);
}

uint16_t troth_ndr_get_u16(troth_ndr_in *n)
{
    return (uint16_t)number(n, 2);
}

uint32_t troth_ndr_get_u32(troth_ndr_in *n)
{
    return (uint32_t)number(n, 4);
}

uint64_t troth_ndr_get_u64(troth_ndr_in *n)
{
    return number(n, 8);
}

uint32_t troth_ndr_get_enum(troth_ndr_in *n)
{
    return (uint32_t)number(n, n->ndr64 ? 4 : 2);
}

size_t troth_ndr_get_count(troth_ndr_in *n, size_t max)
{
    uint64_t v = number(n, n->ndr64 ? 8 : 4);
    if (v > max)
        fail(n, TROTH_MALFORMED);
    return n->st ? 0 : (size_t)v;
}

bool troth_ndr_get_pointer(troth_ndr_in *n)
{
    return number(n, n->ndr64 ? 8 : 4) != 0;
}

const uint8_t *troth_ndr_get_octets(troth_ndr_in *n, size_t n_octets)
{
    return take(n, 1, n_octets);
}

troth_uuid troth_ndr_get_uuid(troth_ndr_in *n)
{
    const uint8_t *p = take(n, 4, 16);
    troth_reader r = troth_reader_of(p, p ? 16 : 0, n->be ? TROTH_BE : TROTH_LE);
    return troth_uuid_read(&r);
}

troth_rpc_handle troth_ndr_get_handle(troth_ndr_in *n)
{
    troth_rpc_handle h = { .attributes = troth_ndr_get_u32(n) };
    h.uuid = troth_ndr_get_uuid(n);
    return h;
}

/* Characters of `width` octets. [C706 14.3.4.2] */
static troth_bytes string(troth_ndr_in *n, size_t max, size_t width)
{
    size_t maximum = troth_ndr_get_count(n, SIZE_MAX);
    size_t offset = troth_ndr_get_count(n, SIZE_MAX);
    size_t actual = troth_ndr_get_count(n, SIZE_MAX);
    if (!n->st && (offset || !actual || actual > maximum || actual - 1 > max))
        fail(n, TROTH_MALFORMED);
    if (!n->st && actual > troth_ndr_left(n) / width) /* before the product, which could wrap */
        fail(n, TROTH_TRUNCATED);
    const uint8_t *p = n->st ? NULL : take(n, width, actual * width);
    if (!p)
        return (troth_bytes){ NULL, 0 };
    size_t len = (actual - 1) * width;
    if (p[len] || p[len + width - 1]) { /* the terminator */
        fail(n, TROTH_MALFORMED);
        return (troth_bytes){ NULL, 0 };
    }
    return (troth_bytes){ p, len };
}

troth_bytes troth_ndr_get_string8(troth_ndr_in *n, size_t max)
{
    return string(n, max, 1);
}

troth_bytes troth_ndr_get_string16(troth_ndr_in *n, size_t max)
{
    return string(n, max, 2);
}

troth_status troth_ndr_end(const troth_ndr_in *n)
{
    return n->st;
}
