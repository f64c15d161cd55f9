/* The rules of a credential, copied: its source's need not last. */
#include <mech/tls/inner.h>

void troth_tls_rules_drop(const troth_env *env, troth_tls_config *config)
{
    for (size_t i = 0; config->rules && i < config->n_rules; i++) {
        troth_mem_free_str(env, (char *)(uintptr_t)config->rules[i].match);
        troth_mem_free_str(env, (char *)(uintptr_t)config->rules[i].account);
    }
    troth_mem_free(env, (void *)(uintptr_t)config->rules, config->n_rules * sizeof *config->rules);
    *config = (troth_tls_config){ 0 };
}

troth_status troth_tls_rules_keep(const troth_env *env, const troth_tls_config *from, troth_tls_config *ret)
{
    if (!from->n_rules)
        return TROTH_OK;
    if (from->n_rules > SIZE_MAX / sizeof *from->rules)
        return TROTH_NO_MEMORY;
    troth_cert_rule *rules = troth_mem_new(env, from->n_rules * sizeof *rules);
    if (!rules)
        return TROTH_NO_MEMORY;
    *ret = (troth_tls_config){ .rules = rules, .n_rules = from->n_rules };
    troth_status st = TROTH_OK;
    for (size_t i = 0; i < from->n_rules && !st; i++) {
        char *match = NULL, *account = NULL;
        st = troth_mem_keep_str(env, from->rules[i].match, &match);
        if (!st)
            st = troth_mem_keep_str(env, from->rules[i].account, &account);
        rules[i] = (troth_cert_rule){ from->rules[i].field, match, account };
    }
    return st;
}
