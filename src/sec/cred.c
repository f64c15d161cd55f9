#include <sec/cred.h>
#include <stdio.h>
#include <string.h>

static size_t size_for(size_t n_parts)
{
    return sizeof(troth_cred) + n_parts * sizeof(troth_cred_part);
}

static void forget_source(const troth_env *env, troth_cred_source *s)
{
    const char *const strings[] = { s->path, s->principal, s->domain, s->host, s->dns_host };
    for (size_t i = 0; i < sizeof strings / sizeof *strings; i++)
        troth_mem_free_str(env, (char *)(uintptr_t)strings[i]);
    troth_mem_free(env, (void *)(uintptr_t)s->secret.data, s->secret.len);
}

static troth_status keep_source(const troth_env *env, const troth_cred_source *from, const troth_mech *mech,
                                troth_cred_source *to)
{
    const struct {
        const char *from;
        const char **to;
    } strings[] = { { from->path, &to->path },
                    { from->principal, &to->principal },
                    { from->domain, &to->domain },
                    { from->host, &to->host },
                    { from->dns_host, &to->dns_host } };
    to->mech = mech->name;
    to->kind = from->kind;
    to->lookup = from->lookup;
    to->check = from->check;
    to->lookup_self = from->lookup_self;
    to->tls = from->tls;
    for (size_t i = 0; i < sizeof strings / sizeof *strings; i++) {
        char *s = NULL;
        troth_status st = troth_mem_keep_str(env, strings[i].from, &s);
        if (st)
            return st;
        *strings[i].to = s;
    }
    troth_block secret = { 0 };
    troth_status st = from->secret.data ? troth_mem_keep(env, from->secret.data, from->secret.len, &secret) : TROTH_OK;
    to->secret = (troth_bytes){ secret.data, secret.len };
    return st;
}

static troth_cred *blank(const troth_env *env, const troth_mech_table *mechs, troth_cred_use use, size_t n)
{
    troth_cred *c = troth_mem_new(env, size_for(n));
    if (!c)
        return NULL;
    c->env = env;
    c->mechs = mechs;
    c->use = use;
    c->n_parts = n;
    c->st = TROTH_NO_CRED;
    c->error = (troth_error){ .code = TROTH_NO_CRED, .where = "credential not acquired" };
    c->expiry = UINT64_MAX;
    atomic_init(&c->refs, 1);
    for (size_t i = 0; i < n; i++)
        c->parts[i].st = TROTH_NO_CRED;
    return c;
}

troth_status troth_cred_new(const troth_env *env, const troth_mech_table *mechs, troth_cred_use use,
                            const troth_cred_source *sources, size_t n, troth_cred **ret)
{
    if (!n || n > 16 || !use || use > TROTH_USE_BOTH)
        return TROTH_INVALID;
    for (size_t i = 0; i < n; i++) {
        const troth_mech *m = troth_mech_by_name(mechs, sources[i].mech);
        if (!m || !(m->kinds >> sources[i].kind & 1))
            return TROTH_INVALID;
    }
    troth_cred *c = blank(env, mechs, use, n);
    if (!c)
        return TROTH_NO_MEMORY;
    troth_status st = TROTH_OK;
    for (size_t i = 0; i < n && !st; i++) {
        c->parts[i].mech = troth_mech_by_name(mechs, sources[i].mech);
        st = keep_source(env, &sources[i], c->parts[i].mech, &c->parts[i].src);
    }
    if (st)
        troth_cred_unref(c);
    else
        *ret = c;
    return st;
}

troth_status troth_cred_wrap(const troth_env *env, const troth_mech_table *mechs, const troth_mech *mech, void *element,
                             uint64_t expiry, troth_cred **ret)
{
    troth_cred *c = blank(env, mechs, TROTH_USE_INITIATE, 1);
    if (!c)
        return TROTH_NO_MEMORY;
    c->parts[0] = (troth_cred_part){ .mech = mech, .src = { .mech = mech->name }, .element = element };
    c->st = TROTH_OK;
    c->error = (troth_error){ .where = "" };
    c->expiry = expiry;
    *ret = c;
    return TROTH_OK;
}

troth_cred *troth_cred_ref(troth_cred *c)
{
    atomic_fetch_add_explicit(&c->refs, 1, memory_order_relaxed);
    return c;
}

void troth_cred_unref(troth_cred *c)
{
    if (!c || atomic_fetch_sub_explicit(&c->refs, 1, memory_order_acq_rel) != 1)
        return;
    for (size_t i = 0; i < c->n_parts; i++) {
        troth_cred_part *p = &c->parts[i];
        if (p->element)
            p->mech->cred_release(c->env, p->element);
        forget_source(c->env, &p->src);
    }
    troth_mem_free(c->env, c, size_for(c->n_parts));
}

troth_status troth_cred_ready(const troth_cred *c, uint64_t *ret_expiry)
{
    if (!c->st && ret_expiry)
        *ret_expiry = c->expiry;
    return c->st;
}

const troth_error *troth_cred_error(const troth_cred *c)
{
    return &c->error;
}

const char *troth_cred_complaint(const troth_cred *c)
{
    return c->complaint[0] ? c->complaint : NULL;
}

const troth_cred_part *troth_cred_part_of(const troth_cred *c, const troth_mech *mech)
{
    for (size_t i = 0; i < c->n_parts; i++)
        if (c->parts[i].mech == mech && !c->parts[i].st)
            return &c->parts[i];
    return NULL;
}

void troth_cred_until(troth_cred *c, uint64_t expiry)
{
    if (expiry < c->expiry)
        c->expiry = expiry;
}

void troth_cred_complain(troth_cred *c, const char *path, unsigned line, const char *what)
{
    if (c->complaint[0])
        return;
    if (line)
        snprintf(c->complaint, sizeof c->complaint, "%s:%u: %s", path, line, what);
    else
        snprintf(c->complaint, sizeof c->complaint, "%s: %s", path, what);
}

void troth_cred_named(troth_cred *c, const char *domain, const char *name)
{
    if (c->name[0])
        return;
    bool in_domain = domain && *domain;
    int n = snprintf(c->name, sizeof c->name, "%s%s%s", in_domain ? domain : "", in_domain ? "\\" : "", name);
    if (n < 0 || (size_t)n >= sizeof c->name) /* none rather than half of one */
        c->name[0] = 0;
}

const char *troth_cred_name(const troth_cred *c)
{
    return c->name;
}

void troth_cred_acquire(troth_cred *c)
{
    troth_error first = { 0 };
    bool usable = false;
    for (size_t i = 0; i < c->n_parts; i++) {
        troth_cred_part *p = &c->parts[i];
        troth_error err = { .where = p->mech->name };
        p->st = p->mech->cred_acquire(c, &p->src, &p->element, &err);
        err.code = p->st;
        usable |= !p->st;
        if (p->st && !first.code)
            first = err;
    }
    /* a file that is there but wrong is never passed over in favour of another source */
    bool refused = first.code == TROTH_BAD_CONFIG;
    c->st = usable && !refused ? TROTH_OK : first.code;
    c->error = c->st ? first : (troth_error){ .where = "" };
}
