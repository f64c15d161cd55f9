#include <cli/iiop.h>
#include <string.h>

static const troth_cli_word quirks[] = {
    { "trailing", TROTH_SAS_QUIRK_TRAILING },         { "booleans", TROTH_SAS_QUIRK_BOOLEANS },
    { "wrapped-name", TROTH_SAS_QUIRK_WRAPPED_NAME }, { "silent", TROTH_SAS_QUIRK_SILENT },
    { "lengths", TROTH_SAS_QUIRK_LENGTHS },           { NULL, 0 }
};

int troth_cli_read_quirks(const troth_cli_usage *u, const troth_cli_list *names, uint32_t *ret)
{
    uint32_t bits = 0;
    for (size_t i = 0; i < names->n; i++) {
        const troth_cli_word *w = quirks;
        while (w->word && strcmp(w->word, names->items[i]) != 0)
            w++;
        if (!w->word)
            return troth_cli_usage_error(u, "--quirk", "give trailing, booleans, wrapped-name, silent or lengths");
        bits |= (uint32_t)w->value;
    }
    *ret = bits;
    return 0;
}

int troth_cli_check_stateful(const troth_cli_usage *u, bool stateful, bool stateless)
{
    return stateful && stateless ? troth_cli_usage_error(u, "--stateless", "cannot be combined with --stateful") : 0;
}
