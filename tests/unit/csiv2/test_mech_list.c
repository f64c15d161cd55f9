/* CORBA 24.5.1: mechanism lists. */
#include <csiv2/mech_list.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <support/env.h>
#include <support/hex.h>
#include <support/test.h>
#include <support/vectors.h>

typedef struct text {
    char s[4096];
    size_t n;
} text;

static void say(text *t, const char *format, ...)
{
    va_list ap;
    va_start(ap, format);
    t->n += (size_t)vsnprintf(t->s + t->n, sizeof t->s - t->n, format, ap);
    va_end(ap);
    assert_true(t->n < sizeof t->s);
}

static void say_octets(text *t, troth_bytes b)
{
    for (size_t i = 0; i < b.len; i++)
        say(t, "%02x", b.data[i]);
}

static void say_field(text *t, troth_bytes b)
{
    say(t, b.len ? " " : " -");
    say_octets(t, b);
}

static void say_mech(text *t, const troth_csi_mech *m)
{
    say(t, " [%u %u(", m->target_requires, m->transport.tag);
    for (uint32_t i = 0; i < m->transport.n_addresses; i++)
        say(t, "%u/%u %.*s:%u", m->transport.target_supports, m->transport.target_requires,
            (int)m->transport.addresses[i].host.len, (const char *)m->transport.addresses[i].host.data,
            m->transport.addresses[i].port);
    say(t, ") as %u/%u", m->as.target_supports, m->as.target_requires);
    say_field(t, m->as.client_authentication_mech);
    say_field(t, m->as.target_name);
    say(t, " sas %u/%u {", m->sas.target_supports, m->sas.target_requires);
    for (uint32_t i = 0; i < m->sas.n_authorities; i++) {
        say(t, "%s%u=", i ? "," : "", m->sas.privilege_authorities[i].syntax);
        say_octets(t, m->sas.privilege_authorities[i].name);
    }
    say(t, "} {");
    for (uint32_t i = 0; i < m->sas.n_namings; i++) {
        say(t, "%s", i ? "," : "");
        say_octets(t, m->sas.supported_naming_mechanisms[i]);
    }
    say(t, "} %u]", m->sas.supported_identity_types);
}

static void say_list(text *t, const troth_csi_mech_list *list)
{
    t->n = 0;
    say(t, list->stateful ? "stateful" : "stateless");
    for (uint32_t i = 0; i < list->n; i++)
        say_mech(t, &list->mechs[i]);
}

static size_t again(const troth_csi_mech_list *list, troth_order order, uint8_t *out, size_t cap)
{
    static text a, b;
    static troth_csi_mech_list back;
    troth_writer w = troth_writer_over(out, cap, order);
    troth_csi_mech_list_write(&w, list);
    assert_int_equal(w.st, TROTH_OK);
    assert_int_equal(troth_csi_mech_list_read((troth_bytes){ out, w.len }, &back), TROTH_OK);
    say_list(&a, list);
    say_list(&b, &back);
    assert_string_equal(a.s, b.s);
    return w.len;
}

static void mutant(const uint8_t *p, size_t n, void *arg)
{
    static troth_csi_mech_list list;
    static uint8_t out[4096];
    troth_status st = troth_csi_mech_list_read((troth_bytes){ p, n }, &list);
    if (arg && n < *(size_t *)arg)
        assert_int_not_equal(st, TROTH_OK);
    if (!st)
        again(&list, TROTH_BE, out, sizeof out);
}

static void one(const vector *v, void *arg)
{
    static troth_csi_mech_list list;
    static text t;
    uint8_t raw[512], out[512];
    (void)arg;
    size_t n = vector_hex(v, "hex", raw, sizeof raw);
    troth_status st = troth_csi_mech_list_read((troth_bytes){ raw, n }, &list);
    if (strcmp(troth_status_name(st), vector_text(v, "expect")) != 0)
        fail_msg("%s: %s", v->name, troth_status_name(st));
    vectors_mutate(raw, n, mutant, st ? NULL : &n);
    if (st)
        return;
    say_list(&t, &list);
    assert_string_equal(t.s, vector_text(v, "text"));
    again(&list, TROTH_LE, out, sizeof out);
    again(&list, TROTH_BE, out, sizeof out);
    if (!strncmp(v->name, "V12", 3)) {
        assert_int_equal(again(&list, TROTH_LE, out, sizeof out), n);
        assert_memory_equal(out, raw, n);
    }
}

static void test_vectors(void **state)
{
    (void)state;
    vectors_each("sas/mechs.txt", one, NULL);
}

/* V13 of the numbered vectors. */
static void test_transport(void **state)
{
    (void)state;
    uint8_t raw[64], out[64];
    size_t n = unhex("01006600 42000000 01000000 0a000000 3132372e 302e302e 31000ec3", raw, sizeof raw);
    troth_ior_tagged component = { TROTH_TAG_TLS_SEC_TRANS, { raw, n } };
    troth_csi_transport t;
    assert_int_equal(troth_csi_transport_read(&component, &t), TROTH_OK);
    assert_int_equal(t.target_supports, 102);
    assert_int_equal(t.target_requires, 66);
    assert_int_equal(t.n_addresses, 1);
    assert_int_equal(t.addresses[0].port, 49934);
    assert_int_equal(t.addresses[0].host.len, 9);
    assert_memory_equal(t.addresses[0].host.data, "127.0.0.1", 9);
    troth_writer w = troth_writer_over(out, sizeof out, TROTH_LE);
    troth_csi_transport_write(&w, &t);
    assert_int_equal(w.len, n);
    assert_memory_equal(out, raw, n);
    for (size_t cut = 0; cut < n; cut++) {
        component.data.len = cut;
        assert_int_not_equal(troth_csi_transport_read(&component, &t), TROTH_OK);
    }
    component = (troth_ior_tagged){ 4711, { raw, n } }; /* nobody's: kept as it is */
    assert_int_equal(troth_csi_transport_read(&component, &t), TROTH_OK);
    troth_writer_reset(&w);
    troth_csi_transport_write(&w, &t);
    assert_memory_equal(out, raw, n);
}

/* SECIOP has two more fields in front of its addresses. */
static void test_seciop(void **state)
{
    (void)state;
    uint8_t out[128];
    troth_csi_transport t = { .tag = TROTH_TAG_SECIOP_SEC_TRANS,
                              .target_supports = 2,
                              .mech_oid = { (const uint8_t *)"\x06\x01\x2a", 3 },
                              .target_name = { (const uint8_t *)"t", 1 },
                              .n_addresses = 2,
                              .addresses = { { { (const uint8_t *)"a", 1 }, 1 },
                                             { { (const uint8_t *)"bc", 2 }, 2 } } };
    troth_writer w = troth_writer_over(out, sizeof out, TROTH_BE);
    troth_csi_transport_write(&w, &t);
    troth_csi_transport back;
    troth_ior_tagged component = { TROTH_TAG_SECIOP_SEC_TRANS, { out, w.len } };
    assert_int_equal(troth_csi_transport_read(&component, &back), TROTH_OK);
    assert_int_equal(back.n_addresses, 2);
    assert_int_equal(back.addresses[1].port, 2);
    assert_int_equal(back.mech_oid.len, 3);
    assert_int_equal(back.target_name.len, 1);
}

static void test_make(void **state)
{
    (void)state;
    static troth_csi_mech_list list = { .stateful = true, .n = 1 }, back;
    list.mechs[0].transport.tag = TROTH_TAG_NULL_TAG;
    list.mechs[0].as.target_requires = 64;
    list.mechs[0].transport.target_requires = 6;
    list.mechs[0].sas.target_requires = 2048;
    assert_int_equal(troth_csi_requires(&list.mechs[0]), 64 + 6 + 2048);
    test_env t;
    test_env_init(&t);
    troth_block made;
    assert_int_equal(troth_csi_mech_list_make(&t.env, &list, &made), TROTH_OK);
    assert_int_equal(made.data[0], 1);
    assert_int_equal(troth_csi_mech_list_read((troth_bytes){ made.data, made.len }, &back), TROTH_OK);
    assert_int_equal(back.n, 1);
    troth_ior_free(&t.env, &made);
    t.fail_at = t.allocs + 1;
    assert_int_equal(troth_csi_mech_list_make(&t.env, &list, &made), TROTH_NO_MEMORY);
    list.n = TROTH_CSI_MECHS_MAX + 1;
    t.fail_at = 0;
    assert_int_equal(troth_csi_mech_list_make(&t.env, &list, &made), TROTH_INVALID);
    test_env_check(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_vectors), cmocka_unit_test(test_transport),
                                        cmocka_unit_test(test_seciop), cmocka_unit_test(test_make) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
