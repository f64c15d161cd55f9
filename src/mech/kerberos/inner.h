/* mech/kerberos/inner.h: what the files of this module share. */
#ifndef TROTH_MECH_KERBEROS_INNER_H
#define TROTH_MECH_KERBEROS_INNER_H

#include <gssapi/gssapi_ext.h>
#include <gssapi/gssapi_krb5.h>
#include <krb5.h>
#include <mech/kerberos/cfx.h>
#include <mech/kerberos/kerberos.h>
#include <sec/context.h>

/* Whom an initiator wants to speak to, shared by its contexts; what is in it does not change. */
typedef struct troth_krb_target {
    const troth_env *env;
    atomic_uint refs;
    char *text;        /* as the application wrote it */
    gss_name_t name;   /* of the mechanism */
    troth_block shown; /* as gss_display_name has it */
} troth_krb_target;

/* An acquired credential. Handles are shared by all contexts; MIT locks them inside. */
typedef struct troth_krb_cred {
    const troth_env *env;
    troth_mutex lock;         /* of target */
    troth_krb_target *target; /* of the last context */
    troth_block self;         /* whose initiate is, as gss_display_name has it; MIT never changes it */
    gss_cred_id_t initiate;
    gss_cred_id_t accept, accept_repeat; /* with MIT's replay cache, and without */
    krb5_context krb5;                   /* of both below; used when acquiring and releasing only */
    krb5_ccache cache;                   /* a MEMORY one of ours: destroyed with the credential */
    krb5_keytab keytab;                  /* likewise, and gone once it is closed */
} troth_krb_cred;

enum { TROTH_KRB_KEY_MAX = 64, TROTH_KRB_FORMS = 3, TROTH_KRB_NAME = 128 };

typedef struct troth_krb {
    troth_context *c;
    troth_krb_cred *cred;
    gss_ctx_id_t gss;
    troth_krb_target *target;
    gss_cred_id_t handed_over; /* the delegated credential before anybody asked for it */
    troth_cred *delegated;     /* and after */
    troth_cfx *cfx;            /* protects messages; NULL = MIT does, under the context's lock */
    size_t token_size[TROTH_KRB_FORMS];
    uint8_t key[TROTH_KRB_KEY_MAX];
    size_t key_len;
} troth_krb;

/* ---- errors.c ---- */

/* What was being done when a code came up: the same code means another thing for a credential than for a context. */
typedef enum troth_krb_phase { TROTH_KRB_ACQUIRE, TROTH_KRB_ESTABLISH, TROTH_KRB_MESSAGE } troth_krb_phase;
/* Fail a context by a GSS major and its minor, with GSS-API's words for them; in the thread in which they came up. */
troth_step troth_krb_fail(troth_context *c, troth_status st, OM_uint32 major, OM_uint32 minor, const char *where);
/* Map a GSS major, with krb5's minor, to a status; TROTH_OK only for a major without error and supplementary bits. */
troth_status troth_krb_status(troth_krb_phase phase, OM_uint32 major, OM_uint32 minor);

/* ---- flags.c ---- */

/* Requirements as request flags of gss_init_sec_context. */
OM_uint32 troth_krb_flags_request(troth_flags require, uint32_t policy);
/* What a complete context turned out to have. */
troth_flags troth_krb_flags_attributes(OM_uint32 ret_flags);

/* ---- names.c ---- */

/*
 * Import a name without asking DNS unless it is host-based: "svc/host", "svc/host@REALM", "user" and "user@REALM" are
 * principals; "svc@host" is host-based, and told from "user@REALM" by the lower-case letters that a realm never has.
 */
OM_uint32 troth_krb_name_import(OM_uint32 *minor, const char *text, gss_name_t *ret);
/* Tell whether the name is host-based by the rule above. */
bool troth_krb_name_host_based(const char *text);
/* Copy what a name looks like. */
OM_uint32 troth_krb_name_show(OM_uint32 *minor, const troth_env *env, gss_name_t name, troth_block *ret);
/* Set an identity of the context from that: "account@REALM", split at the last '@' that is not escaped. */
TROTH_MUST_CHECK troth_status troth_krb_shown_set(troth_context *c, troth_bytes shown,
                                                  troth_status (*set)(troth_context *, troth_name_style, const char *,
                                                                      const char *));
/* Both at once. */
troth_status troth_krb_name_set(troth_context *c, gss_name_t name,
                                troth_status (*set)(troth_context *, troth_name_style, const char *, const char *));

/* ---- target.c ---- */

/* Get a target by what the application calls it; released with the next. */
OM_uint32 troth_krb_target_take(OM_uint32 *minor, troth_krb_cred *cred, const char *text, troth_krb_target **ret);
void troth_krb_target_release(troth_krb_target *t);

/* ---- memory.c ---- */

/* Copy a FILE keytab's keys into a MEMORY one that lives as long as k. False: it is none, or cannot be read. */
bool troth_krb_memory_keytab(troth_krb_cred *k, const char *path, char ret_name[TROTH_KRB_NAME]);
/* The same with a FILE ccache's tickets. */
bool troth_krb_memory_ccache(troth_krb_cred *k, const char *path, char ret_name[TROTH_KRB_NAME]);
/* Make an empty MEMORY ccache that lives as long as k. */
krb5_error_code troth_krb_memory_new_ccache(troth_krb_cred *k, char ret_name[TROTH_KRB_NAME]);

/* ---- cred.c, deleg.c ---- */

troth_status troth_krb_cred_acquire(troth_cred *cred, const troth_cred_source *src, void **ret_element,
                                    troth_error *err);
void troth_krb_cred_release(const troth_env *env, void *element);
/* An empty one. TROTH_OK, TROTH_NO_MEMORY. */
TROTH_MUST_CHECK troth_status troth_krb_cred_new(const troth_env *env, troth_krb_cred **ret);
/*
 * Make initiate ready for contexts: flags as asked for, and who it is; tell how long it lasts. This is also where MIT
 * asks the KDC.
 */
OM_uint32 troth_krb_cred_ready(OM_uint32 *minor, troth_krb_cred *k, OM_uint32 *ret_lifetime);
troth_status troth_krb_delegated(void *impl, troth_cred **ret);

/* ---- step.c, done.c ---- */

troth_step troth_krb_step(troth_context *c, void *impl, troth_bytes in, troth_writer *out);
bool troth_krb_sniff(troth_bytes token);
void troth_krb_tell(const troth_context *c, const void *impl, troth_bytes token, troth_trace_token *ret);
/* Read out of an established context what it is. */
troth_step troth_krb_done(troth_krb *k, OM_uint32 ret_flags, OM_uint32 lifetime);
/* The name of an encryption type by its assigned number; "kerberos" = unknown. */
const char *troth_krb_enctype_name(int32_t number);
/* Take the sizes of tokens, once it is known who protects. */
troth_status troth_krb_measure(troth_krb *k);

/* ---- lucid.c ---- */

/* Take over message protection where the encryption type is one of ours. TROTH_OK also when it is not. */
troth_status troth_krb_take_cfx(troth_krb *k);

/* ---- protect.c ---- */

size_t troth_krb_token_size(const void *impl, troth_form form, size_t data_len);
troth_status troth_krb_protect(void *impl, troth_form form, troth_message *msg);
troth_status troth_krb_unprotect(void *impl, troth_form form, troth_message *msg);
bool troth_krb_sealed(const void *impl, troth_bytes token);

/* ---- export.c ---- */

troth_status troth_krb_export(const void *impl, troth_writer *w);
troth_status troth_krb_import(troth_context *c, troth_reader *r, void **ret_impl);

#endif
