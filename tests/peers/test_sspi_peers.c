/*
 * SSPI's calls against others' implementations, each in a process of its own and in both roles: `winpr PROGRAM` for
 * NTLM, `ntlmssp PROGRAM` for NTLM by itself and below Negotiate, `mit PROGRAM` for Kerberos likewise, in a realm. Tokens
 * and messages go over a pair of pipes.
 */
#include <peers/peer.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <support/lab.h>
#include <support/sspi.h>
#include <unistd.h>

enum { USUAL = ISC_REQ_MUTUAL_AUTH | ISC_REQ_REPLAY_DETECT | ISC_REQ_SEQUENCE_DETECT, SEAL = ISC_REQ_CONFIDENTIALITY };

typedef struct talk {
    sspi_rig r;
    peer_link peer;
    CtxtHandle *h; /* ours */
    bool initiator, seal, dce;
    SecPkgContext_Sizes sizes;
} talk;

static const char *program;

#define LIST(b) (&(SecBufferDesc){ SECBUFFER_VERSION, sizeof(b) / sizeof *(b), (b) })

static void said_ok(talk *t)
{
    if (strcmp(t->peer.word[0], "ok") != 0)
        fail_msg("the peer: %s %s", t->peer.word[0], t->peer.n_words > 1 ? t->peer.word[1] : "");
}

/* ---- establishing ---- */

static SECURITY_STATUS our_leg(talk *t)
{
    ULONG isc = USUAL | (t->seal ? SEAL : ISC_REQ_INTEGRITY) | (t->dce ? ISC_REQ_USE_DCE_STYLE : 0u);
    if (t->initiator)
        return sspi_client_leg(&t->r, isc);
    /* what the initiator offers counts; NTLM's acceptor must ask for what it wants */
    return sspi_server_leg(&t->r, (t->seal ? ASC_REQ_CONFIDENTIALITY : 0u) | (t->dce ? ASC_REQ_USE_DCE_STYLE : 0u) |
                                      ASC_REQ_INTEGRITY | ASC_REQ_REPLAY_DETECT | ASC_REQ_SEQUENCE_DETECT);
}

/* Give the peer our last token, and take its own. True: it is done. */
static bool their_leg(talk *t, const char *command)
{
    uint8_t *ours = t->initiator ? t->r.to_server : t->r.to_client;
    ULONG *n = t->initiator ? &t->r.n_to_server : &t->r.n_to_client;
    char *hex = peer_hex(ours, *n);
    peer_ask(&t->peer, command, hex, NULL);
    free(hex);
    if (strcmp(t->peer.word[0], "error") == 0)
        fail_msg("the peer: %s %s", t->peer.word[1], t->peer.word[2]);
    *n = 0;
    size_t len = peer_octets(&t->peer, 1, t->initiator ? t->r.to_client : t->r.to_server, SSPI_TOKEN);
    *(t->initiator ? &t->r.n_to_client : &t->r.n_to_server) = (ULONG)len;
    return strcmp(t->peer.word[0], "done") == 0;
}

static void establish(talk *t, const char *command)
{
    SECURITY_STATUS status = SEC_I_CONTINUE_NEEDED;
    bool theirs = false, our_turn = t->initiator;
    for (int leg = 0; leg < 6 && (status == SEC_I_CONTINUE_NEEDED || !theirs); leg++, our_turn = !our_turn) {
        if (our_turn) {
            status = our_leg(t);
            assert_true(status == SEC_E_OK || status == SEC_I_CONTINUE_NEEDED);
        } else
            theirs = their_leg(t, command);
    }
    assert_int_equal(status, SEC_E_OK);
    assert_true(theirs);
    t->h = t->initiator ? &t->r.c : &t->r.s;
    ULONG ret = t->initiator ? t->r.c_ret : t->r.s_ret;
    assert_int_equal(!!(ret & SEAL), t->seal);
    assert_int_equal(QueryContextAttributesA(t->h, SECPKG_ATTR_SIZES, &t->sizes), SEC_E_OK);
}

static void end(talk *t)
{
    peer_stop(&t->peer);
    sspi_rig_clear(&t->r);
}

/* ---- messages ---- */

/* Ours to the peer: token and data behind each other, as every wire of Windows has them. */
static void send_whole(talk *t, ULONG qop, const uint8_t *text, size_t n)
{
    static uint8_t all[SSPI_TOKEN];
    uint8_t padding[16];
    SecBuffer b[] = { { t->sizes.cbSecurityTrailer, SECBUFFER_TOKEN, all },
                      { (ULONG)n, SECBUFFER_DATA, all + t->sizes.cbSecurityTrailer },
                      { t->sizes.cbBlockSize, SECBUFFER_PADDING, padding } };
    memcpy(b[1].pvBuffer, text, n);
    assert_int_equal(EncryptMessage(t->h, qop, LIST(b), 0), SEC_E_OK);
    assert_int_equal(b[2].cbBuffer, 0);
    memmove(all + b[0].cbBuffer, b[1].pvBuffer, n);
    char *hex = peer_hex(all, b[0].cbBuffer + n), *plain = peer_hex(text, n);
    peer_ask(&t->peer, "unwrap", hex, NULL);
    said_ok(t);
    if (t->peer.n_words > 3) { /* gss_peer: ok CONF DATA BITS */
        assert_string_equal(t->peer.word[1], qop ? "0" : "1");
        assert_string_equal(t->peer.word[3], "0");
    }
    assert_string_equal(t->peer.word[t->peer.n_words > 3 ? 2 : 1], plain);
    free(hex), free(plain);
}

/* The peer's to ours, as a stream: each flipped bit of it is refused first (stream), and leaves the context as it was. */
static void take_whole(talk *t, const char *conf, const uint8_t *text, size_t n)
{
    static uint8_t all[SSPI_TOKEN], copy[SSPI_TOKEN];
    char *plain = peer_hex(text, n);
    ULONG qop = 5;
    if (conf)
        peer_ask(&t->peer, "wrap", conf, plain, NULL);
    else
        peer_ask(&t->peer, "wrap", plain, NULL);
    said_ok(t);
    size_t len = peer_octets(&t->peer, conf ? 2 : 1, all, sizeof all);
    for (size_t i = 0; n < 20 && i < 8 * len; i++) {
        SecBuffer b[] = { { (ULONG)len, SECBUFFER_STREAM, copy }, { 0, SECBUFFER_DATA, NULL } };
        memcpy(copy, all, len);
        copy[i / 8] ^= (uint8_t)(1u << i % 8);
        SECURITY_STATUS status = DecryptMessage(t->h, LIST(b), 0, &qop);
        if (status != SEC_E_MESSAGE_ALTERED && status != SEC_E_INVALID_TOKEN && status != SEC_E_OUT_OF_SEQUENCE &&
            status != SEC_E_QOP_NOT_SUPPORTED)
            fail_msg("bit %zu: %08x", i, (unsigned)status);
        assert_null(b[1].pvBuffer);
        assert_int_equal(qop, 5);
    }
    SecBuffer b[] = { { (ULONG)len, SECBUFFER_STREAM, all }, { 0, SECBUFFER_DATA, NULL } };
    assert_int_equal(DecryptMessage(t->h, LIST(b), 0, &qop), SEC_E_OK);
    assert_int_equal(qop, conf ? (*conf == '1' ? 0 : SECQOP_WRAP_NO_ENCRYPT) : t->seal ? 0 : SECQOP_WRAP_NO_ENCRYPT);
    assert_int_equal(b[1].cbBuffer, n);
    assert_memory_equal(b[1].pvBuffer, text, n);
    free(plain);
}

static void signatures(talk *t, const uint8_t *text, size_t n)
{
    uint8_t token[64];
    SecBuffer b[] = { { t->sizes.cbMaxSignature, SECBUFFER_TOKEN, token },
                      { (ULONG)n, SECBUFFER_DATA, (void *)(uintptr_t)text } };
    assert_int_equal(MakeSignature(t->h, 0, LIST(b), 0), SEC_E_OK);
    char *plain = peer_hex(text, n), *mic = peer_hex(token, b[0].cbBuffer);
    peer_ask(&t->peer, "verify", plain, mic, NULL);
    said_ok(t);
    assert_true(strcmp(t->peer.word[1], "0") == 0 || strcmp(t->peer.word[1], "-") == 0); /* nothing to add to it */
    peer_ask(&t->peer, "mic", plain, NULL);
    said_ok(t);
    b[0].cbBuffer = (ULONG)peer_octets(&t->peer, 1, token, sizeof token);
    assert_int_equal(VerifySignature(t->h, LIST(b), 0, NULL), SEC_E_OK);
    assert_int_equal(VerifySignature(t->h, LIST(b), 0, NULL), SEC_E_OUT_OF_SEQUENCE);
    free(plain), free(mic);
}

/* Header signing: a part that is signed as it stands, in front of what is sealed, and the token behind both. */
static void header_signing(talk *t, ULONG qop, const uint8_t *text, size_t n)
{
    static uint8_t data[SSPI_TOKEN];
    uint8_t token[128], header[] = "header of a PDU", left_out[] = "nobody's";
    const char *conf = qop ? "0" : "1";
    ULONG got = 5;
    SecBuffer b[] = { { sizeof header, SECBUFFER_DATA | SECBUFFER_READONLY_WITH_CHECKSUM, header },
                      { (ULONG)n, SECBUFFER_DATA, data },
                      { sizeof left_out, SECBUFFER_DATA | SECBUFFER_READONLY, left_out },
                      { t->sizes.cbSecurityTrailer, SECBUFFER_TOKEN, token } };
    memcpy(data, text, n);
    assert_int_equal(EncryptMessage(t->h, qop, LIST(b), 0), SEC_E_OK);
    assert_string_equal(header, "header of a PDU");
    char *at_token = peer_hex(token, b[3].cbBuffer), *around = peer_hex(header, sizeof header);
    char *sealed = peer_hex(data, n), *plain = peer_hex(text, n);
    peer_ask(&t->peer, "open", at_token, around, sealed, NULL);
    said_ok(t);
    assert_string_equal(t->peer.word[1], conf);
    assert_string_equal(t->peer.word[2], plain);
    peer_ask(&t->peer, "seal", conf, around, plain, NULL);
    said_ok(t);
    b[3].cbBuffer = (ULONG)peer_octets(&t->peer, 1, token, sizeof token);
    assert_int_equal(peer_octets(&t->peer, 2, data, sizeof data), n);
    uint8_t saved[128];
    memcpy(saved, token, sizeof saved);
    if (n < 20) {
        uint8_t wire[20];
        memcpy(wire, data, n);
        header[3] ^= 1; /* the part that is signed only */
        assert_int_equal(DecryptMessage(t->h, LIST(b), 0, &got), SEC_E_MESSAGE_ALTERED);
        assert_int_equal(got, 5);
        header[3] ^= 1;
        memcpy(data, wire, n);
        memcpy(token, saved, sizeof saved);
    }
    left_out[0] ^= 1; /* this one is none of the message's */
    assert_int_equal(DecryptMessage(t->h, LIST(b), 0, &got), SEC_E_OK);
    assert_int_equal(got, qop);
    assert_memory_equal(data, text, n);
    free(at_token), free(around), free(sealed), free(plain);
}

/* [case 17] Sealing was agreed on, and something only signed comes: not for one who does not ask. */
static void unsealed_unasked(talk *t)
{
    static uint8_t all[256];
    peer_ask(&t->peer, "wrap", "0", "616263", NULL);
    said_ok(t);
    size_t len = peer_octets(&t->peer, 2, all, sizeof all);
    SecBuffer b[] = { { (ULONG)len, SECBUFFER_STREAM, all }, { 0, SECBUFFER_DATA, NULL } };
    assert_int_equal(DecryptMessage(t->h, LIST(b), 0, NULL), SEC_E_DECRYPT_FAILURE);
    assert_null(b[1].pvBuffer);
}

/* ---- who with whom ---- */

static const size_t sizes[] = { 0, 1, 17, 1000, 30000 };
static uint8_t text[30000];

static void write_accounts(const char *path)
{
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    fputs("DOM:User:Password\n", f);
    assert_int_equal(fclose(f), 0);
    setenv("NTLM_USER_FILE", path, 1);
}

/* Who the initiator is, as the other side of it has it; and by which mechanism. */
static void whose(talk *t, const char *account, const char *mech)
{
    SecPkgContext_NamesA names;
    peer_ask(&t->peer, "facts", NULL);
    assert_string_equal(t->peer.word[0], "facts");
    assert_string_equal(t->peer.word[4], mech);
    if (t->initiator) {
        assert_non_null(strcasestr(t->peer.word[2], account));
        return;
    }
    assert_int_equal(QueryContextAttributesA(t->h, SECPKG_ATTR_NAMES, &names), SEC_E_OK);
    assert_non_null(strcasestr(names.sUserName, account));
    assert_int_equal(FreeContextBuffer(names.sUserName), SEC_E_OK);
}

/* WinPR 2.11 leaves MakeSignature and VerifySignature of NTLM out; one that has them must agree with ours. */
static bool winpr_signs(talk *t)
{
    peer_ask(&t->peer, "mic", "616263", NULL);
    if (strcmp(t->peer.word[0], "error") == 0) {
        assert_string_equal(t->peer.word[2], "80090302");
        return false;
    }
    uint8_t token[64], abc[] = "abc";
    SecBuffer b[] = { { (ULONG)peer_octets(&t->peer, 1, token, sizeof token), SECBUFFER_TOKEN, token },
                      { 3, SECBUFFER_DATA, abc } };
    assert_int_equal(VerifySignature(t->h, LIST(b), 0, NULL), SEC_E_OK);
    return true;
}

static void with_winpr(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 8; i++) {
        talk t = { .initiator = i & 1, .seal = i & 2 };
        const char *package = i & 4 ? "Negotiate" : "NTLM";
        /* without Kerberos WinPR's Negotiate is NTLM without SPNEGO: it sends that, and refuses anyone's SPNEGO */
        if (i & 4 && t.initiator)
            continue;
        sspi_rig_init(&t.r, "[negotiate]\nntlm = yes\n");
        t.r.target = "svc/host";
        sspi_rig_acquire(&t.r, package);
        setenv("PEER_PACKAGE", package, 1);
        peer_start(&t.peer, program);
        const char *level = t.seal ? "sc" : "s";
        if (t.initiator)
            peer_ask(&t.peer, "accept", level, "-", NULL);
        else
            peer_ask(&t.peer, "init", "svc/host", "DOM", "User", "Password", level, "-", NULL);
        said_ok(&t);
        establish(&t, "token");
        assert_int_equal(t.sizes.cbSecurityTrailer, 16);
        assert_int_equal(t.sizes.cbMaxSignature, 16);
        assert_int_equal(t.sizes.cbBlockSize, 0);
        for (size_t s = 1; s < sizeof sizes / sizeof *sizes; s++) {
            send_whole(&t, t.seal ? 0 : SECQOP_WRAP_NO_ENCRYPT, text, sizes[s]);
            take_whole(&t, NULL, text, sizes[s]);
            if (winpr_signs(&t))
                signatures(&t, text, sizes[s]);
        }
        end(&t);
    }
}

/* gss-ntlmssp: the accounts of both roles are in a file that the environment names. */
static void with_ntlmssp(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 8; i++) {
        talk t = { .initiator = i & 1, .seal = i & 2 };
        bool negotiate = i & 4;
        char accounts[128];
        const char *mech = negotiate ? "spnego" : "ntlm", *below = negotiate ? "ntlm" : "-";
        /* by itself it sends no MIC */
        sspi_rig_init(&t.r, negotiate ? "[negotiate]\nntlm = yes\n" : "without-mic = yes\n");
        t.r.target = "svc/localhost";
        sspi_rig_acquire(&t.r, negotiate ? "Negotiate" : "NTLM");
        snprintf(accounts, sizeof accounts, "%s/accounts", t.r.dir);
        write_accounts(accounts);
        peer_start(&t.peer, program);
        if (t.initiator)
            peer_ask(&t.peer, "accept", mech, "-", below, NULL);
        else
            peer_ask(&t.peer, "init", mech, "svc@localhost", t.seal ? "3e" : "2e", "-", below, NULL);
        if (i == 0 && strcmp(t.peer.word[0], "error") == 0) {
            print_message("skipped: GSS-API here has no NTLM: %s %s\n", t.peer.word[1], t.peer.word[2]);
            unlink(accounts);
            end(&t);
            skip();
        }
        said_ok(&t);
        establish(&t, "step");
        whose(&t, "User", "1.3.6.1.4.1.311.2.2.10");
        assert_int_equal(t.sizes.cbSecurityTrailer, 16);
        for (size_t s = 1; s < sizeof sizes / sizeof *sizes; s++) {
            if (t.seal) { /* its gss_wrap encrypts whatever was negotiated */
                send_whole(&t, 0, text, sizes[s]);
                take_whole(&t, "1", text, sizes[s]);
            }
            signatures(&t, text, sizes[s]);
        }
        unlink(accounts);
        end(&t);
    }
}

static void with_mit(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 16; i++) {
        talk t = { .initiator = i & 1, .seal = !(i & 1) || i & 2, .dce = i & 4 };
        const char *package = i & 8 ? "Negotiate" : "Kerberos", *mech = i & 8 ? "spnego" : "krb5",
                   *below = i & 8 ? "krb5" : "-";
        char config[512];
        snprintf(config, sizeof config, "[kerberos]\nkeytab = %s\nccache = FILE:%s\n", lab_file("service.keytab"),
                 lab_file("alice.ccache"));
        sspi_rig_init(&t.r, config);
        t.r.target = "svc/localhost";
        assert_int_equal(sspi_acquire(package, t.initiator ? SECPKG_CRED_OUTBOUND : SECPKG_CRED_INBOUND, NULL,
                                      t.initiator ? &t.r.client : &t.r.server),
                         SEC_E_OK);
        peer_start(&t.peer, program);
        if (t.initiator)
            peer_ask(&t.peer, "accept", mech, "-", below, NULL);
        else
            peer_ask(&t.peer, "init", mech, "svc/localhost", t.dce ? "103e" : "3e", "-", below, NULL);
        said_ok(&t);
        establish(&t, "step");
        whose(&t, "alice", "1.2.840.113554.1.2.2");
        assert_int_equal(t.sizes.cbSecurityTrailer, t.dce ? 76 : 60);
        assert_int_equal(t.sizes.cbMaxSignature, 28);
        assert_int_equal(t.sizes.cbBlockSize, 1);
        for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++) {
            signatures(&t, text, sizes[s]);
            for (int sealed = 0; sealed <= t.seal; sealed++) {
                ULONG qop = sealed ? 0 : SECQOP_WRAP_NO_ENCRYPT;
                header_signing(&t, qop, text, sizes[s]);
                if (t.dce)
                    continue;
                send_whole(&t, qop, text, sizes[s]);
                take_whole(&t, sealed ? "1" : "0", text, sizes[s]);
            }
        }
        if (t.seal && !t.dce)
            unsealed_unasked(&t);
        signatures(&t, text, 40);
        end(&t);
    }
}

int main(int argc, char **argv)
{
    const struct CMUnitTest winpr[] = { cmocka_unit_test(with_winpr) }, ntlmssp[] = { cmocka_unit_test(with_ntlmssp) },
                            mit[] = { cmocka_unit_test(with_mit) };
    program = argc > 2 ? argv[2] : "";
    for (size_t i = 0; i < sizeof text; i++)
        text[i] = (uint8_t)(i * 13 + 1);
    if (argc > 1 && strcmp(argv[1], "winpr") == 0)
        return cmocka_run_group_tests(winpr, NULL, NULL);
    if (argc > 1 && strcmp(argv[1], "ntlmssp") == 0)
        return cmocka_run_group_tests(ntlmssp, NULL, NULL);
    if (!getenv("TROTH_LAB")) {
        printf("no realm: skipped\n");
        return 77;
    }
    return cmocka_run_group_tests(mit, NULL, NULL);
}
