/*
 * Taking an established context's key and numbers out of MIT, for our own message protection. MIT's context stays for
 * names and delegation; it must protect no message from then on, because it would count for itself.
 */
#include <mech/kerberos/inner.h>
#include <string.h>

/* GSS_KRB5_EXPORT_LUCID_SEC_CONTEXT with its version, 1. Asked this way, the context stays. */
static const uint8_t lucid_oid[] = { 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x12, 0x01, 0x02, 0x02, 0x05, 0x06, 0x01 };

typedef gss_krb5_lucid_context_v1_t lucid;

/* MIT answers with a pointer in a buffer. NULL = it has no such thing. */
static lucid *take(troth_krb *k)
{
    gss_OID_desc oid = { sizeof lucid_oid, (void *)(uintptr_t)lucid_oid };
    gss_buffer_set_t set = GSS_C_NO_BUFFER_SET;
    OM_uint32 minor;
    lucid *l = NULL;
    if (GSS_ERROR(gss_inquire_sec_context_by_oid(&minor, k->gss, &oid, &set)))
        return NULL;
    if (set->count == 1 && set->elements[0].length == sizeof(void *))
        memcpy(&l, set->elements[0].value, sizeof l);
    gss_release_buffer_set(&minor, &set);
    return l;
}

static troth_status make(troth_krb *k, const lucid *l, const gss_krb5_lucid_key_t *key, const troth_krb_enctype *type)
{
    const troth_context *c = k->c;
    const troth_cfx_setup s = {
        .env = c->env,
        .type = type,
        .key = k->key,
        .acceptor = !l->initiate,
        .acceptor_subkey = l->cfx_kd.have_acceptor_subkey != 0,
        .dce = (c->attributes & TROTH_F_DCE_STYLE) != 0,
        .snd_seq = l->send_seq,
        .rcv_seq = l->recv_seq,
        .detect = c->attributes & (TROTH_F_REPLAY | TROTH_F_SEQUENCE),
    };
    k->cfx = troth_mem_new(c->env, sizeof *k->cfx);
    if (!k->cfx)
        return TROTH_NO_MEMORY;
    k->key_len = type->key;
    memcpy(k->key, key->data, k->key_len);
    k->c->detail = troth_krb_enctype_name(type->number);
    troth_cfx_init(k->cfx, &s);
    return TROTH_OK;
}

troth_status troth_krb_take_cfx(troth_krb *k)
{
    lucid *l = take(k);
    troth_status st = TROTH_OK;
    OM_uint32 minor;
    if (!l)
        return TROTH_OK;
    if (l->version == 1 && l->protocol == 1) {
        const gss_krb5_lucid_key_t *key =
            l->cfx_kd.have_acceptor_subkey ? &l->cfx_kd.acceptor_subkey : &l->cfx_kd.ctx_key;
        const troth_krb_enctype *type = troth_krb_enctype_of((int32_t)key->type);
        if (type && key->length == type->key)
            st = make(k, l, key, type);
    }
    (void)gss_krb5_free_lucid_sec_context(&minor, l);
    return st;
}
