/*
 * A file of users, one of its lines, and a token before an acceptor: what is accepted has a user's name, what is refused an
 * ErrorToken.
 */
#include <base/mem.h>
#include <csiv2/gssup_mech.h>
#include <csiv2/gssup_store.h>
#include <fuzz.h>
#include <troth/gssup.h>
#include <troth/sec.h>

static void store(troth_bytes b)
{
    static const uint8_t key[16];
    const troth_env *env = troth_env_posix();
    troth_gssup_store s;
    troth_gssup_complaint wrong = { 0 };
    if (troth_gssup_store_read(env, b, key, &s, &wrong)) {
        fuzz_demand(wrong.what != NULL);
        return;
    }
    fuzz_demand(s.n > 0);
    for (size_t i = 0; i < s.n; i++)
        fuzz_demand(s.users[i].name.len && troth_scrypt_bounded(s.users[i].hash.cost));
    troth_gssup_store_clear(env, &s);
}

/* What takes a user out leaves a file that can be read, or an empty one. */
static void edit(troth_bytes b)
{
    const troth_env *env = troth_env_posix();
    troth_gssup_edit e;
    troth_block text = { 0 };
    if (troth_gssup_store_edit(env, b, "alice", (troth_bytes){ 0 }, 0, &text, &e))
        return;
    fuzz_demand(text.len <= b.len + 1);
    store((troth_bytes){ text.data, text.len });
    troth_mem_drop(env, &text);
}

static void line(troth_bytes b)
{
    troth_gssup_hash h, back;
    uint8_t out[512];
    if (troth_gssup_hash_read(b, &h))
        return;
    troth_writer w = troth_writer_over(out, sizeof out, TROTH_LE);
    troth_gssup_hash_write(&w, &h);
    fuzz_demand(!w.st && w.len == b.len && !memcmp(out, b.data, b.len)); /* one text for one value */
    fuzz_demand(!troth_gssup_hash_read((troth_bytes){ out, w.len }, &back));
}

static troth_status anybody(void *self, const char *user, troth_bytes password)
{
    (void)self;
    fuzz_demand(*user && password.len);
    return password.data[0] & 1 ? TROTH_OK : TROTH_DENIED;
}

static void token(troth_bytes b)
{
    static const troth_mech *const mechs[] = { &troth_mech_gssup };
    static const troth_mech_table table = { mechs, 1 };
    const troth_env *env = troth_env_posix();
    const troth_cred_source src = { .mech = "gssup", .kind = TROTH_CRED_CHECK, .check = anybody };
    const troth_context_options o = {
        .mech = "gssup", .role = TROTH_ACCEPTOR, .target = "default", .policy = TROTH_POLICY_EMPTY_TARGET
    };
    troth_cred *cred;
    troth_context *c;
    troth_job *job = NULL;
    troth_block copy;
    fuzz_demand(!troth_cred_new(env, &table, TROTH_USE_ACCEPT, &src, 1, &cred) && !troth_cred_job(cred, 1, &job));
    troth_job_run(job);
    troth_job_free(job);
    fuzz_demand(!troth_context_new(cred, &o, &c) && !troth_mem_keep(env, b.data, b.len, &copy));
    fuzz_demand(!troth_context_job(c, &copy, 2, &job));
    troth_job_run(job);
    c = troth_job_take_context(job);
    bool done = troth_job_result(job) == TROTH_STEP_DONE;
    fuzz_demand(done == (*troth_context_facts(c).peer.name != 0));
    if (b.len <= 65535)
        fuzz_demand(troth_job_token(job).len == (done ? 0u : 8u));
    troth_job_free(job);
    troth_context_free(c);
    troth_cred_unref(cred);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t *p = fuzz_copy(data, size);
    const troth_bytes b = { p, size };
    store(b);
    edit(b);
    line(b);
    token(b);
    free(p);
    return 0;
}
