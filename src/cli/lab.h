/* cli/lab.h: a throw-away MIT realm in a temporary directory, for trying things out and for tests. */
#ifndef TROTH_CLI_LAB_H
#define TROTH_CLI_LAB_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

enum { TROTH_LAB_PATH = 512, TROTH_LAB_SECRET = 21, TROTH_LAB_ADDRESS = 32 };

/* Exit status when a program of the realm is not installed: what test drivers take for "skipped". */
enum { TROTH_LAB_MISSING = 77 };

/* One lab. The passwords are made anew for each; they lie in files of the directory and nowhere else. */
typedef struct troth_lab {
    char dir[TROTH_LAB_PATH];
    char alice[TROTH_LAB_SECRET], bob[TROTH_LAB_SECRET];
    unsigned port;
    char backend[TROTH_LAB_ADDRESS];     /* of the echo */
    char rpc_backend[TROTH_LAB_ADDRESS]; /* of an RPC server without security */
} troth_lab;

/* troth lab up|down|shell|run. Returns the exit status. */
int troth_cli_lab(int argc, char **argv);

/* Make the directory, database, users, services and tickets; start the KDC and the backends. 0, or an exit status after a
 * message. */
int troth_lab_up(troth_lab *lab);
/* End the KDC and the backends of a lab directory by their pids, and remove the directory. 0, or an exit status after a message. */
int troth_lab_down(const char *dir);

/* ---- files of a lab (lab_files.c) ---- */

/* Make the path of a file of the lab. */
void troth_lab_path(const troth_lab *lab, const char *name, char ret[TROTH_LAB_PATH]);
/* Write a file of the lab, readable by its owner only. */
bool troth_lab_write(const troth_lab *lab, const char *name, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* krb5.conf and kdc.conf for the lab's port. */
bool troth_lab_write_realm(const troth_lab *lab);
/* Passwords, and the users of NTLM and GSSUP in the forms of the programs that read them. */
bool troth_lab_write_users(const troth_lab *lab);
/* The variables of the lab: set them in this process, or print them for a shell to eval. */
void troth_lab_setenv(const troth_lab *lab);
void troth_lab_print_env(const troth_lab *lab);

/* ---- the backends (lab_echo.c) ---- */

#define TROTH_LAB_ECHO "troth-lab-echo" /* their processes' names */
#define TROTH_LAB_RPC  "troth-lab-rpc"
/* Start them; sets the lab's addresses of them. Their pids are in the files echo.pid and rpc.pid. */
bool troth_lab_start_backends(troth_lab *lab);

/* ---- programs (lab_spawn.c) ---- */

/* Where the path list leads for a program; false = nowhere. */
bool troth_lab_find(const char *program);
/* Run a program with input on its stdin and its output appended to the file log; its exit status, or -1. */
int troth_lab_spawn(const char *const argv[], const char *input, const char *log);
/*
 * Run a command in the foreground until it ends; SIGINT, SIGTERM and SIGHUP sent to this process alone are passed on
 * to it. Its exit status (128 + n when a signal ended it, 127 when it could not be run). These signals must be blocked.
 */
int troth_lab_foreground(char *const argv[]);
/* Block the signals that troth_lab_foreground waits for. */
void troth_lab_block_signals(void);

#endif
