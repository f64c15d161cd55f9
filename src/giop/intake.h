/* giop/intake.h: what the readers of whole messages share. */
#ifndef TROTH_GIOP_INTAKE_H
#define TROTH_GIOP_INTAKE_H

#include <giop/giop.h>

/* Open a whole, unfragmented message: its header, and a stream behind it. */
TROTH_MUST_CHECK troth_status troth_giop_open(troth_bytes message, troth_giop_type type, troth_giop_hdr *ret_hdr,
                                              troth_cdr *ret);
/* The offset of a body: in 1.2 behind a gap to 8, where there is one at all. [CORBA 15.4.2.1, 15.4.3.1] */
size_t troth_giop_body_at(const troth_cdr *c, uint8_t minor, size_t len);
/* Read or write a TargetAddress. */
void troth_giop_target_get(troth_cdr *c, uint8_t minor, troth_giop_target *ret);
void troth_giop_target_put(troth_cdr_out *c, uint8_t minor, const troth_giop_target *t);

#endif
