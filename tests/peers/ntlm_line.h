/*
 * ntlm_line.h: the line language between the peer programs and test_ntlm_peers: one command a line on stdin, one answer
 * a line on stdout. Octets are hex, "-" for none.
 *
 *   init TARGET DOMAIN USER PASSWORD FLAGS BINDINGS   (FLAGS: of "sc-": sign, confidentiality)
 *   accept FLAGS BINDINGS
 *   token HEX       ->  more HEX | done HEX FLAGS | error TEXT
 *   wrap HEX, unwrap HEX, mic HEX  ->  ok HEX | error TEXT
 *   verify HEX HEX  (data, token)  ->  ok - | error TEXT
 *   peer            ->  ok TEXT    (who the initiator is)
 */
#ifndef TESTS_PEERS_NTLM_LINE_H
#define TESTS_PEERS_NTLM_LINE_H
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LINE_OCTETS = 70000 };

typedef struct line_octets {
    uint8_t data[LINE_OCTETS];
    size_t len;
} line_octets;

static inline void line_read_hex(const char *text, line_octets *ret)
{
    unsigned v;
    ret->len = 0;
    if (!text || !strcmp(text, "-"))
        return;
    while (ret->len < LINE_OCTETS && sscanf(text + 2 * ret->len, "%2x", &v) == 1)
        ret->data[ret->len++] = (uint8_t)v;
}

static inline void line_answer(const char *word, const void *p, size_t n, const char *more)
{
    const uint8_t *b = p;
    printf("%s ", word);
    for (size_t i = 0; i < n; i++)
        printf("%02x", b[i]);
    printf("%s%s%s\n", n ? "" : "-", more ? " " : "", more ? more : "");
    fflush(stdout);
}

static inline void line_error(const char *what, unsigned long a, unsigned long b)
{
    printf("error %s %08lx %08lx\n", what, a, b);
    fflush(stdout);
}

/* Split a line at spaces; what is missing is "-". */
static inline void line_words(char *line, char *words[8])
{
    size_t n = 0;
    for (char *at = strtok(line, " \n"); at && n < 8; at = strtok(NULL, " \n"))
        words[n++] = at;
    while (n < 8)
        words[n++] = (char *)(uintptr_t) "-";
}

#endif
