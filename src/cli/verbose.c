#include <cli/report.h>
#include <cli/verbose.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static void *forward_alloc(void *self, size_t n)
{
    const troth_cli_verbose *v = self;
    return v->below->alloc(v->below->self, n);
}

static void forward_release(void *self, void *p, size_t n)
{
    const troth_cli_verbose *v = self;
    v->below->release(v->below->self, p, n);
}

static troth_status forward_random(void *self, uint8_t *out, size_t n)
{
    const troth_cli_verbose *v = self;
    return v->below->random(v->below->self, out, n);
}

static uint64_t forward_wall(void *self)
{
    const troth_cli_verbose *v = self;
    return v->below->wall(v->below->self);
}

void troth_cli_verbose_say(const troth_cli_verbose *v, const char *phase, const char *format, ...)
{
    if (!v->level)
        return;
    char text[1280];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    fprintf(stderr, "  %-10s %s\n", phase, text); /* one call, for legs come from job threads */
}

static const char *or_dash(const char *s)
{
    return s ? s : "-";
}

static void show(void *self, const troth_trace *t)
{
    const troth_cli_verbose *v = self;
    char phase[24], words[TROTH_CLI_LEG_LINE];
    switch (t->kind) {
    case TROTH_TRACE_LEG:
        snprintf(phase, sizeof phase, "leg %" PRIu64 " %s", t->a, t->on && strcmp(t->on, "out") == 0 ? "->" : "<-");
        troth_cli_leg_line(t, words);
        troth_cli_verbose_say(v, phase, "%-66s %6" PRIu64 " octets", words, t->b);
        return;
    case TROTH_TRACE_STATE:
        if (v->level > 1)
            troth_cli_verbose_say(v, "state", "%s: %s, %s -> %s", or_dash(t->name), or_dash(t->from), or_dash(t->on),
                                  or_dash(t->to));
        return;
    case TROTH_TRACE_ERROR:
        if (v->level > 1)
            troth_cli_verbose_say(v, "error", "%s: %s", or_dash(t->name), troth_status_name((troth_status)t->a));
        return;
    }
}

void troth_cli_verbose_init(troth_cli_verbose *v, unsigned level)
{
    v->below = troth_env_posix();
    v->level = level;
    v->env = (troth_env){ .alloc = forward_alloc,
                          .release = forward_release,
                          .random = forward_random,
                          .wall = forward_wall,
                          .trace = level ? show : NULL,
                          .self = v };
}
