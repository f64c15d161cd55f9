#include <mech/ntlm/client.h>
#include <string.h>

enum { TARGET_INFO_MAX = 8192 }; /* octets we take from a CHALLENGE; real ones stay below 512 */

static const uint64_t unix_epoch = 116444736000000000u; /* as FILETIME */

static bool anonymous(const troth_ntlm *n)
{
    return n->cred->kind == TROTH_CRED_ANONYMOUS;
}

troth_status troth_ntlm_choose_key(void *self, const void *arg)
{
    troth_ntlm *n = self;
    (void)arg;
    if (anonymous(n))
        return troth_ntlm_fail(n, TROTH_UNSUPPORTED, "MS-NLMP 3.4: no session security for the anonymous user");
    troth_status st = n->c->env->random(n->c->env->self, n->exported, sizeof n->exported);
    if (st)
        return troth_ntlm_fail(n, st, "MS-NLMP 3.1.5.2");
    troth_ntlm_established(n, troth_ntlm_flags_offer(n->c->opts.require, false), TROTH_NTLM_CLIENT);
    return TROTH_OK;
}

troth_status troth_ntlm_send_negotiate(void *self, const void *arg)
{
    troth_ntlm *n = self;
    size_t before = n->out->len;
    (void)arg;
    n->flags = troth_ntlm_flags_offer(n->c->opts.require, anonymous(n));
    troth_ntlm_negotiate_write(n->out, &(troth_ntlm_negotiate){ n->flags });
    troth_status st = n->out->st;
    if (!st)
        st = troth_mem_keep(n->c->env, n->out->base + before, n->out->len - before, &n->negotiate);
    return st ? troth_ntlm_fail(n, st, "MS-NLMP 3.1.5.1.1") : TROTH_OK;
}

/* Is this server's offer strong enough, and complete? */
static troth_status judge(troth_ntlm *n, const troth_ntlm_challenge *ch)
{
    troth_status st = troth_ntlm_flags_check(n->flags, ch->flags);
    if (st)
        return troth_ntlm_fail(n, st, "MS-NLMP 3.1.5.1.2: flags of the CHALLENGE");
    if (ch->target_info.len > TARGET_INFO_MAX)
        return troth_ntlm_fail(n, TROTH_LIMIT, "MS-NLMP 2.2.1.2: TargetInfo");
    bool named = ch->avs.value[MsvAvNbComputerName].data && ch->avs.value[MsvAvNbDomainName].data;
    if (n->flags & (NTLM_SIGN | NTLM_SEAL) && !named)
        return troth_ntlm_fail(n, TROTH_DENIED, "MS-NLMP 3.1.5.1.2: NetBIOS names of the server");
    return TROTH_OK;
}

/* The server's AV pairs, with what the client has to say in place of the server's own such pairs. */
static void write_avs(troth_writer *w, const troth_ntlm_challenge *ch, troth_bytes bindings, troth_bytes spn)
{
    troth_reader r = troth_reader_of(ch->target_info.data, ch->target_info.len, TROTH_LE);
    while (troth_read_left(&r)) {
        uint16_t id = troth_read_u16(&r);
        uint16_t len = troth_read_u16(&r);
        troth_bytes value = { troth_read_bytes(&r, len), len };
        if (!r.st && id != MsvAvEOL && id != MsvAvFlags && id != MsvAvTargetName && id != MsvAvChannelBindings)
            troth_ntlm_av_write(w, id, value);
    }
    uint32_t flags = ch->avs.flags | NTLM_AV_MIC;
    const uint8_t le[4] = { (uint8_t)flags, (uint8_t)(flags >> 8), (uint8_t)(flags >> 16), (uint8_t)(flags >> 24) };
    troth_ntlm_av_write(w, MsvAvFlags, (troth_bytes){ le, 4 });
    troth_ntlm_av_write(w, MsvAvChannelBindings, bindings);
    troth_ntlm_av_write(w, MsvAvTargetName, spn);
    troth_ntlm_av_write(w, MsvAvEOL, (troth_bytes){ 0 });
}

/* temp, behind room for NTProofStr: Responserversion, HiResponserversion, Z(6), Time, ClientChallenge, .. [3.3.2] */
static troth_status write_temp(troth_ntlm *n, const troth_ntlm_challenge *ch, const uint8_t client_challenge[8],
                               troth_writer *w)
{
    const troth_env *env = n->c->env;
    bool told = ch->avs.value[MsvAvTimestamp].data != NULL;
    uint8_t bindings[16] = { 0 };
    troth_block spn = { 0 };
    troth_status st = troth_ntlm_spn(env, n->c->opts.target, &spn);
    if (st)
        return st;
    if (n->c->opts.bindings.len)
        troth_ntlm_bindings_hash(n->c->opts.bindings, bindings);
    troth_write_zeros(w, 16);
    troth_write_u8(w, 1);
    troth_write_u8(w, 1);
    troth_write_zeros(w, 6);
    troth_write_u64(w, told ? ch->avs.timestamp : env->wall(env->self) + unix_epoch);
    troth_write_bytes(w, client_challenge, 8);
    troth_write_zeros(w, 4);
    write_avs(w, ch, (troth_bytes){ bindings, sizeof bindings }, (troth_bytes){ spn.data, spn.len });
    troth_write_zeros(w, 4);
    troth_mem_drop(env, &spn);
    return w->st;
}

/* The secrets and responses of one AUTHENTICATE; wiped by their owner. */
typedef struct answer {
    uint8_t response_key[16], base_key[16], lm[24], client_challenge[8], session_key[16];
    troth_writer nt;
} answer;

static troth_status respond(troth_ntlm *n, const troth_ntlm_challenge *ch, answer *a)
{
    const troth_env *env = n->c->env;
    troth_status st = env->random(env->self, a->client_challenge, sizeof a->client_challenge);
    if (!st)
        st = troth_ntlm_ntowfv2(n->cred->nt_hash, n->cred->account,
                                (troth_bytes){ n->cred->domain.data, n->cred->domain.len }, a->response_key);
    if (!st)
        st = write_temp(n, ch, a->client_challenge, &a->nt);
    if (st)
        return st;
    uint8_t *proof = a->nt.base;
    troth_ntlm_proof(a->response_key, ch->server_challenge, (troth_bytes){ proof + 16, a->nt.len - 16 }, proof);
    troth_ntlm_session_base_key(a->response_key, proof, a->base_key);
    if (!ch->avs.value[MsvAvTimestamp].data) /* otherwise Z(24) goes out in its place */
        troth_ntlm_lmv2(a->response_key, ch->server_challenge, a->client_challenge, a->lm);
    return TROTH_OK;
}

/* The session key: exchanged under the base key, or the base key itself. */
static troth_status choose_session_key(troth_ntlm *n, uint32_t negotiated, answer *a)
{
    const troth_env *env = n->c->env;
    troth_status st = TROTH_OK;
    if (!(negotiated & NTLM_KEY_EXCH)) {
        memcpy(n->exported, a->base_key, sizeof n->exported);
        return TROTH_OK;
    }
    if (!(negotiated & NTLM_DATAGRAM)) /* for datagrams it was chosen at the start */
        st = env->random(env->self, n->exported, sizeof n->exported);
    memcpy(a->session_key, n->exported, sizeof a->session_key);
    troth_rc4_once(a->base_key, a->session_key, sizeof a->session_key);
    return st;
}

static troth_status write_message(troth_ntlm *n, const troth_ntlm_input *in, uint32_t negotiated, const answer *a)
{
    static const uint8_t no_mic[NTLM_MIC_LEN];
    troth_ntlm_authenticate m = {
        .flags = negotiated,
        .lm = { a->lm, negotiated & NTLM_DATAGRAM ? 0 : sizeof a->lm },
        .nt = { a->nt.base, a->nt.len },
        .domain = { n->cred->domain.data, n->cred->domain.len },
        .user = { n->cred->user.data, n->cred->user.len },
        .workstation = { n->cred->workstation.data, n->cred->workstation.len },
        .session_key = { a->session_key, negotiated & NTLM_KEY_EXCH ? sizeof a->session_key : 0 },
        .version = negotiated & NTLM_VERSION ? troth_ntlm_version : NULL,
        .mic = no_mic,
    };
    size_t before = n->out->len;
    troth_ntlm_authenticate_write(n->out, &m);
    if (n->out->st)
        return n->out->st;
    uint8_t *auth = n->out->base + before;
    troth_ntlm_mic(n->exported, (troth_bytes){ n->negotiate.data, n->negotiate.len }, in->token,
                   (troth_bytes){ auth, n->out->len - before }, auth + NTLM_MIC_OFFSET);
    return TROTH_OK;
}

/* An empty user, an empty NT response, one zero octet as LM response: the anonymous user. [3.3.2] */
static troth_status send_anonymous(troth_ntlm *n, uint32_t negotiated)
{
    static const uint8_t zero[1];
    troth_ntlm_authenticate m = { .flags = negotiated | NTLM_ANONYMOUS,
                                  .lm = { zero, 1 },
                                  .version = negotiated & NTLM_VERSION ? troth_ntlm_version : NULL };
    troth_ntlm_authenticate_write(n->out, &m);
    if (n->out->st)
        return troth_ntlm_fail(n, n->out->st, "MS-NLMP 2.2.1.3");
    troth_ntlm_established(n, m.flags, TROTH_NTLM_CLIENT);
    return TROTH_OK;
}

troth_status troth_ntlm_send_authenticate(void *self, const void *arg)
{
    troth_ntlm *n = self;
    const troth_ntlm_input *in = arg;
    const troth_ntlm_challenge *ch = &in->m.challenge;
    uint32_t negotiated = n->flags & ch->flags;
    troth_status st = judge(n, ch);
    if (st)
        return st;
    if (anonymous(n))
        return send_anonymous(n, negotiated);
    answer a = { .nt = troth_writer_growing(n->c->env, TARGET_INFO_MAX + 4096, TROTH_LE) };
    st = respond(n, ch, &a);
    if (!st)
        st = choose_session_key(n, negotiated, &a);
    if (!st)
        st = write_message(n, in, negotiated, &a);
    if (!st)
        st = troth_context_set_self(n->c, TROTH_NAME_BACKSLASH, n->cred->account, n->cred->authority);
    troth_writer_clear(&a.nt);
    troth_wipe(&a, sizeof a);
    if (st)
        return troth_ntlm_fail(n, st, "MS-NLMP 3.1.5.1.2");
    if (!(negotiated & NTLM_DATAGRAM)) /* a datagram context has its keys, and may have used them */
        troth_ntlm_established(n, negotiated, TROTH_NTLM_CLIENT);
    return TROTH_OK;
}
