/*
 * Abuse of contexts over Kerberos, alone and inside Negotiate; numbers are those of docs/wire/sspi-abuse.md. What comes in
 * lies at the end of memory.
 */
#include <krb/krb_sspi.h>
#include <mech/kerberos/inner.h>
#include <sec/context.h>
#include <sspi/context.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { M = 2, R = 4, Q = 8, P = 0x10, ALL = M | R | Q | P };

static const char *const packages[] = { "Kerberos", "Negotiate" };

/* A test for each of the packages. */
typedef void (*body)(krb_talk *t);

static void each_package(body run, ULONG isc, ULONG asc)
{
    for (size_t i = 0; i < sizeof packages / sizeof *packages; i++) {
        krb_talk t;
        krb_talk_start(&t, packages[i]);
        krb_talk_open(&t, isc, asc);
        run(&t);
        krb_talk_passes(&t);
        krb_talk_clear(&t);
    }
}

/* ---- 1: tokens cut short ---- */

static void prefixes(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof packages / sizeof *packages; i++) {
        krb_talk t;
        sspi_rig *r = &t.r;
        krb_talk_start(&t, packages[i]);
        for (ULONG n = 0;; n += n < 80 || n % 64 == 0 ? 1 : 7) {
            assert_int_equal(sspi_client_leg(r, ALL), SEC_I_CONTINUE_NEEDED);
            if (n >= r->n_to_server)
                break;
            r->n_to_server = n;
            assert_int_equal(sspi_server_leg(r, 0), SEC_E_INVALID_TOKEN);
            assert_int_equal(r->s.dwLower, 0);
            sspi_rig_reset(r);
        }
        sspi_rig_reset(r);
        for (ULONG n = 0;; n++) {
            assert_int_equal(sspi_client_leg(r, ALL), SEC_I_CONTINUE_NEEDED);
            assert_int_equal(sspi_server_leg(r, 0), SEC_E_OK);
            if (n >= r->n_to_client)
                break;
            r->n_to_client = n;
            assert_int_equal(sspi_client_leg(r, ALL), SEC_E_INVALID_TOKEN);
            assert_int_equal(sspi_client_leg(r, ALL), SEC_E_INVALID_TOKEN);
            sspi_rig_reset(r);
        }
        krb_talk_clear(&t);
    }
}

/* ---- 13, 14: again, and out of order ---- */

static void replays_and_gaps(krb_talk *t)
{
    krb_wire m[6];
    for (int seal = 0; seal < 2; seal++) {
        for (size_t i = 0; i < 6; i++)
            krb_talk_make(t, 0, seal, &m[i]);
        assert_int_equal(krb_talk_take(t, 1, &m[0]), SEC_E_OK);
        assert_int_equal(krb_talk_take(t, 1, &m[0]), SEC_E_OUT_OF_SEQUENCE);
        assert_int_equal(krb_talk_take(t, 1, &m[1]), SEC_E_OK);
        assert_int_equal(krb_talk_take(t, 1, &m[3]), SEC_E_OUT_OF_SEQUENCE); /* a gap: the sender counts on from it */
        assert_int_equal(krb_talk_take(t, 1, &m[2]), SEC_E_OUT_OF_SEQUENCE); /* late */
        assert_int_equal(krb_talk_take(t, 1, &m[3]), SEC_E_OUT_OF_SEQUENCE);
        assert_int_equal(krb_talk_take(t, 1, &m[4]), SEC_E_OK);
        assert_int_equal(krb_talk_take(t, 1, &m[1]), SEC_E_OUT_OF_SEQUENCE);
        assert_int_equal(krb_talk_take(t, 1, &m[5]), SEC_E_OK);
    }
}

static void order(void **state)
{
    (void)state;
    each_package(replays_and_gaps, ALL, 0);
}

/* REPLAY alone: any order, but nothing twice, and nothing too old to tell. [CR-6] */
static void any_order_once(krb_talk *t)
{
    static krb_wire m[80];
    for (size_t i = 0; i < 80; i++)
        krb_talk_make(t, 0, false, &m[i]);
    assert_int_equal(krb_talk_take(t, 1, &m[3]), SEC_E_OK);
    assert_int_equal(krb_talk_take(t, 1, &m[1]), SEC_E_OK);
    assert_int_equal(krb_talk_take(t, 1, &m[1]), SEC_E_OUT_OF_SEQUENCE);
    assert_int_equal(krb_talk_take(t, 1, &m[3]), SEC_E_OUT_OF_SEQUENCE);
    assert_int_equal(krb_talk_take(t, 1, &m[79]), SEC_E_OK);
    assert_int_equal(krb_talk_take(t, 1, &m[2]), SEC_E_OUT_OF_SEQUENCE); /* more than 64 behind */
    assert_int_equal(krb_talk_take(t, 1, &m[78]), SEC_E_OK);
    assert_int_equal(krb_talk_take(t, 1, &m[20]), SEC_E_OK);
}

static void replay_only(void **state)
{
    (void)state;
    each_package(any_order_once, M | R, 0);
}

/* INTEGRITY alone: what was signed verifies, in any order and as often as one likes; what was not does not. [CR-16] */
static void signatures_only(krb_talk *t)
{
    krb_wire m[4];
    for (size_t i = 0; i < 4; i++)
        krb_talk_make(t, 1, false, &m[i]);
    static const size_t in[] = { 2, 0, 0, 3, 1, 2 };
    for (size_t i = 0; i < sizeof in / sizeof *in; i++)
        assert_int_equal(krb_talk_take(t, 0, &m[in[i]]), SEC_E_OK);
    m[0].text[3] ^= 1;
    assert_int_equal(krb_talk_take(t, 0, &m[0]), SEC_E_MESSAGE_ALTERED);
    krb_wire none = m[1];
    assert_int_equal(krb_talk_try(t, 1, true, &none), SEC_E_QOP_NOT_SUPPORTED); /* [CR-8] */
}

static void integrity_only(void **state)
{
    (void)state;
    each_package(signatures_only, M | ISC_REQ_INTEGRITY, 0);
}

/* ---- 15, 16: every bit ---- */

/* TOK_ID, filler, and lengths that fit nothing are no token; all else is an altered one. [RFC 4121 4.2.6] */
static void flips_of(krb_talk *t, const krb_wire *good)
{
    for (size_t i = 0; i < 8 * (good->n + sizeof good->text); i++) {
        krb_wire bad = *good;
        size_t at = i / 8;
        *(at < bad.n ? &bad.token[at] : &bad.text[at - bad.n]) ^= (uint8_t)(1u << i % 8);
        SECURITY_STATUS st = krb_talk_take(t, 1, &bad);
        bool form = at < 2 || at == 3, either = at == 2 || (at >= 4 && at < 8);
        bool right = form     ? st == SEC_E_INVALID_TOKEN
                     : either ? st == SEC_E_INVALID_TOKEN || st == SEC_E_MESSAGE_ALTERED
                              : st == SEC_E_MESSAGE_ALTERED;
        if (!right)
            fail_msg("%s, bit %zu of octet %zu: %08x", good->sealed ? "sealed" : "signed", i % 8, at, (unsigned)st);
    }
    assert_int_equal(krb_talk_take(t, 1, good), SEC_E_OK); /* nothing of that has moved anything */
}

static void each_flip(krb_talk *t)
{
    krb_wire m;
    for (int seal = 0; seal < 2; seal++) {
        krb_talk_make(t, 0, seal, &m);
        flips_of(t, &m);
    }
}

static void flips(void **state)
{
    (void)state;
    each_package(each_flip, ALL, 0);
    each_package(each_flip, ALL | ISC_REQ_USE_DCE_STYLE, ASC_REQ_USE_DCE_STYLE);
}

/* What one has sent comes back, as it was and with the bit that says who sent it reversed. */
static void reflected(krb_talk *t)
{
    krb_wire m;
    for (int from = 0; from < 2; from++)
        for (int seal = 0; seal < 2; seal++) {
            krb_talk_make(t, from, seal, &m);
            assert_int_equal(krb_talk_take(t, from, &m), SEC_E_MESSAGE_ALTERED);
            m.token[2] ^= TROTH_CFX_SENT_BY_ACCEPTOR;
            assert_int_equal(krb_talk_take(t, from, &m), SEC_E_MESSAGE_ALTERED);
            m.token[2] ^= TROTH_CFX_SENT_BY_ACCEPTOR;
            assert_int_equal(krb_talk_take(t, !from, &m), SEC_E_OK);
        }
}

static void reflection(void **state)
{
    (void)state;
    each_package(reflected, ALL, 0);
}

/* A signature is no sealed message, nor the other way round. */
static void mistaken(krb_talk *t)
{
    krb_wire m[2];
    for (int seal = 0; seal < 2; seal++) {
        krb_talk_make(t, 0, seal, &m[seal]);
        krb_wire other = m[seal];
        other.sealed = !seal;
        assert_int_equal(krb_talk_take(t, 1, &other), SEC_E_INVALID_TOKEN);
        assert_int_equal(krb_talk_take(t, 1, &m[seal]), SEC_E_OK);
    }
    krb_talk_make(t, 0, false, &m[0]);
    m[0].token[2] |= TROTH_CFX_SEALED; /* the Sealed bit in a MIC token */
    assert_int_equal(krb_talk_take(t, 1, &m[0]), SEC_E_MESSAGE_ALTERED);
    m[0].token[2] ^= TROTH_CFX_SEALED | TROTH_CFX_ACCEPTOR_SUBKEY;
    assert_int_equal(krb_talk_take(t, 1, &m[0]), SEC_E_MESSAGE_ALTERED);
    m[0].token[2] ^= TROTH_CFX_ACCEPTOR_SUBKEY;
    assert_int_equal(krb_talk_take(t, 1, &m[0]), SEC_E_OK);
}

static void kinds(void **state)
{
    (void)state;
    each_package(mistaken, ALL, 0);
}

/* ---- 17: only signed, where sealing was negotiated ---- */

static void clear_text(krb_talk *t)
{
    krb_wire m;
    ULONG qop = 4711;
    krb_talk_make_qop(t, 0, SECQOP_WRAP_NO_ENCRYPT, &m);
    assert_memory_equal(m.text, KRB_TEXT, sizeof m.text);
    assert_int_equal(krb_talk_decrypt(t, 1, &m, &qop), SEC_E_OK); /* who asks is told */
    assert_int_equal(qop, SECQOP_WRAP_NO_ENCRYPT);
    krb_talk_make_qop(t, 0, SECQOP_WRAP_NO_ENCRYPT, &m);
    assert_int_equal(krb_talk_decrypt(t, 1, &m, NULL), SEC_E_DECRYPT_FAILURE); /* who does not gets nothing */
    krb_talk_make_qop(t, 0, SECQOP_WRAP_NO_ENCRYPT, &m);
    m.text[0] ^= 1;
    assert_int_equal(krb_talk_decrypt(t, 1, &m, &qop), SEC_E_MESSAGE_ALTERED);
    m.text[0] ^= 1;
    assert_int_equal(krb_talk_decrypt(t, 1, &m, &qop), SEC_E_OK);
}

static void not_sealed(void **state)
{
    (void)state;
    each_package(clear_text, ALL, 0);
}

/* ---- 18: tokens that lie about their own make, as MIT's t_invalid has them ---- */

typedef struct lie {
    const char *what;
    size_t at, n;
    const char *octets;
} lie;

static void liars(krb_talk *t)
{
    static const lie lies[] = {
        { "EC that is not what is inside", 4, 2, "\0\1" },
        { "EC of 64 KiB", 4, 2, "\xff\xff" },
        { "RRC of 64 KiB", 6, 2, "\xff\xff" },
        { "RRC of nothing", 6, 2, "\0\0" },
        { "both", 4, 4, "\x7f\xff\x80\0" },
        { "a token of before CFX", 0, 8, "\x02\x01\x11\0\xff\xff\xff\xff" },
        { "framed, as before CFX", 0, 15, "\x60\x2b\x06\x09\x2a\x86\x48\x86\xf7\x12\x01\x02\x02\x02\x01" },
        { "framed, longer than there is", 0, 6, "\x60\x84\x7f\xff\xff\xff" },
        { "framed, with a length of eight octets", 0, 10, "\x60\x88\xff\xff\xff\xff\xff\xff\xff\xff" },
        { "a deleted context's token", 0, 2, "\x04\x05" },
    };
    krb_wire good;
    krb_talk_make(t, 0, true, &good);
    for (size_t i = 0; i < sizeof lies / sizeof *lies; i++)
        for (int stream = 0; stream < 2; stream++) {
            krb_wire bad = good;
            memcpy(bad.token + lies[i].at, lies[i].octets, lies[i].n);
            SECURITY_STATUS st = stream ? krb_talk_stream(t, 1, &bad, bad.n + KRB_LEN) : krb_talk_take(t, 1, &bad);
            if (st != SEC_E_INVALID_TOKEN && st != SEC_E_MESSAGE_ALTERED)
                if (!(stream && lies[i].at == 6 && st == SEC_E_OK)) /* a rotation of nothing may be a true one */
                    fail_msg("%s, stream %d: %08x", lies[i].what, stream, (unsigned)st);
        }
    for (ULONG n = 0; n < good.n + KRB_LEN; n++) { /* every shorter stream: no header, no code, no 16 octets of it */
        SECURITY_STATUS st = krb_talk_stream(t, 1, &good, n);
        if (st != SEC_E_INVALID_TOKEN && st != SEC_E_MESSAGE_ALTERED)
            fail_msg("%u octets: %08x", n, (unsigned)st);
    }
    for (ULONG n = 0; n < good.n; n++) { /* and every shorter token */
        krb_wire bad = good;
        bad.n = n;
        assert_int_equal(krb_talk_take(t, 1, &bad), SEC_E_INVALID_TOKEN);
    }
    assert_int_equal(krb_talk_stream(t, 1, &good, good.n + KRB_LEN), SEC_E_OK);
}

static void malformed(void **state)
{
    (void)state;
    each_package(liars, ALL, 0);
}

/* ---- 23: channel bindings ---- */

static void bindings(void **state)
{
    (void)state;
    static const struct {
        const char *client, *server;
        ULONG asc;
        SECURITY_STATUS want;
        ULONG ret;
    } rows[] = { { "tls-unique:one", "tls-unique:one", 0, SEC_E_OK, 0 },
                 { "tls-unique:one", "tls-unique:two", 0, SEC_E_BAD_BINDINGS, 0 },
                 { "tls-unique:one", "tls-unique:two", ASC_REQ_ALLOW_MISSING_BINDINGS, SEC_E_BAD_BINDINGS, 0 },
                 { NULL, "tls-unique:one", 0, SEC_E_BAD_BINDINGS, 0 },
                 { NULL, "tls-unique:one", ASC_REQ_ALLOW_MISSING_BINDINGS, SEC_E_OK, ASC_RET_MISSING_BINDINGS },
                 { "tls-unique:one", NULL, 0, SEC_E_OK, 0 } };
    for (size_t p = 0; p < sizeof packages / sizeof *packages; p++) {
        krb_talk t;
        krb_talk_start(&t, packages[p]);
        for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
            assert_int_equal(krb_talk_first_bound(&t, true, rows[i].client, M), SEC_I_CONTINUE_NEEDED);
            assert_int_equal(krb_talk_first_bound(&t, false, rows[i].server, rows[i].asc), rows[i].want);
            if (!rows[i].want)
                assert_int_equal(t.r.s_ret & ASC_RET_MISSING_BINDINGS, rows[i].ret);
            sspi_rig_reset(&t.r);
        }
        krb_talk_clear(&t);
    }
}

/* ---- 27: tickets ---- */

/* A ccache of which the clock is wrong by so many seconds: its header says how far that of its KDC is away. */
static void skewed_ccache(const char *from, const char *to, int32_t by)
{
    static uint8_t octets[65536];
    FILE *f = fopen(from, "rb");
    assert_non_null(f);
    size_t n = fread(octets, 1, sizeof octets, f);
    fclose(f);
    assert_true(n > 16 && octets[0] == 5 && octets[1] == 4);
    size_t header = (size_t)octets[2] << 8 | octets[3];
    f = fopen(to, "wb");
    assert_non_null(f);
    const uint8_t head[] = { 5,
                             4,
                             0,
                             12,
                             0,
                             1,
                             0,
                             8,
                             (uint8_t)((uint32_t)by >> 24),
                             (uint8_t)((uint32_t)by >> 16),
                             (uint8_t)((uint32_t)by >> 8),
                             (uint8_t)by,
                             0,
                             0,
                             0,
                             0 };
    fwrite(head, 1, sizeof head, f);
    fwrite(octets + 4 + header, 1, n - 4 - header, f);
    fclose(f);
}

static void acquire_with(krb_talk *t, const char *package, const char *ccache, const char *keytab)
{
    char text[1024];
    snprintf(text, sizeof text, "[kerberos]\nkeytab = %s\nccache = FILE:%s\n", lab_file(keytab), lab_file(ccache));
    krb_talk_start_with(t, package, text);
}

static void skew(void **state)
{
    (void)state;
    char command[4096];
    snprintf(command, sizeof command, "kinit -k -t %s -c FILE:%s alice && kvno -q -c FILE:%s svc/localhost",
             lab_file("alice.keytab"), lab_file("true.ccache"), lab_file("true.ccache"));
    assert_int_equal(system(command), 0); /* with the ticket: a KDC would see that the clock is wrong */
    for (size_t i = 0; i < sizeof packages / sizeof *packages; i++) {
        krb_talk t;
        const int32_t by[] = { 240, -240, 400, -400 };
        for (size_t k = 0; k < 4; k++) {
            skewed_ccache(lab_file("true.ccache"), lab_file("skewed.ccache"), by[k]);
            acquire_with(&t, packages[i], "skewed.ccache", "service.keytab");
            if (by[k] == -400) { /* by that clock the ticket is not valid yet, and the initiator says so */
                assert_int_equal(sspi_client_leg(&t.r, R), SEC_E_TIME_SKEW);
            } else {
                assert_true(sspi_client_leg(&t.r, R) >= 0);
                assert_int_equal(sspi_server_leg(&t.r, 0), by[k] == 400 ? SEC_E_TIME_SKEW : SEC_E_OK);
            }
            krb_talk_clear(&t);
        }
    }
}

static void expired_ticket(void **state)
{
    (void)state;
    char command[2048];
    snprintf(command, sizeof command, "kinit -k -t %s -l 2s -c FILE:%s alice", lab_file("alice.keytab"),
             lab_file("short.ccache"));
    assert_int_equal(system(command), 0);
    krb_talk t;
    acquire_with(&t, "Kerberos", "short.ccache", "service.keytab");
    nanosleep(&(struct timespec){ .tv_sec = 3 }, NULL);
    assert_int_equal(sspi_client_leg(&t.r, M), SEC_E_CONTEXT_EXPIRED);
    assert_int_equal(t.r.c.dwLower, 0);
    krb_talk_clear(&t);
}

/* What would pass as a clock that is a little wrong is late where clocks are right to the second. */
static void strict_clock(bool yes)
{
    static char old[1024];
    char both[2048];
    if (!yes) {
        setenv("KRB5_CONFIG", old, 1);
        return;
    }
    FILE *f = fopen(lab_file("strict.conf"), "w");
    assert_non_null(f);
    fputs("[libdefaults]\n    clockskew = 1\n", f);
    assert_int_equal(fclose(f), 0);
    snprintf(old, sizeof old, "%s", getenv("KRB5_CONFIG"));
    snprintf(both, sizeof both, "%s:%s", lab_file("strict.conf"), old);
    setenv("KRB5_CONFIG", both, 1);
}

/* A token that was good when it was made, and whose ticket has run out on its way: the acceptor says so. */
static void ticket_expired_on_the_way(void **state)
{
    (void)state;
    char command[4096];
    SecPkgContext_TrothError why;
    krb_talk t;
    snprintf(command, sizeof command, "kinit -k -t %s -l 6s -c FILE:%s alice && kvno -q -c FILE:%s svc/localhost",
             lab_file("alice.keytab"), lab_file("brief.ccache"), lab_file("brief.ccache"));
    assert_int_equal(system(command), 0);
    acquire_with(&t, "Kerberos", "brief.ccache", "service.keytab");
    assert_int_equal(sspi_client_leg(&t.r, M), SEC_I_CONTINUE_NEEDED);
    nanosleep(&(struct timespec){ .tv_sec = 8 }, NULL);
    strict_clock(true);
    SECURITY_STATUS st = sspi_server_leg(&t.r, 0);
    strict_clock(false);
    assert_int_equal(st, SEC_E_CONTEXT_EXPIRED);
    assert_int_equal(t.r.s.dwLower, 0);
    assert_int_equal(QueryCredentialsAttributesA(&t.r.server, SECPKG_ATTR_TROTH_ERROR, &why), SEC_E_OK);
    assert_int_equal(why.Status, SEC_E_CONTEXT_EXPIRED);
    assert_non_null(strstr(why.GssText, "expired"));
    assert_int_equal(FreeContextBuffer((void *)(uintptr_t)why.GssText), SEC_E_OK);
    krb_talk_clear(&t);
}

/* A ticket that is for somebody else: the key is another, or there is none. */
static void wrong_service(void **state)
{
    (void)state;
    static const struct {
        const char *keytab, *target;
        SECURITY_STATUS want;
    } rows[] = { { "wrong.keytab", "wrong/localhost", SEC_E_WRONG_PRINCIPAL },
                 { "host.keytab", "svc/localhost", SEC_E_TARGET_UNKNOWN } };
    for (size_t p = 0; p < sizeof packages / sizeof *packages; p++)
        for (size_t i = 0; i < 2; i++) {
            krb_talk t;
            acquire_with(&t, packages[p], "alice.ccache", rows[i].keytab);
            t.r.target = rows[i].target;
            assert_int_equal(sspi_client_leg(&t.r, M), SEC_I_CONTINUE_NEEDED);
            assert_int_equal(sspi_server_leg(&t.r, 0), rows[i].want);
            assert_int_equal(t.r.s.dwLower, 0);
            krb_talk_clear(&t);
        }
}

/* An AP-REQ again; ALLOW_CONTEXT_REPLAY takes it, and nothing else that is wrong. */
static void replayed(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof packages / sizeof *packages; i++) {
        krb_talk t;
        sspi_rig *r = &t.r;
        krb_talk_start(&t, packages[i]);
        assert_int_equal(sspi_client_leg(r, ALL), SEC_I_CONTINUE_NEEDED);
        ULONG n = r->n_to_server;
        uint8_t *first = malloc(n);
        memcpy(first, r->to_server, n);
        assert_int_equal(sspi_server_leg(r, 0), SEC_E_OK);
        assert_int_equal(sspi_client_leg(r, ALL), SEC_E_OK);
        const struct {
            ULONG asc;
            bool altered;
            SECURITY_STATUS want;
        } rows[] = { { 0, false, SEC_E_INVALID_TOKEN },
                     { ASC_REQ_ALLOW_CONTEXT_REPLAY, false, SEC_E_OK },
                     /* what does not decrypt may as well be for somebody else */
                     { ASC_REQ_ALLOW_CONTEXT_REPLAY, true, SEC_E_WRONG_PRINCIPAL } };
        CtxtHandle served = r->s;
        for (size_t k = 0; k < 3; k++) {
            r->s = (CtxtHandle){ 0, 0 };
            r->n_to_server = n;
            memcpy(r->to_server, first, n);
            r->to_server[n - 1] ^= rows[k].altered;
            SECURITY_STATUS st = sspi_server_leg(r, rows[k].asc);
            assert_int_equal(st, rows[k].want);
            if (st >= 0)
                assert_int_equal(DeleteSecurityContext(&r->s), SEC_E_OK);
        }
        free(first);
        r->s = served; /* the first one has not suffered */
        krb_talk_passes(&t);
        krb_talk_clear(&t);
    }
}

/* ---- 31: the end of the numbers ---- */

static troth_cfx *cfx_of(const CtxtHandle *h)
{
    troth_sspi_context *c;
    assert_int_equal(troth_sspi_context_find(h, &c), SEC_E_OK);
    troth_cfx *cfx = ((troth_krb *)c->engine->leaf->impl)->cfx;
    troth_sspi_context_release(c);
    return cfx;
}

static void numbers_used_up(void **state)
{
    (void)state;
    krb_talk t;
    krb_wire m;
    krb_talk_start(&t, "Kerberos");
    krb_talk_open(&t, ALL, 0);
    cfx_of(&t.r.c)->snd_seq = cfx_of(&t.r.s)->window.next = UINT64_MAX - 1;
    krb_talk_make(&t, 0, true, &m);
    assert_int_equal(krb_talk_take(&t, 1, &m), SEC_E_OK);
    for (int seal = 0; seal < 2; seal++)
        assert_int_equal(krb_talk_try(&t, 0, seal, &m), SEC_E_CONTEXT_EXPIRED);
    krb_talk_clear(&t);
}

/* ---- 32: what is left in memory ---- */

static void nothing_left(void **state)
{
    (void)state;
    static uint8_t keys[2][64];
    for (size_t i = 0; i < sizeof packages / sizeof *packages; i++) {
        krb_talk t;
        SecPkgContext_SessionKey key;
        krb_talk_start(&t, packages[i]);
        krb_talk_open(&t, ALL, 0);
        assert_int_equal(QueryContextAttributesA(&t.r.c, SECPKG_ATTR_SESSION_KEY, &key), SEC_E_OK);
        memcpy(keys[i], key.SessionKey, key.SessionKeyLength);
        test_env_secret(&t.r.t, keys[i], key.SessionKeyLength); /* in no block that is released from now on */
        assert_int_equal(FreeContextBuffer(key.SessionKey), SEC_E_OK);
        krb_talk_passes(&t);
        krb_talk_clear(&t);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(prefixes),
        cmocka_unit_test(order),
        cmocka_unit_test(replay_only),
        cmocka_unit_test(integrity_only),
        cmocka_unit_test(flips),
        cmocka_unit_test(reflection),
        cmocka_unit_test(kinds),
        cmocka_unit_test(not_sealed),
        cmocka_unit_test(malformed),
        cmocka_unit_test(bindings),
        cmocka_unit_test(skew),
        cmocka_unit_test(expired_ticket),
        cmocka_unit_test(ticket_expired_on_the_way),
        cmocka_unit_test(wrong_service),
        cmocka_unit_test(replayed),
        cmocka_unit_test(numbers_used_up),
        cmocka_unit_test(nothing_left),
    };
    int missing = lab_missing("krb/sspi_abuse");
    return missing ? missing : cmocka_run_group_tests_name("krb/sspi_abuse", tests, NULL, NULL);
}
