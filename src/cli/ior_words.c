#include <cli/ior_words.h>
#include <string.h>

static void put_hex(FILE *to, troth_bytes b)
{
    enum { SHOWN = 64 };
    for (size_t i = 0; i < b.len && i < SHOWN; i++)
        fprintf(to, "%02x", b.data[i]);
    if (b.len > SHOWN)
        fprintf(to, "... (%zu octets)", b.len);
}

static const char *component_name(uint32_t tag)
{
    switch (tag) {
    case TROTH_TAG_ORB_TYPE:
        return "ORB type";
    case TROTH_TAG_CODE_SETS:
        return "code sets";
    case TROTH_TAG_ALTERNATE_IIOP_ADDRESS:
        return "alternate address";
    case TROTH_TAG_SSL_SEC_TRANS:
        return "SSL (before CSIv2)";
    case TROTH_TAG_CSI_SEC_MECH_LIST:
        return "CSIv2 mechanisms";
    case TROTH_TAG_SECIOP_SEC_TRANS:
        return "SECIOP";
    case TROTH_TAG_TLS_SEC_TRANS:
        return "TLS";
    default:
        return "unknown";
    }
}

/* Print a component; false where its contents are not what its tag promises. */
static bool put_component(FILE *to, const troth_ior_tagged *c)
{
    troth_csi_mech_list list;
    fprintf(to, "    component %u (%s)", c->tag, component_name(c->tag));
    if (c->tag != TROTH_TAG_CSI_SEC_MECH_LIST) {
        fprintf(to, ": ");
        put_hex(to, c->data);
        fputc('\n', to);
        return true;
    }
    troth_status st = troth_csi_mech_list_read(c->data, &list);
    if (st) {
        fprintf(to, ": cannot be read: %s\n", troth_status_text(st));
        return false;
    }
    fprintf(to, ":\n");
    troth_cli_print_mech_list(to, "      ", &list);
    return true;
}

static bool put_iiop(FILE *to, troth_bytes data)
{
    troth_iiop_profile p;
    troth_status st = troth_iiop_profile_read(data, &p);
    if (st) {
        fprintf(to, ": cannot be read: %s\n", troth_status_text(st));
        return false;
    }
    fprintf(to, " IIOP %u.%u, ", p.major, p.minor);
    troth_cli_put_text(to, p.host);
    if (p.port)
        fprintf(to, ":%u, key ", p.port);
    else
        fprintf(to, ", protected transport only, key ");
    put_hex(to, p.object_key);
    fputc('\n', to);
    bool all = true;
    for (uint32_t i = 0; i < p.n_components; i++)
        all &= put_component(to, &p.components[i]);
    return all;
}

static bool put_components(FILE *to, troth_bytes data)
{
    troth_ior_tagged items[TROTH_IOR_COMPONENTS_MAX];
    uint32_t n = 0;
    troth_status st = troth_ior_components_read(data, items, TROTH_IOR_COMPONENTS_MAX, &n);
    if (st) {
        fprintf(to, ": cannot be read: %s\n", troth_status_text(st));
        return false;
    }
    fprintf(to, " components\n");
    bool all = true;
    for (uint32_t i = 0; i < n; i++)
        all &= put_component(to, &items[i]);
    return all;
}

bool troth_cli_print_ior(FILE *to, const troth_ior *ior)
{
    bool all = true;
    fprintf(to, "type ");
    troth_cli_put_text(to, ior->type_id);
    fprintf(to, "%s\n", ior->n_profiles ? "" : "(nil)");
    for (uint32_t i = 0; i < ior->n_profiles; i++) {
        const troth_ior_tagged *p = &ior->profiles[i];
        fprintf(to, "  profile %u:", i + 1);
        if (p->tag == TROTH_TAG_INTERNET_IOP) {
            all &= put_iiop(to, p->data);
        } else if (p->tag == TROTH_TAG_MULTIPLE_COMPONENTS) {
            all &= put_components(to, p->data);
        } else {
            fprintf(to, " tag %u: ", p->tag);
            put_hex(to, p->data);
            fputc('\n', to);
        }
    }
    return all;
}
