/*
 * The server that others' clients test: what is built in, and the stubs that their tests call, through public headers
 * only. Listens at one address for everything and at a second, which only the endpoint mapper tells; both until SIGTERM.
 *
 *   fixture_server KEYTAB NTLM-USERS [strict|windows [ADDRESS]]      (windows, 127.0.0.1:135)
 *
 * Prints "ready ADDRESS DYNAMIC-ADDRESS", and a line of counters on SIGUSR1 and at its end.
 */
#include <fixture_stubs.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <troth/host.h>
#include <troth/rpc_co.h>

enum { MAX_CONTEXTS = 2049, CONTEXT_BUDGET = 64 << 20, DRAIN_MS = 2000 };

typedef struct fixture {
    troth_host *host;
    troth_rpc_server *server;
    troth_cred *cred;
    troth_listener *main, *dynamic;
    troth_rpc_profile profile;
} fixture;

static void print_counters(const fixture *f)
{
    troth_rpc_counters n = troth_rpc_server_count(f->server);
    printf("contexts %llu refused %llu calls_in %llu calls_out %llu faults %llu pdus_in %llu pdus_out %llu "
           "connections_now %zu groups_now %zu contexts_now %zu\n",
           (unsigned long long)n.contexts, (unsigned long long)n.contexts_refused, (unsigned long long)n.calls_in,
           (unsigned long long)n.calls_out, (unsigned long long)n.faults, (unsigned long long)n.pdus_in,
           (unsigned long long)n.pdus_out, n.connections, n.groups, n.contexts_now);
    fflush(stdout);
}

static void on_signal(void *self, int signum)
{
    (void)signum;
    print_counters(self);
}

static troth_status open_connection(void *self, troth_conn *c, const troth_env *env, const troth_transport *transport,
                                    uint64_t now, troth_endpoint **ret)
{
    const fixture *f = self;
    /* Older clients, impacket among them, send no MIC; Samba's tests come as nobody, too. */
    const troth_rpc_co_server_options o = { .env = env,
                                            .server = f->server,
                                            .cred = f->cred,
                                            .profile = f->profile,
                                            .policy = TROTH_POLICY_NTLM_WITHOUT_MIC,
                                            .anonymous = true,
                                            .max_contexts = MAX_CONTEXTS,
                                            .context_budget = CONTEXT_BUDGET,
                                            .transport = transport };
    (void)c;
    return troth_rpc_co_server_new(&o, now, ret);
}

/* Every interface has handlers, and contexts are counted; what went wrong is for whoever looks for the reason. */
static void on_event(void *self, troth_conn *c, const troth_event *ev)
{
    (void)self;
    if (ev->error.code)
        fprintf(stderr, "%s: %s context %llu: %s at %s\n", troth_conn_peer(c),
                ev->kind == TROTH_EV_CLOSED ? "closed" : "refused", (unsigned long long)ev->id,
                troth_status_name(ev->error.code), ev->error.where ? ev->error.where : "?");
}

static void on_gone(void *self, troth_conn *c)
{
    (void)self, (void)c;
}

static troth_status acquire(const char *keytab, const char *users, troth_cred **ret)
{
    const troth_cred_source sources[] = {
        { .mech = "kerberos", .kind = TROTH_CRED_KEYTAB, .path = keytab },
        { .mech = "ntlm",
          .kind = TROTH_CRED_USER_FILE,
          .path = users,
          .domain = "LAB",
          .host = "RPC",
          .dns_host = "rpc.example.test" },
    };
    troth_job *job;
    troth_status st = troth_cred_new(troth_env_posix(), troth_mechs_default(), TROTH_USE_ACCEPT, sources, 2, ret);
    if (st || (st = troth_cred_job(*ret, 0, &job)))
        return st;
    troth_job_run(job);
    troth_job_free(job);
    return troth_cred_ready(*ret, NULL);
}

static troth_status publish(const fixture *f)
{
    static const troth_rpc_interface *const at_dynamic[] = { &fixture_netlogon, &fixture_lsarpc, &fixture_dssetup,
                                                             &fixture_echo_entry };
    troth_status st = TROTH_OK;
    for (size_t i = 0; !st && i < sizeof at_dynamic / sizeof *at_dynamic; i++)
        st = troth_rpc_server_publish(f->server, at_dynamic[i], NULL, troth_listener_address(f->dynamic));
    return st;
}

static troth_status set_up(fixture *f, const char *address)
{
    static const troth_conn_handler handler = { open_connection, on_event, NULL, on_gone, NULL };
    static const troth_rpc_interface *const interfaces[] = { &fixture_netlogon, &fixture_lsarpc, &fixture_dssetup };
    const troth_host_options o = { .env = troth_env_posix() };
    troth_status st =
        troth_rpc_server_new(troth_env_posix(), TROTH_RPC_MGMT | TROTH_RPC_EPM | TROTH_RPC_ECHO, &f->server);
    for (size_t i = 0; !st && i < sizeof interfaces / sizeof *interfaces; i++)
        st = troth_rpc_server_register(f->server, interfaces[i]);
    if (!st)
        st = troth_host_new(&o, &f->host);
    if (!st)
        st = troth_host_listen(f->host, address, NULL, &handler, f, &f->main, NULL);
    if (!st)
        st = troth_host_listen(f->host, "127.0.0.1:0", NULL, &handler, f, &f->dynamic, NULL);
    if (!st)
        st = publish(f);
    if (!st)
        st = troth_host_drain_on_signals(f->host, DRAIN_MS);
    if (!st)
        st = troth_host_on_signal(f->host, SIGUSR1, on_signal, f);
    return st;
}

int main(int argc, char **argv)
{
    fixture f = { .profile = TROTH_RPC_WINDOWS };
    if (argc < 3 || argc > 5)
        return fprintf(stderr, "usage: fixture_server KEYTAB NTLM-USERS [strict|windows [ADDRESS]]\n"), 2;
    if (argc > 3 && strcmp(argv[3], "strict") == 0)
        f.profile = TROTH_RPC_STRICT;
    troth_status st = acquire(argv[1], argv[2], &f.cred);
    if (!st)
        st = set_up(&f, argc > 4 ? argv[4] : "127.0.0.1:135");
    if (!st) {
        printf("ready %s %s\n", troth_listener_address(f.main), troth_listener_address(f.dynamic));
        fflush(stdout);
        st = troth_host_run(f.host);
        print_counters(&f);
    }
    if (st)
        fprintf(stderr, "fixture_server: %s\n", troth_status_name(st));
    troth_host_free(f.host);
    troth_rpc_server_free(f.server);
    troth_cred_unref(f.cred);
    return st ? 1 : 0;
}
