/*
 * support/co_server.h: a server connection under the hands of a hostile client: PDUs written octet by octet, security
 * contexts by real NTLM in memory, jobs run at once or kept back.
 */
#ifndef TESTS_CO_SERVER_H
#define TESTS_CO_SERVER_H
#include <rpc_co/server.h>
#include <support/real.h>

enum { CO_OPNUM_ECHO, CO_OPNUM_LATER }; /* of the fixture's interface, in presentation context 1 */

typedef struct co_server {
    real r; /* environments and credentials */
    troth_rpc_server *server;
    troth_endpoint *e;
    troth_co_conn client; /* the client's half, for its contexts and what protects */
    troth_rpc_co_server_options options;
    bool keep_jobs, closed;
    troth_job *job; /* kept back */
    unsigned established, calls, warnings;
    troth_rpc_call *later; /* of CO_OPNUM_LATER */
    char who[64];          /* the caller of the last call, "" = nobody */
    troth_rpc_level level;
    troth_rpc_auth_type type;
    uint32_t as; /* its auth_context_id */
    troth_flags attributes;
    uint8_t claim; /* auth_level that contexts are asked for with, whatever they are built for; 0 = that one */
    troth_error error;
    uint8_t pdu[70000]; /* the last PDU of the server */
    troth_co_hdr hdr;
    uint64_t now;
} co_server;

/* Settings; options may be changed before co_server_open. */
void co_server_init(co_server *s, troth_rpc_profile profile);
void co_server_open(co_server *s);
void co_server_end(co_server *s);
/* A new connection to the same server. */
void co_server_again(co_server *s);

/* Give octets; runs jobs and takes events. Answers octets taken. */
size_t co_feed(co_server *s, const uint8_t *p, size_t n);
/* Take events; run the job that was kept back. */
void co_events(co_server *s);
void co_run_job(co_server *s);
/* The server's next PDU into pdu and hdr; false = none. */
bool co_next(co_server *s);

/* ---- what the client sends ---- */
typedef struct co_pdu_options {
    uint8_t flags, auth_type, auth_level, pad;
    uint32_t call_id, auth_context_id;
    uint16_t p_cont_id, opnum;
    uint32_t alloc_hint;
    bool big_endian, has_hint;
    const uint8_t *stub;
    size_t stub_len;
    troth_bytes token; /* data NULL = no sec_trailer */
} co_pdu_options;
enum { CO_WHOLE = TROTH_PFC_FIRST_FRAG | TROTH_PFC_LAST_FRAG };

/* bind or alter_context with one element for the fixture's interface in context 1; answers octets. */
size_t co_write_bind(uint8_t *out, uint8_t ptype, const co_pdu_options *o);
size_t co_write_request(uint8_t *out, const co_pdu_options *o);
size_t co_write_auth3(uint8_t *out, const co_pdu_options *o);
/* Without security: bind_ack is checked. flags: beside first and last. */
void co_bind(co_server *s, uint8_t flags);
/* A context by bind (first) or alter_context and auth3; false = refused. */
troth_co_context *co_build_context(co_server *s, bool first, uint32_t id, uint8_t level);
/* Its first leg only: the server waits for the next. */
troth_co_context *co_begin_context(co_server *s, bool first, uint32_t id, uint8_t level);
/* Requests as the client's library protects them, octets to out; ctx NULL = plain. */
size_t co_sign_request(co_server *s, troth_co_context *ctx, uint32_t call_id, uint16_t opnum, size_t stub,
                       uint8_t *out);
/* A plain request of one PDU. */
void co_send_request(co_server *s, uint32_t call_id, uint16_t p_cont_id, uint16_t opnum);

/* ---- what must have come ---- */
void co_expect_nak(co_server *s, uint16_t reason);
void co_expect_fault(co_server *s, uint32_t call_id, uint16_t p_cont_id, uint32_t status, bool not_executed);
void co_expect_response(co_server *s, uint32_t call_id);
void co_expect_nothing(co_server *s);
void co_expect_closed(co_server *s);
void co_expect_open(co_server *s);
#endif
