/* The harness of sspi_cells: children, names, and a pair of NTLM contexts. */
#include "sspi_cells.h"
#include <stdarg.h>
#include <sys/wait.h>
#include <unistd.h>

/* ---- answers ---- */

static int answer_to = STDOUT_FILENO;

void say(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    (void)vdprintf(answer_to, format, args);
    va_end(args);
}

void say_status(SECURITY_STATUS st)
{
#define NAME(s)                                                                                                        \
    {                                                                                                                  \
        (SECURITY_STATUS) s, #s                                                                                        \
    }
    static const struct {
        SECURITY_STATUS value;
        const char *name;
    } names[] = {
        NAME(SEC_E_OK),
        NAME(SEC_I_CONTINUE_NEEDED),
        NAME(SEC_I_COMPLETE_NEEDED),
        NAME(SEC_I_COMPLETE_AND_CONTINUE),
        NAME(SEC_E_INSUFFICIENT_MEMORY),
        NAME(SEC_E_INVALID_HANDLE),
        NAME(SEC_E_UNSUPPORTED_FUNCTION),
        NAME(SEC_E_TARGET_UNKNOWN),
        NAME(SEC_E_INTERNAL_ERROR),
        NAME(SEC_E_SECPKG_NOT_FOUND),
        NAME(SEC_E_INVALID_TOKEN),
        NAME(SEC_E_QOP_NOT_SUPPORTED),
        NAME(SEC_E_NO_IMPERSONATION),
        NAME(SEC_E_LOGON_DENIED),
        NAME(SEC_E_UNKNOWN_CREDENTIALS),
        NAME(SEC_E_NO_CREDENTIALS),
        NAME(SEC_E_MESSAGE_ALTERED),
        NAME(SEC_E_OUT_OF_SEQUENCE),
        NAME(SEC_E_CONTEXT_EXPIRED),
        NAME(SEC_E_INCOMPLETE_MESSAGE),
        NAME(SEC_E_BUFFER_TOO_SMALL),
        NAME(SEC_E_WRONG_PRINCIPAL),
        NAME(SEC_E_ENCRYPT_FAILURE),
        NAME(SEC_E_DECRYPT_FAILURE),
        NAME(SEC_E_SECURITY_QOS_FAILED),
        NAME(SEC_E_WRONG_CREDENTIAL_HANDLE),
        NAME(SEC_E_BAD_BINDINGS),
    };
#undef NAME
    for (size_t i = 0; i < COUNT(names); i++)
        if (names[i].value == st) {
            say("%s", names[i].name + 4); /* without SEC_ */
            return;
        }
    say("%08x", (unsigned)st);
}

void say_bits(ULONG bits, bool acceptor)
{
    static const struct {
        ULONG isc, asc;
        const char *name;
    } names[] = {
        { ISC_RET_DELEGATE, ASC_RET_DELEGATE, "DELEGATE" },
        { ISC_RET_MUTUAL_AUTH, ASC_RET_MUTUAL_AUTH, "MUTUAL_AUTH" },
        { ISC_RET_REPLAY_DETECT, ASC_RET_REPLAY_DETECT, "REPLAY_DETECT" },
        { ISC_RET_SEQUENCE_DETECT, ASC_RET_SEQUENCE_DETECT, "SEQUENCE_DETECT" },
        { ISC_RET_CONFIDENTIALITY, ASC_RET_CONFIDENTIALITY, "CONFIDENTIALITY" },
        { ISC_RET_USE_SESSION_KEY, ASC_RET_USE_SESSION_KEY, "USE_SESSION_KEY" },
        { ISC_RET_ALLOCATED_MEMORY, ASC_RET_ALLOCATED_MEMORY, "ALLOCATED_MEMORY" },
        { ISC_RET_DATAGRAM, ASC_RET_DATAGRAM, "DATAGRAM" },
        { ISC_RET_CONNECTION, ASC_RET_CONNECTION, "CONNECTION" },
        { ISC_RET_EXTENDED_ERROR, ASC_RET_EXTENDED_ERROR, "EXTENDED_ERROR" },
        { ISC_RET_STREAM, ASC_RET_STREAM, "STREAM" },
        { ISC_RET_INTEGRITY, ASC_RET_INTEGRITY, "INTEGRITY" },
        { ISC_RET_IDENTIFY, ASC_RET_IDENTIFY, "IDENTIFY" },
        { ISC_RET_NULL_SESSION, ASC_RET_NULL_SESSION, "NULL_SESSION" },
        { 0x200, 0x200, "USED_DCE_STYLE" },
    };
    bool any = false;
    if (bits == UNTOUCHED) {
        say("not written");
        return;
    }
    for (size_t i = 0; i < COUNT(names); i++) {
        ULONG bit = acceptor ? names[i].asc : names[i].isc;
        if (!(bits & bit))
            continue;
        say("%s%s", any ? " " : "", names[i].name);
        any = true;
        bits &= ~bit;
    }
    if (bits || !any)
        say("%s%#x", any ? " " : "", (unsigned)bits);
}

static void died(int status)
{
    if (WIFSIGNALED(status))
        say(" dies"); /* of what, is the allocator's or the machine's matter */
    else if (WEXITSTATUS(status))
        say(" exits with %d", WEXITSTATUS(status));
}

void cell_run(const cell *k)
{
    int pipes[2], status;
    char text[1024];
    ssize_t n;
    printf("%s / %s\t", k->group, k->name);
    fflush(stdout);
    if (pipe(pipes))
        exit(2);
    pid_t pid = fork();
    if (pid == 0) {
        answer_to = pipes[1];
        setsid(); /* no terminal: nobody is to be asked for a password */
        alarm(10);
        k->ask(k->arg);
        _exit(0);
    }
    close(pipes[1]);
    while ((n = read(pipes[0], text, sizeof text)) > 0)
        (void)fwrite(text, 1, (size_t)n, stdout);
    close(pipes[0]);
    fflush(stdout);
    waitpid(pid, &status, 0);
    died(status);
    putchar('\n');
}

/* ---- a pair ---- */

void pair_open(pair *p)
{
    static char package[] = "NTLM", user[] = "User", domain[] = "DOM", password[] = "Password";
    SEC_WINNT_AUTH_IDENTITY_A id = { .User = (void *)user,
                                     .UserLength = 4,
                                     .Domain = (void *)domain,
                                     .DomainLength = 3,
                                     .Password = (void *)password,
                                     .PasswordLength = 8,
                                     .Flags = SEC_WINNT_AUTH_IDENTITY_ANSI };
    *p = (pair){ .c_ret = UNTOUCHED, .s_ret = UNTOUCHED };
    SECURITY_STATUS st =
        AcquireCredentialsHandleA(NULL, package, SECPKG_CRED_OUTBOUND, NULL, &id, NULL, NULL, &p->client, NULL);
    if (!st)
        st = AcquireCredentialsHandleA(NULL, package, SECPKG_CRED_INBOUND, NULL, NULL, NULL, NULL, &p->server, NULL);
    if (st) {
        say("no credentials: ");
        say_status(st);
        _exit(3);
    }
}

SECURITY_STATUS pair_client(pair *p, ULONG req)
{
    static char target[] = "svc/host";
    SecBuffer in[] = { { p->n_to_client, SECBUFFER_TOKEN, p->to_client } };
    SecBuffer out[] = { { CELL_ROOM, SECBUFFER_TOKEN, p->to_server } };
    p->c_status =
        InitializeSecurityContextA(&p->client, p->c_begun ? &p->c : NULL, target, req, 0, SECURITY_NATIVE_DREP,
                                   p->c_begun ? LIST(in) : NULL, 0, &p->c, LIST(out), &p->c_ret, &(TimeStamp){ 0 });
    p->n_to_server = p->c_status < 0 ? 0 : out[0].cbBuffer;
    p->c_begun = true;
    return p->c_status;
}

#ifdef PEER_WINPR
/* Its acceptor is given the NT hash of the one account it serves [MS-NLMP 4.2.2.1.2]. */
static SECURITY_STATUS as_it_needs(pair *p, SecBufferDesc *out)
{
    static const uint8_t hash[16] = "\xa4\xf4\x9c\x40\x65\x10\xbd\xca\xb6\x82\x4e\xe7\xc3\x0f\xd8\x52";
    SecPkgContext_AuthNtlmHash h = { .Version = 1 };
    memcpy(h.NtlmHash, hash, 16);
    if (p->s_status == SEC_I_COMPLETE_NEEDED)
        return CompleteAuthToken(&p->s, out);
    if (p->s_status == SEC_I_CONTINUE_NEEDED && SetContextAttributesA(&p->s, SECPKG_ATTR_AUTH_NTLM_HASH, &h, sizeof h))
        return SEC_E_INTERNAL_ERROR;
    return p->s_status;
}
#else
static SECURITY_STATUS as_it_needs(pair *p, SecBufferDesc *out)
{
    (void)out;
    return p->s_status;
}
#endif

SECURITY_STATUS pair_server(pair *p, ULONG req)
{
    SecBuffer in[] = { { p->n_to_server, SECBUFFER_TOKEN, p->to_server } };
    SecBuffer out[] = { { CELL_ROOM, SECBUFFER_TOKEN, p->to_client } };
    p->s_status = AcceptSecurityContext(&p->server, p->s_begun ? &p->s : NULL, LIST(in), req, SECURITY_NATIVE_DREP,
                                        &p->s, LIST(out), &p->s_ret, &(TimeStamp){ 0 });
    p->n_to_client = p->s_status < 0 ? 0 : out[0].cbBuffer;
    p->s_begun = true;
    return p->s_status = as_it_needs(p, LIST(out));
}

bool pair_shake(pair *p, ULONG isc, ULONG asc)
{
    for (int leg = 0; leg < 4; leg++) {
        if (p->c_status != SEC_E_OK || !p->c_begun)
            if (pair_client(p, isc) < 0)
                return false;
        if (p->s_status != SEC_E_OK || !p->s_begun)
            if (pair_server(p, asc) < 0)
                return false;
        if (p->c_status == SEC_E_OK && p->s_status == SEC_E_OK)
            return true;
    }
    return false;
}

int main(void)
{
#ifdef PEER_WINPR
    winpr_InitializeSSL(WINPR_SSL_INIT_DEFAULT);
#endif
    cells_packages();
    cells_flags();
    cells_buffers();
    cells_calls();
    cells_messages();
    return 0;
}
