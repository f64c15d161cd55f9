#include <csi.h>
#include <csiv2/gssup_mech.h>
#include <fuzz.h>
#include <tokens.h>

static troth_status check(void *self, const char *user, troth_bytes password)
{
    (void)self;
    bool right = !strcmp(user, "alice") && password.len == 6 && !memcmp(password.data, "s3cret", 6);
    return right ? TROTH_OK : TROTH_DENIED;
}

static bool trusts(void *self, const troth_identity *authenticated, const troth_identity *asserted)
{
    (void)self;
    fuzz_demand(*asserted->name); /* nobody need not be trusted */
    return !strcmp(authenticated->name, "alice");
}

static troth_status allows(void *self, const troth_identity *caller, troth_flags flags)
{
    (void)self, (void)flags;
    return strcmp(caller->name, "mallory") ? TROTH_OK : TROTH_NOT_ALLOWED;
}

static troth_status authorizes(void *self, const troth_identity *caller, uint32_t the_type, troth_bytes the_element)
{
    (void)self, (void)caller;
    fuzz_view(the_element, the_element.data, the_element.len);
    return the_type & 1 ? TROTH_OK : the_type & 2 ? TROTH_DENIED : TROTH_UNSUPPORTED;
}

troth_cred *fuzz_csi_cred(const troth_env *env, troth_cred_use use)
{
    static const troth_mech *const mechs[] = { &troth_mech_gssup };
    static const troth_mech_table table = { mechs, 1 };
    const troth_cred_source accept = { .mech = "gssup", .kind = TROTH_CRED_CHECK, .check = check };
    const troth_cred_source initiate = {
        .mech = "gssup", .kind = TROTH_CRED_PASSWORD, .principal = "alice", .secret = { (const uint8_t *)"s3cret", 6 }
    };
    return fuzz_cred(env, &table, use, use == TROTH_USE_ACCEPT ? &accept : &initiate, 1);
}

troth_sas_target *fuzz_csi_target(const troth_env *env, troth_cred *cred, bool anonymous, uint32_t quirks)
{
    troth_sas_target *t;
    const troth_sas_target_options o = { .env = env,
                                         .cred = cred,
                                         .required = anonymous ? 0 : TROTH_CSI_ESTABLISH_TRUST_IN_CLIENT,
                                         .identity_types = TROTH_CSI_ITT_ANONYMOUS | TROTH_CSI_ITT_PRINCIPAL_NAME |
                                                           TROTH_CSI_ITT_X509_CERT_CHAIN |
                                                           TROTH_CSI_ITT_DISTINGUISHED_NAME,
                                         .stateful = true,
                                         .clear_password = true,
                                         .contexts = 4,
                                         .pending = 8,
                                         .idle_ms = 100,
                                         .life_ms = 1000,
                                         .failures = 6,
                                         .quirks = quirks,
                                         .rules = { NULL, trusts, allows, authorizes } };
    fuzz_demand(!troth_sas_target_new(&o, &t));
    return t;
}

void fuzz_csi_caller(const troth_identity *caller, const troth_identity *authenticated, bool anonymous)
{
    bool proved = !strcmp(authenticated->name, "alice");
    fuzz_demand(strcmp(caller->name, "mallory") != 0);
    fuzz_demand(proved || (anonymous && !*authenticated->name));
    fuzz_demand(proved || !*caller->name); /* nobody speaks for somebody */
}
