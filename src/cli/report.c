#include <cli/report.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <troth/gateway.h>

static const uint32_t internal_error = 0x80090304; /* what statuses map to for which Windows has no word */

/* Append to a line, cutting what does not fit. */
__attribute__((format(printf, 3, 4))) static void add(char *line, size_t size, const char *format, ...)
{
    size_t len = strlen(line);
    va_list args;
    va_start(args, format);
    vsnprintf(line + len, size - len, format, args);
    va_end(args);
}

/* Names from the peer go to terminals and logs: nothing unprintable passes. */
static void add_name(char *line, size_t size, const char *name)
{
    char clean[256];
    size_t n = 0;
    for (; *name && n < sizeof clean - 1; name++)
        clean[n++] = (unsigned char)*name < 0x20 || *name == 0x7f ? '?' : *name;
    clean[n] = 0;
    add(line, size, "%s", clean);
}

void troth_cli_error_line(const troth_error *e, char ret[TROTH_CLI_ERROR_LINE])
{
    uint32_t code = e->wire ? e->wire : troth_status_hresult(e->code);
    const char *name = troth_hresult_name(code);
    if (!e->wire && code == internal_error) /* Windows has no word for it, and was not told */
        code = 0;
    ret[0] = 0;
    add(ret, TROTH_CLI_ERROR_LINE, "%s (%s", troth_status_text(e->code), troth_status_name(e->code));
    if (code)
        add(ret, TROTH_CLI_ERROR_LINE, ", %s%s0x%08" PRIX32, name ? name : "", name ? " " : "", code);
    if (e->gss_major || e->gss_minor)
        add(ret, TROTH_CLI_ERROR_LINE, ", GSS %08" PRIx32 "/%" PRId32, e->gss_major, (int32_t)e->gss_minor);
    if (e->where && e->where[0])
        add(ret, TROTH_CLI_ERROR_LINE, ", at %s", e->where);
    const char *hint = troth_error_hint(e);
    add(ret, TROTH_CLI_ERROR_LINE, ")%s%s", hint ? "; " : "", hint ? hint : "");
}

void troth_cli_context_line(const troth_facts *f, troth_level level, char ret[TROTH_CLI_CONTEXT_LINE])
{
    static const struct {
        troth_flags flag;
        const char *name;
    } shown[] = { { TROTH_F_MUTUAL, "mutual" },       { TROTH_F_SEQUENCE, "seq" },      { TROTH_F_REPLAY, "replay" },
                  { TROTH_F_IDENTIFY, "identify" },   { TROTH_F_DELEGATE, "delegate" }, { TROTH_F_BOUND, "bound" },
                  { TROTH_F_ANONYMOUS, "anonymous" }, { TROTH_F_GUEST, "guest" } };
    ret[0] = 0;
    if (f->outer != f->mech)
        add(ret, TROTH_CLI_CONTEXT_LINE, "%s ", troth_mech_id_name(f->outer));
    add(ret, TROTH_CLI_CONTEXT_LINE, "%s %s", troth_mech_id_name(f->mech), f->detail ? f->detail : "");
    for (size_t i = 0; i < sizeof shown / sizeof *shown; i++) {
        if (f->attributes & shown[i].flag)
            add(ret, TROTH_CLI_CONTEXT_LINE, ", %s", shown[i].name);
    }
    add(ret, TROTH_CLI_CONTEXT_LINE, ", %s", troth_cli_level_name(level));
    if (f->self.name && f->self.name[0]) {
        add(ret, TROTH_CLI_CONTEXT_LINE, ", self ");
        add_name(ret, TROTH_CLI_CONTEXT_LINE, f->self.name);
    }
    if (f->peer.name && f->peer.name[0]) {
        add(ret, TROTH_CLI_CONTEXT_LINE, ", peer ");
        add_name(ret, TROTH_CLI_CONTEXT_LINE, f->peer.name);
    }
}

const char *troth_cli_net_words(const troth_host_error *e, const char **ret_what)
{
    *ret_what = "";
    if (e->code == TROTH_INVALID && e->what && strcmp(e->what, "address") == 0)
        return "give HOST:PORT, [IPv6]:PORT or unix:PATH, with a port up to 65535";
    if (e->what && strcmp(e->what, "resolve") == 0 && e->code == TROTH_IO)
        return "no address is known for this name";
    *ret_what = e->what ? e->what : "connect";
    return e->sys ? strerror(e->sys) : troth_status_text(e->code);
}

static const char *proper(const char *mech)
{
    static const char *const names[][2] = { { "spnego", "SPNEGO" }, { "kerberos", "Kerberos" }, { "ntlm", "NTLM" } };
    for (size_t i = 0; mech && i < sizeof names / sizeof *names; i++) {
        if (strcmp(names[i][0], mech) == 0)
            return names[i][1];
    }
    return mech ? mech : "token";
}

void troth_cli_leg_line(const troth_trace *t, char ret[TROTH_CLI_LEG_LINE])
{
    static const troth_trace_token nothing;
    const troth_trace_token *w = t->token ? t->token : &nothing;
    ret[0] = 0;
    add(ret, TROTH_CLI_LEG_LINE, "%s", proper(t->name));
    if (w->message)
        add(ret, TROTH_CLI_LEG_LINE, " %s", w->message);
    if (w->answer)
        add(ret, TROTH_CLI_LEG_LINE, " %s", w->answer);
    for (size_t i = 0; i < TROTH_TRACE_MECHS && w->mechs[i]; i++)
        add(ret, TROTH_CLI_LEG_LINE, "%s%s%s", i ? ", " : " [", w->mechs[i], i == 0 && w->carries ? "*" : "");
    if (w->mechs[0])
        add(ret, TROTH_CLI_LEG_LINE, "]");
    if (w->carries)
        add(ret, TROTH_CLI_LEG_LINE, " %s", w->inner ? w->inner : "token");
    if (w->mic)
        add(ret, TROTH_CLI_LEG_LINE, ", mechListMIC");
}

const char *troth_cli_level_name(troth_level level)
{
    static const char *const names[] = { "none", "sign", "encrypt" };
    return (unsigned)level < 3 ? names[level] : "unknown";
}

const char *troth_cli_impersonation_name(troth_impersonation impersonation)
{
    switch (impersonation) {
    case TROTH_IDENTIFY:
        return "identify";
    case TROTH_IMPERSONATE:
        return "impersonate";
    case TROTH_DELEGATION:
        return "delegate";
    }
    return "none";
}
