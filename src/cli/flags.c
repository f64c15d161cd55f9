/* troth flags: SSPI's and GSS-API's numbers in words, and one numbering said in another. */
#include <cli/commands.h>
#include <cli/exit.h>
#include <cli/options.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <troth/flags.h>

typedef struct flags_options {
    const char *as, *to;
} flags_options;

static const troth_cli_option flags_table[] = {
    { "as", 0, TROTH_CLI_STRING, offsetof(flags_options, as), "SET", NULL,
      "explain: flags of this set, and of no other" },
    { "to", 0, TROTH_CLI_STRING, offsetof(flags_options, to), "SET", NULL, "map: the set to say them in" },
    { 0 },
};

static const troth_cli_usage flags_usage = {
    "flags",
    "list [SET] | explain NUMBER|NAME | map SET NUMBER --to SET",
    "SSPI's and GSS-API's numbers in words. SET is isc_req, isc_ret, asc_req, asc_ret, gss, or (list) status.",
    1,
    3,
    flags_table,
};

/* Sets are named in either case. */
static bool read_set(const char *text, troth_flag_set *ret)
{
    for (unsigned i = 0; i < TROTH_N_FLAG_SETS; i++)
        if (strcasecmp(text, troth_flag_set_name((troth_flag_set)i)) == 0) {
            *ret = (troth_flag_set)i;
            return true;
        }
    return false;
}

/* A number of 32 bits: decimal, or in hex behind 0x. As people copy statuses from logs, a negative one is one, too. */
static bool read_bits(const char *text, uint32_t *ret)
{
    char *end;
    errno = 0;
    long long v = strtoll(text, &end, 0);
    if (errno || end == text || *end || v > UINT32_MAX || v < INT32_MIN)
        return false;
    *ret = (uint32_t)v;
    return true;
}

/* ---- list ---- */

static void list_set(troth_flag_set set)
{
    troth_flag_word w;
    printf("%s\n", troth_flag_set_name(set));
    for (size_t i = 0; troth_flag_word_get(set, i, &w); i++) {
        printf("  0x%08" PRIX32 "  %-25s", w.bit, w.name);
        for (size_t p = 0; w.packages[p]; p++)
            printf(" %s", w.packages[p]);
        printf(set != TROTH_FLAG_SET_GSS && !w.packages[0] ? " -\n" : "\n");
    }
}

static void print_status(const troth_sspi_word *w)
{
    printf("0x%08" PRIX32 "  %-36s %s%s%s\n", w->value, w->name, w->text, w->gss ? "; " : "", w->gss ? w->gss : "");
}

static int list(const char *which)
{
    troth_flag_set set;
    troth_sspi_word w;
    bool statuses = which && strcasecmp(which, "status") == 0;
    if (statuses)
        for (size_t i = 0; troth_sspi_word_get(i, &w); i++)
            print_status(&w);
    else if (!which)
        for (unsigned i = 0; i < TROTH_N_FLAG_SETS; i++)
            list_set((troth_flag_set)i);
    else if (read_set(which, &set))
        list_set(set);
    else
        return troth_cli_usage_error(&flags_usage, which, "no such set");
    return TROTH_EXIT_OK;
}

/* ---- explain, map ---- */

/* One line: the set, the number, and its flags' names; what has none is a number. */
static void print_flags(const char *label, troth_flag_set set, uint32_t bits)
{
    troth_flag_word w;
    uint32_t rest = bits;
    printf("%-8s 0x%08" PRIX32, label, bits);
    for (size_t i = 0; troth_flag_word_get(set, i, &w); i++)
        if (bits & w.bit) {
            printf(" %s", w.name);
            rest &= ~w.bit;
        }
    if (rest)
        printf(" 0x%" PRIX32 "?", rest);
    printf("\n");
}

/* "ISC_REQ_IDENTIFY", "GSS_C_CONF_FLAG", "SEC_E_LOGON_DENIED": what number is that? */
static bool explain_name(const char *name)
{
    troth_flag_word f;
    troth_sspi_word w;
    for (size_t i = 0; troth_sspi_word_get(i, &w); i++)
        if (strcmp(w.name, name) == 0) {
            print_status(&w);
            return true;
        }
    for (unsigned s = 0; s < TROTH_N_FLAG_SETS; s++) {
        const char *set = troth_flag_set_name((troth_flag_set)s), *rest = name;
        size_t n = strlen(set);
        if (s != TROTH_FLAG_SET_GSS) {
            if (strncmp(name, set, n) != 0 || name[n] != '_')
                continue;
            rest += n + 1;
        }
        for (size_t i = 0; troth_flag_word_get((troth_flag_set)s, i, &f); i++)
            if (strcmp(f.name, rest) == 0) {
                print_flags(set, (troth_flag_set)s, f.bit);
                return true;
            }
    }
    return false;
}

/* A number may be a status or flags of any set: say all that it can be. An error is only ever a status. */
static int explain(const char *text, const char *as)
{
    uint32_t bits;
    troth_flag_set set = TROTH_FLAG_SET_ISC_REQ;
    troth_sspi_word w;
    if (as && !read_set(as, &set))
        return troth_cli_usage_error(&flags_usage, "--as", "no such set");
    if (!read_bits(text, &bits)) {
        if (explain_name(text))
            return TROTH_EXIT_OK;
        return troth_cli_usage_error(&flags_usage, text, "neither a number of 32 bits nor a name known here");
    }
    if (as) {
        print_flags(troth_flag_set_name(set), set, bits);
        return TROTH_EXIT_OK;
    }
    bool known = false;
    for (size_t i = 0; !known && troth_sspi_word_get(i, &w); i++)
        known = w.value == bits;
    if (known)
        print_status(&w);
    for (unsigned i = 0; (!known || !(bits & 0x80000000)) && bits && i < TROTH_N_FLAG_SETS; i++)
        print_flags(troth_flag_set_name((troth_flag_set)i), (troth_flag_set)i, bits);
    return TROTH_EXIT_OK;
}

static int map(const char *from_text, const char *text, const char *to_text)
{
    troth_flag_set from, to;
    uint32_t bits, left;
    if (!read_set(from_text, &from))
        return troth_cli_usage_error(&flags_usage, from_text, "no such set");
    if (!to_text || !read_set(to_text, &to))
        return troth_cli_usage_error(&flags_usage, "--to", "must name a set");
    if (!read_bits(text, &bits))
        return troth_cli_usage_error(&flags_usage, text, "not a number of 32 bits");
    print_flags(troth_flag_set_name(from), from, bits);
    print_flags(troth_flag_set_name(to), to, troth_flags_map(from, bits, to, &left));
    if (left)
        print_flags("no twin", from, left);
    return TROTH_EXIT_OK;
}

int troth_cli_flags(int argc, char **argv)
{
    flags_options o = { 0 };
    int first;
    troth_cli_parsed p = troth_cli_parse(&flags_usage, argc, argv, &o, &first);
    if (p != TROTH_CLI_GO)
        return troth_cli_parsed_exit(p);
    const char *verb = argv[first];
    int n = argc - first;
    if (strcmp(verb, "list") == 0 && n <= 2)
        return list(n == 2 ? argv[first + 1] : NULL);
    if (strcmp(verb, "explain") == 0 && n == 2)
        return explain(argv[first + 1], o.as);
    if (strcmp(verb, "map") == 0 && n == 3)
        return map(argv[first + 1], argv[first + 2], o.to);
    return troth_cli_usage_error(&flags_usage, verb,
                                 "wants list [SET], explain NUMBER|NAME, or map SET NUMBER --to SET");
}
