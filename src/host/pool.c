#include <host/pool.h>
#include <uv.h>

typedef enum worker_doing { WORKER_NONE, WORKER_IDLE, WORKER_BUSY, WORKER_ENDED } worker_doing;

typedef struct worker {
    troth_pool *pool;
    uv_thread_t thread;
    worker_doing doing;
    uint64_t since; /* busy since, milliseconds */
} worker;

struct troth_pool {
    troth_pool_options opts;
    uv_mutex_t lock;
    uv_cond_t work, quiet; /* there is work or an end; a thread has ended */
    troth_ticket *head, **tail;
    uint64_t waiting_since; /* nothing was taken from the queue since, or it was empty */
    unsigned queued, alive, idle;
    uint64_t jobs;
    bool ending, left;
    worker workers[];
};

static uint64_t now_ms(void)
{
    return uv_hrtime() / 1000000;
}

static unsigned stuck_count(const troth_pool *p, uint64_t now)
{
    unsigned n = 0;
    for (unsigned i = 0; i < p->opts.threads_max; i++) {
        const worker *w = &p->workers[i];
        n += w->doing == WORKER_BUSY && now - w->since >= p->opts.stuck_ms;
    }
    return n;
}

/* More threads than wanted, now that work which was stuck has come back. */
static bool surplus(const troth_pool *p)
{
    return p->alive - stuck_count(p, now_ms()) > p->opts.threads;
}

static troth_ticket *take(troth_pool *p)
{
    troth_ticket *t = p->head;
    p->head = t->next;
    if (!p->head)
        p->tail = &p->head;
    p->queued--;
    p->waiting_since = now_ms();
    t->next = NULL;
    return t;
}

static void do_work(worker *w, troth_ticket *t)
{
    troth_pool *p = w->pool;
    w->doing = WORKER_BUSY;
    w->since = now_ms();
    uv_mutex_unlock(&p->lock);
    t->work(t);
    uv_mutex_lock(&p->lock);
    w->doing = WORKER_IDLE;
    p->jobs++;
    if (!p->left) /* else nobody is there to take it any more */
        t->done(t);
}

static void run(void *arg)
{
    worker *w = arg;
    troth_pool *p = w->pool;
    uv_mutex_lock(&p->lock);
    while (!p->ending && !surplus(p)) {
        if (p->head) {
            do_work(w, take(p));
            continue;
        }
        p->idle++;
        uv_cond_wait(&p->work, &p->lock);
        p->idle--;
    }
    w->doing = WORKER_ENDED;
    p->alive--;
    uv_cond_signal(&p->quiet);
    uv_mutex_unlock(&p->lock);
}

/* A thread more, unless the system has none to give: then the work waits. */
static void hire(troth_pool *p)
{
    for (unsigned i = 0; i < p->opts.threads_max; i++) {
        worker *w = &p->workers[i];
        if (w->doing == WORKER_ENDED) {
            uv_thread_join(&w->thread); /* it has given up the lock, or is about to */
            w->doing = WORKER_NONE;
        }
        if (w->doing != WORKER_NONE)
            continue;
        w->pool = p;
        w->doing = WORKER_IDLE;
        if (uv_thread_create(&w->thread, run, w))
            w->doing = WORKER_NONE;
        else
            p->alive++;
        return;
    }
}

troth_status troth_pool_new(const troth_pool_options *opts, troth_pool **ret)
{
    if (!opts->threads || opts->threads > opts->threads_max || opts->threads_max > 1024 || !opts->queue)
        return TROTH_INVALID;
    troth_pool *p = troth_mem_new(opts->env, sizeof *p + opts->threads_max * sizeof p->workers[0]);
    if (!p)
        return TROTH_NO_MEMORY;
    p->opts = *opts;
    p->tail = &p->head;
    if (uv_mutex_init(&p->lock) || uv_cond_init(&p->work) || uv_cond_init(&p->quiet)) {
        troth_mem_free(opts->env, p, sizeof *p + opts->threads_max * sizeof p->workers[0]);
        return TROTH_NO_MEMORY;
    }
    *ret = p;
    return TROTH_OK;
}

troth_status troth_pool_submit(troth_pool *p, troth_ticket *t)
{
    troth_status st = TROTH_LIMIT;
    uv_mutex_lock(&p->lock);
    if (!p->ending && p->queued < p->opts.queue) {
        if (!p->queued++)
            p->waiting_since = now_ms();
        t->next = NULL;
        *p->tail = t;
        p->tail = &t->next;
        if (p->queued > p->idle && p->alive < p->opts.threads)
            hire(p);
        uv_cond_signal(&p->work);
        st = TROTH_OK;
    }
    uv_mutex_unlock(&p->lock);
    return st;
}

bool troth_pool_tend(troth_pool *p)
{
    uv_mutex_lock(&p->lock);
    uint64_t now = now_ms();
    if (p->queued && !p->ending && now - p->waiting_since >= p->opts.stuck_ms) {
        unsigned stuck = stuck_count(p, now);
        while (p->alive - stuck < p->opts.threads && p->alive < p->opts.threads_max) {
            unsigned before = p->alive;
            hire(p);
            if (p->alive == before)
                break;
        }
    }
    bool again = p->queued > 0;
    uv_mutex_unlock(&p->lock);
    return again;
}

troth_pool_counters troth_pool_count(troth_pool *p)
{
    uv_mutex_lock(&p->lock);
    troth_pool_counters c = { p->queued, p->alive, stuck_count(p, now_ms()), p->jobs };
    uv_mutex_unlock(&p->lock);
    return c;
}

static void release(troth_pool *p)
{
    for (unsigned i = 0; i < p->opts.threads_max; i++) {
        if (p->workers[i].doing == WORKER_ENDED)
            uv_thread_join(&p->workers[i].thread);
    }
    uv_cond_destroy(&p->quiet);
    uv_cond_destroy(&p->work);
    uv_mutex_destroy(&p->lock);
    troth_mem_free(p->opts.env, p, sizeof *p + p->opts.threads_max * sizeof p->workers[0]);
}

bool troth_pool_end(troth_pool *p, uint64_t grace_ms, troth_ticket **ret_unrun)
{
    uint64_t until = now_ms() + grace_ms;
    uv_mutex_lock(&p->lock);
    p->ending = true;
    *ret_unrun = p->head;
    p->head = NULL;
    p->tail = &p->head;
    p->queued = 0;
    uv_cond_broadcast(&p->work);
    for (uint64_t now = now_ms(); p->alive && now < until; now = now_ms())
        uv_cond_timedwait(&p->quiet, &p->lock, (until - now) * 1000000);
    bool ended = !p->alive;
    p->left = !ended;
    uv_mutex_unlock(&p->lock);
    if (ended)
        release(p);
    return ended;
}
