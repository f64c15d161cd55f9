/* Which contexts are there: by id, by what they were established with, by time. */
#include <csiv2/sas_target.h>
#include <sec/expiry.h>
#include <stddef.h>

static void digest_octets(troth_hmac_sha *h, uint32_t kind, troth_bytes octets)
{
    uint64_t head[2] = { kind, octets.len }; /* as they lie in memory: digests do not leave this process */
    troth_hmac_sha_update(h, head, sizeof head);
    troth_hmac_sha_update(h, octets.data, octets.len);
}

void troth_sas_digest(const troth_sas_target *t, const troth_sas_establish *m, uint8_t ret[TROTH_SAS_DIGEST])
{
    uint8_t code[TROTH_SHA_MAX];
    troth_hmac_sha h;
    troth_hmac_sha_init(&h, &t->digest_key);
    digest_octets(&h, m->n_authorization, (troth_bytes){ NULL, 0 });
    for (uint32_t i = 0; i < m->n_authorization; i++)
        digest_octets(&h, m->authorization_token[i].the_type, m->authorization_token[i].the_element);
    digest_octets(&h, m->identity_token.type, m->identity_token.octets);
    digest_octets(&h, 0, m->client_authentication_token);
    troth_hmac_sha_final(&h, code);
    for (size_t i = 0; i < TROTH_SAS_DIGEST; i++)
        ret[i] = code[i];
    troth_wipe(code, sizeof code);
}

bool troth_sas_has_room(const troth_sas_session *s)
{
    const troth_sas_target_options *o = &s->t->opts;
    return o->stateful && !s->shared && s->reserved < o->contexts && s->t->entries < o->contexts_total;
}

uint64_t troth_sas_later(uint64_t now, uint64_t ms)
{
    return ms < UINT64_MAX - now ? now + ms : UINT64_MAX;
}

uint64_t troth_sas_entry_end(const troth_sas_session *s, const troth_sas_entry *e)
{
    uint64_t idle = troth_sas_later(e->uses ? s->now : e->touched, s->t->opts.idle_ms);
    uint64_t left = troth_expiry_left(s->env, e->expiry);
    uint64_t end = idle < e->life_end ? idle : e->life_end;
    uint64_t expiry = left ? troth_sas_later(s->now, left) : 0;
    return expiry < end ? expiry : end;
}

/* Its proof was by a credential that is no longer the target's: who it was may have been taken out of the file. */
static bool outdated(const troth_sas_session *s, const troth_sas_entry *e)
{
    bool by_token = e->who->mech == TROTH_MECH_GSSUP || e->who->mech == TROTH_MECH_KERBEROS;
    return by_token && e->creds != s->t->creds;
}

troth_sas_entry *troth_sas_entry_find(troth_sas_session *s, uint64_t id)
{
    troth_sas_entry *e = (troth_sas_entry *)troth_sas_table_find(&s->entries, id);
    if (!e || e->fsm.state != TROTH_SAS_E_ESTABLISHED || (!outdated(s, e) && troth_sas_entry_end(s, e) > s->now))
        return e;
    troth_sas_entry_event(s, e, TROTH_SAS_E_ON_EXPIRE, NULL);
    return NULL;
}

void troth_sas_entries_expire(troth_sas_session *s)
{
    troth_sas_due *due;
    while ((due = troth_sas_deadlines_first(&s->deadlines)) && due->key <= s->now) {
        troth_sas_entry *e = (troth_sas_entry *)((char *)due - offsetof(troth_sas_entry, due));
        bool established = e->fsm.state == TROTH_SAS_E_ESTABLISHED;
        uint64_t end = established ? troth_sas_entry_end(s, e) : troth_sas_later(s->now, s->t->opts.idle_ms);
        if (end > s->now)
            troth_sas_deadlines_move(&s->deadlines, due, end);
        else
            troth_sas_entry_event(s, e, TROTH_SAS_E_ON_EXPIRE, NULL);
    }
}
