/* peers/peer.h: talking to a peer program over a pair of pipes, a line each way. */
#ifndef TESTS_PEER_H
#define TESTS_PEER_H
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

typedef struct peer_link {
    pid_t pid;
    FILE *to, *from;
    char *line; /* the last answer, cut into words in place */
    size_t room;
    char *word[8];
    size_t n_words;
} peer_link;

/* Start a program; aborts the test when it cannot. */
void peer_start(peer_link *p, const char *program);
/* End it by closing its stdin, and wait. */
void peer_stop(peer_link *p);
/* Say a command line of words, octets among them as peer_hex gives them; the answer's words are in p->word. */
void peer_ask(peer_link *p, const char *command, ...);
/* Octets as hex, "-" for none; memory is the caller's to free. */
char *peer_hex(const void *p, size_t n);
/* A word of the answer as octets; the count. */
size_t peer_octets(const peer_link *p, size_t word, uint8_t *out, size_t room);
#endif
