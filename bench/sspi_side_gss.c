/* Bare GSS-API, over Kerberos, as a side of bench_sspi. */
#include "sspi_side.h"
#include <gssapi/gssapi.h>
#include <gssapi/gssapi_krb5.h>
#include <string.h>

static struct {
    gss_ctx_id_t client, server;
    gss_cred_id_t initiates, accepts;
    gss_name_t target;
} ends;

static void must(const char *what, OM_uint32 major, OM_uint32 minor)
{
    if (major)
        bench_die(what, major, minor);
}

static void acquire(const char *package, const char *target)
{
    OM_uint32 minor, major;
    gss_OID_set_desc mechs = { 1, (gss_OID)(uintptr_t)gss_mech_krb5 };
    gss_buffer_desc name = { strlen(target), (void *)(uintptr_t)target };
    (void)package;
    major = gss_import_name(&minor, &name, (gss_OID)(uintptr_t)GSS_KRB5_NT_PRINCIPAL_NAME, &ends.target);
    must("gss_import_name", major, minor);
    major = gss_acquire_cred(&minor, NULL, 0, &mechs, GSS_C_INITIATE, &ends.initiates, NULL, NULL);
    must("gss_acquire_cred", major, minor);
    major = gss_acquire_cred(&minor, NULL, 0, &mechs, GSS_C_ACCEPT, &ends.accepts, NULL, NULL);
    must("gss_acquire_cred", major, minor);
}

static void establish(void)
{
    const OM_uint32 flags =
        GSS_C_MUTUAL_FLAG | GSS_C_REPLAY_FLAG | GSS_C_SEQUENCE_FLAG | GSS_C_CONF_FLAG | GSS_C_INTEG_FLAG;
    OM_uint32 minor, major, got;
    gss_buffer_desc ap_req = GSS_C_EMPTY_BUFFER, ap_rep = GSS_C_EMPTY_BUFFER, none = GSS_C_EMPTY_BUFFER;
    gss_OID mech = (gss_OID)(uintptr_t)gss_mech_krb5;
    gss_name_t source = GSS_C_NO_NAME;
    (void)gss_delete_sec_context(&minor, &ends.client, NULL);
    (void)gss_delete_sec_context(&minor, &ends.server, NULL);
    major = gss_init_sec_context(&minor, ends.initiates, &ends.client, ends.target, mech, flags, 0, NULL, NULL, NULL,
                                 &ap_req, &got, NULL);
    if (major != GSS_S_CONTINUE_NEEDED)
        bench_die("gss_init_sec_context", major, minor);
    major = gss_accept_sec_context(&minor, &ends.server, ends.accepts, &ap_req, NULL, &source, NULL, &ap_rep, &got,
                                   NULL, NULL);
    must("gss_accept_sec_context", major, minor);
    major = gss_init_sec_context(&minor, ends.initiates, &ends.client, ends.target, mech, flags, 0, NULL, &ap_rep, NULL,
                                 &none, &got, NULL);
    must("gss_init_sec_context", major, minor);
    gss_release_buffer(&minor, &ap_req);
    gss_release_buffer(&minor, &ap_rep);
    gss_release_name(&minor, &source);
}

static void seal(slot *s)
{
    OM_uint32 minor;
    gss_buffer_desc in = { s->n, s->data }, out;
    OM_uint32 major = gss_wrap(&minor, ends.client, 1, GSS_C_QOP_DEFAULT, &in, NULL, &out);
    must("gss_wrap", major, minor);
    s->sealed = out.length;
    s->sealed_data = out.value;
}

static void open_it(slot *s)
{
    OM_uint32 minor;
    gss_buffer_desc in = { s->sealed, s->sealed_data }, out;
    OM_uint32 major = gss_unwrap(&minor, ends.server, &in, &out, NULL, NULL);
    must("gss_unwrap", major, minor);
    gss_release_buffer(&minor, &out);
    gss_release_buffer(&minor, &in);
}

const side side_gss = { "gss", acquire, establish, seal, open_it };
