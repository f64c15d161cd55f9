/* What GSS-API calls a failure, for people. MIT keeps the details of a minor for the thread in which it came up. */
#include <mech/kerberos/inner.h>
#include <string.h>

enum { LONGEST = 512 };

/* Append the messages of one code, each behind "; ", as far as there is room. */
static void append(char text[LONGEST], OM_uint32 code, int type)
{
    OM_uint32 minor, more = 0;
    do {
        gss_buffer_desc said = GSS_C_EMPTY_BUFFER;
        if (GSS_ERROR(gss_display_status(&minor, code, type, (gss_OID)(uintptr_t)gss_mech_krb5, &more, &said)))
            return;
        size_t at = strlen(text), gap = at ? 2 : 0;
        if (said.length && at + gap + said.length < LONGEST) {
            memcpy(text + at, "; ", gap);
            memcpy(text + at + gap, said.value, said.length);
            text[at + gap + said.length] = 0;
        }
        gss_release_buffer(&minor, &said);
    } while (more);
}

troth_step troth_krb_fail(troth_context *c, troth_status st, OM_uint32 major, OM_uint32 minor, const char *where)
{
    char text[LONGEST] = "";
    if (GSS_ERROR(major)) {
        append(text, major, GSS_C_GSS_CODE);
        if (minor)
            append(text, minor, GSS_C_MECH_CODE);
    }
    if (*text)
        troth_context_say(c, text);
    return troth_context_fail(c, st, GSS_ROUTINE_ERROR(major), minor, where);
}
