/*
 * The two machines of net.tcp: every state with every event, written down from [MC-NMF 3.1.4, 3.2.4.2, 3.3.4.2] and
 * docs/wire/nmf.md; compared cell by cell.
 *
 * A cell is the state after the event and what was sent for it:
 *   server: V M I E U reading Version, Mode, Via, Encoding, Upgrade; N the handshake runs; P reading PreambleEnd inside
 *   client: W writing the preamble; R reading UpgradeResponse; N the handshake runs; A reading PreambleAck inside
 *   both: O open, X closed
 *   - nothing, a UpgradeResponse, q UpgradeRequest, i PreambleEnd inside; faults: v UnsupportedVersion, m UnsupportedMode,
 *   n EndpointNotFound, c ContentTypeInvalid, u UpgradeInvalid, s InvalidRecordSequence
 */
#include <nns/preamble.h>
#include <stdlib.h>
#include <string.h>
#include <support/rig.h>
#include <support/test.h>

typedef enum variant {
    VERSION,
    VERSION_BAD,
    MODE,
    MODE_BAD,
    VIA,
    VIA_BAD,
    ENCODING,
    ENCODING_BAD,
    UPGRADE,
    UPGRADE_BAD,
    RESPONSE,
    PREAMBLE_END,
    PREAMBLE_ACK,
    FAULT,
    OTHER,
    BAD,
    SECURED,
    INNER_CLOSED,
    PEER_CLOSED,
    CLOSE,
    START,
    OWN_PREAMBLE,
    VARIANTS
} variant;

typedef struct row {
    uint8_t state;
    bool own_preamble;
    const char *cells;
} row;

/* clang-format off */
static const row server_rows[] = {
    /*                                             ver+ ver- mod+ mod- via+ via- enc+ enc- upg+ upg- resp pend pack flt  othr bad  sec  icls pcls clos strt own */
    { TROTH_NETTCP_READING_VERSION,      false,   "M-   Xv   Xs   Xs   Xs   Xs   Xs   Xs   Xs   Xs   Xs   Xs   Xs   X-   Xs   Xs   X-   X-   X-   X-   X-   X-" },
    { TROTH_NETTCP_READING_MODE,         false,   "Xs   Xs   I-   Xm   Xs   Xs   Xs   Xs   Xs   Xs   Xs   Xs   Xs   X-   Xs   Xs   X-   X-   X-   X-   X-   X-" },
    { TROTH_NETTCP_READING_VIA,          false,   "Xs   Xs   Xs   Xs   E-   Xn   Xs   Xs   Xs   Xs   Xs   Xs   Xs   X-   Xs   Xs   X-   X-   X-   X-   X-   X-" },
    { TROTH_NETTCP_READING_ENCODING,     false,   "Xs   Xs   Xs   Xs   Xs   Xs   U-   Xc   Xs   Xs   Xs   Xs   Xs   X-   Xs   Xs   X-   X-   X-   X-   X-   X-" },
    { TROTH_NETTCP_READING_UPGRADE,      false,   "Xs   Xs   Xs   Xs   Xs   Xs   Xs   Xs   Na   Xu   Xs   Xu   Xs   X-   Xs   Xs   X-   X-   X-   X-   X-   X-" },
    { TROTH_NETTCP_UPGRADING,            false,   "Xs   Xs   Xs   Xs   Xs   Xs   Xs   Xs   Xs   Xs   Xs   Xs   Xs   X-   Xs   X-   P-   X-   X-   X-   X-   X-" },
    { TROTH_NETTCP_READING_PREAMBLE_END, false,   "Xs   Xs   Xs   Xs   Xs   Xs   Xs   Xs   Xu   Xu   Xs   O-   Xs   X-   Xs   X-   X-   X-   X-   X-   X-   X-" },
    { TROTH_NETTCP_OPEN,                 false,   "Xs   Xs   Xs   Xs   Xs   Xs   Xs   Xs   Xs   Xs   Xs   Xs   Xs   X-   Xs   X-   X-   X-   X-   X-   X-   X-" },
    { TROTH_NETTCP_CLOSED,               false,   "X-   X-   X-   X-   X-   X-   X-   X-   X-   X-   X-   X-   X-   X-   X-   X-   X-   X-   X-   X-   X-   X-" },
};
static const row client_rows[] = {
    /*                                               ver+ ver- mod+ mod- via+ via- enc+ enc- upg+ upg- resp pend pack flt  othr bad  sec  icls pcls clos strt own */
    { TROTH_NETTCP_WRITING_PREAMBLE,         false, "X-   X-   X-   X-   X-   X-   X-   X-   X-   X-   X-   X-   X-   X-   X-   X-   X-   X-   X-   X-   Rq   Rq" },
    { TROTH_NETTCP_READING_UPGRADE_RESPONSE, false, "X-   X-   X-   X-   X-   X-   X-   X-   X-   X-   N-   X-   X-   X-   X-   X-   X-   X-   X-   X-   X-   X-" },
    { TROTH_NETTCP_UPGRADING,                false, "X-   X-   X-   X-   X-   X-   X-   X-   X-   X-   X-   X-   X-   X-   X-   X-   Ai   X-   X-   X-   X-   X-" },
    { TROTH_NETTCP_UPGRADING,                true,  "X-   X-   X-   X-   X-   X-   X-   X-   X-   X-   X-   X-   X-   X-   X-   X-   O-   X-   X-   X-   X-   X-" },
    { TROTH_NETTCP_READING_PREAMBLE_ACK,     false, "X-   X-   X-   X-   X-   X-   X-   X-   X-   X-   X-   X-   O-   X-   X-   X-   X-   X-   X-   X-   X-   X-" },
    { TROTH_NETTCP_OPEN,                     false, "X-   X-   X-   X-   X-   X-   X-   X-   X-   X-   X-   X-   X-   X-   X-   X-   X-   X-   X-   X-   X-   X-" },
    { TROTH_NETTCP_CLOSED,                   false, "X-   X-   X-   X-   X-   X-   X-   X-   X-   X-   X-   X-   X-   X-   X-   X-   X-   X-   X-   X-   X-   X-" },
};
/* clang-format on */

typedef struct sample {
    uint8_t event;
    troth_nmf_type type;
    const char *payload;
    size_t len;
} sample;

#define ON(e) TROTH_NETTCP_ON_##e
static const sample samples[VARIANTS] = {
    [VERSION] = { ON(VERSION), TROTH_NMF_VERSION, "\1\0", 2 },
    [VERSION_BAD] = { ON(VERSION), TROTH_NMF_VERSION, "\1\1", 2 },
    [MODE] = { ON(MODE), TROTH_NMF_MODE, "\2", 1 },
    [MODE_BAD] = { ON(MODE), TROTH_NMF_MODE, "\3", 1 },
    [VIA] = { ON(VIA), TROTH_NMF_VIA, "net.tcp://h/", 12 },
    [VIA_BAD] = { ON(VIA), TROTH_NMF_VIA, "net tcp", 7 },
    [ENCODING] = { ON(ENCODING), TROTH_NMF_KNOWN_ENCODING, "\x08", 1 },
    [ENCODING_BAD] = { ON(ENCODING), TROTH_NMF_KNOWN_ENCODING, "\x09", 1 },
    [UPGRADE] = { ON(UPGRADE_REQUEST), TROTH_NMF_UPGRADE_REQUEST, "application/negotiate", 21 },
    [UPGRADE_BAD] = { ON(UPGRADE_REQUEST), TROTH_NMF_UPGRADE_REQUEST, "application/ssl-tls", 19 },
    [RESPONSE] = { ON(UPGRADE_RESPONSE), TROTH_NMF_UPGRADE_RESPONSE, "", 0 },
    [PREAMBLE_END] = { ON(PREAMBLE_END), TROTH_NMF_PREAMBLE_END, "", 0 },
    [PREAMBLE_ACK] = { ON(PREAMBLE_ACK), TROTH_NMF_PREAMBLE_ACK, "", 0 },
    [FAULT] = { ON(FAULT), TROTH_NMF_FAULT, "x", 1 },
    [OTHER] = { ON(OTHER_RECORD), TROTH_NMF_SIZED_ENVELOPE, "x", 1 },
    [BAD] = { ON(BAD_RECORD), 0, NULL, 0 },
    [SECURED] = { ON(SECURED), 0, NULL, 0 },
    [INNER_CLOSED] = { ON(INNER_CLOSED), 0, NULL, 0 },
    [PEER_CLOSED] = { ON(PEER_CLOSED), 0, NULL, 0 },
    [CLOSE] = { ON(CLOSE), 0, NULL, 0 },
    [START] = { ON(START), 0, NULL, 0 },
    [OWN_PREAMBLE] = { ON(PREAMBLE), 0, NULL, 0 },
};

/* Both ends with an established stream inside, one of them put into the state of the cell. */
static troth_nettcp *set_up(rig *r, bool client, const row *cell, troth_fsm_spec *spec)
{
    troth_endpoint *c = NULL, *s = NULL;
    rig_world(r, TROTH_MECH_KERBEROS, TROTH_LEVEL_SIGN);
    troth_nettcp_options co = { .nns = r->client, .via = "net.tcp://h/" }, so = { .nns = r->server };
    assert_int_equal(troth_nettcp_server_new(&so, 0, &s), TROTH_OK);
    rig_init(&r->s, s);
    assert_int_equal(troth_nettcp_client_new(&co, 0, &c), TROTH_OK);
    rig_init(&r->c, c);
    rig_wire(&r->c, &r->s, 0);
    assert_true(r->s.established);
    troth_nettcp *e = (troth_nettcp *)(client ? c : s);
    *spec = client ? troth_nettcp_client_fsm : troth_nettcp_server_fsm;
    spec->initial = cell->state;
    troth_fsm_init(&e->fsm, spec, e->env);
    e->upgraded = cell->state == TROTH_NETTCP_UPGRADING || cell->state == TROTH_NETTCP_OPEN ||
                  cell->state == (client ? TROTH_NETTCP_READING_PREAMBLE_ACK : TROTH_NETTCP_READING_PREAMBLE_END);
    e->own_preamble = cell->own_preamble;
    return e;
}

static void fire(troth_nettcp *e, variant v)
{
    const sample *s = &samples[v];
    troth_status why = TROTH_MALFORMED;
    troth_error error = { .code = TROTH_CLOSED, .where = "" };
    troth_nettcp_record r = { s->type, (const uint8_t *)s->payload, s->len, s->len };
    if (s->type == TROTH_NMF_VIA)
        assert_int_equal(troth_queue_put(&e->kept, s->payload, s->len), TROTH_OK);
    const void *arg = s->payload ? (const void *)&r : v == INNER_CLOSED ? (const void *)&error : (const void *)&why;
    troth_status st = troth_fsm_step(&e->fsm, s->event, e, arg);
    (void)st;
}

static char state_letter(bool client, uint8_t state)
{
    return client ? "NOXWRA"[state] : "NOXVMIEUP"[state];
}

static char fault_letter(const char *where)
{
    static const char *const names[] = { "UnsupportedVersion", "UnsupportedMode", "EndpointNotFound",
                                         "ContentTypeInvalid", "UpgradeInvalid",  "InvalidRecordSequence" };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strstr(where, names[i]))
            return "vmncus"[i];
    return '?';
}

static char sent_letter(troth_nettcp *e)
{
    troth_bytes inside;
    bool in_clear = troth_queue_len(&e->out) != 0;
    if (!in_clear && e->inner->ops->out(e->inner, &inside, NULL) != TROTH_OK)
        return '-';
    if (!in_clear && !e->closed)
        return 'i';
    uint8_t first = in_clear ? troth_queue_at(&e->out)[0] : TROTH_NMF_FAULT;
    return first == TROTH_NMF_UPGRADE_RESPONSE  ? 'a'
           : first == TROTH_NMF_UPGRADE_REQUEST ? 'q'
                                                : fault_letter(e->error.where);
}

/* What the owner is told of an end that the text has an arrow for; TROTH_OK = nothing in particular. */
static troth_status told_of(bool client, uint8_t state, variant v)
{
    bool reads = state != TROTH_NETTCP_UPGRADING && state != TROTH_NETTCP_OPEN;
    if (state == TROTH_NETTCP_CLOSED)
        return TROTH_OK;
    if (v == CLOSE || (v == BAD && client && reads))
        return TROTH_MALFORMED; /* the reason that fire() gives */
    if (v == INNER_CLOSED)
        return TROTH_CLOSED;
    return v == PEER_CLOSED && reads ? TROTH_CLOSED : TROTH_OK;
}

static void check_rows(const row *rows, size_t n, bool client)
{
    size_t wrong = 0;
    for (size_t i = 0; i < n; i++) {
        assert_true(strlen(rows[i].cells) == VARIANTS * 5 - 3);
        for (int v = 0; v < VARIANTS; v++) {
            troth_fsm_spec spec;
            rig *r = calloc(1, sizeof *r);
            assert_non_null(r);
            troth_nettcp *e = set_up(r, client, &rows[i], &spec);
            fire(e, (variant)v);
            const char *want = rows[i].cells + v * 5;
            char got[] = { state_letter(client, e->fsm.state), sent_letter(e), 0 };
            if (memcmp(want, got, 2) != 0) {
                print_error("%s: %s, %s (variant %d): %s, not %.2s\n", spec.name, spec.states[rows[i].state],
                            spec.events[samples[v].event], v, got, want);
                wrong++;
            }
            troth_status told = told_of(client, rows[i].state, (variant)v);
            if (told && (e->error.code != told || !e->closed)) {
                print_error("%s: %s, %s (variant %d): told %s\n", spec.name, spec.states[rows[i].state],
                            spec.events[samples[v].event], v, troth_status_name(e->error.code));
                wrong++;
            }
            rig_end(r);
            free(r);
        }
    }
    assert_int_equal(wrong, 0);
}

static void test_server_matrix(void **state)
{
    (void)state;
    assert_int_equal(sizeof server_rows / sizeof *server_rows, TROTH_NETTCP_SERVER_STATES);
    check_rows(server_rows, sizeof server_rows / sizeof *server_rows, false);
}

static void test_client_matrix(void **state)
{
    (void)state;
    assert_int_equal(sizeof client_rows / sizeof *client_rows, TROTH_NETTCP_CLIENT_STATES + 1);
    check_rows(client_rows, sizeof client_rows / sizeof *client_rows, true);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_server_matrix), cmocka_unit_test(test_client_matrix) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
