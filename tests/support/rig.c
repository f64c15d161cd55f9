#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <support/hex.h>
#include <support/rig.h>
#include <support/test.h>

static void append(uint8_t **base, size_t *len, const void *p, size_t n)
{
    if (!n)
        return;
    *base = realloc(*base, *len + n);
    assert_non_null(*base);
    memcpy(*base + *len, p, n);
    *len += n;
}

void rig_init(rig_peer *p, troth_endpoint *e)
{
    memset(p, 0, sizeof *p);
    p->e = e;
    rig_events(p);
}

void rig_clear(rig_peer *p)
{
    if (p->e)
        troth_endpoint_free(p->e);
    troth_job_free(p->held);
    free(p->got);
    free(p->sent);
    memset(p, 0, sizeof *p);
}

static void established(rig_peer *p, const troth_event *ev)
{
    assert_false(p->established);
    p->established = true;
    p->level = ev->level;
    p->impersonation = ev->impersonation;
    p->attributes = ev->facts.attributes;
    p->outer = ev->facts.outer;
    p->mech = ev->facts.mech;
    snprintf(p->name, sizeof p->name, "%s", ev->facts.peer.name);
}

void rig_events(rig_peer *p)
{
    troth_event ev;
    while (troth_endpoint_event(p->e, &ev)) {
        assert_false(p->closed); /* CLOSED is the last */
        p->events++;
        if (ev.kind == TROTH_EV_JOB) {
            p->jobs++;
            assert_null(p->held);
            p->held = ev.job;
            if (!p->hold_jobs)
                rig_step(p);
        } else if (p->told && ev.kind != TROTH_EV_CLOSED) {
            p->told(p, &ev);
        } else if (ev.kind == TROTH_EV_ESTABLISHED) {
            established(p, &ev);
        } else if (ev.kind == TROTH_EV_DATA) {
            assert_true(p->established && ev.data.len);
            p->datas++;
            append(&p->got, &p->got_len, ev.data.data, ev.data.len);
        } else if (ev.kind == TROTH_EV_END) {
            p->end = true;
            p->end_authentic = ev.authentic;
        } else if (ev.kind == TROTH_EV_CLOSED) {
            p->closed = true;
            p->error = ev.error;
        }
    }
}

size_t rig_feed(rig_peer *p, const void *bytes, size_t n)
{
    size_t at = 0;
    while (at < n) {
        size_t used = 0, left = n - at;
        unsigned before = p->events;
        uint8_t *copy = malloc(left);
        assert_non_null(copy);
        memcpy(copy, (const uint8_t *)bytes + at, left);
        troth_status st = troth_endpoint_feed(p->e, copy, left, NULL, p->now, &used);
        assert_true(used <= left);
        at += used;
        rig_events(p);
        free(copy);
        if (st) {
            assert_true(p->closed);
            break;
        }
        if (!used && p->events == before)
            break;
    }
    return at;
}

size_t rig_feed_hex(rig_peer *p, const char *hex)
{
    static uint8_t raw[1 << 17];
    return rig_feed(p, raw, unhex(hex, raw, sizeof raw));
}

void rig_feed_end(rig_peer *p)
{
    troth_endpoint_feed_end(p->e, p->now);
    rig_events(p);
}

void rig_step(rig_peer *p)
{
    troth_job *job = p->held;
    assert_non_null(job);
    p->held = NULL;
    if (p->run_job)
        p->run_job(p, job);
    else
        troth_job_run(job);
    troth_endpoint_stepped(p->e, job, p->now);
    rig_events(p);
}

void rig_say(rig_peer *p, const void *bytes, size_t n)
{
    size_t used = 0;
    troth_order_msg order = { .kind = TROTH_ORDER_DATA, .data = { bytes, n } };
    assert_int_equal(troth_endpoint_submit(p->e, &order, p->now, &used), TROTH_OK);
    assert_int_equal(used, n);
}

size_t rig_drain(rig_peer *p)
{
    troth_bytes out;
    size_t moved = 0;
    while (troth_endpoint_out(p->e, &out, NULL) == TROTH_OK) {
        append(&p->sent, &p->sent_len, out.data, out.len);
        moved += out.len;
        troth_endpoint_sent(p->e, out.len);
        rig_events(p);
    }
    return moved;
}

static size_t carry(rig_peer *from, rig_peer *to, size_t cut)
{
    size_t n = rig_drain(from), at = 0;
    uint8_t *piece = malloc(n + 1); /* from->sent may move while the other side answers */
    if (n)
        memcpy(piece, from->sent + from->sent_len - n, n);
    while (at < n) {
        size_t part = cut == 1 ? 1 : cut && !at && cut < n ? cut : n - at;
        assert_true(rig_feed(to, piece + at, part) == part || to->closed);
        at += part;
    }
    free(piece);
    return n;
}

void rig_wire(rig_peer *a, rig_peer *b, size_t cut)
{
    while (carry(a, b, cut) + carry(b, a, cut))
        ;
}

void rig_expect_sent(rig_peer *p, size_t *mark, const char *hex)
{
    uint8_t want[4096];
    size_t n = unhex(hex, want, sizeof want);
    rig_drain(p);
    if (p->sent_len - *mark != n || (n && memcmp(p->sent + *mark, want, n) != 0))
        fail_msg("sent %s, not %s", hexof(p->sent + *mark, p->sent_len - *mark), hex);
    *mark = p->sent_len;
}

void rig_world(rig *r, troth_mech_id id, troth_level level)
{
    memset(r, 0, sizeof *r);
    test_env_init(&r->env);
    r->env.seed = 42;
    fake_mech_init(&r->mech, id);
    r->initiator = fake_cred(&r->mech, &r->env.env, TROTH_USE_INITIATE, "alice");
    r->acceptor = fake_cred(&r->mech, &r->env.env, TROTH_USE_ACCEPT, NULL);
    r->client = (troth_nns_options){
        .env = &r->env.env, .cred = r->initiator, .mech = r->mech.mech.name, .target = "svc/host", .level = level
    };
    r->server =
        (troth_nns_options){ .env = &r->env.env, .cred = r->acceptor, .mech = r->mech.mech.name, .level = level };
}

void rig_connect(rig *r)
{
    troth_endpoint *c = NULL, *s = NULL;
    assert_int_equal(troth_nns_server_new(&r->server, 0, &s), TROTH_OK);
    rig_init(&r->s, s);
    assert_int_equal(troth_nns_client_new(&r->client, 0, &c), TROTH_OK);
    rig_init(&r->c, c);
}

void rig_end(rig *r)
{
    rig_clear(&r->c);
    rig_clear(&r->s);
    troth_cred_unref(r->initiator);
    troth_cred_unref(r->acceptor);
    test_env_check(&r->env);
}
