#include <fuzz.h>
#include <rpc.h>
#include <support/rpc_script.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz_rpc(REAL_CLIENT, rpc_script_begin, rpc_script_told, data, size);
    return 0;
}
