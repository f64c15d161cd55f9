/* sspi/blocks.h: the blocks given to callers, so that only these are ever released. */
#ifndef TROTH_SSPI_BLOCKS_H
#define TROTH_SSPI_BLOCKS_H

#include <base/idtable.h>
#include <base/lock.h>

/* Which function releases it: FreeContextBuffer; SspiLocalFree; SspiFreeAuthIdentity; CertFree...; CertCloseStore. */
typedef enum troth_sspi_block_kind {
    TROTH_SSPI_BLOCK_BUFFER = 1,
    TROTH_SSPI_BLOCK_LOCAL,
    TROTH_SSPI_BLOCK_IDENTITY,
    TROTH_SSPI_BLOCK_CERT,
    TROTH_SSPI_BLOCK_STORE
} troth_sspi_block_kind;

typedef struct troth_sspi_blocks {
    const troth_env *env;
    troth_mutex lock;
    troth_idtable table;
} troth_sspi_blocks;

TROTH_MUST_CHECK troth_status troth_sspi_blocks_init(troth_sspi_blocks *b, const troth_env *env);
/* Wipe and release every block that callers have not. */
void troth_sspi_blocks_clear(troth_sspi_blocks *b);
/* n zeroed octets for a caller; NULL = no memory. */
void *troth_sspi_block_new(troth_sspi_blocks *b, troth_sspi_block_kind kind, size_t n);
/* Wipe and release. False: p is none of ours, or not of this kind, and nothing was touched. */
bool troth_sspi_block_free(troth_sspi_blocks *b, troth_sspi_block_kind kind, void *p);
/* Octets of a block of this kind; 0 = it is none. */
size_t troth_sspi_block_size(troth_sspi_blocks *b, troth_sspi_block_kind kind, const void *p);

#endif
