#include <sspi/api.h>
#include <sspi/query.h>
#include <string.h>

static void *keep(troth_sspi_query *q, void *block)
{
    if (block)
        q->blocks[q->n_blocks++] = block;
    else
        q->no_memory = true;
    return block;
}

static troth_sspi_blocks *blocks(void)
{
    return &troth_sspi_process_get()->blocks;
}

void *troth_sspi_query_text(troth_sspi_query *q, const char *utf8, bool wide)
{
    return keep(q, troth_sspi_text_out(blocks(), TROTH_SSPI_BLOCK_BUFFER, utf8, wide));
}

void *troth_sspi_query_room(troth_sspi_query *q, size_t n)
{
    return keep(q, troth_sspi_block_new(blocks(), TROTH_SSPI_BLOCK_BUFFER, n));
}

void *troth_sspi_query_octets(troth_sspi_query *q, const void *p, size_t n)
{
    void *block = troth_sspi_query_room(q, n);
    if (block && n)
        memcpy(block, p, n);
    return block;
}

void *troth_sspi_query_package(troth_sspi_query *q, const troth_sspi_package *package)
{
    return keep(q, troth_sspi_package_info(blocks(), package, 1, q->wide));
}

static ULONG level_of(const troth_sspi_query *q)
{
    enum { ANONYMOUS, IDENTIFICATION, IMPERSONATION, DELEGATION };
    troth_flags has = q->facts.attributes;
    return has & TROTH_F_ANONYMOUS  ? ANONYMOUS
           : has & TROTH_F_IDENTIFY ? IDENTIFICATION /* [CR-18] */
           : has & TROTH_F_DELEGATE ? DELEGATION
                                    : IMPERSONATION;
}

void *troth_sspi_query_token(troth_sspi_query *q)
{
    const troth_identity *peer = &q->facts.peer;
    const char *const from[] = { peer->name, peer->account, peer->authority };
    size_t size = sizeof(TROTH_SSPI_TOKEN);
    for (size_t i = 0; i < 3; i++)
        size += troth_sspi_text_size(from[i], false);
    TROTH_SSPI_TOKEN *t = keep(q, troth_sspi_block_new(blocks(), TROTH_SSPI_BLOCK_BUFFER, size));
    if (!t)
        return NULL;
    char *at = (char *)(t + 1);
    const char **const to[] = { &t->Name, &t->Account, &t->Authority };
    t->cbSize = sizeof *t;
    t->Level = level_of(q);
    for (size_t i = 0; i < 3; i++) {
        *to[i] = at;
        troth_sspi_text_write(from[i], false, at);
        at += troth_sspi_text_size(from[i], false);
    }
    return t;
}

const char *troth_sspi_query_client(const troth_sspi_query *q)
{
    return q->c->role == TROTH_ACCEPTOR ? q->facts.peer.name : q->facts.self.name;
}

const char *troth_sspi_query_server(const troth_sspi_query *q)
{
    if (q->c->role == TROTH_ACCEPTOR)
        return q->facts.self.name;
    return *q->facts.peer.name ? q->facts.peer.name : q->c->target ? q->c->target : "";
}

const char *troth_sspi_query_target(const troth_sspi_query *q)
{
    troth_bytes named;
    if (q->c->role == TROTH_INITIATOR)
        return q->c->target ? q->c->target : "";
    if (!troth_context_query(q->c->engine, TROTH_QUERY_CLIENT_TARGET, &named))
        return (const char *)named.data;
    return q->facts.self.name;
}
