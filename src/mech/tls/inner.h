/* mech/tls/inner.h: what the files of this module share. */
#ifndef TROTH_MECH_TLS_INNER_H
#define TROTH_MECH_TLS_INNER_H

#include <mech/tls/tls.h>
#include <openssl/ssl.h>
#include <sec/context.h>

enum {
    TLS_RECORD_HEAD = 5,
    TLS_RECORD_MAX = 16384 + 2048, /* [RFC 5246 6.2.3]; TLS 1.3 allows less, which OpenSSL checks */
    TLS_SEAL_MAX = 16 << 20,       /* octets sealed by one call */
    TLS_BUFFER_KEEP = 32768,       /* a buffer that grew beyond is not kept for the next call */
    TLS_REKEY = 1 << 23,           /* records under one key: below 2^24.5 [RFC 8446 5.5] */
    TLS_HOST = 254,
    TLS_NAME = 512, /* of what a certificate names */
    TLS_QUERIES = TROTH_QUERY_AUTHORITIES + 1
};

/*
 * A credential: one SSL_CTX for each role, which its contexts' connections refer to. config holds the rules, and nothing
 * else, of the source's, in copies of our own.
 */
typedef struct troth_tls_cred {
    BIO_METHOD *pipe;
    SSL_CTX *ctx[2]; /* by role; NULL = not for this one */
    troth_tls_config config;
} troth_tls_cred;

/*
 * A context. in and out are what the connection reads from and writes to, and are set during a call only. Two buffers for
 * output, because one direction must not disturb what the other one showed.
 */
typedef struct troth_tls {
    troth_context *c;
    const troth_tls_cred *cred;
    SSL *ssl; /* NULL before the first leg */
    troth_bytes in;
    troth_writer *out;
    troth_writer sealed, reply;
    troth_block plain;
    troth_block answers[TLS_QUERIES]; /* queries answered so far */
    int verdict;                      /* X509_V_ERR_ of the peer's certificate */
    uint8_t alert_in, alert_out;      /* the fatal one, 0 = none; close_notify is none */
    bool asked;                       /* initiator: the server wanted a certificate */
    uint32_t until_rekey;
    char detail[80];
    char host[TLS_HOST]; /* from the target; "" = none */
} troth_tls;

/* Who a certificate's holder is. */
typedef struct troth_tls_holder {
    troth_name_style style;
    char account[TLS_NAME], authority[TLS_NAME];
} troth_tls_holder;

troth_status troth_tls_cred_acquire(troth_cred *cred, const troth_cred_source *src, void **ret_element,
                                    troth_error *err);
void troth_tls_cred_release(const troth_env *env, void *element);

/* Copy the rules. TROTH_OK, TROTH_NO_MEMORY; in either case to be given back with troth_tls_rules_drop. */
TROTH_MUST_CHECK troth_status troth_tls_rules_keep(const troth_env *env, const troth_tls_config *from,
                                                   troth_tls_config *ret);
void troth_tls_rules_drop(const troth_env *env, troth_tls_config *config);

/* The password of a key, self = const troth_bytes *; without one the library would ask at the terminal. */
int troth_tls_password(char *buf, int size, int writing, void *self);
/* Use certificate, chain and key from memory; key.len 0 = it stands behind the certificates. What was wrong, NULL = nothing. */
const char *troth_tls_pem_own(SSL_CTX *ctx, troth_bytes cert, troth_bytes key, const troth_bytes *secret);
/* Trust certificates from memory; an acceptor names them to clients. False: there is none, or one cannot be read. */
bool troth_tls_pem_trust(SSL_CTX *ctx, troth_bytes pem, troth_role role);

/* How the library's connection reads and writes: a BIO over in and out, which holds nothing itself. */
BIO_METHOD *troth_tls_pipe_new(void);
/* Give a connection its ends. False = no memory. */
bool troth_tls_pipe_attach(troth_tls *t);

/* The host in a target, without service, port and brackets. TROTH_OK, TROTH_INVALID (none, or too long) */
TROTH_MUST_CHECK troth_status troth_tls_host(const char *target, char ret[TLS_HOST]);
bool troth_tls_is_address(const char *host);
/* Compare public names; fold: without regard to the case of ASCII letters. */
bool troth_tls_same(const char *a, size_t na, const char *b, bool fold);

/* Begin a connection for the context's role and options. TROTH_OK, TROTH_NO_MEMORY, TROTH_MECHANISM */
TROTH_MUST_CHECK troth_status troth_tls_start(troth_tls *t);
/* Hooks of an SSL_CTX. */
void troth_tls_hooks(SSL_CTX *ctx, troth_role role);
/* What OpenSSL's verification asks at each certificate. */
int troth_tls_judge(int ok, X509_STORE_CTX *store);

/* Apply the rules. TROTH_OK; TROTH_DENIED (none fits), TROTH_MECHANISM (the certificate cannot be read) */
TROTH_MUST_CHECK troth_status troth_tls_map(const troth_tls_config *config, const X509 *cert, troth_tls_holder *ret);
/* The subject as RFC 2253 writes it; false when it is longer than TLS_NAME or holds a NUL. */
bool troth_tls_subject(const X509 *cert, char ret[TLS_NAME]);

/* What a complete handshake came to, told to the context. TROTH_OK; else the context has failed */
TROTH_MUST_CHECK troth_status troth_tls_established(troth_tls *t);
/* When a time is, as Unix time in 100 ns; UINT64_MAX when it cannot be told. */
uint64_t troth_tls_time(const ASN1_TIME *time);

/* Find out why the last call failed, and fail the context with it. */
troth_status troth_tls_failed(troth_tls *t);
troth_status troth_tls_fail(troth_tls *t, troth_status st, const char *where);

size_t troth_tls_record_need(const void *impl, troth_bytes bytes);
/* Octets of whole records in front, or all when the first is none that could ever be whole. */
size_t troth_tls_whole(troth_bytes bytes);
troth_status troth_tls_record_open(void *impl, troth_bytes bytes, troth_record *ret);
troth_status troth_tls_record_seal(void *impl, troth_bytes plain, troth_bytes *ret);
troth_status troth_tls_record_close(void *impl, troth_bytes *ret);
troth_status troth_tls_query(void *impl, troth_query what, troth_bytes *ret);
troth_status troth_tls_keying(void *impl, troth_bytes label, const troth_bytes *context, size_t n, uint8_t *ret);
void troth_tls_tell(const troth_context *c, const void *impl, troth_bytes token, troth_trace_token *ret);

#endif
