#include <sec/context.h>
#include <sec/context_fsm.h>
#include <sec/flags.h>
#include <string.h>

enum { DEFAULT_LEGS = 10, DEFAULT_TOKEN = 65535, DEFAULT_BYTES = 262144 };

static troth_status keep_options(troth_context *c, const troth_context_options *opts)
{
    char *target = NULL;
    troth_block bindings = { 0 }, alpn = { 0 };
    c->opts = *opts;
    c->opts.mech = c->mech->name;
    c->opts.target = NULL;
    c->opts.bindings = c->opts.alpn = (troth_bytes){ 0 };
    if (!c->opts.limits.legs)
        c->opts.limits.legs = DEFAULT_LEGS;
    if (!c->opts.limits.token)
        c->opts.limits.token = DEFAULT_TOKEN;
    if (!c->opts.limits.bytes)
        c->opts.limits.bytes = DEFAULT_BYTES;
    troth_status st = troth_mem_keep_str(c->env, opts->target, &target);
    c->opts.target = target;
    if (!st && opts->bindings.len)
        st = troth_mem_keep(c->env, opts->bindings.data, opts->bindings.len, &bindings);
    c->opts.bindings = (troth_bytes){ bindings.data, bindings.len };
    if (!st && opts->alpn.len)
        st = troth_mem_keep(c->env, opts->alpn.data, opts->alpn.len, &alpn);
    c->opts.alpn = (troth_bytes){ alpn.data, alpn.len };
    return st;
}

troth_status troth_context_blank(const troth_env *env, troth_cred *cred, const troth_mech *mech, troth_context **ret)
{
    troth_context *c = troth_mem_new(env, sizeof *c);
    if (!c)
        return TROTH_NO_MEMORY;
    troth_status st = troth_mutex_init(&c->lock);
    if (st) {
        troth_mem_free(env, c, sizeof *c);
        return st;
    }
    c->env = env;
    c->mech = mech;
    c->outer = mech->id;
    c->cred = cred ? troth_cred_ref(cred) : NULL;
    c->part = cred ? troth_cred_part_of(cred, mech) : NULL;
    c->error.where = "";
    c->detail = "";
    c->expiry = UINT64_MAX;
    troth_fsm_init(&c->fsm, &troth_context_fsm, c->env);
    *ret = c;
    return TROTH_OK;
}

static troth_status finish(troth_context *c, troth_status st, troth_context **ret)
{
    if (!st)
        st = c->mech->init(c, &c->impl);
    if (st)
        troth_context_free(c);
    else
        *ret = c;
    return st;
}

troth_status troth_context_new(troth_cred *cred, const troth_context_options *opts, troth_context **ret)
{
    const troth_mech *mech = troth_mech_by_name(cred->mechs, opts->mech);
    troth_flags require;
    if (!mech || (opts->bindings.len && !opts->bindings.data) || (opts->alpn.len && !opts->alpn.data))
        return TROTH_INVALID;
    troth_status st = troth_flags_complete(opts->require, &require);
    if (st)
        return st;
    troth_cred_use use = opts->role == TROTH_INITIATOR ? TROTH_USE_INITIATE : TROTH_USE_ACCEPT;
    if (cred->st || !(cred->use & use) || (!mech->leaf && !troth_cred_part_of(cred, mech)))
        return TROTH_NO_CRED;
    troth_context *c;
    st = troth_context_blank(opts->env ? opts->env : cred->env, cred, mech, &c);
    if (st)
        return st;
    st = keep_options(c, opts);
    c->opts.require = require;
    return finish(c, st, ret);
}

troth_status troth_context_child(const troth_context *parent, const troth_mech *mech, troth_flags require,
                                 troth_context **ret)
{
    troth_context *c;
    if (!troth_cred_part_of(parent->cred, mech))
        return TROTH_NO_CRED;
    troth_status st = troth_context_blank(parent->env, parent->cred, mech, &c);
    if (st)
        return st;
    c->opts = parent->opts; /* the strings are the parent's, which outlives its child */
    c->opts.mech = mech->name;
    c->is_child = true;
    st = troth_flags_complete(require, &c->opts.require);
    return finish(c, st, ret);
}

void troth_context_free(troth_context *c)
{
    if (!c)
        return;
    if (c->impl)
        c->mech->clear(c, c->impl);
    char *const strings[] = { c->peer_name, c->peer_account, c->peer_authority,
                              c->self_name, c->self_account, c->self_authority };
    for (size_t i = 0; i < sizeof strings / sizeof *strings; i++)
        troth_mem_free_str(c->env, strings[i]);
    if (!c->is_child) {
        troth_mem_free_str(c->env, (char *)(uintptr_t)c->opts.target);
        troth_mem_free(c->env, (void *)(uintptr_t)c->opts.bindings.data, c->opts.bindings.len);
        troth_mem_free(c->env, (void *)(uintptr_t)c->opts.alpn.data, c->opts.alpn.len);
    }
    troth_mem_free_str(c->env, c->error_text);
    troth_cred_unref(c->cred);
    troth_mutex_clear(&c->lock);
    troth_mem_free(c->env, c, sizeof *c);
}

troth_step troth_context_fail(troth_context *c, troth_status code, uint32_t gss_major, uint32_t gss_minor,
                              const char *where)
{
    if (!c->error.code)
        c->error = (troth_error){ code, gss_major, gss_minor, 0, where };
    return TROTH_STEP_ERROR;
}

void troth_context_say(troth_context *c, const char *text)
{
    if (!c->error_text && text) /* without memory for the words the error goes without them */
        (void)!troth_mem_keep_str(c->env, text, &c->error_text);
}

troth_step troth_context_fail_as(troth_context *c, const troth_context *child)
{
    const troth_error *e = &child->error;
    if (!c->error.code)
        troth_context_say(c, child->error_text);
    return troth_context_fail(c, e->code ? e->code : TROTH_MECHANISM, e->gss_major, e->gss_minor, e->where);
}

static troth_status set_name(troth_context *c, troth_name_style style, const char *account, const char *authority,
                             char *slots[3], char **ret_slots[3])
{
    const char *parts[] = { account ? account : "", authority ? authority : "" };
    size_t na = strlen(parts[0]), nb = strlen(parts[1]);
    char *name = troth_mem_new(c->env, na + nb + 2), *a = NULL, *b = NULL;
    if (!name)
        return TROTH_NO_MEMORY;
    const char *first = parts[style == TROTH_NAME_BACKSLASH], *second = parts[style != TROTH_NAME_BACKSLASH];
    bool both = na && nb;
    char *at = stpcpy(name, first);
    if (both)
        *at++ = style == TROTH_NAME_BACKSLASH ? '\\' : '@';
    memcpy(at, second, strlen(second) + 1);
    size_t len = na + nb + both;
    troth_block exact; /* released by its string length, so it must be allocated by it */
    troth_status st = troth_mem_keep(c->env, name, len + 1, &exact);
    troth_mem_free(c->env, name, na + nb + 2);
    if (st)
        return st;
    st = troth_mem_keep_str(c->env, parts[0], &a);
    if (!st)
        st = troth_mem_keep_str(c->env, parts[1], &b);
    if (st) {
        troth_mem_free_str(c->env, a);
        troth_mem_drop(c->env, &exact);
        return st;
    }
    char *made[] = { (char *)exact.data, a, b };
    for (size_t i = 0; i < 3; i++) {
        troth_mem_free_str(c->env, slots[i]);
        *ret_slots[i] = made[i];
    }
    return TROTH_OK;
}

troth_status troth_context_set_peer(troth_context *c, troth_name_style style, const char *account,
                                    const char *authority)
{
    return set_name(c, style, account, authority, (char *[]){ c->peer_name, c->peer_account, c->peer_authority },
                    (char **[]){ &c->peer_name, &c->peer_account, &c->peer_authority });
}

troth_status troth_context_set_self(troth_context *c, troth_name_style style, const char *account,
                                    const char *authority)
{
    return set_name(c, style, account, authority, (char *[]){ c->self_name, c->self_account, c->self_authority },
                    (char **[]){ &c->self_name, &c->self_account, &c->self_authority });
}

const char *troth_context_state(const troth_context *c)
{
    return c->fsm.spec->states[c->fsm.state];
}

bool troth_context_complete(const troth_context *c)
{
    return c->fsm.state == TROTH_CTX_OPEN || c->fsm.state == TROTH_CTX_USABLE;
}

const troth_error *troth_context_error(const troth_context *c)
{
    return &c->error;
}

const char *troth_context_error_text(const troth_context *c)
{
    return c->error_text ? c->error_text : "";
}

static troth_identity identity(const char *name, const char *account, const char *authority)
{
    return (troth_identity){ name ? name : "", account ? account : "", authority ? authority : "" };
}

troth_facts troth_context_facts(const troth_context *c)
{
    troth_facts f = { .outer = c->outer, .detail = "", .expiry = UINT64_MAX };
    f.peer = f.self = identity(NULL, NULL, NULL);
    f.legs = c->legs_in + c->legs_out;
    if (c->fsm.state != TROTH_CTX_OPEN)
        return f;
    const troth_context *leaf = c->leaf;
    f.mech = leaf->mech->id;
    if (c->bare)
        f.outer = f.mech;
    f.attributes = leaf->attributes;
    f.peer = identity(leaf->peer_name, leaf->peer_account, leaf->peer_authority);
    f.self = identity(leaf->self_name, leaf->self_account, leaf->self_authority);
    f.detail = leaf->detail;
    f.expiry = leaf->expiry;
    return f;
}

troth_status troth_context_session_key(const troth_context *c, troth_bytes *ret)
{
    if (!troth_context_complete(c))
        return TROTH_BAD_STATE;
    return c->leaf->mech->session_key ? c->leaf->mech->session_key(c->leaf->impl, ret) : TROTH_UNSUPPORTED;
}

troth_status troth_context_delegated(troth_context *c, troth_cred **ret)
{
    if (!troth_context_complete(c))
        return TROTH_BAD_STATE;
    return c->leaf->mech->delegated ? c->leaf->mech->delegated(c->leaf->impl, ret) : TROTH_NO_CRED;
}
