/*
 * A NegotiateStream server for one client: after the handshake it sends one protected frame without plaintext, then one
 * with the octet 0x2a, and closes. Shows what a peer makes of an empty frame, which no stream of the library sends.
 *
 * usage: empty_frame BY LEVEL     BY: spnego-kerberos, else NTLM; keys and users from the lab's environment
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <troth/sec.h>
#include <unistd.h>

enum { DONE = 0x14, IN_PROGRESS = 0x16, ROOM = 256 };

static void die(const char *what)
{
    fprintf(stderr, "empty_frame: %s\n", what);
    exit(1);
}

static void must(troth_status st, const char *what)
{
    if (!st)
        return;
    fprintf(stderr, "empty_frame: %s: %s\n", what, troth_status_name(st));
    exit(1);
}

static void read_all(int fd, uint8_t *to, size_t n)
{
    for (ssize_t got; n; to += got, n -= (size_t)got)
        if ((got = read(fd, to, n)) <= 0)
            die("the client went away");
}

static void write_all(int fd, const uint8_t *from, size_t n)
{
    for (ssize_t put; n; from += put, n -= (size_t)put)
        if ((put = write(fd, from, n)) <= 0)
            die("the client went away");
}

static int accept_one(void)
{
    struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t len = sizeof at;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || bind(fd, (struct sockaddr *)&at, len) || listen(fd, 1) ||
        getsockname(fd, (struct sockaddr *)&at, &len))
        die("no socket");
    printf("ready 127.0.0.1:%u\n", ntohs(at.sin_port));
    fflush(stdout);
    int client = accept(fd, NULL, NULL);
    close(fd);
    return client;
}

static troth_cred *acquire(const troth_env *env, bool ntlm)
{
    const char *keytab = getenv("KRB5_KTNAME"), *users = getenv("TROTH_LAB_NTLM_USERS");
    if (!keytab || !users)
        die("run it inside a lab");
    troth_cred_source src = { .mech = "kerberos",
                              .kind = TROTH_CRED_KEYTAB,
                              .path = strncmp(keytab, "FILE:", 5) ? keytab : keytab + 5 };
    if (ntlm)
        src = (troth_cred_source){ .mech = "ntlm", .kind = TROTH_CRED_USER_FILE, .path = users, .domain = "LAB" };
    troth_cred *cred;
    troth_job *job;
    must(troth_cred_new(env, troth_mechs_default(), TROTH_USE_ACCEPT, &src, 1, &cred), "credential");
    must(troth_cred_job(cred, 0, &job), "credential job");
    troth_job_run(job);
    troth_job_free(job);
    must(troth_cred_ready(cred, NULL), "credential");
    return cred;
}

/* One leg: the client's frame in, ours out. The context when it is complete, else NULL in *ret_context's stead. */
static troth_step leg(const troth_env *env, int fd, troth_context **c)
{
    uint8_t head[5];
    read_all(fd, head, sizeof head);
    troth_block token = { .len = (size_t)(head[3] << 8 | head[4]) };
    token.data = env->alloc(env->self, token.len ? token.len : 1);
    if (!token.data)
        die("no memory");
    read_all(fd, token.data, token.len);
    troth_job *job;
    must(troth_context_job(*c, &token, 1, &job), "leg");
    troth_job_run(job);
    troth_step step = troth_job_result(job);
    *c = troth_job_take_context(job);
    if (step == TROTH_STEP_ERROR)
        must(troth_context_error(*c)->code, "handshake");
    troth_bytes out = troth_job_token(job);
    uint8_t reply[5] = { step == TROTH_STEP_DONE ? DONE : IN_PROGRESS, 1, 0, (uint8_t)(out.len >> 8),
                         (uint8_t)out.len };
    write_all(fd, reply, sizeof reply);
    write_all(fd, out.data, out.len);
    troth_job_free(job);
    return step;
}

/* One data frame [MS-NNS 2.2.2]: a little-endian length, the token, the data (at most ROOM octets in all). */
static void send_frame(int fd, troth_context *c, troth_form form, const uint8_t *data, size_t n)
{
    uint8_t frame[4 + ROOM];
    size_t token = troth_context_token_size(c, form, n);
    if (!token || token + n > ROOM)
        die("the token does not fit");
    memcpy(frame + 4 + token, data, n);
    troth_segment seg = { TROTH_SEG_DATA, frame + 4 + token, n };
    troth_message msg = { .segs = &seg, .n_segs = 1, .token = frame + 4, .token_len = token };
    must(troth_context_protect(c, form, &msg, 1, NULL), "protect");
    if (msg.token_len != token)
        die("the token is not as long as it said");
    size_t len = token + n;
    for (unsigned i = 0; i < 4; i++)
        frame[i] = (uint8_t)(len >> 8 * i);
    write_all(fd, frame, 4 + len);
}

int main(int argc, char **argv)
{
    if (argc != 3)
        die("usage: empty_frame BY LEVEL");
    const troth_env *env = troth_env_posix();
    bool ntlm = strcmp(argv[1], "spnego-kerberos") != 0, seal = strcmp(argv[2], "encrypt") == 0;
    troth_cred *cred = acquire(env, ntlm);
    troth_context_options opts = { .role = TROTH_ACCEPTOR,
                                   .mech = "spnego",
                                   .require = TROTH_F_INTEGRITY | TROTH_F_REPLAY | TROTH_F_SEQUENCE | TROTH_F_MUTUAL |
                                              (seal ? (troth_flags)TROTH_F_CONFIDENTIALITY : 0) };
    troth_context *c;
    must(troth_context_new(cred, &opts, &c), "context");
    int fd = accept_one();
    while (leg(env, fd, &c) == TROTH_STEP_MORE)
        ;
    /* Sign is a wrap token for Kerberos and the bare signature for NTLM; both are one form of ours each. */
    bool sealed = troth_context_facts(c).attributes & TROTH_F_CONFIDENTIALITY;
    troth_form form = sealed ? TROTH_FORM_SEAL : ntlm ? TROTH_FORM_MIC : TROTH_FORM_WRAP;
    const uint8_t octet = 0x2a;
    send_frame(fd, c, form, &octet, 0);
    send_frame(fd, c, form, &octet, 1);
    shutdown(fd, SHUT_WR);
    close(fd);
    troth_context_free(c);
    troth_cred_unref(cred);
    return 0;
}
