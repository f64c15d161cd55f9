/* Establishment: one leg of gss_init_sec_context or gss_accept_sec_context. */
#include <mech/kerberos/inner.h>
#include <string.h>

/* The body octets of a token's OID; Kerberos has three. [RFC 4121 4.1, MS-KILE 3.4.5, RFC 1964 1] */
static bool is_kerberos_oid(const uint8_t *der, size_t len)
{
    static const gss_OID *const oids[] = { &gss_mech_krb5, &gss_mech_krb5_wrong, &gss_mech_krb5_old };
    for (size_t i = 0; i < sizeof oids / sizeof *oids; i++)
        if ((*oids[i])->length == len && memcmp((*oids[i])->elements, der, len) == 0)
            return true;
    return false;
}

/* A DER length, in any definite form of at most four octets behind the first. */
static uint32_t read_length(troth_reader *r)
{
    uint8_t first = troth_read_u8(r);
    uint32_t len = first & 0x7fu;
    if (!(first & 0x80))
        return len;
    size_t more = len;
    if (!more || more > sizeof len)
        troth_read_fail(r, TROTH_MALFORMED);
    for (len = 0; !r->st && more; more--)
        len = len << 8 | troth_read_u8(r);
    return len;
}

/* A token is one element and nothing behind it: MIT only says "failure" of one that is cut short. [RFC 2743 3.1] */
static bool is_whole(troth_bytes token)
{
    troth_reader r = troth_reader_of(token.data, token.len, TROTH_BE);
    (void)troth_read_u8(&r);
    uint32_t len = read_length(&r);
    return !r.st && len == (size_t)(r.end - r.at);
}

bool troth_krb_sniff(troth_bytes token)
{
    troth_reader r = troth_reader_of(token.data, token.len, TROTH_BE);
    uint8_t tag = troth_read_u8(&r);
    if (r.st)
        return false;
    if (tag == 0x6e) /* AP-REQ [APPLICATION 14], as DCE style sends it */
        return true;
    if (tag != 0x60) /* RFC 2743 3.1 */
        return false;
    (void)read_length(&r);
    uint8_t oid = troth_read_u8(&r), len = troth_read_u8(&r);
    if (r.st || oid != 0x06)
        return false;
    const uint8_t *der = troth_read_bytes(&r, len);
    return der && is_kerberos_oid(der, len);
}

/* Address types are 0: only the application's data counts, as Windows and .NET have it. [RFC 4121 4.1.1.2] */
static struct gss_channel_bindings_struct bindings_of(const troth_context *c)
{
    struct gss_channel_bindings_struct b;
    memset(&b, 0, sizeof b);
    b.application_data.value = (void *)(uintptr_t)c->opts.bindings.data;
    b.application_data.length = c->opts.bindings.len;
    return b;
}

typedef struct leg {
    gss_buffer_desc in, out;
    gss_channel_bindings_t bindings;
    OM_uint32 minor, flags, lifetime;
} leg;

static OM_uint32 initiate(troth_krb *k, leg *l)
{
    const troth_context_options *o = &k->c->opts;
    if (!k->target) {
        OM_uint32 major = troth_krb_target_take(&l->minor, k->cred, o->target, &k->target);
        if (GSS_ERROR(major))
            return major;
    }
    return gss_init_sec_context(&l->minor, k->cred->initiate, &k->gss, k->target->name,
                                (gss_OID)(uintptr_t)gss_mech_krb5, troth_krb_flags_request(o->require, o->policy), 0,
                                l->bindings, &l->in, NULL, &l->out, &l->flags, &l->lifetime);
}

static OM_uint32 accept(troth_krb *k, leg *l)
{
    bool repeat = k->c->opts.policy & TROTH_POLICY_ALLOW_REPEAT;
    return gss_accept_sec_context(&l->minor, &k->gss, repeat ? k->cred->accept_repeat : k->cred->accept, &l->in,
                                  l->bindings, NULL, NULL, &l->out, &l->flags, &l->lifetime,
                                  k->handed_over ? NULL : &k->handed_over);
}

/* What must hold before MIT sees anything; it would take another mechanism's token for that mechanism's plugin. */
static troth_step refuse_early(troth_krb *k, troth_bytes in)
{
    troth_context *c = k->c;
    if (c->opts.role == TROTH_INITIATOR && !c->opts.target)
        return troth_context_fail(c, TROTH_TARGET_UNKNOWN, GSS_S_BAD_NAME, 0, "RFC 4121 4.1: no target name");
    if (c->opts.role == TROTH_ACCEPTOR && !in.data)
        return troth_context_fail(c, TROTH_UNEXPECTED, 0, 0, "RFC 2743 2.2.2: an acceptor needs a token");
    if (c->opts.role == TROTH_ACCEPTOR && !k->gss && !troth_krb_sniff(in))
        return troth_context_fail(c, TROTH_MALFORMED, GSS_S_DEFECTIVE_TOKEN, 0, "RFC 4121 4.1: not a Kerberos token");
    if (in.data && !is_whole(in))
        return troth_context_fail(c, TROTH_MALFORMED, GSS_S_DEFECTIVE_TOKEN, 0, "RFC 2743 3.1: length of a token");
    return TROTH_STEP_DONE;
}

troth_step troth_krb_step(troth_context *c, void *impl, troth_bytes in, troth_writer *out)
{
    troth_krb *k = impl;
    if (refuse_early(k, in) == TROTH_STEP_ERROR)
        return TROTH_STEP_ERROR;
    struct gss_channel_bindings_struct bindings = bindings_of(c);
    leg l = { .in = { in.len, (void *)(uintptr_t)in.data },
              .out = GSS_C_EMPTY_BUFFER,
              .bindings = c->opts.bindings.len ? &bindings : GSS_C_NO_CHANNEL_BINDINGS };
    OM_uint32 major = c->opts.role == TROTH_INITIATOR ? initiate(k, &l) : accept(k, &l), ignored;
    if (l.out.length)
        troth_write_bytes(out, l.out.value, l.out.length);
    gss_release_buffer(&ignored, &l.out);
    troth_status st = troth_krb_status(TROTH_KRB_ESTABLISH, major, l.minor);
    if (st)
        return troth_krb_fail(c, st, major, l.minor,
                              c->opts.role == TROTH_INITIATOR ? "RFC 4121 4.1: gss_init_sec_context"
                                                              : "RFC 4121 4.1: gss_accept_sec_context");
    return major & GSS_S_CONTINUE_NEEDED ? TROTH_STEP_MORE : troth_krb_done(k, l.flags, l.lifetime);
}
