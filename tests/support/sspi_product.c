/*
 * The product of call and state. Each cell gets a context of its own, brought into the state; the call is made with every
 * buffer at the end of memory; then the answer is compared, and the context must be what it was: a handshake goes on to
 * its end, messages pass both ways, what failed stays failed.
 */
#include <sec/context.h>
#include <sspi/context.h>
#include <sspi/process.h>
#include <stdlib.h>
#include <string.h>
#include <support/carry.h>
#include <support/sspi_states.h>

enum { TEXT = 24, TOKENS = 128, GARBAGE = 40, A_YEAR = 365 * 24 * 3600 };

typedef enum kind { NEVER, DELETED, HALF, USABLE, OPEN, FAILED, EXPIRED } kind;

static const struct state {
    const char *name;
    kind kind;
    bool acceptor;
} states[] = {
    { "never", NEVER, false },       { "deleted", DELETED, false },  { "half C", HALF, false },
    { "half S", HALF, true },        { "usable C", USABLE, false },  { "open C", OPEN, false },
    { "open S", OPEN, true },        { "failed C", FAILED, false },  { "failed S", FAILED, true },
    { "expired C", EXPIRED, false }, { "expired S", EXPIRED, true },
};
enum { N_STATES = sizeof states / sizeof *states };

/* A message as it went over the wire. */
typedef struct wire {
    uint8_t token[TOKENS], text[TEXT];
    ULONG n;
} wire;

typedef struct cell {
    const sspi_product *p;
    const struct state *state;
    sspi_rig r;
    edge e[3]; /* token, data, whatever a call writes */
    CtxtHandle h, *peer;
    SECURITY_STATUS failure;
    wire signature, sealed; /* of the peer's; n 0 = it cannot make any */
    ULONG isc;
    bool changes; /* the call is meant to move the context, not to leave it */
    size_t forgery;
} cell;

/* ---- messages ---- */

typedef SECURITY_STATUS make_fn(PCtxtHandle, ULONG, PSecBufferDesc, ULONG);
typedef SECURITY_STATUS open_fn(PCtxtHandle, PSecBufferDesc, ULONG, ULONG *);

static SECURITY_STATUS make(cell *c, CtxtHandle *from, bool seal, wire *ret)
{
    ULONG n = seal ? c->p->trailer : c->p->signature, had = n;
    make_fn *call = seal ? EncryptMessage : MakeSignature;
    SecBuffer b[2] = { { n, SECBUFFER_TOKEN, edge_last(&c->e[0], n) },
                       { TEXT, SECBUFFER_DATA, edge_last(&c->e[1], TEXT) } };
    SecBufferDesc list = { SECBUFFER_VERSION, 2, b };
    memset(b[0].pvBuffer, 0x5a, n);
    memset(b[1].pvBuffer, 't', TEXT);
    SECURITY_STATUS st = call(from, 0, &list, 0);
    if (st) { /* nothing was written, and no length moved */
        assert_int_equal(b[0].cbBuffer, had);
        assert_int_equal(*edge_last(&c->e[0], n), 0x5a);
        assert_int_equal(*edge_last(&c->e[1], TEXT), 't');
        return st;
    }
    ret->n = b[0].cbBuffer;
    memcpy(ret->token, b[0].pvBuffer, ret->n);
    memcpy(ret->text, b[1].pvBuffer, TEXT);
    assert_int_equal(memcmp(ret->text, "tttttttttttttttttttttttt", TEXT) != 0, seal);
    return SEC_E_OK;
}

static SECURITY_STATUS open_it(cell *c, CtxtHandle *to, bool seal, const wire *w)
{
    const wire none = { .n = seal ? c->p->trailer : c->p->signature };
    w = w->n ? w : &none;
    open_fn *call = seal ? DecryptMessage : VerifySignature;
    SecBuffer b[2] = { { w->n, SECBUFFER_TOKEN, edge_copy(&c->e[0], w->token, w->n) },
                       { TEXT, SECBUFFER_DATA, edge_copy(&c->e[1], w->text, TEXT) } };
    SecBufferDesc list = { SECBUFFER_VERSION, 2, b };
    ULONG qop = 4711;
    SECURITY_STATUS st = call(to, &list, 0, &qop);
    assert_int_equal(b[1].cbBuffer, TEXT);
    assert_int_equal(qop, seal && !st ? 0 : 4711);
    assert_int_equal(memcmp(b[1].pvBuffer, "tttttttttttttttttttttttt", TEXT) == 0, w != &none && (!st || !seal));
    return st;
}

/* A message of either kind from one to the other. */
static void passes(cell *c, CtxtHandle *from, CtxtHandle *to)
{
    wire w;
    for (int seal = 0; seal < 2; seal++) {
        assert_int_equal(make(c, from, seal, &w), SEC_E_OK);
        assert_int_equal(open_it(c, to, seal, &w), SEC_E_OK);
    }
}

/* ---- bringing a context into a state ---- */

static void garble(cell *c, bool acceptor)
{
    uint8_t *token = acceptor ? c->r.to_server : c->r.to_client;
    *(acceptor ? &c->r.n_to_server : &c->r.n_to_client) = GARBAGE;
    memset(token, 0xa5, GARBAGE);
}

static void expire(cell *c)
{
    troth_sspi_context *x;
    assert_int_equal(troth_sspi_context_find(c->state->acceptor ? &c->r.s : &c->r.c, &x), SEC_E_OK);
    if (x->expiry == UINT64_MAX) {
        x->expiry = c->r.t.env.wall(&c->r.t) + A_YEAR * UINT64_C(10000000);
        x->engine->leaf->expiry = x->expiry;
    }
    c->r.t.wall = x->expiry;
    troth_sspi_context_release(x);
}

static void forge(cell *c)
{
    CtxtHandle real = c->r.c;
    const CtxtHandle forged[] = { { 0, 0 },
                                  { (ULONG_PTR)-1, (ULONG_PTR)-1 },
                                  { 0x9e3779b97f4a7c15, 0xf39cc0605cedc834 },
                                  c->r.client,
                                  { real.dwLower ^ 1, real.dwUpper } };
    c->h = forged[c->forgery % 5];
}

static void bring(cell *c)
{
    sspi_rig *r = &c->r;
    bool acceptor = c->state->acceptor, half = c->state->kind == HALF || c->state->kind == FAILED;
    c->isc = c->state->kind == USABLE ? c->p->datagram : c->p->isc;
    ULONG asc = c->p->asc | (c->state->kind == USABLE ? ASC_REQ_DATAGRAM : 0);
    c->peer = acceptor ? &r->c : &r->s;
    if (half || c->state->kind == USABLE) {
        assert_int_equal(sspi_client_leg(r, c->isc), SEC_I_CONTINUE_NEEDED);
        assert_int_equal(sspi_server_leg(r, asc), SEC_I_CONTINUE_NEEDED);
        if (acceptor)
            assert_true(sspi_client_leg(r, c->isc) >= 0);
    } else {
        assert_true(sspi_shake(r, c->isc, asc));
    }
    c->h = acceptor ? r->s : r->c;
    if (c->state->kind == FAILED) {
        garble(c, acceptor);
        c->failure = acceptor ? sspi_server_leg(r, asc) : sspi_client_leg(r, c->isc);
        assert_true(c->failure < 0);
    } else if (c->state->kind == DELETED) {
        assert_int_equal(DeleteSecurityContext(&r->c), SEC_E_OK);
    } else if (c->state->kind == NEVER) {
        forge(c);
    }
}

/* What the peer would send for the call, made while there is time. */
static void write_message(cell *c, bool seal)
{
    if (c->state->kind == OPEN || c->state->kind == EXPIRED)
        assert_int_equal(make(c, c->peer, seal, seal ? &c->sealed : &c->signature), SEC_E_OK);
}

/* ---- the calls ---- */

static SECURITY_STATUS leg(cell *c, CtxtHandle *h, bool acceptor, bool garbage)
{
    sspi_rig *r = &c->r;
    if (garbage || c->state->kind == NEVER || c->state->kind == DELETED)
        garble(c, acceptor);
    bool ours = acceptor == c->state->acceptor;
    CtxtHandle *place = acceptor ? &r->s : &r->c, had = *place;
    ULONG n = acceptor ? r->n_to_server : r->n_to_client, ret = 0x5a5a;
    SecBuffer in = { n, SECBUFFER_TOKEN, edge_copy(&c->e[0], acceptor ? r->to_server : r->to_client, n) };
    SecBuffer out = { SSPI_TOKEN, SECBUFFER_TOKEN, edge_last(&c->e[1], SSPI_TOKEN) };
    SecBufferDesc in_list = { 0, 1, &in }, list = { 0, 1, &out };
    SECURITY_STATUS st =
        acceptor ? AcceptSecurityContext(NULL, h, &in_list, c->p->asc, 0, &had, &list, &ret, NULL)
                 : InitializeSecurityContextA(NULL, h, NULL, c->isc, 0, 0, &in_list, 0, &had, &list, &ret, NULL);
    assert_memory_equal(&had, place, sizeof had); /* the same handle again, or untouched */
    if (st < 0)
        assert_int_equal(ret, 0x5a5a);
    c->changes = ours && (st >= 0 || garbage);
    if (st < 0)
        return st;
    *(acceptor ? &r->s_status : &r->c_status) = st;
    *(acceptor ? &r->n_to_client : &r->n_to_server) = out.cbBuffer;
    memcpy(acceptor ? r->to_client : r->to_server, out.pvBuffer, out.cbBuffer);
    return st;
}

static SECURITY_STATUS isc(cell *c, CtxtHandle *h)
{
    return leg(c, h, false, false);
}

static SECURITY_STATUS isc_garbage(cell *c, CtxtHandle *h)
{
    return leg(c, h, false, true);
}

static SECURITY_STATUS asc(cell *c, CtxtHandle *h)
{
    return leg(c, h, true, false);
}

static SECURITY_STATUS asc_garbage(cell *c, CtxtHandle *h)
{
    return leg(c, h, true, true);
}

static SECURITY_STATUS complete(cell *c, CtxtHandle *h)
{
    SecBuffer b = { 16, SECBUFFER_TOKEN, edge_last(&c->e[0], 16) };
    SecBufferDesc list = { SECBUFFER_VERSION, 1, &b };
    return CompleteAuthToken(h, &list);
}

/* A message that was made reaches the peer, so that both count alike. */
static SECURITY_STATUS making(cell *c, CtxtHandle *h, bool seal)
{
    wire w;
    SECURITY_STATUS st = make(c, h, seal, &w);
    if (!st && c->state->kind == OPEN)
        assert_int_equal(open_it(c, c->peer, seal, &w), SEC_E_OK);
    return st;
}

static SECURITY_STATUS sign(cell *c, CtxtHandle *h)
{
    return making(c, h, false);
}

static SECURITY_STATUS encrypt(cell *c, CtxtHandle *h)
{
    return making(c, h, true);
}

static SECURITY_STATUS verify(cell *c, CtxtHandle *h)
{
    return open_it(c, h, false, &c->signature);
}

static SECURITY_STATUS decrypt(cell *c, CtxtHandle *h)
{
    return open_it(c, h, true, &c->sealed);
}

static const struct attribute {
    const char *name;
    ULONG number;
    size_t size;
    long pointer[2]; /* offsets of blocks to be freed; -1 = none */
} attributes[] = {
    { "QueryContextAttributes(SIZES)", SECPKG_ATTR_SIZES, sizeof(SecPkgContext_Sizes), { -1, -1 } },
    { "QueryContextAttributes(NAMES)", SECPKG_ATTR_NAMES, sizeof(SecPkgContext_NamesA), { 0, -1 } },
    { "QueryContextAttributes(LIFESPAN)", SECPKG_ATTR_LIFESPAN, sizeof(SecPkgContext_Lifespan), { -1, -1 } },
    { "QueryContextAttributes(SESSION_KEY)",
      SECPKG_ATTR_SESSION_KEY,
      sizeof(SecPkgContext_SessionKey),
      { offsetof(SecPkgContext_SessionKey, SessionKey), -1 } },
    { "QueryContextAttributes(ACCESS_TOKEN)", SECPKG_ATTR_ACCESS_TOKEN, sizeof(SecPkgContext_AccessToken), { 0, -1 } },
    { "QueryContextAttributes(STREAM_SIZES)", SECPKG_ATTR_STREAM_SIZES, 20, { -1, -1 } },
    { "QueryContextAttributes(4711)", 4711, 16, { -1, -1 } },
    { "QueryContextAttributes(TROTH_ERROR)", SECPKG_ATTR_TROTH_ERROR, sizeof(SecPkgContext_TrothError), { -1, -1 } },
};

static SECURITY_STATUS query(cell *c, CtxtHandle *h, const struct attribute *a)
{
    uint8_t *out = edge_last(&c->e[2], (a->size + 7) / 8 * 8);
    memset(out, 0x77, a->size);
    SECURITY_STATUS st = QueryContextAttributesA(h, a->number, out);
    for (size_t i = 0; st && i < a->size; i++)
        assert_int_equal(out[i], 0x77); /* failures leave outputs alone */
    for (size_t i = 0; !st && i < 2 && a->pointer[i] >= 0; i++) {
        void *block;
        memcpy(&block, out + a->pointer[i], sizeof block);
        assert_int_equal(FreeContextBuffer(block), SEC_E_OK);
    }
    return st;
}

static SECURITY_STATUS set_attribute(cell *c, CtxtHandle *h)
{
    ULONG *value = memset(edge_last(&c->e[2], 4), 0, 4);
    return SetContextAttributesA(h, SECPKG_ATTR_TARGET, value, 4);
}

static SECURITY_STATUS export(cell *c, CtxtHandle *h)
{
    (void)c;
    SecBuffer packed = { 0, SECBUFFER_EMPTY, NULL };
    SECURITY_STATUS st = ExportSecurityContext(h, 0, &packed, NULL);
    if (!st)
        assert_int_equal(FreeContextBuffer(packed.pvBuffer), SEC_E_OK);
    else
        assert_null(packed.pvBuffer);
    return st;
}

static SECURITY_STATUS control(cell *c, CtxtHandle *h)
{
    SecBuffer b = { 16, SECBUFFER_TOKEN, edge_last(&c->e[0], 16) };
    SecBufferDesc list = { SECBUFFER_VERSION, 1, &b };
    return ApplyControlToken(h, &list);
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

static SECURITY_STATUS delete (cell *c, CtxtHandle *h)
{
    c->changes = true;
    return DeleteSecurityContext(h);
}

static SECURITY_STATUS delete_twice(cell *c, CtxtHandle *h)
{
    (void)delete (c, h);
    return DeleteSecurityContext(h);
}

static const struct call {
    const char *name;
    SECURITY_STATUS (*make)(cell *, CtxtHandle *);
    bool begins; /* NULL is a first leg, not a handle */
} calls[] = {
    { "InitializeSecurityContext", isc, true },
    { "InitializeSecurityContext, garbage", isc_garbage, true },
    { "AcceptSecurityContext", asc, true },
    { "AcceptSecurityContext, garbage", asc_garbage, true },
    { "CompleteAuthToken", complete, false },
    { "MakeSignature", sign, false },
    { "VerifySignature", verify, false },
    { "EncryptMessage", encrypt, false },
    { "DecryptMessage", decrypt, false },
    { "SetContextAttributes", set_attribute, false },
    { "ExportSecurityContext", export, false },
    { "ApplyControlToken", control, false },
    { "ImpersonateSecurityContext", impersonate, false },
    { "RevertSecurityContext", revert, false },
    { "QuerySecurityContextToken", client_token, false },
    { "DeleteSecurityContext", delete, false },
    { "DeleteSecurityContext, twice", delete_twice, false },
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

static bool begins(const char *name)
{
    for (size_t i = 0; i < N_CALLS; i++)
        if (!strcmp(name, calls[i].name))
            return calls[i].begins;
    return false;
}

/* ---- what is left ---- */

static void goes_on(cell *c)
{
    sspi_rig *r = &c->r;
    ULONG requirements = c->p->asc | (c->state->kind == USABLE ? ASC_REQ_DATAGRAM : 0);
    bool client = c->state->acceptor == c->changes; /* whose turn it is */
    for (int legs = 0; legs < 8 && (r->c_status || r->s_status); legs++, client = !client)
        if (client && r->c_status)
            assert_true(sspi_client_leg(r, c->isc) >= 0);
        else if (!client && r->s_status)
            assert_true(sspi_server_leg(r, requirements) >= 0);
    assert_int_equal(r->c_status | r->s_status, SEC_E_OK);
    if (c->state->kind != USABLE) { /* whose messages have numbers of the caller's */
        passes(c, &r->c, &r->s);
        passes(c, &r->s, &r->c);
    }
}

/* After each call that is not to change it, the context is what it was. */
static void look(cell *c, const char *name)
{
    wire w;
    CtxtHandle *h = &c->h;
    bool acceptor = c->state->acceptor, gone = strncmp(name, "Delete", 6) == 0;
    if (c->state->kind == NEVER || c->state->kind == DELETED)
        return;
    if (gone) {
        assert_int_equal(make(c, h, false, &w), SEC_E_INVALID_HANDLE);
        return;
    }
    if (c->state->kind == FAILED) {
        assert_int_equal(leg(c, h, acceptor, false), c->failure);
    } else if (c->state->kind == EXPIRED) {
        assert_int_equal(make(c, h, true, &w), SEC_E_CONTEXT_EXPIRED);
    } else if (c->changes && strstr(name, "garbage") && c->state->kind != OPEN) {
        assert_int_equal(leg(c, h, acceptor, false), SEC_E_INVALID_TOKEN); /* it has failed, for good */
    } else if (strstr(name, "garbage") && c->state->kind != OPEN) {
        return; /* for the other side's call the peer's token was overwritten */
    } else if (c->state->kind == OPEN) {
        passes(c, &c->r.c, &c->r.s);
        passes(c, &c->r.s, &c->r.c);
    } else {
        goes_on(c);
    }
}

static bool has_state(const sspi_product *p, const struct state *s)
{
    return s->kind != USABLE || p->datagram;
}

static bool run_cell(const sspi_product *p, const sspi_states *t, size_t call, size_t state, size_t forgery, cell *c)
{
    const char *name = t->calls[call], *word = sspi_states_word(t, call, state, p->name);
    c->state = &states[state];
    c->forgery = forgery;
    c->changes = false;
    c->signature.n = c->sealed.n = 0;
    c->r.t.wall = 0;
    bring(c);
    if (!strcmp(name, "VerifySignature") || !strcmp(name, "DecryptMessage"))
        write_message(c, *name == 'D');
    if (c->state->kind == EXPIRED)
        expire(c);
    SECURITY_STATUS want = sspi_states_status(t, word, c->failure), got;
    got = call_named(c, name, forgery == 5 ? NULL : &c->h);
    if (got == want)
        look(c, name);
    else
        print_error("%s, %s, %s: %08x, not %08x (%s)\n", p->name, name, c->state->name, (unsigned)got, (unsigned)want,
                    word);
    sspi_rig_reset(&c->r);
    return got == want;
}

static void compare_names(const sspi_states *t)
{
    assert_int_equal(t->n_states, N_STATES);
    assert_int_equal(t->n_calls, N_CALLS + N_ATTRIBUTES);
    for (size_t i = 0; i < N_STATES; i++)
        assert_string_equal(t->states[i], states[i].name);
}

void sspi_product_run(const sspi_product *p)
{
    static sspi_states t;
    static cell c;
    size_t bad = 0;
    carry k; /* where exported contexts are kept */
    sspi_states_read(&t);
    compare_names(&t);
    memset(&c, 0, sizeof c);
    c.p = p;
    for (size_t i = 0; i < 3; i++)
        edge_init(&c.e[i]);
    p->start(&c.r, p->package);
    carry_init(&k);
    for (size_t call = 0; call < t.n_calls; call++)
        for (size_t state = 0; state < t.n_states; state++) {
            size_t forgeries = states[state].kind != NEVER ? 1 : begins(t.calls[call]) ? 5 : 6; /* the sixth: NULL */
            for (size_t f = 0; has_state(p, &states[state]) && f < forgeries; f++)
                bad += !run_cell(p, &t, call, state, f, &c);
        }
    sspi_rig_clear(&c.r);
    carry_clear(&k);
    for (size_t i = 0; i < 3; i++)
        edge_clear(&c.e[i]);
    sspi_states_free(&t);
    assert_int_equal(bad, 0);
}
