#include <cli/exit.h>
#include <cli/reload.h>
#include <signal.h>
#include <stdio.h>

static void hold(troth_cli_reload *r)
{
    while (atomic_flag_test_and_set_explicit(&r->busy, memory_order_acquire))
        ; /* held for two instructions elsewhere */
}

static void let_go(troth_cli_reload *r)
{
    atomic_flag_clear_explicit(&r->busy, memory_order_release);
}

/* Make and acquire; NULL after a complaint. */
static troth_cred *read_cred(const troth_cli_reload *r, troth_cli_mech *ret_mech, int *ret_exit)
{
    troth_cred *cred = troth_cli_server_cred(r->usage, troth_env_posix(), r->options, ret_mech, ret_exit);
    if (!cred)
        return NULL;
    *ret_exit = troth_cli_acquire(r->usage->name, cred);
    if (*ret_exit == TROTH_EXIT_OK)
        return cred;
    troth_cred_unref(cred);
    return NULL;
}

int troth_cli_reload_init(troth_cli_reload *r, const troth_cli_usage *u, const troth_cli_server_creds *options,
                          troth_cli_mech *ret_mech)
{
    int code = TROTH_EXIT_OK;
    r->usage = u;
    r->options = options;
    atomic_flag_clear(&r->busy);
    r->cred = read_cred(r, ret_mech, &code);
    return r->cred ? TROTH_EXIT_OK : code;
}

void troth_cli_reload_now(troth_cli_reload *r)
{
    troth_cli_mech mech;
    int code;
    troth_cred *fresh = read_cred(r, &mech, &code);
    if (!fresh) {
        fprintf(stderr, "troth %s: reload failed; the credentials stay as they were\n", r->usage->name);
        return;
    }
    hold(r);
    troth_cred *old = r->cred;
    r->cred = fresh;
    let_go(r);
    troth_cred_unref(old); /* contexts that were made with it hold their own references */
    fprintf(stderr, "troth %s: credentials reloaded\n", r->usage->name);
}

static void hung_up(void *self, int signum)
{
    (void)signum;
    troth_cli_reload_now(self);
}

void troth_cli_reload_watch(troth_cli_reload *r, troth_host *host)
{
    troth_status st = troth_host_on_signal(host, SIGHUP, hung_up, r);
    if (st)
        fprintf(stderr, "troth %s: SIGHUP cannot be watched: %s\n", r->usage->name, troth_status_text(st));
}

troth_cred *troth_cli_reload_cred(troth_cli_reload *r)
{
    hold(r);
    troth_cred *cred = troth_cred_ref(r->cred);
    let_go(r);
    return cred;
}

void troth_cli_reload_clear(troth_cli_reload *r)
{
    troth_cred_unref(r->cred);
    r->cred = NULL;
}
