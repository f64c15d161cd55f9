#include <base/siphash.h>
#include <csiv2/sas_table.h>

enum { FIRST_BUCKETS = 16 };

static troth_sas_node **bucket_of(const troth_sas_table *t, uint64_t id)
{
    return &t->buckets[troth_siphash(t->key, &id, sizeof id) & (t->n_buckets - 1)];
}

troth_status troth_sas_table_init(troth_sas_table *t, const troth_env *env)
{
    *t = (troth_sas_table){ .env = env };
    return env->random(env->self, t->key, sizeof t->key);
}

void troth_sas_table_clear(troth_sas_table *t)
{
    troth_mem_free(t->env, t->buckets, t->n_buckets * sizeof *t->buckets);
    t->buckets = NULL;
    t->n_buckets = t->n = 0;
}

troth_sas_node *troth_sas_table_find(const troth_sas_table *t, uint64_t id)
{
    troth_sas_node *node = t->n ? *bucket_of(t, id) : NULL;
    while (node && node->id != id)
        node = node->next;
    return node;
}

static void chain(troth_sas_table *t, troth_sas_node *node)
{
    troth_sas_node **at = bucket_of(t, node->id);
    node->next = *at;
    *at = node;
}

/* Double the buckets. Without memory for that the chains grow longer instead, as long as there are buckets at all. */
static troth_status grow(troth_sas_table *t)
{
    troth_sas_table was = *t;
    size_t n = was.n_buckets ? was.n_buckets * 2 : FIRST_BUCKETS;
    troth_sas_node **buckets = troth_mem_new(t->env, n * sizeof *buckets);
    if (!buckets)
        return was.n_buckets ? TROTH_OK : TROTH_NO_MEMORY;
    t->buckets = buckets;
    t->n_buckets = n;
    for (size_t i = 0; i < was.n_buckets; i++) {
        for (troth_sas_node *node = was.buckets[i], *next; node; node = next) {
            next = node->next;
            chain(t, node);
        }
    }
    troth_mem_free(t->env, was.buckets, was.n_buckets * sizeof *was.buckets);
    return TROTH_OK;
}

troth_status troth_sas_table_add(troth_sas_table *t, troth_sas_node *node)
{
    troth_status st = t->n < t->n_buckets ? TROTH_OK : grow(t);
    if (st)
        return st;
    chain(t, node);
    t->n++;
    return TROTH_OK;
}

void troth_sas_table_remove(troth_sas_table *t, troth_sas_node *node)
{
    troth_sas_node **at = bucket_of(t, node->id);
    while (*at != node)
        at = &(*at)->next;
    *at = node->next;
    t->n--;
}

bool troth_sas_table_any(const troth_sas_table *t, bool (*fits)(const void *self, const troth_sas_node *node),
                         const void *self)
{
    for (size_t i = 0; i < t->n_buckets; i++) {
        for (const troth_sas_node *node = t->buckets[i]; node; node = node->next) {
            if (fits(self, node))
                return true;
        }
    }
    return false;
}

troth_sas_node *troth_sas_table_pop(troth_sas_table *t, size_t *at)
{
    while (*at < t->n_buckets && !t->buckets[*at])
        ++*at;
    if (*at == t->n_buckets)
        return NULL;
    troth_sas_node *node = t->buckets[*at];
    t->buckets[*at] = node->next;
    t->n--;
    return node;
}
