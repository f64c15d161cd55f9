/* TLS below an endpoint: its life, its events, and the endpoint inside. tls_move.c moves the octets. */
#include <host/tls.h>
#include <string.h>

static troth_tls_endpoint *of(troth_endpoint *e)
{
    return (troth_tls_endpoint *)e;
}

/*
 * After a failure of TLS itself nothing more can be sealed; after one above it, the inner endpoint's farewell still can,
 * and out() ends with it.
 */
static void end(troth_tls_endpoint *t, const troth_error *error, bool sealing)
{
    if (t->error.code)
        return;
    t->error = *error;
    t->owed = false;
    troth_queue_clear(&t->plain);
    troth_queue_clear(&t->in);
    if (t->held.kind == TROTH_EV_JOB)
        troth_job_free(t->held.job);
    t->held.kind = 0;
    if (t->inner)
        troth_endpoint_close(t->inner, error->code);
    if (!t->inner || !sealing)
        t->finished = true;
}

void troth_tls_endpoint_fail(troth_tls_endpoint *t, troth_status code, const char *where)
{
    const troth_error error = { .code = code, .where = where };
    end(t, &error, true);
}

void troth_tls_endpoint_fail_as(troth_tls_endpoint *t, const troth_error *error)
{
    const troth_error unknown = { .code = TROTH_MECHANISM, .where = "TLS" };
    end(t, error->code ? error : &unknown, false);
}

/* ---- the handshake ---- */

void troth_tls_endpoint_leg(troth_tls_endpoint *t, bool first)
{
    troth_block token = { 0 };
    troth_status st = TROTH_OK;
    if (!first)
        st = troth_mem_keep(t->env, troth_queue_at(&t->in), troth_queue_len(&t->in), &token);
    if (!st) {
        troth_queue_drop(&t->in, troth_queue_len(&t->in));
        st = troth_context_job(t->ctx, first ? NULL : &token, 1, &t->job);
    }
    troth_mem_drop(t->env, &token);
    if (st)
        troth_tls_endpoint_fail(t, st, "TLS handshake");
    else
        t->ctx = NULL;
}

/* The transport that TLS has become: the peer's verified name, and what other contexts can be bound to. */
static troth_status complete(const troth_tls_endpoint *t, troth_transport *ret)
{
    troth_facts f = troth_context_facts(t->ctx);
    *ret = (troth_transport){ .peer = t->peer, .local = t->local, .tls = true, .shared = t->shared };
    if (f.attributes & TROTH_F_MUTUAL && *f.peer.name)
        ret->tls_identity = f.peer.name;
    troth_status st = troth_context_query(t->ctx, TROTH_QUERY_ENDPOINT_BINDINGS, &ret->bindings);
    return st == TROTH_UNSUPPORTED || st == TROTH_NO_CRED ? TROTH_OK : st;
}

static void open_inner(troth_tls_endpoint *t, uint64_t now)
{
    troth_transport above;
    troth_status st = complete(t, &above);
    if (!st)
        st = t->make(t->make_self, t->env, &above, now, &t->inner);
    if (!st)
        return;
    troth_tls_endpoint_finish(t); /* the peer has done nothing wrong */
    troth_tls_endpoint_fail(t, st, "endpoint inside TLS");
}

static void take_leg(troth_tls_endpoint *t, troth_job *job, uint64_t now)
{
    troth_step result = troth_job_result(job);
    troth_bytes token = troth_job_token(job), left = troth_job_left(job);
    t->ctx = troth_job_take_context(job);
    t->job_out = false;
    troth_status st = troth_queue_put(&t->out, token.data, token.len); /* beside a failure: the alert */
    if (!st)
        st = troth_queue_put(&t->in, left.data, left.len);
    if (result == TROTH_STEP_ERROR)
        troth_tls_endpoint_fail_as(t, troth_context_error(t->ctx));
    else if (st)
        troth_tls_endpoint_fail(t, st, "TLS handshake");
    else if (result == TROTH_STEP_DONE)
        open_inner(t, now);
}

static void stepped(troth_endpoint *e, troth_job *job, uint64_t now)
{
    troth_tls_endpoint *t = of(e);
    if (t->inner) {
        troth_endpoint_stepped(t->inner, job, now);
        return;
    }
    if (!t->error.code && t->job_out)
        take_leg(t, job, now);
    troth_job_free(job);
}

/* ---- events and orders ---- */

static void mark(troth_tls_endpoint *t, troth_event *ev)
{
    if (ev->kind == TROTH_EV_END)
        ev->authentic = true; /* by close_notify: no other end gets here */
    if (ev->kind == TROTH_EV_CLOSED)
        t->told = true;
}

static bool event(troth_endpoint *e, troth_event *ret)
{
    troth_tls_endpoint *t = of(e);
    if (t->told)
        return false;
    if (t->job && !t->error.code) {
        *ret = (troth_event){ .kind = TROTH_EV_JOB, .job = t->job };
        t->job = NULL;
        t->job_out = true;
    } else if (t->error.code) {
        *ret = (troth_event){ .kind = TROTH_EV_CLOSED, .error = t->error };
    } else if (t->held.kind) {
        *ret = t->held;
        t->held.kind = 0;
    } else if (!t->inner || !troth_endpoint_event(t->inner, ret)) {
        return false;
    }
    mark(t, ret);
    return true;
}

static troth_status submit(troth_endpoint *e, const troth_order_msg *order, uint64_t now, size_t *ret_used)
{
    troth_tls_endpoint *t = of(e);
    *ret_used = 0;
    if (t->error.code)
        return TROTH_BAD_STATE;
    if (!t->inner || t->held.kind) /* not yet; or its views are the owner's to take first */
        return TROTH_AGAIN;
    t->last = now > t->last ? now : t->last;
    return troth_endpoint_submit(t->inner, order, now, ret_used);
}

/* ---- time ---- */

static uint64_t after(uint64_t at, uint64_t ms)
{
    return at > UINT64_MAX - ms ? UINT64_MAX : at + ms;
}

static bool idle(const troth_queue *q)
{
    return q->cap && !troth_queue_len(q);
}

static uint64_t deadline(const troth_endpoint *e)
{
    const troth_tls_endpoint *t = (const troth_tls_endpoint *)e;
    if (t->error.code || t->told)
        return UINT64_MAX;
    if (!t->inner)
        return after(t->since, t->handshake_ms);
    uint64_t inner = troth_endpoint_deadline(t->inner);
    uint64_t trim = idle(&t->in) || idle(&t->plain) || idle(&t->out) ? after(t->last, TROTH_TLS_TRIM_MS) : UINT64_MAX;
    return inner < trim ? inner : trim;
}

static void expire(troth_endpoint *e, uint64_t now)
{
    troth_tls_endpoint *t = of(e);
    if (t->error.code || t->told)
        return;
    if (!t->inner) {
        if (now >= after(t->since, t->handshake_ms))
            troth_tls_endpoint_fail(t, TROTH_TIMEOUT, "TLS handshake");
        return;
    }
    if (now >= after(t->last, TROTH_TLS_TRIM_MS) && !t->held.kind) {
        troth_queue_trim(&t->in);
        troth_queue_trim(&t->plain);
        troth_queue_trim(&t->out);
    }
    troth_endpoint_expire(t->inner, now);
}

/* ---- ends ---- */

static void close_it(troth_endpoint *e, troth_status reason)
{
    troth_tls_endpoint *t = of(e);
    if (t->inner && !t->error.code)
        troth_endpoint_close(t->inner, reason);
    else
        troth_tls_endpoint_fail(t, reason, "closed by its owner");
}

static const troth_error *error(const troth_endpoint *e)
{
    const troth_tls_endpoint *t = (const troth_tls_endpoint *)e;
    return t->error.code || !t->inner ? &t->error : troth_endpoint_error(t->inner);
}

static void destroy(troth_endpoint *e)
{
    troth_tls_endpoint *t = of(e);
    if (t->held.kind == TROTH_EV_JOB)
        troth_job_free(t->held.job);
    troth_job_free(t->job);
    troth_endpoint_free(t->inner);
    troth_context_free(t->ctx);
    troth_queue_clear(&t->in);
    troth_queue_clear(&t->plain);
    troth_queue_clear(&t->out);
    troth_mem_free_str(t->env, t->peer);
    troth_mem_free_str(t->env, t->local);
    troth_mem_free(t->env, t, sizeof *t);
}

static const troth_endpoint_ops ops = {
    .wire = "tls",
    .feed = troth_tls_endpoint_feed,
    .feed_end = troth_tls_endpoint_feed_end,
    .out = troth_tls_endpoint_out,
    .sent = troth_tls_endpoint_sent,
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

static troth_status context(const troth_tls_options *o, troth_context **ret)
{
    const troth_context_options c = {
        .env = o->env,
        .role = o->role,
        .mech = "tls",
        .require = o->require | TROTH_F_STREAM,
        .target = o->target,
        .alpn = o->alpn,
        .policy = o->policy,
    };
    return troth_context_new(o->cred, &c, ret);
}

troth_status troth_tls_endpoint_new(const troth_tls_options *o, const troth_transport *below, uint64_t now,
                                    troth_endpoint **ret)
{
    if (!o->env || !o->cred || !o->make)
        return TROTH_INVALID;
    if (troth_cred_ready(o->cred, NULL))
        return TROTH_NO_CRED;
    troth_tls_endpoint *t = troth_mem_new(o->env, sizeof *t);
    if (!t)
        return TROTH_NO_MEMORY;
    *t = (troth_tls_endpoint){ .ep = { &ops },
                               .env = o->env,
                               .make = o->make,
                               .make_self = o->make_self,
                               .shared = below && below->shared,
                               .since = now,
                               .last = now,
                               .handshake_ms = o->handshake_ms ? o->handshake_ms : 10000,
                               .error = { .where = "" } };
    troth_queue_init(&t->in, t->env, TROTH_TLS_IN_MAX);
    troth_queue_init(&t->plain, t->env, TROTH_TLS_IN_MAX);
    troth_queue_init(&t->out, t->env, TROTH_TLS_OUT_MAX);
    troth_status st = below ? troth_mem_keep_str(t->env, below->peer, &t->peer) : TROTH_OK;
    if (!st && below)
        st = troth_mem_keep_str(t->env, below->local, &t->local);
    if (!st)
        st = context(o, &t->ctx);
    if (!st && o->role == TROTH_INITIATOR) {
        troth_tls_endpoint_leg(t, true);
        st = t->error.code;
    }
    if (st) {
        destroy(&t->ep);
        return st;
    }
    *ret = &t->ep;
    return TROTH_OK;
}
