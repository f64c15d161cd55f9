/*
 * Messages of GIOP as they come on a connection: put together, read, rewritten with another context 15, cut, put
 * together again; whatever is accepted keeps its body, at its alignment. First octet: length of the new context; second: where to cut.
 */
#include <fuzz.h>
#include <giop/frags.h>
#include <giop/rewrite.h>

enum { MOST = 1 << 16 };

static void *take_new(void *self, size_t n)
{
    (void)self;
    return calloc(1, n);
}

static void take_back(void *self, void *p, size_t n)
{
    (void)self, (void)n;
    free(p);
}

/* Split, put together again, compare. */
static void cut(const troth_env *env, troth_bytes message, size_t piece)
{
    troth_giop_frags f;
    troth_giop_whole whole = { { NULL, 0 }, NULL };
    troth_writer w = troth_writer_growing(env, 4 * MOST, TROTH_BE);
    troth_giop_split(&w, message, piece, NULL);
    fuzz_demand(!w.st);
    troth_giop_frags_init(&f, env, NULL);
    for (size_t at = 0; at < w.len;) {
        troth_giop_hdr h;
        troth_reader r = troth_reader_of(w.base + at, w.len - at, TROTH_BE);
        fuzz_demand(!troth_giop_hdr_read(&r, MOST, &h) && h.size <= troth_read_left(&r));
        troth_status st = troth_giop_frags_take(&f, (troth_bytes){ w.base + at, h.size + 12 }, 0, &whole);
        at += h.size + 12;
        fuzz_demand(at < w.len ? st == TROTH_AGAIN : !st);
    }
    fuzz_demand(whole.octets.len == message.len && !memcmp(whole.octets.data, message.data, message.len));
    troth_giop_frags_clear(&f);
    troth_writer_clear(&w);
}

typedef struct parts {
    troth_giop_span span;
    troth_giop_contexts contexts;
    size_t body;
} parts;

static bool read_parts(troth_bytes m, parts *ret)
{
    troth_giop_request q;
    troth_giop_reply r;
    if (!troth_giop_request_read(m, &q)) {
        fuzz_view(q.operation, m.data, m.len);
        fuzz_view(q.target.object_key, m.data, m.len);
        *ret = (parts){ q.span, q.contexts, q.body };
        return true;
    }
    if (troth_giop_reply_read(m, &r))
        return false;
    *ret = (parts){ r.span, r.contexts, r.body };
    troth_giop_system_exception x;
    troth_ior ior;
    (void)!troth_giop_system_exception_read(m, &r, &x);
    (void)!troth_giop_forward_read(m, &r, &ior);
    return true;
}

static void rewrite(const troth_env *env, troth_bytes m, uint8_t n, uint8_t piece)
{
    static const uint8_t token[256];
    parts p, q;
    if (!read_parts(m, &p))
        return;
    for (uint32_t i = 0; i < p.contexts.n; i++)
        fuzz_view(p.contexts.items[i].data, m.data, m.len);
    troth_giop_contexts_remove(&p.contexts, TROTH_GIOP_SAS);
    troth_giop_contexts_remove(&p.contexts, TROTH_GIOP_PADDING);
    if (p.contexts.n + 2 > TROTH_GIOP_CONTEXTS_MAX ||
        troth_giop_contexts_add(&p.contexts, 15, (troth_bytes){ token, n }))
        return;
    troth_writer w = troth_writer_growing(env, 2 * MOST, TROTH_BE);
    troth_giop_rewrite(&w, m, &p.span, &p.contexts);
    fuzz_demand(!w.st);
    troth_bytes out = { w.base, w.len };
    fuzz_demand(read_parts(out, &q));
    troth_giop_contexts_remove(&q.contexts, TROTH_GIOP_PADDING);
    fuzz_demand(q.contexts.n == p.contexts.n && out.len - q.body == m.len - p.body);
    fuzz_demand((m.len == p.body || p.body % 8 == q.body % 8) &&
                !memcmp(out.data + q.body, m.data + p.body, m.len - p.body));
    for (uint32_t i = 0; i < p.contexts.n; i++)
        fuzz_demand(q.contexts.items[i].id == p.contexts.items[i].id &&
                    q.contexts.items[i].data.len == p.contexts.items[i].data.len);
    cut(env, out, 64 + (size_t)piece);
    troth_writer_clear(&w);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const troth_env env = { .alloc = take_new, .release = take_back };
    const troth_giop_frag_limits limits = { .octets = MOST, .total = MOST, .pieces = 20 };
    if (size < 2 || size > MOST)
        return 0;
    uint8_t *p = fuzz_copy(data + 2, size - 2);
    troth_giop_frags f;
    troth_giop_frags_init(&f, &env, &limits);
    for (size_t at = 0, n = size - 2; at < n;) {
        troth_giop_hdr h;
        troth_giop_whole whole;
        troth_reader r = troth_reader_of(p + at, n - at, TROTH_BE);
        if (troth_giop_hdr_read(&r, MOST, &h) || h.size > troth_read_left(&r))
            break;
        troth_bytes one = { p + at, h.size + 12 };
        at += one.len;
        troth_status st = troth_giop_frags_take(&f, one, 0, &whole);
        if (st && st != TROTH_AGAIN)
            break;
        uint32_t id;
        if (!st && !troth_giop_cancel_read(whole.octets, &id))
            (void)troth_giop_frags_swallow(&f, id);
        troth_giop_locate_request q;
        if (!st)
            (void)!troth_giop_locate_request_read(whole.octets, &q);
        if (!st)
            rewrite(&env, whole.octets, data[0], data[1]);
    }
    troth_giop_frags_clear(&f);
    free(p);
    return 0;
}
