/* The client as an endpoint. */
#include <csiv2/iiop_client.h>

enum { RESEND_TIMES = 4 };

static troth_iiop_client *of(troth_iiop_conn *c)
{
    return (troth_iiop_client *)c;
}

static troth_status from_peer(troth_iiop_conn *c, const troth_giop_whole *w)
{
    switch (troth_iiop_type(w)) {
    case TROTH_GIOP_REQUEST:
        return troth_iiop_pass_request(c, TROTH_IIOP_ORB, w);
    case TROTH_GIOP_REPLY:
        return troth_iiop_client_reply(of(c), w);
    case TROTH_GIOP_CANCEL_REQUEST:
        return troth_iiop_pass_cancel(c, TROTH_IIOP_ORB, &c->back, w);
    case TROTH_GIOP_LOCATE_REQUEST:
        return troth_iiop_pass_locate(c, TROTH_IIOP_ORB, &c->back, w);
    case TROTH_GIOP_LOCATE_REPLY:
        return troth_iiop_pass_located(c, TROTH_IIOP_ORB, &c->asked, w);
    default:
        return troth_iiop_pass_end(c, TROTH_IIOP_ORB, w);
    }
}

/* What waits is still sent before the end; the end of the transport then says the rest. */
static troth_status leave(troth_iiop_conn *c, const troth_giop_whole *w)
{
    if (!c->waiting)
        return troth_iiop_pass_end(c, TROTH_IIOP_PEER, w);
    c->out_ended = true;
    return TROTH_OK;
}

static troth_status from_orb(troth_iiop_conn *c, const troth_giop_whole *w)
{
    switch (troth_iiop_type(w)) {
    case TROTH_GIOP_REQUEST:
        return troth_iiop_client_request(of(c), w);
    case TROTH_GIOP_REPLY:
        return troth_iiop_pass_reply(c, TROTH_IIOP_PEER, w);
    case TROTH_GIOP_CANCEL_REQUEST:
        return troth_iiop_client_cancel(of(c), w);
    case TROTH_GIOP_LOCATE_REQUEST:
        return troth_iiop_pass_locate(c, TROTH_IIOP_PEER, &c->asked, w);
    case TROTH_GIOP_LOCATE_REPLY:
        return troth_iiop_pass_located(c, TROTH_IIOP_PEER, &c->back, w);
    default:
        return leave(c, w);
    }
}

static bool job(troth_iiop_conn *c, troth_job **ret)
{
    return troth_sas_client_job(of(c)->sas, ret);
}

static void stepped(troth_iiop_conn *c, troth_job *done)
{
    troth_sas_client_stepped(of(c)->sas, done, c->now);
}

static troth_status decide(troth_iiop_conn *c)
{
    troth_sas_sending s;
    return troth_sas_client_sending(of(c)->sas, &s) ? troth_iiop_client_decided(of(c), &s) : TROTH_AGAIN;
}

static troth_status unstall(troth_iiop_conn *c)
{
    return troth_iiop_client_unstall(of(c));
}

static const troth_iiop_role role = { from_peer, from_orb, job, stepped, decide, unstall };

static uint64_t deadline(const troth_endpoint *e)
{
    return troth_iiop_deadline((const troth_iiop_conn *)e);
}

static void expire(troth_endpoint *e, uint64_t now)
{
    troth_iiop_conn *c = (troth_iiop_conn *)e;
    troth_iiop_at(c, now, false);
    troth_iiop_expire(c);
}

static void destroy(troth_endpoint *e)
{
    troth_iiop_client *k = (troth_iiop_client *)e;
    const troth_env *env = k->conn.env;
    if (k->sas)
        troth_sas_client_free(k->sas);
    troth_iiop_conn_clear(&k->conn);
    troth_mem_free(env, k, sizeof *k);
}

static const troth_endpoint_ops ops = {
    .wire = "iiop",
    .feed = troth_iiop_feed,
    .feed_end = troth_iiop_feed_end,
    .out = troth_iiop_out,
    .sent = troth_iiop_sent,
    .submit = troth_iiop_submit,
    .event = troth_iiop_event,
    .stepped = troth_iiop_stepped,
    .deadline = deadline,
    .expire = expire,
    .close = troth_iiop_close,
    .error = troth_iiop_error,
    .free = destroy,
};

troth_status troth_iiop_client_new(const troth_sas_client_options *sas, const troth_iiop_options *opts, uint64_t now,
                                   troth_endpoint **ret)
{
    if (!sas || !opts->env)
        return TROTH_INVALID;
    troth_iiop_client *k = troth_mem_new(opts->env, sizeof *k);
    if (!k)
        return TROTH_NO_MEMORY;
    troth_status st = troth_iiop_conn_init(&k->conn, &ops, &role, opts, now);
    k->resend_max = opts->resend_max ? opts->resend_max : (size_t)k->conn.message_max * RESEND_TIMES;
    if (!st)
        st = troth_sas_client_new(sas, &k->sas);
    if (st) {
        destroy(&k->conn.ep);
        return st;
    }
    *ret = &k->conn.ep;
    return TROTH_OK;
}
