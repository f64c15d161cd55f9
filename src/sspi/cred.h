/* sspi/cred.h: what a credentials handle stands for. */
#ifndef TROTH_SSPI_CREDENTIAL_H
#define TROTH_SSPI_CREDENTIAL_H

#include <sspi/handle.h>
#include <sspi/package.h>

typedef struct troth_sspi_cred {
    troth_sspi_object head;
    const troth_env *env;
    const troth_sspi_package *package;
    troth_mutex lock; /* engine: replaced by saved credentials                        */
    troth_cred *engine;
    uint32_t use;       /* SECPKG_CRED_INBOUND, _OUTBOUND or both                       */
    char *name;         /* whose it is, in UTF-8; NULL = not told                       */
    uint32_t policy;    /* TROTH_POLICY_ bits of the configuration                      */
    bool save_supplied; /* SECPKG_CRED_ATTR_TROTH_SAVE_SUPPLIED                         */
    SEC_GET_KEY_FN prompt;
    void *prompt_self;
} troth_sspi_cred;

/* Find a credential and take a reference. SEC_E_OK or SEC_E_INVALID_HANDLE. */
SECURITY_STATUS troth_sspi_cred_find(const CredHandle *handle, troth_sspi_cred **ret);
void troth_sspi_cred_release(troth_sspi_cred *cred);
/* The engine's credential, as one reference of the caller's. */
troth_cred *troth_sspi_cred_engine(troth_sspi_cred *cred);

#endif
