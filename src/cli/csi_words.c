/* Mechanism lists of CSIv2 in words. */
#include <cli/ior_words.h>
#include <string.h>

typedef struct word {
    uint32_t bit;
    const char *text;
} word;

static const word options[] = {
    { TROTH_CSI_NO_PROTECTION, "no protection" },
    { TROTH_CSI_INTEGRITY, "integrity" },
    { TROTH_CSI_CONFIDENTIALITY, "confidentiality" },
    { TROTH_CSI_DETECT_REPLAY, "replay detection" },
    { TROTH_CSI_DETECT_MISORDERING, "order" },
    { TROTH_CSI_ESTABLISH_TRUST_IN_TARGET, "trust in the target" },
    { TROTH_CSI_ESTABLISH_TRUST_IN_CLIENT, "trust in the client" },
    { TROTH_CSI_NO_DELEGATION, "no delegation" },
    { TROTH_CSI_SIMPLE_DELEGATION, "simple delegation" },
    { TROTH_CSI_COMPOSITE_DELEGATION, "composite delegation" },
    { TROTH_CSI_IDENTITY_ASSERTION, "identity assertion" },
    { TROTH_CSI_DELEGATION_BY_CLIENT, "delegation by the client" },
    { 0 },
};

static const word identities[] = {
    { TROTH_CSI_ITT_ANONYMOUS, "anonymous" },
    { TROTH_CSI_ITT_PRINCIPAL_NAME, "principal name" },
    { TROTH_CSI_ITT_X509_CERT_CHAIN, "certificate chain" },
    { TROTH_CSI_ITT_DISTINGUISHED_NAME, "distinguished name" },
    { 0 },
};

/* The words of the bits that are set, or "nothing". */
static void put_bits(FILE *to, uint32_t bits, const word *words)
{
    const char *between = "";
    if (!bits)
        fprintf(to, "nothing");
    for (; words->bit; words++) {
        if (!(bits & words->bit))
            continue;
        fprintf(to, "%s%s", between, words->text);
        between = ", ";
        bits &= ~words->bit;
    }
    if (bits)
        fprintf(to, "%sunknown 0x%x", between, bits);
}

static void put_layer(FILE *to, uint16_t supports, uint16_t requires)
{
    fprintf(to, "supports ");
    put_bits(to, supports, options);
    fprintf(to, "; requires ");
    put_bits(to, requires, options);
}

void troth_cli_put_text(FILE *to, troth_bytes text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (text.data[i] < 0x20 || text.data[i] > 0x7e || text.data[i] == '\\')
            fprintf(to, "\\x%02x", text.data[i]);
        else
            fputc(text.data[i], to);
    }
}

static bool equals(troth_bytes b, const char *octets, size_t n)
{
    return b.len == n && !memcmp(b.data, octets, n);
}

/* An OBJECT IDENTIFIER with its tag, by name where it has one here. */
static void put_mech(FILE *to, troth_bytes oid)
{
    if (equals(oid, "\x06\x06\x67\x81\x02\x01\x01\x01", 8))
        fprintf(to, "GSSUP (user name and password)");
    else if (equals(oid, "\x06\x09\x2a\x86\x48\x86\xf7\x12\x01\x02\x02", 11))
        fprintf(to, "Kerberos");
    else if (equals(oid, "\x06\x06\x2b\x06\x01\x05\x06\x04", 8))
        fprintf(to, "exported names");
    else {
        fprintf(to, "mechanism ");
        for (size_t i = 0; i < oid.len; i++)
            fprintf(to, "%02x", oid.data[i]);
    }
}

static void put_target(FILE *to, troth_bytes exported)
{
    troth_bytes mech, name;
    fprintf(to, ", target \"");
    troth_cli_put_text(to, troth_csi_exported_name_read(exported, &mech, &name) ? exported : name);
    fputc('"', to);
}

static void put_transport(FILE *to, const char *indent, const troth_csi_transport *t)
{
    fprintf(to, "%s  transport: ", indent);
    if (t->tag == TROTH_TAG_NULL_TAG) {
        fprintf(to, "none\n");
        return;
    }
    if (t->tag != TROTH_TAG_TLS_SEC_TRANS && t->tag != TROTH_TAG_SECIOP_SEC_TRANS) {
        fprintf(to, "unknown, tag %u\n", t->tag);
        return;
    }
    fprintf(to, t->tag == TROTH_TAG_TLS_SEC_TRANS ? "TLS" : "SECIOP");
    for (uint32_t i = 0; i < t->n_addresses; i++) {
        fprintf(to, i ? ", " : " at ");
        troth_cli_put_text(to, t->addresses[i].host);
        fprintf(to, ":%u", t->addresses[i].port);
    }
    fprintf(to, "; ");
    put_layer(to, t->target_supports, t->target_requires);
    fputc('\n', to);
}

static void put_as(FILE *to, const char *indent, const troth_csi_as *as)
{
    fprintf(to, "%s  authentication: ", indent);
    if (!as->target_supports) { /* and what else is there means nothing */
        fprintf(to, "none\n");
        return;
    }
    put_mech(to, as->client_authentication_mech);
    put_target(to, as->target_name);
    fprintf(to, "; ");
    put_layer(to, as->target_supports, as->target_requires);
    fputc('\n', to);
}

static void put_sas(FILE *to, const char *indent, const troth_csi_sas *sas)
{
    fprintf(to, "%s  attributes: ", indent);
    put_layer(to, sas->target_supports, sas->target_requires);
    fprintf(to, "\n%s  identities: ", indent);
    put_bits(to, sas->supported_identity_types, identities);
    for (uint32_t i = 0; i < sas->n_namings; i++) {
        fprintf(to, i ? ", " : "; names of ");
        put_mech(to, sas->supported_naming_mechanisms[i]);
    }
    fputc('\n', to);
    for (uint32_t i = 0; i < sas->n_authorities; i++) {
        fprintf(to, "%s  privilege authority: syntax 0x%x, name \"", indent, sas->privilege_authorities[i].syntax);
        troth_cli_put_text(to, sas->privilege_authorities[i].name);
        fprintf(to, "\"\n");
    }
}

void troth_cli_print_mech_list(FILE *to, const char *indent, const troth_csi_mech_list *list)
{
    fprintf(to, "%s%s contexts, %u mechanism%s\n", indent, list->stateful ? "stateful" : "stateless", list->n,
            list->n == 1 ? "" : "s");
    for (uint32_t i = 0; i < list->n; i++) {
        const troth_csi_mech *m = &list->mechs[i];
        fprintf(to, "%smechanism %u requires ", indent, i + 1);
        put_bits(to, m->target_requires, options);
        fputc('\n', to);
        put_transport(to, indent, &m->transport);
        put_as(to, indent, &m->as);
        put_sas(to, indent, &m->sas);
    }
}
