/* R20, R22; SAS-12: the target owns the life of its contexts: idle, absolute and credential expiry, and inputs 37, 38. */
#include <string.h>
#include <support/sas.h>
#include <support/test.h>

#define ALICE sas_gssup("alice", "s3cret", "default")

enum { MINUTE = 60000, HOUR = 60 * MINUTE };

static sas_rig rig;

static void open_rig(uint64_t idle, uint64_t life)
{
    sas_rig_init(&rig);
    rig.o.idle_ms = idle;
    rig.o.life_ms = life;
    sas_rig_open(&rig);
}

static bool establish(uint64_t id)
{
    sas_told t = sas_ask(&rig, sas_establish(id, ALICE, NULL));
    assert_true(t.accepted);
    return t.stateful;
}

static bool there(uint64_t id)
{
    sas_told t = sas_ask(&rig, sas_in_context(id, false));
    assert_true(t.accepted || t.major == 4);
    return t.accepted;
}

static void test_idle(void **state)
{
    (void)state;
    open_rig(0, 0);
    assert_int_equal(troth_sas_session_deadline(rig.s), UINT64_MAX);
    assert_true(establish(1) && establish(2));
    assert_int_equal(troth_sas_session_deadline(rig.s), rig.now + 15 * MINUTE);
    rig.now += 14 * MINUTE;
    assert_true(there(1));
    rig.now += MINUTE;
    troth_sas_session_expire(rig.s, rig.now);
    assert_int_equal(troth_sas_session_contexts(rig.s), 1);
    assert_false(there(2));
    assert_int_equal(troth_sas_session_deadline(rig.s), rig.now + 14 * MINUTE);
    rig.now += 14 * MINUTE - 1;
    troth_sas_session_expire(rig.s, rig.now); /* early: harmless */
    assert_int_equal(troth_sas_session_contexts(rig.s), 1);
    rig.now++;
    assert_false(there(1)); /* without _expire, too */
    assert_int_equal(troth_sas_session_contexts(rig.s), 0);
    assert_int_equal(troth_sas_session_deadline(rig.s), UINT64_MAX);
    assert_true(establish(1)); /* R14 */
    sas_rig_close(&rig);
}

/* Times that are past all times are never, not long ago. */
static void test_never(void **state)
{
    (void)state;
    open_rig(UINT64_MAX, UINT64_MAX);
    rig.now = 5000;
    sas_give(&rig, rig.s, sas_establish(1, ALICE, NULL));
    assert_int_equal(troth_sas_session_deadline(rig.s), UINT64_MAX); /* while it is looked at */
    sas_run(&rig, rig.s);
    assert_true(sas_take(&rig, rig.s).accepted);
    assert_int_equal(troth_sas_session_deadline(rig.s), UINT64_MAX);
    rig.now = UINT64_MAX - 1;
    assert_true(there(1));
    sas_rig_close(&rig);
}

static void test_life(void **state)
{
    (void)state;
    open_rig(0, 0);
    assert_true(establish(1));
    uint64_t end = rig.now + 8 * (uint64_t)HOUR;
    while (rig.now + 10 * MINUTE < end) {
        rig.now += 10 * MINUTE;
        assert_true(there(1));
    }
    rig.now = end - 1;
    assert_true(there(1));
    rig.now = end;
    assert_false(there(1));
    sas_rig_close(&rig);
    open_rig(HOUR, MINUTE); /* a life that is shorter than idleness */
    assert_true(establish(1));
    assert_int_equal(troth_sas_session_deadline(rig.s), rig.now + MINUTE);
    troth_sas_session_expire(rig.s, rig.now + MINUTE);
    assert_int_equal(troth_sas_session_contexts(rig.s), 0);
    sas_rig_close(&rig);
}

/* R22; input 37: never silent success */
static void test_credential(void **state)
{
    (void)state;
    const uint64_t second = 10000000;
    open_rig(0, 0);
    rig.env.wall = 1000 * second;
    rig.krb_expiry = 1100 * second;
    sas_told t = sas_ask(&rig, sas_establish(1, sas_krb("AP-REQ alice@R 1"), NULL));
    assert_true(t.accepted && t.stateful);
    assert_int_equal(t.caller.expiry, 1100 * second);
    assert_int_equal(troth_sas_session_deadline(rig.s), rig.now + 100000);
    rig.env.wall = 1100 * second - 1;
    assert_true(there(1));
    rig.env.wall = 1100 * second;
    assert_false(there(1));
    assert_int_equal(troth_sas_session_contexts(rig.s), 0);
    /* by its deadline; and evidence repeated after it is looked at anew */
    rig.krb_expiry = 1200 * second;
    t = sas_ask(&rig, sas_establish(1, sas_krb("AP-REQ alice@R 2"), NULL));
    assert_true(t.accepted);
    uint64_t due = troth_sas_session_deadline(rig.s);
    rig.env.wall = 1200 * second;
    troth_sas_session_expire(rig.s, due);
    assert_int_equal(troth_sas_session_contexts(rig.s), 0);
    t = sas_ask(&rig, sas_establish(1, sas_krb("AP-REQ alice@R 2"), NULL));
    assert_true(!t.accepted && t.code == TROTH_REPLAY);
    sas_rig_close(&rig);
}

/* what runs is not idle, and is not cut short by the end of its context either */
static void test_in_use(void **state)
{
    (void)state;
    open_rig(MINUTE, HOUR);
    assert_true(establish(1));
    sas_give(&rig, rig.s, sas_in_context(1, false));
    sas_told running = sas_take(&rig, rig.s);
    for (int i = 0; i < 10; i++) {
        rig.now += MINUTE;
        troth_sas_session_expire(rig.s, rig.now);
    }
    assert_int_equal(troth_sas_session_contexts(rig.s), 1);
    sas_answer(&rig, rig.s, &running);
    rig.now += MINUTE - 1;
    assert_true(there(1));
    sas_give(&rig, rig.s, sas_in_context(1, false));
    running = sas_take(&rig, rig.s);
    rig.now += HOUR;
    troth_sas_session_expire(rig.s, rig.now);
    assert_int_equal(troth_sas_session_contexts(rig.s), 0);
    assert_false(there(1));
    assert_true(establish(1));
    sas_answer(&rig, rig.s, &running); /* of the one that left */
    assert_true(there(1));
    sas_rig_close(&rig);
}

/* input 38: a discard and the end of time at once: one removal, in either order */
static void test_race(void **state)
{
    (void)state;
    for (int first = 0; first < 2; first++) {
        open_rig(MINUTE, HOUR);
        assert_true(establish(1));
        sas_give(&rig, rig.s, sas_in_context(1, !first));
        sas_told t = sas_take(&rig, rig.s);
        assert_true(t.accepted);
        rig.now += HOUR;
        troth_sas_session_expire(rig.s, rig.now);
        assert_int_equal(troth_sas_session_contexts(rig.s), 0);
        sas_told late = sas_ask(&rig, sas_in_context(1, true));
        assert_int_equal(late.major, 4);
        assert_int_equal(rig.t->entries, 0);
        sas_answer(&rig, rig.s, &t);
        troth_sas_session_expire(rig.s, rig.now);
        assert_int_equal(rig.t->entries, 0);
        sas_rig_close(&rig);
    }
}

/* what has ended holds no place against the cap */
static void test_places(void **state)
{
    (void)state;
    sas_rig_init(&rig);
    rig.o.idle_ms = MINUTE;
    rig.o.contexts = 2;
    sas_rig_open(&rig);
    assert_true(establish(1) && establish(2));
    assert_false(establish(3));
    rig.now += MINUTE;
    assert_true(establish(3));
    sas_rig_close(&rig);
}

/* many, used in an order of chance: each ends an idle time after its last use */
static void test_many(void **state)
{
    (void)state;
    enum { N = 500 };
    uint64_t end[N], seed = 7;
    open_rig(MINUTE, 8 * HOUR);
    for (uint64_t id = 0; id < N; id++) {
        assert_true(establish(id + 1));
        end[id] = rig.now + MINUTE;
        rig.now += 10;
    }
    for (int round = 0; round < 20000; round++) {
        seed = seed * 6364136223846793005u + 1442695040888963407u;
        size_t id = (seed >> 33) % N;
        bool alive = rig.now < end[id];
        assert_int_equal(there(id + 1), alive);
        if (alive)
            end[id] = rig.now + MINUTE;
        rig.now += (seed >> 20) % 40;
        uint64_t due = troth_sas_session_deadline(rig.s);
        if (due <= rig.now)
            troth_sas_session_expire(rig.s, rig.now);
        size_t n = 0;
        for (size_t i = 0; i < N && round % 100 == 0; i++)
            n += rig.now < end[i];
        if (round % 100 == 0) {
            troth_sas_session_expire(rig.s, rig.now);
            assert_int_equal(troth_sas_session_contexts(rig.s), n);
        }
    }
    sas_rig_close(&rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_never),      cmocka_unit_test(test_idle),   cmocka_unit_test(test_life),
        cmocka_unit_test(test_credential), cmocka_unit_test(test_in_use), cmocka_unit_test(test_race),
        cmocka_unit_test(test_places),     cmocka_unit_test(test_many),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
