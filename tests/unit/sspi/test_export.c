/* Contexts that go on in another process: spec/sspi 1.8, and abuse case 30 of its section 2. */
#include <sspi/blob.h>
#include <sspi/context.h>
#include <support/carry.h>
#include <support/sspi.h>
#include <support/vectors.h>
#include <sys/stat.h>
#include <sys/wait.h>

enum { DELETE = SECPKG_CONTEXT_EXPORT_DELETE_OLD, RESET = SECPKG_CONTEXT_EXPORT_RESET_NEW };
enum { SEAL = ISC_REQ_CONFIDENTIALITY | ISC_REQ_REPLAY_DETECT | ISC_REQ_SEQUENCE_DETECT };

typedef struct bed {
    sspi_rig r;
    carry k;
    const char *package;
    uint8_t key[16];
} bed;

/* The session key is watched: it must not be found in anything released, blobs included. */
static void watch_key(bed *b)
{
    SecPkgContext_SessionKey key;
    assert_int_equal(QueryContextAttributesA(&b->r.c, SECPKG_ATTR_SESSION_KEY, &key), SEC_E_OK);
    memcpy(b->key, key.SessionKey, 16);
    assert_int_equal(FreeContextBuffer(key.SessionKey), SEC_E_OK);
    test_env_secret(&b->r.t, b->key, sizeof b->key);
}

static void start(bed *b, const char *package, ULONG isc, ULONG asc)
{
    b->package = package;
    sspi_rig_init(&b->r, "[negotiate]\nntlm = yes\n");
    carry_init(&b->k);
    sspi_rig_acquire(&b->r, package);
    assert_true(sspi_shake(&b->r, isc, asc));
    watch_key(b);
}

static void end(bed *b)
{
    sspi_rig_clear(&b->r);
    carry_clear(&b->k);
}

/* ---- what goes on ---- */

/* Either side, or both, in the middle of a conversation; what was seen before stays seen. */
static void mid_stream(const char *package)
{
    for (unsigned who = 1; who <= 3; who++) {
        bed b;
        carried m[2];
        start(&b, package, SEAL, 0);
        for (int i = 0; i < 3; i++)
            carry_talk(&b.r.c, &b.r.s, m);
        if (who & 1)
            carry_over(package, &b.r.c);
        if (who & 2)
            carry_over(package, &b.r.s);
        assert_int_equal(carry_open(&b.r.s, &m[0]), SEC_E_OUT_OF_SEQUENCE);
        assert_int_equal(carry_open(&b.r.c, &m[1]), SEC_E_OUT_OF_SEQUENCE);
        for (int i = 0; i < 3; i++)
            carry_talk(&b.r.c, &b.r.s, m);
        carry_over(package, &b.r.c); /* and once more, what had been imported */
        carry_talk(&b.r.c, &b.r.s, m);
        assert_int_equal(carry_open(&b.r.s, &m[0]), SEC_E_OUT_OF_SEQUENCE);
        end(&b);
    }
}

static void ntlm_mid_stream(void **state)
{
    (void)state;
    mid_stream("NTLM");
}

static void negotiate_mid_stream(void **state)
{
    (void)state;
    mid_stream("Negotiate");
}

/* Both copies are where the original was: without DELETE_OLD the source stays usable. */
static void the_old_one_stays(void **state)
{
    (void)state;
    bed b;
    SecBuffer blob;
    CtxtHandle copy;
    carried m, again;
    start(&b, "NTLM", SEAL, 0);
    assert_int_equal(carry_export(&b.r.s, 0, &blob), SEC_E_OK);
    assert_int_equal(ImportSecurityContextW(u"ntlm", &blob, NULL, &copy), SEC_E_OK);
    assert_int_equal(FreeContextBuffer(blob.pvBuffer), SEC_E_OK);
    assert_int_equal(carry_seal(&b.r.c, 0, &m), SEC_E_OK);
    assert_int_equal(carry_open(&copy, &m), SEC_E_OK);
    again = m;
    assert_int_equal(carry_open(&b.r.s, &again), SEC_E_OK);
    assert_int_equal(carry_open(&copy, &m), SEC_E_OUT_OF_SEQUENCE);
    assert_int_equal(DeleteSecurityContext(&copy), SEC_E_OK);
    end(&b);
}

static void datagrams(void **state)
{
    (void)state;
    bed b;
    carried m;
    start(&b, "NTLM", SEAL | ISC_REQ_DATAGRAM, ASC_REQ_DATAGRAM);
    assert_int_equal(carry_seal(&b.r.c, 7, &m), SEC_E_OK);
    carry_over("NTLM", &b.r.s);
    assert_int_equal(carry_open(&b.r.s, &m), SEC_E_OK);
    SecBuffer blob; /* their numbers are the caller's: there is nothing that a reset would repeat */
    assert_int_equal(carry_export(&b.r.s, RESET, &blob), SEC_E_OK);
    assert_int_equal(FreeContextBuffer(blob.pvBuffer), SEC_E_OK);
    end(&b);
}

/* What can be asked of a context can be asked of what it became. */
static void facts_stay(void **state)
{
    (void)state;
    bed b;
    SecPkgContext_NativeNamesA names;
    SecPkgContext_Lifespan before, after;
    SecPkgContext_Flags flags;
    SecPkgContext_NegotiationInfoA nego;
    SecPkgContext_SessionKey key;
    PTROTH_SSPI_TOKEN token;
    start(&b, "Negotiate", SEAL, 0);
    for (int side = 0; side < 2; side++) {
        CtxtHandle *h = side ? &b.r.s : &b.r.c;
        assert_int_equal(QueryContextAttributesA(h, SECPKG_ATTR_LIFESPAN, &before), SEC_E_OK);
        carry_over("Negotiate", h);
        assert_int_equal(QueryContextAttributesA(h, SECPKG_ATTR_LIFESPAN, &after), SEC_E_OK);
        assert_memory_equal(&before, &after, sizeof after);
        assert_int_equal(QueryContextAttributesA(h, SECPKG_ATTR_NATIVE_NAMES, &names), SEC_E_OK);
        assert_string_equal(names.sClientName, "DOM\\User");
        assert_string_equal(names.sServerName, side ? "" : "cifs/Server");
        assert_int_equal(FreeContextBuffer(names.sClientName), SEC_E_OK);
        assert_int_equal(FreeContextBuffer(names.sServerName), SEC_E_OK);
        assert_int_equal(QueryContextAttributesA(h, SECPKG_ATTR_FLAGS, &flags), SEC_E_OK);
        assert_int_equal(flags.Flags, side ? b.r.s_ret : b.r.c_ret);
        assert_int_equal(QueryContextAttributesA(h, SECPKG_ATTR_NEGOTIATION_INFO, &nego), SEC_E_OK);
        assert_string_equal(nego.PackageInfo->Name, "NTLM");
        assert_int_equal(FreeContextBuffer(nego.PackageInfo), SEC_E_OK);
        assert_int_equal(QueryContextAttributesA(h, SECPKG_ATTR_SESSION_KEY, &key), SEC_E_OK);
        assert_memory_equal(key.SessionKey, b.key, 16);
        assert_int_equal(FreeContextBuffer(key.SessionKey), SEC_E_OK);
    }
    assert_int_equal(QuerySecurityContextToken(&b.r.s, (void **)&token), SEC_E_OK);
    assert_string_equal(token->Account, "User");
    assert_int_equal(FreeContextBuffer(token), SEC_E_OK);
    assert_int_equal(sspi_client_leg(&b.r, SEAL), SEC_E_OUT_OF_SEQUENCE); /* complete, as before */
    end(&b);
}

/* ---- what does not ---- */

static void refused_sources(void **state)
{
    (void)state;
    bed b;
    SecBuffer blob;
    start(&b, "NTLM", SEAL, 0);
    CtxtHandle never = { 1, 2 };
    assert_int_equal(ExportSecurityContext(&never, 0, &blob, NULL), SEC_E_INVALID_HANDLE);
    assert_int_equal(carry_export(&b.r.c, SECPKG_CONTEXT_EXPORT_TO_KERNEL, &blob), SEC_E_UNSUPPORTED_FUNCTION);
    assert_int_equal(carry_export(&b.r.c, 8, &blob), SEC_E_UNSUPPORTED_FUNCTION);
    assert_int_equal(ExportSecurityContext(&b.r.c, DELETE, NULL, NULL), SEC_E_INVALID_PARAMETER);
    carried m[2];
    carry_talk(&b.r.c, &b.r.s, m); /* nothing of that has deleted anything */
    sspi_rig_reset(&b.r);
    assert_int_equal(sspi_client_leg(&b.r, SEAL), SEC_I_CONTINUE_NEEDED);
    assert_int_equal(sspi_server_leg(&b.r, 0), SEC_I_CONTINUE_NEEDED);
    assert_int_equal(carry_export(&b.r.c, 0, &blob), SEC_E_INVALID_HANDLE); /* half open, either side */
    assert_int_equal(carry_export(&b.r.s, 0, &blob), SEC_E_INVALID_HANDLE);
    b.r.to_server[0] ^= 1;
    b.r.n_to_server = 20;
    assert_int_equal(sspi_server_leg(&b.r, 0), SEC_E_INVALID_TOKEN);
    assert_int_equal(carry_export(&b.r.s, 0, &blob), SEC_E_INVALID_TOKEN); /* what failed it */
    assert_null(blob.pvBuffer);
    end(&b);
}

/* A usable datagram initiator is not complete, whatever it may already do. */
static void usable_is_not_complete(void **state)
{
    (void)state;
    bed b;
    SecBuffer blob;
    start(&b, "NTLM", SEAL, 0);
    sspi_rig_reset(&b.r);
    assert_int_equal(sspi_client_leg(&b.r, SEAL | ISC_REQ_DATAGRAM), SEC_I_CONTINUE_NEEDED);
    assert_int_equal(carry_export(&b.r.c, 0, &blob), SEC_E_INVALID_HANDLE);
    end(&b);
}

/* A reset after messages would use numbers and key streams twice; before the first it changes nothing. */
static void resets(void **state)
{
    (void)state;
    bed b;
    SecBuffer blob;
    carried m[2];
    CtxtHandle fresh;
    SecPkgContext_TrothError why;
    start(&b, "NTLM", SEAL, 0);
    assert_int_equal(carry_export(&b.r.c, RESET | DELETE, &blob), SEC_E_OK);
    assert_int_equal(carry_import("NTLM", &blob, &fresh), SEC_E_OK);
    assert_int_equal(FreeContextBuffer(blob.pvBuffer), SEC_E_OK);
    b.r.c = fresh;
    carry_talk(&b.r.c, &b.r.s, m);
    assert_int_equal(carry_export(&b.r.c, RESET, &blob), SEC_E_UNSUPPORTED_FUNCTION);
    assert_int_equal(QueryContextAttributesA(&b.r.c, SECPKG_ATTR_TROTH_ERROR, &why), SEC_E_OK);
    assert_non_null(strstr(why.Where, "reset"));
    carry_over("NTLM", &b.r.c); /* an imported one remembers that it was used */
    assert_int_equal(carry_export(&b.r.c, RESET, &blob), SEC_E_UNSUPPORTED_FUNCTION);
    carry_talk(&b.r.c, &b.r.s, m);
    end(&b);
}

static void refused(const uint8_t *p, size_t n, void *arg)
{
    const CtxtHandle none = { 3, 4 };
    CtxtHandle h = none;
    SecBuffer b = { (ULONG)n, SECBUFFER_EMPTY, (void *)(uintptr_t)p };
    (void)arg;
    assert_int_equal(carry_import("NTLM", &b, &h), SEC_E_INVALID_TOKEN);
    assert_memory_equal(&h, &none, sizeof h);
}

/* Every prefix, every bit; and after all of them the blob itself is still good. */
static void edited(void **state)
{
    (void)state;
    bed b;
    SecBuffer blob;
    CtxtHandle h;
    uint8_t longer[4096];
    start(&b, "NTLM", SEAL, 0);
    assert_int_equal(carry_export(&b.r.c, 0, &blob), SEC_E_OK);
    vectors_mutate(blob.pvBuffer, blob.cbBuffer, refused, NULL);
    assert_true(blob.cbBuffer < sizeof longer);
    memset(longer, 0, sizeof longer);
    memcpy(longer, blob.pvBuffer, blob.cbBuffer);
    refused(longer, blob.cbBuffer + 1, NULL);
    refused(longer, 0, NULL);
    refused(NULL, 100, NULL);
    assert_int_equal(carry_import("Negotiate", &blob, &h), SEC_E_INVALID_TOKEN);
    assert_int_equal(carry_import("Kerberos", &blob, &h), SEC_E_INVALID_TOKEN);
    assert_int_equal(carry_import("NoSuch", &blob, &h), SEC_E_SECPKG_NOT_FOUND);
    assert_int_equal(carry_import(NULL, &blob, &h), SEC_E_SECPKG_NOT_FOUND);
    assert_int_equal(carry_import("NTLM", NULL, &h), SEC_E_INVALID_PARAMETER);
    assert_int_equal(carry_import("NTLM", &blob, NULL), SEC_E_INVALID_PARAMETER);
    assert_int_equal(carry_import("NTLM", &blob, &h), SEC_E_OK);
    assert_int_equal(DeleteSecurityContext(&h), SEC_E_OK);
    assert_int_equal(FreeContextBuffer(blob.pvBuffer), SEC_E_OK);
    end(&b);
}

/* In a process of its own. True: the import answered what was expected. */
static bool elsewhere(SecBuffer *blob, CtxtHandle *peer, SECURITY_STATUS want)
{
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (!pid) {
        CtxtHandle h;
        carried m;
        SECURITY_STATUS got = carry_import("NTLM", blob, &h);
        bool good = got == want;
        if (good && !got) /* and can be talked to: the child's copy of the peer answers */
            good = carry_seal(&h, 0, &m) == SEC_E_OK && carry_open(peer, &m) == SEC_E_OK;
        _exit(good ? 0 : 1);
    }
    int how;
    assert_int_equal(waitpid(pid, &how, 0), pid);
    return WIFEXITED(how) && WEXITSTATUS(how) == 0;
}

static void once_for_all_processes(void **state)
{
    (void)state;
    bed b;
    SecBuffer blob;
    CtxtHandle h;
    start(&b, "NTLM", SEAL, 0);
    assert_int_equal(carry_export(&b.r.c, 0, &blob), SEC_E_OK);
    assert_true(elsewhere(&blob, &b.r.s, SEC_E_OK));
    assert_true(elsewhere(&blob, &b.r.s, SEC_E_INVALID_TOKEN));
    assert_int_equal(carry_import("NTLM", &blob, &h), SEC_E_INVALID_TOKEN);
    assert_int_equal(FreeContextBuffer(blob.pvBuffer), SEC_E_OK);
    assert_int_equal(carry_export(&b.r.c, 0, &blob), SEC_E_OK); /* and here first */
    assert_int_equal(carry_import("NTLM", &blob, &h), SEC_E_OK);
    assert_true(elsewhere(&blob, &b.r.s, SEC_E_INVALID_TOKEN));
    assert_int_equal(carry_import("NTLM", &blob, &h), SEC_E_INVALID_TOKEN);
    assert_int_equal(DeleteSecurityContext(&h), SEC_E_OK);
    assert_int_equal(FreeContextBuffer(blob.pvBuffer), SEC_E_OK);
    end(&b);
}

/* Another machine, or another user: another key. */
static void from_elsewhere(void **state)
{
    (void)state;
    bed b;
    SecBuffer blob;
    CtxtHandle h;
    carry other;
    start(&b, "NTLM", SEAL, 0);
    assert_int_equal(carry_export(&b.r.c, 0, &blob), SEC_E_OK);
    carry_init(&other);
    assert_int_equal(carry_import("NTLM", &blob, &h), SEC_E_INVALID_TOKEN);
    assert_int_equal(carry_clear(&other), 0);
    carry_use(&b.k);
    assert_int_equal(carry_import("NTLM", &blob, &h), SEC_E_OK);
    assert_int_equal(DeleteSecurityContext(&h), SEC_E_OK);
    assert_int_equal(FreeContextBuffer(blob.pvBuffer), SEC_E_OK);
    end(&b);
}

/* A blob ends after a day. */
static void too_late(void **state)
{
    (void)state;
    bed b;
    SecBuffer blob;
    CtxtHandle h;
    const uint64_t day = UINT64_C(864000000000), now = UINT64_C(17000000000000000);
    sspi_rig_init(&b.r, NULL);
    carry_init(&b.k);
    b.r.t.wall = now;
    sspi_rig_acquire(&b.r, "NTLM");
    assert_true(sspi_shake(&b.r, SEAL, 0));
    assert_int_equal(carry_export(&b.r.c, 0, &blob), SEC_E_OK);
    b.r.t.wall = now + day;
    assert_int_equal(carry_import("NTLM", &blob, &h), SEC_E_CONTEXT_EXPIRED);
    b.r.t.wall = now + day - 1;
    assert_int_equal(carry_import("NTLM", &blob, &h), SEC_E_OK);
    assert_int_equal(DeleteSecurityContext(&h), SEC_E_OK);
    assert_int_equal(FreeContextBuffer(blob.pvBuffer), SEC_E_OK);
    b.r.t.wall = now + 3 * day; /* by then its mark serves nobody: the next import takes it away */
    assert_int_equal(carry_export(&b.r.c, 0, &blob), SEC_E_OK);
    assert_int_equal(carry_import("NTLM", &blob, &h), SEC_E_OK);
    assert_int_equal(DeleteSecurityContext(&h), SEC_E_OK);
    assert_int_equal(FreeContextBuffer(blob.pvBuffer), SEC_E_OK);
    sspi_rig_clear(&b.r);
    assert_int_equal(carry_clear(&b.k), 1);
}

/* ---- the place of the key ---- */

static void no_export(bed *b, const char *why)
{
    SecBuffer blob;
    SecPkgContext_TrothError e;
    carried m[2];
    assert_int_equal(carry_export(&b->r.c, DELETE, &blob), SEC_E_UNSUPPORTED_FUNCTION);
    assert_null(blob.pvBuffer);
    assert_int_equal(QueryContextAttributesA(&b->r.c, SECPKG_ATTR_TROTH_ERROR, &e), SEC_E_OK);
    assert_int_equal(e.Status, SEC_E_UNSUPPORTED_FUNCTION);
    assert_string_equal(e.Where, why);
    carry_talk(&b->r.c, &b->r.s, m); /* the source is there, and as it was */
}

static void places(void **state)
{
    (void)state;
    bed b;
    SecBuffer blob;
    char dir[128], key[160], moved[160];
    struct stat s;
    start(&b, "NTLM", SEAL, 0);
    snprintf(dir, sizeof dir, "%s/troth", b.k.dir);
    snprintf(key, sizeof key, "%s/export.key", dir);
    snprintf(moved, sizeof moved, "%s/moved", dir);
    assert_int_equal(carry_export(&b.r.c, 0, &blob), SEC_E_OK);
    assert_int_equal(FreeContextBuffer(blob.pvBuffer), SEC_E_OK);
    assert_int_equal(stat(dir, &s), 0);
    assert_int_equal(s.st_mode & 0777, 0700);
    assert_int_equal(stat(key, &s), 0);
    assert_int_equal(s.st_mode & 0777, 0600);
    assert_int_equal(s.st_size, 32);
    assert_int_equal(chmod(dir, 0711), 0);
    no_export(&b, "export: the key's directory is open to others");
    assert_int_equal(chmod(dir, 0700), 0);
    assert_int_equal(chmod(key, 0640), 0);
    no_export(&b, "export: the key's file is not what it should be");
    assert_int_equal(chmod(key, 0600), 0);
    assert_int_equal(truncate(key, 31), 0);
    no_export(&b, "export: the key's file is not what it should be");
    assert_int_equal(rename(key, moved), 0);
    assert_int_equal(symlink(moved, key), 0);
    no_export(&b, "export: the key's file is not what it should be");
    setenv("XDG_RUNTIME_DIR", "/nonexistent", 1);
    no_export(&b, "export: no directory for the key");
    end(&b);
}

/* The configuration's own directory. */
static void configured(void **state)
{
    (void)state;
    sspi_rig r;
    char more[160], path[96];
    carry k;
    SecBuffer blob;
    carry_init(&k);
    setenv("XDG_RUNTIME_DIR", "/nonexistent", 1);
    snprintf(path, sizeof path, "%s/troth", k.dir);
    snprintf(more, sizeof more, "[export]\ndirectory = %s\n", path);
    sspi_rig_init(&r, more);
    sspi_rig_acquire(&r, "NTLM");
    assert_true(sspi_shake(&r, SEAL, 0));
    assert_int_equal(carry_export(&r.c, 0, &blob), SEC_E_OK);
    assert_int_equal(FreeContextBuffer(blob.pvBuffer), SEC_E_OK);
    assert_int_equal(access(path, F_OK), 0);
    sspi_rig_clear(&r);
    carry_clear(&k);
}

/* ---- the seal ---- */

/* What a blob is bound to: its own id, the key, the machine. */
static void seals(void **state)
{
    (void)state;
    enum { N = TROTH_SSPI_BLOB_MORE + 40 };
    test_env t;
    troth_sspi_place here = { .key = { 1, 2, 3 }, .here = "boot one", .here_len = 8 }, there = here, other = here;
    uint8_t a[N] = { 0 }, b[N] = { 0 }, copy[N];
    static const uint8_t zeros[40];
    troth_bytes inner;
    test_env_init(&t);
    there.here[7] ^= 1;
    other.key[31] ^= 1;
    assert_int_equal(troth_sspi_blob_seal(&t.env, &here, a, N), TROTH_OK);
    assert_int_equal(troth_sspi_blob_seal(&t.env, &here, b, N), TROTH_OK);
    assert_memory_not_equal(troth_sspi_blob_id(a), troth_sspi_blob_id(b), TROTH_SSPI_BLOB_ID);
    /* equal plaintexts: with one key stream for both these would be equal, too */
    assert_memory_not_equal(a + TROTH_SSPI_BLOB_HEAD, b + TROTH_SSPI_BLOB_HEAD, 40);
    assert_int_equal(troth_sspi_blob_open(&there, memcpy(copy, a, N), N, &inner), TROTH_BAD_MIC);
    assert_memory_equal(copy + TROTH_SSPI_BLOB_HEAD, zeros, 40);
    assert_int_equal(troth_sspi_blob_open(&other, memcpy(copy, a, N), N, &inner), TROTH_BAD_MIC);
    assert_int_equal(troth_sspi_blob_open(&here, memcpy(copy, a, N), N, &inner), TROTH_OK);
    assert_int_equal(inner.len, 40);
    assert_memory_equal(inner.data, zeros, 40);
    test_env_check(&t);
}

/* Who found the context before it was exported away finds no keys in it. */
static void keys_go_with_the_old_one(void **state)
{
    (void)state;
    bed b;
    SecBuffer blob;
    troth_sspi_context *c;
    start(&b, "NTLM", SEAL, 0);
    assert_int_equal(troth_sspi_context_find(&b.r.c, &c), SEC_E_OK);
    assert_int_equal(carry_export(&b.r.c, DELETE, &blob), SEC_E_OK);
    assert_int_equal(c->stage, TROTH_SSPI_FAILED);
    assert_null(c->engine);
    troth_sspi_context_release(c);
    assert_int_equal(FreeContextBuffer(blob.pvBuffer), SEC_E_OK);
    end(&b);
}

/* ---- memory ---- */

/* Whichever allocation fails: the source goes on, the blob stays good, nothing is lost. */
static void no_memory(void **state)
{
    (void)state;
    bed b;
    SecBuffer blob;
    CtxtHandle h = { 0, 0 };
    carried m[2];
    size_t tries = 0;
    SECURITY_STATUS status = SEC_E_INSUFFICIENT_MEMORY;
    start(&b, "NTLM", SEAL, 0);
    for (size_t n = 1; status; n++, tries++) {
        b.r.t.fail_at = b.r.t.allocs + n;
        status = carry_export(&b.r.s, DELETE, &blob);
        b.r.t.fail_at = 0;
        if (status) {
            assert_int_equal(status, SEC_E_INSUFFICIENT_MEMORY);
            carry_talk(&b.r.c, &b.r.s, m);
        }
    }
    status = SEC_E_INSUFFICIENT_MEMORY;
    for (size_t n = 1; status; n++, tries++) {
        size_t blocks = b.r.t.blocks;
        b.r.t.fail_at = b.r.t.allocs + n;
        status = carry_import("NTLM", &blob, &h);
        b.r.t.fail_at = 0;
        if (status) {
            assert_int_equal(status, SEC_E_INSUFFICIENT_MEMORY);
            assert_int_equal(b.r.t.blocks, blocks);
        }
    }
    assert_true(tries > 8);
    b.r.s = h;
    carry_talk(&b.r.c, &b.r.s, m);
    assert_int_equal(FreeContextBuffer(blob.pvBuffer), SEC_E_OK);
    end(&b);
}

static unsigned open_files(void)
{
    unsigned n = 0;
    DIR *d = opendir("/proc/self/fd");
    assert_non_null(d);
    while (readdir(d))
        n++;
    closedir(d);
    return n;
}

/* Carrying over leaves no file open: the directory, the key and the mark are done with each time. */
static void files_close(void **state)
{
    (void)state;
    bed b;
    start(&b, "NTLM", SEAL, 0);
    carry_over("NTLM", &b.r.s);
    unsigned before = open_files();
    for (int i = 0; i < 3; i++)
        carry_over("NTLM", &b.r.s);
    assert_int_equal(open_files(), before);
    end(&b);
}

static troth_status no_entropy(void *self, uint8_t *out, size_t n)
{
    (void)self, (void)out, (void)n;
    return TROTH_NO_ENTROPY;
}

/* Without an id there is no key to seal with, and what is not sealed does not leave. */
static void not_sealed(void **state)
{
    (void)state;
    bed b;
    SecBuffer blob = { 0, SECBUFFER_EMPTY, NULL };
    carried m[2];
    start(&b, "NTLM", SEAL, 0);
    carry_over("NTLM", &b.r.s); /* makes the key's file */
    troth_status (*real)(void *, uint8_t *, size_t) = b.r.t.env.random;
    b.r.t.env.random = no_entropy;
    assert_int_equal(carry_export(&b.r.s, 0, &blob), SEC_E_UNSUPPORTED_FUNCTION);
    b.r.t.env.random = real;
    assert_null(blob.pvBuffer);
    carry_talk(&b.r.c, &b.r.s, m);
    end(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ntlm_mid_stream),
        cmocka_unit_test(negotiate_mid_stream),
        cmocka_unit_test(the_old_one_stays),
        cmocka_unit_test(datagrams),
        cmocka_unit_test(facts_stay),
        cmocka_unit_test(refused_sources),
        cmocka_unit_test(usable_is_not_complete),
        cmocka_unit_test(resets),
        cmocka_unit_test(edited),
        cmocka_unit_test(once_for_all_processes),
        cmocka_unit_test(from_elsewhere),
        cmocka_unit_test(too_late),
        cmocka_unit_test(places),
        cmocka_unit_test(configured),
        cmocka_unit_test(no_memory),
        cmocka_unit_test(seals),
        cmocka_unit_test(files_close),
        cmocka_unit_test(not_sealed),
        cmocka_unit_test(keys_go_with_the_old_one),
    };
    return cmocka_run_group_tests_name("sspi/export", tests, NULL, NULL);
}
