/* csiv2/mech_list.h: mechanism lists into a writer. */
#ifndef TROTH_CSIV2_MECH_LIST_H
#define TROTH_CSIV2_MECH_LIST_H

#include <base/writer.h>
#include <troth/csi.h>

/* Write the contents of a component 33 in the writer's order; a count above its maximum fails with TROTH_INVALID. */
void troth_csi_mech_list_write(troth_writer *w, const troth_csi_mech_list *list);
/* Write the contents of the transport's component likewise; those of tags that are not known are written as raw. */
void troth_csi_transport_write(troth_writer *w, const troth_csi_transport *t);

#endif
