/*
 * Run a target over every file of the corpus folders given, and over every prefix of each file: what the fuzzer has
 * found, and what the vectors seed, is part of the ordinary tests. Prints how many inputs there were.
 */
#include <dirent.h>
#include <fuzz.h>
#include <stdio.h>

enum { MOST = 1 << 20 };

static size_t replay(const char *path)
{
    static uint8_t octets[MOST];
    FILE *f = fopen(path, "rb");
    if (!f) {
        perror(path);
        exit(2);
    }
    size_t n = fread(octets, 1, sizeof octets, f), inputs = 0;
    fclose(f);
    size_t step = n > 1024 ? n / 1024 : 1; /* the long ones are whole conversations */
    for (size_t cut = 0; cut < n; cut += step, inputs++)
        LLVMFuzzerTestOneInput(octets, cut);
    LLVMFuzzerTestOneInput(octets, n);
    return inputs + 1;
}

int main(int argc, char **argv)
{
    size_t files = 0, inputs = 0;
    for (int i = 1; i < argc; i++) {
        struct dirent **names;
        int n = scandir(argv[i], &names, NULL, alphasort);
        for (int k = 0; k < n; k++) {
            char path[4096];
            snprintf(path, sizeof path, "%s/%s", argv[i], names[k]->d_name);
            if (names[k]->d_name[0] != '.') {
                inputs += replay(path);
                files++;
            }
            free(names[k]);
        }
        if (n >= 0)
            free(names);
    }
    printf("%zu files, %zu inputs\n", files, inputs);
    return files ? 0 : 1; /* a corpus that is not there is no success */
}
