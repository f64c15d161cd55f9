#include <sspi/cred.h>
#include <sspi/process.h>
#include <sspi/sources.h>
#include <sspi/status.h>
#include <string.h>

static void destroy(troth_sspi_object *o)
{
    troth_sspi_cred *c = (troth_sspi_cred *)o;
    troth_cred_unref(c->engine[TROTH_INITIATOR]);
    troth_cred_unref(c->engine[TROTH_ACCEPTOR]);
    troth_cred_unref(c->bare);
    troth_mem_free_str(c->env, c->name);
    troth_mem_free_str(c->env, c->error_text);
    troth_mutex_clear(&c->lock);
    troth_mem_free(c->env, c, sizeof *c);
}

troth_status troth_sspi_cred_new(const troth_env *env, const troth_sspi_package *package, troth_sspi_cred **ret)
{
    troth_sspi_cred *c = troth_mem_new(env, sizeof *c);
    if (!c)
        return TROTH_NO_MEMORY;
    troth_status st = troth_mutex_init(&c->lock);
    if (st) {
        troth_mem_free(env, c, sizeof *c);
        return st;
    }
    troth_sspi_object_init(&c->head, destroy);
    c->env = env;
    c->package = package;
    c->error.where = "";
    *ret = c;
    return TROTH_OK;
}

troth_status troth_sspi_cred_name(troth_sspi_cred *c, const troth_sspi_identity *id, const char *principal)
{
    if (!id || !*id->user)
        return troth_mem_keep_str(c->env, principal, &c->name);
    size_t domain = strlen(id->domain), user = strlen(id->user);
    c->name = troth_mem_new(c->env, domain + (domain != 0) + user + 1);
    if (!c->name)
        return TROTH_NO_MEMORY;
    if (domain) {
        memcpy(c->name, id->domain, domain);
        c->name[domain++] = '\\';
    }
    memcpy(c->name + domain, id->user, user);
    return TROTH_OK;
}

SECURITY_STATUS troth_sspi_cred_find(const CredHandle *handle, troth_sspi_cred **ret)
{
    troth_sspi_process *p = troth_sspi_process_get();
    troth_sspi_object *o;
    if (!p || troth_sspi_handle_find(&p->handles, TROTH_SSPI_CRED, handle, &o) != TROTH_SSPI_LIVE)
        return SEC_E_INVALID_HANDLE;
    *ret = (troth_sspi_cred *)o;
    return SEC_E_OK;
}

void troth_sspi_cred_release(troth_sspi_cred *c)
{
    if (c)
        troth_sspi_object_release(&c->head);
}

troth_cred *troth_sspi_cred_engine(troth_sspi_cred *c, troth_role role)
{
    troth_mutex_lock(&c->lock);
    troth_cred *engine = c->engine[role] ? troth_cred_ref(c->engine[role]) : NULL;
    troth_mutex_unlock(&c->lock);
    return engine;
}

void troth_sspi_cred_save(troth_sspi_cred *c, troth_cred *engine)
{
    troth_mutex_lock(&c->lock);
    troth_cred *old = c->engine[TROTH_INITIATOR];
    c->engine[TROTH_INITIATOR] = engine;
    troth_mutex_unlock(&c->lock);
    troth_cred_unref(old);
}

void troth_sspi_cred_failed(troth_sspi_cred *c, SECURITY_STATUS status, const troth_error *error, char *text)
{
    troth_mutex_lock(&c->lock);
    char *old = c->error_text;
    c->failure = status;
    c->error = *error;
    c->error_text = text;
    troth_mutex_unlock(&c->lock);
    troth_mem_free_str(c->env, old);
}

static SECURITY_STATUS initiating(const troth_sspi_cred *c, const troth_sspi_identity *id, troth_cred **ret)
{
    troth_sspi_config config;
    troth_status st = troth_sspi_config_load(c->env, &config);
    if (st)
        return troth_sspi_status(TROTH_SSPI_ACQUIRE, st);
    SECURITY_STATUS status = troth_sspi_sources_acquire(c->env, c->package, TROTH_INITIATOR, &config, id, NULL, ret);
    troth_sspi_config_clear(&config);
    return status;
}

SECURITY_STATUS troth_sspi_cred_of_identity(const troth_sspi_cred *c, const void *identity, size_t n, bool wide,
                                            troth_cred **ret)
{
    troth_sspi_identity id;
    SECURITY_STATUS status = troth_sspi_identity_read(c->env, identity, n, wide, &id);
    if (status)
        return status;
    status = initiating(c, &id, ret);
    troth_sspi_identity_clear(c->env, &id);
    return status;
}

SECURITY_STATUS troth_sspi_cred_anonymous(const troth_sspi_cred *c, troth_cred **ret)
{
    char none[1] = "";
    const troth_sspi_identity id = { none, none, none, true, true };
    return initiating(c, &id, ret);
}
