/* An SSPI as a side of bench_sspi; PEER_WINPR: that of WinPR. */
#include "sspi_side.h"
#include <stdio.h>
#include <string.h>
#ifdef PEER_WINPR
#include <winpr/ssl.h>
#include <winpr/sspi.h>
#else
#define SECURITY_WIN32
#include <windows.h>
/* it wants windows.h in front */
#include <security.h>
#endif

#define LIST(b) (&(SecBufferDesc){ SECBUFFER_VERSION, sizeof(b) / sizeof *(b), (b) })

enum { TOKEN_ROOM = 16384, TOKEN = 2 };

static struct ends {
    CredHandle client, server;
    CtxtHandle c, s;
    int open;
    char target[128];
    ULONG trailer, sent, received; /* WinPR wants its numbers from the caller */
    BYTE to_server[TOKEN_ROOM], to_client[TOKEN_ROOM];
} ends;

static void must(const char *what, SECURITY_STATUS st)
{
    if (st != SEC_E_OK)
        bench_die(what, (unsigned long)(uint32_t)st, 0);
}

static void acquire(const char *package, const char *target)
{
    static char name[32], user[] = "User", domain[] = "DOM", password[] = "Password";
    SEC_WINNT_AUTH_IDENTITY_A id = { .User = (void *)user,
                                     .UserLength = 4,
                                     .Domain = (void *)domain,
                                     .DomainLength = 3,
                                     .Password = (void *)password,
                                     .PasswordLength = 8,
                                     .Flags = SEC_WINNT_AUTH_IDENTITY_ANSI };
    int ntlm = strcmp(package, "NTLM") == 0;
#ifdef PEER_WINPR
    winpr_InitializeSSL(WINPR_SSL_INIT_DEFAULT);
#endif
    snprintf(name, sizeof name, "%s", package);
    snprintf(ends.target, sizeof ends.target, "%s", target);
    must("AcquireCredentialsHandle", AcquireCredentialsHandleA(NULL, name, SECPKG_CRED_OUTBOUND, NULL,
                                                               ntlm ? &id : NULL, NULL, NULL, &ends.client, NULL));
    must("AcquireCredentialsHandle",
         AcquireCredentialsHandleA(NULL, name, SECPKG_CRED_INBOUND, NULL, NULL, NULL, NULL, &ends.server, NULL));
}

#ifdef PEER_WINPR
/* Its acceptor is given the NT hash of the one account it serves [MS-NLMP 4.2.2.1.2]. */
static SECURITY_STATUS as_it_needs(SECURITY_STATUS st, SecBufferDesc *out)
{
    static const uint8_t hash[16] = "\xa4\xf4\x9c\x40\x65\x10\xbd\xca\xb6\x82\x4e\xe7\xc3\x0f\xd8\x52";
    SecPkgContext_AuthNtlmHash h = { .Version = 1 };
    memcpy(h.NtlmHash, hash, 16);
    if (st == SEC_I_COMPLETE_NEEDED)
        return CompleteAuthToken(&ends.s, out);
    if (st == SEC_I_CONTINUE_NEEDED)
        must("SetContextAttributes", SetContextAttributesA(&ends.s, SECPKG_ATTR_AUTH_NTLM_HASH, &h, sizeof h));
    return st;
}
#else
static SECURITY_STATUS as_it_needs(SECURITY_STATUS st, SecBufferDesc *out)
{
    (void)out;
    return st;
}
#endif

static void establish(void)
{
    const ULONG isc = ISC_REQ_MUTUAL_AUTH | ISC_REQ_REPLAY_DETECT | ISC_REQ_SEQUENCE_DETECT | ISC_REQ_CONFIDENTIALITY,
                asc = ASC_REQ_REPLAY_DETECT | ASC_REQ_SEQUENCE_DETECT | ASC_REQ_CONFIDENTIALITY;
    SECURITY_STATUS client = SEC_I_CONTINUE_NEEDED, server = SEC_I_CONTINUE_NEEDED;
    ULONG got, to_server = 0, to_client = 0;
    TimeStamp expiry;
    if (ends.open) {
        DeleteSecurityContext(&ends.c);
        DeleteSecurityContext(&ends.s);
    }
    for (int first = 1; client == SEC_I_CONTINUE_NEEDED || server == SEC_I_CONTINUE_NEEDED; first = 0) {
        SecBuffer in[] = { { to_client, TOKEN, ends.to_client } }, out[] = { { TOKEN_ROOM, TOKEN, ends.to_server } };
        if (client == SEC_I_CONTINUE_NEEDED) {
            client = InitializeSecurityContextA(&ends.client, first ? NULL : &ends.c, ends.target, isc, 0,
                                                SECURITY_NATIVE_DREP, first ? NULL : LIST(in), 0, &ends.c, LIST(out),
                                                &got, &expiry);
            to_server = out[0].cbBuffer;
        }
        SecBuffer taken[] = { { to_server, TOKEN, ends.to_server } },
                  back[] = { { TOKEN_ROOM, TOKEN, ends.to_client } };
        if (client >= 0 && server == SEC_I_CONTINUE_NEEDED) {
            server = AcceptSecurityContext(&ends.server, first ? NULL : &ends.s, LIST(taken), asc, SECURITY_NATIVE_DREP,
                                           &ends.s, LIST(back), &got, &expiry);
            to_client = back[0].cbBuffer;
            server = as_it_needs(server, LIST(back));
        }
        if (client < 0 || server < 0)
            bench_die("handshake", (unsigned long)(uint32_t)client, (unsigned long)(uint32_t)server);
    }
    SecPkgContext_Sizes sizes;
    must("QueryContextAttributes", QueryContextAttributesA(&ends.c, SECPKG_ATTR_SIZES, &sizes));
    ends.trailer = sizes.cbSecurityTrailer;
    ends.sent = ends.received = 0;
    ends.open = 1;
}

static void seal(slot *s)
{
    SecBuffer b[] = { { ends.trailer, TOKEN, s->token_room }, { (ULONG)s->n, SECBUFFER_DATA, s->data } };
    must("EncryptMessage", EncryptMessage(&ends.c, 0, LIST(b), ends.sent++));
    s->token = b[0].cbBuffer;
}

static void open_it(slot *s)
{
    ULONG qop;
    SecBuffer b[] = { { (ULONG)s->token, TOKEN, s->token_room }, { (ULONG)s->n, SECBUFFER_DATA, s->data } };
    must("DecryptMessage", DecryptMessage(&ends.s, LIST(b), ends.received++, &qop));
}

const side side_sspi = { "sspi", acquire, establish, seal, open_it };
