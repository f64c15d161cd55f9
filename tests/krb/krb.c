#include <krb/krb.h>
#include <stdio.h>
#include <string.h>

static const troth_mech *const list[] = { &troth_mech_kerberos };
const troth_mech_table krb_mechs = { list, 1 };

troth_status krb_acquire(const troth_env *env, troth_cred_use use, const troth_cred_source *src, troth_cred **ret)
{
    troth_job *job;
    troth_cred *cred = NULL;
    troth_status st = troth_cred_new(env, &krb_mechs, use, src, 1, &cred);
    if (st)
        return st;
    st = troth_cred_job(cred, 1, &job);
    if (st) {
        troth_cred_unref(cred);
        return st;
    }
    troth_job_run(job);
    troth_job_free(job);
    *ret = cred;
    return troth_cred_ready(cred, NULL);
}

troth_step krb_leg(const troth_env *env, troth_context **c, const troth_block *in, troth_block *ret_out)
{
    troth_block copy = { 0 };
    troth_job *job;
    *ret_out = (troth_block){ 0 };
    if (in && troth_mem_keep(env, in->data, in->len, &copy))
        return TROTH_STEP_ERROR;
    if (troth_context_job(*c, in ? &copy : NULL, 2, &job)) {
        troth_mem_drop(env, &copy);
        return TROTH_STEP_ERROR;
    }
    troth_job_run(job);
    troth_step step = troth_job_result(job);
    troth_bytes out = troth_job_token(job);
    if (out.len && troth_mem_keep(env, out.data, out.len, ret_out))
        step = TROTH_STEP_ERROR;
    *c = troth_job_take_context(job);
    troth_job_free(job);
    return step;
}

void krb_pair_init_with(krb_pair *p, const troth_cred_source *client, const troth_cred_source *server)
{
    char ccache[600];
    memset(p, 0, sizeof *p);
    test_env_init(&p->t);
    snprintf(ccache, sizeof ccache, "FILE:%s", lab_file("alice.ccache"));
    troth_cred_source alice = { .mech = "kerberos", .kind = TROTH_CRED_CCACHE, .path = ccache };
    troth_cred_source service = { .mech = "kerberos", .kind = TROTH_CRED_KEYTAB, .path = lab_file("service.keytab") };
    assert_int_equal(krb_acquire(&p->t.env, TROTH_USE_INITIATE, client ? client : &alice, &p->client), TROTH_OK);
    assert_int_equal(krb_acquire(&p->t.env, TROTH_USE_ACCEPT, server ? server : &service, &p->server), TROTH_OK);
}

void krb_pair_init(krb_pair *p)
{
    krb_pair_init_with(p, NULL, NULL);
}

troth_context_options krb_init_options(troth_flags require)
{
    return (troth_context_options){
        .role = TROTH_INITIATOR, .mech = "kerberos", .require = require, .target = "svc/localhost"
    };
}

troth_context_options krb_accept_options(void)
{
    return (troth_context_options){ .role = TROTH_ACCEPTOR, .mech = "kerberos" };
}

bool krb_pair_run(krb_pair *p, const troth_context_options *init, const troth_context_options *accept)
{
    const troth_env *env = &p->t.env;
    p->init_step = p->accept_step = TROTH_STEP_ERROR;
    if (troth_context_new(p->client, init, &p->init) || troth_context_new(p->server, accept, &p->accept))
        return false;
    p->init_step = p->accept_step = TROTH_STEP_MORE;
    const troth_block *in = NULL;
    for (size_t leg = 0; leg < KRB_LEGS; leg++) {
        bool to_init = leg % 2 == 0;
        troth_step *step = to_init ? &p->init_step : &p->accept_step;
        troth_block *out = &p->tokens[leg];
        *step = krb_leg(env, to_init ? &p->init : &p->accept, in, out);
        if (*step == TROTH_STEP_ERROR)
            return false;
        p->n_tokens = leg + (out->len != 0);
        if (!out->len)
            break;
        in = out;
    }
    return p->init_step == TROTH_STEP_DONE && p->accept_step == TROTH_STEP_DONE;
}

void krb_pair_reset(krb_pair *p)
{
    troth_context_free(p->init);
    troth_context_free(p->accept);
    p->init = p->accept = NULL;
    for (size_t i = 0; i < KRB_LEGS; i++)
        troth_mem_drop(&p->t.env, &p->tokens[i]);
    p->n_tokens = 0;
}

void krb_pair_clear(krb_pair *p)
{
    krb_pair_reset(p);
    troth_cred_unref(p->client);
    troth_cred_unref(p->server);
    test_env_check(&p->t);
}

void krb_pair_open(krb_pair *p, troth_flags require)
{
    troth_context_options init = krb_init_options(require), accept = krb_accept_options();
    krb_pair_init(p);
    if (!krb_pair_run(p, &init, &accept))
        fail_msg("initiator: %s at %s; acceptor: %s at %s", troth_status_name(troth_context_error(p->init)->code),
                 troth_context_error(p->init)->where, troth_status_name(troth_context_error(p->accept)->code),
                 troth_context_error(p->accept)->where);
}

int krb_run(const char *name, const struct CMUnitTest *tests, size_t n)
{
    int missing = lab_missing(name);
    return missing ? missing : _cmocka_run_group_tests(name, tests, n, NULL, NULL);
}
