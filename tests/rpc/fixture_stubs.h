/* Interfaces of the fixture server, each a stub of what others' tests call. */
#ifndef FIXTURE_STUBS_H
#define FIXTURE_STUBS_H

#include <troth/rpc.h>

/* netlogon, lsarpc, dssetup, and one without handlers for rpcecho's entry in the endpoint map. */
extern const troth_rpc_interface fixture_netlogon, fixture_lsarpc, fixture_dssetup, fixture_echo_entry;

#endif
