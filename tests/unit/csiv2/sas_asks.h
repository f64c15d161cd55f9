/* What the tests of a target's contexts ask, and what they expect to be told: alice's evidence is right. */
#ifndef TESTS_SAS_ASKS_H
#define TESTS_SAS_ASKS_H
#include <string.h>
#include <support/sas.h>

#define ALICE sas_gssup("alice", "s3cret", "default")

static sas_rig rig;

static inline sas_rig *open_rig(void)
{
    sas_rig_init(&rig);
    sas_rig_open(&rig);
    return &rig;
}

static inline void is_accepted(const sas_told *t, uint64_t id, bool stateful)
{
    assert_true(t->accepted && t->complete);
    assert_string_equal(t->name, "alice");
    assert_int_equal(t->id, id);
    assert_int_equal(t->stateful, stateful);
    assert_int_equal(t->caller.stateful, stateful);
    assert_int_equal(t->caller.context_id, stateful ? id : 0);
}

static inline void is_refused(const sas_told *t, uint64_t id, int32_t major)
{
    assert_true(t->any && !t->accepted && !t->marshal);
    assert_int_equal(t->major, major);
    assert_int_equal(t->wire, (uint32_t)major << 16 | 1);
    assert_int_equal(t->id, id);
}

static inline void in_context(sas_rig *r, uint64_t id)
{
    sas_told t = sas_ask(r, sas_in_context(id, false));
    assert_true(t.accepted && !t.complete); /* the reply needs no SAS context */
    assert_string_equal(t.name, "alice");
    assert_int_equal(t.caller.context_id, id);
}

static inline void no_context(sas_rig *r, uint64_t id)
{
    sas_told t = sas_ask(r, sas_in_context(id, false));
    is_refused(&t, id, 4);
}

#endif
