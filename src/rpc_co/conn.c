/* The owner's side of a connection: events, output, the end. */
#include <rpc_co/budget.h>
#include <rpc_co/conn.h>

/*
 * Octets gathered of one PDU; what is put out is bounded by who submits, see troth_co_full. Memory of what has left stays
 * for the next, until troth_co_rest.
 */
enum { IN_MAX = TROTH_CO_BIND_MAX };
static const size_t out_most = SIZE_MAX / 4;

troth_status troth_co_conn_init(troth_co_conn *c, const troth_co_conn_options *o)
{
    *c = (troth_co_conn){ .ep = { o->ops },
                          .env = o->env,
                          .role = o->role,
                          .out_max = o->out_max,
                          .max_frag = TROTH_CO_FRAG_MIN,
                          .frag_cap = o->frag_cap,
                          .max_contexts = o->max_contexts };
    c->error.where = "";
    troth_queue_init(&c->in, o->env, IN_MAX);
    troth_queue_init(&c->out, o->env, out_most);
    troth_status st = troth_co_budget_new(o->env, o->context_budget, &c->budget);
    return st ? st : troth_idtable_init(&c->contexts, &c->budget->meter.env, o->max_contexts);
}

static bool drop_one(void *self, troth_co_context *x)
{
    (void)self;
    troth_co_context_drop(x);
    return true;
}

/* A job that nobody has taken goes without having run. */
static void drop_jobs(troth_co_conn *c)
{
    for (unsigned i = 0; i < c->n_events; i++) {
        troth_event *e = &c->events[(c->first_event + i) % TROTH_CO_EVENTS];
        troth_job_free(e->job);
        e->job = NULL;
    }
}

void troth_co_conn_clear(troth_co_conn *c)
{
    drop_jobs(c);
    troth_co_context_each(c, drop_one, NULL);
    troth_idtable_clear(&c->contexts);
    troth_queue_clear(&c->in);
    troth_queue_clear(&c->out);
    troth_co_budget_leave(c->budget);
    c->budget = NULL;
}

/* ---- events ---- */

troth_status troth_co_tell(troth_co_conn *c, const troth_event *ev)
{
    if (c->closed)
        return TROTH_CLOSED;
    if (c->n_events == TROTH_CO_EVENTS)
        return TROTH_LIMIT;
    c->events[(c->first_event + c->n_events++) % TROTH_CO_EVENTS] = *ev;
    return TROTH_OK;
}

static bool pop(troth_co_conn *c, troth_event *ret)
{
    while (c->n_events) {
        troth_event *e = &c->events[c->first_event];
        c->first_event = (uint8_t)((c->first_event + 1) % TROTH_CO_EVENTS);
        c->n_events--;
        if (!e->kind || (e->kind == TROTH_EV_JOB && !e->job)) /* taken back meanwhile */
            continue;
        *ret = *e;
        return true;
    }
    return false;
}

bool troth_co_next_event(troth_co_conn *c, troth_event *ret)
{
    if (pop(c, ret))
        return true;
    if (!c->closed || c->told)
        return false;
    *ret = (troth_event){ .kind = TROTH_EV_CLOSED, .error = c->error };
    c->told = true;
    return true;
}

void troth_co_warn(troth_co_conn *c, uint64_t id, const troth_error *error)
{
    troth_event ev = { .kind = TROTH_EV_WARNING, .id = id, .error = *error };
    troth_status st = troth_co_tell(c, &ev);
    (void)st; /* a warning that finds no room is no failure */
}

/* ---- the end ---- */

void troth_co_end_as(troth_co_conn *c, const troth_error *error)
{
    if (c->closed)
        return;
    c->error = *error;
    if (!c->error.where)
        c->error.where = "";
    c->closed = true;
    drop_jobs(c);
    if (c->env->trace && error->code) {
        troth_trace t = { .kind = TROTH_TRACE_ERROR, .name = c->error.where, .a = (uint64_t)error->code };
        c->env->trace(c->env->self, &t);
    }
}

void troth_co_end(troth_co_conn *c, troth_status code, uint32_t wire, const char *where)
{
    troth_error e = { .code = code, .wire = wire, .where = where };
    troth_co_end_as(c, &e);
}

/* ---- output ---- */

troth_status troth_co_out(troth_co_conn *c, troth_bytes *ret)
{
    size_t n = troth_queue_len(&c->out);
    if (!n)
        return c->closed || c->out_ended ? TROTH_CLOSED : TROTH_AGAIN;
    *ret = (troth_bytes){ troth_queue_at(&c->out), n };
    return TROTH_OK;
}

void troth_co_sent(troth_co_conn *c, size_t n)
{
    size_t held = troth_queue_len(&c->out);
    troth_queue_drop(&c->out, n < held ? n : held);
}

bool troth_co_full(const troth_co_conn *c)
{
    return troth_queue_len(&c->out) >= c->out_max;
}

troth_writer troth_co_begin(troth_co_conn *c)
{
    return troth_writer_growing(c->env, (size_t)TROTH_CO_EVENTS * TROTH_CO_BIND_MAX, TROTH_LE);
}

/* PDUs that lie one behind the other. */
static uint64_t count(const troth_writer *w)
{
    uint64_t n = 0;
    for (size_t at = 0; at + TROTH_CO_HDR <= w->len; n++) {
        size_t len = (size_t)w->base[at + 8] | (size_t)w->base[at + 9] << 8;
        at += len < TROTH_CO_HDR ? TROTH_CO_HDR : len;
    }
    return n;
}

troth_status troth_co_put(troth_co_conn *c, troth_writer *w)
{
    troth_status st = w->st;
    if (!st)
        st = troth_queue_put(&c->out, w->base, w->len);
    if (!st)
        c->pdus_out += count(w);
    troth_writer_clear(w);
    return st;
}
