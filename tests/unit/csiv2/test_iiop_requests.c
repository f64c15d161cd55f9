/* The table of requests in flight, held against a plain list. */
#include <csiv2/iiop_requests.h>
#include <string.h>
#include <support/env.h>
#include <support/test.h>

enum { MAX = 300, IDS = 512 };

static void begin(test_env *t, troth_iiop_requests *r, size_t max)
{
    test_env_init(t);
    t->seed = 7;
    assert_int_equal(troth_iiop_requests_init(r, &t->env, max), TROTH_OK);
}

/* Any order of adding and removing: what is there is found, and nothing else. */
static void test_against_list(void **state)
{
    (void)state;
    test_env t;
    troth_iiop_requests r;
    troth_iiop_request *x;
    bool there[IDS] = { false };
    size_t n = 0;
    uint32_t lot = 1;
    begin(&t, &r, MAX);
    for (unsigned i = 0; i < 20000; i++) {
        lot = lot * 1664525 + 1013904223;
        uint32_t k = lot >> 16 & (IDS - 1), id = k * 0x01000001u;
        bool removes = lot >> 30 & (n > MAX / 2 ? 1 : 3) & 1;
        x = troth_iiop_requests_find(&r, id);
        assert_int_equal(x != NULL, there[k]);
        if (x && removes) {
            troth_iiop_requests_remove(&r, x);
            there[k] = false;
            n--;
        } else if (!x) {
            troth_status st = troth_iiop_requests_add(&r, id, &x);
            assert_int_equal(st, n < MAX ? TROTH_OK : TROTH_LIMIT);
            if (st)
                continue;
            assert_int_equal(x->request_id, id);
            there[k] = true;
            n++;
        }
        assert_int_equal(r.len, n);
    }
    for (uint32_t k = 0; k < IDS; k++)
        assert_int_equal(troth_iiop_requests_find(&r, k * 0x01000001u) != NULL, there[k]);
    troth_iiop_requests_clear(&r);
    test_env_check(&t);
}

static void test_cancelled_give_way(void **state)
{
    (void)state;
    test_env t;
    troth_iiop_requests r;
    troth_iiop_request *x;
    begin(&t, &r, 2);
    assert_int_equal(troth_iiop_requests_add(&r, 1, &x), TROTH_OK);
    assert_int_equal(troth_iiop_requests_add(&r, 1, &x), TROTH_UNEXPECTED);
    assert_int_equal(troth_iiop_requests_add(&r, 2, &x), TROTH_OK);
    assert_true(troth_iiop_requests_full(&r));
    assert_int_equal(troth_iiop_request_on(x, TROTH_IIOP_ON_PASS), TROTH_OK);
    assert_int_equal(troth_iiop_requests_cancel(&r, x), TROTH_OK);
    assert_int_equal(troth_iiop_requests_cancel(&r, x), TROTH_OK);
    assert_false(troth_iiop_requests_full(&r));
    assert_null(troth_iiop_requests_find(&r, 2));
    assert_int_equal(r.cancelled, 0);
    assert_int_equal(r.len, 1);
    x = troth_iiop_requests_find(&r, 1);
    assert_int_equal(troth_iiop_requests_cancel(&r, x),
                     TROTH_UNEXPECTED); /* it was not passed on: it is to be forgotten */
    assert_int_equal(r.cancelled, 0);
    troth_iiop_requests_remove(&r, x);
    troth_iiop_requests_trim(&r);
    assert_int_equal(t.held, 0);
    assert_int_equal(troth_iiop_requests_add(&r, 1, &x), TROTH_OK);
    troth_iiop_requests_clear(&r);
    test_env_check(&t);
}

/* Copies keep octets and cuts; their memory goes from one to the next, and evidence is wiped on the way. */
static void test_held(void **state)
{
    (void)state;
    static const uint8_t octets[100] = "evidence";
    test_env t;
    troth_iiop_held h;
    troth_giop_cuts cuts = { 2, { 12, 40 } }, got;
    troth_giop_whole w = { { octets, sizeof octets }, &cuts }, back;
    test_env_init(&t);
    troth_writer spare = troth_writer_growing(&t.env, 1000, TROTH_BE);
    for (unsigned i = 0; i < 3; i++) {
        size_t allocs = t.allocs;
        assert_int_equal(troth_iiop_hold(&h, &t.env, &w, &spare), TROTH_OK);
        assert_int_equal(t.allocs, allocs + (i == 0) + (w.cuts != NULL));
        back = troth_iiop_held_whole(&h, &got);
        assert_int_equal(back.octets.len, w.octets.len);
        assert_memory_equal(back.octets.data, octets, w.octets.len);
        assert_int_equal(got.n, w.cuts ? 2 : 0);
        assert_int_equal(back.cuts != NULL, w.cuts != NULL);
        troth_iiop_release(&h, &t.env, &spare);
        assert_int_equal(spare.base[0], 0);
        w.cuts = NULL;
        w.octets.len = 50;
    }
    t.fail_at = t.allocs + 1;
    w.cuts = &cuts;
    assert_int_equal(troth_iiop_hold(&h, &t.env, &w, &spare), TROTH_NO_MEMORY);
    troth_writer_clear(&spare);
    test_env_check(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_against_list),
        cmocka_unit_test(test_cancelled_give_way),
        cmocka_unit_test(test_held),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
