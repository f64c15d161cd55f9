/*
 * giop/giop.h: the messages of GIOP 1.0, 1.1 and 1.2, as far as one who stands between two ORBs reads them: headers in
 * full, bodies as octets. [CORBA 15.4]
 *
 * A message is always one run of octets from its magic on: alignment counts from there, so that offsets below are
 * offsets in the message. Everything read is a view into it.
 */
#ifndef TROTH_GIOP_GIOP_H
#define TROTH_GIOP_GIOP_H

#include <giop/cdr.h>
#include <giop/ior.h>

enum {
    TROTH_GIOP_HDR = 12,
    TROTH_GIOP_CONTEXTS_MAX = 32,   /* service contexts of a message, beside a padding of ours; more is TROTH_LIMIT */
    TROTH_GIOP_OPERATION_MAX = 4096 /* octets of an operation's name */
};

/* MsgType. [CORBA 15.4.1] */
typedef enum troth_giop_type {
    TROTH_GIOP_REQUEST,
    TROTH_GIOP_REPLY,
    TROTH_GIOP_CANCEL_REQUEST,
    TROTH_GIOP_LOCATE_REQUEST,
    TROTH_GIOP_LOCATE_REPLY,
    TROTH_GIOP_CLOSE_CONNECTION,
    TROTH_GIOP_MESSAGE_ERROR,
    TROTH_GIOP_FRAGMENT
} troth_giop_type;

/* ReplyStatusType and LocateStatusType. [CORBA 15.4.3, 15.4.6] */
enum {
    TROTH_GIOP_NO_EXCEPTION = 0,
    TROTH_GIOP_USER_EXCEPTION = 1,
    TROTH_GIOP_SYSTEM_EXCEPTION = 2,
    TROTH_GIOP_LOCATION_FORWARD = 3,
    TROTH_GIOP_LOCATION_FORWARD_PERM = 4,
    TROTH_GIOP_NEEDS_ADDRESSING_MODE = 5,
    TROTH_GIOP_UNKNOWN_OBJECT = 0,
    TROTH_GIOP_OBJECT_HERE = 1,
    TROTH_GIOP_OBJECT_FORWARD = 2,
    TROTH_GIOP_LOC_NEEDS_ADDRESSING_MODE = 5
};

/* Ids of service contexts. [CORBA 13.7] */
enum { TROTH_GIOP_CODE_SETS = 1, TROTH_GIOP_BI_DIR_IIOP = 5, TROTH_GIOP_SAS = 15 };
/* Ours, of the range for experiments: four zeros that keep what follows where it was, modulo 8. See giop/rewrite.h. */
#define TROTH_GIOP_PADDING UINT32_C(0xfffff074)

/* The header of every message. */
typedef struct troth_giop_hdr {
    uint8_t major, minor;
    bool more; /* fragments follow */
    uint8_t type;
    troth_order order;
    uint32_t size; /* octets behind the header */
} troth_giop_hdr;

/*
 * Read a header; `in` passes over it on TROTH_OK only.
 *
 * max   octets a message may have with its header
 * ret   set on TROTH_OK, TROTH_LIMIT and TROTH_UNSUPPORTED
 *
 * TROTH_OK         the type is one of the enumeration's and of this version
 * TROTH_TRUNCATED  fewer than 12 octets so far, and these may begin a header
 * TROTH_MALFORMED  no GIOP, or no such message: answer MessageError, close
 * TROTH_UNSUPPORTED  another version, or compressed: answer MessageError, close
 * TROTH_LIMIT      longer than max: close
 */
TROTH_MUST_CHECK troth_status troth_giop_hdr_read(troth_reader *in, uint32_t max, troth_giop_hdr *ret);
/* Write a header with size 0, in the order of the writer; _finish patches what was written since `start`. */
void troth_giop_hdr_write(troth_writer *w, uint8_t minor, uint8_t type, bool more);
void troth_giop_finish(troth_writer *w, size_t start);
/* "Request"; never NULL. */
const char *troth_giop_type_name(uint8_t type);

/* A service context. */
typedef struct troth_giop_context {
    uint32_t id;
    troth_bytes data;
} troth_giop_context;

typedef struct troth_giop_contexts {
    uint32_t n;
    troth_giop_context items[TROTH_GIOP_CONTEXTS_MAX + 1];
} troth_giop_contexts;

/* Where a message's list lies: from its count to the end of its last octets, and what follows behind a gap. */
typedef struct troth_giop_span {
    size_t list, list_end;
    size_t rest; /* equals the message's length where nothing follows */
} troth_giop_span;

/* How many there are without paddings of ours. */
uint32_t troth_giop_contexts_count(const troth_giop_contexts *list);
/* Read a list; a failure is the stream's. */
void troth_giop_contexts_get(troth_cdr *c, troth_giop_contexts *ret);
void troth_giop_contexts_put(troth_cdr_out *c, const troth_giop_contexts *list);
/* How many contexts have this id, and the first of them (untouched where there is none). */
uint32_t troth_giop_contexts_find(const troth_giop_contexts *list, uint32_t id, troth_bytes *ret_first);
/* Add one at the end. TROTH_OK, TROTH_LIMIT */
TROTH_MUST_CHECK troth_status troth_giop_contexts_add(troth_giop_contexts *list, uint32_t id, troth_bytes data);
/* Remove all of an id, keeping the order of the others; tells how many there were. */
uint32_t troth_giop_contexts_remove(troth_giop_contexts *list, uint32_t id);

/* Whom a request is for. Before 1.2 always a key. [CORBA 15.4.2] */
typedef enum troth_giop_addressing {
    TROTH_GIOP_KEY_ADDR,
    TROTH_GIOP_PROFILE_ADDR,
    TROTH_GIOP_REFERENCE_ADDR
} troth_giop_addressing;

typedef struct troth_giop_target {
    troth_giop_addressing addressing;
    troth_bytes object_key;   /* KEY_ADDR */
    troth_ior_tagged profile; /* PROFILE_ADDR */
    uint32_t selected;        /* REFERENCE_ADDR: index of the profile */
    troth_ior ior;
} troth_giop_target;

/* A Request. */
typedef struct troth_giop_request {
    uint8_t minor;
    troth_order order;
    uint32_t request_id;
    uint8_t response_flags; /* 0 none; 1.2: 1 with the server's answer, 3 with the target's; before: 0 or 1 */
    troth_giop_target target;
    troth_bytes operation; /* without its NUL */
    troth_bytes principal; /* before 1.2 */
    troth_giop_contexts contexts;
    troth_giop_span span;
    size_t body; /* offset of the arguments; the message's length where there are none */
} troth_giop_request;

/* A Reply. */
typedef struct troth_giop_reply {
    uint8_t minor;
    troth_order order;
    uint32_t request_id;
    uint32_t status;
    troth_giop_contexts contexts;
    troth_giop_span span;
    size_t body;
} troth_giop_reply;

/* A LocateRequest. */
typedef struct troth_giop_locate_request {
    uint8_t minor;
    troth_order order;
    uint32_t request_id;
    troth_giop_target target;
} troth_giop_locate_request;

/* A LocateReply. */
typedef struct troth_giop_locate_reply {
    uint8_t minor;
    troth_order order;
    uint32_t request_id;
    uint32_t status;
    size_t body;
} troth_giop_locate_reply;

/*
 * Read a whole, unfragmented message of the type.
 *
 * message   from its magic on, and of exactly the length that its header tells
 * ret       set only on TROTH_OK
 *
 * TROTH_OK, TROTH_TRUNCATED, TROTH_MALFORMED (a list, a string or a length that does not fit, another type), TROTH_LIMIT
 */
TROTH_MUST_CHECK troth_status troth_giop_request_read(troth_bytes message, troth_giop_request *ret);
TROTH_MUST_CHECK troth_status troth_giop_reply_read(troth_bytes message, troth_giop_reply *ret);
TROTH_MUST_CHECK troth_status troth_giop_locate_request_read(troth_bytes message, troth_giop_locate_request *ret);
TROTH_MUST_CHECK troth_status troth_giop_locate_reply_read(troth_bytes message, troth_giop_locate_reply *ret);
TROTH_MUST_CHECK troth_status troth_giop_cancel_read(troth_bytes message, uint32_t *ret_request_id);
/* Whether an answer to the request is awaited at all. */
bool troth_giop_response_expected(const troth_giop_request *q);
/*
 * The object key of a target: as it stands there, or the IIOP profile's that it names. TROTH_OK; what reading the
 * profile says; TROTH_UNSUPPORTED (a profile of another tag); TROTH_MALFORMED (an index past the reference's profiles)
 */
TROTH_MUST_CHECK troth_status troth_giop_target_key(const troth_giop_target *t, troth_bytes *ret);

/*
 * Write the header of a Request or Reply up to its body, in the writer's order: of the struct, span, body and order are
 * not looked at. Answers the stream in which the body goes on: where has_body, the gap of 1.2 has been written. End with
 * troth_giop_finish(w, start), start being the writer's length before.
 */
troth_cdr_out troth_giop_request_write(troth_writer *w, const troth_giop_request *q, bool has_body);
troth_cdr_out troth_giop_reply_write(troth_writer *w, const troth_giop_reply *r, bool has_body);
/* Write whole messages. */
void troth_giop_locate_request_write(troth_writer *w, const troth_giop_locate_request *q);
void troth_giop_locate_reply_write(troth_writer *w, uint8_t minor, uint32_t request_id, uint32_t status);
void troth_giop_cancel_write(troth_writer *w, uint8_t minor, uint32_t request_id);
void troth_giop_bare_write(troth_writer *w, uint8_t minor, troth_giop_type type); /* CloseConnection, MessageError */

/* The body of a Reply with a system exception. [CORBA 15.4.3.2] */
typedef enum troth_giop_completed {
    TROTH_GIOP_COMPLETED_YES,
    TROTH_GIOP_COMPLETED_NO,
    TROTH_GIOP_COMPLETED_MAYBE
} troth_giop_completed;

typedef struct troth_giop_system_exception {
    troth_bytes exception_id; /* "IDL:omg.org/CORBA/NO_PERMISSION:1.0" */
    uint32_t minor_code_value;
    uint32_t completion_status;
} troth_giop_system_exception;

TROTH_MUST_CHECK troth_status troth_giop_system_exception_read(troth_bytes message, const troth_giop_reply *r,
                                                               troth_giop_system_exception *ret);
/* Write a whole Reply with a system exception; contexts may be NULL. */
void troth_giop_system_exception_write(troth_writer *w, uint8_t minor, uint32_t request_id,
                                       const troth_giop_contexts *contexts, const troth_giop_system_exception *x);
/* Read the reference of a LOCATION_FORWARD. */
TROTH_MUST_CHECK troth_status troth_giop_forward_read(troth_bytes message, const troth_giop_reply *r, troth_ior *ret);

#endif
