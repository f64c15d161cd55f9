/*
 * The endpoint mapper [C706 O; MS-RPCE 2.2.1.2]: reads of a map that is filled by troth_rpc_server_publish alone.
 *
 * An inquiry that does not fit one reply goes on by entry_handle. The handle is only numbers made to look like one: the
 * place in the map, the association group that it is good for, and a mark of ours. Every call repeats its criteria, so
 * nothing needs to be kept, and no flood of inquiries costs memory. Who makes up a handle of his own sees what everybody
 * may see.
 */
#include <rpc/epm_stub.h>

/* What an inquiry asks for. exact: only the entries of this very object; else those without one match, too. */
typedef struct inquiry {
    bool by_interface, by_object, exact;
    uint32_t vers_option, max;
    troth_uuid object;
    troth_rpc_syntax interface_id;
    unsigned transfer;
    troth_rpc_handle handle;
} inquiry;

/* The entries that one reply holds; next is the place to go on from, 0 = none is left. */
typedef struct page {
    const troth_rpc_published *entry[EPT_ENTRIES_MAX];
    uint32_t n, next;
} page;

/* ---- entry handles ---------------------------------------------------------------------------------------------- */

static const uint8_t handle_mark[8] = { 'e', 'p', 't', 'p', 'l', 'a', 'c', 'e' };

static troth_rpc_handle handle_of(const troth_rpc_call *c, uint32_t place)
{
    troth_rpc_handle h = { 0 };
    if (!place)
        return h;
    troth_writer w = troth_writer_over(h.uuid.octets, sizeof h.uuid.octets, TROTH_BE);
    troth_write_bytes(&w, handle_mark, sizeof handle_mark);
    troth_write_u32(&w, troth_rpc_call_caller(c)->group);
    troth_write_u32(&w, place);
    return h;
}

/* The place that a handle stands for; false = not a handle of ours, or another group's [C706 14.2.16.6]. */
static bool place_of(const troth_rpc_call *c, const troth_rpc_handle *h, uint32_t *ret)
{
    static const troth_uuid nil;
    if (!h->attributes && troth_uuid_equal(&h->uuid, &nil)) {
        *ret = 0;
        return true;
    }
    troth_reader r = troth_reader_of(h->uuid.octets, sizeof h->uuid.octets, TROTH_BE);
    (void)troth_read_bytes(&r, sizeof handle_mark + 4);
    uint32_t place = troth_read_u32(&r);
    troth_rpc_handle made = handle_of(c, place);
    if (!place || h->attributes || !troth_uuid_equal(&made.uuid, &h->uuid))
        return false;
    *ret = place;
    return true;
}

/* ---- the map ---------------------------------------------------------------------------------------------------- */

static bool version_fits(const inquiry *q, const troth_rpc_syntax *s)
{
    const troth_rpc_syntax *asked = &q->interface_id;
    switch (q->vers_option) {
    case RPC_C_VERS_ALL:
        return true;
    case RPC_C_VERS_COMPATIBLE:
        return s->major == asked->major && s->minor >= asked->minor;
    case RPC_C_VERS_EXACT:
        return s->major == asked->major && s->minor == asked->minor;
    case RPC_C_VERS_MAJOR_ONLY:
        return s->major == asked->major;
    default: /* RPC_C_VERS_UPTO */
        return s->major < asked->major || (s->major == asked->major && s->minor <= asked->minor);
    }
}

/* An interface of another process is only known to be there, so it is taken to speak NDR. */
static bool speaks(const troth_rpc_interface *i, unsigned transfer)
{
    return ((i && i->transfer ? i->transfer : TROTH_RPC_NDR) & transfer) != 0;
}

static bool matches(const troth_rpc_server *s, const inquiry *q, const troth_rpc_published *p)
{
    static const troth_uuid nil;
    const troth_rpc_interface *i = troth_rpc_server_find(s, &p->syntax);
    if ((i && i->hidden) || !speaks(i, q->transfer))
        return false;
    if (q->by_interface && !(troth_uuid_equal(&p->syntax.uuid, &q->interface_id.uuid) && version_fits(q, &p->syntax)))
        return false;
    return !q->by_object || troth_uuid_equal(&p->object, &q->object) ||
           (!q->exact && troth_uuid_equal(&p->object, &nil));
}

static void fill_page(const troth_rpc_server *s, const inquiry *q, uint32_t from, page *ret)
{
    uint32_t place = 0;
    ret->n = ret->next = 0;
    for (const troth_rpc_published *p = s->endpoints; p; p = p->next, place++) {
        if (place < from || !matches(s, q, p))
            continue;
        if (ret->n == q->max) {
            ret->next = place;
            return;
        }
        ret->entry[ret->n++] = p;
    }
}

/* ---- replies ---------------------------------------------------------------------------------------------------- */

/* Where the caller reached us; what is no IPv4 address leaves it unspecified. */
static void local_address(const troth_rpc_call *c, uint8_t ret[4])
{
    const troth_transport *t = troth_rpc_call_caller(c)->transport;
    uint16_t port;
    if (t && t->local)
        (void)troth_rpc_address_read(t->local, ret, &port);
}

static troth_rpc_tower tower_of(const troth_rpc_call *c, const inquiry *q, const troth_rpc_published *p)
{
    troth_rpc_tower t = { .interface_id = p->syntax,
                          .transfer = *troth_rpc_transfer_syntax(q->transfer),
                          .port = p->port };
    for (size_t i = 0; i < sizeof t.host; i++)
        t.host[i] = p->host[i];
    if (!(t.host[0] | t.host[1] | t.host[2] | t.host[3]))
        local_address(c, t.host);
    return t;
}

/* entry_handle, the number of elements, and the counts of the conformant and varying array that follows. */
static void put_head(troth_ndr_out *out, const troth_rpc_call *c, const inquiry *q, const page *pg)
{
    troth_rpc_handle h = handle_of(c, pg->next);
    troth_ndr_put_handle(out, &h);
    troth_ndr_put_u32(out, pg->n);
    troth_ndr_put_count(out, q->max);
    troth_ndr_put_count(out, 0);
    troth_ndr_put_count(out, pg->n);
}

static void put_towers(troth_ndr_out *out, const troth_rpc_call *c, const inquiry *q, const page *pg)
{
    for (uint32_t i = 0; i < pg->n; i++) {
        troth_rpc_tower t = tower_of(c, q, pg->entry[i]);
        troth_rpc_twr_put(out, &t);
    }
}

/* A varying string, cut to what its type can hold. */
static void put_annotation(troth_ndr_out *out, const char *text)
{
    size_t n = 0;
    while (text && text[n] && n < EPT_ANNOTATION_MAX - 1)
        n++;
    troth_ndr_put_count(out, 0);
    troth_ndr_put_count(out, n + 1);
    if (n)
        troth_ndr_put_octets(out, text, n);
    troth_ndr_put_u8(out, 0);
}

static void put_entries(troth_ndr_out *out, const page *pg)
{
    for (uint32_t i = 0; i < pg->n; i++) {
        troth_ndr_put_align(out, out->ndr64 ? 8 : 4);
        troth_ndr_put_uuid(out, &pg->entry[i]->object);
        troth_ndr_put_pointer(out, true);
        put_annotation(out, pg->entry[i]->annotation);
    }
}

static void answer(troth_rpc_call *c, const inquiry *q, bool with_entries, uint32_t refusal)
{
    uint32_t from = 0;
    if (!place_of(c, &q->handle, &from)) {
        troth_rpc_call_fault(c, TROTH_NCA_S_FAULT_CONTEXT_MISMATCH);
        return;
    }
    page pg;
    pg.n = pg.next = 0;
    if (!refusal)
        fill_page(troth_rpc_call_server(c), q, from, &pg);
    troth_ndr_out out = troth_ndr_out_for(c);
    put_head(&out, c, q, &pg);
    if (with_entries)
        put_entries(&out, &pg);
    for (uint32_t i = 0; !with_entries && i < pg.n; i++)
        troth_ndr_put_pointer(&out, true);
    put_towers(&out, c, q, &pg);
    troth_ndr_put_u32(&out, refusal ? refusal : pg.n ? 0 : EPT_S_NOT_REGISTERED);
    troth_ndr_reply(&out, c);
}

/* ---- operations ------------------------------------------------------------------------------------------------- */

/* max_ents or max_towers: its range bounds the reply. */
static uint32_t get_max(troth_ndr_in *in)
{
    uint32_t max = troth_ndr_get_u32(in);
    if (!in->st && max > EPT_ENTRIES_MAX)
        in->st = TROTH_MALFORMED;
    return in->st ? 0 : max;
}

/* Why an inquiry cannot be carried out, or 0. Nothing can be told in a reply of no elements. */
static uint32_t lookup_refusal(const inquiry *q, bool has_interface)
{
    if (!q->max || (q->by_interface && !has_interface))
        return EPT_S_CANT_PERFORM_OP;
    if (q->by_interface && (q->vers_option < RPC_C_VERS_ALL || q->vers_option > RPC_C_VERS_UPTO))
        return RPC_S_INVALID_VERS_OPTION;
    return 0;
}

static void ept_lookup(void *self, troth_rpc_call *c)
{
    (void)self;
    troth_ndr_in in = troth_ndr_in_of(troth_rpc_call_request(c));
    inquiry q = { .exact = true, .transfer = TROTH_RPC_NDR };
    uint32_t inquiry_type = troth_ndr_get_u32(&in);
    if (troth_ndr_get_pointer(&in))
        q.object = troth_ndr_get_uuid(&in);
    bool has_interface = troth_ndr_get_pointer(&in);
    if (has_interface) {
        q.interface_id.uuid = troth_ndr_get_uuid(&in);
        q.interface_id.major = troth_ndr_get_u16(&in);
        q.interface_id.minor = troth_ndr_get_u16(&in);
    }
    q.vers_option = troth_ndr_get_u32(&in);
    q.handle = troth_ndr_get_handle(&in);
    q.max = get_max(&in);
    if (troth_rpc_stub_refused(&in, c))
        return;
    /* any other type asks for everything, as Windows has it [MS-RPCE <25>] */
    q.by_interface = inquiry_type == RPC_C_EP_MATCH_BY_IF || inquiry_type == RPC_C_EP_MATCH_BY_BOTH;
    q.by_object = inquiry_type == RPC_C_EP_MATCH_BY_OBJ || inquiry_type == RPC_C_EP_MATCH_BY_BOTH;
    answer(c, &q, true, lookup_refusal(&q, has_interface));
}

/* What a tower asks for. A tower of another protocol is no fault: nothing is registered for it. */
static uint32_t map_refusal(inquiry *q, troth_bytes octets)
{
    troth_rpc_tower t;
    if (!q->max || !octets.data)
        return EPT_S_CANT_PERFORM_OP;
    troth_status st = troth_rpc_tower_read(octets, &t);
    if (st)
        return st == TROTH_UNSUPPORTED ? (uint32_t)EPT_S_NOT_REGISTERED : (uint32_t)EPT_S_CANT_PERFORM_OP;
    q->interface_id = t.interface_id;
    q->transfer = troth_rpc_transfer_of(&t.transfer);
    return q->transfer ? 0 : EPT_S_NOT_REGISTERED;
}

static void ept_map(void *self, troth_rpc_call *c)
{
    (void)self;
    troth_ndr_in in = troth_ndr_in_of(troth_rpc_call_request(c));
    inquiry q = { .by_interface = true, .by_object = true, .vers_option = RPC_C_VERS_COMPATIBLE };
    troth_bytes octets = { NULL, 0 };
    if (troth_ndr_get_pointer(&in))
        q.object = troth_ndr_get_uuid(&in);
    if (troth_ndr_get_pointer(&in))
        octets = troth_rpc_twr_get(&in);
    q.handle = troth_ndr_get_handle(&in);
    q.max = get_max(&in);
    if (!troth_rpc_stub_refused(&in, c))
        answer(c, &q, false, map_refusal(&q, octets));
}

static void ept_lookup_handle_free(void *self, troth_rpc_call *c)
{
    (void)self;
    troth_ndr_in in = troth_ndr_in_of(troth_rpc_call_request(c));
    troth_rpc_handle h = troth_ndr_get_handle(&in);
    uint32_t place;
    if (troth_rpc_stub_refused(&in, c))
        return;
    if (!place_of(c, &h, &place)) {
        troth_rpc_call_fault(c, TROTH_NCA_S_FAULT_CONTEXT_MISMATCH);
        return;
    }
    troth_ndr_out out = troth_ndr_out_for(c);
    h = handle_of(c, 0);
    troth_ndr_put_handle(&out, &h);
    troth_ndr_put_u32(&out, 0);
    troth_ndr_reply(&out, c);
}

static void ept_inq_object(void *self, troth_rpc_call *c)
{
    static const troth_uuid nil;
    (void)self;
    troth_ndr_out out = troth_ndr_out_for(c);
    troth_ndr_put_uuid(&out, &nil);
    troth_ndr_put_u32(&out, EPT_S_CANT_PERFORM_OP);
    troth_ndr_reply(&out, c);
}

/* ept_insert, ept_delete, ept_mgmt_delete: nobody registers with us from outside [MS-RPCE 2.2.1.2.6, .7, .10]. */
static void refuse(void *self, troth_rpc_call *c)
{
    (void)self;
    troth_rpc_reply_status(c, EPT_S_CANT_PERFORM_OP);
}

static const troth_rpc_handler ops[EPT_OPS] = {
    [EPT_INSERT] = refuse,
    [EPT_DELETE] = refuse,
    [EPT_LOOKUP] = ept_lookup,
    [EPT_MAP] = ept_map,
    [EPT_LOOKUP_HANDLE_FREE] = ept_lookup_handle_free,
    [EPT_INQ_OBJECT] = ept_inq_object,
    [EPT_MGMT_DELETE] = refuse,
};

const troth_rpc_interface troth_rpc_epm = {
    .name = "epmapper",
    .syntax = { { { 0xe1, 0xaf, 0x83, 0x08, 0x5d, 0x1f, 0x11, 0xc9, 0x91, 0xa4, 0x08, 0x00, 0x2b, 0x14, 0xa0, 0xfa } },
                3,
                0 },
    .transfer = TROTH_RPC_NDR | TROTH_RPC_NDR64,
    .ops = ops,
    .n_ops = EPT_OPS,
};
