#include <giop/ior.h>

troth_ior_tagged troth_ior_tagged_get(troth_cdr *c)
{
    troth_ior_tagged t;
    t.tag = troth_cdr_u32(c);
    t.data = troth_cdr_octets(c);
    return t;
}

void troth_ior_tagged_put(troth_cdr_out *c, const troth_ior_tagged *t)
{
    troth_cdr_put_u32(c, t->tag);
    troth_cdr_put_octets(c, t->data);
}

/* Read sequence<TaggedProfile> or sequence<TaggedComponent>. */
static uint32_t read_tagged(troth_cdr *c, troth_ior_tagged *ret, uint32_t cap)
{
    uint32_t n = troth_cdr_count(c, 8, cap);
    for (uint32_t i = 0; i < n; i++)
        ret[i] = troth_ior_tagged_get(c);
    return c->r.st ? 0 : n;
}

void troth_ior_get(troth_cdr *c, troth_ior *ret)
{
    troth_ior ior = { 0 };
    ior.type_id = troth_cdr_string(c);
    ior.n_profiles = read_tagged(c, ior.profiles, TROTH_IOR_PROFILES_MAX);
    if (!c->r.st)
        *ret = ior;
}

troth_status troth_ior_read(troth_bytes octets, troth_ior *ret)
{
    if (octets.len > TROTH_IOR_OCTETS_MAX)
        return TROTH_LIMIT;
    troth_cdr c = troth_cdr_encapsulation(octets);
    troth_ior ior = { 0 };
    troth_ior_get(&c, &ior);
    if (c.r.st) /* ORBs that pad the whole to their own liking are legion: what follows is not looked at */
        return c.r.st;
    *ret = ior;
    return TROTH_OK;
}

troth_status troth_iiop_profile_read(troth_bytes data, troth_iiop_profile *ret)
{
    troth_cdr c = troth_cdr_encapsulation(data);
    troth_iiop_profile p = { 0 };
    p.major = troth_cdr_u8(&c);
    p.minor = troth_cdr_u8(&c);
    if (c.r.st)
        return c.r.st;
    if (p.major != 1)
        return TROTH_UNSUPPORTED;
    p.host = troth_cdr_string(&c);
    p.port = troth_cdr_u16(&c);
    p.object_key = troth_cdr_octets(&c);
    if (p.minor)
        p.n_components = read_tagged(&c, p.components, TROTH_IOR_COMPONENTS_MAX);
    if (c.r.st)
        return c.r.st;
    *ret = p;
    return TROTH_OK;
}

troth_status troth_ior_components_read(troth_bytes data, troth_ior_tagged *ret, uint32_t cap, uint32_t *ret_n)
{
    troth_cdr c = troth_cdr_encapsulation(data);
    uint32_t n = read_tagged(&c, ret, cap);
    if (c.r.st)
        return c.r.st;
    *ret_n = n;
    return TROTH_OK;
}

const troth_ior_tagged *troth_ior_find(const troth_ior_tagged *components, size_t n, uint32_t tag)
{
    for (size_t i = 0; i < n; i++) {
        if (components[i].tag == tag)
            return &components[i];
    }
    return NULL;
}

void troth_ior_put(troth_cdr_out *c, const troth_ior *ior)
{
    troth_cdr_put_string(c, ior->type_id);
    troth_cdr_put_u32(c, ior->n_profiles);
    for (uint32_t i = 0; i < ior->n_profiles; i++)
        troth_ior_tagged_put(c, &ior->profiles[i]);
}
