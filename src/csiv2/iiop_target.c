/* The target as an endpoint. */
#include <csiv2/iiop_target.h>

static troth_iiop_target *of(troth_iiop_conn *c)
{
    return (troth_iiop_target *)c;
}

static troth_status from_peer(troth_iiop_conn *c, const troth_giop_whole *w)
{
    switch (troth_iiop_type(w)) {
    case TROTH_GIOP_REQUEST:
        return troth_iiop_target_request(of(c), w);
    case TROTH_GIOP_REPLY:
        return troth_iiop_pass_reply(c, TROTH_IIOP_ORB, w);
    case TROTH_GIOP_CANCEL_REQUEST:
        return troth_iiop_target_cancel(of(c), w);
    case TROTH_GIOP_LOCATE_REQUEST:
        return troth_iiop_pass_locate(c, TROTH_IIOP_ORB, &c->asked, w);
    case TROTH_GIOP_LOCATE_REPLY:
        return troth_iiop_pass_located(c, TROTH_IIOP_ORB, &c->back, w);
    default:
        return troth_iiop_pass_end(c, TROTH_IIOP_ORB, w);
    }
}

static troth_status from_orb(troth_iiop_conn *c, const troth_giop_whole *w)
{
    switch (troth_iiop_type(w)) {
    case TROTH_GIOP_REQUEST:
        return troth_iiop_pass_request(c, TROTH_IIOP_PEER, w);
    case TROTH_GIOP_REPLY:
        return troth_iiop_target_reply(of(c), w);
    case TROTH_GIOP_CANCEL_REQUEST:
        return troth_iiop_pass_cancel(c, TROTH_IIOP_PEER, &c->back, w);
    case TROTH_GIOP_LOCATE_REQUEST:
        return troth_iiop_pass_locate(c, TROTH_IIOP_PEER, &c->back, w);
    case TROTH_GIOP_LOCATE_REPLY:
        return troth_iiop_target_located(of(c), w);
    default:
        return troth_iiop_pass_end(c, TROTH_IIOP_PEER, w);
    }
}

static bool job(troth_iiop_conn *c, troth_job **ret)
{
    return troth_sas_session_job(of(c)->session, ret);
}

static void stepped(troth_iiop_conn *c, troth_job *done)
{
    troth_sas_session_stepped(of(c)->session, done, c->now);
}

static troth_status decide(troth_iiop_conn *c)
{
    troth_sas_verdict v;
    return troth_sas_session_verdict(of(c)->session, &v) ? troth_iiop_target_decided(of(c), &v) : TROTH_AGAIN;
}

static troth_status unstall(troth_iiop_conn *c)
{
    return troth_iiop_target_unstall(of(c));
}

static const troth_iiop_role role = { from_peer, from_orb, job, stepped, decide, unstall };

static uint64_t deadline(const troth_endpoint *e)
{
    const troth_iiop_target *t = (const troth_iiop_target *)e;
    uint64_t at = troth_iiop_deadline(&t->conn);
    uint64_t session = t->conn.closed ? UINT64_MAX : troth_sas_session_deadline(t->session);
    return session < at ? session : at;
}

static void expire(troth_endpoint *e, uint64_t now)
{
    troth_iiop_target *t = (troth_iiop_target *)e;
    troth_iiop_at(&t->conn, now, false);
    troth_sas_session_expire(t->session, t->conn.now);
    troth_iiop_expire(&t->conn);
    if (!t->conn.up.cap && !troth_iiop_untold(&t->conn)) /* it was idle: nobody views them */
        troth_writer_clear(&t->names);
}

static void destroy(troth_endpoint *e)
{
    troth_iiop_target *t = (troth_iiop_target *)e;
    const troth_env *env = t->conn.env;
    if (t->session)
        troth_sas_session_free(t->session);
    troth_iiop_publish_clear(&t->publish, env);
    troth_writer_clear(&t->names);
    troth_iiop_conn_clear(&t->conn);
    troth_mem_free(env, t, sizeof *t);
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

troth_status troth_iiop_target_new(troth_sas_target *target, const troth_iiop_options *opts,
                                   const troth_transport *transport, uint64_t now, troth_endpoint **ret)
{
    if (!target || !opts->env)
        return TROTH_INVALID;
    troth_iiop_target *t = troth_mem_new(opts->env, sizeof *t);
    if (!t)
        return TROTH_NO_MEMORY;
    t->tell_caller = opts->tell_caller;
    t->names = troth_writer_growing(opts->env, SIZE_MAX / 4, TROTH_BE);
    troth_status st = troth_iiop_conn_init(&t->conn, &ops, &role, opts, now);
    t->conn.server = true;
    if (!st)
        st = troth_iiop_publish_init(&t->publish, opts);
    if (!st)
        st = troth_sas_session_new(target, opts->env, transport, &t->session);
    if (st) {
        destroy(&t->conn.ep);
        return st;
    }
    *ret = &t->conn.ep;
    return TROTH_OK;
}
