/* What the tests of a target's judgement ask, and what they expect to be told. */
#ifndef TESTS_SAS_JUDGED_H
#define TESTS_SAS_JUDGED_H
#include <string.h>
#include <support/hex.h>
#include <support/sas.h>

static sas_rig rig;
static const troth_bytes nothing = { NULL, 0 };

static inline sas_rig *open_rig(void)
{
    sas_rig_init(&rig);
    sas_rig_open(&rig);
    return &rig;
}

static inline void refused(const char *what, troth_bytes element, int32_t major)
{
    sas_told t = sas_ask(&rig, element);
    if (t.accepted || t.marshal || t.major != major)
        fail_msg("%s: accepted %d, marshal %d, ContextError %d", what, t.accepted, t.marshal, t.major);
}

static inline sas_told accepted(const char *what, troth_bytes element, const char *name)
{
    sas_told t = sas_ask(&rig, element);
    if (!t.accepted || strcmp(t.name, name) != 0)
        fail_msg("%s: accepted %d as \"%s\", major %d", what, t.accepted, t.name, t.major);
    return t;
}

#endif
