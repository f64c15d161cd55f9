/*
 * troth/sas.h: CSIv2's security attribute service, both sides, without GIOP: octets of service context 15 go in, verdicts
 * and octets of service context 15 come out. [CORBA 24.2, 24.3]
 *
 * This is what an ORB's own interceptors need; troth/iiop.h puts the same behind a GIOP connection. Nothing here does I/O
 * or reads a clock: `now` is monotonic milliseconds that never go back. What blocks is a job (troth/sec.h). One thread at
 * a time calls a target and its sessions, or a client; jobs run anywhere.
 */
#ifndef TROTH_SAS_H
#define TROTH_SAS_H

#include <troth/csi.h>
#include <troth/endpoint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Who calls. Strings live as long as the event or verdict that shows them. */
typedef struct troth_sas_caller {
    troth_identity caller;        /* whom the request is served as; name "" = anonymous                           */
    troth_identity authenticated; /* who proved himself: the same, unless the caller was asserted; "" = nobody    */
    troth_mech_id mech;           /* by what: GSSUP, KERBEROS, TLS; NONE = nobody                                 */
    bool asserted;                /* the caller was named by the authenticated one [CORBA 24.2.5]                 */
    bool stateful;                /* established for reuse                                                        */
    uint64_t context_id;          /* client_context_id; 0 = stateless, or no security attributes at all           */
    uint64_t expiry;              /* Unix time in 100 ns, UINT64_MAX = none                                       */
} troth_sas_caller;

/* What peers do that the text does not allow; for listed peers only. 0 = none. */
enum {
    TROTH_SAS_QUIRK_TRAILING = 1u << 0,     /* octets behind a message                                            */
    TROTH_SAS_QUIRK_BOOLEANS = 1u << 1,     /* any octet but 0 is TRUE                                            */
    TROTH_SAS_QUIRK_WRAPPED_NAME = 1u << 2, /* a client sends ITTPrincipalName inside one more encapsulation      */
    TROTH_SAS_QUIRK_SILENT = 1u << 3,       /* a target sends no CompleteEstablishContext and no ContextError: some
                                               clients die of them; a client takes their lack for stateless       */
    TROTH_SAS_QUIRK_LENGTHS = 1u << 4       /* a client frames tokens with lengths in groups of 7 bits            */
};

/* ---- target ----------------------------------------------------------------------------------------------------- */

typedef struct troth_sas_target troth_sas_target;
typedef struct troth_sas_session troth_sas_session;

/* Kerberos and GSSUP, the mechanisms of client authentication tokens. Constant. */
const troth_mech_table *troth_mechs_csi(void);

/* Decide about identities. Called on the target's thread while a verdict is formed; must not block. */
typedef struct troth_sas_rules {
    void *self;
    /* May `authenticated` (name "" = nobody: presumed trust) speak for `asserted`? NULL = nobody may. */
    bool (*trusts)(void *self, const troth_identity *authenticated, const troth_identity *asserted);
    /* May the caller come in at all? TROTH_OK or TROTH_NOT_ALLOWED; NULL = every one that is not anonymous. */
    troth_status (*allows)(void *self, const troth_identity *caller, troth_flags flags);
    /* Authorization elements, of types that we do not judge: TROTH_OK takes them; TROTH_UNSUPPORTED (2/1), TROTH_DENIED
     * (1/1). NULL = TROTH_UNSUPPORTED for every one. */
    troth_status (*authorizes)(void *self, const troth_identity *caller, uint32_t the_type, troth_bytes the_element);
} troth_sas_rules;

/*
 * What a target is to be. Strings and octets are copied; 0 means the default in brackets.
 *
 * env            borrowed for the target's life
 * cred           acquired, for TROTH_USE_ACCEPT, with sources of "gssup", "kerberos" or both; NULL = clients are not
 *                authenticated inside messages. One reference is taken
 * realm          GSSUP: what AS_ContextSec announces as target_name, and a token must name, or nothing ["default"]
 * service        Kerberos: the principal that is announced ("svc/host@REALM"); NULL: Kerberos is not announced, yet taken
 * required       TROTH_CSI_ options that a client must fulfil: ESTABLISH_TRUST_IN_CLIENT (by message or TLS), and
 *                INTEGRITY, CONFIDENTIALITY (by TLS)
 * identity_types  TROTH_CSI_ITT_ bits of identities that may be asserted [none]; who may is rules.trusts' matter
 * stateful       contexts may be established for reuse; never on a transport that is shared [SAS-18]
 * clear_password  GSSUP is taken on a transport without TLS [no: 2/1]
 * empty_target   a GSSUP token that names no target is taken
 * reveal         error tokens tell no such user, bad password and bad target apart [all say unspecified]
 * contexts, contexts_total  for reuse, of a connection [1,024] and of all [65,536]; what is above is served stateless
 * idle_ms, life_ms  after which a context is discarded [15 min, 8 h]
 * pending        requests of a connection that wait for a verdict; one more is TROTH_AGAIN [64]
 * failures       refused evidences after which a connection ends [16]; of one user, in a minute, after which his evidence
 *                is refused unseen for another minute [32]
 * quirks         TROTH_SAS_QUIRK_ bits
 */
typedef struct troth_sas_target_options {
    const troth_env *env;
    troth_cred *cred;
    const char *realm, *service;
    uint16_t required;
    uint32_t identity_types;
    bool stateful, clear_password, empty_target, reveal;
    uint32_t contexts, contexts_total;
    uint64_t idle_ms, life_ms;
    uint32_t pending, failures, user_failures;
    uint32_t quirks;
    troth_sas_rules rules;
} troth_sas_target_options;

/* Make a target: policy, limits and counts that all its sessions share. TROTH_OK, TROTH_INVALID, TROTH_NO_CRED,
 * TROTH_NO_MEMORY. */
TROTH_MUST_CHECK troth_status troth_sas_target_new(const troth_sas_target_options *opts, troth_sas_target **ret);
/* Release; every session must have gone before. */
void troth_sas_target_free(troth_sas_target *t);
/* Use another credential from now on (a store or keytab was read anew). Contexts whose client proved himself to the old one
 * are discarded when they are next asked for, since he may no longer be in it: the client is told to establish another.
 * Requests that run are not disturbed. Takes a reference. */
void troth_sas_target_set_cred(troth_sas_target *t, troth_cred *cred);
/*
 * What the target says of itself in references: contents of component 33. [CORBA 24.5]
 *
 * tls   address of a TLS listener, NULL = none
 * ret   set only on TROTH_OK; free with troth_ior_free
 */
TROTH_MUST_CHECK troth_status troth_sas_target_component(const troth_sas_target *t, const troth_csi_address *tls,
                                                         troth_block *ret);

/*
 * Begin with a transport connection. Context ids are of this connection, and end with it. [SAS-5, SAS-17]
 *
 * env        for what the session holds; borrowed for its life
 * transport  addresses, TLS identity, whether it is shared; copied
 */
TROTH_MUST_CHECK troth_status troth_sas_session_new(troth_sas_target *t, const troth_env *env,
                                                    const troth_transport *transport, troth_sas_session **ret);
/* The connection is gone: every context of it is, and every request. Jobs that are out are their owner's to free. */
void troth_sas_session_free(troth_sas_session *s);

/*
 * A request that came.
 *
 * id                 the owner's, of those that have not ended on this session (a GIOP request id)
 * response_expected  false: nobody can be told anything
 * n_elements         service contexts 15 that it had; more than one is refused
 * element            the octets of the first; borrowed during the call
 */
typedef struct troth_sas_request {
    uint64_t id;
    bool response_expected;
    uint32_t n_elements;
    troth_bytes element;
} troth_sas_request;

/*
 * What is to become of a request.
 *
 * accepted   serve it as `caller`; then call _reply, or _end where there is no reply
 * marshal    refused: MARSHAL instead of NO_PERMISSION (what came was no message at all); COMPLETED_NO either way
 * element    refused: service context 15 for the reply with the exception, len 0 = none
 * error      refused: why; wire is major_status << 16 | minor_status, 0 = no ContextError
 * close      refused, and the connection is to be closed: too many failures
 */
typedef struct troth_sas_verdict {
    uint64_t id;
    bool accepted, marshal, close;
    troth_sas_caller caller;
    troth_bytes element;
    troth_error error;
} troth_sas_verdict;

/*
 * Give a request. Its verdict comes from _verdict, now or after jobs; those of one context in order of arrival.
 *
 * TROTH_OK     taken
 * TROTH_AGAIN  too many wait; nothing was taken, offer it again after _stepped
 * TROTH_INVALID  the id has not ended
 * TROTH_NO_MEMORY
 */
TROTH_MUST_CHECK troth_status troth_sas_session_request(troth_sas_session *s, const troth_sas_request *q, uint64_t now);
/* The next verdict; false = none now, and ret is untouched. Views live until the next call on the session. A refused
 * request has ended. */
bool troth_sas_session_verdict(troth_sas_session *s, troth_sas_verdict *ret);
/* The next job to run; it is the caller's until he gives it back by _stepped. false = none. */
bool troth_sas_session_job(troth_sas_session *s, troth_job **ret);
/* Give back a job that has run; it is freed. */
void troth_sas_session_stepped(troth_sas_session *s, troth_job *job, uint64_t now);
/*
 * An accepted request was answered, with a result or with whatever exception: it ends here.
 *
 * ret  service context 15 for the reply, len 0 = none; lives until the next call on the session
 *
 * TROTH_OK; TROTH_INVALID: no such request, or not accepted
 */
TROTH_MUST_CHECK troth_status troth_sas_session_reply(troth_sas_session *s, uint64_t id, uint64_t now,
                                                      troth_bytes *ret);
/* A request ends without a reply: it was a oneway that has been served, or was cancelled, in any state. */
void troth_sas_session_end(troth_sas_session *s, uint64_t id, uint64_t now);
/* Contexts that are established for reuse now. */
size_t troth_sas_session_contexts(const troth_sas_session *s);
/* When _expire wants to be called; UINT64_MAX = never. Early calls are harmless. */
uint64_t troth_sas_session_deadline(const troth_sas_session *s);
void troth_sas_session_expire(troth_sas_session *s, uint64_t now);

/* ---- client ----------------------------------------------------------------------------------------------------- */

typedef struct troth_sas_client troth_sas_client;

/* Whom to speak for. type: one of TROTH_CSI_ITT_; name: PRINCIPAL_NAME as an exported name or (from `user` instead) a
 * user name that becomes one of GSSUP's; X509_CERT_CHAIN and DISTINGUISHED_NAME in DER. All zero: for nobody else. */
typedef struct troth_sas_assertion {
    uint32_t type;
    troth_bytes name;
    const char *user;
} troth_sas_assertion;

/*
 * What a client of one connection is to be. Strings and octets are copied; 0 means the default in brackets.
 *
 * cred        acquired, for TROTH_USE_INITIATE, with sources of "gssup" (TROTH_CRED_PASSWORD), "kerberos" or both; NULL =
 *             it does not authenticate inside messages. One reference is taken
 * mech_list   contents of the target's component 33; len 0 = not known
 * unlisted    without a mech_list: send security attributes nevertheless, for `realm` or `service`, as if it had listed
 *             GSSUP or Kerberos, and statefulness if `stateful`
 * realm, service  unlisted: GSSUP's target name, Kerberos' principal
 * required    TROTH_CSI_ options that must be fulfilled, or nothing is sent: CONFIDENTIALITY, INTEGRITY,
 *             ESTABLISH_TRUST_IN_TARGET, ESTABLISH_TRUST_IN_CLIENT
 * clear_password  a GSSUP token may go over a transport without TLS
 * stateful    ask for contexts to be reused, where the target offers that and the transport is not shared
 * assertion   for whom requests are made that do not say otherwise
 * transport   tls, shared, ...
 * contexts    different assertions at once [256]
 * quirks      TROTH_SAS_QUIRK_ bits
 */
typedef struct troth_sas_client_options {
    const troth_env *env;
    troth_cred *cred;
    troth_bytes mech_list;
    bool unlisted, clear_password, stateful;
    const char *realm, *service;
    uint16_t required;
    troth_sas_assertion assertion;
    const troth_transport *transport;
    uint32_t contexts;
    uint32_t quirks;
} troth_sas_client_options;

/*
 * Choose the first mechanism of a list that policy, transport and credentials allow, as troth_sas_client_new does: to look
 * before a connection is made for it, and again at what a reply forwards to. mech_list and unlisted are not looked at.
 *
 * ret  its number in the list; set only on TROTH_OK
 *
 * TROTH_OK; TROTH_NO_MECH; TROTH_TOO_LOW: only the transport's protection is missing
 */
TROTH_MUST_CHECK troth_status troth_sas_choose(const troth_sas_client_options *opts, const troth_csi_mech_list *list,
                                               size_t *ret);
/*
 * Begin with a transport connection. Chooses the first mechanism of the list that the policy and the credentials allow.
 *
 * TROTH_OK; TROTH_NO_MECH: none does, and nothing may be sent; TROTH_TOO_LOW: only the transport's protection is missing;
 * TROTH_INVALID, TROTH_MALFORMED (the list), TROTH_NO_MEMORY
 */
TROTH_MUST_CHECK troth_status troth_sas_client_new(const troth_sas_client_options *opts, troth_sas_client **ret);
/* The connection is gone: every context of it is, and every request. Jobs that are out are their owner's to free. */
void troth_sas_client_free(troth_sas_client *c);
/* The mechanism chosen; NULL = none is needed. Borrowed. */
const troth_csi_mech *troth_sas_client_mech(const troth_sas_client *c);

/* A request that is to be sent; assertion NULL = the client's. Borrowed during the call. */
typedef struct troth_sas_call {
    uint64_t id;
    bool response_expected;
    const troth_sas_assertion *assertion;
} troth_sas_call;

/*
 * What is to become of a request.
 *
 * send     send it with `element` as service context 15; len 0 = without
 * error    otherwise: why it must not be sent; its request has ended
 */
typedef struct troth_sas_sending {
    uint64_t id;
    bool send;
    troth_bytes element;
    troth_error error;
} troth_sas_sending;

/* Give a request; what is to become of it comes from _sending, now or after jobs. Statuses as _session_request. */
TROTH_MUST_CHECK troth_status troth_sas_client_call(troth_sas_client *c, const troth_sas_call *call, uint64_t now);
bool troth_sas_client_sending(troth_sas_client *c, troth_sas_sending *ret);
bool troth_sas_client_job(troth_sas_client *c, troth_job **ret);
void troth_sas_client_stepped(troth_sas_client *c, troth_job *job, uint64_t now);

typedef enum troth_sas_reply_kind {
    TROTH_SAS_REPLY_RESULT,    /* NO_EXCEPTION or USER_EXCEPTION                            */
    TROTH_SAS_REPLY_EXCEPTION, /* SYSTEM_EXCEPTION, other than NO_PERMISSION, COMPLETED_NO  */
    TROTH_SAS_REPLY_REFUSED,   /* NO_PERMISSION, COMPLETED_NO                               */
    TROTH_SAS_REPLY_FORWARD    /* LOCATION_FORWARD, NEEDS_ADDRESSING_MODE                   */
} troth_sas_reply_kind;

/* A reply that came. */
typedef struct troth_sas_answer {
    uint64_t id;
    troth_sas_reply_kind kind;
    uint32_t n_elements;
    troth_bytes element;
} troth_sas_answer;

/*
 * What a reply is.
 *
 * PASS     the servant's answer, whatever it is: give it to the caller; the request has ended
 * RESEND   the context was lost, the request did not run: _sending will tell how to send it again. At most once for each
 * REFUSED  the target refused the evidence: NO_PERMISSION is the answer; err says why. The request has ended
 * BROKEN   it contradicts what was sent; err says how. Give the caller an exception instead; the request has ended
 */
typedef enum troth_sas_fate { TROTH_SAS_PASS, TROTH_SAS_RESEND, TROTH_SAS_REFUSED, TROTH_SAS_BROKEN } troth_sas_fate;

/* Give a reply. TROTH_OK; TROTH_INVALID: no such request. ret_err may be NULL. */
TROTH_MUST_CHECK troth_status troth_sas_client_reply(troth_sas_client *c, const troth_sas_answer *a, uint64_t now,
                                                     troth_sas_fate *ret, troth_error *ret_err);
/* A request ends without a reply: a oneway was sent, or it was cancelled. [R24, R27] */
void troth_sas_client_end(troth_sas_client *c, uint64_t id, uint64_t now);

#ifdef __cplusplus
}
#endif

#endif
