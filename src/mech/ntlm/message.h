/*
 * ntlm/message.h: the three messages. Each is read as a whole, and found sound, before anything in it is used.
 *
 * All reads: views into the token, which must outlive them; ret is set only on TROTH_OK. TROTH_TRUNCATED (the token
 * ends inside its fixed part or a payload field reaches past its end), TROTH_MALFORMED.
 */
#ifndef TROTH_NTLM_MESSAGE_H
#define TROTH_NTLM_MESSAGE_H

#include <mech/ntlm/avpair.h>
#include <mech/ntlm/flags.h>

enum { NTLM_MIC_OFFSET = 72, NTLM_MIC_LEN = 16 };
enum { NTLM_NEGOTIATE = 1, NTLM_CHALLENGE = 2, NTLM_AUTHENTICATE = 3 };

/* [2.2.1.1] Domain and workstation, in the OEM character set, are checked for their place and not used. */
typedef struct troth_ntlm_negotiate {
    uint32_t flags;
} troth_ntlm_negotiate;

/* [2.2.1.2] version: 8 octets, NULL = none, written as it is. */
typedef struct troth_ntlm_challenge {
    uint32_t flags;
    const uint8_t *server_challenge; /* 8 octets */
    troth_bytes target_name, target_info;
    const uint8_t *version;
    troth_ntlm_avs avs; /* of target_info; set by reading */
} troth_ntlm_challenge;

/* [2.2.1.3] mic: 16 octets, NULL = the message has no room for one. */
typedef struct troth_ntlm_authenticate {
    uint32_t flags;
    troth_bytes lm, nt, domain, user, workstation, session_key;
    const uint8_t *version;
    const uint8_t *mic;
    /* parts of an NTLMv2 response [2.2.2.7, 2.2.2.8], set by reading when v2 is true */
    bool v2;
    const uint8_t *proof; /* 16 octets: NTProofStr */
    troth_bytes temp;     /* all behind it          */
    troth_ntlm_avs avs;
} troth_ntlm_authenticate;

/* The MessageType of a token, 0 when it is no NTLM message. */
uint32_t troth_ntlm_message_type(troth_bytes token);
/* Our VERSION structure: for debugging only, and honest about nothing but the revision, 15. [2.2.2.10] */
extern const uint8_t troth_ntlm_version[8];

TROTH_MUST_CHECK troth_status troth_ntlm_negotiate_read(troth_bytes token, troth_ntlm_negotiate *ret);
void troth_ntlm_negotiate_write(troth_writer *w, const troth_ntlm_negotiate *m);
TROTH_MUST_CHECK troth_status troth_ntlm_challenge_read(troth_bytes token, troth_ntlm_challenge *ret);
void troth_ntlm_challenge_write(troth_writer *w, const troth_ntlm_challenge *m);
TROTH_MUST_CHECK troth_status troth_ntlm_authenticate_read(troth_bytes token, troth_ntlm_authenticate *ret);
void troth_ntlm_authenticate_write(troth_writer *w, const troth_ntlm_authenticate *m);

/* ---- what the three codecs share ---- */

/* Signature and MessageType; fails the reader when they differ. */
void troth_ntlm_read_head(troth_reader *r, uint32_t type);
void troth_ntlm_write_head(troth_writer *w, uint32_t type);

/* A payload field as it stands in the fixed part. */
typedef struct troth_ntlm_field {
    uint16_t len;
    uint32_t offset;
} troth_ntlm_field;

troth_ntlm_field troth_ntlm_read_field(troth_reader *r);
/*
 * Turn n fields into views: each within the token, behind its fixed part, and on no octet of another. Empty fields
 * may point anywhere.
 */
TROTH_MUST_CHECK troth_status troth_ntlm_fields_view(troth_bytes token, size_t fixed, const troth_ntlm_field *fields,
                                                     size_t n, troth_bytes *const *ret);
/* Write the fixed part of a field whose payload starts at *at, and move *at behind it. */
void troth_ntlm_write_field(troth_writer *w, troth_bytes payload, size_t *at);

#endif
