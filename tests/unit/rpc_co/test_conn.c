/* Events, output, the end. */
#include <stdlib.h>
#include <string.h>
#include <support/co.h>
#include <support/test.h>

static void test_events_are_a_bounded_fifo(void **state)
{
    co_link l;
    troth_event ev;
    (void)state;
    co_link_init(&l);
    co_link_open(&l);
    troth_co_conn *c = &l.conn[CO_SERVER];
    assert_false(troth_co_next_event(c, &ev));
    for (unsigned round = 0; round < 3; round++) { /* round the ring */
        for (unsigned i = 0; i < TROTH_CO_EVENTS; i++)
            assert_int_equal(troth_co_tell(c, &(troth_event){ .kind = TROTH_EV_CALL, .id = i }), TROTH_OK);
        assert_int_equal(troth_co_tell(c, &(troth_event){ .kind = TROTH_EV_CALL }), TROTH_LIMIT);
        troth_co_warn(c, 5, &(troth_error){ .code = TROTH_DENIED }); /* no room, no failure */
        assert_int_equal(c->n_events, TROTH_CO_EVENTS);
        for (unsigned i = 0; i < TROTH_CO_EVENTS; i++) {
            assert_true(troth_co_next_event(c, &ev));
            assert_int_equal(ev.id, i);
        }
        assert_false(troth_co_next_event(c, &ev));
        assert_int_equal(troth_co_tell(c, &(troth_event){ .kind = TROTH_EV_CALL }), TROTH_OK); /* shifts the ring */
        assert_true(troth_co_next_event(c, &ev));
    }
    troth_co_warn(c, 5, &(troth_error){ .code = TROTH_DENIED, .where = "there" });
    assert_true(troth_co_next_event(c, &ev));
    assert_int_equal(ev.kind, TROTH_EV_WARNING);
    assert_int_equal(ev.id, 5);
    assert_int_equal(ev.error.code, TROTH_DENIED);
    co_link_end(&l);
}

static void test_the_first_failure_sticks(void **state)
{
    co_link l;
    troth_event ev;
    troth_bytes out;
    (void)state;
    co_link_init(&l);
    co_link_open(&l);
    troth_co_conn *c = &l.conn[CO_SERVER];
    troth_writer w = troth_co_begin(c);
    troth_co_nak_write(&w, 1, 0);
    assert_int_equal(troth_co_put(c, &w), TROTH_OK);
    assert_int_equal(troth_co_tell(c, &(troth_event){ .kind = TROTH_EV_CALL, .id = 9 }), TROTH_OK);
    troth_co_end(c, TROTH_MALFORMED, 0x1c01000b, "C706 12.6.3.1");
    troth_co_end(c, TROTH_OK, 7, "later");
    troth_co_end_as(c, &(troth_error){ .code = TROTH_DENIED });
    assert_true(c->closed);
    assert_int_equal(c->error.code, TROTH_MALFORMED);
    assert_int_equal(c->error.wire, 0x1c01000b);
    assert_string_equal(c->error.where, "C706 12.6.3.1");
    assert_int_equal(troth_co_tell(c, &(troth_event){ .kind = TROTH_EV_CALL }), TROTH_CLOSED);
    assert_true(troth_co_next_event(c, &ev)); /* what was told before comes first */
    assert_int_equal(ev.id, 9);
    assert_true(troth_co_next_event(c, &ev));
    assert_int_equal(ev.kind, TROTH_EV_CLOSED);
    assert_int_equal(ev.error.code, TROTH_MALFORMED);
    assert_false(troth_co_next_event(c, &ev));         /* once */
    assert_int_equal(troth_co_out(c, &out), TROTH_OK); /* output that is there still leaves */
    assert_int_equal(out.len, 24);
    troth_co_sent(c, 24);
    assert_int_equal(troth_co_out(c, &out), TROTH_CLOSED);
    co_link_end(&l);
}

static void test_orderly_end(void **state)
{
    co_link l;
    troth_event ev;
    troth_bytes out;
    (void)state;
    co_link_init(&l);
    co_link_open(&l);
    assert_int_equal(troth_co_out(&l.conn[0], &out), TROTH_AGAIN);
    troth_co_end(&l.conn[0], TROTH_OK, 0, NULL);
    assert_true(troth_co_next_event(&l.conn[0], &ev));
    assert_int_equal(ev.kind, TROTH_EV_CLOSED);
    assert_int_equal(ev.error.code, TROTH_OK);
    assert_string_equal(ev.error.where, "");
    l.conn[1].out_ended = true;
    assert_int_equal(troth_co_out(&l.conn[1], &out), TROTH_CLOSED);
    assert_false(troth_co_next_event(&l.conn[1], &ev));
    co_link_end(&l);
}

static void test_output(void **state)
{
    co_link l;
    troth_bytes out;
    (void)state;
    co_link_init(&l);
    l.options[0].out_max = 48;
    co_link_open(&l);
    troth_co_conn *c = &l.conn[0];
    troth_writer w = troth_co_begin(c);
    troth_co_nak_write(&w, 1, 4);
    assert_int_equal(troth_co_put(c, &w), TROTH_OK);
    assert_int_equal(c->pdus_out, 1);
    assert_false(troth_co_full(c));
    w = troth_co_begin(c);
    assert_int_equal(w.order, TROTH_LE);
    troth_co_nak_write(&w, 2, 4);
    troth_co_fault_write(&w, 3, 3, &(troth_co_fault){ .status = 5 });
    assert_int_equal(troth_co_put(c, &w), TROTH_OK); /* several at once */
    assert_int_equal(c->pdus_out, 3);
    assert_true(troth_co_full(c));
    assert_int_equal(troth_co_out(c, &out), TROTH_OK);
    assert_int_equal(out.len, 24 + 24 + 32);
    assert_int_equal(out.data[12], 1);
    assert_int_equal(out.data[24 + 12], 2);
    assert_int_equal(out.data[48 + 12], 3);
    troth_co_sent(c, 24);
    troth_co_sent(c, 1000); /* more than there is: all of it */
    assert_int_equal(troth_co_out(c, &out), TROTH_AGAIN);
    w = troth_co_begin(c);
    troth_co_nak_write(&w, 1, 4);
    troth_write_fail(&w, TROTH_LIMIT);
    assert_int_equal(troth_co_put(c, &w), TROTH_LIMIT); /* nothing of it */
    assert_int_equal(troth_co_out(c, &out), TROTH_AGAIN);
    assert_int_equal(c->pdus_out, 3);
    troth_co_rest(c);
    assert_int_equal(c->out.cap, 0);
    co_link_end(&l);
}

static void test_construction_fails_at_every_allocation(void **state)
{
    (void)state;
    for (size_t n = 1; n < 3; n++) {
        test_env t;
        troth_co_conn c;
        test_env_init(&t);
        t.fail_at = n;
        troth_co_conn_options o = { .env = &t.env, .context_budget = 1000, .max_contexts = 4, .frag_cap = 5840 };
        assert_int_equal(troth_co_conn_init(&c, &o), n == 1 ? TROTH_NO_MEMORY : TROTH_OK);
        troth_co_conn_clear(&c);
        test_env_check(&t);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_events_are_a_bounded_fifo),
        cmocka_unit_test(test_the_first_failure_sticks),
        cmocka_unit_test(test_orderly_end),
        cmocka_unit_test(test_output),
        cmocka_unit_test(test_construction_fails_at_every_allocation),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
