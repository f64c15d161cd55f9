/* CORBA 15.4.1: the header of every message. */
#include <giop/giop.h>
#include <stdio.h>
#include <string.h>
#include <support/test.h>
#include <support/vectors.h>

static troth_status read_hdr(const uint8_t *p, size_t n, troth_giop_hdr *ret, size_t *ret_used)
{
    troth_reader r = troth_reader_of(p, n, TROTH_BE);
    const uint8_t *from = r.at;
    troth_status st = troth_giop_hdr_read(&r, 1000, ret);
    *ret_used = (size_t)(r.at - from);
    return st;
}

static void mutant(const uint8_t *p, size_t n, void *arg)
{
    troth_giop_hdr h;
    size_t used;
    troth_status st = read_hdr(p, n, &h, &used);
    assert_int_equal(used, st ? 0 : 12);
    if (arg && n < 12)
        assert_int_equal(st, TROTH_TRUNCATED); /* every prefix asks for more */
    if (!st)
        assert_true(h.size <= 988 && h.type <= TROTH_GIOP_FRAGMENT && h.minor <= 2 && h.major == 1);
}

static void one(const vector *v, void *arg)
{
    uint8_t raw[16], out[16];
    size_t used, n = vector_hex(v, "hex", raw, sizeof raw);
    troth_giop_hdr h;
    char says[64];
    (void)arg;
    troth_status st = read_hdr(raw, n, &h, &used);
    if (strcmp(troth_status_name(st), vector_text(v, "expect")) != 0)
        fail_msg("%s: %s", v->name, troth_status_name(st));
    vectors_mutate(raw, n, mutant, st ? NULL : &h);
    if (st)
        return;
    snprintf(says, sizeof says, "%u.%u %s %s %u%s", h.major, h.minor, h.order == TROTH_LE ? "LE" : "BE",
             troth_giop_type_name(h.type), h.size, h.more ? " more" : "");
    assert_string_equal(says, vector_text(v, "says"));
    troth_writer w = troth_writer_over(out, sizeof out, h.order);
    troth_giop_hdr_write(&w, h.minor, h.type, h.more);
    troth_write_patch32(&w, 8, h.size);
    assert_memory_equal(out, raw, 12);
}

static void test_headers(void **state)
{
    (void)state;
    vectors_each("giop/headers.txt", one, NULL);
    assert_string_equal(troth_giop_type_name(8), "unknown");
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_headers) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
