/* giop/ior.h: object references inside messages, where they are no encapsulation of their own. [CORBA 13.6.2] */
#ifndef TROTH_GIOP_IOR_H
#define TROTH_GIOP_IOR_H

#include <giop/cdr.h>
#include <troth/ior.h>

/* Read an IOR from where the stream stands; a failure is the stream's. */
void troth_ior_get(troth_cdr *c, troth_ior *ret);
/* Write one. */
void troth_ior_put(troth_cdr_out *c, const troth_ior *ior);
/* Read a tagged profile or component. */
troth_ior_tagged troth_ior_tagged_get(troth_cdr *c);
void troth_ior_tagged_put(troth_cdr_out *c, const troth_ior_tagged *t);
/* Write one into a stream, with changes. A profile that cannot be read fails the writer with its status. */
void troth_ior_put_edited(troth_cdr_out *c, const troth_ior *ior, const troth_ior_changes *changes);

#endif
