/* How a stream ends. Error is terminal in both directions: a retry is a new stream on a new connection (NNS-9). */
#include <nns/stream.h>

void troth_nns_end(troth_nns_stream *s, troth_status code, const char *where, uint32_t wire)
{
    if (s->closed)
        return;
    if (!s->error.code) {
        s->error.code = code;
        s->error.where = where;
        s->error.wire = wire;
    }
    const troth_error *why = s->ctx ? troth_context_error(s->ctx) : NULL;
    if (why && why->code == code) { /* the mechanism knows more */
        s->error.gss_major = why->gss_major;
        s->error.gss_minor = why->gss_minor;
        if (why->where)
            s->error.where = why->where;
    }
    troth_context_free(s->ctx); /* "the Security Provider Context MUST be deleted" */
    s->ctx = NULL;
    troth_job_free(s->job);
    s->job = NULL;
    troth_nns_gather_reset(s);
    troth_queue_clear(&s->in);
    s->data = (troth_bytes){ NULL, 0 };
    s->established = s->end = false;
    s->closed = true;
    if (s->env->trace && code) {
        troth_trace t = { .kind = TROTH_TRACE_ERROR, .name = s->error.where, .a = (uint64_t)code };
        s->env->trace(s->env->self, &t);
    }
}

void troth_nns_end_telling(troth_nns_stream *s, troth_status code, const char *where)
{
    if (s->closed)
        return;
    uint8_t payload[TROTH_NNS_ERROR_LEN];
    uint32_t wire = troth_nns_wire_code(code);
    troth_nns_errpayload_write(wire, s->error_layout, payload);
    troth_status st = troth_nns_frame_write(&s->out, TROTH_NNS_ERROR, (troth_bytes){ payload, sizeof payload });
    troth_nns_end(s, code, where, st ? 0 : wire); /* without memory the peer sees the connection close */
}

void troth_nns_refuse(void *self, uint8_t event, const void *arg, troth_status why)
{
    troth_nns_stream *s = self;
    (void)arg;
    switch (event) {
    case TROTH_NNS_ON_AUTHENTICATE:
    case TROTH_NNS_ON_CONTINUE:
    case TROTH_NNS_ON_COMPLETE:
    case TROTH_NNS_ON_FAILED:
    case TROTH_NNS_ON_IN_PROGRESS:
    case TROTH_NNS_ON_DONE:
        troth_nns_end_telling(s, why, "MS-NNS 2.2.1");
        break;
    case TROTH_NNS_ON_DATA:
        troth_nns_end(s, why, s->role == TROTH_INITIATOR ? "MS-NNS 3.1.5.5" : "MS-NNS 3.2.5.4", 0);
        break;
    case TROTH_NNS_ON_SEND:
        troth_nns_end(s, why, s->role == TROTH_INITIATOR ? "MS-NNS 3.1.4.2" : "MS-NNS 3.2.4.2", 0);
        break;
    default: /* never an answer to an Error, nor to octets that are no handshake */
        troth_nns_end(s, why, s->role == TROTH_INITIATOR ? "MS-NNS 3.1.5" : "MS-NNS 3.2.5", 0);
        break;
    }
}
