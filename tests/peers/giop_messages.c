/*
 * Messages for tests/peers/giop_tshark.py: each line a hex run, what it is, and the values that a dissector must see.
 * Versions, orders and token lengths are swept; every message has been rewritten with another context 15, and every
 * second one of 1.2 goes out in pieces.
 */
#include <giop/frags.h>
#include <giop/rewrite.h>
#include <stdio.h>
#include <support/giop.h>

enum { ROOM = 4096 };

static const uint8_t token[256];

static void say(const char *what, const troth_writer *w, unsigned minor, unsigned type, size_t len)
{
    printf("%s %u %u %zu ", what, minor, type, len);
    for (size_t i = 0; i < w->len; i++)
        printf("%02x", w->base[i]);
    printf("\n");
}

static void rewritten(const giop_case *k, size_t len, bool pieces)
{
    static uint8_t raw[ROOM], out[ROOM], cut[ROOM];
    static troth_giop_request q;
    static troth_giop_reply r;
    troth_bytes m = { raw, giop_make(k, raw, sizeof raw) };
    troth_status st = k->reply ? troth_giop_reply_read(m, &r) : troth_giop_request_read(m, &q);
    troth_giop_contexts *list = k->reply ? &r.contexts : &q.contexts;
    troth_giop_contexts_remove(list, TROTH_GIOP_SAS);
    if (!st)
        st = troth_giop_contexts_add(list, TROTH_GIOP_SAS, (troth_bytes){ token, len });
    troth_writer w = troth_writer_over(out, sizeof out, TROTH_BE), c = troth_writer_over(cut, sizeof cut, TROTH_BE);
    troth_giop_rewrite(&w, m, k->reply ? &r.span : &q.span, list);
    troth_giop_split(&c, (troth_bytes){ out, w.len }, pieces ? 64 : 0, NULL);
    if (st || w.st || c.st)
        return;
    say(pieces ? "pieces" : "whole", &c, k->minor, k->reply, len);
}

static void others(uint8_t minor, troth_order order)
{
    static uint8_t out[ROOM];
    static const troth_giop_system_exception x = { { (const uint8_t *)"IDL:omg.org/CORBA/NO_PERMISSION:1.0", 35 },
                                                   0,
                                                   TROTH_GIOP_COMPLETED_NO };
    troth_giop_contexts list = { 1, { { TROTH_GIOP_SAS, { token, 29 } } } };
    troth_giop_locate_request q = { .minor = minor, .request_id = 9, .target.object_key = { token, 5 } };
    troth_writer w = troth_writer_over(out, sizeof out, order);
    troth_giop_system_exception_write(&w, minor, 9, &list, &x);
    say("exception", &w, minor, TROTH_GIOP_REPLY, 29);
    troth_writer_reset(&w);
    troth_giop_locate_request_write(&w, &q);
    say("whole", &w, minor, TROTH_GIOP_LOCATE_REQUEST, 0);
    troth_writer_reset(&w);
    troth_giop_locate_reply_write(&w, minor, 9, TROTH_GIOP_OBJECT_HERE);
    say("whole", &w, minor, TROTH_GIOP_LOCATE_REPLY, 0);
    troth_writer_reset(&w);
    troth_giop_cancel_write(&w, minor, 9);
    say("whole", &w, minor, TROTH_GIOP_CANCEL_REQUEST, 0);
    troth_writer_reset(&w);
    troth_giop_bare_write(&w, minor, TROTH_GIOP_CLOSE_CONNECTION);
    say("whole", &w, minor, TROTH_GIOP_CLOSE_CONNECTION, 0);
    troth_writer_reset(&w);
    troth_giop_bare_write(&w, minor, TROTH_GIOP_MESSAGE_ERROR);
    say("whole", &w, minor, TROTH_GIOP_MESSAGE_ERROR, 0);
}

int main(void)
{
    for (int i = 0; i < 3 * 2 * 2; i++) {
        giop_case k = { .minor = (uint8_t)(i % 3),
                        .order = i / 3 % 2 ? TROTH_LE : TROTH_BE,
                        .reply = i / 6 % 2,
                        .n_sas = 5,
                        .n_other = 7,
                        .operation = 4,
                        .body = true };
        for (size_t len = 1; len < 20; len++) {
            rewritten(&k, len, false);
            if (k.minor == 2 && len % 2)
                rewritten(&k, len + 60, true);
        }
        if (!k.reply)
            others(k.minor, k.order);
    }
    return 0;
}
