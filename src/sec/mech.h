/* sec/mech.h: what a mechanism is to the engine. One const struct each; sec never names one. */
#ifndef TROTH_SEC_MECH_H
#define TROTH_SEC_MECH_H

#include <base/writer.h>
#include <der/oid.h>
#include <troth/sec.h>

/*
 * free    one sender and one receiver need no lock
 * locked  sec serialises both directions by the context's mutex
 */
typedef enum troth_duplex { TROTH_DUPLEX_FREE, TROTH_DUPLEX_LOCKED } troth_duplex;

/*
 * The operations. impl is what init gave. A NULL operation means the mechanism cannot do it.
 *
 * kinds          bit (1u << troth_cred_kind) for each kind of source it takes
 * oids           as offered in SPNEGO, best first (Kerberos: RFC 4121's and Microsoft's slip); n 0 = not negotiable
 * can            attributes it may ever grant
 * cred_acquire   inside a job; may block; element is the mechanism's own, NULL is legal; on failure fills err (and, for
 *                a bad file, a complaint of "path:line: what" by troth_mech_complain)
 * init           make impl; allocates little (an unauthenticated peer may hold at most 4 KiB of ours)
 * step           inside a job; may block. in.len 0 with in.data NULL = no token yet. Writes the peer's token to out.
 *                DONE sets attributes, identities, expiry and detail through sec/context.h. ERROR after
 *                troth_context_fail. MORE with an empty out from a DATAGRAM initiator = usable already.
 * sniff          tell whether an initial token is a raw one of this mechanism
 * tell           put a token of either direction into words, for traces; asks nothing else of it, and c and impl may be
 *                those of the negotiation that carries it
 * leaf           a negotiating mechanism's chosen child, NULL before it is known: protection and queries go there
 * after_mech_list_mic   called on the child once the mechListMIC was made or verified on both sides (NTLM: RC4 anew);
 *                a mechanism that has it is one that always wants the mechListMICs exchanged [MS-SPNG 3.1.5.1]
 * token_need     record mechanisms; pure, in any state: see troth_context_token_need. step takes whole records, sets the
 *                context's left, and may answer MORE without a token
 * token_size, protect, unprotect   one message; sec has checked state, form against attributes, and expiry. On
 *                failure unprotect leaves its state as before; sec wipes the DATA.
 * sealed         whether a token (alone, or at the front of a stream) says that its data is encrypted; NULL = tokens do
 *                not tell, and the attributes do
 * record_*       record mechanisms. TROTH_AGAIN and TROTH_CLOSED are no failures
 * query          see troth_query; what it answers lives as long as impl
 * keying    see troth_context_keying, which has checked label and n
 * session_key    borrowed
 * delegated      a new credential
 * export_state   write all that a complete context protects messages with; secrets. TROTH_UNSUPPORTED: it
 *                lies where it cannot be taken from
 * import_state   make impl of it: opts.role, attributes, identities and expiry are set; sets detail. What it put into
 *                ret_impl is cleared with the context, after a failure, too
 */
struct troth_mech {
    troth_mech_id id;
    const char *name;
    uint32_t kinds;
    const troth_oid *oids;
    size_t n_oids;
    troth_flags can;
    troth_duplex duplex;

    troth_status (*cred_acquire)(troth_cred *cred, const troth_cred_source *src, void **ret_element, troth_error *err);
    void (*cred_release)(const troth_env *env, void *element);

    troth_status (*init)(troth_context *c, void **ret_impl);
    void (*clear)(troth_context *c, void *impl);
    troth_step (*step)(troth_context *c, void *impl, troth_bytes in, troth_writer *out);
    bool (*sniff)(troth_bytes token);
    void (*tell)(const troth_context *c, const void *impl, troth_bytes token, troth_trace_token *ret);
    troth_context *(*leaf)(const void *impl);
    troth_status (*after_mech_list_mic)(void *impl);

    size_t (*token_need)(const void *impl, troth_bytes bytes);
    size_t (*token_size)(const void *impl, troth_form form, size_t data_len);
    troth_status (*protect)(void *impl, troth_form form, troth_message *msg);
    troth_status (*unprotect)(void *impl, troth_form form, troth_message *msg);
    bool (*sealed)(const void *impl, troth_bytes token);

    size_t (*record_need)(const void *impl, troth_bytes bytes);
    troth_status (*record_open)(void *impl, troth_bytes bytes, troth_record *ret);
    troth_status (*record_seal)(void *impl, troth_bytes plain, troth_bytes *ret);
    troth_status (*record_close)(void *impl, troth_bytes *ret);
    troth_status (*query)(void *impl, troth_query what, troth_bytes *ret);
    troth_status (*keying)(void *impl, troth_bytes label, const troth_bytes *context, size_t n, uint8_t *ret);

    troth_status (*session_key)(const void *impl, troth_bytes *ret);
    troth_status (*delegated)(void *impl, troth_cred **ret);

    troth_status (*export_state)(const void *impl, troth_writer *w);
    troth_status (*import_state)(troth_context *c, troth_reader *r, void **ret_impl);
};

/* Find a mechanism of a table by name, number or OID; NULL = none. */
const troth_mech *troth_mech_by_id(const troth_mech_table *t, troth_mech_id id);
const troth_mech *troth_mech_by_name(const troth_mech_table *t, const char *name);
const troth_mech *troth_mech_by_oid(const troth_mech_table *t, troth_oid oid);

#endif
