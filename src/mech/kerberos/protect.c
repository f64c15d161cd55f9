/*
 * Message protection: by cfx.c, or else through GSS IOV, where the token is one block in front of the data, so its
 * trailer is rotated into it. Chosen once for each context, because both count messages for themselves.
 */
#include <mech/kerberos/inner.h>
#include <string.h>

enum { STACK_SEGS = 8, TOKEN_HEADER = 16 }; /* [RFC 4121 4.2.6] */

/* The IOV of one message: its token first, then its segments. */
typedef struct vectors {
    gss_iov_buffer_desc stack[STACK_SEGS + 1], *iov;
    size_t n;
} vectors;

static troth_status gather(const troth_krb *k, OM_uint32 token_type, const troth_message *m, size_t token_len,
                           vectors *ret)
{
    ret->n = m->n_segs + 1;
    ret->iov = ret->stack;
    if (m->n_segs > STACK_SEGS)
        ret->iov = ret->n <= SIZE_MAX / sizeof *ret->iov ? troth_mem_new(k->c->env, ret->n * sizeof *ret->iov) : NULL;
    if (!ret->iov)
        return TROTH_NO_MEMORY;
    ret->iov[0] = (gss_iov_buffer_desc){ token_type, { token_len, m->token } };
    for (size_t i = 0; i < m->n_segs; i++) {
        bool data = m->segs[i].kind == TROTH_SEG_DATA;
        ret->iov[i + 1] = (gss_iov_buffer_desc){ data ? GSS_IOV_BUFFER_TYPE_DATA : GSS_IOV_BUFFER_TYPE_SIGN_ONLY,
                                                 { m->segs[i].len, m->segs[i].data } };
    }
    return TROTH_OK;
}

static void drop(const troth_krb *k, vectors *v)
{
    if (v->iov != v->stack)
        troth_mem_free(k->c->env, v->iov, v->n * sizeof *v->iov);
}

size_t troth_krb_token_size(const void *impl, troth_form form, size_t data_len)
{
    (void)data_len;
    const troth_krb *k = impl;
    return form <= TROTH_FORM_SEAL ? k->token_size[form] : 0;
}

static troth_status protect_gss(troth_krb *k, troth_form form, troth_message *m)
{
    bool mic = form == TROTH_FORM_MIC, seal = form == TROTH_FORM_SEAL;
    size_t size = troth_krb_token_size(k, form, 0);
    vectors v;
    OM_uint32 minor, major;
    int sealed = 0;
    if (m->token_len < size)
        return TROTH_NO_SPACE;
    troth_status st = gather(k, mic ? GSS_IOV_BUFFER_TYPE_MIC_TOKEN : GSS_IOV_BUFFER_TYPE_HEADER, m, size, &v);
    if (st)
        return st;
    if (mic)
        major = gss_get_mic_iov(&minor, k->gss, GSS_C_QOP_DEFAULT, v.iov, (int)v.n);
    else
        major = gss_wrap_iov(&minor, k->gss, seal, GSS_C_QOP_DEFAULT, &sealed, v.iov, (int)v.n);
    if (GSS_ERROR(major))
        st = troth_krb_status(TROTH_KRB_ESTABLISH, major, minor);
    else if (seal && !sealed)
        st = TROTH_NOT_SEALED; /* never pass on as sealed what is not */
    else
        m->token_len = v.iov[0].buffer.length;
    drop(k, &v);
    return st;
}

/* A message apart: its token, and its segments in order. */
static troth_status open_parts(troth_krb *k, troth_form form, const troth_message *m)
{
    bool mic = form == TROTH_FORM_MIC;
    vectors v;
    OM_uint32 minor, major;
    int sealed = 0;
    if (m->token_len < TOKEN_HEADER)
        return TROTH_TRUNCATED;
    troth_status st = gather(k, mic ? GSS_IOV_BUFFER_TYPE_MIC_TOKEN : GSS_IOV_BUFFER_TYPE_HEADER, m, m->token_len, &v);
    if (st)
        return st;
    if (mic)
        major = gss_verify_mic_iov(&minor, k->gss, NULL, v.iov, (int)v.n);
    else
        major = gss_unwrap_iov(&minor, k->gss, &sealed, NULL, v.iov, (int)v.n);
    drop(k, &v);
    st = troth_krb_status(TROTH_KRB_MESSAGE, major, minor);
    return !st && form == TROTH_FORM_SEAL && !sealed ? TROTH_NOT_SEALED : st;
}

/*
 * A wrap token whole, of any rotation: the data is found inside it, where MIT puts it. [RFC 4121 4.2.5] MIT has no such
 * thing for DCE style, where tokens stand apart from their data. [MS-KILE 3.4.5.4.1]
 */
static troth_status open_stream(troth_krb *k, troth_form form, troth_segment *s)
{
    gss_iov_buffer_desc iov[] = { { GSS_IOV_BUFFER_TYPE_STREAM, { s->len, s->data } },
                                  { GSS_IOV_BUFFER_TYPE_DATA, { 0, NULL } } };
    OM_uint32 minor;
    int sealed = 0;
    if (s->len < TOKEN_HEADER)
        return TROTH_TRUNCATED;
    if (k->c->attributes & TROTH_F_DCE_STYLE)
        return TROTH_UNSUPPORTED;
    OM_uint32 major = gss_unwrap_iov(&minor, k->gss, &sealed, NULL, iov, 2);
    troth_status st = troth_krb_status(TROTH_KRB_MESSAGE, major, minor);
    if (!st && form == TROTH_FORM_SEAL && !sealed)
        st = TROTH_NOT_SEALED;
    const uint8_t *at = iov[1].buffer.value;
    if (!st && (at < s->data || iov[1].buffer.length > (size_t)(s->data + s->len - at)))
        st = TROTH_MECHANISM; /* not in place after all: its memory is not ours to give out */
    if (!st)
        *s = (troth_segment){ TROTH_SEG_DATA, s->data + (at - s->data), iov[1].buffer.length };
    return st;
}

/* A MIC token in front of what it signs. */
static troth_status open_mic_stream(troth_krb *k, troth_segment *s)
{
    size_t size = k->token_size[TROTH_FORM_MIC];
    if (s->len < size)
        return TROTH_TRUNCATED;
    troth_segment data = { TROTH_SEG_DATA, s->data + size, s->len - size };
    troth_status st = open_parts(k, TROTH_FORM_MIC, &(troth_message){ &data, 1, s->data, size, 0 });
    if (!st)
        *s = data;
    return st;
}

static troth_status unprotect_gss(troth_krb *k, troth_form form, troth_message *m)
{
    bool stream = m->n_segs == 1 && m->segs[0].kind == TROTH_SEG_STREAM;
    if (stream && form == TROTH_FORM_MIC)
        return open_mic_stream(k, &m->segs[0]);
    return stream ? open_stream(k, form, &m->segs[0]) : open_parts(k, form, m);
}

troth_status troth_krb_protect(void *impl, troth_form form, troth_message *m)
{
    troth_krb *k = impl;
    if (k->cfx)
        return troth_cfx_protect(k->cfx, form, m);
    troth_mutex_lock(&k->c->lock);
    troth_status st = protect_gss(k, form, m);
    troth_mutex_unlock(&k->c->lock);
    return st;
}

troth_status troth_krb_unprotect(void *impl, troth_form form, troth_message *m)
{
    troth_krb *k = impl;
    if (k->cfx)
        return troth_cfx_unprotect(k->cfx, form, m);
    troth_mutex_lock(&k->c->lock);
    troth_status st = unprotect_gss(k, form, m);
    troth_mutex_unlock(&k->c->lock);
    return st;
}

bool troth_krb_sealed(const void *impl, troth_bytes token)
{
    const troth_krb *k = impl;
    if (token.len >= TOKEN_HEADER && token.data[0] == TROTH_CFX_WRAP >> 8 && token.data[1] == (TROTH_CFX_WRAP & 0xff))
        return (token.data[2] & TROTH_CFX_SEALED) != 0; /* Flags [RFC 4121 4.2.2] */
    return (k->c->attributes & TROTH_F_CONFIDENTIALITY) != 0;
}
