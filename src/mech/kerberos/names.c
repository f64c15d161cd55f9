/* Names: text to GSS names, and GSS names to identities. */
#include <errno.h>
#include <mech/kerberos/inner.h>
#include <string.h>

/* The last '@' that is not escaped by a backslash, or NULL. [krb5_parse_name(3)] */
static const char *realm_mark(const char *text, size_t len)
{
    const char *mark = NULL;
    for (size_t i = 0; i < len; i++) {
        if (text[i] == '\\')
            i++;
        else if (text[i] == '@')
            mark = text + i;
    }
    return mark;
}

bool troth_krb_name_host_based(const char *text)
{
    const char *mark = realm_mark(text, strlen(text));
    if (!mark || memchr(text, '/', (size_t)(mark - text)))
        return false;
    for (const char *p = mark + 1; *p; p++)
        if (*p >= 'a' && *p <= 'z')
            return true;
    return false;
}

OM_uint32 troth_krb_name_import(OM_uint32 *minor, const char *text, gss_name_t *ret)
{
    gss_buffer_desc buffer = { strlen(text), (void *)(uintptr_t)text };
    bool host_based = troth_krb_name_host_based(text);
    return gss_import_name(
        minor, &buffer, host_based ? GSS_C_NT_HOSTBASED_SERVICE : (gss_OID)(uintptr_t)GSS_KRB5_NT_PRINCIPAL_NAME, ret);
}

troth_status troth_krb_shown_set(troth_context *c, troth_bytes shown,
                                 troth_status (*set)(troth_context *, troth_name_style, const char *, const char *))
{
    if (memchr(shown.data, '\0', shown.len)) /* "alice\0@..." would be read as alice by whoever takes strings */
        return TROTH_MALFORMED;
    char *account = troth_mem_new(c->env, shown.len + 1);
    if (!account)
        return TROTH_NO_MEMORY;
    memcpy(account, shown.data, shown.len);
    char *mark = (char *)(uintptr_t)realm_mark(account, shown.len);
    if (mark)
        *mark = '\0';
    troth_status st = set(c, TROTH_NAME_AT, account, mark ? mark + 1 : NULL);
    troth_mem_free(c->env, account, shown.len + 1);
    return st;
}

OM_uint32 troth_krb_name_show(OM_uint32 *minor, const troth_env *env, gss_name_t name, troth_block *ret)
{
    OM_uint32 ignored;
    gss_buffer_desc text = GSS_C_EMPTY_BUFFER;
    OM_uint32 major = gss_display_name(minor, name, &text, NULL);
    if (GSS_ERROR(major))
        return major;
    troth_status st = troth_mem_keep(env, text.value, text.length, ret);
    gss_release_buffer(&ignored, &text);
    *minor = st ? (OM_uint32)ENOMEM : 0;
    return st ? GSS_S_FAILURE : GSS_S_COMPLETE;
}

troth_status troth_krb_name_set(troth_context *c, gss_name_t name,
                                troth_status (*set)(troth_context *, troth_name_style, const char *, const char *))
{
    OM_uint32 minor;
    gss_buffer_desc text = GSS_C_EMPTY_BUFFER;
    OM_uint32 major = gss_display_name(&minor, name, &text, NULL);
    if (GSS_ERROR(major))
        return troth_krb_status(TROTH_KRB_ESTABLISH, major, minor);
    troth_status st = troth_krb_shown_set(c, (troth_bytes){ text.value, text.length }, set);
    gss_release_buffer(&minor, &text);
    return st;
}
