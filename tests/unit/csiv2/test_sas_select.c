/* CORBA 24.5.1.3, 24.3.4 get_mechanism: which mechanism of a list, and when there is none nothing is sent. */
#include <csiv2/mech_list.h>
#include <string.h>
#include <support/hex.h>
#include <support/sas_client.h>
#include <support/vectors.h>

enum {
    INTEGRITY = TROTH_CSI_INTEGRITY,
    CONFIDENTIALITY = TROTH_CSI_CONFIDENTIALITY,
    TARGET = TROTH_CSI_ESTABLISH_TRUST_IN_TARGET,
    CLIENT = TROTH_CSI_ESTABLISH_TRUST_IN_CLIENT
};

static troth_status try(css_rig *r)
{
    troth_sas_client *c = NULL;
    troth_status st = troth_sas_client_new(&r->opts, &c);
    assert_true(!c == !!st);
    troth_sas_client_free(c);
    return st;
}

/* Hold a changed list of V12 against the options. */
static troth_status try_list(css_rig *r, const troth_csi_mech_list *list, size_t *ret)
{
    uint8_t octets[2048];
    css_rig copy = *r;
    troth_writer w = troth_writer_over(octets, sizeof octets, TROTH_BE);
    troth_csi_mech_list_write(&w, list);
    assert_int_equal(w.st, TROTH_OK);
    copy.opts.mech_list = (troth_bytes){ octets, w.len };
    size_t n = 99;
    troth_status st = troth_sas_choose(&r->opts, list, &n);
    assert_int_equal(try(&copy), st); /* one and the same judgement */
    assert_true(st ? n == 99 : n < list->n);
    if (ret)
        *ret = n;
    return st;
}

static troth_csi_mech_list v12_list(const css_rig *r)
{
    troth_csi_mech_list list;
    assert_int_equal(troth_csi_mech_list_read(r->opts.mech_list, &list), TROTH_OK);
    return list;
}

/* GSSUP that is required: there must be a password, and a transport that hides it, or a word that it need not. */
static void test_password(void **state)
{
    (void)state;
    css_rig r;
    css_init(&r, GSSUP);
    assert_int_equal(try(&r), TROTH_OK);
    r.transport.tls = false;
    assert_int_equal(try(&r), TROTH_TOO_LOW);
    r.opts.transport = NULL;
    assert_int_equal(try(&r), TROTH_TOO_LOW);
    r.opts.clear_password = true;
    assert_int_equal(try(&r), TROTH_OK);
    r.opts.cred = NULL;
    assert_int_equal(try(&r), TROTH_NO_MECH);
    css_end(&r);
    css_init(&r, KERBEROS);
    assert_int_equal(try(&r), TROTH_NO_MECH);
    css_list_kerberos(&r);
    r.opts.transport = NULL; /* its token hides nothing that was secret */
    assert_int_equal(try(&r), TROTH_OK);
    css_end(&r);
}

/* Where it is only supported, a clear link gets requests without it, and never the password. */
static void test_supported_only(void **state)
{
    (void)state;
    css_rig r;
    css_init(&r, GSSUP);
    uint8_t octets[256];
    troth_csi_mech_list list = v12_list(&r);
    list.mechs[0].target_requires = list.mechs[0].as.target_requires = 0;
    troth_writer w = troth_writer_over(octets, sizeof octets, TROTH_LE);
    troth_csi_mech_list_write(&w, &list);
    r.opts.mech_list = (troth_bytes){ octets, w.len };
    r.transport.tls = false;
    css_start(&r);
    css_sent s = css_send(&r, 1);
    is_bare(&s, 1);
    s = css_send_for(&r, 2, "bob"); /* an assertion goes, but by nobody */
    is_establish(&s, 2, 1);
    assert_int_equal(s.m.establish.client_authentication_token.len, 0);
    assert_int_equal(r.jobs, 0);
    troth_sas_client_free(r.client);
    r.client = NULL;
    r.opts.required = CLIENT;
    assert_int_equal(try(&r), TROTH_TOO_LOW);
    r.transport.tls = true;
    css_start(&r);
    s = css_send(&r, 1);
    is_establish(&s, 1, 1);
    assert_true(s.m.establish.client_authentication_token.len > 0);
    css_end(&r);
}

/* What the owner requires, with nothing to do with the list. */
static void test_required(void **state)
{
    (void)state;
    css_rig r;
    css_init(&r, GSSUP);
    r.opts.clear_password = true;
    static const uint16_t bits[] = { INTEGRITY, CONFIDENTIALITY, TARGET };
    for (size_t i = 0; i < 3; i++) {
        r.opts.required = bits[i];
        assert_int_equal(try(&r), TROTH_OK);
        r.transport.tls = false;
        assert_int_equal(try(&r), TROTH_TOO_LOW);
        r.transport.tls = true;
    }
    r.transport.tls_identity = NULL; /* it encrypts, to whom nobody knows */
    assert_int_equal(try(&r), TROTH_TOO_LOW);
    r.opts.required = CONFIDENTIALITY | CLIENT;
    assert_int_equal(try(&r), TROTH_OK);
    for (unsigned bit = 0; bit < 16; bit++) {
        r.opts.required = (uint16_t)(1u << bit);
        if (!(r.opts.required & (INTEGRITY | CONFIDENTIALITY | TARGET | CLIENT)))
            assert_int_equal(try(&r), TROTH_INVALID);
    }
    css_end(&r);
}

/* The target's order counts, and only those that can be used. */
static void test_first_that_fits(void **state)
{
    (void)state;
    css_rig r;
    css_init(&r, GSSUP | KERBEROS);
    troth_csi_mech_list list = v12_list(&r);
    css_list_kerberos(&r);
    troth_csi_mech_list kerberos = v12_list(&r);
    size_t n;
    list.mechs[1] = kerberos.mechs[0];
    list.n = 2;
    assert_int_equal(try_list(&r, &list, &n), TROTH_OK);
    assert_int_equal(n, 0);
    r.transport.tls = false;
    assert_int_equal(try_list(&r, &list, &n), TROTH_OK);
    assert_int_equal(n, 1);
    list.mechs[1].transport.tag = TROTH_TAG_TLS_SEC_TRANS;
    list.mechs[1].transport.target_requires = CONFIDENTIALITY;
    assert_int_equal(try_list(&r, &list, &n), TROTH_TOO_LOW);
    r.transport.tls = true;
    list.mechs[0].as.client_authentication_mech.len = 0;
    assert_int_equal(try_list(&r, &list, &n), TROTH_OK);
    assert_int_equal(n, 1);
    css_end(&r);
}

/* A name in another mechanism's form is nobody for whom a ticket could be asked. */
static void test_name_of_another(void **state)
{
    (void)state;
    css_rig r;
    css_init(&r, KERBEROS);
    troth_csi_mech_list list = v12_list(&r);
    css_list_kerberos(&r);
    troth_csi_mech_list kerberos = v12_list(&r);
    assert_int_equal(try_list(&r, &kerberos, NULL), TROTH_OK);
    kerberos.mechs[0].as.target_name = list.mechs[0].as.target_name;
    assert_int_equal(try_list(&r, &kerberos, NULL), TROTH_NO_MECH);
    r.opts.service = "svc/other@REALM"; /* the owner's word stands in */
    assert_int_equal(try_list(&r, &kerberos, NULL), TROTH_OK);
    css_end(&r);
}

/* Transports: what a list requires of TLS; others are not ours. */
static void test_transports(void **state)
{
    (void)state;
    css_rig r;
    css_init(&r, GSSUP);
    r.opts.clear_password = true;
    troth_csi_mech_list list = v12_list(&r);
    troth_csi_transport *t = &list.mechs[0].transport;
    static const uint16_t bits[] = { INTEGRITY, CONFIDENTIALITY,         TARGET,
                                     CLIENT,    TROTH_CSI_DETECT_REPLAY, TROTH_CSI_DETECT_MISORDERING };
    t->tag = TROTH_TAG_TLS_SEC_TRANS;
    for (size_t i = 0; i < 6; i++) {
        t->target_requires = bits[i];
        r.transport.tls = false;
        assert_int_equal(try_list(&r, &list, NULL), TROTH_TOO_LOW);
        r.transport.tls = true;
        assert_int_equal(try_list(&r, &list, NULL), TROTH_OK);
    }
    t->target_requires = 0;
    r.transport.tls = false;
    assert_int_equal(try_list(&r, &list, NULL), TROTH_OK);
    list.mechs[0].target_requires = CONFIDENTIALITY; /* said of the whole only */
    assert_int_equal(try_list(&r, &list, NULL), TROTH_TOO_LOW);
    r.transport.tls = true;
    t->tag = TROTH_TAG_SECIOP_SEC_TRANS;
    assert_int_equal(try_list(&r, &list, NULL), TROTH_NO_MECH);
    t->tag = 4711;
    assert_int_equal(try_list(&r, &list, NULL), TROTH_NO_MECH);
    css_end(&r);
}

/* Trust in the client by TLS: as good as a token where the target demands it, no use where it does not. */
static void test_client_by_tls(void **state)
{
    (void)state;
    css_rig r;
    css_init(&r, CLEAR);
    troth_csi_mech_list list = v12_list(&r);
    troth_csi_mech *m = &list.mechs[0];
    m->as.target_supports = m->as.target_requires = 0;
    m->transport.tag = TROTH_TAG_TLS_SEC_TRANS;
    m->transport.target_supports = 102;
    m->transport.target_requires = m->target_requires = 66; /* as one vendor has it */
    r.opts.required = CLIENT;
    assert_int_equal(try_list(&r, &list, NULL), TROTH_OK);
    m->transport.target_requires = m->target_requires = 2;
    assert_int_equal(try_list(&r, &list, NULL), TROTH_NO_MECH);
    css_end(&r);
}

/* What we cannot do: attributes pushed, delegation; identities that the target does not take. */
static void test_sas_layer(void **state)
{
    (void)state;
    css_rig r;
    css_init(&r, GSSUP);
    troth_csi_mech_list list = v12_list(&r);
    list.mechs[0].sas.target_requires = TROTH_CSI_DELEGATION_BY_CLIENT;
    assert_int_equal(try_list(&r, &list, NULL), TROTH_NO_MECH);
    list.mechs[0].sas.target_requires = 0;
    list.mechs[0].target_requires |= TROTH_CSI_SIMPLE_DELEGATION;
    assert_int_equal(try_list(&r, &list, NULL), TROTH_NO_MECH);
    list = v12_list(&r);
    r.opts.assertion.user = "bob";
    assert_int_equal(try_list(&r, &list, NULL), TROTH_OK);
    list.mechs[0].sas.supported_identity_types = TROTH_CSI_ITT_ANONYMOUS;
    assert_int_equal(try_list(&r, &list, NULL), TROTH_NO_MECH);
    list.mechs[0].sas.supported_identity_types = TROTH_CSI_ITT_PRINCIPAL_NAME;
    list.mechs[0].sas.target_supports = 0;
    assert_int_equal(try_list(&r, &list, NULL), TROTH_NO_MECH);
    css_end(&r);
}

/* A target that lists nothing is sent nothing, unless its owner knows better. */
static void test_no_list(void **state)
{
    (void)state;
    css_rig r;
    css_init(&r, GSSUP | KERBEROS);
    troth_bytes v12 = r.opts.mech_list;
    r.opts.mech_list.len = 0;
    r.opts.transport = NULL;
    assert_int_equal(try(&r), TROTH_OK);
    r.opts.required = CONFIDENTIALITY;
    assert_int_equal(try(&r), TROTH_TOO_LOW);
    r.opts.required = CLIENT;
    assert_int_equal(try(&r), TROTH_NO_MECH);
    r.opts.required = 0;
    r.opts.assertion.user = "bob";
    assert_int_equal(try(&r), TROTH_NO_MECH);
    r.opts.assertion.user = NULL;
    uint8_t empty[8] = { 1, 1 };
    r.opts.mech_list = (troth_bytes){ empty, sizeof empty }; /* a list of none */
    assert_int_equal(try(&r), TROTH_OK);

    r.opts.mech_list.len = 0;
    r.opts.unlisted = true;
    r.opts.realm = "default";
    assert_int_equal(try(&r), TROTH_TOO_LOW); /* not with the password in clear */
    r.opts.transport = &r.transport;
    css_start(&r);
    css_sent listed, s = css_send(&r, 1);
    is_establish(&s, 1, 1);
    troth_sas_client_free(r.client);
    r.opts.mech_list = v12;
    css_start(&r);
    listed = css_send(&r, 1);
    assert_memory_equal(s.octets, listed.octets, s.len); /* as if V12 had been there */
    troth_sas_client_free(r.client);
    r.opts.mech_list.len = 0;
    r.opts.service = "svc/host@REALM";
    css_start(&r);
    s = css_send(&r, 1);
    assert_memory_equal(s.m.establish.client_authentication_token.data, "FAKE", 4);
    assert_non_null(memmem(s.octets, s.len, "svc/host@REALM", 14));
    css_end(&r);
}

/* Kerberos' target is the exported name that is announced. */
static void test_kerberos_target(void **state)
{
    (void)state;
    css_rig r;
    css_init(&r, KERBEROS);
    css_list_kerberos(&r);
    css_start(&r);
    css_sent s = css_send(&r, 1);
    assert_non_null(memmem(s.octets, s.len, "svc/host@REALM", 14));
    troth_sas_client_free(r.client);
    r.client = NULL;
    troth_csi_mech_list list = v12_list(&r);
    list.mechs[0].as.target_name = (troth_bytes){ (const uint8_t *)"svc/host", 8 }; /* no exported name */
    assert_int_equal(try_list(&r, &list, NULL), TROTH_NO_MECH);
    r.opts.service = "svc/other";
    assert_int_equal(try_list(&r, &list, NULL), TROTH_OK);
    css_end(&r);
}

/* GSSUP's target is announced octet by octet, whatever it is. */
static void test_gssup_target(void **state)
{
    (void)state;
    static const char *const names[] = { "", "default", "\4\1\0\10odd" };
    css_rig r;
    for (size_t i = 0; i < 3; i++) {
        css_init(&r, GSSUP);
        uint8_t octets[256];
        size_t len = i == 2 ? 7 : strlen(names[i]);
        troth_csi_mech_list list = v12_list(&r);
        list.mechs[0].as.target_name = (troth_bytes){ (const uint8_t *)names[i], len };
        troth_writer w = troth_writer_over(octets, sizeof octets, TROTH_LE);
        troth_csi_mech_list_write(&w, &list);
        r.opts.mech_list = (troth_bytes){ octets, w.len };
        css_start(&r);
        css_sent s = css_send(&r, 1);
        troth_bytes token = s.m.establish.client_authentication_token;
        assert_int_equal(token.data[token.len - len - 4], len);
        assert_memory_equal(token.data + token.len - len, names[i], len);
        css_end(&r);
    }
}

/* R1, SAS-18: what is chosen is shown, and a list that is cut or broken is none. */
static void no_list(const uint8_t *p, size_t n, void *arg)
{
    css_rig *r = arg;
    r->opts.mech_list = (troth_bytes){ p, n };
    troth_status st = try(r);
    if (!n)
        assert_int_equal(st, TROTH_OK);
    else
        assert_true(st == TROTH_OK || st == TROTH_MALFORMED || st == TROTH_LIMIT || st == TROTH_NO_MECH ||
                    st == TROTH_TOO_LOW);
}

static void test_list_mutated(void **state)
{
    (void)state;
    css_rig r;
    css_init(&r, GSSUP);
    troth_bytes v12 = r.opts.mech_list;
    vectors_mutate(v12.data, v12.len, no_list, &r);
    for (size_t n = 1; n < v12.len; n++) {
        r.opts.mech_list = (troth_bytes){ v12.data, n };
        assert_int_equal(try(&r), TROTH_MALFORMED);
    }
    r.opts.mech_list = v12;
    css_start(&r);
    assert_int_equal(troth_sas_client_mech(r.client)->as.target_requires, CLIENT);
    css_end(&r);
}

/* spec 5 nr 35: an answer that leads to a weaker reference is held against the same policy. */
static void test_forward_to_weaker(void **state)
{
    (void)state;
    css_rig r;
    css_init(&r, GSSUP);
    r.opts.required = CLIENT | CONFIDENTIALITY;
    troth_csi_mech_list list = v12_list(&r);
    assert_int_equal(try_list(&r, &list, NULL), TROTH_OK);
    r.transport.tls = false; /* the other place has no TLS */
    assert_int_equal(try_list(&r, &list, NULL), TROTH_TOO_LOW);
    r.transport.tls = true;
    list.mechs[0].as.target_supports = list.mechs[0].as.target_requires = 0;
    list.mechs[0].target_requires = 0;
    assert_int_equal(try_list(&r, &list, NULL), TROTH_NO_MECH);
    css_end(&r);
}

static void test_invalid(void **state)
{
    (void)state;
    css_rig r;
    css_init(&r, GSSUP);
    r.opts.quirks = 1u << 30;
    assert_int_equal(try(&r), TROTH_INVALID);
    r.opts.quirks = 0;
    r.opts.assertion.type = 5;
    assert_int_equal(try(&r), TROTH_INVALID);
    r.opts.assertion.type = 0;
    r.opts.env = NULL;
    assert_int_equal(try(&r), TROTH_INVALID);
    assert_int_equal(troth_sas_client_new(NULL, &r.client), TROTH_INVALID);
    troth_sas_client_free(NULL);
    css_end(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_password),          cmocka_unit_test(test_supported_only),
        cmocka_unit_test(test_required),          cmocka_unit_test(test_first_that_fits),
        cmocka_unit_test(test_name_of_another),   cmocka_unit_test(test_transports),
        cmocka_unit_test(test_client_by_tls),     cmocka_unit_test(test_sas_layer),
        cmocka_unit_test(test_no_list),           cmocka_unit_test(test_kerberos_target),
        cmocka_unit_test(test_gssup_target),      cmocka_unit_test(test_list_mutated),
        cmocka_unit_test(test_forward_to_weaker), cmocka_unit_test(test_invalid),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
