/* fuzz/csi.h: credentials of GSSUP and a target, for targets that fuzz CSIv2. */
#ifndef TROTH_FUZZ_CSI_H
#define TROTH_FUZZ_CSI_H

#include <support/env.h>
#include <troth/sas.h>

/* alice's, whose password is s3cret. To accept: anybody's, and his is asked of a callback. */
troth_cred *fuzz_csi_cred(const troth_env *env, troth_cred_use use);
/* A target whose rules let alice speak for everybody, and nobody for himself unless `anonymous`. */
troth_sas_target *fuzz_csi_target(const troth_env *env, troth_cred *cred, bool anonymous, uint32_t quirks);
/* What must hold of somebody who was let in: alice has proved herself, or nobody had to. */
void fuzz_csi_caller(const troth_identity *caller, const troth_identity *authenticated, bool anonymous);

#endif
