#include <gateway/log.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* key=value, in a fixed order; a value that is not a plain word stands in quotes. */

typedef struct line {
    char *at;
    size_t left; /* with the NUL */
} line;

static void put_octets(line *l, const char *p, size_t n)
{
    n = n < l->left ? n : l->left - 1;
    memcpy(l->at, p, n);
    l->at += n;
    l->left -= n;
    *l->at = 0;
}

__attribute__((format(printf, 2, 3))) static void put(line *l, const char *format, ...)
{
    char s[64];
    va_list args;
    va_start(args, format);
    int n = vsnprintf(s, sizeof s, format, args);
    va_end(args);
    if (n > 0)
        put_octets(l, s, (size_t)n < sizeof s ? (size_t)n : sizeof s - 1);
}

static bool plain(const char *s)
{
    for (; *s; s++) {
        if ((unsigned char)*s <= ' ' || *s == '"' || *s == '=' || *s == 0x7f)
            return false;
    }
    return true;
}

/* What the peer chose cannot end the line, begin another field or reach a terminal as a control. */
static void put_value(line *l, const char *s)
{
    if (*s && plain(s)) {
        put_octets(l, s, strlen(s));
        return;
    }
    put_octets(l, "\"", 1);
    for (; *s; s++) {
        if (*s == '"' || *s == '\\')
            put_octets(l, "\\", 1);
        if ((unsigned char)*s < ' ' || *s == 0x7f)
            put(l, "\\x%02x", (unsigned char)*s);
        else
            put_octets(l, s, 1);
    }
    put_octets(l, "\"", 1);
}

static void put_str(line *l, const char *key, const char *value)
{
    if (!value || !*value)
        return;
    put(l, " %s=", key);
    put_value(l, value);
}

static void put_context(line *l, const troth_log_record *r)
{
    char flags[TROTH_LOG_FLAGS];
    const troth_event *ev = r->established;
    if (!ev)
        return;
    troth_log_flags(ev->facts.attributes, flags);
    put_str(l, "principal", r->principal);
    put_str(l, "level", troth_log_level(ev->level));
    put_str(l, "impersonation", troth_log_impersonation(ev->impersonation));
    put_str(l, "flags", flags);
    put(l, " legs=%u", ev->facts.legs);
}

static void put_rpc(line *l, const troth_log_rpc *r)
{
    if (!r)
        return;
    if (r->context) {
        put(l, " context_id=%" PRIu64, r->context_id);
        put_str(l, "rpc_level", r->level);
        return;
    }
    put(l, " contexts=%u group=%" PRIu32 " calls=%" PRIu64, r->contexts, r->group, r->calls);
    put(l, " pdus_in=%" PRIu64 " pdus_out=%" PRIu64, r->pdus_in, r->pdus_out);
}

size_t troth_log_text(const troth_log_record *r, uint64_t wall, unsigned dropped, char *out, size_t n)
{
    line l = { out, n };
    char stamp[TROTH_LOG_STAMP];
    const troth_error *e = r->error;
    troth_log_stamp(wall, stamp);
    *out = 0;
    put(&l, "%s %s %s", stamp, troth_log_severity(r), r->event);
    put(&l, " conn_id=%" PRIu64, r->conn_id);
    put_str(&l, "proto", r->wire);
    if (r->established) {
        put_str(&l, "mech", troth_mech_id_name(r->established->facts.mech));
        put_str(&l, "outer", troth_mech_id_name(r->established->facts.outer));
    }
    put_str(&l, "peer", r->peer);
    put_context(&l, r);
    put_rpc(&l, r->rpc);
    put(&l, " bytes_in=%" PRIu64 " bytes_out=%" PRIu64, r->bytes_in, r->bytes_out);
    put(&l, " ms=%" PRIu64 " status_code=%u", r->ms, (unsigned)e->code);
    put_str(&l, "status_name", troth_status_name(e->code));
    if (e->wire)
        put(&l, " wire=0x%08" PRIx32, e->wire);
    if (e->gss_major || e->gss_minor)
        put(&l, " gss=0x%08" PRIx32 "/%" PRId32, e->gss_major, (int32_t)e->gss_minor);
    if (e->code)
        put_str(&l, "where", e->where);
    if (dropped)
        put(&l, " like_it=%u", dropped);
    put_str(&l, "hint", troth_error_hint(e));
    return n - l.left;
}
