/* Spec/sas.md 2, a to c: another list of contexts never moves a body against its alignment. */
#include <giop/rewrite.h>
#include <string.h>
#include <support/giop.h>
#include <support/test.h>

enum { ROOM = 4096 };

static troth_giop_contexts list_of(const giop_case *k, troth_bytes message, troth_giop_span *ret)
{
    static troth_giop_request q;
    static troth_giop_reply r;
    if (k->reply) {
        assert_int_equal(troth_giop_reply_read(message, &r), TROTH_OK);
        *ret = r.span;
        return r.contexts;
    }
    assert_int_equal(troth_giop_request_read(message, &q), TROTH_OK);
    *ret = q.span;
    return q.contexts;
}

/* Replace context 15 by one of n octets (0: remove it); answers the new length. */
static size_t rewrite(const giop_case *k, const uint8_t *in, size_t n_in, size_t n, uint8_t *out)
{
    static const uint8_t token[ROOM];
    troth_giop_span span;
    troth_giop_contexts list = list_of(k, (troth_bytes){ in, n_in }, &span);
    troth_giop_contexts_remove(&list, TROTH_GIOP_SAS);
    if (n)
        assert_int_equal(troth_giop_contexts_add(&list, TROTH_GIOP_SAS, (troth_bytes){ token, n }), TROTH_OK);
    troth_writer w = troth_writer_over(out, ROOM, TROTH_BE);
    troth_giop_rewrite(&w, (troth_bytes){ in, n_in }, &span, &list);
    assert_int_equal(w.st, TROTH_OK);
    giop_check(k, (troth_bytes){ out, w.len }, n != 0, n);
    return w.len;
}

static void one(const giop_case *k)
{
    uint8_t raw[ROOM], once[ROOM], twice[ROOM];
    size_t n = giop_make(k, raw, sizeof raw);
    giop_check(k, (troth_bytes){ raw, n }, k->n_sas != 0, k->n_sas);
    for (size_t len = 0; len < 18; len++) {
        size_t n1 = rewrite(k, raw, n, len, once);
        if (k->minor < 2)
            assert_int_equal(n1 % 8, n % 8);
        size_t n2 = rewrite(k, once, n1, k->n_sas, twice); /* and back again */
        assert_int_equal(n2, n);
        assert_memory_equal(twice, raw, n);
    }
}

static void test_sweep(void **state)
{
    (void)state;
    for (int i = 0; i < 3 * 2 * 2 * 2; i++) {
        giop_case k = {
            .minor = (uint8_t)(i % 3), .order = i / 3 % 2 ? TROTH_LE : TROTH_BE, .reply = i / 6 % 2, .body = i / 12 % 2
        };
        for (size_t sas = 0; sas < 10; sas++) {
            for (size_t j = 0; j < 5; j++) {
                k.n_sas = sas;
                k.n_other = j * 3;
                k.operation = 1 + (sas + j) % 8;
                one(&k);
            }
        }
    }
}

/* Others' contexts stay octet by octet and in order; one of our padding goes. */
static void test_others(void **state)
{
    (void)state;
    for (uint8_t minor = 0; minor < 3; minor++) {
        uint8_t raw[ROOM], out[ROOM];
        troth_giop_request q = { .minor = minor, .operation = { (const uint8_t *)"x", 1 } }, back;
        static const char *const data[] = { "a", "", "abcdefg" };
        static const uint32_t ids[] = { 99, 3, 99 };
        for (size_t i = 0; i < 3; i++) {
            troth_bytes d = { (const uint8_t *)data[i], strlen(data[i]) };
            assert_int_equal(troth_giop_contexts_add(&q.contexts, ids[i], d), TROTH_OK);
            assert_int_equal(troth_giop_contexts_add(&q.contexts, TROTH_GIOP_PADDING, (troth_bytes){ NULL, 0 }), 0);
        }
        troth_writer w = troth_writer_over(raw, sizeof raw, TROTH_LE);
        troth_giop_request_write(&w, &q, false);
        troth_giop_finish(&w, 0);
        size_t n = w.len;
        assert_int_equal(troth_giop_request_read((troth_bytes){ raw, n }, &q), TROTH_OK);
        w = troth_writer_over(out, sizeof out, TROTH_LE);
        troth_giop_rewrite(&w, (troth_bytes){ raw, n }, &q.span, &q.contexts);
        assert_int_equal(troth_giop_request_read((troth_bytes){ out, w.len }, &back), TROTH_OK);
        troth_giop_contexts_remove(&back.contexts, TROTH_GIOP_PADDING);
        assert_int_equal(back.contexts.n, 3);
        for (size_t i = 0; i < 3; i++) {
            assert_int_equal(back.contexts.items[i].id, ids[i]);
            assert_int_equal(back.contexts.items[i].data.len, strlen(data[i]));
            assert_memory_equal(back.contexts.items[i].data.data, data[i], strlen(data[i]));
        }
        w = troth_writer_over(out, n - 30, TROTH_LE);
        troth_giop_rewrite(&w, (troth_bytes){ raw, n }, &q.span, &q.contexts);
        assert_int_equal(w.st, TROTH_NO_SPACE);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_sweep), cmocka_unit_test(test_others) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
