/* What dc_client's cases share: the server that is asked, and who asks. */
#ifndef DC_CLIENT_H
#define DC_CLIENT_H

#include <dc_stubs.h>

enum { DC_USERS = 2, DC_EPM_PORT = 135 };

/* A mechanism as a context's provider: what type, and which credential is behind it. */
typedef struct dc_auth {
    const char *name;
    troth_rpc_auth_type type;
    bool kerberos;
} dc_auth;
enum { DC_SPNEGO_KERBEROS, DC_SPNEGO_NTLM, DC_NTLM, DC_KERBEROS, DC_AUTHS };
extern const dc_auth dc_auths[DC_AUTHS];

/*
 * The server. users[0] is nobody in particular; on a Samba DC users[1] is an administrator.
 *
 * samba      a Samba DC, else our fixture
 * spn        its name; other_spn is known to its KDC but has another key
 * domain     as the server tells it, realm likewise
 * root       the naming context of a DC
 */
typedef struct dc_peer {
    bool samba;
    const char *spn, *other_spn, *domain, *realm, *root;
    const char *users[DC_USERS], *password_files[DC_USERS], *ccaches[DC_USERS];
    const char *expired_ccache;
    troth_cred *creds[DC_USERS][2]; /* [1] kerberos */
} dc_peer;

/* Acquire; NULL with the error set. */
troth_cred *dc_acquire(const troth_cred_source *src, troth_error *ret_error);
troth_rpc_identity dc_identity(const dc_peer *p, unsigned user, unsigned auth, troth_rpc_level level);
troth_rpc_co_client_options dc_options(bool header_signing);
/* The port of an interface, by the endpoint mapper and without authentication; all connections are ended afterwards. */
bool dc_port(dc_net *n, const troth_rpc_syntax *s, uint16_t *ret);

typedef bool (*dc_case_fn)(dc_net *n, const dc_peer *p, const void *arg);
void dc_case(dc_net *n, const dc_peer *p, const char *name, dc_case_fn fn, const void *arg);

void dc_cells(dc_net *n, const dc_peer *p);
void dc_many(dc_net *n, const dc_peer *p);
void dc_big(dc_net *n, const dc_peer *p);
void dc_refusals(dc_net *n, const dc_peer *p);

#endif
