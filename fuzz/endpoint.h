/* fuzz/endpoint.h: drive an endpoint, over the fake mechanism, with octets of a hostile peer. */
#ifndef TROTH_FUZZ_ENDPOINT_H
#define TROTH_FUZZ_ENDPOINT_H

#include <support/fake_mech.h>
#include <troth/nettcp.h>

/* Make the endpoint under test. */
typedef troth_status (*fuzz_make)(const troth_nns_options *opts, troth_endpoint **ret);
/*
 * The first octet says in which pieces the rest arrives, the bits of the second when jobs are run, output is taken and
 * the owner sends. After the last octet the peer ends, and time passes.
 */
void fuzz_endpoint(fuzz_make make, troth_cred_use use, const uint8_t *data, size_t size);

#endif
