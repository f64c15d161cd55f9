/* What a target takes as options, and what it says of itself: component 33. [CORBA 24.5.1] */
#include <csiv2/gssup.h>
#include <sec/cred.h>
#include <string.h>
#include <support/hex.h>
#include <support/sas.h>
#include <support/test.h>
#include <troth/csi.h>

static sas_rig rig;

static void read_component(const troth_csi_address *tls, troth_csi_mech_list *ret, troth_block *b)
{
    assert_int_equal(troth_sas_target_component(rig.t, tls, b), TROTH_OK);
    assert_int_equal(troth_csi_mech_list_read((troth_bytes){ b->data, b->len }, ret), TROTH_OK);
}

static void test_options(void **state)
{
    (void)state;
    sas_rig_init(&rig);
    troth_sas_target *t;
    troth_sas_target_options o = rig.o;
    o.required = TROTH_CSI_DELEGATION_BY_CLIENT;
    assert_int_equal(troth_sas_target_new(&o, &t), TROTH_INVALID);
    o = rig.o;
    o.identity_types = 16;
    assert_int_equal(troth_sas_target_new(&o, &t), TROTH_INVALID);
    o = rig.o;
    o.quirks = 1u << 20;
    assert_int_equal(troth_sas_target_new(&o, &t), TROTH_INVALID);
    char realm[1026] = "";
    memset(realm, 'r', sizeof realm - 1);
    o = rig.o;
    o.realm = realm;
    assert_int_equal(troth_sas_target_new(&o, &t), TROTH_INVALID);
    o = rig.o;
    o.service = realm;
    assert_int_equal(troth_sas_target_new(&o, &t), TROTH_INVALID);
    realm[1024] = '\0'; /* as long as a name may be */
    o.realm = realm;
    assert_int_equal(troth_sas_target_new(&o, &t), TROTH_OK);
    troth_sas_target_free(t);
    o = rig.o;
    const troth_cred_source src = { .mech = "kerberos", .kind = TROTH_CRED_KEYTAB, .path = "none" };
    assert_int_equal(troth_cred_new(&rig.env.env, rig.cred->mechs, TROTH_USE_ACCEPT, &src, 1, &o.cred), TROTH_OK);
    assert_int_equal(troth_sas_target_new(&o, &t), TROTH_NO_CRED); /* not acquired */
    troth_cred_unref(o.cred);
    assert_int_equal(troth_cred_new(&rig.env.env, rig.cred->mechs, TROTH_USE_INITIATE, &src, 1, &o.cred), TROTH_OK);
    assert_int_equal(troth_sas_target_new(&o, &t), TROTH_INVALID); /* a client's */
    troth_cred_unref(o.cred);
    sas_rig_open(&rig);
    sas_rig_close(&rig);
}

/* V12, octet by octet */
static void test_fixed_vector(void **state)
{
    (void)state;
    uint8_t want[128];
    size_t n =
        unhex("01010000 01000000 40000000 22000000 00000000 40004000 08000000 06066781 02010101 17000000 04010008"
              "06066781 02010101 00000007 64656661 756c7400 00040000 00000000 01000000 08000000 06066781 02010101"
              "02000000",
              want, sizeof want);
    troth_block b;
    sas_rig_init(&rig);
    const troth_cred_source src = { .mech = "gssup", .kind = TROTH_CRED_CHECK, .check = rig.cred->parts[0].src.check };
    troth_cred *gssup;
    troth_job *job;
    assert_int_equal(troth_cred_new(&rig.env.env, rig.cred->mechs, TROTH_USE_ACCEPT, &src, 1, &gssup), TROTH_OK);
    assert_int_equal(troth_cred_job(gssup, 1, &job), TROTH_OK);
    troth_job_run(job);
    troth_job_free(job);
    rig.o.cred = gssup;
    rig.o.required = TROTH_CSI_ESTABLISH_TRUST_IN_CLIENT;
    rig.o.identity_types = TROTH_CSI_ITT_PRINCIPAL_NAME;
    sas_rig_open(&rig);
    troth_cred_unref(gssup);
    assert_int_equal(troth_sas_target_component(rig.t, NULL, &b), TROTH_OK);
    assert_int_equal(b.len, n);
    assert_memory_equal(b.data, want, n);
    troth_ior_free(&rig.env.env, &b);
    sas_rig_close(&rig);
}

static void test_both(void **state)
{
    (void)state;
    troth_csi_mech_list list;
    troth_block b;
    const troth_csi_address tls = { { (const uint8_t *)"gw.test", 7 }, 2810 };
    sas_rig_init(&rig);
    rig.o.service = "iiop/gw.test@TEST";
    rig.o.clear_password = false;
    sas_rig_open(&rig);
    read_component(&tls, &list, &b);
    assert_true(list.stateful && list.n == 2);
    troth_bytes mech, name;
    assert_int_equal(troth_csi_exported_name_read(list.mechs[0].as.target_name, &mech, &name), TROTH_OK);
    assert_int_equal(name.len, 17);
    assert_memory_equal(name.data, "iiop/gw.test@TEST", 17);
    assert_int_equal(list.mechs[0].transport.target_requires, 0);
    assert_int_equal(list.mechs[0].target_requires, 0);
    assert_int_equal(list.mechs[1].transport.target_requires, 6); /* a password goes over TLS */
    assert_int_equal(list.mechs[1].target_requires, 6);
    assert_int_equal(list.mechs[1].transport.addresses[0].port, 2810);
    assert_int_equal(list.mechs[1].sas.n_namings, 2);
    assert_int_equal(list.mechs[1].sas.supported_identity_types, 15);
    troth_ior_free(&rig.env.env, &b);
    read_component(NULL, &list, &b); /* without TLS it is not announced */
    assert_int_equal(list.n, 1);
    assert_int_equal(list.mechs[0].transport.tag, TROTH_TAG_NULL_TAG);
    troth_ior_free(&rig.env.env, &b);
    sas_rig_close(&rig);
}

/* Nobody can ask for a ticket of a service without a name. */
static void test_nameless_service(void **state)
{
    (void)state;
    troth_csi_mech_list list;
    troth_block b;
    sas_rig_init(&rig);
    rig.o.service = NULL;
    sas_rig_open(&rig);
    read_component(NULL, &list, &b);
    assert_int_equal(list.n, 1);
    troth_oid gssup = troth_gssup_oid();
    troth_bytes oid = list.mechs[0].as.client_authentication_mech;
    assert_int_equal(oid.len, gssup.len + 2);
    assert_memory_equal(oid.data + 2, gssup.der, gssup.len);
    troth_ior_free(&rig.env.env, &b);
    sas_rig_close(&rig);
}

static void test_transport_only(void **state)
{
    (void)state;
    troth_csi_mech_list list;
    troth_block b;
    const troth_csi_address tls = { { (const uint8_t *)"gw.test", 7 }, 2810 };
    sas_rig_init(&rig);
    rig.o.cred = NULL;
    rig.o.stateful = false;
    rig.o.identity_types = 0;
    rig.o.required = TROTH_CSI_ESTABLISH_TRUST_IN_CLIENT | TROTH_CSI_INTEGRITY;
    sas_rig_open(&rig);
    read_component(&tls, &list, &b);
    assert_true(!list.stateful && list.n == 1);
    assert_int_equal(list.mechs[0].transport.target_supports, 102);
    assert_int_equal(list.mechs[0].target_requires, 66);
    assert_int_equal(list.mechs[0].as.target_supports, 0);
    assert_int_equal(list.mechs[0].sas.target_supports, 0);
    troth_ior_free(&rig.env.env, &b);
    sas_rig_close(&rig);
}

/* input 37: another credential, in which somebody may be missing: what was established with the old one is lost */
static void test_set_cred(void **state)
{
    (void)state;
    sas_rig_init(&rig);
    sas_rig_open(&rig);
    troth_bytes alice = sas_gssup("alice", "s3cret", "default");
    assert_true(sas_ask(&rig, sas_establish(1, alice, NULL)).stateful);
    assert_true(sas_ask(&rig, sas_establish(3, alice, NULL)).stateful);
    troth_sas_target_set_cred(rig.t, NULL);
    assert_int_equal(sas_ask(&rig, sas_in_context(1, false)).major, 4);
    assert_int_equal(sas_ask(&rig, sas_establish(2, alice, NULL)).major, 2);
    assert_int_equal(sas_ask(&rig, sas_establish(3, alice, NULL)).major, 2); /* equivalent, and checked again */
    assert_int_equal(troth_sas_session_contexts(rig.s), 0);
    troth_sas_target_set_cred(rig.t, rig.cred);
    unsigned seen = rig.checks;
    assert_true(sas_ask(&rig, sas_establish(1, alice, NULL)).stateful);
    assert_int_equal(rig.checks, seen + 1);
    assert_true(sas_ask(&rig, sas_in_context(1, false)).accepted);
    sas_rig_close(&rig);
}

/* ... while a request runs, and while evidence is looked at: served, and not kept */
static void test_set_cred_meanwhile(void **state)
{
    (void)state;
    sas_rig_init(&rig);
    sas_rig_open(&rig);
    troth_bytes alice = sas_gssup("alice", "s3cret", "default");
    assert_true(sas_ask(&rig, sas_establish(1, alice, NULL)).stateful);
    uint64_t runs = sas_give(&rig, rig.s, sas_in_context(1, false));
    assert_true(sas_take(&rig, rig.s).accepted);
    sas_give(&rig, rig.s, sas_establish(2, alice, NULL));
    troth_sas_target_set_cred(rig.t, rig.cred);
    sas_run(&rig, rig.s);
    sas_told t = sas_take(&rig, rig.s);
    assert_true(t.accepted && !t.caller.stateful);
    assert_int_equal(sas_ask(&rig, sas_in_context(2, false)).major, 4);
    assert_int_equal(sas_ask(&rig, sas_in_context(1, false)).major, 4);
    troth_bytes none;
    assert_int_equal(troth_sas_session_reply(rig.s, runs, rig.now, &none), TROTH_OK);
    sas_rig_close(&rig);
}

/* who is known by his certificate has no place in it */
static void test_set_cred_transport(void **state)
{
    (void)state;
    sas_rig_init(&rig);
    rig.transport.tls = true;
    rig.transport.tls_identity = "CN=carol";
    sas_rig_open(&rig);
    assert_true(sas_ask(&rig, sas_establish(1, (troth_bytes){ NULL, 0 }, NULL)).stateful);
    troth_sas_target_set_cred(rig.t, NULL);
    assert_true(sas_ask(&rig, sas_in_context(1, false)).accepted);
    sas_rig_close(&rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_options),
                                        cmocka_unit_test(test_fixed_vector),
                                        cmocka_unit_test(test_both),
                                        cmocka_unit_test(test_transport_only),
                                        cmocka_unit_test(test_nameless_service),
                                        cmocka_unit_test(test_set_cred),
                                        cmocka_unit_test(test_set_cred_meanwhile),
                                        cmocka_unit_test(test_set_cred_transport) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
