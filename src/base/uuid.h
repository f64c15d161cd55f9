/* base/uuid.h: UUIDs on the wire, in either order of octets [C706 appendix A]. */
#ifndef TROTH_BASE_UUID_H
#define TROTH_BASE_UUID_H

#include <base/writer.h>
#include <troth/uuid.h>

/*
 * Read 16 octets. By the reader's order: little-endian has time_low, time_mid and time_hi_and_version reversed, the
 * eight octets behind them never are [C706 14.1, A.1]. All zero after a failure.
 */
troth_uuid troth_uuid_read(troth_reader *r);
/* Write 16 octets in the writer's order. */
void troth_uuid_write(troth_writer *w, const troth_uuid *u);

#endif
