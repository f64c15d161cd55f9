#include <giop/intake.h>

static void get_addressed(troth_cdr *c, troth_giop_target *t)
{
    uint16_t addressing = troth_cdr_u16(c);
    if (c->r.st)
        return;
    switch (addressing) {
    case TROTH_GIOP_KEY_ADDR:
        t->object_key = troth_cdr_octets(c);
        break;
    case TROTH_GIOP_PROFILE_ADDR:
        t->profile = troth_ior_tagged_get(c);
        break;
    case TROTH_GIOP_REFERENCE_ADDR:
        t->selected = troth_cdr_u32(c);
        troth_ior_get(c, &t->ior);
        break;
    default:
        troth_read_fail(&c->r, TROTH_MALFORMED);
    }
    t->addressing = (troth_giop_addressing)addressing;
}

void troth_giop_target_get(troth_cdr *c, uint8_t minor, troth_giop_target *ret)
{
    *ret = (troth_giop_target){ 0 };
    if (minor >= 2)
        get_addressed(c, ret);
    else
        ret->object_key = troth_cdr_octets(c);
}

void troth_giop_target_put(troth_cdr_out *c, uint8_t minor, const troth_giop_target *t)
{
    if (minor >= 2)
        troth_cdr_put_u16(c, (uint16_t)t->addressing);
    else if (t->addressing != TROTH_GIOP_KEY_ADDR)
        troth_write_fail(c->w, TROTH_INVALID);
    switch (t->addressing) {
    case TROTH_GIOP_KEY_ADDR:
        troth_cdr_put_octets(c, t->object_key);
        break;
    case TROTH_GIOP_PROFILE_ADDR:
        troth_ior_tagged_put(c, &t->profile);
        break;
    case TROTH_GIOP_REFERENCE_ADDR:
        troth_cdr_put_u32(c, t->selected);
        troth_ior_put(c, &t->ior);
        break;
    }
}

static troth_status key_of_profile(const troth_ior_tagged *profile, troth_bytes *ret)
{
    troth_iiop_profile p;
    if (profile->tag != TROTH_TAG_INTERNET_IOP)
        return TROTH_UNSUPPORTED;
    troth_status st = troth_iiop_profile_read(profile->data, &p);
    if (!st)
        *ret = p.object_key;
    return st;
}

troth_status troth_giop_target_key(const troth_giop_target *t, troth_bytes *ret)
{
    if (t->addressing == TROTH_GIOP_PROFILE_ADDR)
        return key_of_profile(&t->profile, ret);
    if (t->addressing == TROTH_GIOP_REFERENCE_ADDR)
        return t->selected < t->ior.n_profiles ? key_of_profile(&t->ior.profiles[t->selected], ret) : TROTH_MALFORMED;
    *ret = t->object_key;
    return TROTH_OK;
}
