#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sspi/place.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PATH = 1024, NAME = 64, MARKS_MAX = 4096, HERE_EACH = TROTH_SSPI_PLACE_HERE / 2 };

static const char key_name[] = "export.key";

/* ---- the directory ---- */

/* Ours, and nobody else may do anything with it. */
static bool private_to_us(int fd, mode_t type, struct stat *ret)
{
    return fstat(fd, ret) == 0 && (ret->st_mode & S_IFMT) == type && ret->st_uid == geteuid() &&
           !(ret->st_mode & (S_IRWXG | S_IRWXO));
}

/* Below the runtime directory, which the session made for the user. */
static bool path_of(const char *directory, char ret[PATH])
{
    const char *runtime = secure_getenv("XDG_RUNTIME_DIR");
    int n;
    if (directory)
        n = snprintf(ret, PATH, "%s", directory);
    else if (runtime && *runtime == '/')
        n = snprintf(ret, PATH, "%s/troth", runtime);
    else
        n = snprintf(ret, PATH, "/run/user/%lu/troth", (unsigned long)geteuid());
    return n > 0 && n < PATH;
}

static troth_status open_directory(const char *directory, int *ret, const char **ret_reason)
{
    char path[PATH];
    struct stat s;
    *ret_reason = "export: no directory for the key";
    if (!path_of(directory, path) || (mkdir(path, 0700) != 0 && errno != EEXIST))
        return TROTH_UNSUPPORTED;
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0)
        return TROTH_UNSUPPORTED;
    if (!private_to_us(fd, S_IFDIR, &s)) {
        close(fd);
        *ret_reason = "export: the key's directory is open to others";
        return TROTH_UNSUPPORTED;
    }
    *ret = fd;
    return TROTH_OK;
}

/* ---- the key ---- */

static bool write_all(int fd, const uint8_t *p, size_t n)
{
    while (n) {
        ssize_t done = write(fd, p, n);
        if (done < 0 && errno == EINTR)
            continue;
        if (done <= 0)
            return false;
        p += done;
        n -= (size_t)done;
    }
    return true;
}

/* A whole file appears under the key's name, or another process's does: nobody reads half a key. */
static troth_status make_key(const troth_env *env, int dir)
{
    uint8_t fresh[TROTH_SSPI_PLACE_KEY + 8];
    uint64_t number;
    char name[NAME];
    troth_status st = env->random(env->self, fresh, sizeof fresh);
    if (st)
        return st;
    memcpy(&number, fresh + TROTH_SSPI_PLACE_KEY, sizeof number);
    snprintf(name, sizeof name, "new-%016" PRIx64, number);
    int fd = openat(dir, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    bool made = fd >= 0 && write_all(fd, fresh, TROTH_SSPI_PLACE_KEY);
    troth_wipe(fresh, sizeof fresh);
    if (fd >= 0) {
        made = close(fd) == 0 && made;
        made = made && (linkat(dir, name, dir, key_name, 0) == 0 || errno == EEXIST);
        unlinkat(dir, name, 0);
    }
    return made ? TROTH_OK : TROTH_IO;
}

static troth_status read_key(int dir, uint8_t ret[TROTH_SSPI_PLACE_KEY])
{
    struct stat s;
    int fd = openat(dir, key_name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0)
        return errno == ENOENT ? TROTH_AGAIN : TROTH_IO;
    bool good = private_to_us(fd, S_IFREG, &s) && s.st_size == TROTH_SSPI_PLACE_KEY &&
                read(fd, ret, TROTH_SSPI_PLACE_KEY) == TROTH_SSPI_PLACE_KEY;
    close(fd);
    return good ? TROTH_OK : TROTH_UNSUPPORTED;
}

static troth_status take_key(const troth_env *env, troth_sspi_place *p, const char **ret_reason)
{
    *ret_reason = "export: the key's file is not what it should be";
    troth_status st = read_key(p->dir, p->key);
    if (st != TROTH_AGAIN)
        return st;
    *ret_reason = "export: the key cannot be written";
    st = make_key(env, p->dir);
    return st ? st : read_key(p->dir, p->key);
}

/* ---- the machine ---- */

static void add_line(troth_sspi_place *p, const char *path)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t n = fd < 0 ? 0 : read(fd, p->here + p->here_len, HERE_EACH);
    if (fd >= 0)
        close(fd);
    p->here_len += n > 0 ? (size_t)n : 0;
}

/* A run of the kernel has a number of its own; a container may have none of its own but that of its machine. */
static bool take_here(troth_sspi_place *p)
{
    add_line(p, "/proc/sys/kernel/random/boot_id");
    bool told = p->here_len != 0;
    add_line(p, "/etc/machine-id");
    return told;
}

troth_status troth_sspi_place_open(const troth_env *env, const char *directory, troth_sspi_place *ret,
                                   const char **ret_reason)
{
    troth_sspi_place p = { .dir = -1 };
    troth_status st = open_directory(directory, &p.dir, ret_reason);
    if (st)
        return st;
    st = take_key(env, &p, ret_reason);
    if (!st && !take_here(&p)) {
        *ret_reason = "export: the machine has no boot_id";
        st = TROTH_UNSUPPORTED;
    }
    if (st)
        troth_sspi_place_close(&p);
    else
        *ret = p;
    troth_wipe(p.key, sizeof p.key);
    return st;
}

void troth_sspi_place_close(troth_sspi_place *p)
{
    close(p->dir);
    troth_wipe(p, sizeof *p);
}

/* ---- marks ---- */

/* Remove the marks that nobody needs any more; tell how many are left. */
static troth_status sweep(int dir, uint64_t forget, size_t *ret)
{
    int fd = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *list = fd < 0 ? NULL : fdopendir(fd);
    const struct dirent *e;
    size_t n = 0;
    if (!list) {
        if (fd >= 0)
            close(fd);
        return TROTH_IO;
    }
    while ((e = readdir(list))) {
        uint64_t until;
        if (sscanf(e->d_name, "spent-%16" SCNx64 "-", &until) != 1)
            continue;
        if (until >= forget || unlinkat(dir, e->d_name, 0) != 0)
            n++;
    }
    closedir(list);
    *ret = n;
    return TROTH_OK;
}

troth_status troth_sspi_place_spend(const troth_sspi_place *p, const uint8_t id[TROTH_SSPI_BLOB_ID], uint64_t until,
                                    uint64_t forget)
{
    char name[NAME];
    size_t n;
    int at = snprintf(name, sizeof name, "spent-%016" PRIx64 "-", until);
    for (size_t i = 0; i < TROTH_SSPI_BLOB_ID; i++)
        at += snprintf(name + at, sizeof name - (size_t)at, "%02x", id[i]);
    troth_status st = sweep(p->dir, forget, &n);
    if (st)
        return st;
    if (n >= MARKS_MAX)
        return TROTH_LIMIT;
    int fd = openat(p->dir, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0)
        return errno == EEXIST ? TROTH_REPLAY : TROTH_IO;
    close(fd);
    return TROTH_OK;
}
