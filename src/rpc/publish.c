/* The endpoint map: what a server says about where interfaces are to be found. [C706 2.2.3] */
#include <rpc/server.h>
#include <string.h>

/* A decimal number up to max, without leading zeros; NULL = none, else what stands behind it. */
static const char *decimal(const char *at, uint32_t max, uint32_t *ret)
{
    uint32_t v = 0;
    size_t n = 0;
    for (; at[n] >= '0' && at[n] <= '9'; n++) {
        v = v * 10 + (uint32_t)(at[n] - '0');
        if (v > max || (n && at[0] == '0'))
            return NULL;
    }
    *ret = v;
    return n ? at + n : NULL;
}

bool troth_rpc_address_read(const char *at, uint8_t ret_host[4], uint16_t *ret_port)
{
    uint8_t host[4];
    uint32_t v = 0;
    for (size_t i = 0; i < sizeof host; i++) {
        at = decimal(at, 255, &v);
        if (!at || *at++ != (i < 3 ? '.' : ':'))
            return false;
        host[i] = (uint8_t)v;
    }
    at = decimal(at, 65535, &v);
    if (!at || *at || !v)
        return false;
    memcpy(ret_host, host, sizeof host);
    *ret_port = (uint16_t)v;
    return true;
}

static bool same(const troth_rpc_published *a, const troth_rpc_published *b)
{
    return troth_rpc_syntax_equal(&a->syntax, &b->syntax) && troth_uuid_equal(&a->object, &b->object) &&
           !memcmp(a->host, b->host, sizeof a->host) && a->port == b->port;
}

static void release(const troth_env *env, troth_rpc_published *p)
{
    troth_mem_free_str(env, p->annotation);
    troth_mem_free(env, p, sizeof *p);
}

troth_status troth_rpc_server_publish(troth_rpc_server *s, const troth_rpc_interface *i, const troth_uuid *object,
                                      const char *address)
{
    troth_rpc_published line = { .syntax = i->syntax };
    if (object)
        line.object = *object;
    if (!troth_rpc_address_read(address, line.host, &line.port))
        return TROTH_INVALID;
    troth_rpc_published **end = &s->endpoints;
    for (; *end; end = &(*end)->next) {
        if (same(*end, &line))
            return TROTH_OK; /* to say it again adds nothing */
    }
    troth_status st = troth_mem_keep_str(s->env, i->name ? i->name : "", &line.annotation);
    if (st)
        return st;
    *end = troth_mem_new(s->env, sizeof line);
    if (!*end) {
        troth_mem_free_str(s->env, line.annotation);
        return TROTH_NO_MEMORY;
    }
    **end = line;
    return TROTH_OK;
}

void troth_rpc_published_clear(troth_rpc_server *s)
{
    while (s->endpoints) {
        troth_rpc_published *p = s->endpoints;
        s->endpoints = p->next;
        release(s->env, p);
    }
}
