#include <gssapi/gssapi_ext.h>
#include <gssapi/gssapi_krb5.h>
#include <rpc_bare.h>
#include <stdlib.h>
#include <string.h>

enum { HEAD = 24, TRAILER = 8, FRAGMENT = 5840, TOKEN_ROOM = 128, PAD = 16 };

/* A PDU as both see it: header and sec_trailer signed, the stub encrypted, the token apart. */
static uint8_t pdu[FRAGMENT + TOKEN_ROOM];

/* ---- contexts ---- */

static troth_context *make(const bench_realm *r, const troth_env *env, troth_role role)
{
    const troth_context_options o = { .env = env,
                                      .role = role,
                                      .mech = r->kerberos ? "kerberos" : "ntlm",
                                      .require = TROTH_F_INTEGRITY | TROTH_F_CONFIDENTIALITY | TROTH_F_MUTUAL |
                                                 TROTH_F_REPLAY | TROTH_F_SEQUENCE |
                                                 (r->kerberos ? TROTH_F_DCE_STYLE : 0),
                                      .target = role == TROTH_INITIATOR ? r->target : NULL };
    troth_context *c;
    troth_status st = troth_context_new(role == TROTH_INITIATOR ? r->client : r->server, &o, &c);
    if (st)
        bench_die("context", st, 0);
    return c;
}

/* One leg; what goes in is the context's own memory afterwards. */
static troth_step leg(troth_context **c, const troth_env *env, troth_block *token)
{
    troth_job *job;
    troth_status st = troth_context_job(*c, token->len ? token : NULL, 0, &job);
    if (st)
        bench_die("leg", st, 0);
    troth_job_run(job);
    troth_step step = troth_job_result(job);
    troth_bytes out = troth_job_token(job);
    *token = (troth_block){ out.len ? env->alloc(env->self, out.len) : NULL, out.len };
    if (out.len)
        memcpy(token->data, out.data, out.len);
    *c = troth_job_take_context(job);
    troth_job_free(job);
    if (step == TROTH_STEP_ERROR)
        bench_die("leg", troth_context_error(*c)->code, troth_context_error(*c)->gss_minor);
    return step;
}

static void move_to(troth_block *token, const troth_env *from, const troth_env *to)
{
    uint8_t *copy = to->alloc(to->self, token->len);
    if (!copy)
        bench_die("memory", 0, 0);
    memcpy(copy, token->data, token->len);
    from->release(from->self, token->data, token->len);
    token->data = copy;
}

static void establish(const bench_realm *r, const troth_env *const env[2], troth_context *ret[2])
{
    troth_step step[2] = { TROTH_STEP_MORE, TROTH_STEP_MORE };
    troth_block token = { 0 };
    ret[0] = make(r, env[0], TROTH_INITIATOR);
    ret[1] = make(r, env[1], TROTH_ACCEPTOR);
    for (int side = 0; step[side] == TROTH_STEP_MORE; side = !side) {
        step[side] = leg(&ret[side], env[side], &token);
        if (token.len)
            move_to(&token, env[side], env[!side]);
    }
    if (step[0] != TROTH_STEP_DONE || step[1] != TROTH_STEP_DONE)
        bench_die("contexts are not complete", step[0], step[1]);
}

void bare_memory(const bench_realm *r, size_t ret[2])
{
    static bench_meter m[2];
    bench_meter_init(&m[0]);
    bench_meter_init(&m[1]);
    const troth_env *const env[2] = { &m[0].env, &m[1].env };
    troth_context *c[2];
    establish(r, env, c);
    for (int side = 0; side < 2; side++)
        ret[side] = m[side].held;
    for (int side = 0; side < 2; side++)
        troth_context_free(c[side]);
}

static void establish_gss(bare *b)
{
    OM_uint32 major, minor,
        flags = GSS_C_MUTUAL_FLAG | GSS_C_REPLAY_FLAG | GSS_C_SEQUENCE_FLAG | GSS_C_CONF_FLAG | GSS_C_INTEG_FLAG |
                GSS_C_DCE_STYLE;
    gss_buffer_desc name = { sizeof "host@localhost" - 1, (void *)"host@localhost" }, to = { 0 }, from = { 0 };
    gss_name_t target;
    b->gss_client = b->gss_server = GSS_C_NO_CONTEXT;
    if (gss_import_name(&minor, &name, GSS_C_NT_HOSTBASED_SERVICE, &target))
        bench_die("gss_import_name", minor, 0);
    do {
        major = gss_init_sec_context(&minor, GSS_C_NO_CREDENTIAL, &b->gss_client, target, (gss_OID)gss_mech_krb5, flags,
                                     0, NULL, &from, NULL, &to, NULL, NULL);
        if (GSS_ERROR(major))
            bench_die("gss_init_sec_context", major, minor);
        gss_release_buffer(&minor, &from);
        if (to.length)
            major = gss_accept_sec_context(&minor, &b->gss_server, GSS_C_NO_CREDENTIAL, &to, NULL, NULL, NULL, &from,
                                           NULL, NULL, NULL);
        if (GSS_ERROR(major))
            bench_die("gss_accept_sec_context", major, minor);
        gss_release_buffer(&minor, &to);
    } while (from.length);
    gss_release_name(&minor, &target);
}

void bare_init(bare *b, const bench_realm *r)
{
    const troth_env *const env[2] = { troth_env_posix(), troth_env_posix() };
    troth_context *c[2];
    *b = (bare){ 0 };
    establish(r, env, c);
    b->client = c[0];
    b->server = c[1];
    if (r->kerberos)
        establish_gss(b);
}

void bare_clear(bare *b)
{
    OM_uint32 minor;
    gss_delete_sec_context(&minor, &b->gss_client, NULL);
    gss_delete_sec_context(&minor, &b->gss_server, NULL);
    troth_context_free(b->client);
    troth_context_free(b->server);
}

/* ---- messages ---- */

static void ours(troth_context *from, troth_context *to, troth_form form, size_t n)
{
    troth_segment segs[] = { { TROTH_SEG_SIGN_ONLY, pdu, HEAD },
                             { TROTH_SEG_DATA, pdu + HEAD, n },
                             { TROTH_SEG_SIGN_ONLY, pdu + HEAD + n, TRAILER } };
    troth_message m = { segs, 3, pdu + HEAD + n + TRAILER, TOKEN_ROOM, 0 };
    troth_status st = troth_context_protect(from, form, &m, 1, NULL);
    if (!st)
        st = troth_context_unprotect(to, form, &m, 1, NULL);
    if (st)
        bench_die("protection alone", st, n);
}

/* The token's length is the same for every message, as who speaks RPC knows. */
static void gss(const bare_call *c, gss_ctx_id_t from, gss_ctx_id_t to, size_t n)
{
    OM_uint32 minor, major;
    bool seal = c->form == TROTH_FORM_SEAL;
    int sealed;
    gss_iov_buffer_desc iov[4] = { { seal ? GSS_IOV_BUFFER_TYPE_HEADER : GSS_IOV_BUFFER_TYPE_MIC_TOKEN,
                                     { c->gss_token, pdu + HEAD + n + TRAILER } },
                                   { GSS_IOV_BUFFER_TYPE_SIGN_ONLY, { HEAD, pdu } },
                                   { GSS_IOV_BUFFER_TYPE_DATA, { n, pdu + HEAD } },
                                   { GSS_IOV_BUFFER_TYPE_SIGN_ONLY, { TRAILER, pdu + HEAD + n } } };
    major = seal ? gss_wrap_iov(&minor, from, 1, GSS_C_QOP_DEFAULT, NULL, iov, 4)
                 : gss_get_mic_iov(&minor, from, GSS_C_QOP_DEFAULT, iov, 4);
    if (major)
        bench_die("gss_wrap_iov", major, minor);
    major = seal ? gss_unwrap_iov(&minor, to, &sealed, NULL, iov, 4) : gss_verify_mic_iov(&minor, to, NULL, iov, 4);
    if (major)
        bench_die("gss_unwrap_iov", major, minor);
}

static size_t gss_token(gss_ctx_id_t c, bool seal)
{
    OM_uint32 minor;
    gss_iov_buffer_desc iov[2] = { { seal ? GSS_IOV_BUFFER_TYPE_HEADER : GSS_IOV_BUFFER_TYPE_MIC_TOKEN, { 0, NULL } },
                                   { GSS_IOV_BUFFER_TYPE_DATA, { PAD, pdu } } };
    OM_uint32 major = seal ? gss_wrap_iov_length(&minor, c, 1, GSS_C_QOP_DEFAULT, NULL, iov, 2)
                           : gss_get_mic_iov_length(&minor, c, GSS_C_QOP_DEFAULT, iov, 2);
    if (major || iov[0].buffer.length > TOKEN_ROOM)
        bench_die("gss token", major, minor);
    return iov[0].buffer.length;
}

static size_t padded(size_t n)
{
    return (n + PAD - 1) & ~(size_t)(PAD - 1);
}

static void one_ours(const bare_call *c)
{
    for (size_t left = c->request, n; left; left -= n) {
        n = left < c->chunk ? left : c->chunk;
        ours(c->b->client, c->b->server, c->form, padded(n));
    }
    ours(c->b->server, c->b->client, c->form, padded(c->reply));
}

static void one_gss(const bare_call *c)
{
    for (size_t left = c->request, n; left; left -= n) {
        n = left < c->chunk ? left : c->chunk;
        gss(c, c->b->gss_client, c->b->gss_server, padded(n));
    }
    gss(c, c->b->gss_server, c->b->gss_client, padded(c->reply));
}

bare_call bare_of(const bare *b, troth_rpc_level level, bool by_gss, size_t request, size_t reply)
{
    troth_form form = level == TROTH_RPC_LEVEL_PRIVACY ? TROTH_FORM_SEAL : TROTH_FORM_MIC;
    size_t token = troth_context_token_size(b->client, form, 0);
    return (bare_call){ .one = by_gss ? one_gss : one_ours,
                        .b = b,
                        .form = form,
                        .request = request,
                        .reply = reply,
                        .chunk = (FRAGMENT - HEAD - TRAILER - token) & ~(size_t)(PAD - 1),
                        .gss_token = by_gss ? gss_token(b->gss_client, form == TROTH_FORM_SEAL) : 0,
                        .per_call = 1 };
}
