#include <sspi/flags.h>

enum { K = TROTH_SSPI_KERBEROS, N = TROTH_SSPI_NTLM, G = TROTH_SSPI_NEGOTIATE, S = TROTH_SSPI_SCHANNEL };
enum { KNG = K | N | G, ALL = KNG | S };

/* GSS-API's flags: RFC 2744, RFC 4121 (draft extensions), gss-ntlmssp for datagrams. */
enum {
    DELEG = 0x1,
    MUTUAL = 0x2,
    REPLAY = 0x4,
    SEQUENCE = 0x8,
    CONF = 0x10,
    INTEG = 0x20,
    ANON = 0x40,
    DCE_STYLE = 0x1000,
    IDENTIFY = 0x2000,
    EXT_ERROR = 0x4000,
    GSS_DATAGRAM = 0x10000
};

#define BOTH(side, name) side##_REQ_##name, side##_RET_##name

/* clang-format off */
static const troth_sspi_flag isc[] = {
    /* REQ                      RET                     REQ bit, RET bit                                     ours                      GSS        packages early */
    { "DELEGATE",               "DELEGATE",             BOTH(ISC, DELEGATE),                                 TROTH_F_DELEGATE,         DELEG,        K | G,     false },
    { "MUTUAL_AUTH",            "MUTUAL_AUTH",          BOTH(ISC, MUTUAL_AUTH),                              TROTH_F_MUTUAL,           MUTUAL,       K | G | S, false },
    { "REPLAY_DETECT",          "REPLAY_DETECT",        BOTH(ISC, REPLAY_DETECT),                            TROTH_F_REPLAY,           REPLAY,       ALL,       false },
    { "SEQUENCE_DETECT",        "SEQUENCE_DETECT",      BOTH(ISC, SEQUENCE_DETECT),                          TROTH_F_SEQUENCE,         SEQUENCE,     ALL,       false },
    { "CONFIDENTIALITY",        "CONFIDENTIALITY",      BOTH(ISC, CONFIDENTIALITY),                          TROTH_F_CONFIDENTIALITY,  CONF,         ALL,       false },
    { "USE_SESSION_KEY",        "USE_SESSION_KEY",      BOTH(ISC, USE_SESSION_KEY),                          TROTH_F_SESSION_KEY,      0,            KNG,       false },
    { "PROMPT_FOR_CREDS",       "USED_COLLECTED_CREDS", ISC_REQ_PROMPT_FOR_CREDS, ISC_RET_USED_COLLECTED_CREDS, 0,                    0,            KNG,       false },
    { "USE_SUPPLIED_CREDS",     "USED_SUPPLIED_CREDS",  ISC_REQ_USE_SUPPLIED_CREDS, ISC_RET_USED_SUPPLIED_CREDS, 0,                   0,            ALL,       false },
    { "ALLOCATE_MEMORY",        "ALLOCATED_MEMORY",     ISC_REQ_ALLOCATE_MEMORY, ISC_RET_ALLOCATED_MEMORY,   0,                       0,            ALL,       true },
    { "USE_DCE_STYLE",          "USED_DCE_STYLE",       ISC_REQ_USE_DCE_STYLE, ISC_RET_USED_DCE_STYLE,       TROTH_F_DCE_STYLE,        DCE_STYLE,    KNG,       false },
    { "DATAGRAM",               "DATAGRAM",             BOTH(ISC, DATAGRAM),                                 TROTH_F_DATAGRAM,         GSS_DATAGRAM, N,         true },
    { "CONNECTION",             "CONNECTION",           BOTH(ISC, CONNECTION),                               TROTH_F_CONNECTION,       0,            KNG,       true },
    { "CALL_LEVEL",             "CALL_LEVEL",           BOTH(ISC, CALL_LEVEL),                               0,                        0,            0,         false },
    { "FRAGMENT_SUPPLIED",      NULL,                   ISC_REQ_FRAGMENT_SUPPLIED, 0,                        0,                        0,            0,         false },
    { NULL,                     "INTERMEDIATE_RETURN",  0, ISC_RET_INTERMEDIATE_RETURN,                      0,                        0,            0,         false },
    { "EXTENDED_ERROR",         "EXTENDED_ERROR",       BOTH(ISC, EXTENDED_ERROR),                           TROTH_F_EXTENDED_ERROR,   EXT_ERROR,    K | G | S, false },
    { "STREAM",                 "STREAM",               BOTH(ISC, STREAM),                                   TROTH_F_STREAM,           0,            S,         true },
    { "INTEGRITY",              "INTEGRITY",            BOTH(ISC, INTEGRITY),                                TROTH_F_INTEGRITY,        INTEG,        ALL,       false },
    { "IDENTIFY",               "IDENTIFY",             BOTH(ISC, IDENTIFY),                                 TROTH_F_IDENTIFY,         IDENTIFY,     KNG,       false },
    { "NULL_SESSION",           "NULL_SESSION",         BOTH(ISC, NULL_SESSION),                             TROTH_F_ANONYMOUS,        ANON,         N | G,     false },
    { "MANUAL_CRED_VALIDATION", "MANUAL_CRED_VALIDATION", BOTH(ISC, MANUAL_CRED_VALIDATION),                 0,                        0,            S,         false },
    { "RESERVED1",              "RESERVED1",            BOTH(ISC, RESERVED1),                                0,                        0,            0,         false },
    { "FRAGMENT_TO_FIT",        "FRAGMENT_ONLY",        ISC_REQ_FRAGMENT_TO_FIT, ISC_RET_FRAGMENT_ONLY,      0,                        0,            0,         false },
    { "FORWARD_CREDENTIALS",    "FORWARD_CREDENTIALS",  BOTH(ISC, FORWARD_CREDENTIALS),                      0,                        0,            0,         false },
    { "NO_INTEGRITY",           NULL,                   ISC_REQ_NO_INTEGRITY, 0,                             TROTH_F_NO_INTEGRITY,     0,            KNG,       false },
    { "USE_HTTP_STYLE",         "USED_HTTP_STYLE",      ISC_REQ_USE_HTTP_STYLE, ISC_RET_USED_HTTP_STYLE,     0,                        0,            0,         false },
    { NULL,                     "NO_ADDITIONAL_TOKEN",  0, ISC_RET_NO_ADDITIONAL_TOKEN,                      0,                        0,            0,         false },
    { NULL,                     "REAUTHENTICATION",     0, ISC_RET_REAUTHENTICATION,                         0,                        0,            0,         false },
    { "UNVERIFIED_TARGET_NAME", NULL,                   ISC_REQ_UNVERIFIED_TARGET_NAME, 0,                   0,                        0,            0,         false },
    { "CONFIDENTIALITY_ONLY",   "CONFIDENTIALITY_ONLY", BOTH(ISC, CONFIDENTIALITY_ONLY),                     0,                        0,            0,         false },
};

static const troth_sspi_flag asc[] = {
    { "DELEGATE",               "DELEGATE",             BOTH(ASC, DELEGATE),                                 TROTH_F_DELEGATE,         DELEG,        K | G,     false },
    { "MUTUAL_AUTH",            "MUTUAL_AUTH",          BOTH(ASC, MUTUAL_AUTH),                              TROTH_F_MUTUAL,           MUTUAL,       K | G | S, false },
    { "REPLAY_DETECT",          "REPLAY_DETECT",        BOTH(ASC, REPLAY_DETECT),                            TROTH_F_REPLAY,           REPLAY,       ALL,       false },
    { "SEQUENCE_DETECT",        "SEQUENCE_DETECT",      BOTH(ASC, SEQUENCE_DETECT),                          TROTH_F_SEQUENCE,         SEQUENCE,     ALL,       false },
    { "CONFIDENTIALITY",        "CONFIDENTIALITY",      BOTH(ASC, CONFIDENTIALITY),                          TROTH_F_CONFIDENTIALITY,  CONF,         ALL,       false },
    { "USE_SESSION_KEY",        "USE_SESSION_KEY",      BOTH(ASC, USE_SESSION_KEY),                          TROTH_F_SESSION_KEY,      0,            KNG,       false },
    { "SESSION_TICKET",         "SESSION_TICKET",       BOTH(ASC, SESSION_TICKET),                           0,                        0,            0,         false },
    { "ALLOCATE_MEMORY",        "ALLOCATED_MEMORY",     ASC_REQ_ALLOCATE_MEMORY, ASC_RET_ALLOCATED_MEMORY,   0,                        0,            ALL,       true },
    { "USE_DCE_STYLE",          "USED_DCE_STYLE",       ASC_REQ_USE_DCE_STYLE, ASC_RET_USED_DCE_STYLE,       TROTH_F_DCE_STYLE,        DCE_STYLE,    KNG,       false },
    { "DATAGRAM",               "DATAGRAM",             BOTH(ASC, DATAGRAM),                                 TROTH_F_DATAGRAM,         GSS_DATAGRAM, N,         true },
    { "CONNECTION",             "CONNECTION",           BOTH(ASC, CONNECTION),                               TROTH_F_CONNECTION,       0,            KNG,       true },
    { "CALL_LEVEL",             "CALL_LEVEL",           BOTH(ASC, CALL_LEVEL),                               0,                        0,            0,         false },
    { "FRAGMENT_SUPPLIED",      NULL,                   ASC_REQ_FRAGMENT_SUPPLIED, 0,                        0,                        0,            0,         false },
    { NULL,                     "THIRD_LEG_FAILED",     0, ASC_RET_THIRD_LEG_FAILED,                         0,                        0,            0,         false },
    { "EXTENDED_ERROR",         "EXTENDED_ERROR",       BOTH(ASC, EXTENDED_ERROR),                           TROTH_F_EXTENDED_ERROR,   EXT_ERROR,    K | G | S, false },
    { "STREAM",                 "STREAM",               BOTH(ASC, STREAM),                                   TROTH_F_STREAM,           0,            S,         true },
    { "INTEGRITY",              "INTEGRITY",            BOTH(ASC, INTEGRITY),                                TROTH_F_INTEGRITY,        INTEG,        ALL,       false },
    { "LICENSING",              "LICENSING",            BOTH(ASC, LICENSING),                                0,                        0,            0,         false },
    { "IDENTIFY",               "IDENTIFY",             BOTH(ASC, IDENTIFY),                                 TROTH_F_IDENTIFY,         IDENTIFY,     KNG,       false },
    { "ALLOW_NULL_SESSION",     "NULL_SESSION",         ASC_REQ_ALLOW_NULL_SESSION, ASC_RET_NULL_SESSION,    TROTH_F_ANONYMOUS,        ANON,         N | G,     false },
    { "ALLOW_NON_USER_LOGONS",  "ALLOW_NON_USER_LOGONS", BOTH(ASC, ALLOW_NON_USER_LOGONS),                   0,                        0,            0,         false },
    { "ALLOW_CONTEXT_REPLAY",   "ALLOW_CONTEXT_REPLAY", BOTH(ASC, ALLOW_CONTEXT_REPLAY),                     0,                        0,            K | G,     false },
    { "FRAGMENT_TO_FIT",        "FRAGMENT_ONLY",        ASC_REQ_FRAGMENT_TO_FIT, ASC_RET_FRAGMENT_ONLY,      0,                        0,            0,         false },
    { "NO_TOKEN",               "NO_TOKEN",             BOTH(ASC, NO_TOKEN),                                 0,                        0,            0,         false },
    { NULL,                     "NO_ADDITIONAL_TOKEN",  0, ASC_RET_NO_ADDITIONAL_TOKEN,                      0,                        0,            0,         false },
    { "PROXY_BINDINGS",         "PROXY_BINDINGS",       BOTH(ASC, PROXY_BINDINGS),                           0,                        0,            0,         false },
    { "ALLOW_MISSING_BINDINGS", "MISSING_BINDINGS",     ASC_REQ_ALLOW_MISSING_BINDINGS, ASC_RET_MISSING_BINDINGS, 0,                      0,            KNG,       false },
};

const troth_sspi_gss_flag troth_sspi_gss_flags[] = {
    { "GSS_C_DELEG_FLAG", DELEG },        { "GSS_C_MUTUAL_FLAG", MUTUAL },     { "GSS_C_REPLAY_FLAG", REPLAY },
    { "GSS_C_SEQUENCE_FLAG", SEQUENCE },  { "GSS_C_CONF_FLAG", CONF },         { "GSS_C_INTEG_FLAG", INTEG },
    { "GSS_C_ANON_FLAG", ANON },          { "GSS_C_PROT_READY_FLAG", 0x80 },   { "GSS_C_TRANS_FLAG", 0x100 },
    { "GSS_C_CHANNEL_BOUND_FLAG", 0x800 }, { "GSS_C_DCE_STYLE", DCE_STYLE },   { "GSS_C_IDENTIFY_FLAG", IDENTIFY },
    { "GSS_C_EXTENDED_ERROR_FLAG", EXT_ERROR }, { "GSS_C_DELEG_POLICY_FLAG", 0x8000 },
    { "GSS_C_DATAGRAM_FLAG", GSS_DATAGRAM },
};
/* clang-format on */
const size_t troth_sspi_n_gss_flags = sizeof troth_sspi_gss_flags / sizeof *troth_sspi_gss_flags;

const troth_sspi_flag_table *troth_sspi_flags_of(troth_role role)
{
    static const troth_sspi_flag_table tables[] = { { "ISC", isc, sizeof isc / sizeof *isc },
                                                    { "ASC", asc, sizeof asc / sizeof *asc } };
    return &tables[role == TROTH_ACCEPTOR];
}

troth_flags troth_sspi_flags_require(troth_role role, uint8_t package, uint32_t req)
{
    const troth_sspi_flag_table *t = troth_sspi_flags_of(role);
    troth_flags require = 0;
    for (size_t i = 0; i < t->n; i++)
        if (req & t->rows[i].req && t->rows[i].packages & package)
            require |= t->rows[i].ours;
    return require;
}

uint32_t troth_sspi_flags_ret(troth_role role, uint8_t package, troth_flags attributes)
{
    const troth_sspi_flag_table *t = troth_sspi_flags_of(role);
    uint32_t ret = 0;
    for (size_t i = 0; i < t->n; i++)
        if (attributes & t->rows[i].ours && t->rows[i].packages & package)
            ret |= t->rows[i].ret;
    return ret;
}

uint32_t troth_sspi_flags_early(troth_role role, uint8_t package, uint32_t req)
{
    const troth_sspi_flag_table *t = troth_sspi_flags_of(role);
    uint32_t ret = 0;
    bool kind = false;
    for (size_t i = 0; i < t->n; i++) {
        const troth_sspi_flag *f = &t->rows[i];
        if (!f->early || !(req & f->req) || !(f->packages & package))
            continue;
        ret |= f->ret;
        kind |= f->ours != 0;
    }
    if (package == S)
        return ret | (role == TROTH_INITIATOR ? ISC_RET_STREAM : ASC_RET_STREAM); /* which it is in any case */
    /* connections are the default of all packages that know them */
    return kind ? ret : ret | (role == TROTH_INITIATOR ? ISC_RET_CONNECTION : ASC_RET_CONNECTION);
}

uint32_t troth_sspi_flags_gss(troth_role role, uint32_t req)
{
    const troth_sspi_flag_table *t = troth_sspi_flags_of(role);
    uint32_t gss = 0;
    for (size_t i = 0; i < t->n; i++)
        if (req & t->rows[i].req)
            gss |= t->rows[i].gss;
    return gss;
}
