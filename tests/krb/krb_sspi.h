/* krb/krb_sspi.h: two contexts of SSPI over Kerberos, and messages of theirs, each at the end of memory. */
#ifndef TESTS_KRB_SSPI_H
#define TESTS_KRB_SSPI_H
#include <support/lab.h>
#include <support/sspi.h>

enum { KRB_LEN = 24, KRB_TOKEN = 128 };
#define KRB_TEXT "what alice says to svc.."

typedef struct krb_talk {
    sspi_rig r;
    edge e[2];
} krb_talk;

/* A message as it went over the wire. */
typedef struct krb_wire {
    uint8_t token[KRB_TOKEN], text[KRB_LEN];
    ULONG n;
    bool sealed; /* for DecryptMessage, not VerifySignature */
} krb_wire;

/* Credentials of alice and the service; the second takes the configuration. */
void krb_talk_start(krb_talk *t, const char *package);
void krb_talk_start_with(krb_talk *t, const char *package, const char *config);
void krb_talk_open(krb_talk *t, ULONG isc, ULONG asc);
/* Messages both ways, of each kind that there is. */
void krb_talk_passes(krb_talk *t);
void krb_talk_clear(krb_talk *t);

/* Sides: 0 = the initiator, 1 = the acceptor. try tells what came of it, make must succeed. */
SECURITY_STATUS krb_talk_try(krb_talk *t, int from, bool seal, krb_wire *ret);
void krb_talk_make(krb_talk *t, int from, bool seal, krb_wire *ret);
void krb_talk_make_qop(krb_talk *t, int from, ULONG qop, krb_wire *ret);
/* Open a copy: the text is there, or nothing that was secret is. */
SECURITY_STATUS krb_talk_take(krb_talk *t, int to, const krb_wire *m);
SECURITY_STATUS krb_talk_decrypt(krb_talk *t, int to, const krb_wire *m, ULONG *ret_qop);
/* The first n octets of token and text, as one buffer. */
SECURITY_STATUS krb_talk_stream(krb_talk *t, int to, const krb_wire *m, ULONG n);
/* A side's first leg with channel bindings, NULL = none. */
SECURITY_STATUS krb_talk_first_bound(krb_talk *t, bool client, const char *data, ULONG req);

#endif
