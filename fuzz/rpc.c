#include <fuzz.h>
#include <rpc.h>
#include <support/rpc_script.h>

enum { JOBS = 32, PIECE = 24, IDLE = 3 };

typedef struct driver {
    rpc_pair *r;
    rig_peer *p;
    void (*told)(rpc_pair *r, const troth_event *ev);
    troth_job *held[JOBS]; /* jobs that the owner has not run yet */
    unsigned n_held;
    bool slow;
} driver;

static void give_back(driver *d)
{
    if (!d->n_held)
        return;
    troth_job *job = d->held[--d->n_held];
    troth_job_run(job);
    troth_endpoint_stepped(d->p->e, job, d->p->now);
}

static unsigned take_events(driver *d)
{
    troth_event ev;
    unsigned n = 0;
    for (; troth_endpoint_event(d->p->e, &ev); n++) {
        fuzz_demand(!d->p->closed && n < 10000); /* CLOSED is the last one */
        if (ev.kind == TROTH_EV_JOB) {
            fuzz_demand(ev.job);
            d->held[d->n_held++] = ev.job;
            if (!d->slow || d->n_held == JOBS)
                give_back(d);
        } else if (ev.kind == TROTH_EV_CLOSED) {
            d->p->closed = true;
            d->p->error = ev.error;
        } else {
            d->p->told(d->p, &ev);
            if (d->told)
                d->told(d->r, &ev);
        }
    }
    return n;
}

static void take_output(driver *d)
{
    troth_bytes out;
    while (!troth_endpoint_out(d->p->e, &out, NULL)) {
        fuzz_demand(out.len > 0);
        fuzz_view(out, out.data, out.len);
        troth_endpoint_sent(d->p->e, out.len > 7 ? out.len / 2 : out.len);
        (void)take_events(d);
    }
}

static void feed(driver *d, const uint8_t *data, size_t n)
{
    uint8_t *p = fuzz_copy(data, n);
    size_t at = 0;
    for (unsigned idle = 0; at < n && idle < IDLE;) {
        size_t used = 0;
        d->p->now++;
        troth_status st = troth_endpoint_feed(d->p->e, p + at, n - at, NULL, d->p->now, &used);
        fuzz_demand(used <= n - at);
        at += used;
        idle = take_events(d) || used ? 0 : idle + 1;
        if (st)
            break;
        if (idle)
            give_back(d);
        if (idle > 1)
            take_output(d);
    }
    (void)take_events(d);
    free(p);
}

/* Until nothing is due any more; calls that sleep are woken. */
static void let_time_pass(driver *d)
{
    for (unsigned i = 0; i < 8 && troth_endpoint_deadline(d->p->e) != UINT64_MAX; i++) {
        uint64_t at = troth_endpoint_deadline(d->p->e);
        d->p->now = at > d->p->now ? at : d->p->now + 1;
        troth_endpoint_expire(d->p->e, d->p->now);
        (void)take_events(d);
    }
}

static void drive(driver *d, uint8_t bits, size_t piece, const uint8_t *data, size_t size)
{
    (void)take_events(d);
    for (size_t at = 0; at < size; at += piece) {
        feed(d, data + at, size - at < piece ? size - at : piece);
        if (!(bits & FUZZ_UNREAD))
            take_output(d);
        while (d->r->n_kept > 2) /* their handlers have thought enough */
            troth_rpc_call_reply(d->r->kept[--d->r->n_kept], (troth_bytes){ data, 8 < size ? 8 : size });
    }
    if (bits & FUZZ_CLOSE)
        troth_endpoint_close(d->p->e, TROTH_TIMEOUT);
    else
        let_time_pass(d);
    (void)take_events(d);
    troth_endpoint_feed_end(d->p->e, d->p->now);
    (void)take_events(d);
    give_back(d);
    (void)take_events(d);
    take_output(d);
}

void fuzz_rpc(int side, void (*begin)(rpc_pair *r, bool secure), void (*told)(rpc_pair *r, const troth_event *ev),
              const uint8_t *data, size_t size)
{
    if (size < 2)
        return;
    uint8_t bits = data[1];
    rpc_pair *r = calloc(1, sizeof *r);
    fuzz_demand(r);
    rpc_pair_fake(r, bits & FUZZ_KERBEROS ? TROTH_MECH_KERBEROS : TROTH_MECH_NTLM);
    rpc_script_limit(r, bits & FUZZ_STRANGE);
    driver d = { .r = r, .p = &r->r.side[side].peer, .told = told, .slow = bits & FUZZ_SLOW };
    fuzz_demand(!r->r.open(&r->r, side, &d.p->e));
    if (begin)
        begin(r, bits & FUZZ_SECURE);
    size_t piece = data[0] ? data[0] * (size_t)PIECE : size;
    drive(&d, bits, piece, data + 2, size - 2);
    troth_endpoint_free(d.p->e);
    d.p->e = NULL;
    while (d.n_held)
        troth_job_free(d.held[--d.n_held]);
    while (r->n_kept) /* handlers that come too late */
        troth_rpc_call_fault(r->kept[--r->n_kept], 5);
    fuzz_demand(r->rundowns == r->handles);
    rpc_pair_end(r); /* and nothing is held */
    free(r);
}
