/*
 * support/co.h: the shared halves of two RPC connections, a client's [0] and a server's [1], with security contexts built
 * between them leg by leg. No association and no call: what is put out on one side is gathered on the other.
 */
#ifndef TESTS_CO_H
#define TESTS_CO_H
#include <rpc_co/conn.h>
#include <support/env.h>
#include <support/fake_mech.h>

enum { CO_CLIENT, CO_SERVER };

typedef struct co_link {
    test_env env[2];
    troth_co_conn conn[2];
    troth_co_conn_options options[2];
    troth_co_context_options context[2]; /* cred and target as the test sets them; ids and level by co_build */
    fake_mech fake;
} co_link;

/* Environments and options, nothing else. */
void co_link_init(co_link *l);
/* Both connections; fails the test when one cannot be made. */
void co_link_open(co_link *l);
/* co_link_init and co_link_open over a fake mechanism with credentials. */
void co_link_fake(co_link *l, troth_mech_id id);
/* Free connections and credentials, check both environments. */
void co_link_end(co_link *l);

/* The next event, which must be a job. */
troth_job *co_take_job(troth_co_conn *c);
/* One leg, at once. token: NULL = none. The peer's token is copied into ret, to be dropped with co_drop. */
troth_co_leg co_leg(troth_co_context *x, const troth_block *token, troth_block *ret);
void co_drop(troth_co_conn *c, troth_block *token);
/* Build one context on both sides; false = it failed on either. ret: both, NULL when it could not be made. */
bool co_build(co_link *l, uint32_t auth_context_id, uint8_t auth_type, uint8_t auth_level, troth_co_context *ret[2]);

/* One PDU out of what a side has put out, in place, and the bytes are taken from it when it is NULL no more. */
bool co_next_pdu(troth_co_conn *from, troth_co_conn *to, uint8_t *buf, size_t cap, troth_co_pdu *ret);
/* Take a request's or response's verifier off: trailer and where the stub begins. */
troth_status co_open_pdu(troth_co_context *x, troth_co_pdu *pdu, troth_bytes *ret_stub);
#endif
