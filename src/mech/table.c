/* The one place that names all mechanisms. */
#include <mech/kerberos/kerberos.h>
#include <mech/ntlm/ntlm.h>
#include <mech/spnego/spnego.h>
#include <mech/tls/tls.h>

const troth_mech_table *troth_mechs_default(void)
{
    static const troth_mech *const mechs[] = { &troth_mech_kerberos, &troth_mech_ntlm, &troth_mech_spnego,
                                               &troth_mech_tls };
    static const troth_mech_table table = { mechs, sizeof mechs / sizeof *mechs };
    return &table;
}
