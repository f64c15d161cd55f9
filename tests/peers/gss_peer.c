/*
 * A GSS-API program of its own, as a peer: MIT's mechglue and whatever mechanisms it loads, in a process apart from
 * ours. It reads a command per line and answers with a line; octets are hex, "-" stands for none.
 *
 *   init MECH TARGET FLAGS BINDINGS NEG     a new initiator; MECH krb5, spnego or ntlm; TARGET principal or svc@host;
 *                                           FLAGS in hex as of RFC 2744; NEG for spnego: "krb5", "ntlm", or both in order
 *   accept MECH BINDINGS NEG                a new acceptor
 *   step TOKEN            more TOKEN | done TOKEN | error MAJOR MINOR TOKEN
 *   facts                 facts FLAGS SOURCE TARGET MECH (flags in hex, the OID in dots)
 *   wrap CONF DATA        ok CONF TOKEN             gss_wrap
 *   unwrap TOKEN          ok CONF DATA BITS         gss_unwrap; BITS = supplementary status in hex
 *   mic DATA              ok TOKEN                  gss_get_mic
 *   verify DATA TOKEN     ok BITS                   gss_verify_mic
 *   seal CONF SIGNED DATA ok HEADER DATA            gss_wrap_iov of HEADER, SIGN_ONLY, DATA
 *   open HEADER SIGNED DATA   ok CONF DATA BITS     gss_unwrap_iov likewise
 * Anything that fails: error MAJOR MINOR -
 */
#include <gssapi/gssapi_ext.h>
#include <gssapi/gssapi_krb5.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct peer {
    bool initiator;
    gss_OID mech;
    gss_cred_id_t cred;
    gss_ctx_id_t ctx;
    gss_name_t target;
    OM_uint32 want, got;
    struct gss_channel_bindings_struct bindings;
    bool bound;
} peer;

static gss_OID_desc spnego = { 6, (void *)"\x2b\x06\x01\x05\x05\x02" };
static gss_OID_desc ntlm = { 10, (void *)"\x2b\x06\x01\x04\x01\x82\x37\x02\x02\x0a" };

static gss_OID_desc no_ci_flags = { 6, (void *)"\x2a\x85\x70\x2b\x0d\x1d" };

static gss_OID mech_of(const char *name)
{
    if (strcmp(name, "spnego") == 0)
        return &spnego;
    return strcmp(name, "ntlm") == 0 ? &ntlm : (gss_OID)(uintptr_t)gss_mech_krb5;
}

static gss_buffer_desc octets(const char *hex)
{
    gss_buffer_desc b = { 0, NULL };
    if (!hex || strcmp(hex, "-") == 0)
        return b;
    b.length = strlen(hex) / 2;
    uint8_t *p = malloc(b.length + 1);
    for (size_t i = 0; i < b.length; i++) {
        char pair[3] = { hex[2 * i], hex[2 * i + 1], 0 };
        p[i] = (uint8_t)strtoul(pair, NULL, 16);
    }
    b.value = p;
    return b;
}

static void put(const void *p, size_t n)
{
    const uint8_t *at = p;
    putchar(' ');
    if (!n)
        putchar('-');
    for (size_t i = 0; i < n; i++)
        printf("%02x", at[i]);
}

static bool refused(OM_uint32 major, OM_uint32 minor)
{
    if (GSS_ERROR(major))
        printf("error %x %d -", major, (int)minor);
    return GSS_ERROR(major);
}

static OM_uint32 take_credential(peer *p, const char *neg)
{
    OM_uint32 minor, major;
    gss_OID_set_desc mechs = { 1, p->mech };
    major = gss_acquire_cred(&minor, GSS_C_NO_NAME, GSS_C_INDEFINITE, &mechs,
                             p->initiator ? GSS_C_INITIATE : GSS_C_ACCEPT, &p->cred, NULL, NULL);
    if (refused(major, minor) || p->mech != &spnego)
        return major;
    gss_OID_desc list[2];
    gss_OID_set_desc set = { 0, list };
    for (const char *m = neg; m && *m != '-' && set.count < 2; m = strchr(m, ',') ? strchr(m, ',') + 1 : NULL)
        list[set.count++] = *m == 'n' ? ntlm : *gss_mech_krb5;
    major = set.count ? gss_set_neg_mechs(&minor, p->cred, &set) : GSS_S_COMPLETE;
    gss_buffer_desc empty = { 0, NULL };
    if (p->initiator && !(p->want & GSS_C_CONF_FLAG)) /* else MIT asks for confidentiality on its own */
        (void)gss_set_cred_option(&minor, &p->cred, &no_ci_flags, &empty);
    (void)refused(major, minor);
    return major;
}

static void start(peer *p, bool initiator, const char *mech, OM_uint32 want, const char *bindings, const char *neg)
{
    memset(p, 0, sizeof *p);
    p->initiator = initiator;
    p->want = want;
    p->mech = mech_of(mech);
    p->bindings.application_data = octets(bindings);
    p->bound = p->bindings.application_data.length != 0;
    if (!GSS_ERROR(take_credential(p, neg)))
        printf("ok");
}

static void do_init(peer *p, char **arg)
{
    OM_uint32 minor;
    start(p, true, arg[0], (OM_uint32)strtoul(arg[2], NULL, 16), arg[3], arg[4]);
    gss_buffer_desc text = { strlen(arg[1]), arg[1] };
    (void)gss_import_name(
        &minor, &text,
        strchr(arg[1], '@') ? GSS_C_NT_HOSTBASED_SERVICE : (gss_OID)(uintptr_t)GSS_KRB5_NT_PRINCIPAL_NAME, &p->target);
}

static void do_accept(peer *p, char **arg)
{
    start(p, false, arg[0], 0, arg[1], arg[2]);
}

static void do_step(peer *p, char **arg)
{
    OM_uint32 major, minor;
    gss_buffer_desc in = octets(arg[0]), out = GSS_C_EMPTY_BUFFER;
    gss_channel_bindings_t bindings = p->bound ? &p->bindings : GSS_C_NO_CHANNEL_BINDINGS;
    if (p->initiator)
        major = gss_init_sec_context(&minor, p->cred, &p->ctx, p->target, p->mech, p->want, 0, bindings, &in, NULL,
                                     &out, &p->got, NULL);
    else
        major = gss_accept_sec_context(&minor, &p->ctx, p->cred, &in, bindings, NULL, NULL, &out, &p->got, NULL, NULL);
    if (GSS_ERROR(major))
        printf("error %x %d", major, (int)minor);
    else
        printf(major & GSS_S_CONTINUE_NEEDED ? "more" : "done");
    put(out.value, out.length);
}

static void do_facts(peer *p, char **arg)
{
    (void)arg;
    OM_uint32 minor;
    gss_name_t names[2] = { 0 };
    gss_OID mech = GSS_C_NO_OID;
    gss_buffer_desc text;
    OM_uint32 major = gss_inquire_context(&minor, p->ctx, &names[0], NULL, NULL, &mech, NULL, NULL, NULL);
    if (!GSS_ERROR(major) && !gss_oid_equal(mech, &ntlm)) /* gss-ntlmssp dies of being asked for the target */
        major = gss_inquire_context(&minor, p->ctx, NULL, &names[1], NULL, NULL, NULL, NULL, NULL);
    if (refused(major, minor))
        return;
    printf("facts %x", p->got);
    for (int i = 0; i < 2; i++) {
        bool known = names[i] && !GSS_ERROR(gss_display_name(&minor, names[i], &text, NULL));
        printf(" %.*s", known ? (int)text.length : 1, known ? (char *)text.value : "-");
    }
    gss_oid_to_str(&minor, mech, &text); /* "{ 1 2 840 }" */
    putchar(' ');
    for (size_t i = 2; i + 1 < text.length && ((char *)text.value)[i + 1] != '}'; i++)
        putchar(((char *)text.value)[i] == ' ' ? '.' : ((char *)text.value)[i]);
}

static void do_wrap(peer *p, char **arg)
{
    OM_uint32 minor;
    int conf;
    gss_buffer_desc in = octets(arg[1]), out;
    OM_uint32 major = gss_wrap(&minor, p->ctx, atoi(arg[0]), GSS_C_QOP_DEFAULT, &in, &conf, &out);
    if (refused(major, minor))
        return;
    printf("ok %d", conf);
    put(out.value, out.length);
}

static void do_unwrap(peer *p, char **arg)
{
    OM_uint32 minor;
    int conf;
    gss_buffer_desc in = octets(arg[0]), out;
    OM_uint32 major = gss_unwrap(&minor, p->ctx, &in, &out, &conf, NULL);
    if (refused(major, minor))
        return;
    printf("ok %d", conf);
    put(out.value, out.length);
    printf(" %x", major);
}

static void do_mic(peer *p, char **arg)
{
    OM_uint32 minor;
    gss_buffer_desc in = octets(arg[0]), out;
    OM_uint32 major = gss_get_mic(&minor, p->ctx, GSS_C_QOP_DEFAULT, &in, &out);
    if (refused(major, minor))
        return;
    printf("ok");
    put(out.value, out.length);
}

static void do_verify(peer *p, char **arg)
{
    OM_uint32 minor;
    gss_buffer_desc in = octets(arg[0]), token = octets(arg[1]);
    OM_uint32 major = gss_verify_mic(&minor, p->ctx, &in, &token, NULL);
    if (!refused(major, minor))
        printf("ok %x", major);
}

static void do_seal(peer *p, char **arg)
{
    OM_uint32 minor;
    int conf = atoi(arg[0]);
    uint8_t header[256];
    gss_iov_buffer_desc iov[] = { { GSS_IOV_BUFFER_TYPE_HEADER, { 0, header } },
                                  { GSS_IOV_BUFFER_TYPE_SIGN_ONLY, octets(arg[1]) },
                                  { GSS_IOV_BUFFER_TYPE_DATA, octets(arg[2]) } };
    OM_uint32 major = gss_wrap_iov_length(&minor, p->ctx, conf, GSS_C_QOP_DEFAULT, NULL, iov, 3);
    iov[0].buffer.value = header;
    if (!GSS_ERROR(major))
        major = gss_wrap_iov(&minor, p->ctx, conf, GSS_C_QOP_DEFAULT, NULL, iov, 3);
    if (refused(major, minor))
        return;
    printf("ok");
    put(iov[0].buffer.value, iov[0].buffer.length);
    put(iov[2].buffer.value, iov[2].buffer.length);
}

static void do_open(peer *p, char **arg)
{
    OM_uint32 minor;
    int conf;
    gss_iov_buffer_desc iov[] = { { GSS_IOV_BUFFER_TYPE_HEADER, octets(arg[0]) },
                                  { GSS_IOV_BUFFER_TYPE_SIGN_ONLY, octets(arg[1]) },
                                  { GSS_IOV_BUFFER_TYPE_DATA, octets(arg[2]) } };
    OM_uint32 major = gss_unwrap_iov(&minor, p->ctx, &conf, NULL, iov, 3);
    if (refused(major, minor))
        return;
    printf("ok %d", conf);
    put(iov[2].buffer.value, iov[2].buffer.length);
    printf(" %x", major);
}

static const struct {
    const char *name;
    int args;
    void (*run)(peer *p, char **arg);
} commands[] = { { "init", 5, do_init }, { "accept", 3, do_accept }, { "step", 1, do_step }, { "facts", 0, do_facts },
                 { "wrap", 2, do_wrap }, { "unwrap", 1, do_unwrap }, { "mic", 1, do_mic },   { "verify", 2, do_verify },
                 { "seal", 3, do_seal }, { "open", 3, do_open } };

int main(void)
{
    peer p = { 0 };
    char *line = NULL;
    size_t room = 0;
    while (getline(&line, &room, stdin) > 0) {
        char *word[8] = { 0 }, *rest = line;
        int n = 0;
        while (n < 8 && (word[n] = strsep(&rest, " \n")) && *word[n])
            n++;
        bool known = false;
        for (size_t i = 0; n && i < sizeof commands / sizeof *commands; i++)
            if (strcmp(word[0], commands[i].name) == 0 && n - 1 == commands[i].args) {
                commands[i].run(&p, word + 1);
                known = true;
            }
        puts(known ? "" : "error 0 0 -");
        fflush(stdout);
    }
    free(line);
    return 0;
}
