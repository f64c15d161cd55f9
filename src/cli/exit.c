#include <cli/exit.h>

troth_exit troth_exit_of(troth_status st)
{
    switch (st) { /* no default: the compiler names a status that was forgotten here */
    case TROTH_OK:
        return TROTH_EXIT_OK;
    case TROTH_INVALID:
        return TROTH_EXIT_USAGE;
    case TROTH_TIMEOUT:
    case TROTH_CLOSED:
    case TROTH_IO:
    case TROTH_NO_AUTHORITY:
        return TROTH_EXIT_NETWORK;
    case TROTH_DENIED:
    case TROTH_WRONG_PRINCIPAL:
    case TROTH_TIME_SKEW:
    case TROTH_PEER_REFUSED:
    case TROTH_PEER_TOO_LOW:
        return TROTH_EXIT_REJECTED;
    case TROTH_TRUNCATED:
    case TROTH_MALFORMED:
    case TROTH_LIMIT:
    case TROTH_UNEXPECTED:
    case TROTH_UNSUPPORTED:
    case TROTH_NO_MECH:
    case TROTH_BAD_BINDINGS:
    case TROTH_DOWNGRADE:
    case TROTH_TOO_LOW:
    case TROTH_NOT_ALLOWED:
    case TROTH_MECHANISM:
        return TROTH_EXIT_REJECTING;
    case TROTH_NO_CRED:
    case TROTH_CRED_EXPIRED:
    case TROTH_EXPIRED:
    case TROTH_TARGET_UNKNOWN:
        return TROTH_EXIT_NO_CRED;
    case TROTH_BAD_CONFIG:
        return TROTH_EXIT_CONFIG;
    case TROTH_BAD_MIC:
    case TROTH_REPLAY:
    case TROTH_OUT_OF_ORDER:
    case TROTH_NOT_SEALED:
        return TROTH_EXIT_INTEGRITY;
    case TROTH_AGAIN:
    case TROTH_BAD_STATE:
    case TROTH_NO_SPACE:
    case TROTH_NO_MEMORY:
    case TROTH_NO_ENTROPY:
    case TROTH_STATUS_COUNT:
        return TROTH_EXIT_FAILED;
    }
    return TROTH_EXIT_FAILED;
}
