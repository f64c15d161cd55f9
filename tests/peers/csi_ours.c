/*
 * Our side of tests/peers/csi_omniorb.py: reads lines "KIND ORDER HEX", and answers each with two of the same form: what
 * our codec makes of the value in the order it came in, and in the other one. A line it cannot read ends it with 1.
 */
#include <csiv2/gssup.h>
#include <csiv2/mech_list.h>
#include <csiv2/sas.h>
#include <der/frame.h>
#include <giop/ior.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <support/hex.h>

enum { ROOM = 65536 };

static troth_status sas(troth_bytes in, troth_writer *w)
{
    troth_sas_message m;
    troth_status st = troth_sas_read(in, NULL, &m);
    if (!st)
        troth_sas_write(w, &m);
    return st;
}

/* The judge has the inner token only: the frame is ours on both sides. */
static troth_status gssup(troth_bytes in, troth_writer *w)
{
    static uint8_t framed[ROOM];
    troth_writer f = troth_writer_over(framed, sizeof framed, TROTH_BE);
    troth_frame_write_head(&f, troth_gssup_oid(), in.len);
    troth_write_bytes(&f, in.data, in.len);
    troth_gssup t;
    troth_status st = troth_gssup_read((troth_bytes){ framed, f.len }, &t);
    if (st)
        return st;
    troth_gssup_write(w, &t);
    troth_oid mech;
    troth_bytes inner;
    st = troth_csi_token_open((troth_bytes){ w->base, w->len }, &mech, &inner);
    if (!st) {
        memmove(w->base, inner.data, inner.len);
        w->len = inner.len;
    }
    return st;
}

static troth_status mechs(troth_bytes in, troth_writer *w)
{
    static troth_csi_mech_list list;
    troth_status st = troth_csi_mech_list_read(in, &list);
    if (!st)
        troth_csi_mech_list_write(w, &list);
    return st;
}

static troth_status ior(troth_bytes in, troth_writer *w)
{
    const troth_ior_changes none = { 0 };
    troth_ior r;
    troth_status st = troth_ior_read(in, &r);
    troth_cdr_out c = troth_cdr_out_encapsulation(w);
    if (!st)
        troth_ior_put_edited(&c, &r, &none);
    return st;
}

static bool answer(const char *kind, bool little, troth_bytes in)
{
    static uint8_t out[ROOM];
    troth_writer w = troth_writer_over(out, sizeof out, little ? TROTH_LE : TROTH_BE);
    troth_status st = !strcmp(kind, "sas")     ? sas(in, &w)
                      : !strcmp(kind, "gssup") ? gssup(in, &w)
                      : !strcmp(kind, "mechs") ? mechs(in, &w)
                                               : ior(in, &w);
    if (!st)
        st = w.st;
    if (st) {
        printf("%s refused %s\n", kind, troth_status_name(st));
        return false;
    }
    printf("%s %s ", kind, little ? "le" : "be");
    for (size_t i = 0; i < w.len; i++)
        printf("%02x", out[i]);
    printf("\n");
    return true;
}

int main(void)
{
    static char kind[16], order[8], hex[2 * ROOM];
    static uint8_t raw[ROOM];
    while (scanf("%15s %7s %131071s", kind, order, hex) == 3) {
        troth_bytes in = { raw, unhex(hex, raw, sizeof raw) };
        bool little = !strcmp(order, "le");
        if (!answer(kind, little, in) || !answer(kind, !little, in))
            return 1;
    }
    return 0;
}
