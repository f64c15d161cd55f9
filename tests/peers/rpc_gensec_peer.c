/*
 * The server's half of a security context, for rpc_gensec.py. A line in, a line out:
 *
 *   ctx TYPE LEVEL SIGNING   a context, and whether header signing is agreed on         "ok"
 *   leg HEX                  the peer's token                                          "more HEX", "done HEX", "failed CODE"
 *   verify HEX               a request PDU                                             "ok HEX-OF-STUB", "failed CODE"
 *   send N                   a response of N octets, 0 1 2 ...                         "pdus HEX HEX ..."
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <support/co.h>
#include <support/hex.h>
#include <support/real.h>
#include <support/test.h>

enum { LINE = 400000 };

typedef struct peer {
    real r;
    co_link l;
    troth_co_context *x;
    char line[LINE];
    uint8_t octets[LINE / 2];
} peer;

static void print_hex(const uint8_t *p, size_t n)
{
    for (size_t i = 0; i < n; i++)
        printf("%02x", p[i]);
}

static void make(peer *p, const char *args)
{
    unsigned type, level, signing;
    troth_co_context_options o = p->l.context[CO_SERVER];
    assert_int_equal(sscanf(args, "%u %u %u", &type, &level, &signing), 3);
    o.auth_type = (uint8_t)type;
    o.auth_level = (uint8_t)level;
    o.auth_context_id = 1;
    p->l.conn[CO_SERVER].header_signing = signing;
    assert_int_equal(troth_co_context_new(&p->l.conn[CO_SERVER], &o, &p->x), TROTH_OK);
    printf("ok\n");
}

static void leg(peer *p, const char *hex)
{
    static const char *const words[] = { "failed", "done", "more" };
    troth_block in = { p->octets, unhex(hex, p->octets, sizeof p->octets) }, out;
    troth_co_leg done = co_leg(p->x, &in, &out);
    printf("%s ", words[done.result]);
    if (done.result == TROTH_STEP_ERROR)
        printf("%s", troth_status_name(p->x->error.code));
    else
        print_hex(out.data, out.len);
    printf("\n");
    co_drop(&p->l.conn[CO_SERVER], &out);
}

static void verify(peer *p, const char *hex)
{
    troth_co_pdu pdu = { p->octets, unhex(hex, p->octets, sizeof p->octets), { 0 } };
    troth_bytes stub = { NULL, 0 };
    troth_status st = co_open_pdu(p->x, &pdu, &stub);
    printf("%s ", st ? "failed" : "ok");
    if (st)
        printf("%s", troth_status_name(st));
    else
        print_hex(stub.data, stub.len);
    printf("\n");
}

static void answer(peer *p, size_t n)
{
    troth_co_conn *c = &p->l.conn[CO_SERVER];
    troth_bytes out;
    assert_true(n <= sizeof p->octets);
    for (size_t i = 0; i < n; i++)
        p->octets[i] = (uint8_t)i;
    troth_co_outgoing m = { .ptype = TROTH_CO_RESPONSE, .call_id = 5, .stub = { p->octets, n }, .ctx = p->x };
    assert_int_equal(troth_co_send(c, &m), TROTH_OK);
    assert_int_equal(troth_co_out(c, &out), TROTH_OK);
    printf("pdus");
    for (size_t at = 0, len; at < out.len; at += len) {
        len = (size_t)out.data[at + 8] | (size_t)out.data[at + 9] << 8;
        printf(" ");
        print_hex(out.data + at, len);
    }
    printf("\n");
    troth_co_sent(c, out.len);
}

int main(void)
{
    peer *p = calloc(1, sizeof *p);
    real_init(&p->r, REAL_SPNEGO_NTLM, REAL_NNS, TROTH_LEVEL_SIGN);
    co_link_init(&p->l);
    assert_int_equal(real_acquire(&p->r, REAL_SERVER, NULL), TROTH_OK);
    p->l.context[CO_SERVER].cred = troth_cred_ref(p->r.side[REAL_SERVER].cred);
    co_link_open(&p->l);
    while (fgets(p->line, sizeof p->line, stdin)) {
        char *at = strchr(p->line, ' '), *args = at ? at + 1 : p->line + strlen(p->line);
        if (!strncmp(p->line, "ctx ", 4))
            make(p, args);
        else if (!strncmp(p->line, "leg ", 4))
            leg(p, args);
        else if (!strncmp(p->line, "verify ", 7))
            verify(p, args);
        else
            answer(p, strtoul(args, NULL, 10));
        fflush(stdout);
    }
    co_link_end(&p->l);
    real_end(&p->r);
    free(p);
    return 0;
}
