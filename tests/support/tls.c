#include <base/mem.h>
#include <mech/tls/tls.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <support/test.h>
#include <support/tls.h>
#include <unistd.h>

static void issue(tls_world *w, tls_file file, const pki_wish *wish, const pki_pair *issuer)
{
    w->pair[file] = pki_make(wish, issuer);
    const pki_pair *const chain[] = { &w->pair[file] };
    pki_write(w->path[file], chain, 1, true, NULL);
}

void tls_world_open(tls_world *w)
{
    static const char server[] = "DNS:server.test,DNS:*.wild.test,IP:127.0.0.1";
    static const char client[] = "otherName:msUPN;UTF8:alice@TEST,email:alice@mail.test,DNS:alice.test";
    memset(w, 0, sizeof *w);
    test_env_init(&w->t);
    w->list[0] = &troth_mech_tls;
    w->mechs = (troth_mech_table){ w->list, 1 };
    strcpy(w->dir, "/tmp/troth-tls-XXXXXX");
    assert_non_null(mkdtemp(w->dir));
    for (int i = 0; i < TLS_N_FILES; i++)
        snprintf(w->path[i], sizeof w->path[i], "%s/%d.pem", w->dir, i);
    issue(w, TLS_CA, &(pki_wish){ .cn = "CA", .ca = true }, NULL);
    issue(w, TLS_OTHER_CA, &(pki_wish){ .cn = "Other CA", .ca = true }, NULL);
    const pki_pair *ca = &w->pair[TLS_CA], *other = &w->pair[TLS_OTHER_CA];
    issue(w, TLS_SERVER, &(pki_wish){ .cn = "Server", .san = server, .usage = "serverAuth" }, ca);
    issue(w, TLS_SERVER_RSA,
          &(pki_wish){ .cn = "Server", .san = server, .usage = "serverAuth", .rsa = true, .sha384 = true }, ca);
    issue(w, TLS_SERVER_EXPIRED, &(pki_wish){ .cn = "Server", .san = server, .since = -7200, .until = -3600 }, ca);
    issue(w, TLS_SERVER_LATER, &(pki_wish){ .cn = "Server", .san = server, .since = 3600, .until = 7200 }, ca);
    issue(w, TLS_SERVER_OTHER, &(pki_wish){ .cn = "Server", .san = server, .usage = "serverAuth" }, other);
    issue(w, TLS_SERVER_AS_CLIENT, &(pki_wish){ .cn = "Server", .san = server, .usage = "clientAuth" }, ca);
    issue(w, TLS_CLIENT, &(pki_wish){ .cn = "Alice", .san = client, .usage = "clientAuth" }, ca);
    issue(w, TLS_CLIENT_OTHER, &(pki_wish){ .cn = "Alice", .san = client, .usage = "clientAuth" }, other);
    issue(w, TLS_CLIENT_EXPIRED, &(pki_wish){ .cn = "Alice", .san = client, .since = -7200, .until = -3600 }, ca);
}

void tls_world_close_files(tls_world *w)
{
    for (int i = 0; i < TLS_N_FILES; i++) {
        unlink(w->path[i]);
        pki_free(&w->pair[i]);
    }
    rmdir(w->dir);
}

void tls_world_close(tls_world *w)
{
    tls_world_close_files(w);
    test_env_check(&w->t);
}

troth_cred *tls_cred(tls_world *w, troth_cred_use use, tls_file own, tls_file trust, troth_tls_config *config,
                     troth_status want)
{
    troth_cred *cred;
    troth_job *job;
    if (trust != TLS_NO_FILE)
        config->trust_path = w->path[trust];
    const troth_cred_source src = { .mech = "tls",
                                    .kind = own == TLS_NO_FILE ? TROTH_CRED_DEFAULT : TROTH_CRED_PEM,
                                    .path = own == TLS_NO_FILE ? NULL : w->path[own],
                                    .tls = config };
    assert_int_equal(troth_cred_new(&w->t.env, &w->mechs, use, &src, 1, &cred), TROTH_OK);
    assert_int_equal(troth_cred_job(cred, 1, &job), TROTH_OK);
    troth_job_run(job);
    troth_job_free(job);
    assert_int_equal(troth_cred_ready(cred, NULL), want);
    return cred;
}

void tls_stream_put(tls_stream *s, const void *p, size_t n)
{
    if (s->len + n > s->cap) {
        s->cap = 2 * (s->len + n);
        s->data = realloc(s->data, s->cap);
    }
    if (n)
        memcpy(s->data + s->len, p, n);
    s->len += n;
}

void tls_stream_drop(tls_stream *s, size_t n)
{
    assert_true(n <= s->len);
    if (n)
        memmove(s->data, s->data + n, s->len - n);
    s->len -= n;
}

void tls_open(tls_world *w, tls_ends *e, troth_cred *client, troth_cred *server, const troth_context_options *of_client,
              const troth_context_options *of_server)
{
    troth_context_options o[2] = { *of_client, *of_server };
    troth_cred *const cred[2] = { client, server };
    *e = (tls_ends){ .env = &w->t.env, .chunk = e->chunk };
    for (int i = 0; i < 2; i++) {
        o[i].role = (troth_role)i;
        o[i].mech = "tls";
        assert_int_equal(troth_context_new(cred[i], &o[i], &e->c[i]), TROTH_OK);
    }
}

void tls_close(tls_ends *e)
{
    for (int i = 0; i < 2; i++) {
        troth_context_free(e->c[i]);
        free(e->in[i].data);
    }
    *e = (tls_ends){ 0 };
}

void tls_leg(tls_ends *e, troth_role who, bool first)
{
    tls_stream *in = &e->in[who];
    troth_block token = { 0 };
    troth_job *job;
    e->step[who] = TROTH_STEP_ERROR;
    if (!first && troth_mem_keep(e->env, in->data, in->len, &token))
        return;
    if (troth_context_job(e->c[who], first ? NULL : &token, 1, &job)) {
        troth_mem_drop(e->env, &token);
        return;
    }
    troth_job_run(job);
    e->step[who] = troth_job_result(job);
    e->legs[who]++;
    troth_bytes left = troth_job_left(job), out = troth_job_token(job);
    assert_true(first ? !left.len : left.len <= in->len);
    if (left.len)
        assert_memory_equal(left.data, in->data + in->len - left.len, left.len);
    if (!first)
        tls_stream_drop(in, in->len - left.len);
    tls_stream_put(&e->in[!who], out.data, out.len);
    e->c[who] = troth_job_take_context(job);
    troth_job_free(job);
}

/* What has come to a side, no more than a chunk more than before; false when it needs more than has come. */
static bool arrives(const tls_ends *e, troth_role who, size_t *seen)
{
    const tls_stream *in = &e->in[who];
    size_t more = e->chunk && *seen + e->chunk < in->len ? *seen + e->chunk : in->len;
    bool grew = more > *seen;
    *seen = more;
    return grew;
}

static troth_status fails(const tls_ends *e, int who)
{
    troth_status st = e->c[who] ? troth_context_error(e->c[who])->code : TROTH_NO_MEMORY;
    return st ? st : TROTH_NO_MEMORY; /* the token could not even be copied */
}

/* A leg with the octets seen so far. */
static void leg_with(tls_ends *e, troth_role who, size_t *seen)
{
    tls_stream *in = &e->in[who];
    size_t whole = in->len, had = *seen;
    in->len = had;
    tls_leg(e, who, false);
    size_t left = in->len;
    memmove(in->data + left, in->data + had, whole - had);
    in->len = left + whole - had;
    *seen = left;
}

troth_status tls_shake(tls_ends *e)
{
    size_t seen[2] = { 0 };
    tls_leg(e, TROTH_INITIATOR, true);
    if (e->step[0] == TROTH_STEP_ERROR)
        return fails(e, 0);
    e->step[1] = TROTH_STEP_MORE;
    for (bool moved = true; moved;) {
        moved = false;
        for (int i = 1; i >= 0; i--) {
            while (e->step[i] == TROTH_STEP_MORE && arrives(e, (troth_role)i, &seen[i])) {
                troth_bytes have = { e->in[i].data, seen[i] };
                moved = true;
                if (troth_context_token_need(e->c[i], have))
                    continue;
                leg_with(e, (troth_role)i, &seen[i]);
                if (e->step[i] == TROTH_STEP_ERROR)
                    return fails(e, i);
            }
        }
    }
    bool both = e->step[0] == TROTH_STEP_DONE && e->step[1] == TROTH_STEP_DONE;
    return both ? TROTH_OK : TROTH_AGAIN;
}

troth_status tls_send(tls_ends *e, troth_role from, const void *p, size_t n)
{
    troth_bytes out = { 0 };
    troth_status st = troth_context_record_seal(e->c[from], (troth_bytes){ p, n }, &out);
    if (!st)
        tls_stream_put(&e->in[!from], out.data, out.len);
    return st;
}

troth_status tls_receive(tls_ends *e, troth_role at, uint8_t *room, size_t cap, size_t *ret_len, bool *ret_closed)
{
    tls_stream *in = &e->in[at];
    *ret_len = 0;
    *ret_closed = false;
    while (in->len && !troth_context_record_need(e->c[at], (troth_bytes){ in->data, in->len })) {
        troth_record r;
        size_t n = 5u + ((size_t)in->data[3] << 8 | in->data[4]);
        uint8_t *copy = malloc(n); /* of its own size, so that the sanitizer sees any over-read */
        memcpy(copy, in->data, n <= in->len ? n : in->len);
        troth_status st = troth_context_record_open(e->c[at], (troth_bytes){ copy, n }, &r);
        free(copy);
        if (st == TROTH_CLOSED || st == TROTH_AGAIN || st == TROTH_BAD_STATE)
            return st;
        tls_stream_put(&e->in[!at], r.send.data, r.send.len);
        if (st)
            return st;
        assert_int_equal(r.used, n);
        assert_true(*ret_len + r.plain.len <= cap);
        if (r.plain.len)
            memcpy(room + *ret_len, r.plain.data, r.plain.len);
        *ret_len += r.plain.len;
        *ret_closed = r.closed;
        tls_stream_drop(in, r.used);
        if (r.closed)
            break;
    }
    return TROTH_OK;
}

void tls_say(tls_ends *e, troth_role from, const char *text)
{
    uint8_t room[1024];
    size_t n;
    bool closed;
    assert_int_equal(tls_send(e, from, text, strlen(text)), TROTH_OK);
    assert_int_equal(tls_receive(e, !from, room, sizeof room, &n, &closed), TROTH_OK);
    assert_false(closed);
    assert_int_equal(n, strlen(text));
    assert_memory_equal(room, text, n);
}

void tls_talk_init(tls_talk *t)
{
    memset(t, 0, sizeof *t);
    tls_world_open(&t->w);
    t->opts[0].target = "server.test";
    for (int i = 0; i < 2; i++) {
        t->opts[i].require = TROTH_F_STREAM;
        t->config[i].trust_path = t->w.path[TLS_CA];
    }
}

void tls_talk_begin(tls_talk *t, tls_file client, tls_file server)
{
    t->cred[0] = tls_cred(&t->w, TROTH_USE_INITIATE, client, TLS_NO_FILE, &t->config[0], TROTH_OK);
    t->cred[1] = tls_cred(&t->w, TROTH_USE_ACCEPT, server, TLS_NO_FILE, &t->config[1], TROTH_OK);
    tls_open(&t->w, &t->e, t->cred[0], t->cred[1], &t->opts[0], &t->opts[1]);
}

void tls_talk_end(tls_talk *t)
{
    tls_close(&t->e);
    troth_cred_unref(t->cred[0]);
    troth_cred_unref(t->cred[1]);
    tls_world_close(&t->w);
}
