/* ExportSecurityContext and ImportSecurityContext: complete contexts that go on in another process. */
#include <base/writer.h>
#include <sspi/api.h>
#include <sspi/blob.h>
#include <sspi/config.h>
#include <sspi/context.h>
#include <sspi/status.h>
#include <sspi/stream.h>
#include <string.h>

/* How long a blob is good: its mark need not be kept for longer. In 100 ns. */
#define BLOB_LIFE UINT64_C(864000000000)

/* ---- what is of SSPI's in a context ---- */

static void put_text(troth_writer *w, const char *s)
{
    size_t n = s ? strlen(s) : 0;
    troth_write_u8(w, s != NULL);
    troth_write_u16(w, (uint16_t)n);
    troth_write_bytes(w, s, n);
}

static troth_status take_text(const troth_env *env, troth_reader *r, char **ret)
{
    uint8_t there = troth_read_u8(r);
    uint16_t n = troth_read_u16(r);
    const uint8_t *at = troth_read_bytes(r, n);
    if (r->st)
        return r->st;
    return there ? troth_sspi_text_in_n(env, at, n, false, ret) : TROTH_OK;
}

static troth_status write_context(const troth_sspi_context *c, uint64_t until, troth_bytes engine, troth_block *ret)
{
    troth_writer w = troth_writer_growing(c->env, TROTH_SSPI_BLOB_MAX, TROTH_BE);
    troth_write_zeros(&w, TROTH_SSPI_BLOB_HEAD);
    troth_write_u64(&w, until);
    put_text(&w, c->package->name);
    troth_write_u8(&w, (uint8_t)c->role);
    troth_write_u8(&w, c->used[TROTH_SSPI_OUT]);
    troth_write_u8(&w, c->used[TROTH_SSPI_IN]);
    troth_write_u32(&w, c->req);
    troth_write_u32(&w, c->ret);
    troth_write_u32(&w, c->own);
    troth_write_u64(&w, c->born);
    troth_write_u64(&w, c->expiry);
    put_text(&w, c->target);
    troth_write_bytes(&w, engine.data, engine.len);
    troth_write_zeros(&w, TROTH_SSPI_BLOB_TAG);
    troth_status st = w.st ? w.st : troth_writer_take(&w, ret);
    troth_writer_clear(&w);
    return st;
}

/* ---- export ---- */

static troth_status open_place(const troth_env *env, troth_sspi_place *ret, const char **ret_reason)
{
    troth_sspi_config config;
    *ret_reason = "export: the configuration";
    troth_status st = troth_sspi_config_load(env, &config);
    if (st)
        return st;
    st = troth_sspi_place_open(env, config.export_directory, ret, ret_reason);
    troth_sspi_config_clear(&config);
    return st;
}

/* The sealed blob in the process's memory. */
static troth_status pack(const troth_sspi_context *c, troth_block *ret, const char **ret_reason)
{
    troth_sspi_place place;
    troth_block engine;
    uint64_t until = c->env->wall(c->env->self) + BLOB_LIFE;
    *ret_reason = "export: the mechanism";
    troth_status st = troth_context_export(c->engine, &engine);
    if (st)
        return st;
    st = open_place(c->env, &place, ret_reason);
    if (!st) {
        troth_block made;
        st = write_context(c, until < c->expiry ? until : c->expiry, (troth_bytes){ engine.data, engine.len }, &made);
        if (!st) {
            st = troth_sspi_blob_seal(c->env, &place, made.data, made.len);
            if (st)
                troth_mem_drop(c->env, &made);
            else
                *ret = made;
        }
        troth_sspi_place_close(&place);
    }
    troth_mem_drop(c->env, &engine);
    return st;
}

/* An open context stays as it is, but can be asked why it could not be exported. */
static SECURITY_STATUS not_packed(troth_sspi_context *c, troth_status st, const char *reason)
{
    c->error = (troth_error){ .code = st, .where = reason };
    c->failure = st == TROTH_NO_MEMORY ? SEC_E_INSUFFICIENT_MEMORY : SEC_E_UNSUPPORTED_FUNCTION;
    return c->failure;
}

/* Would what the context was not meant to repeat be repeated? Datagrams are numbered by the caller. */
static bool resets_safely(const troth_sspi_context *c)
{
    bool datagram = troth_context_facts(c->engine).attributes & TROTH_F_DATAGRAM;
    return datagram || !(c->used[TROTH_SSPI_OUT] || c->used[TROTH_SSPI_IN]);
}

static SECURITY_STATUS may_export(troth_sspi_context *c, uint32_t flags)
{
    if (c->stage == TROTH_SSPI_FAILED)
        return c->failure;
    if (c->stage != TROTH_SSPI_OPEN)
        return SEC_E_INVALID_HANDLE;
    if (flags & ~(uint32_t)(SECPKG_CONTEXT_EXPORT_RESET_NEW | SECPKG_CONTEXT_EXPORT_DELETE_OLD))
        return SEC_E_UNSUPPORTED_FUNCTION;
    if (troth_sspi_context_expired(c))
        return SEC_E_CONTEXT_EXPIRED;
    if (flags & SECPKG_CONTEXT_EXPORT_RESET_NEW && !resets_safely(c))
        return not_packed(c, TROTH_UNSUPPORTED, "export: a reset after messages would use key streams twice");
    return SEC_E_OK;
}

/* Under leg. */
static SECURITY_STATUS refuse_stream(troth_sspi_context *c)
{
    if (c->stage != TROTH_SSPI_OPEN)
        return c->stage == TROTH_SSPI_FAILED ? c->failure : SEC_E_INVALID_HANDLE;
    if (troth_sspi_context_expired(c))
        return SEC_E_CONTEXT_EXPIRED;
    return not_packed(c, TROTH_UNSUPPORTED, "export: the keys of a stream cannot be taken out");
}

/* Under all locks of the context. */
static SECURITY_STATUS export_locked(troth_sspi_context *c, uint32_t flags, SecBuffer *packed)
{
    troth_sspi_blocks *blocks = &troth_sspi_process_get()->blocks;
    const char *reason;
    troth_block blob;
    SECURITY_STATUS status = may_export(c, flags);
    if (status)
        return status;
    if (!packed)
        return SEC_E_INVALID_PARAMETER;
    troth_status st = pack(c, &blob, &reason);
    if (st)
        return not_packed(c, st, reason);
    void *out = troth_sspi_block_new(blocks, TROTH_SSPI_BLOCK_BUFFER, blob.len);
    if (out) {
        memcpy(out, blob.data, blob.len);
        packed->pvBuffer = out;
        packed->cbBuffer = (ULONG)blob.len;
    }
    troth_mem_drop(c->env, &blob);
    if (!out)
        return not_packed(c, TROTH_NO_MEMORY, "export: the blob");
    if (flags & SECPKG_CONTEXT_EXPORT_DELETE_OLD) { /* who waits for a lock finds no context any more */
        const troth_error gone = { .code = TROTH_BAD_STATE, .where = "export: deleted" };
        (void)troth_sspi_context_failed(c, SEC_E_INVALID_HANDLE, &gone);
    }
    return SEC_E_OK;
}

/*
 * No other call waits for leg while it holds a direction of an open context, so this order is safe. A stream's calls
 * wait for OUT under leg and under IN: it is refused (its keys lie in the TLS library) without the directions.
 */
static SECURITY_STATUS export_any(troth_sspi_context *c, uint32_t flags, SecBuffer *packed)
{
    bool stream = troth_sspi_is_stream(c);
    if (!stream) {
        troth_mutex_lock(&c->direction[TROTH_SSPI_OUT]);
        troth_mutex_lock(&c->direction[TROTH_SSPI_IN]);
    }
    troth_mutex_lock(&c->leg);
    SECURITY_STATUS status = stream ? refuse_stream(c) : export_locked(c, flags, packed);
    troth_mutex_unlock(&c->leg);
    if (!stream) {
        troth_mutex_unlock(&c->direction[TROTH_SSPI_IN]);
        troth_mutex_unlock(&c->direction[TROTH_SSPI_OUT]);
    }
    return status;
}

SECURITY_STATUS ExportSecurityContext(PCtxtHandle phContext, ULONG fFlags, PSecBuffer pPackedContext, void **pToken)
{
    troth_sspi_context *c;
    SECURITY_STATUS status = troth_sspi_context_find(phContext, &c);
    if (status)
        return status;
    status = export_any(c, fFlags, pPackedContext);
    troth_sspi_context_release(c);
    if (status)
        return status;
    if (fFlags & SECPKG_CONTEXT_EXPORT_DELETE_OLD)
        (void)DeleteSecurityContext(phContext);
    if (pToken)
        *pToken = NULL; /* a thread of Linux cannot run as the client: there is no token to hand over */
    return SEC_E_OK;
}

/* ---- import ---- */

/* A blob that was opened is one of ours; that it is read bounded is for the day when it is not. */
static troth_status read_head(troth_reader *r, const troth_env *env, const troth_sspi_package *package,
                              uint64_t *ret_until)
{
    char *name = NULL;
    uint64_t until = troth_read_u64(r);
    troth_status st = take_text(env, r, &name);
    if (!st && (!name || troth_sspi_package_named(name) != package))
        st = TROTH_MALFORMED;
    if (!st && env->wall(env->self) >= until)
        st = TROTH_EXPIRED;
    troth_mem_free_str(env, name);
    *ret_until = until;
    return st;
}

static troth_status fill(troth_sspi_context *c, troth_reader *r)
{
    (void)troth_read_u8(r); /* role, which the context was made with */
    c->used[TROTH_SSPI_OUT] = troth_read_u8(r) != 0;
    c->used[TROTH_SSPI_IN] = troth_read_u8(r) != 0;
    c->req = troth_read_u32(r);
    c->ret = troth_read_u32(r);
    c->own = troth_read_u32(r);
    c->born = troth_read_u64(r);
    c->expiry = troth_read_u64(r);
    troth_status st = take_text(c->env, r, &c->target);
    return st ? st : troth_context_import(c->env, troth_mechs_default(), troth_read_rest(r), &c->engine);
}

static troth_status make(troth_reader *r, const troth_sspi_package *package, troth_sspi_context **ret)
{
    troth_sspi_context *c;
    if (!troth_read_left(r) || *r->at > TROTH_ACCEPTOR)
        return TROTH_MALFORMED;
    troth_status st = troth_sspi_context_new(package, *r->at ? TROTH_ACCEPTOR : TROTH_INITIATOR, &c);
    if (st)
        return st;
    st = fill(c, r);
    if (st) {
        troth_sspi_context_release(c);
        return st;
    }
    troth_sspi_context_opened(c);
    *ret = c;
    return TROTH_OK;
}

/* Open, make, name and only then mark: what fails for want of memory can be tried again. */
static troth_status unpack(const troth_sspi_package *package, const troth_sspi_place *place, troth_block *blob,
                           CtxtHandle *ret)
{
    troth_sspi_process *p = troth_sspi_process_get();
    troth_bytes inner;
    uint64_t until;
    troth_sspi_context *c;
    CtxtHandle handle;
    troth_status st = troth_sspi_blob_open(place, blob->data, blob->len, &inner);
    if (st)
        return st;
    troth_reader r = troth_reader_of(inner.data, inner.len, TROTH_BE);
    st = read_head(&r, p->env, package, &until);
    if (!st)
        st = make(&r, package, &c);
    if (st)
        return st;
    st = troth_sspi_handle_new(&p->handles, TROTH_SSPI_CONTEXT, &c->head, &handle);
    if (st) {
        troth_sspi_context_release(c);
        return st;
    }
    uint64_t now = p->env->wall(p->env->self);
    st = troth_sspi_place_spend(place, troth_sspi_blob_id(blob->data), until, now > BLOB_LIFE ? now - BLOB_LIFE : 0);
    if (st)
        (void)troth_sspi_handle_delete(&p->handles, TROTH_SSPI_CONTEXT, &handle);
    else
        *ret = handle;
    return st;
}

static SECURITY_STATUS status_of(troth_status st)
{
    switch (st) {
    case TROTH_OK:
        return SEC_E_OK;
    case TROTH_NO_MEMORY:
    case TROTH_LIMIT:
        return SEC_E_INSUFFICIENT_MEMORY;
    case TROTH_EXPIRED:
        return SEC_E_CONTEXT_EXPIRED;
    case TROTH_UNSUPPORTED:
    case TROTH_BAD_CONFIG:
    case TROTH_IO:
        return SEC_E_UNSUPPORTED_FUNCTION;
    default:
        return SEC_E_INVALID_TOKEN;
    }
}

static SECURITY_STATUS import(const void *name, bool wide, const SecBuffer *packed, CtxtHandle *ret)
{
    troth_sspi_process *p = troth_sspi_process_get();
    troth_sspi_place place;
    troth_block blob;
    const char *reason;
    if (!p)
        return SEC_E_INSUFFICIENT_MEMORY;
    if (!ret || !packed)
        return SEC_E_INVALID_PARAMETER;
    const troth_sspi_package *package;
    SECURITY_STATUS status = troth_sspi_package_find(p->env, name, wide, &package);
    if (status)
        return status;
    if (!packed->pvBuffer || packed->cbBuffer < TROTH_SSPI_BLOB_MORE || packed->cbBuffer > TROTH_SSPI_BLOB_MAX)
        return SEC_E_INVALID_TOKEN;
    troth_status st = troth_mem_keep(p->env, packed->pvBuffer, packed->cbBuffer, &blob);
    if (st)
        return SEC_E_INSUFFICIENT_MEMORY;
    st = open_place(p->env, &place, &reason);
    if (!st) {
        st = unpack(package, &place, &blob, ret);
        troth_sspi_place_close(&place);
    }
    troth_mem_drop(p->env, &blob);
    return status_of(st);
}

SECURITY_STATUS ImportSecurityContextA(SEC_CHAR *pszPackage, PSecBuffer pPackedContext, void *Token,
                                       PCtxtHandle phContext)
{
    (void)Token;
    return import(pszPackage, false, pPackedContext, phContext);
}

SECURITY_STATUS ImportSecurityContextW(SEC_WCHAR *pszPackage, PSecBuffer pPackedContext, void *Token,
                                       PCtxtHandle phContext)
{
    (void)Token;
    return import(pszPackage, true, pPackedContext, phContext);
}
