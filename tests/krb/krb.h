/* krb/krb.h: Kerberos contexts in pairs, over the realm of `troth lab run`. */
#ifndef TESTS_KRB_H
#define TESTS_KRB_H

#include <support/test.h>
/* the blank line keeps cmocka's prerequisites in front */
#include <mech/kerberos/kerberos.h>
#include <support/env.h>
#include <support/lab.h>

enum { KRB_TOKEN_MAX = 65536, KRB_LEGS = 6 };

/* Both sides of one exchange. Tokens are kept for replaying and looking at. */
typedef struct krb_pair {
    test_env t;
    troth_cred *client, *server;
    troth_context *init, *accept;
    troth_step init_step, accept_step;
    troth_block tokens[KRB_LEGS]; /* in the order sent; memory of t.env */
    size_t n_tokens;
} krb_pair;

extern const troth_mech_table krb_mechs;

/* Make and acquire a credential; what acquiring came to. ret is set in any case but lack of memory. */
troth_status krb_acquire(const troth_env *env, troth_cred_use use, const troth_cred_source *src, troth_cred **ret);
/* One leg through a job. out is of the context's environment, empty when there is no token. */
troth_step krb_leg(const troth_env *env, troth_context **c, const troth_block *in, troth_block *ret_out);

/* Initialise with alice's ccache and the service keytab. */
void krb_pair_init(krb_pair *p);
/* The same with given sources; NULL = the default of above. */
void krb_pair_init_with(krb_pair *p, const troth_cred_source *client, const troth_cred_source *server);
/* Exchange tokens until both are done or one has failed. target NULL = "svc/localhost". True when both are done. */
bool krb_pair_run(krb_pair *p, const troth_context_options *init, const troth_context_options *accept);
/* Options with just requirements. */
troth_context_options krb_init_options(troth_flags require);
troth_context_options krb_accept_options(void);
/* Free the contexts and tokens, keep the credentials. */
void krb_pair_reset(krb_pair *p);
/* Free all and check the environment. */
void krb_pair_clear(krb_pair *p);

/* An established pair, or the test fails. */
void krb_pair_open(krb_pair *p, troth_flags require);

/* The main of a test program: without a lab it says so loudly and counts as skipped. */
int krb_run(const char *name, const struct CMUnitTest *tests, size_t n);

#endif
