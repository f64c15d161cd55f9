#include <csiv2/mech_list.h>
#include <giop/ior.h>

/* TLS_SEC_TRANS and SECIOP_SEC_TRANS. [CORBA 24.5.1.2] */
troth_status troth_csi_transport_read(const troth_ior_tagged *component, troth_csi_transport *ret)
{
    troth_csi_transport t = { .tag = component->tag, .raw = component->data };
    if (t.tag == TROTH_TAG_TLS_SEC_TRANS || t.tag == TROTH_TAG_SECIOP_SEC_TRANS) {
        troth_cdr c = troth_cdr_encapsulation(component->data);
        t.target_supports = troth_cdr_u16(&c);
        t.target_requires = troth_cdr_u16(&c);
        if (t.tag == TROTH_TAG_SECIOP_SEC_TRANS) {
            t.mech_oid = troth_cdr_octets(&c);
            t.target_name = troth_cdr_octets(&c);
        }
        t.n_addresses = troth_cdr_count(&c, 7, TROTH_CSI_ADDRESSES_MAX);
        for (uint32_t i = 0; i < t.n_addresses; i++) {
            t.addresses[i].host = troth_cdr_string(&c);
            t.addresses[i].port = troth_cdr_u16(&c);
        }
        troth_status st = troth_cdr_end(&c);
        if (st)
            return st;
    }
    *ret = t;
    return TROTH_OK;
}

static void read_as(troth_cdr *c, troth_csi_as *as)
{
    as->target_supports = troth_cdr_u16(c);
    as->target_requires = troth_cdr_u16(c);
    as->client_authentication_mech = troth_cdr_octets(c);
    as->target_name = troth_cdr_octets(c);
}

static void read_sas(troth_cdr *c, troth_csi_sas *sas)
{
    sas->target_supports = troth_cdr_u16(c);
    sas->target_requires = troth_cdr_u16(c);
    sas->n_authorities = troth_cdr_count(c, 8, TROTH_CSI_AUTHORITIES_MAX);
    for (uint32_t i = 0; i < sas->n_authorities; i++) {
        sas->privilege_authorities[i].syntax = troth_cdr_u32(c);
        sas->privilege_authorities[i].name = troth_cdr_octets(c);
    }
    sas->n_namings = troth_cdr_count(c, 4, TROTH_CSI_NAMINGS_MAX);
    for (uint32_t i = 0; i < sas->n_namings; i++)
        sas->supported_naming_mechanisms[i] = troth_cdr_octets(c);
    sas->supported_identity_types = troth_cdr_u32(c);
}

static troth_status read_mech(troth_cdr *c, troth_csi_mech *m)
{
    m->target_requires = troth_cdr_u16(c);
    troth_ior_tagged transport = troth_ior_tagged_get(c);
    read_as(c, &m->as);
    read_sas(c, &m->sas);
    return c->r.st ? c->r.st : troth_csi_transport_read(&transport, &m->transport);
}

troth_status troth_csi_mech_list_read(troth_bytes data, troth_csi_mech_list *ret)
{
    enum { MECH_LEAST = 40 }; /* octets of a mechanism in which everything is empty, whatever stands before it */
    troth_cdr c = troth_cdr_encapsulation(data);
    troth_csi_mech_list list = { 0 };
    list.stateful = troth_cdr_bool(&c);
    list.n = troth_cdr_count(&c, MECH_LEAST, TROTH_CSI_MECHS_MAX);
    for (uint32_t i = 0; i < list.n; i++) {
        troth_status st = read_mech(&c, &list.mechs[i]);
        if (st)
            return st;
    }
    troth_status st = troth_cdr_end(&c);
    if (!st)
        *ret = list;
    return st;
}

void troth_csi_transport_write(troth_writer *w, const troth_csi_transport *t)
{
    if (t->tag != TROTH_TAG_TLS_SEC_TRANS && t->tag != TROTH_TAG_SECIOP_SEC_TRANS) {
        troth_write_bytes(w, t->raw.data, t->raw.len);
        return;
    }
    if (t->n_addresses > TROTH_CSI_ADDRESSES_MAX) {
        troth_write_fail(w, TROTH_INVALID);
        return;
    }
    troth_cdr_out c = troth_cdr_out_encapsulation(w);
    troth_cdr_put_u16(&c, t->target_supports);
    troth_cdr_put_u16(&c, t->target_requires);
    if (t->tag == TROTH_TAG_SECIOP_SEC_TRANS) {
        troth_cdr_put_octets(&c, t->mech_oid);
        troth_cdr_put_octets(&c, t->target_name);
    }
    troth_cdr_put_u32(&c, t->n_addresses);
    for (uint32_t i = 0; i < t->n_addresses; i++) {
        troth_cdr_put_string(&c, t->addresses[i].host);
        troth_cdr_put_u16(&c, t->addresses[i].port);
    }
}

static void write_as(troth_cdr_out *c, const troth_csi_as *as)
{
    troth_cdr_put_u16(c, as->target_supports);
    troth_cdr_put_u16(c, as->target_requires);
    troth_cdr_put_octets(c, as->client_authentication_mech);
    troth_cdr_put_octets(c, as->target_name);
}

static void write_sas(troth_cdr_out *c, const troth_csi_sas *sas)
{
    if (sas->n_authorities > TROTH_CSI_AUTHORITIES_MAX || sas->n_namings > TROTH_CSI_NAMINGS_MAX) {
        troth_write_fail(c->w, TROTH_INVALID);
        return;
    }
    troth_cdr_put_u16(c, sas->target_supports);
    troth_cdr_put_u16(c, sas->target_requires);
    troth_cdr_put_u32(c, sas->n_authorities);
    for (uint32_t i = 0; i < sas->n_authorities; i++) {
        troth_cdr_put_u32(c, sas->privilege_authorities[i].syntax);
        troth_cdr_put_octets(c, sas->privilege_authorities[i].name);
    }
    troth_cdr_put_u32(c, sas->n_namings);
    for (uint32_t i = 0; i < sas->n_namings; i++)
        troth_cdr_put_octets(c, sas->supported_naming_mechanisms[i]);
    troth_cdr_put_u32(c, sas->supported_identity_types);
}

void troth_csi_mech_list_write(troth_writer *w, const troth_csi_mech_list *list)
{
    if (list->n > TROTH_CSI_MECHS_MAX) {
        troth_write_fail(w, TROTH_INVALID);
        return;
    }
    troth_cdr_out c = troth_cdr_out_encapsulation(w);
    troth_cdr_put_u8(&c, list->stateful);
    troth_cdr_put_u32(&c, list->n);
    for (uint32_t i = 0; i < list->n; i++) {
        const troth_csi_mech *m = &list->mechs[i];
        troth_cdr_put_u16(&c, m->target_requires);
        troth_cdr_put_u32(&c, m->transport.tag);
        size_t hole = troth_cdr_put_open(&c);
        troth_csi_transport_write(w, &m->transport);
        troth_cdr_put_close(&c, hole);
        write_as(&c, &m->as);
        write_sas(&c, &m->sas);
    }
}

troth_status troth_csi_mech_list_make(const troth_env *env, const troth_csi_mech_list *list, troth_block *ret)
{
    troth_writer w = troth_writer_growing(env, TROTH_IOR_OCTETS_MAX, TROTH_LE);
    troth_csi_mech_list_write(&w, list);
    return troth_writer_take(&w, ret);
}

uint16_t troth_csi_requires(const troth_csi_mech *m)
{
    return (uint16_t)(m->transport.target_requires | m->as.target_requires | m->sas.target_requires);
}
