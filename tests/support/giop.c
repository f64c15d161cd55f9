#include <string.h>
#include <support/giop.h>
#include <support/test.h>

static const uint8_t fill[70000];

static void put_body(troth_cdr_out *c)
{
    troth_cdr_put_u8(c, 7);
    troth_cdr_put_u64(c, 0x1122334455667788);
    troth_cdr_put_string(c, (troth_bytes){ (const uint8_t *)"body", 4 });
    troth_cdr_put_u64(c, 0x99aabbccddeeff00);
}

size_t giop_make(const giop_case *k, uint8_t *out, size_t cap)
{
    troth_writer w = troth_writer_over(out, cap, k->order);
    troth_giop_contexts list = { 0 };
    troth_cdr_out c;
    if (k->n_other)
        assert_int_equal(troth_giop_contexts_add(&list, TROTH_GIOP_CODE_SETS, (troth_bytes){ fill, k->n_other }), 0);
    if (k->n_sas)
        assert_int_equal(troth_giop_contexts_add(&list, TROTH_GIOP_SAS, (troth_bytes){ fill, k->n_sas }), 0);
    if (k->reply) {
        troth_giop_reply r = { .minor = k->minor, .request_id = 0x01020304, .status = 0, .contexts = list };
        c = troth_giop_reply_write(&w, &r, k->body);
    } else {
        troth_giop_request q = { .minor = k->minor,
                                 .request_id = 0x01020304,
                                 .response_flags = k->minor < 2 ? 1 : 3,
                                 .target = { .object_key = { (const uint8_t *)"key", 3 } },
                                 .operation = { (const uint8_t *)"operationoperation", k->operation },
                                 .principal = { (const uint8_t *)"me", 2 },
                                 .contexts = list };
        c = troth_giop_request_write(&w, &q, k->body);
    }
    if (k->body)
        put_body(&c);
    troth_giop_finish(&w, 0);
    assert_int_equal(w.st, TROTH_OK);
    return w.len;
}

static void check_list(const giop_case *k, const troth_giop_contexts *list, uint32_t n_sas, size_t len_sas)
{
    troth_bytes found = { NULL, 0 };
    assert_int_equal(troth_giop_contexts_find(list, TROTH_GIOP_SAS, &found), n_sas);
    assert_int_equal(found.len, n_sas ? len_sas : 0);
    assert_int_equal(troth_giop_contexts_find(list, TROTH_GIOP_CODE_SETS, &found), k->n_other != 0);
    assert_true(!k->n_other || found.len == k->n_other);
    assert_true(troth_giop_contexts_find(list, TROTH_GIOP_PADDING, &found) <= (k->minor < 2));
}

void giop_check(const giop_case *k, troth_bytes message, uint32_t n_sas, size_t len_sas)
{
    static troth_giop_request q;
    static troth_giop_reply r;
    size_t body;
    if (k->reply) {
        assert_int_equal(troth_giop_reply_read(message, &r), TROTH_OK);
        assert_int_equal(r.request_id, 0x01020304);
        check_list(k, &r.contexts, n_sas, len_sas);
        body = r.body;
    } else {
        assert_int_equal(troth_giop_request_read(message, &q), TROTH_OK);
        assert_int_equal(q.request_id, 0x01020304);
        assert_int_equal(q.operation.len, k->operation);
        assert_memory_equal(q.target.object_key.data, "key", 3);
        assert_true(troth_giop_response_expected(&q));
        check_list(k, &q.contexts, n_sas, len_sas);
        body = q.body;
    }
    assert_int_equal(k->body, body < message.len);
    if (!k->body)
        return;
    troth_cdr c = troth_cdr_of(message, body, k->order);
    assert_int_equal(troth_cdr_u8(&c), 7);
    assert_true(troth_cdr_u64(&c) == 0x1122334455667788);
    assert_memory_equal(troth_cdr_string(&c).data, "body", 5);
    assert_true(troth_cdr_u64(&c) == 0x99aabbccddeeff00);
    assert_int_equal(troth_cdr_end(&c), TROTH_OK);
}
