/*
 * Stream State of client and server: every state with every event, written down from [MS-NNS 3.1.4 .. 3.2.7], NNS-9
 * (Error is terminal: where the text goes back to Uninitialized, we are Closed) and the deviations of
 * docs/wire/nns.md; compared cell by cell.
 *
 * A cell is the state after the event and what was sent for it:
 *   U Uninitialized, W WaitingForHandshakeMessage, C CreatingSecurityToken, P ProcessingFinalToken (ProcessingLastToken),
 *   D WaitingForHandshakeDone, A Authenticated, X Closed
 *   - nothing, p HandshakeInProgress, d HandshakeDone, t HandshakeError 0x6FE, e HandshakeError of another code, o data
 */
#include <nns/stream.h>
#include <sec/context.h>
#include <stdlib.h>
#include <string.h>
#include <support/rig.h>
#include <support/test.h>

typedef enum variant {
    AUTHENTICATE,
    CONTINUE,
    CONTINUE_NO_TOKEN,
    COMPLETE,
    COMPLETE_NO_TOKEN,
    COMPLETE_TOO_LOW,
    FAILED,
    IN_PROGRESS,
    IN_PROGRESS_EMPTY,
    DONE,
    DONE_EMPTY,
    ERROR,
    UNKNOWN_ID,
    BAD_FRAME,
    DATA,
    DATA_ALTERED,
    SEND,
    PEER_CLOSED,
    PEER_CLOSED_IN_FRAME,
    CLOSE,
    CLOSE_DONE_UNSENT,
    VARIANTS
} variant;

typedef struct row {
    uint8_t state;
    const char *cells; /* VARIANTS of them */
} row;

/* clang-format off */
static const row client_rows[] = {
    /*                                          auth cont co-0 comp cm-0 low  fail inpr in-0 done dn-0 err  unkn badf data alt  send eof  eofm clos unst */
    { TROTH_NNS_UNINITIALIZED,                 "C-   Xe   Xe   Xe   Xe   Xe   Xe   Xe   Xe   Xe   Xe   X-   X-   X-   X-   X-   X-   X-   X-   X-   X-" },
    { TROTH_NNS_WAITING_FOR_HANDSHAKE_MESSAGE, "Xe   Xe   Xe   Xe   Xe   Xe   Xe   C-   Xe   P-   Xt   X-   X-   Xe   X-   X-   X-   X-   X-   X-   X-" },
    { TROTH_NNS_CREATING_SECURITY_TOKEN,       "Xe   Wp   Xe   Dd   D-   Xt   Xe   Xe   Xe   Xe   Xe   X-   X-   X-   X-   X-   X-   X-   X-   X-   X-" },
    { TROTH_NNS_PROCESSING_FINAL_TOKEN,        "Xe   Xe   Xe   Xe   A-   Xt   Xe   Xe   Xe   Xe   Xe   X-   X-   X-   X-   X-   X-   X-   X-   X-   X-" },
    { TROTH_NNS_WAITING_FOR_HANDSHAKE_DONE,    "Xe   Xe   Xe   Xe   Xe   Xe   Xe   X-   X-   P-   A-   X-   X-   Xe   X-   X-   X-   X-   X-   X-   X-" },
    { TROTH_NNS_AUTHENTICATED,                 "Xe   Xe   Xe   Xe   Xe   Xe   Xe   Xe   Xe   Xe   Xe   X-   X-   X-   A-   X-   Ao   A-   X-   X-   X-" },
    { TROTH_NNS_CLOSED,                        "X-   X-   X-   X-   X-   X-   X-   X-   X-   X-   X-   X-   X-   X-   X-   X-   X-   X-   X-   X-   X-" },
};
static const row server_rows[] = {
    /*                                          auth cont co-0 comp cm-0 low  fail inpr in-0 done dn-0 err  unkn badf data alt  send eof  eofm clos unst */
    { TROTH_NNS_UNINITIALIZED,                 "W-   Xe   Xe   Xe   Xe   Xe   Xe   Xe   Xe   Xe   Xe   X-   X-   X-   X-   X-   X-   X-   X-   X-   X-" },
    { TROTH_NNS_WAITING_FOR_HANDSHAKE_MESSAGE, "Xe   Xe   Xe   Xe   Xe   Xe   Xe   C-   Xe   P-   Xe   X-   X-   Xe   X-   X-   X-   X-   X-   Xe   Xe" },
    { TROTH_NNS_CREATING_SECURITY_TOKEN,       "Xe   Wp   Xe   Ad   Ad   Xt   Xe   Xe   Xe   Xe   Xe   X-   X-   X-   X-   X-   X-   X-   X-   Xe   Xe" },
    { TROTH_NNS_PROCESSING_FINAL_TOKEN,        "Xe   Xe   Xe   Ad   Ad   Xt   Xe   Xe   Xe   Xe   Xe   X-   X-   X-   X-   X-   X-   X-   X-   Xe   Xe" },
    { TROTH_NNS_AUTHENTICATED,                 "Xe   Xe   Xe   Xe   Xe   Xe   Xe   Xe   Xe   Xe   Xe   X-   X-   X-   A-   X-   Ao   A-   X-   X-   Xe" },
    { TROTH_NNS_CLOSED,                        "X-   X-   X-   X-   X-   X-   X-   X-   X-   X-   X-   X-   X-   X-   X-   X-   X-   X-   X-   X-   X-" },
};
/* clang-format on */

/* Which argument an event takes, all of them at hand. */
typedef struct world {
    rig r;
    troth_nns_stream *s;
    uint8_t frame[64];
    size_t frame_len;
    troth_fsm_spec spec; /* of the machine, with the state of the cell as its initial one */
} world;

static bool needs_fresh_context(variant v)
{
    return v == AUTHENTICATE || v == IN_PROGRESS || v == DONE;
}

static void set_up(world *w, bool client, uint8_t state, variant v)
{
    rig_world(&w->r, TROTH_MECH_KERBEROS, TROTH_LEVEL_SIGN);
    rig_connect(&w->r);
    rig_peer *p = client ? &w->r.c : &w->r.s, *other = client ? &w->r.s : &w->r.c;
    w->s = (troth_nns_stream *)p->e;
    if (!needs_fresh_context(v)) {
        rig_wire(&w->r.c, &w->r.s, 0);
        size_t mark = other->sent_len;
        rig_say(other, "data", 4);
        rig_drain(other);
        w->frame_len = other->sent_len - mark - 4;
        memcpy(w->frame, other->sent + mark + 4, w->frame_len);
    }
    rig_drain(p);
    w->spec = client ? troth_nns_client_fsm : troth_nns_server_fsm;
    w->spec.initial = state;
    troth_fsm_init(&w->s->fsm, &w->spec, w->s->env);
    if (v == COMPLETE_TOO_LOW)
        w->s->required = TROTH_LEVEL_ENCRYPT;
    if (v == DATA_ALTERED)
        w->frame[w->frame_len - 1] ^= 1;
    if (v == PEER_CLOSED_IN_FRAME)
        assert_int_equal(troth_queue_put(&w->s->in, "x", 1), TROTH_OK);
    if (v == CLOSE_DONE_UNSENT && state == TROTH_NNS_AUTHENTICATED) { /* elsewhere there is none */
        troth_bytes none = { NULL, 0 };
        assert_int_equal(troth_nns_frame_write(&w->s->out, TROTH_NNS_DONE, none), TROTH_OK);
        w->s->unsent_done = TROTH_NNS_HEADER_LEN;
    }
}

static uint8_t event_of(variant v)
{
    static const uint8_t events[] = { TROTH_NNS_ON_AUTHENTICATE, TROTH_NNS_ON_CONTINUE,    TROTH_NNS_ON_CONTINUE,
                                      TROTH_NNS_ON_COMPLETE,     TROTH_NNS_ON_COMPLETE,    TROTH_NNS_ON_COMPLETE,
                                      TROTH_NNS_ON_FAILED,       TROTH_NNS_ON_IN_PROGRESS, TROTH_NNS_ON_IN_PROGRESS,
                                      TROTH_NNS_ON_DONE,         TROTH_NNS_ON_DONE,        TROTH_NNS_ON_ERROR,
                                      TROTH_NNS_ON_UNKNOWN_ID,   TROTH_NNS_ON_BAD_FRAME,   TROTH_NNS_ON_DATA,
                                      TROTH_NNS_ON_DATA,         TROTH_NNS_ON_SEND,        TROTH_NNS_ON_PEER_CLOSED,
                                      TROTH_NNS_ON_PEER_CLOSED,  TROTH_NNS_ON_CLOSE,       TROTH_NNS_ON_CLOSE };
    _Static_assert(sizeof events == VARIANTS, "an event for each variant");
    return events[v];
}

static void fire(world *w, variant v)
{
    troth_nns_leg token = { { (const uint8_t *)"tok", 3 } }, no_token = { { NULL, 0 } };
    troth_nns_frame frame = { TROTH_NNS_IN_PROGRESS, 3 }, empty = { TROTH_NNS_IN_PROGRESS, 0 };
    troth_nns_payload payload = { w->frame, w->frame_len };
    troth_bytes plain = { (const uint8_t *)"x", 1 };
    troth_status why = TROTH_LIMIT;
    const void *arg = &frame;
    if (v == DONE_EMPTY)
        empty.message_id = TROTH_NNS_DONE;
    if (v == CONTINUE || v == COMPLETE || v == FAILED)
        arg = &token;
    else if (v == CONTINUE_NO_TOKEN || v == COMPLETE_NO_TOKEN || v == COMPLETE_TOO_LOW)
        arg = &no_token;
    else if (v == IN_PROGRESS_EMPTY || v == DONE_EMPTY || v == ERROR)
        arg = &empty;
    else if (v == DATA || v == DATA_ALTERED)
        arg = &payload;
    else if (v == SEND)
        arg = &plain;
    else if (v == BAD_FRAME || v == CLOSE || v == CLOSE_DONE_UNSENT)
        arg = &why;
    troth_status st = troth_fsm_step(&w->s->fsm, event_of(v), w->s, arg);
    (void)st;
}

static char state_letter(uint8_t state)
{
    return "UWCPAXD"[state];
}

static char sent_letter(troth_nns_stream *s, variant v)
{
    size_t n = troth_queue_len(&s->out);
    const uint8_t *p = troth_queue_at(&s->out);
    if (v == CLOSE_DONE_UNSENT && n == TROTH_NNS_HEADER_LEN && p[0] == TROTH_NNS_DONE)
        return '-'; /* what the set-up put there */
    if (!n)
        return '-';
    switch (p[0]) {
    case TROTH_NNS_IN_PROGRESS:
        return 'p';
    case TROTH_NNS_DONE:
        return 'd';
    case TROTH_NNS_ERROR:
        return troth_nns_errpayload_read((troth_bytes){ p + TROTH_NNS_HEADER_LEN, 8 }) == 0x6fe ? 't' : 'e';
    default:
        return 'o';
    }
}

/* What the application is told of an end that the text has an arrow for; TROTH_OK = nothing in particular. */
static troth_status told_of(uint8_t state, variant v)
{
    bool leg = state == TROTH_NNS_CREATING_SECURITY_TOKEN || state == TROTH_NNS_PROCESSING_FINAL_TOKEN;
    if (state == TROTH_NNS_UNINITIALIZED || state == TROTH_NNS_CLOSED)
        return TROTH_OK;
    switch (v) {
    case FAILED:
        return leg ? TROTH_MECHANISM : TROTH_OK;
    case PEER_CLOSED:
        return state == TROTH_NNS_AUTHENTICATED ? TROTH_OK : TROTH_CLOSED;
    case PEER_CLOSED_IN_FRAME:
        return state == TROTH_NNS_AUTHENTICATED ? TROTH_TRUNCATED : TROTH_OK;
    case CLOSE:
    case CLOSE_DONE_UNSENT:
        return TROTH_LIMIT; /* the reason that fire() gives */
    default:
        return TROTH_OK;
    }
}

static void check_rows(const row *rows, size_t n, bool client)
{
    size_t wrong = 0;
    for (size_t i = 0; i < n; i++) {
        for (int v = 0; v < VARIANTS; v++) {
            world *w = calloc(1, sizeof *w);
            assert_non_null(w);
            assert_true(strlen(rows[i].cells) == VARIANTS * 5 - 3);
            set_up(w, client, rows[i].state, (variant)v);
            fire(w, (variant)v);
            const char *want = rows[i].cells + v * 5;
            char got[] = { state_letter(w->s->fsm.state), sent_letter(w->s, (variant)v), 0 };
            if (memcmp(want, got, 2) != 0) {
                print_error("%s: %s, %s (variant %d): %s, not %.2s\n", w->spec.name, w->spec.states[rows[i].state],
                            w->spec.events[event_of((variant)v)], v, got, want);
                wrong++;
            }
            troth_status told = told_of(rows[i].state, (variant)v);
            if (told && w->s->error.code != told) {
                print_error("%s: %s, %s (variant %d): told %s\n", w->spec.name, w->spec.states[rows[i].state],
                            w->spec.events[event_of((variant)v)], v, troth_status_name(w->s->error.code));
                wrong++;
            }
            if (got[0] == 'X' && rows[i].state != TROTH_NNS_CLOSED)
                assert_null(w->s->ctx); /* the Security Provider Context is deleted */
            rig_end(&w->r);
            free(w);
        }
    }
    assert_int_equal(wrong, 0);
}

static void test_client_matrix(void **state)
{
    (void)state;
    assert_int_equal(sizeof client_rows / sizeof *client_rows, TROTH_NNS_CLIENT_STATES);
    check_rows(client_rows, TROTH_NNS_CLIENT_STATES, true);
}

static void test_server_matrix(void **state)
{
    (void)state;
    assert_int_equal(sizeof server_rows / sizeof *server_rows, TROTH_NNS_SERVER_STATES);
    check_rows(server_rows, TROTH_NNS_SERVER_STATES, false);
}

/* 3.1.4.1: anon_req_flag is false. Should a mechanism accept nobody, the server does not. */
static void test_server_nobody(void **state)
{
    (void)state;
    static const uint8_t states[] = { TROTH_NNS_CREATING_SECURITY_TOKEN, TROTH_NNS_PROCESSING_FINAL_TOKEN };
    for (int allowed = 0; allowed < 2; allowed++)
        for (size_t i = 0; i < 2; i++) {
            world *w = calloc(1, sizeof *w);
            assert_non_null(w);
            set_up(w, false, states[i], COMPLETE);
            w->s->ctx->attributes |= TROTH_F_ANONYMOUS;
            w->s->allow_anonymous = allowed;
            fire(w, COMPLETE);
            assert_int_equal(state_letter(w->s->fsm.state), allowed ? 'A' : 'X');
            assert_int_equal(sent_letter(w->s, COMPLETE), allowed ? 'd' : 'e');
            rig_end(&w->r);
            free(w);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_client_matrix), cmocka_unit_test(test_server_matrix),
                                        cmocka_unit_test(test_server_nobody) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
