/* Fault records. [MC-NMF 2.2.5] */
#include <nns/preamble.h>
#include <string.h>

static const char namespace[] = "http://schemas.microsoft.com/ws/2006/05/framing/faults/";

static const char *const wheres[] = {
#define TROTH_NMF_FAULT_WHERE(id, name) "MC-NMF 2.2.5 " name,
    TROTH_NMF_FAULTS(TROTH_NMF_FAULT_WHERE)
#undef TROTH_NMF_FAULT_WHERE
        "MC-NMF 2.2.5",
};

const char *troth_nmf_fault_where(troth_nmf_fault fault)
{
    return wheres[fault];
}

static const char *name_of(troth_nmf_fault fault)
{
    return wheres[fault] + sizeof "MC-NMF 2.2.5 " - 1;
}

size_t troth_nmf_fault_write(troth_nmf_fault fault, uint8_t ret[TROTH_NMF_FAULT_RECORD_MAX])
{
    const char *name = name_of(fault);
    size_t space = sizeof namespace - 1, n = strlen(name);
    size_t head = troth_nmf_head(TROTH_NMF_FAULT, (uint32_t)(space + n), ret);
    memcpy(ret + head, namespace, space);
    memcpy(ret + head + space, name, n);
    return head + space + n;
}

troth_nmf_fault troth_nmf_fault_of(troth_bytes uri)
{
    size_t space = sizeof namespace - 1;
    if (uri.len <= space || memcmp(uri.data, namespace, space) != 0)
        return TROTH_NMF_FAULT_COUNT;
    unsigned i = 0;
    for (; i < TROTH_NMF_FAULT_COUNT; i++) {
        const char *name = name_of((troth_nmf_fault)i);
        if (uri.len == space + strlen(name) && !memcmp(uri.data + space, name, strlen(name)))
            break;
    }
    return (troth_nmf_fault)i;
}
