/*
 * Tokens of an attacker, 1 to 8 of docs/wire/sspi-abuse.md, as a program meets them through SSPI: which status, what
 * becomes of the context. Each token lies at the end of memory.
 */
#include <mech/spnego/token.h>
#include <stdlib.h>
#include <string.h>
#include <support/sspi.h>

enum { R = ISC_REQ_INTEGRITY | ISC_REQ_CONFIDENTIALITY, WHOLE = -1 };

static void start(sspi_rig *r, const char *package)
{
    sspi_rig_init(r, "[negotiate]\nntlm = yes\n");
    sspi_rig_acquire(r, package);
}

/* Change message `number` of an exchange, 1 = the initiator's first. */
typedef void (*tamperer)(uint8_t *token, ULONG *n, void *arg);

typedef struct attack {
    unsigned number;
    tamperer tamper;
    void *arg;
} attack;

/* Run an exchange with one message changed; what the side that got it said, or SEC_E_OK. */
static SECURITY_STATUS attacked(sspi_rig *r, const attack *a)
{
    SECURITY_STATUS st = sspi_client_leg(r, R);
    for (unsigned number = 1; number < 8 && st >= 0; number++) {
        bool to_server = number % 2;
        ULONG *n = to_server ? &r->n_to_server : &r->n_to_client;
        if (number == a->number)
            a->tamper(to_server ? r->to_server : r->to_client, n, a->arg);
        if (!*n && number != a->number)
            break;
        st = to_server ? sspi_server_leg(r, 0) : sspi_client_leg(r, R);
    }
    return st;
}

/* A context that was refused is at its end: the same answer again, no attribute, and it can be deleted. */
static void dead(sspi_rig *r, bool server, SECURITY_STATUS why)
{
    SecPkgContext_Sizes sizes;
    CtxtHandle *h = server ? &r->s : &r->c;
    if (!h->dwLower) /* a first leg leaves nothing behind */
        return;
    assert_int_equal(server ? sspi_server_leg(r, 0) : sspi_client_leg(r, R), why);
    assert_int_equal(QueryContextAttributesA(h, SECPKG_ATTR_SIZES, &sizes), SEC_E_INVALID_HANDLE);
}

static void refused(sspi_rig *r, const attack *a, SECURITY_STATUS want, const char *what)
{
    SECURITY_STATUS got = attacked(r, a);
    if (got != want)
        fail_msg("%s, message %u: %08x, not %08x", what, a->number, (unsigned)got, (unsigned)want);
    dead(r, a->number % 2, want);
    sspi_rig_reset(r);
}

static void untouched(uint8_t *token, ULONG *n, void *arg)
{
    (void)token;
    *(ULONG *)arg = *n;
}

/* The length of a message, and the proof that the exchange works when nobody is in between. */
static ULONG length_of(sspi_rig *r, unsigned number)
{
    ULONG n = 0;
    attack none = { number, untouched, &n };
    assert_int_equal(attacked(r, &none), SEC_E_OK);
    assert_int_equal(r->c_status | r->s_status, SEC_E_OK);
    sspi_rig_reset(r);
    return n;
}

/* ---- 1: every prefix ---- */

static void cut(uint8_t *token, ULONG *n, void *arg)
{
    (void)token;
    *n = *(ULONG *)arg;
}

static void prefixes(void **state)
{
    (void)state;
    static const char *const packages[] = { "NTLM", "Negotiate" };
    for (size_t p = 0; p < 2; p++) {
        sspi_rig r;
        start(&r, packages[p]);
        for (unsigned number = 1; number <= 3 + p; number++) {
            ULONG whole = length_of(&r, number);
            for (ULONG n = 0; n < whole; n++) {
                attack a = { number, cut, &n };
                refused(&r, &a, SEC_E_INVALID_TOKEN, packages[p]);
            }
        }
        sspi_rig_clear(&r);
    }
}

/* ---- 2: fields that lie outside of their message ---- */

typedef struct field {
    ULONG at, len,
        offset;       /* where the descriptor stands; what is written into it, WHOLE = so that it ends one too late */
    uint8_t supplied; /* the bit at 13 without which a NEGOTIATE's field does not count [MS-NLMP 2.2.1.1] */
} field;

static void put_field(uint8_t *token, ULONG *n, void *arg)
{
    const field *f = arg;
    ULONG offset = f->offset;
    assert_true(f->at + 8 <= *n);
    if (offset == (ULONG)WHOLE)
        offset = *n - f->len + 1; /* one octet too far */
    token[13] |= f->supplied;
    token[f->at] = (uint8_t)f->len;
    token[f->at + 1] = (uint8_t)(f->len >> 8);
    for (int i = 0; i < 4; i++)
        token[f->at + 4 + (ULONG)i] = (uint8_t)(offset >> 8 * i);
}

static void fields(void **state)
{
    (void)state;
    /* domain, workstation; target name and information; LM, NT, domain, user, workstation, key [MS-NLMP 2.2.1] */
    static const struct {
        unsigned number;
        ULONG at[6];
        size_t n;
    } messages[] = { { 1, { 16, 24 }, 2 }, { 2, { 12, 40 }, 2 }, { 3, { 12, 20, 28, 36, 44, 52 }, 6 } };
    static const ULONG lies[][2] = {
        { 0x20, 0xfffffff0 },   { 0xffff, 0xffffffff }, { 1, 0xffffffff }, { 0xffff, 0x40 },
        { 0x10, (ULONG)WHOLE }, { 2, 0x7fffffff },      { 0x10, 0 },       { 4, 8 }
    };
    sspi_rig r;
    start(&r, "NTLM");
    for (size_t m = 0; m < 3; m++)
        for (size_t i = 0; i < messages[m].n; i++)
            for (size_t k = 0; k < sizeof lies / sizeof *lies; k++) {
                static const uint8_t bits[] = { 0x10, 0x20 };
                field f = { messages[m].at[i], lies[k][0], lies[k][1], m ? 0 : bits[i] };
                attack a = { messages[m].number, put_field, &f };
                refused(&r, &a, SEC_E_INVALID_TOKEN, "a field outside");
            }
    sspi_rig_clear(&r);
}

/* ---- 3: too large, too deep, without an end ---- */

/* DER that names a length of four octets, n deep, framed as an initial token. */
static void deep(uint8_t *token, ULONG *n, void *arg)
{
    ULONG levels = *(ULONG *)arg, size = levels * 2;
    static const uint8_t oid[] = { 0x06, 0x06, 0x2b, 0x06, 0x01, 0x05, 0x05, 0x02 };
    uint8_t *at = token;
    ULONG inside = sizeof oid + size;
    *at++ = 0x60, *at++ = 0x82, *at++ = (uint8_t)(inside >> 8), *at++ = (uint8_t)inside;
    memcpy(at, oid, sizeof oid);
    at += sizeof oid;
    for (ULONG i = 0; i < levels; i++)
        *at++ = i % 2 ? 0x30 : 0xa0, *at++ = 0x80; /* indefinite, so that each holds all that follows */
    *n = (ULONG)(at - token);
}

static void replaced(uint8_t *token, ULONG *n, void *arg)
{
    const char *const *hex = arg;
    *n = 0;
    assert_int_equal(strlen(*hex) % 2, 0);
    for (const char *at = *hex; *at; at += 2, ++*n) {
        const char two[3] = { at[0], at[1], 0 };
        token[*n] = (uint8_t)strtoul(two, NULL, 16);
    }
}

static void grown(uint8_t *token, ULONG *n, void *arg)
{
    (void)arg;
    memset(token + *n, 0, SSPI_TOKEN - *n);
    *n = SSPI_TOKEN;
}

static void too_much(void **state)
{
    (void)state;
    static const char *const wrong[] = {
        "608006062b0601050502a0063004a00230000000",       /* indefinite length of the frame */
        "601006062b0601050502a080300ca00a30080000",       /* and inside                     */
        "60847fffffff06062b0601050502a0063004a0023000",   /* two gigabytes                  */
        "6088ffffffffffffffff06062b0601050502a006300430", /* more than there is             */
        "601006062b0601050502a0063004a0023000",           /* an empty list                  */
        "a1073005a0030a0100",                             /* a reply first                  */
    };
    sspi_rig r;
    start(&r, "Negotiate");
    ULONG first = length_of(&r, 1);
    for (ULONG levels = 1; levels < 30000; levels = levels * 2 + 1) {
        attack a = { 1, deep, &levels };
        refused(&r, &a, SEC_E_INVALID_TOKEN, "nested");
    }
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        const char *hex = wrong[i];
        attack a = { 1, replaced, &hex };
        refused(&r, &a, SEC_E_INVALID_TOKEN, hex);
    }
    for (unsigned number = 1; number <= 4; number++) { /* 64 KiB, before it is kept anywhere */
        attack a = { number, grown, NULL };
        size_t held = r.t.held;
        r.t.peak = held;
        refused(&r, &a, SEC_E_INVALID_TOKEN, "64 KiB");
        assert_true(first < 512 && r.t.peak < held + 32768);
    }
    sspi_rig_clear(&r);
}

/* ---- 4: another mechanism ---- */

static void other_mechanism(void **state)
{
    (void)state;
    static const struct {
        const char *package, *hex;
        unsigned number;
        SECURITY_STATUS want;
    } rows[] = {
        /* to NTLM: an SPNEGO token, a Kerberos one, a CHALLENGE where a NEGOTIATE belongs */
        { "NTLM", "601006062b0601050502a0063004a0023000", 1, SEC_E_INVALID_TOKEN },
        { "NTLM", "600b06092a864886f71201020201", 1, SEC_E_INVALID_TOKEN },
        { "NTLM", "4e544c4d5353500002000000000000000000000000000000", 1, SEC_E_INVALID_TOKEN },
        { "NTLM", "a1073005a0030a0100", 2, SEC_E_INVALID_TOKEN },
        /* the acceptor names what was not offered: PKU2U, Kerberos */
        { "Negotiate", "a1123010a0030a0101a10906072b060105020700", 2, SEC_E_INVALID_TOKEN },
        { "Negotiate", "a1143012a0030a0101a10b06092a864886f712010202", 2, SEC_E_INVALID_TOKEN },
        /* nothing in common: only PKU2U is offered */
        { "Negotiate", "601906062b0601050502a00f300da00b300906072b060105020701", 1, SEC_E_SECPKG_NOT_FOUND },
        { "Negotiate", "a1073005a0030a0102", 2, SEC_E_LOGON_DENIED }, /* REJECT, as the peer's own word */
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        sspi_rig r;
        const char *hex = rows[i].hex;
        attack a = { rows[i].number, replaced, &hex };
        start(&r, rows[i].package);
        refused(&r, &a, rows[i].want, hex);
        sspi_rig_clear(&r);
    }
}

/* ---- 5, 6: the negotiation ---- */

static void put_init(uint8_t *token, ULONG *n, const troth_neg_init *init)
{
    uint8_t room[4096], types[256];
    troth_neg_init i = *init;
    troth_writer t = troth_writer_over(types, sizeof types, TROTH_BE),
                 w = troth_writer_over(room, sizeof room, TROTH_BE);
    troth_neg_write_mech_types(&t, i.mechs, i.n_mechs);
    i.mechTypes = (troth_bytes){ types, t.len };
    troth_neg_write_init(&w, &i);
    assert_int_equal(w.st | t.st, TROTH_OK);
    memcpy(token, room, w.len);
    *n = (ULONG)w.len;
}

static void put_resp(uint8_t *token, ULONG *n, const troth_neg_resp *resp)
{
    uint8_t room[4096];
    troth_writer w = troth_writer_over(room, sizeof room, TROTH_BE);
    troth_neg_write_resp(&w, resp);
    assert_int_equal(w.st, TROTH_OK);
    memcpy(token, room, w.len);
    *n = (ULONG)w.len;
}

/* The list as the acceptor sees it has one more: the initiator's MIC is over another list. */
static void add_mech(uint8_t *token, ULONG *n, void *arg)
{
    static const uint8_t other[] = { 0x2b, 6, 1, 5, 2, 7 };
    troth_neg_init i;
    assert_int_equal(troth_neg_read_init((troth_bytes){ token, *n }, &i), TROTH_OK);
    if (arg) { /* in front: what the acceptor takes is no longer the first choice */
        memmove(i.mechs + 1, i.mechs, i.n_mechs * sizeof *i.mechs);
        i.mechs[0] = (troth_oid){ other, sizeof other };
        i.mechToken.data = NULL;
    } else {
        i.mechs[i.n_mechs] = (troth_oid){ other, sizeof other };
    }
    i.n_mechs++;
    put_init(token, n, &i);
}

static void strip_mic(uint8_t *token, ULONG *n, void *arg)
{
    (void)arg;
    troth_neg_resp resp;
    assert_int_equal(troth_neg_read_resp((troth_bytes){ token, *n }, &resp), TROTH_OK);
    assert_non_null(resp.mechListMIC.data);
    resp.mechListMIC.data = NULL;
    put_resp(token, n, &resp);
}

static void alter_mic(uint8_t *token, ULONG *n, void *arg)
{
    troth_neg_resp resp;
    uint8_t mic[64];
    assert_int_equal(troth_neg_read_resp((troth_bytes){ token, *n }, &resp), TROTH_OK);
    assert_true(resp.mechListMIC.data && resp.mechListMIC.len <= sizeof mic);
    memcpy(mic, resp.mechListMIC.data, resp.mechListMIC.len);
    mic[*(size_t *)arg] ^= 0x40;
    resp.mechListMIC.data = mic;
    put_resp(token, n, &resp);
}

static void downgrades(void **state)
{
    (void)state;
    sspi_rig r;
    bool in_front = true;
    start(&r, "Negotiate");
    refused(&r, &(attack){ 3, strip_mic, NULL }, SEC_E_DOWNGRADE_DETECTED, "the initiator's MIC stripped");
    for (size_t i = 0; i < 16; i++) {
        refused(&r, &(attack){ 3, alter_mic, &i }, SEC_E_DOWNGRADE_DETECTED, "the initiator's MIC altered");
        refused(&r, &(attack){ 4, alter_mic, &i }, SEC_E_DOWNGRADE_DETECTED, "the acceptor's MIC altered");
    }
    assert_int_equal(attacked(&r, &(attack){ 1, add_mech, NULL }), SEC_E_DOWNGRADE_DETECTED);
    sspi_rig_reset(&r);
    /* with another first choice, and no token for it: whoever notices, nobody ends up open */
    assert_true(attacked(&r, &(attack){ 1, add_mech, &in_front }) < 0);
    assert_true(r.s_status != SEC_E_OK && r.c_status != SEC_E_OK);
    sspi_rig_reset(&r);
    /* the acceptor's may be missing for the first choice, as old acceptors have it [MS-SPNG 3.1.5.1] */
    assert_int_equal(attacked(&r, &(attack){ 4, strip_mic, NULL }), SEC_E_OK);
    sspi_rig_clear(&r);
}

/* ---- 7, 8: the MIC of AUTHENTICATE ---- */

enum { MIC = 72 }; /* [MS-NLMP 2.2.1.3] */

static void put_mic(uint8_t *token, ULONG *n, void *arg)
{
    assert_true(*n > MIC + 16);
    memcpy(token + MIC, arg, 16);
}

static void get_mic(uint8_t *token, ULONG *n, void *arg)
{
    assert_true(*n > MIC + 16);
    memcpy(arg, token + MIC, 16);
}

static void authenticate_mic(void **state)
{
    (void)state;
    sspi_rig r;
    uint8_t mic[16] = { 0 };
    start(&r, "NTLM");
    refused(&r, &(attack){ 3, put_mic, mic }, SEC_E_MESSAGE_ALTERED, "the MIC zeroed");
    assert_int_equal(attacked(&r, &(attack){ 3, get_mic, mic }), SEC_E_OK);
    sspi_rig_reset(&r);
    refused(&r, &(attack){ 3, put_mic, mic }, SEC_E_MESSAGE_ALTERED, "the MIC of another exchange");
    for (int i = 0; i < 128; i++) {
        memset(mic, 0, sizeof mic);
        mic[i / 8] = (uint8_t)(1u << i % 8);
        refused(&r, &(attack){ 3, put_mic, mic }, SEC_E_MESSAGE_ALTERED, "any other MIC");
    }
    sspi_rig_clear(&r);
}

/* A whole AUTHENTICATE of another exchange answers another challenge. */
typedef struct kept {
    uint8_t token[4096];
    ULONG n;
} kept;

static void keep(uint8_t *token, ULONG *n, void *arg)
{
    kept *k = arg;
    assert_true(*n <= sizeof k->token);
    memcpy(k->token, token, k->n = *n);
}

static void replay(uint8_t *token, ULONG *n, void *arg)
{
    const kept *k = arg;
    memcpy(token, k->token, *n = k->n);
}

static void whole_replay(void **state)
{
    (void)state;
    static const char *const packages[] = { "NTLM", "Negotiate" };
    for (size_t p = 0; p < 2; p++) {
        sspi_rig r;
        kept k;
        start(&r, packages[p]);
        assert_int_equal(attacked(&r, &(attack){ 3, keep, &k }), SEC_E_OK);
        sspi_rig_reset(&r);
        refused(&r, &(attack){ 3, replay, &k }, SEC_E_LOGON_DENIED, "an AUTHENTICATE of another exchange");
        sspi_rig_clear(&r);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(prefixes),        cmocka_unit_test(fields),     cmocka_unit_test(too_much),
        cmocka_unit_test(other_mechanism), cmocka_unit_test(downgrades), cmocka_unit_test(authenticate_mic),
        cmocka_unit_test(whole_replay),
    };
    return cmocka_run_group_tests_name("sspi/tokens", tests, NULL, NULL);
}
