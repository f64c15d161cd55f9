#include <gateway/log.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

typedef struct sink {
    char *at;
    size_t left;
} sink;

static int collect(const char *p, size_t n, void *arg)
{
    sink *s = arg;
    if (n >= s->left)
        return -1;
    memcpy(s->at, p, n);
    s->at += n;
    s->left -= n;
    *s->at = 0;
    return 0;
}

static void put_str(json_t *o, const char *key, const char *value)
{
    if (!value || !*value)
        return;
    json_t *s = json_string(value);
    if (!s) /* not UTF-8: the octets that are ASCII */
    {
        char clean[512];
        size_t n = 0;
        for (; *value && n < sizeof clean - 1; value++)
            clean[n++] = (unsigned char)*value < 0x80 ? *value : '?';
        clean[n] = 0;
        s = json_string(clean);
    }
    (void)json_object_set_new(o, key, s);
}

static void put_int(json_t *o, const char *key, uint64_t value)
{
    (void)json_object_set_new(o, key, json_integer((json_int_t)value));
}

static void put_context(json_t *o, const troth_log_record *r)
{
    char flags[TROTH_LOG_FLAGS], *word, *rest = flags;
    const troth_event *ev = r->established;
    if (!ev)
        return;
    troth_log_flags(ev->facts.attributes, flags);
    put_str(o, "principal", r->principal);
    put_str(o, "level", troth_log_level(ev->level));
    put_str(o, "impersonation", troth_log_impersonation(ev->impersonation));
    json_t *list = json_array();
    while ((word = strsep(&rest, ",")) && *word)
        (void)json_array_append_new(list, json_string(word));
    (void)json_object_set_new(o, "flags", list);
    put_int(o, "legs", ev->facts.legs);
}

static void put_rpc(json_t *o, const troth_log_rpc *r)
{
    if (!r)
        return;
    if (r->context) {
        put_int(o, "context_id", r->context_id);
        put_str(o, "rpc_level", r->level);
        return;
    }
    put_int(o, "contexts", r->contexts);
    put_int(o, "group", r->group);
    put_int(o, "calls", r->calls);
    put_int(o, "pdus_in", r->pdus_in);
    put_int(o, "pdus_out", r->pdus_out);
}

static void put_error(json_t *o, const troth_error *e)
{
    char code[16];
    put_int(o, "status_code", e->code);
    put_str(o, "status_name", troth_status_name(e->code));
    if (e->wire) {
        snprintf(code, sizeof code, "0x%08x", (unsigned)e->wire);
        put_str(o, "wire", code);
    }
    if (e->gss_major || e->gss_minor) {
        put_int(o, "gss_major", e->gss_major);
        (void)json_object_set_new(o, "gss_minor", json_integer((int32_t)e->gss_minor));
    }
    if (e->code)
        put_str(o, "where", e->where);
}

size_t troth_log_json(const troth_log_record *r, uint64_t wall, unsigned dropped, char *out, size_t n)
{
    char stamp[TROTH_LOG_STAMP];
    sink s = { out, n };
    json_t *o = json_object();
    *out = 0;
    troth_log_stamp(wall, stamp);
    put_str(o, "ts", stamp);
    put_str(o, "severity", troth_log_severity(r));
    put_str(o, "event", r->event);
    put_int(o, "conn_id", r->conn_id);
    put_str(o, "proto", r->wire);
    if (r->established) {
        put_str(o, "mech", troth_mech_id_name(r->established->facts.mech));
        put_str(o, "outer", troth_mech_id_name(r->established->facts.outer));
    }
    put_str(o, "peer", r->peer);
    put_context(o, r);
    put_rpc(o, r->rpc);
    put_int(o, "bytes_in", r->bytes_in);
    put_int(o, "bytes_out", r->bytes_out);
    put_int(o, "ms", r->ms);
    put_error(o, r->error);
    if (dropped)
        put_int(o, "like_it", dropped);
    put_str(o, "hint", troth_error_hint(r->error));
    bool whole = json_dump_callback(o, collect, &s, JSON_COMPACT) == 0;
    json_decref(o);
    if (!whole) { /* only names of unusual length get here: a line that says so is better than half a line */
        int m = snprintf(out, n, "{\"ts\":\"%s\",\"event\":\"%s\",\"conn_id\":%llu,\"status_name\":\"%s\"}", stamp,
                         r->event, (unsigned long long)r->conn_id, troth_status_name(r->error->code));
        return m > 0 && (size_t)m < n ? (size_t)m : 0;
    }
    return n - s.left;
}
