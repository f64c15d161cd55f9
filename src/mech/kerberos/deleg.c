/* The credential that an initiator delegated [RFC 4121 4.1.1], as one that initiates elsewhere. */
#include <mech/kerberos/inner.h>

static troth_status wrap(troth_krb *k, troth_cred **ret)
{
    const troth_env *env = k->c->env;
    OM_uint32 minor, lifetime = 0;
    troth_krb_cred *element = NULL;
    troth_status st = troth_krb_cred_new(env, &element);
    if (st)
        return st;
    element->initiate = k->handed_over;
    OM_uint32 major = troth_krb_cred_ready(&minor, element, &lifetime);
    st = GSS_ERROR(major) ? troth_krb_status(TROTH_KRB_ESTABLISH, major, minor) : TROTH_OK;
    uint64_t end = lifetime == GSS_C_INDEFINITE ? UINT64_MAX : env->wall(env->self) + (uint64_t)lifetime * 10000000u;
    if (!st)
        st = troth_cred_wrap(env, k->c->cred->mechs, &troth_mech_kerberos, element, end, ret);
    if (st) {
        k->handed_over = element->initiate;
        element->initiate = GSS_C_NO_CREDENTIAL;
        troth_krb_cred_release(env, element);
        return st;
    }
    k->handed_over = GSS_C_NO_CREDENTIAL;
    return TROTH_OK;
}

troth_status troth_krb_delegated(void *impl, troth_cred **ret)
{
    troth_krb *k = impl;
    if (!k->delegated) {
        if (k->handed_over == GSS_C_NO_CREDENTIAL)
            return TROTH_NO_CRED;
        troth_status st = wrap(k, &k->delegated);
        if (st)
            return st;
    }
    *ret = troth_cred_ref(k->delegated);
    return TROTH_OK;
}
