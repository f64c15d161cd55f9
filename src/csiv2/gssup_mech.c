/* The mechanism as the engine sees it. */
#include <csiv2/gssup_cred.h>
#include <csiv2/gssup_mech.h>
#include <csiv2/names.h>
#include <sec/context.h>
#include <string.h>

static const char spec[] = "CORBA 24.2.4.1";

typedef struct impl {
    const troth_gssup_cred *cred;
} impl;

static troth_status init(troth_context *c, void **ret_impl)
{
    const troth_gssup_cred *cred = troth_gssup_cred_for(c->cred, c->opts.role);
    if (!cred)
        return TROTH_NO_CRED;
    /* nothing is protected, so there are neither datagrams nor records, and nothing that bindings could be bound to */
    if (c->opts.require & (TROTH_F_STREAM | TROTH_F_DATAGRAM) || c->opts.policy & TROTH_POLICY_REQUIRE_BINDINGS)
        return TROTH_UNSUPPORTED;
    if (c->opts.target && strlen(c->opts.target) > TROTH_CSI_NAME_MAX)
        return TROTH_INVALID;
    impl *g = troth_mem_new(c->env, sizeof *g);
    if (!g)
        return TROTH_NO_MEMORY;
    g->cred = cred;
    *ret_impl = g;
    return TROTH_OK;
}

static void clear(troth_context *c, void *self)
{
    troth_mem_free(c->env, self, sizeof(impl));
}

enum { TARGET_MAX = TROTH_CSI_NAME_MAX + 32 }; /* octets of an exported name */

/* The exported name of the options' target; nothing when they name none. */
static troth_bytes target_name(const troth_context *c, uint8_t buf[TARGET_MAX])
{
    const char *realm = c->opts.target;
    troth_writer w = troth_writer_over(buf, TARGET_MAX, TROTH_BE);
    if (realm)
        troth_csi_exported_name_write(&w, troth_gssup_oid(), (troth_bytes){ (const uint8_t *)realm, strlen(realm) });
    return (troth_bytes){ buf, w.st ? 0 : w.len };
}

/* Set who it is from a user name; both parts with the escapes that they need, so that no two users have one name. */
static troth_status set_user(troth_context *c, troth_bytes user, bool peer)
{
    char form[2 * TROTH_CSI_NAME_MAX + 1];
    troth_csi_scoped_name s;
    troth_writer w = troth_writer_over(form, sizeof form - 1, TROTH_LE);
    troth_status st = troth_gssup_name_write(&w, user);
    if (!st)
        st = troth_csi_scoped_name_read((troth_bytes){ (uint8_t *)form, w.len }, &s);
    if (st)
        return st;
    form[s.name.len] = 0; /* where the @ was, or the end */
    form[w.len] = 0;
    const char *scope = s.has_scope ? form + s.name.len + 1 : "";
    return peer ? troth_context_set_peer(c, TROTH_NAME_AT, form, scope)
                : troth_context_set_self(c, TROTH_NAME_AT, form, scope);
}

static void established(troth_context *c)
{
    c->attributes = c->opts.require & TROTH_F_EXTENDED_ERROR;
    c->detail = "password";
    c->expiry = UINT64_MAX;
}

static troth_step initiate(troth_context *c, const impl *g, troth_bytes in, troth_writer *out)
{
    uint8_t buf[TARGET_MAX];
    const troth_cred_source *src = g->cred->src;
    if (in.data)
        return troth_context_fail(c, TROTH_UNEXPECTED, 0, 0, spec);
    troth_bytes user = { (const uint8_t *)src->principal, strlen(src->principal) };
    const troth_gssup t = { .username = user, .password = src->secret, .target_name = target_name(c, buf) };
    troth_gssup_write(out, &t);
    troth_status st = out->st ? out->st : set_user(c, user, false);
    if (st)
        return troth_context_fail(c, st, 0, 0, spec);
    established(c);
    return TROTH_STEP_DONE;
}

/* The realm of a token, byte for byte. [CORBA 24.2.4.1: target_name] */
static troth_status check_target(const troth_context *c, troth_bytes named)
{
    uint8_t buf[TARGET_MAX];
    troth_bytes ours = target_name(c, buf);
    if (!named.len && (!ours.len || c->opts.policy & TROTH_POLICY_EMPTY_TARGET))
        return TROTH_OK;
    return named.len == ours.len && troth_ct_equal(named.data, ours.data, named.len) ? TROTH_OK : TROTH_TARGET_UNKNOWN;
}

/* Judge a token; ret_code is what an acceptor that reveals it would say. */
static troth_status judge(troth_context *c, const impl *g, troth_bytes in, uint32_t *ret_code)
{
    troth_gssup t;
    bool known = false;
    troth_status st = troth_gssup_read(in, &t);
    if (st)
        return st;
    st = check_target(c, t.target_name);
    if (st) {
        *ret_code = TROTH_GSSUP_BAD_TARGET;
        return st;
    }
    st = troth_gssup_cred_check(g->cred, t.username, t.password, &known);
    if (st == TROTH_DENIED)
        *ret_code = known ? TROTH_GSSUP_BAD_PASSWORD : TROTH_GSSUP_NOUSER;
    return st ? st : set_user(c, t.username, true);
}

static troth_step accept(troth_context *c, const impl *g, troth_bytes in, troth_writer *out)
{
    uint32_t code = TROTH_GSSUP_UNSPECIFIED;
    if (!in.data)
        return troth_context_fail(c, TROTH_UNEXPECTED, 0, 0, spec);
    troth_status st = judge(c, g, in, &code);
    if (!st) {
        established(c);
        return TROTH_STEP_DONE;
    }
    troth_gssup_error_write(out, c->opts.policy & TROTH_POLICY_REVEAL ? code : TROTH_GSSUP_UNSPECIFIED);
    return troth_context_fail(c, st, 0, 0, spec);
}

static troth_step step(troth_context *c, void *self, troth_bytes in, troth_writer *out)
{
    troth_order order = out->order;
    out->order = TROTH_LE;
    troth_step done = c->opts.role == TROTH_INITIATOR ? initiate(c, self, in, out) : accept(c, self, in, out);
    out->order = order;
    return done;
}

static void tell(const troth_context *c, const void *self, troth_bytes token, troth_trace_token *ret)
{
    (void)c, (void)self;
    troth_oid mech;
    troth_bytes inner;
    if (!troth_csi_token_open(token, &mech, &inner))
        ret->message = troth_oid_equal(mech, troth_gssup_oid()) ? "InitialContextToken" : NULL;
    else if (token.len == 8 && token.data[0] <= 1)
        ret->message = "ErrorToken";
}

const troth_mech troth_mech_gssup = {
    .id = TROTH_MECH_GSSUP,
    .name = "gssup",
    .kinds = 1u << TROTH_CRED_PASSWORD | 1u << TROTH_CRED_HASH_FILE | 1u << TROTH_CRED_CHECK,
    .can = TROTH_F_EXTENDED_ERROR,
    .duplex = TROTH_DUPLEX_FREE,
    .cred_acquire = troth_gssup_cred_acquire,
    .cred_release = troth_gssup_cred_release,
    .init = init,
    .clear = clear,
    .step = step,
    .tell = tell,
};
