/*
 * troth/host.h: sockets, timers and threads around endpoints (libtroth-host, over libuv).
 *
 * A host has one or more event loops, each on a thread of its own, and one pool of threads for jobs. A connection lives
 * on the loop that accepted or opened it: all callbacks about it come on that loop's thread, and only there may it be
 * touched. Where a function may be called from any thread, it says so.
 *
 * Callbacks may call anything about their own connection or stream, also end or close it; the object stays until its
 * last callback has returned. Called from elsewhere, send, end, close, pause and resume may call back before they return.
 *
 * Addresses are "HOST:PORT", "[IPv6]:PORT" or "unix:PATH".
 */
#ifndef TROTH_HOST_H
#define TROTH_HOST_H

#include <troth/endpoint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct troth_host troth_host;
typedef struct troth_loop troth_loop;
typedef struct troth_listener troth_listener;
typedef struct troth_conn troth_conn;
typedef struct troth_stream troth_stream;

/*
 * What went wrong with a socket, a name or a file.
 *
 * code  our status: TROTH_INVALID (the address cannot be read), TROTH_IO, TROTH_TIMEOUT, TROTH_NO_MEMORY, TROTH_LIMIT
 * sys   errno, or 0 when none applies
 * what  a constant in words: "address", "resolve", "bind", "listen", "connect", "read", "write"
 */
typedef struct troth_host_error {
    troth_status code;
    int sys;
    const char *what;
} troth_host_error;

/* ---- the host --------------------------------------------------------------------------------------------------- */

/*
 * 0 means the default in brackets.
 *
 * env          borrowed for the host's life, and for longer by jobs that never end
 * loops        event loops, each with a thread (the first is the caller of troth_host_run) [1]
 * threads      job threads [4]
 * threads_max  with those that stand in for threads whose job is stuck [32]
 * queue        jobs waiting for a thread; one more is refused [8,192]
 * stuck_ms     a job that runs longer counts as stuck [500]
 */
typedef struct troth_host_options {
    const troth_env *env;
    unsigned loops, threads, threads_max, queue;
    uint64_t stuck_ms;
} troth_host_options;

/* Make a host; nothing runs yet. TROTH_OK, TROTH_INVALID, TROTH_NO_MEMORY, TROTH_IO. */
TROTH_MUST_CHECK troth_status troth_host_new(const troth_host_options *opts, troth_host **ret);
/*
 * Run all loops until nothing is left to do: no listener, no connection, no stream.
 * TROTH_OK; TROTH_TIMEOUT (a drain ended by force); TROTH_IO (a thread could not be started)
 */
TROTH_MUST_CHECK troth_status troth_host_run(troth_host *h);
/*
 * Release a host that does not run. Jobs that still run are not waited for: they, and what they use, are left to the
 * end of the process.
 */
void troth_host_free(troth_host *h);
/* One of the loops, 0 .. loops - 1. */
troth_loop *troth_host_loop(troth_host *h, unsigned i);
/* Monotonic milliseconds, as the loop last saw them. */
uint64_t troth_loop_now(const troth_loop *l);
/*
 * Stop listening, let connections and streams end by themselves, reset the rest after timeout_ms; a second call resets
 * at once. Any thread.
 */
void troth_host_drain(troth_host *h, uint64_t timeout_ms);
/* True once troth_host_drain was called. Any thread. */
bool troth_host_draining(const troth_host *h);
/* Drain by this timeout on SIGTERM and SIGINT; a second signal resets at once. Before troth_host_run. */
TROTH_MUST_CHECK troth_status troth_host_drain_on_signals(troth_host *h, uint64_t timeout_ms);
/*
 * Call fn on the first loop's thread whenever the process gets a signal other than those that drain, which does not
 * keep the host running. At most four signals; before troth_host_run. TROTH_OK, TROTH_LIMIT, TROTH_IO.
 */
TROTH_MUST_CHECK troth_status troth_host_on_signal(troth_host *h, int signum, void (*fn)(void *self, int signum),
                                                   void *self);

/* Counters of a host; those without "now" only grow. */
typedef struct troth_host_counters {
    size_t connections;      /* now open, both directions                              */
    size_t half_open;        /* now open and not authenticated                         */
    size_t unauthenticated;  /* octets that those hold of ours now, all listeners      */
    uint64_t accepted;       /* connections taken from listeners                       */
    uint64_t refused_limit;  /* accepted and closed at once: too many connections      */
    uint64_t refused_half;   /* likewise: too many half-open ones                      */
    uint64_t refused_budget; /* likewise: the memory budget of unauthenticated peers   */
    uint64_t refused_jobs;   /* handshakes refused because the job queue was full      */
    uint64_t accept_errors;  /* accept failed; not when descriptors ran out, then it
                            * closes the peer's connection without a count          */
    size_t job_queue;        /* jobs waiting now                                       */
    size_t job_threads;      /* job threads now                                        */
    size_t job_stuck;        /* of those, with a stuck job                             */
    uint64_t jobs;           /* jobs finished                                          */
} troth_host_counters;

/* Read the counters. Any thread. */
troth_host_counters troth_host_count(troth_host *h);

/* ---- protected connections -------------------------------------------------------------------------------------- */

/*
 * What the owner of connections does. self is the one given with the handler.
 *
 * open    Make the endpoint of a new connection and, with troth_conn_set_owner, whatever belongs to it. env is the
 *         connection's own, counted, and lives as long as anything built with it; transport is borrowed during the
 *         call. Any failure closes the connection, and then no other callback comes.
 * event   Every event of the endpoint but jobs, in order. Views live until the callback returns. TROTH_EV_CLOSED always
 *         comes, once, and is the last event.
 * ready   After troth_conn_send or _submit answered TROTH_AGAIN: the endpoint may take more now. May be NULL.
 * gone    The socket is closed and the connection is about to be freed: the last callback. After it owner and conn are
 *         not used again.
 * failed  troth_conn_connect only: no connection came about, no other callback comes.
 */
typedef struct troth_conn_handler {
    troth_status (*open)(void *self, troth_conn *c, const troth_env *env, const troth_transport *transport,
                         uint64_t now, troth_endpoint **ret);
    void (*event)(void *self, troth_conn *c, const troth_event *ev);
    void (*ready)(void *self, troth_conn *c);
    void (*gone)(void *self, troth_conn *c);
    void (*failed)(void *self, troth_conn *c, const troth_host_error *err);
} troth_conn_handler;

/*
 * Limits of a listener; 0 = the default in brackets. All are counted over all loops.
 *
 * connections  open at once [10,000]
 * half_open    of those, not authenticated: no TROTH_EV_ESTABLISHED yet, however long they stay [8,192]
 * budget       octets of ours that all unauthenticated peers together hold; past it new ones are refused and the
 *              allocations of half-open ones fail [67,108,864]
 * backlog      of the socket [1,024]
 */
typedef struct troth_listen_limits {
    size_t connections, half_open, budget;
    int backlog;
} troth_listen_limits;

/*
 * Listen at an address, on every loop; before troth_host_run.
 *
 * limits   may be NULL
 * handler  borrowed, with self, for the host's life
 * ret      lives until troth_host_free; may be NULL
 * ret_err  set on failure only; may be NULL
 *
 * TROTH_OK or the code of ret_err. A unix path that exists and is a socket nobody listens on is replaced.
 */
TROTH_MUST_CHECK troth_status troth_host_listen(troth_host *h, const char *address, const troth_listen_limits *limits,
                                                const troth_conn_handler *handler, void *self, troth_listener **ret,
                                                troth_host_error *ret_err);
/* Where it listens, with the port that the system chose for port 0. Valid for the listener's life. */
const char *troth_listener_address(const troth_listener *l);
/*
 * Open a connection from a loop, on that loop's thread or before troth_host_run.
 *
 * timeout_ms  for name and connection together; 0 = 10,000
 * owner       what troth_conn_owner answers from now on; open may change it
 *
 * TROTH_OK: open or failed will be called, never before this returns; TROTH_INVALID, TROTH_NO_MEMORY
 */
TROTH_MUST_CHECK troth_status troth_conn_connect(troth_loop *l, const char *address, uint64_t timeout_ms,
                                                 const troth_conn_handler *handler, void *self, void *owner,
                                                 troth_conn **ret);
/* Keep a pointer of the caller's with the connection, and answer it; it is never looked at. NULL until set. */
void troth_conn_set_owner(troth_conn *c, void *owner);
void *troth_conn_owner(const troth_conn *c);
/* The loop it lives on, for the connection's life. */
troth_loop *troth_conn_loop(const troth_conn *c);
/* Peer and own address in words; empty when unknown. Valid for the connection's life. */
const char *troth_conn_peer(const troth_conn *c);
const char *troth_conn_local(const troth_conn *c);
/* The addresses themselves; len 0 when unknown. */
troth_addr troth_conn_peer_addr(const troth_conn *c);
troth_addr troth_conn_local_addr(const troth_conn *c);
/*
 * Give the endpoint octets for the peer. data may be a view of the event being handled.
 *
 * ret_used  octets taken; the rest is to be given again after ready
 *
 * TROTH_OK, TROTH_AGAIN, TROTH_BAD_STATE (not established, or ended); anything else: TROTH_EV_CLOSED follows
 */
TROTH_MUST_CHECK troth_status troth_conn_send(troth_conn *c, troth_bytes data, size_t *ret_used);
/*
 * Give the endpoint any order, as troth_endpoint_submit; what the order names is borrowed during the call.
 *
 * ret_used  octets of order->data taken; may be NULL where the order has none
 */
TROTH_MUST_CHECK troth_status troth_conn_submit(troth_conn *c, const troth_order_msg *order, size_t *ret_used);
/*
 * Have ready called whenever something was sent, not only after TROTH_AGAIN: for owners that order from the endpoint
 * itself, as troth_rpc_client does. Legal from open on.
 */
void troth_conn_watch(troth_conn *c);
/*
 * Have the endpoint's events, output and deadline looked at soon, from the loop: for endpoints that were told something
 * otherwise than through their connection, such as a call answered late. Legal at any time, from any call-back.
 */
void troth_conn_wake(troth_conn *c);
/* End our direction; the peer's goes on. Legal at any time. */
void troth_conn_end(troth_conn *c);
/* End the connection for a reason, with the wire's own farewell. */
void troth_conn_close(troth_conn *c, troth_status reason);
/* End it at once, with a TCP reset. */
void troth_conn_reset(troth_conn *c, troth_status reason);
/* Stop, and go on, giving the endpoint what the peer sends; events that are there already still come. */
void troth_conn_pause(troth_conn *c);
void troth_conn_resume(troth_conn *c);

/* Counters of one connection. */
typedef struct troth_conn_counters {
    uint64_t id;           /* counted from 1 over the host                    */
    uint64_t opened;       /* monotonic milliseconds                          */
    uint64_t wire_in;      /* octets from the socket                          */
    uint64_t wire_out;     /* octets to the socket                            */
    uint64_t data_in;      /* octets of TROTH_EV_DATA, and of _CALL           */
    uint64_t data_out;     /* octets that the endpoint took                   */
    size_t held, held_max; /* octets of ours that it holds, and held at most  */
} troth_conn_counters;

/* Read a connection's counters; also in gone. */
troth_conn_counters troth_conn_count(const troth_conn *c);

/* ---- TLS below an endpoint -------------------------------------------------------------------------------------- */

/*
 * Make the endpoint of one connection. Called on the connection's loop, from several threads when there are several.
 *
 * env        the connection's own, counted; to be used for everything the endpoint allocates
 * transport  addresses; borrowed during the call
 */
typedef troth_status (*troth_endpoint_maker)(void *self, const troth_env *env, const troth_transport *transport,
                                             uint64_t now, troth_endpoint **ret);

/*
 * TLS, and inside it an endpoint that is made once the handshake is over. Strings and octets are copied; 0 means the
 * default in brackets.
 *
 * cred          acquired, of TROTH_CRED_PEM (a client may have TROTH_CRED_DEFAULT); one reference is taken
 * role          which side we are
 * target        client: the host that the certificate must be for
 * require       server: TROTH_F_MUTUAL asks for a client's certificate
 * policy        TROTH_POLICY_REQUIRE_CERT: and demands one
 * alpn          as troth_context_options
 * handshake_ms  [10,000]
 * make          is given the transport below with tls, tls_identity and bindings (tls-server-end-point) filled in
 */
typedef struct troth_tls_options {
    const troth_env *env;
    troth_cred *cred;
    troth_role role;
    const char *target;
    troth_flags require;
    uint32_t policy;
    troth_bytes alpn;
    uint64_t handshake_ms;
    troth_endpoint_maker make;
    void *make_self;
} troth_tls_options;

/*
 * Make one. Its events are those of the endpoint inside and, before, jobs of its own; before the handshake is over it
 * answers orders with TROTH_AGAIN. An end that TLS did not protect is TROTH_EV_CLOSED with TROTH_TRUNCATED, whatever the wire inside would say.
 *
 * below  the TCP connection; borrowed during the call
 *
 * TROTH_OK, TROTH_INVALID, TROTH_NO_CRED, TROTH_NO_MEMORY
 */
TROTH_MUST_CHECK troth_status troth_tls_endpoint_new(const troth_tls_options *opts, const troth_transport *below,
                                                     uint64_t now, troth_endpoint **ret);

/* ---- plain streams ---------------------------------------------------------------------------------------------- */

/*
 * What the owner of a plain stream does.
 *
 * open    connected, or (st not TROTH_OK, err set) not: then no other callback comes. Accepted streams and files are
 *         open from the start and have no such call.
 * data    Octets that came. Answers how many were taken; for fewer than all of them the stream keeps the rest, stops
 *         reading, and offers it again after troth_stream_resume.
 * end     The other side sends no more. Writing goes on.
 * ready   All that was written has left: after troth_stream_write answered TROTH_AGAIN. May be NULL.
 * closed  Both directions ended, or it failed (err set; NULL for an orderly end or our own close): the last callback.
 */
typedef struct troth_stream_handler {
    void (*open)(void *self, troth_stream *s, const troth_host_error *err);
    size_t (*data)(void *self, troth_stream *s, troth_bytes data);
    void (*end)(void *self, troth_stream *s);
    void (*ready)(void *self, troth_stream *s);
    void (*closed)(void *self, troth_stream *s, const troth_host_error *err);
} troth_stream_handler;

/*
 * Open a plain stream to an address; as troth_conn_connect.
 * TROTH_OK: open will be called, never before this returns; TROTH_INVALID, TROTH_NO_MEMORY
 */
TROTH_MUST_CHECK troth_status troth_stream_connect(troth_loop *l, const char *address, uint64_t timeout_ms,
                                                   const troth_stream_handler *handler, void *self, troth_stream **ret);
/*
 * Make one stream of two descriptors that are open: pipes, terminals, sockets, files, devices; they may be the same.
 * The descriptors become the stream's. TROTH_OK, TROTH_IO, TROTH_NO_MEMORY.
 */
TROTH_MUST_CHECK troth_status troth_stream_open(troth_loop *l, int in, int out, const troth_stream_handler *handler,
                                                void *self, troth_stream **ret);
/*
 * Listen for plain streams, on the first loop. accept is called for each and sets its handler by troth_stream_handle,
 * or closes it. Otherwise as troth_host_listen.
 */
typedef void (*troth_stream_accept)(void *self, troth_stream *s);
TROTH_MUST_CHECK troth_status troth_host_listen_plain(troth_host *h, const char *address,
                                                      const troth_listen_limits *limits, troth_stream_accept accept,
                                                      void *self, troth_listener **ret, troth_host_error *ret_err);
/* Give a stream its handler, or another one. */
void troth_stream_handle(troth_stream *s, const troth_stream_handler *handler, void *self);
/* The loop it lives on. */
troth_loop *troth_stream_loop(const troth_stream *s);
/*
 * Write. All of data is always taken, or copied where the socket is full.
 * TROTH_OK; TROTH_AGAIN (taken, but no more before ready); TROTH_CLOSED (ended or failed: nothing taken);
 * TROTH_NO_MEMORY (the stream fails: closed follows)
 */
TROTH_MUST_CHECK troth_status troth_stream_write(troth_stream *s, troth_bytes data);
/* End our direction once all is written; the other goes on. */
void troth_stream_end(troth_stream *s);
/* Stop reading, and go on (offering first what was not taken). A new stream reads once it has a handler and is open. */
void troth_stream_pause(troth_stream *s);
void troth_stream_resume(troth_stream *s);
/* End both directions at once; what was not written yet is lost. closed follows, never before this returns. */
void troth_stream_close(troth_stream *s);

#ifdef __cplusplus
}
#endif

#endif
