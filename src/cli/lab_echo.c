/* The lab's echo backend: a plain listener on loopback, in a process of its own. */
#include <cli/lab.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <troth/host.h>
#include <unistd.h>

static size_t on_data(void *self, troth_stream *s, troth_bytes data)
{
    (void)self;
    if (troth_stream_write(s, data) == TROTH_AGAIN)
        troth_stream_pause(s);
    return data.len;
}

static void on_end(void *self, troth_stream *s)
{
    (void)self;
    troth_stream_end(s);
}

static void on_ready(void *self, troth_stream *s)
{
    (void)self;
    troth_stream_resume(s);
}

static void on_closed(void *self, troth_stream *s, const troth_host_error *err)
{
    (void)self, (void)s, (void)err;
}

static void on_accept(void *self, troth_stream *s)
{
    static const troth_stream_handler handler = { NULL, on_data, on_end, on_ready, on_closed };
    troth_stream_handle(s, &handler, self);
}

static bool serve(int report)
{
    troth_host_options o = { .env = troth_env_posix(), .threads = 1 };
    troth_host *h;
    troth_listener *l;
    if (troth_host_new(&o, &h))
        return false;
    bool ok = !troth_host_listen_plain(h, "127.0.0.1:0", NULL, on_accept, NULL, &l, NULL) &&
              !troth_host_drain_on_signals(h, 1);
    if (ok) {
        const char *address = troth_listener_address(l);
        ok = write(report, address, strlen(address)) > 0;
        close(report);
        ok = ok && !troth_host_run(h);
    }
    troth_host_free(h);
    return ok;
}

/* Nothing of ours is held on to: whoever waits for the end of our output must not wait for this process. */
static _Noreturn void become_echo(int report)
{
    sigset_t all;
    int null = open("/dev/null", O_RDWR);
    sigfillset(&all);
    sigprocmask(SIG_UNBLOCK, &all, NULL);
    (void)prctl(PR_SET_NAME, TROTH_LAB_ECHO);
    (void)setsid();
    for (int fd = 0; fd < 3; fd++)
        (void)dup2(null, fd);
    _exit(serve(report) ? 0 : 1);
}

bool troth_lab_start_echo(troth_lab *lab)
{
    int report[2];
    if (pipe2(report, O_CLOEXEC))
        return false;
    pid_t child = fork();
    if (child == 0) {
        close(report[0]);
        become_echo(report[1]);
    }
    close(report[1]);
    ssize_t n = child < 0 ? -1 : read(report[0], lab->backend, sizeof lab->backend - 1);
    close(report[0]);
    if (n <= 0)
        return false;
    lab->backend[n] = 0;
    return troth_lab_write(lab, "echo.pid", "%d\n", (int)child);
}
