/* A peer in a process of its own: the NTLM package of WinPR's SSPI. */
#include "ntlm_line.h"
#include <winpr/ssl.h>
#include <winpr/sspi.h>

static struct peer {
    SecurityFunctionTableA *f;
    CredHandle cred;
    CtxtHandle ctx;
    int initiator, begun;
    ULONG sent, received; /* this package wants its sequence numbers from the caller */
    char target[256], domain[64], user[64], password[64];
    ULONG want;
    uint8_t bindings[sizeof(SEC_CHANNEL_BINDINGS) + 512];
    ULONG bindings_len;
    line_octets in, more;
} peer;

static void bind(const char *hex)
{
    line_octets *app = &peer.in;
    SEC_CHANNEL_BINDINGS *b = (void *)peer.bindings;
    line_read_hex(hex, app);
    if (!app->len || app->len > 512)
        return;
    b->cbApplicationDataLength = (UINT32)app->len;
    b->dwApplicationDataOffset = sizeof *b;
    memcpy(peer.bindings + sizeof *b, app->data, app->len);
    peer.bindings_len = (ULONG)(sizeof *b + app->len);
}

static void acquire(ULONG use)
{
    SEC_WINNT_AUTH_IDENTITY_A id = { 0 };
    id.User = (BYTE *)peer.user;
    id.UserLength = (UINT32)strlen(peer.user);
    id.Domain = (BYTE *)peer.domain;
    id.DomainLength = (UINT32)strlen(peer.domain);
    id.Password = (BYTE *)peer.password;
    id.PasswordLength = (UINT32)strlen(peer.password);
    id.Flags = SEC_WINNT_AUTH_IDENTITY_ANSI;
    static char ntlm[] = "NTLM";
    char *named = getenv("PEER_PACKAGE"), *package = named ? named : ntlm;
    SECURITY_STATUS st = peer.f->AcquireCredentialsHandleA(
        NULL, package, use, NULL, use == SECPKG_CRED_OUTBOUND ? &id : NULL, NULL, NULL, &peer.cred, NULL);
    if (st != SEC_E_OK)
        line_error("AcquireCredentialsHandle", (unsigned long)(uint32_t)st, 0);
    else
        line_answer("ok", NULL, 0, NULL);
}

static void open_initiator(char *w[8])
{
    peer.initiator = 1;
    snprintf(peer.target, sizeof peer.target, "%s", w[1]);
    snprintf(peer.domain, sizeof peer.domain, "%s", w[2]);
    snprintf(peer.user, sizeof peer.user, "%s", w[3]);
    snprintf(peer.password, sizeof peer.password, "%s", w[4]);
    peer.want = (strchr(w[5], 's') ? ISC_REQ_INTEGRITY : 0u) | (strchr(w[5], 'c') ? ISC_REQ_CONFIDENTIALITY : 0u);
    bind(w[6]);
    acquire(SECPKG_CRED_OUTBOUND);
}

/* The acceptor's one account: the NT hash of "Password" [MS-NLMP 4.2.2.1.2]. */
static SECURITY_STATUS give_hash(void)
{
    static const uint8_t hash[16] = "\xa4\xf4\x9c\x40\x65\x10\xbd\xca\xb6\x82\x4e\xe7\xc3\x0f\xd8\x52";
    SecPkgContext_AuthNtlmHash h = { .Version = 1 };
    memcpy(h.NtlmHash, hash, 16);
    return peer.f->SetContextAttributesA(&peer.ctx, SECPKG_ATTR_AUTH_NTLM_HASH, &h, sizeof h);
}

static void step(char *w[8])
{
    static uint8_t out_data[8192];
    line_read_hex(w[1], &peer.in);
    SecBuffer in[2] = { { (ULONG)peer.in.len, SECBUFFER_TOKEN, peer.in.data },
                        { peer.bindings_len, SECBUFFER_CHANNEL_BINDINGS, peer.bindings } };
    SecBuffer out[1] = { { sizeof out_data, SECBUFFER_TOKEN, out_data } };
    SecBufferDesc ind = { SECBUFFER_VERSION, peer.bindings_len ? 2 : 1, in }, outd = { SECBUFFER_VERSION, 1, out };
    ULONG got = 0;
    TimeStamp expiry;
    SECURITY_STATUS st;
    char flags[16];
    int first = !peer.begun;
    if (peer.initiator)
        st = peer.f->InitializeSecurityContextA(&peer.cred, first ? NULL : &peer.ctx, peer.target, peer.want, 0,
                                                SECURITY_NATIVE_DREP, first ? NULL : &ind, 0, &peer.ctx, &outd, &got,
                                                &expiry);
    else
        st = peer.f->AcceptSecurityContext(&peer.cred, first ? NULL : &peer.ctx, &ind, peer.want, SECURITY_NATIVE_DREP,
                                           &peer.ctx, &outd, &got, &expiry);
    peer.begun = 1;
    if (st == SEC_I_COMPLETE_NEEDED) /* an acceptor verifies response and MIC only now */
        st = peer.f->CompleteAuthToken(&peer.ctx, &outd);
    if (st == SEC_I_CONTINUE_NEEDED && !peer.initiator && give_hash() != SEC_E_OK)
        line_error("SetContextAttributes", 0, 0);
    else if (st == SEC_I_CONTINUE_NEEDED)
        line_answer("more", out_data, out[0].cbBuffer, NULL);
    else if (st == SEC_E_OK) {
        snprintf(flags, sizeof flags, "%x", got);
        line_answer("done", out_data, peer.initiator ? out[0].cbBuffer : 0, flags);
    } else
        line_error("step", (unsigned long)(uint32_t)st, 0);
}

static void protect(char *w[8], char op)
{
    uint8_t token[16];
    static uint8_t all[LINE_OCTETS];
    SecBuffer b[2];
    SecBufferDesc d = { SECBUFFER_VERSION, 2, b };
    SECURITY_STATUS st;
    ULONG qop = 0;
    line_read_hex(w[1], &peer.in);
    line_read_hex(w[2], &peer.more);
    b[0] = (SecBuffer){ 16, SECBUFFER_TOKEN, token };
    b[1] = (SecBuffer){ (ULONG)peer.in.len, SECBUFFER_DATA, peer.in.data };
    if (op == 'u') {
        memcpy(token, peer.in.data, 16);
        b[1] = (SecBuffer){ (ULONG)peer.in.len - 16, SECBUFFER_DATA, peer.in.data + 16 };
        st = peer.f->DecryptMessage(&peer.ctx, &d, peer.received, &qop);
    } else if (op == 'w') {
        st = peer.f->EncryptMessage(&peer.ctx, 0, &d, peer.sent);
    } else if (op == 'm') {
        st = peer.f->MakeSignature(&peer.ctx, 0, &d, peer.sent);
    } else {
        memcpy(token, peer.more.data, 16);
        st = peer.f->VerifySignature(&peer.ctx, &d, peer.received, &qop);
    }
    if (st != SEC_E_OK) {
        line_error("protect", (unsigned long)(uint32_t)st, 0);
        return;
    }
    ++*(op == 'w' || op == 'm' ? &peer.sent : &peer.received);
    size_t skip = op == 'w' ? 16 : 0;
    memcpy(all, token, 16);
    memcpy(all + skip, b[1].pvBuffer, b[1].cbBuffer);
    line_answer("ok", op == 'm' ? token : all, op == 'm' ? 16 : op == 'v' ? 0 : skip + b[1].cbBuffer, NULL);
}

int main(void)
{
    static char line[2 * LINE_OCTETS + 64];
    char *w[8];
    winpr_InitializeSSL(WINPR_SSL_INIT_DEFAULT);
    peer.f = InitSecurityInterfaceExA(0);
    while (fgets(line, sizeof line, stdin)) {
        line_words(line, w);
        if (!strcmp(w[0], "init"))
            open_initiator(w);
        else if (!strcmp(w[0], "accept")) {
            bind(w[2]);
            peer.want = strchr(w[1], 'c') ? ASC_REQ_CONFIDENTIALITY : 0; /* it seals when told, not when negotiated */
            acquire(SECPKG_CRED_INBOUND);
        } else if (!strcmp(w[0], "token"))
            step(w);
        else if (strchr("wumv", w[0][0]))
            protect(w, w[0][0]);
        else
            line_error("unknown command", 0, 0);
    }
    return 0;
}
