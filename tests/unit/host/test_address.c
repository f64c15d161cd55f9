#include <arpa/inet.h>
#include <host/address.h>
#include <netinet/in.h>
#include <support/test.h>

static const struct {
    const char *text, *host, *port, *path;
} good[] = {
    { "127.0.0.1:80", "127.0.0.1", "80", "" }, { "[::1]:65535", "::1", "65535", "" },
    { "localhost:0", "localhost", "0", "" },   { ":9000", "", "9000", "" },
    { "unix:/run/x", "", "", "/run/x" },       { "unix:rel", "", "", "rel" },
};
static const char *const bad[] = { "",      "host",      "host:", "host:65536", "host:1x", "::1:80",
                                   "[::1]", "[::1]x:80", "unix:", "host:-1",    "h:123456" };

static void test_read(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        troth_address a;
        assert_int_equal(troth_address_read(good[i].text, &a), TROTH_OK);
        assert_string_equal(a.host, good[i].host);
        assert_string_equal(a.port, good[i].port);
        assert_string_equal(a.path, good[i].path);
    }
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        troth_address a;
        if (troth_address_read(bad[i], &a) != TROTH_INVALID)
            fail_msg("\"%s\" was taken", bad[i]);
    }
    char path[256] = "unix:/";
    for (size_t i = 6; i < 120; i++)
        path[i] = 'x';
    troth_address a;
    assert_int_equal(troth_address_read(path, &a), TROTH_INVALID); /* sun_path holds 108 */
}

static void test_print(void **state)
{
    static const char *const texts[] = { "192.0.2.1:50000", "[2001:db8::1]:443", "unix:/run/x" };
    (void)state;
    for (size_t i = 0; i < 3; i++) {
        troth_address a;
        troth_addr sa;
        char text[TROTH_ADDRESS_TEXT];
        assert_int_equal(troth_address_read(texts[i], &a), TROTH_OK);
        assert_int_equal(troth_address_numeric(&a, &sa), TROTH_OK);
        troth_address_print(&sa, text);
        assert_string_equal(text, texts[i]);
    }
    troth_address a;
    troth_addr sa;
    assert_int_equal(troth_address_read("localhost:1", &a), TROTH_OK);
    assert_int_equal(troth_address_numeric(&a, &sa), TROTH_AGAIN);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_read), cmocka_unit_test(test_print) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
