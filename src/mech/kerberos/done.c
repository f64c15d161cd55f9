/* Reading out of an established context what it is: attributes, identities, expiry, cipher, session key. */
#include <mech/kerberos/inner.h>
#include <string.h>

typedef struct enctype_row {
    int32_t number;
    const char *name;
} enctype_row;

static const enctype_row enctypes[] = {
    /* [RFC 3961 8, RFC 8009 7, RFC 6803, RFC 4757] */
    { 16, "des3-cbc-sha1" },
    { 17, "aes128-cts-hmac-sha1-96" },
    { 18, "aes256-cts-hmac-sha1-96" },
    { 19, "aes128-cts-hmac-sha256-128" },
    { 20, "aes256-cts-hmac-sha384-192" },
    { 23, "arcfour-hmac" },
    { 25, "camellia128-cts-cmac" },
    { 26, "camellia256-cts-cmac" },
};

const char *troth_krb_enctype_name(int32_t number)
{
    for (size_t i = 0; i < sizeof enctypes / sizeof *enctypes; i++)
        if (number == enctypes[i].number)
            return enctypes[i].name;
    return "kerberos";
}

/* The OID's last arc is the encryption type: 1.2.840.113554.1.2.2.4.N */
static const char *enctype_of(const gss_buffer_desc *oid)
{
    const uint8_t *der = oid->value;
    return troth_krb_enctype_name(oid->length ? der[oid->length - 1] : 0);
}

static troth_status take_key(troth_krb *k)
{
    gss_buffer_set_t set = GSS_C_NO_BUFFER_SET;
    OM_uint32 minor;
    OM_uint32 major = gss_inquire_sec_context_by_oid(&minor, k->gss, GSS_C_INQ_SSPI_SESSION_KEY, &set);
    if (GSS_ERROR(major))
        return troth_krb_status(TROTH_KRB_ESTABLISH, major, minor);
    troth_status st = set->count >= 2 && set->elements[0].length <= sizeof k->key ? TROTH_OK : TROTH_UNSUPPORTED;
    if (!st) {
        k->key_len = set->elements[0].length;
        memcpy(k->key, set->elements[0].value, k->key_len);
        k->c->detail = enctype_of(&set->elements[1]);
    }
    if (set->count)
        troth_wipe(set->elements[0].value, set->elements[0].length);
    gss_release_buffer_set(&minor, &set);
    return st;
}

/* For the encryption types of RFC 4121 the size of the token does not depend on the data's. */
troth_status troth_krb_measure(troth_krb *k)
{
    for (troth_form form = TROTH_FORM_MIC; form <= TROTH_FORM_SEAL; form++) {
        if (k->cfx) {
            k->token_size[form] = troth_cfx_token_size(k->cfx, form);
            continue;
        }
        bool mic = form == TROTH_FORM_MIC;
        gss_iov_buffer_desc iov[] = { { mic ? GSS_IOV_BUFFER_TYPE_MIC_TOKEN : GSS_IOV_BUFFER_TYPE_HEADER, { 0, NULL } },
                                      { GSS_IOV_BUFFER_TYPE_DATA, { 0, NULL } } };
        OM_uint32 minor, major;
        int conf;
        if (mic)
            major = gss_get_mic_iov_length(&minor, k->gss, GSS_C_QOP_DEFAULT, iov, 2);
        else
            major = gss_wrap_iov_length(&minor, k->gss, form == TROTH_FORM_SEAL, GSS_C_QOP_DEFAULT, &conf, iov, 2);
        if (GSS_ERROR(major))
            return troth_krb_status(TROTH_KRB_ESTABLISH, major, minor);
        k->token_size[form] = iov[0].buffer.length;
    }
    return TROTH_OK;
}

/* Both are known since before the first leg: MIT's context has copies of the same. */
static troth_status initiator_names(troth_krb *k)
{
    const troth_block *self = &k->cred->self, *peer = &k->target->shown;
    troth_status st = TROTH_OK;
    if (self->data)
        st = troth_krb_shown_set(k->c, (troth_bytes){ self->data, self->len }, troth_context_set_self);
    /* without mutual authentication the initiator knows whom it asked for, not who answered */
    if (!st && k->c->attributes & TROTH_F_MUTUAL)
        st = troth_krb_shown_set(k->c, (troth_bytes){ peer->data, peer->len }, troth_context_set_peer);
    return st;
}

static troth_status acceptor_names(troth_krb *k)
{
    gss_name_t src = GSS_C_NO_NAME, target = GSS_C_NO_NAME;
    OM_uint32 minor, major = gss_inquire_context(&minor, k->gss, &src, &target, NULL, NULL, NULL, NULL, NULL);
    if (GSS_ERROR(major))
        return troth_krb_status(TROTH_KRB_ESTABLISH, major, minor);
    troth_status st = TROTH_OK;
    if (src)
        st = troth_krb_name_set(k->c, src, troth_context_set_peer);
    if (!st && target)
        st = troth_krb_name_set(k->c, target, troth_context_set_self);
    gss_release_name(&minor, &src);
    gss_release_name(&minor, &target);
    return st;
}

static void take_attributes(troth_krb *k, OM_uint32 ret_flags, OM_uint32 lifetime)
{
    troth_context *c = k->c;
    c->attributes = troth_krb_flags_attributes(ret_flags);
    if (c->opts.role == TROTH_ACCEPTOR && !k->handed_over)
        c->attributes &= ~(troth_flags)TROTH_F_DELEGATE;
    c->attributes |= c->opts.require & TROTH_F_SESSION_KEY; /* MIT makes a subkey for every context */
    c->expiry = lifetime == GSS_C_INDEFINITE ? UINT64_MAX : c->env->wall(c->env->self) + (uint64_t)lifetime * 10000000u;
}

troth_step troth_krb_done(troth_krb *k, OM_uint32 ret_flags, OM_uint32 lifetime)
{
    troth_context *c = k->c;
    take_attributes(k, ret_flags, lifetime);
    /* MIT takes absent bindings for "the initiator does not know"; only this flag tells that they were compared */
    if (c->opts.role == TROTH_ACCEPTOR && c->opts.policy & TROTH_POLICY_REQUIRE_BINDINGS &&
        !(c->attributes & TROTH_F_BOUND))
        return troth_context_fail(c, TROTH_BAD_BINDINGS, GSS_S_BAD_BINDINGS, 0, "RFC 4121 4.1.1.2: no bindings");
    if (!lifetime)
        return troth_context_fail(c, TROTH_EXPIRED, GSS_S_CONTEXT_EXPIRED, 0, "RFC 2743 2.2.6: established context");
    troth_status st = c->opts.role == TROTH_INITIATOR ? initiator_names(k) : acceptor_names(k);
    if (!st)
        st = troth_krb_take_cfx(k);
    if (!st)
        st = k->cfx ? TROTH_OK : take_key(k);
    if (!st)
        st = troth_krb_measure(k);
    return st ? troth_context_fail(c, st, 0, 0, "RFC 2743 2.2.6: established context") : TROTH_STEP_DONE;
}
