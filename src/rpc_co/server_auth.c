/* Which security context a PDU names, and whether it may be used so. [MS-RPCE 3.3.1.5.2, 3.3.1.5.4] */
#include <rpc_co/provider.h>
#include <rpc_co/server.h>

static const char building[] = "MS-RPCE 3.3.1.5.2.1: sec_trailer of a bind or alter_context";

static troth_status refuse(troth_co_server *s, const troth_co_arrival *a, uint16_t reason, uint32_t status,
                           troth_status code)
{
    s->server->count.contexts_refused++;
    return troth_co_refuse_bind(s, &a->pdu->hdr, reason, status, code, building);
}

/* One more leg of a context that is being built; a context that is built, or has failed, takes none (no new identity). */
static troth_status known(troth_co_server *s, const troth_co_arrival *a, troth_co_context *x, troth_co_context **ret)
{
    const troth_co_trailer *t = &a->trailer;
    if (x->fsm.state == TROTH_CO_CTX_WAITING && t->auth_type != x->auth_type)
        return refuse(s, a, TROTH_CO_NAK_NOT_SPECIFIED, TROTH_RPC_S_SEC_PKG_ERROR, TROTH_DENIED);
    if (x->fsm.state != TROTH_CO_CTX_WAITING || troth_co_level_raise(t->auth_level) != x->auth_level)
        return refuse(s, a, TROTH_CO_NAK_NOT_SPECIFIED, TROTH_RPC_S_ACCESS_DENIED, TROTH_DENIED);
    *ret = x;
    return TROTH_OK;
}

/* What became of making it, in words of the wire. */
static troth_status not_made(troth_co_server *s, const troth_co_arrival *a, troth_status st)
{
    switch (st) {
    case TROTH_UNSUPPORTED:
        return refuse(s, a, TROTH_CO_NAK_AUTH_TYPE, TROTH_RPC_S_ACCESS_DENIED, st);
    case TROTH_LIMIT:
        return refuse(s, a, TROTH_CO_NAK_LOCAL_LIMIT, TROTH_NCA_S_PROTO_ERROR, st); /* CO-9 */
    case TROTH_NO_MEMORY:
        return refuse(s, a, TROTH_CO_NAK_TEMPORARY_CONGESTION, TROTH_NCA_S_FAULT_REMOTE_NO_MEMORY, st);
    default:
        return refuse(s, a, TROTH_CO_NAK_CHECKSUM, TROTH_RPC_S_ACCESS_DENIED, st);
    }
}

static troth_status make(troth_co_server *s, const troth_co_trailer *t, troth_co_context **ret)
{
    troth_co_context_options o = { .cred = s->cred,
                                   .id = t->auth_context_id,
                                   .auth_context_id = t->auth_context_id,
                                   .auth_type = t->auth_type,
                                   .auth_level = t->auth_level,
                                   .target = s->target,
                                   .require = s->anonymous ? TROTH_F_ANONYMOUS : 0,
                                   .policy = s->policy,
                                   .limits = s->limits,
                                   .bindings = s->transport.bindings };
    return troth_co_context_new(&s->conn, &o, ret);
}

troth_status troth_co_server_context(troth_co_server *s, const troth_co_arrival *a, troth_co_context **ret)
{
    const troth_co_trailer *t = &a->trailer;
    troth_co_context *x = troth_co_context_find(&s->conn, t->auth_context_id);
    if (x)
        return known(s, a, x, ret);
    if (t->auth_level < TROTH_RPC_LEVEL_CONNECT || t->auth_level > TROTH_RPC_LEVEL_PRIVACY)
        return refuse(s, a, TROTH_CO_NAK_NOT_SPECIFIED, TROTH_RPC_S_ACCESS_DENIED, TROTH_MALFORMED);
    if (!troth_co_provider_of(t->auth_type))
        return not_made(s, a, TROTH_UNSUPPORTED);
    if (t->auth_level == TROTH_RPC_LEVEL_CALL) /* over connections its clients raise it themselves [2.2.1.1.8] */
        return not_made(s, a, TROTH_DENIED);
    troth_status st = make(s, t, &x);
    if (st)
        return not_made(s, a, st);
    troth_co_default_begun(s, x);
    *ret = x;
    return TROTH_OK;
}

/* ---- requests ---- */

static troth_status denied(troth_co_server *s, const troth_co_arrival *a, bool goes_on, const char *where)
{
    troth_co_refusal r = { .status = TROTH_RPC_S_ACCESS_DENIED,
                           .call_id = a->pdu->hdr.call_id,
                           .p_cont_id = a->request.p_cont_id,
                           .not_executed = goes_on,
                           .goes_on = goes_on,
                           .code = TROTH_DENIED,
                           .where = where };
    troth_status st = troth_co_server_fault(s, &r);
    return st ? st : TROTH_DENIED;
}

static troth_status unfinished(troth_co_server *s, const troth_co_arrival *a)
{
    troth_co_refusal r = { .status = TROTH_NCA_S_PROTO_ERROR,
                           .call_id = a->pdu->hdr.call_id,
                           .not_executed = true,
                           .code = TROTH_UNEXPECTED,
                           .where = "MS-RPCE 3.3.3: request in a context that is not built" };
    return troth_co_server_fault(s, &r);
}

static troth_status use(troth_co_server *s, const troth_co_arrival *a, troth_co_context *x, uint8_t auth_type,
                        uint8_t auth_level)
{
    bool built = x->fsm.state != TROTH_CO_CTX_NEW && x->fsm.state != TROTH_CO_CTX_WAITING;
    troth_status st = troth_co_context_use(x, auth_type, auth_level);
    if (!st)
        return TROTH_OK;
    if (!built && st != TROTH_DENIED)
        return unfinished(s, a);
    return denied(s, a, false, "MS-RPCE 3.3.1.5.2: use of a security context");
}

troth_status troth_co_request_context(troth_co_server *s, const troth_co_arrival *a, troth_co_context **ret)
{
    const troth_co_trailer *t = &a->trailer;
    troth_co_context *x = NULL;
    troth_status st = TROTH_OK;
    if (a->secured) {
        troth_co_default_named(s, t->auth_level);
        x = troth_co_context_find(&s->conn, t->auth_context_id);
        st = x ? use(s, a, x, t->auth_type, t->auth_level)
               : denied(s, a, false, "MS-RPCE 3.3.1.5.4: auth_context_id (CO-10)");
    } else {
        troth_co_runs_as as = troth_co_default_for(s);
        x = as.ctx;
        if (as.refused)
            st = denied(s, a, true, "MS-RPCE 3.3.1.5.4: a request without sec_trailer (CO-5)");
        else if (x)
            st = use(s, a, x, x->auth_type, x->auth_level);
    }
    if (!st)
        *ret = x;
    return st;
}
