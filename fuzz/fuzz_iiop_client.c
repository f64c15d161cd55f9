/*
 * A client's end of a GIOP connection, and a target whose octets are the input. The ORB behind has asked before anything
 * comes: requests 1 to 6, the last one a oneway. First octet: in which pieces octets come; second: how the owner behaves.
 */
#include <csi.h>
#include <csiv2/sas.h>
#include <fuzz.h>
#include <giop/giop.h>
#include <troth/iiop.h>

enum { SLOW = 1, STATEFUL = 2, CLOSE = 4, OLD = 8, AGAIN = 16, CALLS = 6, JOBS = 16 };

typedef struct driver {
    troth_endpoint *e;
    troth_job *held[JOBS];
    size_t n_held;
    uint64_t now;
    uint8_t how;
    unsigned replies[CALLS + 1], sent[CALLS + 1];
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

/* The ORB hears of a request once, and nothing of our elements. */
static void told(driver *d, troth_bytes message)
{
    static troth_giop_reply r;
    troth_bytes element;
    if (troth_giop_reply_read(message, &r))
        return;
    fuzz_demand(!troth_giop_contexts_find(&r.contexts, TROTH_GIOP_SAS, &element));
    fuzz_demand(r.request_id && r.request_id <= CALLS);
    fuzz_demand(!d->replies[r.request_id]++ || d->how & AGAIN);
}

static unsigned take_events(driver *d)
{
    troth_event ev;
    unsigned n = 0;
    for (; d->n_held < JOBS && troth_endpoint_event(d->e, &ev); n++) {
        fuzz_demand(!d->closed && n < 100000);
        fuzz_demand(ev.kind != TROTH_EV_CALL);
        if (ev.kind == TROTH_EV_JOB) {
            d->held[d->n_held++] = ev.job;
            if (!(d->how & SLOW))
                give_back(d);
        } else if (ev.kind == TROTH_EV_DATA) {
            told(d, ev.data);
        }
        d->closed = ev.kind == TROTH_EV_CLOSED;
    }
    return n;
}

/* What the target gets of a request: it, and once more at most. */
static void look(driver *d, troth_bytes message)
{
    static troth_giop_request q;
    troth_bytes element;
    if (troth_giop_request_read(message, &q))
        return;
    fuzz_demand(q.request_id && q.request_id <= CALLS);
    fuzz_demand(troth_giop_contexts_find(&q.contexts, TROTH_GIOP_SAS, &element) == 1);
    fuzz_demand(++d->sent[q.request_id] <= 2 || d->how & AGAIN);
}

static void take_output(driver *d)
{
    troth_bytes out;
    while (!troth_endpoint_out(d->e, &out, NULL)) {
        size_t at = 0;
        while (at < out.len) { /* whole messages, and none of them in pieces */
            troth_reader r = troth_reader_of(out.data + at, out.len - at, TROTH_BE);
            troth_giop_hdr h;
            fuzz_demand(!troth_giop_hdr_read(&r, UINT32_MAX, &h) && h.size <= troth_read_left(&r));
            look(d, (troth_bytes){ out.data + at, TROTH_GIOP_HDR + h.size });
            at += TROTH_GIOP_HDR + h.size;
        }
        troth_endpoint_sent(d->e, out.len);
    }
}

static void ask(driver *d)
{
    static uint8_t octets[256];
    static troth_giop_request q;
    static const uint8_t key[] = "key", operation[] = "op";
    for (uint32_t id = 1; id <= CALLS; id++) {
        size_t used;
        q = (troth_giop_request){ .minor = d->how & OLD ? id % 2 : 2,
                                  .request_id = id,
                                  .response_flags = id == CALLS    ? 0
                                                    : d->how & OLD ? 1
                                                                   : 3,
                                  .target = { .object_key = { key, 3 } },
                                  .operation = { operation, 2 } };
        troth_writer w = troth_writer_over(octets, sizeof octets, id % 3 ? TROTH_LE : TROTH_BE);
        troth_cdr_out c = troth_giop_request_write(&w, &q, true);
        troth_cdr_put_u64(&c, id);
        troth_giop_finish(&w, 0);
        const troth_order_msg o = { .kind = TROTH_ORDER_DATA, .data = { w.base, w.len } };
        (void)!troth_endpoint_submit(d->e, &o, d->now, &used);
        (void)take_events(d);
        take_output(d);
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
    ask(d);
    for (size_t at = 2; at < size && !d->closed; at += piece)
        feed(d, data + at, size - at < piece ? size - at : piece);
    if (d->how & AGAIN)
        ask(d);
    give_back(d);
    (void)take_events(d);
    take_output(d);
    troth_endpoint_feed_end(d->e, d->now);
    (void)take_events(d);
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
    troth_cred *cred = fuzz_csi_cred(&t.env, TROTH_USE_INITIATE);
    const troth_transport transport = { .tls = true, .peer = "fuzz" };
    const troth_sas_client_options sas = { .env = &t.env,
                                           .cred = cred,
                                           .unlisted = true,
                                           .realm = "default",
                                           .stateful = d.how & STATEFUL,
                                           .transport = &transport };
    const troth_iiop_options o = { .env = &t.env, .message_max = 8192, .fragment_ms = 50, .in_flight = 16 };
    fuzz_demand(!troth_iiop_client_new(&sas, &o, d.now, &d.e));
    conversation(&d, data, size);
    troth_endpoint_free(d.e);
    while (d.n_held)
        troth_job_free(d.held[--d.n_held]);
    troth_cred_unref(cred);
    fuzz_demand(!atomic_load(&t.blocks));
    return 0;
}
