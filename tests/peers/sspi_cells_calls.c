/* Each call in each state of a context, with arguments that are in order but for the state. */
#include "sspi_cells.h"

typedef enum state {
    NO_HANDLE, /* {0, 0}  */
    INVALID,   /* {-1,-1} */
    BEGUN_C,
    BEGUN_S,
    DONE_C,
    DONE_S,
    FAILED_C,
    FAILED_S,
    STATES
} state;

static const char *const state_names[STATES] = { "handle of zeros",   "invalid handle",  "initiator, begun",
                                                 "acceptor, begun",   "initiator, done", "acceptor, done",
                                                 "initiator, failed", "acceptor, failed" };

enum { FLAGS = ISC_REQ_INTEGRITY | ISC_REQ_CONFIDENTIALITY, ASC_FLAGS = ASC_REQ_INTEGRITY | ASC_REQ_CONFIDENTIALITY };

static const uint8_t nonsense[64] = "NTLMSSP\0\7 this is no message of NTLM";

/* Bring a pair into a state; the handle in question. */
static CtxtHandle *reach(pair *p, state s)
{
    static CtxtHandle none;
    if (s == NO_HANDLE)
        return &none;
    if (s == INVALID) {
        SecInvalidateHandle(&none);
        return &none;
    }
    pair_open(p);
    if (s == DONE_C || s == DONE_S) {
        if (!pair_shake(p, FLAGS, ASC_FLAGS)) {
            say("no context");
            _Exit(3);
        }
        return s == DONE_C ? &p->c : &p->s;
    }
    (void)pair_client(p, FLAGS);
    if (s == BEGUN_C)
        return &p->c;
    (void)pair_server(p, ASC_FLAGS);
    if (s == BEGUN_S)
        return &p->s;
    if (s == FAILED_C) {
        memcpy(p->to_client, nonsense, p->n_to_client = sizeof nonsense);
        (void)pair_client(p, FLAGS);
        return &p->c;
    }
    memcpy(p->to_server, nonsense, p->n_to_server = sizeof nonsense);
    (void)pair_server(p, ASC_FLAGS);
    return &p->s;
}

/* ---- the calls ---- */

typedef SECURITY_STATUS call(pair *p, CtxtHandle *h);

static uint8_t token[64], data[64], answer[CELL_ROOM];

static SECURITY_STATUS initialize(pair *p, CtxtHandle *h)
{
    static char target[] = "svc/host";
    SecBuffer in[] = { { sizeof nonsense, SECBUFFER_TOKEN, (void *)(uintptr_t)nonsense } },
              out[] = { { sizeof answer, SECBUFFER_TOKEN, answer } };
    return InitializeSecurityContextA(&p->client, h, target, FLAGS, 0, SECURITY_NATIVE_DREP, LIST(in), 0, h, LIST(out),
                                      &p->c_ret, &(TimeStamp){ 0 });
}

static SECURITY_STATUS accept_it(pair *p, CtxtHandle *h)
{
    SecBuffer in[] = { { sizeof nonsense, SECBUFFER_TOKEN, (void *)(uintptr_t)nonsense } },
              out[] = { { sizeof answer, SECBUFFER_TOKEN, answer } };
    return AcceptSecurityContext(&p->server, h, LIST(in), ASC_FLAGS, SECURITY_NATIVE_DREP, h, LIST(out), &p->s_ret,
                                 &(TimeStamp){ 0 });
}

static SECURITY_STATUS complete(pair *p, CtxtHandle *h)
{
    SecBuffer in[] = { { sizeof nonsense, SECBUFFER_TOKEN, (void *)(uintptr_t)nonsense } };
    (void)p;
    return CompleteAuthToken(h, LIST(in));
}

static SECURITY_STATUS control(pair *p, CtxtHandle *h)
{
    SecBuffer in[] = { { sizeof nonsense, SECBUFFER_TOKEN, (void *)(uintptr_t)nonsense } };
    (void)p;
    return ApplyControlToken(h, LIST(in));
}

static SECURITY_STATUS make(pair *p, CtxtHandle *h)
{
    SecBuffer b[] = { { 16, SECBUFFER_TOKEN, token }, { sizeof data, SECBUFFER_DATA, data } };
    (void)p;
    return MakeSignature(h, 0, LIST(b), 0);
}

static SECURITY_STATUS verify(pair *p, CtxtHandle *h)
{
    SecBuffer b[] = { { 16, SECBUFFER_TOKEN, token }, { sizeof data, SECBUFFER_DATA, data } };
    (void)p;
    return VerifySignature(h, LIST(b), 0, &(ULONG){ 0 });
}

static SECURITY_STATUS encrypt(pair *p, CtxtHandle *h)
{
    SecBuffer b[] = { { 16, SECBUFFER_TOKEN, token }, { sizeof data, SECBUFFER_DATA, data } };
    (void)p;
    return EncryptMessage(h, 0, LIST(b), 0);
}

static SECURITY_STATUS decrypt(pair *p, CtxtHandle *h)
{
    SecBuffer b[] = { { 16, SECBUFFER_TOKEN, token }, { sizeof data, SECBUFFER_DATA, data } };
    (void)p;
    return DecryptMessage(h, LIST(b), 0, &(ULONG){ 0 });
}

#define QUERY(name, attribute)                                                                                         \
    static SECURITY_STATUS name(pair *p, CtxtHandle *h)                                                                \
    {                                                                                                                  \
        static union {                                                                                                 \
            uint8_t room[1024];                                                                                        \
            void *align;                                                                                               \
        } got;                                                                                                         \
        (void)p;                                                                                                       \
        return QueryContextAttributesA(h, attribute, &got);                                                            \
    }
QUERY(query_sizes, SECPKG_ATTR_SIZES)
QUERY(query_names, SECPKG_ATTR_NAMES)
QUERY(query_flags, SECPKG_ATTR_FLAGS)
QUERY(query_streams, SECPKG_ATTR_STREAM_SIZES)
QUERY(query_key, SECPKG_ATTR_KEY_INFO)
QUERY(query_package, SECPKG_ATTR_PACKAGE_INFO)
QUERY(query_session_key, SECPKG_ATTR_SESSION_KEY)
QUERY(query_lifespan, SECPKG_ATTR_LIFESPAN)
QUERY(query_unknown, 999)

static SECURITY_STATUS impersonate(pair *p, CtxtHandle *h)
{
    (void)p;
    return ImpersonateSecurityContext(h);
}

static SECURITY_STATUS revert(pair *p, CtxtHandle *h)
{
    (void)p;
    return RevertSecurityContext(h);
}

static SECURITY_STATUS whose_token(pair *p, CtxtHandle *h)
{
    (void)p;
    return QuerySecurityContextToken(h, &(void *){ NULL });
}

static SECURITY_STATUS export_it(pair *p, CtxtHandle *h)
{
    (void)p;
    return ExportSecurityContext(h, 0, &(SecBuffer){ 0 }, &(void *){ NULL });
}

static SECURITY_STATUS delete_it(pair *p, CtxtHandle *h)
{
    (void)p;
    return DeleteSecurityContext(h);
}

typedef struct question {
    call *ask;
    state in;
} question;

static void ask_call(const void *arg)
{
    const question *q = arg;
    static pair p;
    CtxtHandle *h = reach(&p, q->in);
    say_status(q->ask(&p, h));
}

static void ask_twice(const void *arg)
{
    static pair p;
    (void)arg;
    CtxtHandle *h = reach(&p, DONE_C), copy = *h;
    (void)DeleteSecurityContext(h);
    say_status(DeleteSecurityContext(&copy));
}

void cells_calls(void)
{
    static const struct {
        const char *name;
        call *ask;
        bool initiators, acceptors;
    } calls[] = {
        { "InitializeSecurityContext", initialize, true, false },
        { "AcceptSecurityContext", accept_it, false, true },
        { "CompleteAuthToken", complete, true, true },
        { "ApplyControlToken", control, true, true },
        { "MakeSignature", make, true, true },
        { "VerifySignature", verify, true, true },
        { "EncryptMessage", encrypt, true, true },
        { "DecryptMessage", decrypt, true, true },
        { "QueryContextAttributes(SIZES)", query_sizes, true, true },
        { "QueryContextAttributes(NAMES)", query_names, true, true },
        { "QueryContextAttributes(FLAGS)", query_flags, true, true },
        { "QueryContextAttributes(STREAM_SIZES)", query_streams, true, true },
        { "QueryContextAttributes(KEY_INFO)", query_key, true, true },
        { "QueryContextAttributes(PACKAGE_INFO)", query_package, true, true },
        { "QueryContextAttributes(SESSION_KEY)", query_session_key, true, true },
        { "QueryContextAttributes(LIFESPAN)", query_lifespan, true, true },
        { "QueryContextAttributes(999)", query_unknown, true, true },
        { "ImpersonateSecurityContext", impersonate, true, true },
        { "RevertSecurityContext", revert, true, true },
        { "QuerySecurityContextToken", whose_token, true, true },
        { "ExportSecurityContext", export_it, true, true },
        { "DeleteSecurityContext", delete_it, true, true },
    };
    for (size_t i = 0; i < COUNT(calls); i++)
        for (state s = 0; s < STATES; s++) {
            bool initiator = s == BEGUN_C || s == DONE_C || s == FAILED_C, any = s == NO_HANDLE || s == INVALID;
            /* the other side's establishing call on a context is an error of types in WinPR */
            if (any || (initiator ? calls[i].initiators : calls[i].acceptors))
                cell_run(&(cell){ calls[i].name, state_names[s], ask_call, &(question){ calls[i].ask, s } });
        }
    cell_run(&(cell){ "DeleteSecurityContext", "initiator, deleted", ask_twice, NULL });
}
