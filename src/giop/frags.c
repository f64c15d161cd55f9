#include <giop/frags.h>

enum { AT_FLAGS = 6, AT_REQUEST_ID = 12, HDR_1_2 = 16, FLAG_MORE = 2 };

void troth_giop_frags_init(troth_giop_frags *f, const troth_env *env, const troth_giop_frag_limits *limits)
{
    *f = (troth_giop_frags){ .env = env };
    if (limits)
        f->limits = *limits;
    f->limits.octets = f->limits.octets ? f->limits.octets : 1u << 20;
    f->limits.total = f->limits.total ? f->limits.total : 4u << 20;
    f->limits.pieces = f->limits.pieces ? f->limits.pieces : 4096;
    f->whole = troth_writer_growing(env, f->limits.octets, TROTH_BE);
}

static void release(troth_giop_unfinished *u)
{
    troth_writer_clear(&u->octets);
    *u = (troth_giop_unfinished){ 0 };
}

void troth_giop_frags_clear(troth_giop_frags *f)
{
    for (size_t i = 0; i < TROTH_GIOP_UNFINISHED_MAX; i++) {
        if (f->slots[i].used)
            release(&f->slots[i]);
    }
    troth_writer_clear(&f->whole);
    f->cuts.n = 0;
}

/* The unfinished message of this id; before 1.2 there is one, without an id. */
static troth_giop_unfinished *find(troth_giop_frags *f, uint8_t minor, uint32_t request_id)
{
    for (size_t i = 0; i < TROTH_GIOP_UNFINISHED_MAX; i++) {
        troth_giop_unfinished *u = &f->slots[i];
        if (u->used && (u->minor < 2 ? minor < 2 : minor >= 2 && u->request_id == request_id))
            return u;
    }
    return NULL;
}

/* A free slot, or one whose message is waited for by nobody. */
static troth_giop_unfinished *take_slot(troth_giop_frags *f)
{
    troth_giop_unfinished *swallowed = NULL;
    for (size_t i = 0; i < TROTH_GIOP_UNFINISHED_MAX; i++) {
        if (!f->slots[i].used)
            return &f->slots[i];
        if (f->slots[i].swallowed)
            swallowed = &f->slots[i];
    }
    if (swallowed)
        release(swallowed);
    return swallowed;
}

static size_t kept(const troth_giop_frags *f)
{
    size_t n = 0;
    for (size_t i = 0; i < TROTH_GIOP_UNFINISHED_MAX; i++)
        n += f->slots[i].octets.len;
    return n;
}

static troth_status keep(troth_giop_frags *f, troth_giop_unfinished *u, const uint8_t *p, size_t n)
{
    if (u->swallowed)
        return TROTH_OK;
    if (n > f->limits.total || kept(f) > f->limits.total - n || u->pieces >= f->limits.pieces)
        return TROTH_LIMIT;
    u->pieces++;
    troth_write_bytes(&u->octets, p, n);
    return u->octets.st;
}

/* The first piece of a message. */
static troth_status begin(troth_giop_frags *f, const troth_giop_hdr *h, uint32_t request_id, troth_bytes message,
                          uint64_t now)
{
    troth_giop_unfinished *u = take_slot(f);
    if (!u)
        return TROTH_LIMIT;
    *u = (troth_giop_unfinished){ .used = true,
                                  .minor = h->minor,
                                  .type = h->type,
                                  .request_id = request_id,
                                  .since = now,
                                  .octets = troth_writer_growing(f->env, f->limits.octets, h->order) };
    if (h->minor < 2)
        f->cuts.n = 0;
    troth_status st = keep(f, u, message.data, message.len);
    return st ? st : TROTH_AGAIN;
}

/* The message is whole: it moves out of its slot, and says so in its header. */
static void complete(troth_giop_frags *f, troth_giop_unfinished *u, troth_giop_whole *ret)
{
    uint8_t minor = u->minor;
    f->whole = u->octets;
    u->octets = troth_writer_growing(f->env, 0, TROTH_BE);
    release(u);
    f->whole.base[AT_FLAGS] &= (uint8_t)~FLAG_MORE;
    troth_giop_finish(&f->whole, 0);
    *ret = (troth_giop_whole){ { f->whole.base, f->whole.len }, minor < 2 ? &f->cuts : NULL };
}

static troth_status cut_here(troth_giop_frags *f, const troth_giop_unfinished *u)
{
    if (u->minor >= 2 || u->swallowed)
        return TROTH_OK;
    if (f->cuts.n == TROTH_GIOP_CUTS_MAX)
        return TROTH_LIMIT;
    f->cuts.at[f->cuts.n++] = u->octets.len;
    return TROTH_OK;
}

/* A Fragment. */
static troth_status go_on(troth_giop_frags *f, const troth_giop_hdr *h, troth_giop_unfinished *u, troth_bytes message,
                          troth_giop_whole *ret)
{
    if (!u)
        return TROTH_UNEXPECTED;
    if (h->minor != u->minor || (!u->swallowed && h->order != u->octets.order))
        return TROTH_MALFORMED;
    size_t skip = h->minor < 2 ? TROTH_GIOP_HDR : HDR_1_2;
    troth_status st = cut_here(f, u);
    if (!st)
        st = keep(f, u, message.data + skip, message.len - skip);
    if (st)
        return st;
    if (h->more)
        return TROTH_AGAIN;
    if (u->swallowed) {
        release(u);
        return TROTH_AGAIN;
    }
    complete(f, u, ret);
    return TROTH_OK;
}

/* The id behind the header, which every message of 1.2 that can be cut has in its first piece and in each fragment. */
static troth_status id_of(const troth_giop_hdr *h, troth_bytes message, uint32_t *ret)
{
    if (h->minor < 2)
        return TROTH_OK;
    troth_cdr c = troth_cdr_of(message, AT_REQUEST_ID, h->order);
    *ret = troth_cdr_u32(&c);
    if (c.r.st || (h->more && message.len % 8))
        return TROTH_MALFORMED;
    return TROTH_OK;
}

static troth_status take_other(troth_giop_frags *f, const troth_giop_hdr *h, uint32_t id, troth_bytes message,
                               uint64_t now, troth_giop_whole *ret)
{
    bool has_id = h->type != TROTH_GIOP_CANCEL_REQUEST && h->type != TROTH_GIOP_CLOSE_CONNECTION &&
                  h->type != TROTH_GIOP_MESSAGE_ERROR;
    bool one_at_a_time = h->minor < 2 && (h->type == TROTH_GIOP_REQUEST || h->type == TROTH_GIOP_REPLY);
    troth_giop_unfinished *u = has_id && (h->minor >= 2 || one_at_a_time) ? find(f, h->minor, id) : NULL;
    if (u && !u->swallowed)
        return TROTH_UNEXPECTED;
    if (u) /* cancelled, and nothing more comes of it [CORBA 15.4.9] */
        release(u);
    if (h->more)
        return begin(f, h, id, message, now);
    *ret = (troth_giop_whole){ message, NULL };
    return TROTH_OK;
}

troth_status troth_giop_frags_take(troth_giop_frags *f, troth_bytes message, uint64_t now, troth_giop_whole *ret)
{
    troth_reader r = troth_reader_of(message.data, message.len, TROTH_BE);
    troth_giop_hdr h;
    uint32_t id = 0;
    troth_writer_clear(&f->whole);
    troth_status st = troth_giop_hdr_read(&r, UINT32_MAX, &h);
    if (st)
        return st;
    if (h.size != troth_read_left(&r))
        return TROTH_MALFORMED;
    if (h.type == TROTH_GIOP_FRAGMENT || h.more)
        st = id_of(&h, message, &id);
    else if (h.minor >= 2 && h.size >= 4) {
        troth_cdr c = troth_cdr_of(message, AT_REQUEST_ID, h.order);
        id = troth_cdr_u32(&c);
    }
    if (st)
        return st;
    if (h.type == TROTH_GIOP_FRAGMENT)
        return go_on(f, &h, find(f, h.minor, id), message, ret);
    return take_other(f, &h, id, message, now, ret);
}

bool troth_giop_frags_swallow(troth_giop_frags *f, uint32_t request_id)
{
    troth_giop_unfinished *u = find(f, 2, request_id);
    if (!u)
        u = find(f, 1, 0);
    if (!u)
        return false;
    troth_writer_clear(&u->octets);
    u->swallowed = true;
    return true;
}

bool troth_giop_frags_oldest(const troth_giop_frags *f, uint64_t *ret_since)
{
    bool any = false;
    uint64_t oldest = 0;
    for (size_t i = 0; i < TROTH_GIOP_UNFINISHED_MAX; i++) {
        const troth_giop_unfinished *u = &f->slots[i];
        if (!u->used || u->swallowed || (any && u->since >= oldest))
            continue;
        any = true;
        oldest = u->since;
    }
    if (any)
        *ret_since = oldest;
    return any;
}
