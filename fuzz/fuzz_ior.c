/* Object references as octets and as text, and mechanism lists: what is accepted says the same when written again. */
#include <csiv2/mech_list.h>
#include <fuzz.h>
#include <giop/ior.h>

static void *take_new(void *self, size_t n)
{
    (void)self;
    return calloc(1, n);
}

static void take_back(void *self, void *p, size_t n)
{
    (void)self, (void)n;
    free(p);
}

static void list_again(troth_bytes data)
{
    static troth_csi_mech_list list, back;
    static uint8_t out[8 * TROTH_IOR_OCTETS_MAX];
    if (troth_csi_mech_list_read(data, &list))
        return;
    for (uint32_t i = 0; i < list.n; i++) {
        fuzz_view(list.mechs[i].as.target_name, data.data, data.len);
        fuzz_view(list.mechs[i].transport.raw, data.data, data.len);
    }
    troth_writer w = troth_writer_over(out, sizeof out, TROTH_BE);
    troth_csi_mech_list_write(&w, &list);
    fuzz_demand(!w.st && !troth_csi_mech_list_read((troth_bytes){ out, w.len }, &back));
    fuzz_demand(back.n == list.n && back.stateful == list.stateful);
}

static void edited(const troth_env *env, const troth_ior *ior)
{
    static const troth_ior_tagged set = { TROTH_TAG_CSI_SEC_MECH_LIST, { (const uint8_t *)"x", 1 } };
    const troth_ior_changes changes = { .host = "gate", .port = 7, .set = &set, .n_set = 1 };
    troth_block made;
    troth_ior back;
    if (troth_ior_edit(env, ior, &changes, &made))
        return;
    troth_status st = troth_ior_read((troth_bytes){ made.data, made.len }, &back);
    fuzz_demand(!st && back.n_profiles == ior->n_profiles && back.type_id.len == ior->type_id.len);
    for (uint32_t i = 0; i < back.n_profiles; i++) {
        troth_iiop_profile p;
        if (back.profiles[i].tag != TROTH_TAG_INTERNET_IOP)
            continue;
        st = troth_iiop_profile_read(back.profiles[i].data, &p);
        fuzz_demand(!st && p.port == 7);
    }
    troth_ior_free(env, &made);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const troth_env env = { .alloc = take_new, .release = take_back };
    uint8_t *p = fuzz_copy(data, size);
    char *text = calloc(1, size + 1), *again = calloc(1, 2 * size + 5);
    uint8_t *octets = calloc(1, TROTH_IOR_OCTETS_MAX);
    troth_ior ior;
    size_t n = 0;
    if (!text || !again || !octets)
        abort();
    memcpy(text, data, size);
    if (!troth_ior_unhex(text, octets, TROTH_IOR_OCTETS_MAX, &n))
        fuzz_demand(!troth_ior_hex((troth_bytes){ octets, n }, again, 2 * size + 5));
    list_again((troth_bytes){ p, size });
    if (!troth_ior_read((troth_bytes){ p, size }, &ior)) {
        for (uint32_t i = 0; i < ior.n_profiles; i++) {
            troth_iiop_profile iiop;
            fuzz_view(ior.profiles[i].data, p, size);
            if (troth_iiop_profile_read(ior.profiles[i].data, &iiop))
                continue;
            for (uint32_t k = 0; k < iiop.n_components; k++)
                list_again(iiop.components[k].data);
        }
        edited(&env, &ior);
    }
    free(octets);
    free(again);
    free(text);
    free(p);
    return 0;
}
