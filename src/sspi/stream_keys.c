/* Keying material for what runs over a stream, and the authorities that a server named. */
#include <base/reader.h>
#include <sspi/stream.h>
#include <string.h>
#include <troth/win/schannel.h>

/* ---- keying material: what for, and how much, is set first [RFC 5705] ---- */

/* The label's length includes its NUL, which is no part of it. */
static bool is_label(const SecPkgContext_KeyingMaterialInfo *i)
{
    return i->cbLabel > 1 && i->pszLabel && memchr(i->pszLabel, 0, i->cbLabel) == i->pszLabel + i->cbLabel - 1;
}

static SECURITY_STATUS set_keying(troth_sspi_context *c, const SecPkgContext_KeyingMaterialInfo *i)
{
    if (!is_label(i) || !i->cbContextValue != !i->pbContextValue || !i->cbKeyingMaterial ||
        i->cbKeyingMaterial > TROTH_KEYING_MAX)
        return SEC_E_INVALID_PARAMETER;
    size_t n_label = i->cbLabel - 1u;
    uint8_t *p = troth_mem_new(c->env, n_label + i->cbContextValue);
    if (!p)
        return SEC_E_INSUFFICIENT_MEMORY;
    memcpy(p, i->pszLabel, n_label);
    if (i->cbContextValue)
        memcpy(p + n_label, i->pbContextValue, i->cbContextValue);
    troth_mem_drop(c->env, &c->keying);
    c->keying = (troth_block){ p, n_label + i->cbContextValue };
    c->n_label = n_label;
    c->n_keying = i->cbKeyingMaterial;
    return SEC_E_OK;
}

SECURITY_STATUS troth_sspi_stream_set(troth_sspi_context *c, uint32_t number, const void *buffer, size_t size)
{
    SecPkgContext_KeyingMaterialInfo info;
    if (number != SECPKG_ATTR_KEYING_MATERIAL_INFO)
        return SEC_E_UNSUPPORTED_FUNCTION;
    SECURITY_STATUS status = c->stage == TROTH_SSPI_FAILED ? c->failure : troth_sspi_stream_broken(c, NULL);
    if (status)
        return status;
    if (!buffer || size < sizeof info)
        return SEC_E_INVALID_PARAMETER;
    memcpy(&info, buffer, sizeof info);
    return set_keying(c, &info);
}

SECURITY_STATUS troth_sspi_stream_keying(troth_sspi_query *q, void *ret)
{
    troth_sspi_context *c = q->c;
    uint8_t keys[TROTH_KEYING_MAX];
    SecPkgContext_KeyingMaterial *to = ret;
    if (!c->n_keying)
        return SEC_E_INVALID_PARAMETER;
    troth_bytes value = { c->keying.data + c->n_label, c->keying.len - c->n_label };
    troth_status st = troth_context_keying(c->engine, (troth_bytes){ c->keying.data, c->n_label },
                                           value.len ? &value : NULL, c->n_keying, keys);
    if (!st) {
        to->cbKeyingMaterial = c->n_keying;
        to->pbKeyingMaterial = troth_sspi_query_octets(q, keys, c->n_keying);
    }
    troth_wipe(keys, sizeof keys);
    return st == TROTH_INVALID ? SEC_E_INVALID_PARAMETER : troth_sspi_status(TROTH_SSPI_MESSAGE, st);
}

/* ---- whose certificates the server takes ---- */

/* One block: the array, and behind it the names that it points to. */
SECURITY_STATUS troth_sspi_stream_issuers(troth_sspi_query *q, void *ret)
{
    troth_bytes b;
    uint32_t n = 0;
    SecPkgContext_IssuerListInfoEx *to = ret;
    if (q->c->role == TROTH_ACCEPTOR)
        return SEC_E_UNSUPPORTED_FUNCTION;
    SECURITY_STATUS status = troth_sspi_stream_ask(q, TROTH_QUERY_AUTHORITIES, &b);
    if (status)
        return status;
    troth_reader r = { b.data, b.data + b.len, TROTH_BE, TROTH_OK };
    while (r.at < r.end && !r.st) {
        (void)troth_read_sub(&r, troth_read_u16(&r));
        n++;
    }
    if (r.st)
        return SEC_E_INTERNAL_ERROR;
    *to = (SecPkgContext_IssuerListInfoEx){ .cIssuers = n };
    if (!n)
        return SEC_E_OK;
    to->aIssuers = troth_sspi_query_room(q, n * sizeof *to->aIssuers + b.len);
    if (!to->aIssuers)
        return SEC_E_INSUFFICIENT_MEMORY;
    uint8_t *at = memcpy(to->aIssuers + n, b.data, b.len);
    for (uint32_t i = 0; i < n; i++) {
        DWORD size = (DWORD)at[0] << 8 | at[1];
        to->aIssuers[i] = (CERT_NAME_BLOB){ size, at + 2 };
        at += 2 + size;
    }
    return SEC_E_OK;
}
