#include <sspi/process.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <support/sspi.h>
#include <sys/stat.h>
#include <unistd.h>

static const char password[] = "Password";
static const uint8_t wide[] = "P\0a\0s\0s\0w\0o\0r\0d"; /* its last NUL is that of the literal */
static const char nt_hash[] = "a4f49c406510bdcab6824ee7c30fd852";

static void write_file(const char *path, const char *text, const char *more)
{
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    assert_int_equal(fchmod(fileno(f), 0600), 0);
    fputs(text, f);
    if (more)
        fputs(more, f);
    assert_int_equal(fclose(f), 0);
}

void sspi_rig_init(sspi_rig *r, const char *more)
{
    char text[512], users[128];
    *r = (sspi_rig){ .target = "cifs/Server" };
    test_env_init(&r->t);
    test_env_secret(&r->t, password, sizeof password - 1);
    test_env_secret(&r->t, wide, sizeof wide);
    assert_int_equal(troth_sspi_process_restart(&r->t.env), TROTH_OK);
    snprintf(r->dir, sizeof r->dir, "/tmp/troth-sspi-XXXXXX");
    assert_non_null(mkdtemp(r->dir));
    snprintf(users, sizeof users, "%s/users", r->dir);
    snprintf(text, sizeof text, "User:1000:XXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXX:%s:[U          ]:LCT-00000000:\n", nt_hash);
    write_file(users, text, NULL);
    snprintf(r->conf, sizeof r->conf, "%s/sspi.conf", r->dir);
    snprintf(text, sizeof text, "[ntlm]\nusers = %s\ndomain = DOM\nhost = SERVER\n", users);
    write_file(r->conf, text, more);
    setenv("TROTH_SSPI_CONFIG", r->conf, 1);
    if (!getenv("TROTH_LAB")) { /* Negotiate asks for Kerberos, too: no DNS, whatever the machine says */
        snprintf(users, sizeof users, "%s/krb5.conf", r->dir);
        write_file(users, "[libdefaults]\ndns_lookup_kdc = false\ndns_lookup_realm = false\n", NULL);
        setenv("KRB5_CONFIG", users, 1);
    }
    edge_init(&r->in);
    edge_init(&r->out);
    r->to_server = malloc(SSPI_TOKEN);
    r->to_client = malloc(SSPI_TOKEN);
    assert_true(r->to_server && r->to_client);
}

void sspi_rig_clear(sspi_rig *r)
{
    char path[160];
    sspi_rig_reset(r);
    if (r->client.dwLower)
        assert_int_equal(FreeCredentialsHandle(&r->client), SEC_E_OK);
    if (r->server.dwLower)
        assert_int_equal(FreeCredentialsHandle(&r->server), SEC_E_OK);
    assert_int_equal(troth_sspi_process_restart(troth_env_posix()), TROTH_OK);
    test_env_check(&r->t);
    unlink(r->conf);
    snprintf(path, sizeof path, "%s/users", r->dir);
    unlink(path);
    snprintf(path, sizeof path, "%s/krb5.conf", r->dir);
    unlink(path);
    rmdir(r->dir);
    unsetenv("TROTH_SSPI_CONFIG");
    free(r->to_server);
    free(r->to_client);
    edge_clear(&r->in);
    edge_clear(&r->out);
}

SEC_WINNT_AUTH_IDENTITY_A sspi_identity(void)
{
    return (SEC_WINNT_AUTH_IDENTITY_A){ .User = (UCHAR *)(uintptr_t) "User",
                                        .UserLength = 4,
                                        .Domain = (UCHAR *)(uintptr_t) "DOM",
                                        .DomainLength = 3,
                                        .Password = (UCHAR *)(uintptr_t)password,
                                        .PasswordLength = 8,
                                        .Flags = SEC_WINNT_AUTH_IDENTITY_ANSI };
}

SECURITY_STATUS sspi_acquire(const char *package, ULONG use, void *identity, CredHandle *ret)
{
    return AcquireCredentialsHandleA(NULL, (SEC_CHAR *)(uintptr_t)package, use, NULL, identity, NULL, NULL, ret, NULL);
}

void sspi_rig_acquire(sspi_rig *r, const char *package)
{
    SEC_WINNT_AUTH_IDENTITY_A id = sspi_identity();
    assert_int_equal(sspi_acquire(package, SECPKG_CRED_OUTBOUND, &id, &r->client), SEC_E_OK);
    assert_int_equal(sspi_acquire(package, SECPKG_CRED_INBOUND, NULL, &r->server), SEC_E_OK);
}

/* Lay a leg's token and the room for its answer where memory ends. */
static void lay(sspi_rig *r, const uint8_t *token, ULONG n, SecBuffer *in, SecBuffer *out)
{
    edge_writable(&r->in, true);
    *in = (SecBuffer){ n, SECBUFFER_TOKEN, edge_copy(&r->in, token, n) };
    *out = (SecBuffer){ SSPI_TOKEN, SECBUFFER_TOKEN, edge_last(&r->out, SSPI_TOKEN) };
    edge_writable(&r->in, false);
}

/* What a leg gave out. */
static ULONG taken(sspi_rig *r, SECURITY_STATUS status, const SecBuffer *out, uint8_t *to)
{
    ULONG n = status >= 0 ? out->cbBuffer : 0;
    if (n)
        memcpy(to, out->pvBuffer, n);
    r->tokens += n != 0;
    return n;
}

SECURITY_STATUS sspi_client_leg(sspi_rig *r, ULONG req)
{
    bool first = !r->c.dwLower;
    SecBuffer in, out;
    SecBufferDesc in_list = { SECBUFFER_VERSION, 1, &in }, out_list = { SECBUFFER_VERSION, 1, &out };
    lay(r, r->to_client, r->n_to_client, &in, &out);
    r->c_status = InitializeSecurityContextA(first ? &r->client : NULL, first ? NULL : &r->c,
                                             (SEC_CHAR *)(uintptr_t)r->target, req, 0, SECURITY_NATIVE_DREP,
                                             first ? NULL : &in_list, 0, &r->c, &out_list, &r->c_ret, &r->c_expiry);
    r->n_to_server = taken(r, r->c_status, &out, r->to_server);
    return r->c_status;
}

SECURITY_STATUS sspi_server_leg(sspi_rig *r, ULONG req)
{
    bool first = !r->s.dwLower;
    SecBuffer in, out;
    SecBufferDesc in_list = { SECBUFFER_VERSION, 1, &in }, out_list = { SECBUFFER_VERSION, 1, &out };
    lay(r, r->to_server, r->n_to_server, &in, &out);
    r->s_status = AcceptSecurityContext(first ? &r->server : NULL, first ? NULL : &r->s, &in_list, req,
                                        SECURITY_NATIVE_DREP, &r->s, &out_list, &r->s_ret, &r->s_expiry);
    r->n_to_client = taken(r, r->s_status, &out, r->to_client);
    return r->s_status;
}

bool sspi_shake(sspi_rig *r, ULONG isc, ULONG asc)
{
    r->c_status = r->s_status = SEC_I_CONTINUE_NEEDED;
    r->tokens = 0;
    for (int leg = 0; leg < 10; leg++) {
        if (r->c_status == SEC_I_CONTINUE_NEEDED && sspi_client_leg(r, isc) < 0)
            return false;
        if (r->s_status == SEC_I_CONTINUE_NEEDED && sspi_server_leg(r, asc) < 0)
            return false;
        if (r->c_status == SEC_E_OK && r->s_status == SEC_E_OK)
            return true;
    }
    return false;
}

void sspi_rig_reset(sspi_rig *r)
{
    if (r->c.dwLower)
        assert_int_equal(DeleteSecurityContext(&r->c), SEC_E_OK);
    if (r->s.dwLower)
        assert_int_equal(DeleteSecurityContext(&r->s), SEC_E_OK);
    r->c = r->s = (CtxtHandle){ 0, 0 };
}
