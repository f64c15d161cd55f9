#include <base/utf16.h>
#include <fuzz.h>

typedef void (*convert)(troth_writer *w, troth_bytes in);

/* What is accepted one way comes back the same the other way. */
static void there_and_back(convert there, convert back, const uint8_t *p, size_t n)
{
    const troth_env *env = troth_env_posix();
    troth_writer w = troth_writer_growing(env, 4 * n + 4, TROTH_LE), x = troth_writer_growing(env, 4 * n + 4, TROTH_LE);
    there(&w, (troth_bytes){ p, n });
    if (!w.st) {
        back(&x, (troth_bytes){ w.base, w.len });
        fuzz_demand(!x.st && x.len == n && (!n || !memcmp(x.base, p, n)));
    }
    troth_writer_clear(&w);
    troth_writer_clear(&x);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t *p = fuzz_copy(data, size);
    there_and_back(troth_utf16_write, troth_utf8_write, p, size);
    there_and_back(troth_utf8_write, troth_utf16_write, p, size);
    troth_writer w = troth_writer_growing(troth_env_posix(), 4 * size + 4, TROTH_LE);
    troth_utf16_write_upper(&w, (troth_bytes){ p, size });
    troth_writer_clear(&w);
    free(p);
    return 0;
}
