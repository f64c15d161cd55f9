/*
 * Both ORBs around the gateways, as plain as they can be: what is measured is what lies between.
 *
 *     iiop_load orb                      listens on loopback, prints "ready PORT", answers every request of GIOP 1.2
 *     iiop_load call PORT DEPTH MS       calls with DEPTH in flight on one connection; prints {"per_s": N, "done": N}
 */
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { HEAD = 12, ROOM = 65536, DEPTH_MAX = 256, AT_ID = 12, AT_STATUS = 16 };

/* Little-endian, key "key", operation "operation", no service contexts, a body of 8 octets. */
static const uint8_t request[] = { 'G', 'I', 'O', 'P', 1,   2,   1,   0,   52,  0,   0,   0,   0,   0,   0,   0,
                                   3,   0,   0,   0,   0,   0,   0,   0,   3,   0,   0,   0,   'k', 'e', 'y', 0,
                                   10,  0,   0,   0,   'o', 'p', 'e', 'r', 'a', 't', 'i', 'o', 'n', 0,   0,   0,
                                   0,   0,   0,   0,   0,   0,   0,   0,   1,   2,   3,   4,   5,   6,   7,   8 };
static const uint8_t reply[] = { 'G', 'I', 'O', 'P', 1, 2, 1, 1, 20, 0, 0, 0, 0, 0, 0, 0,
                                 0,   0,   0,   0,   0, 0, 0, 0, 1,  2, 3, 4, 5, 6, 7, 8 };

_Noreturn static void die(const char *what)
{
    perror(what);
    exit(1);
}

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void write_all(int fd, const uint8_t *p, size_t n)
{
    while (n) {
        ssize_t k = write(fd, p, n);
        if (k <= 0)
            die("write");
        p += k;
        n -= (size_t)k;
    }
}

typedef struct input {
    int fd;
    uint8_t at[ROOM];
    size_t n;
} input;

/* Length of the whole message at the front, which little-endian headers tell; 0 = it is not all there. */
static size_t whole(const uint8_t *p, size_t n)
{
    size_t len = n < HEAD ? 0 : HEAD + ((size_t)p[8] | (size_t)p[9] << 8 | (size_t)p[10] << 16);
    return len <= n ? len : 0;
}

/* Give every message that comes to `take`; false = the end. */
static bool read_some(input *in, void (*take)(void *self, const uint8_t *p), void *self)
{
    ssize_t k = read(in->fd, in->at + in->n, sizeof in->at - in->n);
    if (k <= 0)
        return false;
    in->n += (size_t)k;
    size_t at = 0;
    for (size_t len; (len = whole(in->at + at, in->n - at)) != 0; at += len)
        take(self, in->at + at);
    memmove(in->at, in->at + at, in->n - at);
    in->n -= at;
    return true;
}

static int loopback(uint16_t port)
{
    struct sockaddr_in a = { .sin_family = AF_INET, .sin_port = htons(port) };
    const int yes = 1;
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (fd < 0 || setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes))
        die("socket");
    if (port ? connect(fd, (struct sockaddr *)&a, sizeof a)
             : bind(fd, (struct sockaddr *)&a, sizeof a) || listen(fd, 16))
        die("connect, or listen");
    return fd;
}

/* ---- the server ---- */

typedef struct output {
    uint8_t at[ROOM];
    size_t n;
} output;

static void answer(void *self, const uint8_t *p)
{
    output *out = self;
    if (p[7] != 0 || out->n + sizeof reply > sizeof out->at)
        return;
    memcpy(out->at + out->n, reply, sizeof reply);
    memcpy(out->at + out->n + AT_ID, p + AT_ID, 4);
    out->n += sizeof reply;
}

static void serve(int fd)
{
    static input in;
    static output out;
    const int yes = 1;
    in.fd = fd;
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    while (read_some(&in, answer, &out)) {
        write_all(fd, out.at, out.n);
        out.n = 0;
    }
    _exit(0);
}

static int orb(void)
{
    struct sockaddr_in a;
    socklen_t n = sizeof a;
    int fd = loopback(0), peer;
    if (getsockname(fd, (struct sockaddr *)&a, &n))
        die("getsockname");
    printf("ready %u\n", ntohs(a.sin_port));
    fflush(stdout);
    while ((peer = accept(fd, NULL, NULL)) >= 0) {
        if (fork() == 0)
            serve(peer);
        close(peer);
    }
    return 1;
}

/* ---- the client ---- */

typedef struct caller {
    int fd;
    unsigned long done, sent;
    bool ends;
} caller;

static void send_one(caller *c)
{
    uint8_t m[sizeof request];
    memcpy(m, request, sizeof m);
    for (int i = 0; i < 4; i++)
        m[AT_ID + i] = (uint8_t)(c->sent >> 8 * i);
    c->sent++;
    write_all(c->fd, m, sizeof m);
}

static void replied(void *self, const uint8_t *p)
{
    caller *c = self;
    if (p[7] != 1 || p[AT_STATUS]) {
        fprintf(stderr, "iiop_load: a call failed\n");
        exit(1);
    }
    c->done++;
    if (!c->ends)
        send_one(c);
}

static int call(uint16_t port, unsigned depth, double seconds)
{
    static input in;
    caller c = { .fd = loopback(port) };
    in.fd = c.fd;
    for (unsigned i = 0; i < depth; i++)
        send_one(&c);
    if (!read_some(&in, replied, &c)) /* the first one establishes */
        die("read");
    double begun = now(), until = begun + seconds;
    unsigned long before = c.done;
    while (now() < until)
        if (!read_some(&in, replied, &c))
            die("read");
    double spent = now() - begun;
    unsigned long done = c.done - before;
    c.ends = true;
    while (c.done < c.sent && read_some(&in, replied, &c))
        ;
    printf("{\"per_s\": %.1f, \"done\": %lu}\n", (double)done / spent, done);
    return 0;
}

int main(int argc, char **argv)
{
    if (argc == 2 && !strcmp(argv[1], "orb"))
        return orb();
    unsigned depth = argc == 5 ? (unsigned)atoi(argv[3]) : 0;
    if (argc == 5 && !strcmp(argv[1], "call") && depth && depth <= DEPTH_MAX)
        return call((uint16_t)atoi(argv[2]), depth, atof(argv[4]) / 1e3);
    fprintf(stderr, "usage: iiop_load orb | call PORT DEPTH MS\n");
    return 2;
}
