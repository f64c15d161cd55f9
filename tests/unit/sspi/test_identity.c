/* Identities in all their forms: spec/sspi 1.7 and 1.8. */
#include <sspi/identity.h>
#include <stdlib.h>
#include <string.h>
#include <support/sspi.h>

static const WCHAR user[] = u"User", domain[] = u"DOM", password[] = u"Password";

static void expect(const void *p, size_t n, bool wide, const char *u, const char *d, const char *w)
{
    test_env t;
    troth_sspi_identity id;
    test_env_init(&t);
    assert_int_equal(troth_sspi_identity_read(&t.env, p, n, wide, &id), SEC_E_OK);
    assert_string_equal(id.user, u);
    assert_string_equal(id.domain, d);
    assert_string_equal(id.password, w);
    troth_sspi_identity_clear(&t.env, &id);
    test_env_check(&t);
}

static void plain(void **state)
{
    (void)state;
    SEC_WINNT_AUTH_IDENTITY_A a = sspi_identity();
    expect(&a, SIZE_MAX, false, "User", "DOM", "Password");
    expect(&a, SIZE_MAX, true, "User", "DOM", "Password"); /* the flag goes before the function's kind */
    a.UserLength = 2;                                      /* lengths, not NULs */
    a.Domain = NULL;
    a.DomainLength = 0;
    expect(&a, SIZE_MAX, false, "Us", "", "Password");
    SEC_WINNT_AUTH_IDENTITY_W w = { (WCHAR *)(uintptr_t)user,     4, (WCHAR *)(uintptr_t)domain,     3,
                                    (WCHAR *)(uintptr_t)password, 8, SEC_WINNT_AUTH_IDENTITY_UNICODE };
    expect(&w, SIZE_MAX, false, "User", "DOM", "Password");
    SEC_WINNT_AUTH_IDENTITY_EXW ex = { .Version = SEC_WINNT_AUTH_IDENTITY_VERSION,
                                       .Length = sizeof ex,
                                       .User = w.User,
                                       .UserLength = 4,
                                       .Password = w.Password,
                                       .PasswordLength = 8,
                                       .Flags = SEC_WINNT_AUTH_IDENTITY_UNICODE };
    expect(&ex, sizeof ex, false, "User", "", "Password");
}

static void package_lists(void **state)
{
    (void)state;
    static const struct {
        const char *list;
        bool kerberos, ntlm;
    } rows[] = { { "", true, true },        { "Kerberos", true, false },     { "!ntlm", true, false },
                 { "NTLM", false, true },   { "kerberos,ntlm", true, true }, { "!Kerberos", false, true },
                 { "schannel", true, true } };
    test_env t;
    test_env_init(&t);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        troth_sspi_identity id;
        SEC_WINNT_AUTH_IDENTITY_EXA ex = { .Version = SEC_WINNT_AUTH_IDENTITY_VERSION,
                                           .Length = sizeof ex,
                                           .Flags = SEC_WINNT_AUTH_IDENTITY_ANSI,
                                           .PackageList = (UCHAR *)(uintptr_t)rows[i].list,
                                           .PackageListLength = (ULONG)strlen(rows[i].list) };
        assert_int_equal(troth_sspi_identity_read(&t.env, &ex, SIZE_MAX, false, &id), SEC_E_OK);
        assert_int_equal(id.kerberos, rows[i].kerberos);
        assert_int_equal(id.ntlm, rows[i].ntlm);
        troth_sspi_identity_clear(&t.env, &id);
    }
    test_env_check(&t);
}

/* A whole EX2 with a packed password, and with every offset and length in it out of bounds in turn. */
typedef struct whole {
    SEC_WINNT_AUTH_IDENTITY_EX2 head;
    WCHAR user[4], domain[3], spare;
    SEC_WINNT_AUTH_PACKED_CREDENTIALS packed;
    SEC_WINNT_AUTH_BYTE_VECTOR where;
    WCHAR password[8];
} whole;

static void fill(whole *w)
{
    static const GUID type = { 0x28bfc32f, 0x10f6, 0x4738, { 0x98, 0xd1, 0x1a, 0xc0, 0x61, 0xdf, 0x71, 0x6a } };
    *w = (whole){ .head = { .Version = SEC_WINNT_AUTH_IDENTITY_VERSION_2,
                            .cbHeaderLength = sizeof w->head,
                            .cbStructureLength = sizeof *w,
                            .UserOffset = offsetof(whole, user),
                            .UserLength = 8,
                            .DomainOffset = offsetof(whole, domain),
                            .DomainLength = 6,
                            .PackedCredentialsOffset = offsetof(whole, packed),
                            .PackedCredentialsLength = sizeof *w - offsetof(whole, packed),
                            .Flags = SEC_WINNT_AUTH_IDENTITY_UNICODE } };
    w->packed.cbHeaderLength = sizeof w->packed;
    w->packed.cbStructureLength = (USHORT)(sizeof *w - offsetof(whole, packed));
    w->packed.AuthData.CredType = type;
    w->packed.AuthData.CredData.ByteArrayOffset = offsetof(whole, where) - offsetof(whole, packed);
    w->packed.AuthData.CredData.ByteArrayLength = sizeof w->where + sizeof w->password;
    w->where.ByteArrayOffset = offsetof(whole, password) - offsetof(whole, packed);
    w->where.ByteArrayLength = sizeof w->password;
    memcpy(w->user, user, 8);
    memcpy(w->domain, domain, 6);
    memcpy(w->password, password, 16);
}

static void packed(void **state)
{
    (void)state;
    whole w;
    fill(&w);
    expect(&w, sizeof w, false, "User", "DOM", "Password");
    test_env t;
    test_env_init(&t);
    for (size_t bit = 0; bit < sizeof w * 8; bit++) { /* at the end of its memory: a read behind it is seen by ASan */
        whole *copy = malloc(sizeof *copy);
        troth_sspi_identity id;
        assert_non_null(copy);
        fill(copy);
        ((uint8_t *)copy)[bit / 8] ^= (uint8_t)(1u << bit % 8);
        if (copy->head.Version == SEC_WINNT_AUTH_IDENTITY_VERSION_2 &&
            troth_sspi_identity_read(&t.env, copy, sizeof *copy, false, &id) == SEC_E_OK)
            troth_sspi_identity_clear(&t.env, &id);
        free(copy);
    }
    test_env_check(&t);
}

static void strings(void **state)
{
    (void)state;
    sspi_rig r;
    sspi_rig_init(&r, NULL);
    PSEC_WINNT_AUTH_IDENTITY_OPAQUE id = &r, copy;
    PCWSTR u, d = user, p;
    assert_int_equal(SspiEncodeStringsAsAuthIdentity(NULL, NULL, NULL, &id), SEC_E_INVALID_TOKEN);
    assert_ptr_equal(id, &r);
    static const struct {
        PCWSTR user, domain, password;
    } rows[] = { { user, NULL, NULL }, { user, domain, NULL }, { user, NULL, password }, { user, domain, password } };
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(SspiEncodeStringsAsAuthIdentity(rows[i].user, rows[i].domain, rows[i].password, &id),
                         SEC_E_OK);
        assert_int_equal(SspiEncodeAuthIdentityAsStrings(id, &u, &d, &p), SEC_E_OK);
        assert_memory_equal(u, user, sizeof user);
        if (rows[i].domain)
            assert_memory_equal(d, domain, sizeof domain);
        else
            assert_null(d); /* whatever stood there */
        assert_int_equal(p != NULL, rows[i].password != NULL);
        SspiLocalFree((void *)(uintptr_t)u);
        SspiLocalFree((void *)(uintptr_t)d);
        SspiLocalFree((void *)(uintptr_t)p);
        d = user;
        SspiFreeAuthIdentity(id);
        SspiFreeAuthIdentity(id); /* gone: nothing happens */
        assert_int_equal(SspiEncodeAuthIdentityAsStrings(id, &u, &d, &p), SEC_E_INVALID_TOKEN);
    }
    assert_int_equal(SspiEncodeStringsAsAuthIdentity(user, domain, password, &id), SEC_E_OK);
    assert_int_equal(SspiCopyAuthIdentity(id, &copy), SEC_E_OK);
    SspiZeroAuthIdentity(id);
    assert_int_equal(SspiEncodeAuthIdentityAsStrings(id, NULL, NULL, &p), SEC_E_OK);
    assert_int_equal(p[0], 0);
    SspiLocalFree((void *)(uintptr_t)p);
    SspiFreeAuthIdentity(id);
    /* what is encoded is what AcquireCredentialsHandle takes */
    assert_int_equal(sspi_acquire("NTLM", SECPKG_CRED_OUTBOUND, copy, &r.client), SEC_E_OK);
    assert_int_equal(sspi_acquire("NTLM", SECPKG_CRED_INBOUND, NULL, &r.server), SEC_E_OK);
    SspiFreeAuthIdentity(copy);
    assert_true(sspi_shake(&r, ISC_REQ_INTEGRITY, 0));
    sspi_rig_clear(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(plain), cmocka_unit_test(package_lists),
                                        cmocka_unit_test(packed), cmocka_unit_test(strings) };
    return cmocka_run_group_tests_name("sspi/identity", tests, NULL, NULL);
}
