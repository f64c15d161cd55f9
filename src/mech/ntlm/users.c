#include <base/utf16.h>
#include <mech/ntlm/users.h>
#include <string.h>

enum { NAME_OCTETS = 512 }; /* of a folded name */

static troth_status fold(const char *name, size_t n, uint8_t *buf, troth_bytes *ret)
{
    troth_writer w = troth_writer_over(buf, NAME_OCTETS, TROTH_LE);
    troth_utf16_write_upper(&w, (troth_bytes){ (const uint8_t *)name, n });
    if (!w.st)
        *ret = (troth_bytes){ buf, w.len };
    return w.st;
}

static int compare(troth_bytes a, troth_bytes b)
{
    if (a.len != b.len)
        return a.len < b.len ? -1 : 1;
    return memcmp(a.data, b.data, a.len);
}

/* The first place whose key is not below the given one. */
static size_t lower_bound(const troth_ntlm_users *u, troth_bytes key)
{
    size_t low = 0, high = u->n;
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        troth_bytes at = { u->list[mid]->key.data, u->list[mid]->key.len };
        if (compare(at, key) < 0)
            low = mid + 1;
        else
            high = mid;
    }
    return low;
}

static void forget(const troth_env *env, troth_ntlm_user *user)
{
    troth_mem_free_str(env, user->domain);
    troth_mem_free_str(env, user->name);
    troth_mem_drop(env, &user->key);
    troth_mem_free(env, user, sizeof *user);
}

void troth_ntlm_users_clear(const troth_env *env, troth_ntlm_users *u)
{
    for (size_t i = 0; i < u->n; i++)
        forget(env, u->list[i]);
    troth_mem_free(env, u->list, u->room * sizeof *u->list);
    *u = (troth_ntlm_users){ 0 };
}

static bool same_domain(const char *a, const char *b)
{
    return a && b ? troth_utf8_same(a, b) : a == b;
}

/* Put a user into its place. TROTH_BAD_CONFIG: the account is there already. */
static troth_status insert(const troth_env *env, troth_ntlm_users *u, troth_ntlm_user *user)
{
    troth_bytes key = { user->key.data, user->key.len };
    size_t at = lower_bound(u, key);
    for (size_t i = at; i < u->n && !compare((troth_bytes){ u->list[i]->key.data, u->list[i]->key.len }, key); i++)
        if (same_domain(u->list[i]->domain, user->domain))
            return TROTH_BAD_CONFIG;
    if (u->n == u->room) {
        size_t room = u->room ? u->room * 2 : 16;
        troth_ntlm_user **list = troth_mem_grow(env, u->list, u->room * sizeof *list, room * sizeof *list);
        if (!list)
            return TROTH_NO_MEMORY;
        u->list = list;
        u->room = room;
    }
    memmove(u->list + at + 1, u->list + at, (u->n - at) * sizeof *u->list);
    u->list[at] = user;
    u->n++;
    return TROTH_OK;
}

static troth_status keep_part(const troth_env *env, const char *p, size_t n, char **ret)
{
    troth_block b;
    char text[NAME_OCTETS + 1];
    if (n > NAME_OCTETS)
        return TROTH_LIMIT;
    memcpy(text, p, n);
    text[n] = 0;
    troth_status st = troth_mem_keep(env, text, n + 1, &b);
    if (!st)
        *ret = (char *)b.data;
    return st;
}

troth_status troth_ntlm_users_add(const troth_env *env, troth_ntlm_users *u, troth_bytes name,
                                  const uint8_t nt_hash[16], bool usable)
{
    const char *text = (const char *)name.data, *slash = memchr(text, '\\', name.len);
    size_t skip = slash ? (size_t)(slash - text) + 1 : 0;
    uint8_t buf[NAME_OCTETS];
    troth_bytes key;
    if (name.len == skip || skip == 1 || fold(text + skip, name.len - skip, buf, &key))
        return TROTH_MALFORMED;
    troth_ntlm_user *user = troth_mem_new(env, sizeof *user);
    if (!user)
        return TROTH_NO_MEMORY;
    troth_status st = troth_mem_keep(env, key.data, key.len, &user->key);
    if (!st)
        st = keep_part(env, text + skip, name.len - skip, &user->name);
    if (!st && skip)
        st = keep_part(env, text, skip - 1, &user->domain);
    memcpy(user->nt_hash, nt_hash, 16);
    user->usable = usable;
    if (!st)
        st = insert(env, u, user);
    if (st)
        forget(env, user);
    return st;
}

const troth_ntlm_user *troth_ntlm_users_find(const troth_ntlm_users *u, const char *name, const char *domain)
{
    uint8_t buf[NAME_OCTETS];
    troth_bytes key;
    const troth_ntlm_user *any = NULL;
    if (fold(name, strlen(name), buf, &key))
        return NULL;
    for (size_t i = lower_bound(u, key); i < u->n; i++) {
        const troth_ntlm_user *at = u->list[i];
        if (compare((troth_bytes){ at->key.data, at->key.len }, key))
            break;
        if (at->domain && troth_utf8_same(at->domain, domain))
            return at->usable ? at : NULL;
        if (!at->domain)
            any = at;
    }
    return any && any->usable ? any : NULL;
}
