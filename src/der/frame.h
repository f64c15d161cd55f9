/* der/frame.h: the framing of initial tokens: 0x60, length, the mechanism's OID, its token. [RFC 2743 3.1] */
#ifndef TROTH_DER_FRAME_H
#define TROTH_DER_FRAME_H

#include <base/writer.h>
#include <der/oid.h>

/*
 * Read a framed token, which must fill the input to its end.
 *
 * ret_mech, ret_inner   views into the token, set only on TROTH_OK; inner may be empty
 *
 * TROTH_OK, TROTH_TRUNCATED, TROTH_MALFORMED
 */
TROTH_MUST_CHECK troth_status troth_frame_read(troth_bytes token, troth_oid *ret_mech, troth_bytes *ret_inner);
/*
 * The same, with the frame's length in any definite form of at most four octets behind the first: peers of CSIv2 write
 * lengths that a shorter form would have held.
 */
TROTH_MUST_CHECK troth_status troth_frame_read_loose(troth_bytes token, troth_oid *ret_mech, troth_bytes *ret_inner);
/* Tell whether a token is framed, whole, and of this mechanism. */
bool troth_frame_is(troth_bytes token, troth_oid mech);
/* Octets of a framed token with inner octets in it. */
size_t troth_frame_size(troth_oid mech, size_t inner);
/* Write all of a framed token that stands in front of its inner octets. */
void troth_frame_write_head(troth_writer *w, troth_oid mech, size_t inner);

#endif
