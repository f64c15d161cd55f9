#include <base/utf16.h>
#include <mech/ntlm/logon.h>
#include <string.h>

enum { NAME_OCTETS = 768 }; /* of a name in UTF-8 */

/* An account being logged on. user and domain as the peer sent them. */
typedef struct logon {
    char *user, *domain;
    bool known;
    uint8_t nt_hash[16]; /* zero for an unknown account: any key does to spend the time of a known one */
    const char *account, *authority;
} logon;

/* The account's hash from the callback or the file. Not to be known is no failure here. */
static troth_status find(const troth_ntlm *n, logon *l)
{
    if (n->cred->lookup && n->cred->kind == TROTH_CRED_LOOKUP) {
        troth_status st = n->cred->lookup(n->cred->lookup_self, l->user, l->domain, l->nt_hash);
        l->known = !st;
        l->account = l->user;
        l->authority = l->domain;
        return st == TROTH_DENIED ? TROTH_OK : st;
    }
    const troth_ntlm_user *user = troth_ntlm_users_find(&n->cred->users, l->user, l->domain);
    l->known = user != NULL;
    if (user) {
        memcpy(l->nt_hash, user->nt_hash, sizeof l->nt_hash);
        l->account = user->name;
        l->authority = user->domain ? user->domain : n->cred->realm; /* never what a client made up */
    }
    return TROTH_OK;
}

/* Does the response prove this domain's response key? */
static bool proves(const troth_ntlm *n, const troth_ntlm_authenticate *m, const logon *l, troth_bytes domain,
                   uint8_t base_key[16])
{
    uint8_t key[16], proof[16];
    if (troth_ntlm_ntowfv2(l->nt_hash, l->user, domain, key))
        return false;
    troth_ntlm_proof(key, n->server_challenge, m->temp, proof);
    bool good = troth_ct_equal(proof, m->proof, sizeof proof) && l->known;
    troth_ntlm_session_base_key(key, proof, base_key);
    troth_wipe(key, sizeof key);
    troth_wipe(proof, sizeof proof);
    return good;
}

static troth_status names(const troth_ntlm *n, const troth_ntlm_authenticate *m, logon *l)
{
    troth_status st = troth_utf8_of(n->c->env, m->user, NAME_OCTETS, &l->user);
    return st ? st : troth_utf8_of(n->c->env, m->domain, NAME_OCTETS, &l->domain);
}

troth_status troth_ntlm_logon(troth_ntlm *n, const troth_ntlm_authenticate *m, uint8_t ret_base_key[16])
{
    logon l = { 0 };
    uint8_t base_key[16] = { 0 };
    const char *where = "MS-NLMP 2.2.1.3: names";
    troth_status st = names(n, m, &l);
    if (!st) {
        where = "MS-NLMP 3.2.5.1.2: account";
        st = find(n, &l);
    }
    if (!st) {
        where = "MS-NLMP 3.3.2: response";
        if (!proves(n, m, &l, m->domain, base_key) && /* some clients compute it without the domain: 3.2.5.1.2 */
            !proves(n, m, &l, (troth_bytes){ 0 }, base_key))
            st = TROTH_DENIED;
    }
    if (!st)
        st = troth_context_set_peer(n->c, TROTH_NAME_BACKSLASH, l.account, l.authority);
    if (!st)
        memcpy(ret_base_key, base_key, sizeof base_key);
    troth_wipe(base_key, sizeof base_key);
    troth_wipe(l.nt_hash, sizeof l.nt_hash);
    troth_mem_free_str(n->c->env, l.user);
    troth_mem_free_str(n->c->env, l.domain);
    return st ? troth_ntlm_fail(n, st, where) : TROTH_OK;
}

troth_status troth_ntlm_check_bindings(troth_ntlm *n, const troth_ntlm_avs *avs, bool *ret_bound)
{
    static const uint8_t zeros[16];
    const char *where = "MS-NLMP 3.2.5.1.2: channel bindings";
    const uint8_t *theirs = avs->value[MsvAvChannelBindings].data;
    bool given = theirs && !troth_ct_equal(theirs, zeros, sizeof zeros), ours = n->c->opts.bindings.len > 0;
    uint8_t want[16];
    *ret_bound = false;
    if (n->c->opts.policy & TROTH_POLICY_REQUIRE_BINDINGS && !(given && ours))
        return troth_ntlm_fail(n, TROTH_BAD_BINDINGS, where);
    if (!given || !ours)
        return TROTH_OK;
    troth_ntlm_bindings_hash(n->c->opts.bindings, want);
    if (!troth_ct_equal(theirs, want, sizeof want))
        return troth_ntlm_fail(n, TROTH_BAD_BINDINGS, where);
    *ret_bound = true;
    return TROTH_OK;
}

troth_status troth_ntlm_check_target(troth_ntlm *n, const troth_ntlm_avs *avs)
{
    const troth_env *env = n->c->env;
    troth_block ours = { 0 };
    char *want = NULL, *named = NULL;
    if (!n->c->opts.target)
        return TROTH_OK;
    troth_status st = troth_ntlm_spn(env, n->c->opts.target, &ours);
    if (!st)
        st = troth_utf8_of(env, (troth_bytes){ ours.data, ours.len }, 4096, &want);
    if (!st && troth_utf8_of(env, avs->value[MsvAvTargetName], 4096, &named) == TROTH_NO_MEMORY)
        st = TROTH_NO_MEMORY;
    bool same = named && troth_utf8_same(named, want) && !(avs->flags & NTLM_AV_UNVERIFIED_TARGET);
    if (!st && !same)
        st = TROTH_TARGET_UNKNOWN;
    troth_mem_drop(env, &ours);
    troth_mem_free_str(env, want);
    troth_mem_free_str(env, named);
    return st ? troth_ntlm_fail(n, st, "MS-NLMP 3.2.5.1.2: MsvAvTargetName") : TROTH_OK;
}

troth_status troth_ntlm_keep_target(troth_ntlm *n, const troth_ntlm_avs *avs)
{
    troth_bytes named = avs->value[MsvAvTargetName];
    troth_status st = named.len ? troth_utf8_of(n->c->env, named, 4096, &n->client_target) : TROTH_OK;
    return st == TROTH_NO_MEMORY ? troth_ntlm_fail(n, st, "MS-NLMP 3.2.5.1.2: MsvAvTargetName") : TROTH_OK;
}
