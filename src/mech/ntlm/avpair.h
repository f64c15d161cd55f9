/* ntlm/avpair.h: lists of AV_PAIR structures. [MS-NLMP 2.2.2.1] */
#ifndef TROTH_NTLM_AVPAIR_H
#define TROTH_NTLM_AVPAIR_H

#include <base/writer.h>

enum {
    MsvAvEOL,
    MsvAvNbComputerName,
    MsvAvNbDomainName,
    MsvAvDnsComputerName,
    MsvAvDnsDomainName,
    MsvAvDnsTreeName,
    MsvAvFlags,
    MsvAvTimestamp,
    MsvAvSingleHost,
    MsvAvTargetName,
    MsvAvChannelBindings,
    TROTH_NTLM_AV_KNOWN
};
/* Bits of MsvAvFlags. */
enum { NTLM_AV_MIC = 2, NTLM_AV_UNVERIFIED_TARGET = 4 };

/* A list that has been read: views of the values by AvId, data NULL = absent. */
typedef struct troth_ntlm_avs {
    troth_bytes value[TROTH_NTLM_AV_KNOWN];
    uint32_t flags;     /* of MsvAvFlags, 0 when absent */
    uint64_t timestamp; /* FILETIME; only if value[MsvAvTimestamp] is there */
} troth_ntlm_avs;

/*
 * Read a list up to and with its MsvAvEOL; what follows stays in the reader. Pairs of unknown AvId are passed over.
 *
 * TROTH_OK; TROTH_TRUNCATED (no MsvAvEOL); TROTH_MALFORMED (a length its AvId does not allow, or an AvId twice)
 */
TROTH_MUST_CHECK troth_status troth_ntlm_avs_read(troth_reader *r, troth_ntlm_avs *ret);
/* Append one pair. */
void troth_ntlm_av_write(troth_writer *w, uint16_t av_id, troth_bytes value);
/* Append one pair of UTF-8 text, in Unicode. */
void troth_ntlm_av_write_text(troth_writer *w, uint16_t av_id, const char *text);

#endif
