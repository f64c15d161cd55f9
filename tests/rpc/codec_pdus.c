/*
 * PDUs of every kind as the codec writes them, little-endian and then big-endian, for a dissector of others to judge
 * (codec_tshark.py). A line each: "> HEX" or "< HEX", then what must be seen in it: FIELD=VALUE, several values of
 * one field with commas.
 */
#include <rpc_co/pdu.h>
#include <stdio.h>
#include <string.h>
#include <troth/uuid.h>

enum { BOTH = TROTH_PFC_FIRST_FRAG | TROTH_PFC_LAST_FRAG, TOKEN = 16, CALL = 0x01020304, CONTEXT = 0x0a0b0c0d };

static troth_rpc_syntax syntax(const char *uuid, uint16_t major, uint16_t minor)
{
    troth_rpc_syntax s = { .major = major, .minor = minor };
    if (troth_uuid_parse(uuid, &s.uuid))
        memset(&s, 0xff, sizeof s);
    return s;
}

static troth_rpc_syntax mgmt(void)
{
    return syntax("afa8bd80-7d8a-11c9-bef4-08002b102989", 1, 0);
}

static troth_rpc_syntax ndr(void)
{
    return syntax("8a885d04-1ceb-11c9-9fe8-08002b104860", 2, 0);
}

static void header(troth_writer *w, uint8_t ptype, uint8_t flags)
{
    troth_co_hdr_write(w, &(troth_co_hdr){ .ptype = ptype, .flags = flags, .call_id = CALL });
}

/* A sec_trailer and a token of 0xaa behind what is there. */
static void trailer(troth_writer *w, uint8_t type, uint8_t level, uint8_t pad)
{
    troth_write_zeros(w, pad);
    troth_co_trailer_write(w, &(troth_co_trailer){ type, level, pad, 0, CONTEXT, 0, { NULL, 0 } });
    memset(troth_write_room(w, TOKEN), 0xaa, TOKEN);
}

/* Set the lengths, print the PDU and what is to be seen. */
static void show(troth_writer *w, char side, uint16_t auth_length, const char *expect)
{
    if (w->st)
        return;
    size_t len = w->len;
    w->len = 8;
    troth_write_u16(w, (uint16_t)len);
    troth_write_u16(w, auth_length);
    printf("%c ", side);
    for (size_t i = 0; i < len; i++)
        printf("%02x", w->base[i]);
    printf(" dcerpc.ver=5 dcerpc.ver_minor=0 dcerpc.drep.byteorder=%d dcerpc.cn_frag_len=%zu dcerpc.cn_auth_len=%u "
           "dcerpc.cn_call_id=16909060 %s\n",
           w->order == TROTH_LE, len, auth_length, expect);
    troth_writer_reset(w);
}

static void binds(troth_writer *w, uint8_t ptype, uint8_t flags, bool secure, const char *expect)
{
    const troth_rpc_syntax one[] = { ndr() }, two[] = { troth_co_features_syntax(3) };
    const troth_co_proposal elems[] = { { 0, mgmt(), one, 1 }, { 1, mgmt(), two, 1 } };
    header(w, ptype, flags);
    troth_co_bind_write(w, 5840, 4280, 0x11223344, elems, 2);
    if (secure)
        trailer(w, 10, 6, 0);
    show(w, '>', secure ? TOKEN : 0, expect);
}

static void acks(troth_writer *w, uint8_t ptype, uint8_t flags, const char *address, const char *expect)
{
    const troth_co_result results[] = { { 0, 0, ndr() }, { 3, 3, { .major = 0 } } };
    const size_t n = *address ? strlen(address) + 1 : 0;
    header(w, ptype, flags);
    const troth_co_ack a = { 5840, 4280, 0x11223344, { (const uint8_t *)address, n }, 0, { 0 } };
    troth_co_ack_write(w, &a, results, 2);
    trailer(w, 10, 6, 0);
    show(w, '<', TOKEN, expect);
}

#define SECURE                                                                                                         \
    " dcerpc.auth_type=10 dcerpc.auth_level=6 dcerpc.auth_pad_len=0 dcerpc.auth_rsrvd=0 dcerpc.auth_ctx_id=168496141"
#define PROPOSED                                                                                                       \
    " dcerpc.cn_max_xmit=5840 dcerpc.cn_max_recv=4280 dcerpc.cn_assoc_group=287454020 dcerpc.cn_num_ctx_items=2 "      \
    "dcerpc.cn_ctx_id=0,1 dcerpc.cn_num_trans_items=1,1 dcerpc.cn_bind_if_ver=1,1 dcerpc.cn_bind_if_ver_minor=0,0 "    \
    "dcerpc.cn_bind_to_uuid=afa8bd80-7d8a-11c9-bef4-08002b102989,afa8bd80-7d8a-11c9-bef4-08002b102989 "                \
    "dcerpc.cn_bind_trans_id=8a885d04-1ceb-11c9-9fe8-08002b104860,6cb71c2c-9812-4540-0300-000000000000 "               \
    "dcerpc.cn_bind_trans_ver=2,1 dcerpc.cn_bind_trans_btfn.01=1 dcerpc.cn_bind_trans_btfn.02=1"
#define ANSWERED                                                                                                       \
    " dcerpc.cn_max_xmit=5840 dcerpc.cn_max_recv=4280 dcerpc.cn_assoc_group=287454020 dcerpc.cn_num_results=2 "        \
    "dcerpc.cn_ack_result=0,3 dcerpc.cn_bind_trans_btfn.01=1 dcerpc.cn_bind_trans_btfn.02=1 "                          \
    "dcerpc.cn_ack_trans_id=8a885d04-1ceb-11c9-9fe8-08002b104860,00000000-0000-0000-0000-000000000000 "                \
    "dcerpc.cn_ack_trans_ver=2,0"

static void bodies(troth_writer *w)
{
    const troth_co_request q = { .alloc_hint = 4, .p_cont_id = 0, .opnum = 77 };
    troth_co_request_write(w, BOTH, CALL, &q);
    troth_write_u32(w, 0);
    show(w, '>', 0, "dcerpc.pkt_type=0 dcerpc.cn_alloc_hint=4 dcerpc.cn_ctx_id=0 dcerpc.opnum=77");

    const troth_co_request o = { 4, 0, 78, true, mgmt().uuid, 0 };
    troth_co_request_write(w, TROTH_PFC_FIRST_FRAG, CALL, &o);
    troth_write_u32(w, 0);
    trailer(w, 10, 5, 12);
    show(
        w, '>', TOKEN,
        "dcerpc.pkt_type=0 dcerpc.opnum=78 dcerpc.obj_id=afa8bd80-7d8a-11c9-bef4-08002b102989 dcerpc.cn_flags.object=1 "
        "dcerpc.auth_type=10 dcerpc.auth_level=5 dcerpc.auth_pad_len=12 dcerpc.auth_ctx_id=168496141");

    const troth_co_response p = { .alloc_hint = 4, .cancel_count = 1 };
    troth_co_response_write(w, BOTH, CALL, &p);
    troth_write_u32(w, 0);
    trailer(w, 10, 5, 12);
    show(w, '<', TOKEN,
         "dcerpc.pkt_type=2 dcerpc.cn_alloc_hint=4 dcerpc.cn_ctx_id=0 dcerpc.cn_cancel_count=1 dcerpc.auth_pad_len=12");

    const troth_co_fault f = { .alloc_hint = 32, .cancel_count = 2, .status = TROTH_NCA_S_PROTO_ERROR };
    troth_co_fault_write(w, BOTH | TROTH_PFC_DID_NOT_EXECUTE, CALL, &f);
    show(w, '<', 0,
         "dcerpc.pkt_type=3 dcerpc.cn_flags.dne=1 dcerpc.cn_alloc_hint=32 dcerpc.cn_cancel_count=2 "
         "dcerpc.cn_status=469827595");
}

/* A request with a verification trailer behind a stub of 5 octets. */
static void verified(troth_writer *w)
{
    troth_co_request_write(w, BOTH, CALL, &(troth_co_request){ .alloc_hint = 5, .opnum = 79 });
    troth_write_zeros(w, 5);
    const troth_co_vt v = {
        .has_bitmask = true, .has_pcontext = true, .bitmask = 1, .abstract = mgmt(), .transfer = ndr()
    };
    troth_co_vt_write(w, 5, &v);
    show(w, '>', 0,
         "dcerpc.pkt_type=0 dcerpc.opnum=79 dcerpc.rpc_sec_vt.command.cmd=1,2 dcerpc.rpc_sec_vt.command.end=0,1 "
         "dcerpc.rpc_sec_vt.command.must_process=0,0 dcerpc.rpc_sec_vt.command.length=4,40 "
         "dcerpc.rpc_sec_vt.bitmask.sign=1 dcerpc.rpc_sec_vt.pcontext.interface.uuid="
         "afa8bd80-7d8a-11c9-bef4-08002b102989,8a885d04-1ceb-11c9-9fe8-08002b104860 "
         "dcerpc.rpc_sec_vt.pcontext.interface.ver=1,2");
}

static void every_kind(troth_writer *w)
{
    binds(w, TROTH_CO_BIND, BOTH | TROTH_PFC_CONC_MPX | TROTH_PFC_SUPPORT_HEADER_SIGN, true,
          "dcerpc.pkt_type=11 dcerpc.cn_flags=0x17" PROPOSED SECURE);
    acks(w, TROTH_CO_BIND_ACK, BOTH, "135",
         "dcerpc.pkt_type=12 dcerpc.cn_sec_addr_len=4 dcerpc.cn_sec_addr=135" ANSWERED SECURE);
    acks(w, TROTH_CO_BIND_ACK, BOTH, "49152",
         "dcerpc.pkt_type=12 dcerpc.cn_sec_addr_len=6 dcerpc.cn_sec_addr=49152" ANSWERED SECURE);
    header(w, TROTH_CO_AUTH3, BOTH);
    troth_write_zeros(w, 4);
    trailer(w, 10, 6, 0);
    show(w, '>', TOKEN, "dcerpc.pkt_type=16 dcerpc.auth_type=10 dcerpc.auth_level=6 dcerpc.auth_ctx_id=168496141");
    binds(w, TROTH_CO_ALTER_CONTEXT, BOTH, false, "dcerpc.pkt_type=14" PROPOSED);
    acks(w, TROTH_CO_ALTER_CONTEXT_RESP, BOTH, "", "dcerpc.pkt_type=15 dcerpc.cn_sec_addr_len=0" ANSWERED SECURE);
    bodies(w);
    verified(w);
    header(w, TROTH_CO_CO_CANCEL, BOTH);
    show(w, '>', 0, "dcerpc.pkt_type=18");
    header(w, TROTH_CO_ORPHANED, BOTH);
    show(w, '>', 0, "dcerpc.pkt_type=19");
    header(w, TROTH_CO_SHUTDOWN, BOTH);
    show(w, '<', 0, "dcerpc.pkt_type=17");
    troth_co_nak_write(w, CALL, TROTH_CO_NAK_VERSION);
    show(w, '<', 0,
         "dcerpc.pkt_type=13 dcerpc.cn_reject_reason=4 dcerpc.cn_num_protocols=1 dcerpc.cn_protocol_ver_major=5 "
         "dcerpc.cn_protocol_ver_minor=0");
}

int main(void)
{
    uint8_t room[1024];
    for (int order = TROTH_LE; order <= TROTH_BE; order++) {
        troth_writer w = troth_writer_over(room, sizeof room, (troth_order)order);
        every_kind(&w);
        if (w.st)
            return 1;
    }
    return 0;
}
