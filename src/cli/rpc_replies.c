#include <cli/connect_rpc.h>
#include <inttypes.h>
#include <stdio.h>

/* What servers answer, read with distrust and printed: nothing of it reaches a terminal as a control. */

enum { NAME_MAX_CHARS = 512, INTERFACES_MAX = 4096 };

static void print_char(uint32_t c)
{
    if (c < 0x20 || c == 0x7f || (c >= 0xd800 && c <= 0xdfff) || (c >= 0x80 && c < 0xa0))
        putchar('?');
    else if (c < 0x80)
        putchar((int)c);
    else if (c < 0x800)
        printf("%c%c", (int)(0xc0 | c >> 6), (int)(0x80 | (c & 0x3f)));
    else
        printf("%c%c%c", (int)(0xe0 | c >> 12), (int)(0x80 | (c >> 6 & 0x3f)), (int)(0x80 | (c & 0x3f)));
}

/* A pointer to an RPC_UNICODE_STRING, possibly null at either level. [MS-DTYP 2.3.10] */
typedef struct name {
    const uint8_t *text;
    size_t n;
} name;

static name read_name(troth_ndr_in *in)
{
    name s = { NULL, 0 };
    if (!troth_ndr_get_pointer(in))
        return s;
    if (in->ndr64)
        troth_ndr_get_align(in, 8);
    uint16_t octets = troth_ndr_get_u16(in);
    (void)troth_ndr_get_u16(in);
    if (!troth_ndr_get_pointer(in) || in->st)
        return s;
    size_t max = troth_ndr_get_count(in, NAME_MAX_CHARS), offset = troth_ndr_get_count(in, 0);
    size_t n = troth_ndr_get_count(in, NAME_MAX_CHARS);
    if (in->st || offset || n > max || n != octets / 2u) {
        in->st = in->st ? in->st : TROTH_MALFORMED;
        return s;
    }
    s.text = troth_ndr_get_octets(in, 2 * n);
    s.n = in->st ? 0 : n;
    return s;
}

static void print_name(const name *s, bool be)
{
    for (size_t i = 0; i < s->n; i++) {
        const uint8_t *p = s->text + 2 * i;
        print_char(be ? (uint32_t)(p[0] << 8 | p[1]) : (uint32_t)(p[1] << 8 | p[0]));
    }
}

/* LsarGetUserName [MS-LSAT 3.1.4.2]: account, authority (a pointer to the pointer, unique), status. */
troth_status troth_cli_rpc_show_whoami(const troth_rpc_message *m)
{
    troth_ndr_in in = troth_ndr_in_of(m);
    name account = read_name(&in), authority = { NULL, 0 };
    if (troth_ndr_get_pointer(&in))
        authority = read_name(&in);
    uint32_t status = troth_ndr_get_u32(&in);
    troth_status st = troth_ndr_end(&in);
    if (st)
        return st;
    if (status) {
        fprintf(stderr, "troth connect: LsarGetUserName answered NTSTATUS 0x%08" PRIx32 "\n", status);
        return TROTH_PEER_REFUSED;
    }
    print_name(&authority, in.be);
    if (authority.n)
        putchar('\\');
    print_name(&account, in.be);
    putchar('\n');
    return TROTH_OK;
}

/* rpc__mgmt_inq_if_ids [C706 Q]: a pointer to a conformant vector of pointers to identifiers, and a status. */
troth_status troth_cli_rpc_show_interfaces(const troth_rpc_message *m)
{
    troth_ndr_in in = troth_ndr_in_of(m);
    size_t present = 0;
    if (troth_ndr_get_pointer(&in)) {
        size_t max = troth_ndr_get_count(&in, INTERFACES_MAX);
        uint32_t count = troth_ndr_get_u32(&in);
        if (in.st || count > max)
            return in.st ? in.st : TROTH_MALFORMED;
        for (uint32_t i = 0; i < count && !in.st; i++)
            present += troth_ndr_get_pointer(&in);
    }
    for (size_t i = 0; i < present && !in.st; i++) {
        char text[TROTH_UUID_TEXT];
        troth_uuid u = troth_ndr_get_uuid(&in);
        uint16_t major = troth_ndr_get_u16(&in), minor = troth_ndr_get_u16(&in);
        troth_uuid_format(&u, text);
        if (!in.st)
            printf("%s@%u.%u\n", text, major, minor);
    }
    uint32_t status = troth_ndr_get_u32(&in);
    troth_status st = troth_ndr_end(&in);
    if (!st && status) {
        fprintf(stderr, "troth connect: inq_if_ids answered status 0x%08" PRIx32 "\n", status);
        st = TROTH_PEER_REFUSED;
    }
    return st;
}

/* rpc__mgmt_is_server_listening [C706 Q]: a status and a boolean. */
troth_status troth_cli_rpc_show_listening(const troth_rpc_message *m)
{
    troth_ndr_in in = troth_ndr_in_of(m);
    uint32_t status = troth_ndr_get_u32(&in), listening = troth_ndr_get_u32(&in);
    troth_status st = troth_ndr_end(&in);
    if (st)
        return st;
    puts(!status && listening ? "listening" : "not listening");
    return status ? TROTH_PEER_REFUSED : TROTH_OK;
}

troth_status troth_cli_rpc_show_echo(const troth_rpc_message *m, uint64_t n)
{
    troth_ndr_in in = troth_ndr_in_of(m);
    size_t count = troth_ndr_get_count(&in, (size_t)n);
    const uint8_t *octets = in.st || count != n ? NULL : troth_ndr_get_octets(&in, count);
    if (!octets)
        return in.st ? in.st : TROTH_MALFORMED;
    return fwrite(octets, 1, count, stdout) == count ? TROTH_OK : TROTH_IO;
}

void troth_cli_rpc_show_entry(void *self, const troth_rpc_epm_entry *e)
{
    static const troth_uuid nil;
    char text[TROTH_UUID_TEXT];
    (void)self;
    troth_uuid_format(&e->syntax.uuid, text);
    printf("%s@%u.%u", text, e->syntax.major, e->syntax.minor);
    if (e->port)
        printf("  ncacn_ip_tcp:%u.%u.%u.%u[%u]", e->host[0], e->host[1], e->host[2], e->host[3], e->port);
    if (!troth_uuid_equal(&e->object, &nil)) {
        troth_uuid_format(&e->object, text);
        printf("  object %s", text);
    }
    if (e->annotation && *e->annotation) {
        printf("  ");
        for (const char *c = e->annotation; *c; c++)
            print_char((unsigned char)*c < 0x80 ? (unsigned char)*c : '?');
    }
    putchar('\n');
}

troth_status troth_cli_rpc_show_stub(const troth_rpc_message *m, bool raw)
{
    if (raw)
        return fwrite(m->stub.data, 1, m->stub.len, stdout) == m->stub.len ? TROTH_OK : TROTH_IO;
    for (size_t i = 0; i < m->stub.len; i++)
        printf("%02x", m->stub.data[i]);
    putchar('\n');
    return TROTH_OK;
}
