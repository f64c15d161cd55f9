/*
 * troth/rpc.h: DCE/RPC, what its transports share: numbers of the wire, interfaces and their handlers, calls, context
 * handles, binding strings. [C706; MS-RPCE]
 */
#ifndef TROTH_RPC_H
#define TROTH_RPC_H

#include <troth/endpoint.h>
#include <troth/uuid.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- numbers of the wire ---------------------------------------------------------------------------------------- */

/* Authentication levels. Ordered. [MS-RPCE 2.2.1.1.8] */
typedef enum troth_rpc_level {
    TROTH_RPC_LEVEL_DEFAULT = 0,   /* to be chosen; on the wire the same as CONNECT              */
    TROTH_RPC_LEVEL_NONE = 1,      /* no authentication                                          */
    TROTH_RPC_LEVEL_CONNECT = 2,   /* who it is, when the context is built; calls are in the clear */
    TROTH_RPC_LEVEL_CALL = 3,      /* raised to PKT                                              */
    TROTH_RPC_LEVEL_PKT = 4,       /* every PDU is signed, as its peers do                       */
    TROTH_RPC_LEVEL_INTEGRITY = 5, /* every PDU is signed                                        */
    TROTH_RPC_LEVEL_PRIVACY = 6    /* every PDU is signed and its stub encrypted                 */
} troth_rpc_level;

/* Security providers. [MS-RPCE 2.2.1.1.7] */
typedef enum troth_rpc_auth_type {
    TROTH_RPC_AUTH_NONE = 0,
    TROTH_RPC_AUTH_SPNEGO = 9,
    TROTH_RPC_AUTH_NTLM = 10,
    TROTH_RPC_AUTH_SCHANNEL = 14,
    TROTH_RPC_AUTH_KERBEROS = 16,
    TROTH_RPC_AUTH_NETLOGON = 68, /* known, and always failing */
    TROTH_RPC_AUTH_DEFAULT = 255
} troth_rpc_auth_type;

/* Fault statuses that the runtime itself sends or understands; a handler may send any other number but 0. */
enum {
    TROTH_RPC_S_ACCESS_DENIED = 0x00000005,
    TROTH_RPC_S_NO_CALL_ACTIVE = 0x000006bd,
    TROTH_RPC_S_CANNOT_SUPPORT = 0x000006e4,
    TROTH_RPC_S_BAD_STUB_DATA = 0x000006f7,
    TROTH_RPC_S_SEC_PKG_ERROR = 0x00000721,
    TROTH_NCA_S_COMM_FAILURE = 0x1c010001,
    TROTH_NCA_S_OP_RNG_ERROR = 0x1c010002,
    TROTH_NCA_S_UNK_IF = 0x1c010003,
    TROTH_NCA_S_WRONG_BOOT_TIME = 0x1c010006,
    TROTH_NCA_S_YOU_CRASHED = 0x1c010009,
    TROTH_NCA_S_PROTO_ERROR = 0x1c01000b,
    TROTH_NCA_S_OUT_ARGS_TOO_BIG = 0x1c010013,
    TROTH_NCA_S_SERVER_TOO_BUSY = 0x1c010014,
    TROTH_NCA_S_UNSUPPORTED_TYPE = 0x1c010017,
    TROTH_NCA_S_FAULT_CANCEL = 0x1c00000d,
    TROTH_NCA_S_FAULT_CONTEXT_MISMATCH = 0x1c00001a,
    TROTH_NCA_S_FAULT_REMOTE_NO_MEMORY = 0x1c00001b,
    TROTH_NCA_S_INVALID_PRES_CONTEXT_ID = 0x1c00001c,
    TROTH_NCA_S_UNSUPPORTED_AUTHN_LEVEL = 0x1c00001d,
    TROTH_NCA_S_FAULT_UNSPEC = 0x1c000012
};
/* Name a fault status: "nca_s_op_rng_error", "RPC_S_ACCESS_DENIED"; NULL = unknown. Constant. */
const char *troth_rpc_fault_name(uint32_t status);
/* Name a level ("connect", "integrity", "privacy" ...) or a provider ("spnego", "ntlm", "kerberos" ...). Constant. */
const char *troth_rpc_level_name(troth_rpc_level level);
const char *troth_rpc_auth_type_name(troth_rpc_auth_type type);
/* Read a level's name, ours ("none", "sign", "encrypt") or RPC's; false = unknown. */
bool troth_rpc_level_parse(const char *text, troth_rpc_level *ret);

/* An interface or transfer syntax identifier. [C706 12.6.3.1, MS-RPCE 2.2.2.7] */
typedef struct troth_rpc_syntax {
    troth_uuid uuid;
    uint16_t major, minor;
} troth_rpc_syntax;

/* Transfer syntaxes, as bits of a set. */
enum { TROTH_RPC_NDR = 1, TROTH_RPC_NDR64 = 2 };
/* The identifier of one transfer syntax (TROTH_RPC_NDR or TROTH_RPC_NDR64). Constant. */
const troth_rpc_syntax *troth_rpc_transfer_syntax(unsigned transfer);
/* Which transfer syntax an identifier is; 0 = neither. */
unsigned troth_rpc_transfer_of(const troth_rpc_syntax *s);
bool troth_rpc_syntax_equal(const troth_rpc_syntax *a, const troth_rpc_syntax *b);
/* Parse "UUID" or "UUID@MAJOR[.MINOR]" (version 0.0 when absent). TROTH_OK or TROTH_MALFORMED. */
TROTH_MUST_CHECK troth_status troth_rpc_syntax_parse(const char *text, troth_rpc_syntax *ret);

/* ---- messages --------------------------------------------------------------------------------------------------- */

/*
 * A whole request or reply, without headers and verifiers, reassembled.
 *
 * abstract    the abstract syntax of its presentation context
 * transfer    TROTH_RPC_NDR or TROTH_RPC_NDR64
 * opnum       requests
 * has_object  requests: object is set
 * drep        data representation of the sender, as on the wire; when ordered: of stub, all zero in the first two octets
 *             means big-endian, { 0x10, 0, 0, 0 } little-endian
 * stub        a view; in events it lives until the next call on the endpoint, in orders it is borrowed during the call
 * fault       replies: 0 = a response; else the status of a fault, and stub is empty
 * not_executed  replies: a fault with DID_NOT_EXECUTE
 * maybe       requests: no reply is wanted
 */
typedef struct troth_rpc_message {
    troth_rpc_syntax abstract;
    unsigned transfer;
    uint16_t opnum;
    bool has_object, not_executed, maybe;
    troth_uuid object;
    uint8_t drep[4];
    troth_bytes stub;
    uint32_t fault;
} troth_rpc_message;

/*
 * Who calls, and how the call is protected; views live as long as the call's handler runs.
 *
 * type, level     of the security context; NONE without one
 * auth_context_id of the security context; 0 without one
 * facts           of the security context; all empty without one
 * session_key     likewise; empty where the mechanism has none
 * transport       of the connection
 * group           number of the association group (datagrams: 0)
 */
typedef struct troth_rpc_caller {
    troth_rpc_auth_type type;
    troth_rpc_level level;
    uint32_t auth_context_id;
    troth_facts facts;
    troth_bytes session_key;
    const troth_transport *transport;
    uint32_t group;
} troth_rpc_caller;

/* ---- servers ---------------------------------------------------------------------------------------------------- */

typedef struct troth_rpc_server troth_rpc_server;
typedef struct troth_rpc_call troth_rpc_call;

/*
 * Handle one call. It must be answered exactly once, by troth_rpc_call_reply or troth_rpc_call_fault, now or later (on
 * the connection's thread); also when its connection has died meanwhile: then the answer goes nowhere. The request's and
 * the caller's views live until the handler returns. self is the interface's.
 */
typedef void (*troth_rpc_handler)(void *self, troth_rpc_call *call);

/*
 * An interface. The struct and what it points to are borrowed for the server's life.
 *
 * name       for the endpoint map's annotation and logs
 * syntax     uuid and version; a client's minor version may be lower
 * transfer   set of TROTH_RPC_NDR, TROTH_RPC_NDR64; not empty
 * min_level  calls below it are refused with access denied [TROTH_RPC_LEVEL_NONE]
 * ops        handler by opnum, n_ops of them; NULL or past the end = nca_s_op_rng_error. ops NULL: every call becomes
 *            TROTH_EV_CALL at its endpoint, to be answered by TROTH_ORDER_REPLY
 * hidden     not shown by the endpoint mapper and by mgmt
 */
typedef struct troth_rpc_interface {
    const char *name;
    troth_rpc_syntax syntax;
    unsigned transfer;
    troth_rpc_level min_level;
    const troth_rpc_handler *ops;
    size_t n_ops;
    void *self;
    bool hidden;
} troth_rpc_interface;

/* Interfaces that are built in; a set of bits. All answer in NDR and NDR64. */
enum {
    TROTH_RPC_MGMT = 1, /* afa8bd80-7d8a-11c9-bef4-08002b102989 v1: inq_if_ids, inq_stats, is_server_listening ...   */
    TROTH_RPC_EPM = 2,  /* e1af8308-5d1f-11c9-91a4-08002b14a0fa v3: ept_lookup, ept_map, ept_lookup_handle_free ...  */
    TROTH_RPC_WHOAMI =
        4,             /* 12345778-1234-abcd-ef00-0123456789ab v0: LsarGetUserName only                             */
    TROTH_RPC_ECHO = 8 /* 60a15ec5-4de8-11d7-a637-005056a20182 v1: rpcecho                                          */
};

/*
 * Make a server: its interfaces, endpoint map and association groups. It has no socket; connections are endpoints made
 * with it (troth/rpc_co.h), all on one thread, and all gone before the server is freed.
 *
 * env      borrowed for the server's life
 * builtin  set of TROTH_RPC_MGMT ... TROTH_RPC_ECHO
 *
 * TROTH_OK, TROTH_NO_MEMORY, TROTH_NO_ENTROPY
 */
TROTH_MUST_CHECK troth_status troth_rpc_server_new(const troth_env *env, unsigned builtin, troth_rpc_server **ret);
/* Release. Calls that are still unanswered must not be answered any more. NULL is legal. */
void troth_rpc_server_free(troth_rpc_server *s);
/*
 * Register an interface. TROTH_OK; TROTH_INVALID (no transfer syntax, or the same uuid and major version twice, except
 * that one of your own replaces TROTH_RPC_WHOAMI's), TROTH_NO_MEMORY
 */
TROTH_MUST_CHECK troth_status troth_rpc_server_register(troth_rpc_server *s, const troth_rpc_interface *i);
/*
 * Publish an endpoint of an interface in the endpoint map.
 *
 * i        registered, or one of another process: only name and syntax are used; copied
 * object   NULL = none
 * address  "HOST:PORT" with a numeric IPv4 host; "0.0.0.0" stands for the address that the asking client reached us at
 *
 * TROTH_OK, TROTH_INVALID, TROTH_NO_MEMORY
 */
TROTH_MUST_CHECK troth_status troth_rpc_server_publish(troth_rpc_server *s, const troth_rpc_interface *i,
                                                       const troth_uuid *object, const char *address);

/*
 * Have every call judged once its level and before its handler is looked at, TROTH_EV_CALL included: false = access
 * denied, not executed. One function for the server, set before the first connection; NULL = every call passes.
 */
typedef bool (*troth_rpc_guard)(void *self, const troth_rpc_caller *caller, const troth_rpc_message *request);
void troth_rpc_server_guard(troth_rpc_server *s, troth_rpc_guard guard, void *self);

/* Counters of a server; those without "now" only grow. */
typedef struct troth_rpc_counters {
    uint64_t calls_in, calls_out; /* requests dispatched, replies sent               */
    uint64_t pdus_in, pdus_out;
    uint64_t faults;            /* faults sent                                     */
    uint64_t contexts;          /* security contexts established                   */
    uint64_t contexts_refused;  /* asked for, and not established                  */
    size_t connections, groups; /* now                                             */
    size_t contexts_now;        /* now, all connections                            */
} troth_rpc_counters;
troth_rpc_counters troth_rpc_server_count(const troth_rpc_server *s);

/* ---- calls ------------------------------------------------------------------------------------------------------ */

/* What was asked, and by whom. Views live until the handler returns. */
const troth_rpc_message *troth_rpc_call_request(const troth_rpc_call *c);
const troth_rpc_caller *troth_rpc_call_caller(const troth_rpc_call *c);
/* The server it came in by. */
troth_rpc_server *troth_rpc_call_server(const troth_rpc_call *c);
/*
 * Answer with a response. stub is in the request's transfer syntax, little-endian; it is borrowed during the call.
 * The call is gone afterwards.
 */
void troth_rpc_call_reply(troth_rpc_call *c, troth_bytes stub);
/* Answer with a fault; status is not 0. The call is gone afterwards. */
void troth_rpc_call_fault(troth_rpc_call *c, uint32_t status);
/* True once the client has asked to cancel; the call is to be answered all the same. */
bool troth_rpc_call_cancelled(const troth_rpc_call *c);
/*
 * Come back later: fn is called on the connection's thread in ms milliseconds, once. When the connection dies before,
 * fn is not called and the call is gone. Only from the call's handler or from fn.
 */
void troth_rpc_call_after(troth_rpc_call *c, uint64_t ms, troth_rpc_handler fn, void *self);
/* Memory for a handler's own use that lives as long as the call; zeroed. NULL = no memory. */
void *troth_rpc_call_memory(troth_rpc_call *c, size_t n);

/* ---- context handles -------------------------------------------------------------------------------------------- */

/* ndr_context_handle, 20 octets. All zero is the null handle. [C706 14.2.16.6] */
typedef struct troth_rpc_handle {
    uint32_t attributes;
    troth_uuid uuid;
} troth_rpc_handle;

/*
 * Make a handle, good for calls of the same association group and the same identity until it is closed, or the group's
 * last connection ends.
 *
 * type     the caller's number for the kind of thing; a handle is only found by its own type
 * value    not NULL
 * rundown  called once with value when the group ends before the handle is closed; may be NULL
 *
 * TROTH_OK, TROTH_INVALID (no value), TROTH_CLOSED (the call's connection has ended), TROTH_LIMIT (65,536 handles in the
 * group), TROTH_NO_MEMORY, TROTH_NO_ENTROPY
 */
TROTH_MUST_CHECK troth_status troth_rpc_handle_new(troth_rpc_call *c, unsigned type, void *value,
                                                   void (*rundown)(void *value), troth_rpc_handle *ret);
/* What a handle stands for; NULL = not one of this group, identity and type: answer nca_s_fault_context_mismatch. */
void *troth_rpc_handle_find(troth_rpc_call *c, unsigned type, const troth_rpc_handle *h);
/* The same, and the handle is closed; its rundown is not called. */
void *troth_rpc_handle_close(troth_rpc_call *c, unsigned type, const troth_rpc_handle *h);

/* ---- binding strings -------------------------------------------------------------------------------------------- */

/*
 * "[OBJECT@]ncacn_ip_tcp:HOST[PORT,OPTION,...]" in pieces; PORT may be absent, options are ntlm, krb5, spnego (alone or
 * with ntlm or krb5), connect, packet, sign (integrity), seal (privacy), ndr64, nohdrsign; of several levels the highest
 * counts. An IPv6 host stands without brackets. host points into text: a copy of the struct must set it anew.
 */
typedef struct troth_rpc_binding {
    bool datagram; /* ncadg_ip_udp */
    bool has_object;
    troth_uuid object;
    const char *host;         /* in text; "" = none */
    uint16_t port;            /* 0 = ask the endpoint mapper */
    troth_rpc_auth_type type; /* NONE without a word for it */
    const char *mech;         /* "spnego", "kerberos", "ntlm", or NULL */
    troth_rpc_level level;    /* DEFAULT when no word says */
    bool ndr64, no_header_signing;
    char text[264];
} troth_rpc_binding;

/* Parse a binding string. TROTH_OK; TROTH_MALFORMED; TROTH_UNSUPPORTED (another protocol sequence or option). */
TROTH_MUST_CHECK troth_status troth_rpc_binding_parse(const char *text, troth_rpc_binding *ret);

#ifdef __cplusplus
}
#endif

#endif
