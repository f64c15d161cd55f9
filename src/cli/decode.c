#include <cli/commands.h>
#include <cli/exit.h>
#include <cli/ior_words.h>
#include <cli/options.h>
#include <stdio.h>
#include <string.h>
#include <troth/ior.h>

static const troth_cli_option decode_table[] = { { 0 } };

static const troth_cli_usage decode_usage = {
    "decode", "ior IOR", "Put an object reference into words; IOR - reads it from standard input.", 2, 2, decode_table,
};

enum { LINE_ROOM = 2 * TROTH_IOR_OCTETS_MAX + 64 }; /* a reference as text, and some white space */

static int failed(const char *why, troth_status st)
{
    fprintf(stderr, "troth: decode: %s: %s\n", why, troth_status_text(st));
    return TROTH_EXIT_FAILED;
}

static int decode_ior(const char *text)
{
    static const char what[] = "not an object reference";
    uint8_t octets[TROTH_IOR_OCTETS_MAX];
    size_t n = 0;
    troth_ior ior;
    troth_status st = troth_ior_unhex(text, octets, sizeof octets, &n);
    if (!st)
        st = troth_ior_read((troth_bytes){ octets, n }, &ior);
    if (st)
        return failed(what, st);
    return troth_cli_print_ior(stdout, &ior) ? TROTH_EXIT_OK : TROTH_EXIT_FAILED; /* what could be read was printed */
}

int troth_cli_decode(int argc, char **argv)
{
    int first;
    char none;
    troth_cli_parsed p = troth_cli_parse(&decode_usage, argc, argv, &none, &first);
    if (p != TROTH_CLI_GO)
        return troth_cli_parsed_exit(p);
    if (strcmp(argv[first], "ior") != 0)
        return troth_cli_usage_error(&decode_usage, argv[first], "what can be decoded is: ior");
    if (strcmp(argv[first + 1], "-") != 0)
        return decode_ior(argv[first + 1]);
    char line[LINE_ROOM];
    return fgets(line, sizeof line, stdin) ? decode_ior(line) : failed("standard input", TROTH_IO);
}
