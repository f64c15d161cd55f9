#include <csiv2/sas.h>

/* Whether another octet than 0 and 1 is a boolean depends on the peer. */
static bool read_bool(troth_cdr *c, const troth_sas_quirks *quirks)
{
    return quirks && quirks->loose_booleans ? troth_cdr_u8(c) != 0 : troth_cdr_bool(c);
}

/* [CORBA 24.2.5] */
static void read_identity(troth_cdr *c, const troth_sas_quirks *quirks, troth_sas_identity *t)
{
    t->type = troth_cdr_u32(c);
    if (c->r.st)
        return;
    if (t->type == TROTH_CSI_ITT_ABSENT || t->type == TROTH_CSI_ITT_ANONYMOUS)
        (void)read_bool(c, quirks);
    else /* of every other kind, the default arm's too */
        t->octets = troth_cdr_octets(c);
}

static void read_establish(troth_cdr *c, const troth_sas_quirks *quirks, troth_sas_establish *e)
{
    e->n_authorization = troth_cdr_count(c, 8, TROTH_SAS_AUTHORIZATION_MAX);
    for (uint32_t i = 0; i < e->n_authorization; i++) {
        e->authorization_token[i].the_type = troth_cdr_u32(c);
        e->authorization_token[i].the_element = troth_cdr_octets(c);
    }
    read_identity(c, quirks, &e->identity_token);
    e->client_authentication_token = troth_cdr_octets(c);
}

static void read_body(troth_cdr *c, const troth_sas_quirks *quirks, troth_sas_message *m)
{
    switch (m->type) {
    case TROTH_SAS_ESTABLISH_CONTEXT:
        read_establish(c, quirks, &m->establish);
        break;
    case TROTH_SAS_COMPLETE_ESTABLISH_CONTEXT:
        m->complete.context_stateful = read_bool(c, quirks);
        m->complete.final_context_token = troth_cdr_octets(c);
        break;
    case TROTH_SAS_CONTEXT_ERROR:
        m->error.major_status = (int32_t)troth_cdr_u32(c);
        m->error.minor_status = (int32_t)troth_cdr_u32(c);
        m->error.error_token = troth_cdr_octets(c);
        break;
    case TROTH_SAS_MESSAGE_IN_CONTEXT:
        m->in_context.discard_context = read_bool(c, quirks);
        break;
    }
}

static bool is_type(uint16_t disc)
{
    return disc == TROTH_SAS_ESTABLISH_CONTEXT || disc == TROTH_SAS_COMPLETE_ESTABLISH_CONTEXT ||
           disc == TROTH_SAS_CONTEXT_ERROR || disc == TROTH_SAS_MESSAGE_IN_CONTEXT;
}

troth_status troth_sas_read(troth_bytes data, const troth_sas_quirks *quirks, troth_sas_message *ret)
{
    if (data.len > TROTH_SAS_OCTETS_MAX)
        return TROTH_LIMIT;
    troth_cdr c = troth_cdr_encapsulation(data); /*  0  byte order         */
    uint16_t disc = troth_cdr_u16(&c);           /*  2  discriminator      */
    troth_sas_message m = { 0 };
    m.client_context_id = troth_cdr_u64(&c); /*  8  client_context_id  */
    if (c.r.st)
        return c.r.st;
    if (!is_type(disc)) /* the union has no default arm */
        return TROTH_MALFORMED;
    m.type = (troth_sas_type)disc;
    read_body(&c, quirks, &m); /* 16 */
    troth_status st = quirks && quirks->trailing_octets ? c.r.st : troth_cdr_end(&c);
    if (!st)
        *ret = m;
    return st;
}

static void write_establish(troth_cdr_out *c, const troth_sas_establish *e)
{
    if (e->n_authorization > TROTH_SAS_AUTHORIZATION_MAX) {
        troth_write_fail(c->w, TROTH_INVALID);
        return;
    }
    troth_cdr_put_u32(c, e->n_authorization);
    for (uint32_t i = 0; i < e->n_authorization; i++) {
        troth_cdr_put_u32(c, e->authorization_token[i].the_type);
        troth_cdr_put_octets(c, e->authorization_token[i].the_element);
    }
    const troth_sas_identity *t = &e->identity_token;
    troth_cdr_put_u32(c, t->type);
    if (t->type == TROTH_CSI_ITT_ABSENT || t->type == TROTH_CSI_ITT_ANONYMOUS)
        troth_cdr_put_u8(c, 1);
    else
        troth_cdr_put_octets(c, t->octets);
    troth_cdr_put_octets(c, e->client_authentication_token);
}

void troth_sas_write(troth_writer *w, const troth_sas_message *m)
{
    troth_cdr_out c = troth_cdr_out_encapsulation(w);
    troth_cdr_put_u16(&c, (uint16_t)m->type);
    troth_cdr_put_u64(&c, m->client_context_id);
    switch (m->type) {
    case TROTH_SAS_ESTABLISH_CONTEXT:
        write_establish(&c, &m->establish);
        break;
    case TROTH_SAS_COMPLETE_ESTABLISH_CONTEXT:
        troth_cdr_put_u8(&c, m->complete.context_stateful);
        troth_cdr_put_octets(&c, m->complete.final_context_token);
        break;
    case TROTH_SAS_CONTEXT_ERROR:
        troth_cdr_put_u32(&c, (uint32_t)m->error.major_status);
        troth_cdr_put_u32(&c, (uint32_t)m->error.minor_status);
        troth_cdr_put_octets(&c, m->error.error_token);
        break;
    case TROTH_SAS_MESSAGE_IN_CONTEXT:
        troth_cdr_put_u8(&c, m->in_context.discard_context);
        break;
    }
}

const char *troth_sas_type_name(troth_sas_type type)
{
    switch (type) {
    case TROTH_SAS_ESTABLISH_CONTEXT:
        return "EstablishContext";
    case TROTH_SAS_COMPLETE_ESTABLISH_CONTEXT:
        return "CompleteEstablishContext";
    case TROTH_SAS_CONTEXT_ERROR:
        return "ContextError";
    case TROTH_SAS_MESSAGE_IN_CONTEXT:
        return "MessageInContext";
    }
    return "unknown";
}

const char *troth_sas_major_name(int32_t major_status)
{
    static const char *const names[] = { "", "invalid evidence", "invalid mechanism", "conflicting evidence",
                                         "no context" };
    return major_status >= 1 && major_status <= 4 ? names[major_status] : "unknown";
}
