#include <krb/krb_sspi.h>
#include <stdio.h>
#include <string.h>

void krb_talk_start_with(krb_talk *t, const char *package, const char *config)
{
    memset(t, 0, sizeof *t);
    sspi_rig_init(&t->r, config);
    t->r.target = "svc/localhost";
    for (size_t i = 0; i < 2; i++)
        edge_init(&t->e[i]);
    assert_int_equal(sspi_acquire(package, SECPKG_CRED_OUTBOUND, NULL, &t->r.client), SEC_E_OK);
    assert_int_equal(sspi_acquire(package, SECPKG_CRED_INBOUND, NULL, &t->r.server), SEC_E_OK);
}

void krb_talk_start(krb_talk *t, const char *package)
{
    char text[1024];
    snprintf(text, sizeof text, "[kerberos]\nkeytab = %s\nccache = FILE:%s\n", lab_file("service.keytab"),
             lab_file("alice.ccache"));
    krb_talk_start_with(t, package, text);
}

void krb_talk_open(krb_talk *t, ULONG isc, ULONG asc)
{
    if (!sspi_shake(&t->r, isc, asc))
        fail_msg("%08x, %08x", (unsigned)t->r.c_status, (unsigned)t->r.s_status);
}

void krb_talk_passes(krb_talk *t)
{
    krb_wire m;
    for (int from = 0; from < 2; from++)
        for (int seal = 0; seal < 2; seal++)
            if (!seal || t->r.c_ret & ISC_RET_CONFIDENTIALITY) {
                krb_talk_make(t, from, seal, &m);
                assert_int_equal(krb_talk_take(t, !from, &m), SEC_E_OK);
            }
}

void krb_talk_clear(krb_talk *t)
{
    sspi_rig_clear(&t->r);
    for (size_t i = 0; i < 2; i++)
        edge_clear(&t->e[i]);
}

static CtxtHandle *side(krb_talk *t, int which)
{
    return which ? &t->r.s : &t->r.c;
}

static SECURITY_STATUS make(krb_talk *t, int from, bool seal, ULONG qop, krb_wire *ret)
{
    SecPkgContext_Sizes sizes;
    assert_int_equal(QueryContextAttributesA(side(t, from), SECPKG_ATTR_SIZES, &sizes), SEC_E_OK);
    ULONG n = seal ? sizes.cbSecurityTrailer : sizes.cbMaxSignature;
    SecBuffer b[2] = { { n, SECBUFFER_TOKEN, edge_last(&t->e[0], n) },
                       { KRB_LEN, SECBUFFER_DATA, edge_copy(&t->e[1], KRB_TEXT, KRB_LEN) } };
    SecBufferDesc list = { SECBUFFER_VERSION, 2, b };
    SECURITY_STATUS st =
        seal ? EncryptMessage(side(t, from), qop, &list, 0) : MakeSignature(side(t, from), qop, &list, 0);
    if (st)
        return st;
    *ret = (krb_wire){ .n = b[0].cbBuffer, .sealed = seal };
    memcpy(ret->token, b[0].pvBuffer, ret->n);
    memcpy(ret->text, b[1].pvBuffer, KRB_LEN);
    return SEC_E_OK;
}

SECURITY_STATUS krb_talk_try(krb_talk *t, int from, bool seal, krb_wire *ret)
{
    return make(t, from, seal, 0, ret);
}

void krb_talk_make(krb_talk *t, int from, bool seal, krb_wire *ret)
{
    assert_int_equal(make(t, from, seal, 0, ret), SEC_E_OK);
    assert_int_equal(memcmp(ret->text, KRB_TEXT, KRB_LEN) != 0, seal);
}

void krb_talk_make_qop(krb_talk *t, int from, ULONG qop, krb_wire *ret)
{
    assert_int_equal(make(t, from, true, qop, ret), SEC_E_OK);
}

SECURITY_STATUS krb_talk_decrypt(krb_talk *t, int to, const krb_wire *m, ULONG *ret_qop)
{
    SecBuffer b[2] = { { m->n, SECBUFFER_TOKEN, edge_copy(&t->e[0], m->token, m->n) },
                       { KRB_LEN, SECBUFFER_DATA, edge_copy(&t->e[1], m->text, KRB_LEN) } };
    SecBufferDesc list = { SECBUFFER_VERSION, 2, b };
    SECURITY_STATUS st = DecryptMessage(side(t, to), &list, 0, ret_qop);
    assert_int_equal(b[1].cbBuffer, KRB_LEN);
    assert_int_equal(memcmp(b[1].pvBuffer, KRB_TEXT, KRB_LEN) == 0, !st);
    return st;
}

SECURITY_STATUS krb_talk_take(krb_talk *t, int to, const krb_wire *m)
{
    ULONG qop = 0;
    if (m->sealed)
        return krb_talk_decrypt(t, to, m, &qop);
    SecBuffer b[2] = { { m->n, SECBUFFER_TOKEN, edge_copy(&t->e[0], m->token, m->n) },
                       { KRB_LEN, SECBUFFER_DATA, edge_copy(&t->e[1], m->text, KRB_LEN) } };
    SecBufferDesc list = { SECBUFFER_VERSION, 2, b };
    edge_writable(&t->e[1], false);
    SECURITY_STATUS st = VerifySignature(side(t, to), &list, 0, &qop);
    edge_writable(&t->e[1], true);
    return st;
}

SECURITY_STATUS krb_talk_stream(krb_talk *t, int to, const krb_wire *m, ULONG n)
{
    uint8_t whole[KRB_TOKEN + KRB_LEN];
    ULONG qop = 4711;
    memcpy(whole, m->token, m->n);
    memcpy(whole + m->n, m->text, KRB_LEN);
    SecBuffer b[2] = { { n, SECBUFFER_STREAM, edge_copy(&t->e[0], whole, n) }, { 0, SECBUFFER_DATA, NULL } };
    SecBufferDesc list = { SECBUFFER_VERSION, 2, b };
    SECURITY_STATUS st = DecryptMessage(side(t, to), &list, 0, &qop);
    if (st) {
        assert_null(b[1].pvBuffer);
        assert_int_equal(qop, 4711);
    } else {
        assert_int_equal(b[1].cbBuffer, KRB_LEN);
        assert_memory_equal(b[1].pvBuffer, KRB_TEXT, KRB_LEN);
    }
    return st;
}

SECURITY_STATUS krb_talk_first_bound(krb_talk *t, bool client, const char *data, ULONG req)
{
    sspi_rig *r = &t->r;
    SEC_CHANNEL_BINDINGS head = { .dwApplicationDataOffset = sizeof head };
    ULONG length = data ? (ULONG)strlen(data) : 0, size = (ULONG)sizeof head + length;
    head.cbApplicationDataLength = length;
    uint8_t *at = edge_last(&t->e[0], size);
    memcpy(at, &head, sizeof head);
    memcpy(at + sizeof head, data ? data : "", length);
    SecBuffer in[2] = { { r->n_to_server, SECBUFFER_TOKEN, r->to_server }, { size, SECBUFFER_CHANNEL_BINDINGS, at } };
    if (!data)
        in[1] = (SecBuffer){ 0, SECBUFFER_EMPTY, NULL };
    SecBuffer out = { SSPI_TOKEN, SECBUFFER_TOKEN, client ? r->to_server : r->to_client };
    SecBufferDesc in_list = { 0, client ? 1 : 2, client ? in + 1 : in }, list = { 0, 1, &out };
    SECURITY_STATUS st = client
                             ? InitializeSecurityContextA(&r->client, NULL, (SEC_CHAR *)(uintptr_t)r->target, req, 0, 0,
                                                          &in_list, 0, &r->c, &list, &r->c_ret, NULL)
                             : AcceptSecurityContext(&r->server, NULL, &in_list, req, 0, &r->s, &list, &r->s_ret, NULL);
    *(client ? &r->n_to_server : &r->n_to_client) = st >= 0 ? out.cbBuffer : 0;
    return st;
}
