/*
 * TLS over SSPI and a socket, for peers that are programs: tests/peers/sspi_streams.py runs it. Nothing here but what a
 * program for Windows has; certificates, which Windows keeps in stores, come from files.
 *
 * sspi_stream_line serve|connect PORT [option=value ...]: cert, key, trust (files), target, alpn (names with commas), max
 * (1.2) and min (1.3), ask=1 (for a client's certificate), manual=1 (validate ourselves), text, size,
 * package (NTLM ...), spn, user (DOMAIN\NAME:PASSWORD), bind=no, mode:
 *   echo    send back what comes, until the peer ends       talk    send text, print what comes, end
 *   http    answer requests                                 source  send size octets, end
 *   sink    take size octets, print their sum, end          bound   authenticate again, inside, bound to the stream
 *
 * serve prints "port N" first. After the handshake "open MUTUAL|NAME|PROTOCOL|VERSION|EXPORTED", at the end "closed" where
 * the peer said so, else "cut"; any failure is "failed STATUS".
 */
#include "sspi_stream.h"
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

typedef struct line {
    stream s;
    int argc;
    char **argv;
    BYTE protocols[256], plain[STREAM_ROOM];
} line;

static const char *option(const line *l, const char *name)
{
    size_t n = strlen(name);
    for (int i = 3; i < l->argc; i++)
        if (!strncmp(l->argv[i], name, n) && l->argv[i][n] == '=')
            return l->argv[i] + n + 1;
    return NULL;
}

static bool is(const line *l, const char *name, const char *value)
{
    const char *has = option(l, name);
    return has && !strcmp(has, value);
}

static _Noreturn void die(const char *what, SECURITY_STATUS ss)
{
    printf("broken %s %08X\n", what, (unsigned)ss);
    exit(2);
}

static int failed(SECURITY_STATUS ss)
{
    printf("failed %08X\n", (unsigned)ss);
    return 1;
}

/* ---- what the program was told ---- */

static void acquire(line *l)
{
    PCCERT_CONTEXT cert = NULL;
    SCHANNEL_CRED wish = { .dwVersion = SCHANNEL_CRED_VERSION };
    HCERTSTORE roots = NULL;
    const char *own = option(l, "cert"), *trust = option(l, "trust");
    SECURITY_STATUS ss = own ? troth_sspi_cert_from_files(own, option(l, "key"), NULL, &cert) : SEC_E_OK;
    if (!ss && trust)
        ss = troth_sspi_store_from_file(trust, &roots);
    if (ss)
        die("certificate", ss);
    wish.cCreds = own != NULL;
    wish.paCred = &cert;
    wish.hRootStore = roots;
    wish.dwFlags = is(l, "manual", "1") ? SCH_CRED_MANUAL_CRED_VALIDATION : 0;
    if (is(l, "max", "1.2"))
        wish.grbitEnabledProtocols = SP_PROT_TLS1_2;
    if (is(l, "min", "1.3"))
        wish.grbitEnabledProtocols = SP_PROT_TLS1_3;
    ss = AcquireCredentialsHandleA(NULL, (SEC_CHAR *)(ULONG_PTR)UNISP_NAME_A,
                                   l->s.client ? SECPKG_CRED_OUTBOUND : SECPKG_CRED_INBOUND, NULL, &wish, NULL, NULL,
                                   &l->s.cred, NULL);
    if (ss)
        die("credential", ss);
    (void)CertFreeCertificateContext(cert); /* the credential has what it needs */
    (void)CertCloseStore(roots, 0);
}

static void name_protocols(line *l, const char *names)
{
    BYTE *list = l->protocols + 10;
    size_t n = 0;
    for (const char *at = names, *end; at; at = *end ? end + 1 : NULL) {
        end = at + strcspn(at, ",");
        size_t k = (size_t)(end - at);
        if (n + k + 11 > sizeof l->protocols)
            die("alpn", 0);
        list[n] = (BYTE)k;
        memcpy(list + n + 1, at, k);
        n += k + 1;
    }
    ULONG all = (ULONG)n + 6, ext = SecApplicationProtocolNegotiationExt_ALPN;
    USHORT size = (USHORT)n;
    memcpy(l->protocols, &all, 4);
    memcpy(l->protocols + 4, &ext, 4);
    memcpy(l->protocols + 8, &size, 2);
    l->s.protocols = l->protocols;
    l->s.n_protocols = (ULONG)n + 10;
}

static int connection(const char *how, const char *port)
{
    struct sockaddr_in at = { .sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(port)) };
    socklen_t n = sizeof at;
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    if (!strcmp(how, "connect")) {
        if (connect(fd, (struct sockaddr *)&at, sizeof at))
            die("connect", 0);
        return fd;
    }
    if (bind(fd, (struct sockaddr *)&at, sizeof at) || listen(fd, 1) || getsockname(fd, (struct sockaddr *)&at, &n))
        die("listen", 0);
    printf("port %u\n", ntohs(at.sin_port));
    fflush(stdout);
    int peer = accept(fd, NULL, NULL);
    close(fd);
    return peer;
}

/* ---- what the stream is ---- */

static void tell(line *l)
{
    CtxtHandle *h = &l->s.context;
    SecPkgContext_ApplicationProtocol alpn = { 0 };
    SecPkgContext_ConnectionInfo info = { 0 };
    SecPkgContext_NativeNamesA names = { 0 };
    SecPkgContext_KeyingMaterial material = { 0 };
    static char label[] = "EXPORTER-Channel-Binding";
    SecPkgContext_KeyingMaterialInfo wanted = { sizeof label, label, 0, NULL, 32 };
    bool mutual = l->s.ret & (l->s.client ? ISC_RET_MUTUAL_AUTH : ASC_RET_MUTUAL_AUTH);
    SECURITY_STATUS ss = QueryContextAttributesA(h, SECPKG_ATTR_APPLICATION_PROTOCOL, &alpn);
    if (!ss)
        ss = QueryContextAttributesA(h, SECPKG_ATTR_CONNECTION_INFO, &info);
    if (!ss && mutual)
        ss = QueryContextAttributesA(h, SECPKG_ATTR_NATIVE_NAMES, &names);
    if (!ss)
        ss = SetContextAttributesA(h, SECPKG_ATTR_KEYING_MATERIAL_INFO, &wanted, sizeof wanted);
    if (!ss)
        ss = QueryContextAttributesA(h, SECPKG_ATTR_KEYING_MATERIAL, &material);
    if (ss)
        die("query", ss);
    const char *peer = l->s.client ? names.sServerName : names.sClientName;
    printf("open %d|%s|%.*s|%s|", mutual, peer ? peer : "", alpn.ProtocolIdSize, (const char *)alpn.ProtocolId,
           info.dwProtocol & SP_PROT_TLS1_3 ? "1.3" : "1.2");
    for (DWORD i = 0; i < material.cbKeyingMaterial; i++)
        printf("%02X", material.pbKeyingMaterial[i]);
    printf("\n");
    fflush(stdout);
    if (mutual) {
        (void)FreeContextBuffer(names.sClientName);
        (void)FreeContextBuffer(names.sServerName);
    }
    (void)FreeContextBuffer(material.pbKeyingMaterial);
}

/* Who validates itself looks at the certificate, and at what ours would have said. */
static void tell_verdict(const line *l)
{
    SecPkgContext_TrothVerdict v;
    PCCERT_CONTEXT cert;
    SECURITY_STATUS ss = QueryContextAttributesA((CtxtHandle *)&l->s.context, SECPKG_ATTR_REMOTE_CERT_CONTEXT, &cert);
    if (!ss)
        ss = QueryContextAttributesA((CtxtHandle *)&l->s.context, SECPKG_ATTR_TROTH_VERDICT, &v);
    if (ss)
        die("verdict", ss);
    printf("verdict %08X of %u octets\n", (unsigned)v.Status, cert->cbCertEncoded);
    (void)CertFreeCertificateContext(cert);
}

/* ---- what goes over it ---- */

/* Both ends, whoever began. */
static int finish(line *l, SECURITY_STATUS ss)
{
    size_t n;
    if (FAILED(ss))
        return failed(ss);
    if (!l->s.ended && !l->s.cut) {
        (void)stream_end(&l->s);
        do
            ss = stream_receive(&l->s, l->plain, &n);
        while (!ss);
        if (FAILED(ss))
            return failed(ss);
    } else {
        (void)stream_end(&l->s);
    }
    printf("%s\n", l->s.ended ? "closed" : "cut");
    return 0;
}

static int echo(line *l)
{
    size_t n;
    SECURITY_STATUS ss;
    while (!(ss = stream_receive(&l->s, l->plain, &n)) && !(ss = stream_send(&l->s, l->plain, n)))
        ;
    return finish(l, ss);
}

static int talk(line *l)
{
    size_t n = 0;
    const char *text = option(l, "text");
    SECURITY_STATUS ss = text ? stream_send(&l->s, text, strlen(text)) : SEC_E_OK;
    if (!ss)
        ss = stream_receive(&l->s, l->plain, &n);
    if (!ss)
        printf("got %.*s\n", (int)n, (const char *)l->plain);
    return finish(l, ss);
}

/* Requests without a body, one behind the other, until the client ends. */
static int http(line *l)
{
    static const char answer[] = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 6\r\n\r\nhello\n";
    static char request[8192];
    size_t have = 0, n;
    SECURITY_STATUS ss;
    while (!(ss = stream_receive(&l->s, l->plain, &n))) {
        if (have + n >= sizeof request)
            return failed(SEC_E_INVALID_TOKEN);
        memcpy(request + have, l->plain, n);
        request[have += n] = 0;
        for (char *end; !ss && (end = strstr(request, "\r\n\r\n")); have = strlen(request)) {
            printf("request %.*s\n", (int)strcspn(request, "\r"), request);
            memmove(request, end + 4, strlen(end + 4) + 1);
            ss = stream_send(&l->s, answer, sizeof answer - 1);
        }
        if (ss)
            break;
    }
    return finish(l, ss);
}

static size_t size_of(const line *l)
{
    const char *size = option(l, "size");
    return size ? strtoul(size, NULL, 10) : 0;
}

/* Digits, of which no peer makes a command. */
static int source(line *l)
{
    size_t size = size_of(l);
    SECURITY_STATUS ss = SEC_E_OK;
    for (size_t done = 0, part; !ss && done < size; done += part) {
        part = size - done < sizeof l->plain ? size - done : sizeof l->plain;
        for (size_t i = 0; i < part; i++)
            l->plain[i] = (BYTE)((done + i) % 64 == 63 ? '\n' : '0' + (done + i) / 7 % 10);
        ss = stream_send(&l->s, l->plain, part);
    }
    return finish(l, ss);
}

static int sink(line *l)
{
    size_t size = size_of(l), done = 0, n = 0;
    unsigned long long sum = 14695981039346656037ull; /* FNV-1a */
    SECURITY_STATUS ss = SEC_E_OK;
    while (done < size && !(ss = stream_receive(&l->s, l->plain, &n))) {
        for (size_t i = 0; i < n; i++)
            sum = (sum ^ l->plain[i]) * 1099511628211ull;
        done += n;
    }
    printf("sum %zu %016llx\n", done, sum);
    return finish(l, ss);
}

/* ---- another context inside, bound to the stream ---- */

typedef struct inner {
    CredHandle cred;
    CtxtHandle context;
    SecPkgContext_Bindings bindings;
    BYTE token[65536];
    ULONG n;
} inner;

/* A token behind four octets of its length. */
static SECURITY_STATUS send_token(line *l, const void *p, ULONG n)
{
    ULONG size = htonl(n);
    SECURITY_STATUS ss = stream_send(&l->s, &size, sizeof size);
    return ss ? ss : stream_send(&l->s, p, n);
}

static SECURITY_STATUS receive_token(line *l, inner *i)
{
    size_t have = 0, n;
    ULONG size = 0;
    while (have < 4 || have < 4 + (size_t)size) {
        SECURITY_STATUS ss = stream_receive(&l->s, l->plain, &n);
        if (ss)
            return ss;
        if (have + n > sizeof i->token)
            return SEC_E_INVALID_TOKEN;
        memcpy(i->token + have, l->plain, n);
        have += n;
        if (have >= 4) {
            memcpy(&size, i->token, 4);
            size = ntohl(size);
        }
    }
    i->n = size;
    memmove(i->token, i->token + 4, size);
    return SEC_E_OK;
}

static SECURITY_STATUS inner_leg(line *l, inner *i, bool first)
{
    SecBuffer in[2] = { { 0 } }, out = { 0, SECBUFFER_TOKEN, NULL };
    SecBufferDesc list = { SECBUFFER_VERSION, 0, in }, out_list = { SECBUFFER_VERSION, 1, &out };
    const char *spn = option(l, "spn");
    ULONG ret;
    if (!l->s.client || !first)
        in[list.cBuffers++] = (SecBuffer){ i->n, SECBUFFER_TOKEN, i->token };
    if (i->bindings.Bindings)
        in[list.cBuffers++] =
            (SecBuffer){ i->bindings.BindingsLength, SECBUFFER_CHANNEL_BINDINGS, i->bindings.Bindings };
    CtxtHandle *context = first ? NULL : &i->context;
    const ULONG isc = ISC_REQ_ALLOCATE_MEMORY | ISC_REQ_INTEGRITY, asc = ASC_REQ_ALLOCATE_MEMORY | ASC_REQ_INTEGRITY;
    SECURITY_STATUS ss =
        l->s.client ? InitializeSecurityContextA(&i->cred, context, (SEC_CHAR *)(ULONG_PTR)spn, isc, 0, 0, &list, 0,
                                                 &i->context, &out_list, &ret, NULL)
                    : AcceptSecurityContext(&i->cred, context, &list, asc, 0, &i->context, &out_list, &ret, NULL);
    if (!FAILED(ss) && out.cbBuffer) {
        SECURITY_STATUS sent = send_token(l, out.pvBuffer, out.cbBuffer);
        (void)FreeContextBuffer(out.pvBuffer);
        ss = sent ? sent : ss;
    }
    return ss;
}

static void inner_acquire(const line *l, inner *i)
{
    const char *user = option(l, "user"), *package = option(l, "package");
    SEC_WINNT_AUTH_IDENTITY_A id = { .Flags = SEC_WINNT_AUTH_IDENTITY_ANSI };
    if (user) {
        const char *name = strchr(user, '\\') + 1, *password = strchr(user, ':') + 1;
        id.Domain = (UCHAR *)(ULONG_PTR)user;
        id.DomainLength = (ULONG)(name - 1 - user);
        id.User = (UCHAR *)(ULONG_PTR)name;
        id.UserLength = (ULONG)(password - 1 - name);
        id.Password = (UCHAR *)(ULONG_PTR)password;
        id.PasswordLength = (ULONG)strlen(password);
    }
    SECURITY_STATUS ss = AcquireCredentialsHandleA(NULL, (SEC_CHAR *)(ULONG_PTR)package,
                                                   l->s.client ? SECPKG_CRED_OUTBOUND : SECPKG_CRED_INBOUND, NULL,
                                                   user ? &id : NULL, NULL, NULL, &i->cred, NULL);
    if (ss)
        die("inner credential", ss);
}

static int bound(line *l)
{
    static inner i;
    SecPkgContext_NamesA names;
    inner_acquire(l, &i);
    SECURITY_STATUS ss = SEC_E_OK;
    if (!is(l, "bind", "no"))
        ss = QueryContextAttributesA(&l->s.context, SECPKG_ATTR_ENDPOINT_BINDINGS, &i.bindings);
    if (ss)
        die("bindings", ss);
    ss = SEC_I_CONTINUE_NEEDED;
    for (bool first = true; ss == SEC_I_CONTINUE_NEEDED; first = false) {
        if (!l->s.client || !first)
            ss = receive_token(l, &i);
        if (!FAILED(ss) && ss != SEC_I_CONTEXT_EXPIRED)
            ss = inner_leg(l, &i, first);
    }
    if (!ss && !l->s.client && !QueryContextAttributesA(&i.context, SECPKG_ATTR_NAMES, &names)) {
        printf("bound %s\n", names.sUserName);
        (void)FreeContextBuffer(names.sUserName);
    } else if (!ss) {
        printf("bound\n");
    }
    if (i.bindings.Bindings)
        (void)FreeContextBuffer(i.bindings.Bindings);
    (void)DeleteSecurityContext(&i.context);
    (void)FreeCredentialsHandle(&i.cred);
    return finish(l, ss);
}

static int run(line *l)
{
    static const struct {
        const char *name;
        int (*run)(line *);
    } modes[] = { { "echo", echo },     { "talk", talk }, { "http", http },
                  { "source", source }, { "sink", sink }, { "bound", bound } };
    for (size_t i = 0; i < sizeof modes / sizeof *modes; i++)
        if (is(l, "mode", modes[i].name))
            return modes[i].run(l);
    die("mode", 0);
}

int main(int argc, char **argv)
{
    static line l;
    if (argc < 3)
        return 2;
    alarm(60);
    l.argc = argc;
    l.argv = argv;
    l.s.client = !strcmp(argv[1], "connect");
    l.s.target = option(&l, "target");
    l.s.req = l.s.client ? ISC_REQ_STREAM | ISC_REQ_CONFIDENTIALITY | ISC_REQ_MUTUAL_AUTH : ASC_REQ_STREAM;
    if (is(&l, "ask", "1"))
        l.s.req |= ASC_REQ_MUTUAL_AUTH;
    if (option(&l, "alpn"))
        name_protocols(&l, option(&l, "alpn"));
    acquire(&l);
    l.s.fd = connection(argv[1], argv[2]);
    SECURITY_STATUS ss = stream_shake(&l.s);
    int ret = 1;
    if (ss) {
        (void)failed(ss);
    } else {
        tell(&l);
        if (is(&l, "manual", "1"))
            tell_verdict(&l);
        ret = run(&l);
    }
    shutdown(l.s.fd, SHUT_WR);
    close(l.s.fd);
    (void)DeleteSecurityContext(&l.s.context);
    (void)FreeCredentialsHandle(&l.s.cred);
    return ret;
}
