/* SSPI's numbers in words: the tables of flags.c and status.c as a program may see them. */
#include <base/utf16.h>
#include <sspi/flags.h>
#include <sspi/status.h>
#include <troth/flags.h>

/* clang-format off */
/* Their names are those of base/hresult.def. */
static const struct {
    SECURITY_STATUS status;
    const char *text;
} statuses[] = {
    { SEC_E_OK, "done" },
    { SEC_I_CONTINUE_NEEDED, "a token must go to the peer, and its answer come back" },
    { SEC_I_COMPLETE_NEEDED, "CompleteAuthToken must be called" },
    { SEC_I_COMPLETE_AND_CONTINUE, "CompleteAuthToken must be called, then the token go to the peer" },
    { SEC_I_LOCAL_LOGON, "logged on to this machine only" },
    { SEC_I_GENERIC_EXTENSION_RECEIVED, "a TLS extension was received that the caller had subscribed to" },
    { SEC_I_CONTEXT_EXPIRED, "the peer has ended the stream" },
    { SEC_I_INCOMPLETE_CREDENTIALS, "the server asks for a certificate, and none was given" },
    { SEC_I_RENEGOTIATE, "the peer wants a new handshake" },
    { SEC_I_NO_LSA_CONTEXT, "no context of the local security authority goes with this one" },
    { SEC_I_SIGNATURE_NEEDED, "a signature must be made before going on" },
    { SEC_I_NO_RENEGOTIATION, "the peer does not want a new handshake" },
    { SEC_I_MESSAGE_FRAGMENT, "more of this message must be sent" },
    { SEC_I_CONTINUE_NEEDED_MESSAGE_OK, "legs are to come, but messages may be sent already" },
    { SEC_I_ASYNC_CALL_PENDING, "the call goes on, and will tell when it is done" },
    { SEC_E_INSUFFICIENT_MEMORY, "no memory" },
    { SEC_E_INVALID_HANDLE, "no such handle, or its context is not complete" },
    { SEC_E_UNSUPPORTED_FUNCTION, "this package cannot do that" },
    { SEC_E_TARGET_UNKNOWN, "the target is not known to its realm or domain" },
    { SEC_E_INTERNAL_ERROR, "the package failed for reasons of its own" },
    { SEC_E_SECPKG_NOT_FOUND, "no such package, or none that both sides have" },
    { SEC_E_NOT_OWNER, "the caller does not own the credentials" },
    { SEC_E_CANNOT_INSTALL, "the package cannot be installed" },
    { SEC_E_INVALID_TOKEN, "a token or a list of buffers that makes no sense" },
    { SEC_E_CANNOT_PACK, "the context cannot be exported" },
    { SEC_E_QOP_NOT_SUPPORTED, "this protection was not negotiated, or does not exist" },
    { SEC_E_NO_IMPERSONATION, "the client does not allow to be impersonated" },
    { SEC_E_LOGON_DENIED, "wrong account or password, or an account that may not log on" },
    { SEC_E_UNKNOWN_CREDENTIALS, "credentials that the package does not understand" },
    { SEC_E_NO_CREDENTIALS, "no credentials that could be used" },
    { SEC_E_MESSAGE_ALTERED, "a message or its signature was altered on the way" },
    { SEC_E_OUT_OF_SEQUENCE, "a message came twice or out of order, or a leg when none was due" },
    { SEC_E_NO_AUTHENTICATING_AUTHORITY, "no KDC or domain controller could be reached" },
    { SEC_E_BAD_PKGID, "no package has this number" },
    { SEC_E_CONTEXT_EXPIRED, "the context has come to its end" },
    { SEC_E_INCOMPLETE_MESSAGE, "there is more to be read of this message" },
    { SEC_E_INCOMPLETE_CREDENTIALS, "the credentials lack something, and the context could not be made" },
    { SEC_E_BUFFER_TOO_SMALL, "a buffer is too small" },
    { SEC_E_WRONG_PRINCIPAL, "the target is not who was asked for" },
    { SEC_E_TIME_SKEW, "the clocks of both sides are too far apart" },
    { SEC_E_UNTRUSTED_ROOT, "a certificate of an authority that is not trusted" },
    { SEC_E_ILLEGAL_MESSAGE, "a message that its protocol does not have here" },
    { SEC_E_CERT_UNKNOWN, "a certificate that could not be judged" },
    { SEC_E_CERT_EXPIRED, "a certificate that has expired" },
    { SEC_E_ENCRYPT_FAILURE, "the message could not be encrypted" },
    { SEC_E_DECRYPT_FAILURE, "the message could not be decrypted, or was not encrypted at all" },
    { SEC_E_ALGORITHM_MISMATCH, "no algorithm that both sides have" },
    { SEC_E_SECURITY_QOS_FAILED, "less was negotiated than was required" },
    { SEC_E_UNFINISHED_CONTEXT_DELETED, "the context was deleted before it was complete" },
    { SEC_E_NO_TGT_REPLY, "user-to-user authentication, and the server gave no ticket-granting ticket" },
    { SEC_E_NO_IP_ADDRESSES, "the local machine has no address" },
    { SEC_E_WRONG_CREDENTIAL_HANDLE, "the credentials are not those of the context" },
    { SEC_E_CRYPTO_SYSTEM_INVALID, "the cryptography of the context cannot be used" },
    { SEC_E_MAX_REFERRALS_EXCEEDED, "the KDCs referred to each other without end" },
    { SEC_E_MUST_BE_KDC, "only a KDC may do that" },
    { SEC_E_STRONG_CRYPTO_NOT_SUPPORTED, "strong cryptography is not allowed here" },
    { SEC_E_TOO_MANY_PRINCIPALS, "several principals where one was wanted" },
    { SEC_E_NO_PA_DATA, "the KDC wanted pre-authentication, and none was given" },
    { SEC_E_PKINIT_NAME_MISMATCH, "the client's certificate names another account" },
    { SEC_E_SMARTCARD_LOGON_REQUIRED, "the account must log on by smart card" },
    { SEC_E_SHUTDOWN_IN_PROGRESS, "the system is shutting down" },
    { SEC_E_KDC_INVALID_REQUEST, "the KDC did not understand the request" },
    { SEC_E_KDC_UNABLE_TO_REFER, "the KDC knows no way to the target's realm" },
    { SEC_E_KDC_UNKNOWN_ETYPE, "no encryption type that client, target and KDC have" },
    { SEC_E_UNSUPPORTED_PREAUTH, "a pre-authentication that is not supported" },
    { SEC_E_DELEGATION_REQUIRED, "delegation is needed, and was not asked for" },
    { SEC_E_BAD_BINDINGS, "the channel bindings are wrong, or missing and required" },
    { SEC_E_MULTIPLE_ACCOUNTS, "the certificate belongs to several accounts" },
    { SEC_E_NO_KERB_KEY, "no key of the target's for this encryption type" },
    { SEC_E_CERT_WRONG_USAGE, "a certificate that was made for something else" },
    { SEC_E_DOWNGRADE_DETECTED, "somebody made the negotiation come out weaker" },
    { SEC_E_SMARTCARD_CERT_REVOKED, "the smart card's certificate was revoked" },
    { SEC_E_ISSUING_CA_UNTRUSTED, "the smart card's certificate comes from an authority that is not trusted" },
    { SEC_E_REVOCATION_OFFLINE_C, "whether the smart card's certificate was revoked could not be learned" },
    { SEC_E_PKINIT_CLIENT_FAILURE, "the smart card's certificate was not trusted" },
    { SEC_E_SMARTCARD_CERT_EXPIRED, "the smart card's certificate has expired" },
    { SEC_E_NO_S4U_PROT_SUPPORT, "the KDC cannot let a service act for a user" },
    { SEC_E_CROSSREALM_DELEGATION_FAILURE, "delegation does not go beyond the realm" },
    { SEC_E_REVOCATION_OFFLINE_KDC, "whether the KDC's certificate was revoked could not be learned" },
    { SEC_E_ISSUING_CA_UNTRUSTED_KDC, "the KDC's certificate comes from an authority that is not trusted" },
    { SEC_E_KDC_CERT_EXPIRED, "the KDC's certificate has expired" },
    { SEC_E_KDC_CERT_REVOKED, "the KDC's certificate was revoked" },
    { SEC_E_INVALID_PARAMETER, "an argument that makes no sense" },
    { SEC_E_DELEGATION_POLICY, "policy forbids delegation to this target" },
    { SEC_E_POLICY_NLTM_ONLY, "policy forbids delegation by NTLM alone" },
    { SEC_E_NO_CONTEXT, "no context goes with this" },
    { SEC_E_PKU2U_CERT_FAILURE, "a peer-to-peer certificate was not good" },
    { SEC_E_MUTUAL_AUTH_FAILED, "the server did not authenticate itself" },
    { SEC_E_ONLY_HTTPS_ALLOWED, "only HTTPS is allowed here" },
    { SEC_E_APPLICATION_PROTOCOL_MISMATCH, "no application protocol that both sides have" },
    { SEC_E_INVALID_UPN_NAME, "the account's name is not a user principal name" },
    { SEC_E_EXT_BUFFER_TOO_SMALL, "the buffer for a TLS extension is too small" },
    { SEC_E_INSUFFICIENT_BUFFERS, "more buffers are needed" },
};
/* clang-format on */

bool troth_sspi_word_get(size_t i, troth_sspi_word *ret)
{
    if (i >= sizeof statuses / sizeof *statuses)
        return false;
    uint32_t value = (uint32_t)statuses[i].status;
    *ret = (troth_sspi_word){ .name = troth_hresult_name(value), .value = value, .text = statuses[i].text };
    for (size_t g = 0; ret->value && !ret->gss && g < troth_sspi_n_gss_rows; g++)
        if ((uint32_t)troth_sspi_gss_rows[g].status == ret->value)
            ret->gss = troth_sspi_gss_rows[g].name;
    return true;
}

/* ---- flags ---- */

static bool of_side(troth_flag_set set)
{
    return set != TROTH_FLAG_SET_GSS;
}

static const troth_sspi_flag_table *table(troth_flag_set set)
{
    return troth_sspi_flags_of(set == TROTH_FLAG_SET_ISC_REQ || set == TROTH_FLAG_SET_ISC_RET ? TROTH_INITIATOR
                                                                                              : TROTH_ACCEPTOR);
}

static bool answers(troth_flag_set set)
{
    return set == TROTH_FLAG_SET_ISC_RET || set == TROTH_FLAG_SET_ASC_RET;
}

static uint32_t bit_of(troth_flag_set set, const troth_sspi_flag *f)
{
    return answers(set) ? f->ret : f->req;
}

static const char *name_of(troth_flag_set set, const troth_sspi_flag *f)
{
    return answers(set) ? f->ret_name : f->name;
}

const char *troth_flag_set_name(troth_flag_set set)
{
    static const char *const names[] = { "ISC_REQ", "ISC_RET", "ASC_REQ", "ASC_RET", "GSS" };
    return set < TROTH_N_FLAG_SETS ? names[set] : NULL;
}

static void fill(troth_flag_set set, const troth_sspi_flag *f, troth_flag_word *ret)
{
    *ret = (troth_flag_word){ .name = name_of(set, f), .bit = bit_of(set, f), .early = f->early };
    static const struct {
        uint8_t bit;
        const char *name;
    } packages[] = { { TROTH_SSPI_KERBEROS, "Kerberos" },
                     { TROTH_SSPI_NTLM, "NTLM" },
                     { TROTH_SSPI_NEGOTIATE, "Negotiate" },
                     { TROTH_SSPI_SCHANNEL, "Schannel" } };
    for (size_t i = 0, n = 0; i < 4; i++)
        if (f->packages & packages[i].bit)
            ret->packages[n++] = packages[i].name;
}

bool troth_flag_word_get(troth_flag_set set, size_t i, troth_flag_word *ret)
{
    if (!of_side(set)) {
        if (i >= troth_sspi_n_gss_flags)
            return false;
        *ret = (troth_flag_word){ .name = troth_sspi_gss_flags[i].name, .bit = troth_sspi_gss_flags[i].bit };
        return true;
    }
    const troth_sspi_flag_table *t = table(set);
    for (size_t r = 0; r < t->n; r++) /* rows of the other direction only do not count */
        if (bit_of(set, &t->rows[r]) && i-- == 0) {
            fill(set, &t->rows[r], ret);
            return true;
        }
    return false;
}

/* Two rows mean the same when they mean the same of ours; what is none of the engine's business, when its name agrees. */
static bool same(const troth_sspi_flag *a, const troth_sspi_flag *b)
{
    if (a->ours || b->ours)
        return a->ours == b->ours;
    return a->name && b->name && troth_utf8_same(a->name, b->name);
}

static uint32_t from_gss(uint32_t bit, troth_flag_set to)
{
    const troth_sspi_flag_table *t = table(to);
    for (size_t i = 0; i < t->n; i++)
        if (t->rows[i].gss == bit)
            return bit_of(to, &t->rows[i]);
    return 0;
}

static uint32_t from_row(const troth_sspi_flag *f, troth_flag_set to)
{
    if (!of_side(to))
        return f->gss;
    const troth_sspi_flag_table *t = table(to);
    for (size_t i = 0; i < t->n; i++)
        if (same(f, &t->rows[i]))
            return bit_of(to, &t->rows[i]);
    return 0;
}

static uint32_t map_bit(troth_flag_set from, uint32_t bit, troth_flag_set to)
{
    if (from == to)
        return bit;
    if (!of_side(from))
        return from_gss(bit, to);
    const troth_sspi_flag_table *t = table(from);
    for (size_t i = 0; i < t->n; i++)
        if (bit_of(from, &t->rows[i]) == bit)
            return from_row(&t->rows[i], to);
    return 0;
}

uint32_t troth_flags_map(troth_flag_set from, uint32_t bits, troth_flag_set to, uint32_t *ret_left)
{
    uint32_t mapped = 0, left = 0;
    for (unsigned i = 0; i < 32; i++) {
        uint32_t bit = bits & UINT32_C(1) << i, there = bit ? map_bit(from, bit, to) : 0;
        mapped |= there;
        left |= there ? 0 : bit;
    }
    *ret_left = left;
    return mapped;
}
