/* The client security service: its life, and requests on their way out. [CORBA 24.3.4] */
#include <csiv2/gssup.h>
#include <csiv2/names.h>
#include <csiv2/sas_client.h>
#include <sec/cred.h>
#include <string.h>

enum {
    REQUIRED = TROTH_CSI_CONFIDENTIALITY | TROTH_CSI_INTEGRITY | TROTH_CSI_ESTABLISH_TRUST_IN_TARGET |
               TROTH_CSI_ESTABLISH_TRUST_IN_CLIENT,
    QUIRKS = TROTH_SAS_QUIRK_TRAILING | TROTH_SAS_QUIRK_BOOLEANS | TROTH_SAS_QUIRK_WRAPPED_NAME |
             TROTH_SAS_QUIRK_SILENT | TROTH_SAS_QUIRK_LENGTHS
};

/* ---- life ---- */

static bool end_context(void *self, troth_bytes id, void *value)
{
    (void)self, (void)id;
    troth_sas_client_context_free(value);
    return true;
}

static bool end_job(void *self, troth_bytes id, void *value)
{
    (void)id;
    troth_sas_client *c = self;
    troth_sas_client_errand *j = value;
    troth_job_free(j->job);
    (void)troth_idtable_remove_number(&c->jobs, j->id);
    troth_mem_free(c->env, j, sizeof *j);
    return true;
}

void troth_sas_client_free(troth_sas_client *c)
{
    if (!c)
        return;
    size_t at = 0;
    troth_sas_node *node;
    while ((node = troth_sas_table_pop(&c->requests, &at)))
        troth_sas_client_request_drop((troth_sas_client_request *)node);
    troth_sas_client_request_trim(c);
    troth_idtable_each(&c->contexts, end_context, c);
    troth_idtable_each(&c->jobs, end_job, c);
    troth_sas_table_clear(&c->requests);
    troth_idtable_clear(&c->contexts);
    troth_idtable_clear(&c->jobs);
    troth_writer_clear(&c->out);
    troth_mem_drop(c->env, &c->list);
    troth_mem_drop(c->env, &c->name);
    troth_mem_drop(c->env, &c->assertion);
    troth_mem_free_str(c->env, c->target);
    troth_cred_unref(c->cred);
    troth_mem_free(c->env, c, sizeof *c);
}

static troth_status init(troth_sas_client *c, const troth_sas_client_options *o)
{
    c->env = o->env;
    c->cred = o->cred ? troth_cred_ref(o->cred) : NULL;
    c->contexts_max = o->contexts ? o->contexts : TROTH_SAS_CLIENT_CONTEXTS;
    c->next_id = 1;
    c->quirks = (troth_sas_quirks){ .trailing_octets = o->quirks & TROTH_SAS_QUIRK_TRAILING,
                                    .loose_booleans = o->quirks & TROTH_SAS_QUIRK_BOOLEANS };
    c->wrapped = o->quirks & TROTH_SAS_QUIRK_WRAPPED_NAME;
    c->silent = o->quirks & TROTH_SAS_QUIRK_SILENT;
    c->out = troth_writer_growing(c->env, TROTH_SAS_OCTETS_MAX, TROTH_LE);
    troth_status st = troth_idtable_init(&c->contexts, c->env, c->contexts_max);
    if (!st)
        st = troth_sas_table_init(&c->requests, c->env);
    if (!st)
        st = troth_idtable_init(&c->jobs, c->env, SIZE_MAX);
    if (!st)
        st = troth_sas_client_key(c, &o->assertion, &c->assertion);
    return st;
}

/* ---- the mechanism ---- */

static troth_status keep_realm(troth_sas_client *c, const char *realm)
{
    if (!realm || !*realm)
        return TROTH_OK;
    troth_writer w = troth_writer_growing(c->env, TROTH_GSSUP_FIELD_MAX, TROTH_BE);
    troth_csi_exported_name_write(&w, troth_gssup_oid(), (troth_bytes){ (const uint8_t *)realm, strlen(realm) });
    troth_status st = troth_writer_take(&w, &c->name);
    troth_writer_clear(&w);
    return st;
}

/* What the target says of itself, or would. n 0: nothing. */
static troth_status read_list(troth_sas_client *c, const troth_sas_client_options *o, troth_csi_mech_list *ret)
{
    if (o->mech_list.len) {
        troth_status st = troth_mem_keep(c->env, o->mech_list.data, o->mech_list.len, &c->list);
        if (!st)
            st = troth_csi_mech_list_read((troth_bytes){ c->list.data, c->list.len }, ret);
        return st == TROTH_TRUNCATED ? TROTH_MALFORMED : st;
    }
    if (!o->unlisted)
        return TROTH_OK;
    troth_status st = keep_realm(c, o->realm);
    if (!st)
        troth_sas_select_unlisted(o, (troth_bytes){ c->name.data, c->name.len }, ret);
    return st;
}

static troth_status keep_target(troth_sas_client *c, const troth_sas_client_options *o)
{
    troth_bytes text = { NULL, 0 };
    if (c->authn == TROTH_MECH_NONE)
        return TROTH_OK;
    troth_status st = troth_sas_select_target(o, &c->mech, c->authn, &text);
    if (st || !text.len)
        return st;
    char *target = troth_mem_new(c->env, text.len + 1);
    if (!target)
        return TROTH_NO_MEMORY;
    memcpy(target, text.data, text.len);
    c->target = target;
    return TROTH_OK;
}

static troth_status choose(troth_sas_client *c, const troth_sas_client_options *o)
{
    troth_csi_mech_list list = { 0 };
    size_t i = 0;
    troth_status st = read_list(c, o, &list);
    if (!st && list.n)
        st = troth_sas_choose(o, &list, &i);
    if (!st)
        st = troth_sas_select_judge(o, list.n ? &list.mechs[i] : NULL, &c->authn);
    if (st || !list.n)
        return st;
    c->has_mech = true;
    c->mech = list.mechs[i];
    c->stateful = o->stateful && list.stateful && !(o->transport && o->transport->shared);
    return keep_target(c, o);
}

troth_status troth_sas_client_new(const troth_sas_client_options *opts, troth_sas_client **ret)
{
    if (!opts || !opts->env || opts->required & (uint16_t)~REQUIRED || opts->quirks & ~(uint32_t)QUIRKS)
        return TROTH_INVALID;
    if (opts->cred && !(opts->cred->use & TROTH_USE_INITIATE))
        return TROTH_INVALID;
    troth_sas_client *c = troth_mem_new(opts->env, sizeof *c);
    if (!c)
        return TROTH_NO_MEMORY;
    troth_status st = init(c, opts);
    if (!st)
        st = choose(c, opts);
    if (st) {
        troth_sas_client_free(c);
        return st;
    }
    *ret = c;
    return TROTH_OK;
}

const troth_csi_mech *troth_sas_client_mech(const troth_sas_client *c)
{
    return c->has_mech ? &c->mech : NULL;
}

/* ---- requests ---- */

/* The context of an assertion, NULL where a request needs none. */
static troth_status find_context(troth_sas_client *c, troth_bytes key, troth_sas_client_request *r)
{
    troth_reader type = troth_reader_of(key.data, key.len, TROTH_BE);
    uint32_t asserted = troth_read_u32(&type);
    if (!asserted && c->authn == TROTH_MECH_NONE)
        return TROTH_OK;
    if (!troth_sas_select_may_assert(c->has_mech ? &c->mech : NULL, asserted)) {
        r->error = (troth_error){ .code = TROTH_NO_MECH, .where = "CORBA 24.5.1.5 supported_identity_types" };
        return TROTH_OK;
    }
    troth_status st = troth_sas_client_context_of(c, key, &r->context);
    if (!st)
        r->context->requests++;
    return st;
}

static troth_status new_request(troth_sas_client *c, const troth_sas_call *call, troth_sas_client_request **ret)
{
    if (c->requests.n >= TROTH_SAS_CLIENT_REQUESTS)
        return TROTH_AGAIN;
    troth_sas_client_request *r = troth_sas_client_request_memory(c);
    if (!r)
        return TROTH_NO_MEMORY;
    *r = (troth_sas_client_request){ .node.id = call->id, .client = c };
    r->response_expected = call->response_expected;
    troth_fsm_init(&r->fsm, &troth_sas_client_request_fsm, c->env);
    troth_status st = troth_sas_table_add(&c->requests, &r->node);
    if (st) {
        troth_mem_free(c->env, r, sizeof *r);
        return st;
    }
    *ret = r;
    return TROTH_OK;
}

troth_status troth_sas_client_call(troth_sas_client *c, const troth_sas_call *call, uint64_t now)
{
    (void)now;
    troth_block own = { NULL, 0 };
    troth_sas_client_request *r = NULL;
    if (troth_sas_table_find(&c->requests, call->id))
        return TROTH_INVALID;
    if (c->waiting >= TROTH_SAS_CLIENT_WAITING || troth_idtable_len(&c->jobs) >= TROTH_SAS_CLIENT_WAITING)
        return TROTH_AGAIN;
    troth_sas_client_clean(c);
    troth_status st = call->assertion ? troth_sas_client_key(c, call->assertion, &own) : TROTH_OK;
    if (!st)
        st = new_request(c, call, &r);
    const troth_block *key = call->assertion ? &own : &c->assertion;
    if (!st)
        st = find_context(c, (troth_bytes){ key->data, key->len }, r);
    troth_mem_drop(c->env, &own);
    if (st) {
        if (r)
            troth_sas_client_request_free(r);
        return st;
    }
    if (r->error.code)
        troth_sas_client_request_on(r, TROTH_SAS_RQ_ON_DENY);
    else
        troth_sas_client_place(r);
    return TROTH_OK;
}

/* What a request that may go is to carry, by what its context is now. */
static uint8_t what_to_send(const troth_sas_client_request *r)
{
    const troth_sas_client_context *x = r->context;
    if (!x)
        return TROTH_SAS_RQ_ON_BARE;
    if (r->client->error.code)
        return TROTH_SAS_RQ_ON_DENY;
    if (r->once)
        return TROTH_SAS_RQ_ON_ONCE;
    if (x->fsm.state == TROTH_SAS_CX_ESTABLISHED)
        return TROTH_SAS_RQ_ON_IN_CONTEXT;
    if (x->fsm.state == TROTH_SAS_CX_ESTABLISHING && r->response_expected)
        return TROTH_SAS_RQ_ON_ESTABLISH;
    return TROTH_SAS_RQ_ON_PLACE;
}

static bool tell_denied(troth_sas_client_request *r, troth_sas_sending *ret)
{
    *ret = (troth_sas_sending){ .id = r->node.id, .error = r->error };
    if (r->fsm.state == TROTH_SAS_RQ_DENIED)
        troth_sas_client_request_on(r, TROTH_SAS_RQ_ON_END);
    troth_sas_client_request_free(r);
    return true;
}

bool troth_sas_client_sending(troth_sas_client *c, troth_sas_sending *ret)
{
    troth_sas_client_clean(c);
    while (c->ready.first) {
        troth_sas_client_request *r = c->ready.first;
        if (r->fsm.state == TROTH_SAS_RQ_DENIED)
            return tell_denied(r, ret);
        uint8_t event = what_to_send(r);
        if (event == TROTH_SAS_RQ_ON_DENY)
            r->error = c->error;
        troth_sas_client_request_on(r, event);
        if (event == TROTH_SAS_RQ_ON_DENY)
            continue;
        if (event == TROTH_SAS_RQ_ON_PLACE) {
            troth_sas_client_place(r);
            continue;
        }
        if (r->error.code)
            return tell_denied(r, ret);
        *ret = (troth_sas_sending){ .id = r->node.id, .send = true, .element = { c->out.base, c->out.len } };
        return true;
    }
    return false;
}

/* ---- jobs ---- */

bool troth_sas_client_job(troth_sas_client *c, troth_job **ret)
{
    troth_sas_client_errand *j = c->first_job;
    if (!j)
        return false;
    c->first_job = j->next;
    if (!c->first_job)
        c->last_job = NULL;
    *ret = j->job;
    j->job = NULL;
    return true;
}

static void give_to_context(troth_sas_client_context *x, troth_block *token, const troth_error *error)
{
    troth_sas_client_token t = { token, *error };
    bool made = !error->code;
    troth_status st = troth_sas_client_context_on(x, made ? TROTH_SAS_CX_ON_TOKEN : TROTH_SAS_CX_ON_NO_TOKEN, &t);
    troth_error failed = { .code = st, .where = "CORBA 24.3.4 get_client_credentials" };
    troth_sas_client_release(x, st ? &failed : made ? NULL : error);
}

static void give_to_request(troth_sas_client_request *r, troth_block *token, const troth_error *error)
{
    r->job = NULL;
    r->token = *token;
    *token = (troth_block){ NULL, 0 };
    if (error->code)
        r->error = *error;
    troth_sas_client_request_on(r, error->code ? TROTH_SAS_RQ_ON_DENY : TROTH_SAS_RQ_ON_MAY_GO);
}

void troth_sas_client_stepped(troth_sas_client *c, troth_job *job, uint64_t now)
{
    (void)now;
    troth_block token = { NULL, 0 };
    troth_error error = { 0 };
    troth_sas_client_clean(c);
    troth_sas_client_errand *j = troth_idtable_remove_number(&c->jobs, troth_job_id(job));
    if (!j) {
        troth_job_free(job);
        return;
    }
    if (troth_sas_client_made(c, job, &token, &error))
        token = (troth_block){ NULL, 0 };
    if (j->context)
        give_to_context(j->context, &token, &error);
    else if (j->request)
        give_to_request(j->request, &token, &error);
    troth_mem_drop(c->env, &token);
    troth_job_free(job);
    troth_mem_free(c->env, j, sizeof *j);
}
