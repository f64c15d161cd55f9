/* csiv2/iiop_client.h: the client's end of a connection. */
#ifndef TROTH_CSIV2_IIOP_CLIENT_H
#define TROTH_CSIV2_IIOP_CLIENT_H

#include <csiv2/iiop_conn.h>

/* kept: octets of requests that may have to be sent again; answered: a context was, and TROTH_EV_ESTABLISHED told */
typedef struct troth_iiop_client {
    troth_iiop_conn conn;
    troth_sas_client *sas;
    size_t kept, resend_max;
    bool answered;
} troth_iiop_client;

/* ---- from the ORB: iiop_client_ask.c ---- */
/* A Request: it is held, and given to the client's side of SAS. */
TROTH_MUST_CHECK troth_status troth_iiop_client_request(troth_iiop_client *k, const troth_giop_whole *w);
TROTH_MUST_CHECK troth_status troth_iiop_client_cancel(troth_iiop_client *k, const troth_giop_whole *w);
/* Offer the request again that was not taken. */
TROTH_MUST_CHECK troth_status troth_iiop_client_unstall(troth_iiop_client *k);
/* What is to become of a request: it is sent, or answered here. */
TROTH_MUST_CHECK troth_status troth_iiop_client_decided(troth_iiop_client *k, const troth_sas_sending *s);

/* ---- from the peer: iiop_client_answer.c ---- */
TROTH_MUST_CHECK troth_status troth_iiop_client_reply(troth_iiop_client *k, const troth_giop_whole *w);

/* ---- copies of requests that were sent: iiop_resend.c ---- */
/* The request was sent: its copy stays as long as that may be, or goes. */
void troth_iiop_resend_keep(troth_iiop_client *k, troth_iiop_request *x);
/* It will not be sent again: the copy goes. Legal without one. */
void troth_iiop_resend_drop(troth_iiop_client *k, troth_iiop_request *x);
/* It is to be sent again: it waits. False = no copy was kept. */
bool troth_iiop_resend_begin(troth_iiop_client *k, troth_iiop_request *x);

#endif
