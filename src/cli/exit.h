/* cli/exit.h: exit codes. Stable; listed in troth(1). */
#ifndef TROTH_CLI_EXIT_H
#define TROTH_CLI_EXIT_H

#include <troth/status.h>

typedef enum troth_exit {
    TROTH_EXIT_OK = 0,
    TROTH_EXIT_FAILED = 1,    /* a check or decoding failed, or the system did       */
    TROTH_EXIT_USAGE = 2,     /* the command line                                    */
    TROTH_EXIT_NETWORK = 3,   /* no connection, or it broke                          */
    TROTH_EXIT_REJECTED = 4,  /* the peer, or the authority behind it, rejected us   */
    TROTH_EXIT_REJECTING = 5, /* we rejected the peer                                */
    TROTH_EXIT_NO_CRED = 6,   /* no credential that could be used                    */
    TROTH_EXIT_CONFIG = 7,    /* a configuration or credential file                  */
    TROTH_EXIT_INTEGRITY = 8, /* a protected message was altered, repeated, reordered */
    TROTH_EXIT_SKIPPED = 77
} troth_exit;

/* Map a status to the exit code that says the same; every status has one. */
troth_exit troth_exit_of(troth_status st);

#endif
