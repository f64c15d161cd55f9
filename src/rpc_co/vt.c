#include <rpc_co/pdu.h>
#include <string.h>

enum {
    BITMASK_1 = 0x0001, /* SEC_VT_COMMAND_... [MS-RPCE 2.2.2.13] */
    PCONTEXT = 0x0002,
    HEADER2 = 0x0003,
    END = 0x4000,
    MUST_PROCESS = 0x8000,
    KIND = 0x3fff,
    BITMASK_LEN = 4,
    PCONTEXT_LEN = 40,
    HEADER2_LEN = 16,
    WINDOW = 1024 /* octets at a stub's end in which one is looked for, as peers do */
};

static const uint8_t magic[8] = { 0x8a, 0xe3, 0x13, 0x71, 0x02, 0xf4, 0x36, 0x71 };

/* Note a command as seen: false when it was there before, or its length is another. */
static bool first_of(bool *has, const troth_reader *c, size_t length)
{
    bool first = !*has && troth_read_left(c) == length;
    *has = true;
    return first;
}

static void header2_read(troth_reader *c, troth_co_vt *v)
{
    v->ptype = troth_read_u8(c);
    (void)troth_read_bytes(c, 3); /* Reserved1, Reserved2 */
    const uint8_t *drep = troth_read_bytes(c, sizeof v->drep);
    if (drep)
        memcpy(v->drep, drep, sizeof v->drep);
    v->call_id = troth_read_u32(c);
    v->p_cont_id = troth_read_u16(c);
    v->opnum = troth_read_u16(c);
}

/* One command, c limited to its length. */
static troth_status command_read(unsigned command, troth_reader *c, troth_co_vt *v)
{
    bool fits = true;
    switch (command & KIND) {
    case BITMASK_1:
        fits = first_of(&v->has_bitmask, c, BITMASK_LEN);
        v->bitmask = troth_read_u32(c);
        break;
    case PCONTEXT:
        fits = first_of(&v->has_pcontext, c, PCONTEXT_LEN);
        v->abstract = troth_co_syntax_read(c);
        v->transfer = troth_co_syntax_read(c);
        break;
    case HEADER2:
        fits = first_of(&v->has_header2, c, HEADER2_LEN);
        header2_read(c, v);
        break;
    default:
        fits = !(command & MUST_PROCESS);
        break;
    }
    return fits ? TROTH_OK : TROTH_MALFORMED;
}

/* The commands behind a signature; the one marked as the last must end the stub. */
static troth_status commands_read(troth_reader *r, troth_co_vt *v)
{
    unsigned command;
    do {
        command = troth_read_u16(r);
        uint16_t length = troth_read_u16(r);
        if (r->st || length % 4)
            return TROTH_MALFORMED;
        troth_reader c = troth_read_sub(r, length);
        troth_status st = c.st ? TROTH_MALFORMED : command_read(command, &c, v);
        if (st)
            return st;
    } while (!(command & END));
    return troth_read_left(r) ? TROTH_MALFORMED : TROTH_OK;
}

troth_status troth_co_vt_read(troth_bytes stub, troth_co_vt *ret)
{
    size_t at = stub.len > WINDOW ? (stub.len - WINDOW + 3) & ~(size_t)3 : 0;
    troth_status st = TROTH_OK;
    for (; stub.len >= sizeof magic && at <= stub.len - sizeof magic; at += 4) {
        if (memcmp(stub.data + at, magic, sizeof magic) != 0)
            continue;
        troth_co_vt v = { .found = true, .at = at };
        troth_reader r = troth_reader_of(stub.data + at, stub.len - at, TROTH_LE);
        (void)troth_read_bytes(&r, sizeof magic);
        st = commands_read(&r, &v);
        if (!st) {
            *ret = v;
            return TROTH_OK;
        }
    }
    if (!st)
        *ret = (troth_co_vt){ .at = stub.len };
    return st;
}

/* The header of a command; the last of those that v has is marked. */
static void command_write(troth_writer *w, unsigned kind, uint16_t length, bool last)
{
    troth_write_u16(w, (uint16_t)(last ? kind | END : kind));
    troth_write_u16(w, length);
}

void troth_co_vt_write(troth_writer *w, size_t stub_len, const troth_co_vt *v)
{
    if (!v->has_bitmask && !v->has_pcontext && !v->has_header2)
        return;
    troth_order order = w->order;
    w->order = TROTH_LE; /* whatever the PDU's */
    troth_write_zeros(w, -stub_len & 3);
    troth_write_bytes(w, magic, sizeof magic);
    if (v->has_bitmask) {
        command_write(w, BITMASK_1, BITMASK_LEN, !v->has_pcontext && !v->has_header2);
        troth_write_u32(w, v->bitmask);
    }
    if (v->has_pcontext) {
        command_write(w, PCONTEXT, PCONTEXT_LEN, !v->has_header2);
        troth_co_syntax_write(w, &v->abstract);
        troth_co_syntax_write(w, &v->transfer);
    }
    if (v->has_header2) {
        command_write(w, HEADER2, HEADER2_LEN, true);
        troth_write_u8(w, v->ptype);
        troth_write_zeros(w, 3);
        troth_write_bytes(w, v->drep, sizeof v->drep);
        troth_write_u32(w, v->call_id);
        troth_write_u16(w, v->p_cont_id);
        troth_write_u16(w, v->opnum);
    }
    w->order = order;
}
