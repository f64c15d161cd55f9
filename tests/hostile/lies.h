/* hostile/lies.h: one PDU of a server's, and what can be changed in it. */
#ifndef TESTS_LIES_H
#define TESTS_LIES_H
#include <stdint.h>
#include <string.h>

enum { ROOM = 70000 };

/* One PDU of the server's, to be changed at will. */
typedef struct pdu {
    uint8_t b[ROOM];
    size_t len;
} pdu;

static inline uint16_t get16(const pdu *p, size_t at)
{
    return (uint16_t)(p->b[at] | p->b[at + 1] << 8);
}

static inline void set16(pdu *p, size_t at, unsigned v)
{
    p->b[at] = (uint8_t)v;
    p->b[at + 1] = (uint8_t)(v >> 8);
}

static inline size_t trailer(const pdu *p)
{
    return (size_t)(p->len - get16(p, 10) - 8);
}

/* Where n_results of a bind_ack or alter_context_resp lies. */
static inline size_t results(const pdu *p)
{
    return (26u + get16(p, 24) + 3u) & ~3u;
}

static inline void strip(pdu *p)
{
    size_t at = trailer(p), pad = p->b[at + 2];
    p->len = at - pad;
    set16(p, 8, (unsigned)p->len);
    set16(p, 10, 0);
}

/* Take n octets out, or put zeros in. */
static inline void shift(pdu *p, size_t at, long by)
{
    size_t from = by < 0 ? at + (size_t)-by : at, to = by < 0 ? at : at + (size_t)by;
    memmove(p->b + to, p->b + from, p->len - from);
    if (by > 0)
        memset(p->b + at, 0, (size_t)by);
    p->len = (size_t)((long)p->len + by);
    set16(p, 8, (unsigned)p->len);
}

/* clang-format off */
static inline void other_type(pdu *p)        { p->b[trailer(p)] = p->b[trailer(p)] == 10 ? 9 : 10; }
static inline void other_level(pdu *p)       { p->b[trailer(p) + 1] ^= 1; }
static inline void level_connect(pdu *p)     { p->b[trailer(p) + 1] = 2; }
static inline void other_context(pdu *p)     { p->b[trailer(p) + 4] ^= 2; }
static inline void pad_too_long(pdu *p)      { p->b[trailer(p) + 2] = 255; }
static inline void no_verifier(pdu *p)       { strip(p); }
static inline void fewer_results(pdu *p)     { p->b[results(p)]--; }
static inline void more_results(pdu *p)      { shift(p, results(p) + 4 + 24u * p->b[results(p)], 24); p->b[results(p)]++; }
static inline void cut_results(pdu *p)       { p->b[results(p)] = 255; }
static inline void no_results(pdu *p)        { p->b[results(p)] = 0; }
static inline void ack_not_asked(pdu *p)     { set16(p, results(p) + 4, 3); }
static inline void unknown_result(pdu *p)    { set16(p, results(p) + 4, 4); }
static inline void other_syntax(pdu *p)      { p->b[results(p) + 8] ^= 1; }
static inline void both_accepted_odd(pdu *p) { set16(p, results(p) + 28, 0); }
static inline void features_accepted(pdu *p) { set16(p, results(p) + 4 + 48, 0); }
static inline void long_address(pdu *p)      { set16(p, 24, 0xffff); }
static inline void small_fragments(pdu *p)   { set16(p, 18, 1431); }
static inline void not_last(pdu *p)          { p->b[3] = (uint8_t)(p->b[3] & ~2); }
static inline void not_first(pdu *p)         { p->b[3] = (uint8_t)(p->b[3] & ~1); }
static inline void other_call(pdu *p)        { p->b[13] ^= 0x40; }
static inline void as_alter_resp(pdu *p)     { p->b[2] = 15; }
static inline void as_bind_ack(pdu *p)       { p->b[2] = 12; }
static inline void as_nak(pdu *p)            { p->b[2] = 13; }
static inline void as_response(pdu *p)       { p->b[2] = 2; }
static inline void as_request(pdu *p)        { p->b[2] = 0; }
static inline void as_bind(pdu *p)           { p->b[2] = 11; }
static inline void as_auth3(pdu *p)          { p->b[2] = 16; }
static inline void as_working(pdu *p)        { p->b[2] = 4; }
static inline void as_unknown(pdu *p)        { p->b[2] = 99; }
static inline void version_4(pdu *p)         { p->b[0] = 4; }
static inline void version_5_1(pdu *p)       { p->b[1] = 1; }
static inline void short_fragment(pdu *p)    { set16(p, 8, 15); }
static inline void long_token(pdu *p)        { set16(p, 10, 0xfff0); }
static inline void flip_token(pdu *p)        { p->b[p->len - 1] ^= 1; }
static inline void flip_stub(pdu *p)         { p->b[24] ^= 1; }
static inline void flip_pad_length(pdu *p)   { p->b[trailer(p) + 2] ^= 1; }
static inline void flip_reserved(pdu *p)     { p->b[trailer(p) + 3] ^= 1; }
static inline void flip_context(pdu *p)      { p->b[20] ^= 1; }
static inline void hint_2_31(pdu *p)         { p->b[19] = 0x80; }
static inline void misaligned(pdu *p)        { shift(p, trailer(p), 2); }
static inline void cut_token(pdu *p)         { shift(p, p->len - 4, -4); set16(p, 10, get16(p, 10) - 4u); }
static inline void add_verifier(pdu *p)      { size_t at = p->len; shift(p, at, 24); p->b[at] = 10, p->b[at + 1] = 6; set16(p, 10, 16); }
/* clang-format on */

#endif
