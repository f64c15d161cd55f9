#include <host/conn.h>
#include <host/host.h>
#include <host/listener.h>
#include <signal.h>

enum { DEFAULT_THREADS = 4, DEFAULT_THREADS_MAX = 32, DEFAULT_QUEUE = 8192, DEFAULT_STUCK_MS = 500, GRACE_MS = 200 };

static size_t size_of(unsigned loops)
{
    return sizeof(troth_host) + loops * sizeof(troth_loop);
}

static troth_status make_pool(troth_host *h, const troth_host_options *o)
{
    troth_pool_options p = { h->env, DEFAULT_THREADS, DEFAULT_THREADS_MAX, DEFAULT_QUEUE, DEFAULT_STUCK_MS };
    if (o->threads)
        p.threads = o->threads;
    if (o->threads_max)
        p.threads_max = o->threads_max;
    else if (p.threads_max < p.threads)
        p.threads_max = p.threads;
    if (o->queue)
        p.queue = o->queue;
    if (o->stuck_ms)
        p.stuck_ms = o->stuck_ms;
    return troth_pool_new(&p, &h->pool);
}

troth_status troth_host_new(const troth_host_options *opts, troth_host **ret)
{
    unsigned loops = opts->loops ? opts->loops : 1;
    if (!opts->env || loops > 1024)
        return TROTH_INVALID;
    troth_host *h = troth_mem_new(opts->env, size_of(loops));
    if (!h)
        return TROTH_NO_MEMORY;
    h->env = opts->env;
    h->size = size_of(loops);
    troth_status st = make_pool(h, opts);
    for (; !st && h->n_loops < loops; h->n_loops += !st)
        st = troth_loop_init(&h->loops[h->n_loops], h, h->n_loops);
    if (!st) {
        *ret = h;
        return TROTH_OK;
    }
    if (h->pool)
        troth_host_free(h);
    else
        troth_mem_free(opts->env, h, h->size);
    return st;
}

static void run_loop(void *arg)
{
    troth_loop_run(arg);
}

troth_status troth_host_run(troth_host *h)
{
    unsigned running = 1;
    troth_status st = TROTH_OK;
    signal(SIGPIPE, SIG_IGN); /* a peer that is gone is EPIPE, not the end of the process */
    while (running < h->n_loops && !st) {
        if (uv_thread_create(&h->loops[running].thread, run_loop, &h->loops[running]))
            st = TROTH_IO;
        else
            running++;
    }
    if (st)
        troth_host_drain(h, 0);
    troth_loop_run(&h->loops[0]);
    for (unsigned i = 1; i < running; i++)
        uv_thread_join(&h->loops[i].thread);
    return st ? st : atomic_load(&h->by_force) ? TROTH_TIMEOUT : TROTH_OK;
}

void troth_host_free(troth_host *h)
{
    if (!h)
        return;
    while (atomic_load(&h->callers))
        uv_sleep(1);
    troth_ticket *unrun = NULL;
    h->ended = true;
    bool ended = troth_pool_end(h->pool, GRACE_MS, &unrun);
    while (unrun) {
        troth_ticket *next = unrun->next;
        troth_conn_stepped(unrun);
        unrun = next;
    }
    troth_host_forget_signals(h);
    for (unsigned i = 0; i < h->n_loops; i++)
        troth_loop_clear(&h->loops[i]);
    if (!ended)
        return; /* a job that still runs allocates through its connection and its listener's budget */
    troth_listener_free_all(h);
    troth_mem_free(h->env, h, h->size);
}

void troth_host_drain(troth_host *h, uint64_t timeout_ms)
{
    atomic_fetch_add(&h->callers, 1); /* the first loop that wakes may end the host: it is not freed under our hands */
    if (!atomic_load(&h->drain))
        atomic_store(&h->drain_ms, timeout_ms);
    if (atomic_fetch_add(&h->drain, 1) > 1)
        atomic_store(&h->drain, 2);
    for (unsigned i = 0; i < h->n_loops; i++)
        troth_loop_wake(&h->loops[i]);
    atomic_fetch_sub(&h->callers, 1);
}

bool troth_host_draining(const troth_host *h)
{
    return atomic_load(&h->drain) > 0;
}

troth_host_counters troth_host_count(troth_host *h)
{
    troth_pool_counters p = troth_pool_count(h->pool);
    return (troth_host_counters){
        .connections = atomic_load(&h->connections),
        .half_open = atomic_load(&h->half_open),
        .unauthenticated = troth_listener_unauthenticated(h),
        .accepted = atomic_load(&h->accepted),
        .refused_limit = atomic_load(&h->refused_limit),
        .refused_half = atomic_load(&h->refused_half),
        .refused_budget = atomic_load(&h->refused_budget),
        .refused_jobs = atomic_load(&h->refused_jobs),
        .accept_errors = atomic_load(&h->accept_errors),
        .job_queue = p.queued,
        .job_threads = p.threads,
        .job_stuck = p.stuck,
        .jobs = p.jobs,
    };
}
