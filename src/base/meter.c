#include <base/meter.h>

/*
 * Count and mark share one word, so that leaving the budget and counting on another thread cannot miss each other: who
 * sees the mark while adding charges the budget, and who takes the mark away gives back all that was added before. For
 * the same reason exactly one thread sees the word become nothing.
 */
enum { MARK = 1 };

bool troth_meter_take(troth_meter *m, size_t n)
{
    if (n > m->max)
        return false;
    size_t old = atomic_fetch_add(&m->word, 2 * n);
    bool over = n > m->max - (old / 2 < m->max ? old / 2 : m->max);
    if (old & MARK && m->budget)
        over |= atomic_fetch_add(&m->budget->held, (long long)n) + (long long)n > m->budget->max;
    if (over) {
        troth_meter_give(m, n);
        return false;
    }
    size_t now = old / 2 + n, most = atomic_load(&m->most);
    while (now > most && !atomic_compare_exchange_weak(&m->most, &most, now)) {
    }
    return true;
}

void troth_meter_give(troth_meter *m, size_t n)
{
    void (*emptied)(troth_meter *) = m->emptied; /* whoever empties it may free it */
    troth_budget *budget = m->budget;
    size_t old = atomic_fetch_sub(&m->word, 2 * n);
    if (old & MARK && budget)
        atomic_fetch_sub(&budget->held, (long long)n);
    if (old == 2 * n && emptied)
        emptied(m);
}

void troth_meter_release_budget(troth_meter *m)
{
    troth_meter_leave(m);
}

void troth_meter_leave(troth_meter *m)
{
    void (*emptied)(troth_meter *) = m->emptied;
    troth_budget *budget = m->budget;
    size_t old = atomic_fetch_and(&m->word, ~(size_t)MARK);
    if (old & MARK && budget)
        atomic_fetch_sub(&budget->held, (long long)(old / 2));
    if (old == MARK && emptied)
        emptied(m);
}

size_t troth_meter_held(const troth_meter *m)
{
    return atomic_load(&m->word) / 2;
}

static void *take(void *self, size_t n)
{
    troth_meter *m = self;
    if (!troth_meter_take(m, n))
        return NULL;
    void *p = m->below->alloc(m->below->self, n);
    if (!p)
        troth_meter_give(m, n);
    return p;
}

static void give(void *self, void *p, size_t n)
{
    troth_meter *m = self;
    m->below->release(m->below->self, p, n);
    troth_meter_give(m, n);
}

static troth_status draw(void *self, uint8_t *out, size_t n)
{
    const troth_meter *m = self;
    return m->below->random(m->below->self, out, n);
}

static uint64_t tell(void *self)
{
    const troth_meter *m = self;
    return m->below->wall(m->below->self);
}

static void trace(void *self, const troth_trace *t)
{
    const troth_meter *m = self;
    m->below->trace(m->below->self, t);
}

static void init(troth_meter *m, const troth_env *below)
{
    m->env = (troth_env){ take, give, draw, tell, below->trace ? trace : NULL, m };
    m->below = below;
    m->budget = NULL;
    m->max = SIZE_MAX / 2;
    m->emptied = NULL;
    atomic_init(&m->word, 0);
    atomic_init(&m->most, 0);
}

void troth_meter_init(troth_meter *m, const troth_env *below, troth_budget *budget)
{
    init(m, below);
    m->budget = budget;
    atomic_init(&m->word, budget ? MARK : 0);
}

void troth_meter_init_bounded(troth_meter *m, const troth_env *below, size_t max, void (*emptied)(troth_meter *m))
{
    init(m, below);
    m->max = max < SIZE_MAX / 2 ? max : SIZE_MAX / 2;
    m->emptied = emptied;
    atomic_init(&m->word, MARK);
}
