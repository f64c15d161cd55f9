/* gateway/outbox.h: octets for a connection, kept while it takes no more; meanwhile the connection is paused. */
#ifndef TROTH_GATEWAY_OUTBOX_H
#define TROTH_GATEWAY_OUTBOX_H

#include <base/queue.h>
#include <troth/gateway.h>

typedef struct troth_outbox {
    troth_conn *conn;
    troth_queue kept;
    bool ending;
} troth_outbox;

void troth_outbox_init(troth_outbox *o, const troth_env *env, troth_conn *c);
void troth_outbox_clear(troth_outbox *o);
/* Send, or keep what cannot be sent; when that fails, the connection is closed. */
void troth_outbox_put(troth_outbox *o, troth_bytes data);
/* End our direction behind what is kept. */
void troth_outbox_end(troth_outbox *o);
/* The connection may take more. */
void troth_outbox_ready(troth_outbox *o);

#endif
