#include <base/utf16.h>
#include <mech/ntlm/impl.h>
#include <string.h>

const char *const troth_ntlm_events[NTLM_N_EVENTS] = { "no token", "NEGOTIATE", "CHALLENGE", "AUTHENTICATE",
                                                       "malformed" };

bool troth_ntlm_is_datagram(void *self, const void *arg)
{
    const troth_ntlm *n = self;
    (void)arg;
    return n->c->opts.require & TROTH_F_DATAGRAM;
}

troth_status troth_ntlm_fail(troth_ntlm *n, troth_status st, const char *where)
{
    troth_context_fail(n->c, st, 0, 0, where);
    return st;
}

void troth_ntlm_refuse(void *self, uint8_t event, const void *arg, troth_status why)
{
    troth_ntlm *n = self;
    const troth_ntlm_input *in = arg;
    if (event == NTLM_EV_MALFORMED)
        troth_context_fail(n->c, in->st, 0, 0, "MS-NLMP 2.2.1");
    else
        troth_context_fail(n->c, why, 0, 0, "MS-NLMP 3.1.5");
}

troth_status troth_ntlm_spn(const troth_env *env, const char *target, troth_block *ret)
{
    troth_status st = troth_utf16_of(env, target ? target : "", 2048, ret);
    if (st || !target || strchr(target, '/'))
        return st;
    for (size_t i = 0; i + 1 < ret->len; i += 2)
        if (ret->data[i] == '@' && !ret->data[i + 1]) {
            ret->data[i] = '/';
            break;
        }
    return TROTH_OK;
}

void troth_ntlm_established(troth_ntlm *n, uint32_t negotiated, troth_ntlm_mode ours)
{
    n->flags = negotiated;
    troth_ntlm_channel_init(&n->channel, negotiated, n->exported, ours);
    n->c->attributes = troth_ntlm_flags_attributes(negotiated);
    n->c->detail = negotiated & NTLM_ANONYMOUS ? "none" : "rc4-hmac-md5-128";
}
