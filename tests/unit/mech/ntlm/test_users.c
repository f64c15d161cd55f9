/* Files in smbpasswd form. */
#include "pair.h"
#include <stdio.h>
#include <support/hex.h>
#include <sys/stat.h>
#include <unistd.h>

#define X32 "XXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXX"
#define H32 "a4f49c406510bdcab6824ee7c30fd852"

static char path[64];

static void write_file(const char *text, mode_t mode)
{
    strcpy(path, "/tmp/troth_users_XXXXXX");
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
    assert_int_equal(fchmod(fd, mode), 0);
    close(fd);
}

static troth_status load(pair *p, const char *text)
{
    write_file(text, 0600);
    const troth_cred_source src = { .mech = "ntlm", .kind = TROTH_CRED_USER_FILE, .path = path, .domain = "HOME" };
    troth_status st = pair_cred(p, TROTH_USE_ACCEPT, &src, &p->scred);
    unlink(path);
    return st;
}

static const troth_ntlm_users *users_of(const pair *p)
{
    return &troth_ntlm_cred_for(p->scred, TROTH_ACCEPTOR)->users;
}

static void test_good_file(void **state)
{
    (void)state;
    pair p = { 0 };
    uint8_t hash[16];
    unhex(H32, hash, 16);
    test_env_init(&p.t);
    test_env_secret(&p.t, hash, 16);
    test_env_secret(&p.t, H32, 32);
    assert_int_equal(load(&p,
                          "# accounts\n"
                          "\n"
                          "alice:1000:" X32 ":" H32 ":[U          ]:LCT-5A000000:\n"
                          "CORP\\alice:1001:" X32 ":00000000000000000000000000000001:[U          ]:LCT-00000000:\r\n"
                          "Zoë:1002:" H32 ":" H32 ":[UX         ]:\n"
                          "off:1003:" X32 ":" H32 ":[DU         ]:LCT-00000000:\n"
                          "open:1004:" X32 ":NO PASSWORDXXXXXXXXXXXXXXXXXXXXX:[NU         ]:LCT-00000000:\n"
                          "none:1005:" X32 ":" X32 ":[U          ]:LCT-00000000:\n"
                          "host$:1006:" X32 ":" H32 ":[W          ]:LCT-00000000:\n"
                          "last:1007:" X32 ":" H32 ":[U          ]:LCT-00000000:"),
                     TROTH_OK);
    const troth_ntlm_users *u = users_of(&p);
    assert_int_equal(u->n, 8);
    assert_memory_equal(troth_ntlm_users_find(u, "ALICE", "anything")->nt_hash, hash, 16);
    assert_int_equal(troth_ntlm_users_find(u, "Alice", "corp")->nt_hash[15], 1);
    assert_string_equal(troth_ntlm_users_find(u, "zOË", "")->name, "Zoë");
    assert_non_null(troth_ntlm_users_find(u, "last", ""));
    static const char *const out[] = { "off", "open", "none", "host$", "nobody", "", "alic", "alice2" };
    for (size_t i = 0; i < sizeof out / sizeof *out; i++)
        assert_null(troth_ntlm_users_find(u, out[i], "CORP"));
    troth_cred_unref(p.scred);
    test_env_check(&p.t);
}

static void test_bad_lines(void **state)
{
    (void)state;
    static const struct {
        const char *line, *complaint;
    } rows[] = {
        { "alice", "not of the form" },
        { "alice:1000:" X32 ":" H32, "not of the form" },
        { "alice:1000:" X32 ":" H32 ":[U          ]", "not of the form" },
        { "alice:ten:" X32 ":" H32 ":[U          ]:LCT-0:", "uid" },
        { "alice:1000:" X32 "X:" H32 ":[U          ]:LCT-0:", "LM hash" },
        { "alice:1000:" X32 ":" H32 "0:[U          ]:LCT-0:", "NT hash" },
        { "alice:1000:" X32 ":g4f49c406510bdcab6824ee7c30fd852:[U          ]:LCT-0:", "NT hash" },
        { "alice:1000:" X32 ":Password:[U          ]:LCT-0:", "NT hash" },
        { "alice:1000:" X32 ":" H32 ":U:LCT-0:", "flags" },
        { ":1000:" X32 ":" H32 ":[U          ]:LCT-0:", "account name" },
        { "CORP\\:1000:" X32 ":" H32 ":[U          ]:LCT-0:", "account name" },
        { "\\alice:1000:" X32 ":" H32 ":[U          ]:LCT-0:", "account name" },
        { "\xff:1000:" X32 ":" H32 ":[U          ]:LCT-0:", "account name" },
        { "BOB:1000:" X32 ":" H32 ":[U          ]:LCT-0:", "twice" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        pair p = { 0 };
        char text[512];
        troth_job *job;
        test_env_init(&p.t);
        test_env_secret(&p.t, H32, 32);
        snprintf(text, sizeof text, "bob:1:" X32 ":" H32 ":[U          ]:LCT-0:\n\n%s\n", rows[i].line);
        write_file(text, 0600);
        const troth_cred_source src = { .mech = "ntlm", .kind = TROTH_CRED_USER_FILE, .path = path };
        assert_int_equal(troth_cred_new(&p.t.env, &pair_table, TROTH_USE_ACCEPT, &src, 1, &p.scred), TROTH_OK);
        assert_int_equal(troth_cred_job(p.scred, 1, &job), TROTH_OK);
        troth_job_run(job);
        troth_job_free(job);
        assert_int_equal(troth_cred_ready(p.scred, NULL), TROTH_BAD_CONFIG);
        const char *said = troth_cred_complaint(p.scred);
        assert_non_null(said);
        snprintf(text, sizeof text, "%s:3: ", path);
        if (strncmp(said, text, strlen(text)) || !strstr(said, rows[i].complaint) || strstr(said, H32))
            fail_msg("%zu: %s", i, said);
        unlink(path);
        troth_cred_unref(p.scred);
        test_env_check(&p.t);
    }
}

static void test_long_line_and_no_file(void **state)
{
    (void)state;
    pair p = { 0 };
    char text[2000];
    memset(text, 'a', sizeof text);
    text[sizeof text - 1] = 0;
    test_env_init(&p.t);
    assert_int_equal(load(&p, text), TROTH_BAD_CONFIG);
    const troth_cred_source src = { .mech = "ntlm", .kind = TROTH_CRED_USER_FILE, .path = "/nonexistent/users" };
    assert_int_equal(pair_cred(&p, TROTH_USE_ACCEPT, &src, &p.scred), TROTH_IO);
    test_env_check(&p.t);
}

/* A file that others may read or write, one that lets nobody in, and what is no file. */
static void test_whole_files(void **state)
{
    (void)state;
    static const char good[] = "alice:1:" X32 ":" H32 ":[U          ]:LCT-0:\n";
    static const struct {
        const char *text;
        mode_t mode;
        troth_status want;
        const char *complaint;
    } rows[] = {
        { good, 0600, TROTH_OK, NULL },
        { good, 0640, TROTH_OK, NULL },
        { good, 0644, TROTH_BAD_CONFIG, "can be read or written by others" },
        { good, 0602, TROTH_BAD_CONFIG, "can be read or written by others" },
        { good, 0660, TROTH_BAD_CONFIG, "can be read or written by others" },
        { "", 0600, TROTH_BAD_CONFIG, ": names no user" },
        { "# alice\n\n", 0600, TROTH_BAD_CONFIG, ": names no user" },
        { NULL, 0600, TROTH_IO, "is no file" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        pair p = { 0 };
        troth_job *job;
        test_env_init(&p.t);
        test_env_secret(&p.t, H32, 32);
        write_file(rows[i].text ? rows[i].text : "", rows[i].mode);
        if (!rows[i].text) { /* a pipe that nobody ever writes to: nobody waits for it */
            unlink(path);
            assert_int_equal(mkfifo(path, 0600), 0);
        }
        const troth_cred_source src = { .mech = "ntlm", .kind = TROTH_CRED_USER_FILE, .path = path };
        assert_int_equal(troth_cred_new(&p.t.env, &pair_table, TROTH_USE_ACCEPT, &src, 1, &p.scred), TROTH_OK);
        assert_int_equal(troth_cred_job(p.scred, 1, &job), TROTH_OK);
        troth_job_run(job);
        troth_job_free(job);
        unlink(path);
        const char *said = troth_cred_complaint(p.scred);
        if (troth_cred_ready(p.scred, NULL) != rows[i].want || !said != !rows[i].complaint ||
            (said && (strncmp(said, path, strlen(path)) != 0 || !strstr(said, rows[i].complaint))))
            fail_msg("%zu: %s, %s", i, troth_status_name(troth_cred_ready(p.scred, NULL)), said ? said : "-");
        troth_cred_unref(p.scred);
        test_env_check(&p.t);
    }
}

/* More accounts than the list has room for at first, given in no order, all found; longer than one read. */
static void test_many(void **state)
{
    (void)state;
    pair p = { 0 };
    static char text[300 * 120];
    size_t at = 0;
    for (unsigned i = 0; i < 300; i++)
        at += (size_t)snprintf(text + at, sizeof text - at, "u%u:1:" X32 ":%032x:[U          ]:LCT-0:\n", i * 7 % 300,
                               i * 7 % 300);
    test_env_init(&p.t);
    assert_int_equal(load(&p, text), TROTH_OK);
    for (unsigned i = 0; i < 300; i++) {
        char name[8];
        snprintf(name, sizeof name, "U%u", i);
        const troth_ntlm_user *u = troth_ntlm_users_find(users_of(&p), name, "");
        assert_non_null(u);
        assert_int_equal(u->nt_hash[15] + 256 * u->nt_hash[14], i);
    }
    troth_cred_unref(p.scred);
    test_env_check(&p.t);
}

/* An account without a domain of its own is shown under ours, whatever its client claims. */
static void test_authority_is_not_the_clients_word(void **state)
{
    (void)state;
    static const struct {
        const char *user, *domain, *name;
    } rows[] = {
        { "alice", "EVIL", "HOME\\alice" },
        { "ALICE", "CORP", "HOME\\alice" },
        { "bob", "corp", "CORP\\bob" },
        { "bob", "EVIL", NULL },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        pair p = { 0 };
        test_env_init(&p.t);
        write_file("alice:1:" X32 ":" H32 ":[U          ]:LCT-0:\nCORP\\bob:1:" X32 ":" H32 ":[U          ]:LCT-0:\n",
                   0600);
        const troth_cred_source src = { .mech = "ntlm", .kind = TROTH_CRED_USER_FILE, .path = path, .domain = "HOME" };
        pair_open(&p, &(pair_options){ .ssource = &src, .user = rows[i].user, .domain = rows[i].domain });
        pair_run(&p);
        unlink(path);
        assert_int_equal(troth_context_error(p.server)->code, rows[i].name ? TROTH_OK : TROTH_DENIED);
        assert_string_equal(troth_context_facts(p.server).peer.name, rows[i].name ? rows[i].name : "");
        pair_close(&p);
        test_env_check(&p.t);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_good_file),
        cmocka_unit_test(test_bad_lines),
        cmocka_unit_test(test_long_line_and_no_file),
        cmocka_unit_test(test_whole_files),
        cmocka_unit_test(test_many),
        cmocka_unit_test(test_authority_is_not_the_clients_word),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
