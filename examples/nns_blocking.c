/* One endpoint and one blocking socket, no event loop: send a message to a NegotiateStream server that echoes, as the
 * user of the current ticket, and print what comes back.    nns_blocking HOST PORT SPN MESSAGE */
#include <netdb.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <troth/nns.h>
#include <unistd.h>

typedef struct peer {
    int fd;
    uint8_t buf[16384]; /* decrypted where it lies, so it stays until its events were taken */
    size_t at, end;
} peer;

static uint64_t now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

static int fail(const char *what)
{
    return fprintf(stderr, "nns_blocking: %s\n", what), 1;
}

static int dial(const char *host, const char *port)
{
    struct addrinfo hints = { .ai_socktype = SOCK_STREAM }, *list;
    int fd = -1;
    if (getaddrinfo(host, port, &hints, &list))
        return -1;
    for (struct addrinfo *a = list; a && fd < 0; a = a->ai_next) {
        fd = socket(a->ai_family, a->ai_socktype, a->ai_protocol);
        if (fd >= 0 && connect(fd, a->ai_addr, a->ai_addrlen))
            close(fd), fd = -1;
    }
    freeaddrinfo(list);
    return fd;
}

static bool receive_and_feed(peer *p, troth_endpoint *e)
{
    size_t used = 0;
    uint64_t deadline = troth_endpoint_deadline(e), at = now();
    if (p->at == p->end) { /* else what is left of the last octets */
        struct pollfd wait = { .fd = p->fd, .events = POLLIN };
        ssize_t n = poll(&wait, 1, deadline == UINT64_MAX ? -1 : deadline > at ? (int)(deadline - at) : 0);
        if (n == 0)
            return troth_endpoint_expire(e, now()), true;
        if ((n = read(p->fd, p->buf, sizeof p->buf)) <= 0)
            return troth_endpoint_feed_end(e, now()), true; /* what that means, an event tells */
        p->at = 0, p->end = (size_t)n;
    }
    if (troth_endpoint_feed(e, p->buf + p->at, p->end - p->at, NULL, now(), &used))
        used = p->end - p->at; /* it has failed, and TROTH_EV_CLOSED tells */
    p->at += used;
    return true;
}

static void submit(troth_endpoint *e, const char *text)
{
    size_t used;
    troth_order_msg data = { .kind = TROTH_ORDER_DATA, .data = { (const uint8_t *)text, strlen(text) } };
    if (troth_endpoint_submit(e, &data, now(), &used)) /* a longer message is ordered in parts, after sent() */
        troth_endpoint_close(e, TROTH_LIMIT);
    (void)!troth_endpoint_submit(e, &(troth_order_msg){ .kind = TROTH_ORDER_END }, now(), &used);
}

/* As much as the socket takes; what it takes no more is lost with the connection, which reading will tell. */
static size_t send_some(peer *p, troth_bytes b)
{
    ssize_t n = send(p->fd, b.data, b.len, MSG_NOSIGNAL);
    return n < 0 ? b.len : (size_t)n;
}

int main(int argc, char **argv)
{
    static peer p;
    if (argc != 5 || (p.fd = dial(argv[1], argv[2])) < 0)
        return fail(argc == 5 ? "no connection" : "usage: nns_blocking HOST PORT SPN MESSAGE");
    const char *spn = argv[3], *message = argv[4];
    troth_endpoint *e;
    troth_job *job;
    troth_event ev;
    troth_bytes out;
    troth_status st;
    /* README: from here */
    troth_cred_source src = { .mech = "kerberos", .kind = TROTH_CRED_DEFAULT };
    troth_nns_options opts = { .env = troth_env_posix(), .target = spn, .level = TROTH_LEVEL_ENCRYPT };
    if (troth_cred_new(opts.env, troth_mechs_default(), TROTH_USE_INITIATE, &src, 1, &opts.cred) ||
        troth_cred_job(opts.cred, 0, &job))
        return troth_cred_unref(opts.cred), fail("no memory");
    troth_job_run(job), troth_job_free(job); /* may ask a KDC */
    if (troth_cred_ready(opts.cred, NULL) || troth_nns_client_new(&opts, now(), &e))
        return troth_cred_unref(opts.cred), fail("no ticket");
    for (bool open = true; open; open = open && receive_and_feed(&p, e)) { /* troth_endpoint_feed */
        while (troth_endpoint_event(e, &ev)) {
            if (ev.kind == TROTH_EV_JOB)
                troth_job_run(ev.job), troth_endpoint_stepped(e, ev.job, now()); /* or on another thread */
            else if (ev.kind == TROTH_EV_ESTABLISHED)
                submit(e, message); /* troth_endpoint_submit */
            else if (ev.kind == TROTH_EV_DATA)
                fwrite(ev.data.data, 1, ev.data.len, stdout); /* verified and decrypted */
            open = open && ev.kind != TROTH_EV_CLOSED;
        }
        while ((st = troth_endpoint_out(e, &out, NULL)) == TROTH_OK)
            troth_endpoint_sent(e, send_some(&p, out));
        if (st == TROTH_CLOSED)
            shutdown(p.fd, SHUT_WR); /* we send no more; what the peer sends is still read */
    }
    /* README: to here */
    st = troth_endpoint_error(e)->code;
    troth_endpoint_free(e), troth_cred_unref(opts.cred);
    return st ? fail(troth_status_text(st)) : 0;
}
