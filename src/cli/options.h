/* cli/options.h: the command line as a table, read by getopt_long and printed as usage text. */
#ifndef TROTH_CLI_OPTIONS_H
#define TROTH_CLI_OPTIONS_H

#include <troth/types.h>

/* What an option takes, and the type of the field it fills. */
typedef enum troth_cli_kind {
    TROTH_CLI_FLAG,     /* bool                                                          */
    TROTH_CLI_COUNT,    /* unsigned: how often it was given                              */
    TROTH_CLI_STRING,   /* const char *                                                  */
    TROTH_CLI_LIST,     /* troth_cli_list                                                */
    TROTH_CLI_CHOICE,   /* int: the value of the chosen word                             */
    TROTH_CLI_NUMBER,   /* uint64_t, decimal                                             */
    TROTH_CLI_DURATION, /* uint64_t milliseconds: 250ms, 30s, 5m, 1h; a bare number is s */
    TROTH_CLI_SIZE      /* uint64_t octets: 512, 64k, 16m, 1g                            */
} troth_cli_kind;

enum { TROTH_CLI_LIST_MAX = 32 };

/* An option that may be repeated. */
typedef struct troth_cli_list {
    const char *items[TROTH_CLI_LIST_MAX];
    size_t n;
} troth_cli_list;

/* One word of a choice; the last entry has a NULL word. */
typedef struct troth_cli_word {
    const char *word;
    int value;
} troth_cli_word;

/* One option. A table ends with an entry whose name is NULL. */
typedef struct troth_cli_option {
    const char *name; /* long form, without dashes                          */
    char letter;      /* short form, 0 = none                               */
    troth_cli_kind kind;
    size_t at;                   /* offset of the field in the command's options       */
    const char *arg;             /* what usage calls the argument; NULL for flags      */
    const troth_cli_word *words; /* TROTH_CLI_CHOICE                                   */
    const char *help;            /* one line                                           */
} troth_cli_option;

/* A subcommand as the command line sees it. */
typedef struct troth_cli_usage {
    const char *name;     /* "serve"                                            */
    const char *operands; /* "nns|net.tcp"                                      */
    const char *summary;  /* one line                                           */
    int min, max;         /* operands wanted; max -1 = any number               */
    const troth_cli_option *options;
} troth_cli_usage;

/* What reading a command line came to. */
typedef enum troth_cli_parsed { TROTH_CLI_GO, TROTH_CLI_HELP, TROTH_CLI_WRONG } troth_cli_parsed;

/*
 * Read a command line.
 *
 * u          the command
 * argc, argv as main has them from the command's name on (argv[0] = "serve"); argv is permuted, operands end up last
 * values     the command's options, with their defaults already in it
 * ret_first  index of the first operand
 *
 * TROTH_CLI_GO; TROTH_CLI_HELP (--help was given: usage was printed to stdout); TROTH_CLI_WRONG (the complaint, which
 * names the option, was printed to stderr)
 */
troth_cli_parsed troth_cli_parse(const troth_cli_usage *u, int argc, char **argv, void *values, int *ret_first);
/* Turn what was not TROTH_CLI_GO into the exit code. */
int troth_cli_parsed_exit(troth_cli_parsed p);
/* Complain about a usage error, naming the option or operand, and answer the exit code for it. */
int troth_cli_usage_error(const troth_cli_usage *u, const char *what, const char *why);

/* Read "30s", "250ms", "5m", "1h", or a bare number of seconds. */
bool troth_cli_read_duration(const char *text, uint64_t *ret_ms);
/* Read "512", "64k", "16m", "1g" as octets. */
bool troth_cli_read_size(const char *text, uint64_t *ret);
/* Read a decimal number that fills the whole text. */
bool troth_cli_read_number(const char *text, uint64_t *ret);

#endif
