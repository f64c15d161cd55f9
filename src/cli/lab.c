/* troth lab up | down [DIR] | shell | run -- CMD...: a private KDC realm on loopback, for as long as it is wanted. */
#include <cli/lab.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>

static int usage(void)
{
    fputs("usage: troth lab up              bring a realm up, print its variables for eval\n"
          "       troth lab down [DIR]      end it and remove its directory (default: $TROTH_LAB)\n"
          "       troth lab run -- CMD...   run a command in a realm of its own\n"
          "       troth lab shell           the same with $SHELL\n",
          stderr);
    return 2;
}

static int up(void)
{
    troth_lab lab;
    int status = troth_lab_up(&lab);
    if (!status)
        troth_lab_print_env(&lab);
    return status;
}

static int down(const char *dir)
{
    char plain[TROTH_LAB_PATH]; /* without the slash that shells append */
    if (dir) {
        int n = snprintf(plain, sizeof plain, "%s", dir);
        while (n > 1 && (size_t)n < sizeof plain && plain[n - 1] == '/')
            plain[--n] = 0;
        return troth_lab_down(plain);
    }
    fputs("troth lab: which one? Give its directory, or set TROTH_LAB\n", stderr);
    return 2;
}

static int with_lab(char *const command[])
{
    troth_lab lab;
    troth_lab_block_signals();              /* from here on nothing ends us before the lab is down */
    (void)prctl(PR_SET_CHILD_SUBREAPER, 1); /* the KDC stays ours to reap, where init does not */
    int status = troth_lab_up(&lab);
    if (status)
        return status;
    status = troth_lab_foreground(command);
    int ended = troth_lab_down(lab.dir);
    return status ? status : ended;
}

int troth_cli_lab(int argc, char **argv)
{
    const char *what = argc > 1 ? argv[1] : "";
    if (strcmp(what, "up") == 0 && argc == 2)
        return up();
    if (strcmp(what, "down") == 0 && argc <= 3)
        return down(argc == 3 ? argv[2] : getenv("TROTH_LAB"));
    if (strcmp(what, "shell") == 0 && argc == 2) {
        const char *shell = getenv("SHELL");
        return with_lab((char *const[]){ (char *)(shell ? shell : "/bin/sh"), NULL });
    }
    if (strcmp(what, "run") == 0 && argc > 3 && strcmp(argv[2], "--") == 0)
        return with_lab(argv + 3);
    return usage();
}
