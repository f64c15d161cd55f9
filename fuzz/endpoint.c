#include <endpoint.h>
#include <fuzz.h>
#include <support/env.h>

typedef struct driver {
    troth_endpoint *e;
    troth_job *held; /* a job that the owner has not run yet */
    uint64_t now;
    bool slow, closed;
} driver;

static void give_back(driver *d)
{
    troth_job *job = d->held;
    d->held = NULL;
    if (!job)
        return;
    troth_job_run(job);
    troth_endpoint_stepped(d->e, job, d->now);
}

static unsigned take_events(driver *d)
{
    troth_event ev;
    unsigned n = 0;
    for (; troth_endpoint_event(d->e, &ev); n++) {
        fuzz_demand(!d->closed); /* CLOSED is the last one */
        fuzz_demand(n < 10000);
        if (ev.kind == TROTH_EV_JOB) {
            fuzz_demand(!d->held && ev.job);
            d->held = ev.job;
            if (!d->slow)
                give_back(d);
        }
        if (ev.kind == TROTH_EV_DATA)
            fuzz_demand(ev.data.len > 0);
        if (ev.kind == TROTH_EV_CLOSED)
            d->closed = true;
    }
    return n;
}

static void take_output(driver *d)
{
    troth_bytes out;
    const troth_addr *to;
    while (!troth_endpoint_out(d->e, &out, &to)) {
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
        idle = used || take_events(d) ? 0 : idle + 1;
        (void)take_events(d);
        if (st)
            break;
        if (idle)
            give_back(d);
    }
    (void)take_events(d);
    free(p);
}

static void order(driver *d)
{
    size_t used;
    troth_order_msg o = { .kind = TROTH_ORDER_DATA, .data = { (const uint8_t *)"hello", 5 } };
    troth_status st = troth_endpoint_submit(d->e, &o, d->now, &used);
    (void)st;
}

void fuzz_endpoint(fuzz_make make, troth_cred_use use, const uint8_t *data, size_t size)
{
    if (size < 2)
        return;
    static const troth_level levels[] = { TROTH_LEVEL_NONE, TROTH_LEVEL_SIGN, TROTH_LEVEL_ENCRYPT, TROTH_LEVEL_NONE };
    test_env t;
    test_env_init(&t);
    t.seed = 1; /* the key of an initiator is then the same each time, and the fuzzer can learn it */
    fake_mech f;
    fake_mech_init(&f, TROTH_MECH_NTLM);
    f.mech.name = "ntlm";
    troth_cred *cred = fake_cred(&f, &t.env, use, NULL);
    troth_nns_options o = { .env = &t.env, .cred = cred, .mech = "ntlm", .level = levels[data[1] >> 6] };
    driver d = { .slow = data[1] & 1 };
    if (!make(&o, &d.e)) {
        size_t piece = data[0] ? data[0] : size;
        (void)take_events(&d);
        for (size_t at = 2; at < size; at += piece) {
            feed(&d, data + at, size - at < piece ? size - at : piece);
            if (data[1] & 2)
                order(&d);
            if (data[1] & 4)
                take_output(&d);
        }
        troth_endpoint_feed_end(d.e, d.now);
        (void)take_events(&d);
        give_back(&d);
        (void)take_events(&d);
        take_output(&d);
        for (unsigned i = 0; i < 5 && troth_endpoint_deadline(d.e) != UINT64_MAX; i++) {
            d.now = troth_endpoint_deadline(d.e) > d.now ? troth_endpoint_deadline(d.e) : d.now + 1;
            troth_endpoint_expire(d.e, d.now);
            (void)take_events(&d);
        }
        if (data[1] & 8)
            troth_endpoint_close(d.e, TROTH_TIMEOUT);
        troth_endpoint_free(d.e);
        troth_job_free(d.held);
    }
    troth_cred_unref(cred);
    fuzz_demand(!atomic_load(&t.blocks));
}
