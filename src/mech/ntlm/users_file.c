/* Reading a file in smbpasswd form. The octets pass through wiped buffers only. */
#include <errno.h>
#include <mech/ntlm/users.h>
#include <string.h>
#include <unistd.h>

enum { LINE_OCTETS = 1024 };

typedef struct loader {
    troth_cred *cred;
    const char *path;
    troth_ntlm_users *users;
    unsigned line;
} loader;

static troth_status complain(const loader *l, const char *what)
{
    troth_cred_complain(l->cred, l->path, l->line, what);
    return TROTH_BAD_CONFIG;
}

/* The next field up to ':'; false at the end of the line. */
static bool field(troth_bytes *rest, troth_bytes *ret)
{
    const uint8_t *colon = rest->len ? memchr(rest->data, ':', rest->len) : NULL;
    if (!colon)
        return false;
    *ret = (troth_bytes){ rest->data, (size_t)(colon - rest->data) };
    rest->len -= ret->len + 1;
    rest->data = colon + 1;
    return true;
}

static int nibble(uint8_t c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool hash_of(troth_bytes text, uint8_t ret[16])
{
    for (size_t i = 0; i < 32; i++) {
        int v = nibble(text.data[i]);
        if (v < 0)
            return false;
        ret[i / 2] = (uint8_t)(i % 2 ? ret[i / 2] | v : v << 4);
    }
    return true;
}

/* What stands where a hash could: X's, or the words of an account without a password. */
static bool no_hash(troth_bytes text)
{
    static const char words[] = "NO PASSWORD";
    size_t at = !memcmp(text.data, words, sizeof words - 1) ? sizeof words - 1 : 0;
    for (; at < text.len; at++)
        if (text.data[at] != 'X' && text.data[at] != '*')
            return false;
    return true;
}

static bool all_digits(troth_bytes text)
{
    for (size_t i = 0; i < text.len; i++)
        if (text.data[i] < '0' || text.data[i] > '9')
            return false;
    return text.len > 0;
}

static bool has(troth_bytes text, char c)
{
    return memchr(text.data, c, text.len) != NULL;
}

static troth_status take_line(const loader *l, troth_bytes line)
{
    troth_bytes name, uid, lm, nt, flags;
    uint8_t hash[16] = { 0 }, ignored[16];
    if (!line.len || line.data[0] == '#')
        return TROTH_OK;
    if (memchr(line.data, 0, line.len))
        return complain(l, "a NUL in the line");
    if (!field(&line, &name) || !field(&line, &uid) || !field(&line, &lm) || !field(&line, &nt) ||
        !field(&line, &flags))
        return complain(l, "not of the form name:uid:LMHASH:NTHASH:[flags]:LCT-time:");
    if (!all_digits(uid))
        return complain(l, "the uid is not a number");
    if (lm.len != 32 || !(hash_of(lm, ignored) || no_hash(lm)))
        return complain(l, "the LM hash is neither 32 hexadecimal digits nor 32 X");
    bool known = nt.len == 32 && hash_of(nt, hash);
    if (nt.len != 32 || !(known || no_hash(nt)))
        return complain(l, "the NT hash is neither 32 hexadecimal digits nor 32 X");
    if (flags.len < 2 || flags.data[0] != '[' || flags.data[flags.len - 1] != ']')
        return complain(l, "the account flags are not in brackets");
    bool usable = known && has(flags, 'U') && !has(flags, 'D') && !has(flags, 'N');
    troth_status st = troth_ntlm_users_add(l->cred->env, l->users, name, hash, usable);
    troth_wipe(hash, sizeof hash);
    troth_wipe(ignored, sizeof ignored);
    if (st == TROTH_BAD_CONFIG)
        return complain(l, "the account stands twice in the file");
    return st && st != TROTH_NO_MEMORY ? complain(l, "the account name cannot be used") : st;
}

/* Take all whole lines at the front of n octets; ret_used tells how many octets they were. */
static troth_status take_lines(loader *l, const uint8_t *p, size_t n, bool end, size_t *ret_used)
{
    size_t used = 0;
    while (used < n) {
        const uint8_t *newline = memchr(p + used, '\n', n - used);
        if (!newline && !end)
            break;
        size_t len = newline ? (size_t)(newline - p) - used : n - used, text = len;
        if (text && p[used + text - 1] == '\r')
            text--;
        l->line++;
        troth_status st = take_line(l, (troth_bytes){ p + used, text });
        if (st)
            return st;
        used += len + (newline ? 1 : 0);
    }
    *ret_used = used;
    return TROTH_OK;
}

static troth_status take_file(loader *l, int fd)
{
    uint8_t buf[LINE_OCTETS];
    size_t held = 0, used = 0;
    troth_status st = TROTH_OK;
    bool end = false;
    while (!st && !end) {
        ssize_t got = read(fd, buf + held, sizeof buf - held);
        if (got < 0 && errno == EINTR)
            continue;
        end = got == 0;
        held += got > 0 ? (size_t)got : 0;
        st = got < 0 ? TROTH_IO : take_lines(l, buf, held, end, &used);
        if (!st) {
            held -= used;
            memmove(buf, buf + used, held);
        }
        if (!st && held == sizeof buf) {
            l->line++;
            st = complain(l, "the line is too long");
        }
    }
    troth_wipe(buf, sizeof buf);
    return st;
}

troth_status troth_ntlm_users_load(troth_cred *cred, const char *path, troth_ntlm_users *ret)
{
    troth_ntlm_users users = { 0 };
    loader l = { cred, path, &users, 0 };
    int fd;
    troth_status st = troth_cred_file_open(cred, path, &fd);
    if (st)
        return st;
    st = take_file(&l, fd);
    close(fd);
    if (st == TROTH_IO)
        troth_cred_complain(cred, path, 0, "cannot be read");
    l.line = 0;
    if (!st && !users.n) /* more likely the wrong file than a server that lets nobody in */
        st = complain(&l, "names no user");
    if (st)
        troth_ntlm_users_clear(cred->env, &users);
    else
        *ret = users;
    return st;
}
