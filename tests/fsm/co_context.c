/* A connection's security context, cell by cell, written from MS-RPCE 3.3.1.5.2. */
#include <rpc_co/conn.h>
#include <support/matrix.h>

static const char *const names[] = { "New", "Stepping", "Waiting", "Open", "Broken", "Poisoned", "Expired" };

/* clang-format off */
static const cell cells[] = {
    /* "Once a client decides on the type of PDU, it MUST start the sequence", 3.3.1.5.2.1 */
    { TROTH_CO_CTX_NEW,      TROTH_CO_CTX_ON_LEG,      "*:step_provider>Stepping" },
    { TROTH_CO_CTX_WAITING,  TROTH_CO_CTX_ON_LEG,      "*:step_provider>Stepping" },
    /* three abstract results: an error, a success, or a request for further security legs */
    { TROTH_CO_CTX_STEPPING, TROTH_CO_CTX_ON_MORE,     "unanswered:unfinished>Broken *>Waiting" },
    { TROTH_CO_CTX_STEPPING, TROTH_CO_CTX_ON_DONE,     "unanswerable:unfinished>Broken granted:open_it>Open unanswered:too_low>Broken *:too_low>Poisoned" },
    { TROTH_CO_CTX_STEPPING, TROTH_CO_CTX_ON_FAILED,   "unanswered:failed>Broken *:failed>Poisoned" },
    /* requests; the first one is told what an rpc_auth_3 came to */
    { TROTH_CO_CTX_STEPPING, TROTH_CO_CTX_ON_USE,      "*>Stepping" },
    { TROTH_CO_CTX_OPEN,     TROTH_CO_CTX_ON_USE,      "*>Open" },
    { TROTH_CO_CTX_BROKEN,   TROTH_CO_CTX_ON_USE,      "*>Poisoned" },
    { TROTH_CO_CTX_EXPIRED,  TROTH_CO_CTX_ON_USE,      "*>Expired" },
    /* another auth_type or auth_level than its own, wherever it stands */
    { TROTH_CO_CTX_STEPPING, TROTH_CO_CTX_ON_MISMATCH, "*:mismatch>Poisoned" },
    { TROTH_CO_CTX_WAITING,  TROTH_CO_CTX_ON_MISMATCH, "*:mismatch>Poisoned" },
    { TROTH_CO_CTX_OPEN,     TROTH_CO_CTX_ON_MISMATCH, "*:mismatch>Poisoned" },
    { TROTH_CO_CTX_BROKEN,   TROTH_CO_CTX_ON_MISMATCH, "*:mismatch>Poisoned" },
    { TROTH_CO_CTX_EXPIRED,  TROTH_CO_CTX_ON_MISMATCH, "*:mismatch>Poisoned" },
    { TROTH_CO_CTX_OPEN,     TROTH_CO_CTX_ON_EXPIRE,   "*:expired>Expired" },
    { TROTH_CO_CTX_EXPIRED,  TROTH_CO_CTX_ON_EXPIRE,   "*>Expired" },
    /* a leg that comes back to a context that was poisoned while it ran */
    { TROTH_CO_CTX_POISONED, TROTH_CO_CTX_ON_MORE,     "*:too_late>Poisoned" },
    { TROTH_CO_CTX_POISONED, TROTH_CO_CTX_ON_DONE,     "*:too_late>Poisoned" },
    { TROTH_CO_CTX_POISONED, TROTH_CO_CTX_ON_FAILED,   "*:too_late>Poisoned" },
};
/* clang-format on */

static void test_matrix(void **state)
{
    (void)state;
    matrix_check(&troth_co_context_fsm, cells, sizeof cells / sizeof *cells, names);
    assert_int_equal(troth_co_context_fsm.initial, TROTH_CO_CTX_NEW);
    assert_int_equal(troth_co_context_fsm.failed, TROTH_CO_CTX_POISONED);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_matrix) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
