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
static troth_cred *read_cred(const troth_cli_reload *r, int *ret_exit)
{
    troth_cred *cred = r->make(r->self, ret_exit);
    if (!cred)
        return NULL;
    *ret_exit = troth_cli_acquire(r->command, cred);
    if (*ret_exit == TROTH_EXIT_OK)
        return cred;
    troth_cred_unref(cred);
    return NULL;
}

int troth_cli_reload_init(troth_cli_reload *r, const char *command, troth_cli_cred_maker make, void *self)
{
    int code = TROTH_EXIT_OK;
    r->command = command;
    r->make = make;
    r->changed = NULL;
    r->self = self;
    atomic_flag_clear(&r->busy);
    r->cred = read_cred(r, &code);
    return r->cred ? TROTH_EXIT_OK : code;
}

void troth_cli_reload_now(troth_cli_reload *r)
{
    int code;
    troth_cred *fresh = read_cred(r, &code);
    if (!fresh) {
        fprintf(stderr, "troth %s: reload failed; the credentials stay as they were\n", r->command);
        return;
    }
    hold(r);
    troth_cred *old = r->cred;
    r->cred = fresh;
    let_go(r);
    if (r->changed)
        r->changed(r->self, fresh);
    troth_cred_unref(old); /* contexts that were made with it hold their own references */
    fprintf(stderr, "troth %s: credentials reloaded\n", r->command);
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
        fprintf(stderr, "troth %s: SIGHUP cannot be watched: %s\n", r->command, troth_status_text(st));
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
