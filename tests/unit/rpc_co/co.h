/* What the codec's tests share. */
#ifndef TESTS_UNIT_CO_H
#define TESTS_UNIT_CO_H

#include <rpc_co/pdu.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <support/test.h>
#include <support/vectors.h>

/* Text that grows; what is too long fails the test. */
typedef struct text {
    char s[2048];
    size_t len;
} text;

__attribute__((format(printf, 2, 3))) static inline void say(text *t, const char *how, ...)
{
    va_list args;
    va_start(args, how);
    int n = vsnprintf(t->s + t->len, sizeof t->s - t->len, how, args);
    va_end(args);
    assert_true(n >= 0 && (size_t)n < sizeof t->s - t->len);
    t->len += (size_t)n;
}

static inline void say_syntax(text *t, const troth_rpc_syntax *s)
{
    char uuid[TROTH_UUID_TEXT];
    troth_uuid_format(&s->uuid, uuid);
    say(t, "%s@%u.%u", uuid, s->major, s->minor);
}

static inline void expect(const vector *v, troth_status st)
{
    if (strcmp(troth_status_name(st), vector_text(v, "expect")) != 0)
        fail_msg("%s: %s", v->name, troth_status_name(st));
}

/* A field of the vector, or "". */
static inline void expect_text(const vector *v, const char *key, const text *t)
{
    const char *want = vector_text(v, key);
    if (strcmp(t->s, want ? want : "") != 0)
        fail_msg("%s, %s:\n  %s\nwant\n  %s", v->name, key, t->s, want);
}

/* A view lies within the octets. */
static inline void within(const uint8_t *p, size_t n, const uint8_t *view, size_t len)
{
    assert_true(!len || (view >= p && (size_t)(view - p) <= n && len <= n - (size_t)(view - p)));
}

/* What a PDU has between its common header and the padding of its trailer; false: it has no right header. */
static inline bool body_of(const uint8_t *p, size_t n, troth_co_hdr *ret_hdr, troth_reader *ret)
{
    troth_reader r = troth_reader_of(p, n, TROTH_BE);
    if (troth_co_hdr_read(&r, ret_hdr) || ret_hdr->frag_length > n)
        return false;
    size_t end = ret_hdr->frag_length;
    troth_co_trailer t;
    if (ret_hdr->auth_length) {
        if (troth_co_trailer_read(p, ret_hdr, TROTH_CO_HDR, &t))
            return false;
        end = t.at - t.auth_pad_length;
    }
    *ret = troth_reader_of(p + TROTH_CO_HDR, end - TROTH_CO_HDR, ret_hdr->order);
    return true;
}

#endif
