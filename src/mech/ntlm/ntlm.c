/* The mechanism as the engine sees it. */
#include <mech/ntlm/impl.h>
#include <mech/ntlm/ntlm.h>
#include <string.h>

static troth_status init(troth_context *c, void **ret_impl)
{
    const troth_ntlm_cred *cred = troth_ntlm_cred_for(c->cred, c->opts.role);
    if (!cred)
        return TROTH_NO_CRED;
    if (c->opts.require & TROTH_F_STREAM)
        return TROTH_UNSUPPORTED;
    troth_ntlm *n = troth_mem_new(c->env, sizeof *n);
    if (!n)
        return TROTH_NO_MEMORY;
    n->c = c;
    n->cred = cred;
    troth_fsm_init(&n->fsm, c->opts.role == TROTH_INITIATOR ? &troth_ntlm_client_fsm : &troth_ntlm_server_fsm, c->env);
    *ret_impl = n;
    return TROTH_OK;
}

/* The exchange is over, or will never be: its messages are not needed any more. */
static void forget_messages(troth_ntlm *n)
{
    troth_mem_drop(n->c->env, &n->negotiate);
    troth_mem_drop(n->c->env, &n->challenge);
}

static void clear(troth_context *c, void *impl)
{
    troth_ntlm *n = impl;
    forget_messages(n);
    troth_mem_free_str(c->env, n->client_target);
    troth_mem_free(c->env, impl, sizeof(troth_ntlm));
}

/* Read a token as the message it says it is. */
static uint8_t read_token(troth_bytes token, troth_ntlm_input *ret)
{
    *ret = (troth_ntlm_input){ .token = token };
    if (!token.len)
        return NTLM_EV_NO_TOKEN;
    uint32_t type = troth_ntlm_message_type(token);
    if (type == NTLM_NEGOTIATE)
        ret->st = troth_ntlm_negotiate_read(token, &ret->m.negotiate);
    else if (type == NTLM_CHALLENGE)
        ret->st = troth_ntlm_challenge_read(token, &ret->m.challenge);
    else if (type == NTLM_AUTHENTICATE)
        ret->st = troth_ntlm_authenticate_read(token, &ret->m.authenticate);
    else
        ret->st = token.len < 12 ? TROTH_TRUNCATED : TROTH_MALFORMED;
    return ret->st ? NTLM_EV_MALFORMED : (uint8_t)(NTLM_EV_NEGOTIATE + type - NTLM_NEGOTIATE);
}

static troth_step step(troth_context *c, void *impl, troth_bytes in, troth_writer *out)
{
    troth_ntlm *n = impl;
    troth_ntlm_input input;
    uint8_t event = read_token(in, &input);
    troth_order order = out->order;
    n->out = out;
    out->order = TROTH_LE;
    troth_status st = troth_fsm_step(&n->fsm, event, n, &input);
    out->order = order;
    n->out = NULL;
    bool over = n->fsm.state == NTLM_DONE || n->fsm.state == NTLM_FAILED;
    if (over)
        forget_messages(n);
    if (st)
        return troth_context_fail(c, st, 0, 0, "MS-NLMP");
    return over ? TROTH_STEP_DONE : TROTH_STEP_MORE;
}

static bool sniff(troth_bytes token)
{
    return troth_ntlm_message_type(token) != 0;
}

static troth_status after_mech_list_mic(void *impl)
{
    troth_ntlm *n = impl;
    troth_ntlm_channel_rewind(&n->channel);
    return TROTH_OK;
}

static size_t token_size(const void *impl, troth_form form, size_t data_len)
{
    const troth_ntlm *n = impl;
    (void)data_len;
    uint32_t needed = form == TROTH_FORM_SEAL ? NTLM_SEAL : NTLM_SIGN | NTLM_SEAL;
    return n->flags & needed ? NTLM_SIGNATURE_LEN : 0;
}

static troth_status protect(void *impl, troth_form form, troth_message *m)
{
    troth_ntlm *n = impl;
    return troth_ntlm_protect(&n->channel, form, m);
}

static troth_status unprotect(void *impl, troth_form form, troth_message *m)
{
    troth_ntlm *n = impl;
    return troth_ntlm_unprotect(&n->channel, form, m);
}

static troth_status session_key(const void *impl, troth_bytes *ret)
{
    const troth_ntlm *n = impl;
    if (n->flags & NTLM_ANONYMOUS) /* sixteen zero octets are no secret */
        return TROTH_UNSUPPORTED;
    *ret = (troth_bytes){ n->exported, sizeof n->exported };
    return TROTH_OK;
}

static troth_status query(void *impl, troth_query what, troth_bytes *ret)
{
    const troth_ntlm *n = impl;
    if (what != TROTH_QUERY_CLIENT_TARGET || n->c->opts.role != TROTH_ACCEPTOR)
        return TROTH_UNSUPPORTED;
    const char *s = n->client_target ? n->client_target : "";
    *ret = (troth_bytes){ (const uint8_t *)s, strlen(s) };
    return TROTH_OK;
}

static void tell(const troth_context *c, const void *impl, troth_bytes token, troth_trace_token *ret)
{
    static const char *const names[] = { [NTLM_NEGOTIATE] = "NEGOTIATE_MESSAGE",
                                         [NTLM_CHALLENGE] = "CHALLENGE_MESSAGE",
                                         [NTLM_AUTHENTICATE] = "AUTHENTICATE_MESSAGE" };
    (void)c, (void)impl;
    uint32_t type = troth_ntlm_message_type(token);
    ret->message = type <= NTLM_AUTHENTICATE ? names[type] : NULL;
}

static const uint8_t oid_der[] = { 0x2b, 0x06, 0x01, 0x04, 0x01, 0x82, 0x37, 0x02, 0x02, 0x0a };
static const troth_oid oid = { oid_der, sizeof oid_der }; /* 1.3.6.1.4.1.311.2.2.10 */

const troth_mech troth_mech_ntlm = {
    .id = TROTH_MECH_NTLM,
    .name = "ntlm",
    .kinds = 1u << TROTH_CRED_PASSWORD | 1u << TROTH_CRED_NT_HASH | 1u << TROTH_CRED_USER_FILE |
             1u << TROTH_CRED_LOOKUP | 1u << TROTH_CRED_ANONYMOUS,
    .oids = &oid,
    .n_oids = 1,
    .can = TROTH_F_INTEGRITY | TROTH_F_CONFIDENTIALITY | TROTH_F_REPLAY | TROTH_F_SEQUENCE | TROTH_F_IDENTIFY |
           TROTH_F_ANONYMOUS | TROTH_F_DATAGRAM | TROTH_F_CONNECTION | TROTH_F_SESSION_KEY | TROTH_F_BOUND,
    .duplex = TROTH_DUPLEX_FREE,
    .cred_acquire = troth_ntlm_cred_acquire,
    .cred_release = troth_ntlm_cred_release,
    .init = init,
    .clear = clear,
    .step = step,
    .sniff = sniff,
    .tell = tell,
    .after_mech_list_mic = after_mech_list_mic,
    .token_size = token_size,
    .protect = protect,
    .unprotect = unprotect,
    .query = query,
    .session_key = session_key,
    .export_state = troth_ntlm_export,
    .import_state = troth_ntlm_import,
};
