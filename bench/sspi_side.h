/*
 * sspi_side.h: what bench_sspi measures, as one interface: an SSPI (ours or WinPR's, by the headers it is compiled
 * with), bare GSS-API, or bare OpenSSL.
 */
#ifndef BENCH_SSPI_SIDE_H
#define BENCH_SSPI_SIDE_H
#include <stddef.h>
#include <stdint.h>

enum { SLOT_TOKEN = 256, SLOT_DATA = 65536 };

/* A message on its way from the client to the server. */
typedef struct slot {
    size_t n, token;
    uint8_t token_room[SLOT_TOKEN], data[SLOT_DATA];
    size_t sealed; /* of TLS: the record around data; of GSS-API's: a buffer of its own */
    void *sealed_data;
} slot;

typedef struct side {
    const char *name;
    /* Credentials, once. */
    void (*acquire)(const char *package, const char *target);
    /* Both ends of a context, sealing; what there was before is deleted. */
    void (*establish)(void);
    void (*seal)(slot *s);
    void (*open)(slot *s);
} side;

extern const side side_sspi, side_gss, side_schannel, side_openssl;

_Noreturn void bench_die(const char *what, unsigned long a, unsigned long b);
#endif
