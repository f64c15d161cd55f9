#include <arpa/inet.h>
#include <host/address.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

static const char unix_prefix[] = "unix:";

static bool copy(char *out, size_t room, const char *p, size_t n)
{
    if (n >= room || memchr(p, 0, n))
        return false;
    memcpy(out, p, n);
    out[n] = 0;
    return true;
}

static bool good_port(const char *p)
{
    unsigned v = 0;
    size_t n = strlen(p);
    if (!n || n > 5)
        return false;
    for (; *p; p++) {
        if (*p < '0' || *p > '9')
            return false;
        v = v * 10 + (unsigned)(*p - '0');
    }
    return v <= 65535;
}

troth_status troth_address_read(const char *text, troth_address *ret)
{
    troth_address a = { 0 };
    if (!text)
        return TROTH_INVALID;
    if (!strncmp(text, unix_prefix, sizeof unix_prefix - 1)) {
        const char *path = text + sizeof unix_prefix - 1;
        if (!*path || !copy(a.path, sizeof a.path, path, strlen(path)))
            return TROTH_INVALID;
        *ret = a;
        return TROTH_OK;
    }
    const char *colon = strrchr(text, ':');
    if (!colon || !good_port(colon + 1))
        return TROTH_INVALID;
    const char *host = text;
    size_t n = (size_t)(colon - text);
    if (n >= 2 && host[0] == '[' && host[n - 1] == ']') {
        host++;
        n -= 2;
    } else if (memchr(host, ':', n) || memchr(host, '[', n)) {
        return TROTH_INVALID; /* an IPv6 address needs its brackets, or its last group is taken for the port */
    }
    if (!copy(a.host, sizeof a.host, host, n) || !copy(a.port, sizeof a.port, colon + 1, strlen(colon + 1)))
        return TROTH_INVALID;
    *ret = a;
    return TROTH_OK;
}

troth_status troth_address_numeric(const troth_address *a, troth_addr *ret)
{
    troth_addr out = { 0 };
    if (a->path[0]) {
        struct sockaddr_un *un = (struct sockaddr_un *)&out.sa;
        un->sun_family = AF_UNIX;
        memcpy(un->sun_path, a->path, sizeof un->sun_path);
        out.len = sizeof *un;
        *ret = out;
        return TROTH_OK;
    }
    const struct addrinfo hints = { .ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV };
    struct addrinfo *list = NULL;
    if (!a->host[0] || getaddrinfo(a->host, a->port, &hints, &list))
        return TROTH_AGAIN;
    memcpy(&out.sa, list->ai_addr, list->ai_addrlen);
    out.len = list->ai_addrlen;
    freeaddrinfo(list);
    *ret = out;
    return TROTH_OK;
}

void troth_address_print(const troth_addr *a, char ret[TROTH_ADDRESS_TEXT])
{
    char ip[INET6_ADDRSTRLEN] = "";
    ret[0] = 0;
    if (!a->len)
        return;
    switch (a->sa.ss_family) {
    case AF_INET: {
        const struct sockaddr_in *in = (const struct sockaddr_in *)&a->sa;
        inet_ntop(AF_INET, &in->sin_addr, ip, sizeof ip);
        snprintf(ret, TROTH_ADDRESS_TEXT, "%s:%u", ip, ntohs(in->sin_port));
        break;
    }
    case AF_INET6: {
        const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)&a->sa;
        inet_ntop(AF_INET6, &in6->sin6_addr, ip, sizeof ip);
        snprintf(ret, TROTH_ADDRESS_TEXT, "[%s]:%u", ip, ntohs(in6->sin6_port));
        break;
    }
    case AF_UNIX: {
        const struct sockaddr_un *un = (const struct sockaddr_un *)&a->sa;
        size_t n =
            a->len > offsetof(struct sockaddr_un, sun_path) ? a->len - offsetof(struct sockaddr_un, sun_path) : 0;
        snprintf(ret, TROTH_ADDRESS_TEXT, "unix:%.*s", (int)strnlen(un->sun_path, n), un->sun_path);
        break;
    }
    default:
        break;
    }
}

void troth_address_of(int fd, troth_addr *ret_peer, troth_addr *ret_local)
{
    ret_peer->len = ret_local->len = sizeof ret_peer->sa;
    if (getpeername(fd, (struct sockaddr *)&ret_peer->sa, &ret_peer->len))
        ret_peer->len = 0;
    if (getsockname(fd, (struct sockaddr *)&ret_local->sa, &ret_local->len))
        ret_local->len = 0;
}

static void put(troth_address_octets *o, const void *p, size_t n)
{
    memcpy(o->octets + o->len, p, n);
    o->len += n;
}

uint8_t troth_address_pair(const troth_addr *peer, const troth_addr *local, troth_address_octets *ret)
{
    enum { TCP4 = 0x11, TCP6 = 0x21, UNIX_STREAM = 0x31 };
    const void *p = &peer->sa, *l = &local->sa;
    *ret = (troth_address_octets){ 0 };
    if (!peer->len || !local->len || peer->sa.ss_family != local->sa.ss_family)
        return 0;
    if (peer->sa.ss_family == AF_INET) {
        const struct sockaddr_in *a = p, *b = l;
        put(ret, &a->sin_addr, 4);
        put(ret, &b->sin_addr, 4);
        put(ret, &a->sin_port, 2);
        put(ret, &b->sin_port, 2);
        return TCP4;
    }
    if (peer->sa.ss_family == AF_INET6) {
        const struct sockaddr_in6 *a = p, *b = l;
        put(ret, &a->sin6_addr, 16);
        put(ret, &b->sin6_addr, 16);
        put(ret, &a->sin6_port, 2);
        put(ret, &b->sin6_port, 2);
        return TCP6;
    }
    if (peer->sa.ss_family == AF_UNIX) {
        const struct sockaddr_un *a = p, *b = l;
        put(ret, a->sun_path, 108);
        put(ret, b->sun_path, 108);
        return UNIX_STREAM;
    }
    return 0;
}
