#include <csiv2/machines.h>
#include <csiv2/sas_client_machines.h>
#include <machines/table.h>
#include <mech/ntlm/impl.h>
#include <mech/spnego/negotiation.h>
#include <nns/machines.h>
#include <rpc_co/client_machines.h>
#include <rpc_co/server.h>
#include <sec/context_fsm.h>

const troth_fsm_spec *const troth_machines[] = {
    &troth_context_fsm,
    &troth_neg_client_fsm,
    &troth_neg_server_fsm,
    &troth_ntlm_client_fsm,
    &troth_ntlm_server_fsm,
    &troth_nns_client_fsm,
    &troth_nns_server_fsm,
    &troth_nettcp_client_fsm,
    &troth_nettcp_server_fsm,
    &troth_co_context_fsm,
    &troth_co_server_assoc_fsm,
    &troth_co_server_call_fsm,
    &troth_co_default_fsm,
    &troth_co_client_assoc_fsm,
    &troth_co_client_call_fsm,
    &troth_sas_request_fsm,
    &troth_sas_entry_fsm,
    &troth_sas_client_context_fsm,
    &troth_sas_client_request_fsm,
    &troth_iiop_request_fsm,
    NULL,
};
