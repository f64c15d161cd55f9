#include <stdlib.h>
#include <string.h>
#include <support/test.h>
#include <support/vectors.h>
#include <troth/rpc.h>

static bool said(const vector *v, const char *key)
{
    return vector_text(v, key) != NULL;
}

static const char *or_else(const vector *v, const char *key, const char *otherwise)
{
    const char *text = vector_text(v, key);
    return text ? text : otherwise;
}

static void compare(const vector *v, const troth_rpc_binding *b)
{
    char object[TROTH_UUID_TEXT];
    troth_uuid_format(&b->object, object);
    assert_ptr_equal(b->host, b->text);
    assert_string_equal(b->host, vector_text(v, "host"));
    assert_int_equal(b->port, atoi(or_else(v, "port", "0")));
    assert_string_equal(troth_rpc_auth_type_name(b->type), or_else(v, "type", "none"));
    assert_string_equal(b->mech ? b->mech : "", or_else(v, "mech", ""));
    assert_string_equal(troth_rpc_level_name(b->level), or_else(v, "level", "default"));
    assert_string_equal(object, or_else(v, "object", "00000000-0000-0000-0000-000000000000"));
    assert_int_equal(b->has_object, said(v, "object"));
    assert_int_equal(b->datagram, said(v, "datagram"));
    assert_int_equal(b->ndr64, said(v, "ndr64"));
    assert_int_equal(b->no_header_signing, said(v, "nohdrsign"));
}

/* Whatever the text, the host is a string within the struct, or nothing was set. */
static void any_text(const uint8_t *p, size_t n, void *arg)
{
    (void)arg;
    char *text = malloc(n + 1);
    assert_non_null(text);
    memcpy(text, p, n);
    text[n] = 0;
    troth_rpc_binding b, untouched;
    memset(&b, 0xa5, sizeof b);
    untouched = b;
    troth_status st = troth_rpc_binding_parse(text, &b);
    if (st) {
        assert_true(st == TROTH_MALFORMED || st == TROTH_UNSUPPORTED);
        assert_memory_equal(&b, &untouched, sizeof b);
    } else {
        assert_true(strlen(b.host) < sizeof b.text);
    }
    free(text);
}

static void one(const vector *v, void *arg)
{
    const char *text = vector_text(v, "text");
    troth_rpc_binding b;
    troth_status st = troth_rpc_binding_parse(text, &b);
    if (strcmp(troth_status_name(st), or_else(v, "expect", "OK")) != 0)
        fail_msg("%s: %s", v->name, troth_status_name(st));
    if (!st)
        compare(v, &b);
    vectors_mutate((const uint8_t *)text, strlen(text), any_text, arg);
}

static void test_vectors(void **state)
{
    vectors_each("rpc/binding.txt", one, state);
}

static void test_longest_host(void **state)
{
    (void)state;
    char text[300] = "ncacn_ip_tcp:";
    troth_rpc_binding b;
    memset(text + 13, 'h', sizeof b.text - 1);
    assert_int_equal(troth_rpc_binding_parse(text, &b), TROTH_OK);
    assert_int_equal(strlen(b.host), sizeof b.text - 1);
    text[13 + sizeof b.text - 1] = 'h';
    assert_int_equal(troth_rpc_binding_parse(text, &b), TROTH_MALFORMED);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_vectors), cmocka_unit_test(test_longest_host) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
