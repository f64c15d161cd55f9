/* Identities that are asserted, in words. [CORBA 24.2.5] */
#include <csiv2/gssup.h>
#include <csiv2/gssup_store.h>
#include <csiv2/names.h>
#include <csiv2/sas_target.h>

/* Three strings in the session's writer, whose memory may still move. */
typedef struct troth_sas_words {
    size_t name, account, authority;
} troth_sas_words;

static troth_error malformed(troth_status st, const char *where)
{
    return troth_sas_wrong(st, TROTH_SAS_INVALID_EVIDENCE, where);
}

/* In the one form that authenticated users have, too. */
static troth_status write_scoped(troth_writer *w, troth_bytes text, troth_sas_words *ret)
{
    char form[2 * TROTH_CSI_NAME_MAX + 1];
    troth_csi_scoped_name n;
    troth_writer f = troth_writer_over(form, sizeof form, TROTH_LE);
    troth_status st = troth_gssup_name_write(&f, text);
    if (!st)
        st = troth_csi_scoped_name_read((troth_bytes){ f.base, f.len }, &n);
    if (st)
        return st;
    ret->name = w->len;
    troth_write_bytes(w, form, f.len);
    troth_write_u8(w, 0);
    ret->account = w->len;
    troth_write_bytes(w, n.name.data, n.name.len);
    troth_write_u8(w, 0);
    ret->authority = w->len;
    troth_write_bytes(w, n.scope.data, n.scope.len);
    troth_write_u8(w, 0);
    return w->st;
}

static troth_error read_principal(troth_sas_session *s, troth_bytes octets, troth_sas_words *ret)
{
    static const char where[] = "CORBA 24.2.5 ITTPrincipalName";
    troth_bytes exported, mech = { NULL, 0 }, name = { NULL, 0 };
    bool wrapped = s->t->opts.quirks & TROTH_SAS_QUIRK_WRAPPED_NAME;
    troth_status st = troth_csi_principal_name(octets, wrapped, &exported);
    if (!st)
        st = troth_csi_exported_name_read(exported, &mech, &name);
    if (st)
        return malformed(st, where);
    troth_oid oid = { mech.data, mech.len };
    if (!troth_oid_equal(oid, troth_gssup_oid()) && !troth_oid_equal(oid, troth_csi_krb5_oid()))
        return troth_sas_wrong(TROTH_NO_MECH, TROTH_SAS_INVALID_MECHANISM,
                               "CORBA 24.5.1.4 supported_naming_mechanisms");
    st = write_scoped(&s->names, name, ret);
    return st ? malformed(st, where) : troth_sas_wrong(TROTH_OK, 0, "");
}

static troth_status write_dn(troth_writer *w, troth_bytes dn, troth_sas_words *ret)
{
    ret->name = ret->account = w->len;
    troth_status st = troth_csi_dn_write(w, dn);
    bool named = w->len > ret->name;
    troth_write_u8(w, 0);
    ret->authority = w->len - 1;
    return st ? st : !named ? TROTH_MALFORMED : w->st;
}

static troth_error read_chain(troth_sas_session *s, troth_bytes octets, troth_sas_words *ret)
{
    troth_bytes certs[TROTH_CSI_CHAIN_MAX], subject;
    size_t n;
    troth_status st = troth_csi_cert_chain_read(octets, certs, &n);
    if (!st)
        st = troth_csi_cert_subject(certs[0], &subject);
    if (!st)
        st = write_dn(&s->names, subject, ret);
    return st ? malformed(st, "CORBA 24.2.5 ITTX509CertChain") : troth_sas_wrong(TROTH_OK, 0, "");
}

static troth_error read_dn(troth_sas_session *s, troth_bytes octets, troth_sas_words *ret)
{
    troth_status st = troth_csi_dn_check(octets);
    if (!st)
        st = write_dn(&s->names, octets, ret);
    return st ? malformed(st, "CORBA 24.2.5 ITTDistinguishedName") : troth_sas_wrong(TROTH_OK, 0, "");
}

static troth_error read_words(troth_sas_session *s, const troth_sas_identity *token, troth_sas_words *ret)
{
    switch (token->type) {
    case TROTH_CSI_ITT_PRINCIPAL_NAME:
        return read_principal(s, token->octets, ret);
    case TROTH_CSI_ITT_X509_CERT_CHAIN:
        return read_chain(s, token->octets, ret);
    default:
        return read_dn(s, token->octets, ret);
    }
}

troth_error troth_sas_identity_read(troth_sas_session *s, const troth_sas_identity *token, troth_identity *ret)
{
    troth_sas_words words;
    troth_writer_reset(&s->names);
    troth_error e = read_words(s, token, &words);
    if (e.code)
        return e;
    const char *base = (const char *)s->names.base;
    *ret = (troth_identity){ base + words.name, base + words.account, base + words.authority };
    return e;
}
