/* support/fake_inner.h: what the files of the fake mechanism share. */
#ifndef TESTS_FAKE_INNER_H
#define TESTS_FAKE_INNER_H
#include <string.h>
#include <support/fake_mech.h>

typedef struct fake_records fake_records;

typedef struct fake_impl {
    fake_mech *f;
    troth_role role;
    unsigned leg, legs; /* tokens seen so far, and in all */
    troth_flags proposed, granted;
    uint8_t key[16];
    uint32_t next[2]; /* numbers to send, and to receive */
    bool datagram;
    const troth_env *env;
    const troth_mech_table *mechs;
    char peer[2][64];      /* account and authority of whoever delegates */
    fake_records *records; /* made with the first record */
} fake_impl;

struct fake_records {
    uint32_t next[2];
    uint8_t plain[FAKE_RECORD], out[4 * (FAKE_RECORD + FAKE_RECORD_HEAD)];
};

static inline uint32_t fake_mix(uint32_t sum, const void *p, size_t n)
{
    const uint8_t *at = p;
    for (size_t i = 0; i < n; i++)
        sum = (sum ^ at[i]) * 16777619u;
    return sum;
}

static inline void fake_encrypt(const fake_impl *impl, bool from_initiator, uint32_t number, troth_segment *segs,
                                size_t n)
{
    uint64_t s;
    memcpy(&s, impl->key, 8);
    s = (s ^ ((uint64_t)number << 1 | from_initiator)) | 1ull << 63;
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; segs[i].kind == TROTH_SEG_DATA && k < segs[i].len; k++) {
            s ^= s >> 12;
            s ^= s << 25;
            s ^= s >> 27;
            segs[i].data[k] ^= (uint8_t)(s * 0x2545f4914f6cdd1dull >> 56);
        }
}

static inline void fake_put32(uint8_t *at, uint32_t v)
{
    for (size_t i = 0; i < 4; i++)
        at[i] = (uint8_t)(v >> 8 * i);
}

static inline uint32_t fake_get32(const uint8_t *at)
{
    return (uint32_t)at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
}

#endif
