/* support/hex.h: octets as tests write them. */
#ifndef TESTS_HEX_H
#define TESTS_HEX_H
#include <stddef.h>
#include <stdint.h>
/* Read hex digits, passing over spaces and newlines, into at most cap octets; aborts the test on anything else. */
size_t unhex(const char *hex, uint8_t *out, size_t cap);
/* Print octets as hex into a static buffer, for messages. */
const char *hexof(const void *p, size_t n);
#endif
