/*
 * The client of CSIv2 against its target, in thousands of random orders: jobs late, answers out of order or lost, contexts
 * discarded, expired, and short. Whatever happens, a request is served as the one it was made for, or not at all, and is
 * sent twice at most.
 */
#include <csiv2/gssup_mech.h>
#include <csiv2/sas.h>
#include <csiv2/sas_client.h>
#include <stdio.h>
#include <string.h>
#include <support/env.h>
#include <support/test.h>

enum { REQUESTS = 64, WIRE = 256, STEPS = 400, RUNS = 2500, JOBS = 64, ELEMENT = 512 };

/* On its way, in one direction. */
typedef struct parcel {
    uint64_t id;
    bool response_expected;
    troth_sas_reply_kind kind;
    bool has_element;
    uint8_t octets[ELEMENT];
    size_t len;
} parcel;

typedef struct wire {
    parcel at[WIRE];
    size_t n;
} wire;

typedef enum stage { FREE, CALLED, SENT, SERVED, GONE } stage;

typedef struct request {
    stage stage;
    uint64_t id;
    unsigned who, sent, resent;
    bool oneway;
} request;

typedef struct jobs {
    troth_job *at[JOBS];
    size_t n;
} jobs;

typedef struct world {
    test_env env;
    uint64_t seed, now, next_id;
    troth_cred *ours, *theirs;
    troth_sas_target *target;
    troth_sas_session *session;
    troth_sas_client *client;
    request requests[REQUESTS];
    jobs client_jobs, session_jobs;
    wire there, back;
    uint64_t running[WIRE];
    size_t n_running;
    /* what was seen */
    unsigned served, in_context, resent, refused, lost, stateful;
} world;

/* Whom requests are made for; the last one may not be spoken for. */
static const char *const users[] = { NULL, "bob", "carol", "dave" };
static const char *const names[] = { "alice", "bob", "carol", "dave" };
enum { WHOM = 4, UNTRUSTED = 3 };

static uint32_t chance(world *w, uint32_t n)
{
    w->seed ^= w->seed << 13;
    w->seed ^= w->seed >> 7;
    w->seed ^= w->seed << 17;
    return (uint32_t)(w->seed >> 11) % n;
}

/* ---- both sides ---- */

static troth_status check(void *self, const char *user, troth_bytes password)
{
    (void)self;
    bool good = !strcmp(user, "alice") && password.len == 6 && !memcmp(password.data, "s3cret", 6);
    return good ? TROTH_OK : TROTH_DENIED;
}

static bool trusts(void *self, const troth_identity *authenticated, const troth_identity *asserted)
{
    (void)self;
    return !strcmp(authenticated->name, "alice") && strcmp(asserted->name, "dave") != 0;
}

static troth_cred *acquired(world *w, const troth_mech_table *mechs, troth_cred_use use, const troth_cred_source *src)
{
    troth_cred *cred = NULL;
    troth_job *job = NULL;
    assert_int_equal(troth_cred_new(&w->env.env, mechs, use, src, 1, &cred), TROTH_OK);
    assert_int_equal(troth_cred_job(cred, 0, &job), TROTH_OK);
    troth_job_run(job);
    assert_int_equal(troth_job_result(job), TROTH_STEP_DONE);
    troth_job_free(job);
    return cred;
}

static void begin(world *w, uint64_t seed)
{
    static const troth_mech *const list[] = { &troth_mech_gssup };
    static const troth_mech_table mechs = { list, 1 };
    static const troth_cred_source ours = {
        .mech = "gssup", .kind = TROTH_CRED_PASSWORD, .principal = "alice", .secret = { (const uint8_t *)"s3cret", 6 }
    };
    static const troth_cred_source theirs = { .mech = "gssup", .kind = TROTH_CRED_CHECK, .check = check };
    static const troth_transport transport = { .tls = true, .tls_identity = "CN=peer" };
    static const troth_csi_address tls = { { (const uint8_t *)"127.0.0.1", 9 }, 4711 };
    troth_block component = { 0 };
    memset(w, 0, sizeof *w);
    test_env_init(&w->env);
    w->seed = seed * 0x9e3779b97f4a7c15u | 1;
    w->next_id = 1;
    w->now = 1000;
    w->ours = acquired(w, &mechs, TROTH_USE_INITIATE, &ours);
    w->theirs = acquired(w, &mechs, TROTH_USE_ACCEPT, &theirs);
    troth_sas_target_options t = { .env = &w->env.env,
                                   .cred = w->theirs,
                                   .required = TROTH_CSI_ESTABLISH_TRUST_IN_CLIENT,
                                   .identity_types = TROTH_CSI_ITT_PRINCIPAL_NAME,
                                   .stateful = chance(w, 8) != 0,
                                   .contexts = 1 + chance(w, 4),
                                   .idle_ms = 100,
                                   .life_ms = 400,
                                   .failures = 1000000,
                                   .user_failures = 1000000,
                                   .pending = 1 + chance(w, 8),
                                   .rules.trusts = trusts };
    assert_int_equal(troth_sas_target_new(&t, &w->target), TROTH_OK);
    assert_int_equal(troth_sas_session_new(w->target, &w->env.env, &transport, &w->session), TROTH_OK);
    assert_int_equal(troth_sas_target_component(w->target, &tls, &component), TROTH_OK);
    troth_sas_client_options c = { .env = &w->env.env,
                                   .cred = w->ours,
                                   .mech_list = { component.data, component.len },
                                   .required = TROTH_CSI_ESTABLISH_TRUST_IN_CLIENT,
                                   .stateful = chance(w, 8) != 0,
                                   .contexts = 2 + chance(w, 4),
                                   .transport = &transport };
    assert_int_equal(troth_sas_client_new(&c, &w->client), TROTH_OK);
    troth_ior_free(&w->env.env, &component);
}

static void end(world *w)
{
    while (w->client_jobs.n)
        troth_job_free(w->client_jobs.at[--w->client_jobs.n]);
    while (w->session_jobs.n)
        troth_job_free(w->session_jobs.at[--w->session_jobs.n]);
    troth_sas_client_free(w->client);
    troth_sas_session_free(w->session);
    troth_sas_target_free(w->target);
    troth_cred_unref(w->ours);
    troth_cred_unref(w->theirs);
    test_env_check(&w->env);
}

/* ---- bookkeeping ---- */

static request *find(world *w, uint64_t id)
{
    for (size_t i = 0; i < REQUESTS; i++)
        if (w->requests[i].stage != FREE && w->requests[i].id == id)
            return &w->requests[i];
    return NULL;
}

static void post(wire *to, uint64_t id, troth_bytes element, bool response_expected, troth_sas_reply_kind kind)
{
    assert_true(to->n < WIRE && element.len <= ELEMENT);
    parcel *p = &to->at[to->n++];
    *p = (parcel){ id, response_expected, kind, element.len > 0, { 0 }, element.len };
    if (element.len)
        memcpy(p->octets, element.data, element.len);
}

static parcel take(wire *from, size_t i)
{
    parcel p = from->at[i];
    memmove(from->at + i, from->at + i + 1, (--from->n - i) * sizeof *from->at);
    return p;
}

/* ---- moves ---- */

static void call(world *w)
{
    request *r = NULL;
    for (size_t i = 0; i < REQUESTS && !r; i++)
        if (w->requests[i].stage == FREE)
            r = &w->requests[i];
    if (!r || w->there.n > WIRE / 2)
        return;
    unsigned who = chance(w, WHOM);
    *r = (request){ .stage = CALLED, .id = w->next_id++, .who = who, .oneway = !chance(w, 6) };
    troth_sas_assertion a = { .user = users[who] };
    troth_sas_call c = { r->id, !r->oneway, who ? &a : NULL };
    assert_int_equal(troth_sas_client_call(w->client, &c, w->now), TROTH_OK);
}

static void pump(world *w)
{
    troth_sas_sending s;
    while (troth_sas_client_sending(w->client, &s)) {
        request *r = find(w, s.id);
        assert_non_null(r);
        if (!s.send) {
            assert_int_equal(r->who, UNTRUSTED); /* only his evidence was ever refused */
            assert_int_equal(s.error.code, TROTH_PEER_REFUSED);
            r->stage = FREE;
            continue;
        }
        assert_true(s.element.len && ++r->sent <= 2);
        r->stage = SENT;
        post(&w->there, s.id, s.element, !r->oneway, TROTH_SAS_REPLY_RESULT);
        if (r->oneway)
            troth_sas_client_end(w->client, s.id, w->now);
    }
}

static void work(world *w, jobs *j, bool client)
{
    troth_job *job;
    while (j->n < JOBS && (client ? troth_sas_client_job(w->client, &job) : troth_sas_session_job(w->session, &job)))
        j->at[j->n++] = job;
    if (!j->n)
        return;
    size_t i = chance(w, (uint32_t)j->n);
    job = j->at[i];
    j->at[i] = j->at[--j->n];
    troth_job_run(job);
    if (client)
        troth_sas_client_stepped(w->client, job, w->now);
    else
        troth_sas_session_stepped(w->session, job, w->now);
}

static void arrive(world *w)
{
    if (!w->there.n)
        return;
    const parcel *p = &w->there.at[0];
    troth_sas_request q = { p->id, p->response_expected, p->has_element, { p->octets, p->len } };
    troth_status st = troth_sas_session_request(w->session, &q, w->now);
    if (st == TROTH_AGAIN)
        return;
    assert_int_equal(st, TROTH_OK);
    (void)take(&w->there, 0);
}

static void judged(world *w)
{
    troth_sas_verdict v;
    while (troth_sas_session_verdict(w->session, &v)) {
        request *r = find(w, v.id);
        assert_false(v.close);
        if (v.accepted) {
            if (r) { /* else a forged discard, or one whose client has gone on */
                assert_string_equal(v.caller.caller.name, names[r->who]);
                assert_string_equal(v.caller.authenticated.name, "alice");
                assert_int_equal(v.caller.asserted, r->who > 0);
                assert_true(r->who != UNTRUSTED);
                assert_true(r->stage != SERVED); /* a request runs once */
                r->stage = SERVED;
                w->served++;
                w->stateful += v.caller.stateful;
            }
            w->running[w->n_running++] = v.id;
            assert_true(w->n_running < WIRE);
        } else if (r && !r->oneway) {
            post(&w->back, v.id, v.element, true, TROTH_SAS_REPLY_REFUSED);
        } else if (r) {
            r->stage = FREE;
        }
    }
}

static void answer(world *w)
{
    static const troth_sas_reply_kind kinds[] = { TROTH_SAS_REPLY_RESULT, TROTH_SAS_REPLY_EXCEPTION,
                                                  TROTH_SAS_REPLY_REFUSED, TROTH_SAS_REPLY_FORWARD };
    if (!w->n_running)
        return;
    size_t i = chance(w, (uint32_t)w->n_running);
    uint64_t id = w->running[i];
    request *r = find(w, id);
    troth_bytes element = { 0 };
    w->running[i] = w->running[--w->n_running];
    if (r && !r->oneway) {
        assert_int_equal(troth_sas_session_reply(w->session, id, w->now, &element), TROTH_OK);
        post(&w->back, id, element, true, kinds[chance(w, 20) < 17 ? 0 : 1 + chance(w, 3)]);
        return;
    }
    troth_sas_session_end(w->session, id, w->now);
    if (r)
        r->stage = FREE;
}

/* An answer in any order; some are lost, and their requests given up. */
static void hear(world *w)
{
    if (!w->back.n)
        return;
    parcel p = take(&w->back, chance(w, (uint32_t)w->back.n));
    request *r = find(w, p.id);
    assert_non_null(r);
    if (!chance(w, 25)) {
        troth_sas_client_end(w->client, p.id, w->now);
        r->stage = FREE;
        w->lost++;
        return;
    }
    troth_sas_answer a = { p.id, p.kind, p.has_element, { p.octets, p.len } };
    troth_sas_fate fate;
    troth_error error = { 0 };
    assert_int_equal(troth_sas_client_reply(w->client, &a, w->now, &fate, &error), TROTH_OK);
    assert_true(fate != TROTH_SAS_BROKEN);
    if (fate == TROTH_SAS_RESEND) {
        assert_true(r->stage == SENT && !r->resent++); /* it did not run */
        w->resent++;
        return;
    }
    assert_int_equal(fate == TROTH_SAS_PASS, r->stage == SERVED);
    if (fate == TROTH_SAS_REFUSED) {
        assert_true(r->who == UNTRUSTED || r->resent);
        w->refused++;
    }
    r->stage = FREE;
}

/* The target is told to discard one of its contexts, or time goes by. */
static void disturb(world *w)
{
    if (chance(w, 3)) {
        w->now += chance(w, 60);
        troth_sas_session_expire(w->session, w->now);
        return;
    }
    uint64_t newest = w->client->next_id;
    troth_sas_message m = { .type = TROTH_SAS_MESSAGE_IN_CONTEXT,
                            .client_context_id = newest > 4 ? newest - 1 - chance(w, 4) : 1 };
    uint8_t octets[32];
    m.in_context.discard_context = true;
    troth_writer out = troth_writer_over(octets, sizeof octets, TROTH_LE);
    troth_sas_write(&out, &m);
    if (w->there.n < WIRE / 2)
        post(&w->there, 0x100000000 + w->next_id++, (troth_bytes){ octets, out.len }, false, TROTH_SAS_REPLY_RESULT);
}

static void move(world *w, bool calls)
{
    switch (chance(w, calls ? 14 : 12)) {
    case 0:
    case 1:
        work(w, &w->client_jobs, true);
        break;
    case 2:
    case 3:
        work(w, &w->session_jobs, false);
        break;
    case 4:
        if (calls)
            disturb(w);
        break;
    case 5:
    case 6:
        answer(w);
        break;
    case 7:
    case 8:
        hear(w);
        break;
    case 9:
    case 10:
    case 11:
        arrive(w);
        break;
    default:
        call(w);
    }
    pump(w);
    judged(w);
}

static bool quiet(const world *w)
{
    for (size_t i = 0; i < REQUESTS; i++)
        if (w->requests[i].stage != FREE)
            return false;
    return true;
}

static void test_interleavings(void **state)
{
    (void)state;
    static world w;
    unsigned served = 0, resent = 0, refused = 0, lost = 0, stateful = 0;
    for (uint64_t run = 1; run <= RUNS; run++) {
        begin(&w, run);
        for (unsigned i = 0; i < STEPS; i++)
            move(&w, true);
        if (run % 2) { /* half of them end in the middle */
            unsigned i = 0;
            for (; i < 100000 && !quiet(&w); i++)
                move(&w, false);
            assert_true(quiet(&w)); /* nothing hangs */
        }
        served += w.served, resent += w.resent, refused += w.refused, lost += w.lost, stateful += w.stateful;
        end(&w);
    }
    print_message("%u served, %u of them in contexts for reuse; %u sent again, %u refused, %u answers lost\n", served,
                  stateful, resent, refused, lost);
    assert_true(served > RUNS * 10 && resent > RUNS / 10 && stateful > RUNS && refused > RUNS / 10 && lost > RUNS / 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_interleavings) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
