/* csiv2/sas_client_rows.h: guards and actions of the client's machines. */
#ifndef TROTH_CSIV2_SAS_CLIENT_ROWS_H
#define TROTH_CSIV2_SAS_CLIENT_ROWS_H

#include <csiv2/sas_client.h>

/* Of a context; self: troth_sas_client_context. */
bool troth_sas_cx_needs_token(void *self, const void *arg);
bool troth_sas_cx_nobody_waits(void *self, const void *arg);
/* Whether the next token is another one than that which was refused. */
bool troth_sas_cx_fresh_evidence(void *self, const void *arg);
bool troth_sas_cx_peer_is_silent(void *self, const void *arg);
bool troth_sas_cx_others_pending(void *self, const void *arg);
troth_status troth_sas_cx_make_token(void *self, const void *arg);
troth_status troth_sas_cx_make_own(void *self, const void *arg);
troth_status troth_sas_cx_go_once(void *self, const void *arg);
troth_status troth_sas_cx_wait(void *self, const void *arg);
troth_status troth_sas_cx_go(void *self, const void *arg);
troth_status troth_sas_cx_deny(void *self, const void *arg);
troth_status troth_sas_cx_take_id(void *self, const void *arg);
troth_status troth_sas_cx_take_token(void *self, const void *arg);
troth_status troth_sas_cx_wipe_token(void *self, const void *arg);
troth_status troth_sas_cx_forget(void *self, const void *arg);
troth_status troth_sas_cx_forget_for(void *self, const void *arg);
void troth_sas_cx_refuse(void *self, uint8_t event, const void *arg, troth_status why);

/* Of a request; self: troth_sas_client_request. */
bool troth_sas_rq_may_resend(void *self, const void *arg);
troth_status troth_sas_rq_wait(void *self, const void *arg);
troth_status troth_sas_rq_line_up(void *self, const void *arg);
troth_status troth_sas_rq_leave(void *self, const void *arg);
troth_status troth_sas_rq_write_nothing(void *self, const void *arg);
troth_status troth_sas_rq_write_establish(void *self, const void *arg);
troth_status troth_sas_rq_write_once(void *self, const void *arg);
troth_status troth_sas_rq_write_in_context(void *self, const void *arg);
troth_status troth_sas_rq_pass(void *self, const void *arg);
troth_status troth_sas_rq_resend(void *self, const void *arg);
troth_status troth_sas_rq_refused(void *self, const void *arg);
troth_status troth_sas_rq_broken(void *self, const void *arg);
void troth_sas_rq_refuse(void *self, uint8_t event, const void *arg, troth_status why);

#endif
