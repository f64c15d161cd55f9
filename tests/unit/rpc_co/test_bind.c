#include "co.h"

enum { MOST = 4, MOST_TRANSFER = 4 };

/* What was read, as text, and as what a client would propose. */
typedef struct seen {
    text fields, elems;
    troth_co_proposal proposal[MOST];
    troth_rpc_syntax transfer[MOST][MOST_TRANSFER];
    uint8_t n;
} seen;

static void look(troth_co_bind b, seen *s)
{
    troth_co_elem e;
    say(&s->fields, "%u %u %u", b.max_xmit_frag, b.max_recv_frag, b.assoc_group_id);
    while (troth_co_bind_next(&b, &e)) {
        assert_true(s->n < MOST && e.n_transfer_syn <= MOST_TRANSFER);
        say(&s->elems, "%s%u ", s->n ? "; " : "", e.p_cont_id);
        say_syntax(&s->elems, &e.abstract);
        for (unsigned i = 0; i < e.n_transfer_syn; i++) {
            s->transfer[s->n][i] = troth_co_elem_transfer(&e, i);
            say(&s->elems, " ");
            say_syntax(&s->elems, &s->transfer[s->n][i]);
        }
        s->proposal[s->n] = (troth_co_proposal){ e.p_cont_id, e.abstract, s->transfer[s->n], e.n_transfer_syn };
        s->n++;
    }
    assert_int_equal(s->n, b.n_context_elem);
    assert_false(troth_co_bind_next(&b, &e));
    if (!s->n)
        say(&s->elems, "-");
}

static void any_bind(const uint8_t *p, size_t n, void *arg)
{
    (void)arg;
    troth_co_hdr h;
    troth_reader body;
    troth_co_bind b = { .n_context_elem = 77 };
    troth_co_elem e;
    if (!body_of(p, n, &h, &body))
        return;
    troth_status st = troth_co_bind_read(&body, &b);
    if (st) {
        assert_int_equal(st, TROTH_TRUNCATED);
        assert_int_equal(b.n_context_elem, 77);
        return;
    }
    unsigned elems = 0;
    for (; troth_co_bind_next(&b, &e); elems++) {
        within(p, n, e.transfer, e.n_transfer_syn * 20u);
        for (unsigned i = 0; i < e.n_transfer_syn; i++)
            (void)troth_co_elem_transfer(&e, i);
    }
    assert_int_equal(elems, b.n_context_elem);
}

/* Every prefix of a body lacks something, or is read to its end. Behind an empty list the reserved octets may be absent. */
static void cut_bodies(troth_reader body)
{
    size_t n = troth_read_left(&body), needed = 0;
    for (size_t cut = 0; cut <= n; cut++) {
        troth_reader r = troth_reader_of(body.at, cut, body.order);
        troth_co_bind b;
        troth_status st = troth_co_bind_read(&r, &b);
        bool reserved_cut = body.at[8] == 0 && (cut == 10 || cut == 11);
        assert_true(st == TROTH_OK || (st == TROTH_TRUNCATED && (!needed || reserved_cut)));
        needed = st ? 0 : needed ? needed : cut;
    }
}

static void one_bind(const vector *v, void *arg)
{
    uint8_t raw[512], again[512];
    size_t n = vector_hex(v, "hex", raw, sizeof raw);
    troth_co_hdr h;
    troth_reader body;
    troth_co_bind b;
    if (!body_of(raw, n, &h, &body))
        fail_msg("%s: its header", v->name);
    const uint8_t *first = body.at;
    cut_bodies(body);
    troth_status st = troth_co_bind_read(&body, &b);
    expect(v, st);
    vectors_mutate(raw, n, any_bind, arg);
    if (st)
        return;
    seen s = { 0 };
    look(b, &s);
    expect_text(v, "fields", &s.fields);
    expect_text(v, "elems", &s.elems);

    troth_writer w = troth_writer_over(again, sizeof again, h.order);
    troth_co_bind_write(&w, b.max_xmit_frag, b.max_recv_frag, b.assoc_group_id, s.proposal, s.n);
    assert_int_equal(w.st, TROTH_OK);
    assert_int_equal(w.len, body.at - first);
    troth_reader r = troth_reader_of(again, w.len, h.order);
    seen t = { 0 };
    assert_int_equal(troth_co_bind_read(&r, &b), TROTH_OK);
    look(b, &t);
    assert_string_equal(t.elems.s, s.elems.s);
    assert_string_equal(t.fields.s, s.fields.s);
    if (!vector_text(v, "reserved"))
        assert_memory_equal(again, first, w.len);
}

static void test_binds(void **state)
{
    vectors_each("rpc_co/bind.txt", one_bind, state);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_binds) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
