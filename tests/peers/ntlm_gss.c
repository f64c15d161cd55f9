/* A peer in a process of its own: gss-ntlmssp through libgssapi, which our library never loads. */
#include "ntlm_line.h"
#include <gssapi/gssapi.h>
#include <gssapi/gssapi_ext.h>

static gss_OID_desc ntlm = { 10, (void *)(uintptr_t) "\x2b\x06\x01\x04\x01\x82\x37\x02\x02\x0a" };

static struct peer {
    gss_ctx_id_t ctx;
    gss_cred_id_t cred;
    gss_name_t target, source;
    OM_uint32 want, got;
    int initiator;
    struct gss_channel_bindings_struct bindings;
    line_octets bound, in, more;
} peer;

static void failed(const char *what, OM_uint32 major, OM_uint32 minor)
{
    line_error(what, major, minor);
}

static gss_name_t name_of(const char *text, gss_OID type)
{
    OM_uint32 minor;
    gss_name_t name = GSS_C_NO_NAME;
    gss_buffer_desc b = { strlen(text), (void *)(uintptr_t)text };
    (void)gss_import_name(&minor, &b, type, &name);
    return name;
}

static void bind(const char *hex)
{
    line_read_hex(hex, &peer.bound);
    peer.bindings.application_data = (gss_buffer_desc){ peer.bound.len, peer.bound.data };
}

static void open_initiator(char *w[8])
{
    OM_uint32 major, minor;
    char user[256];
    gss_OID_set_desc mechs = { 1, &ntlm };
    gss_buffer_desc password = { strlen(w[4]), w[4] };
    snprintf(user, sizeof user, "%s\\%s", w[2], w[3]);
    peer.initiator = 1;
    peer.target = name_of(w[1], GSS_C_NT_HOSTBASED_SERVICE);
    peer.want = (strchr(w[5], 's') ? GSS_C_INTEG_FLAG : 0u) | (strchr(w[5], 'c') ? GSS_C_CONF_FLAG : 0u);
    bind(w[6]);
    major = gss_acquire_cred_with_password(&minor, name_of(user, GSS_C_NT_USER_NAME), &password, 0, &mechs,
                                           GSS_C_INITIATE, &peer.cred, NULL, NULL);
    if (GSS_ERROR(major))
        failed("gss_acquire_cred_with_password", major, minor);
    else
        line_answer("ok", NULL, 0, NULL);
}

static void open_acceptor(char *w[8])
{
    OM_uint32 major, minor;
    gss_OID_set_desc mechs = { 1, &ntlm };
    bind(w[2]);
    major = gss_acquire_cred(&minor, GSS_C_NO_NAME, 0, &mechs, GSS_C_ACCEPT, &peer.cred, NULL, NULL);
    if (GSS_ERROR(major))
        failed("gss_acquire_cred", major, minor);
    else
        line_answer("ok", NULL, 0, NULL);
}

static void step(char *w[8])
{
    OM_uint32 major, minor;
    char flags[16];
    gss_buffer_desc in, out = GSS_C_EMPTY_BUFFER;
    gss_channel_bindings_t cb = peer.bound.len ? &peer.bindings : GSS_C_NO_CHANNEL_BINDINGS;
    line_read_hex(w[1], &peer.in);
    in = (gss_buffer_desc){ peer.in.len, peer.in.data };
    if (peer.initiator)
        major = gss_init_sec_context(&minor, peer.cred, &peer.ctx, peer.target, &ntlm, peer.want, 0, cb, &in, NULL,
                                     &out, &peer.got, NULL);
    else
        major = gss_accept_sec_context(&minor, &peer.ctx, peer.cred, &in, cb, &peer.source, NULL, &out, &peer.got, NULL,
                                       NULL);
    snprintf(flags, sizeof flags, "%x", peer.got);
    if (GSS_ERROR(major))
        failed("step", major, minor);
    else if (major & GSS_S_CONTINUE_NEEDED)
        line_answer("more", out.value, out.length, NULL);
    else
        line_answer("done", out.value, out.length, flags);
}

static void protect(char *w[8], char op)
{
    OM_uint32 major, minor;
    int conf = 1;
    gss_buffer_desc in, token, out = GSS_C_EMPTY_BUFFER;
    line_read_hex(w[1], &peer.in);
    line_read_hex(w[2], &peer.more);
    in = (gss_buffer_desc){ peer.in.len, peer.in.data };
    token = (gss_buffer_desc){ peer.more.len, peer.more.data };
    if (op == 'w')
        major = gss_wrap(&minor, peer.ctx, 1, GSS_C_QOP_DEFAULT, &in, &conf, &out);
    else if (op == 'u')
        major = gss_unwrap(&minor, peer.ctx, &in, &out, &conf, NULL);
    else if (op == 'm')
        major = gss_get_mic(&minor, peer.ctx, GSS_C_QOP_DEFAULT, &in, &out);
    else
        major = gss_verify_mic(&minor, peer.ctx, &in, &token, NULL);
    if (major != GSS_S_COMPLETE)
        failed("protect", major, minor);
    else
        line_answer("ok", out.value, out.length, NULL);
}

static void tell_peer(void)
{
    OM_uint32 minor;
    gss_buffer_desc text = GSS_C_EMPTY_BUFFER;
    if (gss_display_name(&minor, peer.source, &text, NULL))
        failed("gss_display_name", 0, minor);
    else
        printf("ok %.*s\n", (int)text.length, (char *)text.value), fflush(stdout);
}

int main(void)
{
    static char line[2 * LINE_OCTETS + 64];
    char *w[8];
    while (fgets(line, sizeof line, stdin)) {
        line_words(line, w);
        if (!strcmp(w[0], "init"))
            open_initiator(w);
        else if (!strcmp(w[0], "accept"))
            open_acceptor(w);
        else if (!strcmp(w[0], "token"))
            step(w);
        else if (!strcmp(w[0], "peer"))
            tell_peer();
        else if (strchr("wumv", w[0][0]))
            protect(w, w[0][0]);
        else
            line_error("unknown command", 0, 0);
    }
    return 0;
}
