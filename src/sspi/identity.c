#include <sspi/identity.h>
#include <sspi/status.h>
#include <string.h>

static SECURITY_STATUS status_of(troth_status st)
{
    return st == TROTH_NO_MEMORY ? SEC_E_INSUFFICIENT_MEMORY : st ? SEC_E_UNKNOWN_CREDENTIALS : SEC_E_OK;
}

typedef struct parts {
    const void *user, *domain, *password, *list;
    size_t n_user, n_domain, n_password, n_list;
    bool wide;
} parts;

/* One word of a list of packages, "Kerberos" or "!NTLM", without regard to case. */
static void allow_word(const char *word, size_t n, bool *any, troth_sspi_identity *id)
{
    bool denied = n && *word == '!';
    word += denied;
    n -= denied;
    bool *flag = n == 8 && strncasecmp(word, "kerberos", n) == 0 ? &id->kerberos
                 : n == 4 && strncasecmp(word, "ntlm", n) == 0   ? &id->ntlm
                                                                 : NULL;
    if (!flag)
        return;
    if (!denied && !*any) /* the first one that is named alone shuts out the others */
        id->kerberos = id->ntlm = false;
    *any |= !denied;
    *flag = !denied;
}

static void allow(const char *list, troth_sspi_identity *id)
{
    bool any = false;
    id->kerberos = id->ntlm = true;
    while (*list) {
        size_t n = strcspn(list, ",");
        allow_word(list, n, &any, id);
        list += n + (list[n] == ',');
    }
}

static SECURITY_STATUS keep(const troth_env *env, const parts *p, troth_sspi_identity *ret)
{
    troth_sspi_identity id = { 0 };
    char *list = NULL;
    troth_status st = troth_sspi_text_in_n(env, p->user, p->n_user, p->wide, &id.user);
    if (!st)
        st = troth_sspi_text_in_n(env, p->domain, p->n_domain, p->wide, &id.domain);
    if (!st)
        st = troth_sspi_text_in_n(env, p->password, p->n_password, p->wide, &id.password);
    if (!st)
        st = troth_sspi_text_in_n(env, p->list, p->n_list, p->wide, &list);
    if (st) {
        troth_sspi_identity_clear(env, &id);
        return status_of(st);
    }
    allow(list, &id);
    troth_mem_free_str(env, list);
    *ret = id;
    return SEC_E_OK;
}

/* The A and W structures have the same layout; the flags say which one it is. */
static bool is_wide(uint32_t flags, bool otherwise)
{
    return flags & SEC_WINNT_AUTH_IDENTITY_UNICODE ? true : flags & SEC_WINNT_AUTH_IDENTITY_ANSI ? false : otherwise;
}

static SECURITY_STATUS read_plain(const troth_env *env, const void *at, bool wide, troth_sspi_identity *ret)
{
    SEC_WINNT_AUTH_IDENTITY_W i;
    memcpy(&i, at, sizeof i);
    if (i.Flags & SEC_WINNT_AUTH_IDENTITY_FLAGS_PROCESS_ENCRYPTED)
        return SEC_E_UNKNOWN_CREDENTIALS;
    parts p = {
        i.User, i.Domain, i.Password, NULL, i.UserLength, i.DomainLength, i.PasswordLength, 0, is_wide(i.Flags, wide)
    };
    return keep(env, &p, ret);
}

static SECURITY_STATUS read_ex(const troth_env *env, const void *at, bool wide, troth_sspi_identity *ret)
{
    SEC_WINNT_AUTH_IDENTITY_EXW i;
    memcpy(&i, at, sizeof i);
    if (i.Length < sizeof i || i.Flags & SEC_WINNT_AUTH_IDENTITY_FLAGS_PROCESS_ENCRYPTED)
        return SEC_E_UNKNOWN_CREDENTIALS;
    parts p = { i.User,         i.Domain,         i.Password,          i.PackageList,         i.UserLength,
                i.DomainLength, i.PasswordLength, i.PackageListLength, is_wide(i.Flags, wide) };
    return keep(env, &p, ret);
}

/* A part of a structure whose offsets count from its front, in whole characters of UTF-16. */
static bool place(const uint8_t *base, size_t size, size_t offset, size_t n, const void **ret, size_t *ret_n)
{
    if (offset > size || n > size - offset || n % 2)
        return false;
    *ret = n ? base + offset : NULL;
    *ret_n = n / 2;
    return true;
}

/* SEC_WINNT_AUTH_DATA_TYPE_PASSWORD: {28bfc32f-10f6-4738-98d1-1ac061df716a} */
static const GUID password_type = { 0x28bfc32f, 0x10f6, 0x4738, { 0x98, 0xd1, 0x1a, 0xc0, 0x61, 0xdf, 0x71, 0x6a } };

/* Packed credentials: a type, and for a password one more vector that tells where its characters lie. */
static bool find_password(const uint8_t *base, size_t size, const void **ret, size_t *ret_n)
{
    SEC_WINNT_AUTH_PACKED_CREDENTIALS packed;
    SEC_WINNT_AUTH_BYTE_VECTOR v;
    if (!size) {
        *ret = NULL;
        *ret_n = 0;
        return true;
    }
    if (size < sizeof packed)
        return false;
    memcpy(&packed, base, sizeof packed);
    v = packed.AuthData.CredData;
    if (!troth_ct_equal(&packed.AuthData.CredType, &password_type, sizeof password_type))
        return false;
    if (v.ByteArrayOffset > size || v.ByteArrayLength > size - v.ByteArrayOffset || v.ByteArrayLength < sizeof v)
        return false;
    memcpy(&v, base + v.ByteArrayOffset, sizeof v);
    return place(base, size, v.ByteArrayOffset, v.ByteArrayLength, ret, ret_n);
}

static SECURITY_STATUS read_ex2(const troth_env *env, const void *at, size_t n, troth_sspi_identity *ret)
{
    SEC_WINNT_AUTH_IDENTITY_EX2 i;
    const uint8_t *base = at;
    parts p = { .wide = true };
    memcpy(&i, at, sizeof i);
    size_t size = i.cbStructureLength, packed = i.PackedCredentialsOffset, n_packed = i.PackedCredentialsLength;
    if (i.cbHeaderLength < sizeof i || size < i.cbHeaderLength || size > n || packed > size || n_packed > size - packed)
        return SEC_E_UNKNOWN_CREDENTIALS;
    if (i.Flags & SEC_WINNT_AUTH_IDENTITY_FLAGS_PROCESS_ENCRYPTED)
        return SEC_E_UNKNOWN_CREDENTIALS;
    if (!place(base, size, i.UserOffset, i.UserLength, &p.user, &p.n_user) ||
        !place(base, size, i.DomainOffset, i.DomainLength, &p.domain, &p.n_domain) ||
        !place(base, size, i.PackageListOffset, i.PackageListLength, &p.list, &p.n_list) ||
        !find_password(base + packed, n_packed, &p.password, &p.n_password))
        return SEC_E_UNKNOWN_CREDENTIALS;
    return keep(env, &p, ret);
}

SECURITY_STATUS troth_sspi_identity_read(const troth_env *env, const void *at, size_t n, bool wide,
                                         troth_sspi_identity *ret)
{
    uint32_t version; /* no pointer has so few bits: the other structure begins with one */
    uint64_t front;
    if (n < sizeof(SEC_WINNT_AUTH_IDENTITY_EX2) || n < sizeof(SEC_WINNT_AUTH_IDENTITY_W))
        return SEC_E_UNKNOWN_CREDENTIALS;
    memcpy(&version, at, sizeof version);
    memcpy(&front, at, sizeof front);
    if (version == SEC_WINNT_AUTH_IDENTITY_VERSION)
        return n < sizeof(SEC_WINNT_AUTH_IDENTITY_EXW) ? SEC_E_UNKNOWN_CREDENTIALS : read_ex(env, at, wide, ret);
    if (version == SEC_WINNT_AUTH_IDENTITY_VERSION_2)
        return read_ex2(env, at, n, ret);
    return front && front < 4096 ? SEC_E_UNKNOWN_CREDENTIALS : read_plain(env, at, wide, ret);
}

void troth_sspi_identity_clear(const troth_env *env, troth_sspi_identity *id)
{
    troth_mem_free_str(env, id->user);
    troth_mem_free_str(env, id->domain);
    troth_mem_free_str(env, id->password);
    *id = (troth_sspi_identity){ 0 };
}

bool troth_sspi_identity_empty(const troth_sspi_identity *id)
{
    return !*id->user && !*id->domain && !*id->password;
}
