/* Records, one at a time. */
#include <mech/tls/inner.h>
#include <openssl/err.h>

/* Octets of the record in front, its header included; 0 = it can never be whole. bytes holds the header. */
static size_t record_size(troth_bytes bytes)
{
    size_t n = (size_t)bytes.data[3] << 8 | bytes.data[4];
    return bytes.data[1] != 3 || n > TLS_RECORD_MAX ? 0 : TLS_RECORD_HEAD + n;
}

size_t troth_tls_record_need(const void *impl, troth_bytes bytes)
{
    (void)impl;
    if (bytes.len < TLS_RECORD_HEAD)
        return TLS_RECORD_HEAD - bytes.len;
    size_t whole = record_size(bytes); /* what is none is not waited for: opening it tells what is wrong */
    return bytes.len < whole ? whole - bytes.len : 0;
}

size_t troth_tls_whole(troth_bytes bytes)
{
    size_t at = 0;
    while (bytes.len - at >= TLS_RECORD_HEAD) {
        size_t n = record_size((troth_bytes){ bytes.data + at, bytes.len - at });
        if (!n)
            return bytes.len;
        if (n > bytes.len - at)
            break;
        at += n;
    }
    return at;
}

/* Clearing an empty queue of errors takes as long as a fifth of a short record. */
static void clear_errors(void)
{
    if (ERR_peek_error())
        ERR_clear_error();
}

/* What grew large is not held for ever. */
static void make_empty(troth_writer *w)
{
    if (w->cap > TLS_BUFFER_KEEP)
        troth_writer_clear(w);
    else
        troth_writer_reset(w);
}

static troth_status room_for_plain(troth_tls *t, size_t n)
{
    if (t->plain.len >= n)
        return TROTH_OK;
    uint8_t *p = troth_mem_new(t->c->env, n);
    if (!p)
        return TROTH_NO_MEMORY;
    troth_mem_drop(t->c->env, &t->plain);
    t->plain = (troth_block){ p, n };
    return TROTH_OK;
}

/* A KeyUpdate that asks for ours is answered at once, not with the next data. [RFC 8446 4.6.3] */
static bool answer_key_update(troth_tls *t)
{
    if (SSL_get_key_update_type(t->ssl) == SSL_KEY_UPDATE_NONE || SSL_get_shutdown(t->ssl) & SSL_SENT_SHUTDOWN)
        return true;
    t->until_rekey = TLS_REKEY;
    return SSL_key_update(t->ssl, SSL_KEY_UPDATE_NOT_REQUESTED) == 1 && SSL_do_handshake(t->ssl) == 1;
}

/* One record into plain; false when it is refused. */
static bool open_one(troth_tls *t, size_t *ret_len, bool *ret_closed)
{
    size_t n = 0;
    int done = SSL_read_ex(t->ssl, t->plain.data, t->plain.len, &n);
    int why = done == 1 ? SSL_ERROR_NONE : SSL_get_error(t->ssl, done);
    bool good = why == SSL_ERROR_NONE || why == SSL_ERROR_WANT_READ || why == SSL_ERROR_ZERO_RETURN;
    if (!good || t->in.len || t->reply.st || !answer_key_update(t))
        return false;
    *ret_len = why == SSL_ERROR_NONE ? n : 0;
    *ret_closed = why == SSL_ERROR_ZERO_RETURN;
    return true;
}

troth_status troth_tls_record_open(void *impl, troth_bytes bytes, troth_record *ret)
{
    troth_tls *t = impl;
    size_t len = 0;
    bool closed = false;
    if (SSL_get_shutdown(t->ssl) & SSL_RECEIVED_SHUTDOWN)
        return TROTH_CLOSED;
    if (troth_tls_record_need(t, bytes))
        return TROTH_AGAIN;
    size_t whole = record_size(bytes), n = whole ? whole : TLS_RECORD_HEAD;
    make_empty(&t->reply);
    troth_status st = room_for_plain(t, n);
    if (st) {
        *ret = (troth_record){ 0 };
        return troth_tls_fail(t, st, "TLS record");
    }
    t->in = (troth_bytes){ bytes.data, n };
    t->out = &t->reply;
    clear_errors();
    bool good = open_one(t, &len, &closed);
    if (!good) {
        st = troth_tls_failed(t);
        troth_wipe(t->plain.data, t->plain.len);
    }
    clear_errors();
    t->in = (troth_bytes){ 0 };
    t->out = NULL;
    *ret = (troth_record){ .send = { t->reply.base, t->reply.st ? 0 : t->reply.len } };
    if (!good)
        return st;
    ret->used = n;
    ret->plain = (troth_bytes){ t->plain.data, len };
    ret->closed = closed;
    return TROTH_OK;
}

/* Run one of the calls that write; what it wrote. */
static troth_status wrote(troth_tls *t, bool good, troth_bytes *ret)
{
    troth_status st = good && !t->sealed.st ? TROTH_OK : troth_tls_failed(t);
    clear_errors();
    t->out = NULL;
    if (!st)
        *ret = (troth_bytes){ t->sealed.base, t->sealed.len };
    return st;
}

static void about_to_write(troth_tls *t)
{
    make_empty(&t->sealed);
    t->out = &t->sealed;
    clear_errors();
}

/* New keys before the old ones have protected too much. TLS 1.2 has no way, and counts differently. */
static bool rekey(troth_tls *t, size_t len)
{
    uint32_t records = (uint32_t)(len / SSL3_RT_MAX_PLAIN_LENGTH + 1);
    if (t->until_rekey > records) {
        t->until_rekey -= records;
        return true;
    }
    t->until_rekey = TLS_REKEY;
    return SSL_version(t->ssl) < TLS1_3_VERSION || SSL_key_update(t->ssl, SSL_KEY_UPDATE_NOT_REQUESTED) == 1;
}

troth_status troth_tls_record_seal(void *impl, troth_bytes plain, troth_bytes *ret)
{
    troth_tls *t = impl;
    size_t done = 0;
    if (SSL_get_shutdown(t->ssl) & SSL_SENT_SHUTDOWN)
        return TROTH_CLOSED;
    if (plain.len > TLS_SEAL_MAX)
        return troth_tls_fail(t, TROTH_LIMIT, "TLS record: more than 16 MiB at once");
    about_to_write(t);
    bool good = !plain.len || (rekey(t, plain.len) && SSL_write_ex(t->ssl, plain.data, plain.len, &done) == 1);
    return wrote(t, good && done == plain.len, ret);
}

troth_status troth_tls_record_close(void *impl, troth_bytes *ret)
{
    troth_tls *t = impl;
    if (SSL_get_shutdown(t->ssl) & SSL_SENT_SHUTDOWN)
        return TROTH_CLOSED;
    about_to_write(t);
    return wrote(t, SSL_shutdown(t->ssl) >= 0, ret);
}
