/* PDUs out of a stream of octets. */
#include <stdlib.h>
#include <string.h>
#include <support/co.h>
#include <support/test.h>

static size_t make(uint8_t *p, uint8_t ptype, uint16_t frag_length, uint16_t auth_length, uint8_t fill)
{
    memset(p, fill, frag_length);
    const uint8_t head[16] = { 5, 0, ptype, 3, 0x10, 0, 0, 0, 0, 0, 0, 0, fill, 0, 0, 0 };
    memcpy(p, head, sizeof head);
    troth_co_hdr_patch(p, frag_length, auth_length);
    return frag_length;
}

static void test_whole_pdus_are_not_copied(void **state)
{
    co_link l;
    uint8_t in[200];
    size_t used;
    troth_co_pdu pdu;
    (void)state;
    co_link_init(&l);
    co_link_open(&l);
    troth_co_conn *c = &l.conn[CO_SERVER];
    size_t n = make(in, TROTH_CO_REQUEST, 40, 0, 7);
    n += make(in + 40, TROTH_CO_CO_CANCEL, 16, 0, 8);
    size_t allocs = atomic_load(&l.env[1].allocs);
    assert_int_equal(troth_co_gather(c, in, n, &used, &pdu), TROTH_OK);
    assert_int_equal(used, 40);
    assert_ptr_equal(pdu.data, in);
    assert_int_equal(pdu.len, 40);
    assert_int_equal(pdu.hdr.call_id, 7);
    assert_int_equal(troth_co_gather(c, in + 40, n - 40, &used, &pdu), TROTH_OK);
    assert_int_equal(used, 16);
    assert_ptr_equal(pdu.data, in + 40);
    assert_int_equal(pdu.hdr.ptype, TROTH_CO_CO_CANCEL);
    assert_int_equal(c->pdus_in, 2);
    assert_int_equal(atomic_load(&l.env[1].allocs), allocs);
    assert_int_equal(troth_co_gather(c, in, 0, &used, &pdu), TROTH_AGAIN);
    assert_int_equal(used, 0);
    assert_false(troth_co_gathering(c));
    co_link_end(&l);
}

/* Three PDUs cut in pieces of every size: always the same three, and only the last cut of each is a PDU. */
static void test_every_cut(void **state)
{
    co_link l;
    uint8_t in[200];
    (void)state;
    co_link_init(&l);
    co_link_open(&l);
    troth_co_conn *c = &l.conn[CO_SERVER];
    size_t n = make(in, TROTH_CO_REQUEST, 60, 0, 1);
    n += make(in + n, TROTH_CO_SHUTDOWN, 16, 0, 2);
    n += make(in + n, TROTH_CO_RESPONSE, 33, 0, 3);
    for (size_t cut = 1; cut <= n; cut++) {
        unsigned pdus = 0;
        for (size_t at = 0; at < n;) {
            size_t part = n - at < cut ? n - at : cut, used;
            uint8_t *piece = malloc(part); /* of its own size, so that an over-read is seen */
            memcpy(piece, in + at, part);
            troth_co_pdu pdu;
            c->now = 1000 + at;
            troth_status st = troth_co_gather(c, piece, part, &used, &pdu);
            at += used;
            if (st == TROTH_OK) {
                static const size_t ends[] = { 60, 76, 109 }, lens[] = { 60, 16, 33 };
                assert_true(pdus < 3);
                assert_int_equal(at, ends[pdus]);
                assert_int_equal(pdu.len, lens[pdus]);
                assert_memory_equal(pdu.data, in + at - pdu.len, pdu.len);
                assert_int_equal(c->last_in, 0);
                assert_false(troth_co_gathering(c));
                pdus++;
            } else {
                assert_int_equal(st, TROTH_AGAIN);
                assert_int_equal(used, part);
                assert_true(troth_co_gathering(c));
                assert_true(c->last_in >= 1000 && c->last_in <= c->now);
            }
            free(piece);
        }
        assert_int_equal(pdus, 3);
    }
    co_link_end(&l);
}

typedef struct refusal {
    const char *name;
    uint8_t major, minor, ptype;
    uint16_t frag_length, auth_length;
    troth_status want;
} refusal;

static const refusal refusals[] = {
    { "version 4", 4, 0, TROTH_CO_BIND, 72, 0, TROTH_UNSUPPORTED },
    { "version 5.1", 5, 1, TROTH_CO_BIND, 72, 0, TROTH_UNSUPPORTED },
    { "shorter than a header", 5, 0, TROTH_CO_BIND, 15, 0, TROTH_MALFORMED },
    { "no octets", 5, 0, TROTH_CO_REQUEST, 0, 0, TROTH_MALFORMED },
    { "token over the end", 5, 0, TROTH_CO_REQUEST, 40, 17, TROTH_MALFORMED },
    { "request over the cap", 5, 0, TROTH_CO_REQUEST, 5841, 0, TROTH_LIMIT },
    { "response over the cap", 5, 0, TROTH_CO_RESPONSE, 5841, 0, TROTH_LIMIT },
    { "auth3 over the cap", 5, 0, TROTH_CO_AUTH3, 5841, 16, TROTH_LIMIT },
    { "bind_nak over the cap", 5, 0, TROTH_CO_BIND_NAK, 5841, 0, TROTH_LIMIT },
    { "unknown PTYPE over the cap", 5, 0, 99, 5841, 0, TROTH_LIMIT },
    { "request at the cap", 5, 0, TROTH_CO_REQUEST, 5840, 0, TROTH_AGAIN },
    { "bind", 5, 0, TROTH_CO_BIND, 65535, 0, TROTH_AGAIN },
    { "bind_ack", 5, 0, TROTH_CO_BIND_ACK, 65535, 0, TROTH_AGAIN },
    { "alter_context", 5, 0, TROTH_CO_ALTER_CONTEXT, 65535, 0, TROTH_AGAIN },
    { "alter_context_resp", 5, 0, TROTH_CO_ALTER_CONTEXT_RESP, 65535, 0, TROTH_AGAIN },
};

/* Judged by the header alone, at once and octet by octet. */
static void test_headers_are_judged_before_anything_is_kept(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof refusals / sizeof *refusals; i++)
        for (size_t cut = 1; cut <= 16; cut += 15) {
            const refusal *f = &refusals[i];
            co_link l;
            uint8_t in[16] = { f->major, f->minor, f->ptype, 3, 0x10, 0, 0, 0, 0, 0, 0, 0, 42 };
            troth_co_hdr_patch(in, f->frag_length, f->auth_length);
            troth_status st = TROTH_AGAIN;
            troth_co_pdu pdu;
            co_link_init(&l);
            co_link_open(&l);
            for (size_t at = 0, used; at < 16 && st == TROTH_AGAIN; at += used) {
                st = troth_co_gather(&l.conn[CO_SERVER], in + at, cut, &used, &pdu);
                if (st == TROTH_AGAIN)
                    assert_int_equal(used, cut);
            }
            if (st != f->want)
                fail_msg("%s: %s", f->name, troth_status_name(st));
            assert_int_equal(pdu.hdr.call_id, 42);
            assert_int_equal(pdu.hdr.ptype, f->ptype);
            assert_true(l.conn[CO_SERVER].in.cap <= 512);
            co_link_end(&l);
        }
}

/* A header that announces 64 KiB costs what was sent; a bind's memory is given back, a request's is kept for the next. */
static void test_memory_grows_with_what_arrives(void **state)
{
    co_link l;
    static uint8_t in[65535];
    size_t used;
    troth_co_pdu pdu;
    (void)state;
    co_link_init(&l);
    co_link_open(&l);
    troth_co_conn *c = &l.conn[CO_SERVER];
    make(in, TROTH_CO_BIND, 65535, 0, 5);
    for (size_t at = 0; at < 65534; at += used) {
        size_t part = 65534 - at < 100 ? 65534 - at : 100;
        assert_int_equal(troth_co_gather(c, in + at, part, &used, &pdu), TROTH_AGAIN);
        assert_true(c->in.cap <= 4 * (at + 100) + 256);
    }
    assert_int_equal(troth_co_gather(c, in + 65534, 1, &used, &pdu), TROTH_OK);
    assert_memory_equal(pdu.data, in, 65535);
    make(in, TROTH_CO_REQUEST, 5840, 0, 6);
    assert_int_equal(troth_co_gather(c, in, 3000, &used, &pdu), TROTH_AGAIN);
    assert_true(c->in.cap < 16384);
    assert_int_equal(troth_co_gather(c, in + 3000, 2840, &used, &pdu), TROTH_OK);
    size_t allocs = atomic_load(&l.env[1].allocs);
    assert_int_equal(troth_co_gather(c, in, 3000, &used, &pdu), TROTH_AGAIN);
    assert_int_equal(troth_co_gather(c, in + 3000, 2840, &used, &pdu), TROTH_OK);
    assert_int_equal(atomic_load(&l.env[1].allocs), allocs);
    troth_co_rest(c);
    assert_int_equal(c->in.cap, 0);
    co_link_end(&l);
}

static void test_no_memory(void **state)
{
    co_link l;
    uint8_t in[40];
    size_t used;
    troth_co_pdu pdu;
    (void)state;
    co_link_init(&l);
    co_link_open(&l);
    make(in, TROTH_CO_REQUEST, 40, 0, 6);
    l.env[CO_SERVER].dry = true;
    assert_int_equal(troth_co_gather(&l.conn[CO_SERVER], in, 39, &used, &pdu), TROTH_NO_MEMORY);
    assert_int_equal(used, 0);
    assert_int_equal(troth_co_gather(&l.conn[CO_SERVER], in, 40, &used, &pdu), TROTH_OK); /* needs none */
    l.env[CO_SERVER].dry = false;
    co_link_end(&l);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_whole_pdus_are_not_copied),
        cmocka_unit_test(test_every_cut),
        cmocka_unit_test(test_headers_are_judged_before_anything_is_kept),
        cmocka_unit_test(test_memory_grows_with_what_arrives),
        cmocka_unit_test(test_no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
