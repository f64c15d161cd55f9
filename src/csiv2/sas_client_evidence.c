/* Identity tokens and client authentication tokens. [CORBA 24.2.4, 24.2.5] */
#include <csiv2/gssup.h>
#include <csiv2/names.h>
#include <csiv2/sas_client.h>
#include <string.h>

/* ---- identities ---- */

static troth_status check_identity(uint32_t type, troth_bytes name)
{
    troth_bytes chain[TROTH_CSI_CHAIN_MAX], mech, inner;
    size_t n;
    switch (type) {
    case TROTH_CSI_ITT_ABSENT:
    case TROTH_CSI_ITT_ANONYMOUS:
        return name.len ? TROTH_INVALID : TROTH_OK;
    case TROTH_CSI_ITT_PRINCIPAL_NAME:
        return name.len > TROTH_CSI_NAME_MAX ? TROTH_LIMIT : troth_csi_exported_name_read(name, &mech, &inner);
    case TROTH_CSI_ITT_X509_CERT_CHAIN:
        return troth_csi_cert_chain_read(name, chain, &n);
    case TROTH_CSI_ITT_DISTINGUISHED_NAME:
        return troth_csi_dn_check(name);
    default:
        return TROTH_INVALID;
    }
}

static troth_status write_user(troth_writer *w, const char *user)
{
    troth_bytes name = { (const uint8_t *)user, strlen(user) };
    troth_csi_scoped_name scoped;
    troth_status st = troth_csi_scoped_name_read(name, &scoped);
    if (!st)
        troth_csi_exported_name_write(w, troth_gssup_oid(), name);
    return st;
}

troth_status troth_sas_client_key(const troth_sas_client *c, const troth_sas_assertion *a, troth_block *ret)
{
    uint32_t type = troth_sas_select_type(a);
    if (a->user && (a->name.len || (a->type && a->type != TROTH_CSI_ITT_PRINCIPAL_NAME)))
        return TROTH_INVALID;
    if (a->name.len > TROTH_SAS_CLIENT_IDENTITY)
        return TROTH_LIMIT;
    troth_writer w = troth_writer_growing(c->env, TROTH_SAS_OCTETS_MAX, TROTH_BE);
    troth_write_u32(&w, type);
    troth_status st = a->user ? write_user(&w, a->user) : check_identity(type, a->name);
    troth_write_bytes(&w, a->name.data, a->name.len);
    if (st == TROTH_TRUNCATED)
        st = TROTH_MALFORMED;
    if (!st)
        st = troth_writer_take(&w, ret);
    troth_writer_clear(&w);
    return st;
}

/* ---- tokens ---- */

static troth_status make_context_job(troth_sas_client *c, uint64_t id, troth_job **ret)
{
    troth_context_options o = { .env = c->env,
                                .role = TROTH_INITIATOR,
                                .mech = c->authn == TROTH_MECH_GSSUP ? "gssup" : "kerberos",
                                .target = c->target };
    troth_context *context = NULL;
    troth_status st = troth_context_new(c->cred, &o, &context);
    if (!st)
        st = troth_context_job(context, NULL, id, ret);
    if (st)
        troth_context_free(context);
    return st;
}

troth_status troth_sas_client_make(troth_sas_client *c, troth_sas_client_context *x, troth_sas_client_request *r)
{
    troth_sas_client_errand *j = troth_mem_new(c->env, sizeof *j);
    if (!j)
        return TROTH_NO_MEMORY;
    *j = (troth_sas_client_errand){ .id = ++c->next_job, .context = x, .request = r };
    troth_status st = troth_idtable_add_number(&c->jobs, j->id, j);
    if (!st)
        st = make_context_job(c, j->id, &j->job);
    if (st) {
        (void)troth_idtable_remove_number(&c->jobs, j->id);
        troth_mem_free(c->env, j, sizeof *j);
        return st;
    }
    *(c->last_job ? &c->last_job->next : &c->first_job) = j;
    c->last_job = j;
    if (r)
        r->job = j;
    return TROTH_OK;
}

/* What the target announced goes into the token octet by octet, whatever the mechanism makes of names. */
static troth_status name_target(troth_sas_client *c, troth_bytes token, troth_block *ret)
{
    troth_gssup t;
    troth_bytes name = c->mech.as.target_name;
    troth_status st = troth_gssup_read(token, &t);
    if (st)
        return TROTH_MECHANISM;
    if (t.target_name.len == name.len && (!name.len || troth_ct_equal(t.target_name.data, name.data, name.len)))
        return troth_mem_keep(c->env, token.data, token.len, ret);
    troth_writer w = troth_writer_growing(c->env, TROTH_SAS_OCTETS_MAX, TROTH_LE);
    t.target_name = name;
    troth_gssup_write(&w, &t);
    st = troth_writer_take(&w, ret);
    troth_writer_clear(&w);
    return st;
}

troth_status troth_sas_client_made(troth_sas_client *c, troth_job *job, troth_block *ret, troth_error *ret_error)
{
    troth_context *context = troth_job_take_context(job);
    troth_bytes token = troth_job_token(job);
    troth_error error = { .code = TROTH_MECHANISM, .where = "CORBA 24.2.4: one token" };
    troth_status st = TROTH_MECHANISM;
    if (troth_job_result(job) == TROTH_STEP_ERROR && context && troth_context_error(context)->code)
        error = *troth_context_error(context);
    if (troth_job_result(job) == TROTH_STEP_DONE && token.len)
        st = c->authn == TROTH_MECH_GSSUP ? name_target(c, token, ret)
                                          : troth_mem_keep(c->env, token.data, token.len, ret);
    if (st && st != TROTH_MECHANISM)
        error.code = st;
    if (st)
        *ret_error = error;
    troth_context_free(context);
    return st;
}
