/* What a client's contexts do; the table is in sas_client_context.fsm.c. */
#include <csiv2/sas_client_rows.h>
#include <string.h>

enum { TYPE = 4 }; /* octets of the identity's type at the front of a key */

static uint8_t state_of(const troth_sas_client_context *x)
{
    return x->fsm.state;
}

troth_bytes troth_sas_client_identity(const troth_sas_client_context *x, uint32_t *ret_type)
{
    troth_reader r = troth_reader_of(x->key.data, x->key.len, TROTH_BE);
    *ret_type = troth_read_u32(&r);
    return troth_read_rest(&r);
}

troth_status troth_sas_client_context_on(troth_sas_client_context *x, uint8_t event, const void *arg)
{
    return troth_fsm_step(&x->fsm, event, x, arg);
}

/* Contexts that cannot be for reuse, and such of a peer that gets no evidence, begin elsewhere. */
static troth_status begin(troth_sas_client_context *x)
{
    troth_sas_client *c = x->client;
    troth_sas_client_heard heard = { .error = c->error };
    if (c->error.code)
        return troth_sas_client_context_on(x, TROTH_SAS_CX_ON_CONTRADICTION, &heard);
    if (x->passing || !c->stateful)
        return troth_sas_client_context_on(x, TROTH_SAS_CX_ON_BEGIN_STATELESS, NULL);
    return TROTH_OK;
}

troth_status troth_sas_client_context_of(troth_sas_client *c, troth_bytes key, troth_sas_client_context **ret)
{
    troth_sas_client_context *x = troth_idtable_find(&c->contexts, key);
    if (x) {
        *ret = x;
        return TROTH_OK;
    }
    x = troth_mem_new(c->env, sizeof *x);
    if (!x)
        return TROTH_NO_MEMORY;
    x->client = c;
    troth_fsm_init(&x->fsm, &troth_sas_client_context_fsm, c->env);
    troth_status st = troth_mem_keep(c->env, key.data, key.len, &x->key);
    if (!st)
        st = troth_idtable_add(&c->contexts, key, x);
    if (st == TROTH_LIMIT) { /* served all the same, and forgotten with its last request */
        x->passing = true;
        st = TROTH_OK;
    }
    if (!st)
        st = begin(x);
    if (st) {
        troth_sas_client_context_free(x);
        return st;
    }
    *ret = x;
    return TROTH_OK;
}

static bool is_for(void *self, troth_bytes id, void *value)
{
    (void)id;
    troth_sas_client_errand *j = value;
    if (j->context == self)
        j->context = NULL;
    return true;
}

void troth_sas_client_context_free(troth_sas_client_context *x)
{
    troth_sas_client *c = x->client;
    if (!x->passing)
        (void)troth_idtable_remove(&c->contexts, (troth_bytes){ x->key.data, x->key.len });
    troth_idtable_each(&c->jobs, is_for, x);
    troth_mem_drop(c->env, &x->token);
    troth_mem_drop(c->env, &x->key);
    troth_mem_free(c->env, x, sizeof *x);
}

/* ---- guards ---- */

bool troth_sas_cx_needs_token(void *self, const void *arg)
{
    (void)arg;
    return ((troth_sas_client_context *)self)->client->authn != TROTH_MECH_NONE;
}

bool troth_sas_cx_nobody_waits(void *self, const void *arg)
{
    (void)arg;
    return !((troth_sas_client_context *)self)->waiting.n;
}

bool troth_sas_cx_fresh_evidence(void *self, const void *arg)
{
    (void)arg;
    return ((troth_sas_client_context *)self)->client->authn == TROTH_MECH_KERBEROS;
}

bool troth_sas_cx_peer_is_silent(void *self, const void *arg)
{
    (void)arg;
    return ((troth_sas_client_context *)self)->client->silent;
}

bool troth_sas_cx_others_pending(void *self, const void *arg)
{
    (void)arg;
    return ((troth_sas_client_context *)self)->pending > 0;
}

/* ---- placing a request ---- */

static troth_sas_client_request *placed(const void *arg)
{
    return ((const troth_sas_client_placing *)arg)->request;
}

troth_status troth_sas_cx_make_token(void *self, const void *arg)
{
    troth_sas_client_context *x = self;
    placed(arg)->on_next = TROTH_SAS_RQ_ON_WAIT;
    return troth_sas_client_make(x->client, x, NULL);
}

troth_status troth_sas_cx_make_own(void *self, const void *arg)
{
    troth_sas_client_context *x = self;
    troth_sas_client_request *r = placed(arg);
    r->once = true;
    r->on_next = TROTH_SAS_RQ_ON_WAIT;
    return troth_sas_client_make(x->client, NULL, r);
}

troth_status troth_sas_cx_go_once(void *self, const void *arg)
{
    (void)self;
    placed(arg)->once = true;
    placed(arg)->on_next = TROTH_SAS_RQ_ON_MAY_GO;
    return TROTH_OK;
}

troth_status troth_sas_cx_wait(void *self, const void *arg)
{
    (void)self;
    placed(arg)->on_next = TROTH_SAS_RQ_ON_WAIT;
    return TROTH_OK;
}

troth_status troth_sas_cx_go(void *self, const void *arg)
{
    (void)self;
    placed(arg)->on_next = TROTH_SAS_RQ_ON_MAY_GO;
    return TROTH_OK;
}

troth_status troth_sas_cx_deny(void *self, const void *arg)
{
    placed(arg)->error = ((troth_sas_client_context *)self)->error;
    placed(arg)->on_next = TROTH_SAS_RQ_ON_DENY;
    return TROTH_OK;
}

/* ---- ids and tokens ---- */

typedef struct usage {
    uint64_t id;
    bool used;
} usage;

static bool used_by_context(void *self, troth_bytes key, void *value)
{
    (void)key;
    usage *u = self;
    u->used = u->used || ((const troth_sas_client_context *)value)->id == u->id;
    return !u->used;
}

static bool used_by_request(const void *self, const troth_sas_node *node)
{
    return ((const troth_sas_client_request *)node)->sent_id == *(const uint64_t *)self;
}

/* In order; who has gone round all of them passes over those in use. [R3] */
static uint64_t fresh_id(troth_sas_client *c)
{
    for (;;) {
        usage u = { c->next_id++, false };
        c->ids_wrapped = c->ids_wrapped || !c->next_id;
        if (c->ids_wrapped) {
            troth_idtable_each(&c->contexts, used_by_context, &u);
            u.used = u.used || troth_sas_table_any(&c->requests, used_by_request, &u.id);
        }
        if (u.id && !u.used)
            return u.id;
    }
}

troth_status troth_sas_cx_take_id(void *self, const void *arg)
{
    troth_sas_client_context *x = self;
    x->id = fresh_id(x->client);
    if (arg)
        placed(arg)->on_next = TROTH_SAS_RQ_ON_MAY_GO;
    return TROTH_OK;
}

troth_status troth_sas_cx_take_token(void *self, const void *arg)
{
    troth_sas_client_context *x = self;
    const troth_sas_client_token *t = arg;
    x->token = *t->token;
    *t->token = (troth_block){ NULL, 0 };
    return troth_sas_cx_take_id(self, NULL);
}

troth_status troth_sas_cx_wipe_token(void *self, const void *arg)
{
    (void)arg;
    troth_sas_client_context *x = self;
    troth_mem_drop(x->client->env, &x->token);
    return TROTH_OK;
}

troth_status troth_sas_cx_forget(void *self, const void *arg)
{
    troth_sas_client_context *x = self;
    x->id = 0;
    x->pending = 0;
    return troth_sas_cx_wipe_token(self, arg);
}

troth_status troth_sas_cx_forget_for(void *self, const void *arg)
{
    ((troth_sas_client_context *)self)->error = ((const troth_sas_client_heard *)arg)->error;
    return troth_sas_cx_forget(self, arg);
}

void troth_sas_cx_refuse(void *self, uint8_t event, const void *arg, troth_status why)
{
    (void)event, (void)why;
    (void)troth_sas_cx_forget(self, arg);
}

/* ---- a peer that cannot be believed ---- */

static bool distrust(void *self, troth_bytes key, void *value)
{
    (void)key;
    troth_sas_client_context *x = value;
    const troth_sas_client_heard *heard = self;
    bool made_for = state_of(x) == TROTH_SAS_CX_MAKING;
    if (troth_sas_client_context_on(x, TROTH_SAS_CX_ON_CONTRADICTION, heard))
        return true; /* there is an arrow from every state */
    if (made_for)
        troth_idtable_each(&x->client->jobs, is_for, x);
    troth_sas_client_release(x, &x->error);
    return true;
}

void troth_sas_client_distrust(troth_sas_client *c, const troth_error *why)
{
    if (c->error.code)
        return;
    c->error = *why;
    troth_sas_client_heard heard = { .error = *why };
    troth_idtable_each(&c->contexts, distrust, &heard);
}
