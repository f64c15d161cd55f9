/* Schannel's messages, the end of a stream, and what an open one can be asked. */
#include <mech/tls/inner.h>
#include <sspi/context.h>
#include <unit/sspi/schan.h>

static const ULONG versions[] = { SP_PROT_TLS1_2_CLIENT, SP_PROT_TLS1_3_CLIENT };

static size_t record_at(const tls_stream *in)
{
    assert_true(in->len >= 5);
    return 5u + ((size_t)in->data[3] << 8 | in->data[4]);
}

/* What the sizes promise holds for every length, and the three buffers are one run of octets. */
static void lengths(void **state)
{
    (void)state;
    static uint8_t text[16384], room[SCHAN_ROOM];
    const size_t some[] = { 0, 1, 2, 4, 5, 7, 8, 12, 13, 14, 15, 16, 17, 100, 4096, 16383, 16384 };
    for (size_t v = 0; v < 2; v++) {
        schan s;
        schan_open(&s, versions[v]);
        SecPkgContext_StreamSizes z = schan_sizes(&s, 0);
        assert_int_equal(z.cbMaximumMessage, 16384);
        assert_int_equal(z.cBuffers, 4);
        for (size_t i = 0; i < 2 * (sizeof some / sizeof *some); i++) {
            size_t n = some[i / 2], got = 1;
            memset(text, (int)i, n);
            assert_int_equal(schan_send(&s, i & 1, text, n), SEC_E_OK);
            if (!n)
                continue; /* nothing to be sent */
            assert_int_equal(schan_take(&s, !(i & 1), s.in[!(i & 1)].len, room, &got), SEC_E_OK);
            assert_int_equal(got, n);
            assert_memory_equal(room, text, n);
            assert_int_equal(s.in[!(i & 1)].len, 0);
        }
        schan_clear(&s);
    }
}

/* Lists that are refused, and refuse nothing to the next good one: no number was used up. */
static void wrong_lists(void **state)
{
    (void)state;
    enum { H = SECBUFFER_STREAM_HEADER, D = SECBUFFER_DATA, T = SECBUFFER_STREAM_TRAILER, TOK = SECBUFFER_TOKEN };
    schan s;
    static uint8_t m[17000];
    schan_open(&s, 0);
    SecPkgContext_StreamSizes z = schan_sizes(&s, 0);
    const struct {
        ULONG type[4], len[4];
        SECURITY_STATUS want;
    } cases[] = {
        { { H, D, T, TOK }, { z.cbHeader, 10, z.cbTrailer, 16 }, SEC_E_INVALID_TOKEN },
        { { H, D, D, T }, { z.cbHeader, 10, 10, z.cbTrailer }, SEC_E_INVALID_TOKEN },
        { { H, D, 0, 0 }, { z.cbHeader, 10, 0, 0 }, SEC_E_INVALID_TOKEN },
        { { D, T, 0, 0 }, { 10, z.cbTrailer, 0, 0 }, SEC_E_INVALID_TOKEN },
        { { H, T, 0, 0 }, { z.cbHeader, z.cbTrailer, 0, 0 }, SEC_E_INVALID_TOKEN },
        { { H, D | SECBUFFER_READONLY, T, 0 }, { z.cbHeader, 10, z.cbTrailer, 0 }, SEC_E_INVALID_TOKEN },
        { { H, D, T, 0 }, { z.cbHeader - 1, 10, z.cbTrailer, 0 }, SEC_E_BUFFER_TOO_SMALL },
        { { H, D, T, 0 }, { z.cbHeader, 10, z.cbTrailer - 1, 0 }, SEC_E_BUFFER_TOO_SMALL },
        { { H, D, T, 0 }, { z.cbHeader, 16385, z.cbTrailer, 0 }, SEC_E_BUFFER_TOO_SMALL },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        SecBuffer b[4];
        for (int k = 0; k < 4; k++)
            b[k] = (SecBuffer){ cases[i].len[k], cases[i].type[k], m };
        SecBufferDesc list = { SECBUFFER_VERSION, 4, b };
        assert_int_equal(EncryptMessage(&s.h[0], 0, &list, 0), cases[i].want);
        for (int k = 0; k < 4; k++)
            assert_int_equal(b[k].cbBuffer, cases[i].len[k]);
    }
    SecBuffer few[3] = { { 10, D, m } }, none[4] = { { 10, TOK, m } }, *lists[] = { few, none };
    const ULONG n[] = { 3, 4 };
    for (int i = 0; i < 2; i++) {
        SecBufferDesc list = { SECBUFFER_VERSION, n[i], lists[i] };
        assert_int_equal(DecryptMessage(&s.h[0], &list, 0, NULL), SEC_E_INVALID_TOKEN);
    }
    assert_int_equal(EncryptMessage(&s.h[0], 0, NULL, 0), SEC_E_INVALID_TOKEN);
    assert_int_equal(DecryptMessage(&s.h[0], NULL, 0, NULL), SEC_E_INVALID_TOKEN);
    SecBufferDesc empty = { SECBUFFER_VERSION, 0, NULL };
    assert_int_equal(EncryptMessage(&s.h[0], SECQOP_WRAP_NO_ENCRYPT, &empty, 0), SEC_E_QOP_NOT_SUPPORTED);
    assert_int_equal(MakeSignature(&s.h[0], 0, &empty, 0), SEC_E_UNSUPPORTED_FUNCTION);
    assert_int_equal(VerifySignature(&s.h[0], &empty, 0, NULL), SEC_E_UNSUPPORTED_FUNCTION);
    schan_say(&s, 0, "on");
    schan_say(&s, 1, "and on");
    schan_clear(&s);
}

/* Every prefix of a record says what is missing and moves nothing; many records at once come one by one. [CR-14] */
static void portions(void **state)
{
    (void)state;
    for (size_t v = 0; v < 2; v++) {
        schan s;
        uint8_t room[SCHAN_ROOM];
        size_t n;
        schan_open(&s, versions[v]);
        for (int i = 0; i < 5; i++)
            assert_int_equal(schan_send(&s, 1, "hello", 5), SEC_E_OK);
        for (int i = 0; i < 5; i++) {
            size_t whole = record_at(&s.in[0]);
            for (size_t k = 0; k < whole; k++) {
                assert_int_equal(schan_take(&s, 0, k, room, &n), SEC_E_INCOMPLETE_MESSAGE);
                assert_int_equal(s.missing, k < 5 ? 5 - k : whole - k);
            }
            size_t some = i < 4 ? whole + (size_t)i : whole; /* and the beginning of the next */
            assert_int_equal(schan_take(&s, 0, some, room, &n), SEC_E_OK);
            assert_int_equal(n, 5);
            assert_memory_equal(room, "hello", 5);
        }
        assert_int_equal(s.in[0].len, 0);
        schan_say(&s, 0, "on");
        schan_clear(&s);
    }
}

/* Every bit of a record: no plaintext, the same status ever after, and an alert for the peer, once. */
static void flipped(void **state)
{
    (void)state;
    for (size_t v = 0; v < 2; v++) {
        schan s;
        schan_usual(&s, versions[v]);
        schan_acquire(&s);
        for (size_t bit = 0, end = 1; bit < end; bit += 7) {
            uint8_t room[64];
            size_t n = 0;
            assert_true(schan_shake(&s));
            assert_int_equal(schan_send(&s, 0, "secret", 6), SEC_E_OK);
            end = 8 * s.in[1].len;
            s.in[1].data[bit / 8] ^= (uint8_t)(1u << bit % 8);
            SECURITY_STATUS st = schan_take(&s, 1, s.in[1].len, room, &n);
            if (bit / 8 == 3 || bit / 8 == 4) {
                assert_int_not_equal(st, SEC_E_OK); /* another length: more is awaited, or it is a shorter record */
            } else {
                assert_true(st < 0 && st != SEC_E_INCOMPLETE_MESSAGE);
                assert_int_equal(schan_take(&s, 1, s.in[1].len, room, &n), st);
                assert_int_equal(schan_send(&s, 1, "x", 1), st);
                s.in[1].len = s.here[1] = 0;
                assert_int_equal(schan_call(&s, 1, SCHAN_ROOM), SEC_E_OK);
                assert_true(s.n_out > 5);
                assert_true(schan_take(&s, 0, s.in[0].len, room, &n) < 0);
                assert_int_equal(schan_call(&s, 1, SCHAN_ROOM), SEC_E_OUT_OF_SEQUENCE);
            }
            schan_reset(&s);
        }
        schan_clear(&s);
    }
}

/* A record twice, and two the wrong way round: refused, and for good, as TLS has it. [CR-6, CR-7] */
static void replayed(void **state)
{
    (void)state;
    for (size_t v = 0; v < 4; v++) {
        schan s;
        uint8_t room[64], copy[128];
        size_t n, first;
        schan_open(&s, versions[v & 1]);
        assert_int_equal(schan_send(&s, 0, "one", 3), SEC_E_OK);
        first = s.in[1].len;
        memcpy(copy, s.in[1].data, first);
        if (v < 2)
            assert_int_equal(schan_take(&s, 1, first, room, &n), SEC_E_OK);
        else
            tls_stream_drop(&s.in[1], first); /* a gap */
        assert_int_equal(v < 2 ? 0 : schan_send(&s, 0, "two", 3), SEC_E_OK);
        if (v < 2)
            tls_stream_put(&s.in[1], copy, first);
        assert_int_equal(schan_take(&s, 1, s.in[1].len, room, &n), SEC_E_MESSAGE_ALTERED);
        schan_clear(&s);
    }
}

static SECURITY_STATUS control(schan *s, int side, const DWORD *words, size_t n)
{
    SecBuffer b = { (ULONG)(n * sizeof *words), SECBUFFER_TOKEN, (void *)(uintptr_t)words };
    SecBufferDesc list = { SECBUFFER_VERSION, 1, &b };
    return ApplyControlToken(&s->h[side], &list);
}

/* The end, asked for and made; the other direction goes on; and what ends without it was cut off. */
static void shutdowns(void **state)
{
    (void)state;
    const DWORD shutdown = SCHANNEL_SHUTDOWN;
    const DWORD closing[] = { SCHANNEL_ALERT, TLS1_ALERT_WARNING, TLS1_ALERT_CLOSE_NOTIFY };
    for (size_t v = 0; v < 4; v++) {
        schan s;
        uint8_t room[64];
        size_t n;
        int side = v >> 1 & 1;
        schan_usual(&s, versions[v & 1]);
        schan_acquire(&s);
        assert_int_equal(schan_call(&s, 0, SCHAN_ROOM), SEC_I_CONTINUE_NEEDED);
        assert_int_equal(control(&s, 0, &shutdown, 1), SEC_E_INVALID_HANDLE);
        assert_true(schan_shake(&s));
        assert_int_equal(schan_call(&s, side, SCHAN_ROOM), SEC_E_OUT_OF_SEQUENCE); /* nothing to be said yet */
        assert_int_equal(v & 1 ? control(&s, side, closing, 3) : control(&s, side, &shutdown, 1), SEC_E_OK);
        assert_int_equal(schan_send(&s, side, "x", 1), SEC_E_CONTEXT_EXPIRED);
        assert_int_equal(schan_call(&s, side, 5), SEC_E_BUFFER_TOO_SMALL);
        assert_true(s.n_out > 5);
        assert_int_equal(schan_call(&s, side, s.n_out), SEC_E_OK);
        assert_int_equal(schan_call(&s, side, SCHAN_ROOM), SEC_E_OUT_OF_SEQUENCE);
        size_t whole = s.in[!side].len;
        for (size_t k = 0; k < whole; k++) /* truncation never looks like the end */
            assert_int_equal(schan_take(&s, !side, k, room, &n), SEC_E_INCOMPLETE_MESSAGE);
        tls_stream_put(&s.in[!side], "more", 4);
        assert_int_equal(schan_take(&s, !side, whole + 4, room, &n), SEC_I_CONTEXT_EXPIRED);
        assert_int_equal(n, 0);
        assert_int_equal(s.in[!side].len, 4);
        assert_int_equal(schan_take(&s, !side, 4, room, &n), SEC_I_CONTEXT_EXPIRED);
        s.in[!side].len = 0;
        schan_say(&s, !side, "the other direction");
        schan_clear(&s);
    }
}

static void controls(void **state)
{
    (void)state;
    schan s;
    schan_open(&s, 0);
    const DWORD renegotiate = SCHANNEL_RENEGOTIATE, fatal[] = { SCHANNEL_ALERT, TLS1_ALERT_FATAL, 40 };
    const DWORD on[] = { SCHANNEL_SESSION, SSL_SESSION_ENABLE_RECONNECTS },
                off[] = { SCHANNEL_SESSION, SSL_SESSION_DISABLE_RECONNECTS };
    assert_int_equal(control(&s, 0, &renegotiate, 1), SEC_E_UNSUPPORTED_FUNCTION);
    assert_int_equal(control(&s, 0, fatal, 3), SEC_E_UNSUPPORTED_FUNCTION);
    assert_int_equal(control(&s, 0, fatal, 1), SEC_E_UNSUPPORTED_FUNCTION);
    assert_int_equal(control(&s, 0, on, 2), SEC_E_UNSUPPORTED_FUNCTION);
    assert_int_equal(control(&s, 0, off, 2), SEC_E_OK);
    assert_int_equal(control(&s, 0, &renegotiate, 0), SEC_E_INVALID_TOKEN);
    assert_int_equal(ApplyControlToken(&s.h[0], NULL), SEC_E_INVALID_TOKEN);
    schan_say(&s, 0, "on");
    schan_clear(&s);
}

/* ---- what TLS says of itself ---- */

static troth_tls *inside(schan *s, int side)
{
    troth_sspi_context *c;
    assert_int_equal(troth_sspi_context_find(&s->h[side], &c), SEC_E_OK);
    troth_tls *t = c->engine->impl;
    troth_sspi_context_release(c);
    return t;
}

/* The peer wants new keys, and says so in front of its next message. */
static void ask_for_keys(schan *s, int side, SECURITY_STATUS want)
{
    uint8_t room[64];
    size_t n;
    assert_int_equal(SSL_key_update(inside(s, side)->ssl, SSL_KEY_UPDATE_REQUESTED), 1);
    assert_int_equal(schan_send(s, side, "x", 1), SEC_E_OK);
    assert_int_equal(schan_take(s, !side, s->in[!side].len, room, &n), want);
    if (want)
        return;
    assert_int_equal(n, 0);
    assert_int_equal(schan_take(s, !side, s->in[!side].len, room, &n), SEC_E_OK);
    assert_int_equal(n, 1);
}

enum { OWED = 18 }; /* answers of 27 octets that fit */

/* A peer that asks for new keys again and again, while we are silent, gets its answers in front of our next message, for
 * which the sizes have room; or when we ask what there is to be sent. [RFC 8446 4.6.3] */
static void key_updates(void **state)
{
    (void)state;
    for (int side = 0; side < 2; side++) {
        schan s;
        static uint8_t text[16384], room[SCHAN_ROOM];
        size_t n;
        schan_open(&s, SP_PROT_TLS1_3_CLIENT);
        for (int round = 0; round < 4; round++) {
            for (int i = 0; i < OWED; i++)
                ask_for_keys(&s, side, SEC_E_OK);
            if (round & 1) {
                s.in[!side].len = s.here[!side] = 0;
                assert_int_equal(schan_call(&s, !side, SCHAN_ROOM), SEC_E_OK);
                assert_int_equal(s.n_out, OWED * 27);
                assert_int_equal(schan_call(&s, !side, SCHAN_ROOM), SEC_E_OUT_OF_SEQUENCE);
            }
            inside(&s, !side)->until_rekey = 1; /* and our own KeyUpdate with it */
            assert_int_equal(schan_send(&s, !side, text, sizeof text), SEC_E_OK);
            for (int i = 0; i < OWED + 1; i++) {
                assert_int_equal(schan_take(&s, side, s.in[side].len, room, &n), SEC_E_OK);
                assert_int_equal(n, 0);
            }
            assert_int_equal(schan_take(&s, side, s.in[side].len, room, &n), SEC_E_OK);
            assert_int_equal(n, sizeof text);
            assert_int_equal(s.in[side].len, 0);
            schan_say(&s, side, "on");
        }
        for (int i = 0; i < OWED; i++)
            ask_for_keys(&s, side, SEC_E_OK);
        ask_for_keys(&s, side, SEC_E_ILLEGAL_MESSAGE); /* one too many */
        assert_int_equal(schan_send(&s, !side, "x", 1), SEC_E_ILLEGAL_MESSAGE);
        schan_clear(&s);
    }
}

/* Make the client begin a handshake anew, which ours never do; the record goes to the server. */
static void ask_again(schan *s)
{
    troth_tls *in = inside(s, 0);
    troth_writer w = troth_writer_growing(&s->w.t.env, 65535, TROTH_BE);
    SSL_clear_options(in->ssl, SSL_OP_NO_RENEGOTIATION);
    assert_int_equal(SSL_renegotiate(in->ssl), 1);
    in->out = &w;
    (void)SSL_do_handshake(in->ssl);
    in->out = NULL;
    tls_stream_put(&s->in[1], w.base, w.len);
    troth_writer_clear(&w);
}

/* A wish to renegotiate is refused, in front of the next message, and the stream goes on. [spec/sspi 1.4, never
 * SEC_I_RENEGOTIATE] */
static void renegotiation(void **state)
{
    (void)state;
    schan s;
    static uint8_t text[16384], room[SCHAN_ROOM];
    size_t n;
    schan_open(&s, SP_PROT_TLS1_2_CLIENT);
    ask_again(&s);
    assert_int_equal(schan_take(&s, 1, s.in[1].len, room, &n), SEC_E_OK);
    assert_int_equal(n, 0);
    assert_int_equal(schan_send(&s, 1, text, sizeof text), SEC_E_OK);
    assert_int_equal(s.in[0].data[0], 21); /* the warning */
    size_t warning = record_at(&s.in[0]);
    assert_int_equal(s.in[0].data[warning], 23);
    schan_clear(&s);
}

/* One that does nothing but ask is not listened to for ever: what waits for it is bounded. */
static void flooded(void **state)
{
    (void)state;
    schan s;
    troth_sspi_context *c;
    schan_open(&s, SP_PROT_TLS1_2_CLIENT);
    assert_int_equal(troth_sspi_context_find(&s.h[1], &c), SEC_E_OK);
    uint8_t room[64];
    size_t n;
    c->n_held = TROTH_SSPI_HELD - 10; /* as after others */
    troth_sspi_context_release(c);
    ask_again(&s);
    assert_int_equal(schan_take(&s, 1, s.in[1].len, room, &n), SEC_E_ILLEGAL_MESSAGE);
    assert_int_equal(schan_send(&s, 1, "x", 1), SEC_E_ILLEGAL_MESSAGE);
    assert_int_equal(schan_take(&s, 1, s.in[1].len, room, &n), SEC_E_ILLEGAL_MESSAGE);
    schan_clear(&s);
}

/* ---- questions ---- */

static PSEC_CHANNEL_BINDINGS bindings(schan *s, int side, ULONG which, ULONG *n)
{
    SecPkgContext_Bindings b;
    assert_int_equal(QueryContextAttributesA(&s->h[side], which, &b), SEC_E_OK);
    *n = b.BindingsLength;
    assert_int_equal(b.Bindings->dwApplicationDataOffset, sizeof(SEC_CHANNEL_BINDINGS));
    assert_int_equal(b.Bindings->cbApplicationDataLength, *n - sizeof(SEC_CHANNEL_BINDINGS));
    return b.Bindings;
}

/* The same on both sides, and in the form that the other packages take. */
static void channel_bindings(void **state)
{
    (void)state;
    for (size_t v = 0; v < 2; v++) {
        schan s;
        SecPkgContext_Bindings none;
        schan_open(&s, versions[v]);
        for (int unique = 0; unique < 2; unique++) {
            ULONG which = unique ? SECPKG_ATTR_UNIQUE_BINDINGS : SECPKG_ATTR_ENDPOINT_BINDINGS, n[2];
            const char *name = unique ? "tls-unique:" : "tls-server-end-point:";
            if (unique && v) { /* [RFC 8446 C.5] */
                assert_int_equal(QueryContextAttributesA(&s.h[0], which, &none), SEC_E_UNSUPPORTED_FUNCTION);
                continue;
            }
            PSEC_CHANNEL_BINDINGS b[2] = { bindings(&s, 0, which, &n[0]), bindings(&s, 1, which, &n[1]) };
            assert_int_equal(n[0], n[1]);
            assert_memory_equal(b[0], b[1], n[0]);
            assert_memory_equal(b[0] + 1, name, strlen(name));
            CredHandle ntlm;
            CtxtHandle h = { 0, 0 };
            SEC_WINNT_AUTH_IDENTITY_A id = { .User = (UCHAR *)(uintptr_t) "u", .UserLength = 1, .Flags = 1 };
            assert_int_equal(AcquireCredentialsHandleA(NULL, (SEC_CHAR *)(uintptr_t) "NTLM", SECPKG_CRED_OUTBOUND, NULL,
                                                       &id, NULL, NULL, &ntlm, NULL),
                             SEC_E_OK);
            SecBuffer in = { n[0], SECBUFFER_CHANNEL_BINDINGS, b[0] }, out = { SCHAN_ROOM, SECBUFFER_TOKEN, s.out };
            SecBufferDesc in_list = { SECBUFFER_VERSION, 1, &in }, out_list = { SECBUFFER_VERSION, 1, &out };
            ULONG ret;
            assert_int_equal(
                InitializeSecurityContextA(&ntlm, NULL, NULL, 0, 0, 0, &in_list, 0, &h, &out_list, &ret, NULL),
                SEC_I_CONTINUE_NEEDED);
            assert_int_equal(DeleteSecurityContext(&h), SEC_E_OK);
            assert_int_equal(FreeCredentialsHandle(&ntlm), SEC_E_OK);
            assert_int_equal(FreeContextBuffer(b[0]), SEC_E_OK);
            assert_int_equal(FreeContextBuffer(b[1]), SEC_E_OK);
        }
        schan_clear(&s);
    }
}

static void questions(void **state)
{
    (void)state;
    for (size_t v = 0; v < 2; v++) {
        schan s;
        SecPkgContext_CipherInfo cipher;
        SecPkgContext_ConnectionInfo info;
        SecPkgContext_KeyInfoA key;
        SecPkgContext_ProtoInfoA proto;
        SecPkgContext_Lifespan life;
        SecPkgContext_PackageInfoA package;
        SecPkgContext_ClientSpecifiedTarget target;
        PCCERT_CONTEXT local;
        uint8_t big[1024];
        schan_open(&s, versions[v]);
        assert_int_equal(QueryContextAttributesA(&s.h[0], SECPKG_ATTR_CIPHER_INFO, &cipher), SEC_E_OK);
        assert_int_equal(cipher.dwProtocol, 0x0303 + v);
        assert_int_equal(cipher.dwVersion, 1);
        assert_int_equal(cipher.dwCipherSuite, v ? 0x1302 : 0xC02C);
        assert_int_equal(cipher.dwCipherLen, 256);
        if (v)
            assert_memory_equal(cipher.szCipherSuite, u"TLS_AES_256_GCM_SHA384", 46);
        assert_memory_equal(cipher.szHash, u"SHA384", 14);
        assert_int_equal(QueryContextAttributesA(&s.h[0], SECPKG_ATTR_CONNECTION_INFO, &info), SEC_E_OK);
        assert_int_equal(info.aiCipher, CALG_AES_256);
        assert_int_equal(info.dwCipherStrength, 256);
        assert_int_equal(info.aiExch, CALG_ECDH_EPHEM);
        assert_int_equal(QueryContextAttributesA(&s.h[0], SECPKG_ATTR_KEY_INFO, &key), SEC_E_OK);
        assert_string_equal(key.sEncryptAlgorithmName, "AES");
        assert_int_equal(key.KeySize, 256);
        assert_int_equal(FreeContextBuffer(key.sSignatureAlgorithmName), SEC_E_OK);
        assert_int_equal(FreeContextBuffer(key.sEncryptAlgorithmName), SEC_E_OK);
        assert_int_equal(QueryContextAttributesA(&s.h[0], SECPKG_ATTR_PROTO_INFO, &proto), SEC_E_OK);
        assert_string_equal(proto.sProtocolName, "TLS");
        assert_int_equal(proto.minorVersion, 2 + v);
        assert_int_equal(FreeContextBuffer(proto.sProtocolName), SEC_E_OK);
        assert_int_equal(QueryContextAttributesA(&s.h[0], SECPKG_ATTR_LIFESPAN, &life), SEC_E_OK);
        assert_true(life.tsExpiry.QuadPart - life.tsStart.QuadPart < INT64_C(3700) * 10000000); /* the certificate's */
        assert_int_equal(QueryContextAttributesA(&s.h[0], SECPKG_ATTR_PACKAGE_INFO, &package), SEC_E_OK);
        assert_string_equal(package.PackageInfo->Name, "Schannel");
        assert_int_equal(FreeContextBuffer(package.PackageInfo), SEC_E_OK);
        assert_int_equal(QueryContextAttributesA(&s.h[1], SECPKG_ATTR_CLIENT_SPECIFIED_TARGET, &target), SEC_E_OK);
        assert_memory_equal(target.sTargetName, u"server.test", 24);
        assert_int_equal(FreeContextBuffer(target.sTargetName), SEC_E_OK);
        assert_int_equal(QueryContextAttributesA(&s.h[1], SECPKG_ATTR_LOCAL_CERT_CONTEXT, &local), SEC_E_OK);
        assert_memory_equal(local->pbCertEncoded, s.cert[1]->pbCertEncoded, local->cbCertEncoded);
        assert_true(CertFreeCertificateContext(local));
        assert_int_equal(QueryContextAttributesA(&s.h[0], SECPKG_ATTR_LOCAL_CERT_CONTEXT, &local),
                         SEC_E_NO_CREDENTIALS);
        assert_int_equal(QueryContextAttributesA(&s.h[1], SECPKG_ATTR_REMOTE_CERT_CONTEXT, &local),
                         SEC_E_NO_CREDENTIALS);
        assert_int_equal(QueryContextAttributesA(&s.h[1], SECPKG_ATTR_ISSUER_LIST_EX, big), SEC_E_UNSUPPORTED_FUNCTION);
        assert_int_equal(QueryContextAttributesA(&s.h[1], SECPKG_ATTR_SESSION_KEY, big), SEC_E_UNSUPPORTED_FUNCTION);
        schan_clear(&s);
    }
}

/* Every attribute with no memory at each point: nothing is lost, nothing half filled. */
static void questions_without_memory(void **state)
{
    (void)state;
    schan s;
    schan_open(&s, 0);
    for (ULONG attribute = 0; attribute < 0x68; attribute++)
        for (size_t n = 1; n < 12; n++) {
            uint8_t out[1024], before[1024];
            memset(out, 0xa5, sizeof out);
            memcpy(before, out, sizeof out);
            s.w.t.fail_at = s.w.t.allocs + n;
            SECURITY_STATUS st = QueryContextAttributesW(&s.h[0], attribute, out);
            s.w.t.fail_at = 0;
            if (st == SEC_E_OK)
                break; /* what it gave is released at the end */
            assert_memory_equal(out, before, sizeof out);
        }
    schan_clear(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lengths),
        cmocka_unit_test(wrong_lists),
        cmocka_unit_test(portions),
        cmocka_unit_test(flipped),
        cmocka_unit_test(replayed),
        cmocka_unit_test(shutdowns),
        cmocka_unit_test(controls),
        cmocka_unit_test(key_updates),
        cmocka_unit_test(renegotiation),
        cmocka_unit_test(flooded),
        cmocka_unit_test(channel_bindings),
        cmocka_unit_test(questions),
        cmocka_unit_test(questions_without_memory),
    };
    return cmocka_run_group_tests_name("sspi/schannel_records", tests, NULL, NULL);
}
