/* unit/csiv2/iiop_target_rig.h: a target's endpoint over a session that does as it is told, and messages for it. */
#ifndef TESTS_IIOP_TARGET_RIG_H
#define TESTS_IIOP_TARGET_RIG_H

#include <csiv2/iiop_target.h>
#include <stdlib.h>
#include <support/env.h>
#include <support/iiop.h>
#include <unit/csiv2/fake_session.h>

static uint8_t buf[IIOP_OCTETS];

typedef struct rig {
    test_env env;
    iiop_end x;
} rig;

static inline void open_with(rig *r, troth_iiop_options o)
{
    static struct troth_sas_target target;
    troth_transport transport = { .peer = "test" };
    troth_endpoint *e;
    memset(&fake, 0, sizeof fake);
    test_env_init(&r->env);
    o.env = &r->env.env;
    assert_int_equal(troth_iiop_target_new(&target, &o, &transport, 1000, &e), TROTH_OK);
    iiop_begin(&r->x, e);
}

static inline void begin(rig *r)
{
    open_with(r, (troth_iiop_options){ 0 });
}

static inline void finish(rig *r)
{
    iiop_finish(&r->x);
    assert_int_equal(fake.freed, 1);
    test_env_check(&r->env);
}

static inline size_t feed(rig *r, const iiop_msg *m)
{
    size_t n = iiop_make(m, buf, sizeof buf);
    return iiop_feed(&r->x, buf, n, 0);
}

static inline troth_status order(rig *r, const iiop_msg *m)
{
    troth_status st;
    size_t n = iiop_make(m, buf, sizeof buf);
    iiop_order(&r->x, buf, n, 0, &st);
    return st;
}

#define SAS(literal)                                                                                                   \
    {                                                                                                                  \
        (const uint8_t *)literal, sizeof literal - 1                                                                   \
    }
static const troth_bytes alice = SAS("A\0\0\0alice"), again = SAS("A\0\5\0alice"), bob = SAS("A\0\0\0bob"),
                         waits = SAS("W\0\0\0alice"), refused = SAS("R\0\0\0alice"), refused_late = SAS("V\0\0\0alice"),
                         marshal = SAS("M\0\0\0x"), closing = SAS("X\0\0\0x");

static inline iiop_msg request(uint32_t id, troth_bytes sas)
{
    return (iiop_msg){
        .minor = 2, .type = TROTH_GIOP_REQUEST, .id = id, .n_sas = sas.len > 0, .sas = sas, .other = 3, .body = true
    };
}

static inline iiop_msg reply(uint32_t id)
{
    return (iiop_msg){ .minor = 2, .type = TROTH_GIOP_REPLY, .id = id, .other = 5, .body = true };
}

static inline iiop_msg bare(uint8_t type, uint32_t id)
{
    return (iiop_msg){ .minor = 2, .type = type, .id = id };
}

/* The only message that the ORB has, or the peer. */
static inline void only(const uint8_t *p, size_t n, iiop_seen *s)
{
    assert_int_equal(iiop_count(p, n), 1);
    assert_true(iiop_see(p, n, 0, s));
}

static inline void check_exception(rig *r, const char *name, uint32_t n_sas, uint8_t minor, troth_order byte_order)
{
    iiop_seen s;
    only(r->x.out, r->x.n_out, &s);
    assert_int_equal(s.type, TROTH_GIOP_REPLY);
    assert_string_equal(s.exception, name);
    assert_int_equal(s.completed, TROTH_GIOP_COMPLETED_NO);
    assert_int_equal(s.n_sas, n_sas);
    assert_int_equal(s.r.minor, minor);
    assert_int_equal(s.r.order, byte_order);
    iiop_unsee(&s);
}

static const troth_iiop_options publishing = { .publish_host = "gateway",
                                               .publish_port = 2810,
                                               .publish_component = SAS("component") };

#endif
