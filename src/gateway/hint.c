#include <troth/gateway.h>

/* com_err numbers of Kerberos [krb5_err.et]: base -1765328384 plus the error of RFC 4120 7.5.9, or of the library */
enum { KRB5_BASE = -1765328384 };

typedef struct hint {
    troth_status code;
    int32_t minor; /* 0 = any */
    const char *text;
} hint;

static const hint hints[] = {
    { TROTH_TARGET_UNKNOWN, 0,
      "the service name is not registered, is registered twice, or an address or alias was used: check the SPN asked "
      "for, and name it by --spn" },
    { TROTH_WRONG_PRINCIPAL, 0,
      "the ticket was made with another key: the SPN belongs to another account than the service's, or its key was "
      "changed and the keytab is older" },
    { TROTH_NO_CRED, 0,
      "there is no credential: a client needs a ticket (kinit, --ccache) or --keytab, a server a readable keytab with "
      "the service's key" },
    { TROTH_CRED_EXPIRED, 0, "the ticket has run out: get a new one" },
    { TROTH_TIME_SKEW, 0, "the clocks of the client, the server and the KDC must agree within five minutes" },
    { TROTH_NO_AUTHORITY, KRB5_BASE + 154, "no KDC is known for the realm: krb5.conf or DNS must name one" },
    { TROTH_NO_AUTHORITY, 0, "the KDC or domain controller cannot be reached: check names, ports and firewalls" },
    { TROTH_DENIED, 0,
      "the password is wrong, the account is locked or not known, or the domain restricts this kind of logon" },
    { TROTH_BAD_BINDINGS, 0,
      "the channel bindings differ: a TLS proxy in between, or another certificate than the one expected" },
    { TROTH_NO_MECH, 0,
      "no mechanism in common: most often one side has no usable credential for Kerberos and NTLM is not enabled" },
    { TROTH_DOWNGRADE, 0, "the negotiation was altered on its way, or the peer cannot do what the policy demands" },
    { TROTH_TOO_LOW, 0, "the peer offers less protection or impersonation than is required here: raise it there" },
    { TROTH_PEER_TOO_LOW, 0, "the peer requires more protection or impersonation: ask for more by --level" },
    { TROTH_NOT_ALLOWED, 0, "the identity is authentic but no --allow pattern matches it" },
    { TROTH_REPLAY, 0, "a token or message came twice: a repeated connection, a clock set back, or an attack" },
    { TROTH_MALFORMED, 0, "the peer does not speak this protocol, or not at this place: check wire and port" },
    { TROTH_EXPIRED, 0, "the context lived as long as its ticket: connect anew" },
    { TROTH_BAD_CONFIG, 0, "a line of a credential file cannot be used: the message names it" },
    { TROTH_NO_ENTROPY, 0, "the system gives no random octets" },
};

/* What MIT's library says in numbers, whatever the status it was mapped to. */
static const hint kerberos_hints[] = {
    { TROTH_OK, KRB5_BASE + 7,
      "the service name is not in the KDC's database: it is not registered, or an address, short name or alias was "
      "used; "
      "name it by --spn" },
    { TROTH_OK, KRB5_BASE + 14,
      "no encryption type in common: reset the account's password once so that AES keys exist" },
    { TROTH_OK, KRB5_BASE + 37, "the clocks of the client, the server and the KDC must agree within five minutes" },
    { TROTH_OK, KRB5_BASE + 44,
      "the keytab has an older or newer key of this service: compare the ticket's kvno with `klist -k`" },
    { TROTH_OK, KRB5_BASE + 35, "the ticket is for a service whose key is not in the keytab: compare with `klist -k`" },
};

const char *troth_error_hint(const troth_error *err)
{
    int32_t minor = (int32_t)err->gss_minor;
    if (!err->code)
        return NULL;
    for (size_t i = 0; minor && i < sizeof kerberos_hints / sizeof *kerberos_hints; i++) {
        if (kerberos_hints[i].minor == minor)
            return kerberos_hints[i].text;
    }
    for (size_t i = 0; i < sizeof hints / sizeof *hints; i++) {
        if (hints[i].code == err->code && (!hints[i].minor || hints[i].minor == minor))
            return hints[i].text;
    }
    return NULL;
}
