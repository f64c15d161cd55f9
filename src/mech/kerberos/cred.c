/* Credentials: keytab, ccache, password, default. Tickets and a service's keys lie in MEMORY, see memory.c. */
#include <mech/kerberos/inner.h>
#include <string.h>

/* Where a failed acquisition is told: the error, and for a file its complaint. */
typedef struct acquisition {
    troth_cred *cred;
    const troth_cred_source *src;
    troth_krb_cred *k;
    troth_error *err;
} acquisition;

static troth_status failed(const acquisition *a, OM_uint32 major, OM_uint32 minor, const char *where)
{
    troth_status st = troth_krb_status(TROTH_KRB_ACQUIRE, major, minor);
    *a->err = (troth_error){ st, GSS_ROUTINE_ERROR(major), minor, 0, where };
    return st;
}

static troth_status failed_krb5(const acquisition *a, krb5_error_code code, const char *where)
{
    return failed(a, GSS_S_FAILURE, (OM_uint32)code, where);
}

OM_uint32 troth_krb_cred_ready(OM_uint32 *minor, troth_krb_cred *k, OM_uint32 *ret_lifetime)
{
    gss_buffer_desc empty = GSS_C_EMPTY_BUFFER;
    gss_name_t self = GSS_C_NO_NAME;
    OM_uint32 ignored;
    /* MIT puts on the wire just those of confidentiality and integrity that are asked for [RFC 4121 4.1.1.1] */
    OM_uint32 major = gss_set_cred_option(minor, &k->initiate, GSS_KRB5_CRED_NO_CI_FLAGS_X, &empty);
    if (!GSS_ERROR(major))
        major = gss_inquire_cred(minor, k->initiate, NULL, ret_lifetime, NULL, NULL);
    if (!GSS_ERROR(major)) /* by itself: of expired credentials MIT would leak the name */
        major = gss_inquire_cred(minor, k->initiate, &self, NULL, NULL, NULL);
    if (!GSS_ERROR(major) && self)
        major = troth_krb_name_show(minor, k->env, self, &k->self);
    gss_release_name(&ignored, &self);
    return major;
}

/* One handle from a store. A name of NULL is any. */
static troth_status from_store(const acquisition *a, gss_cred_usage_t usage, const gss_key_value_element_desc *keys,
                               size_t n, gss_cred_id_t *ret)
{
    gss_key_value_set_desc store = { (OM_uint32)n, (gss_key_value_element_desc *)(uintptr_t)keys };
    gss_name_t name = GSS_C_NO_NAME;
    OM_uint32 minor, ignored, major = GSS_S_COMPLETE;
    if (a->src->principal)
        major = troth_krb_name_import(&minor, a->src->principal, &name);
    if (!GSS_ERROR(major))
        major = gss_acquire_cred_from(&minor, name, GSS_C_INDEFINITE, (gss_OID_set)(uintptr_t)gss_mech_set_krb5, usage,
                                      n ? &store : NULL, ret, NULL, NULL);
    gss_release_name(&ignored, &name);
    return GSS_ERROR(major) ? failed(a, major, minor, "gss_acquire_cred_from") : TROTH_OK;
}

/* An empty MEMORY cache, whose name goes to MIT as a store key. */
static troth_status new_cache(const acquisition *a, char ret_name[TROTH_KRB_NAME])
{
    krb5_error_code code = troth_krb_memory_new_ccache(a->k, ret_name);
    return code ? failed_krb5(a, code, "MEMORY ccache") : TROTH_OK;
}

static troth_status ready_to_initiate(const acquisition *a)
{
    OM_uint32 minor, lifetime = 0;
    OM_uint32 major = troth_krb_cred_ready(&minor, a->k, &lifetime);
    if (GSS_ERROR(major))
        return failed(a, major, minor, "gss_inquire_cred");
    if (!lifetime)
        return failed(a, GSS_S_CREDENTIALS_EXPIRED, 0, "gss_inquire_cred");
    return TROTH_OK;
}

static void note_expiry(const acquisition *a)
{
    OM_uint32 minor, lifetime = GSS_C_INDEFINITE;
    const troth_env *env = a->cred->env;
    if (a->src->kind != TROTH_CRED_KEYTAB && /* which gets new tickets by itself */
        !GSS_ERROR(gss_inquire_cred(&minor, a->k->initiate, NULL, &lifetime, NULL, NULL)) &&
        lifetime != GSS_C_INDEFINITE)
        troth_cred_until(a->cred, env->wall(env->self) + (uint64_t)lifetime * 10000000u);
}

/* Whose it is. An acceptor of any name is called by one of its keytab's; without a keytab there is none to tell. */
static void note_name(const acquisition *a, gss_cred_id_t cred)
{
    OM_uint32 minor;
    gss_name_t name = GSS_C_NO_NAME;
    gss_buffer_desc text = GSS_C_EMPTY_BUFFER;
    if (GSS_ERROR(gss_inquire_cred(&minor, cred, &name, NULL, NULL, NULL)) || !name)
        return;
    if (!GSS_ERROR(gss_display_name(&minor, name, &text, NULL)) && !memchr(text.value, 0, text.length))
        troth_cred_named(a->cred, NULL, text.value); /* MIT ends it with a NUL */
    gss_release_buffer(&minor, &text);
    gss_release_name(&minor, &name);
}

/* Get a ticket into the cache by password. MIT's own store of passwords keeps them longer than we want to. */
static troth_status log_on(const acquisition *a)
{
    krb5_context krb5 = a->k->krb5;
    krb5_principal who = NULL;
    krb5_get_init_creds_opt *opt = NULL;
    krb5_creds creds = { 0 };
    size_t n = a->src->secret.len;
    char *password = troth_mem_new(a->cred->env, n + 1);
    if (!password)
        return TROTH_NO_MEMORY;
    if (n)
        memcpy(password, a->src->secret.data, n);
    krb5_error_code code = krb5_parse_name(krb5, a->src->principal, &who);
    if (!code)
        code = krb5_get_init_creds_opt_alloc(krb5, &opt);
    if (!code)
        code = krb5_get_init_creds_opt_set_out_ccache(krb5, opt, a->k->cache);
    if (!code)
        code = krb5_get_init_creds_password(krb5, &creds, who, password, NULL, NULL, 0, NULL, opt);
    troth_mem_free(a->cred->env, password, n + 1);
    krb5_free_cred_contents(krb5, &creds);
    krb5_get_init_creds_opt_free(krb5, opt);
    krb5_free_principal(krb5, who);
    return code ? failed_krb5(a, code, "RFC 4120 3.1: AS exchange") : TROTH_OK;
}

static troth_status initiate_password(const acquisition *a)
{
    char name[TROTH_KRB_NAME];
    if (!a->src->principal || !a->src->secret.data)
        return failed(a, GSS_S_NO_CRED, 0, "a password needs its principal");
    troth_status st = new_cache(a, name);
    if (!st)
        st = log_on(a);
    if (st)
        return st;
    return from_store(a, GSS_C_INITIATE, (gss_key_value_element_desc[]){ { "ccache", name } }, 1, &a->k->initiate);
}

static troth_status initiate_keytab(const acquisition *a)
{
    char name[TROTH_KRB_NAME];
    troth_status st = new_cache(a, name);
    if (st)
        return st;
    const gss_key_value_element_desc keys[] = { { "client_keytab", a->src->path }, { "ccache", name } };
    return from_store(a, GSS_C_INITIATE, keys, 2, &a->k->initiate);
}

static troth_status initiate_ccache(const acquisition *a)
{
    char name[TROTH_KRB_NAME];
    const char *from = troth_krb_memory_ccache(a->k, a->src->path, name) ? name : a->src->path;
    return from_store(a, GSS_C_INITIATE, (gss_key_value_element_desc[]){ { "ccache", from } }, 1, &a->k->initiate);
}

static troth_status initiate(const acquisition *a)
{
    troth_status st;
    switch (a->src->kind) {
    case TROTH_CRED_KEYTAB:
        st = initiate_keytab(a);
        break;
    case TROTH_CRED_PASSWORD:
        st = initiate_password(a);
        break;
    case TROTH_CRED_CCACHE:
        st = initiate_ccache(a);
        break;
    default:
        st = from_store(a, GSS_C_INITIATE, NULL, 0, &a->k->initiate);
    }
    if (!st)
        st = ready_to_initiate(a);
    if (!st) {
        note_expiry(a);
        note_name(a, a->k->initiate);
    }
    return st;
}

static troth_status accept_with(const acquisition *a, const char *keytab, bool repeat, gss_cred_id_t *ret)
{
    gss_key_value_element_desc keys[2];
    size_t n = 0;
    if (keytab)
        keys[n++] = (gss_key_value_element_desc){ "keytab", keytab };
    if (repeat)
        keys[n++] = (gss_key_value_element_desc){ "rcache", "none:" };
    return from_store(a, GSS_C_ACCEPT, keys, n, ret);
}

static troth_status accept(const acquisition *a)
{
    if (a->src->kind != TROTH_CRED_KEYTAB && a->src->kind != TROTH_CRED_DEFAULT)
        return failed(a, GSS_S_NO_CRED, 0, "an acceptor needs a keytab");
    char name[TROTH_KRB_NAME];
    const char *keytab = a->src->kind == TROTH_CRED_KEYTAB ? a->src->path : NULL;
    if (keytab && troth_krb_memory_keytab(a->k, keytab, name))
        keytab = name;
    troth_status st = accept_with(a, keytab, false, &a->k->accept);
    if (!st)
        st = accept_with(a, keytab, true, &a->k->accept_repeat);
    if (!st)
        note_name(a, a->k->accept);
    return st;
}

/* A keytab that cannot be used is a fault of the configuration, and its name is what helps. */
static troth_status about_file(const acquisition *a, troth_status st)
{
    if (a->src->kind != TROTH_CRED_KEYTAB || (st != TROTH_NO_CRED && st != TROTH_MECHANISM))
        return st;
    troth_cred_complain(a->cred, a->src->path, 0,
                        a->src->principal ? "no such keytab, or no key of this principal in it"
                                          : "no such keytab, or no key in it");
    a->err->code = TROTH_BAD_CONFIG;
    return TROTH_BAD_CONFIG;
}

troth_status troth_krb_cred_new(const troth_env *env, troth_krb_cred **ret)
{
    troth_krb_cred *k = troth_mem_new(env, sizeof *k);
    troth_status st = k ? troth_mutex_init(&k->lock) : TROTH_NO_MEMORY;
    if (st) {
        troth_mem_free(env, k, sizeof *k);
        return st;
    }
    k->env = env;
    *ret = k;
    return TROTH_OK;
}

troth_status troth_krb_cred_acquire(troth_cred *cred, const troth_cred_source *src, void **ret_element,
                                    troth_error *err)
{
    if ((src->kind == TROTH_CRED_KEYTAB || src->kind == TROTH_CRED_CCACHE) && !src->path)
        return TROTH_INVALID;
    troth_krb_cred *k = NULL;
    troth_status st = troth_krb_cred_new(cred->env, &k);
    if (st)
        return st;
    acquisition a = { cred, src, k, err };
    if (cred->use & TROTH_USE_ACCEPT)
        st = about_file(&a, accept(&a));
    if (!st && cred->use & TROTH_USE_INITIATE)
        st = about_file(&a, initiate(&a));
    if (st)
        troth_krb_cred_release(cred->env, k);
    else
        *ret_element = k;
    return st;
}

void troth_krb_cred_release(const troth_env *env, void *element)
{
    troth_krb_cred *k = element;
    OM_uint32 minor;
    troth_krb_target_release(k->target);
    troth_mem_drop(env, &k->self);
    troth_mutex_clear(&k->lock);
    gss_release_cred(&minor, &k->initiate);
    gss_release_cred(&minor, &k->accept);
    gss_release_cred(&minor, &k->accept_repeat);
    if (k->keytab)
        krb5_kt_close(k->krb5, k->keytab);
    if (k->cache)
        krb5_cc_destroy(k->krb5, k->cache);
    if (k->krb5)
        krb5_free_context(k->krb5);
    troth_mem_free(env, k, sizeof *k);
}
