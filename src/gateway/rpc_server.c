#include <base/mem.h>
#include <gateway/rpc.h>
#include <stdio.h>
#include <string.h>

/* The server object of a gateway: what is built in, and interfaces whose calls somebody else answers. */

troth_status troth_rpc_offer_init(troth_rpc_offer *f, const troth_env *env, unsigned builtin,
                                  const troth_rpc_syntax *interfaces, size_t n)
{
    *f = (troth_rpc_offer){ .env = env };
    troth_status st = troth_rpc_server_new(env, builtin, &f->server);
    if (st || !n)
        return st;
    f->forwarded = troth_mem_new(env, n * sizeof *f->forwarded);
    if (!f->forwarded)
        return TROTH_NO_MEMORY;
    f->n = n;
    for (size_t i = 0; !st && i < n; i++) {
        /* NDR only: every server has it, and the client is told which one before the backend can be asked */
        f->forwarded[i] =
            (troth_rpc_interface){ .name = "forwarded", .syntax = interfaces[i], .transfer = TROTH_RPC_NDR };
        st = troth_rpc_server_register(f->server, &f->forwarded[i]);
    }
    return st;
}

void troth_rpc_offer_clear(troth_rpc_offer *f)
{
    troth_rpc_server_free(f->server);
    if (f->forwarded)
        troth_mem_free(f->env, f->forwarded, f->n * sizeof *f->forwarded);
    *f = (troth_rpc_offer){ 0 };
}

static const struct {
    unsigned bit;
    const char *name, *syntax;
} published[] = {
    { TROTH_RPC_WHOAMI, "whoami", "12345778-1234-abcd-ef00-0123456789ab@0.0" },
    { TROTH_RPC_ECHO, "rpcecho", "60a15ec5-4de8-11d7-a637-005056a20182@1.0" },
};

troth_status troth_rpc_offer_publish(troth_rpc_offer *f, unsigned builtin, const char *address)
{
    char at[32];
    const char *port = strrchr(address, ':');
    troth_status st = TROTH_OK;
    if (!port || strncmp(address, "unix:", 5) == 0) /* no endpoint of TCP */
        return TROTH_OK;
    snprintf(at, sizeof at, "0.0.0.0%.12s", port); /* whichever address the client came by */
    for (size_t i = 0; !st && i < sizeof published / sizeof *published; i++) {
        troth_rpc_interface own = { .name = published[i].name, .transfer = TROTH_RPC_NDR };
        if (!(builtin & published[i].bit))
            continue;
        st = troth_rpc_syntax_parse(published[i].syntax, &own.syntax);
        if (!st)
            st = troth_rpc_server_publish(f->server, &own, NULL, at);
    }
    for (size_t i = 0; !st && i < f->n; i++)
        st = troth_rpc_server_publish(f->server, &f->forwarded[i], NULL, at);
    return st;
}
