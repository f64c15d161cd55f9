/* troth flags: what it says of numbers that people meet in logs, and what it refuses. */
#include <cli/commands.h>
#include <cli/exit.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <support/test.h>
#include <troth/flags.h>
#include <unistd.h>

static char said[32768];

/* Run it with a command line of up to six words, keep what it says on stdout. */
static int run(const char *a, const char *b, const char *c, const char *d, const char *e)
{
    const char *words[] = { "flags", a, b, c, d, e, NULL };
    char copies[6][64], *argv[7] = { 0 };
    int argc = 0;
    for (; argc < 6 && words[argc]; argc++) {
        snprintf(copies[argc], sizeof copies[argc], "%s", words[argc]);
        argv[argc] = copies[argc];
    }
    FILE *f = tmpfile();
    assert_non_null(f);
    fflush(stdout);
    int out = dup(1);
    dup2(fileno(f), 1);
    int code = troth_cli_flags(argc, argv);
    fflush(stdout);
    dup2(out, 1);
    close(out);
    rewind(f);
    said[fread(said, 1, sizeof said - 1, f)] = 0;
    fclose(f);
    return code;
}

static void has(const char *text)
{
    if (!strstr(said, text))
        fail_msg("no \"%s\" in: %s", text, said);
}

static void explains(void **state)
{
    (void)state;
    assert_int_equal(run("explain", "0x8009030C", NULL, NULL, NULL), TROTH_EXIT_OK);
    has("0x8009030C  SEC_E_LOGON_DENIED");
    has("GSS_S_UNAUTHORIZED");
    assert_null(strstr(said, "ISC_REQ"));
    assert_int_equal(run("explain", "SEC_E_LOGON_DENIED", NULL, NULL, NULL), TROTH_EXIT_OK);
    has("0x8009030C");
    assert_int_equal(run("explain", "0x00090312", NULL, NULL, NULL), TROTH_EXIT_OK);
    has("SEC_I_CONTINUE_NEEDED");
    has("ISC_REQ  0x00090312");
    /* the same bit is another thing on the other side */
    assert_int_equal(run("explain", "0x20000", NULL, NULL, NULL), TROTH_EXIT_OK);
    has("ISC_REQ  0x00020000 IDENTIFY\n");
    has("ASC_REQ  0x00020000 INTEGRITY\n");
    has("GSS      0x00020000 0x20000?\n");
    assert_int_equal(run("explain", "--as", "asc_ret", "0x8000", NULL), TROTH_EXIT_OK);
    assert_string_equal(said, "ASC_RET  0x00008000 EXTENDED_ERROR\n");
    assert_int_equal(run("explain", "ISC_REQ_IDENTIFY", NULL, NULL, NULL), TROTH_EXIT_OK);
    assert_string_equal(said, "ISC_REQ  0x00020000 IDENTIFY\n");
    assert_int_equal(run("explain", "-2146893044", NULL, NULL, NULL), TROTH_EXIT_USAGE); /* reads as an option */
    assert_int_equal(run("explain", "--", "-2146893044", NULL, NULL), TROTH_EXIT_OK);
    has("SEC_E_LOGON_DENIED");
}

static void maps(void **state)
{
    (void)state;
    assert_int_equal(run("map", "ISC_REQ", "0x8021E", "--to", "gss"), TROTH_EXIT_OK);
    has("ISC_REQ  0x0008021E MUTUAL_AUTH REPLAY_DETECT SEQUENCE_DETECT CONFIDENTIALITY USE_DCE_STYLE");
    has("GSS      0x0000101E GSS_C_MUTUAL_FLAG");
    has("no twin  0x00080000 MANUAL_CRED_VALIDATION\n");
    assert_int_equal(run("map", "isc_req", "0x3C000", "--to", "ASC_REQ"), TROTH_EXIT_OK);
    has("ASC_REQ  0x000B8000"); /* EXTENDED_ERROR, STREAM, INTEGRITY, IDENTIFY, each shifted */
    assert_int_equal(run("map", "gss", "0x20", "--to", "isc_ret"), TROTH_EXIT_OK);
    has("ISC_RET  0x00010000 INTEGRITY\n");
    assert_null(strstr(said, "no twin"));
}

/* [spec 1.3] The traps of passing one numbering through as the other: none of these is the GSS flag of its number. */
static void traps(void **state)
{
    static const uint32_t isc[] = { 0x20, 0x40, 0x80, 0x100, 0x800, 0x2000, 0x8000, 0x10000 };
    (void)state;
    for (size_t i = 0; i < sizeof isc / sizeof *isc; i++) {
        uint32_t left;
        assert_int_not_equal(troth_flags_map(TROTH_FLAG_SET_ISC_REQ, isc[i], TROTH_FLAG_SET_GSS, &left), isc[i]);
    }
}

/* A bit has one meaning in its set; there and back it is the same bit. */
static void sets(void **state)
{
    (void)state;
    for (unsigned s = 0; s < TROTH_N_FLAG_SETS; s++) {
        troth_flag_word w;
        uint32_t seen = 0, left;
        for (size_t i = 0; troth_flag_word_get((troth_flag_set)s, i, &w); i++) {
            assert_true(w.name && w.bit && !(w.bit & (w.bit - 1)) && !(seen & w.bit));
            seen |= w.bit;
            for (unsigned to = 0; to < TROTH_N_FLAG_SETS; to++) {
                uint32_t there = troth_flags_map((troth_flag_set)s, w.bit, (troth_flag_set)to, &left);
                assert_int_equal(left, there ? 0 : w.bit);
                if (there)
                    assert_int_equal(troth_flags_map((troth_flag_set)to, there, (troth_flag_set)s, &left), w.bit);
            }
        }
        assert_true(seen);
    }
    assert_null(troth_flag_set_name(TROTH_N_FLAG_SETS));
}

static void statuses(void **state)
{
    troth_sspi_word w;
    size_t n = 0;
    (void)state;
    for (; troth_sspi_word_get(n, &w); n++) {
        assert_true(w.name && strncmp(w.name, "SEC_", 4) == 0 && w.text && *w.text);
        assert_int_equal(run("explain", w.name, NULL, NULL, NULL), TROTH_EXIT_OK);
    }
    assert_int_equal(n, 93); /* spec 1.4, less the alias NOT_SUPPORTED */
}

static void lists(void **state)
{
    (void)state;
    assert_int_equal(run("list", NULL, NULL, NULL, NULL), TROTH_EXIT_OK);
    has("ISC_REQ\n");
    has("ASC_RET\n");
    has("GSS_C_DELEG_POLICY_FLAG");
    assert_int_equal(run("list", "asc_req", NULL, NULL, NULL), TROTH_EXIT_OK);
    has("  0x00020000  INTEGRITY                 Kerberos NTLM Negotiate Schannel\n");
    assert_null(strstr(said, "ISC"));
    assert_int_equal(run("list", "status", NULL, NULL, NULL), TROTH_EXIT_OK);
    has("SEC_E_POLICY_NLTM_ONLY");
}

static void refuses(void **state)
{
    static const char *const lines[][5] = {
        { NULL },
        { "what" },
        { "list", "isc" },
        { "list", "isc_req", "isc_ret" },
        { "explain" },
        { "explain", "0x100000000" },
        { "explain", "0xg" },
        { "explain", "SEC_E_NO_SUCH" },
        { "explain", "ISC_REQ_" },
        { "explain", "--as", "no", "1" },
        { "map", "isc_req", "1" },
        { "map", "isc_req", "1", "--to", "isc" },
        { "map", "isc", "1", "--to", "gss" },
        { "map", "isc_req", "one", "--to", "gss" },
    };
    (void)state;
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        const char *const *l = lines[i];
        assert_int_equal(run(l[0], l[1], l[2], l[3], l[4]), TROTH_EXIT_USAGE);
        assert_string_equal(said, "");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(explains), cmocka_unit_test(maps),  cmocka_unit_test(traps),   cmocka_unit_test(sets),
        cmocka_unit_test(statuses), cmocka_unit_test(lists), cmocka_unit_test(refuses),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
