/* X.501 names in words. [RFC 2253; X.520] */
#include <csiv2/names.h>
#include <der/der.h>
#include <string.h>

enum { SET = 0x31, PAIRS_MAX = 64 };
enum {
    NUMERIC = 0x12,
    PRINTABLE = 0x13,
    T61 = 0x14,
    IA5 = 0x16,
    VISIBLE = 0x1a,
    UNIVERSAL = 0x1c,
    BMP = 0x1e,
    UTF8 = 0x0c
};

/* An AttributeTypeAndValue. */
typedef struct dn_pair {
    troth_oid type;
    uint8_t tag;
    troth_bytes value, whole; /* contents, and the element with its head */
    bool joined;              /* the one in front of it is of the same RDN */
} dn_pair;

typedef struct dn_keyword {
    const char *oid; /* contents octets */
    const char *word;
} dn_keyword;

/* Those that RFC 2253 and common certificates use; others are written as numbers. */
static const dn_keyword keywords[] = {
    { "\x55\x04\x03", "CN" },                                   /* 2.5.4.3 */
    { "\x55\x04\x04", "SN" },                                   /* 2.5.4.4 */
    { "\x55\x04\x05", "serialNumber" },                         /* 2.5.4.5 */
    { "\x55\x04\x06", "C" },                                    /* 2.5.4.6 */
    { "\x55\x04\x07", "L" },                                    /* 2.5.4.7 */
    { "\x55\x04\x08", "ST" },                                   /* 2.5.4.8 */
    { "\x55\x04\x09", "street" },                               /* 2.5.4.9 */
    { "\x55\x04\x0a", "O" },                                    /* 2.5.4.10 */
    { "\x55\x04\x0b", "OU" },                                   /* 2.5.4.11 */
    { "\x55\x04\x0c", "title" },                                /* 2.5.4.12 */
    { "\x55\x04\x2a", "GN" },                                   /* 2.5.4.42 */
    { "\x55\x04\x2b", "initials" },                             /* 2.5.4.43 */
    { "\x55\x04\x2c", "generationQualifier" },                  /* 2.5.4.44 */
    { "\x55\x04\x2e", "dnQualifier" },                          /* 2.5.4.46 */
    { "\x55\x04\x41", "pseudonym" },                            /* 2.5.4.65 */
    { "\x09\x92\x26\x89\x93\xf2\x2c\x64\x01\x01", "UID" },      /* 0.9.2342.19200300.100.1.1 */
    { "\x09\x92\x26\x89\x93\xf2\x2c\x64\x01\x19", "DC" },       /* 0.9.2342.19200300.100.1.25 */
    { "\x2a\x86\x48\x86\xf7\x0d\x01\x09\x01", "emailAddress" }, /* 1.2.840.113549.1.9.1 */
};

static const char *keyword_of(troth_oid type)
{
    for (size_t i = 0; i < sizeof keywords / sizeof *keywords; i++) {
        const char *oid = keywords[i].oid;
        if (troth_oid_equal(type, (troth_oid){ (const uint8_t *)oid, strlen(oid) }))
            return keywords[i].word;
    }
    return NULL;
}

static troth_status read_pairs(troth_bytes dn, dn_pair *ret, size_t *ret_n)
{
    troth_reader r = troth_reader_of(dn.data, dn.len, TROTH_BE);
    troth_reader name = troth_der_open(&r, TROTH_DER_SEQUENCE);
    size_t n = 0;
    while (!name.st && troth_read_left(&name)) {
        troth_reader rdn = troth_der_open(&name, SET);
        for (bool joined = false; !rdn.st && troth_read_left(&rdn); joined = true) {
            if (n == PAIRS_MAX)
                return TROTH_LIMIT;
            troth_reader pair = troth_der_open(&rdn, TROTH_DER_SEQUENCE);
            dn_pair *p = &ret[n++];
            p->joined = joined;
            p->type = troth_oid_read(&pair);
            p->tag = troth_der_peek(&pair);
            p->whole = (troth_bytes){ pair.at, troth_read_left(&pair) };
            p->value = troth_der_read_bytes(&pair, p->tag);
            if (troth_read_end(&pair))
                return TROTH_MALFORMED;
        }
        if (rdn.st)
            return TROTH_MALFORMED;
    }
    *ret_n = n;
    return name.st ? TROTH_MALFORMED : TROTH_OK;
}

static void put_utf8(troth_writer *w, uint32_t c)
{
    if (c < 0x80) {
        troth_write_u8(w, (uint8_t)c);
        return;
    }
    unsigned more = c < 0x800 ? 1 : c < 0x10000 ? 2 : 3;
    static const uint8_t lead[] = { 0, 0xc0, 0xe0, 0xf0 };
    troth_write_u8(w, (uint8_t)(lead[more] | c >> 6 * more));
    while (more--)
        troth_write_u8(w, (uint8_t)(0x80 | (c >> 6 * more & 0x3f)));
}

static void put_hex(troth_writer *w, uint8_t octet)
{
    static const char digits[] = "0123456789ABCDEF";
    troth_write_u8(w, (uint8_t)digits[octet >> 4]);
    troth_write_u8(w, (uint8_t)digits[octet & 15]);
}

/* [RFC 2253 2.4] */
static void put_char(troth_writer *w, uint32_t c, bool first, bool last)
{
    if (c < 0x20 || c == 0x7f) {
        troth_write_u8(w, '\\');
        put_hex(w, (uint8_t)c);
        return;
    }
    if ((c < 0x80 && strchr(",+\"\\<>;", (int)c)) || (first && (c == ' ' || c == '#')) || (last && c == ' '))
        troth_write_u8(w, '\\');
    put_utf8(w, c);
}

/* Octets of a character, 0 = no text. */
static size_t width_of(uint8_t tag)
{
    switch (tag) {
    case NUMERIC:
    case PRINTABLE:
    case T61:
    case IA5:
    case VISIBLE:
    case UTF8:
        return 1;
    case BMP:
        return 2;
    case UNIVERSAL:
        return 4;
    default:
        return 0;
    }
}

/* Text of a fixed width becomes UTF-8 by character; UTF-8 stays, octet by octet. */
static troth_status put_text(troth_writer *w, const dn_pair *p, size_t width)
{
    if (p->value.len % width || (p->tag == UTF8 && !troth_csi_text_valid(p->value)))
        return TROTH_MALFORMED;
    for (size_t i = 0; i < p->value.len; i += width) {
        uint32_t c = 0;
        for (size_t k = 0; k < width; k++)
            c = c << 8 | p->value.data[i + k];
        bool ascii_only = p->tag != UTF8 && p->tag != T61 && width == 1;
        if (!c || c > 0x10ffff || (c >= 0xd800 && c < 0xe000) || (ascii_only && c >= 0x80))
            return TROTH_MALFORMED;
        if (p->tag == UTF8 && c >= 0x80)
            troth_write_u8(w, (uint8_t)c);
        else
            put_char(w, c, !i, i + width == p->value.len);
    }
    return TROTH_OK;
}

static troth_status put_pair(troth_writer *w, const dn_pair *p)
{
    char oid[128];
    const char *word = keyword_of(p->type);
    troth_status st = troth_oid_format(p->type, oid, sizeof oid);
    if (st)
        return st;
    const char *type = word ? word : oid;
    troth_write_bytes(w, type, strlen(type));
    troth_write_u8(w, '=');
    size_t width = word ? width_of(p->tag) : 0;
    if (width)
        return put_text(w, p, width);
    troth_write_u8(w, '#');
    for (size_t i = 0; i < p->whole.len; i++)
        put_hex(w, p->whole.data[i]);
    return TROTH_OK;
}

troth_status troth_csi_dn_write(troth_writer *w, troth_bytes dn)
{
    dn_pair pairs[PAIRS_MAX];
    size_t n = 0;
    troth_status st = read_pairs(dn, pairs, &n);
    for (size_t i = n; !st && i--;) { /* the last one first [RFC 2253 2.1] */
        st = put_pair(w, &pairs[i]);
        if (i)
            troth_write_u8(w, pairs[i].joined ? '+' : ',');
    }
    return st ? st : w->st;
}
