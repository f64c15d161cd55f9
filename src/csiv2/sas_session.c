/* A transport connection's contexts and requests: what the owner calls. */
#include <csiv2/sas_target.h>
#include <string.h>

/* ---- making and ending ---- */

/* "alice@REALM" and "DOM\alice" have two parts; a distinguished name is one. */
static troth_status keep_tls(troth_sas_session *s, const char *name)
{
    size_t n = strlen(name);
    const char *at = strchr(name, '=') ? NULL : strrchr(name, '@');
    const char *slash = at || strchr(name, '=') ? NULL : strchr(name, '\\');
    size_t account = slash ? (size_t)(slash - name) + 1 : 0, end = at ? (size_t)(at - name) : n;
    troth_writer w = troth_writer_growing(s->env, 2 * n + 3, TROTH_LE);
    troth_write_bytes(&w, name, n + 1);
    troth_write_bytes(&w, name + account, end - account);
    troth_write_u8(&w, 0);
    troth_write_bytes(&w, at ? at + 1 : name, at ? n - end - 1 : slash ? account - 1 : 0);
    troth_write_u8(&w, 0);
    troth_status st = troth_writer_take(&w, &s->tls_words);
    troth_writer_clear(&w);
    if (st)
        return st;
    const char *base = (const char *)s->tls_words.data;
    s->tls_identity = (troth_identity){ base, base + n + 1, base + n + 1 + (end - account) + 1 };
    return TROTH_OK;
}

static troth_status keep_transport(troth_sas_session *s, const troth_transport *transport)
{
    troth_status st = TROTH_OK;
    s->tls_identity = (troth_identity){ "", "", "" };
    if (!transport)
        return TROTH_OK;
    s->tls = transport->tls;
    s->shared = transport->shared;
    if (transport->bindings.len)
        st = troth_mem_keep(s->env, transport->bindings.data, transport->bindings.len, &s->bindings);
    if (!st && transport->tls_identity && *transport->tls_identity)
        st = keep_tls(s, transport->tls_identity);
    return st;
}

troth_status troth_sas_session_new(troth_sas_target *t, const troth_env *env, const troth_transport *transport,
                                   troth_sas_session **ret)
{
    troth_sas_session *s = troth_mem_new(env, sizeof *s);
    if (!s)
        return TROTH_NO_MEMORY;
    s->t = t;
    s->env = s->deadlines.env = s->entries.env = s->requests.env = s->callers.env = env;
    s->next_job = 1;
    s->names = troth_writer_growing(env, TROTH_SAS_NAMES_MAX, TROTH_LE);
    troth_status st = troth_idtable_init(&s->callers, env, SIZE_MAX);
    if (!st)
        st = troth_sas_table_init(&s->entries, env);
    if (!st)
        st = troth_sas_table_init(&s->requests, env);
    if (!st)
        st = keep_transport(s, transport);
    if (st)
        troth_sas_session_free(s);
    else
        *ret = s;
    return st;
}

/* What the last call showed need not be there any longer. */
static void begin_call(troth_sas_session *s, uint64_t now)
{
    troth_sas_shared_put(s, s->shown);
    s->shown = NULL;
    if (now > s->now)
        s->now = now;
}

/* Everything ends with the connection. [SAS-5, SAS-17] */
void troth_sas_session_free(troth_sas_session *s)
{
    size_t at = 0;
    if (!s)
        return;
    begin_call(s, 0);
    for (troth_sas_node *node; (node = troth_sas_table_pop(&s->requests, &at));)
        troth_sas_request_drop((troth_sas_req *)node);
    while (s->checks)
        troth_sas_check_free(s, s->checks);
    at = 0;
    for (troth_sas_node *node; (node = troth_sas_table_pop(&s->entries, &at));)
        troth_sas_entry_drop(s, (troth_sas_entry *)node);
    troth_sas_request_trim(s);
    troth_sas_table_clear(&s->requests);
    troth_sas_table_clear(&s->entries);
    troth_sas_deadlines_clear(&s->deadlines);
    troth_idtable_clear(&s->callers);
    troth_writer_clear(&s->names);
    troth_mem_drop(s->env, &s->bindings);
    troth_mem_drop(s->env, &s->tls_words);
    troth_mem_free(s->env, s, sizeof *s);
}

/* ---- requests and verdicts ---- */

static troth_sas_req *find(const troth_sas_session *s, uint64_t id)
{
    return (troth_sas_req *)troth_sas_table_find(&s->requests, id);
}

troth_status troth_sas_session_request(troth_sas_session *s, const troth_sas_request *q, uint64_t now)
{
    troth_sas_req *r;
    troth_sas_arrival a;
    uint8_t event = 0;
    begin_call(s, now);
    if (find(s, q->id))
        return TROTH_INVALID;
    if (s->waiting >= s->t->opts.pending || s->n_checks >= s->t->opts.pending)
        return TROTH_AGAIN;
    troth_sas_entries_expire(s); /* what has ended holds no place against the caps */
    troth_status st = troth_sas_request_new(s, q, &r);
    if (st)
        return st;
    st = troth_sas_examine(r, q, &event, &a);
    if (!st && a.finding.error.code == TROTH_NO_MEMORY)
        st = TROTH_NO_MEMORY;
    if (st) {
        troth_sas_finding_clear(s, &a.finding);
        troth_sas_request_free(r);
        return st;
    }
    s->waiting++;
    troth_sas_request_event(r, event, &a);
    troth_sas_finding_clear(s, &a.finding);
    return TROTH_OK;
}

/* A ContextError or CompleteEstablishContext without a token. */
static troth_bytes plain(troth_sas_session *s, const troth_sas_message *m)
{
    troth_writer w = troth_writer_over(s->plain, sizeof s->plain, TROTH_LE);
    troth_sas_write(&w, m);
    return (troth_bytes){ w.base, w.len };
}

/* The answer that was composed when there was a token for it, else one made here: neither needs memory now. */
static troth_bytes show(troth_sas_session *s, const troth_sas_req *r, const troth_sas_message *m)
{
    if (!r->answer)
        return plain(s, m);
    s->shown = troth_sas_shared_ref(r->answer);
    return (troth_bytes){ s->shown->octets.data, s->shown->octets.len };
}

/* Does the peer read service context 15 in replies at all? */
static bool silent(const troth_sas_session *s)
{
    return s->t->opts.quirks & TROTH_SAS_QUIRK_SILENT;
}

static troth_bytes refusal(troth_sas_session *s, const troth_sas_req *r)
{
    troth_sas_message m = { .type = TROTH_SAS_CONTEXT_ERROR,
                            .client_context_id = r->context_id,
                            .error = { (int32_t)(r->error.wire >> 16), TROTH_SAS_MINOR, { NULL, 0 } } };
    return r->error.wire && r->response_expected && !silent(s) ? show(s, r, &m) : (troth_bytes){ NULL, 0 };
}

static troth_sas_caller caller_of(const troth_sas_req *r)
{
    return (troth_sas_caller){ .caller = r->who->caller,
                               .authenticated = r->who->authenticated,
                               .mech = r->who->mech,
                               .asserted = r->who->asserted,
                               .stateful = r->stateful,
                               .context_id = r->stateful ? r->context_id : 0,
                               .expiry = r->expiry };
}

bool troth_sas_session_verdict(troth_sas_session *s, troth_sas_verdict *ret)
{
    static const troth_identity nobody = { "", "", "" };
    begin_call(s, 0);
    troth_sas_req *r = s->ready.first;
    if (!r)
        return false;
    troth_sas_verdict v = { .id = r->node.id, .accepted = r->fsm.state == TROTH_SAS_R_ACCEPTED, .error.where = "" };
    v.caller = (troth_sas_caller){ .caller = nobody, .authenticated = nobody, .expiry = UINT64_MAX };
    if (v.accepted) {
        v.caller = caller_of(r);
    } else {
        v.marshal = r->marshal;
        v.close = r->close;
        v.error = r->error;
        v.element = refusal(s, r);
    }
    troth_sas_list_remove(&s->ready, r);
    troth_sas_request_event(r, TROTH_SAS_R_ON_TELL, NULL);
    s->waiting--;
    if (r->fsm.state == TROTH_SAS_R_ENDED)
        troth_sas_request_free(r);
    *ret = v;
    return true;
}

troth_status troth_sas_session_reply(troth_sas_session *s, uint64_t id, uint64_t now, troth_bytes *ret)
{
    begin_call(s, now);
    troth_sas_req *r = find(s, id);
    if (!r || r->fsm.state != TROTH_SAS_R_REPLY)
        return TROTH_INVALID;
    troth_sas_message m = { .type = TROTH_SAS_COMPLETE_ESTABLISH_CONTEXT,
                            .client_context_id = r->context_id,
                            .complete = { r->stateful, { NULL, 0 } } };
    troth_bytes element = { NULL, 0 };
    if (r->establish && r->response_expected && !silent(s))
        element = show(s, r, &m);
    troth_sas_request_event(r, TROTH_SAS_R_ON_ANSWERED, NULL);
    troth_sas_request_free(r);
    *ret = element;
    return TROTH_OK;
}

/* Nobody waits for it, and nobody works on it yet. */
static void abandon(troth_sas_session *s, troth_sas_check *c)
{
    if (c->entry)
        troth_sas_entry_event(s, c->entry, TROTH_SAS_E_ON_INVALID, NULL);
    troth_sas_check_free(s, c);
}

void troth_sas_session_end(troth_sas_session *s, uint64_t id, uint64_t now)
{
    begin_call(s, now);
    troth_sas_req *r = find(s, id);
    if (!r)
        return;
    troth_sas_check *c = r->check;
    if (r->fsm.state != TROTH_SAS_R_REPLY)
        s->waiting--;
    troth_sas_request_event(r, TROTH_SAS_R_ON_END, NULL);
    troth_sas_request_free(r);
    if (c && !c->waiting.first && c->job)
        abandon(s, c);
}

/* ---- jobs ---- */

bool troth_sas_session_job(troth_sas_session *s, troth_job **ret)
{
    begin_call(s, 0);
    for (troth_sas_check *c = s->checks; c; c = c->next) {
        if (!c->job)
            continue;
        *ret = c->job;
        c->job = NULL;
        return true;
    }
    return false;
}

/* Tell one that waited. The context it asked for may have been discarded by one in front of it. */
static void deliver(troth_sas_session *s, troth_sas_req *r, const troth_sas_finding *f, bool stateful)
{
    troth_sas_arrival a = { .finding = *f };
    if (r->in_context) {
        troth_sas_examine_context(r, &a);
        troth_sas_request_event(r, TROTH_SAS_R_ON_VERDICT, &a);
        troth_sas_finding_clear(s, &a.finding);
        return;
    }
    if (stateful)
        a.entry = troth_sas_entry_find(s, r->context_id);
    if (stateful && !a.entry)
        a.finding.answer = NULL; /* it says that the context can be reused */
    troth_sas_request_event(r, TROTH_SAS_R_ON_VERDICT, &a);
}

void troth_sas_session_stepped(troth_sas_session *s, troth_job *job, uint64_t now)
{
    begin_call(s, now);
    troth_sas_check *c = s->checks;
    while (c && (c->job || c->job_id != troth_job_id(job)))
        c = c->next;
    if (!c) {
        troth_job_free(job);
        return;
    }
    troth_sas_finding f = troth_sas_check_done(s, c, job);
    troth_job_free(job);
    bool valid = !f.error.code && c->waiting.first;
    bool stateful = valid && c->entry && c->entry->fsm.state == TROTH_SAS_E_PENDING;
    if (c->entry)
        troth_sas_entry_event(s, c->entry, valid ? TROTH_SAS_E_ON_VALID : TROTH_SAS_E_ON_INVALID, &f);
    while (c->waiting.first) {
        troth_sas_req *r = c->waiting.first;
        troth_sas_list_remove(&c->waiting, r);
        r->check = NULL;
        deliver(s, r, &f, stateful);
    }
    troth_sas_finding_clear(s, &f);
    troth_sas_check_free(s, c);
}

/* ---- time ---- */

size_t troth_sas_session_contexts(const troth_sas_session *s)
{
    return s->established;
}

uint64_t troth_sas_session_deadline(const troth_sas_session *s)
{
    const troth_sas_due *due = troth_sas_deadlines_first(&s->deadlines);
    return due ? due->key : UINT64_MAX;
}

void troth_sas_session_expire(troth_sas_session *s, uint64_t now)
{
    begin_call(s, now);
    troth_sas_entries_expire(s);
}
