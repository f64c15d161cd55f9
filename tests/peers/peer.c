#include <fcntl.h>
#include <peers/peer.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <support/hex.h>
#include <support/test.h>
#include <sys/wait.h>
#include <unistd.h>

void peer_start(peer_link *p, const char *program)
{
    int in[2], out[2];
    memset(p, 0, sizeof *p);
    assert_int_equal(pipe2(in, O_CLOEXEC), 0);
    assert_int_equal(pipe2(out, O_CLOEXEC), 0);
    p->pid = fork();
    if (p->pid == 0) {
        dup2(in[0], STDIN_FILENO);
        dup2(out[1], STDOUT_FILENO);
        execl(program, program, (char *)NULL);
        _exit(127);
    }
    assert_true(p->pid > 0);
    close(in[0]);
    close(out[1]);
    p->to = fdopen(in[1], "w");
    p->from = fdopen(out[0], "r");
}

void peer_stop(peer_link *p)
{
    int status;
    fclose(p->to);
    waitpid(p->pid, &status, 0);
    fclose(p->from);
    free(p->line);
    assert_int_equal(status, 0);
}

void peer_ask(peer_link *p, const char *command, ...)
{
    va_list words;
    va_start(words, command);
    for (const char *w = command; w; w = va_arg(words, const char *))
        fprintf(p->to, w == command ? "%s" : " %s", w);
    va_end(words);
    fputc('\n', p->to);
    fflush(p->to);
    if (getline(&p->line, &p->room, p->from) <= 0)
        fail_msg("the peer ended at \"%s\"", command);
    char *rest = p->line;
    memset(p->word, 0, sizeof p->word);
    for (p->n_words = 0; p->n_words < 8 && (p->word[p->n_words] = strsep(&rest, " \n")) && *p->word[p->n_words];)
        p->n_words++;
}

char *peer_hex(const void *octets, size_t n)
{
    const uint8_t *at = octets;
    char *text = malloc(2 * n + 2);
    strcpy(text, "-");
    for (size_t i = 0; i < n; i++)
        sprintf(text + 2 * i, "%02x", at[i]);
    return text;
}

size_t peer_octets(const peer_link *p, size_t word, uint8_t *out, size_t room)
{
    if (word >= p->n_words)
        fail_msg("the peer said only %s", p->word[0] ? p->word[0] : "nothing");
    return strcmp(p->word[word], "-") == 0 ? 0 : unhex(p->word[word], out, room);
}
