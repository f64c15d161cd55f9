/* ntlm/keys.h: NTLMv2's computations, under the specification's names. Everything that comes out is a secret. */
#ifndef TROTH_NTLM_KEYS_H
#define TROTH_NTLM_KEYS_H

#include <mech/ntlm/message.h>

/* Whose messages a key is for: the Mode of SIGNKEY and SEALKEY. */
typedef enum troth_ntlm_mode { TROTH_NTLM_CLIENT, TROTH_NTLM_SERVER } troth_ntlm_mode;

/* MD4(UNICODE(Passwd)). TROTH_OK, TROTH_MALFORMED (not UTF-8), TROTH_LIMIT (above 1,024 octets of UTF-16). */
TROTH_MUST_CHECK troth_status troth_ntlm_nt_hash(troth_bytes password, uint8_t ret[16]);
/*
 * NTOWFv2, from the NT hash: HMAC_MD5(hash, UNICODE(Uppercase(User) UserDom)). user in UTF-8, domain as UTF-16LE, as
 * it goes over the wire.                                                                          [MS-NLMP 3.3.2]
 *
 * TROTH_OK, TROTH_MALFORMED (not UTF-8), TROTH_LIMIT (above 1,024 octets of UTF-16)
 */
TROTH_MUST_CHECK troth_status troth_ntlm_ntowfv2(const uint8_t nt_hash[16], const char *user, troth_bytes domain,
                                                 uint8_t ret[16]);
/* NTProofStr = HMAC_MD5(ResponseKeyNT, ServerChallenge temp) */
void troth_ntlm_proof(const uint8_t response_key[16], const uint8_t server_challenge[8], troth_bytes temp,
                      uint8_t ret[16]);
/* LmChallengeResponse = HMAC_MD5(ResponseKeyLM, ServerChallenge ClientChallenge) ClientChallenge */
void troth_ntlm_lmv2(const uint8_t response_key[16], const uint8_t server_challenge[8],
                     const uint8_t client_challenge[8], uint8_t ret[24]);
/* SessionBaseKey = HMAC_MD5(ResponseKeyNT, NTProofStr); for NTLMv2 the KeyExchangeKey, too. [3.4.5.1] */
void troth_ntlm_session_base_key(const uint8_t response_key[16], const uint8_t proof[16], uint8_t ret[16]);
/* SIGNKEY and SEALKEY, extended session security only. [3.4.5.2, 3.4.5.3] */
void troth_ntlm_sign_key(const uint8_t exported[16], troth_ntlm_mode mode, uint8_t ret[16]);
void troth_ntlm_seal_key(uint32_t flags, const uint8_t exported[16], troth_ntlm_mode mode, uint8_t ret[16]);
/*
 * MIC = HMAC_MD5(ExportedSessionKey, NEGOTIATE CHALLENGE AUTHENTICATE) with the MIC field taken as zero.
 *
 * negotiate  empty for datagrams                                                             [3.1.5.1.2, 3.1.5.2.1]
 * auth       the whole message, at least 88 octets
 */
void troth_ntlm_mic(const uint8_t exported[16], troth_bytes negotiate, troth_bytes challenge, troth_bytes auth,
                    uint8_t ret[16]);
/* MD5 of a gss_channel_bindings_struct with these application data and no addresses. [2.2.2.1, RFC 4121 4.1.1.2] */
void troth_ntlm_bindings_hash(troth_bytes application_data, uint8_t ret[16]);

#endif
