/* Service context 15 and the tokens in it: what is accepted says the same when it is written and read again. */
#include <csiv2/gssup.h>
#include <csiv2/names.h>
#include <csiv2/sas.h>
#include <fuzz.h>

enum { ROOM = 2 * TROTH_SAS_OCTETS_MAX };

static void names(troth_bytes b)
{
    troth_bytes certs[TROTH_CSI_CHAIN_MAX], exported, mech, name;
    troth_csi_scoped_name scoped;
    size_t n = 0;
    if (!troth_csi_principal_name(b, true, &exported)) {
        fuzz_view(exported, b.data, b.len);
        fuzz_demand(!troth_csi_exported_name_read(exported, &mech, &name));
        if (!troth_csi_scoped_name_read(name, &scoped))
            fuzz_demand(scoped.name.len + scoped.scope.len + scoped.has_scope == name.len);
    }
    if (!troth_csi_cert_chain_read(b, certs, &n))
        for (size_t i = 0; i < n; i++)
            fuzz_view(certs[i], b.data, b.len);
    (void)!troth_csi_dn_check(b);
    if (!troth_csi_scoped_name_read(b, &scoped))
        fuzz_demand(troth_csi_text_valid(b));
}

static void gssup(troth_bytes b)
{
    static uint8_t out[8192];
    troth_gssup t, back;
    uint32_t code;
    (void)!troth_gssup_error_read(b, &code);
    if (troth_gssup_read(b, &t))
        return;
    troth_writer w = troth_writer_over(out, sizeof out, TROTH_BE);
    troth_gssup_write(&w, &t);
    fuzz_demand(!w.st && !troth_gssup_read((troth_bytes){ out, w.len }, &back));
    fuzz_demand(back.password.len == t.password.len && !memcmp(back.password.data, t.password.data, t.password.len));
}

static void message(troth_bytes b, const troth_sas_quirks *quirks)
{
    static uint8_t out[ROOM];
    static troth_sas_message m, back;
    if (troth_sas_read(b, quirks, &m))
        return;
    troth_writer w = troth_writer_over(out, sizeof out, TROTH_BE);
    troth_sas_write(&w, &m);
    fuzz_demand(!w.st);
    troth_status st = troth_sas_read((troth_bytes){ out, w.len }, NULL, &back);
    fuzz_demand(!st && back.type == m.type && back.client_context_id == m.client_context_id);
    if (m.type != TROTH_SAS_ESTABLISH_CONTEXT)
        return;
    const troth_sas_establish *e = &m.establish;
    for (uint32_t i = 0; i < e->n_authorization; i++)
        fuzz_view(e->authorization_token[i].the_element, b.data, b.len);
    fuzz_demand(back.establish.n_authorization == e->n_authorization);
    names(e->identity_token.octets);
    gssup(e->client_authentication_token);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const troth_sas_quirks all = { true, true };
    uint8_t *p = fuzz_copy(data, size);
    message((troth_bytes){ p, size }, NULL);
    message((troth_bytes){ p, size }, &all);
    gssup((troth_bytes){ p, size });
    names((troth_bytes){ p, size });
    free(p);
    return 0;
}
