/* Hosts in targets. */
#include <mech/tls/inner.h>
#include <openssl/x509v3.h>
#include <string.h>

static char fold_of(char c, bool fold)
{
    return (char)(fold && c >= 'A' && c <= 'Z' ? c + 32 : c);
}

bool troth_tls_same(const char *a, size_t na, const char *b, bool fold)
{
    if (na != strlen(b))
        return false;
    for (size_t i = 0; i < na; i++)
        if (fold_of(a[i], fold) != fold_of(b[i], fold))
            return false;
    return true;
}

bool troth_tls_is_address(const char *host)
{
    ASN1_OCTET_STRING *octets = a2i_IPADDRESS(host);
    ASN1_OCTET_STRING_free(octets);
    return octets != NULL;
}

/* "svc/host/realm" and "svc@host" hold more than the host. */
static const char *host_part(const char *target, size_t *ret_len)
{
    const char *cut = strchr(target, '/');
    if (!cut)
        cut = strchr(target, '@');
    const char *host = cut ? cut + 1 : target;
    *ret_len = strcspn(host, "/");
    return host;
}

troth_status troth_tls_host(const char *target, char ret[TLS_HOST])
{
    size_t n;
    const char *host = host_part(target, &n);
    const char *colon = memchr(host, ':', n);
    if (n && host[0] == '[') { /* an address of version 6, perhaps with a port */
        const char *end = memchr(host, ']', n);
        n = end ? (size_t)(end - host) - 1 : 0;
        host++;
    } else if (colon && !memchr(colon + 1, ':', n - (size_t)(colon + 1 - host))) {
        n = (size_t)(colon - host);
    }
    if (n && host[n - 1] == '.') /* the root, which neither SNI nor certificates write */
        n--;
    if (!n || n >= TLS_HOST)
        return TROTH_INVALID;
    for (size_t i = 0; i < n; i++)
        if (host[i] <= ' ' || host[i] > '~')
            return TROTH_INVALID;
    memcpy(ret, host, n);
    ret[n] = 0;
    return TROTH_OK;
}
