/* csiv2/base64.h: base64 without padding, as lines of password hashes have it. [RFC 4648 4, 3.2] */
#ifndef TROTH_CSIV2_BASE64_H
#define TROTH_CSIV2_BASE64_H

#include <base/writer.h>

void troth_base64_write(troth_writer *w, troth_bytes octets);
/* Decode into cap octets. TROTH_OK; TROTH_MALFORMED (another character, padding, stray bits), TROTH_LIMIT (above cap) */
TROTH_MUST_CHECK troth_status troth_base64_read(troth_bytes text, uint8_t *out, size_t cap, size_t *ret_len);

#endif
