/*
 * Any stub into any operation of any built-in interface, as four octets say: interface, opnum, bit 0 NDR64, bit 1
 * big-endian, bit 2 anonymous; the rest is the stub. The fourth is how many allocations succeed, 255 = all.
 */
#include <fuzz.h>
#include <rpc/builtin.h>
#include <support/env.h>
#include <troth/epm.h>

typedef struct fuzz_call {
    troth_rpc_call call;
    unsigned answers;
    uint64_t ms;
    troth_rpc_handler later;
    void *later_self;
} fuzz_call;

static void answer(troth_rpc_call *c, uint32_t fault, bool not_executed, troth_bytes stub)
{
    fuzz_call *f = (fuzz_call *)c;
    (void)not_executed;
    f->answers++;
    fuzz_demand(!fault || !stub.len);
    fuzz_view(stub, stub.data, stub.len);
    troth_rpc_call_clear(c);
}

static void after(troth_rpc_call *c, uint64_t ms, troth_rpc_handler fn, void *self)
{
    fuzz_call *f = (fuzz_call *)c;
    fuzz_demand(!f->later && ms <= 300000);
    f->later = fn;
    f->later_self = self;
}

static void fill_map(troth_rpc_server *s)
{
    static const troth_uuid object = { { 1, 2, 3 } };
    fuzz_demand(!troth_rpc_server_publish(s, &troth_rpc_echo, NULL, "0.0.0.0:5555"));
    fuzz_demand(!troth_rpc_server_publish(s, &troth_rpc_epm, &object, "192.0.2.7:135"));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const troth_rpc_interface *const interfaces[] = { &troth_rpc_mgmt, &troth_rpc_epm, &troth_rpc_whoami,
                                                             &troth_rpc_echo };
    static const troth_rpc_call_ops ops = { answer, after };
    static const troth_transport transport = { .local = "127.0.0.1:135" };
    if (size < 4)
        return 0;
    test_env t;
    test_env_init(&t);
    troth_rpc_server *s = NULL;
    fuzz_demand(!troth_rpc_server_new(&t.env, 15, &s));
    fill_map(s);
    uint8_t *p = fuzz_copy(data + 4, size - 4);
    fuzz_call f = { .call = { .ops = &ops, .env = &t.env, .server = s, .interface = interfaces[data[0] % 4] } };
    troth_rpc_message *m = &f.call.request;
    m->opnum = data[1];
    m->transfer = data[2] & 1 ? TROTH_RPC_NDR64 : TROTH_RPC_NDR;
    m->drep[0] = data[2] & 2 ? 0 : 0x10;
    m->stub = (troth_bytes){ p, size - 4 };
    f.call.caller.type = data[2] & 4 ? TROTH_RPC_AUTH_NONE : TROTH_RPC_AUTH_KERBEROS;
    f.call.caller.level = data[2] & 4 ? TROTH_RPC_LEVEL_NONE : TROTH_RPC_LEVEL_PRIVACY;
    f.call.caller.transport = &transport;
    f.call.caller.facts.peer = (troth_identity){ "alice@REALM", "alice", "REALM" };
    f.call.caller.facts.self.name = "host/srv@REALM";
    if (data[3] != 255)
        t.fail_at = t.allocs + data[3] + 1;
    fuzz_demand(troth_rpc_call_dispatch(&f.call, TROTH_RPC_LEVEL_NONE));
    free(p);
    if (f.later)
        f.later(f.later_self, &f.call);
    fuzz_demand(f.answers == 1);
    troth_rpc_server_free(s);
    fuzz_demand(!t.held);
    return 0;
}
