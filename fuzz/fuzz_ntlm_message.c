#include <fuzz.h>
#include <mech/ntlm/message.h>

static void look_at_avs(const troth_ntlm_avs *avs, const uint8_t *p, size_t n)
{
    for (size_t i = 0; i < TROTH_NTLM_AV_KNOWN; i++)
        fuzz_view(avs->value[i], p, n);
}

static void challenge(const uint8_t *p, size_t n)
{
    troth_ntlm_challenge m;
    if (troth_ntlm_challenge_read((troth_bytes){ p, n }, &m))
        return;
    fuzz_view((troth_bytes){ m.server_challenge, 8 }, p, n);
    fuzz_view((troth_bytes){ m.version, m.version ? 8 : 0 }, p, n);
    fuzz_view(m.target_name, p, n);
    fuzz_view(m.target_info, p, n);
    look_at_avs(&m.avs, p, n);
}

static void authenticate(const uint8_t *p, size_t n)
{
    troth_ntlm_authenticate m;
    if (troth_ntlm_authenticate_read((troth_bytes){ p, n }, &m))
        return;
    const troth_bytes views[] = { m.lm, m.nt, m.domain, m.user, m.workstation, m.session_key };
    for (size_t i = 0; i < sizeof views / sizeof *views; i++)
        fuzz_view(views[i], p, n);
    fuzz_view((troth_bytes){ m.version, m.version ? 8 : 0 }, p, n);
    fuzz_view((troth_bytes){ m.mic, m.mic ? NTLM_MIC_LEN : 0 }, p, n);
    if (!m.v2)
        return;
    fuzz_view((troth_bytes){ m.proof, 16 }, p, n);
    fuzz_view(m.temp, p, n);
    look_at_avs(&m.avs, p, n);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t *p = fuzz_copy(data, size);
    troth_ntlm_negotiate m;
    bool negotiate = !troth_ntlm_negotiate_read((troth_bytes){ p, size }, &m);
    fuzz_demand(!negotiate || troth_ntlm_message_type((troth_bytes){ p, size }) == NTLM_NEGOTIATE);
    challenge(p, size);
    authenticate(p, size);
    troth_reader r = troth_reader_of(p, size, TROTH_LE);
    troth_ntlm_avs avs;
    if (!troth_ntlm_avs_read(&r, &avs))
        look_at_avs(&avs, p, size);
    free(p);
    return 0;
}
