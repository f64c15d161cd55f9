#include <base/utf16.h>
#include <mech/ntlm/avpair.h>
#include <mech/ntlm/cred.h>
#include <mech/ntlm/keys.h>
#include <mech/ntlm/ntlm.h>
#include <string.h>

enum { NAME_OCTETS = 512 }; /* of one name, in UTF-16 */

static bool initiates(troth_cred_kind kind)
{
    return kind == TROTH_CRED_PASSWORD || kind == TROTH_CRED_NT_HASH || kind == TROTH_CRED_ANONYMOUS;
}

/* "DOM\user" as principal is split unless a domain was given apart. */
static troth_status initiator_names(const troth_env *env, const troth_cred_source *src, troth_ntlm_cred *e)
{
    char *domain = NULL;
    const char *user = src->principal ? src->principal : "", *slash = strchr(user, '\\');
    troth_status st = troth_mem_keep_str(env, src->domain ? src->domain : "", &e->authority);
    if (!st && slash && !src->domain) {
        troth_block head;
        st = troth_mem_keep(env, user, (size_t)(slash - user) + 1, &head);
        if (!st) {
            domain = (char *)head.data;
            domain[slash - user] = 0;
            troth_mem_free_str(env, e->authority);
            e->authority = domain;
            user = slash + 1;
        }
    }
    if (!st)
        st = troth_mem_keep_str(env, user, &e->account);
    if (!st)
        st = troth_utf16_of(env, user, NAME_OCTETS, &e->user);
    if (!st)
        st = troth_utf16_of(env, e->authority, NAME_OCTETS, &e->domain);
    if (!st)
        st = troth_utf16_of(env, src->host ? src->host : "", NAME_OCTETS, &e->workstation);
    return st;
}

static troth_status initiator_secret(const troth_cred_source *src, troth_ntlm_cred *e)
{
    troth_status st = TROTH_OK;
    if (!src->principal || !*src->principal)
        return TROTH_INVALID;
    if (src->kind == TROTH_CRED_NT_HASH && src->secret.len != sizeof e->nt_hash)
        return TROTH_INVALID;
    if (src->kind == TROTH_CRED_NT_HASH)
        memcpy(e->nt_hash, src->secret.data, sizeof e->nt_hash);
    else
        st = troth_ntlm_nt_hash(src->secret, e->nt_hash);
    if (!st) /* the credential's own copy: what remains of it is the hash above */
        troth_wipe((void *)(uintptr_t)src->secret.data, src->secret.len);
    return st;
}

/* The part of a host name before or behind its first dot; ret holds n octets. */
static const char *label_of(const char *dns_host, char *ret, size_t n)
{
    size_t len = dns_host ? strcspn(dns_host, ".") : 0;
    if (!len || len >= n)
        return "TROTH";
    for (size_t i = 0; i < len; i++)
        ret[i] = (char)(dns_host[i] >= 'a' && dns_host[i] <= 'z' ? dns_host[i] - 32 : dns_host[i]);
    ret[len] = 0;
    return ret;
}

/* The names of a CHALLENGE. Peers demand both NetBIOS names, and Windows always gives all four. [MS-NLMP 3.2.5.1.1] */
static troth_status acceptor_names(const troth_env *env, const troth_cred_source *src, troth_ntlm_cred *e)
{
    char label[64];
    const char *computer = src->host ? src->host : label_of(src->dns_host, label, sizeof label);
    const char *domain = src->domain ? src->domain : computer;
    const char *dns = src->dns_host ? src->dns_host : computer, *dot = strchr(dns, '.');
    e->in_domain = src->domain != NULL;
    troth_status st = troth_mem_keep_str(env, domain, &e->realm);
    if (!st)
        st = troth_utf16_of(env, e->in_domain ? domain : computer, NAME_OCTETS, &e->target_name);
    if (st)
        return st;
    troth_writer w = troth_writer_growing(env, 4 * (NAME_OCTETS + 4), TROTH_LE);
    troth_ntlm_av_write_text(&w, MsvAvNbDomainName, domain);
    troth_ntlm_av_write_text(&w, MsvAvNbComputerName, computer);
    troth_ntlm_av_write_text(&w, MsvAvDnsDomainName, dot && dot[1] ? dot + 1 : domain);
    troth_ntlm_av_write_text(&w, MsvAvDnsComputerName, dns);
    return troth_writer_take(&w, &e->names);
}

static troth_status fill(troth_cred *cred, const troth_cred_source *src, troth_ntlm_cred *e)
{
    troth_status st = TROTH_OK;
    e->kind = src->kind;
    if (src->kind == TROTH_CRED_PASSWORD || src->kind == TROTH_CRED_NT_HASH)
        st = initiator_secret(src, e);
    if (!st && initiates(src->kind)) {
        st = src->kind == TROTH_CRED_ANONYMOUS ? TROTH_OK : initiator_names(cred->env, src, e);
        if (!st && e->account)
            troth_cred_named(cred, e->authority, e->account);
        return st;
    }
    if (!st)
        st = acceptor_names(cred->env, src, e);
    if (!st && src->kind == TROTH_CRED_USER_FILE)
        st = src->path ? troth_ntlm_users_load(cred, src->path, &e->users) : TROTH_INVALID;
    if (!st && src->kind == TROTH_CRED_LOOKUP && !src->lookup)
        st = TROTH_INVALID;
    e->lookup = src->lookup;
    e->lookup_self = src->lookup_self;
    return st;
}

troth_status troth_ntlm_cred_acquire(troth_cred *cred, const troth_cred_source *src, void **ret_element,
                                     troth_error *err)
{
    troth_ntlm_cred *e = troth_mem_new(cred->env, sizeof *e);
    if (!e) {
        err->where = "NTLM credential";
        return TROTH_NO_MEMORY;
    }
    troth_status st = fill(cred, src, e);
    if (st) {
        err->where = src->kind == TROTH_CRED_USER_FILE ? "NTLM user file" : "NTLM credential";
        troth_ntlm_cred_release(cred->env, e);
    } else {
        *ret_element = e;
    }
    return st;
}

void troth_ntlm_cred_release(const troth_env *env, void *element)
{
    troth_ntlm_cred *e = element;
    troth_block *const blocks[] = { &e->user, &e->domain, &e->workstation, &e->target_name, &e->names };
    for (size_t i = 0; i < sizeof blocks / sizeof *blocks; i++)
        troth_mem_drop(env, blocks[i]);
    troth_mem_free_str(env, e->account);
    troth_mem_free_str(env, e->authority);
    troth_mem_free_str(env, e->realm);
    troth_ntlm_users_clear(env, &e->users);
    troth_mem_free(env, e, sizeof *e);
}

const troth_ntlm_cred *troth_ntlm_cred_for(const troth_cred *cred, troth_role role)
{
    for (size_t i = 0; i < cred->n_parts; i++) {
        const troth_cred_part *p = &cred->parts[i];
        if (p->mech == &troth_mech_ntlm && !p->st && initiates(p->src.kind) == (role == TROTH_INITIATOR))
            return p->element;
    }
    return NULL;
}
