/* Each requirement by itself on each side, with what both sides return; and where an output token may go. */
#include "sspi_cells.h"

typedef struct flag {
    const char *name;
    ULONG isc, asc;
} flag;

static void ask_flag(const void *arg)
{
    const flag *f = arg;
    pair p;
    pair_open(&p);
    bool done = pair_shake(&p, f->isc, f->asc);
    if (!done) {
        say("ISC ");
        say_status(p.c_status);
        say(", ASC ");
        say_status(p.s_begun ? p.s_status : SEC_E_OK);
        return;
    }
    say("ISC_RET: ");
    say_bits(p.c_ret, false);
    say("; ASC_RET: ");
    say_bits(p.s_ret, true);
}

/* What is told before the end. */
static void ask_early(const void *arg)
{
    const flag *f = arg;
    pair p;
    pair_open(&p);
    (void)pair_client(&p, f->isc);
    (void)pair_server(&p, f->asc);
    say("ISC_RET: ");
    say_bits(p.c_ret, false);
    say("; ASC_RET: ");
    say_bits(p.s_ret, true);
}

#define ISC(x)                                                                                                         \
    {                                                                                                                  \
        "ISC_REQ_" #x, ISC_REQ_##x, 0                                                                                  \
    }
#define ASC(x)                                                                                                         \
    {                                                                                                                  \
        "ASC_REQ_" #x, 0, ASC_REQ_##x                                                                                  \
    }

void cells_flags(void)
{
    static const flag flags[] = {
        { "none", 0, 0 },
        ISC(DELEGATE),
        ISC(MUTUAL_AUTH),
        ISC(REPLAY_DETECT),
        ISC(SEQUENCE_DETECT),
        ISC(CONFIDENTIALITY),
        ISC(USE_SESSION_KEY),
        ISC(PROMPT_FOR_CREDS),
        ISC(USE_SUPPLIED_CREDS),
        ISC(USE_DCE_STYLE),
        ISC(DATAGRAM),
        ISC(CONNECTION),
        ISC(CALL_LEVEL),
        ISC(FRAGMENT_SUPPLIED),
        ISC(EXTENDED_ERROR),
        ISC(STREAM),
        ISC(INTEGRITY),
        ISC(IDENTIFY),
        ISC(NULL_SESSION),
        ISC(MANUAL_CRED_VALIDATION),
        ISC(RESERVED1),
        ISC(FRAGMENT_TO_FIT),
        ISC(FORWARD_CREDENTIALS),
        ISC(NO_INTEGRITY),
        ISC(USE_HTTP_STYLE),
        { "ISC_REQ_INTEGRITY|NO_INTEGRITY", ISC_REQ_INTEGRITY | ISC_REQ_NO_INTEGRITY, 0 },
        { "ISC_REQ_CONNECTION|DATAGRAM", ISC_REQ_CONNECTION | ISC_REQ_DATAGRAM, 0 },
        ASC(DELEGATE),
        ASC(MUTUAL_AUTH),
        ASC(REPLAY_DETECT),
        ASC(SEQUENCE_DETECT),
        ASC(CONFIDENTIALITY),
        ASC(USE_SESSION_KEY),
        ASC(USE_DCE_STYLE),
        ASC(DATAGRAM),
        ASC(CONNECTION),
        ASC(CALL_LEVEL),
        ASC(FRAGMENT_SUPPLIED),
        ASC(EXTENDED_ERROR),
        ASC(STREAM),
        ASC(INTEGRITY),
        ASC(LICENSING),
        ASC(IDENTIFY),
        ASC(ALLOW_NULL_SESSION),
        ASC(ALLOW_NON_USER_LOGONS),
        ASC(ALLOW_CONTEXT_REPLAY),
        ASC(FRAGMENT_TO_FIT),
        ASC(NO_TOKEN),
        ASC(PROXY_BINDINGS),
        ASC(ALLOW_MISSING_BINDINGS),
        { "ISC_REQ_CONFIDENTIALITY, ASC_REQ_CONFIDENTIALITY", ISC_REQ_CONFIDENTIALITY, ASC_REQ_CONFIDENTIALITY },
        { "ISC_REQ_INTEGRITY, ASC_REQ_INTEGRITY", ISC_REQ_INTEGRITY, ASC_REQ_INTEGRITY },
        { "ISC_REQ_NULL_SESSION, ASC_REQ_ALLOW_NULL_SESSION", ISC_REQ_NULL_SESSION, ASC_REQ_ALLOW_NULL_SESSION },
    };
    for (size_t i = 0; i < COUNT(flags); i++)
        cell_run(&(cell){ "requirement", flags[i].name, ask_flag, &flags[i] });
    static const flag early[] = {
        { "none", 0, 0 },
        ISC(DATAGRAM),
        ISC(USE_DCE_STYLE),
        { "everything of security", 0x1003E, 0x2003E },
    };
    for (size_t i = 0; i < COUNT(early); i++)
        cell_run(&(cell){ "requirement, after the first leg", early[i].name, ask_early, &early[i] });
}

/* ---- where the token goes ---- */

typedef struct place {
    const char *name;
    ULONG flags, type, size; /* size CELL_ROOM = all of it */
    bool no_list, no_memory, twice, wrong_version;
} place;

typedef struct leg {
    const place *at;
    bool accept;
} leg;

static void tell(const place *at, SECURITY_STATUS st, const SecBuffer *out, const uint8_t *room)
{
    bool beyond = false;
    say_status(st);
    if (at->no_list)
        return;
    say(", cbBuffer %s", out->cbBuffer == at->size  ? "as it was"
                         : out->cbBuffer == 0       ? "0"
                         : out->cbBuffer > at->size ? "larger"
                                                    : "smaller");
    if (out->BufferType != at->type)
        say(", type %u", (unsigned)out->BufferType);
    if (at->no_memory)
        say(", pvBuffer %s", out->pvBuffer ? "set" : "NULL");
    for (size_t i = at->size; i < CELL_ROOM; i++)
        beyond |= room[i] != 0xA5;
    say("%s", beyond ? ", WRITES BEYOND" : "");
}

static void ask_place(const void *arg)
{
    static uint8_t room[CELL_ROOM];
    static char target[] = "svc/host";
    const leg *l = arg;
    const place *at = l->at;
    pair p;
    pair_open(&p);
    memset(room, 0xA5, sizeof room);
    if (l->accept)
        (void)pair_client(&p, 0);
    SecBuffer out[2] = { { at->size, at->type, at->no_memory ? NULL : room }, { CELL_ROOM, at->type, p.to_client } };
    SecBuffer in[] = { { p.n_to_server, SECBUFFER_TOKEN, p.to_server } };
    SecBufferDesc list = { at->wrong_version ? 1 : SECBUFFER_VERSION, at->twice ? 2 : 1, out };
    SecBufferDesc *to = at->no_list ? NULL : &list;
    SECURITY_STATUS st;
    if (l->accept)
        st = AcceptSecurityContext(&p.server, NULL, LIST(in), at->flags, SECURITY_NATIVE_DREP, &p.s, to, &p.s_ret,
                                   &(TimeStamp){ 0 });
    else
        st = InitializeSecurityContextA(&p.client, NULL, target, at->flags, 0, SECURITY_NATIVE_DREP, NULL, 0, &p.c, to,
                                        &p.c_ret, &(TimeStamp){ 0 });
    tell(at, st, out, room);
}

static void ask_attributes(const void *arg)
{
    static char target[] = "svc/host";
    const leg *l = arg;
    pair p;
    pair_open(&p);
    if (l->accept)
        (void)pair_client(&p, 0);
    SecBuffer in[] = { { p.n_to_server, SECBUFFER_TOKEN, p.to_server } }, out[] = { { CELL_ROOM, 2, p.to_client } };
    SECURITY_STATUS st;
    if (l->accept)
        st = AcceptSecurityContext(&p.server, NULL, LIST(in), 0, SECURITY_NATIVE_DREP, &p.s, LIST(out), NULL, NULL);
    else
        st = InitializeSecurityContextA(&p.client, NULL, target, 0, 0, SECURITY_NATIVE_DREP, NULL, 0, &p.c, LIST(out),
                                        NULL, NULL);
    say_status(st);
}

void cells_buffers(void)
{
    static const place places[] = {
        { "pOutput NULL", 0, SECBUFFER_TOKEN, CELL_ROOM, .no_list = true },
        { "TOKEN with room", 0, SECBUFFER_TOKEN, CELL_ROOM, .no_list = false },
        { "TOKEN of no octets", 0, SECBUFFER_TOKEN, 0, .no_list = false },
        { "TOKEN of 10 octets", 0, SECBUFFER_TOKEN, 10, .no_list = false },
        { "TOKEN with pvBuffer NULL", 0, SECBUFFER_TOKEN, 64, .no_memory = true },
        { "DATA only", 0, SECBUFFER_DATA, CELL_ROOM, .no_list = false },
        { "EMPTY only", 0, SECBUFFER_EMPTY, CELL_ROOM, .no_list = false },
        { "TOKEN that is READONLY", 0, SECBUFFER_TOKEN | SECBUFFER_READONLY, CELL_ROOM, .no_list = false },
        { "two TOKENs", 0, SECBUFFER_TOKEN, CELL_ROOM, .twice = true },
        { "ulVersion 1", 0, SECBUFFER_TOKEN, CELL_ROOM, .wrong_version = true },
        { "ALLOCATE_MEMORY, pvBuffer NULL", ISC_REQ_ALLOCATE_MEMORY, SECBUFFER_TOKEN, 0, .no_memory = true },
        { "ALLOCATE_MEMORY, TOKEN with room", ISC_REQ_ALLOCATE_MEMORY, SECBUFFER_TOKEN, CELL_ROOM, .no_list = false },
    };
    for (int side = 0; side < 2; side++) {
        const char *group = side ? "output of AcceptSecurityContext" : "output of InitializeSecurityContext";
        for (size_t i = 0; i < COUNT(places); i++)
            cell_run(&(cell){ group, places[i].name, ask_place, &(leg){ &places[i], side } });
        cell_run(&(cell){ group, "pfContextAttr and ptsExpiry NULL", ask_attributes, &(leg){ NULL, side } });
    }
}
