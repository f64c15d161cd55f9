/* A stream with much to say does not keep the loop from the others. */
#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <support/env.h>
#include <support/test.h>
#include <sys/socket.h>
#include <troth/host.h>
#include <unistd.h>

/* One end of a TCP connection that the host reads, and what came until the quiet one was heard. */
typedef struct scene {
    test_env env;
    troth_host *host;
    troth_stream *loud, *quiet;
    size_t before, after;
} scene;

static void pair(int fd[2])
{
    struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr = { htonl(INADDR_LOOPBACK) } };
    socklen_t len = sizeof a;
    const int room = 4 << 20; /* as much as the system allows: more than is read at a time */
    int l = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(setsockopt(l, SOL_SOCKET, SO_RCVBUF, &room, sizeof room), 0);
    fd[0] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(l, (struct sockaddr *)&a, len), 0);
    assert_int_equal(listen(l, 1), 0);
    assert_int_equal(getsockname(l, (struct sockaddr *)&a, &len), 0);
    assert_int_equal(connect(fd[0], (struct sockaddr *)&a, len), 0);
    fd[1] = accept4(l, NULL, NULL, SOCK_CLOEXEC);
    assert_true(fd[1] >= 0);
    close(l);
}

static size_t on_data(void *self, troth_stream *s, troth_bytes data)
{
    scene *x = self;
    if (s == x->quiet)
        x->after = x->before;
    else
        x->before += data.len;
    return data.len;
}

static void on_end(void *self, troth_stream *s)
{
    (void)self;
    troth_stream_close(s);
}

static void on_closed(void *self, troth_stream *s, const troth_host_error *err)
{
    (void)self, (void)s, (void)err;
}

static void test_turns(void **state)
{
    static const troth_stream_handler handler = { NULL, on_data, on_end, NULL, on_closed };
    static const uint8_t much[65536];
    scene x = { .after = 0 };
    size_t filled = 0;
    int loud[2], quiet[2];
    (void)state;
    test_env_init(&x.env);
    const troth_host_options o = { .env = &x.env.env };
    assert_int_equal(troth_host_new(&o, &x.host), TROTH_OK);
    pair(loud);
    pair(quiet);
    for (ssize_t n; (n = send(loud[0], much, sizeof much, MSG_DONTWAIT)) > 0;)
        filled += (size_t)n;
    assert_int_equal(errno, EAGAIN);
    assert_true(filled > 300000);
    assert_int_equal(send(quiet[0], "?", 1, 0), 1);
    close(loud[0]);
    close(quiet[0]);
    troth_loop *l = troth_host_loop(x.host, 0);
    assert_int_equal(troth_stream_open(l, loud[1], loud[1], &handler, &x, &x.loud), TROTH_OK);
    assert_int_equal(troth_stream_open(l, quiet[1], quiet[1], &handler, &x, &x.quiet), TROTH_OK);
    assert_int_equal(troth_host_run(x.host), TROTH_OK);
    print_message("%zu octets of the loud one came before the quiet one, %zu in all\n", x.after, x.before);
    assert_int_equal(x.before, filled);
    assert_true(x.after <= 131072);
    troth_host_free(x.host);
    test_env_check(&x.env);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_turns) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
