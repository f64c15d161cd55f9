/* troth/gssup.h: a file of users is changed in one place only. */
#include <support/test.h>
/* the blank line keeps cmocka's prerequisites in front */
#include "gssup_lines.h"
#include <base/mem.h>
#include <csiv2/gssup_store.h>
#include <stdlib.h>
#include <string.h>
#include <support/env.h>
#include <troth/gssup.h>

static const uint8_t key[16] = "sixteen octets!";

static troth_bytes bytes(const char *s)
{
    return (troth_bytes){ (const uint8_t *)s, strlen(s) };
}

static troth_status edit(test_env *t, const char *text, const char *user, const char *password, troth_block *ret,
                         troth_gssup_edit *ret_edit)
{
    return troth_gssup_store_edit(&t->env, bytes(text), user, bytes(password), TROTH_GSSUP_COST_MIN, ret, ret_edit);
}

static bool opens(test_env *t, const troth_block *text, const char *user, const char *password)
{
    troth_gssup_store s;
    troth_gssup_complaint wrong;
    bool known;
    assert_int_equal(troth_gssup_store_read(&t->env, (troth_bytes){ text->data, text->len }, key, &s, &wrong),
                     TROTH_OK);
    troth_status st = troth_gssup_store_check(&s, bytes(user), bytes(password), &known);
    troth_gssup_store_clear(&t->env, &s);
    return st == TROTH_OK;
}

static void test_add_change_delete(void **state)
{
    (void)state;
    test_env t;
    troth_block text;
    troth_gssup_edit e;
    test_env_init(&t);
    test_env_secret(&t, "fresh word", 10);
    assert_int_equal(edit(&t, "# top\n" ALICE "# end", "bob", "fresh word", &text, &e), TROTH_OK);
    assert_false(e.existed);
    assert_memory_equal(text.data, "# top\n" ALICE "# end\nbob:$scrypt$ln=10,r=8,p=1$", strlen(ALICE) + 38);
    assert_true(opens(&t, &text, "bob", "fresh word") && opens(&t, &text, "alice", "s3cret"));
    troth_mem_drop(&t.env, &text);
    assert_int_equal(edit(&t, ALICE BOB "# end\n", "alice@", "fresh word", &text, &e),
                     TROTH_OK); /* he, spelled otherwise */
    assert_true(e.existed);
    assert_true(opens(&t, &text, "alice", "fresh word") && !opens(&t, &text, "alice", "s3cret"));
    assert_memory_equal(text.data + text.len - strlen(BOB "# end\n"), BOB "# end\n", strlen(BOB "# end\n"));
    troth_mem_drop(&t.env, &text);
    assert_int_equal(edit(&t, ALICE BOB, "alice", "", &text, &e), TROTH_OK);
    assert_true(e.existed);
    assert_int_equal(text.len, strlen(BOB));
    assert_memory_equal(text.data, BOB, text.len);
    troth_mem_drop(&t.env, &text);
    test_env_check(&t);
}

static void test_refused(void **state)
{
    (void)state;
    static const char *const users[] = { "", "@x", "a:b", "#a", "a\nb", "a\rb", "a\\b", "\xff" };
    test_env t;
    troth_block text;
    troth_gssup_edit e;
    test_env_init(&t);
    for (size_t i = 0; i < sizeof users / sizeof *users; i++)
        assert_int_equal(edit(&t, "", users[i], "x", &text, &e), TROTH_INVALID);
    assert_int_equal(edit(&t, "", "alice", "\xff", &text, &e), TROTH_INVALID);
    assert_int_equal(edit(&t, ALICE "\nbob", "carol", "x", &text, &e), TROTH_BAD_CONFIG);
    assert_int_equal(e.line, 3);
    assert_non_null(strstr(e.what, "not of the form"));
    for (unsigned cost = 0; cost < 30; cost++)
        if (cost && (cost < 10 || cost > 16))
            assert_int_equal(troth_gssup_store_edit(&t.env, bytes(""), "a", bytes("x"), cost, &text, &e),
                             TROTH_INVALID);
    assert_int_equal(troth_gssup_store_edit(&t.env, bytes(""), "a", bytes("x"), 16, &text, &e), TROTH_OK);
    troth_mem_drop(&t.env, &text);
    test_env_check(&t);
}

static void test_no_memory(void **state)
{
    (void)state;
    for (size_t fail = 1;; fail++) {
        test_env t;
        troth_block text;
        troth_gssup_edit e;
        test_env_init(&t);
        t.fail_at = fail;
        troth_status st = edit(&t, ALICE BOB, "carol", "x", &text, &e);
        bool over = t.allocs < fail;
        assert_int_equal(st, over ? TROTH_OK : TROTH_NO_MEMORY);
        if (!st)
            troth_mem_drop(&t.env, &text);
        test_env_check(&t);
        if (over)
            break;
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_add_change_delete), cmocka_unit_test(test_refused),
                                        cmocka_unit_test(test_no_memory) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
