/* The files of a lab: configuration, users, environment. */
#include <cli/lab.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <troth/env.h>
#include <troth/gssup.h>
#include <troth/ntlm.h>
#include <unistd.h>

#define REALM "EXAMPLE.TEST"

void troth_lab_path(const troth_lab *lab, const char *name, char ret[TROTH_LAB_PATH])
{
    snprintf(ret, TROTH_LAB_PATH, "%.400s/%.100s", lab->dir, name);
}

bool troth_lab_write(const troth_lab *lab, const char *name, const char *format, ...)
{
    char path[TROTH_LAB_PATH];
    troth_lab_path(lab, name, path);
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0)
        return false;
    va_list args;
    va_start(args, format);
    bool ok = vdprintf(fd, format, args) >= 0;
    va_end(args);
    return close(fd) == 0 && ok;
}

static const char krb5_conf[] = "[libdefaults]\n"
                                "    default_realm = " REALM "\n"
                                "    dns_lookup_kdc = false\n"
                                "    dns_lookup_realm = false\n"
                                "    dns_canonicalize_hostname = false\n"
                                "    rdns = false\n"
                                "    qualify_shortname = \"\"\n"
                                "    udp_preference_limit = 1\n"
                                "    forwardable = true\n"
                                "%s%s%s"
                                "[realms]\n"
                                "    " REALM " = {\n"
                                "        kdc = 127.0.0.1:%u\n"
                                "    }\n"
                                "[domain_realm]\n"
                                "    localhost = " REALM "\n";

/*
 * TCP only, as the clients are told, too. One encryption type: each further one would cost another key derivation for
 * every password.
 */
static const char kdc_conf[] = "[kdcdefaults]\n"
                               "    kdc_listen = \"\"\n"
                               "    kdc_tcp_listen = 127.0.0.1:%u\n"
                               "[realms]\n"
                               "    " REALM " = {\n"
                               "        database_name = %s/principal\n"
                               "        key_stash_file = %s/stash\n"
                               "        acl_file = %s/acl\n"
                               "        supported_enctypes = %s:normal\n"
                               "        master_key_type = aes256-cts-hmac-sha1-96\n"
                               "        max_life = 1d\n"
                               "        max_renewable_life = 7d\n"
                               "    }\n"
                               "[logging]\n"
                               "    kdc = FILE:%s/kdc.log\n";

/*
 * TROTH_LAB_ENCTYPE names another encryption type than the usual one. The clients must be told, too, or else they agree
 * with the service on the best one that both know.  [RFC 4537]
 */
bool troth_lab_write_realm(const troth_lab *lab)
{
    const char *d = lab->dir, *other = getenv("TROTH_LAB_ENCTYPE");
    if (other && (!*other || strspn(other, "abcdefghijklmnopqrstuvwxyz0123456789-") != strlen(other)))
        return false;
    return troth_lab_write(lab, "krb5.conf", krb5_conf, other ? "    permitted_enctypes = " : "", other ? other : "",
                           other ? "\n" : "", lab->port) &&
           troth_lab_write(lab, "kdc.conf", kdc_conf, lab->port, d, d, d, other ? other : "aes256-cts-hmac-sha1-96", d);
}

/* One account: "DOM\\user:uid:LM hash:NT hash:flags:", the hash in hex. [smbpasswd(5)] */
static bool write_smbpasswd(int fd, const char *name, const char *password)
{
    uint8_t hash[16];
    bool ok = !troth_ntlm_nt_hash((troth_bytes){ (const uint8_t *)password, strlen(password) }, hash) &&
              dprintf(fd, "LAB\\%s:0:XXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXX:", name) > 0;
    for (size_t i = 0; ok && i < sizeof hash; i++)
        ok = dprintf(fd, "%02X", hash[i]) == 2;
    explicit_bzero(hash, sizeof hash);
    return ok && dprintf(fd, ":[U          ]:LCT-00000000:\n") > 0;
}

static bool write_hashes(const troth_lab *lab)
{
    char path[TROTH_LAB_PATH];
    troth_lab_path(lab, "ntlm.smbpasswd", path);
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0)
        return false;
    bool ok = write_smbpasswd(fd, "alice", lab->alice) && write_smbpasswd(fd, "bob", lab->bob);
    return close(fd) == 0 && ok;
}

static bool write_to(const troth_lab *lab, const char *name, troth_bytes content)
{
    char path[TROTH_LAB_PATH];
    troth_lab_path(lab, name, path);
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0)
        return false;
    bool ok = write(fd, content.data, content.len) == (ssize_t)content.len;
    return close(fd) == 0 && ok;
}

/* What troth passwd would make of both, at the least cost: a lab's passwords are random, and end with it. */
static bool write_gssup(const troth_lab *lab)
{
    const troth_env *env = troth_env_posix();
    const struct {
        const char *name, *password;
    } users[] = { { "alice", lab->alice }, { "bob", lab->bob } };
    troth_block text = { 0 };
    troth_status st = TROTH_OK;
    for (size_t i = 0; !st && i < sizeof users / sizeof *users; i++) {
        troth_block longer = { 0 };
        troth_gssup_edit edit;
        const troth_bytes password = { (const uint8_t *)users[i].password, strlen(users[i].password) };
        st = troth_gssup_store_edit(env, (troth_bytes){ text.data, text.len }, users[i].name, password,
                                    TROTH_GSSUP_COST_MIN, &longer, &edit);
        if (st)
            break;
        if (text.data)
            env->release(env->self, text.data, text.len);
        text = longer;
    }
    bool ok = !st && write_to(lab, "gssup.users", (troth_bytes){ text.data, text.len });
    if (text.data)
        env->release(env->self, text.data, text.len);
    return ok;
}

bool troth_lab_write_users(const troth_lab *lab)
{
    return troth_lab_write(lab, "alice.password", "%s\n", lab->alice) &&
           troth_lab_write(lab, "bob.password", "%s\n", lab->bob) &&
           troth_lab_write(lab, "wrong.password", "not-%s\n", lab->alice) &&
           troth_lab_write(lab, "ntlm.gss-ntlmssp", "LAB:alice:%s\nLAB:bob:%s\n", lab->alice, lab->bob) &&
           write_hashes(lab) && write_gssup(lab);
}

/* A variable whose value names a file of the lab. */
typedef struct variable {
    const char *name, *prefix, *file;
} variable;

static const variable variables[] = {
    { "KRB5_CONFIG", "", "krb5.conf" },
    { "KRB5_KDC_PROFILE", "", "kdc.conf" },
    { "KRB5_KTNAME", "FILE:", "service.keytab" },
    { "KRB5CCNAME", "FILE:", "alice.ccache" },
    { "NTLM_USER_FILE", "", "ntlm.gss-ntlmssp" },
    { "TROTH_LAB_NTLM_USERS", "", "ntlm.smbpasswd" },
    { "TROTH_LAB_GSSUP_USERS", "", "gssup.users" },
};

static void value_of(const troth_lab *lab, const variable *v, char ret[TROTH_LAB_PATH + 8])
{
    char path[TROTH_LAB_PATH];
    troth_lab_path(lab, v->file, path);
    snprintf(ret, TROTH_LAB_PATH + 8, "%s%s", v->prefix, path);
}

void troth_lab_setenv(const troth_lab *lab)
{
    char value[TROTH_LAB_PATH + 8];
    setenv("TROTH_LAB", lab->dir, 1);
    setenv("TROTH_LAB_REALM", REALM, 1);
    setenv("TROTH_LAB_BACKEND", lab->backend, 1);
    setenv("TROTH_LAB_RPC_BACKEND", lab->rpc_backend, 1);
    setenv("KRB5RCACHEDIR", lab->dir, 1);
    for (const variable *v = variables; v < variables + sizeof variables / sizeof *variables; v++) {
        value_of(lab, v, value);
        setenv(v->name, value, 1);
    }
    unsetenv("KRB5_CLIENT_KTNAME"); /* it would renew in silence the tickets that tests let run out */
    unsetenv("KRB5RCACHENAME");
}

static void print_quoted(const char *name, const char *value)
{
    printf("export %s='", name);
    for (; *value; value++)
        if (*value == '\'')
            fputs("'\\''", stdout);
        else
            putchar(*value);
    puts("'");
}

void troth_lab_print_env(const troth_lab *lab)
{
    char value[TROTH_LAB_PATH + 8];
    print_quoted("TROTH_LAB", lab->dir);
    print_quoted("TROTH_LAB_REALM", REALM);
    print_quoted("TROTH_LAB_BACKEND", lab->backend);
    print_quoted("TROTH_LAB_RPC_BACKEND", lab->rpc_backend);
    print_quoted("KRB5RCACHEDIR", lab->dir);
    for (const variable *v = variables; v < variables + sizeof variables / sizeof *variables; v++) {
        value_of(lab, v, value);
        print_quoted(v->name, value);
    }
    puts("unset KRB5_CLIENT_KTNAME KRB5RCACHENAME");
}
