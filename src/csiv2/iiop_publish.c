/* Forwarding replies that name us instead of the server behind us. [CORBA 15.4.3.2, 15.4.6] */
#include <csiv2/iiop_publish.h>

troth_status troth_iiop_publish_init(troth_iiop_publish *p, const troth_iiop_options *o)
{
    *p = (troth_iiop_publish){ .port = o->publish_port };
    troth_status st = troth_mem_keep_str(o->env, o->publish_host, &p->host);
    if (!st && o->publish_component.len)
        st = troth_mem_keep(o->env, o->publish_component.data, o->publish_component.len, &p->component);
    return st;
}

void troth_iiop_publish_clear(troth_iiop_publish *p, const troth_env *env)
{
    troth_mem_free_str(env, p->host);
    p->host = NULL;
    troth_mem_drop(env, &p->component);
}

bool troth_iiop_publishes(const troth_iiop_publish *p)
{
    return p->host || p->component.len;
}

/* With an address of our own go the others that lead past us. */
static void put_reference(const troth_iiop_publish *p, troth_cdr_out *c, const troth_ior *ior)
{
    static const uint32_t others[] = { TROTH_TAG_ALTERNATE_IIOP_ADDRESS, TROTH_TAG_SSL_SEC_TRANS,
                                       TROTH_TAG_TLS_SEC_TRANS };
    const troth_ior_tagged ours = { TROTH_TAG_CSI_SEC_MECH_LIST, { p->component.data, p->component.len } };
    troth_ior_changes changes = { .host = p->host,
                                  .port = p->port,
                                  .drop = others,
                                  .n_drop = p->host ? sizeof others / sizeof *others : 0,
                                  .set = &ours,
                                  .n_set = p->component.len ? 1 : 0 };
    troth_ior_put_edited(c, ior, &changes);
}

troth_status troth_iiop_publish_reply(const troth_iiop_publish *p, troth_writer *w, troth_bytes message,
                                      const troth_giop_reply *r)
{
    troth_ior ior;
    troth_status st = troth_giop_forward_read(message, r, &ior);
    if (st)
        return st;
    size_t start = w->len;
    w->order = r->order;
    troth_cdr_out c = troth_giop_reply_write(w, r, true);
    put_reference(p, &c, &ior);
    troth_giop_finish(w, start);
    return w->st;
}

troth_status troth_iiop_publish_located(const troth_iiop_publish *p, troth_writer *w, troth_bytes message,
                                        const troth_giop_locate_reply *r)
{
    troth_cdr in = troth_cdr_of(message, r->body, r->order);
    troth_ior ior;
    troth_ior_get(&in, &ior);
    if (in.r.st)
        return in.r.st;
    size_t start = w->len;
    w->order = r->order;
    troth_giop_locate_reply_write(w, r->minor, r->request_id, r->status);
    troth_cdr_out c = { w, start };
    put_reference(p, &c, &ior);
    troth_giop_finish(w, start);
    return w->st;
}
