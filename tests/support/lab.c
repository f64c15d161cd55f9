#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <support/lab.h>
#include <support/test.h>

const char *lab_file(const char *name)
{
    static char slots[16][512];
    static unsigned next;
    char *slot = slots[next++ % 16];
    snprintf(slot, sizeof slots[0], "%s/%s", getenv("TROTH_LAB"), name);
    return slot;
}

const char *lab_secret(const char *name)
{
    static char slots[4][128];
    static unsigned next;
    char *slot = slots[next++ % 4];
    FILE *f = fopen(lab_file(name), "re");
    assert_non_null(f);
    setvbuf(f, NULL, _IONBF, 0);
    assert_non_null(fgets(slot, sizeof slots[0], f));
    fclose(f);
    slot[strcspn(slot, "\n")] = '\0';
    return slot;
}

int lab_missing(const char *program)
{
    if (getenv("TROTH_LAB"))
        return 0;
    fprintf(stderr, "SKIP %s: not in a lab; run it as `troth lab run -- %s`\n", program, program);
    return 77;
}
