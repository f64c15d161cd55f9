/* The realm of a lab: database, principals, KDC, first ticket; and its end. */
#include <cli/lab.h>
#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <troth/env.h>
#include <unistd.h>

#define REALM  "EXAMPLE.TEST"
#define KDC    "krb5kdc"
#define PREFIX "troth-lab-"  /* of its directory's name */
#define MARK   "troth lab\n" /* content of the file "lab" in it */

enum { PORT_FIRST = 20000, PORT_COUNT = 12000, PORT_TRIES = 20 }; /* below the ports that systems hand out */

static int complain(const char *what)
{
    fprintf(stderr, "troth lab: %s\n", what);
    return 1;
}

static bool make_secret(char ret[TROTH_LAB_SECRET])
{
    static const char letters[] = "abcdefghijkmnopqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789";
    const troth_env *env = troth_env_posix();
    uint8_t raw[TROTH_LAB_SECRET - 1];
    if (env->random(env->self, raw, sizeof raw))
        return false;
    for (size_t i = 0; i < sizeof raw; i++)
        ret[i] = letters[raw[i] % (sizeof letters - 1)];
    ret[sizeof raw] = '\0';
    return true;
}

static int look_for_programs(void)
{
    static const struct {
        const char *program, *package;
    } needed[] = { { "kdb5_util", "krb5-kdc" },
                   { KDC, "krb5-kdc" },
                   { "kadmin.local", "krb5-admin-server" },
                   { "kinit", "krb5-user" } };
    char path[4096];
    const char *old = getenv("PATH");
    snprintf(path, sizeof path, "%s:/usr/local/sbin:/usr/sbin:/sbin", old ? old : "/usr/bin:/bin");
    setenv("PATH", path, 1); /* the KDC's programs are the administrator's */
    for (size_t i = 0; i < sizeof needed / sizeof *needed; i++)
        if (!troth_lab_find(needed[i].program)) {
            fprintf(stderr, "troth lab: %s is not installed (Debian package %s)\n", needed[i].program,
                    needed[i].package);
            return TROTH_LAB_MISSING;
        }
    return 0;
}

/* Show what the programs said, since their log goes with the directory. */
static int show_log(const troth_lab *lab, const char *what)
{
    char path[TROTH_LAB_PATH], line[512];
    complain(what);
    troth_lab_path(lab, "lab.log", path);
    FILE *f = fopen(path, "re");
    while (f && fgets(line, sizeof line, f))
        if (!strstr(line, " -pw ")) /* kadmin.local repeats what it was told */
            fprintf(stderr, "  %s", line);
    if (f)
        fclose(f);
    return 1;
}

static bool run(const troth_lab *lab, const char *const argv[], const char *input)
{
    char log[TROTH_LAB_PATH];
    troth_lab_path(lab, "lab.log", log);
    return troth_lab_spawn(argv, input, log) == 0;
}

static bool create_database(const troth_lab *lab)
{
    char master[TROTH_LAB_SECRET], twice[2 * TROTH_LAB_SECRET + 2];
    if (!make_secret(master))
        return false;
    snprintf(twice, sizeof twice, "%s\n%s\n", master, master);
    return run(lab, (const char *const[]){ "kdb5_util", "create", "-s", "-r", REALM, NULL }, twice);
}

/*
 * alice and bob have passwords, the services random keys. HTTP/localhost may be delegated to. wrong/localhost lies in
 * wrong.keytab with the number of its key, but another key.
 */
static const char principals[] = "addprinc -pw \"%s\" alice\n"
                                 "addprinc -pw \"%s\" bob\n"
                                 "addprinc -randkey host/localhost\n"
                                 "addprinc -randkey svc/localhost\n"
                                 "addprinc -randkey +ok_as_delegate HTTP/localhost\n"
                                 "addprinc -randkey wrong/localhost\n"
                                 "ktadd -norandkey -k %s/alice.keytab alice\n"
                                 "ktadd -norandkey -k %s/bob.keytab bob\n"
                                 "ktadd -norandkey -k %s/service.keytab host/localhost svc/localhost HTTP/localhost\n"
                                 "ktadd -norandkey -k %s/host.keytab host/localhost\n"
                                 "ktadd -norandkey -k %s/wrong.keytab wrong/localhost\n"
                                 "delprinc -force wrong/localhost\n"
                                 "addprinc -randkey wrong/localhost\n";

static bool create_principals(const troth_lab *lab)
{
    char script[8 * TROTH_LAB_PATH], path[TROTH_LAB_PATH];
    const char *d = lab->dir;
    snprintf(script, sizeof script, principals, lab->alice, lab->bob, d, d, d, d, d);
    bool ok = run(lab, (const char *const[]){ "kadmin.local", "-r", REALM, NULL }, script);
    explicit_bzero(script, sizeof script);
    troth_lab_path(lab, "wrong.keytab", path); /* kadmin.local does not tell of failures: look at the last thing made */
    return ok && access(path, R_OK) == 0;
}

/* The KDC writes its pid just after it has left us, so the file may be some milliseconds late. 0 = there is none. */
static pid_t pid_in(const char *dir, const char *file, bool wait)
{
    char path[TROTH_LAB_PATH];
    int pid = 0;
    snprintf(path, sizeof path, "%.400s/%s", dir, file);
    for (int i = 0; i < 200; i++) {
        FILE *f = fopen(path, "re");
        bool got = f && fscanf(f, "%d", &pid) == 1;
        if (f)
            fclose(f);
        if (got || !wait)
            break;
        nanosleep(&(struct timespec){ .tv_nsec = 5000000 }, NULL);
    }
    return pid > 1 ? pid : 0;
}

/*
 * A pid may have been given to another program meanwhile, which is left alone; and a program that has ended may still
 * wait for an init that reaps.
 */
static bool is_running(pid_t pid, const char *program)
{
    char path[64], name[32] = "", state = 'Z';
    snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
    FILE *f = fopen(path, "re");
    bool is = f && fscanf(f, "%*d (%31[^)]) %c", name, &state) == 2 && strcmp(name, program) == 0;
    if (f)
        fclose(f);
    return is && state != 'Z';
}

static void end_program(pid_t pid, const char *program)
{
    if (!pid)
        return;
    if (is_running(pid, program))
        kill(pid, SIGTERM);
    for (int i = 0; i < 2000 && is_running(pid, program); i++)
        nanosleep(&(struct timespec){ .tv_nsec = 1000000 }, NULL);
    (void)waitpid(pid, NULL, WNOHANG); /* of `lab run` it is a child */
}

/* How many listeners a TCP port has, on any address. */
static unsigned listeners(unsigned port)
{
    char line[512];
    unsigned n = 0, local, state;
    FILE *f = fopen("/proc/net/tcp", "re");
    while (f && fgets(line, sizeof line, f))
        if (sscanf(line, "%*d: %*8x:%4x %*8x:%*4x %2x", &local, &state) == 2)
            n += local == port && state == 0x0a; /* TCP_LISTEN */
    if (f)
        fclose(f);
    return n;
}

static bool another_port(troth_lab *lab)
{
    const troth_env *env = troth_env_posix();
    uint8_t r[2];
    if (env->random(env->self, r, sizeof r))
        return false;
    lab->port = PORT_FIRST + (unsigned)(r[0] << 8 | r[1]) % PORT_COUNT;
    return true;
}

/*
 * Without -n the KDC leaves us when it listens, so its exit is the sign. A port that is taken is no failure to it: MIT's
 * KDCs share one, and clients would get answers of either realm. So the listeners are counted before and after.
 */
static bool start_kdc(troth_lab *lab)
{
    char pid_file[TROTH_LAB_PATH];
    troth_lab_path(lab, "kdc.pid", pid_file);
    for (unsigned tries = 0; tries < PORT_TRIES; tries++) {
        if (!another_port(lab) || !troth_lab_write_realm(lab))
            return false;
        if (listeners(lab->port) || !run(lab, (const char *const[]){ KDC, "-P", pid_file, NULL }, ""))
            continue;
        if (listeners(lab->port) == 1)
            return true;
        end_program(pid_in(lab->dir, "kdc.pid", true), KDC);
        (void)unlink(pid_file);
    }
    return false;
}

static bool first_ticket(const troth_lab *lab)
{
    char keytab[TROTH_LAB_PATH];
    troth_lab_path(lab, "alice.keytab", keytab);
    return run(lab, (const char *const[]){ "kinit", "-k", "-t", keytab, "alice", NULL }, "");
}

static bool make_directory(troth_lab *lab)
{
    const char *tmp = getenv("TMPDIR");
    int n = snprintf(lab->dir, 300, "%s/" PREFIX "XXXXXX", tmp && *tmp ? tmp : "/tmp");
    return n < 300 && mkdtemp(lab->dir);
}

static int fill(troth_lab *lab)
{
    char log[TROTH_LAB_PATH];
    if (!make_secret(lab->alice) || !make_secret(lab->bob))
        return complain("no random octets");
    if (!troth_lab_write(lab, "lab", MARK) || !troth_lab_write_realm(lab) || !troth_lab_write_users(lab))
        return complain("the directory cannot be written");
    troth_lab_setenv(lab);
    if (!create_database(lab))
        return show_log(lab, "kdb5_util failed:");
    if (!create_principals(lab))
        return show_log(lab, "kadmin.local failed:");
    if (!start_kdc(lab))
        return show_log(lab, "krb5kdc failed:");
    if (!first_ticket(lab))
        return show_log(lab, "kinit failed:");
    if (!troth_lab_start_backends(lab))
        return complain("the backends cannot listen");
    troth_lab_setenv(lab);
    troth_lab_path(lab, "lab.log", log);
    (void)unlink(log);
    return 0;
}

int troth_lab_up(troth_lab *lab)
{
    int status = look_for_programs();
    if (status)
        return status;
    lab->backend[0] = 0;
    if (!make_directory(lab))
        return complain("no temporary directory can be made: see TMPDIR");
    status = fill(lab);
    if (status)
        (void)troth_lab_down(lab->dir);
    return status;
}

static int remove_one(const char *path, const struct stat *sb, int type, struct FTW *at)
{
    (void)sb, (void)type, (void)at;
    return remove(path);
}

/*
 * Removing a tree asks for certainty: its name as we make them, no link, ours, and in it the mark with its content. An
 * entry that merely has the mark's name proves nothing.
 */
static bool is_lab(const char *dir)
{
    char mark[TROTH_LAB_PATH], content[sizeof MARK] = "";
    const char *name = strrchr(dir, '/');
    struct stat sb;
    if (strlen(dir) > 400 || strncmp(name ? name + 1 : dir, PREFIX, sizeof PREFIX - 1) != 0)
        return false;
    if (lstat(dir, &sb) || !S_ISDIR(sb.st_mode) || sb.st_uid != geteuid())
        return false;
    snprintf(mark, sizeof mark, "%s/lab", dir);
    int fd = open(mark, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    ssize_t n = fd < 0 ? -1 : read(fd, content, sizeof content);
    if (fd >= 0)
        close(fd);
    return n == sizeof MARK - 1 && memcmp(content, MARK, (size_t)n) == 0;
}

int troth_lab_down(const char *dir)
{
    char mark[TROTH_LAB_PATH];
    if (!is_lab(dir)) {
        fprintf(stderr, "troth lab: %s is not a lab\n", dir);
        return 1;
    }
    snprintf(mark, sizeof mark, "%.400s/kdc.log", dir);
    end_program(pid_in(dir, "kdc.pid", access(mark, F_OK) == 0), KDC);
    end_program(pid_in(dir, "echo.pid", false), TROTH_LAB_ECHO);
    end_program(pid_in(dir, "rpc.pid", false), TROTH_LAB_RPC);
    if (nftw(dir, remove_one, 16, FTW_DEPTH | FTW_PHYS) != 0)
        return complain("the directory could not be removed in full");
    return 0;
}
