/* Schannel's legs: versions, every way in which octets may arrive, flags, application protocols, alerts. */
#include <unit/sspi/schan.h>

static const ULONG versions[] = { SP_PROT_TLS1_2_CLIENT, SP_PROT_TLS1_3_CLIENT };

static void packages(void **state)
{
    (void)state;
    PSecPkgInfoA all, one;
    ULONG n = 0, found = 0;
    assert_int_equal(EnumerateSecurityPackagesA(&n, &all), SEC_E_OK);
    for (ULONG i = 0; i < n; i++)
        if (strcmp(all[i].Name, "Schannel") == 0) {
            found++;
            assert_int_equal(all[i].fCapabilities, 0x107B3);
            assert_int_equal(all[i].wRPCID, 14);
        }
    assert_int_equal(found, 1);
    assert_int_equal(FreeContextBuffer(all), SEC_E_OK);
    const char *const names[] = { "schannel", UNISP_NAME_A, "Default TLS SSP" };
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(QuerySecurityPackageInfoA((SEC_CHAR *)(uintptr_t)names[i], &one), SEC_E_OK);
        assert_string_equal(one->Name, "Schannel");
        assert_int_equal(FreeContextBuffer(one), SEC_E_OK);
    }
}

/* Each octet alone, and other portions: the same streams, and none of them breaks. */
static void every_portion(void **state)
{
    (void)state;
    const size_t portions[] = { 0, 1, 2, 5, 6, 64, 700, 5000 };
    for (size_t v = 0; v < 2; v++) {
        schan s;
        schan_usual(&s, versions[v]);
        schan_acquire(&s);
        for (size_t i = 0; i < sizeof portions / sizeof *portions; i++) {
            SecPkgContext_ConnectionInfo info;
            s.chunk = portions[i];
            assert_true(schan_shake(&s));
            assert_int_equal(s.in[0].len + s.in[1].len, 0);
            assert_int_equal(QueryContextAttributesA(&s.h[0], SECPKG_ATTR_CONNECTION_INFO, &info), SEC_E_OK);
            assert_int_equal(info.dwProtocol, versions[v]);
            schan_say(&s, 0, "from the client");
            schan_say(&s, 1, "from the server");
            schan_reset(&s);
        }
        schan_clear(&s);
    }
}

/* [CR-14] Nothing moves, and before there is a context none comes to be. */
static void incomplete(void **state)
{
    (void)state;
    schan s;
    schan_usual(&s, 0);
    schan_acquire(&s);
    assert_int_equal(schan_call(&s, 0, SCHAN_ROOM), SEC_I_CONTINUE_NEEDED);
    size_t all = s.in[1].len, blocks = s.w.t.blocks;
    for (size_t n = 0; n < all; n++) {
        s.here[1] = n;
        assert_int_equal(schan_call(&s, 1, SCHAN_ROOM), SEC_E_INCOMPLETE_MESSAGE);
        assert_int_equal(s.missing, n < 5 ? 5 - n : all - n);
        assert_int_equal(s.h[1].dwLower, 0);
        assert_int_equal(s.in[1].len, all);
        assert_int_equal(s.w.t.blocks, blocks);
    }
    assert_int_equal(troth_sspi_process_get()->half_open, 1); /* the client's */
    assert_true(schan_shake(&s));
    schan_say(&s, 0, "after all");
    schan_clear(&s);
}

/* What follows the handshake in the same octets is EXTRA, to the octet, with MORE to come as well as at the end. */
static void extra(void **state)
{
    (void)state;
    for (size_t v = 0; v < 2; v++) {
        schan s;
        uint8_t room[64];
        size_t n = 0;
        schan_usual(&s, versions[v]);
        schan_acquire(&s);
        assert_int_equal(schan_call(&s, 0, SCHAN_ROOM), SEC_I_CONTINUE_NEEDED);
        s.here[1] = s.in[1].len;
        assert_int_equal(schan_call(&s, 1, SCHAN_ROOM), SEC_I_CONTINUE_NEEDED);
        assert_int_equal(s.extra, 0);
        size_t flight = s.in[0].len;
        if (v == 0) { /* the flight, less its last octet: whole records are taken */
            s.here[0] = flight - 1;
            assert_int_equal(schan_call(&s, 0, SCHAN_ROOM), SEC_I_CONTINUE_NEEDED);
            assert_true(s.extra > 0 && s.extra < 20);
            assert_int_equal(s.n_out, 0);
            s.here[0] = s.in[0].len;
        }
        s.here[0] = s.in[0].len;
        SECURITY_STATUS st = schan_call(&s, 0, SCHAN_ROOM);
        if (v == 1) { /* the client is done first, and speaks at once: three messages and a half in one piece */
            assert_int_equal(st, SEC_E_OK);
            assert_int_equal(schan_send(&s, 0, "one", 3), SEC_E_OK);
            size_t first = s.in[1].len;
            assert_int_equal(schan_send(&s, 0, "two", 3), SEC_E_OK);
            size_t record = s.in[1].len - first;
            s.here[1] = s.in[1].len - 1;
            assert_int_equal(schan_call(&s, 1, SCHAN_ROOM), SEC_E_OK);
            assert_int_equal(s.extra, 2 * record - 1);
            assert_int_equal(s.in[1].len, 2 * record);
        } else {
            assert_int_equal(st, SEC_I_CONTINUE_NEEDED);
            s.here[1] = s.in[1].len;
            assert_int_equal(schan_call(&s, 1, SCHAN_ROOM), SEC_E_OK);
            assert_int_equal(schan_send(&s, 1, "one", 3), SEC_E_OK);
            assert_int_equal(schan_send(&s, 1, "two", 3), SEC_E_OK);
            s.here[0] = s.in[0].len;
            assert_int_equal(schan_call(&s, 0, SCHAN_ROOM), SEC_E_OK);
            assert_true(s.extra && s.extra == s.in[0].len);
        }
        int side = v == 1;
        assert_int_equal(schan_take(&s, side, s.in[side].len, room, &n), SEC_E_OK);
        assert_memory_equal(room, "one", 3);
        assert_int_equal(schan_take(&s, side, s.in[side].len, room, &n), SEC_E_OK);
        assert_memory_equal(room, "two", 3);
        assert_int_equal(s.in[side].len, 0);
        schan_clear(&s);
    }
}

/* A token that does not fit waits, and what the leg left is told with it. [CR-12] */
static void too_small(void **state)
{
    (void)state;
    schan s;
    schan_usual(&s, 0);
    schan_acquire(&s);
    assert_int_equal(schan_call(&s, 0, 10), SEC_E_BUFFER_TOO_SMALL);
    assert_int_not_equal(s.h[0].dwLower, 0);
    ULONG needed = s.n_out;
    assert_int_equal(schan_call(&s, 0, needed - 1), SEC_E_BUFFER_TOO_SMALL);
    assert_int_equal(schan_call(&s, 0, needed), SEC_I_CONTINUE_NEEDED);
    tls_stream_put(&s.in[1], "\x17\x03\x03", 3); /* the beginning of something */
    s.here[1] = s.in[1].len;
    assert_int_equal(schan_call(&s, 1, 10), SEC_E_BUFFER_TOO_SMALL);
    assert_int_equal(s.extra, 0);
    assert_int_equal(schan_call(&s, 1, SCHAN_ROOM), SEC_I_CONTINUE_NEEDED);
    assert_int_equal(s.extra, 3);
    assert_int_equal(s.in[1].len, 3);
    s.in[1].len = s.here[1] = 0;
    s.here[0] = s.in[0].len;
    assert_int_equal(schan_call(&s, 0, 10), SEC_E_BUFFER_TOO_SMALL);
    SecPkgContext_StreamSizes sizes;
    assert_int_equal(QueryContextAttributesA(&s.h[0], SECPKG_ATTR_STREAM_SIZES, &sizes), SEC_E_INVALID_HANDLE);
    assert_int_equal(schan_call(&s, 0, SCHAN_ROOM), SEC_E_OK);
    s.here[1] = s.in[1].len;
    assert_int_equal(schan_call(&s, 1, SCHAN_ROOM), SEC_E_OK);
    schan_say(&s, 1, "nothing was lost");
    schan_clear(&s);
}

enum { R = 4, Q = 8, P = 0x10 };
enum {
    ALL_C = R | Q | P | ISC_RET_INTEGRITY | ISC_RET_STREAM | ISC_RET_MUTUAL_AUTH,
    ALL_S = R | Q | P | ASC_RET_INTEGRITY | ASC_RET_STREAM
};

/* clang-format off */
static const struct row {
    const char *rule;
    ULONG isc, asc, isc_ret, asc_ret;
} rows[] = {
    /* rule                         ISC_REQ                            ASC_REQ                  ISC_RET                          ASC_RET */
    { "nothing: a stream all the same", 0,                             0,                       ALL_C,                           ALL_S },
    { "CR-14 stream",               ISC_REQ_STREAM,                    ASC_REQ_STREAM,          ALL_C,                           ALL_S },
    { "CR-14 connection is others'", ISC_REQ_CONNECTION,               ASC_REQ_CONNECTION,      ALL_C,                           ALL_S },
    { "CR-1 what there always is",  R | Q | P | ISC_REQ_INTEGRITY,     R | Q | P | ASC_REQ_INTEGRITY, ALL_C,                     ALL_S },
    { "CR-5 the client has a certificate", ISC_REQ_MUTUAL_AUTH,        ASC_REQ_MUTUAL_AUTH,     ALL_C,                           ALL_S | ASC_RET_MUTUAL_AUTH },
    { "CR-5 nobody asked for it",   ISC_REQ_MUTUAL_AUTH,               0,                       ALL_C,                           ALL_S },
    { "CR-11 supplied",             ISC_REQ_USE_SUPPLIED_CREDS,        0,                       ALL_C | ISC_RET_USED_SUPPLIED_CREDS, ALL_S },
    { "CR-15 extended error",       ISC_REQ_EXTENDED_ERROR,            ASC_REQ_EXTENDED_ERROR,  ALL_C | ISC_RET_EXTENDED_ERROR,  ALL_S | ASC_RET_EXTENDED_ERROR },
    { "manual validation",          ISC_REQ_MANUAL_CRED_VALIDATION,    0,                       (ALL_C & ~(ULONG)ISC_RET_MUTUAL_AUTH) | ISC_RET_MANUAL_CRED_VALIDATION, ALL_S },
    { "CR-3 what others have",      ISC_REQ_DELEGATE | ISC_REQ_USE_SESSION_KEY | ISC_REQ_USE_DCE_STYLE | ISC_REQ_IDENTIFY | ISC_REQ_NULL_SESSION | ISC_REQ_NO_INTEGRITY,
                                    ASC_REQ_DELEGATE | ASC_REQ_USE_DCE_STYLE | ASC_REQ_IDENTIFY | ASC_REQ_ALLOW_NULL_SESSION, ALL_C, ALL_S },
    { "CR-2 unknown bits",          ISC_REQ_RESERVED1 | ISC_REQ_CALL_LEVEL | ISC_REQ_FRAGMENT_TO_FIT | ISC_REQ_FORWARD_CREDENTIALS | ISC_REQ_USE_HTTP_STYLE | 0x96000000u,
                                    0x4B645040,                                                 ALL_C,                           ALL_S },
};
/* clang-format on */

static void table_schannel(void **state)
{
    (void)state;
    for (size_t v = 0; v < 2; v++) {
        schan s;
        schan_init(&s);
        schan_side(&s, 0, TLS_CLIENT, TLS_CA);
        schan_side(&s, 1, TLS_SERVER, TLS_CA);
        s.wish[0].grbitEnabledProtocols = versions[v];
        schan_acquire(&s);
        for (const struct row *w = rows; w < rows + sizeof rows / sizeof *rows; w++) {
            SecPkgContext_Flags flags;
            s.req[0] = w->isc;
            s.req[1] = w->asc;
            assert_int_equal(schan_call(&s, 0, SCHAN_ROOM), SEC_I_CONTINUE_NEEDED);
            assert_int_equal(s.ret[0], ISC_RET_STREAM); /* no word of security before the end [CR-20] */
            bool ok = schan_shake(&s);
            if (!ok || s.ret[0] != w->isc_ret || s.ret[1] != w->asc_ret)
                print_error("%s: %08x %08x, RET %#x %#x\n", w->rule, (unsigned)s.st[0], (unsigned)s.st[1], s.ret[0],
                            s.ret[1]);
            assert_true(ok);
            assert_int_equal(s.ret[0], w->isc_ret);
            assert_int_equal(s.ret[1], w->asc_ret);
            assert_int_equal(QueryContextAttributesA(&s.h[1], SECPKG_ATTR_FLAGS, &flags), SEC_E_OK);
            assert_int_equal(flags.Flags, w->asc_ret);
            schan_say(&s, 0, "on");
            schan_reset(&s);
        }
        schan_clear(&s);
    }
}

/* Every bit alone, on either side: what it grants beyond what there always is. 1 = no context is made. [CR-2] */
static void each_bit(void **state)
{
    (void)state;
    enum { NONE = 1 };
    static const struct {
        int side;
        ULONG req, more;
    } some[] = {
        { 0, ISC_REQ_PROMPT_FOR_CREDS, NONE },
        { 0, ISC_REQ_DATAGRAM, NONE },
        { 0, ISC_REQ_USE_SUPPLIED_CREDS, ISC_RET_USED_SUPPLIED_CREDS },
        { 0, ISC_REQ_EXTENDED_ERROR, ISC_RET_EXTENDED_ERROR },
        { 0, ISC_REQ_MANUAL_CRED_VALIDATION, ISC_RET_MANUAL_CRED_VALIDATION },
        { 1, ASC_REQ_DATAGRAM, NONE },
        { 1, ASC_REQ_EXTENDED_ERROR, ASC_RET_EXTENDED_ERROR },
        { 1, ASC_REQ_MUTUAL_AUTH, ASC_RET_MUTUAL_AUTH },
    };
    schan s;
    schan_init(&s);
    schan_side(&s, 0, TLS_CLIENT, TLS_CA);
    schan_side(&s, 1, TLS_SERVER, TLS_CA);
    schan_acquire(&s);
    for (int i = 0; i < 64; i++) {
        int side = i & 1;
        ULONG bit = (ULONG)1 << (i / 2), more = 0;
        if (bit == ISC_REQ_ALLOCATE_MEMORY)
            continue; /* below, in allocated */
        for (size_t k = 0; k < sizeof some / sizeof *some; k++)
            more = some[k].side == side && some[k].req == bit ? some[k].more : more;
        s.req[side] = bit;
        s.req[!side] = 0;
        bool ok = schan_shake(&s);
        if (!ok && more == NONE) {
            assert_int_equal(s.st[side], SEC_E_UNSUPPORTED_FUNCTION);
            assert_int_equal(s.h[side].dwLower, 0);
        } else {
            ULONG without = side == 0 && bit == ISC_REQ_MANUAL_CRED_VALIDATION ? ISC_RET_MUTUAL_AUTH : 0;
            ULONG want[2] = { (ALL_C & ~without) | (side ? 0 : more), ALL_S | (side ? more : 0) };
            if (!ok || s.ret[0] != want[0] || s.ret[1] != want[1])
                print_error("side %d, %#x: %d, RET %#x %#x\n", side, bit, ok, s.ret[0], s.ret[1]);
            assert_true(ok && s.ret[0] == want[0] && s.ret[1] == want[1]);
        }
        schan_reset(&s);
    }
    schan_clear(&s);
}

/* The package allocates each token, and says so with each leg. [CR-12] */
static void allocated(void **state)
{
    (void)state;
    schan s;
    schan_usual(&s, SP_PROT_TLS1_3_CLIENT);
    schan_acquire(&s);
    for (int leg = 0; leg < 4; leg++) {
        int side = leg & 1;
        bool first = leg < 2;
        SecBuffer in[2] = { { (ULONG)s.in[side].len, SECBUFFER_TOKEN, s.in[side].data } },
                  out = { 0, SECBUFFER_TOKEN, NULL };
        SecBufferDesc in_list = { SECBUFFER_VERSION, 2, in }, list = { SECBUFFER_VERSION, 1, &out };
        CtxtHandle *h = &s.h[side];
        ULONG ret = 0;
        SECURITY_STATUS st = side ? AcceptSecurityContext(first ? &s.cred[1] : NULL, first ? NULL : h, &in_list,
                                                          ASC_REQ_ALLOCATE_MEMORY, 0, h, &list, &ret, NULL)
                                  : InitializeSecurityContextA(first ? &s.cred[0] : NULL, first ? NULL : h,
                                                               (SEC_CHAR *)(uintptr_t)s.target, ISC_REQ_ALLOCATE_MEMORY,
                                                               0, 0, first ? NULL : &in_list, 0, h, &list, &ret, NULL);
        assert_int_equal(st, first ? SEC_I_CONTINUE_NEEDED : SEC_E_OK);
        assert_true(ret & ISC_RET_ALLOCATED_MEMORY);
        assert_int_equal(out.pvBuffer != NULL, out.cbBuffer != 0);
        s.in[side].len = 0;
        if (!out.cbBuffer)
            continue;
        tls_stream_put(&s.in[!side], out.pvBuffer, out.cbBuffer);
        assert_int_equal(FreeContextBuffer(out.pvBuffer), SEC_E_OK);
    }
    s.in[0].len = s.here[0] = 0; /* what a server of 1.3 says last, is said with DecryptMessage's records, if at all */
    schan_say(&s, 0, "on");
    schan_clear(&s);
}

/* What makes no context at all. [CR-10, CR-14] */
static void kinds(void **state)
{
    (void)state;
    schan s;
    schan_usual(&s, 0);
    schan_acquire(&s);
    const ULONG isc[] = { ISC_REQ_DATAGRAM, ISC_REQ_STREAM | ISC_REQ_DATAGRAM, ISC_REQ_STREAM | ISC_REQ_CONNECTION,
                          ISC_REQ_PROMPT_FOR_CREDS };
    for (size_t i = 0; i < sizeof isc / sizeof *isc; i++) {
        s.req[0] = isc[i];
        assert_int_equal(schan_call(&s, 0, SCHAN_ROOM), SEC_E_UNSUPPORTED_FUNCTION);
        assert_int_equal(s.h[0].dwLower, 0);
    }
    s.req[1] = ASC_REQ_DATAGRAM;
    assert_int_equal(schan_call(&s, 1, SCHAN_ROOM), SEC_E_UNSUPPORTED_FUNCTION);
    s.req[0] = s.req[1] = 0;
    const char *const nobody[] = { NULL, "", "a host", "svc/" };
    for (size_t i = 0; i < sizeof nobody / sizeof *nobody; i++) {
        s.target = nobody[i];
        assert_int_equal(schan_call(&s, 0, SCHAN_ROOM), SEC_E_TARGET_UNKNOWN);
    }
    schan_clear(&s);
}

static void protocol_of(schan *s, int side, const char *want)
{
    SecPkgContext_ApplicationProtocol p;
    assert_int_equal(QueryContextAttributesA(&s->h[side], SECPKG_ATTR_APPLICATION_PROTOCOL, &p), SEC_E_OK);
    assert_int_equal(p.ProtoNegoStatus, want ? SecApplicationProtocolNegotiationStatus_Success
                                             : SecApplicationProtocolNegotiationStatus_None);
    assert_int_equal(p.ProtocolIdSize, want ? strlen(want) : 0);
    if (want)
        assert_memory_equal(p.ProtocolId, want, strlen(want));
}

static void application_protocols(void **state)
{
    (void)state;
    static const struct {
        const char *client, *server, *want;
    } cases[] = { { NULL, NULL, NULL },
                  { "\2h2", NULL, NULL },
                  { NULL, "\2h2", NULL },
                  { "\2h2\10http/1.1", "\10http/1.1", "http/1.1" },
                  { "\10http/1.1\2h2", "\2h2\10http/1.1", "h2" } };
    schan s;
    schan_usual(&s, 0);
    schan_acquire(&s);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        s.n_alpn[0] = s.n_alpn[1] = 0;
        if (cases[i].client)
            schan_alpn(&s, 0, cases[i].client);
        if (cases[i].server)
            schan_alpn(&s, 1, cases[i].server);
        assert_true(schan_shake(&s));
        protocol_of(&s, 0, cases[i].want);
        protocol_of(&s, 1, cases[i].want);
        schan_reset(&s);
    }
    schan_clear(&s);
}

/* Every shorter list, and lists whose lengths lie. */
static void bad_application_protocols(void **state)
{
    (void)state;
    schan s;
    schan_usual(&s, 0);
    schan_acquire(&s);
    schan_alpn(&s, 0, "\2h2\10http/1.1");
    uint8_t good[64];
    ULONG n = s.n_alpn[0];
    memcpy(good, s.alpn[0], sizeof good);
    for (s.n_alpn[0] = 1; s.n_alpn[0] < n; s.n_alpn[0]++)
        assert_int_equal(schan_call(&s, 0, SCHAN_ROOM), SEC_E_INVALID_TOKEN);
    static const struct {
        size_t at;
        uint8_t value;
    } lies[] = { { 0, 0xff }, { 3, 0xff }, { 8, 0xff }, { 9, 0xff }, { 8, 0 }, { 10, 0 }, { 10, 200 }, { 13, 0 } };
    for (size_t i = 0; i < sizeof lies / sizeof *lies; i++) {
        memcpy(s.alpn[0], good, sizeof good);
        s.alpn[0][lies[i].at] = lies[i].value;
        assert_int_equal(schan_call(&s, 0, SCHAN_ROOM), SEC_E_INVALID_TOKEN);
    }
    assert_int_equal(s.h[0].dwLower, 0);
    schan_clear(&s);
}

/* The alert is in the ALERT buffer, or in TOKEN where EXTENDED_ERROR asks for it, and the peer understands it. [CR-15] */
static void alerts(void **state)
{
    (void)state;
    for (int way = 0; way < 3; way++) {
        schan s;
        schan_usual(&s, 0);
        schan_acquire(&s);
        schan_alpn(&s, 0, "\2h2");
        schan_alpn(&s, 1, "\3xyz");
        s.ask_alert = way == 1;
        s.req[1] = way == 2 ? ASC_REQ_EXTENDED_ERROR : 0;
        memset(s.out, 0xee, sizeof s.out);
        assert_int_equal(schan_call(&s, 0, SCHAN_ROOM), SEC_I_CONTINUE_NEEDED);
        s.here[1] = s.in[1].len;
        memset(s.out, 0xee, sizeof s.out);
        assert_int_equal(schan_call(&s, 1, SCHAN_ROOM), SEC_E_APPLICATION_PROTOCOL_MISMATCH);
        assert_int_equal(s.h[1].dwLower, 0);
        const uint8_t want[] = { 21, 3, 3, 0, 2, 2, 120 };
        if (way == 0) {
            assert_int_equal(s.out[0], 0xee);
            schan_clear(&s);
            continue;
        }
        assert_int_equal(way == 1 ? s.n_alert : s.n_out, sizeof want);
        assert_memory_equal(way == 1 ? s.alert : s.out, want, sizeof want);
        tls_stream_put(&s.in[0], want, sizeof want);
        s.here[0] = s.in[0].len;
        assert_int_equal(schan_call(&s, 0, SCHAN_ROOM), SEC_E_APPLICATION_PROTOCOL_MISMATCH);
        SecPkgContext_TrothError e;
        assert_int_equal(QueryContextAttributesA(&s.h[0], SECPKG_ATTR_TROTH_ERROR, &e), SEC_E_OK);
        assert_string_equal(e.Name, "PEER_REFUSED");
        assert_int_equal(schan_call(&s, 0, SCHAN_ROOM), SEC_E_APPLICATION_PROTOCOL_MISMATCH); /* and it stays so */
        schan_clear(&s);
    }
}

/* What is no TLS, in either role; and a room too small for an alert says that there is none. */
static void garbage(void **state)
{
    (void)state;
    static const char http[] = "GET / HTTP/1.1\r\nHost: server.test\r\n\r\n";
    schan s;
    schan_usual(&s, 0);
    schan_acquire(&s);
    tls_stream_put(&s.in[1], http, sizeof http - 1);
    s.here[1] = s.in[1].len;
    assert_int_equal(schan_call(&s, 1, SCHAN_ROOM), SEC_E_INVALID_TOKEN);
    schan_reset(&s);
    s.req[0] = ISC_REQ_EXTENDED_ERROR;
    assert_int_equal(schan_call(&s, 0, SCHAN_ROOM), SEC_I_CONTINUE_NEEDED);
    tls_stream_put(&s.in[0], "\x16\x03\x03\x00\x04\x02\x00\x00\x00", 9);
    s.here[0] = 9;
    assert_true(schan_call(&s, 0, 3) < 0);
    assert_int_equal(s.n_out, 0);
    schan_reset(&s);
    s.req[0] = 0;
    assert_true(schan_shake(&s));
    schan_clear(&s);
}

/* Every bit of both first flights: nobody completes with another view of the handshake, and nothing breaks. */
/* legacy_record_version, which counts for nothing, of any record in a flight. [RFC 8446 5.1] */
static bool is_version(const uint8_t *p, size_t n, size_t at)
{
    for (size_t head = 0; head + 5 <= n; head += 5 + (size_t)(p[head + 3] << 8 | p[head + 4])) {
        if (at == head + 1 || at == head + 2)
            return true;
    }
    return false;
}

static void flipped(void **state)
{
    (void)state;
    schan s;
    schan_usual(&s, 0);
    schan_acquire(&s);
    for (int side = 0; side < 2; side++)
        for (size_t bit = 0, end = 1; bit < end; bit += 37) {
            assert_int_equal(schan_call(&s, 0, SCHAN_ROOM), SEC_I_CONTINUE_NEEDED);
            if (side == 0) {
                s.here[1] = s.in[1].len;
                assert_int_equal(schan_call(&s, 1, SCHAN_ROOM), SEC_I_CONTINUE_NEEDED);
            }
            end = 8 * s.in[side].len; /* of this flight: signatures differ in length */
            if (bit >= end) {
                schan_reset(&s);
                break;
            }
            bool version = is_version(s.in[side].data, s.in[side].len, bit / 8);
            s.in[side].data[bit / 8] ^= (uint8_t)(1u << bit % 8);
            bool ok = schan_shake(&s);
            if (ok && !version)
                print_error("side %d, bit %zu\n", side, bit);
            assert_true(!ok || version);
            schan_reset(&s);
        }
    schan_clear(&s);
}

/* The n-th allocation fails, for every n of acquiring, a handshake and a message: no leak, no half of anything. */
static void no_memory(void **state)
{
    (void)state;
    schan s;
    schan_usual(&s, 0);
    size_t n = 0;
    for (bool done = false; !done; n++) {
        assert_true(n < 2000);
        s.w.t.fail_at = s.w.t.allocs + n + 1;
        done = !schan_try(&s.wish[0], SECPKG_CRED_OUTBOUND, &s.cred[0]) &&
               !schan_try(&s.wish[1], SECPKG_CRED_INBOUND, &s.cred[1]) && schan_shake(&s) && !schan_send(&s, 0, "x", 1);
        s.w.t.fail_at = 0;
        schan_reset(&s);
        for (int i = 0; i < 2; i++) {
            if (s.cred[i].dwLower)
                assert_int_equal(FreeCredentialsHandle(&s.cred[i]), SEC_E_OK);
            s.cred[i] = (CredHandle){ 0, 0 };
        }
    }
    print_message("%zu allocations\n", n);
    schan_clear(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(packages),
        cmocka_unit_test(every_portion),
        cmocka_unit_test(incomplete),
        cmocka_unit_test(extra),
        cmocka_unit_test(too_small),
        cmocka_unit_test(table_schannel),
        cmocka_unit_test(each_bit),
        cmocka_unit_test(allocated),
        cmocka_unit_test(kinds),
        cmocka_unit_test(application_protocols),
        cmocka_unit_test(bad_application_protocols),
        cmocka_unit_test(alerts),
        cmocka_unit_test(garbage),
        cmocka_unit_test(flipped),
        cmocka_unit_test(no_memory),
    };
    return cmocka_run_group_tests_name("sspi/schannel", tests, NULL, NULL);
}
