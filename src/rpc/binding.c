/*
 * Binding strings, as users of other implementations write them: "OBJECT@ncacn_ip_tcp:HOST[PORT,OPTION,...]". Words are
 * read without regard to case. An IPv6 host stands without brackets of its own, for these begin the options.
 * [C706 3.1; MS-RPCE 2.1.1.1]
 */
#include <string.h>
#include <strings.h>
#include <troth/rpc.h>

/* What the words of one binding said; level is the highest of them. */
typedef struct said {
    bool spnego, ntlm, krb5, ndr64, nohdrsign;
    troth_rpc_level level;
} said;

static bool is(troth_bytes word, const char *name)
{
    return word.len == strlen(name) && !strncasecmp((const char *)word.data, name, word.len);
}

/* Whether text is nothing but letters and digits of a name, and the marks given. */
static bool plain(troth_bytes text, const char *marks)
{
    for (size_t i = 0; i < text.len; i++) {
        char c = (char)text.data[i], lower = (char)(c | 0x20);
        if (!((lower >= 'a' && lower <= 'z') || (c >= '0' && c <= '9') || (c && strchr(marks, c))))
            return false;
    }
    return true;
}

/* Cut off what stands before any of the marks. */
static troth_bytes until(const char **at, const char *marks)
{
    troth_bytes part = { (const uint8_t *)*at, strcspn(*at, marks) };
    *at += part.len;
    return part;
}

static troth_status read_object(const char **at, troth_rpc_binding *b)
{
    const char *behind = *at;
    troth_bytes text = until(&behind, "@:[");
    char uuid[TROTH_UUID_TEXT] = { 0 };
    if (*behind != '@')
        return TROTH_OK;
    if (text.len >= sizeof uuid)
        return TROTH_MALFORMED;
    memcpy(uuid, text.data, text.len);
    *at = behind + 1;
    b->has_object = true;
    return troth_uuid_parse(uuid, &b->object);
}

static troth_status read_sequence(const char **at, troth_rpc_binding *b)
{
    troth_bytes word = until(at, ":@[");
    if (**at != ':' || !word.len || !plain(word, "_"))
        return TROTH_MALFORMED;
    ++*at;
    b->datagram = is(word, "ncadg_ip_udp");
    return b->datagram || is(word, "ncacn_ip_tcp") ? TROTH_OK : TROTH_UNSUPPORTED;
}

static troth_status read_host(const char **at, troth_rpc_binding *b)
{
    troth_bytes host = until(at, "[");
    if (host.len >= sizeof b->text || !plain(host, ".-_:%"))
        return TROTH_MALFORMED;
    memcpy(b->text, host.data, host.len); /* the rest is zero */
    return TROTH_OK;
}

/* The endpoint: "135", or "endpoint=135". */
static troth_status read_port(troth_bytes text, uint16_t *ret)
{
    uint32_t v = 0;
    for (size_t i = 0; i < text.len; i++) {
        uint8_t c = text.data[i];
        if (c < '0' || c > '9' || v > UINT16_MAX)
            return TROTH_MALFORMED;
        v = v * 10 + (uint32_t)(c - '0');
    }
    if (!v || v > UINT16_MAX)
        return TROTH_MALFORMED;
    *ret = (uint16_t)v;
    return TROTH_OK;
}

static bool level_word(troth_bytes word, troth_rpc_level *ret)
{
    static const char *const words[] = { "connect", "packet", "sign", "integrity", "seal", "privacy" };
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (is(word, words[i]))
            return troth_rpc_level_parse(words[i], ret);
    }
    return false;
}

static troth_status read_word(troth_bytes word, said *s)
{
    troth_rpc_level level = TROTH_RPC_LEVEL_DEFAULT;
    if (level_word(word, &level))
        s->level = level > s->level ? level : s->level;
    else if (is(word, "spnego"))
        s->spnego = true;
    else if (is(word, "ntlm"))
        s->ntlm = true;
    else if (is(word, "krb5"))
        s->krb5 = true;
    else if (is(word, "ndr64"))
        s->ndr64 = true;
    else if (is(word, "nohdrsign"))
        s->nohdrsign = true;
    else if (word.len) /* "host[]" and "host[,sign]" leave the endpoint open */
        return TROTH_UNSUPPORTED;
    return TROTH_OK;
}

/* What stands between the brackets. The endpoint, when there is one, comes first. */
static troth_status read_options(const char **at, troth_rpc_binding *b, said *s)
{
    static const char endpoint[] = "endpoint=";
    bool first = true;
    do {
        ++*at;
        troth_bytes word = until(at, ",]");
        bool named =
            word.len >= sizeof endpoint - 1 && !strncasecmp((const char *)word.data, endpoint, sizeof endpoint - 1);
        size_t skip = named ? sizeof endpoint - 1 : 0;
        bool port = first && (named || (word.len && word.data[0] >= '0' && word.data[0] <= '9'));
        troth_status st =
            port ? read_port((troth_bytes){ word.data + skip, word.len - skip }, &b->port) : read_word(word, s);
        if (st)
            return st;
        first = false;
    } while (**at == ',');
    return **at == ']' && !*++*at ? TROTH_OK : TROTH_MALFORMED;
}

/* SPNEGO may be held to one mechanism; two mechanisms without a choice between them contradict each other. */
static troth_status settle(const said *s, troth_rpc_binding *b)
{
    if (s->ntlm && s->krb5)
        return TROTH_MALFORMED;
    b->level = s->level;
    b->ndr64 = s->ndr64;
    b->no_header_signing = s->nohdrsign;
    b->mech = s->ntlm ? "ntlm" : s->krb5 ? "kerberos" : s->spnego ? "spnego" : NULL;
    b->type = s->spnego ? TROTH_RPC_AUTH_SPNEGO : s->ntlm ? TROTH_RPC_AUTH_NTLM : TROTH_RPC_AUTH_NONE;
    if (s->krb5 && !s->spnego)
        b->type = TROTH_RPC_AUTH_KERBEROS;
    return TROTH_OK;
}

troth_status troth_rpc_binding_parse(const char *text, troth_rpc_binding *ret)
{
    troth_rpc_binding b = { .port = 0 };
    said s = { .level = TROTH_RPC_LEVEL_DEFAULT };
    troth_status st = read_object(&text, &b);
    if (!st)
        st = read_sequence(&text, &b);
    if (!st)
        st = read_host(&text, &b);
    if (!st && *text)
        st = read_options(&text, &b, &s);
    if (!st)
        st = settle(&s, &b);
    if (st)
        return st;
    *ret = b;
    ret->host = ret->text; /* in the copy that the caller keeps */
    return TROTH_OK;
}
