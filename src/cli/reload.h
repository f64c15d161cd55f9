/* cli/reload.h: a server's credential, read anew on SIGHUP and kept as it was when that fails. */
#ifndef TROTH_CLI_RELOAD_H
#define TROTH_CLI_RELOAD_H

#include <cli/creds.h>
#include <stdatomic.h>
#include <troth/host.h>

/* Make a credential that is not acquired yet; NULL after a complaint, with the exit code. */
typedef troth_cred *(*troth_cli_cred_maker)(void *self, int *ret_exit);

/*
 * Several loops take the credential while one of them may put a new one: busy guards the pointer for that moment.
 *
 * changed  called with the new one on the first loop's thread; may be NULL
 */
typedef struct troth_cli_reload {
    const char *command;
    troth_cli_cred_maker make;
    void (*changed)(void *self, troth_cred *cred);
    void *self;
    atomic_flag busy;
    troth_cred *cred;
} troth_cli_reload;

/* Make and acquire the credential. 0, or the exit code after a complaint. command, for complaints, is borrowed. */
int troth_cli_reload_init(troth_cli_reload *r, const char *command, troth_cli_cred_maker make, void *self);
/* Read the files again on every SIGHUP from now on. */
void troth_cli_reload_watch(troth_cli_reload *r, troth_host *host);
/* Read the files again now; on failure the old credential stays, and the complaint is logged. */
void troth_cli_reload_now(troth_cli_reload *r);
/* The credential of this moment, as one reference of the caller's. Any thread. */
troth_cred *troth_cli_reload_cred(troth_cli_reload *r);
void troth_cli_reload_clear(troth_cli_reload *r);

#endif
