/* support/lab.h: the files of the realm that `troth lab run` has brought up. */
#ifndef TESTS_LAB_H
#define TESTS_LAB_H
#include <stddef.h>

/* A file of the lab, as a path in static storage that the sixteenth call after overwrites. */
const char *lab_file(const char *name);
/* The first line of a file of the lab; static likewise. It passes through no heap: that is looked through for it. */
const char *lab_secret(const char *name);
/* The main of a test program that needs a lab: 77 where there is none, said aloud, and else 0. */
int lab_missing(const char *program);
#endif
