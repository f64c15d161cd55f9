/*
 * Between a connection and its octets. OpenSSL's own memory BIOs copy, keep what was not read, and allocate without
 * bound; this one reads where the octets lie and writes into a writer of ours.
 */
#include <mech/tls/inner.h>
#include <openssl/bio.h>
#include <string.h>

static int take(BIO *b, char *to, int room)
{
    troth_tls *t = BIO_get_data(b);
    BIO_clear_retry_flags(b);
    if (!t->in.len || room <= 0) {
        BIO_set_retry_read(b); /* more will come with the next call */
        return -1;
    }
    size_t n = t->in.len < (size_t)room ? t->in.len : (size_t)room;
    memcpy(to, t->in.data, n);
    t->in = (troth_bytes){ t->in.data + n, t->in.len - n };
    return (int)n;
}

static int give(BIO *b, const char *from, int n)
{
    troth_tls *t = BIO_get_data(b);
    BIO_clear_retry_flags(b);
    if (!t->out || n < 0)
        return -1;
    troth_write_bytes(t->out, from, (size_t)n);
    return t->out->st ? -1 : n;
}

static long control(BIO *b, int what, long number, void *pointer)
{
    (void)b, (void)number, (void)pointer;
    return what == BIO_CTRL_FLUSH;
}

BIO_METHOD *troth_tls_pipe_new(void)
{
    /* a type without an index of its own: the library has room for few of those, and they are never given back */
    BIO_METHOD *m = BIO_meth_new(BIO_TYPE_SOURCE_SINK, "troth");
    if (m && (!BIO_meth_set_read(m, take) || !BIO_meth_set_write(m, give) || !BIO_meth_set_ctrl(m, control))) {
        BIO_meth_free(m);
        return NULL;
    }
    return m;
}

bool troth_tls_pipe_attach(troth_tls *t)
{
    BIO *b = BIO_new(t->cred->pipe);
    if (!b)
        return false;
    BIO_set_data(b, t);
    BIO_set_init(b, 1);
    SSL_set_bio(t->ssl, b, b);
    return true;
}
