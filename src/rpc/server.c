/* A server: registered interfaces, endpoint map, counters. */
#include <rpc/builtin.h>
#include <rpc/server.h>
#include <string.h>

enum { GROUPS_MAX = 1 << 20, ANY_TRANSFER = TROTH_RPC_NDR | TROTH_RPC_NDR64 };

typedef struct builtin_row {
    unsigned bit;
    const troth_rpc_interface *interface;
} builtin_row;

static const builtin_row builtins[] = {
    { TROTH_RPC_MGMT, &troth_rpc_mgmt },
    { TROTH_RPC_EPM, &troth_rpc_epm },
    { TROTH_RPC_WHOAMI, &troth_rpc_whoami },
    { TROTH_RPC_ECHO, &troth_rpc_echo },
};

static troth_status add(troth_rpc_server *s, const troth_rpc_interface *i, bool builtin)
{
    troth_rpc_registered **end = &s->interfaces;
    while (*end)
        end = &(*end)->next;
    troth_rpc_registered *r = troth_mem_new(s->env, sizeof *r);
    if (!r)
        return TROTH_NO_MEMORY;
    r->interface = i;
    r->builtin = builtin;
    *end = r;
    return TROTH_OK;
}

troth_status troth_rpc_server_new(const troth_env *env, unsigned builtin, troth_rpc_server **ret)
{
    troth_rpc_server *s = troth_mem_new(env, sizeof *s);
    if (!s)
        return TROTH_NO_MEMORY;
    s->env = env;
    troth_status st = troth_idtable_init(&s->groups, env, GROUPS_MAX) ? TROTH_NO_ENTROPY : TROTH_OK;
    for (const builtin_row *b = builtins; !st && b < builtins + sizeof builtins / sizeof *builtins; b++) {
        if (builtin & b->bit)
            st = add(s, b->interface, true);
    }
    if (st)
        troth_rpc_server_free(s);
    else
        *ret = s;
    return st;
}

void troth_rpc_server_free(troth_rpc_server *s)
{
    if (!s)
        return;
    troth_idtable_clear(&s->groups);
    while (s->interfaces) {
        troth_rpc_registered *r = s->interfaces;
        s->interfaces = r->next;
        troth_mem_free(s->env, r, sizeof *r);
    }
    troth_rpc_published_clear(s);
    troth_mem_free(s->env, s, sizeof *s);
}

static troth_rpc_registered *registered(const troth_rpc_server *s, const troth_rpc_syntax *abstract)
{
    troth_rpc_registered *r = s->interfaces;
    while (r && (r->interface->syntax.major != abstract->major ||
                 !troth_uuid_equal(&r->interface->syntax.uuid, &abstract->uuid)))
        r = r->next;
    return r;
}

troth_status troth_rpc_server_register(troth_rpc_server *s, const troth_rpc_interface *i)
{
    if (!i->transfer || (i->transfer & ~(unsigned)ANY_TRANSFER))
        return TROTH_INVALID;
    troth_rpc_registered *r = registered(s, &i->syntax);
    if (!r)
        return add(s, i, false);
    if (!r->builtin || r->interface != &troth_rpc_whoami)
        return TROTH_INVALID;
    r->interface = i;
    r->builtin = false;
    return TROTH_OK;
}

const troth_rpc_interface *troth_rpc_server_find(const troth_rpc_server *s, const troth_rpc_syntax *abstract)
{
    const troth_rpc_registered *r = registered(s, abstract);
    return r && r->interface->syntax.minor >= abstract->minor ? r->interface : NULL;
}

size_t troth_rpc_server_interfaces(const troth_rpc_server *s)
{
    size_t n = 0;
    for (const troth_rpc_registered *r = s->interfaces; r; r = r->next)
        n++;
    return n;
}

void troth_rpc_server_guard(troth_rpc_server *s, troth_rpc_guard guard, void *self)
{
    s->guard = guard;
    s->guard_self = self;
}

troth_rpc_counters troth_rpc_server_count(const troth_rpc_server *s)
{
    return s->count;
}
