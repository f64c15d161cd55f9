#include <arpa/inet.h>
#include <cli/wire.h>
#include <string.h>
#include <troth/rpc.h>

static const troth_cli_wire wires[] = { { "nns", false, false }, { "net.tcp", true, false }, { "rpc", false, true } };

const troth_cli_word troth_cli_levels[] = {
    { "none", TROTH_LEVEL_NONE }, { "sign", TROTH_LEVEL_SIGN }, { "encrypt", TROTH_LEVEL_ENCRYPT }, { NULL, 0 }
};
const troth_cli_word troth_cli_impersonations[] = {
    { "identify", TROTH_IDENTIFY }, { "impersonate", TROTH_IMPERSONATE }, { "delegate", TROTH_DELEGATION }, { NULL, 0 }
};

const troth_cli_word troth_cli_rpc_levels[] = { { "none", TROTH_LEVEL_NONE },
                                                { "sign", TROTH_LEVEL_SIGN },
                                                { "encrypt", TROTH_LEVEL_ENCRYPT },
                                                { "connect", TROTH_CLI_RPC_LEVEL + TROTH_RPC_LEVEL_CONNECT },
                                                { "packet", TROTH_CLI_RPC_LEVEL + TROTH_RPC_LEVEL_PKT },
                                                { "integrity", TROTH_CLI_RPC_LEVEL + TROTH_RPC_LEVEL_INTEGRITY },
                                                { "privacy", TROTH_CLI_RPC_LEVEL + TROTH_RPC_LEVEL_PRIVACY },
                                                { NULL, 0 } };

int troth_cli_rpc_level(int value)
{
    static const int plain[] = { TROTH_RPC_LEVEL_NONE, TROTH_RPC_LEVEL_INTEGRITY, TROTH_RPC_LEVEL_PRIVACY };
    return value < TROTH_CLI_RPC_LEVEL ? plain[value] : value - TROTH_CLI_RPC_LEVEL;
}

const troth_cli_wire *troth_cli_wire_find(const char *name)
{
    for (size_t i = 0; i < sizeof wires / sizeof *wires; i++) {
        if (strcmp(wires[i].name, name) == 0)
            return &wires[i];
    }
    return NULL;
}

troth_status troth_cli_wire_new(const troth_cli_wire *w, troth_role role, const troth_nns_options *o, const char *via,
                                uint64_t now, troth_endpoint **ret)
{
    if (!w->nettcp)
        return role == TROTH_INITIATOR ? troth_nns_client_new(o, now, ret) : troth_nns_server_new(o, now, ret);
    troth_nettcp_options n = { .nns = *o, .via = via };
    return role == TROTH_INITIATOR ? troth_nettcp_client_new(&n, now, ret) : troth_nettcp_server_new(&n, now, ret);
}

bool troth_cli_host_of(const char *address, char ret[TROTH_CLI_HOST_MAX])
{
    const char *from = address, *end;
    if (*address == '[') {
        from++;
        end = strchr(from, ']');
        if (!end || end[1] != ':')
            return false;
    } else {
        end = strchr(address, ':');
        if (!end || strchr(end + 1, ':')) /* an IPv6 address without brackets cannot be told from its port */
            return false;
    }
    size_t len = (size_t)(end - from);
    if (len == 0 || len >= TROTH_CLI_HOST_MAX)
        return false;
    memcpy(ret, from, len);
    ret[len] = 0;
    return true;
}

bool troth_cli_is_local(const char *address)
{
    char host[TROTH_CLI_HOST_MAX];
    struct in_addr v4;
    struct in6_addr v6;
    if (strncmp(address, "unix:", 5) == 0)
        return true;
    if (!troth_cli_host_of(address, host))
        return false;
    if (strcasecmp(host, "localhost") == 0)
        return true;
    if (inet_pton(AF_INET, host, &v4) == 1)
        return (ntohl(v4.s_addr) >> 24) == 127;
    return inet_pton(AF_INET6, host, &v6) == 1 && IN6_IS_ADDR_LOOPBACK(&v6);
}
