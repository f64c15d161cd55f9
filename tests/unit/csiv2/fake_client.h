/*
 * The client's side of troth/sas.h, which does as its settings say, for tests of the endpoint alone; to be included by one file
 * of a program, where it takes the place of the real one.
 */
#ifndef TESTS_FAKE_CLIENT_H
#define TESTS_FAKE_CLIENT_H

#include <string.h>
#include <support/test.h>
#include <troth/sas.h>

enum { FAKE_CALLS = 64 };

struct troth_sas_client {
    uint64_t ids[FAKE_CALLS]; /* to be told of by _sending, in order */
    unsigned n;
};

static struct {
    bool hold, deny, no_memory; /* nothing is decided; nothing may be sent; no memory for a request */
    size_t element;             /* octets */
    unsigned pending;           /* at most; 0 = FAKE_CALLS */
    troth_sas_fate fate;        /* of the next reply */
    troth_sas_answer heard;     /* the last reply; its element is gone */
    unsigned in_use, ended, replies, freed;
    troth_csi_mech mech;
} fake;

static uint8_t fake_octets[4096];

troth_status troth_sas_client_new(const troth_sas_client_options *opts, troth_sas_client **ret)
{
    static troth_sas_client c;
    (void)opts;
    memset(fake_octets, 'k', sizeof fake_octets);
    c = (troth_sas_client){ 0 };
    *ret = &c;
    return TROTH_OK;
}

void troth_sas_client_free(troth_sas_client *c)
{
    (void)c;
    fake.freed++;
}

const troth_csi_mech *troth_sas_client_mech(const troth_sas_client *c)
{
    (void)c;
    return &fake.mech;
}

troth_status troth_sas_client_call(troth_sas_client *c, const troth_sas_call *call, uint64_t now)
{
    (void)now;
    if (fake.no_memory)
        return TROTH_NO_MEMORY;
    if (c->n >= (fake.pending ? fake.pending : FAKE_CALLS))
        return TROTH_AGAIN;
    c->ids[c->n++] = call->id;
    fake.in_use++;
    return TROTH_OK;
}

bool troth_sas_client_sending(troth_sas_client *c, troth_sas_sending *ret)
{
    if (!c->n || fake.hold)
        return false;
    *ret = (troth_sas_sending){ .id = c->ids[0], .send = !fake.deny, .element = { fake_octets, fake.element } };
    if (fake.deny) {
        ret->error = (troth_error){ .code = TROTH_NO_CRED, .where = "fake" };
        fake.in_use--;
    }
    memmove(c->ids, c->ids + 1, --c->n * sizeof *c->ids);
    return true;
}

bool troth_sas_client_job(troth_sas_client *c, troth_job **ret)
{
    (void)c;
    (void)ret;
    return false;
}

void troth_sas_client_stepped(troth_sas_client *c, troth_job *job, uint64_t now)
{
    (void)c;
    (void)job;
    (void)now;
}

troth_status troth_sas_client_reply(troth_sas_client *c, const troth_sas_answer *a, uint64_t now, troth_sas_fate *ret,
                                    troth_error *ret_err)
{
    (void)now;
    fake.heard = *a;
    fake.replies++;
    *ret = fake.fate;
    if (fake.fate == TROTH_SAS_RESEND)
        c->ids[c->n++] = a->id;
    else
        fake.in_use--;
    if (fake.fate != TROTH_SAS_PASS)
        *ret_err = (troth_error){ .code = TROTH_PEER_REFUSED, .where = "fake" };
    fake.fate = TROTH_SAS_PASS;
    return TROTH_OK;
}

void troth_sas_client_end(troth_sas_client *c, uint64_t id, uint64_t now)
{
    (void)now;
    fake.in_use--;
    fake.ended++;
    for (unsigned i = 0; i < c->n; i++) {
        if (c->ids[i] != id)
            continue;
        memmove(c->ids + i, c->ids + i + 1, (--c->n - i) * sizeof *c->ids);
        return;
    }
}

#endif
