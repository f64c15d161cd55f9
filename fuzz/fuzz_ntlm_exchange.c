/*
 * NTLM's client and server against a peer that is the input. First octet: 0 = the server takes our NEGOTIATE, then the
 * input's tokens; 1 = the server takes the input's tokens from the start; 2 = the client takes a CHALLENGE from the
 * input; 3 = the server takes an AUTHENTICATE that a client with the right password made, changed as the rest says:
 * offset (2), value to add (1). Higher bits: require and policy.
 */
#include <mech/ntlm/message.h>
#include <mech/ntlm/ntlm.h>
#include <support/env.h>
#include <tokens.h>

static troth_status lookup(void *self, const char *user, const char *domain, uint8_t ret[16])
{
    (void)self, (void)domain;
    memset(ret, 0x5a, 16);
    return user[0] == 'U' ? TROTH_OK : TROTH_DENIED;
}

typedef struct ends {
    troth_cred *ccred, *scred;
    troth_context *client, *server;
    troth_writer tokens[4];
} ends;

static void open_both(ends *e, test_env *t, const troth_mech_table *mechs, uint8_t how)
{
    static const uint8_t hash[16] = { 0x5a, 0x5a, 0x5a, 0x5a, 0x5a, 0x5a, 0x5a, 0x5a,
                                      0x5a, 0x5a, 0x5a, 0x5a, 0x5a, 0x5a, 0x5a, 0x5a };
    const troth_cred_source c = { .mech = "ntlm",
                                  .kind = TROTH_CRED_NT_HASH,
                                  .principal = "User",
                                  .domain = "D",
                                  .host = "C",
                                  .secret = { hash, 16 } };
    const troth_cred_source s = {
        .mech = "ntlm", .kind = TROTH_CRED_LOOKUP, .domain = "D", .host = "S", .lookup = lookup
    };
    troth_flags require = (how & 4 ? TROTH_F_INTEGRITY : 0u) | (how & 8 ? TROTH_F_CONFIDENTIALITY : 0u) |
                          (how & 16 ? TROTH_F_DATAGRAM : 0u);
    uint32_t policy = how & 32 ? TROTH_POLICY_NTLM_WITHOUT_MIC : 0u;
    *e = (ends){ 0 };
    e->ccred = fuzz_cred(&t->env, mechs, TROTH_USE_INITIATE, &c, 1);
    e->scred = fuzz_cred(&t->env, mechs, TROTH_USE_ACCEPT, &s, 1);
    troth_context_options o = { .role = TROTH_INITIATOR, .mech = "ntlm", .require = require, .target = "svc/S" };
    fuzz_demand(!troth_context_new(e->ccred, &o, &e->client));
    o = (troth_context_options){
        .role = TROTH_ACCEPTOR, .mech = "ntlm", .require = require & TROTH_F_DATAGRAM, .policy = policy
    };
    fuzz_demand(!troth_context_new(e->scred, &o, &e->server));
    for (size_t i = 0; i < 4; i++)
        e->tokens[i] = troth_writer_growing(&t->env, 65535, TROTH_LE);
}

static void close_both(ends *e)
{
    for (size_t i = 0; i < 4; i++)
        troth_writer_clear(&e->tokens[i]);
    troth_context_free(e->client);
    troth_context_free(e->server);
    troth_cred_unref(e->ccred);
    troth_cred_unref(e->scred);
}

static troth_bytes made(const ends *e, size_t i)
{
    return (troth_bytes){ e->tokens[i].len ? e->tokens[i].base : NULL, e->tokens[i].len };
}

/* Nobody who lacks the password gets in, whatever he sends. */
static void server_takes(ends *e, bool ours_first, const uint8_t *at, size_t left)
{
    if (ours_first) {
        fuzz_demand(fuzz_leg(e->client, (troth_bytes){ NULL, 0 }, &e->tokens[0]) == TROTH_STEP_MORE);
        fuzz_demand(fuzz_leg(e->server, made(e, 0), &e->tokens[1]) == TROTH_STEP_MORE);
    }
    for (troth_bytes in = fuzz_next_token(&at, &left); in.data; in = fuzz_next_token(&at, &left)) {
        troth_writer_reset(&e->tokens[3]);
        fuzz_demand(fuzz_leg(e->server, in, &e->tokens[3]) != TROTH_STEP_DONE);
    }
}

/* What the client answers is a message that reads, and is sealed. */
static void client_takes(ends *e, const uint8_t *at, size_t left)
{
    fuzz_demand(fuzz_leg(e->client, (troth_bytes){ NULL, 0 }, &e->tokens[0]) == TROTH_STEP_MORE);
    troth_bytes in = fuzz_next_token(&at, &left);
    if (!in.data || fuzz_leg(e->client, in, &e->tokens[2]) != TROTH_STEP_DONE)
        return;
    troth_ntlm_authenticate m;
    fuzz_demand(!troth_ntlm_authenticate_read(made(e, 2), &m));
    fuzz_demand(m.v2 && m.mic);
}

/* An AUTHENTICATE in which an octet is not the client's own is refused: the MIC is over all of it. */
static void server_takes_changed(ends *e, const uint8_t *at, size_t left)
{
    if (fuzz_leg(e->client, (troth_bytes){ NULL, 0 }, &e->tokens[0]) != TROTH_STEP_MORE ||
        fuzz_leg(e->server, made(e, 0), &e->tokens[1]) != TROTH_STEP_MORE)
        abort();
    fuzz_demand(fuzz_leg(e->client, made(e, 1), &e->tokens[2]) == TROTH_STEP_DONE);
    troth_bytes auth = made(e, 2);
    uint8_t *changed = fuzz_copy(auth.data, auth.len);
    for (; left >= 3; at += 3, left -= 3) {
        uint8_t *p = changed + ((size_t)at[0] << 8 | at[1]) % auth.len;
        *p = (uint8_t)(*p + at[2]);
    }
    bool same = !memcmp(changed, auth.data, auth.len);
    troth_step step = fuzz_leg(e->server, (troth_bytes){ changed, auth.len }, &e->tokens[3]);
    fuzz_demand((step == TROTH_STEP_DONE) == same);
    free(changed);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (!size)
        return 0;
    static const troth_mech *const list[] = { &troth_mech_ntlm };
    const troth_mech_table mechs = { list, 1 };
    test_env t;
    test_env_init(&t);
    t.seed = 1;
    ends e;
    open_both(&e, &t, &mechs, data[0]);
    switch (data[0] & 3) {
    case 0:
    case 1:
        server_takes(&e, !(data[0] & 3), data + 1, size - 1);
        break;
    case 2:
        client_takes(&e, data + 1, size - 1);
        break;
    default:
        server_takes_changed(&e, data + 1, size - 1);
    }
    close_both(&e);
    fuzz_demand(!atomic_load(&t.blocks));
    return 0;
}
