/* Every call against every state of a context, as docs/wire/sspi-states.md has it, for Kerberos and Negotiate over it. */
#include <stdio.h>
#include <support/lab.h>
#include <support/sspi_states.h>

/* In DCE style both sides have a moment at which they are half open. */
enum {
    C = ISC_REQ_CONFIDENTIALITY | ISC_REQ_REPLAY_DETECT | ISC_REQ_SEQUENCE_DETECT | ISC_REQ_USE_DCE_STYLE,
    S = ASC_REQ_USE_DCE_STYLE
};

static void start(sspi_rig *r, const char *package)
{
    char text[512];
    snprintf(text, sizeof text, "[kerberos]\nkeytab = %s\nccache = FILE:%s\n", lab_file("service.keytab"),
             lab_file("alice.ccache"));
    sspi_rig_init(r, text);
    r->target = "svc/localhost";
    assert_int_equal(sspi_acquire(package, SECPKG_CRED_OUTBOUND, NULL, &r->client), SEC_E_OK);
    assert_int_equal(sspi_acquire(package, SECPKG_CRED_INBOUND, NULL, &r->server), SEC_E_OK);
}

static void kerberos(void **state)
{
    (void)state;
    const sspi_product p = {
        .name = "Kerberos", .package = "Kerberos", .isc = C, .asc = S, .signature = 28, .trailer = 76, .start = start
    };
    sspi_product_run(&p);
}

static void negotiate(void **state)
{
    (void)state;
    const sspi_product p = { .name = "Negotiate over Kerberos",
                             .package = "Negotiate",
                             .isc = C,
                             .asc = S,
                             .signature = 28,
                             .trailer = 76,
                             .start = start };
    sspi_product_run(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(kerberos), cmocka_unit_test(negotiate) };
    int missing = lab_missing("krb/product");
    return missing ? missing : cmocka_run_group_tests_name("krb/product", tests, NULL, NULL);
}
