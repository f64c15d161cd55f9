#include <errno.h>
#include <gateway/log.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
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

void troth_log_stamp(uint64_t wall, char ret[TROTH_LOG_STAMP])
{
    time_t seconds = (time_t)(wall / 10000000);
    struct tm tm = { 0 };
    gmtime_r(&seconds, &tm);
    snprintf(ret, TROTH_LOG_STAMP, "%04u-%02u-%02uT%02u:%02u:%02u.%03uZ", (unsigned)tm.tm_year % 8000 + 1900,
             (unsigned)tm.tm_mon % 12 + 1, (unsigned)tm.tm_mday % 32, (unsigned)tm.tm_hour % 24,
             (unsigned)tm.tm_min % 60, (unsigned)tm.tm_sec % 62, (unsigned)(wall / 10000 % 1000));
}

void troth_log_flags(troth_flags flags, char ret[TROTH_LOG_FLAGS])
{
    static const struct {
        troth_flags flag;
        const char *name;
    } names[] = {
        { TROTH_F_MUTUAL, "mutual" },
        { TROTH_F_REPLAY, "replay" },
        { TROTH_F_SEQUENCE, "sequence" },
        { TROTH_F_INTEGRITY, "integrity" },
        { TROTH_F_CONFIDENTIALITY, "confidentiality" },
        { TROTH_F_DELEGATE, "delegate" },
        { TROTH_F_IDENTIFY, "identify" },
        { TROTH_F_DCE_STYLE, "dce" },
        { TROTH_F_ANONYMOUS, "anonymous" },
        { TROTH_F_GUEST, "guest" },
        { TROTH_F_BOUND, "bound" },
    };
    char *p = ret;
    *p = 0;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (!(flags & names[i].flag))
            continue;
        if (p != ret)
            *p++ = ',';
        p = stpcpy(p, names[i].name);
    }
}

const char *troth_log_level(troth_level level)
{
    static const char *const names[] = { "none", "sign", "encrypt" };
    return (unsigned)level < 3 ? names[level] : "?";
}

const char *troth_log_impersonation(troth_impersonation i)
{
    static const char *const names[] = { "", "identify", "impersonate", "delegate" };
    return (unsigned)i < 4 ? names[i] : "?";
}

int troth_log_priority(const troth_log_record *r)
{
    if (!r->error->code || r->error->code == TROTH_CLOSED)
        return 6;
    return r->established && strcmp(r->event, "denied") != 0 ? 4 : 5;
}

const char *troth_log_severity(const troth_log_record *r)
{
    static const char *const names[] = { "warning", "notice", "info" };
    return names[troth_log_priority(r) - 4];
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
