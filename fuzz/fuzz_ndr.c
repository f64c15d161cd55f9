/*
 * Stubs of any octets, read by any list of items: nothing is read outside of them, views lie inside, and what was read
 * comes back the same when it is written and read again.
 *
 *   octet 0  bit 0 NDR64, bit 1 big-endian
 *   octet 1  number of items; so many octets follow, each an item; the stub is the rest
 */
#include <fuzz.h>
#include <troth/ndr.h>

enum { U8, U16, U32, U64, ENUM, COUNT, POINTER, OCTETS, UUID, HANDLE, ALIGN, STRING8, STRING16, KINDS };
enum { ITEMS = 64, MAX = 300 };

typedef struct item {
    unsigned kind;
    uint64_t number;
    troth_bytes octets;
    troth_rpc_handle handle;
} item;

static item read_item(troth_ndr_in *n, unsigned kind, size_t len)
{
    item i = { .kind = kind };
    switch (kind) {
    case U8:
        i.number = troth_ndr_get_u8(n);
        break;
    case U16:
        i.number = troth_ndr_get_u16(n);
        break;
    case U32:
        i.number = troth_ndr_get_u32(n);
        break;
    case U64:
        i.number = troth_ndr_get_u64(n);
        break;
    case ENUM:
        i.number = troth_ndr_get_enum(n);
        break;
    case COUNT:
        i.number = troth_ndr_get_count(n, MAX);
        break;
    case POINTER:
        i.number = troth_ndr_get_pointer(n);
        break;
    case OCTETS:
        i.octets = (troth_bytes){ troth_ndr_get_octets(n, len), n->st ? 0 : len };
        break;
    case UUID:
        i.handle.uuid = troth_ndr_get_uuid(n);
        break;
    case HANDLE:
        i.handle = troth_ndr_get_handle(n);
        break;
    case ALIGN:
        troth_ndr_get_align(n, (size_t)1 << len % 4);
        break;
    case STRING8:
        i.octets = troth_ndr_get_string8(n, MAX);
        break;
    default:
        i.octets = troth_ndr_get_string16(n, MAX);
        break;
    }
    if (kind == STRING8 || kind == STRING16)
        fuzz_demand(i.octets.len <= MAX * (kind == STRING8 ? 1 : 2));
    if (kind >= STRING8) /* written as what it holds */
        i.kind = OCTETS;
    return i;
}

static void write_item(troth_ndr_out *n, const item *i)
{
    switch (i->kind) {
    case U8:
        troth_ndr_put_u8(n, (uint8_t)i->number);
        break;
    case U16:
        troth_ndr_put_u16(n, (uint16_t)i->number);
        break;
    case U32:
        troth_ndr_put_u32(n, (uint32_t)i->number);
        break;
    case U64:
        troth_ndr_put_u64(n, i->number);
        break;
    case ENUM:
        troth_ndr_put_enum(n, (uint32_t)i->number);
        break;
    case COUNT:
        troth_ndr_put_count(n, (size_t)i->number);
        break;
    case POINTER:
        troth_ndr_put_pointer(n, i->number);
        break;
    case OCTETS:
        troth_ndr_put_octets(n, i->octets.data, i->octets.len);
        break;
    case UUID:
        troth_ndr_put_uuid(n, &i->handle.uuid);
        break;
    case HANDLE:
        troth_ndr_put_handle(n, &i->handle);
        break;
    default:
        break;
    }
}

static void same(const item *a, const item *b)
{
    fuzz_demand(a->number == b->number && a->octets.len == b->octets.len);
    fuzz_demand(!a->octets.len || !memcmp(a->octets.data, b->octets.data, a->octets.len));
    fuzz_demand(a->handle.attributes == b->handle.attributes && troth_uuid_equal(&a->handle.uuid, &b->handle.uuid));
}

static void there_and_back(const item *items, size_t n, unsigned transfer)
{
    troth_ndr_out out = troth_ndr_out_new(troth_env_posix(), transfer, 1 << 20);
    for (size_t i = 0; i < n; i++)
        write_item(&out, items + i);
    fuzz_demand(!out.st);
    troth_rpc_message m = { .transfer = transfer, .drep = { 0x10 }, .stub = troth_ndr_out_bytes(&out) };
    troth_ndr_in in = troth_ndr_in_of(&m);
    for (size_t i = 0; i < n; i++) {
        item got = items[i].kind == ALIGN ? items[i] : read_item(&in, items[i].kind, items[i].octets.len);
        same(items + i, &got);
    }
    fuzz_demand(!troth_ndr_end(&in) && !troth_ndr_left(&in));
    troth_ndr_out_clear(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2 || size - 2 < data[1] || data[1] > ITEMS)
        return 0;
    size_t n = data[1], len = size - 2 - n;
    uint8_t *stub = fuzz_copy(data + 2 + n, len);
    item items[ITEMS];
    troth_rpc_message m = { .transfer = data[0] & 1 ? TROTH_RPC_NDR64 : TROTH_RPC_NDR, .stub = { stub, len } };
    m.drep[0] = data[0] & 2 ? 0 : 0x10;
    troth_ndr_in in = troth_ndr_in_of(&m);
    for (size_t i = 0; i < n; i++) {
        items[i] = read_item(&in, data[2 + i] % KINDS, data[2 + i] / KINDS);
        fuzz_view(items[i].octets, stub, len);
        fuzz_demand(troth_ndr_left(&in) <= len);
    }
    if (!troth_ndr_end(&in))
        there_and_back(items, n, m.transfer);
    free(stub);
    return 0;
}
