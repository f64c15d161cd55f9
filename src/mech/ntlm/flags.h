/* ntlm/flags.h: the NEGOTIATE bits, and the one table between them and our flags. [MS-NLMP 2.2.2.5] */
#ifndef TROTH_NTLM_FLAGS_H
#define TROTH_NTLM_FLAGS_H

#include <troth/types.h>

/* Without their NTLMSSP_NEGOTIATE_ prefix, otherwise as the specification spells them. */
enum {
    NTLM_UNICODE = 1u << 0,
    NTLM_OEM = 1u << 1,
    NTLM_REQUEST_TARGET = 1u << 2,
    NTLM_SIGN = 1u << 4,
    NTLM_SEAL = 1u << 5,
    NTLM_DATAGRAM = 1u << 6,
    NTLM_LM_KEY = 1u << 7,
    NTLM_NTLM = 1u << 9,
    NTLM_ANONYMOUS = 1u << 11,
    NTLM_OEM_DOMAIN_SUPPLIED = 1u << 12,
    NTLM_OEM_WORKSTATION_SUPPLIED = 1u << 13,
    NTLM_ALWAYS_SIGN = 1u << 15,
    NTLM_TARGET_TYPE_DOMAIN = 1u << 16,
    NTLM_TARGET_TYPE_SERVER = 1u << 17,
    NTLM_EXTENDED_SESSIONSECURITY = 1u << 19,
    NTLM_IDENTIFY = 1u << 20,
    NTLM_TARGET_INFO = 1u << 23,
    NTLM_VERSION = 1u << 25,
    NTLM_128 = 1u << 29,
    NTLM_KEY_EXCH = 1u << 30
};
#define NTLM_56 (1u << 31) /* does not fit an int */

/* What an initiator offers: a NEGOTIATE message's flags, or those a datagram client presumes. */
uint32_t troth_ntlm_flags_offer(troth_flags require, bool anonymous);
/* What an acceptor answers to an offer; for datagrams (offer 0) all that a client may choose from. */
uint32_t troth_ntlm_flags_answer(uint32_t offer, bool datagram, bool in_domain);
/*
 * Judge what was chosen against what was offered: character set and target info always; and where messages are to be
 * protected, that nothing they need was dropped or weakened.                       [MS-NLMP 3.1.5.1.2, 3.2.5.1.1]
 *
 * TROTH_OK, TROTH_DOWNGRADE, TROTH_UNSUPPORTED (no Unicode, or no target info)
 */
TROTH_MUST_CHECK troth_status troth_ntlm_flags_check(uint32_t offered, uint32_t chosen);
/* The attributes that negotiated flags stand for. Datagrams are numbered and judged by the caller. */
troth_flags troth_ntlm_flags_attributes(uint32_t negotiated);

#endif
