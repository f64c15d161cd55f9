/* Who calls: for the ORB, and for the owner. */
#include <base/siphash.h>
#include <csiv2/iiop_caller.h>
#include <giop/cdr.h>
#include <string.h>

static const char *text_of(const char *s)
{
    return s ? s : "";
}

static troth_bytes octets_of(const char *s)
{
    const char *text = text_of(s);
    return (troth_bytes){ (const uint8_t *)text, strlen(text) };
}

troth_flags troth_iiop_caller_flags(const troth_sas_caller *who)
{
    return *text_of(who->caller.name) ? TROTH_F_IDENTIFY : TROTH_F_ANONYMOUS;
}

void troth_iiop_caller_write(troth_writer *w, const troth_sas_caller *who, troth_flags flags)
{
    troth_cdr_out c = troth_cdr_out_encapsulation(w);
    troth_cdr_put_string(&c, octets_of(who->caller.name));
    troth_cdr_put_string(&c, octets_of(who->authenticated.name));
    troth_cdr_put_string(&c, octets_of(troth_mech_id_name(who->mech)));
    troth_cdr_put_u32(&c, flags);
}

/* ---- copies for events: the session's own views end with the next call on it ---- */

enum { NAMES = 6 };

static void put(troth_writer *w, const char *s)
{
    troth_bytes text = octets_of(s);
    troth_write_bytes(w, text.data, text.len);
    troth_write_u8(w, 0);
}

/* The n-th string behind the other. */
static const char *name_at(const troth_writer *w, unsigned n)
{
    const char *at = (const char *)w->base;
    while (n--)
        at += strlen(at) + 1;
    return at;
}

troth_status troth_iiop_caller_facts(troth_writer *w, const troth_sas_caller *who, troth_facts *ret)
{
    const troth_identity *a = &who->caller, *b = &who->authenticated;
    const char *const names[NAMES] = { a->name, a->account, a->authority, b->name, b->account, b->authority };
    troth_writer_reset(w);
    for (unsigned i = 0; i < NAMES; i++)
        put(w, names[i]);
    if (w->st)
        return w->st;
    *ret = (troth_facts){ .outer = who->mech,
                          .mech = who->mech,
                          .attributes = troth_iiop_caller_flags(who),
                          .peer = { name_at(w, 0), name_at(w, 1), name_at(w, 2) },
                          .self = { name_at(w, 3), name_at(w, 4), name_at(w, 5) },
                          .detail = who->asserted ? "asserted" : "",
                          .expiry = who->expiry };
    return TROTH_OK;
}

/* The names lie one behind the other, with their ends. */
uint64_t troth_iiop_caller_digest(const uint8_t key[16], const troth_facts *facts)
{
    const char *first = facts->peer.name, *last = facts->self.authority;
    uint64_t names = troth_siphash(key, first, (size_t)(last - first) + strlen(last) + 1);
    uint64_t parts[2] = { names, (uint64_t)facts->mech << 1 | (*facts->detail != 0) };
    return troth_siphash(key, parts, sizeof parts);
}
