/* The mechanisms of CSIv2, which live in two modules. */
#include <csiv2/gssup_mech.h>
#include <mech/kerberos/kerberos.h>
#include <troth/sas.h>

const troth_mech_table *troth_mechs_csi(void)
{
    static const troth_mech *const mechs[] = { &troth_mech_kerberos, &troth_mech_gssup };
    static const troth_mech_table table = { mechs, sizeof mechs / sizeof *mechs };
    return &table;
}
