/* What stands in a line of log, in words. */
#include <gateway/log.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

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
