/* troth/uuid.h: UUIDs as values and as text [C706 appendix A]. */
#ifndef TROTH_UUID_H
#define TROTH_UUID_H

#include <troth/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The octets in the order in which the text shows them, which is also the big-endian order of the wire. */
typedef struct troth_uuid {
    uint8_t octets[16];
} troth_uuid;

enum { TROTH_UUID_TEXT = 37 }; /* octets of the text with its NUL */

/* Parse "12345678-1234-abcd-EF00-0123456789ab" and nothing else [C706 A.3]. TROTH_OK or TROTH_MALFORMED. */
TROTH_MUST_CHECK troth_status troth_uuid_parse(const char *text, troth_uuid *ret);
/* Write the text, in lower case, with its NUL. */
void troth_uuid_format(const troth_uuid *u, char ret[TROTH_UUID_TEXT]);
bool troth_uuid_equal(const troth_uuid *a, const troth_uuid *b);

#ifdef __cplusplus
}
#endif

#endif
