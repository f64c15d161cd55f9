/* Asking an endpoint mapper [C706 O]: requests, and replies of which not one octet is believed before all were read. */
#include <rpc/epm_stub.h>

enum { ASK_TOWERS = 8 };

static troth_status request(troth_ndr_out *out, unsigned transfer, uint16_t opnum, troth_rpc_message *ret)
{
    if (out->st)
        return out->st;
    *ret = (troth_rpc_message){
        .abstract = troth_rpc_epm.syntax,
        .transfer = transfer,
        .opnum = opnum,
        .drep = { 0x10 },
        .stub = troth_ndr_out_bytes(out),
    };
    return TROTH_OK;
}

troth_status troth_rpc_epm_map_request(const troth_rpc_syntax *interface_id, unsigned transfer, troth_ndr_out *out,
                                       troth_rpc_message *ret)
{
    static const troth_rpc_handle null_handle;
    static const troth_uuid nil;
    /* every endpoint speaks NDR, whatever this question is asked in */
    troth_rpc_tower t = { .interface_id = *interface_id, .transfer = *troth_rpc_transfer_syntax(TROTH_RPC_NDR) };
    out->ndr64 = transfer == TROTH_RPC_NDR64;
    troth_ndr_put_pointer(out, true);
    troth_ndr_put_uuid(out, &nil);
    troth_ndr_put_pointer(out, true);
    troth_rpc_twr_put(out, &t);
    troth_ndr_put_handle(out, &null_handle);
    troth_ndr_put_u32(out, ASK_TOWERS);
    return request(out, transfer, EPT_MAP, ret);
}

troth_status troth_rpc_epm_lookup_request(const troth_rpc_handle *resume, unsigned transfer, troth_ndr_out *out,
                                          troth_rpc_message *ret)
{
    static const troth_rpc_handle null_handle;
    out->ndr64 = transfer == TROTH_RPC_NDR64;
    troth_ndr_put_u32(out, RPC_C_EP_ALL_ELTS);
    troth_ndr_put_pointer(out, false);
    troth_ndr_put_pointer(out, false);
    troth_ndr_put_u32(out, RPC_C_VERS_ALL);
    troth_ndr_put_handle(out, resume ? resume : &null_handle);
    troth_ndr_put_u32(out, EPT_ENTRIES_MAX);
    return request(out, transfer, EPT_LOOKUP, ret);
}

/* ---- replies ---------------------------------------------------------------------------------------------------- */

static troth_status judge(uint32_t status)
{
    if (status == EPT_S_NOT_REGISTERED || status == EPT_S_WIN_NOT_REGISTERED)
        return TROTH_NO_MECH;
    return status ? TROTH_PEER_REFUSED : TROTH_OK;
}

/* entry_handle and the counts of the array; how many elements follow. */
static uint32_t get_head(troth_ndr_in *in, troth_rpc_handle *ret_handle)
{
    *ret_handle = troth_ndr_get_handle(in);
    uint32_t n = troth_ndr_get_u32(in);
    size_t maximum = troth_ndr_get_count(in, EPT_ENTRIES_MAX);
    (void)troth_ndr_get_count(in, 0); /* offset */
    size_t actual = troth_ndr_get_count(in, maximum);
    if (!in->st && actual != n)
        in->st = TROTH_MALFORMED;
    return in->st ? 0 : n;
}

/* The first usable port of n towers whose pointers stand before them; 0 = none. */
static uint16_t get_ports(troth_ndr_in *in, uint32_t n)
{
    uint32_t towers = 0;
    uint16_t port = 0;
    for (uint32_t i = 0; i < n; i++)
        towers += troth_ndr_get_pointer(in);
    for (uint32_t i = 0; i < towers && !in->st; i++) {
        troth_rpc_tower t;
        troth_status st = troth_rpc_tower_read(troth_rpc_twr_get(in), &t);
        if (!in->st && st && st != TROTH_UNSUPPORTED)
            in->st = TROTH_MALFORMED;
        if (!st && !port)
            port = t.port;
    }
    return in->st ? 0 : port;
}

troth_status troth_rpc_epm_map_reply(const troth_rpc_message *reply, uint16_t *ret_port)
{
    if (reply->fault)
        return TROTH_PEER_REFUSED;
    troth_ndr_in in = troth_ndr_in_of(reply);
    troth_rpc_handle resume;
    uint32_t n = get_head(&in, &resume);
    uint16_t port = get_ports(&in, n);
    uint32_t status = troth_ndr_get_u32(&in);
    if (troth_ndr_end(&in))
        return TROTH_MALFORMED;
    troth_status st = judge(status);
    if (!st && !port)
        st = TROTH_NO_MECH;
    if (!st)
        *ret_port = port;
    return st;
}

/* An entry as it stands in the array: its tower comes behind all of them. */
typedef struct raw_entry {
    troth_uuid object;
    bool has_tower;
    char annotation[EPT_ANNOTATION_MAX];
} raw_entry;

static raw_entry get_entry(troth_ndr_in *in)
{
    raw_entry e = { 0 };
    troth_ndr_get_align(in, in->ndr64 ? 8 : 4);
    e.object = troth_ndr_get_uuid(in);
    e.has_tower = troth_ndr_get_pointer(in);
    (void)troth_ndr_get_count(in, 0); /* offset */
    size_t n = troth_ndr_get_count(in, EPT_ANNOTATION_MAX);
    const uint8_t *text = in->st ? NULL : troth_ndr_get_octets(in, n);
    for (size_t i = 0; text && i + 1 < n && text[i]; i++) /* the last is the terminator, whatever it is */
        e.annotation[i] = (char)text[i];
    return e;
}

/* A tower's part of an entry; a tower that is not ours to use still tells its interface. */
static troth_status describe(troth_bytes octets, troth_rpc_epm_entry *e)
{
    troth_rpc_tower t;
    troth_status st = troth_rpc_tower_read(octets, &t);
    if (st == TROTH_UNSUPPORTED) {
        st = troth_rpc_tower_interface(octets, &e->syntax);
        return st == TROTH_UNSUPPORTED ? TROTH_OK : st;
    }
    if (st)
        return st;
    e->syntax = t.interface_id;
    e->port = t.port;
    for (size_t i = 0; i < sizeof e->host; i++)
        e->host[i] = t.host[i];
    return TROTH_OK;
}

typedef void (*entry_fn)(void *self, const troth_rpc_epm_entry *e);

/* Go through n entries at `entries` and their towers at `in`; fn NULL = only to see whether all is well. */
static void walk(troth_ndr_in entries, troth_ndr_in *in, uint32_t n, entry_fn fn, void *self)
{
    for (uint32_t i = 0; i < n && !in->st; i++) {
        raw_entry raw = get_entry(&entries);
        troth_rpc_epm_entry e = { .object = raw.object, .annotation = raw.annotation };
        if (raw.has_tower && describe(troth_rpc_twr_get(in), &e) && !in->st)
            in->st = TROTH_MALFORMED;
        if (fn)
            fn(self, &e);
    }
}

troth_status troth_rpc_epm_lookup_reply(const troth_rpc_message *reply,
                                        void (*entry)(void *self, const troth_rpc_epm_entry *e), void *self,
                                        troth_rpc_handle *ret_resume)
{
    if (reply->fault)
        return TROTH_PEER_REFUSED;
    troth_ndr_in in = troth_ndr_in_of(reply);
    troth_rpc_handle resume;
    uint32_t n = get_head(&in, &resume);
    troth_ndr_in entries = in;
    for (uint32_t i = 0; i < n && !in.st; i++)
        (void)get_entry(&in);
    troth_ndr_in towers = in;
    walk(entries, &in, n, NULL, NULL);
    uint32_t status = troth_ndr_get_u32(&in);
    if (troth_ndr_end(&in))
        return TROTH_MALFORMED;
    troth_status st = judge(status);
    if (st)
        return st;
    walk(entries, &towers, n, entry, self);
    *ret_resume = resume;
    return TROTH_OK;
}
