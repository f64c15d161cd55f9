/* Placing requests, and writing what goes with them; the table is in sas_client_request.fsm.c. */
#include <csiv2/sas_client_rows.h>

void troth_sas_client_request_on(troth_sas_client_request *r, uint8_t event)
{
    troth_status st = troth_fsm_step(&r->fsm, event, r, NULL);
    if (st && !r->error.code)
        r->error = (troth_error){ .code = st, .where = "CORBA 24.3.4" };
}

void troth_sas_client_clean(troth_sas_client *c)
{
    if (c->out.len)
        troth_wipe(c->out.base, c->out.len);
    troth_writer_reset(&c->out);
}

void troth_sas_client_place(troth_sas_client_request *r)
{
    troth_sas_client_placing placing = { r };
    r->once = false;
    r->on_next = TROTH_SAS_RQ_ON_MAY_GO;
    if (r->context) {
        uint8_t event = r->response_expected ? TROTH_SAS_CX_ON_CALL : TROTH_SAS_CX_ON_ONEWAY;
        troth_status st = troth_sas_client_context_on(r->context, event, &placing);
        if (st) {
            r->error = (troth_error){ .code = st, .where = "CORBA 24.3.4 get_client_credentials" };
            r->on_next = TROTH_SAS_RQ_ON_DENY;
        }
    }
    troth_sas_client_request_on(r, r->on_next);
}

void troth_sas_client_release(troth_sas_client_context *x, const troth_error *error)
{
    while (x->waiting.first) {
        troth_sas_client_request *r = x->waiting.first;
        if (error)
            r->error = *error;
        troth_sas_client_request_on(r, error ? TROTH_SAS_RQ_ON_DENY : TROTH_SAS_RQ_ON_MAY_GO);
    }
}

/* ---- where a request stands ---- */

troth_status troth_sas_rq_wait(void *self, const void *arg)
{
    (void)arg;
    troth_sas_client_request *r = self;
    r->client->waiting++;
    if (!r->once)
        troth_sas_client_line_put(&r->context->waiting, r);
    return TROTH_OK;
}

troth_status troth_sas_rq_leave(void *self, const void *arg)
{
    (void)arg;
    troth_sas_client_request *r = self;
    if (r->fsm.state == TROTH_SAS_RQ_WAITING)
        r->client->waiting--;
    troth_sas_client_line_leave(r);
    return TROTH_OK;
}

troth_status troth_sas_rq_line_up(void *self, const void *arg)
{
    troth_sas_client_request *r = self;
    troth_status st = troth_sas_rq_leave(self, arg);
    troth_sas_client_line_put(&r->client->ready, r);
    return st;
}

/* ---- what goes with it ---- */

static troth_status write(troth_sas_client_request *r, const troth_sas_message *m)
{
    troth_sas_client *c = r->client;
    troth_sas_client_line_leave(r);
    r->sent_id = m->client_context_id;
    troth_sas_write(&c->out, m);
    return c->out.st;
}

/* ITTPrincipalName is the exported name, or for listed peers an encapsulation of it. [CORBA 24.2.5] */
static troth_status write_establish(troth_sas_client_request *r, uint64_t id, const troth_block *token)
{
    troth_sas_message m = { .type = TROTH_SAS_ESTABLISH_CONTEXT, .client_context_id = id };
    troth_sas_identity *t = &m.establish.identity_token;
    troth_writer wrapped = troth_writer_growing(r->client->env, TROTH_SAS_OCTETS_MAX, TROTH_LE);
    t->octets = troth_sas_client_identity(r->context, &t->type);
    m.establish.client_authentication_token = (troth_bytes){ token->data, token->len };
    if (r->client->wrapped && t->type == TROTH_CSI_ITT_PRINCIPAL_NAME) {
        troth_cdr_out inner = troth_cdr_out_encapsulation(&wrapped);
        troth_cdr_put_octets(&inner, t->octets);
        t->octets = (troth_bytes){ wrapped.base, wrapped.len };
    }
    troth_status st = wrapped.st ? wrapped.st : write(r, &m);
    troth_writer_clear(&wrapped);
    return st;
}

troth_status troth_sas_rq_write_nothing(void *self, const void *arg)
{
    (void)arg;
    troth_sas_client_line_leave(self);
    return TROTH_OK;
}

troth_status troth_sas_rq_write_establish(void *self, const void *arg)
{
    (void)arg;
    troth_sas_client_request *r = self;
    troth_status st = write_establish(r, r->context->id, &r->context->token);
    if (!st)
        r->context->pending++;
    return st;
}

troth_status troth_sas_rq_write_once(void *self, const void *arg)
{
    (void)arg;
    troth_sas_client_request *r = self;
    troth_status st = write_establish(r, 0, &r->token);
    troth_mem_drop(r->client->env, &r->token);
    return st;
}

troth_status troth_sas_rq_write_in_context(void *self, const void *arg)
{
    (void)arg;
    troth_sas_client_request *r = self;
    troth_sas_message m = { .type = TROTH_SAS_MESSAGE_IN_CONTEXT, .client_context_id = r->context->id };
    return write(r, &m);
}

/* ---- what its reply was ---- */

bool troth_sas_rq_may_resend(void *self, const void *arg)
{
    return ((const troth_sas_client_heard *)arg)->no_permission && !((troth_sas_client_request *)self)->again;
}

troth_status troth_sas_rq_pass(void *self, const void *arg)
{
    (void)arg;
    ((troth_sas_client_request *)self)->fate = TROTH_SAS_PASS;
    return TROTH_OK;
}

troth_status troth_sas_rq_resend(void *self, const void *arg)
{
    (void)arg;
    troth_sas_client_request *r = self;
    r->again++;
    r->fate = TROTH_SAS_RESEND;
    return TROTH_OK;
}

troth_status troth_sas_rq_refused(void *self, const void *arg)
{
    (void)arg;
    ((troth_sas_client_request *)self)->fate = TROTH_SAS_REFUSED;
    return TROTH_OK;
}

troth_status troth_sas_rq_broken(void *self, const void *arg)
{
    (void)arg;
    ((troth_sas_client_request *)self)->fate = TROTH_SAS_BROKEN;
    return TROTH_OK;
}

void troth_sas_rq_refuse(void *self, uint8_t event, const void *arg, troth_status why)
{
    (void)event, (void)why;
    (void)troth_sas_rq_leave(self, arg);
    ((troth_sas_client_request *)self)->fate = TROTH_SAS_BROKEN;
}
