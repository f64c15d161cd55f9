/* rpc/epm_stub.h: the stubs of ept_lookup and ept_map, which server and client share. [C706 O; MS-RPCE 2.2.1.2] */
#ifndef TROTH_RPC_EPM_STUB_H
#define TROTH_RPC_EPM_STUB_H

#include <rpc/builtin.h>
#include <troth/epm.h>

enum { EPT_INSERT, EPT_DELETE, EPT_LOOKUP, EPT_MAP, EPT_LOOKUP_HANDLE_FREE, EPT_INQ_OBJECT, EPT_MGMT_DELETE, EPT_OPS };

enum {
    EPT_S_CANT_PERFORM_OP = 0x6d8, /* MS-RPCE 2.2.1.2.1 */
    EPT_S_NOT_REGISTERED = 0x16c9a0d6,
    EPT_S_WIN_NOT_REGISTERED = 0x6d9, /* the same in Win32's numbers */
    RPC_S_INVALID_VERS_OPTION = 0x6dc
};

enum { RPC_C_EP_ALL_ELTS, RPC_C_EP_MATCH_BY_IF, RPC_C_EP_MATCH_BY_OBJ, RPC_C_EP_MATCH_BY_BOTH };
enum { RPC_C_VERS_ALL = 1, RPC_C_VERS_COMPATIBLE, RPC_C_VERS_EXACT, RPC_C_VERS_MAJOR_ONLY, RPC_C_VERS_UPTO };

enum {
    EPT_ENTRIES_MAX = 500,  /* range of max_ents and max_towers        */
    EPT_TOWER_MAX = 2000,   /* range of tower_length                   */
    EPT_ANNOTATION_MAX = 64 /* ept_max_annotation_size, with the NUL   */
};

/* twr_t: the tower's octets as a view. */
troth_bytes troth_rpc_twr_get(troth_ndr_in *in);
/* twr_t of the five floors. */
void troth_rpc_twr_put(troth_ndr_out *out, const troth_rpc_tower *t);

#endif
