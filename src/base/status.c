#include <stdbool.h>
#include <stddef.h>
#include <troth/status.h>

static const char *const names[TROTH_STATUS_COUNT] = {
#define TROTH_STATUS(name, class, text) #name,
#include <troth/status.def>
#undef TROTH_STATUS
};

static const char *const texts[TROTH_STATUS_COUNT] = {
#define TROTH_STATUS(name, class, text) text,
#include <troth/status.def>
#undef TROTH_STATUS
};

static const uint8_t classes[TROTH_STATUS_COUNT] = {
#define TROTH_STATUS(name, class, text) TROTH_CLASS_##class,
#include <troth/status.def>
#undef TROTH_STATUS
};

/* Windows' word for each status. What Windows has no word for is SEC_E_INTERNAL_ERROR, the answer for 0 below. */
static const uint32_t hresults[TROTH_STATUS_COUNT] = {
    [TROTH_AGAIN] = 0x80090318,           /* SEC_E_INCOMPLETE_MESSAGE          */
    [TROTH_INVALID] = 0x8009035D,         /* SEC_E_INVALID_PARAMETER           */
    [TROTH_BAD_STATE] = 0x80090301,       /* SEC_E_INVALID_HANDLE              */
    [TROTH_NO_SPACE] = 0x80090321,        /* SEC_E_BUFFER_TOO_SMALL            */
    [TROTH_TRUNCATED] = 0x80090308,       /* SEC_E_INVALID_TOKEN               */
    [TROTH_MALFORMED] = 0x80090308,       /* SEC_E_INVALID_TOKEN               */
    [TROTH_UNEXPECTED] = 0x80090326,      /* SEC_E_ILLEGAL_MESSAGE             */
    [TROTH_UNSUPPORTED] = 0x80090302,     /* SEC_E_UNSUPPORTED_FUNCTION        */
    [TROTH_NO_MECH] = 0x80090302,         /* SEC_E_UNSUPPORTED_FUNCTION        */
    [TROTH_DENIED] = 0x8009030C,          /* SEC_E_LOGON_DENIED                */
    [TROTH_NO_CRED] = 0x8009030E,         /* SEC_E_NO_CREDENTIALS              */
    [TROTH_CRED_EXPIRED] = 0x80090328,    /* SEC_E_CERT_EXPIRED                */
    [TROTH_TARGET_UNKNOWN] = 0x80090303,  /* SEC_E_TARGET_UNKNOWN              */
    [TROTH_WRONG_PRINCIPAL] = 0x80090322, /* SEC_E_WRONG_PRINCIPAL             */
    [TROTH_TIME_SKEW] = 0x80090324,       /* SEC_E_TIME_SKEW                   */
    [TROTH_NO_AUTHORITY] = 0x80090311,    /* SEC_E_NO_AUTHENTICATING_AUTHORITY */
    [TROTH_BAD_BINDINGS] = 0x80090346,    /* SEC_E_BAD_BINDINGS                */
    [TROTH_DOWNGRADE] = 0x80090350,       /* SEC_E_DOWNGRADE_DETECTED          */
    [TROTH_TOO_LOW] = 0x000006FE,         /* ERROR_TRUST_FAILURE               */
    [TROTH_NOT_ALLOWED] = 0x8009030C,     /* SEC_E_LOGON_DENIED                */
    [TROTH_BAD_MIC] = 0x8009030F,         /* SEC_E_MESSAGE_ALTERED             */
    [TROTH_REPLAY] = 0x80090310,          /* SEC_E_OUT_OF_SEQUENCE             */
    [TROTH_OUT_OF_ORDER] = 0x80090310,    /* SEC_E_OUT_OF_SEQUENCE             */
    [TROTH_EXPIRED] = 0x80090317,         /* SEC_E_CONTEXT_EXPIRED             */
    [TROTH_NOT_SEALED] = 0x80090330,      /* SEC_E_DECRYPT_FAILURE             */
    [TROTH_NO_MEMORY] = 0x80090300,       /* SEC_E_INSUFFICIENT_MEMORY         */
    [TROTH_PEER_TOO_LOW] = 0x000006FE,    /* ERROR_TRUST_FAILURE               */
};

typedef struct code_name {
    uint32_t code;
    const char *name;
} code_name;

static const code_name codes[] = {
#define TROTH_HRESULT(code, name) { code, name },
#include <base/hresult.def>
#undef TROTH_HRESULT
};

static bool known(troth_status st)
{
    return (unsigned)st < TROTH_STATUS_COUNT;
}

const char *troth_status_name(troth_status st)
{
    return known(st) ? names[st] : "UNKNOWN";
}

const char *troth_status_text(troth_status st)
{
    return known(st) ? texts[st] : "unknown status";
}

troth_status_class troth_status_class_of(troth_status st)
{
    return known(st) ? (troth_status_class)classes[st] : TROTH_CLASS_MECHANISM;
}

uint32_t troth_status_hresult(troth_status st)
{
    if (st == TROTH_OK)
        return 0;
    return known(st) && hresults[st] ? hresults[st] : 0x80090304; /* SEC_E_INTERNAL_ERROR */
}

const char *troth_hresult_name(uint32_t code)
{
    for (size_t i = 0; i < sizeof codes / sizeof *codes; i++)
        if (codes[i].code == code)
            return codes[i].name;
    return NULL;
}
