/* host/listener.h: listening sockets, one for each loop, and the limits they share. */
#ifndef TROTH_HOST_LISTENER_H
#define TROTH_HOST_LISTENER_H

#include <base/meter.h>
#include <host/address.h>
#include <host/stream.h>

typedef struct troth_listen_socket {
    troth_uv_stream sock;
    troth_listener *listener;
    troth_loop *loop;
    bool open;
} troth_listen_socket;

struct troth_listener {
    troth_listener *next;
    troth_host *host;
    const troth_conn_handler *handler; /* NULL: plain streams, for accept */
    troth_stream_accept accept;
    void *self;
    troth_listen_limits limits;
    troth_budget budget;
    atomic_size_t connections, half_open;
    char address[TROTH_ADDRESS_TEXT];
    char *unlink_path; /* of a unix socket that we made */
    unsigned n_sockets;
    troth_listen_socket sockets[];
};

/* Close all listening sockets of a loop. */
void troth_listener_stop(troth_loop *l);
/* Release all listeners of a host whose loops have ended. */
void troth_listener_free_all(troth_host *h);
/* Octets held by the unauthenticated peers of all listeners. */
size_t troth_listener_unauthenticated(const troth_host *h);

#endif
