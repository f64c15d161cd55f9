#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <support/iiop.h>
#include <support/test.h>

static const uint8_t fill[256];

/* ---- the owner ---- */

void iiop_begin(iiop_end *x, troth_endpoint *e)
{
    *x = (iiop_end){ .e = e, .now = 1000, .up = malloc(IIOP_OCTETS), .out = malloc(IIOP_OCTETS) };
    assert_non_null(x->up);
    assert_non_null(x->out);
}

void iiop_finish(iiop_end *x)
{
    troth_endpoint_free(x->e);
    free(x->up);
    free(x->out);
    x->e = NULL;
}

void iiop_forget(iiop_end *x)
{
    x->n_up = x->n_out = 0;
    x->n_calls = x->n_established = x->n_warnings = 0;
}

static void note(iiop_call *list, unsigned *n, const troth_event *ev)
{
    assert_true(*n < IIOP_NOTES);
    iiop_call *c = &list[(*n)++];
    c->id = ev->id;
    c->facts = ev->facts;
    snprintf(c->peer, sizeof c->peer, "%s", ev->facts.peer.name);
    snprintf(c->self, sizeof c->self, "%s", ev->facts.self.name);
}

static void append(uint8_t *to, size_t *n, troth_bytes octets)
{
    assert_true(octets.len <= IIOP_OCTETS - *n);
    memcpy(to + *n, octets.data, octets.len);
    *n += octets.len;
}

static void take(iiop_end *x, const troth_event *ev)
{
    assert_false(x->n_closed);
    switch (ev->kind) {
    case TROTH_EV_CALL:
        note(x->calls, &x->n_calls, ev);
        append(x->up, &x->n_up, ev->data);
        break;
    case TROTH_EV_DATA:
        append(x->up, &x->n_up, ev->data);
        break;
    case TROTH_EV_ESTABLISHED:
        note(x->established, &x->n_established, ev);
        break;
    case TROTH_EV_WARNING:
        x->n_warnings++;
        x->warned_id = ev->id;
        x->warned = ev->error;
        break;
    case TROTH_EV_END:
        x->n_ends++;
        break;
    case TROTH_EV_CLOSED:
        x->n_closed++;
        x->error = ev->error;
        break;
    case TROTH_EV_JOB:
        x->n_jobs++;
        troth_job_run(ev->job);
        troth_endpoint_stepped(x->e, ev->job, x->now);
        break;
    default:
        fail();
    }
}

static bool take_all(iiop_end *x)
{
    troth_event ev;
    troth_bytes out;
    bool any = false;
    for (;;) {
        while (troth_endpoint_event(x->e, &ev)) {
            any = true;
            take(x, &ev);
        }
        if (troth_endpoint_out(x->e, &out, NULL))
            return any;
        any = true;
        append(x->out, &x->n_out, out);
        troth_endpoint_sent(x->e, out.len);
    }
}

void iiop_settle(iiop_end *x)
{
    take_all(x);
}

size_t iiop_feed(iiop_end *x, const uint8_t *p, size_t n, size_t step)
{
    size_t at = 0;
    x->stuck = false;
    while (at < n) {
        size_t part = step && step < n - at ? step : n - at, used = 0;
        uint8_t *copy = malloc(part);
        assert_non_null(copy);
        memcpy(copy, p + at, part);
        troth_status st = troth_endpoint_feed(x->e, copy, part, NULL, x->now, &used);
        bool any = take_all(x);
        free(copy);
        at += used;
        if (st)
            break;
        if (!used && !any) {
            x->stuck = true;
            break;
        }
    }
    return at;
}

size_t iiop_order(iiop_end *x, const uint8_t *p, size_t n, size_t step, troth_status *ret_st)
{
    size_t at = 0;
    troth_status st = TROTH_OK;
    while (at < n) {
        size_t part = step && step < n - at ? step : n - at, used = 0;
        uint8_t *copy = malloc(part);
        assert_non_null(copy);
        memcpy(copy, p + at, part);
        troth_order_msg order = { .kind = TROTH_ORDER_DATA, .data = { copy, part } };
        st = troth_endpoint_submit(x->e, &order, x->now, &used);
        free(copy);
        at += used;
        bool any = take_all(x);
        if ((st && st != TROTH_AGAIN) || (st == TROTH_AGAIN && !used && !any))
            break;
    }
    if (ret_st)
        *ret_st = st;
    return at;
}

/* ---- messages ---- */

static void put_body(troth_cdr_out *c)
{
    troth_cdr_put_u8(c, 7);
    troth_cdr_put_u64(c, 0x1122334455667788);
    troth_cdr_put_string(c, (troth_bytes){ (const uint8_t *)"body", 4 });
    troth_cdr_put_u64(c, 0x99aabbccddeeff00);
}

static troth_bytes text(const char *s)
{
    return (troth_bytes){ (const uint8_t *)s, strlen(s) };
}

static void add(troth_giop_contexts *list, uint32_t id, troth_bytes data)
{
    assert_int_equal(troth_giop_contexts_add(list, id, data), TROTH_OK);
}

static troth_giop_contexts contexts_of(const iiop_msg *m)
{
    troth_giop_contexts list = { 0 };
    if (m->other)
        add(&list, TROTH_GIOP_CODE_SETS, (troth_bytes){ fill, m->other });
    for (unsigned i = 0; i < m->n_sas; i++)
        add(&list, TROTH_GIOP_SAS, m->sas);
    if (m->caller)
        add(&list, TROTH_IIOP_CALLER, (troth_bytes){ fill, m->caller });
    for (unsigned i = 0; i < m->more; i++)
        add(&list, 1000 + i, (troth_bytes){ fill, i % 5 });
    return list;
}

static void put_request(troth_writer *w, const iiop_msg *m)
{
    static troth_giop_request q;
    q = (troth_giop_request){ .minor = m->minor,
                              .request_id = m->id,
                              .response_flags = m->oneway      ? 0
                                                : m->minor < 2 ? 1
                                                               : 3,
                              .target = { .object_key = text("key") },
                              .operation = text(m->operation ? m->operation : "op"),
                              .principal = text("me"),
                              .contexts = contexts_of(m) };
    troth_cdr_out c = troth_giop_request_write(w, &q, m->body);
    if (m->body)
        put_body(&c);
}

static void put_reply(troth_writer *w, const iiop_msg *m)
{
    static troth_giop_reply r;
    char id[64];
    bool has_body = m->body || m->status == TROTH_GIOP_SYSTEM_EXCEPTION || m->ior;
    r = (troth_giop_reply){ .minor = m->minor, .request_id = m->id, .status = m->status, .contexts = contexts_of(m) };
    troth_cdr_out c = troth_giop_reply_write(w, &r, has_body);
    if (m->status == TROTH_GIOP_SYSTEM_EXCEPTION) {
        snprintf(id, sizeof id, "IDL:omg.org/CORBA/%s:1.0", m->exception);
        troth_cdr_put_string(&c, text(id));
        troth_cdr_put_u32(&c, 5);
        troth_cdr_put_u32(&c, m->completed);
    } else if (m->ior) {
        troth_ior_put(&c, m->ior);
    } else if (m->body) {
        put_body(&c);
    }
}

size_t iiop_make(const iiop_msg *m, uint8_t *out, size_t cap)
{
    troth_writer w = troth_writer_over(out, cap, m->order);
    troth_giop_locate_request q = { .minor = m->minor, .request_id = m->id, .target = { .object_key = text("key") } };
    switch (m->type) {
    case TROTH_GIOP_REQUEST:
        put_request(&w, m);
        break;
    case TROTH_GIOP_REPLY:
        put_reply(&w, m);
        break;
    case TROTH_GIOP_CANCEL_REQUEST:
        troth_giop_cancel_write(&w, m->minor, m->id);
        break;
    case TROTH_GIOP_LOCATE_REQUEST:
        troth_giop_locate_request_write(&w, &q);
        break;
    case TROTH_GIOP_LOCATE_REPLY:
        troth_giop_locate_reply_write(&w, m->minor, m->id, m->status);
        if (m->ior) {
            troth_cdr_out c = { &w, 0 };
            troth_ior_put(&c, m->ior);
        }
        break;
    default:
        troth_giop_bare_write(&w, m->minor, (troth_giop_type)m->type);
    }
    troth_giop_finish(&w, 0);
    assert_int_equal(w.st, TROTH_OK);
    return w.len;
}

size_t iiop_make_cut(const iiop_msg *m, size_t piece, uint8_t *out, size_t cap)
{
    static uint8_t whole[IIOP_OCTETS];
    size_t n = iiop_make(m, whole, sizeof whole);
    troth_giop_cuts cuts = { .n = 1, .at = { piece } };
    troth_writer w = troth_writer_over(out, cap, m->order);
    troth_giop_split(&w, (troth_bytes){ whole, n }, m->minor < 2 ? 0 : piece, m->minor == 1 && piece ? &cuts : NULL);
    assert_int_equal(w.st, TROTH_OK);
    return w.len;
}

/* ---- what is seen ---- */

static void look(iiop_seen *s)
{
    troth_bytes message = { s->octets, s->len };
    troth_giop_system_exception x;
    const troth_giop_contexts *list = NULL;
    s->type = s->octets[7];
    if (s->type == TROTH_GIOP_REQUEST) {
        assert_int_equal(troth_giop_request_read(message, &s->q), TROTH_OK);
        list = &s->q.contexts;
    } else if (s->type == TROTH_GIOP_REPLY) {
        assert_int_equal(troth_giop_reply_read(message, &s->r), TROTH_OK);
        list = &s->r.contexts;
        if (!troth_giop_system_exception_read(message, &s->r, &x) && x.exception_id.len > 22) {
            const char *id = (const char *)x.exception_id.data;
            snprintf(s->exception, sizeof s->exception, "%.*s", (int)x.exception_id.len - 18 - 4, id + 18);
            s->completed = x.completion_status;
        }
    }
    if (!list)
        return;
    s->n_sas = troth_giop_contexts_find(list, TROTH_GIOP_SAS, &s->sas);
    s->n_caller = troth_giop_contexts_find(list, TROTH_IIOP_CALLER, &s->caller);
    s->n_other = troth_giop_contexts_find(list, TROTH_GIOP_CODE_SETS, &s->other);
    troth_bytes zeros;
    s->n_padding = troth_giop_contexts_find(list, TROTH_GIOP_PADDING, &zeros);
}

/* Put together until the n-th one is there; answers how many were. */
static unsigned scan(const uint8_t *p, size_t n, unsigned nth, iiop_seen *ret)
{
    troth_giop_frags f;
    troth_giop_whole w;
    unsigned seen = 0;
    troth_giop_frags_init(&f, troth_env_posix(), NULL);
    for (size_t at = 0; at < n;) {
        troth_reader r = troth_reader_of(p + at, n - at, TROTH_BE);
        troth_giop_hdr h;
        assert_int_equal(troth_giop_hdr_read(&r, UINT32_MAX, &h), TROTH_OK);
        size_t len = TROTH_GIOP_HDR + h.size;
        assert_true(len <= n - at);
        troth_status st = troth_giop_frags_take(&f, (troth_bytes){ p + at, len }, 0, &w);
        at += len;
        if (st == TROTH_AGAIN)
            continue;
        assert_int_equal(st, TROTH_OK);
        if (seen++ == nth && ret) {
            *ret = (iiop_seen){ .octets = malloc(w.octets.len), .len = w.octets.len };
            memcpy(ret->octets, w.octets.data, w.octets.len);
            look(ret);
        }
    }
    troth_giop_frags_clear(&f);
    return seen;
}

bool iiop_see(const uint8_t *p, size_t n, unsigned nth, iiop_seen *ret)
{
    return scan(p, n, nth, ret) > nth;
}

void iiop_unsee(iiop_seen *s)
{
    free(s->octets);
    s->octets = NULL;
}

unsigned iiop_count(const uint8_t *p, size_t n)
{
    return scan(p, n, UINT32_MAX, NULL);
}

void iiop_check_body(const iiop_seen *s)
{
    bool reply = s->type == TROTH_GIOP_REPLY;
    size_t at = reply ? s->r.body : s->q.body;
    troth_cdr c = troth_cdr_of((troth_bytes){ s->octets, s->len }, at, reply ? s->r.order : s->q.order);
    assert_int_equal(troth_cdr_u8(&c), 7);
    assert_true(troth_cdr_u64(&c) == 0x1122334455667788);
    assert_memory_equal(troth_cdr_string(&c).data, "body", 5);
    assert_true(troth_cdr_u64(&c) == 0x99aabbccddeeff00);
    assert_int_equal(troth_cdr_end(&c), TROTH_OK);
}
