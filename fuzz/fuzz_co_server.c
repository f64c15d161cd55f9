#include <fuzz.h>
#include <rpc.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz_rpc(REAL_SERVER, NULL, NULL, data, size);
    return 0;
}
