#include <host/conn.h>
#include <host/host.h>
#include <host/listener.h>
#include <host/stream.h>

enum { TEND_MS = 50, FORCE_MS = 100 };

static void hand_back(troth_loop *l)
{
    troth_mutex_lock(&l->mail.lock);
    troth_ticket *t = l->mail.done;
    l->mail.done = NULL;
    troth_mutex_unlock(&l->mail.lock);
    while (t) {
        troth_ticket *next = t->next;
        troth_conn_stepped(t);
        t = next;
    }
}

static void reset_all(troth_loop *l)
{
    for (troth_conn *c = l->conns, *next; c; c = next) {
        next = c->next;
        atomic_store(&l->host->by_force, true);
        troth_conn_reset(c, TROTH_CLOSED);
    }
    for (troth_stream *s = l->streams, *next; s; s = next) {
        next = s->next;
        atomic_store(&l->host->by_force, true);
        troth_stream_close(s);
    }
}

static void on_force(uv_timer_t *t)
{
    reset_all(t->data); /* and again: what one owner does on its end may have opened something else */
}

static void on_wake(uv_async_t *a)
{
    troth_loop *l = a->data;
    hand_back(l);
    unsigned drain = atomic_load(&l->host->drain);
    if (drain && !l->draining) {
        l->draining = true;
        troth_listener_stop(l);
        uv_timer_start(&l->force, on_force, atomic_load(&l->host->drain_ms), FORCE_MS);
    }
    if (drain > 1)
        uv_timer_start(&l->force, on_force, 0, FORCE_MS);
}

static void on_tend(uv_timer_t *t)
{
    const troth_loop *l = t->data;
    if (!troth_pool_tend(l->host->pool))
        uv_timer_stop(t);
}

troth_status troth_loop_submit(troth_loop *l, troth_ticket *t)
{
    if (l->host->ended)
        return TROTH_CLOSED;
    troth_status st = troth_pool_submit(l->host->pool, t);
    if (!st && !uv_is_active((uv_handle_t *)&l->tend))
        uv_timer_start(&l->tend, on_tend, TEND_MS, TEND_MS);
    return st;
}

void troth_loop_deliver(troth_loop *l, troth_ticket *t)
{
    troth_mutex_lock(&l->mail.lock);
    t->next = l->mail.done;
    l->mail.done = t;
    if (!l->mail.closed)
        uv_async_send(&l->wake);
    troth_mutex_unlock(&l->mail.lock);
}

void troth_loop_hold(troth_loop *l)
{
    if (!l->holds++)
        uv_ref((uv_handle_t *)&l->wake);
}

void troth_loop_drop(troth_loop *l)
{
    if (!--l->holds)
        uv_unref((uv_handle_t *)&l->wake);
}

void troth_loop_wake(troth_loop *l)
{
    troth_mutex_lock(&l->mail.lock);
    if (!l->mail.closed)
        uv_async_send(&l->wake);
    troth_mutex_unlock(&l->mail.lock);
}

troth_status troth_loop_init(troth_loop *l, troth_host *h, unsigned i)
{
    l->host = h;
    l->index = i;
    l->buffer = troth_mem_new(h->env, TROTH_LOOP_BUFFER);
    if (!l->buffer)
        return TROTH_NO_MEMORY;
    troth_status st = troth_mutex_init(&l->mail.lock);
    if (!st && uv_loop_init(&l->uv)) {
        troth_mutex_clear(&l->mail.lock);
        st = TROTH_IO;
    }
    if (!st && uv_async_init(&l->uv, &l->wake, on_wake)) {
        uv_loop_close(&l->uv);
        troth_mutex_clear(&l->mail.lock);
        st = TROTH_IO;
    }
    if (st) {
        troth_mem_free(h->env, l->buffer, TROTH_LOOP_BUFFER);
        return st;
    }
    uv_timer_init(&l->uv, &l->tend);
    uv_timer_init(&l->uv, &l->force);
    l->wake.data = l->tend.data = l->force.data = l;
    /* none of these keeps the loop running: only listeners, connections and streams do */
    uv_unref((uv_handle_t *)&l->wake);
    uv_unref((uv_handle_t *)&l->tend);
    uv_unref((uv_handle_t *)&l->force);
    return TROTH_OK;
}

void troth_loop_run(troth_loop *l)
{
    uv_run(&l->uv, UV_RUN_DEFAULT);
}

void troth_loop_clear(troth_loop *l)
{
    hand_back(l);
    troth_mutex_lock(&l->mail.lock);
    l->mail.closed = true;
    troth_mutex_unlock(&l->mail.lock);
    troth_listener_stop(l);
    reset_all(l);
    uv_close((uv_handle_t *)&l->wake, NULL);
    uv_close((uv_handle_t *)&l->tend, NULL);
    uv_close((uv_handle_t *)&l->force, NULL);
    uv_run(&l->uv, UV_RUN_DEFAULT);
    uv_loop_close(&l->uv);
    troth_mutex_clear(&l->mail.lock);
    troth_mem_free(l->host->env, l->buffer, TROTH_LOOP_BUFFER);
}

troth_loop *troth_host_loop(troth_host *h, unsigned i)
{
    return &h->loops[i];
}

uint64_t troth_loop_now(const troth_loop *l)
{
    return uv_now(&l->uv);
}
