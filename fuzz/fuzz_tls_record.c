/*
 * TLS against a peer that is the input. First octet: 0 = the server takes the input's tokens; 1 = the client does, after
 * its ClientHello; 2 = a server whose handshake is complete opens the input's records; 3 = it opens a record that the
 * client sealed, changed as the rest says: offset (2), value to add (1). Bit 2: TLS 1.2; bit 3: the server wants a
 * certificate. OpenSSL's randomness is its own, so the same input makes other octets each time.
 */
#include <mech/tls/tls.h>
#include <support/tls.h>
#include <tokens.h>

/* Made once in a process: keys take longer than everything else. [client, server] by version. */
typedef struct shared {
    tls_world w;
    troth_tls_config config[2];
    troth_cred *cred[2][2];
} shared;

static shared *the_shared(void)
{
    static shared *s;
    if (s)
        return s;
    s = calloc(1, sizeof *s);
    fuzz_demand(s);
    tls_world_open(&s->w);
    for (int v = 0; v < 2; v++) {
        s->config[v] = (troth_tls_config){ .trust_path = s->w.path[TLS_CA], .max_version = v ? 0x0303 : 0 };
        s->cred[v][0] = tls_cred(&s->w, TROTH_USE_INITIATE, TLS_CLIENT, TLS_NO_FILE, &s->config[v], TROTH_OK);
        s->cred[v][1] = tls_cred(&s->w, TROTH_USE_ACCEPT, TLS_SERVER, TLS_NO_FILE, &s->config[v], TROTH_OK);
    }
    tls_world_close_files(&s->w);
    return s;
}

/* Nobody gets in who has no key, and no identity is told. */
static void takes_tokens(troth_context *c, const uint8_t *at, size_t left, test_env *t)
{
    troth_writer out = troth_writer_growing(&t->env, 65535, TROTH_LE);
    for (troth_bytes in = fuzz_next_token(&at, &left); in.data; in = fuzz_next_token(&at, &left)) {
        (void)troth_context_token_need(c, in);
        troth_writer_reset(&out);
        fuzz_demand(fuzz_leg(c, in, &out) != TROTH_STEP_DONE);
        fuzz_demand(!troth_context_facts(c).attributes);
    }
    troth_writer_clear(&out);
}

static void begin_client(troth_context *c, test_env *t)
{
    troth_writer out = troth_writer_growing(&t->env, 65535, TROTH_LE);
    fuzz_demand(fuzz_leg(c, (troth_bytes){ NULL, 0 }, &out) == TROTH_STEP_MORE);
    troth_writer_clear(&out);
}

static void opens(tls_ends *e, const uint8_t *at, size_t left)
{
    for (troth_bytes in = fuzz_next_token(&at, &left); in.data; in = fuzz_next_token(&at, &left)) {
        troth_record r = { 0 };
        uint8_t *copy = fuzz_copy(in.data, in.len);
        size_t need = troth_context_record_need(e->c[1], (troth_bytes){ copy, in.len });
        troth_status st = troth_context_record_open(e->c[1], (troth_bytes){ copy, in.len }, &r);
        fuzz_demand(st && (!need || st == TROTH_AGAIN || st == TROTH_BAD_STATE));
        fuzz_demand(!r.used && !r.plain.len && !r.closed);
        free(copy);
    }
}

static void opens_changed(tls_ends *e, const uint8_t *at, size_t left)
{
    static const char text[] = "sealed by one who may";
    troth_record r = { 0 };
    fuzz_demand(!tls_send(e, TROTH_INITIATOR, text, sizeof text));
    tls_stream *in = &e->in[1];
    uint8_t *changed = fuzz_copy(in->data, in->len);
    for (; left >= 3; at += 3, left -= 3) {
        uint8_t *p = changed + ((size_t)at[0] << 8 | at[1]) % in->len;
        *p = (uint8_t)(*p + at[2]);
    }
    bool same = !memcmp(changed, in->data, in->len);
    troth_status st = troth_context_record_open(e->c[1], (troth_bytes){ changed, in->len }, &r);
    fuzz_demand(!st == same);
    fuzz_demand(same ? r.plain.len == sizeof text : !r.plain.len && !r.closed);
    free(changed);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (!size)
        return 0;
    shared *s = the_shared();
    int version = data[0] >> 2 & 1, mode = data[0] & 3;
    test_env t;
    test_env_init(&t);
    const troth_context_options client = { .env = &t.env, .target = "server.test", .require = TROTH_F_STREAM };
    const troth_context_options server = { .env = &t.env,
                                           .require = TROTH_F_STREAM | (data[0] & 8 ? TROTH_F_MUTUAL : 0u) };
    tls_ends e = { 0 };
    tls_open(&s->w, &e, s->cred[version][0], s->cred[version][1], &client, &server);
    e.env = &t.env;
    if (mode == 1)
        begin_client(e.c[0], &t);
    if (mode >= 2)
        fuzz_demand(!tls_shake(&e));
    if (mode < 2)
        takes_tokens(e.c[!mode], data + 1, size - 1, &t);
    else if (mode == 2)
        opens(&e, data + 1, size - 1);
    else
        opens_changed(&e, data + 1, size - 1);
    tls_close(&e);
    fuzz_demand(!atomic_load(&t.blocks));
    return 0;
}
