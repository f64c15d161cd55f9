/*
 * Copies of files in MEMORY, so that a handshake reads no file. What cannot be copied is left as it was named, and MIT
 * says by itself what is wrong with it.
 */
#include <mech/kerberos/inner.h>
#include <stdio.h>
#include <string.h>

static bool copy_keys(krb5_context krb5, krb5_keytab from, krb5_keytab to)
{
    krb5_kt_cursor cursor;
    krb5_keytab_entry entry;
    size_t n = 0;
    if (krb5_kt_start_seq_get(krb5, from, &cursor))
        return false;
    krb5_error_code code;
    while (!(code = krb5_kt_next_entry(krb5, from, &entry, &cursor))) {
        code = krb5_kt_add_entry(krb5, to, &entry);
        krb5_free_keytab_entry_contents(krb5, &entry);
        if (code)
            break;
        n++;
    }
    krb5_kt_end_seq_get(krb5, from, &cursor);
    return code == KRB5_KT_END && n;
}

bool troth_krb_memory_keytab(troth_krb_cred *k, const char *path, char ret_name[TROTH_KRB_NAME])
{
    krb5_keytab from = NULL;
    char name[TROTH_KRB_NAME];
    (void)snprintf(name, sizeof name, "MEMORY:troth-%p", (void *)k); /* alone of its name while k lives */
    if ((!k->krb5 && krb5_init_context(&k->krb5)) || krb5_kt_resolve(k->krb5, path, &from))
        return false;
    bool ok = strcmp(krb5_kt_get_type(k->krb5, from), "FILE") == 0 && !krb5_kt_resolve(k->krb5, name, &k->keytab) &&
              copy_keys(k->krb5, from, k->keytab);
    krb5_kt_close(k->krb5, from);
    if (ok)
        memcpy(ret_name, name, sizeof name);
    return ok;
}

krb5_error_code troth_krb_memory_new_ccache(troth_krb_cred *k, char ret_name[TROTH_KRB_NAME])
{
    krb5_error_code code = k->krb5 ? 0 : krb5_init_context(&k->krb5);
    if (!code)
        code = krb5_cc_new_unique(k->krb5, "MEMORY", NULL, &k->cache);
    if (code)
        return code;
    int n = snprintf(ret_name, TROTH_KRB_NAME, "MEMORY:%s", krb5_cc_get_name(k->krb5, k->cache));
    return n > 0 && n < TROTH_KRB_NAME ? 0 : KRB5_CC_NOMEM;
}

bool troth_krb_memory_ccache(troth_krb_cred *k, const char *path, char ret_name[TROTH_KRB_NAME])
{
    krb5_ccache from = NULL;
    krb5_principal who = NULL;
    if ((!k->krb5 && krb5_init_context(&k->krb5)) || krb5_cc_resolve(k->krb5, path, &from))
        return false;
    bool ok = strcmp(krb5_cc_get_type(k->krb5, from), "FILE") == 0 && !krb5_cc_get_principal(k->krb5, from, &who) &&
              !troth_krb_memory_new_ccache(k, ret_name) && !krb5_cc_initialize(k->krb5, k->cache, who) &&
              !krb5_cc_copy_creds(k->krb5, from, k->cache);
    krb5_free_principal(k->krb5, who);
    krb5_cc_close(k->krb5, from);
    return ok;
}
