/* The life of a connection's security context. [MS-RPCE 3.3.1.5.2.1, 3.3.1.5.2.2] */
#include <rpc_co/budget.h>
#include <rpc_co/conn.h>
#include <rpc_co/provider.h>
#include <sec/context.h>

enum {
    NEW = TROTH_CO_CTX_NEW,
    STEPPING = TROTH_CO_CTX_STEPPING,
    WAITING = TROTH_CO_CTX_WAITING,
    OPEN = TROTH_CO_CTX_OPEN,
    BROKEN = TROTH_CO_CTX_BROKEN,
    POISONED = TROTH_CO_CTX_POISONED,
    EXPIRED = TROTH_CO_CTX_EXPIRED
};

/* The argument of ON_LEG. */
typedef struct troth_co_leg_in {
    troth_bytes token;
} troth_co_leg_in;

static void fail(troth_co_context *x, troth_status code, const char *where)
{
    if (!x->error.code)
        x->error = (troth_error){ .code = code, .where = where };
}

/* "The server SHOULD also discard the security context in this case." */
static void discard(troth_co_context *x)
{
    troth_context_free(x->sec);
    x->sec = NULL;
}

/* ---- guards ---- */

/* All that the level needs was granted: one capability less counts as a provider's error (CO-12). */
static bool granted(void *self, const void *arg)
{
    const troth_co_context *x = self;
    (void)arg;
    troth_flags needs = troth_co_level_needs(x->auth_level);
    if (x->conn->late_integrity) /* its first message fails, since it cannot be verified */
        needs &= TROTH_F_CONFIDENTIALITY;
    return !(needs & ~troth_context_facts(x->sec).attributes);
}

/* An rpc_auth_3 is never answered, so what came of it is told by the first request. */
static bool unanswered(void *self, const void *arg)
{
    (void)arg;
    return ((troth_co_context *)self)->answer_with.ptype == TROTH_CO_AUTH3;
}

/* The provider is done, but for a token that the peer still has to see. */
static bool unanswerable(void *self, const void *arg)
{
    const troth_co_leg *leg = arg;
    return leg && leg->token.len && unanswered(self, arg);
}

/* ---- actions ---- */

/* Numbers are never used twice, and name their context: a job that comes back late finds its own or nothing. */
static troth_status next_job(troth_co_context *x, uint64_t *ret)
{
    if (x->conn->last_job >= UINT32_MAX)
        return TROTH_LIMIT;
    *ret = ++x->conn->last_job << 32 | x->auth_context_id;
    return TROTH_OK;
}

static troth_status step_provider(void *self, const void *arg)
{
    troth_co_context *x = self;
    const troth_co_leg_in *in = arg;
    const troth_env *env = &x->conn->budget->meter.env;
    troth_block token = { 0 };
    troth_event ev = { .kind = TROTH_EV_JOB, .id = x->id };
    uint64_t id;
    troth_status st = next_job(x, &id);
    if (!st && in->token.data)
        st = troth_mem_keep(env, in->token.data, in->token.len, &token);
    if (!st)
        st = troth_context_job(x->sec, in->token.data ? &token : NULL, id, &ev.job);
    if (st) {
        troth_mem_drop(env, &token);
        return st;
    }
    x->sec = NULL; /* the job's now */
    x->job_id = id;
    st = troth_co_tell(x->conn, &ev);
    if (st)
        troth_job_free(ev.job);
    return st;
}

static troth_status open_it(void *self, const void *arg)
{
    troth_co_context *x = self;
    (void)arg;
    x->whole_pdu = troth_co_level_needs(x->auth_level) &&
                   troth_context_facts(x->sec).mech == TROTH_MECH_NTLM; /* [MS-NLMP 3.4.8] */
    return TROTH_OK;
}

static troth_status too_low(void *self, const void *arg)
{
    (void)arg;
    fail(self, TROTH_TOO_LOW, "MS-RPCE 3.3.1.5.2.2: capabilities of the level");
    discard(self);
    return TROTH_OK;
}

/* A provider that wants one leg more where there is none. */
static troth_status unfinished(void *self, const void *arg)
{
    (void)arg;
    fail(self, TROTH_UNEXPECTED, "MS-RPCE 3.3.1.5.2.1: rpc_auth_3 is the last leg");
    discard(self);
    return TROTH_OK;
}

static troth_status failed(void *self, const void *arg)
{
    troth_co_context *x = self;
    (void)arg;
    if (!x->error.code && x->sec)
        x->error = *troth_context_error(x->sec);
    fail(x, TROTH_MECHANISM, "MS-RPCE 3.3.1.5.2.1");
    discard(x);
    return TROTH_OK;
}

/* The leg of a context that was poisoned meanwhile. */
static troth_status too_late(void *self, const void *arg)
{
    (void)arg;
    discard(self);
    return TROTH_OK;
}

static troth_status mismatch(void *self, const void *arg)
{
    (void)arg;
    fail(self, TROTH_DENIED, "MS-RPCE 2.2.2.11: auth_type and auth_level of the context");
    return TROTH_OK;
}

static troth_status expired(void *self, const void *arg)
{
    (void)arg;
    fail(self, TROTH_EXPIRED, "RFC 4121 5: the context's end");
    return TROTH_OK;
}

#define ON(event) TROTH_CO_CTX_ON_##event

/* clang-format off */
static const troth_fsm_row rows[] = {
    /* building it                                                                         [3.3.1.5.2.1] */
    TROTH_ROW(NEW,      ON(LEG),      NULL,       step_provider, STEPPING, "3.3.1.5.2.1, the first leg"),
    TROTH_ROW(WAITING,  ON(LEG),      NULL,       step_provider, STEPPING, "3.3.1.5.2.1, any later leg"),
    TROTH_ROW(STEPPING, ON(MORE),     unanswered, unfinished,    BROKEN,   "3.3.1.5.2.1, rpc_auth_3 is the last leg"),
    TROTH_ROW(STEPPING, ON(MORE),     NULL,       NULL,          WAITING,  "3.3.1.5.2.1, further security legs"),
    TROTH_ROW(STEPPING, ON(DONE),     unanswerable, unfinished,  BROKEN,   "3.3.1.5.2.1, rpc_auth_3 has no answer"),
    TROTH_ROW(STEPPING, ON(DONE),     granted,    open_it,       OPEN,     "3.3.1.5.2.1, success"),
    TROTH_ROW(STEPPING, ON(DONE),     unanswered, too_low,       BROKEN,   "3.3.1.5.2.2, lack of a capability"),
    TROTH_ROW(STEPPING, ON(DONE),     NULL,       too_low,       POISONED, "3.3.1.5.2.2, lack of a capability"),
    TROTH_ROW(STEPPING, ON(FAILED),   unanswered, failed,        BROKEN,   "3.3.1.5.2.1, told by the first request"),
    TROTH_ROW(STEPPING, ON(FAILED),   NULL,       failed,        POISONED, "3.3.1.5.2.1, error"),
    /* using it                                                                            [3.3.1.5.2.2] */
    TROTH_ROW(STEPPING, ON(USE),      NULL,       NULL,          STEPPING, "3.3.1.5.2.1, a request behind its rpc_auth_3 waits"),
    TROTH_ROW(OPEN,     ON(USE),      NULL,       NULL,          OPEN,     "3.3.1.5.2.2"),
    TROTH_ROW(BROKEN,   ON(USE),      NULL,       NULL,          POISONED, "3.3.1.5.2.1, the first request is told"),
    TROTH_ROW(EXPIRED,  ON(USE),      NULL,       NULL,          EXPIRED,  "RFC 4121 5"),
    TROTH_ROW(WAITING,  ON(MISMATCH), NULL,       mismatch,      POISONED, "2.2.2.11, as Windows"),
    TROTH_ROW(OPEN,     ON(MISMATCH), NULL,       mismatch,      POISONED, "2.2.2.11, as Windows"),
    TROTH_ROW(BROKEN,   ON(MISMATCH), NULL,       mismatch,      POISONED, "2.2.2.11, as Windows"),
    TROTH_ROW(EXPIRED,  ON(MISMATCH), NULL,       mismatch,      POISONED, "2.2.2.11, as Windows"),
    TROTH_ROW(STEPPING, ON(MISMATCH), NULL,       mismatch,      POISONED, "2.2.2.11, as Windows"),
    TROTH_ROW(OPEN,     ON(EXPIRE),   NULL,       expired,       EXPIRED,  "RFC 4121 5"),
    TROTH_ROW(EXPIRED,  ON(EXPIRE),   NULL,       NULL,          EXPIRED,  "RFC 4121 5"),
    /* poisoned while its leg ran: what comes back is dropped */
    TROTH_ROW(POISONED, ON(MORE),     NULL,       too_late,      POISONED, "2.2.2.11"),
    TROTH_ROW(POISONED, ON(DONE),     NULL,       too_late,      POISONED, "2.2.2.11"),
    TROTH_ROW(POISONED, ON(FAILED),   NULL,       too_late,      POISONED, "2.2.2.11"),
};
/* clang-format on */

/* No such arrow, or a leg that could not begin. The owner forms the answer; a context that was open is so no more. */
static void refuse(void *self, uint8_t event, const void *arg, troth_status why)
{
    (void)arg;
    fail(self, why,
         event == TROTH_CO_CTX_ON_LEG ? "MS-RPCE 3.3.1.5.2.1: a leg of the context"
                                      : "MS-RPCE 3.3.1.5.2.1: use of a context that is not built");
}

static const char *const states[] = { "New", "Stepping", "Waiting", "Open", "Broken", "Poisoned", "Expired" };
static const char *const events[] = { "leg", "more legs", "done", "failed", "use", "mismatch", "expire" };
_Static_assert(sizeof states / sizeof *states == TROTH_CO_CTX_STATES, "a name for each state");
_Static_assert(sizeof events / sizeof *events == TROTH_CO_CTX_EVENTS, "a name for each event");

const troth_fsm_spec troth_co_context_fsm = {
    .name = "co_context",
    .title = "security context of a connection [MS-RPCE 3.3.1.5.2]",
    .rows = rows,
    .n_rows = sizeof rows / sizeof *rows,
    .states = states,
    .n_states = TROTH_CO_CTX_STATES,
    .events = events,
    .n_events = TROTH_CO_CTX_EVENTS,
    .initial = NEW,
    .failed = POISONED,
    .refuse = refuse,
};

/* ---- events ---- */

/* Every step goes through here, so that the number of open contexts is always right. */
static troth_status step(troth_co_context *x, uint8_t event, const void *arg)
{
    x->conn->contexts_open -= x->fsm.state == OPEN;
    troth_status st = troth_fsm_step(&x->fsm, event, x, arg);
    x->conn->contexts_open += x->fsm.state == OPEN;
    return st;
}

troth_status troth_co_context_leg(troth_co_context *x, troth_bytes token)
{
    troth_co_leg_in in = { token };
    return step(x, TROTH_CO_CTX_ON_LEG, &in);
}

static uint8_t event_of(troth_step result)
{
    switch (result) {
    case TROTH_STEP_DONE:
        return TROTH_CO_CTX_ON_DONE;
    case TROTH_STEP_MORE:
        return TROTH_CO_CTX_ON_MORE;
    default:
        return TROTH_CO_CTX_ON_FAILED;
    }
}

static troth_step result_of(const troth_co_context *x)
{
    if (x->fsm.state == OPEN)
        return TROTH_STEP_DONE;
    return x->fsm.state == WAITING ? TROTH_STEP_MORE : TROTH_STEP_ERROR;
}

bool troth_co_context_stepped(troth_co_conn *c, troth_job *job, troth_co_leg *ret)
{
    uint64_t id = troth_job_id(job);
    troth_co_context *x = c->closed ? NULL : troth_co_context_find(c, (uint32_t)id);
    if (!x || !id || x->job_id != id)
        return false;
    troth_step result = troth_job_result(job);
    troth_co_leg leg = { .ctx = x, .token = troth_job_token(job) };
    x->job_id = 0;
    x->sec = troth_job_take_context(job);
    troth_status st = step(x, event_of(result), &leg);
    (void)st; /* every state of a context with a job has an arrow for each result */
    leg.result = result_of(x);
    if (leg.result == TROTH_STEP_ERROR && result != TROTH_STEP_ERROR)
        leg.token = (troth_bytes){ NULL, 0 }; /* our refusal: the peer gets nothing that would go on */
    *ret = leg;
    return true;
}

troth_status troth_co_context_use(troth_co_context *x, uint8_t auth_type, uint8_t auth_level)
{
    uint8_t state = x->fsm.state;
    bool same = auth_type == x->auth_type && troth_co_level_raise(auth_level) == x->auth_level;
    troth_status st = step(x, same ? TROTH_CO_CTX_ON_USE : TROTH_CO_CTX_ON_MISMATCH, NULL);
    if (!same)
        return TROTH_DENIED;
    switch (state) {
    case STEPPING:
        return TROTH_AGAIN;
    case BROKEN:
    case POISONED:
    case EXPIRED:
        return x->error.code;
    default:
        return st;
    }
}

void troth_co_context_expire(troth_co_context *x)
{
    troth_status st = step(x, TROTH_CO_CTX_ON_EXPIRE, NULL);
    (void)st; /* a context that is not open has nothing to lose */
}
