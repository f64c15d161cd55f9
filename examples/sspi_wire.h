/* What sspi_client and sspi_server have in common: blobs behind their length, and messages in blobs. */
#ifndef SSPI_WIRE_H
#define SSPI_WIRE_H

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { MAX_BLOB = 65536, MAX_LINE = 1024 };

static _Noreturn void die(const char *what, SECURITY_STATUS ss)
{
    fprintf(stderr, "%s: 0x%08X\n", what, (unsigned)ss);
    exit(1);
}

static _Noreturn void usage(const char *text)
{
    fprintf(stderr, "usage: %s\n", text);
    exit(2);
}

static void send_all(int s, const void *p, size_t n)
{
    for (ssize_t k; n; p = (const char *)p + k, n -= (size_t)k)
        if ((k = send(s, p, n, MSG_NOSIGNAL)) <= 0)
            die("the connection ended", 0);
}

static void receive_all(int s, void *p, size_t n)
{
    for (ssize_t k; n; p = (char *)p + k, n -= (size_t)k)
        if ((k = recv(s, p, n, 0)) <= 0)
            die("the connection ended", 0);
}

static void send_blob(int s, const void *p, ULONG n)
{
    ULONG size = htonl(n);
    send_all(s, &size, sizeof size);
    send_all(s, p, n);
}

/* into holds MAX_BLOB octets. */
static ULONG receive_blob(int s, BYTE *into)
{
    ULONG size;
    receive_all(s, &size, sizeof size);
    size = ntohl(size);
    if (size > MAX_BLOB)
        die("the peer sends too much", 0);
    receive_all(s, into, size);
    return size;
}

/* A blob: four octets that tell how long the token is, the token, the message, the padding. */
static inline void send_sealed(int s, CtxtHandle *context, const char *line)
{
    SecPkgContext_Sizes sizes;
    BYTE token[256], data[MAX_LINE], padding[32], blob[4 + sizeof token + sizeof data + sizeof padding];
    SECURITY_STATUS ss = QueryContextAttributes(context, SECPKG_ATTR_SIZES, &sizes);
    if (ss != SEC_E_OK || sizes.cbSecurityTrailer > sizeof token || sizes.cbBlockSize > sizeof padding)
        die("QueryContextAttributes", ss);
    ULONG n = (ULONG)snprintf((char *)data, sizeof data, "%s", line);
    SecBuffer b[] = { { sizes.cbSecurityTrailer, SECBUFFER_TOKEN, token },
                      { n, SECBUFFER_DATA, data },
                      { sizes.cbBlockSize, SECBUFFER_PADDING, padding } };
    SecBufferDesc desc = { SECBUFFER_VERSION, 3, b };
    ss = EncryptMessage(context, 0, &desc, 0);
    if (ss != SEC_E_OK)
        die("EncryptMessage", ss);
    ULONG at = 4, size = htonl(b[0].cbBuffer);
    memcpy(blob, &size, 4);
    for (int i = 0; i < 3; i++) {
        memcpy(blob + at, b[i].pvBuffer, b[i].cbBuffer);
        at += b[i].cbBuffer;
    }
    send_blob(s, blob, at);
}

/* line holds MAX_LINE octets. */
static inline void receive_sealed(int s, CtxtHandle *context, char *line)
{
    static BYTE blob[MAX_BLOB];
    ULONG n = receive_blob(s, blob), token = 0, qop = 0;
    if (n >= 4) {
        memcpy(&token, blob, 4);
        token = ntohl(token);
    }
    if (n < 4 || token > n - 4 || n - 4 - token >= MAX_LINE)
        die("the peer sends nonsense", 0);
    SecBuffer b[] = { { token, SECBUFFER_TOKEN, blob + 4 }, { n - 4 - token, SECBUFFER_DATA, blob + 4 + token } };
    SecBufferDesc desc = { SECBUFFER_VERSION, 2, b };
    SECURITY_STATUS ss = DecryptMessage(context, &desc, 0, &qop);
    if (ss != SEC_E_OK)
        die("DecryptMessage", ss);
    memcpy(line, b[1].pvBuffer, b[1].cbBuffer);
    line[b[1].cbBuffer] = 0;
}

static inline int connect_to(const char *port)
{
    struct sockaddr_in a = { .sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(port)) };
    int s = socket(AF_INET, SOCK_STREAM, 0);
    a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (s < 0 || connect(s, (struct sockaddr *)&a, sizeof a))
        die("connect", 0);
    return s;
}

/* Listen on a port of the system's choice, say which, and take the first connection. */
static inline int accept_one(void)
{
    struct sockaddr_in a = { .sin_family = AF_INET };
    socklen_t n = sizeof a;
    int l = socket(AF_INET, SOCK_STREAM, 0);
    a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (l < 0 || bind(l, (struct sockaddr *)&a, sizeof a) || listen(l, 1) || getsockname(l, (struct sockaddr *)&a, &n))
        die("listen", 0);
    printf("%d\n", ntohs(a.sin_port));
    fflush(stdout);
    int s = accept(l, NULL, NULL);
    close(l);
    if (s < 0)
        die("accept", 0);
    return s;
}

#endif
