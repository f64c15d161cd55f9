/*
 * csiv2/sas_table.h: a table of nodes by number, for context ids and request ids, which peers choose. The node is part
 * of what it finds, so that an entry costs one pointer and its share of the buckets; it is hashed with a random key of
 * the table's own. Finding, adding and taking out are O(1).
 */
#ifndef TROTH_CSIV2_SAS_TABLE_H
#define TROTH_CSIV2_SAS_TABLE_H

#include <base/mem.h>

typedef struct troth_sas_node {
    struct troth_sas_node *next;
    uint64_t id;
} troth_sas_node;

typedef struct troth_sas_table {
    const troth_env *env;
    troth_sas_node **buckets; /* a power of two of them, NULL while there are none */
    size_t n_buckets, n;
    uint8_t key[16];
} troth_sas_table;

/* Allocates nothing. TROTH_OK, or what the environment's randomness failed with. */
TROTH_MUST_CHECK troth_status troth_sas_table_init(troth_sas_table *t, const troth_env *env);
/* Release the buckets; nodes are their owners'. */
void troth_sas_table_clear(troth_sas_table *t);
troth_sas_node *troth_sas_table_find(const troth_sas_table *t, uint64_t id);
/* Put in a node whose id is not there. TROTH_OK; TROTH_NO_MEMORY: nothing has changed. */
TROTH_MUST_CHECK troth_status troth_sas_table_add(troth_sas_table *t, troth_sas_node *node);
/* Take out a node that is there. */
void troth_sas_table_remove(troth_sas_table *t, troth_sas_node *node);
/* Whether a node fits. Looks at all of them, in no order. */
bool troth_sas_table_any(const troth_sas_table *t, bool (*fits)(const void *self, const troth_sas_node *node),
                         const void *self);
/* Take out a node, for emptying the table; NULL = none is left. *at is 0 at first and the table's afterwards. */
troth_sas_node *troth_sas_table_pop(troth_sas_table *t, size_t *at);

#endif
