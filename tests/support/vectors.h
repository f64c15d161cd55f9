/*
 * support/vectors.h: test vectors as text stanzas (tests/vectors/<proto>/ *.txt).
 *
 *   name: short unique description
 *   spec: MS-NLMP 4.2.4
 *   hex: 0102 ...          (may go on over indented lines)
 *   expect: MALFORMED      (any other key is free)
 *
 * A blank line ends a stanza; # starts a comment line. Keys a test asks for and that are missing abort it.
 */
#ifndef TESTS_VECTORS_H
#define TESTS_VECTORS_H
#include <stddef.h>
#include <stdint.h>

typedef struct vector {
    const char *name;
    const char *file;
    unsigned line;
    struct {
        const char *key, *value;
    } field[32];
    size_t n_fields;
} vector;

/* Read a file below tests/vectors and call fn for each stanza; aborts on a malformed file or an empty one. */
void vectors_each(const char *file, void (*fn)(const vector *v, void *arg), void *arg);
/* A field's text, or NULL. */
const char *vector_text(const vector *v, const char *key);
/* A field's octets; aborts when missing. */
size_t vector_hex(const vector *v, const char *key, uint8_t *out, size_t cap);
/*
 * The prefix and bit-flip law: call fn with every proper prefix of the octets, then with every single bit flipped. Each
 * call gets an exact copy in a heap block of its own size, so that the sanitizer sees any over-read.
 */
void vectors_mutate(const uint8_t *p, size_t n, void (*fn)(const uint8_t *p, size_t n, void *arg), void *arg);
#endif
