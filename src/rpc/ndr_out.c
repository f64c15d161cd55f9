/* Writing stubs, over the growing writer of base. [C706 14; MS-RPCE 2.2.5] */
#include <base/utf16.h>
#include <base/uuid.h>
#include <rpc/call.h>
#include <string.h>
#include <troth/ndr.h>

/* What an answer may hold: as much as the largest request by default. */
enum { ANSWER_MAX = 4194304 };

/* The cursor as a writer, and back. */
static troth_writer writer(const troth_ndr_out *n)
{
    troth_writer w = troth_writer_growing(n->env, n->max, TROTH_LE);
    w.base = n->base;
    w.len = n->len;
    w.cap = n->cap;
    w.st = n->st;
    return w;
}

static void keep(troth_ndr_out *n, const troth_writer *w)
{
    n->base = w->base;
    n->len = w->len;
    n->cap = w->cap;
    n->st = w->st;
}

static void align(troth_writer *w, size_t to)
{
    troth_write_zeros(w, (to - w->len % to) % to);
}

static void number(troth_ndr_out *n, uint64_t v, size_t width)
{
    troth_writer w = writer(n);
    align(&w, width);
    uint8_t *p = troth_write_room(&w, width);
    for (size_t i = 0; p && i < width; i++)
        p[i] = (uint8_t)(v >> 8 * i);
    keep(n, &w);
}

troth_ndr_out troth_ndr_out_for(troth_rpc_call *c)
{
    return troth_ndr_out_new(c->env, c->request.transfer, ANSWER_MAX);
}

troth_ndr_out troth_ndr_out_new(const troth_env *env, unsigned transfer, size_t max)
{
    return (troth_ndr_out){ .env = env, .max = max, .ndr64 = transfer == TROTH_RPC_NDR64 };
}

void troth_ndr_out_clear(troth_ndr_out *n)
{
    troth_mem_free(n->env, n->base, n->cap);
    *n = (troth_ndr_out){ .env = n->env, .max = n->max, .ndr64 = n->ndr64 };
}

troth_bytes troth_ndr_out_bytes(const troth_ndr_out *n)
{
    return (troth_bytes){ n->base, n->len };
}

void troth_ndr_put_align(troth_ndr_out *n, size_t to)
{
    troth_writer w = writer(n);
    align(&w, to);
    keep(n, &w);
}

void troth_ndr_put_u8(troth_ndr_out *n, uint8_t v)
{
    number(n, v, 1);
}

void troth_ndr_put_u16(troth_ndr_out *n, uint16_t v)
{
    number(n, v, 2);
}

void troth_ndr_put_u32(troth_ndr_out *n, uint32_t v)
{
    number(n, v, 4);
}

void troth_ndr_put_u64(troth_ndr_out *n, uint64_t v)
{
    number(n, v, 8);
}

void troth_ndr_put_enum(troth_ndr_out *n, uint32_t v)
{
    if (!n->ndr64 && v > UINT16_MAX && !n->st)
        n->st = TROTH_LIMIT;
    number(n, v, n->ndr64 ? 4 : 2);
}

void troth_ndr_put_count(troth_ndr_out *n, size_t v)
{
    if (!n->ndr64 && v > UINT32_MAX && !n->st)
        n->st = TROTH_LIMIT;
    number(n, v, n->ndr64 ? 8 : 4);
}

void troth_ndr_put_pointer(troth_ndr_out *n, bool not_null)
{
    uint32_t id = not_null ? 0x00020000 + 4 * n->referents++ : 0; /* as its peers number them */
    number(n, id, n->ndr64 ? 8 : 4);
}

void troth_ndr_put_octets(troth_ndr_out *n, const void *p, size_t n_octets)
{
    troth_writer w = writer(n);
    troth_write_bytes(&w, p, n_octets);
    keep(n, &w);
}

void troth_ndr_put_uuid(troth_ndr_out *n, const troth_uuid *u)
{
    troth_writer w = writer(n);
    align(&w, 4);
    troth_uuid_write(&w, u);
    keep(n, &w);
}

void troth_ndr_put_handle(troth_ndr_out *n, const troth_rpc_handle *h)
{
    troth_ndr_put_u32(n, h->attributes);
    troth_ndr_put_uuid(n, &h->uuid);
}

void troth_ndr_put_string8(troth_ndr_out *n, const char *text)
{
    size_t count = strlen(text) + 1;
    troth_ndr_put_count(n, count);
    troth_ndr_put_count(n, 0);
    troth_ndr_put_count(n, count);
    troth_ndr_put_octets(n, text, count);
}

void troth_ndr_put_string16(troth_ndr_out *n, const char *text)
{
    troth_ndr_put_count(n, 0); /* both counts are known when the text was converted */
    size_t wide = n->ndr64 ? 8 : 4, maximum = n->len - (n->st ? 0 : wide);
    troth_ndr_put_count(n, 0);
    troth_ndr_put_count(n, 0);
    troth_writer w = writer(n);
    size_t start = w.len;
    troth_utf16_write(&w, (troth_bytes){ (const uint8_t *)text, strlen(text) });
    troth_write_u16(&w, 0);
    uint32_t count = (uint32_t)((w.len - start) / 2);
    troth_write_patch32(&w, maximum, count);
    troth_write_patch32(&w, maximum + 2 * wide, count);
    keep(n, &w);
}

void troth_ndr_reply(troth_ndr_out *n, troth_rpc_call *c)
{
    if (!n->st)
        troth_rpc_call_reply(c, troth_ndr_out_bytes(n));
    else if (n->st == TROTH_NO_MEMORY)
        troth_rpc_call_fault(c, TROTH_NCA_S_FAULT_REMOTE_NO_MEMORY);
    else
        troth_rpc_call_fault(c, n->st == TROTH_LIMIT ? TROTH_NCA_S_OUT_ARGS_TOO_BIG : TROTH_NCA_S_FAULT_UNSPEC);
    troth_ndr_out_clear(n);
}
