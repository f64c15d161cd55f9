#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <support/rpc_fake.h>
#include <support/test.h>
#include <troth/epm.h>

/* What ept_lookup showed, in words. */
typedef struct seen {
    char text[4096];
    size_t n;
} seen;

static void show(void *self, const troth_rpc_epm_entry *e)
{
    seen *s = self;
    char uuid[TROTH_UUID_TEXT];
    troth_uuid_format(&e->syntax.uuid, uuid);
    assert_true(strlen(e->annotation) < 64);
    if (s->n < sizeof s->text)
        s->n += (size_t)snprintf(s->text + s->n, sizeof s->text - s->n, "%s %u.%u %u %s; ", uuid, e->syntax.major,
                                 e->syntax.minor, e->port, e->annotation);
}

typedef struct reply {
    troth_rpc_message m;
    unsigned opnum;
} reply;

static void mutant(const uint8_t *p, size_t n, void *arg)
{
    reply r = *(const reply *)arg;
    r.m.stub = (troth_bytes){ p, n };
    uint16_t port = 0;
    troth_rpc_handle resume = { .attributes = 0x5a5a5a5a };
    seen s = { .n = 0 };
    troth_status st =
        r.opnum == 3 ? troth_rpc_epm_map_reply(&r.m, &port) : troth_rpc_epm_lookup_reply(&r.m, show, &s, &resume);
    if (st) { /* nothing was believed */
        assert_int_equal(port, 0);
        assert_int_equal(resume.attributes, 0x5a5a5a5a);
        assert_int_equal(s.n, 0);
    }
}

static troth_status expected(const vector *v)
{
    const char *text = vector_text(v, "expect");
    return !strcmp(text, "OK")             ? TROTH_OK
           : !strcmp(text, "NO_MECH")      ? TROTH_NO_MECH
           : !strcmp(text, "PEER_REFUSED") ? TROTH_PEER_REFUSED
                                           : TROTH_MALFORMED;
}

static void one(const vector *v, void *arg)
{
    (void)arg;
    static uint8_t raw[4096];
    size_t n = vector_hex(v, "hex", raw, sizeof raw);
    reply r = { .opnum = (unsigned)strtoul(vector_text(v, "opnum"), NULL, 10) };
    r.m.transfer = strcmp(vector_text(v, "transfer"), "ndr64") ? TROTH_RPC_NDR : TROTH_RPC_NDR64;
    r.m.drep[0] = strcmp(vector_text(v, "order"), "be") ? 0x10 : 0;
    r.m.stub = (troth_bytes){ raw, n };
    uint16_t port = 0;
    troth_rpc_handle resume = { 0 };
    seen s = { .n = 0 };
    troth_status st =
        r.opnum == 3 ? troth_rpc_epm_map_reply(&r.m, &port) : troth_rpc_epm_lookup_reply(&r.m, show, &s, &resume);
    if (st != expected(v))
        fail_msg("%s: %s", v->name, troth_status_name(st));
    if (!st && r.opnum == 3)
        assert_int_equal(port, strtoul(vector_text(v, "port"), NULL, 10));
    if (!st && r.opnum == 2) {
        const char *want = vector_text(v, "entries");
        assert_memory_equal(s.text, want, strlen(want));
        assert_true(s.n >= strlen(want) && s.n <= strlen(want) + 1); /* a line's last space is not kept */
        assert_int_equal(!!resume.uuid.octets[15], vector_text(v, "more") != NULL);
    }
    vectors_mutate(raw, n, mutant, &r);
    r.m.fault = TROTH_RPC_S_ACCESS_DENIED;
    assert_int_equal(r.opnum == 3 ? troth_rpc_epm_map_reply(&r.m, &port)
                                  : troth_rpc_epm_lookup_reply(&r.m, show, &s, &resume),
                     TROTH_PEER_REFUSED);
}

static void test_replies(void **state)
{
    (void)state;
    vectors_each("rpc/epm_reply.txt", one, NULL);
}

/* Client and server of ours, in both syntaxes, page by page. */
static void test_pair(void **state)
{
    (void)state;
    rpc_bench b = { .interface = &troth_rpc_epm };
    test_env_init(&b.t);
    b.caller.level = TROTH_RPC_LEVEL_NONE;
    assert_int_equal(troth_rpc_server_new(&b.t.env, TROTH_RPC_EPM | TROTH_RPC_ECHO, &b.server), TROTH_OK);
    assert_int_equal(troth_rpc_server_publish(b.server, &troth_rpc_echo, NULL, "0.0.0.0:5555"), TROTH_OK);
    for (unsigned i = 0; i < 600; i++) {
        char address[32];
        snprintf(address, sizeof address, "192.0.2.9:%u", 10000 + i);
        assert_int_equal(troth_rpc_server_publish(b.server, &troth_rpc_epm, NULL, address), TROTH_OK);
    }
    for (unsigned transfer = TROTH_RPC_NDR; transfer <= TROTH_RPC_NDR64; transfer++) {
        troth_ndr_out out = troth_ndr_out_new(&b.t.env, transfer, 256);
        troth_rpc_message m;
        assert_int_equal(troth_rpc_epm_map_request(&troth_rpc_echo.syntax, transfer, &out, &m), TROTH_OK);
        assert_true(troth_rpc_syntax_equal(&m.abstract, &troth_rpc_epm.syntax));
        assert_int_equal(m.transfer, transfer);
        rpc_fake f = rpc_fake_call(&b, transfer, false, m.opnum, m.stub.data, m.stub.len);
        troth_ndr_out_clear(&out);
        m.stub = (troth_bytes){ f.reply, f.n_reply };
        uint16_t port = 0;
        assert_int_equal(troth_rpc_epm_map_reply(&m, &port), TROTH_OK);
        assert_int_equal(port, 5555);
        rpc_fake_clear(&f);

        troth_rpc_handle resume = { 0 };
        unsigned calls = 0;
        static seen s;
        s.n = 0;
        do {
            assert_int_equal(troth_rpc_epm_lookup_request(calls ? &resume : NULL, transfer, &out, &m), TROTH_OK);
            f = rpc_fake_call(&b, transfer, false, m.opnum, m.stub.data, m.stub.len);
            troth_ndr_out_clear(&out);
            m.stub = (troth_bytes){ f.reply, f.n_reply };
            assert_int_equal(troth_rpc_epm_lookup_reply(&m, show, &s, &resume), TROTH_OK);
            rpc_fake_clear(&f);
            calls++;
        } while (resume.uuid.octets[0]);
        assert_int_equal(calls, 2);
        assert_memory_equal(s.text, "60a15ec5-4de8-11d7-a637-005056a20182 1.0 5555 rpcecho; e1af8308", 63);
    }
    troth_rpc_server_free(b.server);
    test_env_check(&b.t);
}

/* No memory, or none allowed: a status, and no request. */
static void test_starved(void **state)
{
    (void)state;
    test_env t;
    test_env_init(&t);
    troth_rpc_message m;
    for (size_t nth = 1; nth < 20; nth++) {
        troth_ndr_out out = troth_ndr_out_new(&t.env, TROTH_RPC_NDR, 256);
        t.fail_at = t.allocs + nth;
        troth_status st = troth_rpc_epm_map_request(&troth_rpc_echo.syntax, TROTH_RPC_NDR, &out, &m);
        assert_true(st == TROTH_OK || st == TROTH_NO_MEMORY);
        assert_true(nth > 1 || st == TROTH_NO_MEMORY);
        troth_ndr_out_clear(&out);
    }
    t.fail_at = 0;
    troth_ndr_out out = troth_ndr_out_new(&t.env, TROTH_RPC_NDR, 64);
    assert_int_equal(troth_rpc_epm_map_request(&troth_rpc_echo.syntax, TROTH_RPC_NDR, &out, &m), TROTH_LIMIT);
    troth_ndr_out_clear(&out);
    test_env_check(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_replies),
        cmocka_unit_test(test_pair),
        cmocka_unit_test(test_starved),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
