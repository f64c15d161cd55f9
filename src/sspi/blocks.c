#include <sspi/blocks.h>
#include <stddef.h>

enum { MAX_BLOCKS = 1 << 20 };

typedef struct block {
    size_t n;
    troth_sspi_block_kind kind;
    max_align_t data[];
} block;

troth_status troth_sspi_blocks_init(troth_sspi_blocks *b, const troth_env *env)
{
    b->env = env;
    troth_status st = troth_idtable_init(&b->table, env, MAX_BLOCKS);
    return st ? st : troth_mutex_init(&b->lock);
}

static void release(troth_sspi_blocks *b, block *one)
{
    troth_mem_free(b->env, one, sizeof *one + one->n);
}

static bool drop(void *self, troth_bytes id, void *value)
{
    (void)id;
    release(self, value);
    return true;
}

void troth_sspi_blocks_clear(troth_sspi_blocks *b)
{
    troth_idtable_each(&b->table, drop, b);
    troth_idtable_clear(&b->table);
    troth_mutex_clear(&b->lock);
}

void *troth_sspi_block_new(troth_sspi_blocks *b, troth_sspi_block_kind kind, size_t n)
{
    if (n > SIZE_MAX / 2)
        return NULL;
    block *one = troth_mem_new(b->env, sizeof *one + n);
    if (!one)
        return NULL;
    one->n = n;
    one->kind = kind;
    troth_mutex_lock(&b->lock);
    troth_status st = troth_idtable_add_number(&b->table, (uintptr_t)one->data, one);
    troth_mutex_unlock(&b->lock);
    if (!st)
        return one->data;
    release(b, one);
    return NULL;
}

bool troth_sspi_block_free(troth_sspi_blocks *b, troth_sspi_block_kind kind, void *p)
{
    troth_mutex_lock(&b->lock);
    block *one = troth_idtable_find_number(&b->table, (uintptr_t)p);
    if (one && one->kind == kind)
        (void)troth_idtable_remove_number(&b->table, (uintptr_t)p);
    else
        one = NULL;
    troth_mutex_unlock(&b->lock);
    if (one)
        release(b, one);
    return one != NULL;
}

size_t troth_sspi_block_size(troth_sspi_blocks *b, troth_sspi_block_kind kind, const void *p)
{
    troth_mutex_lock(&b->lock);
    const block *one = troth_idtable_find_number(&b->table, (uintptr_t)p);
    size_t n = one && one->kind == kind ? one->n : 0;
    troth_mutex_unlock(&b->lock);
    return n;
}
