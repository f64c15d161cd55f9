/* What many requests and contexts have in common: a caller, an answer that was composed. */
#include <csiv2/sas_target.h>
#include <string.h>

enum { HEAD = 10 }; /* octets of a key in front of its strings */

static void put_text(troth_writer *w, const char *s)
{
    troth_write_bytes(w, s, strlen(s) + 1);
}

static void put_identity(troth_writer *w, const troth_identity *i)
{
    put_text(w, i->name);
    put_text(w, i->account);
    put_text(w, i->authority);
}

static const char *take_text(const char **at)
{
    const char *s = *at;
    *at += strlen(s) + 1;
    return s;
}

static troth_identity take_identity(const char **at)
{
    troth_identity i;
    i.name = take_text(at);
    i.account = take_text(at);
    i.authority = take_text(at);
    return i;
}

/* Who it is, as octets that differ for everyone else. */
static troth_status write_key(troth_writer *w, const troth_sas_who *d)
{
    troth_write_u8(w, (uint8_t)d->mech);
    troth_write_u8(w, d->asserted);
    troth_write_u32(w, d->flags);
    troth_write_u32(w, d->proof_flags);
    put_identity(w, &d->authenticated);
    if (d->asserted)
        put_identity(w, &d->caller);
    return w->st;
}

static troth_status make(troth_sas_session *s, const troth_sas_who *d, troth_bytes key, troth_sas_who **ret)
{
    troth_sas_who *who = troth_mem_new(s->env, sizeof *who + key.len);
    if (!who)
        return TROTH_NO_MEMORY;
    *who = (troth_sas_who){ .asserted = d->asserted, .mech = d->mech, .len = key.len };
    who->flags = d->flags;
    who->proof_flags = d->proof_flags;
    memcpy(who->key, key.data, key.len);
    const char *at = who->key + HEAD;
    who->authenticated = take_identity(&at);
    who->caller = d->asserted ? take_identity(&at) : who->authenticated;
    troth_status st = troth_idtable_add(&s->callers, key, who);
    if (st)
        troth_mem_free(s->env, who, sizeof *who + key.len);
    else
        *ret = who;
    return st;
}

troth_status troth_sas_who_get(troth_sas_session *s, const troth_sas_who *described, troth_sas_who **ret)
{
    troth_writer w = troth_writer_growing(s->env, 4 * TROTH_SAS_NAMES_MAX, TROTH_LE);
    troth_status st = write_key(&w, described);
    troth_bytes key = { w.base, w.len };
    troth_sas_who *who = st ? NULL : troth_idtable_find(&s->callers, key);
    if (!st && !who)
        st = make(s, described, key, &who);
    troth_writer_clear(&w);
    if (!st)
        *ret = troth_sas_who_ref(who);
    return st;
}

troth_sas_who *troth_sas_who_ref(troth_sas_who *who)
{
    who->refs++;
    return who;
}

void troth_sas_who_put(troth_sas_session *s, troth_sas_who *who)
{
    if (!who || --who->refs)
        return;
    (void)troth_idtable_remove(&s->callers, (troth_bytes){ (const uint8_t *)who->key, who->len });
    troth_mem_free(s->env, who, sizeof *who + who->len);
}

troth_status troth_sas_shared_make(troth_sas_session *s, const troth_sas_message *m, troth_sas_shared **ret)
{
    troth_sas_shared *a = troth_mem_new(s->env, sizeof *a);
    if (!a)
        return TROTH_NO_MEMORY;
    troth_writer w = troth_writer_growing(s->env, TROTH_SAS_OCTETS_MAX, TROTH_LE);
    troth_sas_write(&w, m);
    troth_status st = troth_writer_take(&w, &a->octets);
    troth_writer_clear(&w);
    a->refs = 1;
    if (st)
        troth_mem_free(s->env, a, sizeof *a);
    else
        *ret = a;
    return st;
}

troth_sas_shared *troth_sas_shared_ref(troth_sas_shared *a)
{
    if (a)
        a->refs++;
    return a;
}

void troth_sas_shared_put(troth_sas_session *s, troth_sas_shared *a)
{
    if (!a || --a->refs)
        return;
    troth_mem_drop(s->env, &a->octets);
    troth_mem_free(s->env, a, sizeof *a);
}
