/* Files that hold secrets of several people: accounts with their hashes, passwords. */
#include <fcntl.h>
#include <sec/cred.h>
#include <sys/stat.h>
#include <unistd.h>

troth_status troth_cred_file_check(int fd)
{
    struct stat info;
    if (fstat(fd, &info) || !S_ISREG(info.st_mode))
        return TROTH_IO;
    return info.st_mode & (S_IRWXO | S_IWGRP) ? TROTH_BAD_CONFIG : TROTH_OK;
}

troth_status troth_cred_file_open(troth_cred *cred, const char *path, int *ret)
{
    /* a pipe without a writer must not hold us up before it is refused */
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    troth_status st = fd < 0 ? TROTH_IO : troth_cred_file_check(fd);
    if (!st) {
        *ret = fd;
        return TROTH_OK;
    }
    troth_cred_complain(cred, path, 0,
                        fd < 0           ? "cannot be read"
                        : st == TROTH_IO ? "is no file"
                                         : "can be read or written by others: chmod 600");
    if (fd >= 0)
        close(fd);
    return st;
}
