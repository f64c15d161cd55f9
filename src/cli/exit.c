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

const char *troth_cli_hint(troth_status st)
{
    switch ((int)st) { /* only those that people get stuck on */
    case TROTH_NO_CRED:
        return "kinit, or name --keytab with --principal, --ccache, or --user with --password-file";
    case TROTH_CRED_EXPIRED:
        return "the ticket has expired: kinit again";
    case TROTH_TARGET_UNKNOWN:
        return "the KDC does not know this service principal: --spn names another one";
    case TROTH_WRONG_PRINCIPAL:
        return "the service runs under another account, or its keytab is out of date: compare kvno with klist -k";
    case TROTH_NO_AUTHORITY:
        return "no KDC answered: check the realm's kdc lines in krb5.conf and the network";
    case TROTH_TIME_SKEW:
        return "compare this machine's clock with the KDC's";
    case TROTH_DENIED:
        return "wrong user or password, or the account may not log on";
    case TROTH_PEER_REFUSED:
        return "the peer's own log says why: wrong password, service principal or mechanism are the usual causes";
    case TROTH_PEER_TOO_LOW:
        return "the peer demands more: try --level encrypt, or --impersonation impersonate";
    case TROTH_TOO_LOW:
        return "the peer grants less than --level or --impersonation asks";
    case TROTH_NO_MECH:
        return "the peer offers no mechanism that --mech allows";
    case TROTH_BAD_BINDINGS:
        return "both sides must name the same channel bindings";
    case TROTH_MALFORMED:
    case TROTH_TRUNCATED:
        return "the peer may not speak this wire: check nns against net.tcp, and TLS";
    default:
        return NULL;
    }
}
