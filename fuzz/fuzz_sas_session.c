/*
 * Elements of service context 15 on a target's session. First octet: options; then steps: an octet that says what, and
 * with a request two octets of length and its element.
 */
#include <csi.h>
#include <csiv2/sas.h>
#include <fuzz.h>

enum { REQUEST, ONEWAY, TWO, NONE, RUN_ONE, REPLY, END, TIME, STEPS };
enum { SLOW = 1, ANONYMOUS = 2, QUIRKS = 4, SHARED = 8, IDS = 64, JOBS = 16 };

typedef struct driver {
    troth_sas_session *s;
    troth_job *held[JOBS];
    size_t n_held;
    uint64_t now, next, ready[IDS], contexts[IDS]; /* accepted and not answered; ever established */
    size_t n_ready, n_contexts;
    uint8_t how;
} driver;

static bool was_established(const driver *d, uint64_t id)
{
    for (size_t i = 0; i < d->n_contexts; i++)
        if (d->contexts[i] == id)
            return true;
    return d->n_contexts == IDS;
}

static void told(driver *d, const troth_sas_verdict *v)
{
    troth_sas_message m;
    const troth_sas_caller *c = &v->caller;
    fuzz_demand(v->accepted == !v->error.code);
    if (!v->accepted) {
        fuzz_demand(!v->element.len || v->error.wire); /* a oneway is told nothing */
        fuzz_demand(!v->element.len || (!troth_sas_read(v->element, NULL, &m) && m.type == TROTH_SAS_CONTEXT_ERROR));
        return;
    }
    fuzz_csi_caller(&c->caller, &c->authenticated, d->how & ANONYMOUS);
    fuzz_demand(c->stateful == (c->context_id != 0) && !(c->stateful && d->how & SHARED));
    if (c->stateful && !was_established(d, c->context_id))
        d->contexts[d->n_contexts++] = c->context_id;
    if (d->n_ready < IDS)
        d->ready[d->n_ready++] = v->id;
    else
        troth_sas_session_end(d->s, v->id, d->now);
}

static void give_back(driver *d, size_t i)
{
    troth_job *job = d->held[i];
    d->held[i] = d->held[--d->n_held];
    troth_job_run(job);
    troth_sas_session_stepped(d->s, job, d->now);
}

static void settle(driver *d)
{
    troth_sas_verdict v;
    while (d->n_held < JOBS && troth_sas_session_job(d->s, &d->held[d->n_held])) {
        d->n_held++;
        if (!(d->how & SLOW))
            give_back(d, 0);
    }
    while (troth_sas_session_verdict(d->s, &v))
        told(d, &v);
    fuzz_demand(troth_sas_session_contexts(d->s) <= 4);
}

/* An answer says what was established; an id that was never said to be stateful is not. */
static void reply(driver *d, unsigned which)
{
    troth_bytes element;
    troth_sas_message m;
    if (!d->n_ready)
        return;
    size_t i = which % d->n_ready;
    uint64_t id = d->ready[i];
    d->ready[i] = d->ready[--d->n_ready];
    if (which & 1) {
        troth_sas_session_end(d->s, id, d->now);
        return;
    }
    fuzz_demand(!troth_sas_session_reply(d->s, id, d->now, &element));
    if (!element.len)
        return;
    fuzz_demand(!troth_sas_read(element, NULL, &m) && m.type == TROTH_SAS_COMPLETE_ESTABLISH_CONTEXT);
    fuzz_demand(!m.complete.context_stateful || was_established(d, m.client_context_id));
}

/* A MessageInContext may only be let in where its context was. */
static void request(driver *d, unsigned how, const uint8_t *p, size_t n)
{
    uint8_t *copy = fuzz_copy(p, n);
    const troth_sas_request q = { d->next++, how != ONEWAY, how == NONE ? 0 : how == TWO ? 2 : 1, { copy, n } };
    (void)!troth_sas_session_request(d->s, &q, d->now);
    free(copy);
    settle(d);
}

static void steps(driver *d, const uint8_t *p, size_t n)
{
    for (size_t at = 0; at < n;) {
        uint8_t what = p[at++];
        switch (what % STEPS) {
        case RUN_ONE:
            if (d->n_held)
                give_back(d, what / STEPS % d->n_held);
            settle(d);
            break;
        case REPLY:
            reply(d, what / STEPS);
            break;
        case END:
            troth_sas_session_end(d->s, d->next - 1 - what / STEPS, d->now);
            for (size_t i = 0; i < d->n_ready; i++)
                if (d->ready[i] == d->next - 1 - what / STEPS)
                    d->ready[i] = d->ready[--d->n_ready];
            settle(d);
            break;
        case TIME:
            d->now += what / STEPS * 10u;
            troth_sas_session_expire(d->s, d->now);
            fuzz_demand(troth_sas_session_deadline(d->s) > d->now);
            break;
        default: {
            size_t len = n - at < 2 ? 0 : (size_t)p[at] << 8 | p[at + 1];
            at = n - at < 2 ? n : at + 2;
            len = len < n - at ? len : n - at;
            request(d, what % STEPS, p + at, len);
            at += len;
        }
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (!size)
        return 0;
    test_env t;
    test_env_init(&t);
    t.seed = 1;
    driver d = { .how = data[0], .now = 1000, .next = 1000 };
    troth_cred *cred = fuzz_csi_cred(&t.env, TROTH_USE_ACCEPT);
    troth_sas_target *target = fuzz_csi_target(&t.env, cred, d.how & ANONYMOUS, d.how & QUIRKS ? 7 : 0);
    const troth_transport transport = { .shared = d.how & SHARED };
    fuzz_demand(!troth_sas_session_new(target, &t.env, &transport, &d.s));
    steps(&d, data + 1, size - 1);
    settle(&d);
    troth_sas_session_free(d.s);
    while (d.n_held)
        troth_job_free(d.held[--d.n_held]);
    troth_sas_target_free(target);
    troth_cred_unref(cred);
    fuzz_demand(!atomic_load(&t.blocks));
    return 0;
}
