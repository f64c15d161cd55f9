#include <string.h>
#include <support/test.h>
#include <troth/status.h>

static void all_named(void **state)
{
    (void)state;
    for (int i = 0; i < TROTH_STATUS_COUNT; i++) {
        troth_status st = (troth_status)i;
        const char *name = troth_status_name(st), *text = troth_status_text(st);
        assert_true(name && *name && text && *text);
        assert_int_not_equal(text[strlen(text) - 1], '.');
        assert_null(strchr(text, '\n'));
        assert_true((troth_status_class_of(st) == TROTH_CLASS_NONE) == (i <= TROTH_AGAIN));
        for (int k = 0; k < i; k++)
            assert_string_not_equal(name, troth_status_name((troth_status)k));
        uint32_t hr = troth_status_hresult(st);
        assert_true((hr == 0) == (st == TROTH_OK)); /* no failure may look like success to a peer */
        assert_non_null(troth_hresult_name(hr));    /* and each answer is a code that Windows knows */
    }
}

static void unknown(void **state)
{
    (void)state;
    const int odd[] = { TROTH_STATUS_COUNT, TROTH_STATUS_COUNT + 1, 0x7fffffff, -1 };
    for (size_t i = 0; i < sizeof odd / sizeof *odd; i++) {
        troth_status st;
        memcpy(&st, &odd[i], sizeof st); /* what a caller of another version may hand in */
        assert_string_equal(troth_status_name(st), "UNKNOWN");
        assert_string_equal(troth_status_text(st), "unknown status");
        assert_int_equal(troth_status_class_of(st), TROTH_CLASS_MECHANISM);
        assert_int_equal(troth_status_hresult(st), 0x80090304);
    }
}

static void classes(void **state)
{
    (void)state;
    assert_int_equal(troth_status_class_of(TROTH_BAD_STATE), TROTH_CLASS_CALLER);
    assert_int_equal(troth_status_class_of(TROTH_TRUNCATED), TROTH_CLASS_MALFORMED);
    assert_int_equal(troth_status_class_of(TROTH_TIMEOUT), TROTH_CLASS_LIMIT);
    assert_int_equal(troth_status_class_of(TROTH_UNEXPECTED), TROTH_CLASS_UNEXPECTED);
    assert_int_equal(troth_status_class_of(TROTH_NO_MECH), TROTH_CLASS_UNSUPPORTED);
    assert_int_equal(troth_status_class_of(TROTH_BAD_MIC), TROTH_CLASS_SECURITY);
    assert_int_equal(troth_status_class_of(TROTH_CLOSED), TROTH_CLASS_RESOURCES);
    assert_int_equal(troth_status_class_of(TROTH_PEER_REFUSED), TROTH_CLASS_MECHANISM);
    assert_string_equal(troth_status_name(TROTH_BAD_MIC), "BAD_MIC");
    assert_string_equal(troth_status_text(TROTH_OK), "success");
}

/* [MS-ERREF 2.1.1]; 0x6FE [MS-NNS 2.2.1] */
static void hresults(void **state)
{
    (void)state;
    static const struct {
        troth_status st;
        uint32_t code;
        const char *name;
    } want[] = {
        { TROTH_OK, 0, "SEC_E_OK" },
        { TROTH_TOO_LOW, 0x6fe, "ERROR_TRUST_FAILURE" },
        { TROTH_NO_MEMORY, 0x80090300, "SEC_E_INSUFFICIENT_MEMORY" },
        { TROTH_NO_MECH, 0x80090302, "SEC_E_UNSUPPORTED_FUNCTION" },
        { TROTH_TARGET_UNKNOWN, 0x80090303, "SEC_E_TARGET_UNKNOWN" },
        { TROTH_MECHANISM, 0x80090304, "SEC_E_INTERNAL_ERROR" },
        { TROTH_LIMIT, 0x80090304, "SEC_E_INTERNAL_ERROR" },
        { TROTH_TIMEOUT, 0x80090304, "SEC_E_INTERNAL_ERROR" },
        { TROTH_MALFORMED, 0x80090308, "SEC_E_INVALID_TOKEN" },
        { TROTH_TRUNCATED, 0x80090308, "SEC_E_INVALID_TOKEN" },
        { TROTH_DENIED, 0x8009030c, "SEC_E_LOGON_DENIED" },
        { TROTH_NOT_ALLOWED, 0x8009030c, "SEC_E_LOGON_DENIED" },
        { TROTH_NO_CRED, 0x8009030e, "SEC_E_NO_CREDENTIALS" },
        { TROTH_BAD_MIC, 0x8009030f, "SEC_E_MESSAGE_ALTERED" },
        { TROTH_REPLAY, 0x80090310, "SEC_E_OUT_OF_SEQUENCE" },
        { TROTH_OUT_OF_ORDER, 0x80090310, "SEC_E_OUT_OF_SEQUENCE" },
        { TROTH_NO_AUTHORITY, 0x80090311, "SEC_E_NO_AUTHENTICATING_AUTHORITY" },
        { TROTH_EXPIRED, 0x80090317, "SEC_E_CONTEXT_EXPIRED" },
        { TROTH_WRONG_PRINCIPAL, 0x80090322, "SEC_E_WRONG_PRINCIPAL" },
        { TROTH_TIME_SKEW, 0x80090324, "SEC_E_TIME_SKEW" },
        { TROTH_UNEXPECTED, 0x80090326, "SEC_E_ILLEGAL_MESSAGE" },
        { TROTH_CRED_EXPIRED, 0x80090328, "SEC_E_CERT_EXPIRED" },
        { TROTH_BAD_BINDINGS, 0x80090346, "SEC_E_BAD_BINDINGS" },
        { TROTH_DOWNGRADE, 0x80090350, "SEC_E_DOWNGRADE_DETECTED" },
    };
    for (size_t i = 0; i < sizeof want / sizeof *want; i++) {
        assert_int_equal(troth_status_hresult(want[i].st), want[i].code);
        assert_string_equal(troth_hresult_name(want[i].code), want[i].name);
    }
    assert_string_equal(troth_hresult_name(0x80090301),
                        "SEC_E_INVALID_HANDLE"); /* not the smart card code 0x80100003 */
    assert_null(troth_hresult_name(0x80100003));
    assert_string_equal(troth_hresult_name(0x00090312), "SEC_I_CONTINUE_NEEDED");
    assert_string_equal(troth_hresult_name(0x8009036b), "SEC_E_INSUFFICIENT_BUFFERS");
    assert_string_equal(troth_hresult_name(0x8009035f), "SEC_E_POLICY_NLTM_ONLY");
    assert_null(troth_hresult_name(0x80090344));
    assert_null(troth_hresult_name(1));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_named),
        cmocka_unit_test(unknown),
        cmocka_unit_test(classes),
        cmocka_unit_test(hresults),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
