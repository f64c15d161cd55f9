/* Both ends of net.tcp as endpoints: the preamble in the clear, then a NegotiateStream. */
#include <nns/preamble.h>
#include <string.h>

enum { KEPT_MAX = 65536 };

static troth_nettcp *of(troth_endpoint *e)
{
    return (troth_nettcp *)e;
}

static troth_status verdict(const troth_nettcp *s)
{
    if (!s->closed)
        return TROTH_OK;
    return s->error.code ? s->error.code : TROTH_CLOSED;
}

static void step(troth_nettcp *s, uint8_t event, const void *arg)
{
    troth_status st = troth_fsm_step(&s->fsm, event, s, arg);
    (void)st; /* the machine has recorded it */
}

static bool in_clear(const troth_nettcp *s)
{
    return !s->upgraded;
}

static bool is_open(const troth_nettcp *s)
{
    return s->fsm.state == TROTH_NETTCP_OPEN;
}

static troth_status feed(troth_endpoint *e, uint8_t *bytes, size_t n, const troth_addr *from, uint64_t now,
                         size_t *ret_used)
{
    troth_nettcp *s = of(e);
    *ret_used = n;
    if (s->closed)
        return verdict(s);
    *ret_used = 0;
    if (s->established || s->preamble || s->data.len)
        return TROTH_OK;
    if (s->role == TROTH_ACCEPTOR && is_open(s))
        troth_queue_clear(&s->kept); /* the owner has seen it */
    if (!in_clear(s))
        return s->inner->ops->feed(s->inner, bytes, n, from, now, ret_used);
    if (s->fsm.state != TROTH_NETTCP_WRITING_PREAMBLE || s->role == TROTH_ACCEPTOR)
        *ret_used = troth_nettcp_read(s, bytes, n);
    return verdict(s);
}

static void feed_end(troth_endpoint *e, uint64_t now)
{
    troth_nettcp *s = of(e);
    if (s->closed)
        return;
    if (in_clear(s))
        step(s, TROTH_NETTCP_ON_PEER_CLOSED, NULL);
    else
        s->inner->ops->feed_end(s->inner, now);
}

static troth_status out(troth_endpoint *e, troth_bytes *ret, const troth_addr **ret_to)
{
    troth_nettcp *s = of(e);
    size_t n = troth_queue_len(&s->out);
    if (n) {
        *ret = (troth_bytes){ troth_queue_at(&s->out), n };
        if (ret_to)
            *ret_to = NULL;
        return TROTH_OK;
    }
    if (!in_clear(s))
        return s->inner->ops->out(s->inner, ret, ret_to);
    return s->closed ? TROTH_CLOSED : TROTH_AGAIN;
}

static void sent(troth_endpoint *e, size_t n)
{
    troth_nettcp *s = of(e);
    size_t own = troth_queue_len(&s->out);
    if (own) {
        troth_queue_drop(&s->out, n < own ? n : own);
        troth_queue_trim(&s->out);
        return;
    }
    s->inner->ops->sent(s->inner, n);
    troth_status st = troth_nettcp_flush(s, 0);
    (void)st; /* AGAIN, or a failure that the stream tells as an event */
}

/* Before the stream inside stands, the owner of a client may already send: its preamble, and what follows it. */
static troth_status submit_early(troth_nettcp *s, const troth_order_msg *order, size_t *ret_used)
{
    if (s->end_ordered)
        return TROTH_BAD_STATE;
    if (order->kind == TROTH_ORDER_END) {
        s->end_ordered = true;
        return TROTH_OK;
    }
    size_t used = troth_nettcp_take_own(s, order->data.data, order->data.len);
    *ret_used = used;
    if (s->closed)
        return verdict(s);
    size_t left = order->data.len - used, space = troth_queue_space(&s->kept);
    size_t part = left < space ? left : space;
    troth_status st = part ? troth_queue_put(&s->kept, order->data.data + used, part) : TROTH_OK;
    if (st) {
        step(s, TROTH_NETTCP_ON_CLOSE, &st);
        return verdict(s);
    }
    *ret_used += part;
    return part < left ? TROTH_AGAIN : TROTH_OK;
}

static troth_status submit(troth_endpoint *e, const troth_order_msg *order, uint64_t now, size_t *ret_used)
{
    troth_nettcp *s = of(e);
    *ret_used = 0;
    bool known = order->kind == TROTH_ORDER_DATA || order->kind == TROTH_ORDER_END;
    if (s->closed || !known)
        return s->closed ? TROTH_BAD_STATE : TROTH_INVALID;
    if (s->role == TROTH_INITIATOR && !is_open(s))
        return s->own_preamble ? submit_early(s, order, ret_used) : TROTH_BAD_STATE;
    troth_status st = troth_nettcp_flush(s, now);
    if (st)
        return st;
    return s->inner->ops->submit(s->inner, order, now, ret_used);
}

/* Data from inside while a record is awaited there. */
static void inspect(troth_nettcp *s, troth_bytes data)
{
    if (s->role == TROTH_INITIATOR) {
        size_t used = troth_nettcp_read(s, data.data, data.len);
        if (is_open(s))
            s->data = (troth_bytes){ data.data + used, data.len - used };
        return;
    }
    troth_nettcp_record r = { (troth_nmf_type)data.data[0], s->small, 0, 0 };
    step(s,
         r.type == TROTH_NMF_PREAMBLE_END      ? TROTH_NETTCP_ON_PREAMBLE_END
         : r.type == TROTH_NMF_UPGRADE_REQUEST ? TROTH_NETTCP_ON_UPGRADE_REQUEST
         : r.type == TROTH_NMF_FAULT           ? TROTH_NETTCP_ON_FAULT
                                               : TROTH_NETTCP_ON_OTHER_RECORD,
         &r);
    if (is_open(s))
        s->data = data; /* unchanged, for the owner */
}

static bool own_event(troth_nettcp *s, troth_event *ret)
{
    memset(ret, 0, sizeof *ret);
    if (s->established) {
        *ret = s->secured;
        s->established = false;
    } else if (s->preamble) {
        ret->kind = TROTH_EV_DATA;
        ret->data = (troth_bytes){ troth_queue_at(&s->kept), troth_queue_len(&s->kept) };
        s->preamble = false; /* authentic stays false: it came in the clear */
    } else if (s->data.len) {
        ret->kind = TROTH_EV_DATA;
        ret->data = s->data;
        ret->authentic = s->secured.level != TROTH_LEVEL_NONE;
        s->data = (troth_bytes){ NULL, 0 };
    } else if (s->closed && !s->told) {
        ret->kind = TROTH_EV_CLOSED;
        ret->error = s->error;
        s->told = true;
    }
    return ret->kind != 0;
}

/* True when the event is for the owner as it is. */
static bool translate(troth_nettcp *s, const troth_event *ev)
{
    switch (ev->kind) {
    case TROTH_EV_ESTABLISHED:
        s->secured = *ev;
        step(s, TROTH_NETTCP_ON_SECURED, NULL);
        troth_status st = troth_nettcp_flush(s, 0);
        (void)st; /* AGAIN: the rest after sent() */
        return false;
    case TROTH_EV_DATA:
        if (is_open(s))
            return true;
        inspect(s, ev->data);
        return false;
    case TROTH_EV_END:
        if (is_open(s))
            return true;
        step(s, TROTH_NETTCP_ON_PEER_CLOSED, NULL);
        return false;
    case TROTH_EV_CLOSED:
        step(s, TROTH_NETTCP_ON_INNER_CLOSED, &ev->error);
        return false;
    default:
        return true;
    }
}

static bool event(troth_endpoint *e, troth_event *ret)
{
    troth_nettcp *s = of(e);
    for (;;) {
        if (own_event(s, ret))
            return true;
        if (s->closed || !s->inner->ops->event(s->inner, ret))
            return false;
        if (translate(s, ret))
            return true;
    }
}

static void stepped(troth_endpoint *e, troth_job *job, uint64_t now)
{
    troth_nettcp *s = of(e);
    s->inner->ops->stepped(s->inner, job, now);
}

static uint64_t deadline(const troth_endpoint *e)
{
    const troth_nettcp *s = (const troth_nettcp *)e;
    if (s->closed)
        return UINT64_MAX;
    uint64_t inner = s->inner->ops->deadline(s->inner);
    return !is_open(s) && s->deadline < inner ? s->deadline : inner;
}

static void expire(troth_endpoint *e, uint64_t now)
{
    troth_nettcp *s = of(e);
    troth_status late = TROTH_TIMEOUT;
    if (s->closed)
        return;
    if (!is_open(s) && now >= s->deadline)
        step(s, TROTH_NETTCP_ON_CLOSE, &late);
    else
        s->inner->ops->expire(s->inner, now);
}

static void close_it(troth_endpoint *e, troth_status reason)
{
    troth_nettcp *s = of(e);
    if (!s->closed)
        step(s, TROTH_NETTCP_ON_CLOSE, &reason);
}

static const troth_error *error(const troth_endpoint *e)
{
    return &((const troth_nettcp *)e)->error;
}

static void destroy(troth_endpoint *e)
{
    troth_nettcp *s = of(e);
    if (s->inner)
        s->inner->ops->free(s->inner);
    troth_queue_clear(&s->kept);
    troth_queue_clear(&s->out);
    troth_mem_free(s->env, s, sizeof *s);
}

static const troth_endpoint_ops ops = {
    .wire = "net.tcp",
    .feed = feed,
    .feed_end = feed_end,
    .out = out,
    .sent = sent,
    .submit = submit,
    .event = event,
    .stepped = stepped,
    .deadline = deadline,
    .expire = expire,
    .close = close_it,
    .error = error,
    .free = destroy,
};

/* ---- construction ---- */

/* Version, Mode, Via, Known Encoding. [MC-NMF 2.2.6] */
static troth_status write_preamble(troth_nettcp *s, const troth_nettcp_options *o)
{
    uint8_t head[5 + TROTH_NMF_HEAD_MAX] = { TROTH_NMF_VERSION, 1, 0, TROTH_NMF_MODE };
    size_t via = strlen(o->via);
    head[4] = (uint8_t)(o->mode ? o->mode : TROTH_NMF_DUPLEX);
    size_t n = 5 + troth_nmf_head(TROTH_NMF_VIA, (uint32_t)via, head + 5);
    uint8_t encoding[] = { TROTH_NMF_KNOWN_ENCODING, (uint8_t)(o->encoding ? o->encoding - 1 : 8) };
    troth_status st = troth_queue_put(&s->out, head, n);
    if (!st)
        st = troth_queue_put(&s->out, o->via, via);
    return st ? st : troth_queue_put(&s->out, encoding, sizeof encoding);
}

static bool valid(const troth_nettcp_options *o, troth_role role)
{
    if (!o->nns.env || o->mode > TROTH_NMF_DUPLEX || o->encoding > 9) /* other modes have no upgrade */
        return false;
    return role == TROTH_ACCEPTOR || !o->via || (*o->via && strlen(o->via) <= 2048);
}

static troth_status start(troth_nettcp *s, const troth_nettcp_options *o, uint64_t now)
{
    uint64_t ms = o->nns.handshake_ms ? o->nns.handshake_ms : 10000;
    s->deadline = now > UINT64_MAX - ms ? UINT64_MAX : now + ms;
    troth_nmf_reader_init(&s->reader, NULL);
    troth_queue_init(&s->kept, s->env, KEPT_MAX);
    troth_queue_init(&s->out, s->env, KEPT_MAX);
    bool client = s->role == TROTH_INITIATOR;
    troth_fsm_init(&s->fsm, client ? &troth_nettcp_client_fsm : &troth_nettcp_server_fsm, s->env);
    troth_status st =
        client ? troth_nns_client_new(&o->nns, now, &s->inner) : troth_nns_server_new(&o->nns, now, &s->inner);
    if (st || !client || !o->via)
        return st;
    st = write_preamble(s, o);
    return st ? st : troth_fsm_step(&s->fsm, TROTH_NETTCP_ON_START, s, NULL);
}

static troth_status make(const troth_nettcp_options *o, troth_role role, uint64_t now, troth_endpoint **ret)
{
    if (!valid(o, role))
        return TROTH_INVALID;
    troth_nettcp *s = troth_mem_new(o->nns.env, sizeof *s);
    if (!s)
        return TROTH_NO_MEMORY;
    *s = (troth_nettcp){
        .ep = { &ops }, .env = o->nns.env, .role = role, .own_preamble = !o->via, .error = { .where = "" }
    };
    troth_status st = start(s, o, now);
    if (st) {
        destroy(&s->ep);
        return st;
    }
    *ret = &s->ep;
    return TROTH_OK;
}

troth_status troth_nettcp_client_new(const troth_nettcp_options *opts, uint64_t now, troth_endpoint **ret)
{
    return make(opts, TROTH_INITIATOR, now, ret);
}

troth_status troth_nettcp_server_new(const troth_nettcp_options *opts, uint64_t now, troth_endpoint **ret)
{
    return make(opts, TROTH_ACCEPTOR, now, ret);
}
