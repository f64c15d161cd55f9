/* Every call against every state of a context, as docs/wire/sspi-states.md has it. Kerberos: tests/krb/test_product.c. */
#include <support/sspi_states.h>

enum { P = ISC_REQ_CONFIDENTIALITY | ISC_REQ_INTEGRITY | ISC_REQ_REPLAY_DETECT | ISC_REQ_SEQUENCE_DETECT };

static void start(sspi_rig *r, const char *package)
{
    sspi_rig_init(r, "[negotiate]\nntlm = yes\n");
    sspi_rig_acquire(r, package);
}

static void ntlm(void **state)
{
    (void)state;
    const sspi_product p = { .name = "NTLM",
                             .package = "NTLM",
                             .isc = P,
                             .datagram = P | ISC_REQ_DATAGRAM,
                             .signature = 16,
                             .trailer = 16,
                             .start = start };
    sspi_product_run(&p);
}

static void negotiate(void **state)
{
    (void)state;
    const sspi_product p = {
        .name = "Negotiate over NTLM", .package = "Negotiate", .isc = P, .signature = 16, .trailer = 16, .start = start
    };
    sspi_product_run(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(ntlm), cmocka_unit_test(negotiate) };
    return cmocka_run_group_tests_name("sspi/product", tests, NULL, NULL);
}
