/*
 * troth/sec.h: the engine. Credentials, security contexts, message protection, records, jobs.
 *
 * Nothing here touches the network. What may block (a KDC, a file, a password check) happens in troth_job_run and
 * nowhere else; run it on any thread. Everything else answers at once.
 */
#ifndef TROTH_SEC_H
#define TROTH_SEC_H

#include <troth/types.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct troth_mech troth_mech;
typedef struct troth_cred troth_cred;
typedef struct troth_context troth_context;
typedef struct troth_job troth_job;

typedef enum troth_mech_id {
    TROTH_MECH_NONE,
    TROTH_MECH_SPNEGO,
    TROTH_MECH_KERBEROS,
    TROTH_MECH_NTLM,
    TROTH_MECH_TLS,
    TROTH_MECH_GSSUP
} troth_mech_id;

/* The mechanisms an instance knows: a constant table handed in with the credential, borrowed for its life. */
typedef struct troth_mech_table {
    const troth_mech *const *mechs;
    size_t n;
} troth_mech_table;

/* Kerberos, NTLM, SPNEGO and TLS, as this library was built. Constant. */
const troth_mech_table *troth_mechs_default(void);
/* Name a mechanism: "spnego", "kerberos", "ntlm", "tls", "gssup", "none". Constant. */
const char *troth_mech_id_name(troth_mech_id id);

/* ---- credentials ---------------------------------------------------------------------------------------------- */

typedef enum troth_cred_kind {
    TROTH_CRED_DEFAULT,   /* what the mechanism's own environment offers                                   */
    TROTH_CRED_KEYTAB,    /* kerberos, both uses: path = keytab file                                       */
    TROTH_CRED_CCACHE,    /* kerberos initiator: path = ccache name                                        */
    TROTH_CRED_PASSWORD,  /* initiator: principal, domain, secret = UTF-8 password                         */
    TROTH_CRED_NT_HASH,   /* ntlm initiator: principal, domain, secret = 16 octets                         */
    TROTH_CRED_USER_FILE, /* ntlm acceptor: path = file in smbpasswd form                                  */
    TROTH_CRED_LOOKUP,    /* ntlm acceptor: lookup                                                         */
    TROTH_CRED_ANONYMOUS, /* initiator: no identity                                                        */
    TROTH_CRED_PEM,       /* tls: path = our certificate and its chain, in PEM form                        */
    TROTH_CRED_HASH_FILE, /* gssup acceptor: path = file of users and scrypt hashes, docs/wire/gssup-store.md */
    TROTH_CRED_CHECK      /* gssup acceptor: check, with lookup_self                                       */
} troth_cred_kind;

typedef enum troth_cred_use { TROTH_USE_INITIATE = 1, TROTH_USE_ACCEPT = 2, TROTH_USE_BOTH = 3 } troth_cred_use;

/*
 * Find the NT hash of an account. Runs inside a job, on any thread, and may block.
 *
 * user, domain   UTF-8, as the peer sent them; compare without regard to case
 * ret_nt_hash    16 octets, set on TROTH_OK
 *
 * TROTH_OK, TROTH_DENIED (no such account, or not allowed), or any other failure
 */
typedef troth_status (*troth_ntlm_lookup)(void *self, const char *user, const char *domain, uint8_t ret_nt_hash[16]);

/*
 * Check a user's password. Runs inside a job, on any thread, and may block; takes as long for a user who is not there.
 *
 * user      UTF-8, scope and all, as the peer sent it
 * password  UTF-8; not kept
 *
 * TROTH_OK, TROTH_DENIED (wrong, or no such user), or any other failure
 */
typedef troth_status (*troth_password_check)(void *self, const char *user, troth_bytes password);

/* What of a verified client certificate names its holder. */
typedef enum troth_cert_field {
    TROTH_CERT_UPN,     /* subjectAltName: otherName 1.3.6.1.4.1.311.20.2.3, "alice@REALM"; without regard to case */
    TROTH_CERT_EMAIL,   /* subjectAltName: rfc822Name; without regard to case                                      */
    TROTH_CERT_DNS,     /* subjectAltName: dNSName; without regard to case                                         */
    TROTH_CERT_CN,      /* the subject's commonName; exact                                                         */
    TROTH_CERT_SUBJECT, /* the whole subject as RFC 2253 writes it, "CN=Alice,O=Example"; exact                   */
    TROTH_CERT_SHA256   /* SHA-256 of the certificate, 64 hex digits, colons between them allowed                  */
} troth_cert_field;

/*
 * One rule that makes an account of a client certificate. The first rule that fits decides.
 *
 * match    what the field must be; NULL = anything, as long as the certificate has exactly one such field (not for
 *          TROTH_CERT_SHA256)
 * account  "alice@REALM", "DOM\alice" or "alice"; NULL = the field itself
 */
typedef struct troth_cert_rule {
    troth_cert_field field;
    const char *match, *account;
} troth_cert_rule;

/*
 * What a TLS credential is besides its certificate. All of it, files included, is read when the credential is acquired
 * and never again.
 *
 * key_path     our private key in PEM form; NULL = it stands in the certificate's file. Its password: secret
 * trust_path   a PEM file of certificates, or a directory of them by hash, that peers' certificates must lead to; NULL =
 *              for servers' the system's; for clients' none, so that every client certificate is refused
 * rules        n_rules that map client certificates; a certificate that none fits is refused. No rules: the holder is the
 *              subject, as TROTH_CERT_SUBJECT
 * min_version, max_version   0x0303 or 0x0304; 0 = these two
 * cert_pem, key_pem, trust_pem   from memory, in PEM form, what source's path, key_path and trust_path say of files; len 0
 *              = none. With cert_pem the source has no path
 */
typedef struct troth_tls_config {
    const char *key_path, *trust_path;
    const troth_cert_rule *rules;
    size_t n_rules;
    uint16_t min_version, max_version;
    troth_bytes cert_pem, key_pem, trust_pem;
} troth_tls_config;

/*
 * One source of one mechanism's credential. Strings are UTF-8, copied, NULL when they do not apply.
 *
 * mech       a mechanism of the table
 * kind       above
 * path       file or cache name
 * principal  kerberos: principal ("alice@REALM", or for an acceptor the service principal, NULL = any key of the
 *            keytab); ntlm initiator: the account
 * domain     ntlm: the account's NetBIOS domain; for an acceptor the domain it announces
 * host       ntlm: our NetBIOS computer name as announced by an acceptor, or named as workstation; NULL = none
 * dns_host   ntlm acceptor: our DNS computer name, or NULL
 * secret     password or hash, borrowed during the call, copied and wiped with the credential
 * lookup     TROTH_CRED_LOOKUP only, with its self; must outlive the credential
 * check      TROTH_CRED_CHECK only, with lookup_self; likewise
 * tls        tls: more about it, NULL = nothing; borrowed, with all that it points to, until the credential was acquired
 */
typedef struct troth_cred_source {
    const char *mech;
    troth_cred_kind kind;
    const char *path, *principal, *domain, *host, *dns_host;
    troth_bytes secret;
    troth_ntlm_lookup lookup;
    troth_password_check check;
    void *lookup_self;
    const troth_tls_config *tls;
} troth_cred_source;

/*
 * Describe a credential. It is not usable before troth_cred_job has run.
 *
 * env      borrowed for the credential's life
 * mechs    borrowed likewise
 * use      initiate, accept or both
 * sources  n of them, in order of preference (a negotiating context offers them in this order); copied
 * ret      one reference, to be given back with troth_cred_unref; set only on TROTH_OK
 *
 * TROTH_OK, TROTH_INVALID (no source, unknown mechanism, a kind the mechanism does not have), TROTH_NO_MEMORY
 */
TROTH_MUST_CHECK troth_status troth_cred_new(const troth_env *env, const troth_mech_table *mechs, troth_cred_use use,
                                             const troth_cred_source *sources, size_t n, troth_cred **ret);
/* Take another reference. Any thread. */
troth_cred *troth_cred_ref(troth_cred *cred);
/* Give a reference back; the last one wipes and releases. Contexts hold their own. NULL is legal. Any thread. */
void troth_cred_unref(troth_cred *cred);
/*
 * Tell whether the credential was acquired, and until when it is good (Unix time in 100 ns, UINT64_MAX = no end).
 * TROTH_OK, TROTH_NO_CRED (not acquired yet), or what acquiring failed with. ret_expiry may be NULL.
 */
TROTH_MUST_CHECK troth_status troth_cred_ready(const troth_cred *cred, uint64_t *ret_expiry);
/* The error of a failed acquisition. Borrowed, valid for the credential's life. */
const troth_error *troth_cred_error(const troth_cred *cred);
/*
 * Which line of which file was wrong, when acquiring failed with TROTH_BAD_CONFIG: "path:line: what", else NULL.
 * Borrowed, valid for the credential's life.
 */
const char *troth_cred_complaint(const troth_cred *cred);

/* ---- contexts ------------------------------------------------------------------------------------------------- */

/* Policy bits of a context: every relaxation has a name, and the default is none of them. */
enum {
    TROTH_POLICY_REQUIRE_BINDINGS = 1u << 0, /* acceptor: a peer that sends no channel bindings is refused           */
    TROTH_POLICY_RAW_TOKENS = 1u << 1,       /* negotiating acceptor: accept NTLM and Kerberos tokens without SPNEGO */
    TROTH_POLICY_NTLM_WITHOUT_MIC = 1u << 2, /* acceptor: accept an AUTHENTICATE message that carries no MIC         */
    TROTH_POLICY_DELEGATE_ANY = 1u << 3,     /* initiator: delegate although the target is not ok-as-delegate        */
    TROTH_POLICY_ALLOW_REPEAT = 1u << 4,     /* acceptor: accept a token seen before (no replay cache)               */
    TROTH_POLICY_REQUIRE_CERT = 1u << 5,     /* tls acceptor: a client without a certificate is refused              */
    TROTH_POLICY_UNVERIFIED = 1u << 6,       /* tls: the owner judges the peer's certificate; it makes nobody mutual
                                                and names nobody                                                    */
    TROTH_POLICY_EMPTY_TARGET = 1u << 7,     /* gssup acceptor: a token that names no target is taken               */
    TROTH_POLICY_REVEAL = 1u << 8            /* gssup acceptor: error tokens tell no such user, bad password and bad
                                                target apart                                                        */
};

/* Limits; 0 = the default in brackets. */
typedef struct troth_limits {
    unsigned legs; /* legs in each direction [10]                 */
    size_t token;  /* octets of one token [65,535]                */
    size_t bytes;  /* octets of all tokens together [262,144]     */
} troth_limits;

/*
 * What a context is to be. Strings and octets are copied.
 *
 * env       for the context's own memory and that of its jobs, tokens handed in included; borrowed for its life. NULL =
 *           the credential's
 * role      which side we are
 * mech      "spnego", "kerberos", "ntlm": the outer mechanism; the credential must have sources for it
 *           (spnego: at least one source of any other mechanism)
 * require   flags asked for; what cannot be had is absent from the attributes and is no failure by itself
 * target    initiator: "svc/host" (a principal, never looked up) or "svc@host" (host-based), or a "user@REALM";
 *           acceptor: when set, the SPN that an NTLM client must have named. tls: also "host" alone; the host that the
 *           server's certificate must be for, and that a client must have named (SNI)
 * bindings  the application data of the channel bindings ("tls-server-end-point:" + hash), len 0 = none
 * alpn      tls: application protocols, each behind one octet of length, best first; len 0 = none. When both sides have
 *           some, they must have one in common  [RFC 7301]
 * policy    TROTH_POLICY_ bits
 */
typedef struct troth_context_options {
    const troth_env *env;
    troth_role role;
    const char *mech;
    troth_flags require;
    const char *target;
    troth_bytes bindings, alpn;
    uint32_t policy;
    troth_limits limits;
} troth_context_options;

/* A view of who the peer is; strings live as long as the context. */
typedef struct troth_identity {
    const char *name;      /* "alice@REALM" or "DOM\user"; "" when anonymous                        */
    const char *account;   /* "alice"                                                               */
    const char *authority; /* realm or domain                                                       */
} troth_identity;

/* What is known of a complete context; strings live as long as the context. */
typedef struct troth_facts {
    troth_mech_id outer, mech; /* what was negotiated with, and the mechanism that protects                   */
    troth_flags attributes;
    troth_identity peer; /* acceptor: the initiator. Initiator: the acceptor, when mutual, else empty  */
    troth_identity self; /* initiator: whom we authenticated as; acceptor: the service, when known     */
    const char *detail;  /* the cipher in words: "aes256-cts-hmac-sha1-96", "rc4-hmac-md5 128"          */
    unsigned legs;       /* tokens taken in and given out                                              */
    uint64_t expiry;     /* Unix time in 100 ns, UINT64_MAX = none                                     */
} troth_facts;

/*
 * Make a context. Nothing is sent, asked or computed yet.
 *
 * cred  acquired before the first step; the context takes a reference
 * ret   set only on TROTH_OK; free with troth_context_free
 *
 * TROTH_OK, TROTH_INVALID, TROTH_NO_CRED (no source for the mechanism), TROTH_UNSUPPORTED (two context kinds at
 * once), TROTH_NO_MEMORY
 */
TROTH_MUST_CHECK troth_status troth_context_new(troth_cred *cred, const troth_context_options *opts,
                                                troth_context **ret);
/* Wipe and release; in any state. NULL is legal. */
void troth_context_free(troth_context *c);
/* Tell what is known. All but outer is empty before the context is complete. */
troth_facts troth_context_facts(const troth_context *c);
/* The sticky error; code TROTH_OK while there is none. Borrowed. */
const troth_error *troth_context_error(const troth_context *c);
/*
 * The mechanism's own words for that error: for Kerberos what GSS-API shows for major and minor, "" when there are none.
 * Borrowed, valid for the context's life.
 */
const char *troth_context_error_text(const troth_context *c);
/*
 * The session key [MS-SSPI SECPKG_ATTR_SESSION_KEY], borrowed, valid for the context's life.
 * TROTH_OK, TROTH_BAD_STATE (not complete), TROTH_UNSUPPORTED
 */
TROTH_MUST_CHECK troth_status troth_context_session_key(const troth_context *c, troth_bytes *ret);
/* What a context can be asked for; what does not say otherwise, of a record mechanism. */
typedef enum troth_query {
    TROTH_QUERY_ENDPOINT_BINDINGS, /* "tls-server-end-point:" and the hash of the server's certificate  [RFC 5929 4] */
    TROTH_QUERY_UNIQUE_BINDINGS,   /* "tls-unique:" and the first Finished; TLS 1.2 only                [RFC 5929 3] */
    TROTH_QUERY_EXPORTER_BINDINGS, /* "tls-exporter:" and 32 octets of keying material                  [RFC 9266]   */
    TROTH_QUERY_PROTOCOL,          /* the application protocol agreed on; len 0 = none                  [RFC 7301]   */
    TROTH_QUERY_CIPHER,            /* version and cipher suite, 2 octets each, big-endian, as on the wire            */
    TROTH_QUERY_PEER_CERTIFICATE,  /* DER; TROTH_NO_CRED = the peer has none                                         */
    TROTH_QUERY_OWN_CERTIFICATE,   /* likewise, ours                                                                 */
    TROTH_QUERY_VERDICT,           /* of the peer's certificate: an X509_V_ERR_ number, 4 octets, big-endian; all zero
                                      = verified, or none                                                            */
    TROTH_QUERY_AUTHORITIES,  /* initiator: those that the acceptor takes certificates of, as it named them: subjects in
                                      DER behind 2 octets of length each, big-endian; len 0 = none                  */
    TROTH_QUERY_CLIENT_TARGET /* ntlm acceptor: the service that the client named, in UTF-8, with a NUL behind
                                      len; len 0 = it named none                              [MS-NLMP 2.2.2.1]      */
} troth_query;

/*
 * Ask a complete context. The bindings are what another context of the same connection takes as its
 * troth_context_options.bindings.
 *
 * ret  borrowed, valid for the context's life
 *
 * TROTH_OK, TROTH_BAD_STATE (not complete), TROTH_UNSUPPORTED (not by this mechanism, or not with what was negotiated),
 * TROTH_NO_CRED, TROTH_NO_MEMORY, TROTH_MECHANISM
 */
TROTH_MUST_CHECK troth_status troth_context_query(troth_context *c, troth_query what, troth_bytes *ret);
enum { TROTH_KEYING_MAX = 8160 }; /* what HKDF with SHA-256 can expand to [RFC 5869 2.3] */
/*
 * Export keying material of a complete record mechanism, for what label says it is for. [RFC 5705 4, RFC 8446 7.5]
 *
 * label    ASCII; "EXPORTER..." are IANA's to give away, "EXPERIMENTAL..." anybody's
 * context  NULL = none, which TLS 1.2 tells from an empty one
 * n        octets, 1 to TROTH_KEYING_MAX; ret is written only on TROTH_OK, and is a secret
 *
 * TROTH_OK, TROTH_BAD_STATE (not complete), TROTH_INVALID (no label, or one that TLS itself uses; n), TROTH_UNSUPPORTED (not
 * by this mechanism; TLS 1.2 without the extended master secret, where a man in the middle could have the same [RFC 7627])
 */
TROTH_MUST_CHECK troth_status troth_context_keying(troth_context *c, troth_bytes label, const troth_bytes *context,
                                                   size_t n, uint8_t *ret);
/*
 * The credential that the initiator delegated, as one reference of the caller's.
 * TROTH_OK, TROTH_BAD_STATE (not complete), TROTH_NO_CRED (none was delegated)
 */
TROTH_MUST_CHECK troth_status troth_context_delegated(troth_context *c, troth_cred **ret);
/*
 * Write a complete context down, so that troth_context_import can go on with it: keys, key streams, numbers, windows of
 * the messages seen, who the peer is. What is written are SECRETS IN CLEAR: seal them before they go anywhere. From then
 * on only one of the two may go on; both together would use the same numbers and key streams twice. No other thread may
 * use the context meanwhile. A negotiated context is written as the mechanism that protects; a delegated credential, and
 * the credential it was made of, stay behind.
 *
 * ret  memory of the context's environment: to be wiped and released there; set only on TROTH_OK
 *
 * TROTH_OK, TROTH_BAD_STATE (not complete), TROTH_UNSUPPORTED (a record mechanism; or Kerberos with an encryption type
 * whose messages MIT's library protects), TROTH_NO_MEMORY
 */
TROTH_MUST_CHECK troth_status troth_context_export(const troth_context *c, troth_block *ret);
/*
 * Make a context of what troth_context_export wrote. state is trusted to be that; read bounded all the same.
 *
 * env, mechs  borrowed for the context's life
 * ret         complete; set only on TROTH_OK; free with troth_context_free
 *
 * TROTH_OK, TROTH_TRUNCATED, TROTH_MALFORMED, TROTH_UNSUPPORTED (no such mechanism in mechs), TROTH_NO_MEMORY,
 * TROTH_MECHANISM
 */
TROTH_MUST_CHECK troth_status troth_context_import(const troth_env *env, const troth_mech_table *mechs,
                                                   troth_bytes state, troth_context **ret);

/* ---- jobs ----------------------------------------------------------------------------------------------------- */

typedef enum troth_step { TROTH_STEP_ERROR, TROTH_STEP_DONE, TROTH_STEP_MORE } troth_step;

/*
 * Make the job that acquires a credential, or acquires it anew. Nothing happens before troth_job_run.
 *
 * cred  the job holds a reference
 * id    the caller's, for telling jobs apart
 * ret   set only on TROTH_OK; free with troth_job_free. Look at troth_cred_ready after it has run
 *
 * TROTH_OK, TROTH_NO_MEMORY
 */
TROTH_MUST_CHECK troth_status troth_cred_job(troth_cred *cred, uint64_t id, troth_job **ret);
/*
 * Make the job that does one leg of an exchange.
 *
 * c      moves into the job on TROTH_OK, until troth_job_take_context; may not be touched meanwhile
 * token  the peer's token; its memory moves into the job on TROTH_OK; NULL = none yet (an initiator's first leg)
 * id     the caller's, for telling jobs apart
 * ret    set only on TROTH_OK; free with troth_job_free
 *
 * TROTH_OK; TROTH_NO_MEMORY, TROTH_BAD_STATE (the context is complete or failed), and then nothing has moved
 */
TROTH_MUST_CHECK troth_status troth_context_job(troth_context *c, troth_block *token, uint64_t id, troth_job **ret);
/*
 * Octets still missing for something that a leg could take, at the front of what a stream peer sent; 0 = make a job of
 * it. Always 0 for mechanisms whose tokens are framed by the wire. Pure: nothing moves, and it may be asked in any state.
 *
 * A record mechanism's token is whatever has arrived of the stream: a leg takes the whole records at its front and leaves
 * the rest, which troth_job_left tells. It answers MORE without a token while the peer has more to say.
 */
size_t troth_context_token_need(const troth_context *c, troth_bytes bytes);
/* Do the work. The only blocking function of the library; any thread, once. */
void troth_job_run(troth_job *job);
/* The id given when it was made. */
uint64_t troth_job_id(const troth_job *job);
/* What the leg came to. A job that was never run is TROTH_STEP_ERROR. For credentials: DONE or ERROR. */
troth_step troth_job_result(const troth_job *job);
/* The token for the peer, len 0 = none; also after an error, when the mechanism has one. Borrowed, valid until free. */
troth_bytes troth_job_token(const troth_job *job);
/*
 * The end of the token that the leg did not take: a record mechanism's incomplete record, which is to be offered again
 * with what follows it, or after DONE the peer's first application records. len 0 = it took all. Borrowed, valid until
 * free.
 */
troth_bytes troth_job_left(const troth_job *job);
/* Take the context back, once; NULL afterwards and for other jobs. */
troth_context *troth_job_take_context(troth_job *job);
/* Destroy a job and what it still owns, wiped; run or not, but not while it runs. NULL is legal. */
void troth_job_free(troth_job *job);

/* ---- message protection --------------------------------------------------------------------------------------- */

/*
 * Three forms, three different tokens over the same octets: a Kerberos MIC token, a Kerberos wrap token without and
 * with encryption; for NTLM the first two are the same signature. The wire says which one it wants.
 */
typedef enum troth_form { TROTH_FORM_MIC, TROTH_FORM_WRAP, TROTH_FORM_SEAL } troth_form;

typedef enum troth_segment_kind {
    TROTH_SEG_DATA,      /* signed, and encrypted in place by TROTH_FORM_SEAL                                   */
    TROTH_SEG_SIGN_ONLY, /* signed, never changed                                                               */
    TROTH_SEG_STREAM     /* unprotect only, the only segment: token and data as the mechanism lays them (RFC 4121
                            with any RRC; NTLM: signature, then data); on TROTH_OK narrowed to the data, kind DATA */
} troth_segment_kind;

typedef struct troth_segment {
    troth_segment_kind kind;
    uint8_t *data; /* the caller's, mutable */
    size_t len;    /* 0 is legal */
} troth_segment;

/*
 * One message: its segments in the order in which they are signed, and its token apart.
 *
 * token      the caller's memory. To protect: room for troth_context_token_size octets. In front of one DATA segment,
 *            token and data together are what TROTH_SEG_STREAM takes.
 * token_len  protect: octets of room before, octets of token after; unprotect: octets of token, 0 with a stream
 * seq        datagram contexts: the message's own number; ignored by others
 */
typedef struct troth_message {
    troth_segment *segs;
    size_t n_segs;
    uint8_t *token;
    size_t token_len;
    uint64_t seq;
} troth_message;

/* Octets of token that protecting data_len octets of DATA will need in this form. 0 when the context cannot do it. */
size_t troth_context_token_size(const troth_context *c, troth_form form, size_t data_len);

/*
 * Sign or seal n messages, in order. One thread at a time for this direction; another may unprotect meanwhile.
 *
 * ret_done  messages protected, may be NULL
 *
 * TROTH_OK       all of them
 * TROTH_TOO_LOW  the form needs integrity or confidentiality that was not negotiated; nothing changed
 * TROTH_BAD_STATE (not complete), TROTH_NO_SPACE, TROTH_INVALID, TROTH_LIMIT (sequence numbers used up): likewise
 * TROTH_EXPIRED  no further message, in either direction
 */
TROTH_MUST_CHECK troth_status troth_context_protect(troth_context *c, troth_form form, troth_message *msgs, size_t n,
                                                    size_t *ret_done);
/*
 * Verify, and for TROTH_FORM_SEAL decrypt in place, n messages in order; stops at the first that fails.
 *
 * TROTH_OK                       all of them; DATA segments hold plaintext
 * TROTH_BAD_MIC, TROTH_REPLAY, TROTH_OUT_OF_ORDER, TROTH_NOT_SEALED, TROTH_MALFORMED, TROTH_TRUNCATED
 *                                this message's DATA was wiped, the context is as before, the next good message works
 * TROTH_EXPIRED, TROTH_BAD_STATE, TROTH_TOO_LOW, TROTH_INVALID   as for protect
 */
TROTH_MUST_CHECK troth_status troth_context_unprotect(troth_context *c, troth_form form, troth_message *msgs, size_t n,
                                                      size_t *ret_done);

/*
 * Tell whether a message that came says that it is encrypted, so that TROTH_FORM_SEAL is what it is to be unprotected as.
 * Pure, and nothing is verified: unprotect is what holds the message to it. Where tokens do not tell (NTLM, Kerberos'
 * RC4), it is whether the context encrypts.
 */
bool troth_context_sealed(const troth_context *c, const troth_message *msg);

/* ---- records (TROTH_F_STREAM contexts) -------------------------------------------------------------------------- */

typedef struct troth_record {
    size_t used;       /* octets of the input that were consumed                              */
    troth_bytes plain; /* valid until the next call on the context; len 0 for control records */
    troth_bytes send;  /* octets that must go to the peer, valid likewise                     */
    bool closed;       /* the peer ended the stream, authentically                            */
} troth_record;

/* Octets still missing for a whole record at the front of bytes; 0 = it is there. Pure: nothing moves. */
size_t troth_context_record_need(const troth_context *c, troth_bytes bytes);
/*
 * Open the record at the front. What a call puts into send, and what record_seal and record_close give, must reach the
 * peer in the order of these calls.
 *
 * TROTH_OK
 * TROTH_AGAIN (not whole), TROTH_CLOSED (the peer has ended the stream, what follows does not count): nothing moved
 * TROTH_UNSUPPORTED (no record mechanism), TROTH_BAD_STATE: likewise
 * anything else fails the context for good; ret then holds nothing but what to send, which tells the peer why (an
 * alert), len 0 = nothing
 */
TROTH_MUST_CHECK troth_status troth_context_record_open(troth_context *c, troth_bytes bytes, troth_record *ret);
/*
 * Seal octets into as many records as they need; ret views them until the next call in this direction. Statuses as for
 * record_open; TROTH_CLOSED: we have ended the stream; TROTH_LIMIT: more than 16 MiB at once.
 */
TROTH_MUST_CHECK troth_status troth_context_record_seal(troth_context *c, troth_bytes plain, troth_bytes *ret);
/*
 * End our direction, authentically: the record that says so, for the peer. The other direction goes on. Statuses as for
 * record_seal; a second call is TROTH_CLOSED.
 */
TROTH_MUST_CHECK troth_status troth_context_record_close(troth_context *c, troth_bytes *ret);

#ifdef __cplusplus
}
#endif

#endif
