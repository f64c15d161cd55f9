#include <rpc_co/pdu.h>

void troth_co_hdr_patch(uint8_t *pdu, uint16_t frag_length, uint16_t auth_length)
{
    pdu[8] = (uint8_t)frag_length;
    pdu[9] = (uint8_t)(frag_length >> 8);
    pdu[10] = (uint8_t)auth_length;
    pdu[11] = (uint8_t)(auth_length >> 8);
}
