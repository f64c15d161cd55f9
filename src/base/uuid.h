/* base/uuid.h: UUIDs, on the wire in either order of octets [C706 appendix A]. */
#ifndef TROTH_BASE_UUID_H
#define TROTH_BASE_UUID_H

#include <base/writer.h>

/* The octets in the order in which the text shows them, which is also the big-endian order of the wire. */
typedef struct troth_uuid {
    uint8_t octets[16];
} troth_uuid;

enum { TROTH_UUID_TEXT = 37 }; /* octets of the text with its NUL */

/*
 * Read 16 octets. By the reader's order: little-endian has time_low, time_mid and time_hi_and_version reversed, the
 * eight octets behind them never are [C706 14.1, A.1]. All zero after a failure.
 */
troth_uuid troth_uuid_read(troth_reader *r);
/* Write 16 octets in the writer's order. */
void troth_uuid_write(troth_writer *w, const troth_uuid *u);
/* Parse "12345678-1234-abcd-EF00-0123456789ab" and nothing else [C706 A.3]. TROTH_OK or TROTH_MALFORMED. */
TROTH_MUST_CHECK troth_status troth_uuid_parse(const char *text, troth_uuid *ret);
/* Write the text, in lower case, with its NUL. */
void troth_uuid_format(const troth_uuid *u, char ret[TROTH_UUID_TEXT]);
bool troth_uuid_equal(const troth_uuid *a, const troth_uuid *b);

#endif
