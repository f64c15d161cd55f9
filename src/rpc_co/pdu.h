/* rpc_co/pdu.h: the PDUs, octets to checked structs and back. Nothing here has state. [C706 12.6; MS-RPCE 2.2.2] */
#ifndef TROTH_RPC_CO_PDU_H
#define TROTH_RPC_CO_PDU_H

#include <base/uuid.h>
#include <base/writer.h>
#include <troth/rpc.h>

enum {
    TROTH_CO_HDR = 16,         /* octets of the common header                         */
    TROTH_CO_REQUEST_HDR = 24, /* with the request's own; 40 with an object           */
    TROTH_CO_OBJECT = 16,
    TROTH_CO_TRAILER = 8,      /* of the sec_trailer, without its token               */
    TROTH_CO_FRAG_MAX = 5840,  /* of a fragment on TCP, in either direction           */
    TROTH_CO_FRAG_MIN = 2048,  /* what is negotiated never goes below                 */
    TROTH_CO_BIND_MAX = 65535, /* of bind, alter_context and their answers            */
    TROTH_CO_AUTH3_TOKEN = 4096,
    TROTH_CO_PAD = 16 /* alignment of the stub before the sec_trailer        */
};

/* PTYPE. [C706 12.6.1] */
enum {
    TROTH_CO_REQUEST = 0,
    TROTH_CO_RESPONSE = 2,
    TROTH_CO_FAULT = 3,
    TROTH_CO_BIND = 11,
    TROTH_CO_BIND_ACK = 12,
    TROTH_CO_BIND_NAK = 13,
    TROTH_CO_ALTER_CONTEXT = 14,
    TROTH_CO_ALTER_CONTEXT_RESP = 15,
    TROTH_CO_AUTH3 = 16,
    TROTH_CO_SHUTDOWN = 17,
    TROTH_CO_CO_CANCEL = 18,
    TROTH_CO_ORPHANED = 19
};

/* pfc_flags. [C706 12.6.3.1; MS-RPCE 2.2.2.3] */
enum {
    TROTH_PFC_FIRST_FRAG = 0x01,
    TROTH_PFC_LAST_FRAG = 0x02,
    TROTH_PFC_PENDING_CANCEL = 0x04,
    TROTH_PFC_SUPPORT_HEADER_SIGN = 0x04, /* bind, bind_ack, alter_context, alter_context_resp */
    TROTH_PFC_CONC_MPX = 0x10,
    TROTH_PFC_DID_NOT_EXECUTE = 0x20,
    TROTH_PFC_MAYBE = 0x40,
    TROTH_PFC_OBJECT_UUID = 0x80
};

/* provider_reject_reason_t of bind_nak. [C706 12.6.3.1; MS-RPCE 2.2.2.5] */
enum {
    TROTH_CO_NAK_NOT_SPECIFIED = 0,
    TROTH_CO_NAK_TEMPORARY_CONGESTION = 1,
    TROTH_CO_NAK_LOCAL_LIMIT = 2,
    TROTH_CO_NAK_VERSION = 4,
    TROTH_CO_NAK_AUTH_TYPE = 8,
    TROTH_CO_NAK_CHECKSUM = 9
};

/* p_cont_def_result_t and p_provider_reason_t. [C706 12.6.3.1; MS-RPCE 2.2.2.4] */
enum { TROTH_CO_ACCEPTANCE, TROTH_CO_USER_REJECTION, TROTH_CO_PROVIDER_REJECTION, TROTH_CO_NEGOTIATE_ACK };
enum {
    TROTH_CO_REASON_NOT_SPECIFIED,
    TROTH_CO_REASON_ABSTRACT_SYNTAX,
    TROTH_CO_REASON_TRANSFER_SYNTAXES,
    TROTH_CO_REASON_LOCAL_LIMIT
};

/* ---- common header: hdr.c ---- */
typedef struct troth_co_hdr {
    uint8_t major, minor, ptype, flags;
    uint8_t drep[4];
    troth_order order; /* of drep */
    uint16_t frag_length, auth_length;
    uint32_t call_id;
} troth_co_hdr;

/*
 * Read the common header.                                                                [C706 12.6.3.1]
 *
 * in   on TROTH_OK it stands behind the header and follows the sender's order, otherwise it has not moved
 * ret  set on TROTH_OK, and on TROTH_MALFORMED and TROTH_UNSUPPORTED, so that the answer can name the call
 *
 * TROTH_OK          frag_length has room for the header and, when auth_length is not 0, for trailer and token
 * TROTH_TRUNCATED   fewer than 16 octets so far
 * TROTH_UNSUPPORTED another version than 5.0
 * TROTH_MALFORMED   the lengths contradict each other
 */
TROTH_MUST_CHECK troth_status troth_co_hdr_read(troth_reader *in, troth_co_hdr *ret);
/*
 * Write a header of version 5.0 in w's order (little-endian sets drep 10 00 00 00), frag_length and auth_length as in h;
 * version and drep of h are not used.
 */
void troth_co_hdr_write(troth_writer *w, const troth_co_hdr *h);
/* Set frag_length and auth_length of a PDU that was written little-endian. */
void troth_co_hdr_patch(uint8_t *pdu, uint16_t frag_length, uint16_t auth_length);
/* Name of a PTYPE for traces; "?" when unknown. */
const char *troth_co_ptype_name(uint8_t ptype);

/* ---- sec_trailer: trailer.c ---- */
/* at: offset in the PDU; token: a view of the auth_length octets behind. */
typedef struct troth_co_trailer {
    uint8_t auth_type, auth_level, auth_pad_length, auth_reserved;
    uint32_t auth_context_id;
    size_t at;
    troth_bytes token;
} troth_co_trailer;

/*
 * Find and read the sec_trailer of a whole PDU whose auth_length is not 0.            [MS-RPCE 2.2.2.11]
 *
 * body_at  octets of the PDU's fixed headers: the trailer must lie at or behind them
 *
 * TROTH_OK          at is a multiple of 4; auth_pad_length is at most at - body_at
 * TROTH_MALFORMED   it is not
 */
TROTH_MUST_CHECK troth_status troth_co_trailer_read(const uint8_t *pdu, const troth_co_hdr *h, size_t body_at,
                                                    troth_co_trailer *ret);
/* Write the 8 octets in w's order; auth_reserved is 0. */
void troth_co_trailer_write(troth_writer *w, const troth_co_trailer *t);

/* ---- bind and alter_context: bind.c ---- */
typedef struct troth_co_bind {
    uint16_t max_xmit_frag, max_recv_frag;
    uint32_t assoc_group_id;
    uint8_t n_context_elem;
    troth_reader elems; /* for troth_co_bind_next; every element was seen to be whole */
} troth_co_bind;

/* One p_cont_elem_t; transfer is a view of n_transfer_syn identifiers of 20 octets, in order's order. */
typedef struct troth_co_elem {
    uint16_t p_cont_id;
    uint8_t n_transfer_syn;
    troth_rpc_syntax abstract;
    const uint8_t *transfer;
    troth_order order;
} troth_co_elem;

/*
 * Read the body, which ends before the sec_trailer's padding; octets behind the list are tolerated. Statuses of the
 * reader; no element or one without a transfer syntax is legal here, and the machine's to judge.
 */
TROTH_MUST_CHECK troth_status troth_co_bind_read(troth_reader *body, troth_co_bind *ret);
/* The next element; false = no more. */
bool troth_co_bind_next(troth_co_bind *b, troth_co_elem *ret);
/* Transfer syntax number i of an element, i < n_transfer_syn. */
troth_rpc_syntax troth_co_elem_transfer(const troth_co_elem *e, unsigned i);
/* Read and write an identifier of 20 octets in the cursor's order. */
troth_rpc_syntax troth_co_syntax_read(troth_reader *r);
void troth_co_syntax_write(troth_writer *w, const troth_rpc_syntax *s);

/* What a client proposes. */
typedef struct troth_co_proposal {
    uint16_t p_cont_id;
    troth_rpc_syntax abstract;
    const troth_rpc_syntax *transfer;
    uint8_t n_transfer;
} troth_co_proposal;
/* Write the body of a bind or alter_context. */
void troth_co_bind_write(troth_writer *w, uint16_t max_xmit_frag, uint16_t max_recv_frag, uint32_t assoc_group_id,
                         const troth_co_proposal *elems, uint8_t n);

/* ---- their answers: ack.c ---- */
/* reason of TROTH_CO_NEGOTIATE_ACK: the bits, first octet lowest in either order. [MS-RPCE 2.2.2.15] */
typedef struct troth_co_result {
    uint16_t result, reason;
    troth_rpc_syntax transfer;
} troth_co_result;

typedef struct troth_co_ack {
    uint16_t max_xmit_frag, max_recv_frag;
    uint32_t assoc_group_id;
    troth_bytes sec_addr; /* port_any_t's port_spec with its NUL; empty in alter_context_resp */
    uint8_t n_results;
    troth_reader results; /* for troth_co_ack_next; every result was seen to be whole */
} troth_co_ack;

TROTH_MUST_CHECK troth_status troth_co_ack_read(troth_reader *body, troth_co_ack *ret);
bool troth_co_ack_next(troth_co_ack *a, troth_co_result *ret);
/* Write the body; the fields but results are a's. Padding after sec_addr is counted from the PDU's start. */
void troth_co_ack_write(troth_writer *w, const troth_co_ack *a, const troth_co_result *results, uint8_t n);

/* bind_nak: a whole PDU of 24 octets. */
void troth_co_nak_write(troth_writer *w, uint32_t call_id, uint16_t reason);
/* reason and nothing else is believed. */
TROTH_MUST_CHECK troth_status troth_co_nak_read(troth_reader *body, uint16_t *ret_reason);

/* ---- request, response, fault: body.c ---- */
typedef struct troth_co_request {
    uint32_t alloc_hint;
    uint16_t p_cont_id, opnum;
    bool has_object;
    troth_uuid object;
    size_t stub_at; /* offset in the PDU */
} troth_co_request;

typedef struct troth_co_response {
    uint32_t alloc_hint;
    uint16_t p_cont_id;
    uint8_t cancel_count;
    size_t stub_at;
} troth_co_response;

typedef struct troth_co_fault {
    uint32_t alloc_hint;
    uint16_t p_cont_id;
    uint8_t cancel_count;
    uint32_t status;
} troth_co_fault;

/* in stands behind the common header h. */
TROTH_MUST_CHECK troth_status troth_co_request_read(troth_reader *in, const troth_co_hdr *h, troth_co_request *ret);
TROTH_MUST_CHECK troth_status troth_co_response_read(troth_reader *in, troth_co_response *ret);
TROTH_MUST_CHECK troth_status troth_co_fault_read(troth_reader *in, troth_co_fault *ret);
/* The headers of a PDU, common header included with lengths 0. p_cont_id of a response is cut to 8 bits, as peers do. */
void troth_co_request_write(troth_writer *w, uint8_t flags, uint32_t call_id, const troth_co_request *r);
void troth_co_response_write(troth_writer *w, uint8_t flags, uint32_t call_id, const troth_co_response *r);
/* A whole fault PDU of 32 octets, lengths included. */
void troth_co_fault_write(troth_writer *w, uint8_t flags, uint32_t call_id, const troth_co_fault *f);

/* ---- verification trailer, always little-endian: vt.c ---- [MS-RPCE 2.2.2.13] */
typedef struct troth_co_vt {
    bool found, has_bitmask, has_pcontext, has_header2;
    uint32_t bitmask;
    troth_rpc_syntax abstract, transfer;
    uint8_t ptype, drep[4];
    uint32_t call_id;
    uint16_t p_cont_id, opnum;
    size_t at; /* offset of its signature in the stub, or the stub's length: what is before is the stub, and up to 3
                  octets of padding */
} troth_co_vt;
enum { TROTH_CO_VT_HEADER_SIGN = 1 };

/*
 * Look for one in the last 1,024 octets of a whole stub; its last command ends the stub.
 *
 * TROTH_OK         found or not; ret is set
 * TROTH_MALFORMED  a signature, and behind it an unknown command that must be processed, one that is cut, of a wrong length
 *                  or there twice, or octets after the last
 */
TROTH_MUST_CHECK troth_status troth_co_vt_read(troth_bytes stub, troth_co_vt *ret);
/* Append one, aligned to 4 from the stub's start: the commands that v has. */
void troth_co_vt_write(troth_writer *w, size_t stub_len, const troth_co_vt *v);

/* ---- bind-time features: features.c ---- [MS-RPCE 2.2.2.14, 3.3.1.5.3] */
/* Tell whether a transfer syntax is a BindTimeFeatureNegotiationBitmask, and its bits. */
bool troth_co_features_of(const troth_rpc_syntax *s, uint8_t *ret_bits);
/* The syntax that proposes bits. */
troth_rpc_syntax troth_co_features_syntax(uint8_t bits);

#endif
