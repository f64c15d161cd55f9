/* Presentation contexts as the client sees them. [MS-RPCE 3.3.1.5.6, 3.3.1.5.3] */
#include <rpc_co/client.h>

static const uint8_t our_features = TROTH_RPC_FEATURE_MULTIPLEXING | TROTH_RPC_FEATURE_KEEP_ON_ORPHAN;

troth_co_client_presented *troth_co_client_presentation(troth_co_client *c, const troth_rpc_syntax *abstract,
                                                        unsigned transfer)
{
    troth_co_client_presented **at = &c->presentations;
    for (; *at; at = &(*at)->next) {
        if ((*at)->transfer == transfer && troth_rpc_syntax_equal(&(*at)->abstract, abstract))
            return *at;
    }
    if (c->next_p_cont_id == UINT16_MAX)
        return NULL;
    troth_co_client_presented *p = troth_mem_new(c->c.env, sizeof *p);
    if (!p)
        return NULL;
    *p = (troth_co_client_presented){ .p_cont_id = c->next_p_cont_id++, .abstract = *abstract, .transfer = transfer };
    return *at = p;
}

void troth_co_client_presentations_clear(troth_co_client *c)
{
    while (c->presentations) {
        troth_co_client_presented *p = c->presentations;
        c->presentations = p->next;
        troth_mem_free(c->c.env, p, sizeof *p);
    }
}

troth_status troth_co_client_propose(troth_co_client *c, troth_co_client_presented *p, bool bind)
{
    troth_co_negotiation *n = &c->nego;
    n->n_elems = 0;
    n->elems[n->n_elems++] = p;
    n->features = bind && !c->opts.no_features;
    if (bind) {
        unsigned other = p->transfer == TROTH_RPC_NDR ? TROTH_RPC_NDR64 : TROTH_RPC_NDR;
        troth_co_client_presented *q = troth_co_client_presentation(c, &p->abstract, other);
        if (!q)
            return TROTH_NO_MEMORY;
        n->elems[n->n_elems++] = q;
    }
    return TROTH_OK;
}

/* ---- the answer ---- */

/* One element that is no features element. */
static troth_status judge(troth_co_client_presented *p, const troth_co_result *r)
{
    switch (r->result) {
    case TROTH_CO_ACCEPTANCE:
        if (!troth_rpc_syntax_equal(&r->transfer, troth_rpc_transfer_syntax(p->transfer)))
            return TROTH_MALFORMED;
        p->accepted = true;
        return TROTH_OK;
    case TROTH_CO_USER_REJECTION:
    case TROTH_CO_PROVIDER_REJECTION:
        return TROTH_OK; /* one that stood is not taken back by it */
    default:
        return TROTH_MALFORMED; /* negotiate_ack where nothing of the kind was asked */
    }
}

/* A server that knows of no features rejects the element as any other syntax. */
static troth_status judge_features(troth_co_client *c, const troth_co_result *r)
{
    if (r->result == TROTH_CO_ACCEPTANCE)
        return TROTH_MALFORMED;
    if (r->result == TROTH_CO_NEGOTIATE_ACK)
        c->c.features = (uint8_t)(r->reason & our_features);
    return TROTH_OK;
}

/* What a call is told whose interface or syntax the server does not have. */
static troth_error refusal(const troth_co_result *r)
{
    bool abstract = r->result == TROTH_CO_PROVIDER_REJECTION && r->reason == TROTH_CO_REASON_ABSTRACT_SYNTAX;
    return (troth_error){ .code = TROTH_PEER_REFUSED,
                          .wire = abstract ? TROTH_NCA_S_UNK_IF : TROTH_NCA_S_UNSUPPORTED_TYPE,
                          .where = "MS-RPCE 3.3.1.5.6" };
}

/*
 * Refused beside another that was accepted: the server prefers that one, and a call that needs this one asks for it
 * alone. Else whoever waits for it will be told.
 */
static void settle(troth_co_client *c, const troth_co_result *results)
{
    const troth_co_negotiation *n = &c->nego;
    bool any = false;
    for (unsigned i = 0; i < n->n_elems; i++)
        any |= n->elems[i]->accepted;
    for (unsigned i = 0; i < n->n_elems; i++) {
        if (n->elems[i]->accepted) {
            c->lead = n->elems[i];
        } else if (!any) {
            n->elems[i]->refused = refusal(&results[i]);
        }
    }
}

troth_status troth_co_client_results(troth_co_client *c, troth_co_ack *ack)
{
    const troth_co_negotiation *n = &c->nego;
    troth_co_result results[TROTH_CO_ELEMS] = { 0 };
    unsigned asked = n->n_elems + (n->features ? 1u : 0u);
    troth_status st = ack->n_results == asked ? TROTH_OK : TROTH_MALFORMED;
    for (unsigned i = 0; i < asked && !st; i++) {
        if (!troth_co_ack_next(ack, &results[i]))
            st = TROTH_MALFORMED;
        else if (i < n->n_elems)
            st = judge(n->elems[i], &results[i]);
        else
            st = judge_features(c, &results[i]);
    }
    if (!st)
        settle(c, results);
    return st;
}
