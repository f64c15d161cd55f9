/* Complete contexts written down, and made anew of what was written. [RFC 2743 2.2.8, 2.2.9] */
#include <sec/context.h>
#include <sec/context_fsm.h>
#include <string.h>

enum { VERSION = 1, NAMES = 6, MOST = 65536, LONGEST = 4096 };

/* A string that may be NULL, which is not the same as "". */
static void put_text(troth_writer *w, const char *s)
{
    troth_write_u8(w, s != NULL);
    if (!s)
        return;
    size_t n = strlen(s);
    if (n > LONGEST)
        troth_write_fail(w, TROTH_LIMIT);
    troth_write_u16(w, (uint16_t)n);
    troth_write_bytes(w, s, n);
}

static troth_status take_text(const troth_env *env, troth_reader *r, char **ret)
{
    uint8_t there = troth_read_u8(r);
    uint16_t n = there ? troth_read_u16(r) : 0;
    const uint8_t *p = n ? troth_read_bytes(r, n) : (const uint8_t *)"";
    troth_block text;
    if (r->st || !there)
        return r->st;
    if (there > 1 || n > LONGEST || memchr(p, 0, n))
        return TROTH_MALFORMED;
    char s[LONGEST + 1];
    memcpy(s, p, n);
    s[n] = 0;
    troth_status st = troth_mem_keep(env, s, n + 1u, &text);
    if (!st)
        *ret = (char *)text.data;
    return st;
}

static void names_of(troth_context *c, char **ret[NAMES])
{
    char **const names[NAMES] = { &c->peer_name, &c->peer_account, &c->peer_authority,
                                  &c->self_name, &c->self_account, &c->self_authority };
    memcpy(ret, names, sizeof names);
}

troth_status troth_context_export(const troth_context *c, troth_block *ret)
{
    char **names[NAMES];
    if (c->fsm.state != TROTH_CTX_OPEN)
        return TROTH_BAD_STATE;
    troth_context *leaf = c->leaf;
    if (!leaf->mech->export_state)
        return TROTH_UNSUPPORTED;
    troth_writer w = troth_writer_growing(c->env, MOST, TROTH_BE);
    troth_write_u8(&w, VERSION);
    troth_write_u8(&w, (uint8_t)troth_context_facts(c).outer);
    troth_write_u8(&w, (uint8_t)leaf->mech->id);
    troth_write_u8(&w, (uint8_t)leaf->opts.role);
    troth_write_u32(&w, leaf->opts.require);
    troth_write_u32(&w, leaf->opts.policy);
    troth_write_u32(&w, leaf->attributes);
    troth_write_u64(&w, leaf->expiry);
    troth_write_u32(&w, c->legs_in);
    troth_write_u32(&w, c->legs_out);
    names_of(leaf, names);
    for (size_t i = 0; i < NAMES; i++)
        put_text(&w, *names[i]);
    troth_status st = leaf->mech->export_state(leaf->impl, &w);
    if (!st)
        st = w.st ? w.st : troth_writer_take(&w, ret);
    troth_writer_clear(&w);
    return st;
}

/* What every mechanism's context has. */
static troth_status fill(troth_context *c, troth_reader *r)
{
    char **names[NAMES];
    uint8_t role = troth_read_u8(r);
    c->opts.mech = c->mech->name;
    c->opts.require = troth_read_u32(r);
    c->opts.policy = troth_read_u32(r);
    c->attributes = troth_read_u32(r);
    c->expiry = troth_read_u64(r);
    c->legs_in = troth_read_u32(r);
    c->legs_out = troth_read_u32(r);
    if (r->st)
        return r->st;
    if (role > TROTH_ACCEPTOR)
        return TROTH_MALFORMED;
    c->opts.role = role ? TROTH_ACCEPTOR : TROTH_INITIATOR;
    names_of(c, names);
    troth_status st = TROTH_OK;
    for (size_t i = 0; i < NAMES && !st; i++)
        st = take_text(c->env, r, names[i]);
    return st;
}

static troth_status make(troth_context *c, troth_reader *r)
{
    troth_status st = fill(c, r);
    if (!st)
        st = c->mech->import_state(c, r, &c->impl);
    if (!st)
        st = troth_read_end(r);
    if (!st) {
        c->leaf = c;
        st = troth_fsm_step(&c->fsm, TROTH_CTX_EV_IMPORT, c, NULL);
    }
    return st;
}

troth_status troth_context_import(const troth_env *env, const troth_mech_table *mechs, troth_bytes state,
                                  troth_context **ret)
{
    troth_reader r = troth_reader_of(state.data, state.len, TROTH_BE);
    uint8_t version = troth_read_u8(&r), outer = troth_read_u8(&r), id = troth_read_u8(&r);
    if (r.st)
        return r.st;
    if (version != VERSION)
        return TROTH_MALFORMED;
    const troth_mech *mech = troth_mech_by_id(mechs, id), *above = troth_mech_by_id(mechs, outer);
    if (!mech || !above || !mech->import_state)
        return TROTH_UNSUPPORTED;
    troth_context *c;
    troth_status st = troth_context_blank(env, NULL, mech, &c);
    if (st)
        return st;
    c->outer = above->id;
    st = make(c, &r);
    if (st)
        troth_context_free(c);
    else
        *ret = c;
    return st;
}
