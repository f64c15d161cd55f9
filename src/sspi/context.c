#include <sspi/context.h>
#include <sspi/process.h>

/* Leave the half-open ones. Under leg, or while nobody else knows the context. */
static void uncount(troth_sspi_context *c)
{
    troth_sspi_process *p = troth_sspi_process_get();
    if (c->counted && p)
        atomic_fetch_sub(&p->half_open, 1);
    c->counted = false;
}

static void destroy(troth_sspi_object *o)
{
    troth_sspi_context *c = (troth_sspi_context *)o;
    uncount(c);
    troth_context_free(c->engine);
    troth_cred_unref(c->cred);
    troth_mem_free_str(c->env, c->target);
    troth_mem_drop(c->env, &c->bindings);
    troth_mem_drop(c->env, &c->token);
    troth_mem_drop(c->env, &c->keying);
    troth_mem_free_str(c->env, c->error_text);
    troth_mutex_clear(&c->leg);
    troth_mutex_clear(&c->direction[TROTH_SSPI_OUT]);
    troth_mutex_clear(&c->direction[TROTH_SSPI_IN]);
    troth_mem_free(c->env, c, sizeof *c);
}

bool troth_sspi_context_overdue(const troth_sspi_context *c)
{
    const troth_sspi_process *p = troth_sspi_process_get();
    uint64_t now = p->env->wall(p->env->self); /* which may have been set back */
    return c->stage == TROTH_SSPI_HALF_OPEN && now > c->born && now - c->born > p->half_open_time;
}

bool troth_sspi_context_expired(const troth_sspi_context *c)
{
    return c->stage == TROTH_SSPI_OPEN && c->expiry != UINT64_MAX && c->env->wall(c->env->self) >= c->expiry;
}

static bool gone(const troth_sspi_object *o)
{
    return troth_sspi_context_overdue((const troth_sspi_context *)o);
}

/* One more half-open context. When they are too many, those that have taken too long go first. */
static bool count(troth_sspi_process *p)
{
    if (atomic_fetch_add(&p->half_open, 1) < p->max_half_open)
        return true;
    troth_sspi_handles_sweep(&p->handles, TROTH_SSPI_CONTEXT, gone);
    if (atomic_load(&p->half_open) <= p->max_half_open)
        return true;
    atomic_fetch_sub(&p->half_open, 1);
    return false;
}

static troth_status make_locks(troth_sspi_context *c)
{
    troth_status st = troth_mutex_init(&c->leg);
    if (st)
        return st;
    st = troth_mutex_init(&c->direction[TROTH_SSPI_OUT]);
    if (!st) {
        st = troth_mutex_init(&c->direction[TROTH_SSPI_IN]);
        if (st)
            troth_mutex_clear(&c->direction[TROTH_SSPI_OUT]);
    }
    if (st)
        troth_mutex_clear(&c->leg);
    return st;
}

troth_status troth_sspi_context_new(const troth_sspi_package *package, troth_role role, troth_sspi_context **ret)
{
    troth_sspi_process *p = troth_sspi_process_get();
    if (!p)
        return TROTH_NO_MEMORY;
    if (!count(p))
        return TROTH_LIMIT;
    troth_sspi_context *c = troth_mem_new(p->env, sizeof *c);
    troth_status st = c ? make_locks(c) : TROTH_NO_MEMORY;
    if (st) {
        troth_mem_free(p->env, c, sizeof *c);
        atomic_fetch_sub(&p->half_open, 1);
        return st;
    }
    troth_sspi_object_init(&c->head, destroy);
    atomic_init(&c->stage, TROTH_SSPI_HALF_OPEN);
    c->env = p->env;
    c->package = package;
    c->role = role;
    c->counted = true;
    c->born = p->env->wall(p->env->self);
    c->expiry = UINT64_MAX;
    c->error.where = "";
    *ret = c;
    return TROTH_OK;
}

void troth_sspi_context_opened(troth_sspi_context *c)
{
    uncount(c);
    atomic_store_explicit(&c->stage, TROTH_SSPI_OPEN, memory_order_release);
}

/* The engine's context goes, and its words for the failure with it. Without memory for them the numbers must do. */
static void keep_words(troth_sspi_context *c)
{
    const char *text = c->engine ? troth_context_error_text(c->engine) : "";
    if (*text && !c->error_text && troth_mem_keep_str(c->env, text, &c->error_text))
        c->error_text = NULL;
}

SECURITY_STATUS troth_sspi_context_failed(troth_sspi_context *c, SECURITY_STATUS status, const troth_error *error)
{
    c->failure = status;
    c->error = *error;
    atomic_store_explicit(&c->stage, TROTH_SSPI_FAILED, memory_order_release);
    uncount(c);
    keep_words(c);
    troth_context_free(c->engine);
    c->engine = NULL;
    return status;
}

SECURITY_STATUS troth_sspi_context_find(const CtxtHandle *handle, troth_sspi_context **ret)
{
    troth_sspi_process *p = troth_sspi_process_get();
    troth_sspi_object *o;
    if (!p || troth_sspi_handle_find(&p->handles, TROTH_SSPI_CONTEXT, handle, &o) != TROTH_SSPI_LIVE)
        return SEC_E_INVALID_HANDLE;
    *ret = (troth_sspi_context *)o;
    return SEC_E_OK;
}

void troth_sspi_context_release(troth_sspi_context *c)
{
    if (c)
        troth_sspi_object_release(&c->head);
}

/* Open contexts stay so while messages pass: leg is needed only where one may still come. */
static SECURITY_STATUS admit(troth_sspi_context *c)
{
    troth_sspi_stage stage = atomic_load_explicit(&c->stage, memory_order_acquire);
    if (stage == TROTH_SSPI_OPEN)
        return SEC_E_OK;
    if (stage == TROTH_SSPI_HALF_OPEN)
        return SEC_E_INVALID_HANDLE;
    troth_mutex_lock(&c->leg);
    stage = c->stage;
    if (stage == TROTH_SSPI_USABLE) {
        c->leg_held = true;
        return SEC_E_OK;
    }
    SECURITY_STATUS status = stage == TROTH_SSPI_OPEN     ? SEC_E_OK
                             : stage == TROTH_SSPI_FAILED ? c->failure
                                                          : SEC_E_INVALID_HANDLE;
    troth_mutex_unlock(&c->leg);
    return status;
}

SECURITY_STATUS troth_sspi_context_enter(const CtxtHandle *handle, troth_sspi_direction direction,
                                         troth_sspi_context **ret)
{
    troth_sspi_context *c;
    SECURITY_STATUS status = troth_sspi_context_find(handle, &c);
    if (status)
        return status;
    troth_mutex_lock(&c->direction[direction]);
    status = admit(c);
    if (status) {
        troth_mutex_unlock(&c->direction[direction]);
        troth_sspi_context_release(c);
        return status;
    }
    c->used[direction] = true;
    *ret = c;
    return SEC_E_OK;
}

void troth_sspi_context_leave(troth_sspi_context *c, troth_sspi_direction direction)
{
    if (c->leg_held) { /* by us: another direction's thread would have waited for leg */
        c->leg_held = false;
        troth_mutex_unlock(&c->leg);
    }
    troth_mutex_unlock(&c->direction[direction]);
    troth_sspi_context_release(c);
}
