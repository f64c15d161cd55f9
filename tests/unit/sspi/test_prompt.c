/*
 * ISC_REQ_PROMPT_FOR_CREDS with a terminal. [CR-10] The one who is asked sits at a pseudo terminal: a process of its own
 * has it as its controlling one, and tells by its exit status how far it came.
 */
#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <support/sspi.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

enum { P = ISC_REQ_CONFIDENTIALITY, WAIT_MS = 10000 };

/* How a child ended. */
enum { LOGGED_ON = 10, NOBODY, UNSUPPORTED, DENIED, OTHER };

typedef struct terminal {
    int master;
    pid_t child;
    char seen[1024]; /* all that was shown so far */
    size_t n;
} terminal;

static int outcome(sspi_rig *r)
{
    bool ok = sspi_shake(r, P | ISC_REQ_PROMPT_FOR_CREDS, 0);
    if (ok && r->c_ret & ISC_RET_USED_COLLECTED_CREDS)
        return LOGGED_ON;
    return r->c_status == SEC_E_NO_CREDENTIALS         ? NOBODY
           : r->c_status == SEC_E_UNSUPPORTED_FUNCTION ? UNSUPPORTED
           : r->s_status == SEC_E_LOGON_DENIED         ? DENIED
                                                       : OTHER;
}

/* The child: a session of its own, with a terminal or (slave -1) without. */
static _Noreturn void logs_on(sspi_rig *r, int slave)
{
    if (setsid() < 0 || (slave >= 0 && ioctl(slave, TIOCSCTTY, 0)))
        _exit(OTHER);
    _exit(outcome(r));
}

static void sits_down(terminal *t, sspi_rig *r)
{
    int slave;
    memset(t, 0, sizeof *t);
    assert_int_equal(openpty(&t->master, &slave, NULL, NULL, NULL), 0);
    t->child = fork();
    assert_true(t->child >= 0);
    if (!t->child) {
        close(t->master);
        logs_on(r, slave);
    }
    close(slave);
}

/* Wait until what is shown ends with a question. */
static void is_asked(terminal *t, const char *question)
{
    size_t len = strlen(question);
    while (t->n < len || memcmp(t->seen + t->n - len, question, len) != 0) {
        struct pollfd p = { .fd = t->master, .events = POLLIN };
        if (poll(&p, 1, WAIT_MS) != 1 || t->n == sizeof t->seen - 1)
            fail_msg("not asked for \"%s\", but: %s", question, t->seen);
        ssize_t n = read(t->master, t->seen + t->n, sizeof t->seen - 1 - t->n);
        if (n <= 0)
            fail_msg("gone before \"%s\": %s", question, t->seen);
        t->n += (size_t)n;
    }
}

static void types(terminal *t, const char *line)
{
    assert_int_equal(write(t->master, line, strlen(line)), strlen(line));
}

/* How it ended; all that was shown meanwhile is kept. */
static int leaves(terminal *t)
{
    int status;
    for (;;) {
        struct pollfd p = { .fd = t->master, .events = POLLIN };
        ssize_t n = 0;
        if (poll(&p, 1, WAIT_MS) == 1)
            n = read(t->master, t->seen + t->n, sizeof t->seen - 1 - t->n);
        if (n <= 0)
            break;
        t->n += (size_t)n;
    }
    assert_int_equal(waitpid(t->child, &status, 0), t->child);
    close(t->master);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

static void start(sspi_rig *r)
{
    sspi_rig_init(r, NULL);
    SEC_WINNT_AUTH_IDENTITY_A id = sspi_identity();
    id.PasswordLength = 3; /* a wrong one, so that it must be what was typed that counts */
    assert_int_equal(sspi_acquire("NTLM", SECPKG_CRED_OUTBOUND, &id, &r->client), SEC_E_OK);
    assert_int_equal(sspi_acquire("NTLM", SECPKG_CRED_INBOUND, NULL, &r->server), SEC_E_OK);
}

static void asked(void **state)
{
    (void)state;
    static const struct {
        const char *password;
        int want;
    } rows[] = { { "Password\n", LOGGED_ON }, { "password\n", DENIED } };
    for (size_t i = 0; i < 2; i++) {
        sspi_rig r;
        terminal t;
        start(&r);
        sits_down(&t, &r);
        is_asked(&t, "User: ");
        assert_non_null(strstr(t.seen, "Log on to cifs/Server")); /* for whom */
        types(&t, "User\n");
        is_asked(&t, "Domain: ");
        types(&t, "DOM\n");
        is_asked(&t, "Password: ");
        types(&t, rows[i].password);
        assert_int_equal(leaves(&t), rows[i].want);
        assert_non_null(strstr(t.seen, "DOM"));    /* what is typed is seen, */
        assert_null(strstr(t.seen, "assword\r"));  /* but not the password   */
        assert_null(strstr(t.seen, "Password\n")); /* either way             */
        sspi_rig_clear(&r);
    }
}

/* No name is no answer; neither is a line that does not end, or nobody there any more. */
static void no_answer(void **state)
{
    (void)state;
    static char long_line[400];
    memset(long_line, 'u', sizeof long_line - 2);
    long_line[sizeof long_line - 2] = '\n';
    const char *const answers[] = { "\n", long_line, "\004" };
    for (size_t i = 0; i < sizeof answers / sizeof *answers; i++) {
        sspi_rig r;
        terminal t;
        start(&r);
        sits_down(&t, &r);
        is_asked(&t, "User: ");
        types(&t, answers[i]);
        if (i == 0) {
            is_asked(&t, "Domain: ");
            types(&t, "\n");
            is_asked(&t, "Password: ");
            types(&t, "\n");
        }
        assert_int_equal(leaves(&t), NOBODY);
        sspi_rig_clear(&r);
    }
}

/* A service has no terminal, and is told so. */
static void no_terminal(void **state)
{
    (void)state;
    sspi_rig r;
    int status;
    start(&r);
    pid_t child = fork();
    assert_true(child >= 0);
    if (!child)
        logs_on(&r, -1);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), UNSUPPORTED);
    sspi_rig_clear(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(asked), cmocka_unit_test(no_answer),
                                        cmocka_unit_test(no_terminal) };
    return cmocka_run_group_tests_name("sspi/prompt", tests, NULL, NULL);
}
