/* base/mem.h: the only allocator. Every block is zeroed at birth and wiped at death. */
#ifndef TROTH_BASE_MEM_H
#define TROTH_BASE_MEM_H

#include <troth/types.h>

/* Allocate n zeroed octets (n 0 gives a block of 1). NULL = no memory. */
void *troth_mem_new(const troth_env *env, size_t n);
/* Wipe and release what troth_mem_new gave for n. p may be NULL. */
void troth_mem_free(const troth_env *env, void *p, size_t n);
/* Move a block of old octets to one of n >= old, wiping the old one. NULL = no memory, and p is untouched. */
void *troth_mem_grow(const troth_env *env, void *p, size_t old, size_t n);
/* Copy octets into a new block. TROTH_OK or TROTH_NO_MEMORY; ret is set only on TROTH_OK. */
TROTH_MUST_CHECK troth_status troth_mem_keep(const troth_env *env, const void *p, size_t n, troth_block *ret);
/* Copy a string with its NUL; NULL stays NULL and is TROTH_OK. */
TROTH_MUST_CHECK troth_status troth_mem_keep_str(const troth_env *env, const char *s, char **ret);
/* Wipe and release a string of troth_mem_keep_str. */
void troth_mem_free_str(const troth_env *env, char *s);
/* Wipe and release a block, and empty it. */
void troth_mem_drop(const troth_env *env, troth_block *b);
/* Overwrite octets so that the compiler cannot leave it out. */
void troth_wipe(void *p, size_t n);
/* Compare secrets without telling by time where they differ. */
bool troth_ct_equal(const void *a, const void *b, size_t n);

#endif
