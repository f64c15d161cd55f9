#include <fcntl.h>
#include <gateway/log.h>
#include <jansson.h>
#include <string.h>
#include <support/env.h>
#include <support/test.h>
#include <unistd.h>

static const uint64_t wall = 17670123456780000; /* 2025-12-29T12:45:45.678Z */

static troth_event established(void)
{
    return (troth_event){ .facts = { .outer = TROTH_MECH_SPNEGO,
                                     .mech = TROTH_MECH_KERBEROS,
                                     .attributes = TROTH_F_MUTUAL | TROTH_F_REPLAY,
                                     .legs = 3 },
                          .level = TROTH_LEVEL_SIGN,
                          .impersonation = TROTH_IMPERSONATE };
}

static const troth_error fine = { .where = "" };
static const troth_error denied = { .code = TROTH_DENIED, .wire = 0x8009030c, .where = "MS-NLMP 3.3.2" };

static void test_text(void **state)
{
    char line[TROTH_LOG_LINE];
    troth_event ev = established();
    troth_log_record r = { "end", 7, "nns", "192.0.2.1:5", &ev, "alice@EXAMPLE.TEST", 10, 20, 30, &fine, NULL };
    (void)state;
    size_t n = troth_log_text(&r, wall, 0, line, sizeof line);
    assert_int_equal(n, strlen(line));
    assert_string_equal(line, "2025-12-29T12:45:45.678Z info end conn_id=7 proto=nns mech=kerberos outer=spnego "
                              "peer=192.0.2.1:5 principal=alice@EXAMPLE.TEST level=sign impersonation=impersonate "
                              "flags=mutual,replay legs=3 bytes_in=10 bytes_out=20 ms=30 status_code=0 status_name=OK");
    r = (troth_log_record){ "refused", 8, "nns", "192.0.2.1:5", NULL, NULL, 0, 0, 1, &denied, NULL };
    (void)troth_log_text(&r, wall, 5, line, sizeof line);
    assert_non_null(strstr(line, " notice refused conn_id=8 "));
    assert_non_null(
        strstr(line, "status_name=DENIED wire=0x8009030c where=\"MS-NLMP 3.3.2\" like_it=5 hint=\"the password"));
    assert_null(strstr(line, "principal"));
}

/* A context of many, and the connection that carried them. */
static void test_rpc(void **state)
{
    char line[TROTH_LOG_LINE];
    troth_event ev = established();
    const troth_log_rpc one = { .context = true, .context_id = 79231, .level = "integrity" };
    const troth_log_rpc all = { .contexts = 3, .group = 17, .calls = 4, .pdus_in = 9, .pdus_out = 8 };
    troth_log_record r = { "context", 7, "rpc", "192.0.2.1:5", &ev, "alice@EXAMPLE.TEST", 0, 0, 30, &fine, &one };
    (void)state;
    (void)troth_log_text(&r, wall, 0, line, sizeof line);
    assert_non_null(strstr(line, " legs=3 context_id=79231 rpc_level=integrity bytes_in=0 "));
    size_t n = troth_log_json(&r, wall, 0, line, sizeof line);
    json_t *o = json_loadb(line, n, JSON_REJECT_DUPLICATES, NULL);
    assert_int_equal(json_integer_value(json_object_get(o, "context_id")), 79231);
    assert_string_equal(json_string_value(json_object_get(o, "rpc_level")), "integrity");
    assert_null(json_object_get(o, "contexts"));
    json_decref(o);
    r.event = "end";
    r.rpc = &all;
    (void)troth_log_text(&r, wall, 0, line, sizeof line);
    assert_non_null(strstr(line, " contexts=3 group=17 calls=4 pdus_in=9 pdus_out=8 bytes_in=0 "));
    n = troth_log_json(&r, wall, 0, line, sizeof line);
    o = json_loadb(line, n, JSON_REJECT_DUPLICATES, NULL);
    assert_int_equal(json_integer_value(json_object_get(o, "contexts")), 3);
    assert_int_equal(json_integer_value(json_object_get(o, "pdus_out")), 8);
    assert_null(json_object_get(o, "context_id"));
    json_decref(o);
}

static void test_hostile_names(void **state)
{
    static const char name[] = "x\n2025 info end\tprincipal=root \"\\\x1b[31m\x7f@R";
    char line[TROTH_LOG_LINE];
    troth_event ev = established();
    const troth_log_record r = { "end", 7, "nns", "p", &ev, name, 0, 0, 0, &fine, NULL };
    (void)state;
    (void)troth_log_text(&r, wall, 0, line, sizeof line);
    for (const char *p = line; *p; p++)
        assert_in_range((unsigned char)*p, 0x20, 0x7e);
    assert_non_null(
        strstr(line, "principal=\"x\\x0a2025 info end\\x09principal=root \\\"\\\\\\x1b[31m\\x7f@R\" level"));
    size_t n = troth_log_json(&r, wall, 0, line, sizeof line);
    for (const char *p = line; *p; p++)
        assert_true((unsigned char)*p >= 0x20);
    json_t *o = json_loadb(line, n, JSON_REJECT_DUPLICATES, NULL);
    assert_non_null(o);
    assert_string_equal(json_string_value(json_object_get(o, "principal")), name);
    json_decref(o);
}

static void test_json_fields(void **state)
{
    static const char *const always[] = { "ts",       "severity",  "event", "conn_id",     "proto",      "peer",
                                          "bytes_in", "bytes_out", "ms",    "status_code", "status_name" };
    static const char *const complete[] = { "mech", "outer", "principal", "level", "impersonation", "flags", "legs" };
    char line[TROTH_LOG_LINE];
    troth_event ev = established();
    const troth_log_record rs[] = { { "end", 7, "nns", "p", &ev, "a@B", 1, 2, 3, &fine, NULL },
                                    { "refused", 8, "nns", "p", NULL, NULL, 0, 0, 0, &denied, NULL } };
    (void)state;
    for (int i = 0; i < 2; i++) {
        size_t n = troth_log_json(&rs[i], wall, 0, line, sizeof line);
        json_t *o = json_loadb(line, n, 0, NULL);
        assert_non_null(o);
        for (size_t k = 0; k < sizeof always / sizeof *always; k++)
            assert_non_null(json_object_get(o, always[k]));
        for (size_t k = 0; k < sizeof complete / sizeof *complete; k++)
            assert_true((json_object_get(o, complete[k]) != NULL) == (i == 0));
        assert_true((json_object_get(o, "hint") != NULL) == (i == 1));
        json_decref(o);
    }
}

/* Whatever the room, the line ends inside it. */
static void test_no_overrun(void **state)
{
    char big[6000];
    troth_event ev = established();
    memset(big, '"', sizeof big - 1);
    big[sizeof big - 1] = 0;
    const troth_log_record r = { "end", 7, "nns", "p", &ev, big, 1, 2, 3, &fine, NULL };
    (void)state;
    for (size_t room = 300; room < 700; room++) {
        char *line = test_malloc(room);
        assert_true(troth_log_text(&r, wall, 0, line, room) < room);
        assert_true(troth_log_json(&r, wall, 0, line, room) < room);
        test_free(line);
    }
}

static size_t lines_of(int fd)
{
    static char buf[1 << 18];
    ssize_t n = read(fd, buf, sizeof buf);
    size_t lines = 0;
    for (ssize_t i = 0; i < n; i++)
        lines += buf[i] == '\n';
    return lines;
}

static void test_rate(void **state)
{
    test_env t;
    troth_log l;
    int p[2];
    troth_event ev = established();
    const troth_log_record refused = { "refused", 8, "nns", "p", NULL, NULL, 0, 0, 1, &denied, NULL };
    const troth_log_record end = { "end", 8, "nns", "p", &ev, "a@B", 0, 0, 1, &fine, NULL };
    (void)state;
    test_env_init(&t);
    t.wall = wall;
    assert_int_equal(pipe2(p, O_NONBLOCK), 0);
    assert_int_equal(troth_log_init(&l, &t.env, p[1], TROTH_LOG_JSON), TROTH_OK);
    for (int i = 0; i < 100; i++)
        troth_log_context(&l, &refused);
    assert_int_equal(lines_of(p[0]), 20); /* a flood of one failure is cut ... */
    for (int i = 0; i < 50; i++)
        troth_log_context(&l, &end);
    assert_int_equal(lines_of(p[0]), 50); /* ... an authenticated context never */
    t.wall += 10000000;
    troth_log_context(&l, &refused);
    char line[2048];
    ssize_t n = read(p[0], line, sizeof line - 1);
    line[n > 0 ? n : 0] = 0;
    assert_non_null(strstr(line, "\"like_it\":80")); /* and the next second tells how many there were */
    close(p[0]);
    close(p[1]);
    troth_log_clear(&l);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_text),          cmocka_unit_test(test_rpc),
                                        cmocka_unit_test(test_hostile_names), cmocka_unit_test(test_json_fields),
                                        cmocka_unit_test(test_no_overrun),    cmocka_unit_test(test_rate) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
