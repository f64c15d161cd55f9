/* One endpoint and one blocking socket, no event loop: ask the endpoint mapper for an interface, authenticate to its server
 * and call LsarGetUserName, which tells whom the server takes us for; then mgmt, in the same security context.
 *     rpc_blocking BINDING SPN [DOMAIN USER PASSWORD-FILE]     BINDING: ncacn_ip_tcp:HOST[PORT,spnego|krb5|ntlm,sign] */
#include <netdb.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <troth/epm.h>
#include <troth/rpc_co.h>
#include <unistd.h>

/* What every server has: opnum 0 tells which interfaces it serves. [C706 appendix Q] */
static const troth_rpc_message mgmt = { .abstract = { { { 0xaf, 0xa8, 0xbd, 0x80, 0x7d, 0x8a, 0x11, 0xc9, 0xbe, 0xf4,
                                                          0x08, 0x00, 0x2b, 0x10, 0x29, 0x89 } },
                                                      1,
                                                      0 },
                                        .transfer = TROTH_RPC_NDR,
                                        .drep = { 0x10 } };
static const troth_rpc_syntax lsarpc = {
    { { 0x12, 0x34, 0x57, 0x78, 0x12, 0x34, 0xab, 0xcd, 0xef, 0x00, 0x01, 0x23, 0x45, 0x67, 0x89, 0xab } }, 0, 0
};

/* A connection with one call: it begins once the context stands, or at once without one. */
typedef struct peer {
    troth_endpoint *e;
    int fd;
    uint8_t buf[16384]; /* decrypted where it lies, so it stays until its events were taken */
    size_t at, end;
    const troth_rpc_message *call, *next;
    const troth_rpc_identity *who; /* NULL = without authentication */
    void (*reply)(void *self, const troth_event *ev);
    void *self;
} peer;

static uint64_t now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

static int fail(const char *what)
{
    return fprintf(stderr, "rpc_blocking: %s\n", what), 1;
}

static int dial(const char *host, uint16_t port)
{
    char text[8];
    struct addrinfo hints = { .ai_socktype = SOCK_STREAM }, *list;
    int fd = -1;
    snprintf(text, sizeof text, "%u", port);
    if (getaddrinfo(host, text, &hints, &list))
        return -1;
    for (struct addrinfo *a = list; a && fd < 0; a = a->ai_next) {
        fd = socket(a->ai_family, a->ai_socktype, a->ai_protocol);
        if (fd >= 0 && connect(fd, a->ai_addr, a->ai_addrlen))
            close(fd), fd = -1;
    }
    freeaddrinfo(list);
    return fd;
}

static void order(peer *p, troth_order_kind kind)
{
    size_t used;
    troth_order_msg o = { .kind = kind, .id = 1, .message = p->call, .identity = p->who };
    if (kind == TROTH_ORDER_CALL)
        o.context = p->who ? 1 : 0;
    troth_status st = troth_endpoint_submit(p->e, &o, now(), &used);
    if (st)
        troth_endpoint_close(p->e, st);
}

static void take(peer *p, const troth_event *ev)
{
    if (ev->kind == TROTH_EV_JOB) {
        troth_job_run(ev->job); /* may ask a KDC; or on another thread */
        troth_endpoint_stepped(p->e, ev->job, now());
    } else if (ev->kind == TROTH_EV_ESTABLISHED) {
        printf("authenticated as %s by %s, to %s\n", ev->facts.self.name, troth_mech_id_name(ev->facts.mech),
               ev->facts.peer.name[0] ? ev->facts.peer.name : "a server without a name");
        order(p, TROTH_ORDER_CALL);
    } else if (ev->kind == TROTH_EV_REPLY) {
        p->reply(p->self, ev);
        bool again = p->next && !ev->error.code; /* its views live until here */
        p->call = p->next, p->next = NULL;
        order(p, again ? TROTH_ORDER_CALL : TROTH_ORDER_END);
    }
}

static void receive(peer *p)
{
    size_t used = 0;
    uint64_t deadline = troth_endpoint_deadline(p->e), at = now();
    if (p->at == p->end) { /* else what is left of the last octets */
        struct pollfd wait = { .fd = p->fd, .events = POLLIN };
        ssize_t n = poll(&wait, 1, deadline == UINT64_MAX ? -1 : deadline > at ? (int)(deadline - at) : 0);
        if (n == 0) {
            troth_endpoint_expire(p->e, now());
            return;
        }
        if ((n = read(p->fd, p->buf, sizeof p->buf)) <= 0) {
            troth_endpoint_feed_end(p->e, now()); /* what that means, an event tells */
            return;
        }
        p->at = 0, p->end = (size_t)n;
    }
    if (troth_endpoint_feed(p->e, p->buf + p->at, p->end - p->at, NULL, now(), &used))
        used = p->end - p->at; /* it has failed, and TROTH_EV_CLOSED tells */
    p->at += used;
}

static troth_status run(peer *p)
{
    troth_rpc_co_client_options opts = { .env = troth_env_posix(), .half_open_ms = 5000, .call_ms = 5000 };
    troth_event ev = { 0 };
    troth_bytes out;
    troth_status st = troth_rpc_co_client_new(&opts, now(), &p->e);
    if (st)
        return st;
    order(p, p->who ? TROTH_ORDER_OPEN : TROTH_ORDER_CALL);
    while (ev.kind != TROTH_EV_CLOSED) {
        while (ev.kind != TROTH_EV_CLOSED && troth_endpoint_event(p->e, &ev))
            take(p, &ev);
        while (troth_endpoint_out(p->e, &out, NULL) == TROTH_OK) {
            ssize_t n = send(p->fd, out.data, out.len, MSG_NOSIGNAL);
            troth_endpoint_sent(p->e, n < 0 ? out.len : (size_t)n); /* what is lost, reading will tell */
        }
        if (ev.kind != TROTH_EV_CLOSED)
            receive(p);
    }
    if (ev.error.code)
        fprintf(stderr, "rpc_blocking: %s: %s (0x%x)\n", ev.error.where, troth_status_text(ev.error.code),
                ev.error.wire);
    troth_endpoint_free(p->e);
    return ev.error.code;
}

/* ---- what is asked ---- */

static void port_from(void *self, const troth_event *ev)
{
    if (ev->error.code || troth_rpc_epm_map_reply(ev->message, self))
        *(uint16_t *)self = 0;
}

static troth_status ask_port(const char *host, uint16_t *ret)
{
    peer p = { .fd = dial(host, 135), .reply = port_from, .self = ret };
    troth_rpc_message m;
    troth_ndr_out stub = troth_ndr_out_new(troth_env_posix(), TROTH_RPC_NDR, 256);
    troth_status st = p.fd < 0 ? TROTH_IO : troth_rpc_epm_map_request(&lsarpc, TROTH_RPC_NDR, &stub, &m);
    p.call = &m;
    if (!st)
        st = run(&p);
    troth_ndr_out_clear(&stub);
    if (p.fd >= 0)
        close(p.fd);
    return !st && !*ret ? TROTH_NO_MECH : st;
}

/* LsarGetUserName's two RPC_UNICODE_STRINGs are printed as far as they are ASCII. [MS-LSAT 3.1.4.2] */
static void print_name(void *self, const troth_event *ev)
{
    bool *done = self;
    if (ev->message && ev->message->opnum == mgmt.opnum) {
        troth_ndr_in in = troth_ndr_in_of(ev->message);
        size_t n = troth_ndr_get_pointer(&in) ? troth_ndr_get_count(&in, 1024) : 0;
        *done = !ev->message->fault && n;
        printf("it serves %zu interfaces here\n", n);
        return;
    }
    if (ev->error.code || ev->message->fault) {
        const char *name =
            ev->error.code ? troth_status_text(ev->error.code) : troth_rpc_fault_name(ev->message->fault);
        printf("no answer but a fault: %s\n", name ? name : "unknown");
        return;
    }
    troth_ndr_in in = troth_ndr_in_of(ev->message);
    for (int i = 0; i < 2 && troth_ndr_get_pointer(&in); i++) {
        if (i && !troth_ndr_get_pointer(&in)) /* [in, out, unique] of a pointer */
            break;
        (void)troth_ndr_get_u16(&in), (void)troth_ndr_get_u16(&in);
        if (!troth_ndr_get_pointer(&in))
            break;
        troth_bytes name = troth_ndr_get_string16(&in, 256);
        printf(i ? "@" : "the server takes us for ");
        for (size_t k = 0; k + 1 < name.len; k += 2)
            putchar(name.data[k] >= ' ' && name.data[k] < 127 && !name.data[k + 1] ? name.data[k] : '?');
    }
    putchar('\n');
}

static troth_status acquire(const char *mech, char **argv, int argc, troth_cred **ret)
{
    char secret[128] = "";
    FILE *f = argc > 5 ? fopen(argv[5], "r") : NULL;
    troth_cred_source src = { .mech = mech, .kind = TROTH_CRED_DEFAULT };
    troth_job *job;
    if (f && fgets(secret, sizeof secret, f)) {
        src.kind = TROTH_CRED_PASSWORD, src.domain = argv[3], src.principal = argv[4];
        src.secret = (troth_bytes){ (const uint8_t *)secret, strcspn(secret, "\n") };
    }
    if (f)
        fclose(f);
    troth_status st = troth_cred_new(troth_env_posix(), troth_mechs_default(), TROTH_USE_INITIATE, &src, 1, ret);
    explicit_bzero(secret, sizeof secret);
    if (st || troth_cred_job(*ret, 0, &job))
        return st ? st : TROTH_NO_MEMORY;
    troth_job_run(job), troth_job_free(job); /* may ask a KDC */
    return troth_cred_ready(*ret, NULL);
}

int main(int argc, char **argv)
{
    static const uint8_t three_nulls[] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 };
    troth_rpc_binding b;
    bool done = false;
    if ((argc != 3 && argc != 6) || troth_rpc_binding_parse(argv[1], &b) || b.datagram)
        return fail("usage: rpc_blocking BINDING SPN [DOMAIN USER PASSWORD-FILE]");
    const char *mech = argc == 6 ? "ntlm" : "kerberos";
    troth_rpc_identity who = { .type = b.type, .level = b.level, .target = argv[2] };
    if (who.level == TROTH_RPC_LEVEL_DEFAULT)
        who.level = TROTH_RPC_LEVEL_INTEGRITY;
    troth_rpc_message m = { .abstract = lsarpc, .transfer = TROTH_RPC_NDR, .opnum = 45, .drep = { 0x10 } };
    m.stub = (troth_bytes){ three_nulls, sizeof three_nulls };
    if (!b.port && ask_port(b.host, &b.port))
        return fail("the endpoint mapper knows of no such interface");
    peer p = { .fd = dial(b.host, b.port), .call = &m, .next = &mgmt, .reply = print_name, .self = &done };
    if (p.fd < 0)
        return fail("no connection");
    troth_status st = b.type ? acquire(mech, argv, argc, &who.cred) : TROTH_OK;
    p.who = b.type ? &who : NULL;
    if (!st)
        st = run(&p);
    troth_cred_unref(who.cred);
    close(p.fd);
    return st || !done ? fail("there is no answer") : 0;
}
