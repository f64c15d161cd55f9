#include <cli/commands.h>
#include <cli/exit.h>
#include <stdio.h>
#include <string.h>

typedef struct command {
    const char *name;
    int (*run)(int argc, char **argv);
    const char *summary;
} command;

static const command commands[] = {
    { "serve", troth_cli_serve, "accept authenticated streams, and echo them or carry them to a backend" },
    { "connect", troth_cli_connect,
      "open an authenticated stream, and carry stdin and stdout or a local port over it" },
    { "lab", troth_cli_lab, "a throw-away realm on this machine: KDC, users, keytabs" },
    { "bench", troth_cli_bench, "measure handshakes, protected octets and memory" },
    { "decode", troth_cli_decode, "put an object reference of CORBA into words" },
    { "passwd", troth_cli_passwd, "users and password hashes for GSSUP" },
    { "flags", troth_cli_flags, "the numbers of SSPI and GSS-API in words" },
    { "fsm", troth_cli_fsm, "print the state machines that this program was built with" },
};

static int usage(FILE *to)
{
    fprintf(to, "usage: troth COMMAND [options]\n\n");
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++)
        fprintf(to, "  %-10s%s\n", commands[i].name, commands[i].summary);
    fprintf(to, "\n`troth COMMAND --help` lists a command's options; the manual is troth(1).\n");
    return to == stderr ? TROTH_EXIT_USAGE : TROTH_EXIT_OK;
}

int main(int argc, char **argv)
{
    if (argc < 2)
        return usage(stderr);
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 || strcmp(argv[1], "help") == 0)
        return usage(stdout);
    if (strcmp(argv[1], "--version") == 0 || strcmp(argv[1], "version") == 0) {
        printf("troth " TROTH_VERSION "\n");
        return TROTH_EXIT_OK;
    }
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++) {
        if (strcmp(argv[1], commands[i].name) == 0)
            return commands[i].run(argc - 1, argv + 1);
    }
    fprintf(stderr, "troth: %s: no such command\n", argv[1]);
    return usage(stderr);
}
