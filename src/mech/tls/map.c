/* From a verified client certificate to an account, by rules. */
#include <mech/tls/inner.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509v3.h>
#include <string.h>

/* What was seen of one rule's field. A value that no name is, a NUL in it, spoils it: nobody is named by half of a name. */
typedef struct search {
    const troth_cert_rule *rule;
    size_t n;
    bool fits, spoilt;
    char value[TLS_NAME];
} search;

static bool has_control(const uint8_t *data, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (data[i] < 0x20 || data[i] == 0x7f)
            return true;
    return false;
}

static void see(search *s, const void *data, size_t n)
{
    bool fold = s->rule->field <= TROTH_CERT_DNS;
    s->n++;
    if (!n || n >= sizeof s->value || has_control(data, n)) {
        s->spoilt = true;
        return;
    }
    if (s->fits || (s->rule->match && !troth_tls_same(data, n, s->rule->match, fold)))
        return;
    s->fits = true;
    memcpy(s->value, data, n);
    s->value[n] = 0;
}

static void see_string(search *s, const ASN1_STRING *text)
{
    see(s, ASN1_STRING_get0_data(text), (size_t)ASN1_STRING_length(text));
}

static void see_alternative(search *s, const GENERAL_NAME *name)
{
    if (s->rule->field == TROTH_CERT_EMAIL && name->type == GEN_EMAIL)
        see_string(s, name->d.rfc822Name);
    if (s->rule->field == TROTH_CERT_DNS && name->type == GEN_DNS)
        see_string(s, name->d.dNSName);
    if (s->rule->field != TROTH_CERT_UPN || name->type != GEN_OTHERNAME)
        return;
    const OTHERNAME *other = name->d.otherName; /* 1.3.6.1.4.1.311.20.2.3 */
    if (OBJ_obj2nid(other->type_id) != NID_ms_upn)
        return;
    if (other->value->type == V_ASN1_UTF8STRING)
        see_string(s, other->value->value.utf8string);
    else
        see(s, "", 0);
}

static void see_alternatives(search *s, const X509 *cert)
{
    GENERAL_NAMES *names = X509_get_ext_d2i(cert, NID_subject_alt_name, NULL, NULL);
    for (int i = 0; i < sk_GENERAL_NAME_num(names); i++)
        see_alternative(s, sk_GENERAL_NAME_value(names, i));
    GENERAL_NAMES_free(names);
}

static void see_common_names(search *s, const X509 *cert)
{
    const X509_NAME *subject = X509_get_subject_name(cert);
    for (int at = X509_NAME_get_index_by_NID(subject, NID_commonName, -1); at >= 0;
         at = X509_NAME_get_index_by_NID(subject, NID_commonName, at)) {
        unsigned char *text = NULL;
        int n = ASN1_STRING_to_UTF8(&text, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, at)));
        see(s, text ? (const void *)text : "", n > 0 ? (size_t)n : 0);
        OPENSSL_free(text);
    }
}

bool troth_tls_subject(const X509 *cert, char ret[TLS_NAME])
{
    BIO *b = BIO_new(BIO_s_mem());
    const char *text;
    bool good = false;
    if (b && X509_NAME_print_ex(b, X509_get_subject_name(cert), 0, XN_FLAG_RFC2253 & ~ASN1_STRFLGS_ESC_MSB) >= 0) {
        long n = BIO_get_mem_data(b, &text);
        good = n > 0 && n < TLS_NAME && !memchr(text, 0, (size_t)n);
        if (good) {
            memcpy(ret, text, (size_t)n);
            ret[n] = 0;
        }
    }
    BIO_free(b);
    return good;
}

/* Hex digits against octets, any colons left out. */
static bool same_digest(const char *hex, const uint8_t *digest, size_t n)
{
    static const char digits[] = "0123456789abcdef";
    size_t at = 0;
    for (; *hex; hex++) {
        if (*hex == ':')
            continue;
        char c = (char)(*hex >= 'A' && *hex <= 'F' ? *hex + 32 : *hex);
        uint8_t octet = at / 2 < n ? digest[at / 2] : 0;
        if (at / 2 >= n || c != digits[at % 2 ? octet & 15 : octet >> 4])
            return false;
        at++;
    }
    return at == 2 * n;
}

static void see_digest(search *s, const X509 *cert)
{
    uint8_t digest[EVP_MAX_MD_SIZE];
    unsigned n = 0;
    s->fits = s->rule->match && s->rule->account && X509_digest(cert, EVP_sha256(), digest, &n) == 1 && n == 32 &&
              same_digest(s->rule->match, digest, n);
    s->n = 1;
}

static bool rule_fits(search *s, const X509 *cert)
{
    char subject[TLS_NAME];
    if (s->rule->field <= TROTH_CERT_DNS)
        see_alternatives(s, cert);
    else if (s->rule->field == TROTH_CERT_CN)
        see_common_names(s, cert);
    else if (s->rule->field == TROTH_CERT_SHA256)
        see_digest(s, cert);
    else if (s->rule->field == TROTH_CERT_SUBJECT && troth_tls_subject(cert, subject))
        see(s, subject, strlen(subject));
    return s->fits && !s->spoilt && (s->rule->match || s->n == 1);
}

static bool keep(char to[TLS_NAME], const char *from, size_t n)
{
    if (n >= TLS_NAME)
        return false;
    memcpy(to, from, n);
    to[n] = 0;
    return true;
}

/* "DOM\alice" is only a rule's own word; what a certificate says has a realm where its field has one. */
static bool split(const char *name, bool backslash, bool at, troth_tls_holder *h)
{
    const char *cut = backslash ? strchr(name, '\\') : NULL;
    h->style = cut ? TROTH_NAME_BACKSLASH : TROTH_NAME_AT;
    if (cut)
        return keep(h->authority, name, (size_t)(cut - name)) && keep(h->account, cut + 1, strlen(cut + 1));
    cut = at ? strrchr(name, '@') : NULL;
    size_t n = cut ? (size_t)(cut - name) : strlen(name);
    const char *rest = cut ? cut + 1 : "";
    return keep(h->account, name, n) && keep(h->authority, rest, strlen(rest));
}

troth_status troth_tls_map(const troth_tls_config *config, const X509 *cert, troth_tls_holder *ret)
{
    troth_tls_holder h = { 0 };
    char subject[TLS_NAME];
    ERR_set_mark(); /* what cannot be parsed is answered here, and no error of the connection's */
    bool good = false;
    for (size_t i = 0; i < config->n_rules && !good; i++) {
        search s = { .rule = &config->rules[i] };
        if (!rule_fits(&s, cert))
            continue;
        const char *name = s.rule->account;
        bool realm = name || s.rule->field == TROTH_CERT_UPN || s.rule->field == TROTH_CERT_EMAIL;
        good = split(name ? name : s.value, name, realm, &h);
    }
    if (!config->n_rules)
        good = troth_tls_subject(cert, subject) && split(subject, false, false, &h);
    ERR_pop_to_mark();
    if (!good || !h.account[0])
        return TROTH_DENIED;
    *ret = h;
    return TROTH_OK;
}
