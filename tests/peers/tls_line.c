/*
 * Our TLS contexts over a socket, for peers that are programs: tests/peers/tls.py runs it.
 *
 * tls_line serve|connect PORT [option=value ...]: cert, key, trust, password (files but for the last), target, alpn (one
 * name), max (0x0303), require=1 (a client certificate), upn=1 (map by UPN), mode=echo|http|send, text (what to send).
 * serve prints "port N" first. When the handshake is over: "open DETAIL|PEER|ALPN|BINDINGS", bindings in hex; at the
 * end "closed" where the peer said so, else "cut"; "failed STATUS WIRE" for any failure.
 */
#include <arpa/inet.h>
#include <sec/context.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { ROOM = 1 << 17 };

typedef struct line {
    int fd;
    troth_context *c;
    uint8_t in[ROOM];
    size_t len;
    const char *mode, *text;
} line;

static const char *option(int argc, char **argv, const char *name)
{
    size_t n = strlen(name);
    for (int i = 3; i < argc; i++)
        if (!strncmp(argv[i], name, n) && argv[i][n] == '=')
            return argv[i] + n + 1;
    return NULL;
}

static void die(const char *what)
{
    printf("broken %s\n", what);
    exit(2);
}

static void put(int fd, troth_bytes b)
{
    while (b.len) {
        ssize_t n = send(fd, b.data, b.len, MSG_NOSIGNAL);
        if (n <= 0)
            return; /* what the peer says will tell */
        b = (troth_bytes){ b.data + n, b.len - (size_t)n };
    }
}

static bool get(line *l)
{
    ssize_t n = recv(l->fd, l->in + l->len, sizeof l->in - l->len, 0);
    l->len += n > 0 ? (size_t)n : 0;
    return n > 0;
}

static void took(line *l, size_t n)
{
    memmove(l->in, l->in + n, l->len - n);
    l->len -= n;
}

static int failed(const line *l)
{
    const troth_error *e = troth_context_error(l->c);
    printf("failed %s %u %s\n", troth_status_name(e->code), e->wire, e->where);
    return 1;
}

static int connection(const char *how, uint16_t port)
{
    struct sockaddr_in at = { .sin_family = AF_INET, .sin_port = htons(port) };
    socklen_t n = sizeof at;
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int fd = socket(AF_INET, SOCK_STREAM, 0), peer = fd;
    if (!strcmp(how, "connect")) {
        if (connect(fd, (struct sockaddr *)&at, sizeof at))
            die("connect");
        return fd;
    }
    if (bind(fd, (struct sockaddr *)&at, sizeof at) || listen(fd, 1) || getsockname(fd, (struct sockaddr *)&at, &n))
        die("listen");
    printf("port %u\n", ntohs(at.sin_port));
    fflush(stdout);
    peer = accept(fd, NULL, NULL);
    close(fd);
    return peer;
}

/* Step until the end of the handshake, with whatever has come. */
static bool shake(line *l, bool first)
{
    for (troth_step step = TROTH_STEP_MORE; step == TROTH_STEP_MORE; first = false) {
        troth_job *job;
        troth_block token = { 0 };
        if (!first && (!l->len || troth_context_token_need(l->c, (troth_bytes){ l->in, l->len }))) {
            if (!get(l))
                return false;
            continue;
        }
        if (!first && troth_mem_keep(troth_env_posix(), l->in, l->len, &token))
            die("memory");
        if (troth_context_job(l->c, first ? NULL : &token, 1, &job))
            die("job");
        troth_job_run(job);
        step = troth_job_result(job);
        l->c = troth_job_take_context(job);
        put(l->fd, troth_job_token(job));
        took(l, first ? 0 : l->len - troth_job_left(job).len);
        troth_job_free(job);
        if (step == TROTH_STEP_ERROR)
            return false;
    }
    return true;
}

static void seal(line *l, troth_bytes plain)
{
    troth_bytes out;
    if (!troth_context_record_seal(l->c, plain, &out))
        put(l->fd, out);
}

static void answer(line *l, troth_bytes plain)
{
    static const char http[] = "HTTP/1.1 200 OK\r\nContent-Length: 6\r\nConnection: close\r\n\r\nhello\n";
    if (!plain.len)
        return;
    if (!strcmp(l->mode, "echo"))
        seal(l, plain);
    else if (!strcmp(l->mode, "http"))
        seal(l, (troth_bytes){ (const uint8_t *)http, sizeof http - 1 });
    else
        printf("got %.*s\n", (int)plain.len, (const char *)plain.data);
    fflush(stdout);
}

static void end(line *l)
{
    troth_bytes out;
    if (!troth_context_record_close(l->c, &out))
        put(l->fd, out);
}

static int talk(line *l)
{
    troth_record r = { 0 };
    bool ended = false;
    if (l->text)
        seal(l, (troth_bytes){ (const uint8_t *)l->text, strlen(l->text) });
    for (;;) {
        while (l->len && !troth_context_record_need(l->c, (troth_bytes){ l->in, l->len })) {
            troth_status st = troth_context_record_open(l->c, (troth_bytes){ l->in, l->len }, &r);
            put(l->fd, r.send);
            if (st)
                return failed(l);
            answer(l, r.plain);
            if (!ended && r.plain.len && strcmp(l->mode, "echo"))
                end(l), ended = true;
            if (r.closed) {
                end(l);
                printf("closed\n");
                return 0;
            }
            took(l, r.used);
        }
        if (!get(l)) {
            printf("cut\n");
            return 0;
        }
    }
}

static void tell(const line *l)
{
    troth_facts f = troth_context_facts(l->c);
    troth_bytes alpn = { 0 }, bound = { 0 };
    if (troth_context_query(l->c, TROTH_QUERY_PROTOCOL, &alpn) ||
        troth_context_query(l->c, TROTH_QUERY_EXPORTER_BINDINGS, &bound))
        die("query");
    printf("open %s|%s|%.*s|", f.detail, f.peer.name, (int)alpn.len, alpn.len ? (const char *)alpn.data : "");
    for (size_t i = strlen("tls-exporter:"); i < bound.len; i++)
        printf("%02X", bound.data[i]);
    printf("\n");
    fflush(stdout);
}

static troth_context *context(int argc, char **argv, troth_role role)
{
    const char *cert = option(argc, argv, "cert"), *secret = option(argc, argv, "password");
    const char *max = option(argc, argv, "max"), *name = option(argc, argv, "alpn");
    static const troth_cert_rule by_upn = { TROTH_CERT_UPN, NULL, NULL };
    static troth_tls_config config;
    config = (troth_tls_config){ .key_path = option(argc, argv, "key"),
                                 .trust_path = option(argc, argv, "trust"),
                                 .rules = &by_upn,
                                 .n_rules = option(argc, argv, "upn") ? 1 : 0,
                                 .max_version = (uint16_t)(max ? strtoul(max, NULL, 0) : 0) };
    const troth_cred_source src = { .mech = "tls",
                                    .kind = cert ? TROTH_CRED_PEM : TROTH_CRED_DEFAULT,
                                    .path = cert,
                                    .secret = { (const uint8_t *)secret, secret ? strlen(secret) : 0 },
                                    .tls = &config };
    uint8_t alpn[64] = { 0 };
    size_t n = name ? strlen(name) : 0;
    alpn[0] = (uint8_t)n;
    memcpy(alpn + 1, name ? name : "", n);
    troth_cred *cred;
    troth_job *job = NULL;
    troth_context *c;
    if (troth_cred_new(troth_env_posix(), troth_mechs_default(), role ? TROTH_USE_ACCEPT : TROTH_USE_INITIATE, &src, 1,
                       &cred) ||
        troth_cred_job(cred, 1, &job))
        die("credential");
    troth_job_run(job);
    troth_job_free(job);
    if (troth_cred_ready(cred, NULL))
        die(troth_cred_complaint(cred) ? troth_cred_complaint(cred) : "credential");
    troth_context_options o = { .role = role,
                                .mech = "tls",
                                .require = TROTH_F_STREAM,
                                .target = option(argc, argv, "target"),
                                .alpn = { alpn, n ? n + 1 : 0 },
                                .policy = option(argc, argv, "require") ? TROTH_POLICY_REQUIRE_CERT : 0u };
    if (troth_context_new(cred, &o, &c))
        die("context");
    troth_cred_unref(cred);
    return c;
}

int main(int argc, char **argv)
{
    static line l;
    if (argc < 3)
        return 2;
    bool serves = !strcmp(argv[1], "serve");
    alarm(30);
    l.mode = option(argc, argv, "mode") ? option(argc, argv, "mode") : "echo";
    l.text = option(argc, argv, "text");
    l.c = context(argc, argv, serves ? TROTH_ACCEPTOR : TROTH_INITIATOR);
    l.fd = connection(argv[1], (uint16_t)atoi(argv[2]));
    int ret = 1;
    if (shake(&l, !serves)) {
        tell(&l);
        ret = talk(&l);
    } else if (troth_context_error(l.c)->code) {
        failed(&l);
    } else {
        printf("cut\n");
    }
    shutdown(l.fd, SHUT_WR);
    close(l.fd);
    troth_context_free(l.c);
    return ret;
}
