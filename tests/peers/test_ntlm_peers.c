/*
 * Our NTLM against gss-ntlmssp and WinPR, each in a process of its own, in both roles. A peer that is not there is a
 * skip with its reason; TROTH_PEERS names the directory of the peer programs.
 */
#include "ntlm_line.h"
#include <mech/ntlm/impl.h>
#include <mech/ntlm/ntlm.h>
#include <signal.h>
#include <support/env.h>
#include <support/test.h>
#include <sys/wait.h>
#include <unistd.h>

#define BINDINGS       "tls-server-end-point:0123456789abcdef"
#define OTHER_BINDINGS "tls-server-end-point:fedcba9876543210"

static const troth_mech *const mechs[] = { &troth_mech_ntlm };
static const troth_mech_table table = { mechs, 1 };

/* ---- the peer's process ---- */

typedef struct process {
    pid_t pid;
    FILE *to, *from;
    char line[2 * LINE_OCTETS + 64];
    char word[16], tail[128];
    line_octets octets;
} process;

static process peer;
static char plain_users[64], hashed_users[64];

static bool start(const char *name)
{
    char path[512];
    int in[2], out[2];
    const char *dir = getenv("TROTH_PEERS");
    snprintf(path, sizeof path, "%s/%s", dir ? dir : TROTH_PEERS, name);
    if (access(path, X_OK)) {
        print_message("skipped: %s is not there\n", path);
        return false;
    }
    assert_int_equal(pipe(in) | pipe(out), 0);
    peer.pid = fork();
    assert_true(peer.pid >= 0);
    if (!peer.pid) {
        dup2(in[0], 0);
        dup2(out[1], 1);
        close(in[0]), close(in[1]), close(out[0]), close(out[1]);
        setenv("NTLM_USER_FILE", plain_users, 1);
        execl(path, path, (char *)NULL);
        _exit(127);
    }
    close(in[0]);
    close(out[1]);
    peer.to = fdopen(in[1], "w");
    peer.from = fdopen(out[0], "r");
    return true;
}

static void stop(void)
{
    int status;
    fclose(peer.to);
    fclose(peer.from);
    waitpid(peer.pid, &status, 0);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

static void put_hex(const void *p, size_t n)
{
    const uint8_t *b = p;
    fputc(' ', peer.to);
    for (size_t i = 0; i < n; i++)
        fprintf(peer.to, "%02x", b[i]);
    if (!n)
        fputc('-', peer.to);
}

/* End the command and read its answer: word, octets, and what follows. */
static const char *answer(void)
{
    char hex[2 * LINE_OCTETS + 1] = "";
    fputc('\n', peer.to);
    fflush(peer.to);
    if (!fgets(peer.line, sizeof peer.line, peer.from))
        return "died";
    peer.tail[0] = 0;
    sscanf(peer.line, "%15s %140000s %127[^\n]", peer.word, hex, peer.tail);
    if (strcmp(peer.word, "error"))
        line_read_hex(hex, &peer.octets);
    return peer.word;
}

static const char *give(const char *command, const void *p, size_t n)
{
    fputs(command, peer.to);
    put_hex(p, n);
    return answer();
}

/* ---- our end ---- */

typedef struct end {
    test_env t;
    troth_cred *cred;
    troth_context *c;
    troth_writer out;
} end;

static void open_end(end *e, troth_role role, troth_flags require, const char *bindings, uint32_t policy)
{
    const troth_cred_source client = { .mech = "ntlm",
                                       .kind = TROTH_CRED_PASSWORD,
                                       .principal = "User",
                                       .domain = "DOM",
                                       .host = "TESTER",
                                       .secret = { (const uint8_t *)"Password", 8 } };
    const troth_cred_source server = {
        .mech = "ntlm", .kind = TROTH_CRED_USER_FILE, .path = hashed_users, .domain = "DOM", .host = "SERVER"
    };
    const troth_context_options o = { .role = role,
                                      .mech = "ntlm",
                                      .require = require,
                                      .target = role == TROTH_INITIATOR ? "svc/host" : NULL,
                                      .bindings = { (const uint8_t *)bindings, bindings ? strlen(bindings) : 0 },
                                      .policy = policy };
    troth_job *job;
    memset(e, 0, sizeof *e);
    test_env_init(&e->t);
    e->out = troth_writer_growing(&e->t.env, 65535, TROTH_LE);
    assert_int_equal(troth_cred_new(&e->t.env, &table, role == TROTH_INITIATOR ? TROTH_USE_INITIATE : TROTH_USE_ACCEPT,
                                    role == TROTH_INITIATOR ? &client : &server, 1, &e->cred),
                     TROTH_OK);
    assert_int_equal(troth_cred_job(e->cred, 1, &job), TROTH_OK);
    troth_job_run(job);
    troth_job_free(job);
    assert_int_equal(troth_cred_ready(e->cred, NULL), TROTH_OK);
    assert_int_equal(troth_context_new(e->cred, &o, &e->c), TROTH_OK);
}

static void close_end(end *e)
{
    troth_writer_clear(&e->out);
    troth_context_free(e->c);
    troth_cred_unref(e->cred);
    test_env_check(&e->t);
}

static troth_step leg(end *e, const void *p, size_t n)
{
    troth_writer_reset(&e->out);
    troth_step s = troth_context_step(e->c, (troth_bytes){ n ? p : NULL, n }, &e->out);
    if (e->out.len)
        assert_memory_equal(e->out.base, "NTLMSSP", 8);
    return s;
}

/* ---- messages ---- */

static void seal_both_ways(end *e, unsigned i)
{
    uint8_t all[16 + 40];
    size_t n = 1 + i * 7 % 40;
    memset(all + 16, (int)('a' + i), n);
    troth_segment seg = { TROTH_SEG_DATA, all + 16, n };
    troth_message m = { &seg, 1, all, 16, 0 };
    assert_int_equal(troth_context_protect(e->c, TROTH_FORM_SEAL, &m, 1, NULL), TROTH_OK);
    assert_true(all[16] != 'a' + (int)i || n < 3 || all[17] != 'a' + (int)i);
    assert_string_equal(give("unwrap", all, 16 + n), "ok");
    assert_int_equal(peer.octets.len, n);
    assert_int_equal(peer.octets.data[n - 1], 'a' + i);
    assert_string_equal(give("wrap", "from the peer", 13), "ok");
    assert_int_equal(peer.octets.len, 29);
    troth_segment stream = { TROTH_SEG_STREAM, peer.octets.data, peer.octets.len };
    troth_message r = { &stream, 1, NULL, 0, 0 };
    assert_int_equal(troth_context_unprotect(e->c, TROTH_FORM_SEAL, &r, 1, NULL), TROTH_OK);
    assert_int_equal(stream.len, 13);
    assert_memory_equal(stream.data, "from the peer", 13);
}

static void sign_both_ways(end *e)
{
    uint8_t text[] = "signed and in clear", token[16];
    troth_segment seg = { TROTH_SEG_DATA, text, sizeof text };
    troth_message m = { &seg, 1, token, 16, 0 };
    assert_int_equal(troth_context_protect(e->c, TROTH_FORM_MIC, &m, 1, NULL), TROTH_OK);
    fputs("verify", peer.to);
    put_hex(text, sizeof text);
    assert_string_equal(give("", token, 16), "ok");
    assert_string_equal(give("mic", text, sizeof text), "ok");
    assert_int_equal(peer.octets.len, 16);
    m.token = peer.octets.data;
    m.token_len = 16;
    text[0] ^= 1; /* once wrong, then right: a refused message does not derail the context */
    uint8_t copy[sizeof text];
    memcpy(copy, text, sizeof text);
    seg.data = copy;
    assert_int_equal(troth_context_unprotect(e->c, TROTH_FORM_MIC, &m, 1, NULL), TROTH_BAD_MIC);
    text[0] ^= 1;
    seg.data = text;
    assert_int_equal(troth_context_unprotect(e->c, TROTH_FORM_MIC, &m, 1, NULL), TROTH_OK);
}

/* WinPR leaves MakeSignature and VerifySignature out; without SEAL its EncryptMessage signs and does not encrypt. */
static void wrap_both_ways(end *e)
{
    uint8_t all[16 + 20] = "................wrapped and in clear";
    troth_segment seg = { TROTH_SEG_DATA, all + 16, 20 };
    troth_message m = { &seg, 1, all, 16, 0 };
    assert_int_equal(troth_context_protect(e->c, TROTH_FORM_WRAP, &m, 1, NULL), TROTH_OK);
    assert_memory_equal(all + 16, "wrapped and in clear", 20);
    assert_string_equal(give("unwrap", all, 36), "ok");
    assert_memory_equal(peer.octets.data, "wrapped and in clear", 20);
    assert_string_equal(give("wrap", "from the peer", 13), "ok");
    troth_segment stream = { TROTH_SEG_STREAM, peer.octets.data, peer.octets.len };
    troth_message r = { &stream, 1, NULL, 0, 0 };
    assert_int_equal(troth_context_unprotect(e->c, TROTH_FORM_WRAP, &r, 1, NULL), TROTH_OK);
    assert_memory_equal(stream.data, "from the peer", 13);
}

static void messages(end *e, const char *who, troth_flags level)
{
    bool winpr = !strcmp(who, "ntlm_winpr");
    troth_flags a = troth_context_facts(e->c).attributes;
    assert_int_equal(a & level, level);
    for (unsigned i = 0; i < 5; i++) {
        if (level & TROTH_F_CONFIDENTIALITY)
            seal_both_ways(e, i);
        if (level && !winpr)
            sign_both_ways(e);
        if (level == TROTH_F_INTEGRITY && winpr)
            wrap_both_ways(e);
    }
}

/* ---- the cases ---- */

typedef struct kase {
    const char *peer;
    const char *ours, *theirs; /* channel bindings */
    troth_flags level;
    uint32_t policy;
    troth_status want; /* of our acceptor; of an initiator: whether the peer takes it */
    bool bound;
} kase;

/* Is the peer able to play? Answers true after saying why not. */
static bool unable(const char *said)
{
    if (!strcmp(said, "ok"))
        return false;
    print_message("skipped: the peer says: %s", peer.line);
    stop();
    return true;
}

static const char *level_word(troth_flags level)
{
    if (level & TROTH_F_CONFIDENTIALITY)
        return "sc";
    return level ? "s" : "x";
}

static void run_accept(const kase *k)
{
    end e;
    if (!start(k->peer))
        skip();
    fprintf(peer.to, "init %s DOM User Password %s", strcmp(k->peer, "ntlm_gss") ? "svc/host" : "svc@host",
            level_word(k->level));
    if (unable(give("", k->theirs, k->theirs ? strlen(k->theirs) : 0)))
        skip();
    open_end(&e, TROTH_ACCEPTOR, k->level, k->ours, k->policy);
    assert_string_equal(give("token", NULL, 0), "more");
    assert_memory_equal(peer.octets.data, "NTLMSSP\0\1", 9);
    assert_int_equal(leg(&e, peer.octets.data, peer.octets.len), TROTH_STEP_MORE);
    assert_string_equal(give("token", e.out.base, e.out.len), "done");
    assert_memory_equal(peer.octets.data, "NTLMSSP\0\3", 9);
    troth_step s = leg(&e, peer.octets.data, peer.octets.len);
    const troth_error *err = troth_context_error(e.c);
    if (err->code != k->want)
        fail_msg("%s: %s, %s", k->peer, troth_status_name(err->code), err->where);
    assert_int_equal(s, k->want ? TROTH_STEP_ERROR : TROTH_STEP_DONE);
    if (!k->want) {
        assert_string_equal(troth_context_facts(e.c).peer.account, "User");
        assert_string_equal(troth_context_facts(e.c).peer.name, "DOM\\User");
        assert_int_equal((troth_context_facts(e.c).attributes & TROTH_F_BOUND) != 0, k->bound);
        messages(&e, k->peer, k->level);
    }
    close_end(&e);
    stop();
}

static void run_initiate(const kase *k)
{
    end e;
    if (!start(k->peer))
        skip();
    fprintf(peer.to, "accept %s", level_word(k->level));
    if (unable(give("", k->theirs, k->theirs ? strlen(k->theirs) : 0)))
        skip();
    open_end(&e, TROTH_INITIATOR, k->level, k->ours, 0);
    assert_int_equal(leg(&e, NULL, 0), TROTH_STEP_MORE);
    assert_memory_equal(e.out.base, "NTLMSSP\0\1", 9);
    if (strcmp(give("token", e.out.base, e.out.len), "more"))
        fail_msg("%s: %s", k->peer, peer.line);
    troth_step s = leg(&e, peer.octets.data, peer.octets.len);
    if (s != TROTH_STEP_DONE)
        fail_msg("%s: %s, %s", k->peer, troth_status_name(troth_context_error(e.c)->code),
                 troth_context_error(e.c)->where);
    assert_memory_equal(e.out.base, "NTLMSSP\0\3", 9);
    const char *said = give("token", e.out.base, e.out.len);
    if (strcmp(said, k->want ? "error" : "done"))
        fail_msg("%s: %s", k->peer, peer.line);
    if (!k->want)
        messages(&e, k->peer, k->level);
    close_end(&e);
    stop();
}

enum { NO_MIC = TROTH_POLICY_NTLM_WITHOUT_MIC, BOTH = TROTH_F_INTEGRITY | TROTH_F_CONFIDENTIALITY };

static void test_gss_initiates(void **state)
{
    (void)state;
    static const kase cases[] = {
        /* raw gss-ntlmssp sends no MIC */
        { "ntlm_gss", NULL, NULL, BOTH, 0, TROTH_DOWNGRADE, false },
        { "ntlm_gss", NULL, NULL, BOTH, NO_MIC, TROTH_OK, false },
        { "ntlm_gss", NULL, NULL, TROTH_F_INTEGRITY, NO_MIC, TROTH_OK, false },
        { "ntlm_gss", NULL, NULL, 0, NO_MIC, TROTH_OK, false },
        { "ntlm_gss", BINDINGS, BINDINGS, BOTH, NO_MIC, TROTH_OK, true },
        { "ntlm_gss", BINDINGS, BINDINGS, TROTH_F_INTEGRITY, NO_MIC, TROTH_OK, true },
        { "ntlm_gss", BINDINGS, OTHER_BINDINGS, BOTH, NO_MIC, TROTH_BAD_BINDINGS, false },
        { "ntlm_gss", BINDINGS, NULL, BOTH, NO_MIC, TROTH_OK, false },
        { "ntlm_gss", BINDINGS, NULL, BOTH, NO_MIC | TROTH_POLICY_REQUIRE_BINDINGS, TROTH_BAD_BINDINGS, false },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        run_accept(&cases[i]);
}

static void test_winpr_initiates(void **state)
{
    (void)state;
    static const kase cases[] = {
        { "ntlm_winpr", NULL, NULL, BOTH, 0, TROTH_OK, false },
        { "ntlm_winpr", NULL, NULL, TROTH_F_INTEGRITY, 0, TROTH_OK, false },
        { "ntlm_winpr", NULL, NULL, 0, 0, TROTH_OK, false },
        { "ntlm_winpr", BINDINGS, BINDINGS, BOTH, 0, TROTH_OK, true },
        { "ntlm_winpr", BINDINGS, BINDINGS, TROTH_F_INTEGRITY, 0, TROTH_OK, true },
        { "ntlm_winpr", BINDINGS, OTHER_BINDINGS, BOTH, 0, TROTH_BAD_BINDINGS, false },
        { "ntlm_winpr", BINDINGS, NULL, BOTH, TROTH_POLICY_REQUIRE_BINDINGS, TROTH_BAD_BINDINGS, false },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        run_accept(&cases[i]);
}

static void test_gss_accepts(void **state)
{
    (void)state;
    static const kase cases[] = {
        { "ntlm_gss", NULL, NULL, BOTH, 0, TROTH_OK, false },
        { "ntlm_gss", NULL, NULL, TROTH_F_INTEGRITY, 0, TROTH_OK, false },
        { "ntlm_gss", NULL, NULL, 0, 0, TROTH_OK, false },
        { "ntlm_gss", BINDINGS, BINDINGS, BOTH, 0, TROTH_OK, false },
        { "ntlm_gss", BINDINGS, BINDINGS, TROTH_F_INTEGRITY, 0, TROTH_OK, false },
        { "ntlm_gss", BINDINGS, OTHER_BINDINGS, BOTH, 0, TROTH_BAD_BINDINGS, false },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        run_initiate(&cases[i]);
}

static void test_winpr_accepts(void **state)
{
    (void)state;
    static const kase cases[] = {
        { "ntlm_winpr", NULL, NULL, BOTH, 0, TROTH_OK, false },
        { "ntlm_winpr", NULL, NULL, TROTH_F_INTEGRITY, 0, TROTH_OK, false },
        { "ntlm_winpr", NULL, NULL, 0, 0, TROTH_OK, false },
        { "ntlm_winpr", BINDINGS, BINDINGS, BOTH, 0, TROTH_OK, false },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        run_initiate(&cases[i]);
}

/* Peers live in their own processes: gss-ntlmssp's plugin must never be part of ours. */
static void test_no_plugin_here(void **state)
{
    (void)state;
    char line[512];
    FILE *maps = fopen("/proc/self/maps", "r");
    assert_non_null(maps);
    while (fgets(line, sizeof line, maps)) {
        assert_null(strstr(line, "gssntlmssp"));
        assert_null(strstr(line, "libwinpr"));
    }
    fclose(maps);
}

static void write_users(char *path, const char *text)
{
    strcpy(path, "/tmp/troth_ntlm_XXXXXX");
    int fd = mkstemp(path);
    assert_true(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text));
    close(fd);
}

static int set_up(void **state)
{
    (void)state;
    signal(SIGPIPE, SIG_IGN);
    write_users(plain_users, "DOM:User:Password\n");
    write_users(hashed_users, "User:1000:XXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXX:a4f49c406510bdcab6824ee7c30fd852:"
                              "[U          ]:LCT-00000000:\n");
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    unlink(plain_users);
    unlink(hashed_users);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_gss_initiates),  cmocka_unit_test(test_winpr_initiates),
        cmocka_unit_test(test_gss_accepts),    cmocka_unit_test(test_winpr_accepts),
        cmocka_unit_test(test_no_plugin_here),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
