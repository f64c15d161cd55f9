/* sspi/cred.h: what a credentials handle stands for. */
#ifndef TROTH_SSPI_CREDENTIAL_H
#define TROTH_SSPI_CREDENTIAL_H

#include <sspi/handle.h>
#include <sspi/identity.h>
#include <sspi/package.h>

typedef struct troth_sspi_cred {
    troth_sspi_object head;
    const troth_env *env;
    const troth_sspi_package *package;
    troth_mutex lock;      /* engine and name, which saved and added ones replace; failure  */
    troth_cred *engine[2]; /* by role; NULL = not acquired for it                       */
    troth_cred *bare;      /* Schannel's initiator without the configuration's certificate; NULL = as engine */
    uint32_t use;          /* SECPKG_CRED_INBOUND, _OUTBOUND or both                       */
    char *name;            /* whose it is, in UTF-8; NULL = not told                       */
    uint32_t policy;       /* TROTH_POLICY_ bits of the configuration                      */
    bool save_supplied;    /* SECPKG_CRED_ATTR_TROTH_SAVE_SUPPLIED                         */
    SEC_GET_KEY_FN prompt;
    void *prompt_self;
    SECURITY_STATUS failure; /* of the last first leg that failed, and so gave no handle of its own */
    troth_error error;
    char *error_text; /* the mechanism's words for it, NULL = none */
} troth_sspi_cred;

/* An empty one, with one reference. TROTH_OK, TROTH_NO_MEMORY. */
TROTH_MUST_CHECK troth_status troth_sspi_cred_new(const troth_env *env, const troth_sspi_package *package,
                                                  troth_sspi_cred **ret);
/* Name it after an identity, else a principal; each may be NULL. TROTH_OK, TROTH_NO_MEMORY. */
TROTH_MUST_CHECK troth_status troth_sspi_cred_name(troth_sspi_cred *cred, const troth_sspi_identity *id,
                                                   const char *principal);
/* Find a credential and take a reference. SEC_E_OK or SEC_E_INVALID_HANDLE. */
SECURITY_STATUS troth_sspi_cred_find(const CredHandle *handle, troth_sspi_cred **ret);
void troth_sspi_cred_release(troth_sspi_cred *cred);
/* The engine's credential for a role, as one reference of the caller's; NULL = not acquired for it. */
troth_cred *troth_sspi_cred_engine(troth_sspi_cred *cred, troth_role role);
/*
 * Make and acquire what initiates as an identity of the caller's: any of the SEC_WINNT_AUTH_IDENTITY structures, or what
 * SspiEncode... made; n octets, SIZE_MAX = as many as it says. SEC_E_OK with one reference in *ret.
 */
SECURITY_STATUS troth_sspi_cred_of_identity(const troth_sspi_cred *cred, const void *identity, size_t n, bool wide,
                                            troth_cred **ret);
/* Make and acquire what initiates without an identity; SEC_E_NO_CREDENTIALS where the package cannot. */
SECURITY_STATUS troth_sspi_cred_anonymous(const troth_sspi_cred *cred, troth_cred **ret);
/* Keep why a first leg failed; text (may be NULL) moves. */
void troth_sspi_cred_failed(troth_sspi_cred *cred, SECURITY_STATUS status, const troth_error *error, char *text);
/* Replace what initiates, for contexts to come; the reference moves. [CR-19] */
void troth_sspi_cred_save(troth_sspi_cred *cred, troth_cred *engine);

#endif
