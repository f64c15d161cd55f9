/*
 * Our message protection against bare gss_wrap and gss_unwrap: the same cipher, the same process, the same messages,
 * one round of each in turn. Run it in a realm: troth lab run -- bench_wrap [ROUNDS [MILLISECONDS [sign]]]
 *
 * Prints JSON: 10^6 octets per second of each, and the ratio of the medians.
 */
#include <gssapi/gssapi.h>
#include <gssapi/gssapi_krb5.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <troth/sec.h>

enum { ROUNDS_MAX = 99, TOKEN_ROOM = 256, SIZE_MAX_HERE = 65536, OURS_SEAL = 0, GSS_SEAL, OURS_OPEN, GSS_OPEN, KINDS };

typedef struct both {
    troth_context *client, *server;
    gss_ctx_id_t gss_client, gss_server;
    uint8_t *room; /* token room, then data */
    uint8_t *plain;
    troth_form form;
} both;

static const size_t sizes[] = { 64, 1024, 4096, 16384, 65536 };
static const char *const kind_names[] = { "seal", "gss_wrap", "unseal", "gss_unwrap" };

static _Noreturn void die(const char *what, unsigned long a, unsigned long b)
{
    fprintf(stderr, "bench_wrap: %s (%lu, %lu)\n", what, a, b);
    exit(1);
}

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* ---- contexts ---- */

static troth_cred *acquire(troth_cred_use use)
{
    troth_cred_source source = { .mech = "kerberos", .kind = TROTH_CRED_DEFAULT };
    troth_cred *cred;
    troth_job *job;
    troth_status st = troth_cred_new(troth_env_posix(), troth_mechs_default(), use, &source, 1, &cred);
    if (!st)
        st = troth_cred_job(cred, 0, &job);
    if (st)
        die("credential", st, 0);
    troth_job_run(job);
    troth_job_free(job);
    if ((st = troth_cred_ready(cred, NULL)) != TROTH_OK)
        die("credential: is this a realm?", st, troth_cred_error(cred)->gss_minor);
    return cred;
}

static troth_context *make(troth_role role)
{
    troth_cred *cred = acquire(role == TROTH_INITIATOR ? TROTH_USE_INITIATE : TROTH_USE_ACCEPT);
    troth_context_options o = { .role = role,
                                .mech = "kerberos",
                                .require = TROTH_F_INTEGRITY | TROTH_F_CONFIDENTIALITY | TROTH_F_MUTUAL |
                                           TROTH_F_REPLAY | TROTH_F_SEQUENCE,
                                .target = role == TROTH_INITIATOR ? "host/localhost" : NULL };
    troth_context *c;
    troth_status st = troth_context_new(cred, &o, &c);
    if (st)
        die("context", st, 0);
    troth_cred_unref(cred);
    return c;
}

/* One leg; what it gives is copied, because it lives in the job. */
static troth_step leg(troth_context **c, troth_bytes in, troth_block *ret_out)
{
    const troth_env *env = troth_env_posix();
    troth_block token = { 0 };
    if (in.len) {
        token = (troth_block){ env->alloc(env->self, in.len), in.len };
        memcpy(token.data, in.data, in.len);
    }
    troth_job *job;
    troth_status st = troth_context_job(*c, in.len ? &token : NULL, 0, &job);
    if (st)
        die("leg", st, 0);
    troth_job_run(job);
    troth_step step = troth_job_result(job);
    troth_bytes out = troth_job_token(job);
    *ret_out = (troth_block){ out.len ? malloc(out.len) : NULL, out.len };
    if (out.len)
        memcpy(ret_out->data, out.data, out.len);
    *c = troth_job_take_context(job);
    troth_job_free(job);
    if (step == TROTH_STEP_ERROR)
        die("leg", troth_context_error(*c)->code, troth_context_error(*c)->gss_minor);
    return step;
}

static void establish_ours(both *b)
{
    b->client = make(TROTH_INITIATOR);
    b->server = make(TROTH_ACCEPTOR);
    troth_block t1, t2, t3;
    (void)leg(&b->client, (troth_bytes){ 0 }, &t1);
    (void)leg(&b->server, (troth_bytes){ t1.data, t1.len }, &t2);
    if (leg(&b->client, (troth_bytes){ t2.data, t2.len }, &t3) != TROTH_STEP_DONE)
        die("our context is not complete", 0, 0);
    free(t1.data);
    free(t2.data);
    free(t3.data);
}

static void establish_gss(both *b)
{
    OM_uint32 major, minor,
        flags = GSS_C_MUTUAL_FLAG | GSS_C_REPLAY_FLAG | GSS_C_SEQUENCE_FLAG | GSS_C_CONF_FLAG | GSS_C_INTEG_FLAG;
    gss_buffer_desc name = { sizeof "host@localhost" - 1, (void *)"host@localhost" }, t1 = { 0 }, t2 = { 0 },
                    t3 = { 0 };
    gss_name_t target;
    if (gss_import_name(&minor, &name, GSS_C_NT_HOSTBASED_SERVICE, &target))
        die("gss_import_name", minor, 0);
    major = gss_init_sec_context(&minor, GSS_C_NO_CREDENTIAL, &b->gss_client, target, (gss_OID)gss_mech_krb5, flags, 0,
                                 NULL, NULL, NULL, &t1, NULL, NULL);
    if (GSS_ERROR(major))
        die("gss_init_sec_context", major, minor);
    major = gss_accept_sec_context(&minor, &b->gss_server, GSS_C_NO_CREDENTIAL, &t1, NULL, NULL, NULL, &t2, NULL, NULL,
                                   NULL);
    if (major)
        die("gss_accept_sec_context", major, minor);
    major = gss_init_sec_context(&minor, GSS_C_NO_CREDENTIAL, &b->gss_client, target, (gss_OID)gss_mech_krb5, flags, 0,
                                 NULL, &t2, NULL, &t3, NULL, NULL);
    if (major)
        die("gss_init_sec_context", major, minor);
    gss_release_buffer(&minor, &t1);
    gss_release_buffer(&minor, &t2);
    gss_release_buffer(&minor, &t3);
    gss_release_name(&minor, &target);
}

/* ---- one message ---- */

/* Seal as an endpoint does: into a frame, token in front. Answers the token's octets. */
static size_t seal_ours(const both *b, size_t n)
{
    size_t token = troth_context_token_size(b->client, b->form, n);
    uint8_t *data = b->room + TOKEN_ROOM;
    if (!token || token > TOKEN_ROOM)
        die("token size", token, n);
    memcpy(data, b->plain, n);
    troth_segment seg = { TROTH_SEG_DATA, data, n };
    troth_message m = { &seg, 1, data - token, token, 0 };
    troth_status st = troth_context_protect(b->client, b->form, &m, 1, NULL);
    if (st || m.token_len != token)
        die("protect", st, m.token_len);
    return token;
}

static void open_ours(const both *b, size_t token, size_t n)
{
    troth_segment seg = { TROTH_SEG_STREAM, b->room + TOKEN_ROOM - token, token + n };
    troth_message m = { &seg, 1, NULL, 0, 0 };
    troth_status st = troth_context_unprotect(b->server, b->form, &m, 1, NULL);
    if (st || seg.len != n)
        die("unprotect", st, seg.len);
}

static gss_buffer_desc seal_gss(const both *b, size_t n)
{
    OM_uint32 minor;
    gss_buffer_desc in = { n, b->plain }, out;
    if (gss_wrap(&minor, b->gss_client, b->form == TROTH_FORM_SEAL, GSS_C_QOP_DEFAULT, &in, NULL, &out))
        die("gss_wrap", minor, n);
    return out;
}

static void open_gss(const both *b, gss_buffer_desc *sealed, size_t n)
{
    OM_uint32 minor;
    gss_buffer_desc out;
    if (gss_unwrap(&minor, b->gss_server, sealed, &out, NULL, NULL) || out.length != n)
        die("gss_unwrap", minor, n);
    gss_release_buffer(&minor, &out);
    gss_release_buffer(&minor, sealed);
}

/* ---- rounds ---- */

/* Both ways for a while each, a few messages in turn, so that both meet the same weather. */
static void one_round(const both *b, size_t n, double seconds, double ret[KINDS])
{
    double spent[KINDS] = { 0 };
    size_t messages = 0, batch = n < 4096 ? 64 : 8;
    while (spent[OURS_SEAL] + spent[OURS_OPEN] < seconds) {
        for (size_t i = 0; i < batch; i++) {
            double t0 = now();
            size_t token = seal_ours(b, n);
            double t1 = now();
            open_ours(b, token, n);
            double t2 = now();
            gss_buffer_desc sealed = seal_gss(b, n);
            double t3 = now();
            open_gss(b, &sealed, n);
            double t4 = now();
            spent[OURS_SEAL] += t1 - t0;
            spent[OURS_OPEN] += t2 - t1;
            spent[GSS_SEAL] += t3 - t2;
            spent[GSS_OPEN] += t4 - t3;
        }
        messages += batch;
    }
    for (int k = 0; k < KINDS; k++)
        ret[k] = (double)(messages * n) / 1e6 / spent[k];
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void one_size(const both *b, size_t n, int rounds, double seconds, const char *comma)
{
    double figures[KINDS][ROUNDS_MAX], one[KINDS], median[KINDS];
    for (int r = 0; r < rounds; r++) {
        one_round(b, n, seconds, one);
        for (int k = 0; k < KINDS; k++)
            figures[k][r] = one[k];
    }
    printf("    { \"octets\": %zu", n);
    for (int k = 0; k < KINDS; k++) {
        qsort(figures[k], (size_t)rounds, sizeof(double), by_value);
        median[k] = figures[k][rounds / 2];
        printf(", \"%s\": { \"median\": %.1f, \"least\": %.1f, \"best\": %.1f }", kind_names[k], median[k],
               figures[k][0], figures[k][rounds - 1]);
    }
    printf(", \"seal_ratio\": %.3f, \"unseal_ratio\": %.3f }%s\n", median[OURS_SEAL] / median[GSS_SEAL],
           median[OURS_OPEN] / median[GSS_OPEN], comma);
}

int main(int argc, char **argv)
{
    int rounds = argc > 1 ? atoi(argv[1]) : 9;
    double seconds = (argc > 2 ? atof(argv[2]) : 200) / 1e3;
    if (rounds < 1 || rounds > ROUNDS_MAX || seconds <= 0) {
        fprintf(stderr, "usage: bench_wrap [ROUNDS 1..%d [MILLISECONDS [sign]]]\n", ROUNDS_MAX);
        return 2;
    }
    both b = { .room = malloc(TOKEN_ROOM + SIZE_MAX_HERE), .plain = malloc(SIZE_MAX_HERE), .form = TROTH_FORM_SEAL };
    if (argc > 3 && strcmp(argv[3], "sign") == 0)
        b.form = TROTH_FORM_WRAP;
    if (!b.room || !b.plain)
        die("memory", 0, 0);
    for (size_t i = 0; i < SIZE_MAX_HERE; i++)
        b.plain[i] = (uint8_t)(i * 7);
    establish_ours(&b);
    establish_gss(&b);
    printf("{\n  \"cipher\": \"%s\", \"form\": \"%s\", \"rounds\": %d, \"unit\": \"MB/s\", \"sizes\": [\n",
           troth_context_facts(b.client).detail, b.form == TROTH_FORM_SEAL ? "sealed" : "signed", rounds);
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        one_size(&b, sizes[i], rounds, seconds, i + 1 < sizeof sizes / sizeof *sizes ? "," : "");
    printf("  ]\n}\n");
    OM_uint32 minor;
    gss_delete_sec_context(&minor, &b.gss_client, NULL);
    gss_delete_sec_context(&minor, &b.gss_server, NULL);
    troth_context_free(b.client);
    troth_context_free(b.server);
    free(b.room);
    free(b.plain);
    return 0;
}
