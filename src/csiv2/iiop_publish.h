/* csiv2/iiop_publish.h: references in forwarding replies, made to lead back to where the client came. */
#ifndef TROTH_CSIV2_IIOP_PUBLISH_H
#define TROTH_CSIV2_IIOP_PUBLISH_H

#include <csiv2/iiop_conn.h>

/* Copies. host NULL: the address stays; component len 0: component 33 stays. Neither: nothing is published. */
typedef struct troth_iiop_publish {
    char *host;
    uint16_t port;
    troth_block component;
} troth_iiop_publish;

TROTH_MUST_CHECK troth_status troth_iiop_publish_init(troth_iiop_publish *p, const troth_iiop_options *o);
void troth_iiop_publish_clear(troth_iiop_publish *p, const troth_env *env);
bool troth_iiop_publishes(const troth_iiop_publish *p);
/*
 * Write a Reply with LOCATION_FORWARD or LOCATION_FORWARD_PERM, or a LocateReply with OBJECT_FORWARD or
 * OBJECT_FORWARD_PERM, with another reference.
 *
 * r  what reading it said; its contexts are those that are to be written
 *
 * TROTH_OK; anything else: the reference cannot be read or changed, and must not reach the client as it is
 */
TROTH_MUST_CHECK troth_status troth_iiop_publish_reply(const troth_iiop_publish *p, troth_writer *w,
                                                       troth_bytes message, const troth_giop_reply *r);
TROTH_MUST_CHECK troth_status troth_iiop_publish_located(const troth_iiop_publish *p, troth_writer *w,
                                                         troth_bytes message, const troth_giop_locate_reply *r);

#endif
