#include <giop/giop.h>
#include <string.h>

enum {
    FLAG_LITTLE = 1,
    FLAG_MORE = 2,
    FLAGS_COMPRESSED = 0x0c, /* ZIOP */
    AT_SIZE = 8
};

static const uint8_t magic[4] = { 'G', 'I', 'O', 'P' };

/* Whether the first octets can begin a header at all: a foreign protocol is refused before 12 octets of it came. */
static bool begins(const troth_reader *r)
{
    size_t n = troth_read_left(r);
    return !memcmp(r->at, magic, n < sizeof magic ? n : sizeof magic);
}

/* Fragments came with 1.1; a message of 1.0 is never one, and has octet 6 as a boolean. */
static bool possible(const troth_giop_hdr *h, uint8_t flags)
{
    if (h->type > TROTH_GIOP_FRAGMENT || (h->minor == 0 && (flags > 1 || h->type == TROTH_GIOP_FRAGMENT)))
        return false;
    if (h->type == TROTH_GIOP_CLOSE_CONNECTION || h->type == TROTH_GIOP_MESSAGE_ERROR)
        return !h->size && !h->more;
    bool may_continue = h->type == TROTH_GIOP_REQUEST || h->type == TROTH_GIOP_REPLY || h->type == TROTH_GIOP_FRAGMENT;
    if (h->minor >= 2)
        may_continue |= h->type == TROTH_GIOP_LOCATE_REQUEST || h->type == TROTH_GIOP_LOCATE_REPLY;
    return !h->more || may_continue;
}

troth_status troth_giop_hdr_read(troth_reader *in, uint32_t max, troth_giop_hdr *ret)
{
    troth_reader r = *in; /* a copy: nothing moves unless all of it is right */
    if (!begins(&r))
        return TROTH_MALFORMED;
    troth_giop_hdr h = { 0 };
    (void)troth_read_bytes(&r, sizeof magic); /*  0  magic         */
    h.major = troth_read_u8(&r);              /*  4  GIOP_version  */
    h.minor = troth_read_u8(&r);
    uint8_t flags = troth_read_u8(&r); /*  6  flags         */
    h.type = troth_read_u8(&r);        /*  7  message_type  */
    h.order = r.order = flags & FLAG_LITTLE ? TROTH_LE : TROTH_BE;
    h.more = h.minor > 0 && (flags & FLAG_MORE);
    h.size = troth_read_u32(&r); /*  8  message_size  */
    if (r.st)
        return r.st;
    if (h.major != 1 || h.minor > 2 || (h.minor > 0 && (flags & FLAGS_COMPRESSED))) {
        *ret = h;
        return TROTH_UNSUPPORTED;
    }
    if (!possible(&h, flags))
        return TROTH_MALFORMED;
    *ret = h;
    if (max < TROTH_GIOP_HDR || h.size > max - TROTH_GIOP_HDR)
        return TROTH_LIMIT;
    *in = r;
    return TROTH_OK;
}

void troth_giop_hdr_write(troth_writer *w, uint8_t minor, uint8_t type, bool more)
{
    troth_write_bytes(w, magic, sizeof magic);
    troth_write_u8(w, 1);
    troth_write_u8(w, minor);
    troth_write_u8(w, (uint8_t)((w->order == TROTH_LE ? FLAG_LITTLE : 0) | (more ? FLAG_MORE : 0)));
    troth_write_u8(w, type);
    troth_write_u32(w, 0);
}

void troth_giop_finish(troth_writer *w, size_t start)
{
    if (w->st)
        return;
    size_t n = w->len - start - TROTH_GIOP_HDR;
    if (n > UINT32_MAX)
        troth_write_fail(w, TROTH_LIMIT);
    troth_write_patch32(w, start + AT_SIZE, (uint32_t)n);
}

const char *troth_giop_type_name(uint8_t type)
{
    static const char *const names[] = { "Request",     "Reply",           "CancelRequest", "LocateRequest",
                                         "LocateReply", "CloseConnection", "MessageError",  "Fragment" };
    return type < sizeof names / sizeof *names ? names[type] : "unknown";
}
