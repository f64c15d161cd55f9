/*
 * A whole negotiation over fake mechanisms, the peer being the input. First octet: bit 0 the initiator's side, bit 1
 * NTLM first, bit 2 NTLM alone, bit 3 raw tokens allowed, bit 4 MICs not insisted upon, bit 5 NTLM without integrity;
 * then the peer's tokens (tokens.h).
 */
#include <mech/spnego/spnego.h>
#include <support/env.h>
#include <support/fake_mech.h>
#include <tokens.h>

static void exchange(test_env *t, const troth_mech_table *mechs, uint8_t how, const uint8_t *at, size_t left)
{
    bool first = how & 1;
    troth_cred_source sources[] = { { .mech = how & 2 ? "ntlm" : "kerberos", .kind = TROTH_CRED_DEFAULT },
                                    { .mech = how & 2 ? "kerberos" : "ntlm", .kind = TROTH_CRED_DEFAULT } };
    troth_cred *cred = fuzz_cred(&t->env, mechs, first ? TROTH_USE_INITIATE : TROTH_USE_ACCEPT,
                                 how & 4 && !(how & 2) ? sources + 1 : sources, how & 4 ? 1 : 2);
    troth_context_options o = { .role = first ? TROTH_INITIATOR : TROTH_ACCEPTOR,
                                .mech = "spnego",
                                .require = TROTH_F_INTEGRITY | TROTH_F_CONFIDENTIALITY,
                                .policy = (how & 8 ? TROTH_POLICY_RAW_TOKENS : 0u) |
                                          (how & 16 ? TROTH_POLICY_NTLM_WITHOUT_MIC : 0u) };
    troth_context *c;
    fuzz_demand(!troth_context_new(cred, &o, &c));
    troth_bytes token = first ? (troth_bytes){ NULL, 0 } : fuzz_next_token(&at, &left);
    for (unsigned legs = 0; (first && !legs) || token.data; legs++) {
        troth_writer out = troth_writer_growing(&t->env, 65535, TROTH_BE);
        troth_step step = fuzz_leg(c, token, &out);
        fuzz_demand(step != TROTH_STEP_MORE || out.len);
        fuzz_demand(step != TROTH_STEP_ERROR || !first || !out.len); /* an initiator that gives up says nothing */
        troth_writer_clear(&out);
        fuzz_demand(legs < 32 || step == TROTH_STEP_ERROR);
        token = fuzz_next_token(&at, &left);
    }
    troth_context_free(c);
    troth_cred_unref(cred);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (!size)
        return 0;
    test_env t;
    test_env_init(&t);
    t.seed = 1;
    fake_mech krb, ntlm;
    fake_mech_init(&krb, TROTH_MECH_KERBEROS);
    fake_mech_init(&ntlm, TROTH_MECH_NTLM);
    if (data[0] & 32)
        ntlm.grant = 0;
    const troth_mech *list[] = { &troth_mech_spnego, &krb.mech, &ntlm.mech };
    const troth_mech_table mechs = { list, 3 };
    exchange(&t, &mechs, data[0], data + 1, size - 1);
    fuzz_demand(!atomic_load(&t.blocks));
    return 0;
}
