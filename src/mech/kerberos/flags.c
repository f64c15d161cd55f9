/* Our flags and GSS-API's, in one table. [RFC 2743 1.2.9, RFC 4757 7.1] */
#include <mech/kerberos/inner.h>

typedef struct flag_row {
    troth_flags ours;
    OM_uint32 gss;
    bool asked; /* requested just as it stands; otherwise only read from the outcome */
} flag_row;

static const flag_row rows[] = {
    { TROTH_F_MUTUAL, GSS_C_MUTUAL_FLAG, true },        { TROTH_F_REPLAY, GSS_C_REPLAY_FLAG, true },
    { TROTH_F_SEQUENCE, GSS_C_SEQUENCE_FLAG, true },    { TROTH_F_CONFIDENTIALITY, GSS_C_CONF_FLAG, true },
    { TROTH_F_INTEGRITY, GSS_C_INTEG_FLAG, true },      { TROTH_F_DCE_STYLE, GSS_C_DCE_STYLE, true },
    { TROTH_F_IDENTIFY, GSS_C_IDENTIFY_FLAG, true },    { TROTH_F_EXTENDED_ERROR, GSS_C_EXTENDED_ERROR_FLAG, true },
    { TROTH_F_DELEGATE, GSS_C_DELEG_FLAG, false },      { TROTH_F_ANONYMOUS, GSS_C_ANON_FLAG, false },
    { TROTH_F_BOUND, GSS_C_CHANNEL_BOUND_FLAG, false },
};

OM_uint32 troth_krb_flags_request(troth_flags require, uint32_t policy)
{
    OM_uint32 gss = 0;
    for (const flag_row *r = rows; r < rows + sizeof rows / sizeof *rows; r++)
        if (r->asked && require & r->ours)
            gss |= r->gss;
    /* by policy: only to a target whose ticket says ok-as-delegate [RFC 5896] */
    if (require & TROTH_F_DELEGATE)
        gss |= policy & TROTH_POLICY_DELEGATE_ANY ? GSS_C_DELEG_FLAG : GSS_C_DELEG_POLICY_FLAG;
    return gss;
}

troth_flags troth_krb_flags_attributes(OM_uint32 ret_flags)
{
    troth_flags ours = TROTH_F_CONNECTION;
    for (const flag_row *r = rows; r < rows + sizeof rows / sizeof *rows; r++)
        if (ret_flags & r->gss)
            ours |= r->ours;
    return ours;
}
