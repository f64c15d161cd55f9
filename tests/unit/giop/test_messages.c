/* CORBA 15.4: the messages, against octets written down by hand and against every way to cut and flip them. */
#include <giop/giop.h>
#include <string.h>
#include <support/giop.h>
#include <support/hex.h>
#include <support/test.h>
#include <support/vectors.h>

static void test_request_1_0(void **state)
{
    (void)state;
    uint8_t raw[128];
    size_t n = unhex("47494f50 0100 00 00 00000040  00000001 0000000f 00000003 616263 ff  00000007 01 ffffff 00000004"
                     "6b657900 00000003 6f7000 ff 00000000 ffffffff  00000009 00000000",
                     raw, sizeof raw);
    troth_giop_request q;
    raw[11] = (uint8_t)(n - 12);
    assert_int_equal(troth_giop_request_read((troth_bytes){ raw, n }, &q), TROTH_OK);
    assert_int_equal(q.request_id, 7);
    assert_int_equal(q.contexts.n, 1);
    assert_int_equal(q.contexts.items[0].id, 15);
    assert_memory_equal(q.contexts.items[0].data.data, "abc", 3);
    assert_int_equal(q.span.list, 12);
    assert_int_equal(q.span.list_end, 27);
    assert_int_equal(q.span.rest, 28);
    assert_int_equal(q.target.object_key.len, 4);
    assert_int_equal(q.operation.len, 2);
    assert_int_equal(q.body, 56);
    assert_true(troth_giop_response_expected(&q));
    raw[32] = 2; /* no boolean */
    assert_int_equal(troth_giop_request_read((troth_bytes){ raw, n }, &q), TROTH_MALFORMED);
}

static void test_request_1_2(void **state)
{
    (void)state;
    uint8_t raw[128];
    size_t n = unhex("47494f50 0102 01 00 00000000  07000000 03 000000 0000 ffff 03000000 6b6579 ff 03000000 6f7000 ff"
                     "02000000 01000000 01000000 61 ffffff 0f000000 00000000 ffffffff 0900000000000000",
                     raw, sizeof raw);
    troth_giop_request q;
    raw[8] = (uint8_t)(n - 12);
    assert_int_equal(troth_giop_request_read((troth_bytes){ raw, n }, &q), TROTH_OK);
    assert_int_equal(q.request_id, 7);
    assert_int_equal(q.response_flags, 3);
    assert_int_equal(q.contexts.n, 2);
    assert_int_equal(q.span.list, 40);
    assert_int_equal(q.span.list_end, 64);
    assert_int_equal(q.span.rest, 64);
    assert_int_equal(q.body, 64);
    troth_bytes key;
    assert_int_equal(troth_giop_target_key(&q.target, &key), TROTH_OK);
    assert_int_equal(key.len, 3);
    raw[20] = 3; /* no such addressing */
    assert_int_equal(troth_giop_request_read((troth_bytes){ raw, n }, &q), TROTH_MALFORMED);
}

/* The operation's name ends with its only NUL (hostile input 26). */
static void test_operation(void **state)
{
    (void)state;
    uint8_t raw[256];
    troth_giop_request q;
    giop_case k = { .minor = 2, .order = TROTH_BE, .operation = 4 };
    size_t n = giop_make(&k, raw, sizeof raw);
    uint8_t *name = memmem(raw, n, "oper", 4);
    assert_non_null(name);
    name[1] = 0;
    assert_int_equal(troth_giop_request_read((troth_bytes){ raw, n }, &q), TROTH_MALFORMED);
    name[1] = name[4] = 'x';
    assert_int_equal(troth_giop_request_read((troth_bytes){ raw, n }, &q), TROTH_MALFORMED);
}

static void put_profile(troth_giop_target *t, uint8_t *body, size_t cap)
{
    troth_writer w = troth_writer_over(body, cap, TROTH_LE);
    troth_cdr_out c = troth_cdr_out_encapsulation(&w);
    troth_cdr_put_u8(&c, 1);
    troth_cdr_put_u8(&c, 2);
    troth_cdr_put_string(&c, (troth_bytes){ (const uint8_t *)"h", 1 });
    troth_cdr_put_u16(&c, 5);
    troth_cdr_put_octets(&c, (troth_bytes){ (const uint8_t *)"inner", 5 });
    troth_cdr_put_u32(&c, 0);
    assert_int_equal(w.st, TROTH_OK);
    t->profile = (troth_ior_tagged){ TROTH_TAG_INTERNET_IOP, { body, w.len } };
    t->ior.type_id = (troth_bytes){ (const uint8_t *)"IDL:X:1.0", 9 };
    t->ior.n_profiles = 1;
    t->ior.profiles[0] = t->profile;
}

static void test_targets(void **state)
{
    (void)state;
    for (int i = 1; i < 3; i++) {
        uint8_t body[64], raw[512];
        troth_bytes key;
        troth_giop_locate_request q = { .minor = 2, .request_id = 9 }, back;
        q.target.addressing = (troth_giop_addressing)i;
        put_profile(&q.target, body, sizeof body);
        troth_writer w = troth_writer_over(raw, sizeof raw, i == 1 ? TROTH_LE : TROTH_BE);
        troth_giop_locate_request_write(&w, &q);
        assert_int_equal(w.st, TROTH_OK);
        assert_int_equal(troth_giop_locate_request_read((troth_bytes){ raw, w.len }, &back), TROTH_OK);
        assert_int_equal(back.request_id, 9);
        assert_int_equal(troth_giop_target_key(&back.target, &key), TROTH_OK);
        assert_int_equal(key.len, 5);
        assert_memory_equal(key.data, "inner", 5);
        for (size_t cut = 0; cut < w.len; cut++)
            assert_int_not_equal(troth_giop_locate_request_read((troth_bytes){ raw, cut }, &back), TROTH_OK);
        back.target.selected = 1;
        if (i == 2)
            assert_int_equal(troth_giop_target_key(&back.target, &key), TROTH_MALFORMED);
        q.minor = 1; /* before 1.2 there are only keys */
        troth_giop_locate_request_write(&w, &q);
        assert_int_equal(w.st, TROTH_INVALID);
    }
}

static void test_small(void **state)
{
    (void)state;
    for (uint8_t minor = 0; minor < 3; minor++) {
        uint8_t raw[64];
        uint32_t id = 0;
        troth_giop_locate_reply r;
        troth_writer w = troth_writer_over(raw, sizeof raw, minor & 1 ? TROTH_LE : TROTH_BE);
        troth_giop_cancel_write(&w, minor, 77);
        assert_int_equal(w.len, 16);
        assert_int_equal(troth_giop_cancel_read((troth_bytes){ raw, 16 }, &id), TROTH_OK);
        assert_int_equal(id, 77);
        assert_int_equal(troth_giop_cancel_read((troth_bytes){ raw, 15 }, &id), TROTH_TRUNCATED);
        assert_int_equal(troth_giop_locate_reply_read((troth_bytes){ raw, 16 }, &r), TROTH_MALFORMED);
        troth_writer_reset(&w);
        troth_giop_locate_reply_write(&w, minor, 78, TROTH_GIOP_OBJECT_HERE);
        assert_int_equal(troth_giop_locate_reply_read((troth_bytes){ raw, w.len }, &r), TROTH_OK);
        assert_int_equal(r.request_id, 78);
        assert_int_equal(r.status, TROTH_GIOP_OBJECT_HERE);
        assert_int_equal(r.body, w.len);
        troth_writer_reset(&w);
        troth_giop_locate_reply_write(&w, minor, 78, 3); /* OBJECT_FORWARD_PERM came with 1.2 */
        assert_int_equal(troth_giop_locate_reply_read((troth_bytes){ raw, w.len }, &r),
                         minor < 2 ? TROTH_MALFORMED : 0);
        troth_writer_reset(&w);
        troth_giop_bare_write(&w, minor, TROTH_GIOP_MESSAGE_ERROR);
        assert_int_equal(w.len, 12);
        assert_int_equal(raw[7], 6);
    }
}

static void test_exception(void **state)
{
    (void)state;
    static const char id[] = "IDL:omg.org/CORBA/NO_PERMISSION:1.0";
    for (uint8_t minor = 0; minor < 3; minor++) {
        for (size_t sas = 0; sas < 10; sas++) {
            uint8_t raw[256];
            static const uint8_t token[16];
            troth_giop_contexts list = { 0 };
            troth_giop_reply r;
            troth_giop_system_exception x = { { (const uint8_t *)id, strlen(id) }, 5, TROTH_GIOP_COMPLETED_NO }, back;
            troth_writer w = troth_writer_over(raw, sizeof raw, sas & 1 ? TROTH_LE : TROTH_BE);
            if (sas)
                assert_int_equal(troth_giop_contexts_add(&list, 15, (troth_bytes){ token, sas }), TROTH_OK);
            troth_giop_system_exception_write(&w, minor, 3, &list, &x);
            troth_bytes m = { raw, w.len };
            assert_int_equal(troth_giop_reply_read(m, &r), TROTH_OK);
            assert_int_equal(r.status, TROTH_GIOP_SYSTEM_EXCEPTION);
            assert_true(minor < 2 || r.body % 8 == 0);
            assert_int_equal(troth_giop_system_exception_read(m, &r, &back), TROTH_OK);
            assert_int_equal(back.exception_id.len, strlen(id));
            assert_int_equal(back.minor_code_value, 5);
            assert_int_equal(back.completion_status, TROTH_GIOP_COMPLETED_NO);
            troth_ior ior;
            assert_int_equal(troth_giop_forward_read(m, &r, &ior), TROTH_BAD_STATE);
        }
    }
}

static void mutant(const uint8_t *p, size_t n, void *arg)
{
    static troth_giop_request q;
    static troth_giop_reply r;
    troth_bytes m = { p, n };
    troth_status st = troth_giop_request_read(m, &q), of_reply = troth_giop_reply_read(m, &r);
    if (arg && n < *(size_t *)arg)
        assert_true(st && of_reply);
    if (!st)
        assert_true(q.span.list <= q.span.list_end && q.span.list_end <= n && q.span.rest <= n && q.body <= n);
    if (!of_reply)
        assert_true(r.span.list <= r.span.list_end && r.span.list_end <= n && r.span.rest <= n && r.body <= n);
}

static void test_mutants(void **state)
{
    (void)state;
    for (int i = 0; i < 12; i++) {
        uint8_t raw[512];
        giop_case k = { .minor = (uint8_t)(i % 3),
                        .order = i / 3 % 2 ? TROTH_LE : TROTH_BE,
                        .reply = i / 6 % 2,
                        .n_sas = 9,
                        .n_other = 6,
                        .operation = 5,
                        .body = true };
        size_t n = giop_make(&k, raw, sizeof raw);
        vectors_mutate(raw, n, mutant, &n);
        for (size_t at = 12; at + 4 <= n; at += 4) { /* each ulong lies */
            uint8_t lie[512];
            memcpy(lie, raw, n);
            memset(lie + at, 0xff, 4);
            mutant(lie, n, NULL);
            lie[at] = lie[at + 3] = 0x7f;
            mutant(lie, n, NULL);
        }
    }
}

static void test_contexts(void **state)
{
    (void)state;
    troth_giop_contexts list = { 0 };
    troth_bytes found = { NULL, 0 };
    for (uint32_t i = 0; i < TROTH_GIOP_CONTEXTS_MAX; i++)
        assert_int_equal(troth_giop_contexts_add(&list, i % 4, (troth_bytes){ (const uint8_t *)"abcd", i % 5 }), 0);
    assert_int_equal(troth_giop_contexts_add(&list, 1, found), TROTH_LIMIT);
    assert_int_equal(troth_giop_contexts_find(&list, 2, &found), 8); /* a duplicate is seen */
    assert_int_equal(found.len, 2);
    assert_int_equal(troth_giop_contexts_remove(&list, 2), 8);
    assert_int_equal(troth_giop_contexts_find(&list, 2, &found), 0);
    assert_int_equal(list.n, 24);
    assert_int_equal(list.items[2].id, 3);
    while (troth_giop_contexts_count(&list) < TROTH_GIOP_CONTEXTS_MAX - 1)
        assert_int_equal(troth_giop_contexts_add(&list, 7, found), TROTH_OK);
    assert_int_equal(troth_giop_contexts_add(&list, TROTH_GIOP_PADDING, found), TROTH_OK);
    assert_int_equal(troth_giop_contexts_add(&list, 7, found), TROTH_OK); /* a padding of ours takes nobody's place */
    assert_int_equal(list.n, TROTH_GIOP_CONTEXTS_MAX + 1);
    assert_int_equal(troth_giop_contexts_add(&list, 7, found), TROTH_LIMIT);
    assert_int_equal(troth_giop_contexts_add(&list, TROTH_GIOP_PADDING, found), TROTH_LIMIT);
    uint8_t raw[1024];
    troth_giop_contexts again;
    for (int i = 0; i < 2; i++) { /* and is read as such; one context more is not */
        troth_writer w = troth_writer_over(raw, sizeof raw, TROTH_LE);
        troth_cdr_out out = troth_cdr_out_of(&w);
        troth_giop_contexts_put(&out, &list);
        assert_int_equal(w.st, TROTH_OK);
        troth_cdr in = troth_cdr_of((troth_bytes){ raw, w.len }, 0, TROTH_LE);
        troth_giop_contexts_get(&in, &again);
        assert_int_equal(in.r.st, i ? TROTH_LIMIT : TROTH_OK);
        assert_true(i || again.n == list.n);
        for (uint32_t k = 0; k < list.n; k++)
            list.items[k].id = 7;
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_request_1_0), cmocka_unit_test(test_request_1_2), cmocka_unit_test(test_operation),
        cmocka_unit_test(test_targets),     cmocka_unit_test(test_small),       cmocka_unit_test(test_exception),
        cmocka_unit_test(test_mutants),     cmocka_unit_test(test_contexts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
