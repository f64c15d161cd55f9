/* rpcecho, the interface that Samba and Windows tests call, as its public IDL describes it. */
#include <rpc/builtin.h>

enum {
    ECHO_ADD_ONE,
    ECHO_ECHO_DATA,
    ECHO_SINK_DATA,
    ECHO_SOURCE_DATA,
    ECHO_TEST_CALL,
    ECHO_TEST_CALL2,
    ECHO_TEST_SLEEP,
    ECHO_TEST_ENUM,
    ECHO_TEST_SURROUNDING,
    ECHO_TEST_DOUBLE_POINTER,
    ECHO_OPS
};

enum {
    DATA_MAX = 10000000, /* range of SinkData and SourceData                    */
    SLEEP_MAX = 300,     /* seconds, ours: a call must not be parked for years  */
};
#define STATUS_INVALID_LEVEL 0xc0000148u

static void fail(troth_ndr_in *in)
{
    if (!in->st)
        in->st = TROTH_MALFORMED;
}

static void add_one(void *self, troth_rpc_call *c)
{
    (void)self;
    troth_ndr_in in = troth_ndr_in_of(troth_rpc_call_request(c));
    uint32_t in_data = troth_ndr_get_u32(&in);
    if (!troth_rpc_stub_refused(&in, c))
        troth_rpc_reply_status(c, in_data + 1);
}

/* len and a conformant array of as many octets. */
static troth_bytes get_data(troth_ndr_in *in)
{
    uint32_t len = troth_ndr_get_u32(in);
    if (!in->st && (len > DATA_MAX || troth_ndr_get_count(in, DATA_MAX) != len))
        fail(in);
    if (in->st)
        return (troth_bytes){ NULL, 0 };
    const uint8_t *data = troth_ndr_get_octets(in, len);
    return (troth_bytes){ data, data ? len : 0 };
}

static void echo_data(void *self, troth_rpc_call *c)
{
    (void)self;
    troth_ndr_in in = troth_ndr_in_of(troth_rpc_call_request(c));
    troth_bytes data = get_data(&in);
    if (troth_rpc_stub_refused(&in, c))
        return;
    troth_ndr_out out = troth_ndr_out_for(c);
    troth_ndr_put_count(&out, data.len);
    if (data.len)
        troth_ndr_put_octets(&out, data.data, data.len);
    troth_ndr_reply(&out, c);
}

static void sink_data(void *self, troth_rpc_call *c)
{
    (void)self;
    troth_ndr_in in = troth_ndr_in_of(troth_rpc_call_request(c));
    (void)get_data(&in);
    if (!troth_rpc_stub_refused(&in, c))
        troth_rpc_call_reply(c, (troth_bytes){ NULL, 0 });
}

/* What is more than an answer may hold is refused by the cursor. */
static void source_data(void *self, troth_rpc_call *c)
{
    (void)self;
    troth_ndr_in in = troth_ndr_in_of(troth_rpc_call_request(c));
    uint32_t len = troth_ndr_get_u32(&in);
    if (!in.st && len > DATA_MAX)
        fail(&in);
    if (troth_rpc_stub_refused(&in, c))
        return;
    uint8_t pattern[256];
    for (size_t i = 0; i < sizeof pattern; i++)
        pattern[i] = (uint8_t)i;
    troth_ndr_out out = troth_ndr_out_for(c);
    troth_ndr_put_count(&out, len);
    for (uint32_t left = len, n; left && !out.st; left -= n) {
        n = left < sizeof pattern ? left : (uint32_t)sizeof pattern;
        troth_ndr_put_octets(&out, pattern, n);
    }
    troth_ndr_reply(&out, c);
}

/* A string that comes back as it came, behind a pointer; in our order of octets. */
static void test_call(void *self, troth_rpc_call *c)
{
    (void)self;
    troth_ndr_in in = troth_ndr_in_of(troth_rpc_call_request(c));
    troth_bytes s1 = troth_ndr_get_string16(&in, DATA_MAX);
    if (troth_rpc_stub_refused(&in, c))
        return;
    troth_ndr_out out = troth_ndr_out_for(c);
    troth_ndr_put_pointer(&out, true);
    troth_ndr_put_count(&out, s1.len / 2 + 1);
    troth_ndr_put_count(&out, 0);
    troth_ndr_put_count(&out, s1.len / 2 + 1);
    for (size_t i = 0; i < s1.len; i += 2) {
        troth_ndr_put_u8(&out, s1.data[in.be ? i + 1 : i]);
        troth_ndr_put_u8(&out, s1.data[in.be ? i : i + 1]);
    }
    troth_ndr_put_u16(&out, 0);
    troth_ndr_reply(&out, c);
}

/*
 * echo_Info, with the numbers that its peers know: a union of 16-bit tag. NDR64 aligns every arm to the largest, which
 * holds a hyper [MS-RPCE 2.2.5.3.4.4].
 */
static void put_info(troth_ndr_out *out, uint16_t level)
{
    troth_ndr_put_u16(out, level);
    if (out->ndr64)
        troth_ndr_put_align(out, 8);
    switch (level) {
    case 1:
        troth_ndr_put_u8(out, 10);
        break;
    case 2:
        troth_ndr_put_u16(out, 20);
        break;
    case 3:
        troth_ndr_put_u32(out, 30);
        break;
    case 4:
        troth_ndr_put_u64(out, 40);
        break;
    case 5: /* octet and hyper */
    case 7: /* octet and info4 */
        troth_ndr_put_align(out, 8);
        troth_ndr_put_u8(out, level == 5 ? 50 : 80);
        troth_ndr_put_u64(out, level == 5 ? 60 : 90);
        break;
    default: /* 6: octet and info1 */
        troth_ndr_put_u8(out, 70);
        troth_ndr_put_u8(out, 80);
    }
}

/* An unknown level has no arm that could go with a status: it is a fault. */
static void test_call2(void *self, troth_rpc_call *c)
{
    (void)self;
    troth_ndr_in in = troth_ndr_in_of(troth_rpc_call_request(c));
    uint16_t level = troth_ndr_get_u16(&in);
    if (troth_rpc_stub_refused(&in, c))
        return;
    if (level < 1 || level > 7) {
        troth_rpc_call_fault(c, STATUS_INVALID_LEVEL);
        return;
    }
    troth_ndr_out out = troth_ndr_out_for(c);
    put_info(&out, level);
    troth_ndr_put_u32(&out, 0);
    troth_ndr_reply(&out, c);
}

static void awake(void *self, troth_rpc_call *c)
{
    const uint32_t *seconds = self; /* the call's own memory */
    troth_rpc_reply_status(c, *seconds);
}

/* Sleep without holding up anybody else (CVE-2023-42669). */
static void test_sleep(void *self, troth_rpc_call *c)
{
    (void)self;
    troth_ndr_in in = troth_ndr_in_of(troth_rpc_call_request(c));
    uint32_t seconds = troth_ndr_get_u32(&in);
    if (!in.st && seconds > SLEEP_MAX)
        fail(&in);
    if (troth_rpc_stub_refused(&in, c))
        return;
    uint32_t *kept = troth_rpc_call_memory(c, sizeof *kept);
    if (!kept) {
        troth_rpc_call_fault(c, TROTH_NCA_S_FAULT_REMOTE_NO_MEMORY);
        return;
    }
    *kept = seconds;
    troth_rpc_call_after(c, (uint64_t)seconds * 1000, awake, kept);
}

/* echo_Enum2: echo_Enum1, and an enumeration that is 32 bits wide in both syntaxes. */
typedef struct echo_enum2 {
    uint32_t e1, e2;
} echo_enum2;

static echo_enum2 get_enum2(troth_ndr_in *in)
{
    echo_enum2 v;
    troth_ndr_get_align(in, 4);
    v.e1 = troth_ndr_get_enum(in);
    v.e2 = troth_ndr_get_u32(in);
    return v;
}

static void put_enum2(troth_ndr_out *out, const echo_enum2 *v)
{
    troth_ndr_put_align(out, 4);
    troth_ndr_put_enum(out, v->e1);
    troth_ndr_put_u32(out, v->e2);
}

/* foo3 is a union whose tag is foo1 again: 1 has an echo_Enum1, 2 an echo_Enum2. */
static void test_enum(void *self, troth_rpc_call *c)
{
    (void)self;
    troth_ndr_in in = troth_ndr_in_of(troth_rpc_call_request(c));
    uint32_t foo1 = troth_ndr_get_enum(&in);
    echo_enum2 foo2 = get_enum2(&in), foo3 = { 0, 0 };
    if (in.ndr64)
        troth_ndr_get_align(&in, 4);
    uint16_t tag = troth_ndr_get_u16(&in);
    if (!in.st && (tag != foo1 || tag < 1 || tag > 2))
        fail(&in);
    if (in.ndr64)
        troth_ndr_get_align(&in, 4);
    if (tag == 2)
        foo3 = get_enum2(&in);
    else
        foo3.e1 = troth_ndr_get_enum(&in);
    if (troth_rpc_stub_refused(&in, c))
        return;
    troth_ndr_out out = troth_ndr_out_for(c);
    troth_ndr_put_enum(&out, foo1);
    put_enum2(&out, &foo2);
    if (out.ndr64)
        troth_ndr_put_align(&out, 4);
    troth_ndr_put_u16(&out, tag);
    if (out.ndr64)
        troth_ndr_put_align(&out, 4);
    if (tag == 2)
        put_enum2(&out, &foo3);
    else
        troth_ndr_put_enum(&out, foo3.e1);
    troth_ndr_reply(&out, c);
}

/* A conformant structure comes back twice as long, and all zero. */
static void test_surrounding(void *self, troth_rpc_call *c)
{
    (void)self;
    troth_ndr_in in = troth_ndr_in_of(troth_rpc_call_request(c));
    size_t count = troth_ndr_get_count(&in, DATA_MAX);
    uint32_t x = troth_ndr_get_u32(&in);
    if (!in.st && x != count)
        fail(&in);
    if (!in.st)
        (void)troth_ndr_get_octets(&in, count * 2);
    if (troth_rpc_stub_refused(&in, c))
        return;
    troth_ndr_out out = troth_ndr_out_for(c);
    troth_ndr_put_count(&out, count * 2);
    troth_ndr_put_u32(&out, x * 2);
    for (size_t i = 0; i < count && !out.st; i++) /* two elements at once */
        troth_ndr_put_u32(&out, 0);
    troth_ndr_reply(&out, c);
}

static void test_double_pointer(void *self, troth_rpc_call *c)
{
    (void)self;
    troth_ndr_in in = troth_ndr_in_of(troth_rpc_call_request(c));
    uint16_t data = 0;
    if (troth_ndr_get_pointer(&in) && troth_ndr_get_pointer(&in))
        data = troth_ndr_get_u16(&in);
    if (troth_rpc_stub_refused(&in, c))
        return;
    troth_ndr_out out = troth_ndr_out_for(c);
    troth_ndr_put_u16(&out, data);
    troth_ndr_reply(&out, c);
}

static const troth_rpc_handler ops[ECHO_OPS] = {
    [ECHO_ADD_ONE] = add_one,
    [ECHO_ECHO_DATA] = echo_data,
    [ECHO_SINK_DATA] = sink_data,
    [ECHO_SOURCE_DATA] = source_data,
    [ECHO_TEST_CALL] = test_call,
    [ECHO_TEST_CALL2] = test_call2,
    [ECHO_TEST_SLEEP] = test_sleep,
    [ECHO_TEST_ENUM] = test_enum,
    [ECHO_TEST_SURROUNDING] = test_surrounding,
    [ECHO_TEST_DOUBLE_POINTER] = test_double_pointer,
};

const troth_rpc_interface troth_rpc_echo = {
    .name = "rpcecho",
    .syntax = { { { 0x60, 0xa1, 0x5e, 0xc5, 0x4d, 0xe8, 0x11, 0xd7, 0xa6, 0x37, 0x00, 0x50, 0x56, 0xa2, 0x01, 0x82 } },
                1,
                0 },
    .transfer = TROTH_RPC_NDR | TROTH_RPC_NDR64,
    .ops = ops,
    .n_ops = ECHO_OPS,
};
