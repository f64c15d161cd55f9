#include <rpc/builtin.h>
#include <stdlib.h>
#include <string.h>
#include <support/test.h>
#include <support/vectors.h>

static troth_status expected(const vector *v)
{
    const char *text = vector_text(v, "expect");
    return !strcmp(text, "OK")            ? TROTH_OK
           : !strcmp(text, "UNSUPPORTED") ? TROTH_UNSUPPORTED
           : !strcmp(text, "TRUNCATED")   ? TROTH_TRUNCATED
                                          : TROTH_MALFORMED;
}

/* What can be read can be written, and says the same. */
static void again(const troth_rpc_tower *t, const uint8_t *raw, size_t n)
{
    uint8_t out[TROTH_RPC_TOWER_MAX];
    troth_writer w = troth_writer_over(out, sizeof out, TROTH_BE); /* the writer's order does not matter */
    troth_rpc_tower_write(&w, t);
    assert_int_equal(w.st, TROTH_OK);
    assert_int_equal(w.order, TROTH_BE);
    assert_int_equal(w.len, 75);
    if (raw) {
        assert_int_equal(w.len, n);
        assert_memory_equal(out, raw, n);
    }
    troth_rpc_tower back;
    assert_int_equal(troth_rpc_tower_read((troth_bytes){ out, w.len }, &back), TROTH_OK);
    assert_memory_equal(&back, t, sizeof back);
}

static void mutant(const uint8_t *p, size_t n, void *arg)
{
    (void)arg;
    troth_rpc_tower t;
    troth_rpc_syntax s;
    memset(&t, 0xa5, sizeof t);
    troth_status st = troth_rpc_tower_read((troth_bytes){ p, n }, &t);
    if (!st)
        again(&t, NULL, 0);
    else
        for (size_t i = 0; i < sizeof t; i++)
            assert_int_equal(((uint8_t *)&t)[i], 0xa5); /* set only on success */
    troth_status of_interface = troth_rpc_tower_interface((troth_bytes){ p, n }, &s);
    if (!st)
        assert_int_equal(of_interface, TROTH_OK);
}

static void values(const vector *v, const troth_rpc_tower *t)
{
    char text[TROTH_UUID_TEXT];
    uint8_t host[4];
    char *end;
    troth_uuid_format(&t->interface_id.uuid, text);
    assert_string_equal(text, vector_text(v, "uuid"));
    assert_int_equal(t->interface_id.major, strtoul(vector_text(v, "version"), &end, 10));
    assert_int_equal(t->interface_id.minor, strtoul(end + 1, NULL, 10));
    troth_uuid_format(&t->transfer.uuid, text);
    assert_string_equal(text, vector_text(v, "transfer"));
    assert_int_equal(t->port, strtoul(vector_text(v, "port"), NULL, 10));
    assert_int_equal(vector_hex(v, "host", host, sizeof host), 4);
    assert_memory_equal(t->host, host, 4);
}

static void one(const vector *v, void *arg)
{
    (void)arg;
    uint8_t raw[512];
    size_t n = vector_hex(v, "hex", raw, sizeof raw);
    troth_rpc_tower t;
    troth_status st = troth_rpc_tower_read((troth_bytes){ raw, n }, &t);
    if (st != expected(v))
        fail_msg("%s: %s", v->name, troth_status_name(st));
    if (!st) {
        values(v, &t);
        again(&t, raw, n);
    }
    for (size_t cut = 0; !st && cut < n; cut++)
        assert_int_equal(troth_rpc_tower_read((troth_bytes){ raw, cut }, &t), TROTH_TRUNCATED);
    vectors_mutate(raw, n, mutant, NULL);
}

static void test_vectors(void **state)
{
    (void)state;
    vectors_each("rpc/tower.txt", one, NULL);
}

/* Nothing is written past the room there is. */
static void test_room(void **state)
{
    (void)state;
    uint8_t out[75];
    troth_rpc_tower t = { .port = 1 };
    for (size_t room = 0; room <= sizeof out; room++) {
        troth_writer w = troth_writer_over(out, room, TROTH_LE);
        troth_rpc_tower_write(&w, &t);
        assert_int_equal(w.st, room < sizeof out ? TROTH_NO_SPACE : TROTH_OK);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_vectors), cmocka_unit_test(test_room) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
