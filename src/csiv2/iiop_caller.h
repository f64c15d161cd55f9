/* csiv2/iiop_caller.h: the private service context TROTH_IIOP_CALLER. */
#ifndef TROTH_CSIV2_IIOP_CALLER_H
#define TROTH_CSIV2_IIOP_CALLER_H

#include <base/writer.h>
#include <troth/iiop.h>

/* Write an encapsulation of three strings (caller, authenticated, mechanism's name) and an unsigned long of flags. */
void troth_iiop_caller_write(troth_writer *w, const troth_sas_caller *who, troth_flags flags);
/* The flags that an event and the context tell: TROTH_F_ANONYMOUS, or TROTH_F_IDENTIFY. */
troth_flags troth_iiop_caller_flags(const troth_sas_caller *who);
/*
 * Keep the names as views into the writer, which is emptied first: peer is the caller, self who proved himself.
 *
 * TROTH_OK; the writer's
 */
TROTH_MUST_CHECK troth_status troth_iiop_caller_facts(troth_writer *w, const troth_sas_caller *who, troth_facts *ret);
/* Whom an event has told of, as a number: the caller, who proved himself and how. */
uint64_t troth_iiop_caller_digest(const uint8_t key[16], const troth_facts *facts);

#endif
