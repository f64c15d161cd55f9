#include <cli/connect_rpc.h>
#include <ctype.h>
#include <stdio.h>
#include <string.h>

/* What troth connect rpc can ask: one table row and two functions each. */

#define MGMT    "afa8bd80-7d8a-11c9-bef4-08002b102989@1.0"
#define EPM     "e1af8308-5d1f-11c9-91a4-08002b14a0fa@3.0"
#define LSARPC  "12345778-1234-abcd-ef00-0123456789ab@0.0"
#define ECHO_IF "60a15ec5-4de8-11d7-a637-005056a20182@1.0"

enum {
    INQ_IF_IDS = 0,
    IS_SERVER_LISTENING = 2,
    LSAR_GET_USER_NAME = 45,
    ECHO_DATA = 1,
    EPM_STUB = 256,
    ROUNDS_MAX = 1000
};

static const uint64_t call_id = 1;

troth_status troth_cli_rpc_order(troth_cli_rpc_run *r, troth_rpc_client *c, const troth_rpc_message *m, uint64_t now)
{
    troth_rpc_message whole = *m;
    whole.transfer = r->transfer;
    whole.drep[0] = 0x10;
    if (r->binding.has_object) {
        whole.has_object = true;
        whole.object = r->binding.object;
    }
    return troth_rpc_client_call(c, r->cred ? 1 : 0, call_id, &whole, now);
}

/* Call an operation of the verb's own interface. */
static troth_status order(troth_cli_rpc_run *r, troth_rpc_client *c, uint16_t opnum, troth_bytes stub, uint64_t now)
{
    const troth_rpc_message m = { .abstract = r->syntax, .opnum = opnum, .stub = stub };
    return troth_cli_rpc_order(r, c, &m, now);
}

static bool read_nothing(troth_cli_rpc_run *r, char **arguments)
{
    (void)r, (void)arguments;
    return true;
}

/* ---- mgmt ---- */

static troth_status ask_listening(troth_cli_rpc_run *r, troth_rpc_client *c, uint64_t now)
{
    return order(r, c, IS_SERVER_LISTENING, (troth_bytes){ 0 }, now);
}

static troth_status answer_listening(troth_cli_rpc_run *r, const troth_rpc_message *m)
{
    (void)r;
    return troth_cli_rpc_show_listening(m);
}

static troth_status ask_interfaces(troth_cli_rpc_run *r, troth_rpc_client *c, uint64_t now)
{
    return order(r, c, INQ_IF_IDS, (troth_bytes){ 0 }, now);
}

static troth_status answer_interfaces(troth_cli_rpc_run *r, const troth_rpc_message *m)
{
    (void)r;
    return troth_cli_rpc_show_interfaces(m);
}

/* ---- lsarpc ---- */

/* No system name; an account to be filled in; a place for the authority, to be filled in, too. */
static troth_status ask_whoami(troth_cli_rpc_run *r, troth_rpc_client *c, uint64_t now)
{
    troth_ndr_out out = troth_ndr_out_new(&r->verbose.env, r->transfer, 64);
    troth_ndr_put_pointer(&out, false);
    troth_ndr_put_pointer(&out, false);
    troth_ndr_put_pointer(&out, true);
    troth_ndr_put_pointer(&out, false);
    troth_status st = out.st ? out.st : order(r, c, LSAR_GET_USER_NAME, troth_ndr_out_bytes(&out), now);
    troth_ndr_out_clear(&out);
    return st;
}

static troth_status answer_whoami(troth_cli_rpc_run *r, const troth_rpc_message *m)
{
    (void)r;
    return troth_cli_rpc_show_whoami(m);
}

/* ---- rpcecho ---- */

static troth_status ask_echo(troth_cli_rpc_run *r, troth_rpc_client *c, uint64_t now)
{
    r->asked = fread(r->stub, 1, TROTH_CLI_RPC_CHUNK, stdin);
    if (!r->asked) {
        if (ferror(stdin))
            return TROTH_IO;
        troth_rpc_client_end(c, now);
        return TROTH_OK;
    }
    troth_ndr_out out = troth_ndr_out_new(&r->verbose.env, r->transfer, TROTH_CLI_RPC_CHUNK + 64);
    troth_ndr_put_u32(&out, (uint32_t)r->asked);
    troth_ndr_put_count(&out, (size_t)r->asked);
    troth_ndr_put_octets(&out, r->stub, (size_t)r->asked);
    troth_status st = out.st ? out.st : order(r, c, ECHO_DATA, troth_ndr_out_bytes(&out), now);
    troth_ndr_out_clear(&out);
    return st;
}

static troth_status answer_echo(troth_cli_rpc_run *r, const troth_rpc_message *m)
{
    troth_status st = troth_cli_rpc_show_echo(m, r->asked);
    return st ? st : TROTH_AGAIN;
}

/* ---- endpoint mapper ---- */

static troth_status ask_epm(troth_cli_rpc_run *r, troth_rpc_client *c, uint64_t now)
{
    troth_rpc_message m = { 0 };
    troth_ndr_out out = troth_ndr_out_new(&r->verbose.env, r->transfer, EPM_STUB);
    troth_status st = troth_rpc_epm_lookup_request(r->rounds++ ? &r->resume : NULL, r->transfer, &out, &m);
    if (!st)
        st = troth_cli_rpc_order(r, c, &m, now);
    troth_ndr_out_clear(&out);
    return st;
}

static troth_status answer_epm(troth_cli_rpc_run *r, const troth_rpc_message *m)
{
    static const troth_rpc_handle nil;
    troth_status st = troth_rpc_epm_lookup_reply(m, troth_cli_rpc_show_entry, NULL, &r->resume);
    if (st == TROTH_NO_MECH) /* no entry, or no more */
        return TROTH_OK;
    if (st)
        return st;
    if (r->rounds > ROUNDS_MAX) /* it would go on for ever */
        return TROTH_LIMIT;
    bool more = r->resume.attributes != nil.attributes || !troth_uuid_equal(&r->resume.uuid, &nil.uuid);
    return more ? TROTH_AGAIN : TROTH_OK;
}

static troth_status ask_map(troth_cli_rpc_run *r, troth_rpc_client *c, uint64_t now)
{
    troth_rpc_message m = { 0 };
    troth_ndr_out out = troth_ndr_out_new(&r->verbose.env, r->transfer, EPM_STUB);
    troth_status st = troth_rpc_epm_map_request(&r->syntax, r->transfer, &out, &m);
    if (!st)
        st = troth_cli_rpc_order(r, c, &m, now);
    troth_ndr_out_clear(&out);
    return st;
}

static troth_status answer_map(troth_cli_rpc_run *r, const troth_rpc_message *m)
{
    return troth_rpc_epm_map_reply(m, &r->port);
}

/* ---- anything ---- */

bool troth_cli_read_hex(const char *text, uint8_t *out, size_t size, size_t *ret_len)
{
    static const char digits[] = "0123456789abcdef";
    size_t n = 0;
    for (; *text; text++) {
        if (*text == ' ')
            continue;
        const char *high = strchr(digits, tolower((unsigned char)text[0]));
        const char *low = text[1] ? strchr(digits, tolower((unsigned char)text[1])) : NULL;
        if (!high || !low || n == size)
            return false;
        out[n++] = (uint8_t)((high - digits) << 4 | (low - digits));
        text++;
    }
    *ret_len = n;
    return true;
}

static bool read_call(troth_cli_rpc_run *r, char **arguments)
{
    uint64_t opnum;
    const char *wrong = NULL, *why = NULL;
    if (troth_rpc_syntax_parse(arguments[0], &r->syntax))
        wrong = arguments[0], why = "give UUID or UUID@MAJOR[.MINOR]";
    else if (!troth_cli_read_number(arguments[1], &opnum) || opnum > UINT16_MAX)
        wrong = arguments[1], why = "an operation's number is 0 to 65535";
    else if (strcmp(arguments[2], "-") == 0)
        r->raw = true, r->stub_len = fread(r->stub, 1, TROTH_CLI_RPC_STUB, stdin);
    else if (!troth_cli_read_hex(arguments[2], r->stub, TROTH_CLI_RPC_STUB, &r->stub_len))
        wrong = arguments[2], why = "give the request's stub in hex, or - for octets from stdin";
    if (wrong)
        return troth_cli_usage_error(r->usage, wrong, why), false;
    r->opnum = (uint16_t)opnum;
    return true;
}

static troth_status ask_call(troth_cli_rpc_run *r, troth_rpc_client *c, uint64_t now)
{
    return order(r, c, r->opnum, (troth_bytes){ r->stub, r->stub_len }, now);
}

static troth_status answer_call(troth_cli_rpc_run *r, const troth_rpc_message *m)
{
    return troth_cli_rpc_show_stub(m, r->raw);
}

/* ---- all of them ---- */

const troth_cli_rpc_verb troth_cli_rpc_map = { "map", 0, EPM, true, read_nothing, ask_map, answer_map };

static const troth_cli_rpc_verb verbs[] = {
    { "ping", 0, MGMT, true, read_nothing, ask_listening, answer_listening },
    { "whoami", 0, LSARPC, false, read_nothing, ask_whoami, answer_whoami },
    { "interfaces", 0, MGMT, true, read_nothing, ask_interfaces, answer_interfaces },
    { "epm", 0, EPM, true, read_nothing, ask_epm, answer_epm },
    { "echo", 0, ECHO_IF, false, read_nothing, ask_echo, answer_echo },
    { "call", 3, NULL, false, read_call, ask_call, answer_call },
};

const troth_cli_rpc_verb *troth_cli_rpc_verb_find(const char *name)
{
    for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++) {
        if (strcmp(verbs[i].name, name) == 0)
            return &verbs[i];
    }
    return NULL;
}
