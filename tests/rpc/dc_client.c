/*
 * Our client, through public headers only, against somebody else's server: a Samba AD DC, or our own fixture, which must
 * answer alike.
 *
 *   dc_client samba|fixture CAPTURE      environment: see environment() and dc.py
 *   dc_client plain CAPTURE PORT         one call without authentication to another server
 *
 * Prints "ok CASE" or "failed CASE WHY", and a line "conn ..." for each connection, in the order of CAPTURE, which has the
 * octets in the form that tshark.py reads; at last "end".
 */
#include <dc_client.h>
#include <stdlib.h>
#include <string.h>

const dc_auth dc_auths[DC_AUTHS] = {
    [DC_SPNEGO_KERBEROS] = { "spnego_kerberos", TROTH_RPC_AUTH_SPNEGO, true },
    [DC_SPNEGO_NTLM] = { "spnego_ntlm", TROTH_RPC_AUTH_SPNEGO, false },
    [DC_NTLM] = { "ntlm", TROTH_RPC_AUTH_NTLM, false },
    [DC_KERBEROS] = { "kerberos", TROTH_RPC_AUTH_KERBEROS, true },
};

troth_cred *dc_acquire(const troth_cred_source *src, troth_error *ret_error)
{
    troth_cred *cred;
    troth_job *job;
    troth_status st = troth_cred_new(troth_env_posix(), troth_mechs_default(), TROTH_USE_INITIATE, src, 1, &cred);
    if (st) {
        *ret_error = (troth_error){ .code = st, .where = "troth_cred_new" };
        return NULL;
    }
    if (troth_cred_job(cred, 0, &job))
        abort();
    troth_job_run(job), troth_job_free(job);
    if (troth_cred_ready(cred, NULL)) {
        const troth_error *e = troth_cred_error(cred);
        *ret_error = (troth_error){
            .code = e->code, .gss_major = e->gss_major, .gss_minor = e->gss_minor, .where = "credential"
        };
        troth_cred_unref(cred);
        return NULL;
    }
    return cred;
}

troth_rpc_identity dc_identity(const dc_peer *p, unsigned user, unsigned auth, troth_rpc_level level)
{
    const dc_auth *a = &dc_auths[auth];
    return (
        troth_rpc_identity){ .cred = p->creds[user][a->kerberos], .type = a->type, .level = level, .target = p->spn };
}

troth_rpc_co_client_options dc_options(bool header_signing)
{
    return (troth_rpc_co_client_options){ .env = troth_env_posix(),
                                          .strict = header_signing,
                                          .no_header_signing = !header_signing,
                                          .half_open_ms = 30000,
                                          .call_ms = 60000 };
}

bool dc_port(dc_net *n, const troth_rpc_syntax *s, uint16_t *ret)
{
    const troth_rpc_co_client_options o = dc_options(true);
    dc_conn *c = dc_connect(n, DC_EPM_PORT, &o);
    snprintf(n->note, sizeof n->note, "type=0 level=1 user=-");
    return c && dc_map(n, c, 0, s, ret) && dc_end_all(n);
}

void dc_case(dc_net *n, const dc_peer *p, const char *name, dc_case_fn fn, const void *arg)
{
    const char *only = getenv("DC_ONLY"); /* to look at one case by itself */
    if (only && !strstr(name, only))
        return;
    n->case_name = name;
    n->reason[0] = n->note[0] = 0;
    bool good = fn(n, p, arg);
    good &= dc_end_all(n);
    if (good)
        printf("ok %s\n", name);
    else
        printf("failed %s %s\n", name, n->reason[0] ? n->reason : "without a reason");
    fflush(stdout);
}

/* ---- who ---- */

static const char *need(const char *name)
{
    const char *v = getenv(name);
    if (!v) {
        fprintf(stderr, "dc_client: %s is not set\n", name);
        exit(2);
    }
    return v;
}

static void environment(dc_peer *p)
{
    *p = (dc_peer){ .spn = need("DC_SPN"),
                    .other_spn = need("DC_OTHER_SPN"),
                    .domain = need("DC_DOMAIN"),
                    .realm = need("DC_REALM"),
                    .root = need("DC_ROOT"),
                    .users = { need("DC_USER"), need("DC_OTHER_USER") },
                    .password_files = { need("DC_PASSWORD_FILE"), need("DC_OTHER_PASSWORD_FILE") },
                    .ccaches = { need("DC_CCACHE"), need("DC_OTHER_CCACHE") },
                    .expired_ccache = need("DC_EXPIRED_CCACHE") };
}

static troth_cred *with_password(const dc_peer *p, unsigned user, troth_error *ret_error)
{
    char secret[128] = "";
    FILE *f = fopen(p->password_files[user], "r");
    if (f && !fgets(secret, sizeof secret, f))
        secret[0] = 0;
    if (f)
        fclose(f);
    const troth_cred_source src = { .mech = "ntlm",
                                    .kind = TROTH_CRED_PASSWORD,
                                    .principal = p->users[user],
                                    .domain = p->domain,
                                    .secret = { (const uint8_t *)secret, strcspn(secret, "\n") } };
    return dc_acquire(&src, ret_error);
}

static bool acquire_all(dc_peer *p)
{
    troth_error why = { 0 };
    for (unsigned u = 0; u < DC_USERS; u++) {
        const troth_cred_source ticket = { .mech = "kerberos", .kind = TROTH_CRED_CCACHE, .path = p->ccaches[u] };
        p->creds[u][0] = with_password(p, u, &why);
        p->creds[u][1] = dc_acquire(&ticket, &why);
        if (!p->creds[u][0] || !p->creds[u][1]) {
            fprintf(stderr, "dc_client: no credential of %s: %s\n", p->users[u], troth_status_name(why.code));
            return false;
        }
    }
    return true;
}

static void release_all(dc_peer *p)
{
    for (unsigned u = 0; u < DC_USERS; u++)
        for (int k = 0; k < 2; k++)
            troth_cred_unref(p->creds[u][k]);
}

/* ---- a server of somebody else, without authentication ---- */

/* opnum 0 of this interface gives its stub back. */
static const troth_rpc_syntax plain_interface = {
    { { 0xd1, 0x2c, 0x0a, 0x5e, 0x3a, 0x6b, 0x4f, 0x0e, 0x9d, 0x51, 0x7a, 0x10, 0x5b, 0xc8, 0x42, 0x99 } }, 1, 0
};

static bool plain_call(dc_net *n, const dc_peer *p, const void *arg)
{
    const uint16_t *port = arg;
    const troth_rpc_co_client_options o = dc_options(true);
    (void)p;
    dc_conn *c = dc_connect(n, *port, &o);
    snprintf(n->note, sizeof n->note, "type=0 level=1 user=-");
    for (unsigned i = 1; c && i <= 3; i++) {
        dc_request q = dc_ask(&plain_interface, 0, TROTH_RPC_NDR);
        for (unsigned k = 0; k < 100 * i; k++)
            troth_ndr_put_u32(&q.out, k * i);
        const dc_result *r = dc_do(n, c, 0, &q);
        if (!dc_replied(n, "a plain call", r))
            return false;
        if (r->message.stub.len != 400u * i || dc_last_status(r) != (100 * i - 1) * i)
            return dc_fail(n, "a plain call: %zu octets came back", r->message.stub.len);
    }
    return c != NULL;
}

int main(int argc, char **argv)
{
    dc_net *n = calloc(1, sizeof *n);
    dc_peer p = { 0 };
    if (!n || argc < 3 || !(n->capture = fopen(argv[2], "w")))
        return fprintf(stderr, "usage: dc_client samba|fixture|plain CAPTURE [PORT]\n"), 2;
    if (strcmp(argv[1], "plain") == 0 && argc == 4) {
        const uint16_t port = (uint16_t)atoi(argv[3]);
        dc_case(n, NULL, "plain_call", plain_call, &port);
    } else {
        environment(&p);
        p.samba = strcmp(argv[1], "samba") == 0;
        if (!acquire_all(&p))
            return 1;
        dc_cells(n, &p);
        dc_many(n, &p);
        dc_big(n, &p);
        dc_refusals(n, &p);
    }
    release_all(&p);
    printf("end\n");
    fclose(n->capture);
    free(n);
    return 0;
}
