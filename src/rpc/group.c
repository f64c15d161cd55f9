/*
 * Association groups. A group lives as long as its last connection, and so do the handles in it: what one connection
 * opened must outlive that connection while another one may still name it (CVE-2021-3738). [MS-RPCE 3.3.3.1]
 */
#include <rpc/group.h>
#include <string.h>

enum { NUMBER_TRIES = 64 };

/* A random number that is not in use, so that no client can guess another's. */
static troth_status choose_number(const troth_rpc_server *s, uint32_t *ret)
{
    for (int i = 0; i < NUMBER_TRIES; i++) {
        uint8_t octets[4];
        if (s->env->random(s->env->self, octets, sizeof octets))
            return TROTH_NO_ENTROPY;
        troth_reader r = troth_reader_of(octets, sizeof octets, TROTH_LE);
        uint32_t number = troth_read_u32(&r);
        if (number && !troth_idtable_find_number(&s->groups, number)) {
            *ret = number;
            return TROTH_OK;
        }
    }
    return TROTH_NO_ENTROPY; /* what always gives the same is not random */
}

static void release(troth_rpc_group *g)
{
    const troth_env *env = g->server->env;
    troth_idtable_clear(&g->handles);
    troth_mem_drop(env, &g->peer);
    troth_mem_free(env, g, sizeof *g);
}

static troth_status begin(troth_rpc_server *s, troth_bytes peer, const char *transport, troth_rpc_group **ret)
{
    troth_rpc_group *g = troth_mem_new(s->env, sizeof *g);
    if (!g)
        return TROTH_NO_MEMORY;
    g->server = s;
    g->refs = 1;
    g->transport = transport;
    g->last = &g->first;
    troth_status st = troth_mem_keep(s->env, peer.data, peer.len, &g->peer);
    if (!st && troth_idtable_init(&g->handles, s->env, TROTH_RPC_HANDLES_MAX))
        st = TROTH_NO_ENTROPY;
    if (!st)
        st = choose_number(s, &g->number);
    if (!st)
        st = troth_idtable_add_number(&s->groups, g->number, g);
    if (st) {
        release(g);
        return st == TROTH_NO_ENTROPY ? st : TROTH_NO_MEMORY;
    }
    s->count.groups++;
    *ret = g;
    return TROTH_OK;
}

troth_status troth_rpc_group_join(troth_rpc_server *s, uint32_t number, troth_bytes peer, const char *transport,
                                  troth_rpc_group **ret)
{
    if (!number)
        return begin(s, peer, transport, ret);
    troth_rpc_group *g = troth_idtable_find_number(&s->groups, number);
    if (!g || strcmp(g->transport, transport) != 0 || g->peer.len != peer.len ||
        (peer.len && memcmp(g->peer.data, peer.data, peer.len) != 0))
        return TROTH_NOT_ALLOWED;
    g->refs++;
    *ret = g;
    return TROTH_OK;
}

/*
 * A rundown may do what it likes, close other handles of the group included: each is taken out before its own is called,
 * and nothing is remembered across the call.
 */
static void run_down(troth_rpc_group *g)
{
    while (g->first) {
        void (*rundown)(void *value) = g->first->rundown;
        void *value = troth_rpc_held_drop(g, g->first);
        if (rundown)
            rundown(value);
    }
}

void troth_rpc_group_leave(troth_rpc_group *g)
{
    if (!g || --g->refs)
        return;
    g->ending = true;
    (void)troth_idtable_remove_number(&g->server->groups, g->number); /* nobody joins what is ending */
    g->server->count.groups--;
    run_down(g);
    release(g);
}

uint32_t troth_rpc_group_number(const troth_rpc_group *g)
{
    return g->number;
}
