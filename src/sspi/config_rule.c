/* "map = FIELD [VALUE] [=> ACCOUNT]". */
#include <base/utf16.h>
#include <sspi/config.h>
#include <string.h>

static bool field_of(const char *word, troth_cert_field *ret)
{
    static const struct {
        const char *word;
        troth_cert_field field;
    } fields[] = { { "upn", TROTH_CERT_UPN }, { "email", TROTH_CERT_EMAIL },     { "dns", TROTH_CERT_DNS },
                   { "cn", TROTH_CERT_CN },   { "subject", TROTH_CERT_SUBJECT }, { "sha256", TROTH_CERT_SHA256 } };
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
        if (troth_utf8_same(word, fields[i].word)) {
            *ret = fields[i].field;
            return true;
        }
    return false;
}

/* The rest of a string behind blanks, its own trailing ones cut off; NULL when nothing is left. */
static char *stripped(char *s)
{
    static const char blank[] = " \t";
    s += strspn(s, blank);
    size_t n = strlen(s);
    while (n && strchr(blank, s[n - 1]))
        s[--n] = 0;
    return n ? s : NULL;
}

troth_status troth_sspi_config_rule(const troth_env *env, char *value, troth_cert_rule *ret)
{
    troth_cert_rule r = { 0 };
    char *arrow = strstr(value, "=>"), *account = NULL, *match = NULL;
    if (arrow) {
        *arrow = 0;
        account = stripped(arrow + 2);
    }
    char *word = stripped(value), *end = word ? word + strcspn(word, " \t") : NULL;
    if (end && *end) {
        *end = 0;
        match = stripped(end + 1);
    }
    if (!word || !field_of(word, &r.field) || (arrow && !account))
        return TROTH_BAD_CONFIG;
    if (r.field == TROTH_CERT_SHA256 && (!match || !account)) /* a digest is nobody's name */
        return TROTH_BAD_CONFIG;
    char *kept_match = NULL, *kept_account = NULL;
    troth_status st = troth_mem_keep_str(env, match, &kept_match);
    if (!st)
        st = troth_mem_keep_str(env, account, &kept_account);
    if (st) {
        troth_mem_free_str(env, kept_match);
        return st;
    }
    r.match = kept_match;
    r.account = kept_account;
    *ret = r;
    return TROTH_OK;
}
