#include <mech/ntlm/logon.h>
#include <mech/ntlm/server.h>
#include <string.h>

enum { NEGOTIATE_MAX = 512 }; /* octets of a NEGOTIATE we keep for an unauthenticated peer */

static const uint64_t unix_epoch = 116444736000000000u; /* as FILETIME */

bool troth_ntlm_is_connection(void *self, const void *arg)
{
    return !troth_ntlm_is_datagram(self, arg);
}

/* The CHALLENGE itself. Its timestamp makes every client of today send a MIC. [2.2.2.1] */
static troth_status write_challenge(troth_ntlm *n)
{
    const troth_env *env = n->c->env;
    uint64_t time = env->wall(env->self) + unix_epoch;
    uint8_t le[8];
    for (unsigned i = 0; i < 8; i++)
        le[i] = (uint8_t)(time >> 8 * i);
    troth_writer info = troth_writer_growing(env, n->cred->names.len + 16, TROTH_LE);
    troth_write_bytes(&info, n->cred->names.data, n->cred->names.len);
    troth_ntlm_av_write(&info, MsvAvTimestamp, (troth_bytes){ le, 8 });
    troth_ntlm_av_write(&info, MsvAvEOL, (troth_bytes){ 0 });
    troth_ntlm_challenge m = {
        .flags = n->flags,
        .server_challenge = n->server_challenge,
        .target_name = { n->cred->target_name.data, n->cred->target_name.len },
        .target_info = { info.base, info.len },
        .version = n->flags & NTLM_VERSION ? troth_ntlm_version : NULL,
    };
    size_t before = n->out->len;
    troth_status st = info.st;
    if (!st)
        troth_ntlm_challenge_write(n->out, &m);
    if (!st)
        st = n->out->st;
    if (!st)
        st = troth_mem_keep(env, n->out->base + before, n->out->len - before, &n->challenge);
    troth_writer_clear(&info);
    return st;
}

troth_status troth_ntlm_send_challenge(void *self, const void *arg)
{
    troth_ntlm *n = self;
    const troth_ntlm_input *in = arg;
    const troth_env *env = n->c->env;
    bool datagram = troth_ntlm_is_datagram(n, NULL);
    uint32_t offer = datagram ? 0 : in->m.negotiate.flags;
    n->flags = troth_ntlm_flags_answer(offer, datagram, n->cred->in_domain);
    troth_status st = datagram ? TROTH_OK : troth_ntlm_flags_check(offer, n->flags);
    if (st)
        return troth_ntlm_fail(n, st, "MS-NLMP 3.2.5.1.1: flags of the NEGOTIATE");
    if (!datagram && in->token.len > NEGOTIATE_MAX)
        return troth_ntlm_fail(n, TROTH_LIMIT, "MS-NLMP 2.2.1.1");
    if (!datagram)
        st = troth_mem_keep(env, in->token.data, in->token.len, &n->negotiate);
    if (!st)
        st = env->random(env->self, n->server_challenge, sizeof n->server_challenge);
    if (!st)
        st = write_challenge(n);
    return st ? troth_ntlm_fail(n, st, "MS-NLMP 3.2.5.1.1") : TROTH_OK;
}

/* No user, no NT response, and an LM response of nothing or one zero octet. [3.2.5.1.2] */
static bool is_anonymous(const troth_ntlm_authenticate *m)
{
    return !m->user.len && !m->nt.len && (!m->lm.len || (m->lm.len == 1 && !m->lm.data[0]));
}

static troth_status accept_anonymous(troth_ntlm *n, const troth_ntlm_authenticate *m)
{
    if (!(n->c->opts.require & TROTH_F_ANONYMOUS))
        return troth_ntlm_fail(n, TROTH_DENIED, "MS-NLMP 3.2.5.1.2: the anonymous user");
    if (n->c->opts.policy & TROTH_POLICY_REQUIRE_BINDINGS) /* an anonymous message has nothing to carry them in */
        return troth_ntlm_fail(n, TROTH_BAD_BINDINGS, "MS-NLMP 3.2.5.1.2: channel bindings");
    if (n->c->opts.target)
        return troth_ntlm_fail(n, TROTH_TARGET_UNKNOWN, "MS-NLMP 3.2.5.1.2: MsvAvTargetName");
    troth_status st = troth_context_set_peer(n->c, TROTH_NAME_BACKSLASH, "", "");
    if (st)
        return troth_ntlm_fail(n, st, "MS-NLMP 3.2.5.1.2");
    uint32_t bits = n->flags & m->flags & ~(uint32_t)(NTLM_SIGN | NTLM_SEAL | NTLM_KEY_EXCH);
    troth_ntlm_established(n, bits | NTLM_ANONYMOUS, TROTH_NTLM_SERVER);
    return TROTH_OK;
}

/* What the client chose must be what the CHALLENGE said; for datagrams it is the client that chooses. [2.2.1.3] */
static troth_status check_flags(troth_ntlm *n, const troth_ntlm_authenticate *m)
{
    const uint32_t protect = NTLM_SIGN | NTLM_SEAL;
    uint32_t offered = n->flags;
    if (offered & NTLM_DATAGRAM)
        offered = (offered & ~protect) | (offered & m->flags & protect) | NTLM_SIGN;
    troth_status st = troth_ntlm_flags_check(offered, m->flags | NTLM_TARGET_INFO);
    if (st)
        return troth_ntlm_fail(n, st, "MS-NLMP 2.2.1.3: NegotiateFlags");
    uint32_t negotiated = offered & m->flags;
    size_t len = m->session_key.len;
    if (negotiated & NTLM_KEY_EXCH && len != 16 && (len || negotiated & protect))
        return troth_ntlm_fail(n, TROTH_MALFORMED, "MS-NLMP 3.2.5.1.2: EncryptedRandomSessionKey");
    n->flags = negotiated;
    return TROTH_OK;
}

/* RC4K(KeyExchangeKey, EncryptedRandomSessionKey), or the KeyExchangeKey itself. [3.2.5.1.2] */
static void take_session_key(troth_ntlm *n, const troth_ntlm_authenticate *m, const uint8_t base_key[16])
{
    bool exchanged = n->flags & NTLM_KEY_EXCH && m->session_key.len == 16;
    memcpy(n->exported, exchanged ? m->session_key.data : base_key, sizeof n->exported);
    if (exchanged)
        troth_rc4_once(base_key, n->exported, sizeof n->exported);
}

/* An exchange whose AUTHENTICATE is not sealed to it can be changed on its way. [3.2.5.1.2] */
static troth_status check_mic(troth_ntlm *n, const troth_ntlm_input *in)
{
    const troth_ntlm_authenticate *m = &in->m.authenticate;
    uint8_t want[NTLM_MIC_LEN];
    if (!m->mic && n->c->opts.policy & TROTH_POLICY_NTLM_WITHOUT_MIC)
        return TROTH_OK;
    if (!m->mic)
        return troth_ntlm_fail(n, TROTH_DOWNGRADE, "MS-NLMP 3.2.5.1.2: no MIC");
    troth_ntlm_mic(n->exported, (troth_bytes){ n->negotiate.data, n->negotiate.len },
                   (troth_bytes){ n->challenge.data, n->challenge.len }, in->token, want);
    if (!troth_ct_equal(want, m->mic, sizeof want))
        return troth_ntlm_fail(n, TROTH_BAD_MIC, "MS-NLMP 3.2.5.1.2: MIC");
    return TROTH_OK;
}

troth_status troth_ntlm_check_authenticate(void *self, const void *arg)
{
    troth_ntlm *n = self;
    const troth_ntlm_input *in = arg;
    const troth_ntlm_authenticate *m = &in->m.authenticate;
    uint8_t base_key[16];
    bool bound = false;
    if (is_anonymous(m))
        return accept_anonymous(n, m);
    if (!m->v2)
        return troth_ntlm_fail(n, TROTH_DENIED, "MS-NLMP 3.3.1: an NTLMv1 or LM response");
    troth_status st = check_flags(n, m);
    if (!st)
        st = troth_ntlm_logon(n, m, base_key);
    if (!st) {
        take_session_key(n, m, base_key);
        st = check_mic(n, in);
    }
    if (!st)
        st = troth_ntlm_check_bindings(n, &m->avs, &bound);
    if (!st)
        st = troth_ntlm_check_target(n, &m->avs);
    if (!st)
        st = troth_ntlm_keep_target(n, &m->avs);
    troth_wipe(base_key, sizeof base_key);
    if (st)
        return st;
    troth_ntlm_established(n, n->flags, TROTH_NTLM_SERVER);
    n->c->attributes |= bound ? TROTH_F_BOUND : 0u;
    return TROTH_OK;
}
