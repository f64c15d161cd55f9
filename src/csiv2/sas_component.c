/* What a target says of itself in references: component 33. [CORBA 24.5.1] */
#include <csiv2/gssup.h>
#include <csiv2/mech_list.h>
#include <csiv2/names.h>
#include <csiv2/sas_target.h>
#include <der/der.h>
#include <sec/cred.h>
#include <string.h>

enum { PROTECTION = TROTH_CSI_INTEGRITY | TROTH_CSI_CONFIDENTIALITY };

/* Octets that the list is made of, and where they lie. */
typedef struct troth_sas_parts {
    uint8_t oids[2][16], names[2][TROTH_CSI_NAME_MAX + 32];
    troth_bytes gssup_oid, krb5_oid;
} troth_sas_parts;

static troth_bytes tagged_oid(troth_oid oid, uint8_t *room, size_t cap)
{
    troth_writer w = troth_writer_over(room, cap, TROTH_BE);
    troth_der_write_bytes(&w, TROTH_DER_OID, (troth_bytes){ oid.der, oid.len });
    return (troth_bytes){ w.base, w.len };
}

static troth_status exported(troth_oid mech, const char *name, uint8_t *room, size_t cap, troth_bytes *ret)
{
    troth_writer w = troth_writer_over(room, cap, TROTH_BE);
    troth_csi_exported_name_write(&w, mech, (troth_bytes){ (const uint8_t *)name, strlen(name) });
    *ret = (troth_bytes){ w.base, w.len };
    return w.st;
}

static bool has_mech(const troth_sas_target *t, const char *name)
{
    const troth_mech *m = t->cred ? troth_mech_by_name(t->cred->mechs, name) : NULL;
    return m && troth_cred_part_of(t->cred, m);
}

/* Trust in the client by TLS is announced only where it is the one way. */
static void fill_transport(const troth_sas_target *t, const troth_csi_address *tls, uint16_t more, bool only_tls,
                           troth_csi_transport *ret)
{
    *ret = (troth_csi_transport){ .tag = TROTH_TAG_NULL_TAG };
    if (!tls)
        return;
    uint16_t trust = only_tls ? t->opts.required & TROTH_CSI_ESTABLISH_TRUST_IN_CLIENT : 0;
    ret->tag = TROTH_TAG_TLS_SEC_TRANS;
    ret->target_supports = (uint16_t)(PROTECTION | TROTH_CSI_ESTABLISH_TRUST_IN_TARGET | trust);
    ret->target_requires = (uint16_t)((t->opts.required & PROTECTION) | more | trust);
    ret->n_addresses = 1;
    ret->addresses[0] = *tls;
}

/* Naming mechanisms matter to principal names only. */
static void fill_sas(const troth_sas_target *t, const troth_sas_parts *p, troth_csi_sas *ret)
{
    if (!t->opts.identity_types)
        return;
    ret->target_supports = TROTH_CSI_IDENTITY_ASSERTION;
    ret->supported_identity_types = t->opts.identity_types;
    if (!(t->opts.identity_types & TROTH_CSI_ITT_PRINCIPAL_NAME))
        return;
    ret->supported_naming_mechanisms[ret->n_namings++] = p->gssup_oid;
    if (has_mech(t, "kerberos"))
        ret->supported_naming_mechanisms[ret->n_namings++] = p->krb5_oid;
}

static troth_csi_mech *add(const troth_sas_target *t, const troth_sas_parts *p, troth_csi_mech_list *list)
{
    troth_csi_mech *m = &list->mechs[list->n++];
    *m = (troth_csi_mech){ 0 };
    fill_sas(t, p, &m->sas);
    return m;
}

static void fill_as(const troth_sas_target *t, troth_bytes oid, troth_bytes name, troth_csi_as *ret)
{
    ret->target_supports = TROTH_CSI_ESTABLISH_TRUST_IN_CLIENT;
    ret->target_requires = t->opts.required & TROTH_CSI_ESTABLISH_TRUST_IN_CLIENT;
    ret->client_authentication_mech = oid;
    ret->target_name = name;
}

/* Kerberos first: its tokens need no protected transport. A password's are announced only where one may come. */
static troth_status fill(const troth_sas_target *t, const troth_csi_address *tls, troth_sas_parts *p,
                         troth_csi_mech_list *list)
{
    troth_status st = TROTH_OK;
    troth_bytes name;
    p->gssup_oid = tagged_oid(troth_gssup_oid(), p->oids[0], sizeof p->oids[0]);
    p->krb5_oid = tagged_oid(troth_csi_krb5_oid(), p->oids[1], sizeof p->oids[1]);
    if (t->service && has_mech(t, "kerberos")) {
        troth_csi_mech *m = add(t, p, list);
        st = exported(troth_csi_krb5_oid(), t->service, p->names[0], sizeof p->names[0], &name);
        if (!st)
            fill_as(t, p->krb5_oid, name, &m->as);
        fill_transport(t, tls, 0, false, &m->transport);
    }
    if (!st && has_mech(t, "gssup") && (tls || t->opts.clear_password)) {
        troth_csi_mech *m = add(t, p, list);
        st = exported(troth_gssup_oid(), t->realm, p->names[1], sizeof p->names[1], &name);
        if (!st)
            fill_as(t, p->gssup_oid, name, &m->as);
        fill_transport(t, tls, t->opts.clear_password ? 0 : PROTECTION, false, &m->transport);
    }
    if (!st && !list->n)
        fill_transport(t, tls, 0, true, &add(t, p, list)->transport);
    for (uint32_t i = 0; i < list->n; i++)
        list->mechs[i].target_requires = troth_csi_requires(&list->mechs[i]);
    return st;
}

troth_status troth_sas_target_component(const troth_sas_target *t, const troth_csi_address *tls, troth_block *ret)
{
    troth_sas_parts *p = troth_mem_new(t->env, sizeof *p);
    troth_csi_mech_list *list = troth_mem_new(t->env, sizeof *list);
    troth_status st = p && list ? TROTH_OK : TROTH_NO_MEMORY;
    if (!st) {
        list->stateful = t->opts.stateful;
        st = fill(t, tls, p, list);
    }
    if (!st)
        st = troth_csi_mech_list_make(t->env, list, ret);
    troth_mem_free(t->env, list, sizeof *list);
    troth_mem_free(t->env, p, sizeof *p);
    return st;
}
