#include <cli/files.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static bool complain(const char *command, const char *path, const char *what)
{
    fprintf(stderr, "troth %s: %s: %s\n", command, path, what);
    return false;
}

/* Read up to max + 1 octets, so that a file that is too long shows. Unbuffered: no copy of a secret stays behind. */
static ssize_t read_some(const char *path, uint8_t *ret, size_t max)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return -1;
    size_t n = 0;
    ssize_t got = 0;
    while (n < max && (got = read(fd, ret + n, max - n)) > 0)
        n += (size_t)got;
    int why = errno;
    close(fd);
    errno = why;
    return got < 0 ? -1 : (ssize_t)n;
}

bool troth_cli_read_secret(const char *command, const char *path, uint8_t ret[TROTH_CLI_SECRET_MAX], size_t *ret_len)
{
    ssize_t n = read_some(path, ret, TROTH_CLI_SECRET_MAX);
    if (n < 0)
        return complain(command, path, strerror(errno));
    uint8_t *end = memchr(ret, '\n', (size_t)n);
    size_t len = end ? (size_t)(end - ret) : (size_t)n;
    if (!end && n == TROTH_CLI_SECRET_MAX) {
        explicit_bzero(ret, TROTH_CLI_SECRET_MAX);
        return complain(command, path, "line 1 is too long for a password");
    }
    if (len && ret[len - 1] == '\r')
        len--;
    if (len == 0)
        return complain(command, path, "line 1 holds no password");
    *ret_len = len;
    return true;
}

bool troth_cli_read_octets(const char *command, const char *path, uint8_t ret[TROTH_CLI_BINDINGS_MAX], size_t *ret_len)
{
    uint8_t room[TROTH_CLI_BINDINGS_MAX + 1];
    ssize_t n = read_some(path, room, sizeof room);
    if (n < 0)
        return complain(command, path, strerror(errno));
    if (n == 0)
        return complain(command, path, "the file is empty");
    if (n > TROTH_CLI_BINDINGS_MAX)
        return complain(command, path, "the file is too long for channel bindings");
    memcpy(ret, room, (size_t)n);
    *ret_len = (size_t)n;
    return true;
}
