/* Copies of requests, for the one time that each may be sent again: a context was lost. [CORBA 24.3.2] */
#include <csiv2/iiop_client.h>

void troth_iiop_resend_keep(troth_iiop_client *k, troth_iiop_request *x)
{
    size_t n = x->held.octets.len;
    if (x->response_expected && n <= k->resend_max && k->kept <= k->resend_max - n)
        k->kept += n;
    else
        troth_iiop_release(&x->held, k->conn.env, &k->conn.spare);
}

void troth_iiop_resend_drop(troth_iiop_client *k, troth_iiop_request *x)
{
    if (x->fsm.state == TROTH_IIOP_PASSED)
        k->kept -= x->held.octets.len;
    troth_iiop_release(&x->held, k->conn.env, &k->conn.spare);
}

bool troth_iiop_resend_begin(troth_iiop_client *k, troth_iiop_request *x)
{
    if (!x->held.octets.len || k->conn.out_ended)
        return false;
    k->kept -= x->held.octets.len;
    return !troth_iiop_wait_again(&k->conn, x);
}
