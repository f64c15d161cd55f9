/* Programs of the lab: found, run with scripted input, or run in the foreground with the signals looked after. */
#include <cli/lab.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

bool troth_lab_find(const char *program)
{
    const char *dir = getenv("PATH");
    while (dir && *dir) {
        const char *end = strchrnul(dir, ':');
        char path[TROTH_LAB_PATH];
        int n = snprintf(path, sizeof path, "%.*s/%s", (int)(end - dir), dir, program);
        if (n > 0 && (size_t)n < sizeof path && access(path, X_OK) == 0)
            return true;
        dir = *end ? end + 1 : end;
    }
    return false;
}

static sigset_t watched(void)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGCHLD);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGHUP);
    return set;
}

void troth_lab_block_signals(void)
{
    sigset_t set = watched();
    sigprocmask(SIG_BLOCK, &set, NULL);
}

/* In the child: the signals as a new program expects them, then the program. */
static _Noreturn void become(char *const argv[])
{
    sigset_t set = watched();
    sigprocmask(SIG_UNBLOCK, &set, NULL);
    execvp(argv[0], argv);
    dprintf(STDERR_FILENO, "troth lab: %s: %s\n", argv[0], strerror(errno));
    _exit(127);
}

static int status_of(int wait_status)
{
    return WIFEXITED(wait_status) ? WEXITSTATUS(wait_status) : 128 + WTERMSIG(wait_status);
}

/* The output goes to a file and not to ours: a KDC keeps it open, and whoever reads our output would wait for its end.
 */
static _Noreturn void become_scripted(const char *const argv[], int input, const char *log)
{
    int out = open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (out < 0 || dup2(input, STDIN_FILENO) < 0 || dup2(out, STDOUT_FILENO) < 0 || dup2(out, STDERR_FILENO) < 0)
        _exit(126);
    become((char *const *)(void *)argv);
}

int troth_lab_spawn(const char *const argv[], const char *input, const char *log)
{
    int script[2];
    if (pipe2(script, O_CLOEXEC))
        return -1;
    size_t n = strlen(input); /* below a pipe's capacity, so this write does not wait for a reader */
    int status = -1;
    pid_t child = write(script[1], input, n) == (ssize_t)n ? fork() : -1;
    if (child == 0)
        become_scripted(argv, script[0], log);
    close(script[0]);
    close(script[1]);
    if (child < 0)
        return -1;
    while (waitpid(child, &status, 0) < 0)
        if (errno != EINTR)
            return -1;
    return status_of(status);
}

int troth_lab_foreground(char *const argv[])
{
    pid_t child = fork();
    if (child == 0)
        become(argv);
    if (child < 0)
        return 127;
    sigset_t set = watched();
    for (;;) {
        int status;
        if (waitpid(child, &status, WNOHANG) == child)
            return status_of(status);
        siginfo_t info;
        int sig = sigwaitinfo(&set, &info);
        /* what the terminal sends has reached the command already */
        if (sig > 0 && sig != SIGCHLD && info.si_code <= 0)
            kill(child, sig);
    }
}
