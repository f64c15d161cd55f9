#include <errno.h>
#include <gateway/log.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { LINES_A_SECOND = 20 };

/* JOURNAL_STREAM names the device and inode of the journal's socket: only then is the prefix read by anybody. */
static bool is_journal(int fd)
{
    const char *s = getenv("JOURNAL_STREAM");
    unsigned long long dev, ino;
    struct stat st;
    return s && sscanf(s, "%llu:%llu", &dev, &ino) == 2 && !fstat(fd, &st) && st.st_dev == dev && st.st_ino == ino;
}

troth_status troth_log_init(troth_log *l, const troth_env *env, int fd, troth_log_format format)
{
    *l = (troth_log){ .env = env, .fd = fd, .format = format, .journal = fd >= 0 && is_journal(fd) };
    return troth_mutex_init(&l->lock);
}

void troth_log_clear(troth_log *l)
{
    troth_mutex_clear(&l->lock);
}

/* False: this second has had its share of this failure. ret_dropped: how many the seconds before had too much. */
static bool within_rate(troth_log *l, const troth_log_record *r, uint64_t wall, unsigned *ret_dropped)
{
    struct troth_log_rate *rate = &l->rate[r->error->code];
    uint64_t second = wall / 10000000;
    *ret_dropped = 0;
    if (r->established) /* whoever is authenticated gets a line */
        return true;
    if (rate->second != second) {
        *ret_dropped = rate->dropped;
        rate->second = second;
        rate->lines = rate->dropped = 0;
    }
    if (rate->lines < LINES_A_SECOND) {
        rate->lines++;
        return true;
    }
    rate->dropped++;
    return false;
}

/* One write for a line, so that lines of other processes do not come between. */
static void put(const troth_log *l, const char *line, size_t n)
{
    while (n) {
        ssize_t w = write(l->fd, line, n);
        if (w < 0 && errno == EINTR)
            continue;
        if (w <= 0) /* a full or broken log must not stop the streams */
            return;
        line += w;
        n -= (size_t)w;
    }
}

void troth_log_context(troth_log *l, const troth_log_record *r)
{
    char line[TROTH_LOG_LINE];
    size_t at = 0;
    unsigned dropped;
    uint64_t wall = l->env->wall(l->env->self);
    if (l->fd < 0)
        return;
    troth_mutex_lock(&l->lock);
    if (within_rate(l, r, wall, &dropped)) {
        if (l->journal)
            at = (size_t)snprintf(line, sizeof line, "<%d>", troth_log_priority(r));
        at += (l->format == TROTH_LOG_JSON ? troth_log_json : troth_log_text)(r, wall, dropped, line + at,
                                                                              sizeof line - at - 1);
        line[at++] = '\n';
        put(l, line, at);
    }
    troth_mutex_unlock(&l->lock);
}
