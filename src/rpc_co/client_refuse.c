/* How a client's connection ends. It never answers: "these extensions handle the error by closing" [MS-RPCE 3.3.2]. */
#include <rpc_co/client.h>

/* Replies that may still come. */
bool troth_co_client_replies_awaited(void *self, const void *arg)
{
    const troth_co_client *c = self;
    (void)arg;
    return c->n_flying > c->n_orphans;
}

bool troth_co_client_nothing_open(void *self, const void *arg)
{
    const troth_co_client *c = self;
    (void)arg;
    return !c->c.calls && !c->to_open && !troth_co_gathering(&c->c);
}

/* The end. Calls that are not answered are by troth_co_client_pump, before TROTH_EV_CLOSED. */
static void end_as(troth_co_client *c, const troth_error *why)
{
    troth_co_end_as(&c->c, why);
}

static void end(troth_co_client *c, troth_status code, uint32_t wire, const char *where)
{
    const troth_error why = { .code = code, .wire = wire, .where = where };
    end_as(c, &why);
}

/* No further PDUs: what has not been sent will not be, what is awaited still comes. [CO-11] */
static void discard(troth_co_client *c, const troth_error *why)
{
    c->stopping = *why;
}

/* ---- security contexts ---- */

static troth_error error_of(troth_co_client *c, const troth_co_context *x)
{
    troth_error why = x->error;
    if (!why.code)
        why = (troth_error){ .code = TROTH_MECHANISM, .where = "MS-RPCE 3.3.1.5.2.1" };
    if (!why.where)
        why.where = "";
    troth_co_warn(&c->c, x->id, &why);
    return why;
}

troth_status troth_co_client_context_failed(void *self, const void *arg)
{
    const troth_co_leg *leg = arg;
    troth_error why = error_of(self, leg->ctx);
    end_as(self, &why);
    return TROTH_OK;
}

troth_status troth_co_client_discard_failed(void *self, const void *arg)
{
    const troth_co_leg *leg = arg;
    troth_error why = error_of(self, leg->ctx);
    discard(self, &why);
    return TROTH_OK;
}

/* The server says that it did not like the client's token. */
static troth_error refused(troth_co_client *c, uint32_t status)
{
    const troth_error why = { .code = TROTH_PEER_REFUSED, .wire = status, .where = "MS-RPCE 3.3.1.5.2.1" };
    if (c->building)
        troth_co_warn(&c->c, c->building->id, &why);
    return why;
}

troth_status troth_co_client_context_refused(void *self, const void *arg)
{
    const troth_co_fragment *f = arg;
    troth_error why = refused(self, f->status);
    end_as(self, &why);
    return TROTH_OK;
}

troth_status troth_co_client_discard_refused(void *self, const void *arg)
{
    const troth_co_fragment *f = arg;
    troth_error why = refused(self, f->status);
    discard(self, &why);
    return TROTH_OK;
}

troth_status troth_co_client_broken(void *self, const void *arg)
{
    end_as(self, arg);
    return TROTH_OK;
}

troth_status troth_co_client_discard_broken(void *self, const void *arg)
{
    discard(self, arg);
    return TROTH_OK;
}

/* ---- the server's refusals ---- */

/* Temporary congestion is what a local limit is. [MS-RPCE 2.2.2.5] */
troth_status troth_co_client_bind_refused(void *self, const void *arg)
{
    const uint16_t *reason = arg;
    bool congestion = *reason == TROTH_CO_NAK_TEMPORARY_CONGESTION;
    troth_error why = refused(self, congestion ? TROTH_CO_NAK_LOCAL_LIMIT : *reason);
    why.where = "MS-RPCE 2.2.2.5 bind_nak";
    end_as(self, &why);
    return TROTH_OK;
}

troth_status troth_co_client_bind_faulted(void *self, const void *arg)
{
    return troth_co_client_context_refused(self, arg);
}

/* The connection goes on, as far as we are concerned. */
troth_status troth_co_client_presentation_refused(void *self, const void *arg)
{
    troth_co_client *c = self;
    const troth_co_fragment *f = arg;
    const troth_error why = { .code = TROTH_PEER_REFUSED, .wire = f->status, .where = "MS-RPCE 3.3.1.5.6" };
    for (unsigned i = 0; i < c->nego.n_elems; i++)
        if (!c->nego.elems[i]->accepted)
            c->nego.elems[i]->refused = why;
    return TROTH_OK;
}

static const troth_error shutdown_error = { .code = TROTH_CLOSED, .where = "C706 12.6.4.11 shutdown" };

troth_status troth_co_client_shut_down(void *self, const void *arg)
{
    (void)arg;
    end_as(self, &shutdown_error);
    return TROTH_OK;
}

troth_status troth_co_client_discard_shut_down(void *self, const void *arg)
{
    (void)arg;
    discard(self, &shutdown_error);
    return TROTH_OK;
}

/* ---- the end ---- */

troth_status troth_co_client_drained(void *self, const void *arg)
{
    troth_co_client *c = self;
    (void)arg;
    end_as(c, &c->stopping);
    return TROTH_OK;
}

troth_status troth_co_client_bad_pdu(void *self, const void *arg)
{
    end_as(self, arg);
    return TROTH_OK;
}

troth_status troth_co_client_peer_ended(void *self, const void *arg)
{
    (void)arg;
    end(self, TROTH_OK, 0, "MS-RPCE 3.3.2.7.1");
    return TROTH_OK;
}

troth_status troth_co_client_lost(void *self, const void *arg)
{
    troth_co_client *c = self;
    (void)arg;
    end(c, troth_co_gathering(&c->c) ? TROTH_TRUNCATED : TROTH_CLOSED, 0, "MS-RPCE 3.3.2.7.1");
    return TROTH_OK;
}

troth_status troth_co_client_close(void *self, const void *arg)
{
    end_as(self, arg);
    return TROTH_OK;
}

/* ---- no such arrow, or an action that failed ---- */

void troth_co_client_refuse(void *self, uint8_t event, const void *arg, troth_status why)
{
    static const char *const where[TROTH_CO_CA_EVENTS] = {
        [TROTH_CO_CA_ON_NEED] = "MS-RPCE 3.3.2.4.1.3",        [TROTH_CO_CA_ON_OPEN] = "MS-RPCE 3.3.1.5.2.1",
        [TROTH_CO_CA_ON_MORE] = "MS-RPCE 3.3.1.5.2.1",        [TROTH_CO_CA_ON_DONE] = "MS-RPCE 3.3.1.5.2.1",
        [TROTH_CO_CA_ON_BIND_ACK] = "C706 12.6.4.4 bind_ack", [TROTH_CO_CA_ON_ALTER_RESP] = "C706 12.6.4.2",
    };
    troth_co_client *c = self;
    (void)arg;
    const troth_error e = { .code = why, .where = where[event] ? where[event] : "MS-RPCE 3.3.2" };
    if (c->building)
        troth_co_warn(&c->c, c->building->id, &e);
    end_as(c, &e);
}
