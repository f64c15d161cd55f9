/* What all sessions of a target share: policy, limits, counts. */
#include <csiv2/names.h>
#include <csiv2/sas_target.h>
#include <sec/cred.h>
#include <string.h>

enum {
    CONTEXTS = 1024,
    CONTEXTS_TOTAL = 65536,
    PENDING = 64,
    FAILURES = 16,
    USER_FAILURES = 32,
    IDLE_MS = 15 * 60 * 1000,
    LIFE_MS = 8 * 60 * 60 * 1000
};

enum {
    CAN_REQUIRE = TROTH_CSI_INTEGRITY | TROTH_CSI_CONFIDENTIALITY | TROTH_CSI_ESTABLISH_TRUST_IN_CLIENT,
    CAN_ASSERT = TROTH_CSI_ITT_ANONYMOUS | TROTH_CSI_ITT_PRINCIPAL_NAME | TROTH_CSI_ITT_X509_CERT_CHAIN |
                 TROTH_CSI_ITT_DISTINGUISHED_NAME,
    QUIRKS = TROTH_SAS_QUIRK_TRAILING | TROTH_SAS_QUIRK_BOOLEANS | TROTH_SAS_QUIRK_WRAPPED_NAME |
             TROTH_SAS_QUIRK_SILENT | TROTH_SAS_QUIRK_LENGTHS
};

static troth_status check_options(const troth_sas_target_options *o)
{
    if (!o->env || o->required & ~CAN_REQUIRE || o->identity_types & ~(uint32_t)CAN_ASSERT ||
        o->quirks & ~(uint32_t)QUIRKS)
        return TROTH_INVALID;
    if ((o->realm && strlen(o->realm) > TROTH_CSI_NAME_MAX) || (o->service && strlen(o->service) > TROTH_CSI_NAME_MAX))
        return TROTH_INVALID;
    if (!o->cred)
        return TROTH_OK;
    if (!(o->cred->use & TROTH_USE_ACCEPT))
        return TROTH_INVALID;
    return troth_cred_ready(o->cred, NULL);
}

static void use_default(uint32_t *option, uint32_t value)
{
    if (!*option)
        *option = value;
}

static void set_defaults(troth_sas_target_options *o)
{
    use_default(&o->contexts, CONTEXTS);
    use_default(&o->contexts_total, CONTEXTS_TOTAL);
    use_default(&o->pending, PENDING);
    use_default(&o->failures, FAILURES);
    use_default(&o->user_failures, USER_FAILURES);
    if (!o->idle_ms)
        o->idle_ms = IDLE_MS;
    if (!o->life_ms)
        o->life_ms = LIFE_MS;
}

static troth_status make_digest_key(troth_sas_target *t)
{
    uint8_t key[TROTH_SAS_DIGEST];
    troth_status st = t->env->random(t->env->self, key, sizeof key);
    if (!st)
        troth_hmac_sha_key_init(&t->digest_key, TROTH_SHA256, key, sizeof key);
    troth_wipe(key, sizeof key);
    return st;
}

troth_status troth_sas_target_new(const troth_sas_target_options *opts, troth_sas_target **ret)
{
    troth_status st = check_options(opts);
    if (st)
        return st;
    troth_sas_target *t = troth_mem_new(opts->env, sizeof *t);
    if (!t)
        return TROTH_NO_MEMORY;
    t->env = opts->env;
    t->opts = *opts;
    t->opts.cred = NULL;
    t->opts.realm = t->opts.service = NULL;
    set_defaults(&t->opts);
    t->cred = opts->cred ? troth_cred_ref(opts->cred) : NULL;
    st = troth_mem_keep_str(t->env, opts->realm ? opts->realm : "default", &t->realm);
    if (!st)
        st = troth_mem_keep_str(t->env, opts->service, &t->service);
    if (!st)
        st = make_digest_key(t);
    if (!st)
        st = troth_sas_guard_init(&t->guard, t->env, t->opts.user_failures);
    if (st)
        troth_sas_target_free(t);
    else
        *ret = t;
    return st;
}

void troth_sas_target_free(troth_sas_target *t)
{
    if (!t)
        return;
    if (t->guard.env)
        troth_sas_guard_clear(&t->guard);
    troth_mem_free_str(t->env, t->realm);
    troth_mem_free_str(t->env, t->service);
    troth_cred_unref(t->cred);
    troth_mem_free(t->env, t, sizeof *t);
}

void troth_sas_target_set_cred(troth_sas_target *t, troth_cred *cred)
{
    troth_cred *was = t->cred;
    t->cred = cred ? troth_cred_ref(cred) : NULL;
    troth_cred_unref(was);
    t->creds++;
}
