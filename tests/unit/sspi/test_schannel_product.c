/*
 * Every call against every state of a stream, as docs/wire/sspi-states.md has it. Each cell gets a handshake of its own;
 * what a call reads and writes ends where a page ends; behind it the stream must be what it was.
 */
#include <sspi/context.h>
#include <support/edge.h>
#include <support/sspi_states.h>
#include <unit/sspi/schan.h>

typedef enum kind { NEVER, DELETED, HALF, OPEN, FAILED, BROKEN, EXPIRED, SHUT } kind;

static const struct state {
    const char *name;
    kind kind;
    int side;
} states[] = {
    { "never", NEVER, 0 },     { "deleted", DELETED, 0 }, { "half C", HALF, 0 },       { "half S", HALF, 1 },
    { "open C", OPEN, 0 },     { "open S", OPEN, 1 },     { "failed C", FAILED, 0 },   { "failed S", FAILED, 1 },
    { "broken C", BROKEN, 0 }, { "broken S", BROKEN, 1 }, { "expired C", EXPIRED, 0 }, { "expired S", EXPIRED, 1 },
    { "shut C", SHUT, 0 },     { "shut S", SHUT, 1 },
};
enum { N_STATES = sizeof states / sizeof *states, GARBAGE = 40, TEXT = 24, RECORD = 256 };
enum { SHOWN = 0, WRITTEN = 1 };

typedef struct cell {
    schan s;
    const struct state *state;
    edge e[2];
    CtxtHandle h;
    SECURITY_STATUS failure;
    uint8_t record[RECORD]; /* a good one of the peer's */
    size_t n_record;
    bool moved; /* the call took the leg, or ended what it was to end */
    bool ended; /* our direction */
} cell;

/* ---- records, at the end of memory ---- */

static SECURITY_STATUS seal(cell *c, CtxtHandle *h, uint8_t *ret, size_t *ret_len)
{
    enum { HEADER = 5, TRAILER = 8 + 16 + 27 + TROTH_SSPI_HELD, ALL = HEADER + TEXT + TRAILER };
    uint8_t *m = memset(edge_last(&c->e[WRITTEN], ALL), 0x5a, ALL);
    SecBuffer b[3] = { { HEADER, SECBUFFER_STREAM_HEADER, m },
                       { TEXT, SECBUFFER_DATA, memset(m + HEADER, 't', TEXT) },
                       { TRAILER, SECBUFFER_STREAM_TRAILER, m + HEADER + TEXT } };
    SecBufferDesc list = { SECBUFFER_VERSION, 3, b };
    SECURITY_STATUS st = EncryptMessage(h, 0, &list, 0);
    if (st) { /* nothing was written, and no length moved */
        assert_int_equal(b[0].cbBuffer + b[1].cbBuffer + b[2].cbBuffer, ALL);
        for (size_t i = 0; i < ALL; i++)
            assert_int_equal(m[i], i >= HEADER && i < HEADER + TEXT ? 't' : 0x5a);
        return st;
    }
    *ret_len = b[0].cbBuffer + b[1].cbBuffer + b[2].cbBuffer;
    assert_true(*ret_len <= RECORD);
    memcpy(ret, m, *ret_len);
    return SEC_E_OK;
}

static SECURITY_STATUS open_record(cell *c, CtxtHandle *h, const uint8_t *record, size_t n)
{
    uint8_t *m = edge_copy(&c->e[SHOWN], record, n);
    SecBuffer b[4] = { { (ULONG)n, SECBUFFER_DATA, m } };
    SecBufferDesc list = { SECBUFFER_VERSION, 4, b };
    ULONG qop = 4711;
    SECURITY_STATUS st = DecryptMessage(h, &list, 0, &qop);
    if (st) {
        assert_memory_equal(m, record, n);
        assert_int_equal(b[0].BufferType, SECBUFFER_DATA);
        assert_int_equal(qop, 4711);
        return st;
    }
    assert_int_equal(b[1].cbBuffer, TEXT);
    assert_memory_equal(b[1].pvBuffer, "tttttttttttttttttttttttt", TEXT);
    return SEC_E_OK;
}

/* A message from one side to the other. */
static void passes(cell *c, int from)
{
    uint8_t record[RECORD];
    size_t n;
    assert_int_equal(seal(c, &c->s.h[from], record, &n), SEC_E_OK);
    assert_int_equal(open_record(c, &c->s.h[!from], record, n), SEC_E_OK);
}

/* ---- bringing a stream into a state ---- */

static void shake(cell *c)
{
    assert_int_equal(schan_call(&c->s, 0, SCHAN_ROOM), SEC_I_CONTINUE_NEEDED);
    schan_arrive(&c->s, 1);
    assert_int_equal(schan_call(&c->s, 1, SCHAN_ROOM), SEC_I_CONTINUE_NEEDED);
}

static void finish(cell *c, int side)
{
    schan_arrive(&c->s, side);
    assert_int_equal(schan_call(&c->s, side, SCHAN_ROOM), SEC_E_OK);
}

static void garble(schan *s, int side)
{
    static const uint8_t octets[GARBAGE] = { 0xa5, 0xa5, 0xa5, 0xa5, 0xa5, 0xa5 };
    s->in[side].len = 0;
    tls_stream_put(&s->in[side], octets, sizeof octets);
    s->here[side] = sizeof octets;
}

static SECURITY_STATUS control(CtxtHandle *h, edge *e, DWORD type, DWORD alert, size_t n)
{
    const DWORD words[3] = { type, TLS1_ALERT_FATAL, alert };
    SecBuffer b = { (ULONG)n, SECBUFFER_TOKEN, edge_copy(e, words, n) };
    SecBufferDesc list = { SECBUFFER_VERSION, 1, &b };
    return ApplyControlToken(h, &list);
}

static SECURITY_STATUS without_input(cell *c, CtxtHandle *h, int side)
{
    enum { ROOM = 1024 };
    ULONG ret = 0x5a5a;
    CtxtHandle had = *h;
    SecBuffer out = { ROOM, SECBUFFER_TOKEN, edge_last(&c->e[WRITTEN], ROOM) };
    SecBufferDesc list = { SECBUFFER_VERSION, 1, &out };
    SECURITY_STATUS st = side ? AcceptSecurityContext(NULL, h, NULL, 0, 0, &had, &list, &ret, NULL)
                              : InitializeSecurityContextA(NULL, h, NULL, 0, 0, 0, NULL, 0, &had, &list, &ret, NULL);
    assert_memory_equal(&had, h, sizeof had);
    if (st < 0)
        assert_int_equal(ret, 0x5a5a);
    else
        assert_true(out.cbBuffer > 5);
    return st;
}

static void break_it(cell *c, int side)
{
    c->record[c->n_record - 1] ^= 1;
    c->failure = open_record(c, &c->h, c->record, c->n_record);
    assert_int_equal(c->failure, SEC_E_MESSAGE_ALTERED);
    c->record[c->n_record - 1] ^= 1;
    assert_int_equal(seal(c, &c->s.h[!side], c->record, &c->n_record), SEC_E_OK);
}

static void expire(cell *c)
{
    troth_sspi_context *x;
    assert_int_equal(troth_sspi_context_find(&c->h, &x), SEC_E_OK);
    assert_true(x->expiry != UINT64_MAX);
    c->s.w.t.wall = x->expiry;
    troth_sspi_context_release(x);
}

static void shut(cell *c, int side)
{
    assert_int_equal(control(&c->h, &c->e[SHOWN], SCHANNEL_SHUTDOWN, 0, 4), SEC_E_OK);
    assert_int_equal(without_input(c, &c->h, side), SEC_E_OK);
}

static void forge(cell *c, size_t forgery)
{
    CtxtHandle real = c->s.h[0];
    const CtxtHandle forged[] = { { 0, 0 },
                                  { (ULONG_PTR)-1, (ULONG_PTR)-1 },
                                  { 0x9e3779b97f4a7c15, 0xf39cc0605cedc834 },
                                  c->s.cred[0],
                                  { real.dwLower ^ 1, real.dwUpper } };
    c->h = forged[forgery % 5];
}

static void bring(cell *c, size_t forgery)
{
    kind k = c->state->kind;
    int side = c->state->side;
    shake(c);
    if (k == FAILED && !side)
        garble(&c->s, 0);
    else if (side || k != HALF)
        finish(c, 0);
    if (k == FAILED && side)
        garble(&c->s, 1);
    else if (k != HALF && k != FAILED)
        finish(c, 1);
    c->h = c->s.h[side];
    if (k != HALF && k != FAILED)
        assert_int_equal(seal(c, &c->s.h[!side], c->record, &c->n_record), SEC_E_OK);
    if (k == FAILED) {
        c->failure = schan_call(&c->s, side, SCHAN_ROOM);
        assert_true(c->failure < 0);
    } else if (k == DELETED) {
        assert_int_equal(DeleteSecurityContext(&c->s.h[0]), SEC_E_OK);
    } else if (k == NEVER) {
        forge(c, forgery);
    } else if (k == BROKEN) {
        break_it(c, side);
    } else if (k == EXPIRED) {
        expire(c);
    } else if (k == SHUT) {
        shut(c, side);
    }
}

/* ---- the calls ---- */

static SECURITY_STATUS leg(cell *c, CtxtHandle *h, int side, bool garbage)
{
    schan *s = &c->s;
    bool half = c->state->kind == HALF;
    if (garbage || !half)
        garble(s, side);
    schan_arrive(s, side);
    size_t n = s->here[side];
    ULONG ret = 0x5a5a;
    CtxtHandle had = *h;
    SecBuffer in[2] = { { (ULONG)n, SECBUFFER_TOKEN, edge_copy(&c->e[SHOWN], s->in[side].data, n) } };
    SecBuffer out = { 8192, SECBUFFER_TOKEN, edge_last(&c->e[WRITTEN], 8192) };
    SecBufferDesc in_list = { SECBUFFER_VERSION, 2, in }, list = { SECBUFFER_VERSION, 1, &out };
    SECURITY_STATUS st = side
                             ? AcceptSecurityContext(NULL, h, &in_list, ASC_REQ_MUTUAL_AUTH, 0, &had, &list, &ret, NULL)
                             : InitializeSecurityContextA(NULL, h, NULL, 0, 0, 0, &in_list, 0, &had, &list, &ret, NULL);
    assert_memory_equal(&had, h, sizeof had);
    if (st < 0)
        assert_int_equal(ret, 0x5a5a);
    c->moved = half && side == c->state->side && (st >= 0 || garbage);
    if (st >= 0) {
        s->in[side].len = 0;
        tls_stream_put(&s->in[!side], out.pvBuffer, out.cbBuffer);
    }
    return st;
}

static SECURITY_STATUS isc(cell *c, CtxtHandle *h)
{
    return leg(c, h, 0, false);
}

static SECURITY_STATUS isc_garbage(cell *c, CtxtHandle *h)
{
    return leg(c, h, 0, true);
}

static SECURITY_STATUS isc_without(cell *c, CtxtHandle *h)
{
    return without_input(c, h, 0);
}

static SECURITY_STATUS asc(cell *c, CtxtHandle *h)
{
    return leg(c, h, 1, false);
}

static SECURITY_STATUS asc_garbage(cell *c, CtxtHandle *h)
{
    return leg(c, h, 1, true);
}

static SECURITY_STATUS asc_without(cell *c, CtxtHandle *h)
{
    return without_input(c, h, 1);
}

static SECURITY_STATUS complete(cell *c, CtxtHandle *h)
{
    SecBuffer b = { 16, SECBUFFER_TOKEN, edge_last(&c->e[SHOWN], 16) };
    SecBufferDesc list = { SECBUFFER_VERSION, 1, &b };
    return CompleteAuthToken(h, &list);
}

static SECURITY_STATUS sign(cell *c, CtxtHandle *h)
{
    SecBuffer b[2] = { { 16, SECBUFFER_TOKEN, edge_last(&c->e[WRITTEN], 16) },
                       { TEXT, SECBUFFER_DATA, edge_last(&c->e[SHOWN], TEXT) } };
    SecBufferDesc list = { SECBUFFER_VERSION, 2, b };
    return MakeSignature(h, 0, &list, 0);
}

static SECURITY_STATUS verify(cell *c, CtxtHandle *h)
{
    SecBuffer b[2] = { { 16, SECBUFFER_TOKEN, edge_last(&c->e[WRITTEN], 16) },
                       { TEXT, SECBUFFER_DATA, edge_last(&c->e[SHOWN], TEXT) } };
    SecBufferDesc list = { SECBUFFER_VERSION, 2, b };
    return VerifySignature(h, &list, 0, NULL);
}

static SECURITY_STATUS encrypt(cell *c, CtxtHandle *h)
{
    uint8_t record[RECORD];
    size_t n;
    SECURITY_STATUS st = seal(c, h, record, &n);
    if (!st) {
        assert_int_equal(open_record(c, &c->s.h[!c->state->side], record, n), SEC_E_OK);
    }
    return st;
}

static SECURITY_STATUS decrypt(cell *c, CtxtHandle *h)
{
    static const uint8_t none[RECORD] = { 23, 3, 3, 0, 32 };
    bool have = c->n_record != 0;
    SECURITY_STATUS st = open_record(c, h, have ? c->record : none, have ? c->n_record : 37);
    c->n_record = st ? c->n_record : 0;
    return st;
}

static SECURITY_STATUS shutdown_it(cell *c, CtxtHandle *h)
{
    SECURITY_STATUS st = control(h, &c->e[SHOWN], SCHANNEL_SHUTDOWN, 0, 4);
    c->ended = !st;
    return st;
}

static SECURITY_STATUS alert(cell *c, CtxtHandle *h)
{
    return control(h, &c->e[SHOWN], SCHANNEL_ALERT, TLS1_ALERT_BAD_CERTIFICATE, 12);
}

static const struct attribute {
    const char *name;
    ULONG number;
    size_t size, pointer; /* where the block to be freed stands; size = there is none */
} attributes[] = {
    { "QueryContextAttributes(SIZES)", SECPKG_ATTR_SIZES, 16, 16 },
    { "QueryContextAttributes(STREAM_SIZES)", SECPKG_ATTR_STREAM_SIZES, 20, 20 },
    { "QueryContextAttributes(NAMES)", SECPKG_ATTR_NAMES, 8, 0 },
    { "QueryContextAttributes(LIFESPAN)", SECPKG_ATTR_LIFESPAN, 16, 16 },
    { "QueryContextAttributes(SESSION_KEY)", SECPKG_ATTR_SESSION_KEY, 16, 8 },
    { "QueryContextAttributes(ACCESS_TOKEN)", SECPKG_ATTR_ACCESS_TOKEN, 8, 0 },
    { "QueryContextAttributes(KEYING_MATERIAL)", SECPKG_ATTR_KEYING_MATERIAL, 16, 8 },
    { "QueryContextAttributes(ENDPOINT_BINDINGS)", SECPKG_ATTR_ENDPOINT_BINDINGS, 16, 8 },
    { "QueryContextAttributes(REMOTE_CERT_CONTEXT)", SECPKG_ATTR_REMOTE_CERT_CONTEXT, 8, 8 },
    { "QueryContextAttributes(CONNECTION_INFO)", SECPKG_ATTR_CONNECTION_INFO, sizeof(SecPkgContext_ConnectionInfo),
      sizeof(SecPkgContext_ConnectionInfo) },
    { "QueryContextAttributes(ISSUER_LIST_EX)", SECPKG_ATTR_ISSUER_LIST_EX, 16, 0 },
    { "QueryContextAttributes(4711)", 4711, 16, 16 },
    { "QueryContextAttributes(TROTH_ERROR)", SECPKG_ATTR_TROTH_ERROR, sizeof(SecPkgContext_TrothError),
      sizeof(SecPkgContext_TrothError) },
};

static SECURITY_STATUS ask_for_keys(cell *c, CtxtHandle *h)
{
    static char label[] = "EXPERIMENTAL tests";
    const SecPkgContext_KeyingMaterialInfo info = { sizeof label, label, 0, NULL, 48 };
    void *at = edge_copy(&c->e[SHOWN], &info, sizeof info);
    return SetContextAttributesW(h, SECPKG_ATTR_KEYING_MATERIAL_INFO, at, sizeof info);
}

static SECURITY_STATUS query(cell *c, CtxtHandle *h, const struct attribute *a)
{
    if (a->number == SECPKG_ATTR_KEYING_MATERIAL)
        (void)ask_for_keys(c, h);
    uint8_t *out = memset(edge_last(&c->e[WRITTEN], (a->size + 7) / 8 * 8), 0x77, a->size);
    SECURITY_STATUS st = QueryContextAttributesW(h, a->number, out);
    for (size_t i = 0; st && i < a->size; i++)
        assert_int_equal(out[i], 0x77); /* failures leave outputs alone */
    void *block = NULL;
    if (!st && a->number == SECPKG_ATTR_REMOTE_CERT_CONTEXT) {
        memcpy(&block, out, sizeof block);
        assert_true(CertFreeCertificateContext(block));
    } else if (!st && a->pointer < a->size) {
        memcpy(&block, out + a->pointer, sizeof block);
        assert_int_equal(FreeContextBuffer(block), SEC_E_OK);
    } else if (!st && a->number == SECPKG_ATTR_TROTH_ERROR) {
        SecPkgContext_TrothError e;
        memcpy(&e, out, sizeof e);
        assert_int_equal(e.Status, c->failure);
        assert_true(!c->failure || (*e.Name && *e.Where));
    }
    return st;
}

static SECURITY_STATUS set_target(cell *c, CtxtHandle *h)
{
    return SetContextAttributesA(h, SECPKG_ATTR_TARGET, memset(edge_last(&c->e[SHOWN], 4), 0, 4), 4);
}

static SECURITY_STATUS export(cell *c, CtxtHandle *h)
{
    (void)c;
    SecBuffer packed = { 0, SECBUFFER_EMPTY, NULL };
    SECURITY_STATUS st = ExportSecurityContext(h, 0, &packed, NULL);
    assert_true(st < 0 && !packed.pvBuffer);
    return st;
}

static SECURITY_STATUS impersonate(cell *c, CtxtHandle *h)
{
    (void)c;
    return ImpersonateSecurityContext(h);
}

static SECURITY_STATUS revert(cell *c, CtxtHandle *h)
{
    (void)c;
    return RevertSecurityContext(h);
}

static SECURITY_STATUS client_token(cell *c, CtxtHandle *h)
{
    void *token = c;
    SECURITY_STATUS st = QuerySecurityContextToken(h, &token);
    if (st)
        assert_ptr_equal(token, c);
    else
        assert_int_equal(FreeContextBuffer(token), SEC_E_OK);
    return st;
}

static SECURITY_STATUS delete_once(cell *c, CtxtHandle *h)
{
    (void)c;
    return DeleteSecurityContext(h);
}

static SECURITY_STATUS delete_twice(cell *c, CtxtHandle *h)
{
    (void)delete_once(c, h);
    return DeleteSecurityContext(h);
}

static const struct call {
    const char *name;
    SECURITY_STATUS (*make)(cell *, CtxtHandle *);
} calls[] = {
    { "InitializeSecurityContext", isc },
    { "InitializeSecurityContext, garbage", isc_garbage },
    { "InitializeSecurityContext, no input", isc_without },
    { "AcceptSecurityContext", asc },
    { "AcceptSecurityContext, garbage", asc_garbage },
    { "AcceptSecurityContext, no input", asc_without },
    { "CompleteAuthToken", complete },
    { "MakeSignature", sign },
    { "VerifySignature", verify },
    { "EncryptMessage", encrypt },
    { "DecryptMessage", decrypt },
    { "ApplyControlToken(SHUTDOWN)", shutdown_it },
    { "ApplyControlToken(ALERT)", alert },
    { "SetContextAttributes(KEYING_MATERIAL_INFO)", ask_for_keys },
    { "SetContextAttributes", set_target },
    { "ExportSecurityContext", export },
    { "ImpersonateSecurityContext", impersonate },
    { "RevertSecurityContext", revert },
    { "QuerySecurityContextToken", client_token },
    { "DeleteSecurityContext", delete_once },
    { "DeleteSecurityContext, twice", delete_twice },
};
enum { N_CALLS = sizeof calls / sizeof *calls, N_ATTRIBUTES = sizeof attributes / sizeof *attributes };

static SECURITY_STATUS call_named(cell *c, const char *name, CtxtHandle *h)
{
    for (size_t i = 0; i < N_ATTRIBUTES; i++)
        if (!strcmp(name, attributes[i].name))
            return query(c, h, &attributes[i]);
    for (size_t i = 0; i < N_CALLS; i++)
        if (!strcmp(name, calls[i].name))
            return calls[i].make(c, h);
    fail_msg("nobody calls %s", name);
    return 0;
}

/* ---- what is left ---- */

static void handshake_goes_on(cell *c)
{
    if (c->state->side == 0 && !c->moved)
        finish(c, 0);
    if (c->state->side == 0 || !c->moved)
        finish(c, 1);
    passes(c, 0);
    passes(c, 1);
}

/* What the peer sent meanwhile is still there, and messages pass in each direction that is open. */
static void messages_go_on(cell *c)
{
    int side = c->state->side;
    if (c->n_record)
        assert_int_equal(open_record(c, &c->h, c->record, c->n_record), SEC_E_OK);
    passes(c, !side);
    if (c->ended)
        assert_int_equal(without_input(c, &c->h, side), c->state->kind == SHUT ? SEC_E_OUT_OF_SEQUENCE : SEC_E_OK);
    uint8_t record[RECORD];
    size_t n;
    if (c->ended || c->state->kind == SHUT)
        assert_int_equal(seal(c, &c->h, record, &n), SEC_E_CONTEXT_EXPIRED);
    else
        passes(c, side);
}

static void look(cell *c, const char *name)
{
    uint8_t record[RECORD];
    size_t n;
    kind k = c->state->kind;
    bool garbage = strstr(name, "garbage") != NULL;
    if (k == NEVER || k == DELETED)
        return;
    if (!strncmp(name, "Delete", 6))
        assert_int_equal(seal(c, &c->h, record, &n), SEC_E_INVALID_HANDLE);
    else if (k == FAILED)
        assert_int_equal(without_input(c, &c->h, c->state->side), c->failure);
    else if (k == BROKEN)
        assert_int_equal(seal(c, &c->h, record, &n), c->ended ? SEC_E_CONTEXT_EXPIRED : c->failure);
    else if (k != HALF)
        messages_go_on(c);
    else if (c->moved && garbage)
        assert_int_equal(leg(c, &c->h, c->state->side, false), SEC_E_INVALID_TOKEN); /* for good */
    else if (!garbage)
        handshake_goes_on(c);
}

static bool run_cell(const sspi_states *t, size_t call, size_t state, size_t forgery, cell *c)
{
    const char *name = t->calls[call], *word = t->cells[call][state];
    c->state = &states[state];
    c->moved = c->ended = false;
    c->failure = SEC_E_OK;
    c->n_record = 0;
    c->s.w.t.wall = 0;
    bring(c, forgery);
    SECURITY_STATUS want = sspi_states_status(t, word, c->failure);
    SECURITY_STATUS got = call_named(c, name, forgery == 5 ? NULL : &c->h);
    if (got == want)
        look(c, name);
    else
        print_error("%s, %s: %08x, not %08x (%s)\n", name, c->state->name, (unsigned)got, (unsigned)want, word);
    schan_reset(&c->s);
    return got == want;
}

static void compare_names(const sspi_states *t)
{
    assert_int_equal(t->n_states, N_STATES);
    assert_int_equal(t->n_calls, N_CALLS + N_ATTRIBUTES);
    for (size_t i = 0; i < N_STATES; i++)
        assert_string_equal(t->states[i], states[i].name);
}

static bool begins(const char *call)
{
    return !strncmp(call, "Init", 4) || !strncmp(call, "Accept", 6);
}

static void schannel(void **state)
{
    static sspi_states t;
    static cell c;
    size_t bad = 0;
    (void)state;
    sspi_states_read_streams(&t);
    compare_names(&t);
    schan_init(&c.s);
    schan_side(&c.s, 0, TLS_CLIENT, TLS_CA);
    schan_side(&c.s, 1, TLS_SERVER, TLS_CA);
    c.s.wish[0].grbitEnabledProtocols = SP_PROT_TLS1_3;
    c.s.req[1] = ASC_REQ_MUTUAL_AUTH;
    schan_acquire(&c.s);
    for (size_t i = 0; i < 2; i++)
        edge_init(&c.e[i]);
    for (size_t call = 0; call < t.n_calls; call++)
        for (size_t at = 0; at < t.n_states; at++) {
            size_t forgeries = states[at].kind != NEVER ? 1 : begins(t.calls[call]) ? 5 : 6; /* the sixth: NULL */
            for (size_t f = 0; f < forgeries; f++)
                bad += !run_cell(&t, call, at, f, &c);
        }
    for (size_t i = 0; i < 2; i++)
        edge_clear(&c.e[i]);
    schan_clear(&c.s);
    sspi_states_free(&t);
    assert_int_equal(bad, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(schannel) };
    return cmocka_run_group_tests_name("sspi/schannel_product", tests, NULL, NULL);
}
