#include <csiv2/gssup.h>
#include <csiv2/sas_select.h>
#include <der/oid.h>
#include <sec/cred.h>
#include <string.h>

enum {
    BY_TRANSPORT = TROTH_CSI_INTEGRITY | TROTH_CSI_CONFIDENTIALITY | TROTH_CSI_DETECT_REPLAY |
                   TROTH_CSI_DETECT_MISORDERING | TROTH_CSI_ESTABLISH_TRUST_IN_TARGET,
    /* we have no attributes to push and delegate nothing */
    NOT_OURS = TROTH_CSI_SIMPLE_DELEGATION | TROTH_CSI_COMPOSITE_DELEGATION | TROTH_CSI_DELEGATION_BY_CLIENT,
    TRUST = TROTH_CSI_ESTABLISH_TRUST_IN_CLIENT
};

static const uint8_t gssup_element[] = { 0x06, 0x06, 0x67, 0x81, 0x02, 0x01, 0x01, 0x01 };
static const uint8_t krb5_element[] = { 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x12, 0x01, 0x02, 0x02 };

uint32_t troth_sas_select_type(const troth_sas_assertion *a)
{
    return a->user ? TROTH_CSI_ITT_PRINCIPAL_NAME : a->type;
}

bool troth_sas_select_may_assert(const troth_csi_mech *m, uint32_t type)
{
    return !type ||
           (m && m->sas.target_supports & TROTH_CSI_IDENTITY_ASSERTION && m->sas.supported_identity_types & type);
}

static bool has_cred(const troth_sas_client_options *o, const char *mech)
{
    const troth_mech *m = o->cred ? troth_mech_by_name(o->cred->mechs, mech) : NULL;
    return m && troth_cred_part_of(o->cred, m);
}

static bool is_tls(const troth_sas_client_options *o)
{
    return o->transport && o->transport->tls;
}

troth_status troth_sas_select_target(const troth_sas_client_options *opts, const troth_csi_mech *m, troth_mech_id authn,
                                     troth_bytes *ret)
{
    troth_bytes oid = { NULL, 0 }, name = oid;
    troth_oid own = authn == TROTH_MECH_GSSUP ? troth_gssup_oid() : troth_csi_krb5_oid();
    troth_status st = troth_csi_exported_name_read(m->as.target_name, &oid, &name);
    bool text = !st && name.len && !memchr(name.data, 0, name.len);
    if (text && troth_oid_equal((troth_oid){ oid.data, oid.len }, own)) {
        *ret = name;
        return TROTH_OK;
    }
    if (authn == TROTH_MECH_GSSUP) { /* the announced octets are put into the token as they are */
        *ret = (troth_bytes){ NULL, 0 };
        return TROTH_OK;
    }
    if (!opts->service || !*opts->service)
        return TROTH_NO_MECH;
    *ret = (troth_bytes){ (const uint8_t *)opts->service, strlen(opts->service) };
    return TROTH_OK;
}

/* How the client could prove itself inside messages, were it not for the transport. */
static troth_mech_id token_of(const troth_sas_client_options *o, const troth_csi_mech *m)
{
    troth_reader r =
        troth_reader_of(m->as.client_authentication_mech.data, m->as.client_authentication_mech.len, TROTH_BE);
    troth_oid oid = troth_oid_read(&r);
    troth_bytes target;
    if (!(m->as.target_supports & TRUST) || troth_read_end(&r))
        return TROTH_MECH_NONE;
    if (troth_oid_equal(oid, troth_gssup_oid()) && has_cred(o, "gssup") &&
        m->as.target_name.len <= TROTH_GSSUP_FIELD_MAX)
        return TROTH_MECH_GSSUP;
    if (troth_oid_equal(oid, troth_csi_krb5_oid()) && has_cred(o, "kerberos") &&
        !troth_sas_select_target(o, m, TROTH_MECH_KERBEROS, &target))
        return TROTH_MECH_KERBEROS;
    return TROTH_MECH_NONE;
}

/* What the transport must give, by the target's word and ours. Whether it trusts itself is its target's to enforce. */
static bool transport_suffices(const troth_sas_client_options *o, uint16_t needs, const troth_csi_mech *m)
{
    bool client_by_tls = m && m->transport.target_requires & TRUST;
    if ((needs & BY_TRANSPORT || client_by_tls) && !is_tls(o))
        return false;
    if (o->required & (TROTH_CSI_INTEGRITY | TROTH_CSI_CONFIDENTIALITY) && !is_tls(o))
        return false;
    return !(o->required & TROTH_CSI_ESTABLISH_TRUST_IN_TARGET) || (is_tls(o) && o->transport->tls_identity);
}

static bool can_be_used(const troth_sas_client_options *o, const troth_csi_mech *m, uint16_t needs)
{
    uint32_t type = troth_sas_select_type(&o->assertion);
    if (m->transport.tag != TROTH_TAG_NULL_TAG && m->transport.tag != TROTH_TAG_TLS_SEC_TRANS)
        return false;
    if (needs & NOT_OURS || (needs & TROTH_CSI_IDENTITY_ASSERTION && !type))
        return false;
    return troth_sas_select_may_assert(m, type);
}

/* A target that lists nothing is sent nothing. */
static troth_status judge_none(const troth_sas_client_options *o, troth_mech_id *ret_authn)
{
    if (troth_sas_select_type(&o->assertion) || o->required & TRUST)
        return TROTH_NO_MECH;
    if (!transport_suffices(o, 0, NULL))
        return TROTH_TOO_LOW;
    *ret_authn = TROTH_MECH_NONE;
    return TROTH_OK;
}

troth_status troth_sas_select_judge(const troth_sas_client_options *opts, const troth_csi_mech *m,
                                    troth_mech_id *ret_authn)
{
    if (!m)
        return judge_none(opts, ret_authn);
    uint16_t needs = m->target_requires | troth_csi_requires(m);
    if (!can_be_used(opts, m, needs))
        return TROTH_NO_MECH;
    troth_mech_id authn = token_of(opts, m);
    bool by_tls = m->transport.target_requires & TRUST; /* it would not have let us in without a certificate */
    bool must = m->as.target_requires & TRUST || ((needs | opts->required) & TRUST && !by_tls);
    if (must && authn == TROTH_MECH_NONE)
        return TROTH_NO_MECH;
    if (authn == TROTH_MECH_GSSUP && !is_tls(opts) && !opts->clear_password) {
        if (must)
            return TROTH_TOO_LOW;
        authn = TROTH_MECH_NONE;
    }
    if (!transport_suffices(opts, needs, m))
        return TROTH_TOO_LOW;
    *ret_authn = authn;
    return TROTH_OK;
}

troth_status troth_sas_choose(const troth_sas_client_options *opts, const troth_csi_mech_list *list, size_t *ret)
{
    troth_status worst = TROTH_NO_MECH;
    for (size_t i = 0; i < list->n && i < TROTH_CSI_MECHS_MAX; i++) {
        troth_mech_id authn;
        troth_status st = troth_sas_select_judge(opts, &list->mechs[i], &authn);
        if (!st) {
            *ret = i;
            return TROTH_OK;
        }
        if (st == TROTH_TOO_LOW)
            worst = st;
    }
    return worst;
}

/* Authentication by a token, asked for where there is a credential; any identity. */
static void list_one(const troth_sas_client_options *o, troth_bytes oid, troth_bytes name, troth_csi_mech_list *list)
{
    uint16_t trust = o->cred ? TRUST : 0;
    troth_csi_mech *m = &list->mechs[list->n++];
    *m = (troth_csi_mech){ .target_requires = trust,
                           .transport.tag = TROTH_TAG_NULL_TAG,
                           .as = { TRUST, trust, oid, name },
                           .sas.target_supports = TROTH_CSI_IDENTITY_ASSERTION,
                           .sas.supported_identity_types = TROTH_CSI_ITT_ANONYMOUS | TROTH_CSI_ITT_PRINCIPAL_NAME |
                                                           TROTH_CSI_ITT_X509_CERT_CHAIN |
                                                           TROTH_CSI_ITT_DISTINGUISHED_NAME };
}

void troth_sas_select_unlisted(const troth_sas_client_options *opts, troth_bytes name, troth_csi_mech_list *ret)
{
    troth_csi_mech_list list = { .stateful = opts->stateful };
    if (opts->service)
        list_one(opts, (troth_bytes){ krb5_element, sizeof krb5_element }, (troth_bytes){ NULL, 0 }, &list);
    list_one(opts, (troth_bytes){ gssup_element, sizeof gssup_element }, name, &list);
    *ret = list;
}
