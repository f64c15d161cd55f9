/* nns/preamble.h: what both ends of net.tcp share, and the actions of their machines. [MC-NMF 3.2, 3.3] */
#ifndef TROTH_NNS_PREAMBLE_H
#define TROTH_NNS_PREAMBLE_H

#include <base/fsm.h>
#include <base/queue.h>
#include <nns/machines.h>
#include <troth/nettcp.h>
#include <troth/nmf.h>

/* Faults that we send or know. [MC-NMF 2.2.5] */
#define TROTH_NMF_FAULTS(X)                                                                                            \
    X(CONNECTION_DISPATCH_FAILED, "ConnectionDispatchFailed")                                                          \
    X(CONTENT_TYPE_INVALID, "ContentTypeInvalid")                                                                      \
    X(CONTENT_TYPE_TOO_LONG, "ContentTypeTooLong")                                                                     \
    X(ENDPOINT_ACCESS_DENIED, "EndpointAccessDenied")                                                                  \
    X(ENDPOINT_NOT_FOUND, "EndpointNotFound")                                                                          \
    X(ENDPOINT_PAUSED, "EndpointPaused")                                                                               \
    X(ENDPOINT_UNAVAILABLE, "EndpointUnavailable")                                                                     \
    X(INVALID_RECORD_SEQUENCE, "InvalidRecordSequence")                                                                \
    X(MAX_MESSAGE_SIZE_EXCEEDED, "MaxMessageSizeExceededFault")                                                        \
    X(SERVER_TOO_BUSY, "ServerTooBusy")                                                                                \
    X(SERVICE_ACTIVATION_FAILED, "ServiceActivationFailed")                                                            \
    X(UNSUPPORTED_MODE, "UnsupportedMode")                                                                             \
    X(UNSUPPORTED_VERSION, "UnsupportedVersion")                                                                       \
    X(UPGRADE_INVALID, "UpgradeInvalid")                                                                               \
    X(VIA_TOO_LONG, "ViaTooLong")

typedef enum troth_nmf_fault {
#define TROTH_NMF_FAULT_ID(id, name) TROTH_NMF_FAULT_##id,
    TROTH_NMF_FAULTS(TROTH_NMF_FAULT_ID)
#undef TROTH_NMF_FAULT_ID
        TROTH_NMF_FAULT_COUNT /* one we do not know */
} troth_nmf_fault;

enum { TROTH_NMF_FAULT_RECORD_MAX = 128 };

/* Write a whole Fault record; answers its octets. */
size_t troth_nmf_fault_write(troth_nmf_fault fault, uint8_t ret[TROTH_NMF_FAULT_RECORD_MAX]);
/* Recognize a fault by its URI; those of other namespaces are not known. */
troth_nmf_fault troth_nmf_fault_of(troth_bytes uri);
/* "fault UpgradeInvalid", for the error's where. Constant. */
const char *troth_nmf_fault_where(troth_nmf_fault fault);

typedef struct troth_nettcp {
    troth_endpoint ep;
    const troth_env *env;
    troth_fsm fsm;
    troth_role role;
    troth_endpoint *inner; /* the NegotiateStream; its octets pass once the upgrade was granted */
    troth_nmf_reader reader;
    uint8_t small[96]; /* the front of the record being read: enough for a fault's URI */
    uint8_t small_len;
    uint8_t type;      /* of it */
    troth_queue kept;  /* server: the preamble, for the owner; client: the owner's data that has to wait */
    troth_queue out;   /* in the clear */
    uint64_t deadline; /* until OPEN */
    /* what the owner has yet to be told */
    troth_event secured;
    troth_bytes data;
    bool established, preamble, closed, told;
    bool own_preamble;          /* client: the owner's data begins with it */
    bool upgraded, end_ordered; /* of the transport: whose octets out() shows, and our direction's end */
    troth_error error;
} troth_nettcp;

/* A whole record: its type and the front of its payload. */
typedef struct troth_nettcp_record {
    troth_nmf_type type;
    const uint8_t *data;
    size_t len;  /* of data */
    size_t size; /* of the payload */
} troth_nettcp_record;

/* Read records of the peer, in the clear or inside, as long as the machine waits for one; steps it. */
size_t troth_nettcp_read(troth_nettcp *s, const uint8_t *bytes, size_t n);
/* Take the owner's own preamble and pass it on; answers octets taken. */
size_t troth_nettcp_take_own(troth_nettcp *s, const uint8_t *bytes, size_t n);
/* Give the stream inside what had to wait. */
troth_status troth_nettcp_flush(troth_nettcp *s, uint64_t now);
/* It has failed, or ended with TROTH_OK. */
void troth_nettcp_end(troth_nettcp *s, troth_status code, const char *where);

/* ---- guards and actions: preamble.c ---- */
bool troth_nettcp_version_ok(void *self, const void *arg);
bool troth_nettcp_mode_ok(void *self, const void *arg);
bool troth_nettcp_via_ok(void *self, const void *arg);
bool troth_nettcp_encoding_ok(void *self, const void *arg);
bool troth_nettcp_is_negotiate(void *self, const void *arg);
bool troth_nettcp_has_own_preamble(void *self, const void *arg);
troth_status troth_nettcp_unsupported_version(void *self, const void *arg);
troth_status troth_nettcp_unsupported_mode(void *self, const void *arg);
troth_status troth_nettcp_no_endpoint(void *self, const void *arg);
troth_status troth_nettcp_bad_encoding(void *self, const void *arg);
troth_status troth_nettcp_bad_upgrade(void *self, const void *arg);
troth_status troth_nettcp_upgrade_missing(void *self, const void *arg);
troth_status troth_nettcp_bad_record(void *self, const void *arg);
troth_status troth_nettcp_grant_upgrade(void *self, const void *arg);
troth_status troth_nettcp_hand_over(void *self, const void *arg);
troth_status troth_nettcp_ask_upgrade(void *self, const void *arg);
troth_status troth_nettcp_upgrade(void *self, const void *arg);
troth_status troth_nettcp_send_preamble_end(void *self, const void *arg);
troth_status troth_nettcp_open(void *self, const void *arg);
troth_status troth_nettcp_peer_fault(void *self, const void *arg);
troth_status troth_nettcp_inner_closed(void *self, const void *arg);
troth_status troth_nettcp_lost(void *self, const void *arg);
troth_status troth_nettcp_close(void *self, const void *arg);
troth_status troth_nettcp_bad_answer(void *self, const void *arg);
troth_status troth_nettcp_bad_own(void *self, const void *arg);
void troth_nettcp_refuse(void *self, uint8_t event, const void *arg, troth_status why);

#endif
