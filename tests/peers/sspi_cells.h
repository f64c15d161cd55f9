/*
 * peers/sspi_cells.h: one table of questions to an SSPI, compiled once with our headers and library and once with
 * WinPR's. Each question is asked in a process of its own, and its answer is a line: "group / cell<TAB>answer".
 */
#ifndef TESTS_PEERS_SSPI_CELLS_H
#define TESTS_PEERS_SSPI_CELLS_H
#ifdef PEER_WINPR
#include <winpr/ssl.h>
#include <winpr/sspi.h>
#else
#define SECURITY_WIN32
#include <windows.h>
/* it wants windows.h in front */
#include <security.h>
#endif
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CELL_ROOM = 8192, UNTOUCHED = 0x5A5A5A5A };

#define LIST(b)  (&(SecBufferDesc){ SECBUFFER_VERSION, sizeof(b) / sizeof *(b), (b) })
#define COUNT(a) (sizeof(a) / sizeof *(a))

/* Both ends of an NTLM exchange, account DOM\User. */
typedef struct pair {
    CredHandle client, server;
    CtxtHandle c, s;
    bool c_begun, s_begun;
    SECURITY_STATUS c_status, s_status;
    ULONG c_ret, s_ret;
    uint8_t to_server[CELL_ROOM], to_client[CELL_ROOM];
    ULONG n_to_server, n_to_client;
} pair;

void pair_open(pair *p);
/* A leg; it answers as the call did. */
SECURITY_STATUS pair_client(pair *p, ULONG req);
SECURITY_STATUS pair_server(pair *p, ULONG req);
/* Legs until both are done or one is not; true: both done. */
bool pair_shake(pair *p, ULONG isc, ULONG asc);

/* Ask in a child: fn says its answer with say(), in as many pieces as it likes. */
typedef struct cell {
    const char *group, *name;
    void (*ask)(const void *arg);
    const void *arg;
} cell;
void cell_run(const cell *k);
__attribute__((format(printf, 1, 2))) void say(const char *format, ...);
void say_status(SECURITY_STATUS st);
void say_bits(ULONG bits, bool acceptor);

void cells_flags(void);
void cells_buffers(void);
void cells_calls(void);
void cells_messages(void);
void cells_packages(void);
#endif
