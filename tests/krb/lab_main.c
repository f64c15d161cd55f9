/* `troth lab` alone, so that the tests of the realm do not need the whole tool. */
#include <cli/lab.h>

int main(int argc, char **argv)
{
    return troth_cli_lab(argc, argv);
}
