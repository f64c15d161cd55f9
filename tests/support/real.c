#include <nns/preamble.h>
#include <nns/stream.h>
#include <stdio.h>
#include <string.h>
#include <support/hex.h>
#include <support/lab.h>
#include <support/real.h>
#include <support/test.h>

static const char ntlm_password[] = "Password";                     /* MS-NLMP 4.2.1 */
static const char ntlm_hash[] = "a4f49c406510bdcab6824ee7c30fd852"; /* 4.2.2.1.2     */

static const struct {
    const char *name, *outer, *mech;
} names[] = { { "kerberos", "kerberos", "kerberos" },
              { "ntlm", "ntlm", "ntlm" },
              { "spnego-kerberos", "spnego", "kerberos" },
              { "spnego-ntlm", "spnego", "ntlm" } };

const char *real_mech_name(real_mech m)
{
    return names[m].name;
}

const char *real_wire_name(real_wire w)
{
    return w == REAL_RPC ? "rpc" : w == REAL_NETTCP ? "net.tcp" : "nns";
}

static bool is_ntlm(const real *r)
{
    return r->mech == REAL_NTLM || r->mech == REAL_SPNEGO_NTLM;
}

troth_bytes real_password(const real *r)
{
    const char *p = is_ntlm(r) ? ntlm_password : lab_secret("alice.password");
    return (troth_bytes){ (const uint8_t *)p, strlen(p) };
}

/* What the client knows, in each form it takes: UTF-8; for NTLM also UTF-16 and its hash. */
static void keep_secrets(real *r)
{
    static uint8_t utf16[2 * sizeof ntlm_password], hash[16];
    troth_bytes password = real_password(r);
    for (size_t i = 0; i < sizeof ntlm_password; i++)
        utf16[2 * i] = (uint8_t)ntlm_password[i];
    unhex(ntlm_hash, hash, sizeof hash);
    for (int side = 0; side < 2; side++) {
        test_env *t = &r->side[side].env;
        test_env_secret(t, password.data, password.len);
        if (is_ntlm(r)) {
            test_env_secret(t, utf16, 2 * sizeof ntlm_password - 2);
            test_env_secret(t, hash, sizeof hash);
        }
        r->n_secrets = t->n_secrets;
    }
}

void real_init(real *r, real_mech mech, real_wire wire, troth_level level)
{
    memset(r, 0, sizeof *r);
    r->mech = mech;
    r->wire = wire;
    r->level = level;
    for (int side = 0; side < 2; side++) {
        test_env_init(&r->side[side].env);
        r->side[side].env.seed = 7 + (uint64_t)side;
        r->options[side] = (troth_nns_options){ .mech = names[mech].outer, .level = level };
    }
    r->options[REAL_CLIENT].target = is_ntlm(r) ? "svc/host" : "svc/localhost";
    r->options[REAL_SERVER].policy = TROTH_POLICY_RAW_TOKENS;
    keep_secrets(r);
}

static troth_status lookup(void *self, const char *user, const char *domain, uint8_t ret_nt_hash[16])
{
    (void)self, (void)domain;
    if (strcasecmp(user, "alice") != 0)
        return TROTH_DENIED;
    unhex(ntlm_hash, ret_nt_hash, 16);
    return TROTH_OK;
}

static troth_cred_source source(const real *r, int side)
{
    static char ccache[600];
    troth_cred_source s = { .mech = names[r->mech].mech };
    if (is_ntlm(r)) {
        s.domain = "DOM";
        s.host = "HOST";
    }
    if (side == REAL_SERVER) {
        s.kind = is_ntlm(r) ? TROTH_CRED_LOOKUP : TROTH_CRED_KEYTAB;
        s.lookup = is_ntlm(r) ? lookup : NULL;
        s.path = is_ntlm(r) ? NULL : lab_file("service.keytab");
    } else if (is_ntlm(r) || r->by_password) {
        s.kind = TROTH_CRED_PASSWORD;
        s.principal = "alice";
        s.secret = real_password(r);
    } else {
        snprintf(ccache, sizeof ccache, "FILE:%s", lab_file("alice.ccache"));
        s.kind = TROTH_CRED_CCACHE;
        s.path = ccache;
    }
    return s;
}

troth_status real_acquire(real *r, int side, void (*run)(rig_peer *p, troth_job *job))
{
    real_side *s = &r->side[side];
    troth_cred_source src = source(r, side);
    troth_job *job = NULL;
    s->st = troth_cred_new(&s->env.env, troth_mechs_default(), side ? TROTH_USE_ACCEPT : TROTH_USE_INITIATE, &src, 1,
                           &s->cred);
    if (!s->st)
        s->st = troth_cred_job(s->cred, 0, &job);
    if (s->st)
        return s->st;
    if (run)
        run(&s->peer, job);
    else
        troth_job_run(job);
    troth_job_free(job);
    return s->st = troth_cred_ready(s->cred, NULL);
}

troth_status real_open(real *r, int side)
{
    real_side *s = &r->side[side];
    troth_nettcp_options o = { .nns = r->options[side], .via = side ? NULL : "net.tcp://h/s" };
    troth_endpoint *e = NULL;
    o.nns.env = &s->env.env;
    o.nns.cred = s->cred;
    if (r->open)
        s->st = r->open(r, side, &e);
    else if (r->wire == REAL_NETTCP)
        s->st = side ? troth_nettcp_server_new(&o, 0, &e) : troth_nettcp_client_new(&o, 0, &e);
    else
        s->st = side ? troth_nns_server_new(&o.nns, 0, &e) : troth_nns_client_new(&o.nns, 0, &e);
    s->peer.e = e;
    return s->st;
}

void real_connect(real *r)
{
    for (int side = 1; side >= 0; side--) {
        real_side *s = &r->side[side];
        if ((!s->cred && real_acquire(r, side, NULL)) || real_open(r, side))
            fail_msg("%s: %s", real_mech_name(r->mech), troth_status_name(s->st));
        rig_events(&s->peer);
    }
}

static troth_status stream_key(const real *r, int side, troth_bytes *ret)
{
    const void *e = r->side[side].peer.e;
    const troth_nns_stream *stream = r->wire == REAL_NETTCP ? (const void *)((const troth_nettcp *)e)->inner : e;
    return troth_context_session_key(stream->ctx, ret);
}

void real_learn_key(real *r, int side)
{
    real_side *s = &r->side[side];
    troth_bytes key;
    if (s->key_len || !s->peer.established || s->peer.closed)
        return;
    assert_int_equal(r->key ? r->key(r, side, &key) : stream_key(r, side, &key), TROTH_OK);
    assert_true(key.len >= 16 && key.len <= sizeof s->key);
    memcpy(s->key, key.data, s->key_len = key.len);
    test_env_secret(&r->side[0].env, s->key, s->key_len);
    test_env_secret(&r->side[1].env, s->key, s->key_len);
}

bool real_welcome(real *r)
{
    size_t used;
    troth_order_msg ack = { .kind = TROTH_ORDER_DATA, .data = { (const uint8_t *)"\x0b", 1 } };
    if (r->wire != REAL_NETTCP)
        return true;
    rig_peer *p = &r->side[REAL_SERVER].peer;
    troth_status st = troth_endpoint_submit(p->e, &ack, 0, &used);
    rig_events(p);
    p->got_len = 0; /* the preamble */
    return !st;
}

void real_establish(real *r, size_t cut)
{
    rig_peer *c = &r->side[REAL_CLIENT].peer, *s = &r->side[REAL_SERVER].peer;
    rig_wire(c, s, cut);
    if (s->established) {
        assert_true(real_welcome(r));
        rig_wire(c, s, cut);
    }
    if (!c->established || !s->established)
        fail_msg("%s: client %s at %s, server %s at %s", real_mech_name(r->mech), troth_status_name(c->error.code),
                 c->error.where, troth_status_name(s->error.code), s->error.where);
    real_learn_key(r, REAL_CLIENT);
    real_learn_key(r, REAL_SERVER);
}

void real_disconnect(real *r)
{
    for (int side = 0; side < 2; side++)
        rig_clear(&r->side[side].peer);
    for (int side = 0; side < 2; side++) { /* the next keys are others */
        r->side[side].env.n_secrets = r->n_secrets;
        r->side[side].key_len = 0;
    }
}

void real_end(real *r)
{
    real_disconnect(r);
    for (int side = 0; side < 2; side++)
        troth_cred_unref(r->side[side].cred);
    for (int side = 0; side < 2; side++)
        test_env_check(&r->side[side].env);
}
