#include <sec/mech.h>
#include <string.h>

const char *troth_mech_id_name(troth_mech_id id)
{
    static const char *const names[] = { "none", "spnego", "kerberos", "ntlm", "tls", "gssup" };
    return (size_t)id < sizeof names / sizeof *names ? names[id] : "none";
}

const troth_mech *troth_mech_by_name(const troth_mech_table *t, const char *name)
{
    for (size_t i = 0; name && i < t->n; i++)
        if (!strcmp(t->mechs[i]->name, name))
            return t->mechs[i];
    return NULL;
}

const troth_mech *troth_mech_by_id(const troth_mech_table *t, troth_mech_id id)
{
    for (size_t i = 0; i < t->n; i++)
        if (t->mechs[i]->id == id)
            return t->mechs[i];
    return NULL;
}

const troth_mech *troth_mech_by_oid(const troth_mech_table *t, troth_oid oid)
{
    for (size_t i = 0; i < t->n; i++)
        for (size_t k = 0; k < t->mechs[i]->n_oids; k++) {
            const troth_oid *o = &t->mechs[i]->oids[k];
            if (o->len == oid.len && !memcmp(o->der, oid.der, oid.len))
                return t->mechs[i];
        }
    return NULL;
}
