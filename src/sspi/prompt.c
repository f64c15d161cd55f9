#include <fcntl.h>
#include <sspi/process.h>
#include <sspi/prompt.h>
#include <stdio.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

enum { ANSWER = 256 };

static SECURITY_STATUS by_callback(const troth_sspi_cred *c, const void *target_name, bool wide, troth_cred **ret)
{
    void *identity = NULL;
    SECURITY_STATUS status = SEC_E_UNSUPPORTED_FUNCTION;
    c->prompt(c->prompt_self, (void *)(uintptr_t)target_name, 0, &identity, &status);
    if (!status && !identity)
        status = SEC_E_NO_CREDENTIALS;
    if (!status)
        status = troth_sspi_cred_of_identity(c, identity, SIZE_MAX, wide, ret);
    if (identity)
        SspiFreeAuthIdentity(identity);
    return status;
}

static void say(int fd, const char *text)
{
    while (*text) {
        ssize_t n = write(fd, text, strlen(text));
        if (n <= 0)
            return;
        text += n;
    }
}

/* One line, without its end. False: the terminal is gone, or the line is too long. */
static bool answer(int fd, const char *question, char ret[ANSWER])
{
    size_t n = 0;
    say(fd, question);
    while (n < ANSWER && read(fd, ret + n, 1) == 1) {
        if (ret[n] == '\n') {
            ret[n] = 0;
            return true;
        }
        n++;
    }
    return false;
}

static bool answer_unseen(int fd, const char *question, char ret[ANSWER])
{
    struct termios before, quiet;
    if (tcgetattr(fd, &before))
        return false;
    quiet = before;
    quiet.c_lflag &= ~(tcflag_t)ECHO;
    if (tcsetattr(fd, TCSAFLUSH, &quiet))
        return false;
    bool ok = answer(fd, question, ret);
    (void)tcsetattr(fd, TCSAFLUSH, &before);
    say(fd, "\n");
    return ok;
}

static SECURITY_STATUS at_terminal(const troth_sspi_cred *c, const char *target, troth_cred **ret)
{
    char user[ANSWER], domain[ANSWER] = "", password[ANSWER];
    int fd = open("/dev/tty", O_RDWR | O_CLOEXEC);
    if (fd < 0)
        return SEC_E_UNSUPPORTED_FUNCTION;
    say(fd, "Log on to ");
    say(fd, target && *target ? target : "the server");
    bool ok =
        answer(fd, "\nUser: ", user) && answer(fd, "Domain: ", domain) && answer_unseen(fd, "Password: ", password);
    close(fd);
    SECURITY_STATUS status = ok && *user ? SEC_E_OK : SEC_E_NO_CREDENTIALS;
    if (!status) {
        SEC_WINNT_AUTH_IDENTITY_A id = { (UCHAR *)user,
                                         (ULONG)strlen(user),
                                         (UCHAR *)domain,
                                         (ULONG)strlen(domain),
                                         (UCHAR *)password,
                                         (ULONG)strlen(password),
                                         SEC_WINNT_AUTH_IDENTITY_ANSI };
        status = troth_sspi_cred_of_identity(c, &id, SIZE_MAX, false, ret);
    }
    troth_wipe(password, sizeof password);
    return status;
}

SECURITY_STATUS troth_sspi_prompt(const troth_sspi_cred *c, const void *target_name, const char *target, bool wide,
                                  troth_cred **ret)
{
    return c->prompt ? by_callback(c, target_name, wide, ret) : at_terminal(c, target, ret);
}
