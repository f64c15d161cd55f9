#include <fnmatch.h>
#include <string.h>
#include <strings.h>
#include <troth/gateway.h>

static const char anonymous[] = "anonymous";

/* The two ways in which an identity is written, or the account where that is all there is; cut short is no match. */
static bool matches(const char *pattern, const troth_identity *id)
{
    char at[1024], backslash[1024];
    const char *account = id->account ? id->account : "", *authority = id->authority ? id->authority : "";
    if (strlen(account) + strlen(authority) + 2 > sizeof at)
        return false;
    if (!*authority && fnmatch(pattern, account, FNM_CASEFOLD | FNM_NOESCAPE) == 0)
        return true;
    char *p = stpcpy(at, account);
    *p++ = '@';
    stpcpy(p, authority);
    p = stpcpy(backslash, authority);
    *p++ = '\\';
    stpcpy(p, account);
    /* a backslash in the pattern is itself, so that DOM\user can be written as it is */
    return fnmatch(pattern, at, FNM_CASEFOLD | FNM_NOESCAPE) == 0 ||
           fnmatch(pattern, backslash, FNM_CASEFOLD | FNM_NOESCAPE) == 0;
}

troth_status troth_policy_allows(const char *const *allow, size_t n, const troth_identity *ident, troth_flags flags)
{
    bool nobody = flags & (TROTH_F_ANONYMOUS | TROTH_F_GUEST) || !ident->account || !ident->account[0];
    if (!n)
        return nobody ? TROTH_NOT_ALLOWED : TROTH_OK;
    for (size_t i = 0; i < n; i++) {
        bool for_nobody = !strcasecmp(allow[i], anonymous);
        if (nobody ? for_nobody : !for_nobody && matches(allow[i], ident))
            return TROTH_OK;
    }
    return TROTH_NOT_ALLOWED;
}
