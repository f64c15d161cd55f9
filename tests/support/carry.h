/* support/carry.h: contexts carried over by ExportSecurityContext, between messages that go on. */
#ifndef TESTS_CARRY_H
#define TESTS_CARRY_H
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <support/test.h>
#include <troth/sspi.h>
#include <unistd.h>

/* A runtime directory of the test's own. */
typedef struct carry {
    char dir[64];
} carry;

static inline void carry_use(const carry *k)
{
    assert_int_equal(setenv("XDG_RUNTIME_DIR", k->dir, 1), 0);
}

static inline void carry_init(carry *k)
{
    snprintf(k->dir, sizeof k->dir, "/tmp/troth-export-XXXXXX");
    assert_non_null(mkdtemp(k->dir));
    carry_use(k);
}

/* Remove what is in the directory; tell how many marks of spent blobs there were. */
static inline size_t carry_clear(carry *k)
{
    char path[512];
    size_t marks = 0;
    snprintf(path, sizeof path, "%s/troth", k->dir);
    DIR *d = opendir(path);
    for (const struct dirent *e = d ? readdir(d) : NULL; e; e = readdir(d)) {
        snprintf(path, sizeof path, "%s/troth/%s", k->dir, e->d_name);
        if (e->d_name[0] != '.')
            unlink(path);
        marks += strncmp(e->d_name, "spent-", 6) == 0;
    }
    if (d)
        closedir(d);
    snprintf(path, sizeof path, "%s/troth", k->dir);
    rmdir(path);
    rmdir(k->dir);
    unsetenv("XDG_RUNTIME_DIR");
    return marks;
}

static inline SECURITY_STATUS carry_export(CtxtHandle *h, ULONG flags, SecBuffer *ret)
{
    void *token = ret;
    *ret = (SecBuffer){ 0, SECBUFFER_EMPTY, NULL };
    SECURITY_STATUS status = ExportSecurityContext(h, flags, ret, &token);
    if (status)
        assert_ptr_equal(token, ret); /* untouched */
    else
        assert_null(token);
    return status;
}

static inline SECURITY_STATUS carry_import(const char *package, SecBuffer *b, CtxtHandle *ret)
{
    return ImportSecurityContextA((SEC_CHAR *)(uintptr_t)package, b, NULL, ret);
}

/* Replace a handle by what another process would get: exported, deleted, imported. */
static inline void carry_over(const char *package, CtxtHandle *h)
{
    SecBuffer b;
    CtxtHandle old = *h;
    assert_int_equal(carry_export(h, SECPKG_CONTEXT_EXPORT_DELETE_OLD, &b), SEC_E_OK);
    assert_int_equal(carry_import(package, &b, h), SEC_E_OK);
    assert_int_equal(FreeContextBuffer(b.pvBuffer), SEC_E_OK);
    assert_int_equal(MakeSignature(&old, 0, NULL, 0), SEC_E_INVALID_HANDLE);
    SecPkgContext_TrothError e; /* gone, not failed: that could still be asked */
    assert_int_equal(QueryContextAttributesA(&old, SECPKG_ATTR_TROTH_ERROR, &e), SEC_E_INVALID_HANDLE);
    assert_int_equal(DeleteSecurityContext(&old), SEC_E_OK); /* as of any that was deleted before */
}

/* A sealed message; octets as they go over the wire. */
typedef struct carried {
    uint8_t token[128], data[32];
    ULONG n_token, seq;
} carried;

static inline SECURITY_STATUS carry_seal(CtxtHandle *h, ULONG seq, carried *ret)
{
    memcpy(ret->data, "thirty-two octets of plain text!", 32);
    SecBuffer b[] = { { sizeof ret->token, SECBUFFER_TOKEN, ret->token }, { 32, SECBUFFER_DATA, ret->data } };
    SECURITY_STATUS status = EncryptMessage(h, 0, &(SecBufferDesc){ SECBUFFER_VERSION, 2, b }, seq);
    ret->n_token = b[0].cbBuffer;
    ret->seq = seq;
    return status;
}

static inline SECURITY_STATUS carry_open(CtxtHandle *h, const carried *m)
{
    carried copy = *m;
    ULONG qop;
    SecBuffer b[] = { { m->n_token, SECBUFFER_TOKEN, copy.token }, { 32, SECBUFFER_DATA, copy.data } };
    SECURITY_STATUS status = DecryptMessage(h, &(SecBufferDesc){ SECBUFFER_VERSION, 2, b }, m->seq, &qop);
    if (!status)
        assert_memory_equal(copy.data, "thirty-two octets of plain text!", 32);
    return status;
}

/* One message each way. */
static inline void carry_talk(CtxtHandle *a, CtxtHandle *b, carried ret[2])
{
    assert_int_equal(carry_seal(a, 0, &ret[0]), SEC_E_OK);
    assert_int_equal(carry_open(b, &ret[0]), SEC_E_OK);
    assert_int_equal(carry_seal(b, 0, &ret[1]), SEC_E_OK);
    assert_int_equal(carry_open(a, &ret[1]), SEC_E_OK);
}

#endif
