/* One line of a store. */
#include <csiv2/base64.h>
#include <csiv2/gssup_store.h>
#include <csiv2/names.h>
#include <string.h>

troth_status troth_gssup_name_write(troth_writer *w, troth_bytes text)
{
    troth_csi_scoped_name s;
    uint8_t plain[TROTH_CSI_NAME_MAX];
    troth_status st = troth_csi_scoped_name_read(text, &s);
    if (st)
        return st;
    if (!s.name.len)
        return TROTH_MALFORMED;
    troth_writer part = troth_writer_over(plain, sizeof plain, w->order);
    troth_csi_unescape(&part, s.name);
    troth_csi_escape(w, (troth_bytes){ plain, part.len });
    if (!s.scope.len)
        return w->st;
    troth_writer_reset(&part);
    troth_csi_unescape(&part, s.scope);
    troth_write_u8(w, '@');
    troth_csi_escape(w, (troth_bytes){ plain, part.len });
    return w->st;
}

/* Take what stands in front of the first c, which is passed over; false = there is no c. */
static bool until(troth_bytes *text, char c, troth_bytes *ret)
{
    const uint8_t *at = text->len ? memchr(text->data, c, text->len) : NULL;
    if (!at)
        return false;
    *ret = (troth_bytes){ text->data, (size_t)(at - text->data) };
    *text = (troth_bytes){ at + 1, text->len - ret->len - 1 };
    return true;
}

static bool is(troth_bytes text, const char *word)
{
    return text.len == strlen(word) && !memcmp(text.data, word, text.len);
}

/* "ln=15": at most four digits, no zeros in front. */
static bool number(troth_bytes text, const char *name, uint32_t *ret)
{
    troth_bytes key;
    uint32_t v = 0;
    if (!until(&text, '=', &key) || !is(key, name) || !text.len || text.len > 4 || text.data[0] == '0')
        return false;
    for (size_t i = 0; i < text.len; i++) {
        if (text.data[i] < '0' || text.data[i] > '9')
            return false;
        v = v * 10 + (uint32_t)(text.data[i] - '0');
    }
    *ret = v;
    return true;
}

static troth_status octets(troth_bytes text, uint8_t *out, size_t least, size_t cap, uint8_t *ret_len)
{
    size_t n = 0;
    troth_status st = troth_base64_read(text, out, cap, &n);
    if (st)
        return st;
    *ret_len = (uint8_t)n;
    return n < least ? TROTH_LIMIT : TROTH_OK;
}

troth_status troth_gssup_hash_read(troth_bytes text, troth_gssup_hash *ret)
{
    troth_bytes nothing, scheme, costs, salt, ln, r;
    troth_gssup_hash h = { 0 };
    if (!until(&text, '$', &nothing) || nothing.len || !until(&text, '$', &scheme) || !is(scheme, "scrypt") ||
        !until(&text, '$', &costs) || !until(&text, '$', &salt))
        return TROTH_MALFORMED;
    if (!until(&costs, ',', &ln) || !until(&costs, ',', &r) || !number(ln, "ln", &h.cost.ln) ||
        !number(r, "r", &h.cost.r) || !number(costs, "p", &h.cost.p))
        return TROTH_MALFORMED;
    troth_status st = octets(salt, h.salt, TROTH_GSSUP_SALT_MIN, sizeof h.salt, &h.n_salt);
    if (!st)
        st = octets(text, h.hash, TROTH_GSSUP_HASH_MIN, sizeof h.hash, &h.n_hash);
    if (!st && !troth_scrypt_bounded(h.cost))
        st = TROTH_LIMIT;
    if (!st)
        *ret = h;
    troth_wipe(&h, sizeof h);
    return st;
}

static void write_number(troth_writer *w, const char *name, uint32_t v)
{
    char digits[10];
    size_t n = 0;
    do
        digits[n++] = (char)('0' + v % 10);
    while (v /= 10);
    troth_write_bytes(w, name, strlen(name));
    while (n)
        troth_write_u8(w, (uint8_t)digits[--n]);
}

void troth_gssup_hash_write(troth_writer *w, const troth_gssup_hash *h)
{
    write_number(w, "$scrypt$ln=", h->cost.ln);
    write_number(w, ",r=", h->cost.r);
    write_number(w, ",p=", h->cost.p);
    troth_write_u8(w, '$');
    troth_base64_write(w, (troth_bytes){ h->salt, h->n_salt });
    troth_write_u8(w, '$');
    troth_base64_write(w, (troth_bytes){ h->hash, h->n_hash });
}

troth_status troth_gssup_line_read(troth_bytes line, troth_bytes *ret_name, troth_gssup_hash *ret_hash,
                                   const char **ret_what)
{
    const char *what = NULL;
    troth_bytes name = { 0 };
    if (line.len && line.data[0] != '#') {
        uint8_t form[2 * TROTH_CSI_NAME_MAX];
        troth_writer w = troth_writer_over(form, sizeof form, TROTH_LE);
        troth_status st;
        if (line.len > TROTH_GSSUP_LINE_MAX)
            what = "the line is too long";
        else if (memchr(line.data, 0, line.len))
            what = "a NUL in the line";
        else if (!until(&line, ':', &name))
            what = "not of the form user:$scrypt$ln=...,r=...,p=...$SALT$HASH";
        else if (troth_gssup_name_write(&w, name))
            what = "the user name cannot be used";
        else if ((st = troth_gssup_hash_read(line, ret_hash)) != TROTH_OK)
            what = st == TROTH_LIMIT ? "costs, salt or hash are out of bounds"
                                     : "the hash is not of the form $scrypt$ln=...,r=...,p=...$SALT$HASH";
    }
    if (what)
        *ret_what = what;
    else
        *ret_name = name;
    return what ? TROTH_BAD_CONFIG : TROTH_OK;
}

bool troth_gssup_line_next(troth_bytes *text, troth_bytes *ret_line)
{
    if (!text->len)
        return false;
    troth_bytes line;
    if (!until(text, '\n', &line)) {
        line = *text;
        *text = (troth_bytes){ 0 };
    }
    if (line.len && line.data[line.len - 1] == '\r')
        line.len--;
    *ret_line = line;
    return true;
}
