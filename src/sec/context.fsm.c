/* The life of a security context. */
#include <sec/context_fsm.h>

enum {
    FRESH = TROTH_CTX_FRESH,
    HALF_OPEN = TROTH_CTX_HALF_OPEN,
    USABLE = TROTH_CTX_USABLE,
    OPEN = TROTH_CTX_OPEN,
    FAILED = TROTH_CTX_FAILED
};
enum {
    MORE = TROTH_CTX_EV_MORE,
    READY = TROTH_CTX_EV_READY,
    DONE = TROTH_CTX_EV_DONE,
    ERROR = TROTH_CTX_EV_ERROR,
    IMPORT = TROTH_CTX_EV_IMPORT
};

static const char *const states[] = { "fresh", "half open", "usable", "open", "failed" };
static const char *const events[] = { "leg: more", "leg: usable", "leg: done", "error", "import" };

/* clang-format off */
static const troth_fsm_row rows[] = {
    /*        from       on     if    do    to         section                    */
    TROTH_ROW(FRESH,     MORE,  NULL, NULL, HALF_OPEN, "RFC 2743 2.2.1"),
    TROTH_ROW(FRESH,     READY, NULL, NULL, USABLE,    "MS-NLMP 3.1.5.2"), /* a datagram initiator before any token */
    TROTH_ROW(FRESH,     DONE,  NULL, NULL, OPEN,      "RFC 2743 2.2.1"),
    TROTH_ROW(FRESH,     ERROR, NULL, NULL, FAILED,    "RFC 2743 2.2.1"),
    TROTH_ROW(FRESH,     IMPORT, NULL, NULL, OPEN,     "RFC 2743 2.2.9"),  /* made of what another context exported */
    TROTH_ROW(HALF_OPEN, MORE,  NULL, NULL, HALF_OPEN, "RFC 2743 2.2.1"),
    TROTH_ROW(HALF_OPEN, DONE,  NULL, NULL, OPEN,      "RFC 2743 2.2.1"),
    TROTH_ROW(HALF_OPEN, ERROR, NULL, NULL, FAILED,    "RFC 2743 2.2.1"),
    TROTH_ROW(USABLE,    DONE,  NULL, NULL, OPEN,      "MS-NLMP 3.1.5.2"),
    TROTH_ROW(USABLE,    ERROR, NULL, NULL, FAILED,    "MS-NLMP 3.1.5.2"),
    TROTH_ROW(OPEN,      ERROR, NULL, NULL, FAILED,    "RFC 8446 6.2"), /* a record that fails ends its context */
};
/* clang-format on */

static void nothing_to_tell(void *self, uint8_t event, const void *arg, troth_status why)
{
    (void)self, (void)event, (void)arg, (void)why; /* the wire above forms the answer */
}

const troth_fsm_spec troth_context_fsm = {
    "context",
    "a security context",
    rows,
    sizeof rows / sizeof *rows,
    states,
    sizeof states / sizeof *states,
    events,
    sizeof events / sizeof *events,
    FRESH,
    FAILED,
    nothing_to_tell,
};
