/* ntlm/protect.h: message protection with extended session security and key exchange. [MS-NLMP 3.4] */
#ifndef TROTH_NTLM_PROTECT_H
#define TROTH_NTLM_PROTECT_H

#include <crypto/hmac_md5.h>
#include <crypto/rc4.h>
#include <mech/ntlm/keys.h>
#include <troth/sec.h>

enum { NTLM_SIGNATURE_LEN = 16 };

/* One direction. */
typedef struct troth_ntlm_side {
    troth_hmac_md5_key sign;
    uint8_t seal_key[16];
    troth_rc4 rc4; /* the specification's Handle */
    uint64_t seq;  /* SeqNum of the next message; connections only */
} troth_ntlm_side;

/* Both, with nothing in common, so that one thread may send while another receives. */
typedef struct troth_ntlm_channel {
    troth_ntlm_side send, recv;
    bool datagram;
} troth_ntlm_channel;

/* Derive all keys for the side that ours is. */
void troth_ntlm_channel_init(troth_ntlm_channel *ch, uint32_t flags, const uint8_t exported[16], troth_ntlm_mode ours);
/* Start both key streams anew, keeping the sequence numbers. [MS-SPNG 3.3.5.1] */
void troth_ntlm_channel_rewind(troth_ntlm_channel *ch);

/* As the operations of sec/mech.h. */
TROTH_MUST_CHECK troth_status troth_ntlm_protect(troth_ntlm_channel *ch, troth_form form, troth_message *m);
TROTH_MUST_CHECK troth_status troth_ntlm_unprotect(troth_ntlm_channel *ch, troth_form form, troth_message *m);

#endif
