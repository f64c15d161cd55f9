/* The mechanism's table. */
#include <mech/kerberos/inner.h>

static troth_status init(troth_context *c, void **ret_impl)
{
    if (c->opts.require & (TROTH_F_DATAGRAM | TROTH_F_STREAM))
        return TROTH_UNSUPPORTED;
    troth_krb *k = troth_mem_new(c->env, sizeof *k);
    if (!k)
        return TROTH_NO_MEMORY;
    k->c = c;
    k->cred = c->part->element;
    *ret_impl = k;
    return TROTH_OK;
}

static void clear(troth_context *c, void *impl)
{
    troth_krb *k = impl;
    OM_uint32 minor;
    gss_delete_sec_context(&minor, &k->gss, GSS_C_NO_BUFFER);
    troth_krb_target_release(k->target);
    gss_release_cred(&minor, &k->handed_over);
    troth_cred_unref(k->delegated);
    if (k->cfx) {
        troth_cfx_clear(k->cfx);
        troth_mem_free(c->env, k->cfx, sizeof *k->cfx);
    }
    troth_mem_free(c->env, k, sizeof *k);
}

static troth_status session_key(const void *impl, troth_bytes *ret)
{
    const troth_krb *k = impl;
    *ret = (troth_bytes){ k->key, k->key_len };
    return TROTH_OK;
}

/* 1.2.840.113554.1.2.2, and 1.2.840.48018.1.2.2: a slip of Windows 2000 that all of Windows knows. [MS-SPNG 3.1.5.3] */
static const uint8_t krb5[] = { 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x12, 0x01, 0x02, 0x02 };
static const uint8_t ms_krb5[] = { 0x2a, 0x86, 0x48, 0x82, 0xf7, 0x12, 0x01, 0x02, 0x02 };
static const troth_oid oids[] = { { krb5, sizeof krb5 }, { ms_krb5, sizeof ms_krb5 } };

const troth_mech troth_mech_kerberos = {
    .id = TROTH_MECH_KERBEROS,
    .name = "kerberos",
    .kinds = 1u << TROTH_CRED_DEFAULT | 1u << TROTH_CRED_KEYTAB | 1u << TROTH_CRED_CCACHE | 1u << TROTH_CRED_PASSWORD,
    .oids = oids,
    .n_oids = sizeof oids / sizeof *oids,
    .can = TROTH_F_INTEGRITY | TROTH_F_CONFIDENTIALITY | TROTH_F_REPLAY | TROTH_F_SEQUENCE | TROTH_F_MUTUAL |
           TROTH_F_DELEGATE | TROTH_F_IDENTIFY | TROTH_F_ANONYMOUS | TROTH_F_DCE_STYLE | TROTH_F_CONNECTION |
           TROTH_F_EXTENDED_ERROR | TROTH_F_SESSION_KEY | TROTH_F_BOUND,
    .duplex = TROTH_DUPLEX_FREE, /* where MIT protects the messages, protect.c locks */
    .cred_acquire = troth_krb_cred_acquire,
    .cred_release = troth_krb_cred_release,
    .init = init,
    .clear = clear,
    .step = troth_krb_step,
    .sniff = troth_krb_sniff,
    .tell = troth_krb_tell,
    .token_size = troth_krb_token_size,
    .protect = troth_krb_protect,
    .unprotect = troth_krb_unprotect,
    .sealed = troth_krb_sealed,
    .session_key = session_key,
    .delegated = troth_krb_delegated,
    .export_state = troth_krb_export,
    .import_state = troth_krb_import,
};
