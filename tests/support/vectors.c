#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <support/hex.h>
#include <support/vectors.h>

static void die(const char *file, unsigned line, const char *what)
{
    fprintf(stderr, "%s:%u: %s\n", file, line, what);
    abort();
}

static char *slurp(const char *path)
{
    FILE *f = fopen(path, "rb");
    if (!f)
        die(path, 0, "cannot be opened");
    fseek(f, 0, SEEK_END);
    size_t n = (size_t)ftell(f);
    rewind(f);
    char *text = malloc(n + 1);
    if (!text || fread(text, 1, n, f) != n)
        die(path, 0, "cannot be read");
    fclose(f);
    text[n] = 0;
    return text;
}

const char *vector_text(const vector *v, const char *key)
{
    for (size_t i = 0; i < v->n_fields; i++)
        if (!strcmp(v->field[i].key, key))
            return v->field[i].value;
    return NULL;
}

size_t vector_hex(const vector *v, const char *key, uint8_t *out, size_t cap)
{
    const char *text = vector_text(v, key);
    if (!text)
        die(v->file, v->line, key);
    return unhex(text, out, cap);
}

static void finish(vector *v, void (*fn)(const vector *, void *), void *arg)
{
    if (!v->n_fields)
        return;
    v->name = vector_text(v, "name");
    if (!v->name)
        die(v->file, v->line, "stanza without a name");
    fn(v, arg);
    v->n_fields = 0;
}

void vectors_each(const char *file, void (*fn)(const vector *, void *), void *arg)
{
    char path[512];
    const char *root = getenv("TROTH_SOURCE_ROOT");
    snprintf(path, sizeof path, "%s/tests/vectors/%s", root ? root : TROTH_SOURCE_ROOT, file);
    char *text = slurp(path), *next;
    vector v = { .file = file };
    unsigned line = 0, stanzas = 0;
    for (char *at = text; at && *at; at = next) {
        next = strchr(at, '\n');
        if (next)
            *next++ = 0;
        line++;
        if (*at == '#')
            continue;
        if (!*at) {
            stanzas += v.n_fields != 0;
            finish(&v, fn, arg);
        } else if (*at == ' ') { /* continuation: glue it to the value, whose NULs become spaces again */
            if (!v.n_fields)
                die(file, line, "continuation without a field");
            char *value = (char *)(uintptr_t)v.field[v.n_fields - 1].value;
            for (char *p = value + strlen(value); p < at; p++)
                *p = ' ';
        } else {
            char *colon = strchr(at, ':');
            if (!colon || v.n_fields == sizeof v.field / sizeof *v.field)
                die(file, line, "not \"key: value\", or too many keys");
            *colon++ = 0;
            v.line = v.n_fields ? v.line : line;
            v.field[v.n_fields].key = at;
            v.field[v.n_fields++].value = colon + strspn(colon, " ");
        }
    }
    stanzas += v.n_fields != 0;
    finish(&v, fn, arg);
    if (!stanzas)
        die(file, line, "no stanza");
    free(text);
}

void vectors_mutate(const uint8_t *p, size_t n, void (*fn)(const uint8_t *, size_t, void *), void *arg)
{
    for (size_t cut = 0; cut < n; cut++) {
        uint8_t *copy = malloc(cut ? cut : 1);
        memcpy(copy, p, cut);
        fn(copy, cut, arg);
        free(copy);
    }
    uint8_t *copy = malloc(n ? n : 1);
    memcpy(copy, p, n);
    for (size_t bit = 0; bit < n * 8; bit++) {
        copy[bit / 8] ^= (uint8_t)(1u << bit % 8);
        fn(copy, n, arg);
        memcpy(copy, p, n);
    }
    free(copy);
}
