#include <base/siphash.h>
#include <csiv2/names.h>
#include <csiv2/sas_guard.h>

enum { SETS = 256, WAYS = 4, MINUTE = 60000 };

/* A user: failures in the minute that began with the first of them, or barred for the minute that began with the last. */
struct troth_sas_suspect {
    uint64_t user, since;
    uint32_t failures; /* 0 = nobody */
};

static const size_t table_size = sizeof(troth_sas_suspect) * SETS * WAYS;

troth_status troth_sas_guard_init(troth_sas_guard *g, const troth_env *env, uint32_t limit)
{
    *g = (troth_sas_guard){ .env = env, .limit = limit };
    return env->random(env->self, g->key, sizeof g->key);
}

void troth_sas_guard_clear(troth_sas_guard *g)
{
    troth_mem_free(g->env, g->suspects, table_size);
    g->suspects = NULL;
}

uint64_t troth_sas_guard_user(const troth_sas_guard *g, troth_bytes username)
{
    uint8_t plain[TROTH_CSI_NAME_MAX];
    troth_csi_scoped_name n;
    troth_writer w = troth_writer_over(plain, sizeof plain, TROTH_LE);
    bool scoped = troth_csi_scoped_name_read(username, &n) == TROTH_OK && n.name.len;
    if (scoped)
        troth_csi_unescape(&w, n.name);
    return scoped ? troth_siphash(g->key, plain, w.len) : troth_siphash(g->key, username.data, username.len);
}

static bool current(const troth_sas_suspect *s, uint64_t now)
{
    /* a connection that was not looked at for a while is behind the one that counted last */
    return s->failures && (now < s->since || now - s->since < MINUTE);
}

static troth_sas_suspect *find(const troth_sas_guard *g, uint64_t user, uint64_t now)
{
    troth_sas_suspect *set = g->suspects ? &g->suspects[user % SETS * WAYS] : NULL;
    for (size_t i = 0; set && i < WAYS; i++) {
        if (set[i].user == user && current(&set[i], now))
            return &set[i];
    }
    return NULL;
}

bool troth_sas_guard_bars(const troth_sas_guard *g, uint64_t user, uint64_t now)
{
    const troth_sas_suspect *s = find(g, user, now);
    return s && s->failures >= g->limit;
}

/* A place for another user: a free one, else that of who failed least. */
static troth_sas_suspect *place(const troth_sas_guard *g, uint64_t user, uint64_t now)
{
    troth_sas_suspect *set = &g->suspects[user % SETS * WAYS], *least = set;
    for (size_t i = 0; i < WAYS; i++) {
        if (!current(&set[i], now))
            return &set[i];
        if (set[i].failures < least->failures)
            least = &set[i];
    }
    return least;
}

void troth_sas_guard_failed(troth_sas_guard *g, uint64_t user, uint64_t now)
{
    if (!g->suspects)
        g->suspects = troth_mem_new(g->env, table_size);
    if (!g->suspects)
        return; /* the connection's own count still holds */
    troth_sas_suspect *s = find(g, user, now);
    if (!s) {
        s = place(g, user, now);
        *s = (troth_sas_suspect){ .user = user, .since = now };
    }
    if (s->failures < g->limit && ++s->failures == g->limit)
        s->since = now;
}
