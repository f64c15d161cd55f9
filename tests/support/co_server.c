#include <stdio.h>
#include <string.h>
#include <support/co_server.h>
#include <support/test.h>

static co_server *running; /* handlers have no other way to the test that runs */

static void remember(co_server *s, troth_rpc_call *call)
{
    const troth_rpc_caller *c = troth_rpc_call_caller(call);
    s->calls++;
    s->level = c->level;
    s->type = c->type;
    s->as = c->auth_context_id;
    s->attributes = c->facts.attributes;
    snprintf(s->who, sizeof s->who, "%s", c->facts.peer.name);
}

static void echo(void *self, troth_rpc_call *call)
{
    (void)self;
    remember(running, call);
    troth_rpc_call_reply(call, troth_rpc_call_request(call)->stub);
}

static void later(void *self, troth_rpc_call *call)
{
    (void)self;
    remember(running, call);
    running->later = call;
}

static const troth_rpc_handler handlers[] = { echo, later };
static const troth_rpc_interface interface = {
    .name = "fixture",
    .syntax = { { { 0x7b, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15 } }, 1, 0 },
    .transfer = TROTH_RPC_NDR | TROTH_RPC_NDR64,
    .ops = handlers,
    .n_ops = 2,
};

/* ---- life ---- */

void co_server_init(co_server *s, troth_rpc_profile profile)
{
    memset(s, 0, sizeof *s);
    real_init(&s->r, REAL_NTLM, REAL_NNS, TROTH_LEVEL_SIGN);
    for (int side = 0; side < 2; side++)
        assert_int_equal(real_acquire(&s->r, side, NULL), TROTH_OK);
    static const troth_transport transport = { .peer = "192.0.2.1:50000", .local = "192.0.2.2:135" };
    s->options = (troth_rpc_co_server_options){ .env = &s->r.side[REAL_SERVER].env.env,
                                                .cred = s->r.side[REAL_SERVER].cred,
                                                .profile = profile,
                                                .transport = &transport };
    s->now = 1000;
    running = s;
}

static void open_client(co_server *s)
{
    troth_co_conn_options o = { .env = &s->r.side[REAL_CLIENT].env.env,
                                .role = TROTH_INITIATOR,
                                .out_max = 1 << 20,
                                .context_budget = 1 << 24,
                                .frag_cap = TROTH_CO_FRAG_MAX,
                                .max_contexts = 4000 };
    assert_int_equal(troth_co_conn_init(&s->client, &o), TROTH_OK);
    s->client.max_frag = TROTH_CO_FRAG_MAX;
    assert_int_equal(troth_rpc_co_server_new(&s->options, s->now, &s->e), TROTH_OK);
    s->closed = false;
}

void co_server_open(co_server *s)
{
    assert_int_equal(troth_rpc_server_new(s->options.env, 0, &s->server), TROTH_OK);
    assert_int_equal(troth_rpc_server_register(s->server, &interface), TROTH_OK);
    s->options.server = s->server;
    open_client(s);
}

static void close_both(co_server *s)
{
    troth_job_free(s->job);
    s->job = NULL;
    troth_endpoint_free(s->e);
    s->e = NULL;
    troth_co_conn_clear(&s->client);
}

void co_server_again(co_server *s)
{
    close_both(s);
    open_client(s);
}

void co_server_end(co_server *s)
{
    close_both(s);
    troth_rpc_server_free(s->server);
    real_end(&s->r);
}

/* ---- octets ---- */

void co_run_job(co_server *s)
{
    troth_job *job = s->job;
    assert_non_null(job);
    s->job = NULL;
    troth_job_run(job);
    troth_endpoint_stepped(s->e, job, s->now);
    co_events(s);
}

void co_events(co_server *s)
{
    troth_event ev;
    while (troth_endpoint_event(s->e, &ev)) {
        s->established += ev.kind == TROTH_EV_ESTABLISHED;
        s->warnings += ev.kind == TROTH_EV_WARNING;
        if (ev.kind == TROTH_EV_CLOSED)
            s->closed = true, s->error = ev.error;
        if (ev.kind == TROTH_EV_JOB) {
            assert_null(s->job);
            s->job = ev.job;
            if (!s->keep_jobs)
                co_run_job(s);
        }
    }
}

size_t co_feed(co_server *s, const uint8_t *p, size_t n)
{
    static uint8_t copy[80000];
    size_t used = 0, part = 1;
    assert_true(n <= sizeof copy);
    memcpy(copy, p, n);
    while (used < n && part && !s->closed) {
        troth_status st = troth_endpoint_feed(s->e, copy + used, n - used, NULL, s->now, &part);
        (void)st; /* the closing event tells */
        used += part;
        co_events(s);
    }
    co_events(s);
    return used;
}

bool co_next(co_server *s)
{
    troth_bytes b;
    if (troth_endpoint_out(s->e, &b, NULL))
        return false;
    troth_reader r = troth_reader_of(b.data, b.len, TROTH_LE);
    assert_int_equal(troth_co_hdr_read(&r, &s->hdr), TROTH_OK);
    assert_true(s->hdr.frag_length <= b.len);
    memcpy(s->pdu, b.data, s->hdr.frag_length);
    troth_endpoint_sent(s->e, s->hdr.frag_length);
    return true;
}

/* ---- writing ---- */

static troth_writer begin(uint8_t *out, uint8_t ptype, const co_pdu_options *o)
{
    troth_writer w = troth_writer_over(out, 70000, o->big_endian ? TROTH_BE : TROTH_LE);
    troth_co_hdr h = { .ptype = ptype, .flags = o->flags, .call_id = o->call_id };
    troth_co_hdr_write(&w, &h);
    return w;
}

static size_t finish(troth_writer *w, const co_pdu_options *o)
{
    if (o->token.data) {
        troth_co_trailer t = { o->auth_type, o->auth_level, o->pad, 0, o->auth_context_id, 0, o->token };
        troth_co_trailer_write(w, &t);
        troth_write_bytes(w, o->token.data, o->token.len);
    }
    troth_write_patch16(w, 8, (uint16_t)w->len);
    troth_write_patch16(w, 10, (uint16_t)o->token.len);
    assert_int_equal(w->st, TROTH_OK);
    return w->len;
}

size_t co_write_bind(uint8_t *out, uint8_t ptype, const co_pdu_options *o)
{
    troth_writer w = begin(out, ptype, o);
    troth_co_proposal p = { 1, interface.syntax, troth_rpc_transfer_syntax(TROTH_RPC_NDR), 1 };
    troth_co_bind_write(&w, TROTH_CO_FRAG_MAX, TROTH_CO_FRAG_MAX, 0, &p, 1);
    return finish(&w, o);
}

size_t co_write_request(uint8_t *out, const co_pdu_options *o)
{
    troth_writer w = begin(out, TROTH_CO_REQUEST, o);
    troth_write_u32(&w, o->has_hint ? o->alloc_hint : (uint32_t)o->stub_len);
    troth_write_u16(&w, o->p_cont_id);
    troth_write_u16(&w, o->opnum);
    troth_write_bytes(&w, o->stub, o->stub_len);
    return finish(&w, o);
}

size_t co_write_auth3(uint8_t *out, const co_pdu_options *o)
{
    troth_writer w = begin(out, TROTH_CO_AUTH3, o);
    troth_write_zeros(&w, 4);
    return finish(&w, o);
}

void co_bind(co_server *s, uint8_t flags)
{
    uint8_t out[256];
    co_pdu_options o = { .flags = CO_WHOLE | flags, .call_id = 1 };
    co_feed(s, out, co_write_bind(out, TROTH_CO_BIND, &o));
    assert_true(co_next(s));
    assert_int_equal(s->hdr.ptype, TROTH_CO_BIND_ACK);
}

static size_t leg(troth_co_context *x, troth_bytes in, uint8_t *out)
{
    troth_co_leg l;
    troth_event ev;
    assert_int_equal(troth_co_context_leg(x, in), TROTH_OK);
    assert_true(troth_co_next_event(x->conn, &ev));
    troth_job_run(ev.job);
    assert_true(troth_co_context_stepped(x->conn, ev.job, &l));
    size_t n = l.token.len;
    if (n)
        memcpy(out, l.token.data, n);
    troth_job_free(ev.job);
    return n;
}

troth_co_context *co_begin_context(co_server *s, bool first, uint32_t id, uint8_t level)
{
    uint8_t token[4096], out[8192];
    troth_co_context *x;
    troth_co_context_options c = { .cred = s->r.side[REAL_CLIENT].cred,
                                   .id = id,
                                   .auth_context_id = id,
                                   .auth_type = TROTH_RPC_AUTH_NTLM,
                                   .auth_level = level };
    assert_int_equal(troth_co_context_new(&s->client, &c, &x), TROTH_OK);
    size_t n = leg(x, (troth_bytes){ NULL, 0 }, token);
    co_pdu_options o = { .flags = CO_WHOLE,
                         .call_id = 1,
                         .auth_type = TROTH_RPC_AUTH_NTLM,
                         .auth_level = s->claim ? s->claim : level,
                         .auth_context_id = id,
                         .token = { token, n } };
    co_feed(s, out, co_write_bind(out, first ? TROTH_CO_BIND : TROTH_CO_ALTER_CONTEXT, &o));
    return x;
}

troth_co_context *co_build_context(co_server *s, bool first, uint32_t id, uint8_t level)
{
    uint8_t token[4096], out[8192];
    unsigned before = s->established;
    troth_co_trailer t;
    troth_co_context *x = co_begin_context(s, first, id, level);
    if (!co_next(s) || (s->hdr.ptype != TROTH_CO_BIND_ACK && s->hdr.ptype != TROTH_CO_ALTER_CONTEXT_RESP))
        return NULL;
    assert_int_equal(troth_co_trailer_read(s->pdu, &s->hdr, TROTH_CO_HDR, &t), TROTH_OK);
    size_t n = leg(x, t.token, token);
    co_pdu_options o = { .flags = CO_WHOLE,
                         .call_id = 1,
                         .auth_type = TROTH_RPC_AUTH_NTLM,
                         .auth_level = s->claim ? s->claim : level,
                         .auth_context_id = id,
                         .token = { token, n } };
    co_feed(s, out, co_write_auth3(out, &o));
    return s->established == before + 1 ? x : NULL;
}

size_t co_sign_request(co_server *s, troth_co_context *ctx, uint32_t call_id, uint16_t opnum, size_t stub, uint8_t *out)
{
    static uint8_t zeros[20000];
    troth_bytes b;
    troth_co_outgoing m = { .ptype = TROTH_CO_REQUEST,
                            .call_id = call_id,
                            .p_cont_id = 1,
                            .opnum = opnum,
                            .stub = { zeros, stub },
                            .ctx = ctx };
    assert_int_equal(troth_co_send(&s->client, &m), TROTH_OK);
    assert_int_equal(troth_co_out(&s->client, &b), TROTH_OK);
    memcpy(out, b.data, b.len);
    size_t n = b.len;
    troth_co_sent(&s->client, n);
    return n;
}

void co_send_request(co_server *s, uint32_t call_id, uint16_t p_cont_id, uint16_t opnum)
{
    uint8_t out[64];
    co_pdu_options o = { .flags = CO_WHOLE, .call_id = call_id, .p_cont_id = p_cont_id, .opnum = opnum };
    co_feed(s, out, co_write_request(out, &o));
}

/* ---- expectations ---- */

void co_expect_nak(co_server *s, uint16_t reason)
{
    assert_true(co_next(s));
    assert_int_equal(s->hdr.ptype, TROTH_CO_BIND_NAK);
    assert_int_equal(s->hdr.frag_length, 24);
    assert_int_equal(s->pdu[16] | s->pdu[17] << 8, reason);
    co_expect_closed(s);
}

void co_expect_fault(co_server *s, uint32_t call_id, uint16_t p_cont_id, uint32_t status, bool not_executed)
{
    troth_co_fault f;
    assert_true(co_next(s));
    assert_int_equal(s->hdr.ptype, TROTH_CO_FAULT);
    troth_reader r = troth_reader_of(s->pdu + TROTH_CO_HDR, s->hdr.frag_length - TROTH_CO_HDR, TROTH_LE);
    assert_int_equal(troth_co_fault_read(&r, &f), TROTH_OK);
    assert_int_equal(f.status, status);
    assert_int_equal(s->hdr.call_id, call_id);
    assert_int_equal(f.p_cont_id, p_cont_id);
    assert_int_equal(s->hdr.flags, CO_WHOLE | (not_executed ? TROTH_PFC_DID_NOT_EXECUTE : 0));
    assert_int_equal(s->hdr.auth_length, 0);
}

void co_expect_response(co_server *s, uint32_t call_id)
{
    assert_true(co_next(s));
    assert_int_equal(s->hdr.ptype, TROTH_CO_RESPONSE);
    assert_int_equal(s->hdr.call_id, call_id);
}

void co_expect_nothing(co_server *s)
{
    assert_false(co_next(s));
}

void co_expect_closed(co_server *s)
{
    co_events(s);
    assert_true(s->closed);
    co_expect_nothing(s);
}

void co_expect_open(co_server *s)
{
    co_events(s);
    assert_false(s->closed);
}
