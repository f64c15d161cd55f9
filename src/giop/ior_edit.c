#include <giop/ior.h>
#include <string.h>

static bool dropped(const troth_ior_changes *changes, uint32_t tag)
{
    for (size_t i = 0; i < changes->n_drop; i++) {
        if (changes->drop[i] == tag)
            return true;
    }
    return troth_ior_find(changes->set, changes->n_set, tag) != NULL;
}

static void put_components(troth_cdr_out *c, const troth_iiop_profile *p, const troth_ior_changes *changes)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < p->n_components; i++)
        kept += !dropped(changes, p->components[i].tag);
    if (kept + changes->n_set > TROTH_IOR_COMPONENTS_MAX)
        troth_write_fail(c->w, TROTH_LIMIT);
    troth_cdr_put_u32(c, kept + (uint32_t)changes->n_set);
    for (uint32_t i = 0; i < p->n_components; i++) {
        if (!dropped(changes, p->components[i].tag))
            troth_ior_tagged_put(c, &p->components[i]);
    }
    for (size_t i = 0; i < changes->n_set; i++)
        troth_ior_tagged_put(c, &changes->set[i]);
}

/* Write the profile's body as an encapsulation; tells whether components found their place. */
static bool put_iiop(troth_cdr_out *c, const troth_iiop_profile *p, const troth_ior_changes *changes)
{
    size_t hole = troth_cdr_put_open(c);
    troth_cdr_out body = troth_cdr_out_encapsulation(c->w);
    troth_cdr_put_u8(&body, p->major);
    troth_cdr_put_u8(&body, p->minor > 2 ? 2 : p->minor); /* what a later version has behind them is not kept */
    troth_cdr_put_string(&body, changes->host ? (troth_bytes){ (const uint8_t *)changes->host, strlen(changes->host) }
                                              : p->host);
    troth_cdr_put_u16(&body, changes->host ? changes->port : p->port);
    troth_cdr_put_octets(&body, p->object_key);
    if (p->minor)
        put_components(&body, p, changes);
    troth_cdr_put_close(c, hole);
    return p->minor != 0;
}

void troth_ior_put_edited(troth_cdr_out *c, const troth_ior *ior, const troth_ior_changes *changes)
{
    bool placed = changes->n_set == 0 || ior->n_profiles == 0; /* the nil reference is nobody's */
    troth_cdr_put_string(c, ior->type_id);
    troth_cdr_put_u32(c, ior->n_profiles);
    for (uint32_t i = 0; i < ior->n_profiles; i++) {
        troth_iiop_profile p;
        troth_status st = TROTH_OK;
        if (ior->profiles[i].tag != TROTH_TAG_INTERNET_IOP) {
            troth_ior_tagged_put(c, &ior->profiles[i]);
            continue;
        }
        st = troth_iiop_profile_read(ior->profiles[i].data, &p);
        if (st) {
            troth_write_fail(c->w, st);
            return;
        }
        troth_cdr_put_u32(c, TROTH_TAG_INTERNET_IOP);
        placed |= put_iiop(c, &p, changes);
    }
    if (!placed)
        troth_write_fail(c->w, TROTH_UNSUPPORTED);
}

troth_status troth_ior_edit(const troth_env *env, const troth_ior *ior, const troth_ior_changes *changes,
                            troth_block *ret)
{
    troth_writer w = troth_writer_growing(env, TROTH_IOR_OCTETS_MAX, TROTH_BE);
    troth_cdr_out c = troth_cdr_out_encapsulation(&w);
    troth_ior_put_edited(&c, ior, changes);
    return troth_writer_take(&w, ret);
}

void troth_ior_free(const troth_env *env, troth_block *octets)
{
    troth_mem_drop(env, octets);
}
