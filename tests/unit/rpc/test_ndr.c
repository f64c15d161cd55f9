#include "fake_call.h"
#include <base/uuid.h>
#include <stdlib.h>
#include <string.h>
#include <support/env.h>
#include <support/hex.h>
#include <support/test.h>
#include <support/vectors.h>
#include <troth/ndr.h>

enum { AT_MOST = 16 }; /* what the readers here take of a string or count */

/* One item of a vector: "u32=5" is kind u32, value "5"; numbers are hexadecimal. */
typedef struct item {
    char kind[16], value[64];
} item;

static const char *next_item(const char *at, item *ret)
{
    at += strspn(at, " ");
    size_t kind = strcspn(at, "="), value = strcspn(at + kind, " ");
    if (!*at)
        return NULL;
    assert_true(kind < sizeof ret->kind && value - 1 < sizeof ret->value);
    *ret = (item){ 0 };
    memcpy(ret->kind, at, kind);
    memcpy(ret->value, at + kind + 1, value - 1);
    return at + kind + value;
}

static bool is(const item *i, const char *kind)
{
    return !strcmp(i->kind, kind);
}

static troth_uuid uuid_of(const char *text)
{
    troth_uuid u;
    assert_int_equal(troth_uuid_parse(text, &u), TROTH_OK);
    return u;
}

static troth_rpc_handle handle_of(const item *i)
{
    char *behind = NULL;
    troth_rpc_handle h = { .attributes = (uint32_t)strtoul(i->value, &behind, 16) };
    h.uuid = uuid_of(behind + 1);
    return h;
}

static bool same_wide(troth_bytes text, const char *want, bool be)
{
    if (text.len != 2 * strlen(want))
        return false;
    for (size_t k = 0; k < text.len / 2; k++) {
        if (text.data[2 * k + be] != (uint8_t)want[k] || text.data[2 * k + !be])
            return false;
    }
    return true;
}

static bool read_number(troth_ndr_in *n, const item *i, uint64_t *ret)
{
    if (is(i, "u8"))
        *ret = troth_ndr_get_u8(n);
    else if (is(i, "u16"))
        *ret = troth_ndr_get_u16(n);
    else if (is(i, "u32"))
        *ret = troth_ndr_get_u32(n);
    else if (is(i, "u64"))
        *ret = troth_ndr_get_u64(n);
    else if (is(i, "enum"))
        *ret = troth_ndr_get_enum(n);
    else if (is(i, "pointer"))
        *ret = troth_ndr_get_pointer(n);
    else if (is(i, "count"))
        *ret = troth_ndr_get_count(n, AT_MOST);
    else
        return false;
    return true;
}

/* Read one item; true when it is what the vector says. */
static bool read_item(troth_ndr_in *n, const item *i)
{
    uint64_t number = 0;
    if (read_number(n, i, &number))
        return number == strtoull(i->value, NULL, 16);
    if (is(i, "align")) {
        troth_ndr_get_align(n, strtoul(i->value, NULL, 16));
        return true;
    }
    if (is(i, "octets")) {
        uint8_t want[64];
        size_t len = unhex(i->value, want, sizeof want);
        const uint8_t *p = troth_ndr_get_octets(n, len);
        return p && !memcmp(p, want, len);
    }
    if (is(i, "uuid")) {
        troth_uuid got = troth_ndr_get_uuid(n), want = uuid_of(i->value);
        return troth_uuid_equal(&got, &want);
    }
    if (is(i, "handle")) {
        troth_rpc_handle got = troth_ndr_get_handle(n), want = handle_of(i);
        return got.attributes == want.attributes && troth_uuid_equal(&got.uuid, &want.uuid);
    }
    bool wide = is(i, "string16");
    assert_true(wide || is(i, "string8"));
    troth_bytes text = wide ? troth_ndr_get_string16(n, AT_MOST) : troth_ndr_get_string8(n, AT_MOST);
    if (wide)
        return same_wide(text, i->value, n->be);
    return text.len == strlen(i->value) && (!text.len || !memcmp(text.data, i->value, text.len));
}

static void write_item(troth_ndr_out *n, const item *i)
{
    uint64_t number = strtoull(i->value, NULL, 16);
    uint8_t octets[64];
    troth_uuid u;
    troth_rpc_handle h;
    if (is(i, "u8"))
        troth_ndr_put_u8(n, (uint8_t)number);
    else if (is(i, "u16"))
        troth_ndr_put_u16(n, (uint16_t)number);
    else if (is(i, "u32"))
        troth_ndr_put_u32(n, (uint32_t)number);
    else if (is(i, "u64"))
        troth_ndr_put_u64(n, number);
    else if (is(i, "enum"))
        troth_ndr_put_enum(n, (uint32_t)number);
    else if (is(i, "pointer"))
        troth_ndr_put_pointer(n, number);
    else if (is(i, "count"))
        troth_ndr_put_count(n, (size_t)number);
    else if (is(i, "align"))
        troth_ndr_put_align(n, (size_t)number);
    else if (is(i, "octets"))
        troth_ndr_put_octets(n, octets, unhex(i->value, octets, sizeof octets));
    else if (is(i, "uuid"))
        u = uuid_of(i->value), troth_ndr_put_uuid(n, &u);
    else if (is(i, "handle"))
        h = handle_of(i), troth_ndr_put_handle(n, &h);
    else if (is(i, "string16"))
        troth_ndr_put_string16(n, i->value);
    else
        troth_ndr_put_string8(n, i->value);
}

static troth_rpc_message message_of(const vector *v, const uint8_t *p, size_t n)
{
    troth_rpc_message m = { .stub = { p, n } };
    m.transfer = strcmp(vector_text(v, "transfer"), "ndr64") ? TROTH_RPC_NDR : TROTH_RPC_NDR64;
    m.drep[0] = strcmp(vector_text(v, "drep"), "be") ? 0x10 : 0;
    return m;
}

/* Answers the status of the cursor; ret_same tells whether every item was what the vector says. */
static troth_status read_all(const vector *v, const uint8_t *p, size_t n, bool *ret_same)
{
    troth_rpc_message m = message_of(v, p, n);
    troth_ndr_in in = troth_ndr_in_of(&m);
    const char *at = vector_text(v, "items");
    item i;
    *ret_same = true;
    while ((at = next_item(at, &i)) != NULL)
        *ret_same = read_item(&in, &i) && *ret_same;
    if (!in.st)
        assert_true(troth_ndr_left(&in) <= n);
    return troth_ndr_end(&in);
}

typedef struct mutation {
    const vector *v;
    size_t n; /* octets of the whole vector */
    bool good;
} mutation;

static void one_mutation(const uint8_t *p, size_t n, void *arg)
{
    const mutation *m = arg;
    bool same = false;
    troth_status st = read_all(m->v, p, n, &same);
    if (m->good && n < m->n && st != TROTH_TRUNCATED)
        fail_msg("%s: %zu of %zu octets: %s", m->v->name, n, m->n, troth_status_name(st));
    if (st)
        assert_true(st == TROTH_TRUNCATED || st == TROTH_MALFORMED);
}

static void write_all(const vector *v, const uint8_t *want, size_t len)
{
    test_env t;
    test_env_init(&t);
    troth_rpc_message m = message_of(v, want, len);
    troth_ndr_out out = troth_ndr_out_new(&t.env, m.transfer, len);
    const char *at = vector_text(v, "items");
    item i;
    while ((at = next_item(at, &i)) != NULL)
        write_item(&out, &i);
    troth_bytes got = troth_ndr_out_bytes(&out);
    if (out.st || got.len != len || memcmp(got.data, want, len) != 0)
        fail_msg("%s: %s %s", v->name, troth_status_name(out.st), hexof(got.data, got.len));
    troth_ndr_out_clear(&out);
    for (size_t max = 0; max < len; max++) { /* one octet less than needed, and every smaller maximum */
        out = troth_ndr_out_new(&t.env, m.transfer, max);
        for (at = vector_text(v, "items"); (at = next_item(at, &i)) != NULL;)
            write_item(&out, &i);
        assert_int_equal(out.st, TROTH_LIMIT);
        assert_true(troth_ndr_out_bytes(&out).len <= max);
        troth_ndr_out_clear(&out);
    }
    test_env_check(&t);
}

static void one_vector(const vector *v, void *arg)
{
    (void)arg;
    uint8_t raw[256];
    bool same = false;
    size_t n = vector_hex(v, "hex", raw, sizeof raw);
    troth_status st = read_all(v, raw, n, &same);
    if (strcmp(troth_status_name(st), vector_text(v, "expect")) != 0 || (!st && !same))
        fail_msg("%s: %s, %s", v->name, troth_status_name(st), same ? "the same" : "not the same");
    mutation m = { v, n, !st };
    vectors_mutate(raw, n, one_mutation, &m);
    if (!st && !strcmp(vector_text(v, "drep"), "le") && !vector_text(v, "write"))
        write_all(v, raw, n);
}

static void test_vectors(void **state)
{
    vectors_each("rpc/ndr.txt", one_vector, state);
}

static void test_empty(void **state)
{
    (void)state;
    troth_rpc_message m = { .transfer = TROTH_RPC_NDR, .drep = { 0x10 } };
    troth_ndr_in in = troth_ndr_in_of(&m);
    assert_int_equal(troth_ndr_left(&in), 0);
    assert_int_equal(troth_ndr_end(&in), TROTH_OK);
    assert_non_null(troth_ndr_get_octets(&in, 0));
    assert_null(troth_ndr_get_octets(&in, SIZE_MAX));
    assert_int_equal(troth_ndr_end(&in), TROTH_TRUNCATED);
    assert_null(troth_ndr_get_octets(&in, 0)); /* sticky */
    assert_false(troth_ndr_get_pointer(&in));
}

/* A reader that takes strings of any length is not led astray by one whose octets cannot be counted. */
static void test_wrap(void **state)
{
    (void)state;
    uint8_t raw[64];
    size_t n = unhex("0000000000000080 0000000000000000 0000000000000080 61006200", raw, sizeof raw);
    troth_rpc_message m = { .transfer = TROTH_RPC_NDR64, .drep = { 0x10 }, .stub = { raw, n } };
    troth_ndr_in in = troth_ndr_in_of(&m);
    troth_bytes text = troth_ndr_get_string16(&in, SIZE_MAX);
    assert_int_equal(text.len, 0);
    assert_int_equal(troth_ndr_end(&in), TROTH_TRUNCATED);
}

/* What does not fit an item of NDR is refused, never cut. */
static void test_too_wide(void **state)
{
    (void)state;
    test_env t;
    test_env_init(&t);
    troth_ndr_out out = troth_ndr_out_new(&t.env, TROTH_RPC_NDR, 100);
    troth_ndr_put_enum(&out, 0x10000);
    assert_int_equal(out.st, TROTH_LIMIT);
    troth_ndr_out_clear(&out);
    troth_ndr_put_count(&out, (size_t)1 << 32);
    assert_int_equal(out.st, TROTH_LIMIT);
    assert_int_equal(troth_ndr_out_bytes(&out).len, 0);
    troth_ndr_out_clear(&out);
    troth_ndr_put_string16(&out, "\xff");
    assert_int_equal(out.st, TROTH_MALFORMED);
    troth_ndr_out_clear(&out);
    test_env_check(&t);
}

static void test_utf8(void **state)
{
    (void)state;
    test_env t;
    test_env_init(&t);
    troth_ndr_out out = troth_ndr_out_new(&t.env, TROTH_RPC_NDR, 100);
    troth_ndr_put_string16(&out, "\xc3\xa4\xf0\x9f\x98\x80"); /* counts are of 16-bit units, not of characters */
    uint8_t want[64];
    size_t n = unhex("04000000 00000000 04000000 e400 3dd8 00de 0000", want, sizeof want);
    troth_bytes got = troth_ndr_out_bytes(&out);
    assert_int_equal(got.len, n);
    assert_memory_equal(got.data, want, n);
    troth_ndr_out_clear(&out);
    test_env_check(&t);
}

static void test_reply(void **state)
{
    (void)state;
    test_env t;
    test_env_init(&t);
    fake_call f = { .call = { .ops = &fake_ops, .env = &t.env, .request = { .transfer = TROTH_RPC_NDR64 } } };
    troth_ndr_out out = troth_ndr_out_for(&f.call);
    troth_ndr_put_count(&out, 5);
    troth_ndr_reply(&out, &f.call);
    assert_int_equal(f.answers, 1);
    assert_int_equal(f.fault, 0);
    assert_int_equal(f.len, 8);
    assert_int_equal(f.stub[0], 5);
    test_env_check(&t);

    const struct {
        troth_status st;
        uint32_t fault;
    } bad[] = { { TROTH_NO_MEMORY, TROTH_NCA_S_FAULT_REMOTE_NO_MEMORY },
                { TROTH_LIMIT, TROTH_NCA_S_OUT_ARGS_TOO_BIG },
                { TROTH_MALFORMED, TROTH_NCA_S_FAULT_UNSPEC } };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        out = troth_ndr_out_for(&f.call);
        troth_ndr_put_u32(&out, 5);
        out.st = bad[i].st;
        troth_ndr_put_u32(&out, 5);
        troth_ndr_reply(&out, &f.call);
        assert_int_equal(f.answers, 2 + i);
        assert_int_equal(f.fault, bad[i].fault);
        assert_false(f.not_executed);
        assert_int_equal(f.len, 0); /* nothing of it leaves */
    }
    test_env_check(&t);
}

static void test_no_memory(void **state)
{
    (void)state;
    for (size_t fail_at = 1; fail_at < 6; fail_at++) {
        test_env t;
        test_env_init(&t);
        t.fail_at = fail_at;
        troth_ndr_out out = troth_ndr_out_new(&t.env, TROTH_RPC_NDR, 4096);
        for (uint32_t i = 0; i < 40; i++) /* grows three times */
            troth_ndr_put_u64(&out, i);
        troth_ndr_put_string16(&out, "text");
        assert_int_equal(out.st, fail_at <= atomic_load(&t.allocs) ? TROTH_NO_MEMORY : TROTH_OK);
        troth_ndr_out_clear(&out);
        test_env_check(&t);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_vectors),  cmocka_unit_test(test_empty),
                                        cmocka_unit_test(test_too_wide), cmocka_unit_test(test_wrap),
                                        cmocka_unit_test(test_utf8),     cmocka_unit_test(test_reply),
                                        cmocka_unit_test(test_no_memory) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
