#include <fuzz.h>
#include <nns/data.h>
#include <nns/errpayload.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t *p = fuzz_copy(data, size);
    troth_reader r = troth_reader_of(p, size, TROTH_BE);
    troth_nns_header h;
    if (!troth_nns_header_read(&r, &h)) {
        fuzz_demand(troth_read_left(&r) == size - TROTH_NNS_HEADER_LEN);
        troth_bytes payload = { p + TROTH_NNS_HEADER_LEN, size - TROTH_NNS_HEADER_LEN };
        (void)troth_nns_errpayload_read(payload);
    } else {
        fuzz_demand(size < TROTH_NNS_HEADER_LEN && troth_read_left(&r) == size); /* nothing moved */
    }
    size_t n;
    if (size >= TROTH_NNS_DATA_HEAD && !troth_nns_data_size(p, &n))
        fuzz_demand(n >= TROTH_NNS_DATA_MIN && n <= TROTH_NNS_DATA_MAX);
    free(p);
    return 0;
}
