/* Protocol towers, and the replies of an endpoint mapper around them. First octet: bit 0 NDR64, bit 1 big-endian. */
#include <fuzz.h>
#include <rpc/builtin.h>
#include <troth/epm.h>

static void tower(const uint8_t *p, size_t n)
{
    troth_rpc_tower t, back;
    troth_rpc_syntax s;
    troth_status st = troth_rpc_tower_read((troth_bytes){ p, n }, &t);
    troth_status of_interface = troth_rpc_tower_interface((troth_bytes){ p, n }, &s);
    if (st)
        return;
    fuzz_demand(!of_interface && troth_rpc_syntax_equal(&s, &t.interface_id));
    uint8_t out[TROTH_RPC_TOWER_MAX];
    troth_writer w = troth_writer_over(out, sizeof out, TROTH_LE);
    troth_rpc_tower_write(&w, &t);
    fuzz_demand(!w.st && w.len == 75);
    fuzz_demand(!troth_rpc_tower_read((troth_bytes){ out, w.len }, &back) && !memcmp(&t, &back, sizeof t));
}

static void show(void *self, const troth_rpc_epm_entry *e)
{
    size_t *shown = self;
    fuzz_demand(strlen(e->annotation) < 64);
    ++*shown;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (!size)
        return 0;
    uint8_t *p = fuzz_copy(data + 1, size - 1);
    tower(p, size - 1);
    troth_rpc_message m = { .transfer = data[0] & 1 ? TROTH_RPC_NDR64 : TROTH_RPC_NDR,
                            .drep = { data[0] & 2 ? 0 : 0x10 },
                            .stub = { p, size - 1 } };
    uint16_t port = 0;
    fuzz_demand(!troth_rpc_epm_map_reply(&m, &port) == (port != 0));
    size_t shown = 0;
    troth_rpc_handle resume;
    troth_status st = troth_rpc_epm_lookup_reply(&m, show, &shown, &resume);
    fuzz_demand(shown <= 500 && (!st || !shown));
    free(p);
    return 0;
}
