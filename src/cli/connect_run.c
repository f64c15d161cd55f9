#include <cli/connect.h>
#include <cli/exit.h>
#include <cli/report.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static troth_status make_wire(void *self, const troth_env *env, const troth_transport *transport, uint64_t now,
                              troth_endpoint **ret)
{
    troth_cli_connect_run *r = self;
    troth_transport t = *transport;
    if (r->bindings_len)
        t.bindings = (troth_bytes){ r->bindings, r->bindings_len };
    troth_nns_options n = { .env = env,
                            .cred = r->cred,
                            .mech = r->mech.outer,
                            .target = r->spn,
                            .level = (troth_level)r->o->level,
                            .impersonation = (troth_impersonation)r->o->impersonation,
                            .handshake_ms = r->o->handshake_ms,
                            .idle_ms = r->o->idle_ms,
                            .transport = &t };
    return troth_cli_wire_new(r->wire, TROTH_INITIATOR, &n, r->via, now, ret);
}

troth_status troth_cli_connect_make(void *self, const troth_env *env, const troth_transport *transport, uint64_t now,
                                    troth_endpoint **ret)
{
    return troth_cli_tls_make(&((troth_cli_connect_run *)self)->tls, make_wire, self, env, transport, now, ret);
}

void troth_cli_connect_connected(void *self, const char *peer, uint64_t ms)
{
    const troth_cli_connect_run *r = self;
    troth_cli_verbose_say(&r->verbose, "tcp", "%-40s %" PRIu64 " ms", peer, ms);
    if (r->wire->nettcp && r->via)
        troth_cli_verbose_say(&r->verbose, "preamble", "NMF duplex, via %s, upgrade application/negotiate", r->via);
    troth_cli_verbose_say(&r->verbose, "spn", "%s%s", r->spn, r->o->spn ? "" : "  (default; --spn to change)");
}

void troth_cli_connect_established(void *self, const troth_event *ev, uint64_t ms)
{
    static const char *const what[] = { "goes in clear", "is signed", "is sealed" };
    const troth_cli_connect_run *r = self;
    char line[TROTH_CLI_CONTEXT_LINE];
    troth_cli_context_line(&ev->facts, ev->level, line);
    troth_cli_verbose_say(&r->verbose, "context", "%s", line);
    if (r->o->quiet)
        return;
    fprintf(stderr, "OK  context established in %" PRIu64 " ms (%u legs)      data %s\n", ms, ev->facts.legs,
            (unsigned)ev->level < 3 ? what[ev->level] : "");
}

int troth_cli_connect_verdict(const troth_cli_connect_run *r, const troth_connect_result *result)
{
    char line[TROTH_CLI_ERROR_LINE];
    if (result->stage == TROTH_STAGE_NETWORK) {
        const troth_host_error *e = &result->net;
        const char *what, *words = troth_cli_net_words(e, &what);
        fprintf(stderr, "FAILED  %s %s: %s%s%s (%s)\n", r->wire->name, r->address, what, *what ? ": " : "", words,
                troth_status_name(e->code));
        return (int)troth_exit_of(e->code);
    }
    if (!result->error.code)
        return TROTH_EXIT_OK;
    troth_cli_error_line(&result->error, line);
    fprintf(stderr, "FAILED  %s %s: %s%s\n", r->wire->name, r->address,
            result->stage == TROTH_STAGE_HANDSHAKE ? "" : "after the context was established: ", line);
    return (int)troth_exit_of(result->error.code);
}
