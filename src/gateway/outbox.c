#include <gateway/outbox.h>

/* What one turn of the connection's driver can bring at most, and some: then it is paused. */
enum { KEPT_MAX = 4 << 20 };

void troth_outbox_init(troth_outbox *o, const troth_env *env, troth_conn *c)
{
    o->conn = c;
    o->ending = false;
    troth_queue_init(&o->kept, env, KEPT_MAX);
}

void troth_outbox_clear(troth_outbox *o)
{
    troth_queue_clear(&o->kept);
}

void troth_outbox_put(troth_outbox *o, troth_bytes data)
{
    size_t used = 0;
    if (!troth_queue_len(&o->kept)) {
        troth_status st = troth_conn_send(o->conn, data, &used);
        if (st && st != TROTH_AGAIN) /* it is over, and TROTH_EV_CLOSED says so */
            return;
    }
    if (used == data.len)
        return;
    troth_status st = troth_queue_put(&o->kept, data.data + used, data.len - used);
    if (st)
        troth_conn_close(o->conn, st);
    else
        troth_conn_pause(o->conn);
}

void troth_outbox_end(troth_outbox *o)
{
    o->ending = true;
    if (!troth_queue_len(&o->kept))
        troth_conn_end(o->conn);
}

void troth_outbox_ready(troth_outbox *o)
{
    size_t used = 0, len = troth_queue_len(&o->kept);
    if (!len)
        return;
    troth_status st = troth_conn_send(o->conn, (troth_bytes){ troth_queue_at(&o->kept), len }, &used);
    troth_queue_drop(&o->kept, used);
    if ((st && st != TROTH_AGAIN) || troth_queue_len(&o->kept))
        return;
    troth_queue_trim(&o->kept);
    if (o->ending)
        troth_conn_end(o->conn);
    else
        troth_conn_resume(o->conn);
}
