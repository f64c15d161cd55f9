#include <csiv2/gssup_mech.h>
#include <csiv2/mech_list.h>
#include <string.h>
#include <support/hex.h>
#include <support/sas_client.h>

static const char v12[] = "01010000 01000000 40000000 22000000 00000000 40004000 08000000 06066781 02010101 17000000 "
                          "04010008 06066781 02010101 00000007 64656661 756c7400 00040000 00000000 01000000 08000000 "
                          "06066781 02010101 02000000";

static void acquire(css_rig *r, unsigned creds)
{
    troth_cred_source src[2];
    size_t n = 0;
    troth_job *job;
    if (creds & GSSUP)
        src[n++] = (troth_cred_source){ .mech = "gssup",
                                        .kind = TROTH_CRED_PASSWORD,
                                        .principal = "alice",
                                        .secret = { (const uint8_t *)"s3cret", 6 } };
    if (creds & KERBEROS)
        src[n++] = (troth_cred_source){ .mech = "kerberos", .kind = TROTH_CRED_DEFAULT };
    if (!n)
        return;
    assert_int_equal(troth_cred_new(&r->env.env, &r->table, TROTH_USE_INITIATE, src, n, &r->cred), TROTH_OK);
    assert_int_equal(troth_cred_job(r->cred, 0, &job), TROTH_OK);
    troth_job_run(job);
    assert_int_equal(troth_job_result(job), TROTH_STEP_DONE);
    troth_job_free(job);
}

void css_init(css_rig *r, unsigned creds)
{
    static uint8_t list[128];
    memset(r, 0, sizeof *r);
    test_env_init(&r->env);
    test_env_secret(&r->env, "s3cret", 6);
    fake_mech_init(&r->kerberos, TROTH_MECH_KERBEROS);
    r->kerberos.legs = 1;
    r->list[0] = &troth_mech_gssup;
    r->list[1] = &r->kerberos.mech;
    r->table = (troth_mech_table){ r->list, 2 };
    acquire(r, creds);
    r->transport = (troth_transport){ .tls = true, .tls_identity = "CN=target" };
    r->opts = (troth_sas_client_options){ .env = &r->env.env,
                                          .cred = r->cred,
                                          .mech_list = { list, unhex(v12, list, sizeof list) },
                                          .stateful = true,
                                          .transport = &r->transport };
}

void css_list_kerberos(css_rig *r)
{
    static uint8_t octets[256], name[64];
    static const uint8_t oid[] = { 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x12, 0x01, 0x02, 0x02 };
    troth_csi_mech_list list;
    assert_int_equal(troth_csi_mech_list_read(r->opts.mech_list, &list), TROTH_OK);
    size_t n = unhex("0401000b 06092a864886f712010202 0000000e 7376632f686f7374405245414c4d", name, sizeof name);
    list.mechs[0].as.client_authentication_mech = (troth_bytes){ oid, sizeof oid };
    list.mechs[0].as.target_name = (troth_bytes){ name, n };
    troth_writer w = troth_writer_over(octets, sizeof octets, TROTH_LE);
    troth_csi_mech_list_write(&w, &list);
    assert_int_equal(w.st, TROTH_OK);
    r->opts.mech_list = (troth_bytes){ octets, w.len };
}

void css_start(css_rig *r)
{
    assert_int_equal(troth_sas_client_new(&r->opts, &r->client), TROTH_OK);
}

void css_end(css_rig *r)
{
    troth_sas_client_free(r->client);
    troth_cred_unref(r->cred);
    test_env_check(&r->env);
}

troth_status css_call(css_rig *r, uint64_t id, unsigned how, const troth_sas_assertion *a)
{
    troth_sas_call call = { id, !(how & ONEWAY), a };
    return troth_sas_client_call(r->client, &call, 0);
}

void css_work(css_rig *r)
{
    troth_job *job;
    while (troth_sas_client_job(r->client, &job)) {
        troth_job_run(job);
        r->jobs++;
        troth_sas_client_stepped(r->client, job, 0);
    }
}

css_sent css_take(css_rig *r)
{
    static uint8_t kept[64][4096]; /* messages stay to be compared */
    static unsigned next;
    css_sent s = { 0 };
    troth_sas_sending sending;
    if (!troth_sas_client_sending(r->client, &sending))
        fail_msg("nothing is on its way");
    s.id = sending.id;
    s.send = sending.send;
    s.error = sending.error;
    s.len = sending.element.len;
    assert_true(s.len <= sizeof s.octets);
    if (!s.len)
        return s;
    uint8_t *to = kept[next++ % 64];
    memcpy(to, sending.element.data, s.len);
    memcpy(s.octets, to, s.len);
    s.has_element = true;
    assert_int_equal(troth_sas_read((troth_bytes){ to, s.len }, NULL, &s.m), TROTH_OK);
    return s;
}

bool css_idle(css_rig *r)
{
    troth_sas_sending sending;
    return !troth_sas_client_sending(r->client, &sending);
}

css_sent css_send(css_rig *r, uint64_t id)
{
    assert_int_equal(css_call(r, id, 0, NULL), TROTH_OK);
    css_work(r);
    return css_take(r);
}

css_sent css_send_for(css_rig *r, uint64_t id, const char *user)
{
    troth_sas_assertion a = { .user = user };
    assert_int_equal(css_call(r, id, 0, &a), TROTH_OK);
    css_work(r);
    return css_take(r);
}

troth_sas_fate css_octets(css_rig *r, uint64_t id, troth_sas_reply_kind kind, const uint8_t *p, size_t n,
                          troth_error *ret_error)
{
    troth_sas_answer a = { id, kind, p ? 1 : 0, { p, n } };
    troth_sas_fate fate = TROTH_SAS_BROKEN;
    assert_int_equal(troth_sas_client_reply(r->client, &a, 0, &fate, ret_error), TROTH_OK);
    return fate;
}

troth_sas_fate css_message(css_rig *r, uint64_t id, troth_sas_reply_kind kind, const troth_sas_message *m,
                           troth_error *ret_error)
{
    static uint8_t octets[4096];
    troth_writer w = troth_writer_over(octets, sizeof octets, id & 1 ? TROTH_LE : TROTH_BE);
    troth_sas_write(&w, m);
    assert_int_equal(w.st, TROTH_OK);
    return css_octets(r, id, kind, octets, w.len, ret_error);
}

troth_sas_fate css_complete(css_rig *r, uint64_t id, uint64_t context, bool stateful)
{
    troth_sas_message m = { .type = TROTH_SAS_COMPLETE_ESTABLISH_CONTEXT, .client_context_id = context };
    m.complete.context_stateful = stateful;
    return css_message(r, id, TROTH_SAS_REPLY_RESULT, &m, NULL);
}

troth_sas_fate css_error(css_rig *r, uint64_t id, uint64_t context, int32_t major, int32_t minor)
{
    troth_sas_message m = { .type = TROTH_SAS_CONTEXT_ERROR, .client_context_id = context };
    troth_error error = { 0 };
    m.error.major_status = major;
    m.error.minor_status = minor;
    troth_sas_fate fate = css_message(r, id, TROTH_SAS_REPLY_REFUSED, &m, &error);
    assert_int_equal(error.wire, (uint32_t)major << 16 | (uint32_t)minor);
    assert_int_equal(error.code, TROTH_PEER_REFUSED);
    return fate;
}

troth_sas_fate css_plain(css_rig *r, uint64_t id, troth_sas_reply_kind kind)
{
    return css_octets(r, id, kind, NULL, 0, NULL);
}

uint64_t css_establish(css_rig *r)
{
    css_sent s = css_send(r, 1000000);
    assert_true(s.send && s.has_element && s.m.type == TROTH_SAS_ESTABLISH_CONTEXT && s.m.client_context_id);
    assert_int_equal(css_complete(r, 1000000, s.m.client_context_id, true), TROTH_SAS_PASS);
    return s.m.client_context_id;
}

static void is_message(const css_sent *s, uint64_t id, troth_sas_type type, uint64_t context)
{
    assert_int_equal(s->id, id);
    assert_true(s->send && s->has_element);
    assert_int_equal(s->m.type, type);
    assert_true(s->m.client_context_id == context);
}

void is_establish(const css_sent *s, uint64_t id, uint64_t context)
{
    is_message(s, id, TROTH_SAS_ESTABLISH_CONTEXT, context);
}

void is_in_context(const css_sent *s, uint64_t id, uint64_t context)
{
    is_message(s, id, TROTH_SAS_MESSAGE_IN_CONTEXT, context);
    assert_false(s->m.in_context.discard_context);
}

void is_bare(const css_sent *s, uint64_t id)
{
    assert_int_equal(s->id, id);
    assert_true(s->send && !s->has_element);
}

void is_denied(const css_sent *s, uint64_t id, troth_status why)
{
    assert_int_equal(s->id, id);
    assert_false(s->send || s->has_element);
    assert_int_equal(s->error.code, why);
}

static bool equal_tokens(const css_sent *a, const css_sent *b)
{
    troth_bytes x = a->m.establish.client_authentication_token, y = b->m.establish.client_authentication_token;
    return x.len == y.len && x.len && !memcmp(x.data, y.data, x.len);
}

void same_token(const css_sent *a, const css_sent *b)
{
    assert_true(equal_tokens(a, b));
}

void other_token(const css_sent *a, const css_sent *b)
{
    assert_true(a->m.establish.client_authentication_token.len && b->m.establish.client_authentication_token.len);
    assert_false(equal_tokens(a, b));
}
