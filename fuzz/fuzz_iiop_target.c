/*
 * A target's end of a GIOP connection, and an ORB behind it that answers. The first octet says in which pieces the rest
 * arrives, the bits of the second how the owner behaves.
 */
#include <csi.h>
#include <fuzz.h>
#include <giop/giop.h>
#include <troth/iiop.h>

enum { SLOW = 1, UNREAD = 2, CLOSE = 4, MUTE = 8, ANONYMOUS = 16, QUIRKS = 32, CUT = 64, TELL = 128, JOBS = 16 };

typedef struct driver {
    troth_endpoint *e;
    troth_job *held[JOBS]; /* that the owner has not run yet */
    size_t n_held;
    uint64_t now;
    uint8_t how;
    unsigned calls;
    bool closed;
} driver;

static void give_back(driver *d)
{
    while (d->n_held) {
        troth_job *job = d->held[--d->n_held];
        troth_job_run(job);
        troth_endpoint_stepped(d->e, job, d->now);
    }
}

static void answer(driver *d, uint64_t id, uint8_t minor, troth_order order)
{
    static uint8_t octets[512];
    static troth_giop_reply r;
    static const uint8_t stray[] = { 1, 0, 1, 0 };
    size_t used;
    r = (troth_giop_reply){ .minor = minor, .request_id = (uint32_t)id, .status = d->calls % 5 == 4 };
    if (d->calls % 3 == 2) /* an ORB that has a say of its own */
        fuzz_demand(!troth_giop_contexts_add(&r.contexts, TROTH_GIOP_SAS, (troth_bytes){ stray, sizeof stray }));
    troth_writer w = troth_writer_over(octets, sizeof octets, order);
    troth_cdr_out c = troth_giop_reply_write(&w, &r, true);
    troth_cdr_put_u64(&c, 1);
    troth_giop_finish(&w, 0);
    fuzz_demand(!w.st);
    const troth_order_msg o = { .kind = TROTH_ORDER_DATA, .data = { w.base, w.len } };
    (void)!troth_endpoint_submit(d->e, &o, d->now, &used);
}

/* What the ORB is given is a request without an element of the client's. */
static void call(driver *d, const troth_event *ev)
{
    static troth_giop_request q;
    troth_bytes element;
    fuzz_csi_caller(&ev->facts.peer, &ev->facts.self, d->how & ANONYMOUS);
    d->calls++;
    troth_status st = troth_giop_request_read(ev->data, &q);
    if (st) /* in pieces, of 1.1 */
        return;
    fuzz_demand(q.request_id == ev->id && !troth_giop_contexts_find(&q.contexts, TROTH_GIOP_SAS, &element));
    fuzz_demand(troth_giop_contexts_find(&q.contexts, TROTH_IIOP_CALLER, &element) == (d->how & TELL ? 1u : 0u));
    if (troth_giop_response_expected(&q) && !(d->how & MUTE))
        answer(d, ev->id, q.minor, q.order);
}

static unsigned take_events(driver *d)
{
    troth_event ev;
    unsigned n = 0;
    for (; d->n_held < JOBS && troth_endpoint_event(d->e, &ev); n++) {
        fuzz_demand(!d->closed && n < 100000); /* CLOSED is the last one */
        if (ev.kind == TROTH_EV_JOB) {
            d->held[d->n_held++] = ev.job;
            if (!(d->how & SLOW))
                give_back(d);
        } else if (ev.kind == TROTH_EV_CALL) {
            call(d, &ev);
        }
        d->closed = ev.kind == TROTH_EV_CLOSED;
    }
    return n;
}

static void take_output(driver *d)
{
    troth_bytes out;
    while (!troth_endpoint_out(d->e, &out, NULL)) {
        fuzz_demand(out.len > 0);
        fuzz_view(out, out.data, out.len);
        troth_endpoint_sent(d->e, out.len > 7 ? out.len / 2 : out.len);
    }
}

static void feed(driver *d, const uint8_t *data, size_t n)
{
    uint8_t *p = fuzz_copy(data, n);
    size_t at = 0;
    for (unsigned idle = 0; at < n && idle < 3;) {
        size_t used = 0;
        d->now++;
        troth_status st = troth_endpoint_feed(d->e, p + at, n - at, NULL, d->now, &used);
        fuzz_demand(used <= n - at);
        at += used;
        idle = take_events(d) || used ? 0 : idle + 1;
        if (!(d->how & UNREAD))
            take_output(d);
        if (st)
            break;
        if (idle)
            give_back(d);
    }
    free(p);
}

static void conversation(driver *d, const uint8_t *data, size_t size)
{
    size_t piece = data[0] ? data[0] : size;
    for (size_t at = 2; at < size && !d->closed; at += piece)
        feed(d, data + at, size - at < piece ? size - at : piece);
    troth_endpoint_feed_end(d->e, d->now);
    (void)take_events(d);
    give_back(d);
    (void)take_events(d);
    take_output(d);
    for (unsigned i = 0; i < 5 && troth_endpoint_deadline(d->e) != UINT64_MAX; i++) {
        d->now = troth_endpoint_deadline(d->e) > d->now ? troth_endpoint_deadline(d->e) : d->now + 1;
        troth_endpoint_expire(d->e, d->now);
        (void)take_events(d);
    }
    if (d->how & CLOSE)
        troth_endpoint_close(d->e, TROTH_TIMEOUT);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2)
        return 0;
    test_env t;
    test_env_init(&t);
    t.seed = 1;
    driver d = { .how = data[1], .now = 1000 };
    troth_cred *cred = fuzz_csi_cred(&t.env, TROTH_USE_ACCEPT);
    troth_sas_target *target = fuzz_csi_target(&t.env, cred, d.how & ANONYMOUS, d.how & QUIRKS ? 15 : 0);
    const troth_iiop_options o = { .env = &t.env,
                                   .message_max = 8192,
                                   .fragment = d.how & CUT ? 64 : 0,
                                   .fragment_ms = 50,
                                   .out_max = 4096,
                                   .in_flight = 8,
                                   .tell_caller = d.how & TELL };
    const troth_transport transport = { .peer = "fuzz" };
    fuzz_demand(!troth_iiop_target_new(target, &o, &transport, d.now, &d.e));
    conversation(&d, data, size);
    troth_endpoint_free(d.e);
    while (d.n_held)
        troth_job_free(d.held[--d.n_held]);
    troth_sas_target_free(target);
    troth_cred_unref(cred);
    fuzz_demand(!atomic_load(&t.blocks));
    return 0;
}
