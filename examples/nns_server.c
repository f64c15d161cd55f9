/*
 * A NegotiateStream server that echoes, over libtroth-host: Kerberos by the keys of a keytab, everything sealed, until
 * SIGTERM. Prints "ready ADDRESS" once it listens, and a line of log for each context.
 *
 *   nns_server ADDRESS KEYTAB
 */
#include <stdio.h>
#include <troth/gateway.h>
#include <troth/nns.h>

static troth_status make(void *self, const troth_env *env, const troth_transport *transport, uint64_t now,
                         troth_endpoint **ret)
{
    troth_nns_options o = { .env = env, .cred = self, .level = TROTH_LEVEL_ENCRYPT, .transport = transport };
    return troth_nns_server_new(&o, now, ret);
}

static void ready(void *self, troth_host *host, const char *address)
{
    (void)self, (void)host;
    printf("ready %s\n", address);
    fflush(stdout);
}

/* The keys are read once, here, where blocking is no harm; a server may as well do it on a thread of its own. */
static troth_status acquire(const char *keytab, troth_cred **ret)
{
    troth_cred_source src = { .mech = "kerberos", .kind = TROTH_CRED_KEYTAB, .path = keytab };
    troth_job *job;
    troth_status st = troth_cred_new(troth_env_posix(), troth_mechs_default(), TROTH_USE_ACCEPT, &src, 1, ret);
    if (st)
        return st;
    if ((st = troth_cred_job(*ret, 0, &job)) == TROTH_OK) {
        troth_job_run(job);
        troth_job_free(job);
        st = troth_cred_ready(*ret, NULL);
    }
    return st;
}

int main(int argc, char **argv)
{
    troth_cred *cred = NULL;
    if (argc != 3)
        return fprintf(stderr, "usage: nns_server ADDRESS KEYTAB\n"), 2;
    troth_status st = acquire(argv[2], &cred);
    troth_gateway_serve_options o = {
        .wire = "nns", .make = make, .make_self = cred, .listen = argv[1], .ready = ready
    };
    if (!st)
        st = troth_gateway_serve(&o, NULL);
    if (st) {
        const char *complaint = cred ? troth_cred_complaint(cred) : NULL;
        fprintf(stderr, "nns_server: %s (%s)\n", complaint ? complaint : troth_status_text(st), troth_status_name(st));
    }
    troth_cred_unref(cred);
    return st ? 1 : 0;
}
