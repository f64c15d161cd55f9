/* The client's side of an exchange. */
#include <mech/ntlm/client.h>

enum { START = NTLM_START, WAITING = NTLM_WAITING, DONE = NTLM_DONE, FAILED = NTLM_FAILED };
enum { NO_TOKEN = NTLM_EV_NO_TOKEN, CHALLENGE = NTLM_EV_CHALLENGE };

static const char *const states[] = { "start", "waiting for CHALLENGE", "done", "failed" };

#define is_datagram       troth_ntlm_is_datagram
#define choose_key        troth_ntlm_choose_key
#define send_negotiate    troth_ntlm_send_negotiate
#define send_authenticate troth_ntlm_send_authenticate

/* clang-format off */
static const troth_fsm_row rows[] = {
    /*        from     on         if           do                 to       section            */
    TROTH_ROW(START,   NO_TOKEN,  is_datagram, choose_key,        WAITING, "MS-NLMP 3.1.5.2"),
    TROTH_ROW(START,   NO_TOKEN,  NULL,        send_negotiate,    WAITING, "MS-NLMP 3.1.5.1.1"),
    TROTH_ROW(WAITING, CHALLENGE, NULL,        send_authenticate, DONE,    "MS-NLMP 3.1.5.1.2, 3.1.5.2.1"),
};
/* clang-format on */

const troth_fsm_spec troth_ntlm_client_fsm = {
    "ntlm_client",
    "NTLM client [MS-NLMP 3.1]",
    rows,
    sizeof rows / sizeof *rows,
    states,
    sizeof states / sizeof *states,
    troth_ntlm_events,
    NTLM_N_EVENTS,
    START,
    FAILED,
    troth_ntlm_refuse,
};
