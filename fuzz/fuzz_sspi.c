/*
 * SSPI's calls against a peer, and a caller, that are the input. First octet: bit 0 Negotiate, else NTLM; bits 1 and 2 what
 * the rest is: 0 tokens for an acceptor, 1 tokens for an initiator, 2 messages for a context that stands, 3 lists of
 * buffers for it; bit 3 datagram, bit 4 nobody is let in as well, bit 5 confidentiality. Tokens and messages are rows of
 * tokens.h. All that a call reads or writes ends where memory ends.
 */
#include <sspi/process.h>
#include <stdio.h>
#include <support/edge.h>
#include <support/env.h>
#include <support/sspi.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <tokens.h>
#include <unistd.h>

enum { ROOM = 4096, LISTS = 8, MOST_LEGS = 12 };

typedef struct setup {
    bool ready;
    edge e[LISTS];
} setup;

typedef struct rig {
    setup *s;
    uint8_t how;
    CredHandle cc, sc;
    CtxtHandle c, h;
} rig;

/* A file that is nowhere but in memory. */
static void file_of(const char *text, char path[64])
{
    int fd = memfd_create("sspi", 0);
    fuzz_demand(fd >= 0 && fchmod(fd, 0600) == 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text));
    snprintf(path, 64, "/proc/self/fd/%d", fd);
}

static void set_up(setup *s)
{
    char users[64], conf[64], text[256];
    if (s->ready)
        return;
    file_of("User:1000:XXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXX:A4F49C406510BDCAB6824EE7C30FD852:[U          ]:LCT-00000000:\n",
            users);
    snprintf(text, sizeof text, "[ntlm]\nusers = %s\ndomain = DOM\nhost = SERVER\n[negotiate]\nntlm = yes\n", users);
    file_of(text, conf);
    setenv("TROTH_SSPI_CONFIG", conf, 1);
    file_of("[libdefaults]\ndns_lookup_kdc = false\ndns_lookup_realm = false\n",
            conf); /* Negotiate asks for Kerberos, too */
    setenv("KRB5_CONFIG", conf, 1);
    for (size_t i = 0; i < LISTS; i++)
        edge_init(&s->e[i]);
    s->ready = true;
}

static ULONG requirements(const rig *r)
{
    return (r->how & 8 ? (ULONG)ISC_REQ_DATAGRAM : 0u) | (r->how & 32 ? (ULONG)ISC_REQ_CONFIDENTIALITY : 0u) | 4u;
}

/* One leg of either side; out is at e[1]. */
static SECURITY_STATUS leg(rig *r, bool server, bool first, troth_bytes in, SecBuffer *out)
{
    SecBuffer token = { (ULONG)in.len, SECBUFFER_TOKEN, edge_copy(&r->s->e[0], in.data, in.len) };
    SecBufferDesc in_list = { SECBUFFER_VERSION, 1, &token }, out_list = { SECBUFFER_VERSION, 1, out };
    ULONG ret = 0x5a5a, req = requirements(r);
    CtxtHandle *h = server ? &r->h : &r->c, before = *h;
    *out = (SecBuffer){ ROOM, SECBUFFER_TOKEN, edge_last(&r->s->e[1], ROOM) };
    if (server && r->how & 16)
        req |= ASC_REQ_ALLOW_NULL_SESSION;
    SECURITY_STATUS st = server ? AcceptSecurityContext(first ? &r->sc : NULL, first ? NULL : h, &in_list, req, 0, h,
                                                        &out_list, &ret, NULL)
                                : InitializeSecurityContextA(first ? &r->cc : NULL, first ? NULL : h, NULL, req, 0, 0,
                                                             first ? NULL : &in_list, 0, h, &out_list, &ret, NULL);
    if (st < 0)
        fuzz_demand(ret == 0x5a5a && memcmp(h, &before, sizeof before) == 0);
    if (st == SEC_E_OK && server && in.data) /* a stranger is nobody at most */
        fuzz_demand(r->how & 64 || (r->how & 16 && ret & ASC_RET_NULL_SESSION && !(ret & ASC_RET_CONFIDENTIALITY)));
    return st;
}

static void takes_tokens(rig *r, bool server, const uint8_t *at, size_t left)
{
    SecBuffer out;
    SECURITY_STATUS st = SEC_I_CONTINUE_NEEDED;
    bool first = server;
    if (!server && leg(r, false, true, (troth_bytes){ 0 }, &out) < 0)
        return;
    for (unsigned legs = 0; legs < MOST_LEGS; legs++) {
        troth_bytes in = fuzz_next_token(&at, &left);
        if (!in.data)
            return;
        SECURITY_STATUS before = st;
        bool had = (server ? &r->h : &r->c)->dwLower != 0;
        st = leg(r, server, first, in, &out);
        first = server && !r->h.dwLower;
        if (before == SEC_E_OK)
            fuzz_demand(st == SEC_E_OUT_OF_SEQUENCE);
        if (before < 0 && had)
            fuzz_demand(st == before); /* what failed stays failed */
        if (before == SEC_E_OK)
            st = SEC_E_OK;
    }
}

/* Both sides, honestly. */
static void stands(rig *r)
{
    SecBuffer out = { 0 };
    uint8_t octets[ROOM];
    SECURITY_STATUS c = SEC_I_CONTINUE_NEEDED, s = c;
    r->how |= 64;
    for (unsigned legs = 0; legs < MOST_LEGS && (c || s); legs++) {
        bool server = legs % 2;
        memcpy(octets, out.pvBuffer ? out.pvBuffer : octets, out.cbBuffer);
        troth_bytes in = { octets, out.cbBuffer };
        SECURITY_STATUS *st = server ? &s : &c;
        if (*st)
            *st = leg(r, server, legs < 2, in, &out);
        fuzz_demand(*st >= 0);
    }
    fuzz_demand(!c && !s);
}

/* What nobody with the keys has made is never taken, and shows nothing. */
static void takes_messages(rig *r, const uint8_t *at, size_t left)
{
    stands(r);
    for (troth_bytes in = fuzz_next_token(&at, &left); in.data; in = fuzz_next_token(&at, &left)) {
        size_t token = in.len < 16 ? in.len : 16;
        SecBuffer b[2] = { { (ULONG)token, SECBUFFER_TOKEN, edge_copy(&r->s->e[0], in.data, token) },
                           { (ULONG)(in.len - token), SECBUFFER_DATA,
                             edge_copy(&r->s->e[1], in.data + token, in.len - token) } };
        SecBufferDesc list = { SECBUFFER_VERSION, 2, b };
        ULONG qop = 7;
        fuzz_demand(VerifySignature(&r->h, &list, 0, &qop) != SEC_E_OK && qop == 7);
        fuzz_demand(DecryptMessage(&r->h, &list, 0, &qop) != SEC_E_OK && qop == 7);
        SecBuffer stream[2] = { { (ULONG)in.len, SECBUFFER_STREAM, edge_copy(&r->s->e[2], in.data, in.len) },
                                { 0, SECBUFFER_DATA, NULL } };
        list.pBuffers = stream;
        fuzz_demand(DecryptMessage(&r->h, &list, 0, &qop) != SEC_E_OK && !stream[1].pvBuffer);
    }
}

static SECURITY_STATUS any_call(rig *r, unsigned which, SecBufferDesc *list)
{
    switch (which) {
    case 0:
        return EncryptMessage(&r->c, 0, list, 0);
    case 1:
        return MakeSignature(&r->c, 0, list, 0);
    case 2:
        return DecryptMessage(&r->h, list, 0, NULL);
    default:
        return VerifySignature(&r->h, list, 0, NULL);
    }
}

/* One octet for the call and the number of buffers, three for each: type, attributes and oddities, size. */
static void takes_lists(rig *r, const uint8_t *at, size_t left)
{
    troth_reader in = troth_reader_of(at, left, TROTH_BE);
    stands(r);
    while (!in.st && in.at < in.end) {
        SecBuffer b[LISTS];
        uint8_t head = troth_read_u8(&in);
        ULONG n = head % (LISTS + 1), call = head / 16;
        for (ULONG i = 0; i < n; i++) {
            uint8_t type = troth_read_u8(&in), odd = troth_read_u8(&in), size = troth_read_u8(&in);
            b[i] = (SecBuffer){ size, (ULONG)type % 32 | (ULONG)(odd & 0xf0) << 24, edge_last(&r->s->e[i], size) };
            memset(b[i].pvBuffer, 'x', size);
            if (odd & 1)
                b[i].pvBuffer = NULL;
        }
        SecBufferDesc list = { SECBUFFER_VERSION + (call == 15), n, n ? b : NULL };
        SECURITY_STATUS st = any_call(r, call % 4, &list);
        fuzz_demand(st < 0 || (st == SEC_E_OK && call % 4 < 2)); /* what was not made is never verified */
        for (ULONG i = 0; i < n; i++)                            /* and what is read-only stays as it is */
            for (ULONG k = 0; k < b[i].cbBuffer && b[i].BufferType & 0x90000000 && b[i].pvBuffer; k++)
                fuzz_demand(((uint8_t *)b[i].pvBuffer)[k] == 'x');
    }
}

static void run(rig *r, const uint8_t *data, size_t size)
{
    SEC_WINNT_AUTH_IDENTITY_A id = sspi_identity();
    const char *package = r->how & 1 ? "Negotiate" : "NTLM";
    fuzz_demand(!sspi_acquire(package, SECPKG_CRED_OUTBOUND, &id, &r->cc));
    fuzz_demand(!sspi_acquire(package, SECPKG_CRED_INBOUND, NULL, &r->sc));
    switch (r->how >> 1 & 3) {
    case 0:
    case 1:
        takes_tokens(r, !(r->how >> 1 & 1), data, size);
        break;
    case 2:
        takes_messages(r, data, size);
        break;
    default:
        takes_lists(r, data, size);
    }
    if (r->c.dwLower)
        fuzz_demand(!DeleteSecurityContext(&r->c));
    if (r->h.dwLower)
        fuzz_demand(!DeleteSecurityContext(&r->h));
    fuzz_demand(!FreeCredentialsHandle(&r->cc) && !FreeCredentialsHandle(&r->sc));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static setup s;
    test_env t;
    if (!size || size > 60000)
        return 0;
    set_up(&s);
    test_env_init(&t);
    t.seed = 1;
    fuzz_demand(!troth_sspi_process_restart(&t.env));
    rig r = { .s = &s, .how = data[0] & 63 };
    if ((r.how >> 1 & 3) >= 2)
        r.how &= (uint8_t)~8; /* a datagram's messages count otherwise: takes_tokens has them */
    run(&r, data + 1, size - 1);
    fuzz_demand(!troth_sspi_process_restart(troth_env_posix()));
    fuzz_demand(!atomic_load(&t.blocks));
    return 0;
}
