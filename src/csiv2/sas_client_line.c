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

void troth_sas_client_request_free(troth_sas_client_request *r)
{
    troth_sas_client *c = r->client;
    troth_sas_client_context *x = r->context;
    troth_sas_client_line_leave(r);
    if (r->job)
        r->job->request = NULL;
    (void)troth_idtable_remove_number(&c->requests, r->id);
    troth_mem_drop(c->env, &r->token);
    troth_mem_free(c->env, r, sizeof *r);
    if (x && !--x->requests && x->passing)
        troth_sas_client_context_free(x);
}
