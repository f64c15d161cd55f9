/* docs/wire/sspi-states.md: what it says is what is tested. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <support/sspi_states.h>

enum { COLUMNS = 16, LARGEST = 65536 };

/* The cells of a line "| a | b |", in place. 0: no such line, or the one that parts head and body. */
static size_t cells_of(char *line, const char *cells[COLUMNS])
{
    size_t n = 0;
    if (*line != '|' || strncmp(line, "| ---", 5) == 0)
        return 0;
    for (char *at = line + 1, *end; (end = strchr(at, '|')) && n < COLUMNS; at = end + 1) {
        char *stop = end;
        *end = 0;
        while (*at == ' ')
            at++;
        while (stop > at && stop[-1] == ' ')
            *--stop = 0;
        cells[n++] = at;
    }
    return n;
}

static void word_line(sspi_states *s, const char *const *cells, size_t n)
{
    assert_true(n == 2 && s->n_words < STATES_WORDS);
    memcpy(s->words[s->n_words++], cells, 2 * sizeof *cells);
}

static void call_line(sspi_states *s, const char *const *cells, size_t n)
{
    if (!s->n_states) {
        s->n_states = n - 1;
        memcpy(s->states, cells + 1, (n - 1) * sizeof *cells);
        return;
    }
    assert_true(n == s->n_states + 1 && s->n_calls < STATES_CALLS);
    s->calls[s->n_calls] = cells[0];
    memcpy(s->cells[s->n_calls++], cells + 1, (n - 1) * sizeof *cells);
}

static void exception_line(sspi_states *s, const char *const *cells, size_t n)
{
    assert_true(n == 5 && s->n_exceptions < STATES_EXCEPTIONS);
    memcpy(s->exceptions[s->n_exceptions++], cells, 4 * sizeof *cells);
}

static void read_lines(sspi_states *s, const char *answers)
{
    const struct {
        const char *heading;
        void (*line)(sspi_states *, const char *const *, size_t);
        bool head; /* the first line is a head that says nothing */
    } sections[] = { { "## Words", word_line, true },
                     { answers, call_line, false },
                     { "## Where a package differs", exception_line, true } };
    size_t in = 3, seen = 0;
    char *save = NULL;
    for (char *line = strtok_r(s->text, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
        const char *cells[COLUMNS];
        if (strncmp(line, "## ", 3) == 0 || strncmp(line, "### ", 4) == 0)
            for (in = seen = 0; in < 3 && strcmp(line, sections[in].heading) != 0; in++)
                ;
        size_t n = in < 3 ? cells_of(line, cells) : 0;
        if (n && (seen++ || !sections[in].head))
            sections[in].line(s, cells, n);
    }
}

static void read_page(sspi_states *s, const char *answers)
{
    memset(s, 0, sizeof *s);
    FILE *f = fopen(TROTH_SOURCE_ROOT "/docs/wire/sspi-states.md", "re");
    assert_non_null(f);
    s->text = calloc(1, LARGEST);
    assert_non_null(s->text);
    assert_true(fread(s->text, 1, LARGEST - 1, f) < LARGEST - 1);
    fclose(f);
    read_lines(s, answers);
    assert_true(s->n_words && s->n_calls && s->n_states);
}

void sspi_states_read(sspi_states *s)
{
    read_page(s, "## Answers");
}

void sspi_states_read_streams(sspi_states *s)
{
    read_page(s, "### Schannel's answers");
}

void sspi_states_free(sspi_states *s)
{
    free(s->text);
}

const char *sspi_states_word(const sspi_states *s, size_t call, size_t state, const char *package)
{
    for (size_t i = 0; i < s->n_exceptions; i++) {
        const char *const *e = s->exceptions[i];
        if (!strcmp(e[0], s->calls[call]) && !strcmp(e[1], s->states[state]) && !strcmp(e[2], package))
            return e[3];
    }
    return s->cells[call][state];
}

SECURITY_STATUS sspi_states_status(const sspi_states *s, const char *word, SECURITY_STATUS same)
{
    static const struct {
        const char *name;
        SECURITY_STATUS status;
    } statuses[] = { { "SEC_E_OK", SEC_E_OK },
                     { "SEC_I_CONTINUE_NEEDED", SEC_I_CONTINUE_NEEDED },
                     { "SEC_E_INVALID_HANDLE", SEC_E_INVALID_HANDLE },
                     { "SEC_E_INVALID_TOKEN", SEC_E_INVALID_TOKEN },
                     { "SEC_E_MESSAGE_ALTERED", SEC_E_MESSAGE_ALTERED },
                     { "SEC_E_OUT_OF_SEQUENCE", SEC_E_OUT_OF_SEQUENCE },
                     { "SEC_E_CONTEXT_EXPIRED", SEC_E_CONTEXT_EXPIRED },
                     { "SEC_E_UNSUPPORTED_FUNCTION", SEC_E_UNSUPPORTED_FUNCTION },
                     { "SEC_E_NO_IMPERSONATION", SEC_E_NO_IMPERSONATION } };
    if (!strcmp(word, "same"))
        return same;
    for (size_t i = 0; i < s->n_words; i++)
        for (size_t k = 0; !strcmp(s->words[i][0], word) && k < sizeof statuses / sizeof *statuses; k++)
            if (!strcmp(s->words[i][1], statuses[k].name))
                return statuses[k].status;
    fail_msg("no status for the word \"%s\"", word);
    return 0;
}
