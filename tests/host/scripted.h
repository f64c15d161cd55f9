/*
 * host/scripted.h: an endpoint that is a script, for tests of what drives endpoints. Its wire: the client sends one
 * octet, 'E' (established at once) or 'J' (after a job); the server answers 'K'; then all octets are data, both ways. A
 * server that is closed says "X" first.
 */
#ifndef TESTS_SCRIPTED_H
#define TESTS_SCRIPTED_H
#include <base/queue.h>
#include <string.h>
#include <support/fake_mech.h>
#include <support/test.h>
#include <troth/endpoint.h>

/*
 * fake        runs the jobs (its block is called, with leg 0)
 * take        octets that one feed consumes at most; 0 = all
 * out_max     output held before submit answers AGAIN; 0 = 65,536
 * needs       octets of data that must have come before submit takes any, whatever was sent
 * replies     submit takes one octet at a time, and tells it instead of sending it; before that is told it takes no other
 * deadline_ms of the handshake; 0 = none
 * first       what a client sends: 'E' or 'J'
 */
typedef struct script {
    fake_mech *fake;
    troth_role role;
    size_t take, out_max, needs;
    bool replies;
    uint64_t deadline_ms;
    char first;
    const char *name, *account, *authority;
    troth_flags attributes;
    atomic_int made, freed, jobs_back;
} script;

typedef struct scripted {
    troth_endpoint head;
    const troth_env *env;
    script *s;
    troth_queue out;
    troth_error error;
    uint64_t deadline;
    troth_cred *cred;
    troth_job *job; /* to be told */
    troth_bytes data;
    size_t got;
    bool established, tell_established, tell_end, tell_closed, in_ended, out_ended, closed;
} scripted;

static inline troth_status scripted_put(scripted *e, const char *p)
{
    return troth_queue_put(&e->out, p, strlen(p));
}

static inline void scripted_close(troth_endpoint *head, troth_status reason)
{
    scripted *e = (scripted *)head;
    if (e->closed)
        return;
    e->closed = e->tell_closed = true;
    e->error = (troth_error){ .code = reason, .where = "script" };
    if (e->s->role == TROTH_ACCEPTOR && reason)
        assert_int_equal(scripted_put(e, "X"), TROTH_OK);
}

static inline void scripted_establish(scripted *e)
{
    e->established = e->tell_established = true;
    e->deadline = UINT64_MAX;
    if (e->s->role == TROTH_ACCEPTOR)
        assert_int_equal(scripted_put(e, "K"), TROTH_OK);
}

static inline void scripted_job(scripted *e)
{
    const troth_cred_source src = { .mech = e->s->fake->mech.name, .kind = TROTH_CRED_DEFAULT };
    assert_int_equal(troth_cred_new(e->env, &e->s->fake->table, TROTH_USE_ACCEPT, &src, 1, &e->cred), TROTH_OK);
    assert_int_equal(troth_cred_job(e->cred, 1, &e->job), TROTH_OK);
}

static inline troth_status scripted_feed(troth_endpoint *head, uint8_t *p, size_t n, const troth_addr *from,
                                         uint64_t now, size_t *ret_used)
{
    scripted *e = (scripted *)head;
    (void)from;
    (void)now;
    *ret_used = 0;
    if (e->closed) {
        *ret_used = n;
        return TROTH_OK;
    }
    if (!n || e->data.len)
        return TROTH_OK;
    if (!e->established) {
        if (e->cred)
            return TROTH_OK; /* the job is out: not now */
        *ret_used = 1;
        if (p[0] == 'J')
            scripted_job(e);
        else if (p[0] == 'E' || p[0] == 'K')
            scripted_establish(e);
        else
            scripted_close(head, TROTH_MALFORMED);
        return TROTH_OK;
    }
    *ret_used = e->s->take && e->s->take < n ? e->s->take : n;
    e->data = (troth_bytes){ p, *ret_used };
    e->got += *ret_used;
    return TROTH_OK;
}

static inline void scripted_check_over(scripted *e)
{
    if (e->in_ended && e->out_ended && !e->closed)
        e->closed = e->tell_closed = true;
}

static inline void scripted_feed_end(troth_endpoint *head, uint64_t now)
{
    scripted *e = (scripted *)head;
    (void)now;
    if (!e->established) {
        scripted_close(head, TROTH_CLOSED);
        return;
    }
    e->in_ended = e->tell_end = true;
    scripted_check_over(e);
}

static inline troth_status scripted_out(troth_endpoint *head, troth_bytes *ret, const troth_addr **to)
{
    scripted *e = (scripted *)head;
    (void)to;
    if (!troth_queue_len(&e->out))
        return e->closed || e->out_ended ? TROTH_CLOSED : TROTH_AGAIN;
    *ret = (troth_bytes){ troth_queue_at(&e->out), troth_queue_len(&e->out) };
    return TROTH_OK;
}

static inline void scripted_sent(troth_endpoint *head, size_t n)
{
    troth_queue_drop(&((scripted *)head)->out, n);
}

static inline troth_status scripted_submit(troth_endpoint *head, const troth_order_msg *o, uint64_t now,
                                           size_t *ret_used)
{
    scripted *e = (scripted *)head;
    size_t max = e->s->out_max ? e->s->out_max : 65536, held = troth_queue_len(&e->out);
    (void)now;
    *ret_used = 0;
    if (!e->established || e->closed || e->out_ended)
        return TROTH_BAD_STATE;
    if (o->kind == TROTH_ORDER_END) {
        e->out_ended = true;
        scripted_check_over(e);
        return TROTH_OK;
    }
    if (e->s->replies) {
        *ret_used = e->data.len ? 0 : 1;
        if (*ret_used)
            e->data = (troth_bytes){ o->data.data, 1 };
        return *ret_used < o->data.len ? TROTH_AGAIN : TROTH_OK;
    }
    size_t n = held >= max || e->got < e->s->needs ? 0 : o->data.len < max - held ? o->data.len : max - held;
    assert_int_equal(troth_queue_put(&e->out, o->data.data, n), TROTH_OK);
    *ret_used = n;
    return n < o->data.len ? TROTH_AGAIN : TROTH_OK;
}

static inline bool scripted_event(troth_endpoint *head, troth_event *ev)
{
    scripted *e = (scripted *)head;
    *ev = (troth_event){ 0 };
    if (e->job) {
        ev->kind = TROTH_EV_JOB;
        ev->job = e->job;
        e->job = NULL;
    } else if (e->tell_established) {
        ev->kind = TROTH_EV_ESTABLISHED;
        ev->facts.mech = ev->facts.outer = TROTH_MECH_NTLM;
        ev->facts.attributes = e->s->attributes;
        ev->facts.peer = (troth_identity){ e->s->name, e->s->account, e->s->authority };
        ev->facts.legs = 2;
        ev->impersonation = TROTH_IDENTIFY;
        e->tell_established = false;
    } else if (e->data.len) {
        ev->kind = TROTH_EV_DATA;
        ev->data = e->data;
        e->data = (troth_bytes){ 0 };
    } else if (e->tell_end) {
        ev->kind = TROTH_EV_END;
        e->tell_end = false;
    } else if (e->tell_closed) {
        ev->kind = TROTH_EV_CLOSED;
        ev->error = e->error;
        e->tell_closed = false;
    } else {
        return false;
    }
    return true;
}

static inline void scripted_stepped(troth_endpoint *head, troth_job *job, uint64_t now)
{
    scripted *e = (scripted *)head;
    (void)now;
    atomic_fetch_add(&e->s->jobs_back, 1);
    assert_int_equal(troth_job_result(job), TROTH_STEP_DONE);
    troth_job_free(job);
    scripted_establish(e);
}

static inline uint64_t scripted_deadline(const troth_endpoint *head)
{
    return ((const scripted *)head)->deadline;
}

static inline void scripted_expire(troth_endpoint *head, uint64_t now)
{
    if (now >= ((scripted *)head)->deadline)
        scripted_close(head, TROTH_TIMEOUT);
}

static inline const troth_error *scripted_error(const troth_endpoint *head)
{
    return &((const scripted *)head)->error;
}

static inline void scripted_free(troth_endpoint *head)
{
    scripted *e = (scripted *)head;
    atomic_fetch_add(&e->s->freed, 1);
    troth_job_free(e->job);
    troth_cred_unref(e->cred);
    troth_queue_clear(&e->out);
    troth_mem_free(e->env, e, sizeof *e);
}

static const troth_endpoint_ops scripted_ops = {
    "script",        scripted_feed,  scripted_feed_end, scripted_out,      scripted_sent,
    scripted_submit, scripted_event, scripted_stepped,  scripted_deadline, scripted_expire,
    scripted_close,  scripted_error, scripted_free,
};

/* A troth_endpoint_maker; self is the script. */
static inline troth_status scripted_make(void *self, const troth_env *env, const troth_transport *t, uint64_t now,
                                         troth_endpoint **ret)
{
    script *s = self;
    scripted *e = troth_mem_new(env, sizeof *e);
    const char first[2] = { s->first, 0 };
    (void)t;
    if (!e)
        return TROTH_NO_MEMORY;
    e->head.ops = &scripted_ops;
    e->env = env;
    e->s = s;
    e->error.where = "";
    e->deadline = s->deadline_ms ? now + s->deadline_ms : UINT64_MAX;
    troth_queue_init(&e->out, env, 1 << 20);
    atomic_fetch_add(&s->made, 1);
    if (s->role == TROTH_INITIATOR)
        assert_int_equal(scripted_put(e, first), TROTH_OK);
    *ret = &e->head;
    return TROTH_OK;
}
#endif
