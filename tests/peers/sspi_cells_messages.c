/* Lists of buffers, altered and repeated messages; packages and credentials. */
#include "sspi_cells.h"

enum { FLAGS = ISC_REQ_INTEGRITY | ISC_REQ_CONFIDENTIALITY, ASC_FLAGS = ASC_REQ_INTEGRITY | ASC_REQ_CONFIDENTIALITY };

static const char text[] = "what is sealed here";

static void established(pair *p)
{
    pair_open(p);
    if (!pair_shake(p, FLAGS, ASC_FLAGS)) {
        say("no context");
        _Exit(3);
    }
}

/* ---- the list that EncryptMessage is given ---- */

typedef struct list {
    const char *name;
    ULONG n;
    SecBuffer b[3]; /* pvBuffer: non-NULL = there is memory */
} list;

static void ask_list(const void *arg)
{
    static uint8_t room[3][64];
    static pair p;
    const list *l = arg;
    SecBuffer b[3];
    established(&p);
    for (ULONG i = 0; i < 3; i++) {
        b[i] = l->b[i];
        b[i].pvBuffer = b[i].pvBuffer ? memset(room[i], 'x', 64) : NULL;
    }
    SecBufferDesc d = { SECBUFFER_VERSION, l->n, b };
    say_status(EncryptMessage(&p.c, 0, &d, 0));
    for (ULONG i = 0; i < l->n; i++)
        say(", %u", (unsigned)b[i].cbBuffer);
}

static void lists(void)
{
    static uint8_t some;
    static const list all[] = {
        { "TOKEN, DATA", 2, { { 16, SECBUFFER_TOKEN, &some }, { 8, SECBUFFER_DATA, &some } } },
        { "DATA, TOKEN", 2, { { 8, SECBUFFER_DATA, &some }, { 16, SECBUFFER_TOKEN, &some } } },
        { "TOKEN larger than needed", 2, { { 40, SECBUFFER_TOKEN, &some }, { 8, SECBUFFER_DATA, &some } } },
        { "TOKEN too small", 2, { { 15, SECBUFFER_TOKEN, &some }, { 8, SECBUFFER_DATA, &some } } },
        { "no TOKEN", 1, { { 8, SECBUFFER_DATA, &some } } },
        { "no DATA", 1, { { 16, SECBUFFER_TOKEN, &some } } },
        { "no buffers", 0, { { 0, 0, NULL } } },
        { "two TOKENs",
          3,
          { { 16, SECBUFFER_TOKEN, &some }, { 8, SECBUFFER_DATA, &some }, { 16, SECBUFFER_TOKEN, &some } } },
        { "two DATA",
          3,
          { { 16, SECBUFFER_TOKEN, &some }, { 8, SECBUFFER_DATA, &some }, { 8, SECBUFFER_DATA, &some } } },
        { "TOKEN, DATA, PADDING",
          3,
          { { 16, SECBUFFER_TOKEN, &some }, { 8, SECBUFFER_DATA, &some }, { 8, SECBUFFER_PADDING, &some } } },
        { "DATA of no octets", 2, { { 16, SECBUFFER_TOKEN, &some }, { 0, SECBUFFER_DATA, &some } } },
        { "TOKEN that is READONLY",
          2,
          { { 16, SECBUFFER_TOKEN | SECBUFFER_READONLY, &some }, { 8, SECBUFFER_DATA, &some } } },
        { "DATA that is READONLY",
          2,
          { { 16, SECBUFFER_TOKEN, &some }, { 8, SECBUFFER_DATA | SECBUFFER_READONLY, &some } } },
        { "unknown type", 3, { { 16, SECBUFFER_TOKEN, &some }, { 8, SECBUFFER_DATA, &some }, { 8, 99, &some } } },
    };
    for (size_t i = 0; i < COUNT(all); i++)
        cell_run(&(cell){ "list of EncryptMessage", all[i].name, ask_list, &all[i] });
}

/* ---- what DecryptMessage is given ---- */

typedef struct message {
    uint8_t token[16];
    char data[sizeof text];
} message;

static message sealed(pair *p, ULONG number)
{
    message m;
    memcpy(m.data, text, sizeof text);
    SecBuffer b[] = { { 16, SECBUFFER_TOKEN, m.token }, { sizeof text, SECBUFFER_DATA, m.data } };
    if (EncryptMessage(&p->c, 0, LIST(b), number) != SEC_E_OK)
        say("no message; ");
    return m;
}

/* m is a copy: what is left of it is told. */
static void opened(pair *p, message m, ULONG number)
{
    char before[sizeof text];
    memcpy(before, m.data, sizeof before);
    SecBuffer b[] = { { 16, SECBUFFER_TOKEN, m.token }, { sizeof text, SECBUFFER_DATA, m.data } };
    SECURITY_STATUS st = DecryptMessage(&p->s, LIST(b), number, &(ULONG){ 0 });
    say_status(st);
    if (st == SEC_E_OK)
        say(memcmp(m.data, text, sizeof text) ? " with other data" : "");
    else if (memcmp(m.data, text, 8) == 0)
        say(", data decrypted");
    else
        say(memcmp(m.data, before, sizeof before) ? ", data overwritten" : ", data as it came");
}

static void altered(const void *arg)
{
    static pair p;
    bool in_token = arg != NULL;
    established(&p);
    message m = sealed(&p, 0), bad = m;
    if (in_token)
        bad.token[6] ^= 1;
    else
        bad.data[sizeof text - 1] ^= 1;
    opened(&p, bad, 0);
    say("; then as sent: ");
    opened(&p, m, 0);
}

static void repeated(const void *arg)
{
    static pair p;
    (void)arg;
    established(&p);
    message m = sealed(&p, 0);
    opened(&p, m, 0);
    say("; again: ");
    opened(&p, m, 0);
    say("; the next: ");
    opened(&p, sealed(&p, 1), 1);
}

static void swapped(const void *arg)
{
    static pair p;
    (void)arg;
    established(&p);
    message first = sealed(&p, 0), second = sealed(&p, 1);
    say("the second: ");
    opened(&p, second, 1);
    say("; the first: ");
    opened(&p, first, 0);
}

/* A caller who leaves the numbers to the package, as is documented for connections. */
static void numbers(const void *arg)
{
    static pair p;
    (void)arg;
    established(&p);
    for (int i = 0; i < 3; i++) {
        say(i ? "; " : "");
        opened(&p, sealed(&p, 0), 0);
    }
}

static void same_bytes(const void *arg)
{
    static pair p;
    (void)arg;
    established(&p);
    message a = sealed(&p, 0), b = sealed(&p, 0);
    say(memcmp(&a, &b, sizeof a) ? "differ" : "are the same");
}

static void cell_sizes(const void *arg)
{
    static pair p;
    SecPkgContext_Sizes s = { 0 };
    (void)arg;
    established(&p);
    say_status(QueryContextAttributesA(&p.c, SECPKG_ATTR_SIZES, &s));
    say(", signature %u, trailer %u, block %u", (unsigned)s.cbMaxSignature, (unsigned)s.cbSecurityTrailer,
        (unsigned)s.cbBlockSize);
}

static void no_credential(const void *arg)
{
    static pair p;
    (void)arg;
    pair_open(&p);
    (void)pair_client(&p, 0);
    (void)pair_server(&p, 0);
    SecBuffer in[] = { { p.n_to_client, SECBUFFER_TOKEN, p.to_client } },
              out[] = { { CELL_ROOM, SECBUFFER_TOKEN, p.to_server } };
    say_status(InitializeSecurityContextA(NULL, &p.c, NULL, 0, 0, SECURITY_NATIVE_DREP, LIST(in), 0, &p.c, LIST(out),
                                          &p.c_ret, &(TimeStamp){ 0 }));
}

void cells_messages(void)
{
    lists();
    cell_run(&(cell){ "message", "altered in its data", altered, NULL });
    cell_run(&(cell){ "message", "altered in its token", altered, "" });
    cell_run(&(cell){ "message", "sent twice", repeated, NULL });
    cell_run(&(cell){ "message", "swapped with the next", swapped, NULL });
    cell_run(&(cell){ "message", "three with MessageSeqNo 0", numbers, NULL });
    cell_run(&(cell){ "message", "the same text twice", same_bytes, NULL });
    cell_run(&(cell){ "message", "sizes", cell_sizes, NULL });
    cell_run(&(cell){ "second leg", "without the credential", no_credential, NULL });
}

/* ---- packages ---- */

static void enumerate(const void *arg)
{
    ULONG n = 0;
    SecPkgInfoA *all = NULL;
    (void)arg;
    say_status(EnumerateSecurityPackagesA(&n, &all));
    say(", %s, one block: ", n ? "some" : "none");
    say_status(FreeContextBuffer(all));
}

static void query_package(const void *arg)
{
    SecPkgInfoA *const mark = (void *)(uintptr_t)8, *info = mark;
    SECURITY_STATUS st = QuerySecurityPackageInfoA((SEC_CHAR *)(uintptr_t)arg, &info);
    say_status(st);
    if (st == SEC_E_OK)
        say(", capabilities %#x, wVersion %u, wRPCID %u", (unsigned)info->fCapabilities, info->wVersion, info->wRPCID);
    else
        say(", pointer %s", info == mark ? "as it was" : "written");
}

static void acquire(const void *arg)
{
    CredHandle h;
    say_status(AcquireCredentialsHandleA(NULL, (SEC_CHAR *)(uintptr_t)arg, SECPKG_CRED_OUTBOUND, NULL, NULL, NULL, NULL,
                                         &h, NULL));
}

static void free_nothing(const void *arg)
{
    (void)arg;
    say_status(FreeContextBuffer(NULL));
}

static void free_credential(const void *arg)
{
    (void)arg;
    CredHandle none = { 0 };
    say_status(FreeCredentialsHandle(&none));
}

static void function_table(const void *arg)
{
    (void)arg;
    SecurityFunctionTableA *t = InitSecurityInterfaceA();
    say("version %u, Reserved2 %s, Reserved3 %s, Reserved4 %s", (unsigned)t->dwVersion, t->Reserved2 ? "set" : "NULL",
        t->Reserved3 ? "set" : "NULL", t->Reserved4 ? "set" : "NULL");
}

void cells_packages(void)
{
    cell_run(&(cell){ "package", "EnumerateSecurityPackages", enumerate, NULL });
    cell_run(&(cell){ "package", "NTLM", query_package, "NTLM" });
    cell_run(&(cell){ "package", "ntlm in small letters", query_package, "ntlm" });
    cell_run(&(cell){ "package", "one that is unknown", query_package, "Nobody" });
    cell_run(&(cell){ "package", "AcquireCredentialsHandle of one that is unknown", acquire, "Nobody" });
    cell_run(&(cell){ "package", "InitSecurityInterface", function_table, NULL });
    cell_run(&(cell){ "package", "FreeContextBuffer(NULL)", free_nothing, NULL });
    cell_run(&(cell){ "package", "FreeCredentialsHandle of zeros", free_credential, NULL });
}
