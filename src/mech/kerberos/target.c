/*
 * Targets: names as MIT has them inside, together with what they look like. Importing and showing one each make MIT
 * read its configuration anew, so a credential keeps that of its last context; most have only one.
 */
#include <errno.h>
#include <mech/kerberos/inner.h>
#include <string.h>

void troth_krb_target_release(troth_krb_target *t)
{
    OM_uint32 minor;
    if (!t || atomic_fetch_sub(&t->refs, 1) > 1)
        return;
    gss_release_name(&minor, &t->name);
    troth_mem_drop(t->env, &t->shown);
    troth_mem_free_str(t->env, t->text);
    troth_mem_free(t->env, t, sizeof *t);
}

/* A name of the mechanism: it is parsed once, and not again with every leg. A host's is asked of DNS just once, too. */
static OM_uint32 import(OM_uint32 *minor, troth_krb_target *t)
{
    gss_name_t typed = GSS_C_NO_NAME;
    OM_uint32 ignored, major = troth_krb_name_import(minor, t->text, &typed);
    if (!GSS_ERROR(major))
        major = gss_canonicalize_name(minor, typed, (gss_OID)(uintptr_t)gss_mech_krb5, &t->name);
    gss_release_name(&ignored, &typed);
    return major;
}

static OM_uint32 make(OM_uint32 *minor, const troth_env *env, const char *text, troth_krb_target **ret)
{
    troth_krb_target *t = troth_mem_new(env, sizeof *t);
    *minor = (OM_uint32)ENOMEM;
    if (!t)
        return GSS_S_FAILURE;
    t->env = env;
    atomic_init(&t->refs, 1);
    OM_uint32 major = troth_mem_keep_str(env, text, &t->text) ? GSS_S_FAILURE : import(minor, t);
    if (!GSS_ERROR(major))
        major = troth_krb_name_show(minor, env, t->name, &t->shown);
    if (GSS_ERROR(major))
        troth_krb_target_release(t);
    else
        *ret = t;
    return major;
}

/* The kept one, if it is this. */
static troth_krb_target *kept(troth_krb_cred *cred, const char *text)
{
    troth_mutex_lock(&cred->lock);
    troth_krb_target *t = cred->target && strcmp(cred->target->text, text) == 0 ? cred->target : NULL;
    if (t)
        atomic_fetch_add(&t->refs, 1);
    troth_mutex_unlock(&cred->lock);
    return t;
}

static void keep(troth_krb_cred *cred, troth_krb_target *t)
{
    atomic_fetch_add(&t->refs, 1);
    troth_mutex_lock(&cred->lock);
    troth_krb_target *before = cred->target;
    cred->target = t;
    troth_mutex_unlock(&cred->lock);
    troth_krb_target_release(before);
}

OM_uint32 troth_krb_target_take(OM_uint32 *minor, troth_krb_cred *cred, const char *text, troth_krb_target **ret)
{
    troth_krb_target *t = kept(cred, text);
    if (t) {
        *ret = t;
        return GSS_S_COMPLETE;
    }
    OM_uint32 major = make(minor, cred->env, text, &t);
    if (GSS_ERROR(major))
        return major;
    *ret = t;
    if (!troth_krb_name_host_based(text)) /* what DNS says of a host may be something else for the next context */
        keep(cred, t);
    return GSS_S_COMPLETE;
}
