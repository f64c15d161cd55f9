/*
 * Protocol towers [C706 L, I]: a count, then for each floor a left hand side (protocol identifier and its data) and a
 * right hand side (address data), both with their lengths in front. All little-endian, but TCP's port and IP's address.
 */
#include <rpc/builtin.h>

enum {
    FLOORS_MAX = 6, /* MS-RPCE 3.1.3.5.3 */
    PROTOCOL_TCP = 0x07,
    PROTOCOL_IP = 0x09,
    PROTOCOL_NCACN = 0x0b,
    PROTOCOL_UUID = 0x0d,
    LHS_UUID_LEN = 19
};

typedef struct tower_floor {
    uint8_t protocol;
    troth_reader lhs, rhs; /* lhs stands behind the protocol identifier */
} tower_floor;

static tower_floor read_floor(troth_reader *r)
{
    tower_floor f;
    f.lhs = troth_read_sub(r, troth_read_u16(r));
    f.rhs = troth_read_sub(r, troth_read_u16(r));
    f.protocol = troth_read_u8(&f.lhs);
    if (!r->st && f.lhs.st) /* a floor without a protocol identifier */
        troth_read_fail(r, TROTH_MALFORMED);
    return f;
}

/* Floors 1 and 2: UUID and major version left, minor version right. */
static troth_status read_syntax(const tower_floor *f, troth_rpc_syntax *ret)
{
    if (f->protocol != PROTOCOL_UUID)
        return TROTH_UNSUPPORTED;
    troth_reader lhs = f->lhs, rhs = f->rhs;
    troth_rpc_syntax s;
    s.uuid = troth_uuid_read(&lhs);
    s.major = troth_read_u16(&lhs);
    s.minor = troth_read_u16(&rhs);
    if (troth_read_end(&lhs) || troth_read_end(&rhs))
        return TROTH_MALFORMED;
    *ret = s;
    return TROTH_OK;
}

/* Floor 3 has the protocol's minor version on its right, which tells nothing. */
static troth_status read_addresses(const tower_floor *f, troth_rpc_tower *t)
{
    if (f[2].protocol != PROTOCOL_NCACN || f[3].protocol != PROTOCOL_TCP || f[4].protocol != PROTOCOL_IP)
        return TROTH_UNSUPPORTED;
    troth_reader version = f[2].rhs, port = f[3].rhs, host = f[4].rhs;
    (void)troth_read_u16(&version);
    port.order = TROTH_BE;
    t->port = troth_read_u16(&port);
    for (size_t i = 0; i < sizeof t->host; i++)
        t->host[i] = troth_read_u8(&host);
    if (troth_read_end(&version) || troth_read_end(&port) || troth_read_end(&host))
        return TROTH_MALFORMED;
    return TROTH_OK;
}

/* Read all floors; only the first FLOORS_MAX are kept. */
static troth_status read_floors(troth_bytes octets, tower_floor floors[FLOORS_MAX], size_t *ret_n)
{
    troth_reader r = troth_reader_of(octets.data, octets.len, TROTH_LE);
    size_t n = troth_read_u16(&r);
    for (size_t i = 0; i < n && !r.st; i++) {
        tower_floor f = read_floor(&r);
        if (i < FLOORS_MAX)
            floors[i] = f;
    }
    troth_status st = troth_read_end(&r);
    if (!st)
        *ret_n = n;
    return st;
}

troth_status troth_rpc_tower_interface(troth_bytes octets, troth_rpc_syntax *ret)
{
    tower_floor floors[FLOORS_MAX];
    size_t n = 0;
    troth_status st = read_floors(octets, floors, &n);
    if (st)
        return st;
    return n ? read_syntax(&floors[0], ret) : TROTH_UNSUPPORTED;
}

troth_status troth_rpc_tower_read(troth_bytes octets, troth_rpc_tower *ret)
{
    tower_floor floors[FLOORS_MAX];
    size_t n = 0;
    troth_status st = read_floors(octets, floors, &n);
    if (st)
        return st;
    if (n != 5)
        return TROTH_UNSUPPORTED;
    troth_rpc_tower t = { 0 };
    st = read_syntax(&floors[0], &t.interface_id);
    if (!st)
        st = read_syntax(&floors[1], &t.transfer);
    if (!st)
        st = read_addresses(floors, &t);
    if (!st)
        *ret = t;
    return st;
}

static void write_syntax(troth_writer *w, const troth_rpc_syntax *s)
{
    troth_write_u16(w, LHS_UUID_LEN);
    troth_write_u8(w, PROTOCOL_UUID);
    troth_uuid_write(w, &s->uuid);
    troth_write_u16(w, s->major);
    troth_write_u16(w, 2);
    troth_write_u16(w, s->minor);
}

static void write_protocol(troth_writer *w, uint8_t protocol, uint16_t n_rhs)
{
    troth_write_u16(w, 1);
    troth_write_u8(w, protocol);
    troth_write_u16(w, n_rhs);
}

void troth_rpc_tower_write(troth_writer *w, const troth_rpc_tower *t)
{
    troth_order order = w->order;
    w->order = TROTH_LE;
    troth_write_u16(w, 5);
    write_syntax(w, &t->interface_id);
    write_syntax(w, &t->transfer);
    write_protocol(w, PROTOCOL_NCACN, 2);
    troth_write_u16(w, 0);
    write_protocol(w, PROTOCOL_TCP, 2);
    troth_write_u8(w, (uint8_t)(t->port >> 8));
    troth_write_u8(w, (uint8_t)t->port);
    write_protocol(w, PROTOCOL_IP, sizeof t->host);
    troth_write_bytes(w, t->host, sizeof t->host);
    w->order = order;
}
