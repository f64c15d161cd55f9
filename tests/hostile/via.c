/* A via that is no URI is refused before anything is kept of it; MC-NMF 2.2.3.3. */
#include <string.h>
#include <support/rig.h>
#include <support/test.h>

static void test_via(void **state)
{
    (void)state;
    static const struct {
        const char *via;
        bool good;
    } rows[] = {
        { "net.tcp://h/s", true },
        { "a+b-c.d:x", true },
        { "Z:x", true },
        { "z:x", true },
        { "net.tcp://h/\x01s", false },
        { "net.tcp://h/ s", false },
        { "net.tcp://h/\x7fs", false },
        { "net tcp://h/s", false },
        { "net_tcp://h/s", false },
        { "[et.tcp://h/s", false },
        { "{et.tcp://h/s", false },
        { "1et.tcp://h/s", false },
        { "soap2.x:y", true },
        { "+a:x", false },
        { ":x", false },
        { "no colon", false },
        { "nocolon", false },
        { "net/tcp://h/s", false },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        rig r;
        troth_endpoint *s = NULL;
        uint8_t head[] = { 0, 1, 0, 1, 2, 2, (uint8_t)strlen(rows[i].via) };
        rig_world(&r, TROTH_MECH_KERBEROS, TROTH_LEVEL_SIGN);
        troth_nettcp_options o = { .nns = r.server };
        assert_int_equal(troth_nettcp_server_new(&o, 0, &s), TROTH_OK);
        rig_init(&r.s, s);
        rig_feed(&r.s, head, sizeof head);
        rig_feed(&r.s, rows[i].via, strlen(rows[i].via));
        if ((troth_endpoint_error(s)->code == TROTH_OK) != rows[i].good)
            fail_msg("%s: %s", rows[i].via, troth_status_name(troth_endpoint_error(s)->code));
        rig_end(&r);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_via) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
