#include <cli/exit.h>
#include <cli/options.h>
#include <ctype.h>
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { OPTIONS_MAX = 48, HELP = 1000, FIRST_LONG = 1001, COLUMN = 30 };

static bool takes_argument(troth_cli_kind kind)
{
    return kind != TROTH_CLI_FLAG && kind != TROTH_CLI_COUNT;
}

bool troth_cli_read_number(const char *text, uint64_t *ret)
{
    if (!isdigit((unsigned char)text[0]))
        return false;
    char *end;
    errno = 0;
    uint64_t n = strtoull(text, &end, 10);
    if (errno || *end)
        return false;
    *ret = n;
    return true;
}

/* A number and a unit from a table; the unit "" must be listed if a bare number is to be legal. */
typedef struct unit {
    const char *name;
    uint64_t factor;
} unit;

static bool read_scaled(const char *text, const unit *units, uint64_t *ret)
{
    if (!isdigit((unsigned char)text[0]))
        return false;
    char *end;
    errno = 0;
    uint64_t n = strtoull(text, &end, 10);
    if (errno)
        return false;
    for (; units->name; units++) {
        if (strcasecmp(end, units->name) != 0)
            continue;
        if (n > UINT64_MAX / units->factor)
            return false;
        *ret = n * units->factor;
        return true;
    }
    return false;
}

bool troth_cli_read_duration(const char *text, uint64_t *ret_ms)
{
    static const unit units[] = { { "", 1000 },   { "ms", 1 },      { "s", 1000 },
                                  { "m", 60000 }, { "h", 3600000 }, { NULL, 0 } };
    return read_scaled(text, units, ret_ms);
}

bool troth_cli_read_size(const char *text, uint64_t *ret)
{
    static const unit units[] = { { "", 1 }, { "k", 1u << 10 }, { "m", 1u << 20 }, { "g", 1u << 30 }, { NULL, 0 } };
    return read_scaled(text, units, ret);
}

static void complain_choice(const troth_cli_usage *u, const troth_cli_option *o, const char *text)
{
    fprintf(stderr, "troth %s: --%s: \"%s\" is not one of", u->name, o->name, text);
    for (const troth_cli_word *w = o->words; w->word; w++)
        fprintf(stderr, "%s %s", w == o->words ? "" : ",", w->word);
    fprintf(stderr, "\n");
}

static bool set_choice(const troth_cli_usage *u, const troth_cli_option *o, const char *text, int *field)
{
    for (const troth_cli_word *w = o->words; w->word; w++) {
        if (strcmp(w->word, text) == 0) {
            *field = w->value;
            return true;
        }
    }
    complain_choice(u, o, text);
    return false;
}

static bool add_item(const troth_cli_usage *u, const troth_cli_option *o, const char *text, troth_cli_list *field)
{
    if (field->n == TROTH_CLI_LIST_MAX) {
        fprintf(stderr, "troth %s: --%s: given more than %d times\n", u->name, o->name, TROTH_CLI_LIST_MAX);
        return false;
    }
    field->items[field->n++] = text;
    return true;
}

static bool complain_scaled(const troth_cli_usage *u, const troth_cli_option *o, const char *text, const char *form)
{
    fprintf(stderr, "troth %s: --%s: \"%s\" is not %s\n", u->name, o->name, text, form);
    return false;
}

static bool set(const troth_cli_usage *u, const troth_cli_option *o, const char *text, void *values)
{
    void *field = (char *)values + o->at;
    switch (o->kind) {
    case TROTH_CLI_FLAG:
        *(bool *)field = true;
        return true;
    case TROTH_CLI_COUNT:
        ++*(unsigned *)field;
        return true;
    case TROTH_CLI_STRING:
        *(const char **)field = text;
        return true;
    case TROTH_CLI_LIST:
        return add_item(u, o, text, field);
    case TROTH_CLI_CHOICE:
        return set_choice(u, o, text, field);
    case TROTH_CLI_NUMBER:
        return troth_cli_read_number(text, field) || complain_scaled(u, o, text, "a decimal number");
    case TROTH_CLI_DURATION:
        return troth_cli_read_duration(text, field) ||
               complain_scaled(u, o, text, "a duration such as 250ms, 30s, 5m or 1h");
    case TROTH_CLI_SIZE:
        return troth_cli_read_size(text, field) || complain_scaled(u, o, text, "a size such as 512, 64k or 16m");
    }
    return false;
}

/* Print "  -v, --verbose        text" for one option. */
static void print_option(const troth_cli_option *o)
{
    char left[80];
    char letter[8] = "    ";
    if (o->letter)
        snprintf(letter, sizeof letter, "-%c, ", o->letter);
    snprintf(left, sizeof left, "  %s--%s%s%s", letter, o->name, o->arg ? " " : "", o->arg ? o->arg : "");
    printf("%-*s%s%s", COLUMN, left, strlen(left) >= COLUMN ? "  " : "", o->help);
    if (o->kind == TROTH_CLI_CHOICE) {
        for (const troth_cli_word *w = o->words; w->word; w++)
            printf("%s%s", w == o->words ? ": " : ", ", w->word);
    }
    printf("\n");
}

static void print_usage(const troth_cli_usage *u)
{
    printf("usage: troth %s %s%s[options]\n%s\n\n", u->name, u->operands, *u->operands ? " " : "", u->summary);
    for (const troth_cli_option *o = u->options; o->name; o++)
        print_option(o);
    printf("  -h, --help                  print this\n");
}

int troth_cli_usage_error(const troth_cli_usage *u, const char *what, const char *why)
{
    fprintf(stderr, "troth %s: %s: %s\n", u->name, what, why);
    fprintf(stderr, "`troth %s --help` lists the options\n", u->name);
    return TROTH_EXIT_USAGE;
}

int troth_cli_parsed_exit(troth_cli_parsed p)
{
    return p == TROTH_CLI_WRONG ? TROTH_EXIT_USAGE : TROTH_EXIT_OK;
}

/* Make getopt's two descriptions out of ours. */
static size_t describe(const troth_cli_option *options, struct option *longs, char *shorts)
{
    size_t n = 0;
    *shorts++ = '+'; /* left out, see below, where operands and options may be mixed */
    *shorts++ = ':';
    *shorts++ = 'h';
    for (const troth_cli_option *o = options; o->name && n < OPTIONS_MAX; o++, n++) {
        longs[n] = (struct option){ o->name, takes_argument(o->kind) ? required_argument : no_argument, NULL,
                                    FIRST_LONG + (int)n };
        if (!o->letter)
            continue;
        *shorts++ = o->letter;
        if (takes_argument(o->kind))
            *shorts++ = ':';
    }
    longs[n] = (struct option){ "help", no_argument, NULL, HELP };
    longs[n + 1] = (struct option){ 0 };
    *shorts = 0;
    return n;
}

static const troth_cli_option *by_letter(const troth_cli_option *o, int letter)
{
    for (; o->name; o++) {
        if (o->letter && o->letter == letter)
            return o;
    }
    return NULL;
}

static troth_cli_parsed complain_getopt(const troth_cli_usage *u, int what, char **argv)
{
    const char *word = argv[optind - 1];
    char letter[3] = { '-', (char)optopt, 0 };
    bool is_long = strncmp(word, "--", 2) == 0;
    if (what == ':')
        troth_cli_usage_error(u, is_long ? word : letter, "an argument is missing");
    else if (is_long && optopt >= FIRST_LONG)
        troth_cli_usage_error(u, word, "takes no argument");
    else
        troth_cli_usage_error(u, is_long ? word : letter, "unknown or ambiguous option");
    return TROTH_CLI_WRONG;
}

troth_cli_parsed troth_cli_parse(const troth_cli_usage *u, int argc, char **argv, void *values, int *ret_first)
{
    struct option longs[OPTIONS_MAX + 2];
    char shorts[2 * OPTIONS_MAX + 8];
    describe(u->options, longs, shorts);
    /* "+" ends the options at the first operand: behind it may stand a command line of somebody else (`lab run`) */
    const char *pattern = u->max < 0 ? shorts : shorts + 1;
    opterr = 0;
    optind = 0;
    for (int c; (c = getopt_long(argc, argv, pattern, longs, NULL)) != -1;) {
        if (c == 'h' || c == HELP) {
            print_usage(u);
            return TROTH_CLI_HELP;
        }
        if (c == '?' || c == ':')
            return complain_getopt(u, c, argv);
        const troth_cli_option *o = c >= FIRST_LONG ? &u->options[c - FIRST_LONG] : by_letter(u->options, c);
        if (!o || !set(u, o, optarg, values))
            return TROTH_CLI_WRONG;
    }
    int n = argc - optind;
    if (n < u->min) {
        troth_cli_usage_error(u, u->operands, "missing");
        return TROTH_CLI_WRONG;
    }
    if (u->max >= 0 && n > u->max) {
        troth_cli_usage_error(u, argv[optind + u->max], "one operand too many");
        return TROTH_CLI_WRONG;
    }
    *ret_first = optind;
    return TROTH_CLI_GO;
}
