#include <cli/iiop_refs.h>
#include <cli/wire.h>
#include <stdio.h>
#include <string.h>

enum { TEXT_ROOM = 2 * TROTH_IOR_OCTETS_MAX + 64 }; /* a reference as text, and some white space */

static bool complain(const char *command, const char *file, const char *why)
{
    fprintf(stderr, "troth %s: %s: %s\n", command, file, why);
    return false;
}

static bool read_text(const char *file, char *text, size_t size)
{
    FILE *f = fopen(file, "re");
    if (!f)
        return false;
    size_t n = fread(text, 1, size - 1, f);
    bool whole = !ferror(f) && feof(f);
    fclose(f);
    text[n] = 0;
    return whole;
}

bool troth_cli_ref_read(const char *command, const char *file_or_text, troth_cli_ref *ret)
{
    char text[TEXT_ROOM];
    const char *from = file_or_text;
    if (strncmp(from, "IOR:", 4) != 0) {
        if (!read_text(file_or_text, text, sizeof text))
            return complain(command, file_or_text, "cannot be read");
        from = text;
    }
    troth_status st = troth_ior_unhex(from, ret->octets, sizeof ret->octets, &ret->len);
    return st ? complain(command, file_or_text, "is no object reference (IOR:...)") : true;
}

bool troth_cli_ref_mech_list(const troth_cli_ref *ref, troth_bytes *ret)
{
    troth_ior ior;
    troth_bytes found = { NULL, 0 };
    if (troth_ior_read((troth_bytes){ ref->octets, ref->len }, &ior))
        return false;
    for (uint32_t i = 0; i < ior.n_profiles && !found.len; i++) {
        troth_iiop_profile p;
        if (ior.profiles[i].tag != TROTH_TAG_INTERNET_IOP)
            continue;
        if (troth_iiop_profile_read(ior.profiles[i].data, &p))
            return false;
        const troth_ior_tagged *c = troth_ior_find(p.components, p.n_components, TROTH_TAG_CSI_SEC_MECH_LIST);
        if (c)
            found = c->data;
    }
    *ret = found;
    return true;
}

static bool write_text(const char *command, const char *file, troth_bytes octets)
{
    char text[TEXT_ROOM];
    if (troth_ior_hex(octets, text, sizeof text))
        return complain(command, file, "the reference would be too long");
    FILE *f = fopen(file, "we");
    if (!f)
        return complain(command, file, "cannot be written");
    bool written = fprintf(f, "%s\n", text) > 0;
    written = fclose(f) == 0 && written;
    return written ? true : complain(command, file, "cannot be written");
}

static bool write_one(const char *command, const char *in, const char *out, const troth_ior_changes *changes)
{
    troth_cli_ref ref;
    troth_ior ior;
    troth_block edited = { 0 };
    if (!troth_cli_ref_read(command, in, &ref))
        return false;
    troth_status st = troth_ior_read((troth_bytes){ ref.octets, ref.len }, &ior);
    if (!st)
        st = troth_ior_edit(troth_env_posix(), &ior, changes, &edited);
    if (st)
        return complain(command, in,
                        st == TROTH_UNSUPPORTED ? "has no IIOP profile that could hold components"
                                                : troth_status_text(st));
    bool ok = write_text(command, out, (troth_bytes){ edited.data, edited.len });
    troth_ior_free(troth_env_posix(), &edited);
    return ok;
}

bool troth_cli_refs_write(const char *command, const troth_cli_list *items, const troth_ior_changes *changes)
{
    for (size_t i = 0; i < items->n; i++) {
        char in[4096];
        const char *cut = strchr(items->items[i], '=');
        size_t len = cut ? (size_t)(cut - items->items[i]) : 0;
        if (!len || len >= sizeof in || !cut[1])
            return complain(command, items->items[i], "give IN=OUT, two names of files");
        memcpy(in, items->items[i], len);
        in[len] = 0;
        if (!write_one(command, in, cut + 1, changes))
            return false;
    }
    return true;
}

bool troth_cli_read_host_port(const char *address, char *ret_host, size_t size, uint16_t *ret_port)
{
    char host[TROTH_CLI_HOST_MAX];
    uint64_t port;
    const char *colon = strrchr(address, ':');
    if (!troth_cli_host_of(address, host) || !colon || !troth_cli_read_number(colon + 1, &port) || !port ||
        port > 65535)
        return false;
    if (strlen(host) >= size)
        return false;
    memcpy(ret_host, host, strlen(host) + 1);
    *ret_port = (uint16_t)port;
    return true;
}
