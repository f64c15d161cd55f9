/* Requests in their lines, and their end. */
#include <csiv2/sas_client.h>

void troth_sas_client_line_put(troth_sas_client_line *line, troth_sas_client_request *r)
{
    r->line = line;
    r->prev = line->last;
    r->next = NULL;
    if (line->last)
        line->last->next = r;
    else
        line->first = r;
    line->last = r;
    line->n++;
}

void troth_sas_client_line_leave(troth_sas_client_request *r)
{
    troth_sas_client_line *line = r->line;
    if (!line)
        return;
    *(r->prev ? &r->prev->next : &line->first) = r->next;
    *(r->next ? &r->next->prev : &line->last) = r->prev;
    line->n--;
    r->line = NULL;
    r->prev = r->next = NULL;
}

/* ---- memory ---- */

enum { SPARES = 16 };

troth_sas_client_request *troth_sas_client_request_memory(troth_sas_client *c)
{
    troth_sas_client_request *r = c->spare;
    if (!r)
        return troth_mem_new(c->env, sizeof *r);
    c->spare = r->next;
    c->n_spare--;
    return r;
}

static void give_back(troth_sas_client *c, troth_sas_client_request *r)
{
    if (c->n_spare == SPARES) {
        troth_mem_free(c->env, r, sizeof *r);
        return;
    }
    r->next = c->spare;
    c->spare = r;
    c->n_spare++;
}

void troth_sas_client_request_trim(troth_sas_client *c)
{
    while (c->spare) {
        troth_sas_client_request *r = troth_sas_client_request_memory(c);
        troth_mem_free(c->env, r, sizeof *r);
    }
}

void troth_sas_client_request_free(troth_sas_client_request *r)
{
    troth_sas_table_remove(&r->client->requests, &r->node);
    troth_sas_client_request_drop(r);
}

void troth_sas_client_request_drop(troth_sas_client_request *r)
{
    troth_sas_client *c = r->client;
    troth_sas_client_context *x = r->context;
    troth_sas_client_line_leave(r);
    if (r->job)
        r->job->request = NULL;
    troth_mem_drop(c->env, &r->token);
    give_back(c, r);
    if (x && !--x->requests && x->passing)
        troth_sas_client_context_free(x);
}
