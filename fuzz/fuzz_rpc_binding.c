/* Binding strings, syntaxes and levels as text: what is accepted means the same when it is written out and read again. */
#include <fuzz.h>
#include <stdio.h>
#include <troth/rpc.h>

static const char *mech_word(const troth_rpc_binding *b)
{
    if (!b->mech)
        return "";
    return strcmp(b->mech, "kerberos") ? b->mech : "krb5";
}

static void write_out(const troth_rpc_binding *b, char *out, size_t cap)
{
    char object[TROTH_UUID_TEXT], port[8] = "";
    troth_uuid_format(&b->object, object);
    if (b->port)
        snprintf(port, sizeof port, "%u", b->port);
    bool held = b->type == TROTH_RPC_AUTH_SPNEGO && strcmp(b->mech, "spnego") != 0;
    snprintf(out, cap, "%s%s%s:%s[%s,%s,%s,%s,%s,%s]", b->has_object ? object : "", b->has_object ? "@" : "",
             b->datagram ? "ncadg_ip_udp" : "ncacn_ip_tcp", b->host, port, held ? "spnego" : "", mech_word(b),
             b->level ? troth_rpc_level_name(b->level) : "", b->ndr64 ? "ndr64" : "",
             b->no_header_signing ? "nohdrsign" : "");
}

static void binding(const char *text)
{
    troth_rpc_binding b, c;
    char again[512];
    troth_status st = troth_rpc_binding_parse(text, &b);
    if (st) {
        fuzz_demand(st == TROTH_MALFORMED || st == TROTH_UNSUPPORTED);
        return;
    }
    fuzz_demand(b.host == b.text && memchr(b.text, 0, sizeof b.text));
    write_out(&b, again, sizeof again);
    fuzz_demand(!troth_rpc_binding_parse(again, &c));
    fuzz_demand(!strcmp(b.host, c.host) && b.port == c.port && b.type == c.type && b.level == c.level);
    fuzz_demand(b.datagram == c.datagram && b.has_object == c.has_object && troth_uuid_equal(&b.object, &c.object));
    fuzz_demand(b.ndr64 == c.ndr64 && b.no_header_signing == c.no_header_signing && b.mech == c.mech);
}

static void syntax(const char *text)
{
    troth_rpc_syntax a, b;
    char uuid[TROTH_UUID_TEXT], again[64];
    if (troth_rpc_syntax_parse(text, &a))
        return;
    troth_uuid_format(&a.uuid, uuid);
    snprintf(again, sizeof again, "%s@%u.%u", uuid, a.major, a.minor);
    fuzz_demand(!troth_rpc_syntax_parse(again, &b) && troth_rpc_syntax_equal(&a, &b));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *line = calloc(1, size + 1);
    if (!line)
        abort();
    if (size)
        memcpy(line, data, size);
    troth_rpc_level level;
    binding(line);
    syntax(line);
    if (troth_rpc_level_parse(line, &level))
        fuzz_demand(level >= TROTH_RPC_LEVEL_NONE && level <= TROTH_RPC_LEVEL_PRIVACY);
    free(line);
    return 0;
}
