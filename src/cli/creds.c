#include <cli/creds.h>
#include <cli/exit.h>
#include <cli/files.h>
#include <cli/report.h>
#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static bool add_inner(troth_cli_mech *m, const char *name, size_t len)
{
    static const char *const known[] = { "kerberos", "ntlm" };
    for (size_t i = 0; i < 2; i++) {
        if (strlen(known[i]) != len || strncmp(known[i], name, len) != 0)
            continue;
        if (m->n == 2 || (m->n == 1 && m->inner[0] == known[i]))
            return false;
        m->inner[m->n++] = known[i];
        return true;
    }
    return false;
}

bool troth_cli_read_mech(const char *text, troth_cli_mech *ret)
{
    troth_cli_mech m = { 0 };
    static const char negotiate[] = "negotiate";
    size_t n = sizeof negotiate - 1;
    if (strncmp(text, negotiate, n) != 0) {
        if (!add_inner(&m, text, strlen(text)))
            return false;
        m.outer = m.inner[0];
        m.listed = true;
        *ret = m;
        return true;
    }
    m.outer = "spnego";
    if (text[n] == 0) { /* every mechanism that is enabled; NTLM may be struck out later */
        (void)add_inner(&m, "kerberos", 8);
        (void)add_inner(&m, "ntlm", 4);
    } else if (text[n] != ':') {
        return false;
    } else {
        m.listed = true;
        for (const char *at = text + n; *at;) {
            at++; /* the colon or comma */
            size_t len = strcspn(at, ",");
            if (!add_inner(&m, at, len))
                return false;
            at += len;
        }
    }
    *ret = m;
    return true;
}

bool troth_cli_mech_has(const troth_cli_mech *m, const char *name)
{
    for (size_t i = 0; i < m->n; i++) {
        if (strcmp(m->inner[i], name) == 0)
            return true;
    }
    return false;
}

static void strike_ntlm(troth_cli_mech *m)
{
    size_t n = 0;
    for (size_t i = 0; i < m->n; i++) {
        if (strcmp(m->inner[i], "ntlm") != 0)
            m->inner[n++] = m->inner[i];
    }
    m->n = n;
}

bool troth_cli_read_account(const char *text, troth_cli_account *ret)
{
    troth_cli_account a = { 0 };
    size_t len = strlen(text);
    if (len == 0 || len >= sizeof a.whole)
        return false;
    memcpy(a.whole, text, len);
    const char *cut = strchr(text, '\\');
    if (cut) {
        memcpy(a.domain, text, (size_t)(cut - text));
        memcpy(a.user, cut + 1, len - (size_t)(cut + 1 - text));
    } else {
        cut = strrchr(text, '@');
        if (!cut)
            return false;
        a.is_principal = true;
        memcpy(a.user, text, (size_t)(cut - text));
        memcpy(a.domain, cut + 1, len - (size_t)(cut + 1 - text));
    }
    if (!a.user[0])
        return false;
    *ret = a;
    return true;
}

static bool read_mech_option(const troth_cli_usage *u, const char *text, troth_cli_mech *ret)
{
    if (troth_cli_read_mech(text, ret))
        return true;
    troth_cli_usage_error(u, "--mech", "give negotiate, negotiate:kerberos,ntlm, kerberos or ntlm");
    return false;
}

static troth_cred *describe(const troth_cli_usage *u, const troth_env *env, troth_cred_use use,
                            const troth_cred_source *sources, size_t n, int *ret_exit)
{
    troth_cred *cred = NULL;
    troth_status st = troth_cred_new(env, troth_mechs_default(), use, sources, n, &cred);
    if (!st)
        return cred;
    fprintf(stderr, "troth %s: credential: %s (%s)\n", u->name, troth_status_text(st), troth_status_name(st));
    *ret_exit = (int)troth_exit_of(st);
    return NULL;
}

/* ---- client ---- */

/* NULL, or which option cannot stand as it is and why. */
static const char *wrong_client(const troth_cli_client_creds *o, const troth_cli_mech *m, const troth_cli_account *a,
                                const char **ret_why)
{
    bool ntlm = troth_cli_mech_has(m, "ntlm");
    if (!o->user != !o->password_file)
        return *ret_why = "give both of --user and --password-file", o->user ? "--user" : "--password-file";
    if (!o->keytab != !o->principal)
        return *ret_why = "give both of --keytab and --principal", o->keytab ? "--keytab" : "--principal";
    if (o->keytab && o->ccache)
        return *ret_why = "cannot be combined with --ccache", "--keytab";
    if (ntlm && !o->user)
        return *ret_why = "ntlm needs --user and --password-file", "--mech";
    if (o->user && !a->is_principal && !ntlm)
        return *ret_why = "an account of the form D\\U is for NTLM, and that must be named: --mech ntlm or "
                          "negotiate:kerberos,ntlm",
               "--user";
    if (o->user && a->is_principal && (o->keytab || o->ccache))
        return *ret_why = "cannot be combined with --keytab or --ccache", "--user";
    return NULL;
}

static troth_cred_source client_kerberos(const troth_cli_client_creds *o, const troth_cli_account *a,
                                         troth_bytes password)
{
    troth_cred_source s = { .mech = "kerberos", .kind = TROTH_CRED_DEFAULT };
    if (o->keytab) {
        s.kind = TROTH_CRED_KEYTAB;
        s.path = o->keytab;
        s.principal = o->principal;
    } else if (o->ccache) {
        s.kind = TROTH_CRED_CCACHE;
        s.path = o->ccache;
    } else if (o->user && a->is_principal) {
        s.kind = TROTH_CRED_PASSWORD;
        s.principal = a->whole;
        s.secret = password;
    }
    return s;
}

troth_cred *troth_cli_client_cred(const troth_cli_usage *u, const troth_env *env, const troth_cli_client_creds *o,
                                  troth_cli_mech *ret_mech, int *ret_exit)
{
    troth_cli_mech m;
    troth_cli_account a = { 0 };
    *ret_exit = TROTH_EXIT_USAGE;
    if (!read_mech_option(u, o->mech, &m))
        return NULL;
    if (!m.listed)
        strike_ntlm(&m); /* a client falls back to NTLM only where that was named */
    if (o->user && !troth_cli_read_account(o->user, &a)) {
        troth_cli_usage_error(u, "--user", "give D\\U or U@REALM");
        return NULL;
    }
    const char *why = NULL, *wrong = wrong_client(o, &m, &a, &why);
    if (wrong) {
        troth_cli_usage_error(u, wrong, why);
        return NULL;
    }
    uint8_t secret[TROTH_CLI_SECRET_MAX];
    size_t secret_len = 0;
    if (o->password_file && !troth_cli_read_secret(u->name, o->password_file, secret, &secret_len)) {
        *ret_exit = TROTH_EXIT_CONFIG;
        return NULL;
    }
    troth_bytes password = { secret, secret_len };
    troth_cred_source sources[2];
    for (size_t i = 0; i < m.n; i++) {
        if (strcmp(m.inner[i], "kerberos") == 0)
            sources[i] = client_kerberos(o, &a, password);
        else
            sources[i] = (troth_cred_source){
                .mech = "ntlm", .kind = TROTH_CRED_PASSWORD, .principal = a.user, .domain = a.domain, .secret = password
            };
    }
    troth_cred *cred = describe(u, env, TROTH_USE_INITIATE, sources, m.n, ret_exit);
    explicit_bzero(secret, sizeof secret);
    *ret_mech = m;
    return cred;
}

/* ---- server ---- */

/* A server that is no member of a domain announces its own name as the domain. */
static void own_name(char *ret, size_t size)
{
    if (gethostname(ret, size) != 0)
        snprintf(ret, size, "localhost");
    ret[size - 1] = 0;
    ret[strcspn(ret, ".")] = 0;
    if (size > 15)
        ret[15] = 0; /* a NetBIOS name is no longer */
    for (char *c = ret; *c; c++)
        *c = (char)toupper((unsigned char)*c);
}

troth_cred *troth_cli_server_cred(const troth_cli_usage *u, const troth_env *env, const troth_cli_server_creds *o,
                                  troth_cli_mech *ret_mech, int *ret_exit)
{
    troth_cli_mech m;
    *ret_exit = TROTH_EXIT_USAGE;
    if (!read_mech_option(u, o->mech, &m))
        return NULL;
    if (!o->ntlm_users && m.listed && troth_cli_mech_has(&m, "ntlm")) {
        troth_cli_usage_error(u, "--mech", "ntlm needs --ntlm-users");
        return NULL;
    }
    if (o->ntlm_users && !troth_cli_mech_has(&m, "ntlm")) {
        troth_cli_usage_error(u, "--ntlm-users", "--mech does not offer ntlm");
        return NULL;
    }
    if (!o->ntlm_users)
        strike_ntlm(&m);
    char host[64], dns_host[256];
    own_name(host, sizeof host);
    if (gethostname(dns_host, sizeof dns_host) != 0)
        dns_host[0] = 0;
    dns_host[sizeof dns_host - 1] = 0;
    troth_cred_source sources[2];
    for (size_t i = 0; i < m.n; i++) {
        if (strcmp(m.inner[i], "kerberos") == 0)
            sources[i] = (troth_cred_source){ .mech = "kerberos",
                                              .kind = o->keytab ? TROTH_CRED_KEYTAB : TROTH_CRED_DEFAULT,
                                              .path = o->keytab,
                                              .principal = o->service };
        else
            sources[i] = (troth_cred_source){ .mech = "ntlm",
                                              .kind = TROTH_CRED_USER_FILE,
                                              .path = o->ntlm_users,
                                              .domain = o->ntlm_domain ? o->ntlm_domain : host,
                                              .host = host,
                                              .dns_host = dns_host };
    }
    *ret_mech = m;
    return describe(u, env, TROTH_USE_ACCEPT, sources, m.n, ret_exit);
}

/* ---- both ---- */

void troth_cli_complain_cred(const char *command, const troth_cred *cred, troth_status st)
{
    const char *complaint = troth_cred_complaint(cred);
    if (complaint) {
        fprintf(stderr, "troth %s: %s\n", command, complaint);
        return;
    }
    const troth_error *error = troth_cred_error(cred);
    troth_error plain = { .code = st, .where = "credential" };
    char line[TROTH_CLI_ERROR_LINE];
    troth_cli_error_line(error && error->code ? error : &plain, line);
    fprintf(stderr, "troth %s: credential: %s\n", command, line);
}

int troth_cli_acquire(const char *command, troth_cred *cred)
{
    troth_job *job;
    troth_status st = troth_cred_job(cred, 0, &job);
    if (!st) {
        troth_job_run(job);
        troth_job_free(job);
        st = troth_cred_ready(cred, NULL);
    }
    if (!st)
        return TROTH_EXIT_OK;
    troth_cli_complain_cred(command, cred, st);
    return troth_cred_complaint(cred) ? TROTH_EXIT_CONFIG : (int)troth_exit_of(st); /* a file is to blame */
}
