/* The Table of Security Context Handles. [MS-RPCE 3.3.1.1.2] */
#include <rpc_co/budget.h>
#include <rpc_co/conn.h>
#include <rpc_co/provider.h>
#include <sec/context.h>

static const troth_env *env_of(const troth_co_conn *c)
{
    return &c->budget->meter.env;
}

/*
 * What an initiator asks for. At PKT it asks for sequence detection, too: every PDU is signed as at PKT_INTEGRITY, and on
 * a stream none may be missing or swapped. At CONNECT nothing is demanded; but a negotiation can only show that nobody
 * has tampered with a choice of mechanisms when the chosen one can sign, so where there is a choice it asks for that, and
 * goes on without. Where there is none it does not: Samba's servers cannot answer at CONNECT in a context that can sign.
 * [RFC 4178 5]
 */
static troth_flags asked(const troth_co_conn *c, const troth_co_provider *p, uint8_t level,
                         const troth_co_context_options *o)
{
    if (c->role == TROTH_ACCEPTOR)
        return o->require;
    bool chooses = p->auth_type == TROTH_RPC_AUTH_SPNEGO && o->cred->n_parts > 1;
    uint8_t as = level == TROTH_RPC_LEVEL_PKT ? TROTH_RPC_LEVEL_INTEGRITY : level;
    return o->require | p->ask | troth_co_level_needs(as) | (chooses ? TROTH_F_INTEGRITY : 0);
}

static troth_status begin(troth_co_context *x, const troth_co_provider *p, const troth_co_context_options *o)
{
    troth_context_options sec = { .env = env_of(x->conn),
                                  .role = x->conn->role,
                                  .mech = p->mech,
                                  .require = asked(x->conn, p, x->auth_level, o),
                                  .target = o->target,
                                  .bindings = o->bindings,
                                  .policy = o->policy,
                                  .limits = o->limits };
    return troth_context_new(o->cred, &sec, &x->sec);
}

static void release(troth_co_context *x)
{
    troth_context_free(x->sec);
    troth_mem_free(env_of(x->conn), x, sizeof *x);
}

static troth_status make(troth_co_conn *c, const troth_co_context_options *o, const troth_co_provider *p,
                         troth_co_context **ret)
{
    troth_co_context *x = troth_mem_new(env_of(c), sizeof *x);
    if (!x)
        return TROTH_NO_MEMORY;
    x->conn = c;
    x->id = o->id;
    x->auth_context_id = o->auth_context_id;
    x->auth_type = o->auth_type;
    x->auth_level = troth_co_level_raise(o->auth_level);
    x->since = c->now;
    x->error.where = "";
    troth_fsm_init(&x->fsm, &troth_co_context_fsm, c->env);
    troth_status st = begin(x, p, o);
    if (!st)
        st = troth_idtable_add_number(&c->contexts, x->auth_context_id, x);
    if (st)
        release(x);
    else
        *ret = x;
    return st;
}

troth_status troth_co_context_new(troth_co_conn *c, const troth_co_context_options *o, troth_co_context **ret)
{
    if (troth_idtable_len(&c->contexts) >= c->max_contexts) /* before anything of a provider runs (CO-8) */
        return TROTH_LIMIT;
    if (troth_co_context_find(c, o->auth_context_id))
        return TROTH_INVALID;
    const troth_co_provider *p = troth_co_provider_of(o->auth_type);
    if (p && !p->mech)
        return TROTH_DENIED;
    if (!p || !troth_co_provider_has(p, o->cred))
        return TROTH_UNSUPPORTED;
    return make(c, o, p, ret);
}

troth_co_context *troth_co_context_find(const troth_co_conn *c, uint32_t auth_context_id)
{
    return troth_idtable_find_number(&c->contexts, auth_context_id);
}

/* Events that the owner has not taken: the job has not run yet, and the facts view strings of the context. */
static void take_back_events(troth_co_context *x)
{
    troth_co_conn *c = x->conn;
    for (unsigned i = 0; i < c->n_events; i++) {
        troth_event *e = &c->events[(c->first_event + i) % TROTH_CO_EVENTS];
        bool job = e->kind == TROTH_EV_JOB && e->job && troth_job_id(e->job) == x->job_id;
        if (job)
            troth_job_free(e->job);
        if (job || (e->kind == TROTH_EV_ESTABLISHED && e->id == x->id))
            *e = (troth_event){ 0 };
    }
}

void troth_co_context_drop(troth_co_context *x)
{
    troth_co_conn *c = x->conn;
    take_back_events(x);
    c->contexts_open -= x->fsm.state == TROTH_CO_CTX_OPEN;
    (void)troth_idtable_remove_number(&c->contexts, x->auth_context_id);
    release(x);
}

size_t troth_co_contexts(const troth_co_conn *c)
{
    return troth_idtable_len(&c->contexts);
}

typedef struct visit {
    bool (*fn)(void *self, troth_co_context *x);
    void *self;
} visit;

static bool visit_one(void *self, troth_bytes id, void *value)
{
    const visit *v = self;
    (void)id;
    return v->fn(v->self, value);
}

void troth_co_context_each(troth_co_conn *c, bool (*fn)(void *self, troth_co_context *x), void *self)
{
    visit v = { fn, self };
    troth_idtable_each(&c->contexts, visit_one, &v);
}

static bool take_first(void *self, troth_bytes id, void *value)
{
    troth_co_context **first = self;
    (void)id;
    *first = value;
    return false;
}

troth_co_context *troth_co_context_only(const troth_co_conn *c)
{
    troth_co_context *first = NULL;
    if (troth_co_contexts(c) == 1)
        troth_idtable_each((troth_idtable *)(uintptr_t)&c->contexts, take_first, (void *)&first);
    return first;
}

troth_facts troth_co_context_facts(const troth_co_context *x)
{
    if (x->sec)
        return troth_context_facts(x->sec);
    const troth_identity nobody = { "", "", "" };
    return (troth_facts){ .peer = nobody, .self = nobody, .detail = "", .expiry = UINT64_MAX };
}
