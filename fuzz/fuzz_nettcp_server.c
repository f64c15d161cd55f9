#include <endpoint.h>
#include <fuzz.h>

static troth_status make(const troth_nns_options *opts, troth_endpoint **ret)
{
    troth_nettcp_options o = { .nns = *opts };
    return troth_nettcp_server_new(&o, 0, ret);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz_endpoint(make, TROTH_USE_ACCEPT, data, size);
    return 0;
}
