/*
 * A peer in tests: SPNEGO of MIT's mechglue over libgssapi_krb5, with Kerberos or (by the gss-ntlmssp plugin) NTLM
 * under it. One command a line on stdin, one answer a line on stdout; octets are hex, "-" is none.
 *
 *   spnego_mit init|accept MECHS TARGET FLAGS BINDINGS    (accept: TARGET and FLAGS are ignored)
 *     MECHS: krb5, ntlm, or both with a comma, in order of preference
 *     ready                               | missing WHY
 *   start | token HEX       -> more HEX | done HEX | error MAJOR MINOR HEX
 *   facts                   -> facts MECH-OID FLAGS SOURCE-NAME
 *   wrap CONF HEX           -> ok CONF HEX        unwrap HEX        -> ok CONF HEX
 *   getmic HEX              -> ok HEX             verifymic HEX HEX -> ok
 *   anything failing        -> error MAJOR MINOR -
 */
#include <gssapi/gssapi.h>
#include <gssapi/gssapi_ext.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static gss_OID_desc spnego = { 6, "\x2b\x06\x01\x05\x05\x02" };
static gss_OID_desc krb5 = { 9, "\x2a\x86\x48\x86\xf7\x12\x01\x02\x02" };
static gss_OID_desc ntlm = { 10, "\x2b\x06\x01\x04\x01\x82\x37\x02\x02\x0a" };
static gss_OID_desc no_ci_flags = { 6, "\x2a\x85\x70\x2b\x0d\x1d" };

typedef struct peer {
    bool initiator;
    gss_cred_id_t cred;
    gss_ctx_id_t ctx;
    gss_name_t target, source;
    gss_OID mech;
    OM_uint32 want, got;
    struct gss_channel_bindings_struct bindings, *use_bindings;
} peer;

static gss_buffer_desc unhex(const char *s)
{
    size_t n = s && *s != '-' ? strlen(s) / 2 : 0;
    gss_buffer_desc b = { n, calloc(1, n + 1) };
    for (size_t i = 0; i < n; i++) {
        unsigned v = 0;
        sscanf(s + 2 * i, "%2x", &v);
        ((uint8_t *)b.value)[i] = (uint8_t)v;
    }
    return b;
}

static void puthex(const gss_buffer_desc *b)
{
    if (!b->length)
        putchar('-');
    for (size_t i = 0; i < b->length; i++)
        printf("%02x", ((uint8_t *)b->value)[i]);
    putchar('\n');
}

static void error(OM_uint32 major, OM_uint32 minor, const gss_buffer_desc *token)
{
    printf("error %u %u ", major, minor);
    puthex(token);
}

static const gss_buffer_desc none;

static bool acquire(peer *p, const char *mechs)
{
    OM_uint32 minor, major;
    gss_OID_desc list[2];
    gss_OID_set_desc set = { 0, list };
    for (const char *m = mechs; m && set.count < 2; m = strchr(m, ',') ? strchr(m, ',') + 1 : NULL)
        list[set.count++] = *m == 'n' ? ntlm : krb5;
    gss_OID_set_desc outer = { 1, &spnego };
    major = gss_acquire_cred(&minor, GSS_C_NO_NAME, GSS_C_INDEFINITE, &outer,
                             p->initiator ? GSS_C_INITIATE : GSS_C_ACCEPT, &p->cred, NULL, NULL);
    if (GSS_ERROR(major)) {
        printf("missing credential %u %u\n", major, minor);
        return false;
    }
    major = gss_set_neg_mechs(&minor, p->cred, &set);
    if (GSS_ERROR(major)) {
        printf("missing mechanism %u %u\n", major, minor);
        return false;
    }
    gss_buffer_desc empty = { 0, NULL };
    if (p->initiator && !(p->want & GSS_C_CONF_FLAG)) /* else MIT asks for confidentiality on its own */
        (void)gss_set_cred_option(&minor, &p->cred, &no_ci_flags, &empty);
    return true;
}

static void leg(peer *p, const char *hex)
{
    OM_uint32 minor = 0, major;
    gss_buffer_desc in = unhex(hex), out = { 0, NULL };
    if (p->initiator)
        major = gss_init_sec_context(&minor, p->cred, &p->ctx, p->target, &spnego, p->want, 0, p->use_bindings, &in,
                                     &p->mech, &out, &p->got, NULL);
    else
        major = gss_accept_sec_context(&minor, &p->ctx, p->cred, &in, p->use_bindings, &p->source, &p->mech, &out,
                                       &p->got, NULL, NULL);
    free(in.value);
    if (GSS_ERROR(major))
        error(major, minor, &out);
    else {
        printf("%s ", major & GSS_S_CONTINUE_NEEDED ? "more" : "done");
        puthex(&out);
    }
    gss_release_buffer(&minor, &out);
}

static void facts(peer *p)
{
    OM_uint32 minor, flags = 0;
    gss_OID mech = GSS_C_NO_OID;
    gss_name_t source = GSS_C_NO_NAME;
    gss_buffer_desc text = { 0, NULL }, name = { 0, NULL };
    gss_inquire_context(&minor, p->ctx, &source, NULL, NULL, &mech, &flags, NULL, NULL);
    if (mech)
        gss_oid_to_str(&minor, mech, &text);
    if (source)
        gss_display_name(&minor, source, &name, NULL);
    printf("facts %.*s %u %.*s\n", (int)text.length, (char *)text.value, flags | p->got, (int)name.length,
           (char *)name.value);
    gss_release_buffer(&minor, &text);
    gss_release_buffer(&minor, &name);
    gss_release_name(&minor, &source);
}

static void message(peer *p, const char *verb, const char *a, const char *b)
{
    OM_uint32 minor = 0, major;
    int conf = 0;
    bool wrap = !strcmp(verb, "wrap");
    gss_buffer_desc in = unhex(wrap ? b : a), token = unhex(b), out = { 0, NULL };
    if (wrap)
        major = gss_wrap(&minor, p->ctx, atoi(a), GSS_C_QOP_DEFAULT, &in, &conf, &out);
    else if (!strcmp(verb, "unwrap"))
        major = gss_unwrap(&minor, p->ctx, &in, &out, &conf, NULL);
    else if (!strcmp(verb, "getmic"))
        major = gss_get_mic(&minor, p->ctx, GSS_C_QOP_DEFAULT, &in, &out);
    else
        major = gss_verify_mic(&minor, p->ctx, &in, &token, NULL);
    if (major) /* supplementary bits, too */
        error(major, minor, &none);
    else if (!strcmp(verb, "verifymic"))
        puts("ok");
    else {
        if (strstr(verb, "wrap"))
            printf("ok %d ", conf);
        else
            printf("ok ");
        puthex(&out);
    }
    gss_release_buffer(&minor, &out);
    free(in.value);
    free(token.value);
}

static void serve(peer *p)
{
    char *line = NULL;
    size_t cap = 0;
    while (getline(&line, &cap, stdin) > 0) {
        char *save = NULL, *verb = strtok_r(line, " \n", &save);
        char *a = strtok_r(NULL, " \n", &save), *b = strtok_r(NULL, " \n", &save);
        if (!verb)
            continue;
        if (!strcmp(verb, "start") || !strcmp(verb, "token"))
            leg(p, a);
        else if (!strcmp(verb, "facts"))
            facts(p);
        else
            message(p, verb, a, b);
        fflush(stdout);
    }
    free(line);
}

int main(int argc, char **argv)
{
    OM_uint32 minor;
    if (argc != 6) {
        fprintf(stderr, "usage: spnego_mit init|accept MECHS TARGET FLAGS BINDINGS\n");
        return 2;
    }
    peer p = { .initiator = !strcmp(argv[1], "init"), .want = (OM_uint32)strtoul(argv[4], NULL, 0) };
    gss_buffer_desc name = { strlen(argv[3]), argv[3] };
    if (p.initiator)
        gss_import_name(&minor, &name, GSS_C_NT_HOSTBASED_SERVICE, &p.target);
    p.bindings.application_data = unhex(argv[5]);
    p.use_bindings = p.bindings.application_data.length ? &p.bindings : GSS_C_NO_CHANNEL_BINDINGS;
    bool there = acquire(&p, argv[2]);
    if (there)
        puts("ready");
    fflush(stdout);
    if (there)
        serve(&p);
    gss_delete_sec_context(&minor, &p.ctx, GSS_C_NO_BUFFER);
    gss_release_cred(&minor, &p.cred);
    gss_release_name(&minor, &p.target);
    gss_release_name(&minor, &p.source);
    free(p.bindings.application_data.value);
    return there ? 0 : 77;
}
