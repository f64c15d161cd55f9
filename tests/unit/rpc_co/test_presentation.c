/* The Table of Presentation Contexts, written from MS-RPCE 3.3.1.5.3, 3.3.1.5.6 and 3.3.3.5.5. */
#include <rpc_co/presentation.h>
#include <string.h>
#include <support/env.h>
#include <support/test.h>

static const troth_rpc_interface both = {
    .name = "both", .syntax = { { { 1 } }, 1, 2 }, .transfer = TROTH_RPC_NDR | TROTH_RPC_NDR64, .n_ops = 0
};
static const troth_rpc_interface old = { .name = "old", .syntax = { { { 2 } }, 3, 0 }, .transfer = TROTH_RPC_NDR };
static const troth_rpc_syntax unknown = { { { 9 } }, 1, 0 };

typedef struct fixture {
    test_env env;
    troth_rpc_server *server;
    troth_co_presentation table;
    uint8_t octets[16384];
    troth_co_bind bind;
    troth_co_presenting got;
} fixture;

static void begin(fixture *f)
{
    memset(f, 0, sizeof *f);
    test_env_init(&f->env);
    f->table.env = &f->env.env;
    assert_int_equal(troth_rpc_server_new(&f->env.env, 0, &f->server), TROTH_OK);
    assert_int_equal(troth_rpc_server_register(f->server, &both), TROTH_OK);
    assert_int_equal(troth_rpc_server_register(f->server, &old), TROTH_OK);
}

static void end(fixture *f)
{
    troth_co_presentation_clear(&f->table);
    troth_rpc_server_free(f->server);
    test_env_check(&f->env);
}

static troth_status propose(fixture *f, bool is_bind, const troth_co_proposal *p, uint8_t n)
{
    troth_writer w = troth_writer_over(f->octets, sizeof f->octets, TROTH_LE);
    troth_co_bind_write(&w, 5840, 5840, 0, p, n);
    troth_reader r = troth_reader_of(f->octets, w.len, TROTH_LE);
    assert_int_equal(troth_co_bind_read(&r, &f->bind), TROTH_OK);
    troth_status st = troth_co_present(&f->table, f->server, &f->bind, is_bind, 3, &f->got);
    return st ? st : troth_co_present_commit(&f->table, &f->got);
}

static void expect(const fixture *f, unsigned i, uint16_t result, uint16_t reason)
{
    assert_true(i < f->got.n);
    assert_int_equal(f->got.results[i].result, result);
    assert_int_equal(f->got.results[i].reason, reason);
}

static troth_rpc_syntax ndr(unsigned transfer)
{
    return *troth_rpc_transfer_syntax(transfer);
}

/* "The server SHOULD accept, at most, one": the first that fits; the others are told why not. */
static void test_first_that_fits(void **state)
{
    fixture f;
    troth_rpc_syntax n32 = ndr(TROTH_RPC_NDR), n64 = ndr(TROTH_RPC_NDR64), two[2] = { unknown, n64 };
    troth_co_proposal p[] = {
        { 7, unknown, &n32, 1 }, { 8, old.syntax, &n64, 1 }, { 9, both.syntax, two, 2 }, { 10, both.syntax, &n32, 1 }
    };
    (void)state;
    begin(&f);
    assert_int_equal(propose(&f, true, p, 4), TROTH_OK);
    expect(&f, 0, TROTH_CO_PROVIDER_REJECTION, TROTH_CO_REASON_ABSTRACT_SYNTAX);
    expect(&f, 1, TROTH_CO_PROVIDER_REJECTION, TROTH_CO_REASON_TRANSFER_SYNTAXES);
    expect(&f, 2, TROTH_CO_ACCEPTANCE, 0);
    assert_true(troth_rpc_syntax_equal(&f.got.results[2].transfer, &n64));
    expect(&f, 3, TROTH_CO_PROVIDER_REJECTION, TROTH_CO_REASON_TRANSFER_SYNTAXES);
    assert_null(troth_co_presentation_find(&f.table, 10));
    const troth_co_presented *row = troth_co_presentation_find(&f.table, 9);
    assert_non_null(row);
    assert_ptr_equal(row->interface, &both);
    assert_int_equal(row->transfer, TROTH_RPC_NDR64);
    end(&f);
}

/* A client's minor version may be lower, not higher; the major one is the same. */
static void test_versions(void **state)
{
    fixture f;
    troth_rpc_syntax n32 = ndr(TROTH_RPC_NDR), lower = both.syntax, higher = both.syntax, other = both.syntax;
    lower.minor = 1, higher.minor = 3, other.major = 2;
    troth_co_proposal p[] = { { 1, higher, &n32, 1 }, { 2, other, &n32, 1 }, { 3, lower, &n32, 1 } };
    (void)state;
    begin(&f);
    assert_int_equal(propose(&f, true, p, 3), TROTH_OK);
    expect(&f, 0, TROTH_CO_PROVIDER_REJECTION, TROTH_CO_REASON_ABSTRACT_SYNTAX);
    expect(&f, 1, TROTH_CO_PROVIDER_REJECTION, TROTH_CO_REASON_ABSTRACT_SYNTAX);
    expect(&f, 2, TROTH_CO_ACCEPTANCE, 0);
    assert_int_equal(troth_co_presentation_find(&f.table, 3)->minor, 1);
    end(&f);
}

/* A known id: the same again is accepted, something else that we know is an error, nothing we know a rejection. */
static void test_again(void **state)
{
    fixture f;
    troth_rpc_syntax n32 = ndr(TROTH_RPC_NDR), n64 = ndr(TROTH_RPC_NDR64), mixed[2] = { n32, n64 };
    troth_co_proposal first = { 1, both.syntax, &n32, 1 }, abstract = { 1, old.syntax, &n32, 1 };
    troth_co_proposal transfer = { 1, both.syntax, mixed, 2 }, nothing = { 1, both.syntax, &unknown, 1 };
    (void)state;
    begin(&f);
    assert_int_equal(propose(&f, true, &first, 1), TROTH_OK);
    assert_int_equal(propose(&f, false, &first, 1), TROTH_OK);
    expect(&f, 0, TROTH_CO_ACCEPTANCE, 0);
    assert_int_equal(propose(&f, false, &abstract, 1), TROTH_UNEXPECTED);
    assert_int_equal(propose(&f, false, &transfer, 1), TROTH_UNEXPECTED);
    assert_int_equal(propose(&f, false, &nothing, 1), TROTH_OK);
    expect(&f, 0, TROTH_CO_PROVIDER_REJECTION, TROTH_CO_REASON_TRANSFER_SYNTAXES);
    assert_int_equal(f.table.n, 1);
    end(&f);
}

/* Features: in a bind, first in their element, once; unknown bits are cleared. */
static void test_features(void **state)
{
    fixture f;
    troth_rpc_syntax n32 = ndr(TROTH_RPC_NDR), all = troth_co_features_syntax(0xff), behind[2] = { n32, all };
    troth_co_proposal good = { 1, both.syntax, &all, 1 }, twice[2] = { good, good },
                      second = { 2, both.syntax, behind, 2 };
    (void)state;
    begin(&f);
    assert_int_equal(propose(&f, true, &good, 1), TROTH_OK);
    expect(&f, 0, TROTH_CO_NEGOTIATE_ACK, 3);
    assert_int_equal(f.got.features, 3);
    assert_int_equal(propose(&f, true, twice, 2), TROTH_UNEXPECTED);
    assert_int_equal(propose(&f, true, &second, 1), TROTH_OK);
    expect(&f, 0, TROTH_CO_ACCEPTANCE, 0);
    assert_int_equal(f.got.features, 0);
    assert_int_equal(propose(&f, false, &good, 1), TROTH_OK); /* in an alter_context: one more unknown syntax */
    expect(&f, 0, TROTH_CO_PROVIDER_REJECTION, TROTH_CO_REASON_TRANSFER_SYNTAXES);
    end(&f);
}

/* 4,000 for each registered interface, ids in any order, each found again. */
static void test_limit(void **state)
{
    fixture f;
    troth_rpc_syntax n32 = ndr(TROTH_RPC_NDR);
    (void)state;
    begin(&f);
    for (unsigned i = 0; i < 8000; i++) {
        troth_co_proposal p = { (uint16_t)(i * 7919), both.syntax, &n32, 1 };
        assert_int_equal(propose(&f, false, &p, 1), TROTH_OK);
    }
    for (unsigned i = 0; i < 8000; i++)
        assert_int_equal(troth_co_presentation_find(&f.table, (uint16_t)(i * 7919))->p_cont_id, (uint16_t)(i * 7919));
    troth_co_proposal p = { (uint16_t)(8000 * 7919), both.syntax, &n32, 1 }, none = { 1, both.syntax, &n32, 0 };
    assert_int_equal(propose(&f, false, &p, 1), TROTH_LIMIT);
    assert_int_equal(propose(&f, false, &none, 1), TROTH_MALFORMED);
    end(&f);
}

static void test_no_memory(void **state)
{
    fixture f;
    troth_rpc_syntax n32 = ndr(TROTH_RPC_NDR);
    troth_co_proposal p = { 1, both.syntax, &n32, 1 };
    (void)state;
    begin(&f);
    f.env.dry = true;
    assert_int_equal(propose(&f, true, &p, 1), TROTH_NO_MEMORY);
    f.env.dry = false;
    assert_null(troth_co_presentation_find(&f.table, 1));
    end(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_first_that_fits), cmocka_unit_test(test_versions), cmocka_unit_test(test_again),
        cmocka_unit_test(test_features),        cmocka_unit_test(test_limit),    cmocka_unit_test(test_no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
