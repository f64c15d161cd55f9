/*
 * load/live.h: a server over real sockets in a thread of this process (the echo of libtroth-host), and clients that are
 * an endpoint and a socket. Clients answer false instead of failing the test, so that they may live on other threads.
 */
#ifndef TESTS_LIVE_H
#define TESTS_LIVE_H
#include <pthread.h>
#include <semaphore.h>
#include <support/rig.h>
#include <troth/gateway.h>

enum { LIVE_METERS = 1024 };

/*
 * world    the mechanism, both credentials, options of both ends: to be changed before live_start
 * serve    to be changed before live_start; make, listen, no_signals and ready are live's own
 * meters   the environments of the connections, in the order of their coming; each lives as long as its connection
 */
typedef struct live {
    rig world;
    troth_gateway_serve_options serve;
    pthread_t thread;
    sem_t up;
    troth_host *host;
    char address[64];
    int port;
    troth_status ended;
    const troth_env *meters[LIVE_METERS];
    atomic_size_t made;
} live;

/* A world with a fake Kerberos at level ENCRYPT; nothing runs yet. */
void live_init(live *v);
void live_start(live *v);
/* Drain, join and check that nothing of ours is left; what troth_gateway_serve answered. */
troth_status live_end(live *v);
/* Octets that connection number i (from 0) holds of ours. */
size_t live_held(const live *v, size_t i);
/* Wait until a condition holds; false = not within ms. */
bool live_wait(bool (*holds)(live *v, size_t arg), live *v, size_t arg, unsigned ms);
/* Monotonic milliseconds. */
uint64_t live_ms(void);

/* Octets of application data are a known sequence, so that any client can compare what comes back. */
typedef struct live_client {
    const live *v;
    int fd;
    troth_endpoint *e;
    bool established, end, closed, wrong;
    troth_error error;
    size_t said, got;
} live_client;

/* A connected, non-blocking socket, or -1. */
int live_dial(const live *v);
/* Connect, without an octet sent yet. */
bool live_open(const live *v, live_client *c);
/* Send what is to be sent, wait up to ms for octets, take them. False = the connection or the endpoint has ended. */
bool live_turn(live_client *c, int ms);
/* All the legs. */
bool live_shake(live_client *c, unsigned ms);
/* Say n octets and wait until all has come back, and compare. */
bool live_echo(live_client *c, size_t n, unsigned ms);
/* Order up to n octets; how many were taken. */
size_t live_say(live_client *c, size_t n);
/* Close in good order, or by a TCP reset. Also for a client that never opened. */
void live_close(live_client *c);
void live_reset(live_client *c);
/* Send octets as they are; false = not all were taken. */
bool live_raw(int fd, const void *p, size_t n);
/* Wait until the peer has closed; false = not within ms. */
bool live_gone(int fd, unsigned ms);
#endif
