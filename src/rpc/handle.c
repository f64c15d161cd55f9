/* Context handles: random, and good for one group, one identity and one type only. [C706 6.1.6; MS-RPCE 3.1.1.5.4] */
#include <rpc/call.h>
#include <rpc/group.h>
#include <string.h>

/* An identity is a name as one mechanism knows it; one that proved none is not the same as one that did. */
static const troth_flags kinds = TROTH_F_ANONYMOUS | TROTH_F_GUEST;

static const char *owner_of(const troth_rpc_caller *who)
{
    const char *name = who->facts.peer.name;
    return name && *name ? name : NULL;
}

static bool owns(const troth_rpc_caller *who, const troth_rpc_held *h)
{
    const char *name = owner_of(who);
    if (!name || !h->owner)
        return !name && !h->owner;
    return !strcmp(name, h->owner) && who->facts.mech == h->mech && (who->facts.attributes & kinds) == h->owner_is;
}

static troth_bytes key(const troth_rpc_handle *h)
{
    return (troth_bytes){ h->uuid.octets, sizeof h->uuid.octets };
}

static void release(const troth_env *env, troth_rpc_held *h)
{
    troth_mem_free_str(env, h->owner);
    troth_mem_free(env, h, sizeof *h);
}

void *troth_rpc_held_drop(troth_rpc_group *g, troth_rpc_held *h)
{
    void *value = h->value;
    (void)troth_idtable_remove(&g->handles, key(&h->handle));
    *h->link = h->next;
    if (h->next)
        h->next->link = h->link;
    else
        g->last = h->link;
    release(g->server->env, h);
    return value;
}

/* A random UUID [RFC 4122 4.4]; its version makes it differ from the null handle. */
static troth_status name_it(troth_rpc_group *g, troth_rpc_held *h)
{
    const troth_env *env = g->server->env;
    uint8_t *octets = h->handle.uuid.octets;
    if (env->random(env->self, octets, sizeof h->handle.uuid.octets))
        return TROTH_NO_ENTROPY;
    octets[6] = (uint8_t)((octets[6] & 0x0f) | 0x40);
    octets[8] = (uint8_t)((octets[8] & 0x3f) | 0x80);
    troth_status st = troth_idtable_add(&g->handles, key(&h->handle), h);
    return st == TROTH_INVALID ? TROTH_NO_ENTROPY : st; /* the same again: not random */
}

troth_status troth_rpc_handle_new(troth_rpc_call *c, unsigned type, void *value, void (*rundown)(void *value),
                                  troth_rpc_handle *ret)
{
    troth_rpc_group *g = c->group;
    if (!value)
        return TROTH_INVALID;
    if (!g || g->ending)
        return TROTH_CLOSED;
    if (troth_idtable_len(&g->handles) >= TROTH_RPC_HANDLES_MAX)
        return TROTH_LIMIT;
    const troth_env *env = g->server->env;
    troth_rpc_held *h = troth_mem_new(env, sizeof *h);
    if (!h)
        return TROTH_NO_MEMORY;
    *h = (troth_rpc_held){ .type = type, .value = value, .rundown = rundown, .mech = c->caller.facts.mech };
    h->owner_is = c->caller.facts.attributes & kinds;
    troth_status st = troth_mem_keep_str(env, owner_of(&c->caller), &h->owner);
    if (!st)
        st = name_it(g, h);
    if (st) {
        release(env, h);
        return st;
    }
    h->link = g->last;
    *g->last = h;
    g->last = &h->next;
    *ret = h->handle;
    return TROTH_OK;
}

static troth_rpc_held *find(const troth_rpc_call *c, unsigned type, const troth_rpc_handle *handle)
{
    troth_rpc_held *h = c->group ? troth_idtable_find(&c->group->handles, key(handle)) : NULL;
    return h && h->type == type && h->handle.attributes == handle->attributes && owns(&c->caller, h) ? h : NULL;
}

void *troth_rpc_handle_find(troth_rpc_call *c, unsigned type, const troth_rpc_handle *h)
{
    troth_rpc_held *held = find(c, type, h);
    return held ? held->value : NULL;
}

void *troth_rpc_handle_close(troth_rpc_call *c, unsigned type, const troth_rpc_handle *h)
{
    troth_rpc_held *held = find(c, type, h);
    return held ? troth_rpc_held_drop(c->group, held) : NULL;
}
