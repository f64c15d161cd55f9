/* Signals of the process, all on the first loop; none of them keeps it running. */
#include <host/host.h>
#include <signal.h>

static void on_signal(uv_signal_t *s, int number)
{
    troth_host *h = s->data;
    (void)number;
    troth_host_drain(h, h->signal_ms);
}

troth_status troth_host_drain_on_signals(troth_host *h, uint64_t timeout_ms)
{
    if (h->has_signals)
        return TROTH_BAD_STATE;
    uv_loop_t *uv = &h->loops[0].uv;
    uv_signal_init(uv, &h->on_term);
    uv_signal_init(uv, &h->on_int);
    h->on_term.data = h->on_int.data = h;
    h->signal_ms = timeout_ms;
    h->has_signals = true;
    bool ok = !uv_signal_start(&h->on_term, on_signal, SIGTERM) && !uv_signal_start(&h->on_int, on_signal, SIGINT);
    uv_unref((uv_handle_t *)&h->on_term);
    uv_unref((uv_handle_t *)&h->on_int);
    return ok ? TROTH_OK : TROTH_IO;
}

static void on_watched(uv_signal_t *s, int number)
{
    const troth_signal_watch *w = s->data;
    w->fn(w->self, number);
}

troth_status troth_host_on_signal(troth_host *h, int signum, void (*fn)(void *self, int signum), void *self)
{
    if (h->n_watches == TROTH_HOST_WATCHES)
        return TROTH_LIMIT;
    troth_signal_watch *w = &h->watches[h->n_watches];
    if (uv_signal_init(&h->loops[0].uv, &w->uv))
        return TROTH_IO;
    h->n_watches++;
    w->fn = fn;
    w->self = self;
    w->uv.data = w;
    bool ok = !uv_signal_start(&w->uv, on_watched, signum);
    uv_unref((uv_handle_t *)&w->uv);
    return ok ? TROTH_OK : TROTH_IO;
}

void troth_host_forget_signals(troth_host *h)
{
    if (h->has_signals) {
        uv_close((uv_handle_t *)&h->on_term, NULL);
        uv_close((uv_handle_t *)&h->on_int, NULL);
    }
    for (unsigned i = 0; i < h->n_watches; i++)
        uv_close((uv_handle_t *)&h->watches[i].uv, NULL);
}
