/* csiv2/sas_select.h: which compound mechanism a client uses, and how it proves itself. [CORBA 24.5.1.3, 24.3.4] */
#ifndef TROTH_CSIV2_SAS_SELECT_H
#define TROTH_CSIV2_SAS_SELECT_H

#include <troth/sas.h>

/* The identity token type that an assertion asks for. */
uint32_t troth_sas_select_type(const troth_sas_assertion *a);
/* Whether the target takes assertions of a type; ITTAbsent always. */
bool troth_sas_select_may_assert(const troth_csi_mech *m, uint32_t type);
/*
 * Hold policy, transport and credentials against one mechanism, or (NULL) against a target that lists none.
 *
 * ret_authn  how the client is to prove itself inside messages; set only on TROTH_OK
 *
 * TROTH_OK; TROTH_NO_MECH; TROTH_TOO_LOW: only the transport's protection is missing
 */
TROTH_MUST_CHECK troth_status troth_sas_select_judge(const troth_sas_client_options *opts, const troth_csi_mech *m,
                                                     troth_mech_id *ret_authn);
/*
 * What a target would list that is not known to list anything: GSSUP for opts->realm, Kerberos for opts->service.
 *
 * name  the realm as an exported name, borrowed as long as ret is used
 */
void troth_sas_select_unlisted(const troth_sas_client_options *opts, troth_bytes name, troth_csi_mech_list *ret);
/*
 * Whom a token of a mechanism is for, as troth_context_options.target has it.
 *
 * TROTH_OK; TROTH_NO_MECH: no name that the mechanism could use
 */
TROTH_MUST_CHECK troth_status troth_sas_select_target(const troth_sas_client_options *opts, const troth_csi_mech *m,
                                                      troth_mech_id authn, troth_bytes *ret);

#endif
