/* Errors and legs in words. */ #include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cli/report.h>
#include <cmocka.h>
#include <string.h>
#include <troth/gateway.h>

    static void line_of(troth_error e, char ret[TROTH_CLI_ERROR_LINE])
{
    e.where = e.where ? e.where : "somewhere";
    troth_cli_error_line(&e, ret);
}

/* Windows has no word for these: naming its internal error would send people looking for one. */
static void no_windows_name_where_there_is_none(void **state)
{
    static const troth_status without[] = { TROTH_CLOSED, TROTH_IO, TROTH_TIMEOUT, TROTH_LIMIT, TROTH_MECHANISM };
    char line[TROTH_CLI_ERROR_LINE];
    (void)state;
    for (size_t i = 0; i < sizeof without / sizeof *without; i++) {
        line_of((troth_error){ .code = without[i] }, line);
        assert_null(strstr(line, "INTERNAL"));
        assert_null(strstr(line, "0x8"));
        assert_non_null(strstr(line, troth_status_name(without[i])));
    }
    line_of((troth_error){ .code = TROTH_PEER_REFUSED, .wire = 0x80090304 }, line); /* the peer said so itself */
    assert_non_null(strstr(line, "SEC_E_INTERNAL_ERROR 0x80090304"));
    line_of((troth_error){ .code = TROTH_DENIED }, line);
    assert_non_null(strstr(line, "SEC_E_LOGON_DENIED 0x8009030C"));
}

static void legs(void **state)
{
    char line[TROTH_CLI_LEG_LINE];
    troth_trace t = { .kind = TROTH_TRACE_LEG, .name = "spnego", .on = "out", .a = 1, .b = 2214 };
    (void)state;
    troth_cli_leg_line(&t, line);
    assert_string_equal(line, "SPNEGO");
    troth_trace_token w = {
        .message = "NegTokenInit", .mechs = { "kerberos", "ntlm" }, .carries = true, .inner = "AP-REQ"
    };
    t.token = &w;
    troth_cli_leg_line(&t, line);
    assert_string_equal(line, "SPNEGO NegTokenInit [kerberos*, ntlm] AP-REQ");
    w = (troth_trace_token){ .message = "NegTokenResp", .answer = "accept-completed", .carries = true, .mic = true };
    troth_cli_leg_line(&t, line);
    assert_string_equal(line, "SPNEGO NegTokenResp accept-completed token, mechListMIC");
    w = (troth_trace_token){ .message = "NegTokenInit", .mechs = { "a", "b", "c", "d" } };
    troth_cli_leg_line(&t, line);
    assert_string_equal(line, "SPNEGO NegTokenInit [a, b, c, d]");
}

static const char *hint(troth_status code, uint32_t wire, const char *where)
{
    troth_error e = { .code = code, .wire = wire, .where = where };
    const char *text = troth_error_hint(&e);
    return text ? text : "";
}

/* The one that knows more comes first; every failure of a peer or credential says what to do. */
static void hints(void **state)
{
    troth_error none = { 0 };
    (void)state;
    assert_null(troth_error_hint(&none));
    assert_non_null(strstr(hint(TROTH_DOWNGRADE, 0, "MS-NLMP 3.2.5.1.2: no MIC"), "--ntlm-without-mic"));
    assert_null(strstr(hint(TROTH_DOWNGRADE, 0, "RFC 4178 5: mechListMIC"), "--ntlm-without-mic"));
    assert_non_null(strstr(hint(TROTH_MALFORMED, 0, "RFC 4178 4.2: not a SPNEGO token"), "--ntlm-users"));
    assert_non_null(strstr(hint(TROTH_PEER_REFUSED, 0x8009030c, "x"), "password"));
    assert_non_null(strstr(hint(TROTH_PEER_REFUSED, 0x12345678, "x"), "log"));
    assert_non_null(strstr(hint(TROTH_TIME_SKEW, 0, "x"), "clocks"));
    assert_non_null(strstr(hint(TROTH_BAD_BINDINGS, 0, "x"), "--channel-binding"));
    troth_error krb = { .code = TROTH_MECHANISM, .gss_minor = (uint32_t)(-1765328384 + 37), .where = "x" };
    assert_non_null(strstr(troth_error_hint(&krb), "clocks"));
    for (troth_status st = TROTH_NO_MECH; st <= TROTH_EXPIRED; st++) {
        if (st != TROTH_BAD_MIC && st != TROTH_OUT_OF_ORDER) /* an attack or a fault: nobody can be told what to do */
            assert_string_not_equal(hint(st, 0, "x"), "");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(no_windows_name_where_there_is_none), cmocka_unit_test(legs),
                                        cmocka_unit_test(hints) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
