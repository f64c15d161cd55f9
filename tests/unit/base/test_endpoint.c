#include <string.h>
#include <support/test.h>
#include <troth/endpoint.h>

/* A wire that writes down what it was asked. */
typedef struct probe {
    troth_endpoint head;
    const char *called;
    const void *p, *q;
    uint64_t a, b;
    troth_error error;
} probe;

static troth_status feed(troth_endpoint *e, uint8_t *bytes, size_t n, const troth_addr *from, uint64_t now,
                         size_t *used)
{
    *(probe *)e = (probe){ .head = *e, .called = "feed", .p = bytes, .q = from, .a = n, .b = now };
    *used = 3;
    return TROTH_MALFORMED;
}

static void feed_end(troth_endpoint *e, uint64_t now)
{
    *(probe *)e = (probe){ .head = *e, .called = "feed_end", .a = now };
}

static troth_status out(troth_endpoint *e, troth_bytes *ret, const troth_addr **ret_to)
{
    *(probe *)e = (probe){ .head = *e, .called = "out", .q = ret_to };
    ret->len = 9;
    return TROTH_CLOSED;
}

static void sent(troth_endpoint *e, size_t n)
{
    *(probe *)e = (probe){ .head = *e, .called = "sent", .a = n };
}

static troth_status submit(troth_endpoint *e, const troth_order_msg *order, uint64_t now, size_t *used)
{
    *(probe *)e = (probe){ .head = *e, .called = "submit", .p = order, .a = now };
    *used = 4;
    return TROTH_AGAIN;
}

static bool event(troth_endpoint *e, troth_event *ret)
{
    *(probe *)e = (probe){ .head = *e, .called = "event", .p = ret };
    return true;
}

static void stepped(troth_endpoint *e, troth_job *job, uint64_t now)
{
    *(probe *)e = (probe){ .head = *e, .called = "stepped", .p = job, .a = now };
}

static uint64_t deadline(const troth_endpoint *e)
{
    return ((const probe *)e)->a + 1;
}

static void expire(troth_endpoint *e, uint64_t now)
{
    *(probe *)e = (probe){ .head = *e, .called = "expire", .a = now };
}

static void close_it(troth_endpoint *e, troth_status reason)
{
    *(probe *)e = (probe){ .head = *e, .called = "close", .a = reason };
}

static const troth_error *error(const troth_endpoint *e)
{
    return &((const probe *)e)->error;
}

static void free_it(troth_endpoint *e)
{
    ((probe *)e)->called = "free";
}

static const troth_endpoint_ops ops = { "probe", feed,     feed_end, out,      sent,  submit, event,
                                        stepped, deadline, expire,   close_it, error, free_it };

static void each_goes_to_its_operation(void **state)
{
    (void)state;
    probe p = { .head = { &ops } };
    troth_endpoint *e = &p.head;
    uint8_t octet = 0;
    troth_addr from = { .len = 0 };
    size_t used = 0;
    assert_int_equal(troth_endpoint_feed(e, &octet, 1, &from, 77, &used), TROTH_MALFORMED);
    assert_string_equal(p.called, "feed");
    assert_true(p.p == &octet && p.q == &from && p.a == 1 && p.b == 77 && used == 3);
    troth_endpoint_feed_end(e, 78);
    assert_true(!strcmp(p.called, "feed_end") && p.a == 78);
    troth_bytes shown = { 0 };
    const troth_addr *to;
    assert_int_equal(troth_endpoint_out(e, &shown, &to), TROTH_CLOSED);
    assert_true(!strcmp(p.called, "out") && p.q == &to && shown.len == 9);
    troth_endpoint_sent(e, 5);
    assert_true(!strcmp(p.called, "sent") && p.a == 5);
    troth_order_msg order = { 0 };
    assert_int_equal(troth_endpoint_submit(e, &order, 79, &used), TROTH_AGAIN);
    assert_true(!strcmp(p.called, "submit") && p.p == &order && p.a == 79 && used == 4);
    troth_event ev;
    assert_true(troth_endpoint_event(e, &ev));
    assert_true(!strcmp(p.called, "event") && p.p == &ev);
    troth_endpoint_stepped(e, (troth_job *)&octet, 80);
    assert_true(!strcmp(p.called, "stepped") && p.p == &octet && p.a == 80);
    assert_true(troth_endpoint_deadline(e) == 81);
    troth_endpoint_expire(e, 82);
    assert_true(!strcmp(p.called, "expire") && p.a == 82);
    troth_endpoint_close(e, TROTH_TIMEOUT);
    assert_true(!strcmp(p.called, "close") && p.a == TROTH_TIMEOUT);
    assert_ptr_equal(troth_endpoint_error(e), &p.error);
    troth_endpoint_free(e);
    assert_string_equal(p.called, "free");
    troth_endpoint_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(each_goes_to_its_operation) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
