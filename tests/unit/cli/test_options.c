/* The option table: what fills which field, and that every complaint names the option. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cli/exit.h>
#include <cli/options.h>
#include <cmocka.h>

typedef struct values {
    bool flag;
    unsigned count;
    const char *text;
    troth_cli_list list;
    int choice;
    uint64_t number, duration, size;
} values;

static const troth_cli_word words[] = { { "none", 0 }, { "sign", 1 }, { "encrypt", 2 }, { NULL, 0 } };

#define AT(field) offsetof(values, field)
static const troth_cli_option table[] = {
    { "flag", 0, TROTH_CLI_FLAG, AT(flag), NULL, NULL, "a flag" },
    { "verbose", 'v', TROTH_CLI_COUNT, AT(count), NULL, NULL, "a count" },
    { "text", 't', TROTH_CLI_STRING, AT(text), "TEXT", NULL, "a text" },
    { "allow", 0, TROTH_CLI_LIST, AT(list), "PATTERN", NULL, "a list" },
    { "level", 0, TROTH_CLI_CHOICE, AT(choice), "LEVEL", words, "a choice" },
    { "number", 0, TROTH_CLI_NUMBER, AT(number), "N", NULL, "a number" },
    { "timeout", 0, TROTH_CLI_DURATION, AT(duration), "TIME", NULL, "a duration" },
    { "budget", 0, TROTH_CLI_SIZE, AT(size), "SIZE", NULL, "a size" },
    { 0 },
};
static const troth_cli_usage usage = { "test", "WIRE [ADDRESS]", "A command.", 1, 2, table };
static const troth_cli_usage usage_any = { "test", "COMMAND...", "A command.", 1, -1, table };

/* Run the parser with one of stdout or stderr caught. */
static troth_cli_parsed parse(const troth_cli_usage *u, const char *const *words_in, values *v, int *first, int fd,
                              char *caught, size_t size)
{
    char *argv[32] = { (char *)"test" };
    int argc = 1;
    for (; words_in[argc - 1]; argc++)
        argv[argc] = (char *)words_in[argc - 1];
    fflush(NULL);
    int saved = dup(fd), ends[2];
    assert_int_equal(pipe(ends), 0);
    dup2(ends[1], fd);
    troth_cli_parsed p = troth_cli_parse(u, argc, argv, v, first);
    fflush(NULL);
    dup2(saved, fd);
    close(saved);
    close(ends[1]);
    size_t n = 0;
    for (ssize_t got; n < size - 1 && (got = read(ends[0], caught + n, size - 1 - n)) > 0;)
        n += (size_t)got;
    caught[n] = 0;
    close(ends[0]);
    return p;
}

#define WORDS(...) ((const char *const[]){ __VA_ARGS__, NULL })

static void test_all_kinds(void **state)
{
    (void)state;
    values v = { 0 };
    int first = 0;
    char out[4096];
    assert_int_equal(
        parse(&usage,
              WORDS("nns", "--flag", "-vv", "--verbose", "-t", "x", "--allow", "a@R", "--allow=D\\b", "--level",
                    "encrypt", "--number", "18446744073709551615", "--timeout", "250ms", "--budget", "64m"),
              &v, &first, 2, out, sizeof out),
        TROTH_CLI_GO);
    assert_string_equal(out, "");
    assert_int_equal(first, 17); /* the operand moved behind the options */
    assert_true(v.flag);
    assert_int_equal(v.count, 3);
    assert_string_equal(v.text, "x");
    assert_int_equal(v.list.n, 2);
    assert_string_equal(v.list.items[1], "D\\b");
    assert_int_equal(v.choice, 2);
    assert_int_equal(v.number, UINT64_MAX);
    assert_int_equal(v.duration, 250);
    assert_int_equal(v.size, 64u << 20);
}

static void test_complaints_name_the_option(void **state)
{
    (void)state;
    static const struct {
        const char *words[4], *names;
    } wrong[] = {
        { { "nns", "--level", "high" }, "--level" },
        { { "nns", "--number", "1x" }, "--number" },
        { { "nns", "--number", "-1" }, "--number" },
        { { "nns", "--timeout", "5d" }, "--timeout" },
        { { "nns", "--budget", "1q" }, "--budget" },
        { { "nns", "--text" }, "--text" },
        { { "nns", "--nonsense" }, "--nonsense" },
        { { "nns", "-x" }, "-x" },
        { { "nns", "--flag=1" }, "--flag" },
        { { "a", "b", "c" }, "c" },
        { { NULL }, "WIRE" },
        { { "nns", "-t" }, "-t" },
        { { "nns", "--number", "18446744073709551616" }, "--number" },
        { { "nns", "--timeout", "18446744073709551615h" }, "--timeout" },
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        values v = { 0 };
        int first = 0;
        char out[4096];
        troth_cli_parsed p = parse(&usage, wrong[i].words, &v, &first, 2, out, sizeof out);
        assert_int_equal(p, TROTH_CLI_WRONG);
        assert_int_equal(troth_cli_parsed_exit(p), TROTH_EXIT_USAGE);
        if (!strstr(out, wrong[i].names))
            fail_msg("%s is not named in: %s", wrong[i].names, out);
    }
}

static void test_help_lists_every_option(void **state)
{
    (void)state;
    values v = { 0 };
    int first = 0;
    char out[4096];
    troth_cli_parsed p = parse(&usage, WORDS("--help"), &v, &first, 1, out, sizeof out);
    assert_int_equal(p, TROTH_CLI_HELP);
    assert_int_equal(troth_cli_parsed_exit(p), TROTH_EXIT_OK);
    for (const troth_cli_option *o = table; o->name; o++) {
        assert_non_null(strstr(out, o->name));
        assert_non_null(strstr(out, o->help));
    }
    assert_non_null(strstr(out, "none, sign, encrypt"));
}

static void test_options_of_another_command_are_left_alone(void **state)
{
    (void)state;
    values v = { 0 };
    int first = 0;
    char out[4096];
    assert_int_equal(parse(&usage_any, WORDS("-v", "ls", "--flag"), &v, &first, 2, out, sizeof out), TROTH_CLI_GO);
    assert_int_equal(first, 2);
    assert_int_equal(v.count, 1);
    assert_false(v.flag);
}

static void test_a_list_has_an_end(void **state)
{
    (void)state;
    values v = { .list.n = TROTH_CLI_LIST_MAX };
    int first = 0;
    char out[4096];
    assert_int_equal(parse(&usage, WORDS("nns", "--allow", "x"), &v, &first, 2, out, sizeof out), TROTH_CLI_WRONG);
    assert_non_null(strstr(out, "--allow"));
}

static void test_units(void **state)
{
    (void)state;
    uint64_t n;
    assert_true(troth_cli_read_duration("30", &n) && n == 30000);
    assert_true(troth_cli_read_duration("5m", &n) && n == 300000);
    assert_true(troth_cli_read_duration("1H", &n) && n == 3600000);
    assert_true(troth_cli_read_size("4K", &n) && n == 4096);
    assert_true(troth_cli_read_size("17", &n) && n == 17);
    assert_false(troth_cli_read_size("", &n));
    assert_false(troth_cli_read_size(" 1", &n));
    assert_false(troth_cli_read_size("-1", &n));
    assert_false(troth_cli_read_size("18014398509481984k", &n)); /* 2^64 */
    assert_false(troth_cli_read_number("", &n));
    assert_false(troth_cli_read_number("+1", &n));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_all_kinds),
        cmocka_unit_test(test_complaints_name_the_option),
        cmocka_unit_test(test_help_lists_every_option),
        cmocka_unit_test(test_options_of_another_command_are_left_alone),
        cmocka_unit_test(test_a_list_has_an_end),
        cmocka_unit_test(test_units),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
