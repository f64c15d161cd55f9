/* unit/csiv2/iiop_client_rig.h: a client's endpoint over a side of SAS that does as it is told, and messages for it. */
#ifndef TESTS_IIOP_CLIENT_RIG_H
#define TESTS_IIOP_CLIENT_RIG_H

#include <csiv2/iiop_client.h>
#include <support/env.h>
#include <support/iiop.h>
#include <unit/csiv2/fake_client.h>

static uint8_t buf[IIOP_OCTETS];

typedef struct rig {
    test_env env;
    iiop_end x;
} rig;

static inline void open_with(rig *r, troth_iiop_options o)
{
    troth_sas_client_options sas = { 0 };
    troth_endpoint *e;
    memset(&fake, 0, sizeof fake);
    fake.element = 21;
    test_env_init(&r->env);
    o.env = &r->env.env;
    assert_int_equal(troth_iiop_client_new(&sas, &o, 1000, &e), TROTH_OK);
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

static inline iiop_msg request(uint32_t id)
{
    return (iiop_msg){ .minor = 2, .type = TROTH_GIOP_REQUEST, .id = id, .other = 3, .body = true };
}

static inline iiop_msg reply(uint32_t id)
{
    static const uint8_t element[] = "element";
    return (iiop_msg){
        .minor = 2, .type = TROTH_GIOP_REPLY, .id = id, .n_sas = 1, .sas = { element, 7 }, .other = 5, .body = true
    };
}

static inline void only(const uint8_t *p, size_t n, iiop_seen *s)
{
    assert_int_equal(iiop_count(p, n), 1);
    assert_true(iiop_see(p, n, 0, s));
}

static inline void check_exception(rig *r, const char *name, troth_giop_completed completed, const iiop_msg *q)
{
    iiop_seen s;
    only(r->x.up, r->x.n_up, &s);
    assert_string_equal(s.exception, name);
    assert_int_equal(s.completed, completed);
    assert_int_equal(s.n_sas, 0);
    assert_int_equal(s.r.minor, q->minor);
    assert_int_equal(s.r.order, q->order);
    assert_int_equal(s.r.request_id, q->id);
    iiop_unsee(&s);
}

#endif
