/* CORBA 13.6, 15.7.2: references, their text, and changes to them. */
#include <giop/ior.h>
#include <stdlib.h>
#include <string.h>
#include <support/env.h>
#include <support/hex.h>
#include <support/test.h>
#include <support/vectors.h>

/* What genior of omniORB 4.2 makes of 127.0.0.1, 2809, NameService. */
static const char text[] =
    "IOR:010000002b00000049444c3a6f6d672e6f72672f436f734e616d696e672f4e616d696e67436f6e746578744578743a312e30"
    "000001000000000000005c000000010102000a0000003132372e302e302e3100f90a0b0000004e616d65536572766963650002000000"
    "00000000080000000100000000545441010000001c00000001000000010001000100000001000105090101000100000009010100";

static troth_status read_text(const char *s, uint8_t *raw, troth_ior *ret)
{
    size_t n = 0;
    troth_status st = troth_ior_unhex(s, raw, TROTH_IOR_OCTETS_MAX, &n);
    return st ? st : troth_ior_read((troth_bytes){ raw, n }, ret);
}

/* A reference of ours: an IIOP profile of a version, and one of another tag. */
static size_t make(uint8_t minor, troth_order order, uint8_t *out, size_t cap)
{
    uint8_t body[256];
    troth_writer b = troth_writer_over(body, sizeof body, order);
    troth_cdr_out p = troth_cdr_out_encapsulation(&b);
    troth_cdr_put_u8(&p, 1);
    troth_cdr_put_u8(&p, minor);
    troth_cdr_put_string(&p, (troth_bytes){ (const uint8_t *)"backend", 7 });
    troth_cdr_put_u16(&p, 2809);
    troth_cdr_put_octets(&p, (troth_bytes){ (const uint8_t *)"key\0x", 5 });
    if (minor) {
        troth_cdr_put_u32(&p, 3);
        for (uint32_t i = 0; i < 3; i++) {
            static const uint32_t tags[] = { TROTH_TAG_CODE_SETS, TROTH_TAG_ALTERNATE_IIOP_ADDRESS, 77 };
            troth_cdr_put_u32(&p, tags[i]);
            troth_cdr_put_octets(&p, (troth_bytes){ (const uint8_t *)"abcdef", 4 + i % 2 });
        }
    }
    troth_ior ior = { .type_id = { (const uint8_t *)"IDL:X:1.0", 9 },
                      .n_profiles = 2,
                      .profiles = { { TROTH_TAG_INTERNET_IOP, { body, b.len } },
                                    { 4711, { (const uint8_t *)"whatever", 8 } } } };
    troth_writer w = troth_writer_over(out, cap, order);
    troth_cdr_out c = troth_cdr_out_encapsulation(&w);
    troth_ior_put(&c, &ior);
    assert_int_equal(w.st, TROTH_OK);
    return w.len;
}

static void test_text(void **state)
{
    (void)state;
    static uint8_t raw[TROTH_IOR_OCTETS_MAX];
    char again[600];
    troth_ior ior;
    troth_iiop_profile p;
    assert_int_equal(read_text(text, raw, &ior), TROTH_OK);
    assert_int_equal(ior.type_id.len, 42);
    assert_memory_equal(ior.type_id.data, "IDL:omg.org/CosNaming/NamingContextExt:1.0", 42);
    assert_int_equal(ior.n_profiles, 1);
    assert_int_equal(troth_iiop_profile_read(ior.profiles[0].data, &p), TROTH_OK);
    assert_int_equal(p.minor, 2);
    assert_int_equal(p.port, 2809);
    assert_int_equal(p.host.len, 9);
    assert_memory_equal(p.object_key.data, "NameService", 11);
    assert_int_equal(p.n_components, 2);
    assert_non_null(troth_ior_find(p.components, p.n_components, TROTH_TAG_CODE_SETS));
    assert_null(troth_ior_find(p.components, p.n_components, TROTH_TAG_CSI_SEC_MECH_LIST));
    size_t n = 0;
    assert_int_equal(troth_ior_unhex(text, raw, sizeof raw, &n), TROTH_OK);
    assert_int_equal(troth_ior_hex((troth_bytes){ raw, n }, again, sizeof again), TROTH_OK);
    assert_string_equal(again, text);
    assert_int_equal(troth_ior_hex((troth_bytes){ raw, n }, again, strlen(text)), TROTH_NO_SPACE);
    assert_int_equal(troth_ior_hex((troth_bytes){ raw, n }, again, strlen(text) + 1), TROTH_OK);
}

static void test_text_refused(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        troth_status want;
    } rows[] = {
        { "ior:00", TROTH_OK },           { " \tIOR:0aFf\r\n", TROTH_OK },
        { "IOR:", TROTH_MALFORMED },      { "", TROTH_MALFORMED },
        { "IOR:0", TROTH_MALFORMED },     { "IOR:0g", TROTH_MALFORMED },
        { "IOR:00 00", TROTH_MALFORMED }, { "corbaloc::h/k", TROTH_MALFORMED },
        { "IO", TROTH_MALFORMED },        { "IOR:0000000000", TROTH_NO_SPACE },
    };
    uint8_t raw[4];
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        size_t n = 0;
        assert_int_equal(troth_ior_unhex(rows[i].text, raw, sizeof raw, &n), rows[i].want);
    }
    static uint8_t room[TROTH_IOR_OCTETS_MAX + 8];
    static char big[2 * TROTH_IOR_OCTETS_MAX + 7];
    memset(big, '0', sizeof big - 1);
    memcpy(big, "IOR:", 4);
    size_t n = 0;
    assert_int_equal(troth_ior_unhex(big, room, sizeof room, &n), TROTH_LIMIT);
}

static void mutant(const uint8_t *p, size_t n, void *arg)
{
    troth_ior ior;
    troth_iiop_profile iiop;
    (void)arg;
    if (troth_ior_read((troth_bytes){ p, n }, &ior))
        return;
    for (uint32_t i = 0; i < ior.n_profiles; i++) {
        troth_status st = troth_iiop_profile_read(ior.profiles[i].data, &iiop);
        assert_true(st || iiop.n_components <= TROTH_IOR_COMPONENTS_MAX);
    }
}

static void test_mutants(void **state)
{
    (void)state;
    static uint8_t raw[TROTH_IOR_OCTETS_MAX];
    size_t n = make(2, TROTH_BE, raw, sizeof raw);
    vectors_mutate(raw, n, mutant, NULL);
    troth_ior ior;
    for (size_t cut = 0; cut < n; cut++)
        assert_int_not_equal(troth_ior_read((troth_bytes){ raw, cut }, &ior), TROTH_OK);
    raw[4 + 3] = 0; /* a type without its NUL */
    assert_int_equal(troth_ior_read((troth_bytes){ raw, n }, &ior), TROTH_MALFORMED);
    n = unhex("00000000 00000001 00000000 ffffffff", raw, sizeof raw);
    assert_int_equal(troth_ior_read((troth_bytes){ raw, n }, &ior), TROTH_MALFORMED);
    n = unhex("00000000 00000001 00000000 00000000", raw, sizeof raw); /* nil */
    assert_int_equal(troth_ior_read((troth_bytes){ raw, n }, &ior), TROTH_OK);
    assert_int_equal(ior.n_profiles, 0);
}

static void test_edit(void **state)
{
    (void)state;
    static const uint32_t drop[] = { TROTH_TAG_ALTERNATE_IIOP_ADDRESS };
    static const troth_ior_tagged set[] = { { TROTH_TAG_CSI_SEC_MECH_LIST, { (const uint8_t *)"list", 4 } },
                                            { 77, { (const uint8_t *)"new", 3 } } };
    const troth_ior_changes changes = { .host = "gate", .port = 1, .drop = drop, .n_drop = 1, .set = set, .n_set = 2 };
    test_env t;
    test_env_init(&t);
    for (int minor = 1; minor < 3; minor++) {
        uint8_t raw[512];
        troth_block made;
        troth_ior ior, back;
        troth_iiop_profile p;
        size_t n = make((uint8_t)minor, minor == 1 ? TROTH_LE : TROTH_BE, raw, sizeof raw);
        assert_int_equal(troth_ior_read((troth_bytes){ raw, n }, &ior), TROTH_OK);
        assert_int_equal(troth_ior_edit(&t.env, &ior, &changes, &made), TROTH_OK);
        assert_int_equal(troth_ior_read((troth_bytes){ made.data, made.len }, &back), TROTH_OK);
        assert_int_equal(back.n_profiles, 2);
        assert_int_equal(back.profiles[1].tag, 4711); /* others' profiles as they were */
        assert_memory_equal(back.profiles[1].data.data, "whatever", 8);
        assert_int_equal(troth_iiop_profile_read(back.profiles[0].data, &p), TROTH_OK);
        assert_memory_equal(p.host.data, "gate", 5);
        assert_int_equal(p.port, 1);
        assert_int_equal(p.minor, minor);
        assert_int_equal(p.object_key.len, 5);
        assert_memory_equal(p.object_key.data, "key\0x", 5);
        assert_int_equal(p.n_components, 3);
        assert_int_equal(p.components[0].tag, TROTH_TAG_CODE_SETS);
        assert_memory_equal(p.components[0].data.data, "abcd", 4);
        assert_int_equal(p.components[1].tag, TROTH_TAG_CSI_SEC_MECH_LIST);
        assert_int_equal(p.components[2].tag, 77);
        assert_int_equal(p.components[2].data.len, 3);
        troth_ior_free(&t.env, &made);
    }
    test_env_check(&t);
}

static void test_edit_refused(void **state)
{
    (void)state;
    static const troth_ior_tagged set = { TROTH_TAG_CSI_SEC_MECH_LIST, { (const uint8_t *)"list", 4 } };
    const troth_ior_changes add = { .set = &set, .n_set = 1 }, move = { .host = "gate", .port = 1 }, none = { 0 };
    uint8_t raw[512];
    troth_ior ior;
    troth_block made;
    test_env t;
    test_env_init(&t);
    size_t n = make(0, TROTH_LE, raw, sizeof raw); /* no place for components */
    assert_int_equal(troth_ior_read((troth_bytes){ raw, n }, &ior), TROTH_OK);
    assert_int_equal(troth_ior_edit(&t.env, &ior, &add, &made), TROTH_UNSUPPORTED);
    assert_int_equal(troth_ior_edit(&t.env, &ior, &move, &made), TROTH_OK);
    troth_ior_free(&t.env, &made);
    ior.profiles[0].data.len = 3;
    assert_int_equal(troth_ior_edit(&t.env, &ior, &none, &made), TROTH_TRUNCATED);
    ior = (troth_ior){ 0 }; /* nil stays nil */
    assert_int_equal(troth_ior_edit(&t.env, &ior, &add, &made), TROTH_OK);
    assert_int_equal(made.len, 16);
    troth_ior_free(&t.env, &made);
    t.fail_at = t.allocs + 1;
    assert_int_equal(troth_ior_edit(&t.env, &ior, &add, &made), TROTH_NO_MEMORY);
    test_env_check(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_text), cmocka_unit_test(test_text_refused),
                                        cmocka_unit_test(test_mutants), cmocka_unit_test(test_edit),
                                        cmocka_unit_test(test_edit_refused) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
