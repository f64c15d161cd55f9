/* The server's side of an exchange. */
#include <mech/ntlm/server.h>

enum { START = NTLM_START, WAITING = NTLM_WAITING, DONE = NTLM_DONE, FAILED = NTLM_FAILED };
enum { NO_TOKEN = NTLM_EV_NO_TOKEN, NEGOTIATE = NTLM_EV_NEGOTIATE, AUTHENTICATE = NTLM_EV_AUTHENTICATE };

static const char *const states[] = { "start", "waiting for AUTHENTICATE", "done", "failed" };

#define is_datagram        troth_ntlm_is_datagram
#define is_connection      troth_ntlm_is_connection
#define send_challenge     troth_ntlm_send_challenge
#define check_authenticate troth_ntlm_check_authenticate

/* clang-format off */
static const troth_fsm_row rows[] = {
    /*        from     on            if             do                  to       section               */
    TROTH_ROW(START,   NO_TOKEN,     is_datagram,   send_challenge,     WAITING, "MS-NLMP 3.2.5.2.1"),
    TROTH_ROW(START,   NEGOTIATE,    is_connection, send_challenge,     WAITING, "MS-NLMP 3.2.5.1.1"),
    TROTH_ROW(WAITING, AUTHENTICATE, NULL,          check_authenticate, DONE,    "MS-NLMP 3.2.5.1.2, 3.2.5.2.2"),
};
/* clang-format on */

const troth_fsm_spec troth_ntlm_server_fsm = {
    "ntlm_server",
    "NTLM server [MS-NLMP 3.2]",
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
