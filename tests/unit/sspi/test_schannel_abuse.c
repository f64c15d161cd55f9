/* What a hostile peer, or a caller that has lost its way, does to streams: docs/wire/sspi-abuse.md. */
#include <sspi/context.h>
#include <support/edge.h>
#include <support/sspi.h>
#include <unit/sspi/schan.h>

/* 1: less than a record leaves no trace, at any octet; less than a message, in whole records, waits for the rest. */
static void truncated(void **state)
{
    (void)state;
    schan s;
    schan_usual(&s, 0);
    schan_acquire(&s);
    assert_int_equal(schan_call(&s, 0, SCHAN_ROOM), SEC_I_CONTINUE_NEEDED);
    size_t whole = s.in[1].len, half = atomic_load(&troth_sspi_process_get()->half_open);
    size_t held = atomic_load(&s.w.t.held);
    for (size_t n = 0; n < whole; n++) {
        s.here[1] = n;
        assert_int_equal(schan_call(&s, 1, SCHAN_ROOM), SEC_E_INCOMPLETE_MESSAGE);
        assert_int_equal(s.missing, n < 5 ? 5 - n : whole - n);
        assert_int_equal(s.h[1].dwLower, 0);
    }
    assert_int_equal(atomic_load(&troth_sspi_process_get()->half_open), half);
    assert_int_equal(atomic_load(&s.w.t.held), held);
    s.here[1] = whole;
    assert_true(schan_shake(&s));
    schan_say(&s, 0, "on");
    schan_clear(&s);
}

/* 3: a record that is longer than any, and a message that would be: refused before memory is taken for them. */
static void oversize(void **state)
{
    (void)state;
    static const uint8_t record[] = { 22, 3, 1, 0xff, 0xff, 1, 0, 0xff, 0xfb };
    static const uint8_t message[] = { 22, 3, 1, 0, 9, 1, 0xff, 0xff, 0xff, 3, 3, 0, 0, 0 };
    schan s;
    schan_usual(&s, 0);
    schan_acquire(&s);
    for (int i = 0; i < 2; i++) {
        tls_stream_put(&s.in[1], i ? message : record, i ? sizeof message : sizeof record);
        s.here[1] = s.in[1].len;
        s.w.t.peak = s.w.t.held;
        size_t before = s.w.t.peak;
        SECURITY_STATUS st = schan_call(&s, 1, SCHAN_ROOM);
        assert_true(st < 0 && st != SEC_E_INCOMPLETE_MESSAGE);
        assert_true(s.w.t.peak < before + 16384);
        assert_int_equal(s.h[1].dwLower, 0);
        schan_reset(&s);
    }
    schan_clear(&s);
}

/* 12: another package's credential for a later leg; the other side's; and a credential without that side. */
static void wrong_credentials(void **state)
{
    (void)state;
    schan s;
    CredHandle ntlm;
    SEC_WINNT_AUTH_IDENTITY_A id = sspi_identity();
    schan_usual(&s, 0);
    schan_acquire(&s);
    assert_int_equal(AcquireCredentialsHandleA(NULL, (SEC_CHAR *)(uintptr_t) "NTLM", SECPKG_CRED_OUTBOUND, NULL, &id,
                                               NULL, NULL, &ntlm, NULL),
                     SEC_E_OK);
    assert_int_equal(schan_call(&s, 0, SCHAN_ROOM), SEC_I_CONTINUE_NEEDED);
    schan_arrive(&s, 1);
    assert_int_equal(schan_call(&s, 1, SCHAN_ROOM), SEC_I_CONTINUE_NEEDED);
    ULONG ret = 0x5a5a;
    SecBuffer in = { (ULONG)s.in[0].len, SECBUFFER_TOKEN, s.in[0].data }, out = { 8192, SECBUFFER_TOKEN, s.out };
    SecBufferDesc in_list = { SECBUFFER_VERSION, 1, &in }, list = { SECBUFFER_VERSION, 1, &out };
    assert_int_equal(InitializeSecurityContextA(&ntlm, &s.h[0], NULL, 0, 0, 0, &in_list, 0, &s.h[0], &list, &ret, NULL),
                     SEC_E_WRONG_CREDENTIAL_HANDLE);
    CtxtHandle fresh = { 7, 7 };
    assert_int_equal(InitializeSecurityContextA(&s.cred[1], NULL, (SEC_CHAR *)(uintptr_t)s.target, 0, 0, 0, NULL, 0,
                                                &fresh, &list, &ret, NULL),
                     SEC_E_NO_CREDENTIALS);
    assert_int_equal(AcceptSecurityContext(&s.h[0], NULL, &in_list, 0, 0, &fresh, &list, &ret, NULL),
                     SEC_E_INVALID_HANDLE);
    assert_int_equal(fresh.dwLower, 7);
    assert_int_equal(ret, 0x5a5a);
    assert_int_equal(FreeCredentialsHandle(&ntlm), SEC_E_OK);
    schan_arrive(&s, 0);
    assert_int_equal(schan_call(&s, 0, SCHAN_ROOM), SEC_E_OK); /* and the stream was not disturbed */
    schan_clear(&s);
}

/* 25: lists that make no sense, for a leg. */
static void buffers(void **state)
{
    (void)state;
    schan s;
    schan_usual(&s, 0);
    schan_acquire(&s);
    enum { TOK = SECBUFFER_TOKEN, RO = SECBUFFER_READONLY };
    static const struct {
        ULONG in_version, in_type[2], out_version, out_type[2], n_out, room;
        bool no_place;
        SECURITY_STATUS want;
    } cases[] = {
        { 1, { TOK, 0 }, 0, { TOK, 0 }, 1, 8192, false, SEC_E_INVALID_TOKEN },
        { 0, { TOK, TOK }, 0, { TOK, 0 }, 1, 8192, false, SEC_E_INVALID_TOKEN },
        { 0, { TOK, 0 }, 1, { TOK, 0 }, 1, 8192, false, SEC_E_INVALID_TOKEN },
        { 0, { TOK, 0 }, 0, { TOK, TOK }, 2, 8192, false, SEC_E_INVALID_TOKEN },
        { 0, { TOK, 0 }, 0, { TOK | RO, 0 }, 1, 8192, false, SEC_E_INVALID_TOKEN },
        { 0, { TOK, 0 }, 0, { SECBUFFER_DATA, 0 }, 1, 8192, false, SEC_E_BUFFER_TOO_SMALL },
        { 0, { TOK, 0 }, 0, { TOK, 0 }, 0, 8192, false, SEC_E_BUFFER_TOO_SMALL },
        { 0, { TOK, 0 }, 0, { TOK, 0 }, 1, 0, false, SEC_E_BUFFER_TOO_SMALL },
        { 0, { TOK, 0 }, 0, { TOK, 0 }, 1, 8192, true, SEC_E_INTERNAL_ERROR },
        { 0, { SECBUFFER_DATA, 0 }, 0, { TOK, 0 }, 1, 8192, false, SEC_E_INVALID_TOKEN },
    };
    assert_int_equal(schan_call(&s, 0, SCHAN_ROOM), SEC_I_CONTINUE_NEEDED);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        CtxtHandle fresh = { 7, 7 };
        ULONG ret = 0x5a5a, n = (ULONG)s.in[1].len;
        memset(s.out, 0xee, 8192);
        SecBuffer in[2] = { { n, cases[i].in_type[0], s.in[1].data },
                            { cases[i].in_type[1] ? n : 0, cases[i].in_type[1], s.in[1].data } };
        SecBuffer out[2] = { { cases[i].room, cases[i].out_type[0], cases[i].no_place ? NULL : s.out },
                             { cases[i].room, cases[i].out_type[1], s.out } };
        SecBufferDesc in_list = { cases[i].in_version, 2, in }, list = { cases[i].out_version, cases[i].n_out, out };
        SECURITY_STATUS st = AcceptSecurityContext(&s.cred[1], NULL, &in_list, 0, 0, &fresh, &list, &ret, NULL);
        if (st != cases[i].want)
            print_error("case %zu: %08x\n", i, (unsigned)st);
        assert_int_equal(st, cases[i].want);
        assert_int_equal(fresh.dwLower, 7);
        assert_int_equal(ret, 0x5a5a);
        for (size_t k = 0; k < 8192; k++)
            assert_int_equal(s.out[k], 0xee);
    }
    schan_arrive(&s, 1);
    assert_true(schan_shake(&s));
    schan_clear(&s);
}

/* 28: half-open streams are counted, the overdue ones make room, and a token that comes too late is nobody's. */
static void floods(void **state)
{
    (void)state;
    schan s;
    CtxtHandle half[3];
    schan_usual(&s, 0);
    schan_acquire(&s);
    s.w.t.wall = s.w.t.env.wall(&s.w.t);
    troth_sspi_process_get()->max_half_open = 3;
    for (int i = 0; i < 3; i++) {
        assert_int_equal(schan_call(&s, 0, SCHAN_ROOM), SEC_I_CONTINUE_NEEDED);
        half[i] = s.h[0];
        s.h[0] = (CtxtHandle){ 0, 0 };
    }
    assert_int_equal(schan_call(&s, 0, SCHAN_ROOM), SEC_E_INSUFFICIENT_MEMORY);
    s.w.t.wall += UINT64_C(10000000) * 121;
    s.in[1].len = s.here[1] = 0;
    assert_int_equal(schan_call(&s, 0, SCHAN_ROOM), SEC_I_CONTINUE_NEEDED);
    schan_arrive(&s, 1);
    assert_int_equal(schan_call(&s, 1, SCHAN_ROOM), SEC_I_CONTINUE_NEEDED);
    for (int i = 0; i < 3; i++)
        assert_int_equal(DeleteSecurityContext(&half[i]), SEC_E_OK);
    s.w.t.wall += UINT64_C(10000000) * 121;
    schan_arrive(&s, 0);
    assert_int_equal(schan_call(&s, 0, SCHAN_ROOM), SEC_E_INVALID_HANDLE);
    schan_clear(&s);
}

/* ---- 25: memory that ends where a buffer ends, and nothing written in front of it ---- */

static const size_t sizes[] = { 1, 2, 11, 12, 13, 14, 100, 4095, 4096, 16383, 16384 };

static void one_edge(schan *s, int from, size_t n, edge e[4])
{
    SecPkgContext_StreamSizes z = schan_sizes(s, from);
    SecBuffer b[3] = { { z.cbHeader, SECBUFFER_STREAM_HEADER, edge_last(&e[0], z.cbHeader) },
                       { (ULONG)n, SECBUFFER_DATA, edge_last(&e[1], n) },
                       { z.cbTrailer, SECBUFFER_STREAM_TRAILER, edge_last(&e[2], z.cbTrailer) } };
    SecBufferDesc list = { SECBUFFER_VERSION, 3, b };
    size_t all = 0;
    for (int i = 0; i < 3; i++)
        *edge_last(&e[i], b[i].cbBuffer + 1) = 0x5a; /* the octet in front */
    memset(b[1].pvBuffer, 'x', n);
    const ULONG room[3] = { z.cbHeader, (ULONG)n, z.cbTrailer };
    assert_int_equal(EncryptMessage(&s->h[from], 0, &list, 0), SEC_E_OK);
    uint8_t *record = edge_last(&e[3], EDGE_ROOM);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(*edge_last(&e[i], room[i] + 1), 0x5a);
        memcpy(record + all, b[i].pvBuffer, b[i].cbBuffer);
        all += b[i].cbBuffer;
    }
    uint8_t *at = memmove(edge_last(&e[3], all), record, all);
    SecBuffer d[4] = { { (ULONG)all, SECBUFFER_DATA, at } };
    SecBufferDesc opening = { SECBUFFER_VERSION, 4, d };
    assert_int_equal(DecryptMessage(&s->h[!from], &opening, 0, NULL), SEC_E_OK);
    assert_int_equal(d[1].cbBuffer, n);
    for (size_t i = 0; i < n; i++)
        assert_int_equal(((uint8_t *)d[1].pvBuffer)[i], 'x');
}

static void edges(void **state)
{
    (void)state;
    edge e[4];
    for (int i = 0; i < 4; i++)
        edge_init(&e[i]);
    for (int v = 0; v < 2; v++) {
        schan s;
        schan_open(&s, v ? SP_PROT_TLS1_3_CLIENT : SP_PROT_TLS1_2_CLIENT);
        s.in[0].len = s.here[0] = 0;
        for (size_t i = 0; i < 2 * (sizeof sizes / sizeof *sizes); i++)
            one_edge(&s, i & 1, sizes[i / 2], e);
        schan_clear(&s);
    }
    for (int i = 0; i < 4; i++)
        edge_clear(&e[i]);
}

/* ---- 32 ---- */

/* The credential goes first: its streams stay good. Neither the key nor what was said is left in released memory. */
static void nothing_left(void **state)
{
    (void)state;
    static const char said[] = "what the two say to each other, and nobody else";
    char line[128] = "";
    schan s;
    schan_usual(&s, 0);
    FILE *f = fopen(s.w.path[TLS_SERVER], "r");
    assert_non_null(f);
    while (!strstr(line, "BEGIN PRIVATE KEY"))
        assert_non_null(fgets(line, sizeof line, f));
    assert_non_null(fgets(line, sizeof line, f)); /* the key begins with what all keys begin with, and goes on */
    fclose(f);
    test_env_secret(&s.w.t, line + 40, 20);
    test_env_secret(&s.w.t, said, sizeof said - 1);
    schan_acquire(&s);
    assert_true(schan_shake(&s));
    for (int i = 0; i < 2; i++) {
        assert_int_equal(FreeCredentialsHandle(&s.cred[i]), SEC_E_OK);
        s.cred[i] = (CredHandle){ 0, 0 };
    }
    schan_say(&s, 0, said);
    schan_say(&s, 1, said);
    schan_again(&s);
    assert_int_equal(atomic_load(&s.w.t.leaks), 0);
    schan_clear(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(truncated),    cmocka_unit_test(oversize), cmocka_unit_test(wrong_credentials),
        cmocka_unit_test(buffers),      cmocka_unit_test(floods),   cmocka_unit_test(edges),
        cmocka_unit_test(nothing_left),
    };
    return cmocka_run_group_tests_name("sspi/schannel_abuse", tests, NULL, NULL);
}
