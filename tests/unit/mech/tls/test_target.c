/* Which host a target means. */
#include <mech/tls/inner.h>
#include <string.h>
#include <support/test.h>

static void hosts(void **state)
{
    static const struct {
        const char *target, *host; /* NULL = refused */
    } rows[] = {
        { "server.test", "server.test" },
        { "server.test.", "server.test" },
        { "server.test:443", "server.test" },
        { "HTTP/server.test", "server.test" },
        { "HTTP/server.test:8443", "server.test" },
        { "HTTP/server.test/REALM.TEST", "server.test" },
        { "HTTP@server.test", "server.test" },
        { "127.0.0.1", "127.0.0.1" },
        { "127.0.0.1:443", "127.0.0.1" },
        { "::1", "::1" },
        { "[::1]:443", "::1" },
        { "HTTP/[2001:db8::7]", "2001:db8::7" },
        { "", NULL },
        { "HTTP/", NULL },
        { "HTTP/:443", NULL },
        { "HTTP@", NULL },
        { ".", NULL },
        { "[::1", NULL },
        { "[]", NULL },
        { "a b", NULL },
        { "a\nb", NULL },
        { "b\xc3\xbc"
          "cher.test",
          NULL }, /* the caller writes xn-- */
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char host[TLS_HOST] = "untouched";
        troth_status st = troth_tls_host(rows[i].target, host);
        assert_int_equal(st, rows[i].host ? TROTH_OK : TROTH_INVALID);
        assert_string_equal(host, rows[i].host ? rows[i].host : "untouched");
    }
    char longest[TLS_HOST + 1], host[TLS_HOST];
    memset(longest, 'a', sizeof longest);
    longest[TLS_HOST] = 0;
    assert_int_equal(troth_tls_host(longest, host), TROTH_INVALID);
    longest[TLS_HOST - 1] = 0;
    assert_int_equal(troth_tls_host(longest, host), TROTH_OK);
}

static void addresses(void **state)
{
    (void)state;
    assert_true(troth_tls_is_address("127.0.0.1") && troth_tls_is_address("::1"));
    assert_false(troth_tls_is_address("server.test") || troth_tls_is_address("1.2.3") || troth_tls_is_address(""));
}

static void same(void **state)
{
    (void)state;
    assert_true(troth_tls_same("AbC", 3, "aBc", true));
    assert_false(troth_tls_same("AbC", 3, "aBc", false));
    assert_false(troth_tls_same("AbC", 3, "AbCd", true));
    assert_false(troth_tls_same("AbCd", 4, "AbC", true));
    assert_false(troth_tls_same("@", 1, "`", true)); /* the neighbours of letters are none */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hosts),
        cmocka_unit_test(addresses),
        cmocka_unit_test(same),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
