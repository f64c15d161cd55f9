/* Two threads on one context, one for each direction: a mechanism that needs the lock, and one that needs none. */
#include <sec/context.h>
#include <support/duplex.h>
#include <support/env.h>
#include <support/fake_mech.h>
#include <support/pair.h>
#include <support/test.h>

enum { LONE_WORK = 300 };

/* A mechanism that writes, in both directions, what a lock alone keeps apart: two in it at once are noticed. */
static struct {
    troth_status (*protect)(void *impl, troth_form form, troth_message *msg);
    troth_status (*unprotect)(void *impl, troth_form form, troth_message *msg);
    volatile unsigned inside;
    atomic_uint met;
} alone;

static void work_alone(void)
{
    alone.inside++;
    for (unsigned i = 0; i < LONE_WORK; i++)
        if (alone.inside != 1)
            atomic_fetch_add(&alone.met, 1);
    alone.inside--;
}

static troth_status lone_protect(void *impl, troth_form form, troth_message *msg)
{
    work_alone();
    return alone.protect(impl, form, msg);
}

static troth_status lone_unprotect(void *impl, troth_form form, troth_message *msg)
{
    work_alone();
    return alone.unprotect(impl, form, msg);
}

static void run(fake_mech *f, bool records)
{
    test_env t;
    troth_context *i, *a;
    test_env_init(&t);
    troth_cred *cred = fake_cred(f, &t.env, TROTH_USE_BOTH, NULL);
    troth_context_options opts = { .mech = f->mech.name, .require = TROTH_F_CONFIDENTIALITY | TROTH_F_SEQUENCE };
    opts.require |= records ? TROTH_F_STREAM : 0;
    pair_make(cred, cred, &opts, &i, &a);
    troth_cred_unref(cred);
    assert_int_equal(pair_shake(&t.env, &i, &a, NULL), TROTH_OK);
    size_t allocs = t.allocs;
    if (records) {
        duplex_records(i, a);
    } else {
        duplex_messages(i, a, TROTH_FORM_SEAL);
        duplex_messages(i, a, TROTH_FORM_WRAP);
        assert_int_equal(t.allocs, allocs);
    }
    troth_context_free(i);
    troth_context_free(a);
    test_env_check(&t);
}

static void locked(void **state)
{
    (void)state;
    fake_mech f;
    fake_mech_init(&f, TROTH_MECH_KERBEROS);
    assert_int_equal(f.mech.duplex, TROTH_DUPLEX_LOCKED);
    alone.protect = f.mech.protect;
    alone.unprotect = f.mech.unprotect;
    f.mech.protect = lone_protect;
    f.mech.unprotect = lone_unprotect;
    run(&f, false);
    assert_int_equal(atomic_load(&alone.met), 0);
}

static void free_of_locks(void **state)
{
    (void)state;
    fake_mech f;
    fake_mech_init(&f, TROTH_MECH_NTLM);
    assert_int_equal(f.mech.duplex, TROTH_DUPLEX_FREE);
    run(&f, false);
}

static void records(void **state)
{
    (void)state;
    fake_mech f;
    fake_mech_init(&f, TROTH_MECH_KERBEROS);
    fake_mech_records(&f);
    run(&f, true);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(locked), cmocka_unit_test(free_of_locks),
                                        cmocka_unit_test(records) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
