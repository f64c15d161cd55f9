#include <endpoint.h>
#include <fuzz.h>

static troth_status make(const troth_nns_options *opts, troth_endpoint **ret)
{
    return troth_nns_client_new(opts, 0, ret);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz_endpoint(make, TROTH_USE_INITIATE, data, size);
    return 0;
}
