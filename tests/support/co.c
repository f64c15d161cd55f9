#include <string.h>
#include <support/co.h>
#include <support/test.h>

void co_link_init(co_link *l)
{
    memset(l, 0, sizeof *l);
    for (int side = 0; side < 2; side++) {
        test_env_init(&l->env[side]);
        l->env[side].seed = 11 + (uint64_t)side;
        l->options[side] = (troth_co_conn_options){ .env = &l->env[side].env,
                                                    .role = side ? TROTH_ACCEPTOR : TROTH_INITIATOR,
                                                    .out_max = 262144,
                                                    .context_budget = 16777216,
                                                    .frag_cap = TROTH_CO_FRAG_MAX,
                                                    .max_contexts = 2048 };
    }
    l->context[CO_CLIENT].target = "svc/localhost";
}

void co_link_open(co_link *l)
{
    for (int side = 0; side < 2; side++)
        assert_int_equal(troth_co_conn_init(&l->conn[side], &l->options[side]), TROTH_OK);
}

void co_link_fake(co_link *l, troth_mech_id id)
{
    co_link_init(l);
    fake_mech_init(&l->fake, id);
    for (int side = 0; side < 2; side++)
        l->context[side].cred =
            fake_cred(&l->fake, &l->env[side].env, side ? TROTH_USE_ACCEPT : TROTH_USE_INITIATE, NULL);
    co_link_open(l);
}

void co_link_end(co_link *l)
{
    for (int side = 0; side < 2; side++) {
        troth_co_conn_clear(&l->conn[side]);
        troth_cred_unref(l->context[side].cred);
    }
    for (int side = 0; side < 2; side++)
        test_env_check(&l->env[side]);
}

troth_job *co_take_job(troth_co_conn *c)
{
    troth_event ev = { 0 };
    assert_true(troth_co_next_event(c, &ev));
    assert_int_equal(ev.kind, TROTH_EV_JOB);
    assert_non_null(ev.job);
    return ev.job;
}

troth_co_leg co_leg(troth_co_context *x, const troth_block *token, troth_block *ret)
{
    troth_co_conn *c = x->conn;
    troth_co_leg leg = { 0 };
    troth_bytes in = { token ? token->data : NULL, token ? token->len : 0 };
    assert_int_equal(troth_co_context_leg(x, in), TROTH_OK);
    troth_job *job = co_take_job(c);
    troth_job_run(job);
    assert_true(troth_co_context_stepped(c, job, &leg));
    assert_ptr_equal(leg.ctx, x);
    *ret = (troth_block){ 0 };
    if (leg.token.data)
        assert_int_equal(troth_mem_keep(c->env, leg.token.data, leg.token.len, ret), TROTH_OK);
    leg.token = (troth_bytes){ ret->data, ret->len };
    troth_job_free(job);
    return leg;
}

void co_drop(troth_co_conn *c, troth_block *token)
{
    troth_mem_drop(c->env, token);
}

bool co_build(co_link *l, uint32_t auth_context_id, uint8_t auth_type, uint8_t auth_level, troth_co_context *ret[2])
{
    troth_block token[2] = { { 0 } };
    troth_step step[2] = { TROTH_STEP_MORE, TROTH_STEP_MORE };
    ret[0] = ret[1] = NULL;
    for (int side = 0; side < 2; side++) {
        troth_co_context_options o = l->context[side];
        o.id = auth_context_id;
        o.auth_context_id = auth_context_id;
        o.auth_type = auth_type;
        o.auth_level = auth_level;
        if (troth_co_context_new(&l->conn[side], &o, &ret[side]))
            return false;
    }
    for (int turn = 0; turn < 12 && (step[0] == TROTH_STEP_MORE || step[1] == TROTH_STEP_MORE); turn++) {
        int side = turn % 2, other = !side;
        if (step[side] != TROTH_STEP_MORE || (turn && !token[other].data))
            break;
        step[side] = co_leg(ret[side], turn ? &token[other] : NULL, &token[side]).result;
        co_drop(&l->conn[other], &token[other]);
    }
    co_drop(&l->conn[0], &token[0]);
    co_drop(&l->conn[1], &token[1]);
    return step[0] == TROTH_STEP_DONE && step[1] == TROTH_STEP_DONE;
}

bool co_next_pdu(troth_co_conn *from, troth_co_conn *to, uint8_t *buf, size_t cap, troth_co_pdu *ret)
{
    troth_bytes out;
    size_t used;
    if (troth_co_out(from, &out))
        return false;
    size_t n = out.len < cap ? out.len : cap;
    memcpy(buf, out.data, n);
    assert_int_equal(troth_co_gather(to, buf, n, &used, ret), TROTH_OK);
    troth_co_sent(from, used);
    return true;
}

troth_status co_open_pdu(troth_co_context *x, troth_co_pdu *pdu, troth_bytes *ret_stub)
{
    troth_reader r = troth_reader_of(pdu->data, pdu->len, TROTH_LE);
    troth_co_hdr h;
    troth_co_trailer t;
    troth_status st = troth_co_hdr_read(&r, &h);
    size_t stub_at = TROTH_CO_REQUEST_HDR;
    if (st)
        return st;
    if (h.ptype == TROTH_CO_REQUEST && h.flags & TROTH_PFC_OBJECT_UUID)
        stub_at += TROTH_CO_OBJECT;
    if (h.frag_length != pdu->len)
        return TROTH_MALFORMED;
    st = troth_co_trailer_read(pdu->data, &h, stub_at, &t);
    return st ? st : troth_co_verify(x, pdu, &t, stub_at, ret_stub);
}
