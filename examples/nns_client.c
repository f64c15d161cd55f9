/*
 * A NegotiateStream client over libtroth-host: sends a message as the user of the current ticket, prints the answer, and
 * who the peer turned out to be.
 *
 *   nns_client ADDRESS SPN MESSAGE
 */
#include <stdio.h>
#include <string.h>
#include <troth/host.h>
#include <troth/nns.h>

/* One exchange; its callbacks all come on the loop's thread. */
typedef struct client {
    troth_cred *cred;
    const char *spn, *message;
    troth_status st;
} client;

static troth_status on_open(void *self, troth_conn *c, const troth_env *env, const troth_transport *transport,
                            uint64_t now, troth_endpoint **ret)
{
    client *cl = self;
    (void)c;
    troth_nns_options o = {
        .env = env, .cred = cl->cred, .target = cl->spn, .level = TROTH_LEVEL_ENCRYPT, .transport = transport
    };
    return cl->st = troth_nns_client_new(&o, now, ret);
}

static void on_event(void *self, troth_conn *c, const troth_event *ev)
{
    client *cl = self;
    size_t used;
    switch (ev->kind) {
    case TROTH_EV_ESTABLISHED:
        fprintf(stderr, "peer %s by %s\n", ev->facts.peer.name, troth_mech_id_name(ev->facts.mech));
        /* A message that fits into an empty endpoint is taken whole; longer ones go on in `ready`. */
        cl->st = troth_conn_send(c, (troth_bytes){ (const uint8_t *)cl->message, strlen(cl->message) }, &used);
        troth_conn_end(c);
        break;
    case TROTH_EV_DATA:
        fwrite(ev->data.data, 1, ev->data.len, stdout);
        break;
    case TROTH_EV_CLOSED:
        if (ev->error.code)
            cl->st = ev->error.code;
        break;
    default:
        break;
    }
}

static void on_gone(void *self, troth_conn *c)
{
    (void)self, (void)c;
}

static void on_failed(void *self, troth_conn *c, const troth_host_error *err)
{
    (void)c;
    ((client *)self)->st = err->code;
}

/* Get the ticket cache's credential, then run a host until its only connection has gone. */
static troth_status run(client *cl, const char *address)
{
    static const troth_conn_handler handler = { on_open, on_event, NULL, on_gone, on_failed };
    troth_cred_source src = { .mech = "kerberos", .kind = TROTH_CRED_DEFAULT };
    troth_host_options o = { .env = troth_env_posix(), .threads = 1 };
    troth_job *job;
    troth_host *host;
    troth_conn *conn;
    troth_status st = troth_cred_new(o.env, troth_mechs_default(), TROTH_USE_INITIATE, &src, 1, &cl->cred);
    if (st || (st = troth_cred_job(cl->cred, 0, &job)))
        return st;
    troth_job_run(job);
    troth_job_free(job);
    if ((st = troth_cred_ready(cl->cred, NULL)) || (st = troth_host_new(&o, &host)))
        return st;
    st = troth_conn_connect(troth_host_loop(host, 0), address, 0, &handler, cl, NULL, &conn);
    if (!st)
        st = troth_host_run(host);
    troth_host_free(host);
    return st ? st : cl->st;
}

int main(int argc, char **argv)
{
    if (argc != 4)
        return fprintf(stderr, "usage: nns_client ADDRESS SPN MESSAGE\n"), 2;
    client cl = { .spn = argv[2], .message = argv[3] };
    troth_status st = run(&cl, argv[1]);
    if (st)
        fprintf(stderr, "nns_client: %s (%s)\n", troth_status_text(st), troth_status_name(st));
    troth_cred_unref(cl.cred);
    return st ? 1 : 0;
}
