#include <string.h>
#include <support/iiop_pair.h>
#include <support/test.h>

static troth_status check(void *self, const char *user, troth_bytes password)
{
    iiop_pair *p = self;
    (void)user;
    p->checks++;
    return password.len == 6 && !memcmp(password.data, "s3cret", 6) ? TROTH_OK : TROTH_DENIED;
}

static troth_status make_cred(iiop_pair *p, troth_cred_use use, const troth_cred_source *src, troth_cred **ret)
{
    troth_job *job;
    troth_status st = troth_cred_new(&p->env.env, troth_mechs_csi(), use, src, 1, ret);
    if (st)
        return st;
    st = troth_cred_job(*ret, 1, &job);
    if (st)
        return st;
    troth_job_run(job);
    troth_job_free(job);
    return troth_cred_ready(*ret, NULL);
}

static troth_status make_target(iiop_pair *p, const iiop_pair_options *o)
{
    const troth_cred_source src = { .mech = "gssup", .kind = TROTH_CRED_CHECK, .check = check, .lookup_self = p };
    troth_status st = make_cred(p, TROTH_USE_ACCEPT, &src, &p->accept);
    if (st)
        return st;
    const troth_sas_target_options opts = { .env = &p->env.env,
                                            .cred = p->accept,
                                            .required = TROTH_CSI_ESTABLISH_TRUST_IN_CLIENT,
                                            .stateful = o->stateful,
                                            .clear_password = true,
                                            .idle_ms = o->context_idle_ms,
                                            .pending = o->pending };
    return troth_sas_target_new(&opts, &p->target);
}

static troth_status make_server(iiop_pair *p, const iiop_pair_options *o)
{
    const troth_transport transport = { .peer = "client" };
    troth_iiop_options io = o->server;
    troth_endpoint *e;
    io.env = &p->env.env;
    troth_status st = troth_iiop_target_new(p->target, &io, &transport, 1000, &e);
    if (!st)
        iiop_begin(&p->t, e);
    return st;
}

static troth_status make_client(iiop_pair *p, const iiop_pair_options *o)
{
    const char *password = o->password ? o->password : "s3cret";
    const troth_cred_source src = { .mech = "gssup",
                                    .kind = TROTH_CRED_PASSWORD,
                                    .principal = o->user ? o->user : "alice",
                                    .secret = { (const uint8_t *)password, strlen(password) } };
    const troth_transport transport = { .peer = "target" };
    troth_iiop_options io = o->client;
    troth_block list;
    troth_endpoint *e;
    troth_status st = o->nobody ? TROTH_OK : make_cred(p, TROTH_USE_INITIATE, &src, &p->initiate);
    if (!st)
        st = troth_sas_target_component(p->target, NULL, &list);
    if (st)
        return st;
    const troth_sas_client_options so = { .env = &p->env.env,
                                          .cred = p->initiate,
                                          .mech_list = { o->nobody ? NULL : list.data, o->nobody ? 0 : list.len },
                                          .clear_password = true,
                                          .stateful = o->stateful,
                                          .transport = &transport };
    io.env = &p->env.env;
    st = troth_iiop_client_new(&so, &io, 1000, &e);
    troth_ior_free(&p->env.env, &list);
    if (!st)
        iiop_begin(&p->k, e);
    return st;
}

static void release(iiop_pair *p)
{
    if (p->k.e)
        iiop_finish(&p->k);
    if (p->t.e)
        iiop_finish(&p->t);
    if (p->target)
        troth_sas_target_free(p->target);
    troth_cred_unref(p->accept);
    troth_cred_unref(p->initiate);
    test_env_check(&p->env);
}

troth_status iiop_pair_begin(iiop_pair *p, const iiop_pair_options *o, size_t fail_at)
{
    memset(p, 0, sizeof *p);
    test_env_init(&p->env);
    test_env_secret(&p->env, "s3cret", 6);
    p->env.fail_at = fail_at;
    troth_status st = make_target(p, o);
    if (!st)
        st = make_server(p, o);
    if (!st)
        st = make_client(p, o);
    if (!st)
        return st;
    assert_int_equal(st, TROTH_NO_MEMORY);
    release(p);
    return st;
}

void iiop_pair_end(iiop_pair *p)
{
    release(p);
}

void iiop_pair_carry(iiop_pair *p, size_t step)
{
    size_t used;
    do {
        used = iiop_feed(&p->t, p->k.out + p->to_t, p->k.n_out - p->to_t, step);
        p->to_t += used;
        size_t back = iiop_feed(&p->k, p->t.out + p->to_k, p->t.n_out - p->to_k, step);
        p->to_k += back;
        used += back;
    } while (used);
}

void iiop_pair_ask(iiop_pair *p, const iiop_msg *m, size_t cut, size_t step)
{
    uint8_t octets[8192];
    size_t n = iiop_make_cut(m, cut, octets, sizeof octets);
    iiop_order(&p->k, octets, n, step, NULL);
}

static void answer(iiop_pair *p, const iiop_seen *s, size_t step)
{
    uint8_t octets[8192];
    iiop_msg m = { .minor = s->octets[5], .order = s->octets[6] & 1 ? TROTH_LE : TROTH_BE };
    if (s->type == TROTH_GIOP_LOCATE_REQUEST) {
        troth_giop_locate_request q;
        assert_int_equal(troth_giop_locate_request_read((troth_bytes){ s->octets, s->len }, &q), TROTH_OK);
        m.type = TROTH_GIOP_LOCATE_REPLY;
        m.id = q.request_id;
        m.status = TROTH_GIOP_OBJECT_HERE;
    } else if (s->type == TROTH_GIOP_REQUEST && troth_giop_response_expected(&s->q)) {
        const char *operation = (const char *)s->q.operation.data; /* has a NUL behind it */
        m.type = TROTH_GIOP_REPLY;
        m.id = s->q.request_id;
        m.body = s->q.body < s->len;
        m.other = 6;
        if (!strcmp(operation, "user")) {
            m.status = TROTH_GIOP_USER_EXCEPTION;
        } else if (!strcmp(operation, "system")) {
            m.status = TROTH_GIOP_SYSTEM_EXCEPTION;
            m.exception = "NO_PERMISSION"; /* the servant's own word */
            m.completed = TROTH_GIOP_COMPLETED_NO;
        } else if (!strcmp(operation, "forward")) {
            m.status = TROTH_GIOP_LOCATION_FORWARD;
            m.ior = p->forward;
        }
    } else {
        return;
    }
    size_t n = iiop_make(&m, octets, sizeof octets);
    iiop_order(&p->t, octets, n, step, NULL);
}

void iiop_pair_serve(iiop_pair *p, size_t step)
{
    iiop_seen s;
    while (iiop_see(p->t.up, p->t.n_up, (unsigned)p->served, &s)) {
        p->served++;
        answer(p, &s, step);
        iiop_unsee(&s);
    }
}

void iiop_pair_call(iiop_pair *p, const iiop_msg *m, size_t cut, size_t step)
{
    iiop_pair_ask(p, m, cut, step);
    iiop_pair_carry(p, step);
    iiop_pair_serve(p, step);
    iiop_pair_carry(p, step);
}
