/* Where calls are kept: lists, the table by call_id, spare structs for the next ones. */
#include <rpc_co/client.h>

void troth_co_client_call_push(troth_co_client_call_list *l, troth_co_client_call *call)
{
    call->next = NULL;
    call->prev = l->tail;
    if (l->tail)
        l->tail->next = call;
    else
        l->head = call;
    l->tail = call;
}

void troth_co_client_call_unlink(troth_co_client_call_list *l, troth_co_client_call *call)
{
    if (call->prev)
        call->prev->next = call->next;
    else
        l->head = call->next;
    if (call->next)
        call->next->prev = call->prev;
    else
        l->tail = call->prev;
    call->next = call->prev = NULL;
}

troth_co_client_call *troth_co_client_call_new(troth_co_client *c)
{
    troth_co_client_call *call = c->spare.head;
    if (call)
        troth_co_client_call_unlink(&c->spare, call);
    else if (!(call = troth_mem_new(c->c.env, sizeof *call)))
        return NULL;
    *call = (troth_co_client_call){ .client = c };
    troth_queue_init(&call->reply, c->c.env, c->opts.max_reply);
    troth_fsm_init(&call->fsm, &troth_co_client_call_fsm, c->c.env);
    c->n_calls++;
    c->c.calls++;
    c->c.calls_begun++;
    return call;
}

/* ---- by call_id ---- */

static troth_co_client_call **bucket(troth_co_client *c, uint32_t call_id)
{
    return &c->buckets[call_id % TROTH_CO_CLIENT_BUCKETS]; /* we choose the ids: nobody can make them collide */
}

troth_co_client_call *troth_co_client_call_find(const troth_co_client *c, uint32_t call_id)
{
    troth_co_client_call *call = c->buckets[call_id % TROTH_CO_CLIENT_BUCKETS];
    while (call && call->call_id != call_id)
        call = call->in_bucket;
    return call;
}

void troth_co_client_call_flies(troth_co_client_call *call)
{
    troth_co_client *c = call->client;
    troth_co_client_call **b = bucket(c, call->call_id);
    call->in_bucket = *b;
    *b = call;
    troth_co_client_call_push(&c->flying, call);
    c->n_flying++;
}

static void land(troth_co_client_call *call)
{
    troth_co_client *c = call->client;
    troth_co_client_call **at = bucket(c, call->call_id);
    while (*at != call)
        at = &(*at)->in_bucket;
    *at = call->in_bucket;
    call->in_bucket = NULL;
    troth_co_client_call_unlink(&c->flying, call);
    c->n_flying--;
}

/* ---- the end of a call ---- */

static void leave(troth_co_client_call *call)
{
    troth_co_client *c = call->client;
    if (call->call_id)
        land(call);
    else
        troth_co_client_call_unlink(&c->waiting, call);
    troth_mem_drop(c->c.env, &call->stub);
    if (call->counted)
        --*call->counted;
    call->counted = NULL;
}

bool troth_co_client_call_orphaned(const troth_co_client_call *call)
{
    return call->counted == &call->client->n_orphans;
}

void troth_co_client_call_done(troth_co_client_call *call)
{
    leave(call);
    call->client->c.calls--;
    troth_co_client_call_push(&call->client->done, call);
}

static void recycle(troth_co_client *c, troth_co_client_call *call)
{
    troth_queue_clear(&call->reply);
    troth_co_client_call_push(&c->spare, call);
    c->n_calls--;
}

void troth_co_client_call_release(troth_co_client *c, troth_co_client_call *call)
{
    if (troth_co_client_call_orphaned(call)) /* nobody is told of it any more */
        leave(call);
    recycle(c, call);
}

void troth_co_client_calls_lost(troth_co_client *c, const troth_error *why)
{
    while (c->flying.head)
        troth_co_client_step_call(c->flying.head, TROTH_CO_CC_ON_LOST, why);
    while (c->waiting.head)
        troth_co_client_step_call(c->waiting.head, TROTH_CO_CC_ON_LOST, why);
}

static void free_list(troth_co_client *c, troth_co_client_call_list *l)
{
    while (l->head) {
        troth_co_client_call *call = l->head;
        troth_co_client_call_unlink(l, call);
        troth_mem_drop(c->c.env, &call->stub);
        troth_queue_clear(&call->reply);
        troth_mem_free(c->c.env, call, sizeof *call);
    }
}

void troth_co_client_calls_clear(troth_co_client *c)
{
    if (c->told)
        recycle(c, c->told);
    c->told = NULL;
    free_list(c, &c->flying);
    free_list(c, &c->waiting);
    free_list(c, &c->done);
    free_list(c, &c->spare);
}
