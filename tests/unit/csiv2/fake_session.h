/*
 * A session of troth/sas.h that does what its elements say, for tests of the endpoint alone; to be included by one file of a
 * program, where it takes the place of the real one.
 *
 * Element: what to do, 3 octets (0, 0, 0: it establishes; n, 5, 0 or n, 0, 5: in the context n, none if 0), a name.
 *   A  accept as the name          W  the same, not before fake_release
 *   R  refuse, with an element     V  the same, not before fake_release
 *   M  refuse, MARSHAL             X  refuse, and close
 * No element: accept as nobody. An element that is in no context makes one for reuse, whose id is the name's length.
 */
#ifndef TESTS_FAKE_SESSION_H
#define TESTS_FAKE_SESSION_H

#include <string.h>
#include <support/test.h>
#include <troth/sas.h>

enum { FAKE_MAX = 64 };

typedef struct fake_ask {
    uint64_t id;
    bool used, told, served, waits, establishes;
    uint8_t inside;
    char what, name[32];
} fake_ask;

struct troth_sas_target {
    int unused;
};

struct troth_sas_session {
    fake_ask asks[FAKE_MAX];
    unsigned order[FAKE_MAX]; /* in which they came */
    unsigned n_order;
};

/* What tests look at and set. */
static struct {
    unsigned pending; /* requests without a verdict at most; 0 = FAKE_MAX */
    size_t answer;    /* octets of the element of a reply */
    unsigned in_use, ended, replied, freed;
    bool release;
    bool no_memory;
    uint64_t deadline;
} fake;

static uint8_t fake_octets[4096];
static char fake_name[32]; /* gone with the next call on the session, as the header has it */

troth_status troth_sas_session_new(troth_sas_target *t, const troth_env *env, const troth_transport *transport,
                                   troth_sas_session **ret)
{
    static troth_sas_session s;
    (void)t;
    (void)env;
    (void)transport;
    if (fake.no_memory)
        return TROTH_NO_MEMORY;
    s = (troth_sas_session){ 0 };
    memset(fake_octets, 'c', sizeof fake_octets);
    *ret = &s;
    return TROTH_OK;
}

void troth_sas_session_free(troth_sas_session *s)
{
    memset(s, 0, sizeof *s);
    fake.freed++;
}

static fake_ask *fake_find(troth_sas_session *s, uint64_t id)
{
    for (unsigned i = 0; i < FAKE_MAX; i++) {
        if (s->asks[i].used && s->asks[i].id == id)
            return &s->asks[i];
    }
    return NULL;
}

troth_status troth_sas_session_request(troth_sas_session *s, const troth_sas_request *q, uint64_t now)
{
    unsigned waiting = 0, at = FAKE_MAX;
    (void)now;
    memset(fake_name, '#', sizeof fake_name - 1);
    if (fake.no_memory)
        return TROTH_NO_MEMORY;
    if (fake_find(s, q->id))
        return TROTH_INVALID;
    for (unsigned i = FAKE_MAX; i-- > 0;) {
        waiting += s->asks[i].used && !s->asks[i].told;
        if (!s->asks[i].used)
            at = i;
    }
    if (at == FAKE_MAX || waiting >= (fake.pending ? fake.pending : FAKE_MAX))
        return TROTH_AGAIN;
    fake_ask *a = &s->asks[at];
    *a = (fake_ask){ .used = true, .id = q->id, .what = 'A' };
    if (q->n_elements > 1)
        a->what = 'R';
    else if (q->n_elements && q->element.len >= 4) {
        a->what = (char)q->element.data[0];
        a->establishes = !q->element.data[2] && !q->element.data[3];
        a->inside = q->element.data[1];
        a->waits = a->what == 'W' || a->what == 'V';
        size_t n = q->element.len - 4;
        memcpy(a->name, q->element.data + 4, n < sizeof a->name - 1 ? n : sizeof a->name - 1);
    } else if (q->n_elements) {
        a->what = 'M';
    }
    fake.in_use++;
    s->order[s->n_order++ % FAKE_MAX] = at;
    return TROTH_OK;
}

static void fake_end(fake_ask *a)
{
    a->used = false;
    fake.in_use--;
}

static fake_ask *fake_ready(troth_sas_session *s)
{
    unsigned from = s->n_order > FAKE_MAX ? s->n_order - FAKE_MAX : 0;
    for (unsigned i = from; i < s->n_order; i++) {
        fake_ask *a = &s->asks[s->order[i % FAKE_MAX]];
        if (a->used && !a->told && (!a->waits || fake.release))
            return a;
    }
    return NULL;
}

bool troth_sas_session_verdict(troth_sas_session *s, troth_sas_verdict *ret)
{
    char *name = fake_name;
    static uint8_t element[8];
    fake_ask *a = fake_ready(s);
    memset(fake_name, '#', sizeof fake_name - 1);
    if (!a)
        return false;
    a->told = true;
    *ret = (troth_sas_verdict){ .id = a->id };
    if (a->what == 'A' || a->what == 'W') {
        memcpy(name, a->name, sizeof fake_name);
        ret->accepted = a->served = true;
        ret->caller = (troth_sas_caller){ .caller = { name, name, "" },
                                          .authenticated = { name, name, "" },
                                          .mech = *name ? TROTH_MECH_GSSUP : TROTH_MECH_NONE,
                                          .stateful = a->establishes || a->inside,
                                          .context_id = a->establishes ? strlen(name) : a->inside,
                                          .expiry = UINT64_MAX };
        return true;
    }
    memset(element, 'e', sizeof element);
    ret->marshal = a->what == 'M';
    ret->close = a->what == 'X';
    if (a->what != 'M')
        ret->element = (troth_bytes){ element, sizeof element };
    ret->error = (troth_error){ .code = TROTH_DENIED, .wire = 1u << 16 | 1, .where = "fake" };
    fake_end(a);
    return true;
}

bool troth_sas_session_job(troth_sas_session *s, troth_job **ret)
{
    (void)s;
    (void)ret;
    return false;
}

void troth_sas_session_stepped(troth_sas_session *s, troth_job *job, uint64_t now)
{
    (void)s;
    (void)job;
    (void)now;
}

troth_status troth_sas_session_reply(troth_sas_session *s, uint64_t id, uint64_t now, troth_bytes *ret)
{
    fake_ask *a = fake_find(s, id);
    (void)now;
    memset(fake_name, '#', sizeof fake_name - 1);
    if (!a || !a->served)
        return TROTH_INVALID;
    *ret = (troth_bytes){ fake_octets, fake.answer };
    fake.replied++;
    fake_end(a);
    return TROTH_OK;
}

void troth_sas_session_end(troth_sas_session *s, uint64_t id, uint64_t now)
{
    fake_ask *a = fake_find(s, id);
    (void)now;
    memset(fake_name, '#', sizeof fake_name - 1);
    if (!a)
        return;
    fake.ended++;
    fake_end(a);
}

uint64_t troth_sas_session_deadline(const troth_sas_session *s)
{
    (void)s;
    return fake.deadline ? fake.deadline : UINT64_MAX;
}

void troth_sas_session_expire(troth_sas_session *s, uint64_t now)
{
    (void)s;
    if (now >= fake.deadline)
        fake.deadline = 0;
}

#endif
