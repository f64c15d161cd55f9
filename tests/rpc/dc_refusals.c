/* What is refused, by whom, and in which words of ours. */
#include <dc_client.h>
#include <stdlib.h>
#include <string.h>

typedef struct refusal {
    const char *name;
    const char *user, *password, *ccache; /* of a credential of its own; NULL = that of users[0] */
    unsigned auth;
    troth_rpc_level level; /* NONE: without a context */
    const char *spn;
    const troth_rpc_syntax *called; /* NULL = mgmt */
    uint16_t opnum;
    const char *samba, *fixture; /* what is to come of it; NULL = not asked there */
} refusal;

static void say(char *out, size_t room, const char *who, const troth_error *e)
{
    snprintf(out, room, "%s %s 0x%x %s", who, troth_status_name(e->code), e->wire, e->where ? e->where : "?");
}

static troth_cred *own_cred(const dc_peer *p, const refusal *x, char *out, size_t room)
{
    troth_error why = { 0 };
    troth_cred_source src = { .mech = "ntlm", .kind = TROTH_CRED_PASSWORD, .principal = x->user, .domain = p->domain };
    if (x->password)
        src.secret = (troth_bytes){ (const uint8_t *)x->password, strlen(x->password) };
    else
        src = (troth_cred_source){ .mech = "kerberos", .kind = TROTH_CRED_CCACHE, .path = x->ccache };
    troth_cred *cred = dc_acquire(&src, &why);
    if (!cred)
        say(out, room, "credential", &why);
    return cred;
}

/* A call of no operands, and what came of it. */
static void call(dc_net *n, dc_conn *c, const refusal *x, uint64_t context, char *out, size_t room)
{
    dc_request q =
        x->called == &dc_drsuapi ? dc_drs_bind() : dc_ask(x->called ? x->called : &dc_mgmt, x->opnum, TROTH_RPC_NDR);
    if (x->called == &dc_dssetup)
        troth_ndr_put_u16(&q.out, 1);
    const dc_result *r = dc_do(n, c, context, &q);
    if (r->error.code)
        say(out, room, "call", &r->error);
    else
        snprintf(out, room, "fault 0x%x", r->message.fault);
}

static bool attempt(dc_net *n, const dc_peer *p, const refusal *x, const troth_rpc_identity *who, char *out,
                    size_t room)
{
    uint16_t port = DC_EPM_PORT;
    const troth_rpc_co_client_options o = dc_options(true);
    if (x->called && (x->called == &dc_dssetup || x->called == &dc_drsuapi) && !dc_port(n, x->called, &port))
        return false;
    (void)p;
    snprintf(n->note, sizeof n->note, "type=%d level=%d user=-", who ? who->type : 0, x->level);
    dc_conn *c = dc_connect(n, port, &o);
    if (!c)
        return false;
    const dc_result *r = who ? dc_open(n, c, 1, who) : NULL;
    if (r && r->error.code) {
        say(out, room, "context", &r->error);
        return dc_ended(n, c);
    }
    call(n, c, x, who ? 1 : 0, out, room);
    return true;
}

static bool run_refusal(dc_net *n, const dc_peer *p, const void *arg)
{
    const refusal *x = arg;
    const char *want = p->samba ? x->samba : x->fixture;
    char out[200] = "";
    bool own = x->user || x->ccache;
    troth_cred *cred = own ? own_cred(p, x, out, sizeof out) : NULL;
    troth_rpc_identity who = dc_identity(p, 0, x->auth, x->level);
    if (x->level == TROTH_RPC_LEVEL_CONNECT && x->auth == DC_SPNEGO_NTLM)
        who.require = TROTH_F_INTEGRITY; /* Samba answers no call at connect in a context that could sign */
    if (own)
        who.cred = cred;
    if (x->spn)
        who.target = x->spn;
    bool done = own && !cred;
    if (!done)
        done = attempt(n, p, x, x->level > TROTH_RPC_LEVEL_NONE ? &who : NULL, out, sizeof out);
    troth_cred_unref(cred);
    if (!done)
        return false;
    return strcmp(out, want) == 0 ? true : dc_fail(n, "it came to \"%s\", not \"%s\"", out, want);
}

/* NDR64, which Samba does not have: its refusal ends nothing. */
static bool ndr64(dc_net *n, const dc_peer *p, const void *arg)
{
    static const char want[] = "call PEER_REFUSED 0x1c010017 MS-RPCE 3.3.1.5.6";
    char out[200] = "";
    uint16_t port;
    const troth_rpc_co_client_options o = dc_options(true);
    const troth_rpc_identity who = dc_identity(p, 0, DC_KERBEROS, TROTH_RPC_LEVEL_PRIVACY);
    (void)arg;
    if (!dc_port(n, &dc_dssetup, &port))
        return false;
    snprintf(n->note, sizeof n->note, "type=16 level=6 user=%s", p->users[0]);
    dc_conn *c = dc_connect(n, port, &o);
    if (!c || dc_open(n, c, 1, &who)->error.code)
        return dc_fail(n, "no context");
    if (!p->samba)
        return dc_role(n, c, 1, TROTH_RPC_NDR64, p->domain) && dc_role(n, c, 1, TROTH_RPC_NDR, p->domain);
    dc_request q = dc_ask(&dc_dssetup, 0, TROTH_RPC_NDR64);
    const dc_result *r = dc_do(n, c, 1, &q);
    say(out, sizeof out, "call", &r->error);
    if (strcmp(out, want) != 0)
        return dc_fail(n, "it came to \"%s\", not \"%s\"", out, want);
    return dc_role(n, c, 1, TROTH_RPC_NDR, p->domain);
}

void dc_refusals(dc_net *n, const dc_peer *p)
{
    static const troth_rpc_syntax nowhere = { { { 0x01, 0x02, 0x03, 0x04 } }, 1, 0 };
    const troth_rpc_level connect = TROTH_RPC_LEVEL_CONNECT, sign = TROTH_RPC_LEVEL_INTEGRITY,
                          seal = TROTH_RPC_LEVEL_PRIVACY;
    static const char expired[] = "credential CRED_EXPIRED 0x0 credential";
    static const char no_target[] = "context TARGET_UNKNOWN 0x0 RFC 4121 4.1: gss_init_sec_context";
    static const char no_interface[] = "call PEER_REFUSED 0x1c010003 MS-RPCE 3.3.1.5.6";
    /* Where they differ: past a bad auth3 Samba speaks of a protocol error, Windows and the text of access denied; its
     * bind_nak has no reason. */
    const refusal all[] = {
        { "wrong_password_ntlm", p->users[0], "not hers", NULL, DC_NTLM, seal, NULL, NULL, 2, "fault 0x1c01000b",
          "fault 0x5" },
        { "wrong_password_spnego", p->users[0], "not hers", NULL, DC_SPNEGO_NTLM, seal, NULL, NULL, 2,
          "context PEER_REFUSED 0x721 MS-RPCE 3.3.1.5.2.1", "context PEER_REFUSED 0x5 MS-RPCE 3.3.1.5.2.1" },
        { "unknown_user_ntlm", "mallory", "any", NULL, DC_NTLM, seal, NULL, NULL, 2, "fault 0x1c01000b", "fault 0x5" },
        { "unknown_user_spnego", "mallory", "any", NULL, DC_SPNEGO_NTLM, sign, NULL, NULL, 2,
          "context PEER_REFUSED 0x721 MS-RPCE 3.3.1.5.2.1", "context PEER_REFUSED 0x5 MS-RPCE 3.3.1.5.2.1" },
        { "expired_ticket", NULL, NULL, p->expired_ccache, DC_KERBEROS, sign, NULL, NULL, 2, expired, expired },
        { "expired_ticket_spnego", NULL, NULL, p->expired_ccache, DC_SPNEGO_KERBEROS, sign, NULL, NULL, 2, expired,
          expired },
        { "unknown_spn", NULL, NULL, NULL, DC_KERBEROS, sign, "host/nowhere.test", NULL, 2, no_target, no_target },
        { "unknown_spn_spnego", NULL, NULL, NULL, DC_SPNEGO_KERBEROS, sign, "host/nowhere.test", NULL, 2, no_target,
          no_target },
        { "other_key_kerberos", NULL, NULL, NULL, DC_KERBEROS, sign, p->other_spn, NULL, 2,
          "context PEER_REFUSED 0x0 MS-RPCE 3.3.1.5.2.1", "context PEER_REFUSED 0x9 MS-RPCE 3.3.1.5.2.1" },
        { "other_key_spnego", NULL, NULL, NULL, DC_SPNEGO_KERBEROS, sign, p->other_spn, NULL, 2,
          "context PEER_REFUSED 0x0 MS-RPCE 3.3.1.5.2.1", "context PEER_REFUSED 0x9 MS-RPCE 3.3.1.5.2.1" },
        { "level_connect_refused", NULL, NULL, NULL, DC_KERBEROS, connect, NULL, &dc_dssetup, 0, "fault 0x5", NULL },
        { "level_integrity_refused", NULL, NULL, NULL, DC_NTLM, sign, NULL, &dc_drsuapi, 0, "fault 0x5", NULL },
        { "connect_with_a_mic", NULL, NULL, NULL, DC_SPNEGO_NTLM, connect, NULL, NULL, 2, "fault 0x1", "fault 0x0" },
        { "opnum_out_of_range", NULL, NULL, NULL, DC_NTLM, seal, NULL, NULL, 77, "fault 0x1c010002",
          "fault 0x1c010002" },
        { "interface_unknown", NULL, NULL, NULL, DC_KERBEROS, seal, NULL, &nowhere, 0, no_interface, no_interface },
        { "interface_unknown_plain", NULL, NULL, NULL, 0, TROTH_RPC_LEVEL_NONE, NULL, &nowhere, 0, no_interface,
          no_interface },
    };
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        if (p->samba ? all[i].samba : all[i].fixture)
            dc_case(n, p, all[i].name, run_refusal, &all[i]);
    dc_case(n, p, "ndr64", ndr64, NULL);
}
