#include <rpc_co/provider.h>
#include <sec/cred.h>

/* clang-format off */
static const troth_co_provider providers[] = {
    /* auth_type                mech        asked of it                           last leg by auth3 */
    { TROTH_RPC_AUTH_SPNEGO,   "spnego",   TROTH_F_MUTUAL | TROTH_F_DCE_STYLE,  false },
    { TROTH_RPC_AUTH_NTLM,     "ntlm",     0,                                   true  },
    { TROTH_RPC_AUTH_KERBEROS, "kerberos", TROTH_F_MUTUAL | TROTH_F_DCE_STYLE,  false },
    { TROTH_RPC_AUTH_NETLOGON, NULL,       0,                                   true  }, /* known, and always failing */
};

/* "The capabilities requested at each level include the ones requested at the previous level." [3.3.1.5.2.2] */
static const struct need {
    uint8_t from_level;
    troth_flags flags;
} needs[] = {
    /* PKT is told apart from PKT_INTEGRITY by its number only: its peers sign every PDU, so it needs what signing needs */
    { TROTH_RPC_LEVEL_PKT,       TROTH_F_REPLAY | TROTH_F_INTEGRITY },
    { TROTH_RPC_LEVEL_INTEGRITY, TROTH_F_SEQUENCE },
    { TROTH_RPC_LEVEL_PRIVACY,   TROTH_F_CONFIDENTIALITY },
};
/* clang-format on */

const troth_co_provider *troth_co_provider_of(uint8_t auth_type)
{
    for (size_t i = 0; i < sizeof providers / sizeof *providers; i++)
        if (providers[i].auth_type == auth_type)
            return &providers[i];
    return NULL;
}

bool troth_co_provider_has(const troth_co_provider *p, const troth_cred *cred)
{
    const troth_mech *mech = cred && p->mech ? troth_mech_by_name(cred->mechs, p->mech) : NULL;
    if (!mech)
        return false;
    if (!mech->leaf)
        return troth_cred_part_of(cred, mech);
    for (size_t i = 0; i < cred->n_parts; i++) /* a negotiation has what it can offer */
        if (!cred->parts[i].st && cred->parts[i].mech->n_oids)
            return true;
    return false;
}

uint8_t troth_co_level_raise(uint8_t auth_level)
{
    if (auth_level == TROTH_RPC_LEVEL_CALL)
        return TROTH_RPC_LEVEL_PKT;
    return auth_level == TROTH_RPC_LEVEL_DEFAULT ? TROTH_RPC_LEVEL_CONNECT : auth_level;
}

troth_level troth_co_level_told(uint8_t auth_level)
{
    if (auth_level < TROTH_RPC_LEVEL_PKT)
        return TROTH_LEVEL_NONE;
    return auth_level < TROTH_RPC_LEVEL_PRIVACY ? TROTH_LEVEL_SIGN : TROTH_LEVEL_ENCRYPT;
}

troth_flags troth_co_level_needs(uint8_t auth_level)
{
    troth_flags f = 0;
    for (size_t i = 0; i < sizeof needs / sizeof *needs; i++)
        if (auth_level >= needs[i].from_level)
            f |= needs[i].flags;
    return f;
}
