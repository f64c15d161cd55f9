#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <support/rpc_fake.h>
#include <support/test.h>

static void answer(troth_rpc_call *c, uint32_t fault, bool not_executed, troth_bytes stub)
{
    rpc_fake *f = (rpc_fake *)c;
    f->answers++;
    f->fault = fault;
    f->not_executed = not_executed;
    free(f->reply);
    f->reply = malloc(stub.len ? stub.len : 1);
    f->n_reply = stub.len;
    if (stub.len)
        memcpy(f->reply, stub.data, stub.len);
    troth_rpc_call_clear(c);
}

static void after(troth_rpc_call *c, uint64_t ms, troth_rpc_handler fn, void *self)
{
    rpc_fake *f = (rpc_fake *)c;
    f->slept = ms;
    f->later = fn;
    f->later_self = self;
}

static const troth_rpc_call_ops ops = { answer, after };

/* What a handler left on the stack is gone, too, when it is called back. */
static void __attribute__((noinline)) forget_stack(void)
{
    volatile uint8_t junk[65536];
    for (size_t i = 0; i < sizeof junk; i++)
        junk[i] = 0xee;
}

rpc_fake rpc_fake_call(rpc_bench *b, unsigned transfer, bool be, unsigned opnum, const void *stub, size_t n)
{
    rpc_fake f = { 0 };
    uint8_t *exact = malloc(n ? n : 1);
    if (n)
        memcpy(exact, stub, n);
    if (b->prepare)
        b->prepare(b);
    f.call.ops = &ops;
    f.call.env = &b->t.env;
    f.call.server = b->server;
    f.call.interface = b->interface;
    f.call.caller = b->caller;
    f.call.request.abstract = b->interface->syntax;
    f.call.request.transfer = transfer;
    f.call.request.opnum = (uint16_t)opnum;
    f.call.request.drep[0] = be ? 0 : 0x10;
    f.call.request.stub = (troth_bytes){ exact, n };
    assert_true(troth_rpc_call_dispatch(&f.call, TROTH_RPC_LEVEL_NONE));
    memset(exact, 0xee, n ? n : 1); /* the request's views are gone when the handler returns */
    free(exact);
    while (f.later) {
        troth_rpc_handler fn = f.later;
        assert_int_equal(f.answers, 0);
        f.later = NULL;
        forget_stack();
        fn(f.later_self, &f.call);
    }
    assert_int_equal(f.answers, 1);
    return f;
}

void rpc_fake_clear(rpc_fake *f)
{
    free(f->reply);
    f->reply = NULL;
}

typedef struct stanza {
    rpc_bench *b;
    unsigned transfer, opnum;
    bool be;
} stanza;

static void mutant(const uint8_t *p, size_t n, void *arg)
{
    stanza *s = arg;
    rpc_fake f = rpc_fake_call(s->b, s->transfer, s->be, s->opnum, p, n);
    assert_true(!f.fault || !f.n_reply);
    rpc_fake_clear(&f);
}

/* Whichever allocation fails, the call is answered: as it was, or by a fault. */
static void starve(stanza *s, const uint8_t *in, size_t n, const rpc_fake *want)
{
    test_env *t = &s->b->t;
    for (size_t nth = 1;; nth++) {
        t->fail_at = t->allocs + nth;
        rpc_fake f = rpc_fake_call(s->b, s->transfer, s->be, s->opnum, in, n);
        bool failed = t->allocs >= t->fail_at;
        t->fail_at = 0;
        if (f.fault != want->fault)
            assert_int_equal(f.fault, TROTH_NCA_S_FAULT_REMOTE_NO_MEMORY);
        rpc_fake_clear(&f);
        if (!failed)
            break;
    }
}

static void one(const vector *v, void *arg)
{
    static uint8_t in[4096], out[8192];
    rpc_bench *b = arg;
    const char *fault = vector_text(v, "fault");
    stanza s = { .b = b };
    s.transfer = strcmp(vector_text(v, "transfer"), "ndr64") ? TROTH_RPC_NDR : TROTH_RPC_NDR64;
    s.be = !strcmp(vector_text(v, "order"), "be");
    s.opnum = (unsigned)strtoul(vector_text(v, "opnum"), NULL, 0);
    size_t n = vector_hex(v, "in", in, sizeof in), n_out = fault ? 0 : vector_hex(v, "out", out, sizeof out);
    rpc_fake f = rpc_fake_call(b, s.transfer, s.be, s.opnum, in, n);
    if (f.fault != (fault ? strtoul(fault, NULL, 16) : 0) || f.n_reply != n_out || memcmp(f.reply, out, n_out)) {
        fprintf(stderr, "%s:%u: %s: fault %08x, reply ", v->file, v->line, v->name, (unsigned)f.fault);
        for (size_t i = 0; i < f.n_reply; i++)
            fprintf(stderr, "%02x", f.reply[i]);
        fail_msg("%s: not what was expected", v->name);
    }
    starve(&s, in, n, &f);
    rpc_fake_clear(&f);
    vectors_mutate(in, n, mutant, &s);
    b->seen++;
}

void rpc_fake_vectors(rpc_bench *b, const char *file)
{
    vectors_each(file, one, b);
}
