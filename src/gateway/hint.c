#include <string.h>
#include <troth/gateway.h>

/* com_err numbers of Kerberos [krb5_err.et]: base -1765328384 plus the error of RFC 4120 7.5.9, or of the library */
enum { KRB5_BASE = -1765328384 };

typedef struct hint {
    troth_status code;
    uint32_t wire;     /* 0 = any */
    const char *where; /* what the error's begins with; NULL = any */
    const char *text;
} hint;

/* The first that fits: those that know more come before those that know less. */
static const hint hints[] = {
    { TROTH_TARGET_UNKNOWN, 0, "MS-NLMP",
      "the client named another service than --service: --spn must be the same there, or --service be left out" },
    { TROTH_TARGET_UNKNOWN, 0, "CORBA",
      "the password was meant for another target: --realm must be the same here and there; for clients that name none "
      "there is --empty-target" },
    { TROTH_TARGET_UNKNOWN, 0, NULL,
      "the service name is not registered, is registered twice, or an address or alias was used: check the SPN asked "
      "for, and name it by --spn" },
    { TROTH_WRONG_PRINCIPAL, 0, "RFC 5280",
      "the server's certificate is for another name: connect by a name that is in it, or say whose it must be by "
      "--tls-name" },
    { TROTH_WRONG_PRINCIPAL, 0, NULL,
      "the ticket was made with another key: the SPN belongs to another account than the service's, or its key was "
      "changed and the keytab is older" },
    { TROTH_NO_CRED, 0, "CORBA 24.5.1.3",
      "the client sent no evidence of who it is: it needs CSIv2, its own or that of troth connect iiop" },
    { TROTH_NO_CRED, 0, NULL,
      "there is no credential: a client needs a ticket (kinit, --ccache), --keytab or --user, a server a readable "
      "keytab with the service's key" },
    { TROTH_CRED_EXPIRED, 0, "RFC 5280", "the peer's certificate has run out, or is not valid yet" },
    { TROTH_CRED_EXPIRED, 0, NULL, "the ticket has run out: get a new one by kinit" },
    { TROTH_TIME_SKEW, 0, NULL, "the clocks of the client, the server and the KDC must agree within five minutes" },
    { TROTH_NO_AUTHORITY, 0, NULL, "the KDC or domain controller cannot be reached: check names, ports and firewalls" },
    { TROTH_DENIED, 0, "MS-NNS 3.1.4.1 anon", "anonymous clients come in only by --allow anonymous" },
    { TROTH_DENIED, 0, "MS-NLMP 3.2.5.1.2: the anonymous", "anonymous clients come in only by --allow anonymous" },
    { TROTH_DENIED, 0, "MS-NLMP 3.2.5.1.2: account",
      "the account is not in the file of --ntlm-users: its name and domain must be the ones that the client uses" },
    { TROTH_DENIED, 0, "RFC 5280",
      "the peer's certificate is missing, is not for this use, or does not lead to an authority that is trusted here "
      "(--tls-ca, --client-ca, --tls-rule)" },
    { TROTH_DENIED, 0, NULL,
      "the password is wrong, the account is locked or not known, or the domain restricts this kind of logon" },
    { TROTH_BAD_BINDINGS, 0, NULL,
      "the channel bindings differ or are missing: a TLS proxy in between, another certificate than the one expected, "
      "or a client without --channel-binding" },
    { TROTH_NO_MECH, 0, NULL,
      "no mechanism in common: most often one side has no usable credential for Kerberos, and NTLM is not enabled "
      "(--ntlm-users)" },
    { TROTH_DOWNGRADE, 0, "MS-NLMP 3.2.5.1.2: no MIC",
      "the NTLM client sends no MIC, so its negotiation may have been altered: update it, or accept such clients by "
      "--ntlm-without-mic" },
    { TROTH_DOWNGRADE, 0, NULL,
      "the negotiation was altered on its way, or the peer cannot do what the policy demands" },
    { TROTH_TOO_LOW, 0, NULL,
      "the peer offers less protection or impersonation than is required here: raise it there" },
    { TROTH_PEER_TOO_LOW, 0, NULL,
      "the peer requires more protection or impersonation (--level, --impersonation), other channel bindings "
      "(--channel-binding), or does not answer to this service name (--spn): its log says which" },
    { TROTH_NOT_ALLOWED, 0, NULL, "the identity is authentic but no --allow pattern matches it" },
    { TROTH_REPLAY, 0, NULL, "a token or message came twice: a repeated connection, a clock set back, or an attack" },
    { TROTH_MALFORMED, 0, "CORBA 24.2.2",
      "the client's service context 15 cannot be read: --quirk names what is known of such clients" },
    { TROTH_MALFORMED, 0, "RFC 4178 4.2: not a SPNEGO",
      "the client sent a bare token where a negotiation was expected: raw NTLM needs --ntlm-users here, or --mech "
      "negotiate there" },
    { TROTH_MALFORMED, 0, NULL, "the peer does not speak this protocol, or not at this place: check wire and port" },
    { TROTH_UNEXPECTED, 0, "MS-NNS 2.2.1 MessageId",
      "the peer does not speak NegotiateStream at this place: check wire (nns or net.tcp) and port" },
    { TROTH_TRUNCATED, 0, "RFC 8446 6.1",
      "the connection ended without the word of TLS that it was meant to: what came may be incomplete" },
    { TROTH_EXPIRED, 0, NULL, "the context lived as long as its ticket: connect anew" },
    { TROTH_BAD_CONFIG, 0, NULL, "a line of a credential file cannot be used: the message names it" },
    { TROTH_NO_ENTROPY, 0, NULL, "the system gives no random octets" },
    { TROTH_TIMEOUT, 0, NULL, "the peer did not answer in time: it may speak another protocol, or be overloaded" },
    /* what the peer told us */
    { TROTH_PEER_REFUSED, 0x8009030c, NULL,
      "the peer denied the logon: the password is wrong, the account is not known there, it is not allowed, or NTLM is "
      "not accepted" },
    { TROTH_PEER_REFUSED, 0x80090308, NULL,
      "the peer could not read our token: it expects another mechanism (--mech), most often because NTLM is off "
      "there" },
    { TROTH_PEER_REFUSED, 0x80090302, NULL,
      "the peer takes none of our mechanisms: NTLM is off there, or it has no keytab (--mech)" },
    { TROTH_PEER_REFUSED, 0x80090322, NULL,
      "our ticket was made for another key than the peer's: check the SPN (--spn) and the peer's keytab" },
    { TROTH_PEER_REFUSED, 0x80090324, NULL,
      "the clocks of the client, the server and the KDC must agree within five minutes" },
    { TROTH_PEER_REFUSED, 0x80090346, NULL, "the channel bindings differ or are missing: --channel-binding" },
    { TROTH_PEER_REFUSED, 0x80090350, NULL, "the peer's policy refuses this client: it demands more than we sent" },
    { TROTH_PEER_REFUSED, 0x8009030e, NULL, "the peer has no usable credential: its keytab lacks a key" },
    { TROTH_PEER_REFUSED, 0, NULL, "the peer gave up on us: its log says why" },
};

/* What MIT's library says in numbers, whatever the status it was mapped to. */
static const struct {
    int32_t minor;
    const char *text;
} kerberos_hints[] = {
    { KRB5_BASE + 6, "the account is not known to the KDC: check its name and realm" },
    { KRB5_BASE + 7,
      "the service name is not in the KDC's database: it is not registered, or an address, short name or "
      "alias was used; name it by --spn" },
    { KRB5_BASE + 14, "no encryption type in common: reset the account's password once so that AES keys exist" },
    { KRB5_BASE + 18, "the account is disabled, locked or expired" },
    { KRB5_BASE + 23, "the password has expired: change it, for example by kpasswd" },
    { KRB5_BASE + 32, "the ticket has run out: get a new one by kinit" },
    { KRB5_BASE + 35, "the ticket is for a service whose key is not in the keytab: compare with `klist -k`" },
    { KRB5_BASE + 37, "the clocks of the client, the server and the KDC must agree within five minutes" },
    { KRB5_BASE + 44,
      "the keytab has an older or newer key of this service: compare the ticket's kvno with `klist -k`" },
    { KRB5_BASE + 154, "no KDC is known for the realm: krb5.conf or DNS must name one" },
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
        const hint *h = &hints[i];
        if (h->code == err->code && (!h->wire || h->wire == err->wire) &&
            (!h->where || (err->where && strncmp(h->where, err->where, strlen(h->where)) == 0)))
            return h->text;
    }
    return NULL;
}
