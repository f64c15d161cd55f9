/* base/siphash.h: SipHash-2-4 of Aumasson and Bernstein, the keyed hash of tables that a peer may fill. */
#ifndef TROTH_BASE_SIPHASH_H
#define TROTH_BASE_SIPHASH_H

#include <troth/types.h>

/* The key is secret and random per table, so that no peer can choose ids that fall into one bucket. */
uint64_t troth_siphash(const uint8_t key[16], const void *p, size_t n);

#endif
