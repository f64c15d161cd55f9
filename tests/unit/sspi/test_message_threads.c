/* One thread encrypts while another decrypts, on the same two contexts; for the thread sanitizer above all. */
#include "msgs.h"
#include <pthread.h>

enum { MESSAGES = 2000 };

typedef struct way {
    CtxtHandle *from, *to;
    SECURITY_STATUS status; /* the first that was no success */
    bool garbled;
} way;

static void *run_way(void *arg)
{
    way *w = arg;
    for (size_t i = 0; i < MESSAGES && !w->status && !w->garbled; i++) {
        uint8_t token[16], data[64];
        SecBuffer b[2] = { buf(SECBUFFER_TOKEN, token, 16), buf(SECBUFFER_DATA, memset(data, (int)i, 64), i % 65) };
        w->status = EncryptMessage(w->from, 0, LIST(b), 0);
        if (!w->status)
            w->status = DecryptMessage(w->to, LIST(b), 0, NULL);
        for (size_t k = 0; k < 64; k++)
            w->garbled |= data[k] != (uint8_t)i;
    }
    return NULL;
}

static void test_both_ways_at_once(void **state)
{
    talk t;
    pthread_t threads[2];
    (void)state;
    talk_open(&t, SEAL);
    way ways[2] = { { .from = &t.h[0], .to = &t.h[1] }, { .from = &t.h[1], .to = &t.h[0] } };
    for (int i = 0; i < 2; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, run_way, &ways[i]), 0);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
        assert_int_equal(ways[i].status, SEC_E_OK);
        assert_false(ways[i].garbled);
    }
    talk_goes_on(&t);
    talk_close(&t);
}

/* Several threads sign on one context: each message gets a number of its own. */
static void *sign_some(void *arg)
{
    way *w = arg;
    for (int i = 0; i < 500 && !w->status; i++) {
        uint8_t token[16], data[8] = "a text";
        SecBuffer b[2] = { buf(SECBUFFER_TOKEN, token, 16), buf(SECBUFFER_DATA, data, 8) };
        w->status = MakeSignature(w->from, 0, LIST(b), 0);
    }
    return NULL;
}

static void test_one_direction_is_serial(void **state)
{
    talk t;
    pthread_t threads[4];
    way ways[4];
    (void)state;
    talk_open(&t, SIGN);
    for (int i = 0; i < 4; i++) {
        ways[i] = (way){ .from = &t.h[0] };
        assert_int_equal(pthread_create(&threads[i], NULL, sign_some, &ways[i]), 0);
    }
    for (int i = 0; i < 4; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
        assert_int_equal(ways[i].status, SEC_E_OK);
    }
    assert_int_equal(((troth_ntlm *)talk_engine(&t.h[0])->leaf->impl)->channel.send.seq, 2000);
    talk_close(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_both_ways_at_once),
        cmocka_unit_test(test_one_direction_is_serial),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
