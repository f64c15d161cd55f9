/* support/sspi.h: both sides of SSPI in one process, with accounts and a configuration of their own. */
#ifndef TESTS_SSPI_H
#define TESTS_SSPI_H
#include <support/edge.h>
#include <support/env.h>
#include <support/test.h>
#include <troth/sspi.h>

enum { SSPI_TOKEN = 65536 };

/* Account DOM\User with the password "Password" [MS-NLMP 4.2.1]. */
typedef struct sspi_rig {
    test_env t;
    char dir[64], conf[128];
    CredHandle client, server;
    CtxtHandle c, s; /* {0, 0} while there is none */
    SECURITY_STATUS c_status, s_status;
    ULONG c_ret, s_ret;
    TimeStamp c_expiry, s_expiry;
    unsigned tokens;
    uint8_t *to_server, *to_client; /* SSPI_TOKEN octets each */
    ULONG n_to_server, n_to_client;
    const char *target;
    edge in, out; /* where tokens lie while a leg has them: up to the end of memory, and what comes in read-only */
} sspi_rig;

/* Start the process object anew, and write the configuration: [ntlm] users and names, then more (may be NULL). */
void sspi_rig_init(sspi_rig *r, const char *more);
/* End all of it, and look at the memory that was used. */
void sspi_rig_clear(sspi_rig *r);
/* Credentials of a package for both sides; the client's is that of the account unless identity says otherwise. */
void sspi_rig_acquire(sspi_rig *r, const char *package);
SECURITY_STATUS sspi_acquire(const char *package, ULONG use, void *identity, CredHandle *ret);
/* One leg of a side, from and to the rig's tokens. */
SECURITY_STATUS sspi_client_leg(sspi_rig *r, ULONG req);
SECURITY_STATUS sspi_server_leg(sspi_rig *r, ULONG req);
/* Legs until both are done or one fails. True: both answered SEC_E_OK. */
bool sspi_shake(sspi_rig *r, ULONG isc, ULONG asc);
/* Delete both contexts. */
void sspi_rig_reset(sspi_rig *r);
SEC_WINNT_AUTH_IDENTITY_A sspi_identity(void);
#endif
