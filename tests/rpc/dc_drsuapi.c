/* drsuapi: an interface that a DC answers over TCP, sealed, and differently to administrators. [MS-DRSR 4.1] */
#include <dc_stubs.h>
#include <stdlib.h>
#include <string.h>

enum {
    DRS_BIND = 0,
    DRS_UNBIND = 1,
    DRS_CHANGES = 3,
    DRS_CRACK = 12,
    MAX_BIND = 1024,
    MAX_NAME = 1024,
    NAME_UNITS = 45,
    NT4_NAME = 2,
    FQDN = 1,
    GUID_NAME = 6,
    NOT_FOUND = 2,
    REPL_OBJ = 6
};

/* Extensions: base, and that requests of version 8 and replies of version 6 are understood. [MS-DRSR 5.39] */
dc_request dc_drs_bind(void)
{
    static const troth_uuid us = { { 0xe2, 0x4d, 0x20, 0x1a, 0x4f, 0xd6, 0x11, 0xd1, 0xa3, 0xda, 0x00, 0x00, 0xf8, 0x75,
                                     0xae, 0x0d } };
    static const troth_uuid none;
    enum { EXTENSIONS = 28 };
    dc_request q = dc_ask(&dc_drsuapi, DRS_BIND, TROTH_RPC_NDR);
    troth_ndr_put_pointer(&q.out, true);
    troth_ndr_put_uuid(&q.out, &us);
    troth_ndr_put_pointer(&q.out, true);
    troth_ndr_put_count(&q.out, EXTENSIONS);
    troth_ndr_put_u32(&q.out, EXTENSIONS);
    troth_ndr_put_u32(&q.out, 0x05008001);
    troth_ndr_put_uuid(&q.out, &none); /* site, pid, epoch */
    troth_ndr_put_u32(&q.out, 0);
    troth_ndr_put_u32(&q.out, 0);
    return q;
}

bool dc_drs_handle(dc_net *n, const dc_result *r, troth_rpc_handle *ret)
{
    static const troth_rpc_handle null;
    if (!dc_replied(n, "IDL_DRSBind", r))
        return false;
    troth_ndr_in in = troth_ndr_in_of(&r->message);
    if (troth_ndr_get_pointer(&in)) {
        (void)troth_ndr_get_count(&in, MAX_BIND);
        uint32_t len = troth_ndr_get_u32(&in);
        (void)troth_ndr_get_octets(&in, in.st || len > MAX_BIND ? 0 : len);
    }
    *ret = troth_ndr_get_handle(&in);
    uint32_t status = troth_ndr_get_u32(&in);
    if (troth_ndr_end(&in) || status || memcmp(ret, &null, sizeof null) == 0)
        return dc_fail(n, "IDL_DRSBind: no handle, status 0x%x", status);
    return true;
}

/* The head of IDL_DRSCrackNames, up to the array of names. [MS-DRSR 4.1.4] */
static dc_request crack(const troth_rpc_handle *h, uint32_t offered, unsigned names)
{
    dc_request q = dc_ask(&dc_drsuapi, DRS_CRACK, TROTH_RPC_NDR);
    troth_ndr_put_handle(&q.out, h);
    troth_ndr_put_u32(&q.out, 1); /* dwInVersion, and the tag of its union */
    troth_ndr_put_u32(&q.out, 1);
    for (int i = 0; i < 3; i++)
        troth_ndr_put_u32(&q.out, 0); /* CodePage, LocaleId, dwFlags */
    troth_ndr_put_u32(&q.out, offered);
    troth_ndr_put_u32(&q.out, FQDN);
    troth_ndr_put_u32(&q.out, names);
    troth_ndr_put_pointer(&q.out, true);
    troth_ndr_put_count(&q.out, names);
    for (unsigned i = 0; i < names; i++)
        troth_ndr_put_pointer(&q.out, true);
    return q;
}

/* The head of the reply: how many results. */
static size_t crack_head(troth_ndr_in *in, unsigned names)
{
    (void)troth_ndr_get_u32(in), (void)troth_ndr_get_u32(in);
    (void)troth_ndr_get_pointer(in);
    uint32_t count = troth_ndr_get_u32(in);
    (void)troth_ndr_get_pointer(in);
    size_t max = troth_ndr_get_count(in, names);
    return in->st || count != max ? 0 : max;
}

bool dc_drs_crack(dc_net *n, dc_conn *c, uint64_t context, const troth_rpc_handle *h, const char *name, const char *dn)
{
    dc_request q = crack(h, NT4_NAME, 1);
    troth_ndr_put_string16(&q.out, name);
    const dc_result *r = dc_do(n, c, context, &q);
    if (!dc_replied(n, "IDL_DRSCrackNames", r))
        return false;
    troth_ndr_in in = troth_ndr_in_of(&r->message);
    size_t count = crack_head(&in, 1);
    uint32_t status = troth_ndr_get_u32(&in);
    bool has_domain = troth_ndr_get_pointer(&in), has_name = troth_ndr_get_pointer(&in);
    if (has_domain && has_name)
        (void)troth_ndr_get_string16(&in, MAX_NAME);
    troth_bytes found = troth_ndr_get_string16(&in, MAX_NAME);
    if (troth_ndr_end(&in) || count != 1 || status || !dc_text_is(found, dn) || dc_last_status(r))
        return dc_fail(n, "IDL_DRSCrackNames: %zu results, status %u, not %s", count, status, dn);
    return true;
}

/* Names in the form of a GUID that are none: told apart from others without any search. */
bool dc_drs_crack_many(dc_net *n, dc_conn *c, uint64_t context, const troth_rpc_handle *h, unsigned names)
{
    char name[NAME_UNITS + 1];
    unsigned not_found = 0;
    dc_request q = crack(h, GUID_NAME, names);
    for (unsigned i = 0; i < names; i++) {
        snprintf(name, sizeof name, "%045u", i);
        troth_ndr_put_string16(&q.out, name);
    }
    const dc_result *r = dc_do(n, c, context, &q);
    if (!dc_replied(n, "IDL_DRSCrackNames of many", r))
        return false;
    troth_ndr_in in = troth_ndr_in_of(&r->message);
    size_t count = crack_head(&in, names);
    for (size_t i = 0; i < count && !in.st; i++) {
        not_found += troth_ndr_get_u32(&in) == NOT_FOUND;
        (void)troth_ndr_get_pointer(&in), (void)troth_ndr_get_pointer(&in);
    }
    if (troth_ndr_end(&in) || not_found != names || dc_last_status(r))
        return dc_fail(n, "IDL_DRSCrackNames of many: %zu results, %u as they should be", count, not_found);
    return true;
}

/* DSNAME with a name only. [MS-DRSR 5.50] */
static void put_dsname(troth_ndr_out *out, const char *dn)
{
    static const uint8_t no_sid[28];
    static const troth_uuid no_guid;
    uint32_t units = (uint32_t)strlen(dn);
    troth_ndr_put_count(out, units + 1);
    troth_ndr_put_u32(out, 4 + 4 + 16 + 28 + 4 + 2 * (units + 1)); /* structLen */
    troth_ndr_put_u32(out, 0);                                     /* SidLen */
    troth_ndr_put_uuid(out, &no_guid);
    troth_ndr_put_octets(out, no_sid, sizeof no_sid);
    troth_ndr_put_u32(out, units);
    for (uint32_t i = 0; i <= units; i++)
        troth_ndr_put_u16(out, (uint8_t)dn[i]);
}

/* Version 8. [MS-DRSR 4.1.10.2.3] */
dc_request dc_drs_changes(const troth_rpc_handle *h, const char *dn, bool object)
{
    enum { WRITABLE = 0x10, INITIAL = 0x20, PERIODIC = 0x40 };
    static const troth_uuid none;
    dc_request q = dc_ask(&dc_drsuapi, DRS_CHANGES, TROTH_RPC_NDR);
    troth_ndr_put_handle(&q.out, h);
    troth_ndr_put_u32(&q.out, 8); /* dwInVersion, and the tag of its union */
    troth_ndr_put_u32(&q.out, 8);
    troth_ndr_put_align(&q.out, 8);
    troth_ndr_put_uuid(&q.out, &none); /* uuidDsaObjDest, uuidInvocIdSrc */
    troth_ndr_put_uuid(&q.out, &none);
    troth_ndr_put_pointer(&q.out, true);
    for (int i = 0; i < 3; i++)
        troth_ndr_put_u64(&q.out, 0); /* usnvecFrom: from the start */
    troth_ndr_put_pointer(&q.out, false);
    troth_ndr_put_u32(&q.out, WRITABLE | INITIAL | PERIODIC);
    troth_ndr_put_u32(&q.out, object ? 1 : 10000);    /* cMaxObjects */
    troth_ndr_put_u32(&q.out, 64 << 20);              /* cMaxBytes */
    troth_ndr_put_u32(&q.out, object ? REPL_OBJ : 0); /* ulExtendedOp */
    troth_ndr_put_u64(&q.out, 0);
    for (int i = 0; i < 2; i++)
        troth_ndr_put_pointer(&q.out, false); /* partial attribute sets */
    troth_ndr_put_u32(&q.out, 0);             /* PrefixTableDest */
    troth_ndr_put_pointer(&q.out, false);
    put_dsname(&q.out, dn);
    return q;
}

/* Version 6 up to cNumObjects. [MS-DRSR 4.1.10.2.11] */
bool dc_drs_objects(dc_net *n, const dc_result *r, uint32_t *ret_objects, uint32_t *ret_status)
{
    if (!dc_replied(n, "IDL_DRSGetNCChanges", r))
        return false;
    troth_ndr_in in = troth_ndr_in_of(&r->message);
    uint32_t version = troth_ndr_get_u32(&in), tag = troth_ndr_get_u32(&in);
    if (version == 6 && tag == 6) {
        troth_ndr_get_align(&in, 8);
        (void)troth_ndr_get_uuid(&in), (void)troth_ndr_get_uuid(&in);
        (void)troth_ndr_get_pointer(&in);
        for (int i = 0; i < 6; i++)
            (void)troth_ndr_get_u64(&in);
        for (int i = 0; i < 4; i++)
            (void)troth_ndr_get_u32(&in); /* pUpToDateVecSrc, PrefixTableSrc, ulExtendedRet */
    }
    uint32_t objects = version == 6 ? troth_ndr_get_u32(&in) : 0;
    if (troth_ndr_end(&in))
        return dc_fail(n, "IDL_DRSGetNCChanges: a reply that does not parse");
    *ret_objects = objects;
    *ret_status = dc_last_status(r);
    return true;
}

bool dc_drs_unbind(dc_net *n, dc_conn *c, uint64_t context, const troth_rpc_handle *h)
{
    dc_request q = dc_ask(&dc_drsuapi, DRS_UNBIND, TROTH_RPC_NDR);
    troth_ndr_put_handle(&q.out, h);
    const dc_result *r = dc_do(n, c, context, &q);
    return dc_replied(n, "IDL_DRSUnbind", r) &&
           (dc_last_status(r) == 0 ? true : dc_fail(n, "IDL_DRSUnbind: status 0x%x", dc_last_status(r)));
}
