#include <sec/context.h>
#include <string.h>
#include <support/env.h>
#include <support/fake_mech.h>
#include <support/pair.h>
#include <support/test.h>

typedef struct world {
    test_env t;
    fake_mech f;
    troth_context *i, *a;
} world;

static void begin_with(world *w, troth_mech_id id, troth_flags require, uint64_t expiry)
{
    *w = (world){ 0 };
    test_env_init(&w->t);
    fake_mech_init(&w->f, id);
    w->f.expiry = expiry;
    troth_cred *cred = fake_cred(&w->f, &w->t.env, TROTH_USE_BOTH, NULL);
    troth_context_options opts = { .mech = w->f.mech.name, .require = require };
    pair_make(cred, cred, &opts, &w->i, &w->a);
    troth_cred_unref(cred);
    assert_int_equal(pair_shake(&w->t.env, &w->i, &w->a, NULL), TROTH_OK);
}

static void begin(world *w)
{
    begin_with(w, TROTH_MECH_KERBEROS, TROTH_F_CONFIDENTIALITY | TROTH_F_SEQUENCE, UINT64_MAX);
}

static void end(world *w)
{
    troth_context_free(w->i);
    troth_context_free(w->a);
    test_env_check(&w->t);
}

/* One message of a head that is only signed and a body. */
typedef struct letter {
    char head[8], body[16];
    uint8_t token[FAKE_TOKEN];
    troth_segment segs[2];
    troth_message m;
} letter;

static void write_letter(letter *l, const char *body)
{
    memset(l, 0, sizeof *l);
    strcpy(l->head, "header");
    strcpy(l->body, body);
    l->segs[0] = (troth_segment){ TROTH_SEG_SIGN_ONLY, (uint8_t *)l->head, 8 };
    l->segs[1] = (troth_segment){ TROTH_SEG_DATA, (uint8_t *)l->body, 16 };
    l->m = (troth_message){ .segs = l->segs, .n_segs = 2, .token = l->token, .token_len = sizeof l->token };
}

static troth_status protect(troth_context *c, troth_form form, letter *l)
{
    size_t done = 99;
    troth_status st = troth_context_protect(c, form, &l->m, 1, &done);
    assert_int_equal(done, st ? 0 : 1);
    return st;
}

static troth_status unprotect(troth_context *c, troth_form form, letter *l)
{
    size_t done = 99;
    troth_status st = troth_context_unprotect(c, form, &l->m, 1, &done);
    assert_int_equal(done, st ? 0 : 1);
    return st;
}

static void three_forms(void **state)
{
    (void)state;
    static const troth_mech_id ids[] = { TROTH_MECH_KERBEROS, TROTH_MECH_NTLM };
    for (size_t k = 0; k < 2; k++) {
        world w;
        begin_with(&w, ids[k], TROTH_F_CONFIDENTIALITY | TROTH_F_SEQUENCE, UINT64_MAX);
        size_t allocs = atomic_load(&w.t.allocs);
        for (unsigned n = 0; n < 30; n++) {
            troth_form form = (troth_form)(n % 3);
            troth_context *from = n & 1 ? w.i : w.a, *to = n & 1 ? w.a : w.i;
            letter l;
            write_letter(&l, "hello");
            assert_int_equal(troth_context_token_size(from, form, 16), FAKE_TOKEN);
            assert_int_equal(protect(from, form, &l), TROTH_OK);
            assert_string_equal(l.head, "header");
            assert_int_equal(!strcmp(l.body, "hello"), form != TROTH_FORM_SEAL);
            assert_int_equal(unprotect(to, form, &l), TROTH_OK);
            assert_string_equal(l.body, "hello");
        }
        assert_int_equal(atomic_load(&w.t.allocs), allocs); /* a message allocates nothing */
        end(&w);
    }
}

static void too_low(void **state)
{
    (void)state;
    static const struct {
        troth_flags require;
        troth_status mic, wrap, seal;
    } table[] = {
        { 0, TROTH_TOO_LOW, TROTH_TOO_LOW, TROTH_TOO_LOW },
        { TROTH_F_INTEGRITY, TROTH_OK, TROTH_OK, TROTH_TOO_LOW },
        { TROTH_F_CONFIDENTIALITY, TROTH_OK, TROTH_OK, TROTH_OK },
        { TROTH_F_NO_INTEGRITY | TROTH_F_INTEGRITY, TROTH_TOO_LOW, TROTH_TOO_LOW, TROTH_TOO_LOW },
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        world w;
        begin_with(&w, TROTH_MECH_NTLM, table[i].require, UINT64_MAX);
        const troth_status want[] = { table[i].mic, table[i].wrap, table[i].seal };
        for (unsigned form = 0; form < 3; form++) {
            letter l, before;
            write_letter(&l, "hello");
            before = l;
            assert_int_equal(protect(w.i, (troth_form)form, &l), want[form]);
            if (!want[form]) {
                assert_int_equal(unprotect(w.a, (troth_form)form, &l), TROTH_OK);
                continue;
            }
            assert_memory_equal(l.body, before.body, 16); /* nothing changed */
            assert_memory_equal(l.token, before.token, FAKE_TOKEN);
            assert_int_equal(unprotect(w.a, (troth_form)form, &l), TROTH_TOO_LOW);
        }
        end(&w);
    }
}

static void flip(letter *l, size_t bit)
{
    uint8_t mask = (uint8_t)(1u << bit % 8);
    size_t at = bit / 8;
    if (at < 8)
        l->head[at] = (char)(l->head[at] ^ mask);
    else if (at < 8 + 16)
        l->body[at - 8] = (char)(l->body[at - 8] ^ mask);
    else
        l->token[at - 8 - 16] ^= mask;
}

/* Any bit of a message flipped: refused, its body wiped, and the good one is still taken afterwards. */
static void every_bit(void **state)
{
    (void)state;
    world w;
    begin(&w);
    static const char nothing[16];
    for (unsigned form = 0; form < 3; form++) {
        letter good, l;
        write_letter(&good, "the plaintext");
        assert_int_equal(protect(w.i, (troth_form)form, &good), TROTH_OK);
        for (size_t bit = 0; bit < (8 + 16 + FAKE_TOKEN) * 8; bit++) {
            write_letter(&l, "");
            memcpy(l.head, good.head, 8);
            memcpy(l.body, good.body, 16);
            memcpy(l.token, good.token, FAKE_TOKEN);
            flip(&l, bit);
            troth_status st = unprotect(w.a, (troth_form)form, &l);
            assert_true(st == TROTH_BAD_MIC || st == TROTH_NOT_SEALED);
            assert_memory_equal(l.body, nothing, 16);
            if (bit >= 64)
                assert_string_equal(l.head, "header"); /* what is only signed is never changed */
        }
        good.m.segs = good.segs;
        good.segs[0].data = (uint8_t *)good.head;
        assert_int_equal(unprotect(w.a, (troth_form)form, &good), TROTH_OK);
        assert_string_equal(good.body, "the plaintext");
    }
    end(&w);
}

static void not_sealed(void **state)
{
    (void)state;
    world w;
    begin(&w);
    letter l;
    write_letter(&l, "plain");
    assert_int_equal(protect(w.i, TROTH_FORM_WRAP, &l), TROTH_OK);
    assert_int_equal(unprotect(w.a, TROTH_FORM_SEAL, &l), TROTH_NOT_SEALED);
    assert_int_equal(l.body[0], 0);
    end(&w);
}

static void sequence(void **state)
{
    (void)state;
    world w;
    begin(&w);
    letter first, again, second, third;
    write_letter(&first, "1");
    assert_int_equal(protect(w.i, TROTH_FORM_SEAL, &first), TROTH_OK);
    again = first;
    again.m.segs = again.segs;
    again.m.token = again.token;
    again.segs[0].data = (uint8_t *)again.head;
    again.segs[1].data = (uint8_t *)again.body;
    write_letter(&second, "2");
    write_letter(&third, "3");
    assert_int_equal(protect(w.i, TROTH_FORM_SEAL, &second), TROTH_OK);
    assert_int_equal(protect(w.i, TROTH_FORM_SEAL, &third), TROTH_OK);
    assert_int_equal(unprotect(w.a, TROTH_FORM_SEAL, &first), TROTH_OK);
    assert_int_equal(unprotect(w.a, TROTH_FORM_SEAL, &again), TROTH_REPLAY);
    assert_int_equal(again.body[0], 0);
    assert_int_equal(unprotect(w.a, TROTH_FORM_SEAL, &third), TROTH_OUT_OF_ORDER);
    assert_int_equal(third.body[0], 0);
    assert_int_equal(unprotect(w.a, TROTH_FORM_SEAL, &second), TROTH_OK);
    assert_string_equal(second.body, "2");
    end(&w);
}

static void batches(void **state)
{
    (void)state;
    world w;
    begin(&w);
    enum { N = 5 };
    letter l[N];
    troth_message m[N];
    size_t done = 0;
    for (size_t i = 0; i < N; i++) {
        write_letter(&l[i], "batch");
        m[i] = l[i].m;
    }
    assert_int_equal(troth_context_protect(w.i, TROTH_FORM_SEAL, m, N, &done), TROTH_OK);
    assert_int_equal(done, N);
    char third[16];
    memcpy(third, l[2].body, 16);
    l[2].body[3] ^= 1;
    assert_int_equal(troth_context_unprotect(w.a, TROTH_FORM_SEAL, m, N, &done), TROTH_BAD_MIC);
    assert_int_equal(done, 2); /* stops at the first that fails */
    assert_string_equal(l[1].body, "batch");
    assert_int_equal(l[2].body[0], 0);
    assert_string_not_equal(l[3].body, "batch"); /* and the next are untouched */
    memcpy(l[2].body, third, 16);
    assert_int_equal(troth_context_unprotect(w.a, TROTH_FORM_SEAL, m + 2, N - 2, NULL), TROTH_OK);
    for (size_t i = 0; i < N; i++)
        assert_string_equal(l[i].body, "batch");
    assert_int_equal(troth_context_unprotect(w.a, TROTH_FORM_SEAL, NULL, 0, &done), TROTH_OK);
    assert_int_equal(done, 0);
    for (size_t i = 0; i < N; i++) /* a failure in the middle of sending */
        write_letter(&l[i], "batch"), m[i] = l[i].m;
    m[3].token_len = FAKE_TOKEN - 1;
    assert_int_equal(troth_context_protect(w.i, TROTH_FORM_SEAL, m, N, &done), TROTH_NO_SPACE);
    assert_int_equal(done, 3);
    assert_string_equal(l[3].body, "batch");
    assert_int_equal(troth_context_unprotect(w.a, TROTH_FORM_SEAL, m, 3, &done), TROTH_OK);
    end(&w);
}

static void malformed_messages(void **state)
{
    (void)state;
    world w;
    begin(&w);
    letter l;
    write_letter(&l, "hello");
    l.segs[1].kind = TROTH_SEG_STREAM; /* never to protect */
    assert_int_equal(protect(w.i, TROTH_FORM_WRAP, &l), TROTH_INVALID);
    assert_int_equal(unprotect(w.a, TROTH_FORM_WRAP, &l), TROTH_INVALID); /* not the only one */
    l.m.segs = l.segs + 1;
    l.m.n_segs = 1;
    assert_int_equal(protect(w.i, TROTH_FORM_WRAP, &l), TROTH_INVALID);
    assert_int_equal(unprotect(w.a, TROTH_FORM_WRAP, &l), TROTH_INVALID); /* with a token beside it */
    assert_string_equal(l.body, "hello");                                 /* a caller's slip changes nothing */
    write_letter(&l, "hello");
    l.segs[1].kind = (troth_segment_kind)3;
    assert_int_equal(protect(w.i, TROTH_FORM_WRAP, &l), TROTH_INVALID);
    write_letter(&l, "hello");
    l.segs[1].data = NULL;
    assert_int_equal(protect(w.i, TROTH_FORM_WRAP, &l), TROTH_INVALID);
    write_letter(&l, "hello");
    l.m.token = NULL;
    assert_int_equal(protect(w.i, TROTH_FORM_WRAP, &l), TROTH_INVALID);
    write_letter(&l, "hello");
    l.m.n_segs = 0;
    assert_int_equal(protect(w.i, TROTH_FORM_WRAP, &l), TROTH_OK); /* an empty message is a message */
    assert_int_equal(unprotect(w.a, TROTH_FORM_WRAP, &l), TROTH_OK);
    end(&w);
}

static void streams(void **state)
{
    (void)state;
    world w;
    begin(&w);
    static const uint8_t nothing[FAKE_TOKEN + 5];
    for (unsigned form = TROTH_FORM_WRAP; form <= TROTH_FORM_SEAL; form++) {
        uint8_t octets[FAKE_TOKEN + 5] = "........hello", good[sizeof octets];
        troth_segment seg = { TROTH_SEG_DATA, octets + FAKE_TOKEN, 5 };
        troth_message m = { .segs = &seg, .n_segs = 1, .token = octets, .token_len = FAKE_TOKEN };
        assert_int_equal(troth_context_protect(w.i, (troth_form)form, &m, 1, NULL), TROTH_OK);
        memcpy(good, octets, sizeof octets);
        for (size_t len = 0; len < sizeof octets; len++) { /* cut short anywhere: refused, and wiped whole */
            memcpy(octets, good, sizeof octets);
            seg = (troth_segment){ TROTH_SEG_STREAM, octets, len };
            m = (troth_message){ .segs = &seg, .n_segs = 1 };
            assert_int_not_equal(troth_context_unprotect(w.a, (troth_form)form, &m, 1, NULL), TROTH_OK);
            assert_memory_equal(octets, nothing, len);
            assert_int_equal(seg.kind, TROTH_SEG_STREAM);
        }
        memcpy(octets, good, sizeof octets);
        seg = (troth_segment){ TROTH_SEG_STREAM, octets, sizeof octets };
        m = (troth_message){ .segs = &seg, .n_segs = 1 };
        assert_int_equal(troth_context_unprotect(w.a, (troth_form)form, &m, 1, NULL), TROTH_OK);
        assert_int_equal(seg.kind, TROTH_SEG_DATA); /* narrowed to the data */
        assert_int_equal(seg.len, 5);
        assert_memory_equal(seg.data, "hello", 5);
    }
    end(&w);
}

static void expiry(void **state)
{
    (void)state;
    world w;
    begin_with(&w, TROTH_MECH_NTLM, TROTH_F_CONFIDENTIALITY, 5000);
    letter l, late;
    w.t.wall = 4999;
    write_letter(&l, "hello");
    write_letter(&late, "hello");
    assert_int_equal(protect(w.i, TROTH_FORM_SEAL, &l), TROTH_OK);
    assert_int_equal(protect(w.i, TROTH_FORM_SEAL, &late), TROTH_OK);
    assert_int_equal(unprotect(w.a, TROTH_FORM_SEAL, &l), TROTH_OK);
    w.t.wall = 5000;
    assert_int_equal(unprotect(w.a, TROTH_FORM_SEAL, &late), TROTH_EXPIRED);
    assert_string_not_equal(late.body, "hello");
    assert_int_equal(protect(w.a, TROTH_FORM_SEAL, &l), TROTH_EXPIRED);
    assert_string_equal(l.body, "hello");
    end(&w);
}

static void numbers_used_up(void **state)
{
    (void)state;
    world w;
    begin(&w);
    w.f.max_messages = 1;
    letter l;
    write_letter(&l, "hello");
    assert_int_equal(protect(w.i, TROTH_FORM_WRAP, &l), TROTH_OK);
    write_letter(&l, "hello");
    assert_int_equal(protect(w.i, TROTH_FORM_SEAL, &l), TROTH_LIMIT);
    assert_string_equal(l.body, "hello");
    end(&w);
}

static void datagrams(void **state)
{
    (void)state;
    world w;
    begin_with(&w, TROTH_MECH_NTLM, TROTH_F_DATAGRAM | TROTH_F_INTEGRITY, UINT64_MAX);
    static const uint64_t order[] = { 5, 1, 900 };
    for (size_t i = 0; i < 3; i++) {
        letter l;
        write_letter(&l, "hello");
        l.m.seq = order[i];
        assert_int_equal(protect(w.i, TROTH_FORM_WRAP, &l), TROTH_OK);
        assert_int_equal(unprotect(w.a, TROTH_FORM_WRAP, &l), TROTH_OK);
    }
    letter l;
    write_letter(&l, "hello");
    l.m.seq = 7;
    assert_int_equal(protect(w.i, TROTH_FORM_WRAP, &l), TROTH_OK);
    l.m.seq = 8;
    assert_int_equal(unprotect(w.a, TROTH_FORM_WRAP, &l), TROTH_OUT_OF_ORDER);
    end(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(three_forms),     cmocka_unit_test(too_low),
        cmocka_unit_test(every_bit),       cmocka_unit_test(not_sealed),
        cmocka_unit_test(sequence),        cmocka_unit_test(batches),
        cmocka_unit_test(streams),         cmocka_unit_test(malformed_messages),
        cmocka_unit_test(expiry),          cmocka_unit_test(datagrams),
        cmocka_unit_test(numbers_used_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
