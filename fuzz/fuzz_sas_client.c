/*
 * A client's side of CSIv2 and a target that answers what it likes. First octet: options; then steps: an octet that says
 * what, and with a reply two octets of length and the element, into which the id that was sent is put unless told not to.
 */
#include <csi.h>
#include <csiv2/sas.h>
#include <fuzz.h>

enum { CALL, CALL_FOR, ONEWAY, SENDING, RUN, REPLY, REPLY_RAW, END, STEPS };
enum { STATEFUL = 1, SLOW = 2, QUIRKS = 4, LISTED = 8, CALLS = 64, AT_ID = 8 };

typedef struct called {
    uint64_t id, context;
    unsigned sent, resent;
    bool waits, little;
} called;

typedef struct driver {
    troth_sas_client *c;
    troth_job *held;
    called calls[CALLS];
    unsigned n;
    uint8_t how;
} driver;

static void give_back(driver *d)
{
    troth_job *job = d->held;
    d->held = NULL;
    if (!job)
        return;
    troth_job_run(job);
    troth_sas_client_stepped(d->c, job, 0);
}

static void sent(driver *d, const troth_sas_sending *s)
{
    troth_sas_message m;
    called *x = &d->calls[s->id];
    fuzz_demand(s->id < d->n && s->send == !s->error.code);
    if (!s->send)
        return;
    x->waits = true;
    x->sent++;
    fuzz_demand(x->sent <= 2 && x->sent <= x->resent + 1); /* never again without a reason, and once at most */
    if (!s->element.len)
        return;
    fuzz_demand(!troth_sas_read(s->element, NULL, &m));
    fuzz_demand(m.type == TROTH_SAS_ESTABLISH_CONTEXT || m.type == TROTH_SAS_MESSAGE_IN_CONTEXT);
    fuzz_demand(m.client_context_id || m.type == TROTH_SAS_ESTABLISH_CONTEXT);
    fuzz_demand(!m.client_context_id || d->how & STATEFUL);
    x->context = m.client_context_id;
}

static void settle(driver *d)
{
    troth_sas_sending s;
    for (;;) {
        while (!d->held && troth_sas_client_job(d->c, &d->held))
            if (!(d->how & SLOW))
                give_back(d);
        if (!troth_sas_client_sending(d->c, &s))
            return;
        sent(d, &s);
    }
}

static void call(driver *d, unsigned what)
{
    const troth_sas_assertion bob = { .user = "bob" };
    const troth_sas_call q = { d->n, what != ONEWAY, what == CALL_FOR ? &bob : NULL };
    if (d->n == CALLS)
        return;
    d->calls[d->n] = (called){ .id = d->n };
    d->n += !troth_sas_client_call(d->c, &q, 0);
}

static void reply(driver *d, unsigned which, bool raw, const uint8_t *p, size_t n)
{
    troth_sas_fate fate;
    troth_error error;
    called *x = d->n ? &d->calls[which % d->n] : NULL;
    if (!x || !x->waits)
        return;
    uint8_t *copy = fuzz_copy(p, n);
    for (unsigned i = 0; !raw && n >= AT_ID + 8 && i < 8; i++)
        copy[AT_ID + i] = (uint8_t)(x->context >> 8 * (copy[0] == 1 ? i : 7 - i));
    const troth_sas_answer a = { x->id, (troth_sas_reply_kind)(which / 8 % 4), n ? 1 + (which == 31) : 0, { copy, n } };
    fuzz_demand(!troth_sas_client_reply(d->c, &a, 0, &fate, &error));
    free(copy);
    x->waits = false;
    if (fate == TROTH_SAS_RESEND) {
        fuzz_demand(!x->resent++ && (a.kind == TROTH_SAS_REPLY_REFUSED || a.kind == TROTH_SAS_REPLY_EXCEPTION));
        return;
    }
    fuzz_demand(fate == TROTH_SAS_PASS || error.code);
    fuzz_demand(troth_sas_client_reply(d->c, &a, 0, &fate, &error) == TROTH_INVALID); /* it has ended */
}

static void steps(driver *d, const uint8_t *p, size_t n)
{
    for (size_t at = 0; at < n;) {
        uint8_t what = p[at++];
        size_t len;
        switch (what % STEPS) {
        case SENDING:
            settle(d);
            break;
        case RUN:
            give_back(d);
            break;
        case REPLY:
        case REPLY_RAW:
            len = n - at < 2 ? 0 : (size_t)p[at] << 8 | p[at + 1];
            at = n - at < 2 ? n : at + 2;
            len = len < n - at ? len : n - at;
            reply(d, what / STEPS, what % STEPS == REPLY_RAW, p + at, len);
            at += len;
            break;
        case END:
            if (d->n) {
                troth_sas_client_end(d->c, what / STEPS % d->n, 0);
                d->calls[what / STEPS % d->n].waits = false;
            }
            break;
        default:
            call(d, what % STEPS);
        }
        if (!(d->how & SLOW))
            settle(d);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uint8_t list[] = {
        /* V12 of docs/wire/sas.md's vectors: GSSUP required, names may be asserted, stateful */
        0x01, 0x01, 0x00, 0x00, 0x01, 0x00, 0x00, 0x00, 0x40, 0x00, 0x00, 0x00, 0x22, 0x00, 0x00, 0x00,
        0x00, 0x00, 0x00, 0x00, 0x40, 0x00, 0x40, 0x00, 0x08, 0x00, 0x00, 0x00, 0x06, 0x06, 0x67, 0x81,
        0x02, 0x01, 0x01, 0x01, 0x17, 0x00, 0x00, 0x00, 0x04, 0x01, 0x00, 0x08, 0x06, 0x06, 0x67, 0x81,
        0x02, 0x01, 0x01, 0x01, 0x00, 0x00, 0x00, 0x07, 0x64, 0x65, 0x66, 0x61, 0x75, 0x6c, 0x74, 0x00,
        0x00, 0x04, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x01, 0x00, 0x00, 0x00, 0x08, 0x00, 0x00, 0x00,
        0x06, 0x06, 0x67, 0x81, 0x02, 0x01, 0x01, 0x01, 0x02, 0x00, 0x00, 0x00
    };
    if (!size)
        return 0;
    test_env t;
    test_env_init(&t);
    t.seed = 1;
    driver d = { .how = data[0] };
    troth_cred *cred = fuzz_csi_cred(&t.env, TROTH_USE_INITIATE);
    const troth_transport transport = { .tls = true };
    const troth_sas_client_options o = { .env = &t.env,
                                         .cred = cred,
                                         .mech_list = { list, d.how & LISTED ? sizeof list : 0 },
                                         .unlisted = true,
                                         .realm = "default",
                                         .stateful = d.how & STATEFUL,
                                         .transport = &transport,
                                         .contexts = 2,
                                         .quirks = d.how & QUIRKS ? 7 : 0 };
    fuzz_demand(!troth_sas_client_new(&o, &d.c));
    steps(&d, data + 1, size - 1);
    give_back(&d);
    settle(&d);
    troth_sas_client_free(d.c);
    troth_job_free(d.held);
    troth_cred_unref(cred);
    fuzz_demand(!atomic_load(&t.blocks));
    return 0;
}
