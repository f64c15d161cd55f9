/* troth passwd: users of a GSSUP store. */
#include <cli/commands.h>
#include <cli/exit.h>
#include <cli/files.h>
#include <cli/options.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <termios.h>
#include <troth/gssup.h>
#include <unistd.h>

enum { FILE_MAX = 64 << 20 };

typedef struct options {
    const char *password_file;
    uint64_t cost;
    bool delete;
} options;

#define AT(field) offsetof(options, field)
static const troth_cli_option passwd_table[] = {
    { "password-file", 0, TROTH_CLI_STRING, AT(password_file), "FILE", NULL,
      "password on the first line; - = standard input [asks at the terminal]" },
    { "cost", 0, TROTH_CLI_NUMBER, AT(cost), "N", NULL, "2^N KiB of memory for each check, 10 to 16 [15]" },
    { "delete", 0, TROTH_CLI_FLAG, AT(delete), NULL, NULL, "take the user out" },
    { 0 },
};
#undef AT

static const troth_cli_usage passwd_usage = {
    "passwd", "FILE USER", "Add a user to a file of password hashes, change the password, or take the user out.",
    2,        2,           passwd_table,
};

static int failed(const char *path, const char *why)
{
    fprintf(stderr, "troth passwd: %s: %s\n", path, why);
    return TROTH_EXIT_CONFIG;
}

/* ---- the password ---- */

/* Read a line from the terminal, unseen. */
static bool ask(int tty, const char *prompt, uint8_t ret[TROTH_CLI_SECRET_MAX], size_t *ret_len)
{
    struct termios before, quiet;
    size_t n = 0;
    uint8_t c = 0;
    if (tcgetattr(tty, &before))
        return false;
    quiet = before;
    quiet.c_lflag &= ~(tcflag_t)ECHO;
    tcsetattr(tty, TCSAFLUSH, &quiet); /* what was typed before it was asked for is no answer */
    dprintf(tty, "%s", prompt);
    while (n < TROTH_CLI_SECRET_MAX && read(tty, &c, 1) == 1 && c != '\n')
        ret[n++] = c;
    tcsetattr(tty, TCSAFLUSH, &before);
    dprintf(tty, "\n");
    *ret_len = n;
    return n && n < TROTH_CLI_SECRET_MAX;
}

static bool ask_twice(uint8_t ret[TROTH_CLI_SECRET_MAX], size_t *ret_len)
{
    uint8_t again[TROTH_CLI_SECRET_MAX];
    size_t n = 0;
    const char *why = NULL;
    int tty = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
    if (tty < 0)
        why = "there is no terminal: give --password-file";
    else if (!ask(tty, "Password: ", ret, ret_len) || !ask(tty, "Again: ", again, &n))
        why = "no password";
    else if (n != *ret_len || memcmp(ret, again, n) != 0)
        why = "the two are not the same";
    explicit_bzero(again, sizeof again);
    if (tty >= 0)
        close(tty);
    if (why)
        fprintf(stderr, "troth passwd: %s\n", why);
    return !why;
}

static bool read_password(const options *o, uint8_t ret[TROTH_CLI_SECRET_MAX], size_t *ret_len)
{
    if (!o->password_file)
        return ask_twice(ret, ret_len);
    const char *path = strcmp(o->password_file, "-") == 0 ? "/dev/stdin" : o->password_file;
    return troth_cli_read_secret("passwd", path, ret, ret_len);
}

/* ---- the file ---- */

/* All of the file; none is an empty one. The result is of *ret_size octets of env's. */
static uint8_t *read_file(const troth_env *env, const char *path, size_t *ret_len, size_t *ret_size)
{
    struct stat info;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    size_t size = 1, n = 0;
    ssize_t got = 1;
    if (fd < 0 && errno != ENOENT)
        return NULL;
    if (fd >= 0 && (fstat(fd, &info) || info.st_size > FILE_MAX)) {
        close(fd);
        return NULL;
    }
    size += fd >= 0 ? (size_t)info.st_size : 0;
    uint8_t *p = env->alloc(env->self, size);
    while (p && fd >= 0 && n < size && (got = read(fd, p + n, size - n)) > 0)
        n += (size_t)got;
    if (fd >= 0)
        close(fd);
    *ret_len = n;
    *ret_size = size;
    return p;
}

static bool write_all(int fd, const uint8_t *p, size_t n)
{
    while (n) {
        ssize_t put = write(fd, p, n);
        if (put <= 0)
            return false;
        p += put;
        n -= (size_t)put;
    }
    return true;
}

/* Put a file of ours in the place of the old one: whoever reads sees the one or the other, whole. */
static int replace(const char *path, const uint8_t *p, size_t n)
{
    char temp[4096];
    struct stat old;
    if (snprintf(temp, sizeof temp, "%s.XXXXXX", path) >= (int)sizeof temp)
        return failed(path, "the name is too long");
    int fd = mkstemp(temp); /* mode 0600 */
    if (fd < 0)
        return failed(temp, strerror(errno));
    bool kept = stat(path, &old) != 0 || !fchown(fd, old.st_uid, old.st_gid) || geteuid() != 0;
    bool good = kept && write_all(fd, p, n) && fsync(fd) == 0;
    int why = errno;
    close(fd);
    if (good && rename(temp, path) == 0)
        return TROTH_EXIT_OK;
    why = good ? errno : why;
    unlink(temp);
    return failed(path, strerror(why));
}

static int complain(const char *path, const char *user, troth_status st, const troth_gssup_edit *edit)
{
    char what[256];
    if (st == TROTH_BAD_CONFIG)
        snprintf(what, sizeof what, "line %u: %s; nothing was changed", edit->line, edit->what);
    else if (st == TROTH_INVALID)
        snprintf(what, sizeof what, "the user name \"%.100s\", the password or the cost cannot be used", user);
    else
        snprintf(what, sizeof what, "%s", troth_status_text(st));
    failed(path, what);
    return st == TROTH_INVALID ? TROTH_EXIT_USAGE : TROTH_EXIT_CONFIG;
}

static int change(const char *path, const char *user, troth_bytes password, const options *o)
{
    const troth_env *env = troth_env_posix();
    size_t len = 0, size = 0;
    uint8_t *old = read_file(env, path, &len, &size);
    if (!old)
        return failed(path, errno ? strerror(errno) : "cannot be read");
    troth_block fresh = { 0 };
    troth_gssup_edit edit;
    troth_status st =
        troth_gssup_store_edit(env, (troth_bytes){ old, len }, user, password, (unsigned)o->cost, &fresh, &edit);
    int code;
    if (st)
        code = complain(path, user, st, &edit);
    else if (o->delete &&!edit.existed)
        code = failed(path, "there is no such user");
    else
        code = replace(path, fresh.data, fresh.len);
    explicit_bzero(old, size);
    env->release(env->self, old, size);
    if (fresh.data) {
        explicit_bzero(fresh.data, fresh.len);
        env->release(env->self, fresh.data, fresh.len);
    }
    return code;
}

int troth_cli_passwd(int argc, char **argv)
{
    options o = { 0 };
    uint8_t secret[TROTH_CLI_SECRET_MAX];
    size_t len = 0;
    int first;
    troth_cli_parsed p = troth_cli_parse(&passwd_usage, argc, argv, &o, &first);
    if (p != TROTH_CLI_GO)
        return troth_cli_parsed_exit(p);
    if (o.delete &&(o.password_file || o.cost))
        return troth_cli_usage_error(&passwd_usage, "--delete", "stands alone");
    if (o.cost && (o.cost < TROTH_GSSUP_COST_MIN || o.cost > TROTH_GSSUP_COST_MAX))
        return troth_cli_usage_error(&passwd_usage, "--cost", "give 10 to 16");
    if (!o.delete &&!read_password(&o, secret, &len))
        return TROTH_EXIT_CONFIG;
    int code = change(argv[first], argv[first + 1], (troth_bytes){ secret, len }, &o);
    explicit_bzero(secret, sizeof secret);
    return code;
}
