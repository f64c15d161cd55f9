/* The table of contexts: what one costs, and what a million ids do. */
#include <csiv2/sas_table.h>
#include <string.h>
#include <support/sas.h>
#include <support/test.h>

#define ALICE sas_gssup("alice", "s3cret", "default")

#if defined __SANITIZE_ADDRESS__
#define SANITIZED 1
#elif defined __has_feature
#if __has_feature(address_sanitizer)
#define SANITIZED 1
#endif
#endif
#ifdef SANITIZED /* every step costs ten times as much */
enum { IDS = 100000 };
#else
enum { IDS = 1000000 };
#endif

static sas_rig rig;

static void test_nodes(void **state)
{
    (void)state;
    enum { N = 3000 };
    static troth_sas_node nodes[N];
    test_env t;
    troth_sas_table table;
    size_t at = 0, n = 0;
    test_env_init(&t);
    assert_int_equal(troth_sas_table_init(&table, &t.env), TROTH_OK);
    assert_null(troth_sas_table_find(&table, 0));
    for (size_t i = 0; i < N; i++) {
        nodes[i].id = i * 0x100000001u;
        assert_int_equal(troth_sas_table_add(&table, &nodes[i]), TROTH_OK);
    }
    for (size_t i = 0; i < N; i += 3)
        troth_sas_table_remove(&table, &nodes[i]);
    for (size_t i = 0; i < N; i++)
        assert_ptr_equal(troth_sas_table_find(&table, nodes[i].id), i % 3 ? &nodes[i] : NULL);
    while (troth_sas_table_pop(&table, &at))
        n++;
    assert_int_equal(n, N - N / 3);
    troth_sas_table_clear(&table);
    test_env_check(&t);
}

/* without memory for more buckets there are longer chains */
static void test_no_growth(void **state)
{
    (void)state;
    static troth_sas_node nodes[200];
    test_env t;
    troth_sas_table table;
    test_env_init(&t);
    assert_int_equal(troth_sas_table_init(&table, &t.env), TROTH_OK);
    t.dry = true;
    assert_int_equal(troth_sas_table_add(&table, &nodes[0]), TROTH_NO_MEMORY);
    t.dry = false;
    assert_int_equal(troth_sas_table_add(&table, &nodes[0]), TROTH_OK);
    t.dry = true;
    for (size_t i = 1; i < 200; i++) {
        nodes[i].id = i;
        assert_int_equal(troth_sas_table_add(&table, &nodes[i]), TROTH_OK);
    }
    for (size_t i = 0; i < 200; i++)
        assert_ptr_equal(troth_sas_table_find(&table, i), &nodes[i]);
    troth_sas_table_clear(&table);
    test_env_check(&t);
}

/* goal: at most 256 octets beside the identity, which all of them share */
static void test_cost(void **state)
{
    (void)state;
    enum { N = 4200 }; /* just behind a doubling: the dearest moment */
    sas_rig_init(&rig);
    rig.o.contexts = N;
    sas_rig_open(&rig);
    assert_true(sas_ask(&rig, sas_establish(1, ALICE, NULL)).stateful);
    size_t before = atomic_load(&rig.env.held);
    for (uint64_t id = 2; id <= N; id++)
        assert_true(sas_ask(&rig, sas_establish(id, ALICE, NULL)).stateful);
    size_t each = (atomic_load(&rig.env.held) - before) / (N - 1);
    print_message("a context: %zu octets, %zu of them its entry\n", each, sizeof(troth_sas_entry));
    assert_true(each <= 256);
    assert_int_equal(troth_idtable_len(&rig.s->callers), 1);
    sas_rig_close(&rig);
}

/* input 11: 10^6 ids, above the cap and one after another; memory stays flat */
static void test_million(void **state)
{
    (void)state;
    const troth_sas_identity nobody = { TROTH_CSI_ITT_ANONYMOUS, { NULL, 0 } };
    uint8_t element[64];
    size_t first = 0;
    sas_rig_init(&rig);
    sas_rig_open(&rig);
    troth_bytes e = sas_establish(1, (troth_bytes){ NULL, 0 }, &nobody);
    memcpy(element, e.data, e.len);
    for (uint64_t i = 1; i <= IDS; i++) {
        uint64_t id = i * 0x9e3779b97f4a7c15u;
        troth_sas_request q = { i, true, 1, { element, e.len } };
        troth_sas_verdict v;
        troth_bytes reply;
        memcpy(element + 8, &id, 8);
        assert_int_equal(troth_sas_session_request(rig.s, &q, rig.now), TROTH_OK);
        assert_true(troth_sas_session_verdict(rig.s, &v) && v.accepted && v.caller.stateful == (i <= 1024));
        assert_int_equal(troth_sas_session_reply(rig.s, i, rig.now, &reply), TROTH_OK);
        if (i == 1024)
            first = atomic_load(&rig.env.held);
        else if (i > 1024)
            assert_true(atomic_load(&rig.env.held) <= first);
    }
    print_message("%d ids: %zu octets held, 1,024 contexts established, and never more\n", (int)IDS, first);
    assert_int_equal(troth_sas_session_contexts(rig.s), 1024);
    sas_rig_close(&rig);
}

/* the same for ids that are let go: a connection that establishes and discards */
static void test_churn(void **state)
{
    (void)state;
    size_t first = 0;
    sas_rig_init(&rig);
    sas_rig_open(&rig);
    for (uint64_t id = 1; id <= 3000; id++) {
        assert_true(sas_ask(&rig, sas_establish(id, ALICE, NULL)).stateful);
        assert_true(sas_ask(&rig, sas_in_context(id, true)).accepted);
        if (id == 100)
            first = atomic_load(&rig.env.held);
    }
    assert_int_equal(atomic_load(&rig.env.held), first);
    assert_int_equal(troth_sas_session_contexts(rig.s), 0);
    sas_rig_close(&rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_nodes), cmocka_unit_test(test_no_growth),
                                        cmocka_unit_test(test_cost), cmocka_unit_test(test_million),
                                        cmocka_unit_test(test_churn) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
