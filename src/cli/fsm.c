#include <cli/commands.h>
#include <cli/exit.h>
#include <cli/options.h>
#include <stdio.h>
#include <string.h>
#include <troth/fsm.h>

typedef struct fsm_options {
    bool markdown, dot;
} fsm_options;

static const troth_cli_option fsm_table[] = {
    { "md", 0, TROTH_CLI_FLAG, offsetof(fsm_options, markdown), NULL, NULL, "a Markdown table (the default)" },
    { "dot", 0, TROTH_CLI_FLAG, offsetof(fsm_options, dot), NULL, NULL, "a graph for Graphviz" },
    { 0 },
};

static const troth_cli_usage fsm_usage = {
    "fsm", "[NAME]", "Print a compiled state machine; without NAME, list them.", 0, 1, fsm_table,
};

static const char *or_empty(const char *s)
{
    return s ? s : "";
}

/* One arrow as a table row; equal neighbours are not merged, so that rows stay in step with the source. */
static void print_markdown(size_t index, const troth_machine *m)
{
    printf("# %s\n\n", m->title);
    printf("`%s`: %zu states, %zu events, %zu arrows. Starts in %s. ", m->name, m->n_states, m->n_events, m->n_arrows,
           m->initial);
    printf(
        "The first arrow that fits is taken; where none fits, or an action fails, the peer is refused in the wire's\n"
        "own way and the state is %s.\n\n",
        m->failed);
    printf("| from | on | if | do | to | text |\n| --- | --- | --- | --- | --- | --- |\n");
    troth_arrow a;
    for (size_t i = 0; troth_machine_arrow(index, i, &a); i++)
        printf("| %s | %s | %s | %s | %s | %s |\n", a.from, a.on, or_empty(a.guard), or_empty(a.action), a.to,
               or_empty(a.section));
}

static void print_dot(size_t index, const troth_machine *m)
{
    printf("digraph %s {\n    label=\"%s\";\n    rankdir=LR;\n    node [shape=box, style=rounded];\n", m->name,
           m->title);
    printf("    \"%s\" [penwidth=2];\n", m->initial);
    troth_arrow a;
    for (size_t i = 0; troth_machine_arrow(index, i, &a); i++)
        printf("    \"%s\" -> \"%s\" [label=\"%s%s%s%s%s%s\"];\n", a.from, a.to, a.on, a.guard ? " [" : "",
               or_empty(a.guard), a.guard ? "]" : "", a.action ? " / " : "", or_empty(a.action));
    printf("}\n");
}

static int list(void)
{
    troth_machine m;
    for (size_t i = 0; troth_machine_get(i, &m); i++)
        printf("%-20s%s\n", m.name, m.title);
    return TROTH_EXIT_OK;
}

int troth_cli_fsm(int argc, char **argv)
{
    fsm_options o = { 0 };
    int first;
    troth_cli_parsed p = troth_cli_parse(&fsm_usage, argc, argv, &o, &first);
    if (p != TROTH_CLI_GO)
        return troth_cli_parsed_exit(p);
    if (o.markdown && o.dot)
        return troth_cli_usage_error(&fsm_usage, "--dot", "cannot be combined with --md");
    if (first == argc)
        return list();
    troth_machine m;
    for (size_t i = 0; troth_machine_get(i, &m); i++) {
        if (strcmp(m.name, argv[first]) != 0)
            continue;
        if (o.dot)
            print_dot(i, &m);
        else
            print_markdown(i, &m);
        return TROTH_EXIT_OK;
    }
    return troth_cli_usage_error(&fsm_usage, argv[first], "no machine of this name; `troth fsm` lists them");
}
