/* What an ORB's own interceptors do with service context 15, without our GIOP: octets in, a verdict and octets out. Both sides
 * stand in one program here, and what would be carried in a Request and its Reply is handed over.
 *     csi_interceptor USERS-FILE USER PASSWORD-FILE [REQUESTS]     USERS-FILE: made by troth passwd */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <troth/sas.h>

static uint64_t now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

static int fail(const char *what, troth_status st)
{
    return fprintf(stderr, "csi_interceptor: %s%s%s\n", what, st ? ": " : "", st ? troth_status_text(st) : ""), 1;
}

/* Reading a file of users and hashing a password take a while: jobs, which a server gives to a pool. */
static troth_cred *credential(const troth_cred_source *src, troth_cred_use use)
{
    troth_cred *cred = NULL;
    troth_job *job = NULL;
    if (troth_cred_new(troth_env_posix(), troth_mechs_csi(), use, src, 1, &cred))
        return NULL;
    if (!troth_cred_job(cred, 0, &job))
        troth_job_run(job), troth_job_free(job);
    if (!troth_cred_ready(cred, NULL))
        return cred;
    troth_cred_unref(cred);
    return NULL;
}

/* ---- the client: send_request and receive_reply ---- */

static bool send_request(troth_sas_client *c, uint64_t id, troth_sas_sending *ret)
{
    const troth_sas_call call = { .id = id, .response_expected = true };
    troth_job *job;
    if (troth_sas_client_call(c, &call, now()))
        return false;
    while (troth_sas_client_job(c, &job))
        troth_job_run(job), troth_sas_client_stepped(c, job, now());
    return troth_sas_client_sending(c, ret) && ret->send;
}

/* A fate of TROTH_SAS_RESEND would begin with send_request again: the target had dropped the context. */
static bool receive_reply(troth_sas_client *c, uint64_t id, bool refused, troth_bytes element, troth_error *ret)
{
    const troth_sas_answer answer = { id, refused ? TROTH_SAS_REPLY_REFUSED : TROTH_SAS_REPLY_RESULT, element.len > 0,
                                      element };
    troth_sas_fate fate;
    return !troth_sas_client_reply(c, &answer, now(), &fate, ret) && fate == TROTH_SAS_PASS;
}

/* ---- the target: receive_request and send_reply ---- */

static bool receive_request(troth_sas_session *s, uint64_t id, troth_bytes element, troth_sas_verdict *ret)
{
    const troth_sas_request request = {
        .id = id, .response_expected = true, .n_elements = element.len > 0, .element = element
    };
    troth_job *job;
    if (troth_sas_session_request(s, &request, now()))
        return false;
    while (troth_sas_session_job(s, &job)) /* or on another thread; its verdict then comes later */
        troth_job_run(job), troth_sas_session_stepped(s, job, now());
    return troth_sas_session_verdict(s, ret);
}

/* ---- one request, all the way ---- */

static int request(troth_sas_client *c, troth_sas_session *s, uint64_t id)
{
    troth_sas_sending sending;
    troth_sas_verdict v;
    troth_bytes answer;
    troth_error error = { 0 };
    if (!send_request(c, id, &sending))
        return fail("nothing may be sent", sending.error.code);
    printf("request %d: %zu octets", (int)id, sending.element.len);
    if (!receive_request(s, id, sending.element, &v))
        return fail("no verdict", TROTH_OK);
    answer = v.element;
    if (v.accepted) {
        printf(", from %s by %s, %s", v.caller.caller.name, troth_mech_id_name(v.caller.mech),
               v.caller.stateful ? "kept" : "for this request");
        if (troth_sas_session_reply(s, id, now(), &answer)) /* the servant has run */
            return fail("no reply", TROTH_OK);
    } else {
        printf(", refused: %s", troth_status_name(v.error.code));
    }
    printf("; reply: %zu octets\n", answer.len);
    if (!receive_reply(c, id, !v.accepted, answer, &error))
        return fail("NO_PERMISSION", error.code);
    return 0;
}

static int talk(troth_cred *mine, troth_sas_target *target, int n)
{
    static const troth_transport connection = { .peer = "client", .local = "target" };
    const troth_sas_client_options o = { .env = troth_env_posix(),
                                         .cred = mine,
                                         .unlisted = true, /* else mech_list: component 33 of the reference */
                                         .realm = "default",
                                         .clear_password = true, /* it goes nowhere; else only over TLS */
                                         .stateful = true,
                                         .transport = &connection };
    troth_sas_session *session = NULL;
    troth_sas_client *client = NULL;
    int code = 0;
    if (troth_sas_session_new(target, o.env, &connection, &session) || troth_sas_client_new(&o, &client))
        code = fail("no connection", TROTH_OK);
    for (int i = 1; !code && i <= n; i++)
        code = request(client, session, (uint64_t)i);
    troth_sas_client_free(client);
    troth_sas_session_free(session);
    return code;
}

int main(int argc, char **argv)
{
    char password[256] = "";
    FILE *f = argc > 3 ? fopen(argv[3], "r") : NULL;
    if (!f || !fgets(password, sizeof password, f))
        return fail("usage: csi_interceptor USERS-FILE USER PASSWORD-FILE [REQUESTS]", TROTH_OK);
    fclose(f);
    const troth_cred_source users = { .mech = "gssup", .kind = TROTH_CRED_HASH_FILE, .path = argv[1] };
    const troth_cred_source me = { .mech = "gssup",
                                   .kind = TROTH_CRED_PASSWORD,
                                   .principal = argv[2],
                                   .secret = { (uint8_t *)password, strcspn(password, "\r\n") } };
    troth_cred *theirs = credential(&users, TROTH_USE_ACCEPT), *mine = credential(&me, TROTH_USE_INITIATE);
    explicit_bzero(password, sizeof password);
    const troth_sas_target_options o = { .env = troth_env_posix(),
                                         .cred = theirs,
                                         .required = TROTH_CSI_ESTABLISH_TRUST_IN_CLIENT,
                                         .stateful = true,
                                         .clear_password = true };
    troth_sas_target *target = NULL;
    int code = !theirs || !mine || troth_sas_target_new(&o, &target) ? fail("no credentials", TROTH_OK)
                                                                     : talk(mine, target, argc > 4 ? atoi(argv[4]) : 3);
    troth_sas_target_free(target);
    troth_cred_unref(theirs);
    troth_cred_unref(mine);
    return code;
}
