#include <cli/bench_figures.h>
#include <cli/report.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

double troth_bench_clock(void)
{
    const troth_env *env = troth_env_posix();
    return (double)env->wall(env->self) / 1e7;
}

void troth_bench_add(troth_bench_figure *f, double value)
{
    if (f->n < TROTH_BENCH_ROUNDS_MAX)
        f->rounds[f->n++] = value;
}

double troth_bench_resident(uint64_t pid)
{
    char text[128] = "/proc/self/statm";
    if (pid)
        snprintf(text, sizeof text, "/proc/%" PRIu64 "/statm", pid);
    int fd = open(text, O_RDONLY | O_CLOEXEC);
    ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof text - 1);
    if (fd >= 0)
        close(fd);
    if (n <= 0)
        return 0;
    text[n] = 0;
    char *second = NULL;
    (void)strtoull(text, &second, 10);
    return (double)strtoull(second, NULL, 10) * (double)sysconf(_SC_PAGESIZE);
}

void troth_bench_note(troth_bench_figures *f, const troth_facts *facts, troth_level level)
{
    if (f->context[0])
        return;
    snprintf(f->context, sizeof f->context, "%s/%s %s, %s", troth_mech_id_name(facts->outer),
             troth_mech_id_name(facts->mech), facts->detail ? facts->detail : "", troth_cli_level_name(level));
}
