/* Input 34: one guess a request is cheap in GIOP, so failures are counted, of a connection and of a user. */
#include <stdio.h>
#include <string.h>
#include <support/sas.h>
#include <support/test.h>

static sas_rig rig;

static sas_told guess(const char *user, const char *password)
{
    return sas_ask(&rig, sas_establish(0, sas_gssup(user, password, "default"), NULL));
}

static void test_connection(void **state)
{
    (void)state;
    sas_rig_init(&rig);
    rig.o.failures = 3;
    sas_rig_open(&rig);
    sas_told t = guess("alice", "a");
    assert_true(t.major == 1 && !t.close);
    assert_true(guess("alice", "s3cret").accepted); /* does not start the count anew */
    assert_false(guess("bob", "b").close);
    sas_give(&rig, rig.s, sas_establish(0, sas_gssup("alice", "c", "default"), NULL));
    sas_give(&rig, rig.s, sas_establish(0, sas_gssup("alice", "s3cret", "default"), NULL));
    sas_run(&rig, rig.s);
    t = sas_take(&rig, rig.s);
    assert_true(t.major == 1 && t.close);
    t = sas_take(&rig, rig.s); /* a guess that was right, but behind the last one allowed */
    assert_true(!t.accepted && t.close);
    unsigned seen = rig.checks;
    t = guess("alice", "s3cret");
    assert_true(!t.accepted && t.close && !t.marshal);
    assert_false(sas_ask(&rig, (troth_bytes){ NULL, 0 }).accepted);
    assert_int_equal(rig.checks, seen);
    troth_sas_session *other; /* another connection is another matter */
    assert_int_equal(troth_sas_session_new(rig.t, &rig.env.env, NULL, &other), TROTH_OK);
    t = sas_ask_on(&rig, other, sas_establish(0, sas_gssup("alice", "s3cret", "default"), NULL));
    assert_true(t.accepted);
    troth_sas_session_free(other);
    sas_rig_close(&rig);
}

/* who is refused for other reasons has not guessed */
static void test_not_counted(void **state)
{
    (void)state;
    sas_rig_init(&rig);
    rig.o.failures = 1;
    rig.banned = "bob";
    sas_rig_open(&rig);
    assert_int_equal(guess("bob", "hunter2").major, 1); /* proved himself */
    assert_int_equal(sas_ask(&rig, sas_in_context(9, false)).major, 4);
    assert_true(guess("alice", "s3cret").accepted);
    assert_true(guess("alice", "wrong").close);
    sas_rig_close(&rig);
}

/* 32 of one user in a minute, on whatever connections; then unseen for another */
static void test_user(void **state)
{
    (void)state;
    sas_rig_init(&rig);
    rig.o.user_failures = 4;
    rig.o.failures = 1000;
    sas_rig_open(&rig);
    const char *spellings[] = { "alice", "alice@", "alice@default", "alice" };
    sas_told wrong = { 0 };
    for (int i = 0; i < 4; i++) {
        rig.now += 10000;
        wrong = guess(spellings[i], "wrong");
        assert_int_equal(wrong.major, 1);
    }
    assert_int_equal(rig.checks, 4);
    rig.now += 59999;
    sas_told t = guess("alice", "s3cret");
    assert_int_equal(rig.checks, 4);
    assert_true(!t.accepted && t.major == wrong.major && t.n_token == wrong.n_token); /* as if it were wrong */
    assert_memory_equal(t.token, wrong.token, t.n_token);
    assert_true(guess("bob", "hunter2").accepted);
    rig.now++;
    assert_true(guess("alice", "s3cret").accepted);
    /* three in a minute are not four */
    for (int i = 0; i < 12; i++) {
        rig.now += 20001;
        assert_int_equal(guess("alice", "wrong").major, 1);
    }
    assert_true(guess("alice", "s3cret").accepted);
    sas_rig_close(&rig);
}

static troth_bytes name(char buf[32], int i)
{
    snprintf(buf, 32, "user%d", i);
    return (troth_bytes){ (const uint8_t *)buf, strlen(buf) };
}

/* the table is bounded, and who has failed most is not pushed out of it by those who failed once */
static void test_table(void **state)
{
    (void)state;
    test_env t;
    troth_sas_guard g;
    char buf[32];
    test_env_init(&t);
    t.seed = 3;
    assert_int_equal(troth_sas_guard_init(&g, &t.env, 2), TROTH_OK);
    uint64_t victim = troth_sas_guard_user(&g, name(buf, -1));
    assert_false(troth_sas_guard_bars(&g, victim, 5));
    troth_sas_guard_failed(&g, victim, 5);
    assert_false(troth_sas_guard_bars(&g, victim, 5));
    troth_sas_guard_failed(&g, victim, 5);
    size_t held = atomic_load(&t.held);
    for (int i = 0; i < 100000; i++)
        troth_sas_guard_failed(&g, troth_sas_guard_user(&g, name(buf, i)), 6);
    assert_true(troth_sas_guard_bars(&g, victim, 6));
    assert_int_equal(atomic_load(&t.held), held);
    assert_true(held < 65536);
    assert_true(troth_sas_guard_bars(&g, victim, 4)); /* asked by a connection whose clock stood still */
    troth_sas_guard_failed(&g, victim, 4);
    assert_true(troth_sas_guard_bars(&g, victim, 60004));
    assert_false(troth_sas_guard_bars(&g, victim, 60005));
    troth_sas_guard_clear(&g);
    test_env_check(&t);
    /* no memory for it: nothing is counted here, and nothing breaks */
    assert_int_equal(troth_sas_guard_init(&g, &t.env, 1), TROTH_OK);
    t.dry = true;
    troth_sas_guard_failed(&g, victim, 5);
    assert_false(troth_sas_guard_bars(&g, victim, 5));
    troth_sas_guard_clear(&g);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_connection), cmocka_unit_test(test_not_counted),
                                        cmocka_unit_test(test_user), cmocka_unit_test(test_table) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
