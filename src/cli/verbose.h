/* cli/verbose.h: an environment that shows the legs of an exchange on stderr. */
#ifndef TROTH_CLI_VERBOSE_H
#define TROTH_CLI_VERBOSE_H

#include <troth/env.h>

/* The default environment with a trace hook; keep it in place while anything uses env. */
typedef struct troth_cli_verbose {
    troth_env env;
    const troth_env *below;
    unsigned level; /* 0 nothing, 1 legs, 2 also errors and moves of machines */
} troth_cli_verbose;

void troth_cli_verbose_init(troth_cli_verbose *v, unsigned level);
/* Print one line of the report: a phase and what it came to. */
__attribute__((format(printf, 3, 4))) void troth_cli_verbose_say(const troth_cli_verbose *v, const char *phase,
                                                                 const char *format, ...);

#endif
