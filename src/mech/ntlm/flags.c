#include <mech/ntlm/flags.h>

/* clang-format off */
static const struct pair {
    troth_flags ours;
    uint32_t bits;
} table[] = {
    /* asked of a context         NEGOTIATE bits                                              [MS-NLMP 3.1.1.2] */
    { TROTH_F_INTEGRITY,       NTLM_SIGN | NTLM_KEY_EXCH },
    { TROTH_F_REPLAY,          NTLM_SIGN | NTLM_KEY_EXCH },
    { TROTH_F_SEQUENCE,        NTLM_SIGN | NTLM_KEY_EXCH },
    { TROTH_F_CONFIDENTIALITY, NTLM_SIGN | NTLM_SEAL | NTLM_KEY_EXCH },
    { TROTH_F_IDENTIFY,        NTLM_IDENTIFY },
    /* the connectionless variant always exchanges a key, and its client may protect before it knows the server */
    { TROTH_F_DATAGRAM,        NTLM_DATAGRAM | NTLM_SIGN | NTLM_KEY_EXCH },
};
/* clang-format on */

enum {
    ALWAYS = NTLM_UNICODE | NTLM_REQUEST_TARGET | NTLM_NTLM | NTLM_ALWAYS_SIGN | NTLM_EXTENDED_SESSIONSECURITY |
             NTLM_TARGET_INFO | NTLM_VERSION | NTLM_128,
    PROTECT = NTLM_SIGN | NTLM_SEAL,
    STRENGTH = NTLM_EXTENDED_SESSIONSECURITY | NTLM_128 | NTLM_KEY_EXCH,
    /* an acceptor returns these when they were offered */
    RETURNED = NTLM_SIGN | NTLM_SEAL | NTLM_KEY_EXCH | NTLM_128 | NTLM_EXTENDED_SESSIONSECURITY | NTLM_IDENTIFY |
               NTLM_VERSION | NTLM_UNICODE
};

uint32_t troth_ntlm_flags_offer(troth_flags require, bool anonymous)
{
    uint32_t bits = ALWAYS;
    for (const struct pair *p = table; p < table + sizeof table / sizeof *table; p++)
        if (require & p->ours)
            bits |= p->bits;
    if (anonymous) /* no session security for the anonymous user: 3.4 */
        bits = (bits & ~(uint32_t)(PROTECT | NTLM_KEY_EXCH)) | NTLM_ANONYMOUS;
    return bits;
}

uint32_t troth_ntlm_flags_answer(uint32_t offer, bool datagram, bool in_domain)
{
    uint32_t bits = NTLM_REQUEST_TARGET | NTLM_NTLM | NTLM_ALWAYS_SIGN | NTLM_TARGET_INFO;
    bits |= in_domain ? NTLM_TARGET_TYPE_DOMAIN : NTLM_TARGET_TYPE_SERVER;
    if (datagram)
        return bits | RETURNED | NTLM_DATAGRAM;
    bits |= offer & RETURNED;
    if (offer & PROTECT) /* a client that offers 56 bits must be told so; 128 go before them */
        bits |= offer & NTLM_56;
    return bits;
}

troth_status troth_ntlm_flags_check(uint32_t offered, uint32_t chosen)
{
    if (!(chosen & NTLM_UNICODE) || !(chosen & NTLM_TARGET_INFO))
        return TROTH_UNSUPPORTED;
    if ((offered & PROTECT) & ~chosen)
        return TROTH_DOWNGRADE;
    if (chosen & offered & PROTECT && (chosen & STRENGTH) != STRENGTH)
        return TROTH_DOWNGRADE;
    return (offered ^ chosen) & NTLM_DATAGRAM ? TROTH_DOWNGRADE : TROTH_OK;
}

troth_flags troth_ntlm_flags_attributes(uint32_t bits)
{
    bool datagram = bits & NTLM_DATAGRAM;
    troth_flags f = datagram ? TROTH_F_DATAGRAM : TROTH_F_CONNECTION;
    f |= TROTH_F_SESSION_KEY;
    if (bits & PROTECT)
        f |= TROTH_F_INTEGRITY | (datagram ? 0 : TROTH_F_REPLAY | TROTH_F_SEQUENCE);
    if (bits & NTLM_SEAL)
        f |= TROTH_F_CONFIDENTIALITY;
    if (bits & NTLM_IDENTIFY)
        f |= TROTH_F_IDENTIFY;
    return bits & NTLM_ANONYMOUS ? (f & (TROTH_F_DATAGRAM | TROTH_F_CONNECTION)) | TROTH_F_ANONYMOUS : f;
}
