#include <errno.h>
#include <host/rig.h>
#include <jansson.h>
#include <troth/gateway.h>

/* The whole gateway over scripted endpoints: echoes, bridge, policy, log, and the connecting side. */

enum { BIG = 10 << 20 };

typedef struct gate {
    script script;
    fake_mech fake;
    test_env env;
    troth_gateway_serve_options o;
    troth_host *host;
    char address[64];
    atomic_int up;
    uv_thread_t thread;
    troth_status st;
    int log[2];
} gate;

static void on_ready(void *self, troth_host *h, const char *address)
{
    gate *g = self;
    g->host = h;
    snprintf(g->address, sizeof g->address, "%s", address);
    atomic_store(&g->up, 1);
}

static void serve(void *arg)
{
    gate *g = arg;
    g->st = troth_gateway_serve(&g->o, NULL);
}

static void gate_init(gate *g)
{
    *g = (gate){ 0 };
    test_env_init(&g->env);
    fake_mech_init(&g->fake, TROTH_MECH_NTLM);
    g->script = (script){
        .fake = &g->fake, .role = TROTH_ACCEPTOR, .name = "DOM\\alice", .account = "alice", .authority = "DOM"
    };
    assert_int_equal(pipe2(g->log, O_NONBLOCK), 0);
    g->o = (troth_gateway_serve_options){ .env = &g->env.env,
                                          .wire = "script",
                                          .make = scripted_make,
                                          .make_self = &g->script,
                                          .listen = "127.0.0.1:0",
                                          .log_format = TROTH_LOG_JSON,
                                          .log_fd = g->log[1],
                                          .no_signals = true,
                                          .ready = on_ready,
                                          .ready_self = g };
}

static void gate_start(gate *g)
{
    assert_int_equal(uv_thread_create(&g->thread, serve, g), 0);
    assert_true(rig_wait(&g->up, 1, 5000));
}

/* Drain, and give back the log's lines as objects. */
static json_t *gate_stop(gate *g)
{
    static char buf[65536];
    json_t *lines = json_array();
    troth_host_drain(g->host, 3000);
    uv_thread_join(&g->thread);
    assert_int_equal(g->st, TROTH_OK);
    ssize_t n = read(g->log[0], buf, sizeof buf - 1);
    buf[n > 0 ? n : 0] = 0;
    for (char *at = buf, *line; (line = strsep(&at, "\n")) && *line;)
        assert_int_equal(json_array_append_new(lines, json_loads(line, 0, NULL)), 0);
    close(g->log[0]);
    close(g->log[1]);
    test_env_check(&g->env);
    return lines;
}

static const char *text_of(const json_t *lines, size_t i, const char *key)
{
    const char *s = json_string_value(json_object_get(json_array_get(lines, i), key));
    return s ? s : "";
}

static int dial(const char *address)
{
    const struct timeval limit = { 10, 0 };
    struct sockaddr_in in = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    in.sin_port = htons((uint16_t)atoi(strrchr(address, ':') + 1));
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    assert_int_equal(connect(fd, (struct sockaddr *)&in, sizeof in), 0);
    return fd;
}

static void test_echo(void **state)
{
    gate g;
    (void)state;
    gate_init(&g);
    gate_start(&g);
    int fd = dial(g.address);
    assert_true(rig_shake(fd, 'J'));
    assert_true(rig_echo(fd, BIG));
    close(fd);
    json_t *log = gate_stop(&g);
    assert_int_equal(json_array_size(log), 1);
    assert_string_equal(text_of(log, 0, "event"), "end");
    assert_string_equal(text_of(log, 0, "status_name"), "OK");
    assert_string_equal(text_of(log, 0, "principal"), "DOM\\alice");
    assert_string_equal(text_of(log, 0, "proto"), "script");
    assert_int_equal(json_integer_value(json_object_get(json_array_get(log, 0), "bytes_in")), BIG);
    assert_int_equal(json_integer_value(json_object_get(json_array_get(log, 0), "bytes_out")), BIG);
    json_decref(log);
}

/* ---- a backend of the test's own ---- */

typedef struct backend {
    int listening;
    char address[64];
    uv_thread_t thread;
    atomic_int taken;
    bool proxy, reset;
    uint8_t header[512];
    size_t header_len;
} backend;

/* One connection after the other: the PROXY header, then an echo until the end. */
static void run_backend(void *arg)
{
    backend *b = arg;
    uint8_t buf[16384];
    int fd;
    while ((fd = accept(b->listening, NULL, NULL)) >= 0) {
        ssize_t n;
        atomic_fetch_add(&b->taken, 1);
        if (b->proxy && recv(fd, b->header, 16, MSG_WAITALL) == 16) {
            b->header_len = 16 + (size_t)(b->header[14] << 8 | b->header[15]);
            (void)!recv(fd, b->header + 16, b->header_len - 16, MSG_WAITALL);
        }
        while (!b->reset && (n = recv(fd, buf, sizeof buf, 0)) > 0)
            (void)!send(fd, buf, (size_t)n, MSG_NOSIGNAL);
        if (b->reset)
            rig_reset(fd);
        else
            close(fd);
    }
}

static void backend_start(backend *b)
{
    struct sockaddr_in in = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t len = sizeof in;
    b->listening = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(bind(b->listening, (struct sockaddr *)&in, sizeof in), 0);
    assert_int_equal(listen(b->listening, 16), 0);
    getsockname(b->listening, (struct sockaddr *)&in, &len);
    snprintf(b->address, sizeof b->address, "127.0.0.1:%u", ntohs(in.sin_port));
    assert_int_equal(uv_thread_create(&b->thread, run_backend, b), 0);
}

static void backend_stop(backend *b)
{
    shutdown(b->listening, SHUT_RDWR);
    uv_thread_join(&b->thread);
    close(b->listening);
}

static void test_bridge(void **state)
{
    gate g;
    backend b = { .proxy = true };
    (void)state;
    gate_init(&g);
    backend_start(&b);
    g.o.backend = b.address;
    g.o.proxy_protocol = true;
    g.script.out_max = 10000;
    gate_start(&g);
    for (int i = 0; i < 2; i++) {
        int fd = dial(g.address);
        assert_true(rig_shake(fd, 'J'));
        assert_true(rig_echo(fd, i ? 100 : BIG)); /* ends by half-close, passed on both ways */
        close(fd);
    }
    json_t *log = gate_stop(&g);
    backend_stop(&b);
    assert_int_equal(b.taken, 2); /* a connection of its own for each */
    assert_int_equal(b.header[12], 0x21);
    assert_int_equal(b.header[13], 0x11);
    assert_non_null(memmem(b.header, b.header_len,
                           "\x01\0\x09"
                           "DOM\\alice",
                           12));
    assert_int_equal(json_array_size(log), 2);
    json_decref(log);
}

static void test_denied_reaches_nothing(void **state)
{
    static const char *const allow[] = { "bob@*" };
    gate g;
    backend b = { 0 };
    char x[2] = "";
    (void)state;
    gate_init(&g);
    backend_start(&b);
    g.o.backend = b.address;
    g.o.allow = allow;
    g.o.n_allow = 1;
    gate_start(&g);
    int fd = dial(g.address);
    assert_true(rig_send(fd, "Esecret", 7));
    assert_int_equal(recv(fd, x, 2, MSG_WAITALL), 2);
    assert_memory_equal(x, "KX", 2);
    assert_true(rig_closed(fd));
    close(fd);
    json_t *log = gate_stop(&g);
    backend_stop(&b);
    assert_int_equal(b.taken, 0);
    assert_int_equal(json_array_size(log), 1);
    assert_string_equal(text_of(log, 0, "event"), "denied");
    assert_string_equal(text_of(log, 0, "status_name"), "NOT_ALLOWED");
    assert_string_equal(text_of(log, 0, "principal"), "DOM\\alice");
    assert_int_equal(json_integer_value(json_object_get(json_array_get(log, 0), "bytes_out")), 0);
    json_decref(log);
}

static void test_backend_fails(void **state)
{
    (void)state;
    for (int how = 0; how < 2; how++) {
        gate g;
        backend b = { .reset = true };
        gate_init(&g);
        if (how)
            backend_start(&b);
        g.o.backend = how ? b.address : "127.0.0.1:1";
        gate_start(&g);
        int fd = dial(g.address);
        assert_true(rig_shake(fd, 'E'));
        char x = 0;
        assert_int_equal(recv(fd, &x, 1, 0), -1); /* not an orderly end: that would pass for an answer of nothing */
        assert_int_equal(errno, ECONNRESET);
        close(fd);
        json_t *log = gate_stop(&g);
        if (how)
            backend_stop(&b);
        const char *status = text_of(log, 0, "status_name"); /* a reset may come while we still connect */
        assert_true(!strcmp(status, "IO") || (how && !strcmp(status, "CLOSED")));
        json_decref(log);
    }
}

static void test_net_tcp_echo(void **state)
{
    /* Version, Mode duplex, Via, Known encoding, Preamble End; envelopes "abc" and of 200 octets; End [MC-NMF 2.2.3] */
    static const char head[] = "E\x00\x01\x00\x01\x02\x02\x04"
                               "tcp:"
                               "\x03\x08\x0c"
                               "\x06\x03"
                               "abc"
                               "\x06\xc8\x01";
    uint8_t body[200], want[1 + 1 + 5 + 203 + 1], got[sizeof want + 1];
    gate g;
    (void)state;
    memset(body, 'z', sizeof body);
    memcpy(want,
           "K\x0b\x06\x03"
           "abc"
           "\x06\xc8\x01",
           10);
    memset(want + 10, 'z', 200);
    want[210] = 0x07;
    for (int slow = 0; slow < 2; slow++) {
        gate_init(&g);
        g.o.echo = TROTH_ECHO_NMF;
        g.script.take = slow ? 1 : 0;
        gate_start(&g);
        int fd = dial(g.address);
        assert_true(rig_send(fd, head, sizeof head - 1));
        assert_true(rig_send(fd, body, sizeof body));
        assert_true(rig_send(fd, "\x07", 1));
        assert_int_equal(recv(fd, got, sizeof want, MSG_WAITALL), sizeof want);
        assert_memory_equal(got, want, sizeof want);
        shutdown(fd, SHUT_WR);
        assert_int_equal(recv(fd, got, 1, 0), 0);
        close(fd);
        json_decref(gate_stop(&g));
    }
}

static void test_net_tcp_nonsense(void **state)
{
    static const struct {
        const char *octets;
        size_t n;
        const char *status;
    } rows[] = { { "E\x06\x03"
                   "abc",
                   6, "UNEXPECTED" },
                 { "E\x0c\x0c", 3, "UNEXPECTED" },
                 { "E\x42", 2, "MALFORMED" } };
    (void)state;
    for (size_t i = 0; i < 3; i++) {
        gate g;
        gate_init(&g);
        g.o.echo = TROTH_ECHO_NMF;
        gate_start(&g);
        int fd = dial(g.address);
        assert_true(rig_send(fd, rows[i].octets, rows[i].n));
        assert_true(rig_closed(fd));
        close(fd);
        json_t *log = gate_stop(&g);
        assert_string_equal(text_of(log, 0, "status_name"), rows[i].status);
        json_decref(log);
    }
}

/* ---- the connecting side ---- */

typedef struct pump {
    int in, out;
    size_t n, back;
    bool same;
    uv_thread_t writer, reader;
} pump;

static void feed_pump(void *arg)
{
    pump *p = arg;
    uint8_t buf[10007];
    for (size_t at = 0; at < p->n;) {
        size_t m = p->n - at < sizeof buf ? p->n - at : sizeof buf;
        for (size_t i = 0; i < m; i++)
            buf[i] = (uint8_t)((at + i) % 251);
        ssize_t w = write(p->in, buf, m);
        if (w <= 0)
            break;
        at += (size_t)w;
    }
    close(p->in);
}

static void drink_pump(void *arg)
{
    pump *p = arg;
    uint8_t buf[8192];
    ssize_t n;
    p->same = true;
    while ((n = read(p->out, buf, sizeof buf)) > 0) {
        for (ssize_t i = 0; i < n; i++, p->back++)
            p->same = p->same && buf[i] == (uint8_t)(p->back % 251);
    }
    close(p->out);
}

static void test_connect_pipes(void **state)
{
    static const size_t sizes[] = { 0, 1, 70000, BIG };
    (void)state;
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        gate g;
        int in[2], out[2];
        gate_init(&g);
        gate_start(&g);
        assert_int_equal(pipe(in), 0);
        assert_int_equal(pipe(out), 0);
        pump p = { .in = in[1], .out = out[0], .n = sizes[i] };
        assert_int_equal(uv_thread_create(&p.writer, feed_pump, &p), 0);
        assert_int_equal(uv_thread_create(&p.reader, drink_pump, &p), 0);
        script client = { .fake = &g.fake, .role = TROTH_INITIATOR, .first = 'J', .name = "" };
        const troth_gateway_connect_options o = { .wire = "script",
                                                  .make = scripted_make,
                                                  .make_self = &client,
                                                  .to = g.address,
                                                  .in = in[0],
                                                  .out = out[1],
                                                  .no_signals = true };
        troth_connect_result r;
        assert_int_equal(troth_gateway_connect(&o, &r), TROTH_OK);
        uv_thread_join(&p.writer);
        uv_thread_join(&p.reader);
        assert_int_equal(r.stage, TROTH_STAGE_ESTABLISHED);
        assert_int_equal(p.back, sizes[i]);
        assert_true(p.same);
        assert_int_equal(r.count.data_out, sizes[i]);
        json_decref(gate_stop(&g));
    }
}

static void test_connect_fails(void **state)
{
    gate g;
    troth_connect_result r;
    script client = { .role = TROTH_INITIATOR, .first = '?', .name = "" };
    troth_gateway_connect_options o = { .wire = "script",
                                        .make = scripted_make,
                                        .make_self = &client,
                                        .to = "127.0.0.1:1",
                                        .in = open("/dev/null", O_RDONLY),
                                        .out = open("/dev/null", O_WRONLY),
                                        .no_signals = true };
    (void)state;
    assert_int_equal(troth_gateway_connect(&o, &r), TROTH_IO);
    assert_int_equal(r.stage, TROTH_STAGE_NETWORK);
    assert_int_equal(r.net.sys, ECONNREFUSED);
    gate_init(&g);
    gate_start(&g);
    o.to = g.address;
    assert_int_equal(troth_gateway_connect(&o, &r), TROTH_MALFORMED); /* 'X' is no 'K' */
    assert_int_equal(r.stage, TROTH_STAGE_HANDSHAKE);
    json_decref(gate_stop(&g));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_echo),
        cmocka_unit_test(test_bridge),
        cmocka_unit_test(test_denied_reaches_nothing),
        cmocka_unit_test(test_backend_fails),
        cmocka_unit_test(test_net_tcp_echo),
        cmocka_unit_test(test_net_tcp_nonsense),
        cmocka_unit_test(test_connect_pipes),
        cmocka_unit_test(test_connect_fails),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
