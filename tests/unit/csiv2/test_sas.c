/* CORBA 24.2: the four messages, from vectors that an ORB made and from what spec and prudence refuse. */
#include <csiv2/sas.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <support/hex.h>
#include <support/test.h>
#include <support/vectors.h>

enum { ROOM = 4096 };

static troth_status status_of(const char *text)
{
    static const troth_status all[] = { TROTH_OK, TROTH_MALFORMED, TROTH_TRUNCATED, TROTH_LIMIT };
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        if (!strcmp(troth_status_name(all[i]), text))
            return all[i];
    }
    fail_msg("no such status: %s", text);
    return TROTH_OK;
}

/* Octets of a field, "-" for none, kept in a pool of the test's. */
static troth_bytes octets(const char *text)
{
    static uint8_t pool[16][512];
    static unsigned next;
    uint8_t *to = pool[next++ % 16];
    size_t n = *text == '-' ? 0 : unhex(text, to, 512);
    return (troth_bytes){ to, n };
}

/* Read "type=hex,type=hex". */
static uint32_t pairs(const char *text, troth_sas_authorization *ret)
{
    uint32_t n = 0;
    char copy[256];
    snprintf(copy, sizeof copy, "%s", text);
    if (*copy == '-')
        return 0;
    for (char *save, *p = strtok_r(copy, ",", &save); p; p = strtok_r(NULL, ",", &save), n++) {
        ret[n].the_type = (uint32_t)strtoul(p, &p, 10);
        ret[n].the_element = octets(p + 1);
    }
    return n;
}

static uint64_t number(const vector *v, const char *key)
{
    const char *text = vector_text(v, key);
    assert_non_null(text);
    return strtoull(text, NULL, 10);
}

/* The message that a stanza describes. */
static troth_sas_message described(const vector *v)
{
    troth_sas_message m = { .type = (troth_sas_type)number(v, "type"), .client_context_id = number(v, "id") };
    troth_sas_authorization identity[16];
    switch (m.type) {
    case TROTH_SAS_ESTABLISH_CONTEXT:
        m.establish.n_authorization = pairs(vector_text(v, "authorization"), m.establish.authorization_token);
        pairs(vector_text(v, "identity"), identity);
        m.establish.identity_token = (troth_sas_identity){ identity[0].the_type, identity[0].the_element };
        m.establish.client_authentication_token = octets(vector_text(v, "token"));
        break;
    case TROTH_SAS_COMPLETE_ESTABLISH_CONTEXT:
        m.complete.context_stateful = number(v, "stateful");
        m.complete.final_context_token = octets(vector_text(v, "token"));
        break;
    case TROTH_SAS_CONTEXT_ERROR:
        m.error.major_status = (int32_t)number(v, "major");
        m.error.minor_status = (int32_t)number(v, "minor");
        m.error.error_token = octets(vector_text(v, "token"));
        break;
    case TROTH_SAS_MESSAGE_IN_CONTEXT:
        m.in_context.discard_context = number(v, "discard");
        break;
    }
    return m;
}

static void same_octets(troth_bytes a, troth_bytes b)
{
    assert_int_equal(a.len, b.len);
    if (a.len)
        assert_memory_equal(a.data, b.data, a.len);
}

static void same_establish(const troth_sas_establish *a, const troth_sas_establish *b)
{
    assert_int_equal(a->n_authorization, b->n_authorization);
    for (uint32_t i = 0; i < a->n_authorization; i++) {
        assert_int_equal(a->authorization_token[i].the_type, b->authorization_token[i].the_type);
        same_octets(a->authorization_token[i].the_element, b->authorization_token[i].the_element);
    }
    assert_int_equal(a->identity_token.type, b->identity_token.type);
    same_octets(a->identity_token.octets, b->identity_token.octets);
    same_octets(a->client_authentication_token, b->client_authentication_token);
}

static void same(const troth_sas_message *a, const troth_sas_message *b)
{
    assert_int_equal(a->type, b->type);
    assert_true(a->client_context_id == b->client_context_id);
    switch (a->type) {
    case TROTH_SAS_ESTABLISH_CONTEXT:
        same_establish(&a->establish, &b->establish);
        break;
    case TROTH_SAS_COMPLETE_ESTABLISH_CONTEXT:
        assert_int_equal(a->complete.context_stateful, b->complete.context_stateful);
        same_octets(a->complete.final_context_token, b->complete.final_context_token);
        break;
    case TROTH_SAS_CONTEXT_ERROR:
        assert_int_equal(a->error.major_status, b->error.major_status);
        assert_int_equal(a->error.minor_status, b->error.minor_status);
        same_octets(a->error.error_token, b->error.error_token);
        break;
    case TROTH_SAS_MESSAGE_IN_CONTEXT:
        assert_int_equal(a->in_context.discard_context, b->in_context.discard_context);
        break;
    }
}

/* Write in an order, behind `shift` octets that are not the message's, and read again. */
static size_t again(const troth_sas_message *m, troth_order order, size_t shift, uint8_t *out)
{
    troth_sas_message back;
    troth_writer w = troth_writer_over(out, ROOM, order);
    troth_write_zeros(&w, shift);
    troth_sas_write(&w, m);
    assert_int_equal(w.st, TROTH_OK);
    assert_int_equal(troth_sas_read((troth_bytes){ out + shift, w.len - shift }, NULL, &back), TROTH_OK);
    same(m, &back);
    return w.len - shift;
}

/* Whatever is accepted says the same when it is written and read again. */
static void mutant(const uint8_t *p, size_t n, void *arg)
{
    static const troth_sas_quirks all = { true, true };
    uint8_t out[ROOM];
    troth_sas_message m, loose;
    memset(&m, 0xa5, sizeof m);
    troth_status st = troth_sas_read((troth_bytes){ p, n }, NULL, &m);
    if (arg && n < *(size_t *)arg)
        assert_int_not_equal(st, TROTH_OK);
    if (st) {
        for (size_t i = 0; i < sizeof m; i++)
            assert_int_equal(((uint8_t *)&m)[i], 0xa5); /* set only on success */
    } else {
        again(&m, TROTH_BE, 0, out);
        assert_int_equal(troth_sas_read((troth_bytes){ p, n }, &all, &loose), TROTH_OK);
        same(&m, &loose);
    }
    if (!troth_sas_read((troth_bytes){ p, n }, &all, &loose))
        again(&loose, TROTH_LE, 0, out);
}

/* Each ulong of the message tells lies. */
static void lies(const uint8_t *raw, size_t n)
{
    static const uint32_t values[] = { 1, 0x7fffffff, 0x80000000, 0xfffffff8, 0xffffffff };
    for (size_t at = 0; at + 4 <= n; at += 4) {
        for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
            uint8_t *lie = malloc(n);
            assert_non_null(lie);
            memcpy(lie, raw, n);
            for (size_t k = 0; k < 4; k++)
                lie[at + k] = (uint8_t)(values[i] >> 8 * k);
            mutant(lie, n, NULL);
            free(lie);
        }
    }
}

static void one(const vector *v, void *arg)
{
    static const troth_sas_quirks all = { true, true };
    size_t *seen = arg;
    uint8_t raw[ROOM], out[ROOM];
    size_t n = vector_hex(v, "hex", raw, sizeof raw);
    troth_sas_message m;
    troth_status st = troth_sas_read((troth_bytes){ raw, n }, NULL, &m);
    if (st != status_of(vector_text(v, "expect")))
        fail_msg("%s: %s", v->name, troth_status_name(st));
    if (vector_text(v, "loose"))
        assert_int_equal(troth_sas_read((troth_bytes){ raw, n }, &all, &m), status_of(vector_text(v, "loose")));
    vectors_mutate(raw, n, mutant, st ? NULL : &n);
    lies(raw, n);
    ++*seen;
    if (st)
        return;
    troth_sas_message want = described(v);
    same(&m, &want);
    size_t len = again(&want, raw[0] ? TROTH_LE : TROTH_BE, 0, out);
    assert_int_equal(len, n);
    if (!vector_text(v, "padded"))
        assert_memory_equal(out, raw, n);
    for (size_t shift = 0; shift < 9; shift++) { /* alignment is its own, wherever it is written */
        again(&want, raw[0] ? TROTH_LE : TROTH_BE, shift, out);
        again(&want, raw[0] ? TROTH_BE : TROTH_LE, shift, out);
    }
}

static void test_vectors(void **state)
{
    (void)state;
    size_t seen = 0;
    vectors_each("sas/messages.txt", one, &seen);
    assert_int_equal(seen, 31);
}

static void test_limits(void **state)
{
    (void)state;
    static uint8_t big[TROTH_SAS_OCTETS_MAX + 1];
    troth_writer w = troth_writer_over(big, sizeof big, TROTH_LE);
    troth_sas_message m = { .type = TROTH_SAS_ESTABLISH_CONTEXT }, back;
    static const uint8_t token[TROTH_SAS_OCTETS_MAX];
    m.establish.client_authentication_token = (troth_bytes){ token, TROTH_SAS_OCTETS_MAX - 32 };
    troth_sas_write(&w, &m);
    assert_int_equal(w.st, TROTH_OK);
    assert_int_equal(w.len, TROTH_SAS_OCTETS_MAX);
    assert_int_equal(troth_sas_read((troth_bytes){ big, w.len }, NULL, &back), TROTH_OK);
    assert_int_equal(troth_sas_read((troth_bytes){ big, w.len + 1 }, NULL, &back), TROTH_LIMIT);
    m.establish.n_authorization = TROTH_SAS_AUTHORIZATION_MAX + 1;
    troth_writer_reset(&w);
    troth_sas_write(&w, &m);
    assert_int_equal(w.st, TROTH_INVALID);
}

static void test_names(void **state)
{
    (void)state;
    assert_string_equal(troth_sas_type_name(TROTH_SAS_MESSAGE_IN_CONTEXT), "MessageInContext");
    assert_string_equal(troth_sas_major_name(3), "conflicting evidence");
    assert_string_equal(troth_sas_major_name(5), "unknown");
    assert_string_equal(troth_sas_major_name(-1), "unknown");
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_vectors), cmocka_unit_test(test_limits),
                                        cmocka_unit_test(test_names) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
