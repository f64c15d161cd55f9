#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <support/duplex.h>
#include <support/test.h>

enum { SIZE = 40, ROOM = 128 };

/* A message or record that is on its way. */
typedef struct parcel {
    uint8_t octets[ROOM];
    size_t len;
} parcel;

/* What one thread does with all parcels of its direction. */
typedef struct worker {
    troth_context *c;
    bool records;
    troth_form form;
    parcel *parcels;
    uint8_t seed; /* of the texts: what one direction says is never what the other one does */
    size_t wrong;
} worker;

static void text_of(const worker *w, size_t i, uint8_t text[SIZE])
{
    for (size_t k = 0; k < SIZE; k++)
        text[k] = (uint8_t)(w->seed + i * 7 + k);
}

static bool seal_message(const worker *w, parcel *p, const uint8_t text[SIZE])
{
    size_t room = troth_context_token_size(w->c, w->form, SIZE);
    if (room > ROOM - SIZE)
        return false;
    memcpy(p->octets + room, text, SIZE);
    troth_segment seg = { TROTH_SEG_DATA, p->octets + room, SIZE };
    troth_message m = { &seg, 1, p->octets, room, 0 };
    p->len = room + SIZE;
    return troth_context_protect(w->c, w->form, &m, 1, NULL) == TROTH_OK && m.token_len == room;
}

static bool open_message(const worker *w, parcel *p, const uint8_t text[SIZE])
{
    troth_segment seg = { TROTH_SEG_STREAM, p->octets, p->len };
    troth_message m = { &seg, 1, NULL, 0, 0 };
    return troth_context_unprotect(w->c, w->form, &m, 1, NULL) == TROTH_OK && seg.len == SIZE &&
           memcmp(seg.data, text, SIZE) == 0;
}

static bool seal_record(const worker *w, parcel *p, const uint8_t text[SIZE])
{
    troth_bytes out;
    if (troth_context_record_seal(w->c, (troth_bytes){ text, SIZE }, &out) || out.len > ROOM)
        return false;
    memcpy(p->octets, out.data, p->len = out.len);
    return true;
}

static bool open_record(const worker *w, parcel *p, const uint8_t text[SIZE])
{
    troth_record r;
    troth_bytes in = { p->octets, p->len };
    return troth_context_record_need(w->c, in) == 0 && troth_context_record_open(w->c, in, &r) == TROTH_OK &&
           r.plain.len == SIZE && memcmp(r.plain.data, text, SIZE) == 0;
}

static void *send_all(void *arg)
{
    worker *w = arg;
    uint8_t text[SIZE];
    for (size_t i = 0; i < DUPLEX_MESSAGES; i++) {
        text_of(w, i, text);
        w->wrong += !(w->records ? seal_record : seal_message)(w, &w->parcels[i], text);
    }
    return NULL;
}

static void *receive_all(void *arg)
{
    worker *w = arg;
    uint8_t text[SIZE];
    for (size_t i = 0; i < DUPLEX_MESSAGES; i++) {
        text_of(w, i, text);
        w->wrong += !(w->records ? open_record : open_message)(w, &w->parcels[i], text);
    }
    return NULL;
}

/* What the other side has sent lies ready; what busy sends is looked at afterwards. */
static void busy_both_ways(troth_context *busy, troth_context *other, const worker *like)
{
    worker out = *like, in = *like;
    out.parcels = calloc(DUPLEX_MESSAGES, sizeof(parcel));
    in.parcels = calloc(DUPLEX_MESSAGES, sizeof(parcel));
    assert_true(out.parcels && in.parcels);
    in.seed = 101;
    in.c = other;
    send_all(&in);
    assert_int_equal(in.wrong, 0);
    out.c = in.c = busy;
    pthread_t threads[2];
    assert_int_equal(pthread_create(&threads[0], NULL, send_all, &out), 0);
    assert_int_equal(pthread_create(&threads[1], NULL, receive_all, &in), 0);
    pthread_join(threads[0], NULL);
    pthread_join(threads[1], NULL);
    assert_int_equal(out.wrong + in.wrong, 0);
    out.c = other;
    receive_all(&out);
    assert_int_equal(out.wrong, 0);
    free(out.parcels);
    free(in.parcels);
}

void duplex_messages(troth_context *i, troth_context *a, troth_form form)
{
    const worker like = { .form = form };
    busy_both_ways(i, a, &like);
    busy_both_ways(a, i, &like);
}

void duplex_records(troth_context *i, troth_context *a)
{
    const worker like = { .records = true };
    busy_both_ways(i, a, &like);
    busy_both_ways(a, i, &like);
}
