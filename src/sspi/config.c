#include <sec/cred.h>
#include <sspi/config.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LINE = 1024 };

static const struct key {
    const char *section, *name;
    size_t at;
    bool is_switch;
} keys[] = {
    { "kerberos", "keytab", offsetof(troth_sspi_config, keytab), false },
    { "kerberos", "ccache", offsetof(troth_sspi_config, ccache), false },
    { "ntlm", "users", offsetof(troth_sspi_config, users), false },
    { "ntlm", "domain", offsetof(troth_sspi_config, domain), false },
    { "ntlm", "host", offsetof(troth_sspi_config, host), false },
    { "ntlm", "dns-host", offsetof(troth_sspi_config, dns_host), false },
    { "ntlm", "account", offsetof(troth_sspi_config, account), false },
    { "ntlm", "password-file", offsetof(troth_sspi_config, password_file), false },
    { "ntlm", "without-mic", offsetof(troth_sspi_config, without_mic), true },
    { "export", "directory", offsetof(troth_sspi_config, export_directory), false },
    { "negotiate", "ntlm", offsetof(troth_sspi_config, negotiate_ntlm), true },
    { "schannel", "certificate", offsetof(troth_sspi_config, certificate), false },
    { "schannel", "key", offsetof(troth_sspi_config, key), false },
    { "schannel", "key-password-file", offsetof(troth_sspi_config, key_password), false },
    { "schannel", "client-certificate", offsetof(troth_sspi_config, client_certificate), false },
    { "schannel", "client-key", offsetof(troth_sspi_config, client_key), false },
    { "schannel", "client-password-file", offsetof(troth_sspi_config, client_password), false },
    { "schannel", "trust", offsetof(troth_sspi_config, trust), false },
    { "schannel", "client-trust", offsetof(troth_sspi_config, client_trust), false },
};

/* Cut white space off both ends, in place. */
static char *trim(char *s)
{
    static const char blank[] = " \t\r\n";
    s += strspn(s, blank);
    size_t n = strlen(s);
    while (n && strchr(blank, s[n - 1]))
        s[--n] = 0;
    return s;
}

static troth_status set_switch(bool *at, const char *value)
{
    bool yes = strcmp(value, "yes") == 0;
    if (!yes && strcmp(value, "no") != 0)
        return TROTH_BAD_CONFIG;
    *at = yes;
    return TROTH_OK;
}

static troth_status add_rule(troth_sspi_config *c, char *value)
{
    if (c->n_rules == TROTH_SSPI_RULES_MAX)
        return TROTH_BAD_CONFIG;
    troth_status st = troth_sspi_config_rule(c->env, value, &c->rules[c->n_rules]);
    c->n_rules += !st;
    return st;
}

static troth_status set(troth_sspi_config *c, const char *section, const char *name, char *value)
{
    if (strcmp(section, "schannel") == 0 && strcmp(name, "map") == 0)
        return add_rule(c, value);
    for (const struct key *k = keys; k < keys + sizeof keys / sizeof *keys; k++) {
        if (strcmp(k->section, section) != 0 || strcmp(k->name, name) != 0)
            continue;
        void *at = (char *)c + k->at;
        if (k->is_switch)
            return set_switch(at, value);
        char **text = at;
        if (*text || !*value) /* given twice, or nothing at all */
            return TROTH_BAD_CONFIG;
        return troth_mem_keep_str(c->env, value, text);
    }
    return TROTH_BAD_CONFIG;
}

/* section holds LINE octets. */
static troth_status read_line(troth_sspi_config *c, char *line, char *section)
{
    char *s = trim(line), *equals = strchr(s, '=');
    size_t n = strlen(s);
    if (!*s || *s == '#' || *s == ';')
        return TROTH_OK;
    if (*s == '[') {
        if (s[n - 1] != ']')
            return TROTH_BAD_CONFIG;
        s[n - 1] = 0;
        memcpy(section, s + 1, n - 1);
        return TROTH_OK;
    }
    if (!equals)
        return TROTH_BAD_CONFIG;
    *equals = 0;
    return set(c, section, trim(s), trim(equals + 1));
}

static troth_status read_file(troth_sspi_config *c, FILE *f)
{
    char line[LINE], section[LINE] = "";
    troth_status st = TROTH_OK;
    while (!st && fgets(line, sizeof line, f)) {
        if (!strchr(line, '\n') && !feof(f)) /* longer than any line we mean: never cut short in silence */
            return TROTH_BAD_CONFIG;
        st = read_line(c, line, section);
    }
    return st ? st : ferror(f) ? TROTH_BAD_CONFIG : TROTH_OK;
}

troth_status troth_sspi_config_load(const troth_env *env, troth_sspi_config *ret)
{
    const char *named = secure_getenv("TROTH_SSPI_CONFIG");
    troth_sspi_config c = { .env = env };
    FILE *f = fopen(named ? named : "/etc/troth/sspi.conf", "re");
    if (!f && named)
        return TROTH_BAD_CONFIG;
    troth_status st = f ? read_file(&c, f) : TROTH_OK;
    if (f)
        fclose(f);
    if (st)
        troth_sspi_config_clear(&c);
    else
        *ret = c;
    return st;
}

void troth_sspi_config_clear(troth_sspi_config *c)
{
    for (const struct key *k = keys; k < keys + sizeof keys / sizeof *keys; k++)
        if (!k->is_switch)
            troth_mem_free_str(c->env, *(char **)((char *)c + k->at));
    for (size_t i = 0; i < c->n_rules; i++) {
        troth_mem_free_str(c->env, (char *)(uintptr_t)c->rules[i].match);
        troth_mem_free_str(c->env, (char *)(uintptr_t)c->rules[i].account);
    }
    *c = (troth_sspi_config){ 0 };
}

troth_status troth_sspi_config_secret(const troth_env *env, const char *path, troth_block *ret)
{
    char line[LINE];
    FILE *f = fopen(path, "re");
    if (!f)
        return TROTH_BAD_CONFIG;
    setvbuf(f, NULL, _IONBF, 0); /* no copy is left in the library's buffer */
    bool got = !troth_cred_file_check(fileno(f)) && fgets(line, sizeof line, f) != NULL;
    fclose(f);
    size_t n = got ? strcspn(line, "\r\n") : 0;
    troth_status st = got && n < sizeof line - 1 ? troth_mem_keep(env, line, n, ret) : TROTH_BAD_CONFIG;
    troth_wipe(line, sizeof line);
    return st;
}
