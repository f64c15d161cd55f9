/*
 * As whom a request without a verifier runs. D is what the transport tells of the client: over TCP, nobody. E is the
 * latest context of level connect, until a request has named a context. [MS-RPCE 3.3.1.5.4; CO-3, CO-4, CO-5]
 */
#include <rpc_co/server.h>

enum { D = TROTH_CO_DI_TRANSPORT, E = TROTH_CO_DI_CONNECT, FIXED = TROTH_CO_DI_FIXED };

static troth_status run_as(troth_co_server *s, bool refused, troth_co_context *ctx)
{
    s->runs_as = (troth_co_runs_as){ refused, ctx };
    return TROTH_OK;
}

/* ---- guards ---- */

/* The one situation in which the text allows it: all attributes are taken from the only context there is (CO-4). */
static bool only_connect(void *self, const void *arg)
{
    const troth_co_context *only = troth_co_context_only(&((troth_co_server *)self)->conn);
    (void)arg;
    return only && only->auth_level == TROTH_RPC_LEVEL_CONNECT;
}

/* A context is there to be named, and the profile wants it named (CO-5). */
static bool strict(void *self, const void *arg)
{
    const troth_co_server *s = self;
    (void)arg;
    return s->profile == TROTH_RPC_STRICT && troth_co_contexts(&s->conn);
}

/* ---- actions ---- */

static troth_status take_it(void *self, const void *arg)
{
    const troth_co_context *x = arg;
    ((troth_co_server *)self)->default_id = x->auth_context_id;
    return TROTH_OK;
}

static troth_status as_only(void *self, const void *arg)
{
    troth_co_server *s = self;
    (void)arg;
    return run_as(s, false, troth_co_context_only(&s->conn));
}

static troth_status refuse_it(void *self, const void *arg)
{
    (void)arg;
    return run_as(self, true, NULL);
}

static troth_status as_nobody(void *self, const void *arg)
{
    (void)arg;
    return run_as(self, false, NULL);
}

static troth_status as_latest(void *self, const void *arg)
{
    troth_co_server *s = self;
    troth_co_context *x = troth_co_context_find(&s->conn, s->default_id);
    (void)arg;
    return run_as(s, !x, x);
}

#define ON(event) TROTH_CO_DI_ON_##event

/* clang-format off */
static const troth_fsm_row rows[] = {
    /* a) a context of level connect begins, and no request has named one of that level yet: the latest wins */
    TROTH_ROW(D,     ON(CONNECT_CONTEXT), NULL,         take_it,   E,     "as Windows, a"),
    TROTH_ROW(E,     ON(CONNECT_CONTEXT), NULL,         take_it,   E,     "as Windows, a"),
    TROTH_ROW(FIXED, ON(CONNECT_CONTEXT), NULL,         NULL,      FIXED, "as Windows, a and c"),
    /* d) a higher level is never a default */
    TROTH_ROW(D,     ON(OTHER_CONTEXT),   NULL,         NULL,      D,     "as Windows, d"),
    TROTH_ROW(E,     ON(OTHER_CONTEXT),   NULL,         NULL,      E,     "as Windows, d"),
    TROTH_ROW(FIXED, ON(OTHER_CONTEXT),   NULL,         NULL,      FIXED, "as Windows, d"),
    /* c) whatever context a request names, there is no default any more; after level connect for good */
    TROTH_ROW(D,     ON(CONNECT_REQUEST), NULL,         NULL,      FIXED, "as Windows, c"),
    TROTH_ROW(E,     ON(CONNECT_REQUEST), NULL,         NULL,      FIXED, "as Windows, c"),
    TROTH_ROW(FIXED, ON(CONNECT_REQUEST), NULL,         NULL,      FIXED, "as Windows, c"),
    TROTH_ROW(D,     ON(OTHER_REQUEST),   NULL,         NULL,      D,     "as Windows, c"),
    TROTH_ROW(E,     ON(OTHER_REQUEST),   NULL,         NULL,      D,     "as Windows, c"),
    TROTH_ROW(FIXED, ON(OTHER_REQUEST),   NULL,         NULL,      FIXED, "as Windows, c"),
    /* b) a request that names none; the text's own case comes before Windows' */
    TROTH_ROW(D,     ON(PLAIN_REQUEST),   only_connect, as_only,   D,     "3.3.1.5.4 (CO-4)"),
    TROTH_ROW(D,     ON(PLAIN_REQUEST),   strict,       refuse_it, D,     "3.3.1.5.4 (CO-5)"),
    TROTH_ROW(D,     ON(PLAIN_REQUEST),   NULL,         as_nobody, D,     "as Windows, b"),
    TROTH_ROW(E,     ON(PLAIN_REQUEST),   only_connect, as_only,   E,     "3.3.1.5.4 (CO-4)"),
    TROTH_ROW(E,     ON(PLAIN_REQUEST),   strict,       refuse_it, E,     "3.3.1.5.4 (CO-5)"),
    TROTH_ROW(E,     ON(PLAIN_REQUEST),   NULL,         as_latest, E,     "as Windows, b"),
    TROTH_ROW(FIXED, ON(PLAIN_REQUEST),   only_connect, as_only,   FIXED, "3.3.1.5.4 (CO-4)"),
    TROTH_ROW(FIXED, ON(PLAIN_REQUEST),   strict,       refuse_it, FIXED, "3.3.1.5.4 (CO-5)"),
    TROTH_ROW(FIXED, ON(PLAIN_REQUEST),   NULL,         as_nobody, FIXED, "as Windows, b"),
};
/* clang-format on */

/* Every cell has a row, so this is never reached; were it, nobody would be anybody. */
static void refuse(void *self, uint8_t event, const void *arg, troth_status why)
{
    (void)event, (void)arg, (void)why;
    ((troth_co_server *)self)->runs_as = (troth_co_runs_as){ true, NULL };
}

static const char *const states[] = { "Transport", "Connect", "Fixed" };
static const char *const events[] = { "connect context", "other context", "connect request", "other request",
                                      "plain request" };
_Static_assert(sizeof states / sizeof *states == TROTH_CO_DI_STATES, "a name for each state");
_Static_assert(sizeof events / sizeof *events == TROTH_CO_DI_EVENTS, "a name for each event");

const troth_fsm_spec troth_co_default_fsm = {
    .name = "co_default",
    .title = "default identity of a connection [MS-RPCE 3.3.1.5.4]",
    .rows = rows,
    .n_rows = sizeof rows / sizeof *rows,
    .states = states,
    .n_states = TROTH_CO_DI_STATES,
    .events = events,
    .n_events = TROTH_CO_DI_EVENTS,
    .initial = D,
    .failed = FIXED,
    .refuse = refuse,
};

/* ---- events ---- */

static void step(troth_co_server *s, uint8_t event, const void *arg)
{
    s->runs_as = (troth_co_runs_as){ true, NULL };
    troth_status st = troth_fsm_step(&s->identity, event, s, arg);
    (void)st; /* no cell is empty, and no action fails */
}

void troth_co_default_begun(troth_co_server *s, const troth_co_context *x)
{
    bool connect = x->auth_level == TROTH_RPC_LEVEL_CONNECT;
    step(s, connect ? TROTH_CO_DI_ON_CONNECT_CONTEXT : TROTH_CO_DI_ON_OTHER_CONTEXT, x);
}

void troth_co_default_named(troth_co_server *s, uint8_t auth_level)
{
    bool connect = auth_level == TROTH_RPC_LEVEL_CONNECT;
    step(s, connect ? TROTH_CO_DI_ON_CONNECT_REQUEST : TROTH_CO_DI_ON_OTHER_REQUEST, NULL);
}

troth_co_runs_as troth_co_default_for(troth_co_server *s)
{
    step(s, TROTH_CO_DI_ON_PLAIN_REQUEST, NULL);
    return s->runs_as;
}
