/* The lab's backends, plain listeners on loopback, each in a process of its own: an echo, and RPC without security. */
#include <cli/lab.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <troth/gateway_rpc.h>
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

static void report_address(void *self, troth_host *host, const char *address)
{
    const int *report = self;
    (void)host;
    if (write(*report, address, strlen(address)) > 0)
        close(*report);
}

/* Built-in interfaces for whoever calls, as nobody. */
static bool serve_rpc(int report)
{
    const troth_gateway_rpc_serve_options o = {
        .connection = { .min_level = TROTH_RPC_LEVEL_NONE },
        .builtin = TROTH_RPC_MGMT | TROTH_RPC_EPM | TROTH_RPC_WHOAMI | TROTH_RPC_ECHO,
        .listen = "127.0.0.1:0",
        .log_fd = -1,
        .host = { .threads = 1 },
        .drain_ms = 1,
        .ready = report_address,
        .ready_self = &report,
    };
    return !troth_gateway_rpc_serve(&o, NULL);
}

/* Nothing of ours is held on to: whoever waits for the end of our output must not wait for this process. */
static _Noreturn void become(const char *name, bool (*serve_it)(int report), int report)
{
    sigset_t all;
    int null = open("/dev/null", O_RDWR);
    sigfillset(&all);
    sigprocmask(SIG_UNBLOCK, &all, NULL);
    (void)prctl(PR_SET_NAME, name);
    (void)setsid();
    for (int fd = 0; fd < 3; fd++)
        (void)dup2(null, fd);
    _exit(serve_it(report) ? 0 : 1);
}

static bool start(const troth_lab *lab, const char *name, bool (*serve_it)(int report), const char *pid_file,
                  char address[TROTH_LAB_ADDRESS])
{
    int report[2];
    if (pipe2(report, O_CLOEXEC))
        return false;
    pid_t child = fork();
    if (child == 0) {
        close(report[0]);
        become(name, serve_it, report[1]);
    }
    close(report[1]);
    ssize_t n = child < 0 ? -1 : read(report[0], address, TROTH_LAB_ADDRESS - 1);
    close(report[0]);
    if (n <= 0)
        return false;
    address[n] = 0;
    return troth_lab_write(lab, pid_file, "%d\n", (int)child);
}

bool troth_lab_start_backends(troth_lab *lab)
{
    return start(lab, TROTH_LAB_ECHO, serve, "echo.pid", lab->backend) &&
           start(lab, TROTH_LAB_RPC, serve_rpc, "rpc.pid", lab->rpc_backend);
}
