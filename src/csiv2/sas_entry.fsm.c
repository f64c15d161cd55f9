/* A context by its client_context_id. [CORBA 24.3.2; the states are ours] */
#include <csiv2/sas_target.h>
#include <string.h>

#define NEW         TROTH_SAS_E_NEW
#define PENDING     TROTH_SAS_E_PENDING
#define PASSING     TROTH_SAS_E_PASSING
#define ESTABLISHED TROTH_SAS_E_ESTABLISHED
#define LEAVING     TROTH_SAS_E_LEAVING
#define GONE        TROTH_SAS_E_GONE

#define ON(event) TROTH_SAS_E_ON_##event

static bool may_stay(void *self, const void *arg)
{
    (void)arg;
    return troth_sas_has_room(((troth_sas_entry_op *)self)->s);
}

static bool in_use(void *self, const void *arg)
{
    (void)arg;
    return ((troth_sas_entry_op *)self)->e->uses;
}

static bool in_use_by_others(void *self, const void *arg)
{
    (void)arg;
    return ((troth_sas_entry_op *)self)->e->uses > 1;
}

static troth_status reserve(void *self, const void *arg)
{
    troth_sas_session *s = ((troth_sas_entry_op *)self)->s;
    (void)arg;
    s->reserved++;
    s->t->entries++;
    return TROTH_OK;
}

static troth_status take_out(void *self, const void *arg)
{
    troth_sas_entry_op *op = self;
    (void)arg;
    troth_sas_table_remove(&op->s->entries, &op->e->node);
    troth_sas_deadlines_remove(&op->s->deadlines, &op->e->due);
    return TROTH_OK;
}

static troth_status give_up(void *self, const void *arg)
{
    troth_sas_session *s = ((troth_sas_entry_op *)self)->s;
    s->reserved--;
    s->t->entries--;
    return take_out(self, arg);
}

/* The context is now available for the caller's reuse. */
static troth_status establish(void *self, const void *arg)
{
    troth_sas_entry_op *op = self;
    const troth_sas_finding *f = arg;
    uint64_t now = op->s->now;
    op->e->who = troth_sas_who_ref(f->who);
    op->e->expiry = f->expiry;
    op->e->answer = troth_sas_shared_ref(f->answer);
    op->e->touched = now;
    op->e->life_end = troth_sas_later(now, op->s->t->opts.life_ms);
    troth_sas_deadlines_move(&op->s->deadlines, &op->e->due, troth_sas_entry_end(op->s, op->e));
    op->s->established++;
    return TROTH_OK;
}

static troth_status leave(void *self, const void *arg)
{
    ((troth_sas_entry_op *)self)->s->established--;
    return give_up(self, arg);
}

static troth_status use(void *self, const void *arg)
{
    troth_sas_entry_op *op = self;
    (void)arg;
    op->e->uses++; /* in use it is not idle; _release says since when it is */
    return TROTH_OK;
}

static troth_status release(void *self, const void *arg)
{
    troth_sas_entry_op *op = self;
    (void)arg;
    op->e->uses--;
    op->e->touched = op->s->now;
    return TROTH_OK;
}

/* clang-format off */
static const troth_fsm_row rows[] = {
    /* an id that is free                                                                              [24.3.2.2] */
    TROTH_ROW(NEW,         ON(ESTABLISH), may_stay,         reserve,   PENDING,     "24.3.2.2"),
    TROTH_ROW(NEW,         ON(ESTABLISH), NULL,             NULL,      PASSING,     "24.3.2.2, negotiated to stateless to preserve resources"),
    /* validated, or not                                                                               [24.3.2.2] */
    TROTH_ROW(PENDING,     ON(VALID),     NULL,             establish, ESTABLISHED, "24.3.2.2, available for the caller's reuse"),
    TROTH_ROW(PENDING,     ON(INVALID),   NULL,             give_up,   GONE,        "24.3.2.2, no context remains"),
    TROTH_ROW(PASSING,     ON(VALID),     NULL,             take_out,  GONE,        "24.3.2.1, context_stateful false"),
    TROTH_ROW(PASSING,     ON(INVALID),   NULL,             take_out,  GONE,        "24.3.2.1"),
    /* requests in it */
    TROTH_ROW(ESTABLISHED, ON(USE),       NULL,             use,       ESTABLISHED, "24.3.3 reference_context"),
    TROTH_ROW(ESTABLISHED, ON(RELEASE),   NULL,             release,   ESTABLISHED, "24.3.3"),
    /* the client's discard, and the target's: the id is free at once, requests that run keep the context */
    TROTH_ROW(ESTABLISHED, ON(DISCARD),   NULL,             leave,     LEAVING,     "24.3.3 discard_context, by a request in it"),
    TROTH_ROW(ESTABLISHED, ON(EXPIRE),    in_use,           leave,     LEAVING,     "24.3.2.2, unilaterally discarded"),
    TROTH_ROW(ESTABLISHED, ON(EXPIRE),    NULL,             leave,     GONE,        "24.3.2.2, unilaterally discarded"),
    TROTH_ROW(LEAVING,     ON(RELEASE),   in_use_by_others, release,   LEAVING,     "24.3.3"),
    TROTH_ROW(LEAVING,     ON(RELEASE),   NULL,             release,   GONE,        "24.3.3"),
};
/* clang-format on */

static const char *const states[] = { "New", "Pending", "Passing", "Established", "Leaving", "Gone" };
static const char *const events[] = { "EstablishContext", "valid",           "invalid", "use",
                                      "release",          "discard_context", "expire" };
_Static_assert(sizeof states / sizeof *states == TROTH_SAS_E_STATES, "a name for each state");
_Static_assert(sizeof events / sizeof *events == TROTH_SAS_E_EVENTS, "a name for each event");

/* No event is raised that has no arrow: what a peer may do is decided by the machine of its request. */
static void refuse(void *self, uint8_t event, const void *arg, troth_status why)
{
    (void)self, (void)event, (void)arg, (void)why;
}

const troth_fsm_spec troth_sas_entry_fsm = {
    .name = "sas_entry",
    .title = "CSIv2 context of a target [CORBA 24.3.2]",
    .rows = rows,
    .n_rows = sizeof rows / sizeof *rows,
    .states = states,
    .n_states = TROTH_SAS_E_STATES,
    .events = events,
    .n_events = TROTH_SAS_E_EVENTS,
    .initial = NEW,
    .failed = GONE,
    .refuse = refuse,
};

static void destroy(troth_sas_session *s, troth_sas_entry *e)
{
    if (e->who)
        troth_sas_shared_put(s, e->answer);
    troth_sas_who_put(s, e->who);
    troth_mem_free(s->env, e, sizeof *e);
}

void troth_sas_entry_event(troth_sas_session *s, troth_sas_entry *e, uint8_t event, const troth_sas_finding *f)
{
    troth_sas_entry_op op = { s, e };
    troth_status st = troth_fsm_step(&e->fsm, event, &op, f);
    (void)st; /* nothing that an entry does can fail */
    if (e->fsm.state == GONE)
        destroy(s, e);
}

void troth_sas_entry_drop(troth_sas_session *s, troth_sas_entry *e)
{
    if (e->fsm.state == PENDING || e->fsm.state == ESTABLISHED)
        s->t->entries--;
    destroy(s, e);
}

troth_sas_entry *troth_sas_entry_new(troth_sas_session *s, uint64_t id, const uint8_t digest[TROTH_SAS_DIGEST])
{
    troth_sas_entry *e = troth_mem_new(s->env, sizeof *e);
    if (!e)
        return NULL;
    e->node.id = id;
    e->expiry = UINT64_MAX;
    e->creds = s->t->creds;
    e->due.key = troth_sas_later(s->now, s->t->opts.idle_ms);
    memcpy(e->digest, digest, sizeof e->digest);
    troth_fsm_init(&e->fsm, &troth_sas_entry_fsm, s->env);
    if (troth_sas_deadlines_add(&s->deadlines, &e->due)) {
        destroy(s, e);
        return NULL;
    }
    if (troth_sas_table_add(&s->entries, &e->node)) {
        troth_sas_deadlines_remove(&s->deadlines, &e->due);
        destroy(s, e);
        return NULL;
    }
    troth_sas_entry_event(s, e, ON(ESTABLISH), NULL);
    return e;
}
